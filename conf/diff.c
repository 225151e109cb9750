/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two snapshots of the same sections. */
#include <string.h>

#include "conf/load.h"
#include "conf/types.h"

struct diff {
	struct conf_change        *out;
	size_t                     n, max;
	const struct conf_section *top;
	char                       path[sizeof((struct conf_change *)0)->path];
};

static void diff_section(struct diff *d, const struct conf_section *sec,
			 const char *a, const char *b);

static void note(struct diff *d, unsigned flags)
{
	if (d->n < d->max) {
		struct conf_change *c = &d->out[d->n];

		c->section = d->top;
		memcpy(c->path, d->path, sizeof(c->path));
		c->reload = flags & CONF_RELOAD;
	}
	d->n++;
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

static void diff_list(struct diff *d, const struct conf_section *sub,
		      unsigned flags, const struct conf_list *a,
		      const struct conf_list *b)
{
	if (a->n != b->n) {
		note(d, flags);
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		char index[24];
		size_t len;

		snprintf(index, sizeof(index), "[%zu]", i);
		len = enter(d, "", index);
		diff_section(d, sub, (const char *)a->v + i * sub->size,
			     (const char *)b->v + i * sub->size);
		d->path[len] = '\0';
	}
}

static void diff_key(struct diff *d, const struct conf_key *k, const char *a,
		     const char *b)
{
	const struct conf_list *la = (const void *)a, *lb = (const void *)b;

	if (k->type == CONF_MAP)
		diff_section(d, k->sub, a, b);
	else if (k->type == CONF_LIST && k->sub)
		diff_list(d, k->sub, k->flags, la, lb);
	else if (k->type == CONF_LIST ? !items_equal(k->item, la, lb) :
		 !conf_scalar_eq(k, a, b))
		note(d, k->flags);
}

static void diff_section(struct diff *d, const struct conf_section *sec,
			 const char *a, const char *b)
{
	for (const struct conf_key *k = sec->keys; k->name; k++) {
		size_t len = enter(d, ".", k->name);

		diff_key(d, k, a + k->offset, b + k->offset);
		d->path[len] = '\0';
	}
}

size_t conf_diff(const struct conf_snapshot *a, const struct conf_snapshot *b,
		 struct conf_change *out, size_t max)
{
	struct diff d = { .out = out, .max = max };

	for (size_t i = 0; a->all[i]; i++) {
		d.top = a->all[i];
		d.path[0] = '\0';
		enter(&d, "", d.top->name);
		if (d.top->list)
			diff_list(&d, d.top, d.top->flags, a->secs[i],
				  b->secs[i]);
		else
			diff_section(&d, d.top, a->secs[i], b->secs[i]);
	}
	return d.n;
}
