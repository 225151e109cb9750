/* SPDX-License-Identifier: Apache-2.0 */
/* What digits mean under a dial plan, and back. (pure) */
#include "enum/dial_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "enum/dial_plan_impl.h"

enum {
	DEPTH_MAX   = 3,        /* privacy code, carrier, number */
	FOREIGN_MIN = 7,        /* digits, country code included */
};

/* The longest pattern at the beginning of digits. */
struct found {
	const struct dial_entry *entry;         /* NULL: none */
	unsigned                 n;             /* its digits */
	unsigned                 below;         /* marks of what longer
						 * patterns the digits may
						 * still become */
};

static struct found find(const struct dial_plan *p,
			 const struct dial_trie *t, const char *s)
{
	struct found f = { .entry = NULL };
	unsigned node = 0, n = 0;

	while (t->n) {
		unsigned e = t->v[node].entry;

		if (e) {
			f.entry = &p->entry[e];
			f.n = n;
		}
		if (!s[n]) {
			f.below = t->v[node].below;
			break;
		}
		node = dial_trie_step(t, node, s[n++]);
		if (!node)
			break;
	}
	return f;
}

/* Two meanings of the same digits: what one can still take keeps the other
 * waiting. */
static enum dial_state both(enum dial_state a, enum dial_state b)
{
	if (a == DIAL_NONE || a == b)
		return b;
	return b == DIAL_NONE ? a : DIAL_MAYBE;
}

static enum dial_state by_length(const struct dial_entry *e, size_t n)
{
	if (n < e->min)
		return DIAL_MORE;
	if (n < e->max)
		return DIAL_MAYBE;
	return n == e->max ? DIAL_COMPLETE : DIAL_NONE;
}

/* The n parts in a row, as far as they fit; returns the length of all. For
 * each call, so without snprintf. */
static size_t join(char *out, size_t cap, const char *const *parts, size_t n)
{
	size_t all = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t l = strlen(parts[i]);

		all += l;
		if (l > cap - 1 - at)
			l = cap - 1 - at;
		memcpy(out + at, parts[i], l);
		at += l;
	}
	out[at] = '\0';
	return all;
}

static void set_e164(struct dial_number *out, const char *country,
		     const char *area, const char *digits)
{
	const char *const parts[] = { "+", country, area, digits };
	size_t n = join(out->e164, sizeof(out->e164), parts, 4);

	if (n >= sizeof(out->e164) || !e164_is_valid(str_z(out->e164)))
		out->e164[0] = '\0';
}

/* A national significant number: area and digits. */
static void look_national(const struct dial_plan *p, const char *area,
			  const char *digits, struct dial_number *out)
{
	char all[DIAL_DIGITS_MAX + sizeof(p->area)];
	size_t n = join(all, sizeof(all),
			(const char *const[]){ area, digits }, 2);
	struct found f;

	memset(out, 0, sizeof(*out));
	if (!p->country[0])
		return;
	f = find(p, &p->ranges, all);
	if (f.entry)
		out->state = by_length(f.entry, n);
	if (f.below)
		out->state = both(out->state, DIAL_MORE);
	out->e164_state = out->state;
	if (!f.entry || out->state < DIAL_MAYBE)
		return;
	out->kind = (enum dial_kind)f.entry->kind;
	set_e164(out, f.entry->country[0] ? f.entry->country : p->country,
		 area, digits);
	if (!out->e164[0])
		out->state = out->e164_state = DIAL_NONE;
}

/* Behind the country code of our own; NULL: another country's. */
static const char *own(const struct dial_plan *p, const char *digits)
{
	size_t n = strlen(p->country);

	return n && !strncmp(digits, p->country, n) ? digits + n : NULL;
}

/* Where the world is not known numbers are as long as people dial. */
static void look_foreign(const struct dial_plan *p, const char *s, size_t n,
			 struct dial_number *out)
{
	static const struct dial_entry any = {
		.kind = DIAL_INTERNATIONAL,
		.min = FOREIGN_MIN, .max = E164_DIGITS_MAX,
	};
	struct found f = find(p, &p->world, s);
	const struct dial_entry *e = f.entry ? f.entry : &any;

