/* SPDX-License-Identifier: Apache-2.0 */
/* From what a data file and a user say to a dial plan ready to be asked. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "enum/dial_plan_conf.h"
#include "enum/dial_plan_impl.h"

static void plan_destroy(void *obj)
{
	struct dial_plan *p = obj;

	dial_trie_fini(&p->dialled);
	dial_trie_fini(&p->ranges);
	dial_trie_fini(&p->world);
	mem_free(p->entry);
}

static uint16_t mark_of(enum dial_what what)
{
	switch (what) {
	case DIAL_IS_SHORT:
		return DIAL_BELOW_SHORT;
	case DIAL_IS_WITHHOLD:
	case DIAL_IS_SHOW:
		return DIAL_BELOW_PREFIX | DIAL_BELOW_CODE;
	default:
		return DIAL_BELOW_PREFIX;
	}
}

static struct dial_trie *tree_of(struct dial_plan *p, enum dial_what what)
{
	if (what == DIAL_IS_RANGE)
		return &p->ranges;
	return what == DIAL_IS_COUNTRY ? &p->world : &p->dialled;
}

static int grow(struct dial_plan *p)
{
	unsigned cap = p->cap ? p->cap * 2 : 64;
	struct dial_entry *e = mem_realloc(p->entry, cap * sizeof(*e));

	if (!e)
		return ENOMEM;
	p->entry = e;
	p->cap = cap;
	return 0;
}

static int put(struct dial_plan *p, const char *pattern,
	       const struct dial_entry *e)
{
	unsigned n = p->n_entries + 1;
	int err = n < p->cap ? 0 : grow(p);

	if (err)
		return err;
	if (n == DIAL_ENTRIES_MAX)
		return EFBIG;
	p->entry[n] = *e;
	p->n_entries = n;
	return dial_trie_add(tree_of(p, (enum dial_what)e->what), pattern,
			     (uint16_t)n, mark_of((enum dial_what)e->what));
}

static int put_prefix(struct dial_plan *p, const char *pattern,
		      enum dial_what what)
{
	const struct dial_entry e = { .what = (uint8_t)what };

	return pattern[0] ? put(p, pattern, &e) : 0;
}

static int put_prefixes(struct dial_plan *p, const struct conf_list *l,
			enum dial_what what)
{
	const char (*v)[DIAL_PATTERN_MAX] = l->v;
	int err = 0;

	for (size_t i = 0; !err && i < l->n; i++)
		err = put_prefix(p, v[i], what);
	return err;
}

static int put_ranges(struct dial_plan *p, const struct conf_list *l,
		      enum dial_what what)
{
	const struct dial_range_conf *c = l->v;
	int err = 0;

	for (size_t i = 0; !err && i < l->n; i++) {
		struct dial_entry e = { .what = (uint8_t)what,
					.kind = (uint8_t)c[i].kind };

		memcpy(e.country, c[i].country, sizeof(e.country));
		err = dial_digits_parse(&e.min, &e.max, c[i].digits);
		if (!err)
			err = put(p, c[i].prefix, &e);
	}
	return err;
}

static int put_emergency(struct dial_plan *p, const struct dial_plan_conf *c)
{
	const struct conf_list *l = &c->emergency;
	const char (*v)[DIAL_SHORT_MAX] = l->v;
	int err = 0;

	for (size_t i = 0; !err && i < l->n && i < DIAL_EMERGENCY_MAX; i++) {
		uint8_t n = (uint8_t)strlen(v[i]);
		struct dial_entry e = { .what = DIAL_IS_SHORT,
			.kind = DIAL_EMERGENCY, .min = n, .max = n };

		memcpy(p->emergency[i], v[i], sizeof(p->emergency[i]));
		p->emergency_list.n = i + 1;
		err = put(p, v[i], &e);
	}
	p->emergency_list.v = p->emergency;
	p->n_sos = c->sos.n < DIAL_EMERGENCY_MAX ? c->sos.n
						 : DIAL_EMERGENCY_MAX;
	if (p->n_sos)
		memcpy(p->sos, c->sos.v, p->n_sos * sizeof(p->sos[0]));
	return err;
}

static int put_file(struct dial_plan *p, const struct dial_plan_conf *c,
		    const struct conf_list *ranges,
		    const struct conf_list *codes,
		    const struct dial_keys *keys)
{
	const char (*intl)[DIAL_PATTERN_MAX] = c->international.v;
	int err = put_prefixes(p, &c->withhold, DIAL_IS_WITHHOLD);

	memcpy(p->country, c->country, sizeof(p->country));
	snprintf(p->national, sizeof(p->national), "%s", c->national);
	memcpy(p->local, c->local, sizeof(p->local));
	p->bare = c->bare;
	if (c->withhold.n)
		snprintf(p->withhold, sizeof(p->withhold), "%s",
			 (const char *)c->withhold.v);
	snprintf(p->international, sizeof(p->international), "%s", intl[0]);
	if (!err)
		err = put_prefixes(p, &c->show, DIAL_IS_SHOW);
	if (!err && !(keys && keys->international[0]))
		err = put_prefixes(p, &c->international,
				   DIAL_IS_INTERNATIONAL);
	if (!err)
		err = put_prefixes(p, &c->carriers, DIAL_IS_CARRIER);
	if (!err)
		err = put_ranges(p, codes, DIAL_IS_SHORT);
	if (!err)
		err = put_ranges(p, ranges, DIAL_IS_RANGE);
	return err;
}

/* National numbers outside all ranges of a file: as the user says; without
 * a file this is all that is known. */
