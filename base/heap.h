/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive binary min-heap (pairing by pointers, no array): inserting
 * cannot fail. Order: key, then insertion. Used for timers. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	struct heap_node *left, *right, *parent;
	uint64_t          key, seq;
	bool              linked;
};

struct heap {
	struct heap_node *root;
	size_t            n;
	uint64_t          seq;
};

/* Inserts n (not linked) under key. */
void heap_insert(struct heap *h, struct heap_node *n, uint64_t key);
/* Idempotent. */
void heap_remove(struct heap *h, struct heap_node *n);
/* The node with the smallest key, or NULL. */
static inline struct heap_node *heap_min(const struct heap *h)
{
	return h->root;
}

#endif