	memset(out, 0, sizeof(*out));
	if (s[0] == '0' || s[strspn(s, "0123456789")])
		return;
	out->state = by_length(e, n);
	if (f.below && out->state != DIAL_NONE)
		out->state = both(out->state, DIAL_MORE);
	out->e164_state = out->state;
	if (out->state < DIAL_MAYBE)
		return;
	out->kind = (enum dial_kind)e->kind;
	set_e164(out, "", "", s);
}

/* Country code and number. */
static void look_international(const struct dial_plan *p, const char *s,
			       struct dial_number *out)
{
	const char *national = own(p, s);
	size_t n = strlen(s);

	if (national) {
		look_national(p, "", national, out);
		return;
	}
	look_foreign(p, s, n, out);
}

static void look_short(const struct dial_entry *e, size_t n, unsigned below,
		       struct dial_number *out)
{
	memset(out, 0, sizeof(*out));
	out->state = by_length(e, n);
	/* nothing makes an emergency call wait for another digit */
	if (below && !(e->kind == DIAL_EMERGENCY &&
		       out->state == DIAL_COMPLETE))
		out->state = both(out->state, DIAL_MORE);
	if (below & DIAL_BELOW_PREFIX)
		out->e164_state = DIAL_MORE;
	if (out->state >= DIAL_MAYBE)
		out->kind = (enum dial_kind)e->kind;
}

/* Numbers without any prefix: national ones, and those of the own area. */
static void look_plain(const struct dial_plan *p, const char *s,
		       struct dial_number *out)
{
	struct dial_number local;

	memset(out, 0, sizeof(*out));
	if (p->bare)
		look_national(p, "", s, out);
	if (!p->area[0] || !s[0] || !strchr(p->local, s[0]))
		return;
	look_national(p, p->area, s, &local);
	if (!out->e164[0]) {
		enum dial_state s1 = out->state;

		*out = local;
		local.state = s1;
	}
	out->state = out->e164_state = both(out->state, local.state);
}

static void look(const struct dial_plan *p, const char *s, unsigned depth,
		 struct dial_number *out)
{
	struct found f = find(p, &p->dialled, s);
	const char *rest = s + f.n;

	if (depth == DEPTH_MAX) {
		memset(out, 0, sizeof(*out));
		return;
	}
	if (!f.entry) {
		look_plain(p, s, out);
		if (f.below)
			out->state = both(out->state, DIAL_MORE);
		if (f.below & DIAL_BELOW_PREFIX)
			out->e164_state = both(out->e164_state, DIAL_MORE);
		out->begins_code = depth == 0 && f.below & DIAL_BELOW_CODE;
		return;
	}
	switch ((enum dial_what)f.entry->what) {
	case DIAL_IS_SHORT:
		look_short(f.entry, strlen(s), f.below, out);
		break;
	case DIAL_IS_NATIONAL:
		look_national(p, "", rest, out);
		break;
	case DIAL_IS_INTERNATIONAL:
		look_international(p, rest, out);
		break;
	default:
		look(p, rest, depth + 1, out);
		break;
	}
	if (!*rest && f.entry->what != DIAL_IS_SHORT)
		out->state = out->e164_state = DIAL_MORE;
	/* "0" may also become "010" */
	if (f.below && f.entry->what != DIAL_IS_SHORT)
		out->state = both(out->state, DIAL_MORE);
	out->begins_code = depth == 0 && f.below & DIAL_BELOW_CODE;
	if (depth || (f.entry->what != DIAL_IS_WITHHOLD &&
		      f.entry->what != DIAL_IS_SHOW))
		return;
	out->privacy = f.entry->what == DIAL_IS_SHOW ? DIAL_SHOW
						     : DIAL_WITHHOLD;
	out->code = f.n;
}

void dial_plan_look(const struct dial_plan *p, const char *dialled,
		    struct dial_number *out)
{
	if (strlen(dialled) >= DIAL_DIGITS_MAX) {
		memset(out, 0, sizeof(*out));
		return;
	}
	if (dialled[0] != '+') {
		look(p, dialled, 0, out);
		return;
	}
	look_international(p, dialled + 1, out);
	if (!dialled[1])
		out->state = out->e164_state = DIAL_MORE;
	/* a number that says so of itself is one, known to us or not */
	if (e164_is_valid(str_z(dialled)))
		memcpy(out->e164, dialled, strlen(dialled) + 1);
}

