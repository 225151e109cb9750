/* SPDX-License-Identifier: Apache-2.0 */
/* From dialled digits to E.164 numbers, by dial plan. (pure) */
#include <string.h>

#include "enum/dial_plan.h"

enum { DIGITS_MIN = 7, DIALLED_MAX = 32 };

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')' || c == ' ';
}

/* The digits alone; "+" only before the first of them. EBADMSG. */
static int digits_of(char out[DIALLED_MAX], bool *plus, struct str s)
{
	size_t n = 0;

	*plus = false;
	for (size_t i = 0; i < s.l; i++) {
		char c = s.p[i];

		if (is_separator(c))
			continue;
		if (c == '+' && n == 0 && !*plus) {
			*plus = true;
			continue;
		}
		if (c < '0' || c > '9' || n == DIALLED_MAX - 1)
			return EBADMSG;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 ? 0 : EBADMSG;
}

int e164_normalise(char out[E164_MAX], struct str dialled,
		   const struct dial_plan *plan)
{
	char d[1 + DIALLED_MAX];
	struct dial_number n;
	bool plus;
	int err;

	err = digits_of(d + 1, &plus, dialled);
	if (err)
		return err;
	d[0] = '+';
	if (plus && !e164_is_valid(str_z(d)))
		return EDOM;
	if (plus) {
		memcpy(out, d, strlen(d) + 1);
		return 0;
	}
	if (!plan)
		return EDOM;
	dial_plan_look(plan, d + 1, &n);
	if (!n.e164[0])
		return EDOM;
	memcpy(out, n.e164, E164_MAX);
	return 0;
}

bool e164_is_valid(struct str s)
{
	if (s.l < 1 + DIGITS_MIN || s.l > 1 + E164_DIGITS_MAX ||
	    s.p[0] != '+' || s.p[1] == '0')
		return false;
	for (size_t i = 1; i < s.l; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}
