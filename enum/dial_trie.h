/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digits of a dial plan as a tree: one step per digit, the entry of a
 * pattern at the node where it ends. A pattern is made of digits, "*", "#",
 * "x" for any digit and sets: "00[3-8]x", "2[02]". (pure)
 */
#ifndef ENUM_DIAL_TRIE_H
#define ENUM_DIAL_TRIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	DIAL_SYMBOLS     = 12,          /* 0 to 9, "*", "#" */
	DIAL_PATTERN_MAX = 32,          /* with the NUL */
	DIAL_NODES_MAX   = 60000,
};

struct dial_node {
	uint16_t child[DIAL_SYMBOLS];   /* 0: none */
	uint16_t entry;                 /* 0: none */
	uint16_t below;                 /* marks of all entries below it */
};

/* Zeroed: empty. v[0] is the root, once something was added. */
struct dial_trie {
	struct dial_node *v;
	unsigned          n, cap;
};

/* Adds a pattern ("": the root). entry, above 0, is stored where no entry
 * is yet; mark is noted in all nodes on the way. EBADMSG: no pattern;
 * EFBIG: too many nodes; ENOMEM. */
int dial_trie_add(struct dial_trie *t, const char *pattern, uint16_t entry,
		  uint16_t mark) MUST_CHECK;
void dial_trie_fini(struct dial_trie *t);

/* The node behind c, 0: there is none. Of an empty tree: 0. */
unsigned dial_trie_step(const struct dial_trie *t, unsigned node, char c);

/* Is it a pattern? */
bool dial_pattern_is_valid(const char *pattern);

#endif
