/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two snapshots of the same sections. */
#include <string.h>

#include "conf/load.h"
#include "conf/types.h"

struct diff {
	const struct conf_snapshot *a, *b;
	struct conf_change         *out;
	size_t                      n, max;
	const struct conf_section  *top;
	char                        path[sizeof((struct conf_change *)0)->path];
};

/* Two values of one key, and whether it may change. */
struct pair {
	const char *a, *b;      /* NULL: not there */
	unsigned    flags;
};

static void diff_section(struct diff *d, const struct conf_section *sec,
			 struct pair p);

static void note(struct diff *d, enum conf_change_kind kind, struct pair p)
{
	if (d->n < d->max) {
		struct conf_change *c = &d->out[d->n];

		memset(c, 0, sizeof(*c));
		c->section = d->top;
		c->kind = kind;
		memcpy(c->path, d->path, sizeof(c->path));
		c->reload = p.flags & CONF_RELOAD;
		c->line_a = p.a ? conf_line_of(d->a, p.a) : 0;
		c->line_b = p.b ? conf_line_of(d->b, p.b) : 0;
	}
	d->n++;
}

static void print_value(char *out, size_t cap, const struct conf_key *k,
			const void *v)
{
	struct buf b;

	buf_init(&b, 4096);
	conf_scalar_print(k, v, &b);
	str_clip(out, cap, buf_str(&b));
	buf_fini(&b);
}

static void note_scalar(struct diff *d, const struct conf_key *k,
			struct pair p)
{
	struct conf_change *c;

	note(d, CONF_CHANGED, p);
	if (d->n > d->max)
		return;
	c = &d->out[d->n - 1];
	print_value(c->from, sizeof(c->from), k, p.a);
	print_value(c->to, sizeof(c->to), k, p.b);
}

/* Adds to the path; returns the length to go back to. */
static size_t enter(struct diff *d, const char *dot, const char *name)
{
	size_t len = strlen(d->path);

	snprintf(d->path + len, sizeof(d->path) - len, "%s%s", dot, name);
	return len;
}

static bool items_equal(const struct conf_key *item, const struct conf_list *a,
			const struct conf_list *b)
{
	size_t size = conf_item_size(item);

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!conf_scalar_eq(item, (const char *)a->v + i * size,
				    (const char *)b->v + i * size))
			return false;
	return true;
}

/* --- lists of sections ------------------------------------------------- */

static const struct conf_list *list_of(const char *v)
{
	return (const void *)v;
}

static const char *element(const struct conf_section *sub,
			   const struct conf_list *l, size_t i)
{
	return (const char *)l->v + i * sub->size;
}

/* The key by which elements are known again, or NULL. */
static const struct conf_key *name_key(const struct conf_section *sub)
{
	for (const struct conf_key *k = sub->keys; k->name; k++)
		if (k->flags & CONF_UNIQUE)
			return k;
	return NULL;
}

/* The place in the list of the element that has e's name; l->n: none. */
static size_t find(const struct conf_section *sub, const struct conf_key *k,
		   const struct conf_list *l, const char *e)
{
	size_t i = 0;

	while (i < l->n && !conf_scalar_eq(k, element(sub, l, i) + k->offset,
					   e + k->offset))
		i++;
	return i;
}

static size_t enter_element(struct diff *d, const struct conf_key *k,
			    const char *e)
{
	char name[64], index[sizeof(name) + 2];

	if (k->type == CONF_STR)
		str_clip(name, sizeof(name), str_z(e + k->offset));
	else
		print_value(name, sizeof(name), k, e + k->offset);
	snprintf(index, sizeof(index), "[%s]", name);
	return enter(d, "", index);
}

/* Elements of a, and whether those that stayed are in their old order. */
static bool diff_known(struct diff *d, const struct conf_section *sub,
		       const struct conf_key *k, struct pair p)
{
	const struct conf_list *a = list_of(p.a), *b = list_of(p.b);
	bool in_order = true;
	size_t last = 0;

	for (size_t i = 0; i < a->n; i++) {
		const char *e = element(sub, a, i);
		size_t j = find(sub, k, b, e), len = enter_element(d, k, e);
		struct pair q = { e, NULL, p.flags };

		if (j == b->n) {
			note(d, CONF_REMOVED, q);
		} else {
			q.b = element(sub, b, j);
			diff_section(d, sub, q);
			in_order &= j >= last;
			last = j;
		}
		d->path[len] = '\0';
	}
	return in_order;
}

