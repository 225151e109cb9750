/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: what an answer of ENUM means for a call. */
#ifndef GATEWAY_ROUTE_RULE_ENUM_H
#define GATEWAY_ROUTE_RULE_ENUM_H

#include "gateway/route/route.h"

/* The sip: and sips: URIs of the answer, in its order, become targets. */
void rule_enum_targets(struct route_result *res, const struct enum_answer *a,
		       const struct party *called);

/* Is the first usable URI a tel: URI? Then its global number. */
bool rule_enum_tel(const struct enum_answer *a, char out[E164_MAX]);

/* "found", "not found", "unavailable" for the error of an enum_fn. */
const char *rule_enum_result(int err);

#endif
