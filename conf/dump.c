/* SPDX-License-Identifier: Apache-2.0 */
/* The effective configuration as YAML, and all keys as Markdown. */
#include <string.h>

#include "conf/load.h"
#include "conf/types.h"

static void dump_section(struct buf *out, const struct conf_section *sec,
			 const char *v, unsigned depth, bool in_list);

static void indent(struct buf *out, unsigned depth)
{
	while (depth--)
		buf_addz(out, "  ");
}

static void dump_items(struct buf *out, const struct conf_key *item,
		       const struct conf_list *l)
{
	size_t size = conf_item_size(item);

	buf_addz(out, " [");
	for (size_t i = 0; i < l->n; i++) {
		buf_addz(out, i ? ", " : "");
		conf_scalar_print(item, (const char *)l->v + i * size, out);
	}
	buf_addz(out, "]\n");
}

static void dump_list(struct buf *out, const struct conf_section *sub,
		      const struct conf_list *l, unsigned depth)
{
	buf_addz(out, l->n ? "\n" : " []\n");
	for (size_t i = 0; i < l->n; i++)
		dump_section(out, sub, (const char *)l->v + i * sub->size,
			     depth, true);
}

static void dump_key(struct buf *out, const struct conf_key *k, const char *v,
		     unsigned depth)
{
	const struct conf_list *l = (const void *)v;

	buf_addf(out, "%s:", k->name);
	if (k->type == CONF_MAP) {
		buf_addc(out, '\n');
		dump_section(out, k->sub, v, depth + 1, false);
	} else if (k->type == CONF_LIST && k->sub) {
		dump_list(out, k->sub, l, depth + 1);
	} else if (k->type == CONF_LIST) {
		dump_items(out, k->item, l);
	} else {
		buf_addc(out, ' ');
		conf_scalar_print(k, v, out);
		buf_addc(out, '\n');
	}
}

/* A key whose default is to be absent, and is. */
static bool is_absent(const struct conf_key *k, const char *v)
{
	if (!k->dflt || k->dflt[0])
		return false;
	if (k->type == CONF_LIST)
		return ((const struct conf_list *)(const void *)v)->n == 0;
	if (k->type != CONF_MAP)
		return conf_scalar_is_unset(k, v);
	for (size_t i = 0; i < k->size; i++)
		if (v[i])
			return false;
	return true;
}

static void dump_section(struct buf *out, const struct conf_section *sec,
			 const char *v, unsigned depth, bool in_list)
{
	bool first = true;

	for (const struct conf_key *k = sec->keys; k->name; k++) {
		if (is_absent(k, v + k->offset))
			continue;
		indent(out, depth);
		if (in_list)
			buf_addz(out, first ? "- " : "  ");
		dump_key(out, k, v + k->offset, depth + in_list);
		first = false;
	}
	if (first && in_list) {
		indent(out, depth);
		buf_addz(out, "- {}\n");
	}
}

void conf_dump(struct buf *out, const struct conf_snapshot *s)
{
	for (size_t i = 0; s->all[i]; i++) {
		const struct conf_section *sec = s->all[i];

		buf_addf(out, "%s:", sec->name);
		if (sec->list) {
			dump_list(out, sec, s->secs[i], 1);
			continue;
		}
		buf_addc(out, '\n');
		dump_section(out, sec, s->secs[i], 1, false);
	}
}

/* "|" ends a cell of a Markdown table. */
static void cell(struct buf *out, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '|')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static void doc_type(struct buf *out, const struct conf_key *k)
{
	const struct conf_key *of = k->type == CONF_LIST ? k->item : k;

	if (k->type == CONF_LIST && k->sub) {
		buf_addz(out, "list of sections");
		return;
	}
	if (k->type == CONF_LIST)
		buf_addz(out, "list of: ");
	if (of->type == CONF_NAME) {
		for (int i = 0; of->names[i]; i++)
			buf_addf(out, "%s`%s`", i ? " " : "", of->names[i]);
		return;
	}
	buf_addz(out, conf_type_name(of->type));
	if (!of->min && !of->max)
		return;
	if (of->type == CONF_INT)
		buf_addf(out, ", %ld to %ld", of->min, of->max);
	else if (of->type == CONF_MS)
		buf_addf(out, ", %ldms to %ldms", of->min, of->max);
	else if (of->type == CONF_DB)
		buf_addf(out, ", %ld to %ld", of->min, of->max);
}

static void doc_row(struct buf *out, const struct conf_key *k,
		    unsigned flags)
{
	buf_addf(out, "| `%s` | ", k->name);
	doc_type(out, k);
	buf_addz(out, " | ");
	if (!k->dflt)
		buf_addz(out, "required");
	else if (k->dflt[0])
		buf_addf(out, "`%s`", k->dflt);
	else
		buf_addz(out, "none");
	buf_addf(out, " | %s | ", (k->flags | flags) & CONF_RELOAD ? "yes" :
		 "no");
	cell(out, k->doc);
	buf_addz(out, " |\n");
}

static void doc_section(struct buf *out, const struct conf_section *sec,
			const char *path, unsigned depth, unsigned flags)
{
	flags |= sec->flags;
	buf_addf(out, "\n%.*s `%s`%s\n\n", (int)depth, "######", path,
		 depth == 2 && sec->list ? " (a list)" : "");
	if (sec->doc)
		buf_addf(out, "%s\n\n", sec->doc);
	buf_addz(out, "| key | type | default | reload | meaning |\n"
		 "|---|---|---|---|---|\n");
	for (const struct conf_key *k = sec->keys; k->name; k++)
		doc_row(out, k, flags);
	for (const struct conf_key *k = sec->keys; k->name; k++) {
		char below[160];

		if (!k->sub)
			continue;
		snprintf(below, sizeof(below), "%s.%s%s", path, k->name,
			 k->type == CONF_LIST ? "[]" : "");
		doc_section(out, k->sub, below, depth < 6 ? depth + 1 : 6,
			    flags | k->flags);
	}
}

void conf_doc(struct buf *out, const struct conf_section *const *all)
{
	buf_addz(out, "# Configuration\n\nPrinted from the tables of the "
		 "program. Reload: the key may change while the gateway "
		 "runs.\n");
	for (size_t i = 0; all[i]; i++)
		doc_section(out, all[i], all[i]->name, 2, 0);
}
