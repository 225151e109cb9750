/* SPDX-License-Identifier: Apache-2.0 */
/* Country codes (ITU-T E.164, list of assigned codes). */
#include "gateway/route/guard_country.h"

#include <stdio.h>
#include <string.h>

/* Codes of two digits; 1 and 7 have one, all others three. */
static const char two[] =
	"20 27 28 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 "
	"54 55 56 57 58 60 61 62 63 64 65 66 81 82 83 84 86 89 90 91 92 93 "
	"94 95 98 ";

/* Area codes of +1 that are neither the USA with its Pacific islands nor
 * Canada. */
static const char islands[] =
	"242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 "
	"849 868 869 876 ";

/* Shared cost, satellites, personal numbers, premium rate, trials. */
static const char services[] =
	"808 870 871 872 873 874 875 878 881 882 883 888 979 991 ";

static bool is_in(const char *list, const char *digits, size_t n)
{
	for (const char *s = list; *s; s += n + 1)
		if (!strncmp(s, digits, n))
			return true;
	return false;
}

static size_t code_length(const char *digits)
{
	size_t n = strlen(digits);

	if (digits[0] == '1')
		return n >= 4 && is_in(islands, digits + 1, 3) ? 4 : 1;
	if (digits[0] == '7')
		return 1;
	if (n >= 2 && is_in(two, digits, 2))
		return 2;
	return 3;
}

static const char *digits_of(const char *e164)
{
	return e164 + (*e164 == '+');
}

void guard_country_of(char out[GUARD_COUNTRY_MAX], const char *e164)
{
	const char *d = digits_of(e164);

	snprintf(out, GUARD_COUNTRY_MAX, "%.*s", (int)code_length(d), d);
}

bool guard_country_is_service(const char *e164)
{
	const char *d = digits_of(e164);

	return strlen(d) >= 3 && is_in(services, d, 3);
}

bool guard_country_is_valid(const char *code)
{
	size_t n = strlen(code);

	return n && n < GUARD_COUNTRY_MAX && *code != '0' &&
	       strspn(code, "0123456789") == n && code_length(code) == n;
}
