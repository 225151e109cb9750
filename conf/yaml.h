/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML text as a tree in which every node knows its line and column. Only
 * what a configuration needs: mappings, lists, scalars; no aliases, no tags,
 * one document, bounded in size, depth and number.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include "base/scan.h"

enum {
	YAML_TEXT_MAX  = 1 << 20,       /* bytes */
	YAML_DEPTH_MAX = 16,
	YAML_NODES_MAX = 50000,
};

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind    kind;
	unsigned          line, column;         /* from 1 */
	struct str        text;                 /* of a scalar */
	bool              plain;                /* written without quotes */
	struct yaml_node *key;                  /* in a mapping: a scalar */
	struct yaml_node *next;                 /* in the same parent */
	struct yaml_node *child, *last;
	size_t            n;                    /* children */
	bool              refused;              /* by who reads the tree */
};

/* The names keep clear of libyaml, which exports a yaml_free. */

/* The tree of a text; *rootp is NULL for an empty document. EBADMSG and the
 * place in *pos, ENOMEM. Freed with yaml_tree_free. */
int yaml_tree_parse(struct yaml_node **rootp, struct str text,
	       struct parse_pos *pos) MUST_CHECK;

/* Frees the node and all below it; NULL-safe. */
void yaml_tree_free(struct yaml_node *n);

/* The value under a key of a mapping (the first, if given twice), or NULL;
 * map may be NULL or of another kind. */
struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);

/* A scalar that says nothing: "key:" and no more. */
bool yaml_tree_is_blank(const struct yaml_node *n);

#endif
