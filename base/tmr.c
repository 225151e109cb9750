/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: the nodes of the loop's heap. */
#include "base/tmr.h"

#include "base/loop_impl.h"

/* key_us: at_us, or now if that is past. */
static void start(struct loop *l, struct tmr *t, uint64_t at_us,
		  uint64_t key_us)
{
	tmr_stop(t);
	t->at_us = at_us;
	t->loop = l;
	heap_insert(&l->timers, &t->node, key_us);
}

void tmr_start_at(struct loop *l, struct tmr *t, uint64_t at_us, tmr_fn *fn,
		  void *arg)
{
	uint64_t now = loop_now_us(l);

	t->fn = fn;
	t->arg = arg;
	/* a past time counts as now: due timers run in start order, and none
	 * started in this turn comes before those that are due already */
	start(l, t, at_us, at_us > now ? at_us : now);
}

void tmr_start(struct loop *l, struct tmr *t, uint32_t ms, tmr_fn *fn,
	       void *arg)
{
	uint64_t at_us = loop_now_us(l) + (uint64_t)ms * 1000;

	t->fn = fn;
	t->arg = arg;
	start(l, t, at_us, at_us);
}

void tmr_stop(struct tmr *t)
{
	if (t->node.linked)
		heap_remove(&t->loop->timers, &t->node);
}

uint32_t tmr_left_ms(const struct tmr *t)
{
	uint64_t now, left;

	if (!t->node.linked)
		return 0;
	now = loop_now_us(t->loop);
	left = t->node.key > now ? t->node.key - now : 0;
	left = (left + 999) / 1000;
	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

void tmr_run_due(struct loop *l, uint64_t limit)
{
	struct heap_node *n = heap_min(&l->timers);
	uint64_t t = n && n->key <= l->now_us ?
		l->clk->now_us(l->clk->arg) : 0;

	for (; n && n->key <= l->now_us && n->seq < limit &&
	     !loop_is_stopping(l); n = heap_min(&l->timers)) {
		struct tmr *due = (struct tmr *)(void *)
			((char *)n - offsetof(struct tmr, node));

		heap_remove(&l->timers, n);
		due->fn(due->arg);
		t = loop_ran(l, t, "timer");
	}
}

void tmr_drop_all(struct loop *l)
{
	while (heap_min(&l->timers))
		heap_remove(&l->timers, heap_min(&l->timers));
}
