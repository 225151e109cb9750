/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary min-heap of linked nodes: a complete tree, whose n-th place is
 * found from the root by the bits of n. No operation takes more than
 * log2(n) steps, so a worker with many timers has no slow one.
 */
#include "base/heap.h"

static bool before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* The pointer that leads to place i (1: the root); *parent is above it. */
static struct heap_node **place(struct heap *h, size_t i,
				struct heap_node **parent)
{
	struct heap_node **at = &h->root;
	size_t bit = 1;

	while (bit <= i / 2)
		bit *= 2;
	*parent = NULL;
	for (bit /= 2; bit; bit /= 2) {
		*parent = *at;
		at = i & bit ? &(*at)->right : &(*at)->left;
	}
	return at;
}

/* What pointed to n from above now points to m. */
static void replace_above(struct heap *h, struct heap_node *n,
			  struct heap_node *m)
{
	struct heap_node *up = n->parent;

	if (!up)
		h->root = m;
	else if (up->left == n)
		up->left = m;
	else
		up->right = m;
}

static void adopt(struct heap_node *n)
{
	if (n->left)
		n->left->parent = n;
	if (n->right)
		n->right->parent = n;
}

/* n changes places with its parent. */
static void swap_up(struct heap *h, struct heap_node *n)
{
	struct heap_node *p = n->parent, *l = n->left, *r = n->right;

	replace_above(h, p, n);
	n->parent = p->parent;
	if (p->left == n) {
		n->left = p;
		n->right = p->right;
	} else {
		n->left = p->left;
		n->right = p;
	}
	p->left = l;
	p->right = r;
	adopt(p);
	adopt(n);
}

static void sift_up(struct heap *h, struct heap_node *n)
{
	while (n->parent && before(n, n->parent))
		swap_up(h, n);
}

static void sift_down(struct heap *h, struct heap_node *n)
{
	while (n->left) {
		struct heap_node *c = n->left;

		if (n->right && before(n->right, c))
			c = n->right;
		if (!before(c, n))
			return;
		swap_up(h, c);
	}
}

void heap_insert(struct heap *h, struct heap_node *n, uint64_t key)
{
	struct heap_node *parent;
	struct heap_node **at = place(h, h->n + 1, &parent);

	*n = (struct heap_node){ .parent = parent, .key = key,
				 .seq = h->seq++, .linked = true };
	*at = n;
	h->n++;
	sift_up(h, n);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node *parent, **at, *last;

	if (!n->linked)
		return;
	at = place(h, h->n, &parent);
	last = *at;
	*at = NULL;
	h->n--;
	n->linked = false;
	if (last == n)
		return;
	/* the last node takes the place of n, then finds its own */
	last->left = n->left;
	last->right = n->right;
	last->parent = n->parent;
	replace_above(h, n, last);
	adopt(last);
	sift_up(h, last);
	sift_down(h, last);
}
