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

struct dial_plan;

/*
 * The E.164 number meant by what was dialled: "+81 50-1234-5678", or under
 * the plan (NULL: only the form with "+") "050-1234-5678",
 * "0101 212 555 0100". "-", ".", "(", ")" and blanks are skipped. Short
 * numbers, service codes and incomplete numbers have no E.164 form.
 * EBADMSG: a character that no such number has, or no digit at all;
 * EDOM: digits, but no public number under this plan: not for ENUM.
 */
int e164_normalise(char out[E164_MAX], struct str dialled,
		   const struct dial_plan *plan) MUST_CHECK;

/* "+" and 7 to 15 digits, the first 1 to 9, nothing else. */
bool e164_is_valid(struct str s);

#endif