bool dial_plan_takes_hash(const struct dial_plan *p, const char *digits)
{
	unsigned node = 0;

	for (; *digits; digits++) {
		node = dial_trie_step(&p->dialled, node, *digits);
		if (!node)
			return false;
	}
	return dial_trie_step(&p->dialled, node, '#') != 0;
}

enum dial_kind dial_plan_kind(const struct dial_plan *p, const char *e164)
{
	struct dial_number n;

	if (!e164_is_valid(str_z(e164)))
		return DIAL_UNKNOWN;
	look_international(p, e164 + 1, &n);
	return n.kind;
}

/* --- and back ---------------------------------------------------------- */

static int compose(char out[DIAL_DIGITS_MAX], const char *a, const char *b)
{
	size_t n = join(out, DIAL_DIGITS_MAX, (const char *const[]){ a, b },
			2);

	return n >= DIAL_DIGITS_MAX ? EDOM : 0;
}

/* An international number is dialled only where its prefix is known. */
static int as_international(const struct dial_plan *p, const char *e164,
			    char out[DIAL_DIGITS_MAX])
{
	if (!p->international[0])
		return EDOM;
	return compose(out, p->international, e164 + 1);
}

static int as_national(const struct dial_plan *p, const char *e164,
		       bool bare, char out[DIAL_DIGITS_MAX])
{
	const char *national = own(p, e164 + 1);

	if (!national)
		return as_international(p, e164, out);
	return compose(out, bare ? "" : p->national, national);
}

bool dial_plan_present(const struct dial_plan *p, enum dial_form form,
		       const char *number, char out[DIAL_DIGITS_MAX])
{
	char e164[E164_MAX];
	int err = EDOM;

	if (form != DIAL_FORM_AS_IS &&
	    (form != DIAL_FORM_DIALLED || number[0] == '+') &&
	    !e164_normalise(e164, str_z(number), p)) {
		switch (form) {
		case DIAL_FORM_E164:
			err = compose(out, e164, "");
			break;
		case DIAL_FORM_PLAIN:
			err = compose(out, e164 + 1, "");
			break;
		case DIAL_FORM_INTERNATIONAL:
			err = as_international(p, e164, out);
			break;
		default:
			err = as_national(p, e164, form == DIAL_FORM_BARE,
					  out);
			break;
		}
	}
	if (err)
		str_clip(out, DIAL_DIGITS_MAX, str_z(number));
	return !err;
}

int dial_plan_read(const struct dial_plan *p, enum dial_form form,
		   const char *number, char out[E164_MAX])
{
	struct dial_number n = { .e164 = "" };
	char plus[DIAL_DIGITS_MAX];

	if (number[0] == '+' || number[strspn(number, "0123456789")] ||
	    (form != DIAL_FORM_PLAIN && form != DIAL_FORM_BARE))
		return e164_normalise(out, str_z(number), p);
	if (form == DIAL_FORM_PLAIN) {
		if (strlen(number) > E164_DIGITS_MAX)
			return EDOM;
		snprintf(plus, sizeof(plus), "+%s", number);
		return e164_normalise(out, str_z(plus), p);
	}
	if (strlen(number) <= E164_DIGITS_MAX)
		look_national(p, "", number, &n);
	if (!n.e164[0])         /* a foreign one, with prefix */
		return e164_normalise(out, str_z(number), p);
	memcpy(out, n.e164, E164_MAX);
	return 0;
}

const struct conf_list *dial_plan_emergency(const struct dial_plan *p)
{
	return &p->emergency_list;
}

const char *dial_plan_sos(const struct dial_plan *p, const char *urn)
{
	static const char sos[] = "urn:service:sos.";
	struct str service, parts;

	if (!str_istarts(str_z(urn), sos))
		return NULL;
	/* "police.municipal" is a police, too */
	(void)str_cut(str_z(urn + strlen(sos)), '.', &service, &parts);
	for (size_t i = 0; i < p->n_sos; i++) {
		struct str name, number;

		(void)str_cut(str_z(p->sos[i]), ' ', &name, &number);
		if (str_ieq(name, service))
			return number.p;
	}
	return NULL;
}

const char *dial_plan_withhold(const struct dial_plan *p)
{
	return p->withhold;
}

const char *dial_plan_country(const struct dial_plan *p)
{
	return p->country;
}

bool dial_plan_is_bare(const struct dial_plan *p)
{
	return p->bare;
}