static int put_rest(struct dial_plan *p, const struct dial_keys *k)
{
	struct dial_entry e = { .what = DIAL_IS_RANGE };

	e.min = k->min_digits ? k->min_digits : 4;
	e.max = k->max_digits ? k->max_digits
		: (uint8_t)(E164_DIGITS_MAX - strlen(p->country));
	return put(p, "", &e);
}

static int put_keys(struct dial_plan *p, const struct dial_keys *k,
		    bool file)
{
	if (k->country[0])
		memcpy(p->country, k->country, sizeof(p->country));
	if (k->national[0])
		snprintf(p->national, sizeof(p->national), "%s",
			 k->national);
	if (k->international[0])
		snprintf(p->international, sizeof(p->international), "%s",
			 k->international);
	memcpy(p->area, k->area, sizeof(p->area));
	p->bare |= k->bare;
	if (!file || k->min_digits || k->max_digits)
		return put_rest(p, k);
	return 0;
}

int dial_plan_build(struct dial_plan **pp, const struct dial_plan_conf *c,
		    const struct conf_list *ranges,
		    const struct conf_list *codes,
		    const struct dial_keys *keys)
{
	struct dial_plan *p = obj_new(sizeof(*p), plan_destroy);
	int err = 0;

	if (!p)
		return ENOMEM;
	snprintf(p->local, sizeof(p->local), "0123456789");
	/* a place in the tree is kept by the one that took it first */
	if (!err && c)
		err = put_emergency(p, c);
	if (!err && keys)
		err = put_prefix(p, keys->international,
				 DIAL_IS_INTERNATIONAL);
	if (!err && c)
		err = put_file(p, c, ranges, codes, keys);
	if (!err && keys)
		err = put_keys(p, keys, c != NULL);
	if (!err)
		err = put_prefix(p, p->national, DIAL_IS_NATIONAL);
	if (err)
		obj_unref(p);
	else
		*pp = p;
	return err;
}

int dial_plan_add_world(struct dial_plan *p, const struct conf_list *ranges)
{
	int err = put_ranges(p, ranges, DIAL_IS_COUNTRY);

	if (err)
		dial_trie_fini(&p->world);
	return err;
}
