/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the DNS side: resolvers, the cache before them, the client. */
#include "gateway/app_enum.h"

#include <string.h>

int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct enum_conf *conf, struct resolver *resolver)
{
	int err;

	memset(a, 0, sizeof(*a));
	err = enum_setup_new(&a->setup, l, conf, resolver);
	if (err)
		return err;
	a->resolver = enum_setup_resolver(a->setup);
	a->client = enum_setup_client(a->setup);
	return 0;
}

void app_enum_close(struct app_enum *a)
{
	enum_setup_free(a->setup);
	memset(a, 0, sizeof(*a));
}
