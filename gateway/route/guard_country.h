/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the guard: where an E.164 number leads, as far as it matters for
 * fraud. (pure) */
#ifndef GATEWAY_ROUTE_GUARD_COUNTRY_H
#define GATEWAY_ROUTE_GUARD_COUNTRY_H

#include <stdbool.h>

enum { GUARD_COUNTRY_MAX = 5 };

/* The country code of "+81312345678": "81". Of +1 the islands are countries
 * of their own, by their area code: "1876"; the USA and Canada are "1". */
void guard_country_of(char out[GUARD_COUNTRY_MAX], const char *e164);

/* Is it a code of no country, for satellites, worldwide premium services and
 * other networks, which nobody calls by chance? */
bool guard_country_is_service(const char *e164);

/* "81", "1876": digits of such a code, all of it. */
bool guard_country_is_valid(const char *code);

#endif
