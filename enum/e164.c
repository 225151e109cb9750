/* SPDX-License-Identifier: Apache-2.0 */
/* From dialled digits to E.164 numbers, by dial plan. (pure) */
#include <string.h>

#include "enum/e164.h"

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

/* Does d begin with the prefix, which is not empty? *rest: behind it. */
static bool cut(const char *d, const char *prefix, const char **rest)
{
	size_t n = strlen(prefix);

	if (n == 0 || strncmp(d, prefix, n) != 0)
		return false;
	*rest = d + n;
	return true;
}

static bool fits(const struct e164_plan *p, size_t n)
{
	size_t min = p->min_digits ? p->min_digits : 4;
	size_t max = p->max_digits ? p->max_digits :
		     E164_DIGITS_MAX - strlen(p->country);

	return n >= min && n <= max;
}

/* "+", a, b, c. EDOM: that is no E.164 number. */
static int compose(char out[E164_MAX], const char *a, const char *b,
		   const char *c)
{
	size_t la = strlen(a), lb = strlen(b), lc = strlen(c);
	char tmp[E164_MAX];

	if (la + lb + lc > E164_DIGITS_MAX)
		return EDOM;
	tmp[0] = '+';
	memcpy(tmp + 1, a, la);
	memcpy(tmp + 1 + la, b, lb);
	memcpy(tmp + 1 + la + lb, c, lc + 1);
	if (!e164_is_valid(str_z(tmp)))
		return EDOM;
	memcpy(out, tmp, sizeof(tmp));
	return 0;
}

/* A number of the plan's own country, without prefix. */
static int national(char out[E164_MAX], const struct e164_plan *p,
		    const char *area, const char *digits)
{
	if (!fits(p, strlen(area) + strlen(digits)))
		return EDOM;
	return compose(out, p->country, area, digits);
}

int e164_normalise(char out[E164_MAX], struct str dialled,
		   const struct e164_plan *plan)
{
	char d[DIALLED_MAX];
	const char *rest;
	bool plus;
	int err;

	err = digits_of(d, &plus, dialled);
	if (err)
		return err;
	if (plus)
		return compose(out, d, "", "");
	if (!plan)
		return EDOM;
	/* the international prefix may begin with the national one: 0, 010 */
	if (cut(d, plan->international, &rest))
		return compose(out, rest, "", "");
	if (cut(d, plan->national, &rest))
		return national(out, plan, "", rest);
	if (plan->bare && fits(plan, strlen(d)))
		return national(out, plan, "", d);
	if (plan->area[0])
		return national(out, plan, plan->area, d);
	return EDOM;
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
