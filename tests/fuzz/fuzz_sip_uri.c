/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a URI: every URI equals itself, parameters are inside. */
#include <stdlib.h>

#include "gateway/sip/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str s = str_pl(p, n), params, name, val;
	struct sip_uri u;
	struct addr a;
	char user[64];

	if (sip_uri_parse(&u, s))
		return 0;
	if (!sip_uri_eq(&u, &u))
		abort();
	params = u.params;
	while (sip_param_next(&params, &name, &val))
		if (name.p < s.p || name.p + name.l > s.p + s.l)
			abort();
	if (sip_uri_user(user, sizeof(user), &u) | sip_uri_addr(&a, &u))
		return 0;
	return 0;
}
