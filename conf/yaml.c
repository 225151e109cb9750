/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events to a tree. The only file that knows libyaml. */
#include "conf/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/mem.h"

struct builder {
	yaml_parser_t     parser;
	struct yaml_node *root;
	struct yaml_node *open[YAML_DEPTH_MAX]; /* collections around us */
	unsigned          depth, n_nodes, n_docs;
	struct yaml_node *key;                  /* waits for its value */
	struct parse_pos *pos;
};

void yaml_tree_free(struct yaml_node *n)
{
	struct yaml_node *c, *next;

	if (!n)
		return;
	/* recursion is bounded by YAML_DEPTH_MAX */
	for (c = n->child; c; c = next) {
		next = c->next;
		yaml_tree_free(c);
	}
	yaml_tree_free(n->key);
	mem_free(n);
}

struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (struct yaml_node *c = map->child; c; c = c->next)
		if (str_eqz(c->key->text, key))
			return c;
	return NULL;
}

bool yaml_tree_is_blank(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && n->plain &&
	       (!n->text.l || str_eqz(n->text, "~") ||
		str_eqz(n->text, "null"));
}

static int refuse(struct builder *b, const yaml_mark_t *at, const char *what)
{
	*b->pos = (struct parse_pos){ (unsigned)at->line + 1,
				      (unsigned)at->column + 1, what };
	return EBADMSG;
}

/* Puts a finished scalar or an opened collection into its place. */
static int place(struct builder *b, struct yaml_node *n,
		 const yaml_mark_t *at)
{
	struct yaml_node *up = b->depth ? b->open[b->depth - 1] : NULL;

	if (!up) {
		b->root = n;
		return 0;
	}
	if (up->kind == YAML_MAP && !b->key) {
		if (n->kind == YAML_SCALAR) {
			b->key = n;
			return 0;
		}
		yaml_tree_free(n);
		return refuse(b, at, "a key must be a single word");
	}
	n->key = b->key;
	b->key = NULL;
	if (up->last)
		up->last->next = n;
	else
		up->child = n;
	up->last = n;
	up->n++;
	return 0;
}

static int add(struct builder *b, enum yaml_kind kind, const yaml_event_t *e,
	       struct str text, bool plain)
{
	const yaml_mark_t *at = &e->start_mark;
	struct yaml_node *n;
	int err;

	if (++b->n_nodes > YAML_NODES_MAX)
		return refuse(b, at, "too many values");
	if (kind != YAML_SCALAR && b->depth == YAML_DEPTH_MAX)
		return refuse(b, at, "nested too deep");
	n = mem_alloc(sizeof(*n) + text.l + 1);
	if (!n)
		return ENOMEM;
	if (text.l)
		memcpy(n + 1, text.p, text.l);
	n->kind = kind;
	n->line = (unsigned)at->line + 1;
	n->column = (unsigned)at->column + 1;
	n->text = str_pl(n + 1, text.l);
	n->plain = plain;
	err = place(b, n, at);
	if (!err && kind != YAML_SCALAR)
		b->open[b->depth++] = n;
	return err;
}

/* What YAML can say and a configuration should not. */
static int check_plain_words(struct builder *b, const yaml_event_t *e,
			     const yaml_char_t *anchor,
			     const yaml_char_t *tag)
{
	if (anchor)
		return refuse(b, &e->start_mark,
			      "anchors and aliases are not supported");
	if (tag)
		return refuse(b, &e->start_mark, "tags are not supported");
	return 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *e)
{
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int err = check_plain_words(b, e, e->data.scalar.anchor,
				    e->data.scalar.tag);

	if (err)
		return err;
	return add(b, YAML_SCALAR, e, str_pl(e->data.scalar.value,
					     e->data.scalar.length), plain);
}

static int on_event(struct builder *b, const yaml_event_t *e)
{
	int err;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return ++b->n_docs == 1 ? 0 : refuse(b, &e->start_mark,
			"only one document is allowed");
	case YAML_ALIAS_EVENT:
		return refuse(b, &e->start_mark,
			      "anchors and aliases are not supported");
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		err = check_plain_words(b, e, e->data.sequence_start.anchor,
					e->data.sequence_start.tag);
		return err ? err : add(b, YAML_LIST, e, STR_NULL, false);
	case YAML_MAPPING_START_EVENT:
		err = check_plain_words(b, e, e->data.mapping_start.anchor,
					e->data.mapping_start.tag);
		return err ? err : add(b, YAML_MAP, e, STR_NULL, false);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

/* libyaml's complaint; its texts are constant. */
static int syntax_error(struct builder *b, struct str text)
{
	const yaml_parser_t *p = &b->parser;
	struct scan s = scan_of(text);

	if (p->error == YAML_MEMORY_ERROR)
		return ENOMEM;
	if (p->error != YAML_READER_ERROR)
		return refuse(b, &p->problem_mark, p->problem);
	/* not UTF-8: it tells an offset only */
	(void)scan_skip(&s, p->problem_offset < text.l ? p->problem_offset :
			text.l);
	*b->pos = scan_pos(&s, p->problem);
	return EBADMSG;
}

static int run(struct builder *b, struct str text)
{
	bool done = false;
	int err = 0;

	yaml_parser_set_input_string(&b->parser,
				     (const unsigned char *)text.p, text.l);
	while (!done && !err) {
		yaml_event_t e;

		if (!yaml_parser_parse(&b->parser, &e))
			return syntax_error(b, text);
		done = e.type == YAML_STREAM_END_EVENT;
		err = on_event(b, &e);
		yaml_event_delete(&e);
	}
	return err;
}

int yaml_tree_parse(struct yaml_node **rootp, struct str text,
	       struct parse_pos *pos)
{
	struct builder b = { .pos = pos };
	int err;

	*pos = (struct parse_pos){ 1, 1, NULL };
	if (text.l > YAML_TEXT_MAX) {
		pos->what = "larger than 1 MiB";
		return EBADMSG;
	}
	if (!yaml_parser_initialize(&b.parser))
		return ENOMEM;
	err = run(&b, text.l ? text : STR_LIT(""));
	yaml_parser_delete(&b.parser);
	yaml_tree_free(b.key);
	if (err)
		yaml_tree_free(b.root);
	else
		*rootp = b.root;
	return err;
}
