/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers and ENUM client, as the configuration wants them. */
#ifndef GATEWAY_APP_ENUM_H
#define GATEWAY_APP_ENUM_H

#include "enum/enum_setup.h"

struct app_enum {
	struct enum_setup  *setup;
	struct resolver    *resolver;           /* common servers, cached */
	struct enum_client *client;             /* NULL: no trees */
};

/* resolver: takes the place of all servers, behind the cache (tests);
 * NULL: c-ares. */
int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct enum_conf *conf, struct resolver *resolver)
	MUST_CHECK;
/* Idempotent. */
void app_enum_close(struct app_enum *a);

#endif
