/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes between threads: senders push onto a stack, the receiver takes the
 * whole stack at once and turns it round. Whoever pushes onto an empty
 * stack wakes the loop, at the end of his own turn: what he posts there
 * together is read together.
 */
#include "base/mailbox.h"

#include "base/loop_impl.h"

void loop_post(struct loop *to, struct note *n, note_fn *fn, void *arg)
{
	struct note *head = atomic_load_explicit(&to->posted,
						 memory_order_relaxed);

	n->fn = fn;
	n->arg = arg;
	do
		atomic_store_explicit(&n->next, head, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&to->posted, &head, n,
		memory_order_release, memory_order_relaxed));
	if (!head)
		loop_wake_later(to);
}

bool mailbox_has(struct loop *l)
{
	return l->taken || atomic_load_explicit(&l->posted,
						memory_order_relaxed);
}

/* Newest first becomes oldest first, behind what is left of the last turn. */
static void take(struct loop *l)
{
	struct note *n = atomic_exchange_explicit(&l->posted, NULL,
						  memory_order_acquire);
	struct note *oldest = NULL, *last;

	while (n) {
		struct note *next = atomic_load_explicit(&n->next,
			memory_order_relaxed);

		atomic_store_explicit(&n->next, oldest, memory_order_relaxed);
		oldest = n;
		n = next;
	}
	if (!l->taken) {
		l->taken = oldest;
		return;
	}
	/* only after loop_stop() in the middle of the notes */
	for (last = l->taken; last->next; last = last->next)
		;
	last->next = oldest;
}

void loop_unpost(struct loop *l, struct note *n)
{
	struct note *next;

	take(l);
	if (l->taken == n)
		l->taken = n->next;
	for (struct note *at = l->taken; at; at = next) {
		next = at->next;
		if (next == n)
			at->next = n->next;
	}
}

void mailbox_run(struct loop *l)
{
	uint64_t t;

	if (!mailbox_has(l))
		return;
	t = l->clk->now_us(l->clk->arg);
	take(l);
	while (l->taken && !loop_is_stopping(l)) {
		struct note *n = l->taken;

		l->taken = atomic_load_explicit(&n->next,
						memory_order_relaxed);
		n->fn(n, n->arg);       /* n may be gone or posted again */
		t = loop_ran(l, t, "note");
	}
}
