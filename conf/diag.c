/* SPDX-License-Identifier: Apache-2.0 */
/* The list of everything that is wrong with a configuration. */
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "conf/load.h"

enum { ERRORS_MAX = 200 };

void conf_diag_init(struct conf_diag *d)
{
	memset(d, 0, sizeof(*d));
}

void conf_diag_fini(struct conf_diag *d)
{
	d->v = mem_free(d->v);
	d->n = d->more = 0;
}

/* In the order of the file; among equals, in the order they were found. */
static struct conf_error *insert(struct conf_diag *d, unsigned line,
				 unsigned column)
{
	size_t at = d->n;

	if (!d->v)
		d->v = mem_alloc(ERRORS_MAX * sizeof(*d->v));
	if (!d->v || d->n == ERRORS_MAX) {
		d->more++;
		return NULL;
	}
	while (at > 0 && (d->v[at - 1].line > line ||
			  (d->v[at - 1].line == line &&
			   d->v[at - 1].column > column)))
		at--;
	memmove(d->v + at + 1, d->v + at, (d->n - at) * sizeof(*d->v));
	d->n++;
	d->v[at] = (struct conf_error){ line, column, "" };
	return &d->v[at];
}

/* A value that is shown may hold anything; a message is one clean line. */
static void clean(char *p)
{
	for (; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = '?';
}

void conf_diag_addv(struct conf_diag *d, unsigned line, unsigned column,
		    const char *fmt, va_list ap)
{
	struct conf_error *e = insert(d, line, column);

	if (!e)
		return;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	clean(e->text);
}

void conf_diag_add(struct conf_diag *d, unsigned line, unsigned column,
		   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_diag_addv(d, line, column, fmt, ap);
	va_end(ap);
}

static const struct conf_place *find(const struct conf_load *ld,
				     const void *sec)
{
	for (size_t i = 0; ld && i < ld->n_places; i++)
		if (ld->places[i].sec == sec)
			return &ld->places[i];
	return NULL;
}

bool conf_diag_doubts(const struct conf_diag *d, const void *sec)
{
	const struct conf_place *pl = find(d->load, sec);

	return pl && pl->doubt;
}

void conf_diag_at(struct conf_diag *d, const void *sec, const char *key,
		  const char *fmt, ...)
{
	const struct conf_place *pl = find(d->load, sec);
	const struct yaml_node *n = NULL;
	unsigned line = pl ? pl->line : 0, column = pl ? pl->column : 0;
	va_list ap;

	if (pl && key)
		n = yaml_tree_get(pl->node, key);
	if (pl && pl->doubt && (!n || n->refused))
		return;
	if (n) {
		line = n->line;
		column = n->column;
	}
	va_start(ap, fmt);
	conf_diag_addv(d, line, column, fmt, ap);
	va_end(ap);
}

void conf_diag_print(const struct conf_diag *d, struct buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct conf_error *e = &d->v[i];

		if (e->line)
			buf_addf(out, "%s:%u:%u: %s\n", d->file, e->line,
				 e->column, e->text);
		else
			buf_addf(out, "%s: %s\n", d->file, e->text);
	}
	if (d->more)
		buf_addf(out, "%s: %zu more errors\n", d->file, d->more);
}
