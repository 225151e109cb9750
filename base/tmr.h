/* SPDX-License-Identifier: Apache-2.0 */
/* Timers on a loop: embedded in their owner, starting cannot fail. */
#ifndef BASE_TMR_H
#define BASE_TMR_H

#include "base/loop.h"

typedef void tmr_fn(void *arg);

/* Zeroed: not running. */
struct tmr {
	struct heap_node node;
	uint64_t         at_us;
	tmr_fn          *fn;
	void            *arg;
	struct loop     *loop;
};

/* Calls fn once, ms from now (loop time). Running: starts anew. */
void tmr_start(struct loop *l, struct tmr *t, uint32_t ms, tmr_fn *fn,
	       void *arg);
/* The same at an absolute loop time; past times are due at once. */
void tmr_start_at(struct loop *l, struct tmr *t, uint64_t at_us, tmr_fn *fn,
		  void *arg);
/* Idempotent, legal in any callback. */
void tmr_stop(struct tmr *t);

/* Started, and its callback has not begun. */
static inline bool tmr_is_running(const struct tmr *t)
{
	return t->node.linked;
}

/* Milliseconds until it is due, rounded up; 0: due or not running. */
uint32_t tmr_left_ms(const struct tmr *t);

#endif
