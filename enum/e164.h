/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E.164 numbers: "+" and 7 to 15 digits, the first not 0. Digits dialled
 * under a national plan become such a number here. (pure)
 */
#ifndef ENUM_E164_H
#define ENUM_E164_H

#include "base/str.h"

enum {
	E164_DIGITS_MAX = 15,
	E164_MAX        = 17,   /* "+", the digits, the NUL */
};

/*
 * How numbers are dialled in a country. Texts of digits, "" for none:
 *	Japan     81 0 010    9..10
 *	Germany   49 0 00     6..13
 *	USA       1  1 011    10..10, bare
 */
struct e164_plan {
	char    country[4];             /* "81" */
	char    national[6];            /* prefix, "0" */
	char    international[6];       /* prefix, "010" */
	char    area[8];                /* put before local numbers */
	bool    bare;                   /* national numbers may come without
					 * their prefix */
	uint8_t min_digits, max_digits; /* of the national number, without
					 * prefix; 0: 4 and 15 less country */
};

/*
 * The E.164 number meant by what was dialled: "+81 50-1234-5678", or under
 * the plan (NULL: only the form with "+") "050-1234-5678",
 * "0101 212 555 0100". "-", ".", "(", ")" and blanks are skipped. Without
 * plan->area and plan->bare a number without prefix has no E.164 form, and
 * neither have short numbers and service codes.
 * EBADMSG: a character that no such number has, or no digit at all;
 * EDOM: digits, but no public number under this plan: not for ENUM.
 */
int e164_normalise(char out[E164_MAX], struct str dialled,
		   const struct e164_plan *plan) MUST_CHECK;

/* "+" and 7 to 15 digits, the first 1 to 9, nothing else. */
bool e164_is_valid(struct str s);

#endif
