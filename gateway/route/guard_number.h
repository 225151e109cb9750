/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the guard: where a number leads, however it is dialled. (pure) */
#ifndef GATEWAY_ROUTE_GUARD_NUMBER_H
#define GATEWAY_ROUTE_GUARD_NUMBER_H

#include "enum/dial_plan.h"
#include "gateway/route/guard_country.h"

struct guard_number {
	char e164[E164_MAX];                    /* "": not known */
	char country[GUARD_COUNTRY_MAX];        /* "": not known */
	bool premium;
};

/* What the target dials counts, and what was dialled: a rule may have put
 * the prefix of a carrier before it. */
void guard_number_look(struct guard_number *n, const struct dial_plan *p,
		       const char *target, const char *dialled);

#endif
