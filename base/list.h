/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive doubly linked list. The node lies in its owner; linking cannot
 * fail, unlinking is idempotent. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *prev, *next;  /* both NULL: not linked */
};

struct list {
	struct list_node head;          /* a ring through head */
};

/* The object of type that holds the node as member. */
#define CONTAINER(node, type, member) \
	((type *)(void *)((char *)(node) - offsetof(type, member)))

#define LIST_EACH(n, l) \
	for (struct list_node *n = (l)->head.next; n != &(l)->head; \
	     n = n->next)
/* The body may unlink n (and nothing else of the list). */
#define LIST_EACH_SAFE(n, l) \
	for (struct list_node *n = (l)->head.next, *n##_next = n->next; \
	     n != &(l)->head; n = n##_next, n##_next = n->next)

/* Empty; before any other use. */
static inline void list_init(struct list *l)
{
	l->head.prev = l->head.next = &l->head;
}

/* No node in it. */
static inline bool list_is_empty(const struct list *l)
{
	return l->head.next == &l->head;
}

/* How many nodes; walks all of them. */
static inline size_t list_len(const struct list *l)
{
	size_t len = 0;

	for (const struct list_node *n = l->head.next; n != &l->head;
	     n = n->next)
		len++;
	return len;
}

/* In some list. */
static inline bool list_is_linked(const struct list_node *n)
{
	return n->next != NULL;
}

/* Puts n (not linked) in front of at. */
static inline void list_insert_before(struct list_node *at,
				      struct list_node *n)
{
	n->prev = at->prev;
	n->next = at;
	at->prev->next = n;
	at->prev = n;
}

/* Puts n (not linked) at the end. */
static inline void list_append(struct list *l, struct list_node *n)
{
	list_insert_before(&l->head, n);
}

/* Puts n (not linked) at the front. */
static inline void list_prepend(struct list *l, struct list_node *n)
{
	list_insert_before(l->head.next, n);
}

/* Takes n out of its list; idempotent. */
static inline void list_unlink(struct list_node *n)
{
	if (!n->next)
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->prev = n->next = NULL;
}

/* The first node, or NULL. */
static inline struct list_node *list_first(const struct list *l)
{
	return list_is_empty(l) ? NULL : l->head.next;
}

#endif