static void diff_by_name(struct diff *d, const struct conf_section *sub,
			 const struct conf_key *k, struct pair p)
{
	const struct conf_list *a = list_of(p.a), *b = list_of(p.b);
	bool in_order = diff_known(d, sub, k, p);

	for (size_t i = 0; i < b->n; i++) {
		const char *e = element(sub, b, i);
		size_t len;

		if (find(sub, k, a, e) < a->n)
			continue;
		len = enter_element(d, k, e);
		note(d, CONF_ADDED, (struct pair){ NULL, e, p.flags });
		d->path[len] = '\0';
	}
	if (!in_order)
		note(d, CONF_MOVED, p);
}

static void diff_by_index(struct diff *d, const struct conf_section *sub,
			  struct pair p)
{
	const struct conf_list *a = list_of(p.a), *b = list_of(p.b);

	if (a->n != b->n) {
		note(d, CONF_CHANGED, p);
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		char index[24];
		size_t len;

		snprintf(index, sizeof(index), "[%zu]", i);
		len = enter(d, "", index);
		diff_section(d, sub, (struct pair){ element(sub, a, i),
						    element(sub, b, i),
						    p.flags });
		d->path[len] = '\0';
	}
}

static void diff_list(struct diff *d, const struct conf_section *sub,
		      struct pair p)
{
	const struct conf_key *k = name_key(sub);

	if (k)
		diff_by_name(d, sub, k, p);
	else
		diff_by_index(d, sub, p);
}

/* --- keys -------------------------------------------------------------- */

static void diff_key(struct diff *d, const struct conf_key *k, struct pair p)
{
	if (k->type == CONF_MAP)
		diff_section(d, k->sub, p);
	else if (k->type == CONF_LIST && k->sub)
		diff_list(d, k->sub, p);
	else if (k->type == CONF_LIST &&
		 !items_equal(k->item, list_of(p.a), list_of(p.b)))
		note(d, CONF_CHANGED, p);
	else if (k->type != CONF_LIST && !conf_scalar_eq(k, p.a, p.b))
		note_scalar(d, k, p);
}

static void diff_section(struct diff *d, const struct conf_section *sec,
			 struct pair p)
{
	for (const struct conf_key *k = sec->keys; k->name; k++) {
		size_t len = enter(d, ".", k->name);

		diff_key(d, k, (struct pair){ p.a + k->offset,
					      p.b + k->offset,
					      p.flags | k->flags });
		d->path[len] = '\0';
	}
}

size_t conf_diff(const struct conf_snapshot *a, const struct conf_snapshot *b,
		 struct conf_change *out, size_t max)
{
	struct diff d = { .a = a, .b = b, .out = out, .max = max };

	for (size_t i = 0; a->all[i]; i++) {
		struct pair p = { a->secs[i], b->secs[i], a->all[i]->flags };

		d.top = a->all[i];
		d.path[0] = '\0';
		enter(&d, "", d.top->name);
		if (d.top->list)
			diff_list(&d, d.top, p);
		else
			diff_section(&d, d.top, p);
	}
	return d.n;
}

static void print_lines(struct buf *out, const struct conf_change *c)
{
	if (c->line_a && c->line_b && c->line_a != c->line_b)
		buf_addf(out, " (line %u, was line %u)", c->line_b,
			 c->line_a);
	else if (c->line_b)
		buf_addf(out, " (line %u)", c->line_b);
	else if (c->line_a)
		buf_addf(out, " (was line %u)", c->line_a);
}

void conf_change_print(struct buf *out, const struct conf_change *c)
{
	static const char *const words[] = {
		[CONF_CHANGED] = "changed", [CONF_ADDED] = "added",
		[CONF_REMOVED] = "removed", [CONF_MOVED] = "other order",
	};

	/* masked secrets look alike */
	if (c->from[0] && strcmp(c->from, c->to))
		buf_addf(out, "%s: %s -> %s", c->path, c->from, c->to);
	else
		buf_addf(out, "%s: %s", c->path, words[c->kind]);
	print_lines(out, c);
	buf_addc(out, '\n');
}
