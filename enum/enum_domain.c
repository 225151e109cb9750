/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6116 section 3.2, RFC 5527 sections 4 and 5: numbers as domain names. */
#include "enum/enum_domain.h"

#include <string.h>

#include "enum/e164.h"

enum { ISN_DIGITS_MAX = 15 };

static bool all_digits(struct str s, size_t max)
{
	for (size_t i = 0; i < s.l; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.l > 0 && s.l <= max;
}

bool enum_domain_is_isn(struct str s)
{
	struct str user, itad;

	return str_cut(s, '*', &user, &itad) &&
	       all_digits(user, ISN_DIGITS_MAX) &&
	       all_digits(itad, ENUM_ITAD_DIGITS_MAX) && itad.p[0] != '0';
}

/* Do the n digits at d stand in the list, each entry with its blank? */
static bool is_in(const char *list, const char *d, size_t n)
{
	for (; *list; list += n + 1)
		if (!strncmp(list, d, n))
			return true;
	return false;
}

unsigned enum_domain_position(const char *e164)
{
	static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 "
		"46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 "
		"82 84 86 90 91 92 93 94 95 98 ";
	/* groups of countries, and networks with their identification code:
	 * one digit behind the country code, or two */
	static const char one_more[] = "388 881 ", two_more[] = "878 882 ";
	const char *d = e164 + 1;

	if (d[0] == '1' || d[0] == '7')
		return 1;
	if (is_in(two, d, 2))
		return 2;
	if (is_in(one_more, d, 3))
		return 4;
	if (is_in(two_more, d, 3))
		return 5;
	if (!strncmp(d, "883", 3))
		return d[3] < '5' ? 6 : 7;
	return 3;
}

struct name {
	char  *out;
	size_t cap, n;
	bool   full;
};

static void add(struct name *m, const char *p, size_t n)
{
	if (m->cap - m->n < n)
		m->full = true;
	else
		memcpy(m->out + m->n, p, n);
	m->n += m->full ? 0 : n;
}

/* The digits of s from the last to the first, each with its dot. */
static void add_reversed(struct name *m, struct str s)
{
	for (size_t i = s.l; i-- > 0;) {
		add(m, &s.p[i], 1);
		add(m, ".", 1);
	}
}

static void add_e164(struct name *m, const char *e164,
		     const struct enum_branch *b)
{
	struct str digits = str_z(e164 + 1);
	size_t at = 0;

	if (b && b->label[0])
		at = b->position ? b->position : enum_domain_position(e164);

	if (at > 0 && at < digits.l) {
		add_reversed(m, str_sub(digits, at, digits.l));
		add(m, b->label, strlen(b->label));
		add(m, ".", 1);
		digits = str_sub(digits, 0, at);
	}
	add_reversed(m, digits);
}

int enum_domain_of(char *out, size_t cap, const char *number,
		   const char *apex, const struct enum_branch *branch)
{
	struct name m = { .out = out, .cap = cap };
	struct str user, itad;

	if (e164_is_valid(str_z(number))) {
		add_e164(&m, number, branch);
	} else if (enum_domain_is_isn(str_z(number))) {
		(void)str_cut(str_z(number), '*', &user, &itad);
		add_reversed(&m, user);
		add(&m, itad.p, itad.l);
		add(&m, ".", 1);
	} else {
		return EBADMSG;
	}
	add(&m, apex, strlen(apex) + 1);
	return m.full ? ENAMETOOLONG : 0;
}
