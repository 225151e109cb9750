/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a loop: for loop.c, tmr.c and mailbox.c only. */
#ifndef BASE_LOOP_IMPL_H
#define BASE_LOOP_IMPL_H

#include <stdatomic.h>

#include "base/loop.h"

/* An epoll event names a slot and its generation, so that one that was
 * fetched before its io stopped is recognised as stale. */
struct loop_slot {
	struct io *io;          /* NULL: free */
	uint32_t   gen;
	uint32_t   next_free;
};

enum { LOOP_WAKES = 8 };

struct loop {
	const struct clk *clk;
	int               epfd, wakefd;
	uint64_t          now_us;       /* of the current turn */
	bool              in_turn, running;
	bool              coarse;       /* the kernel waits in ms only */
	atomic_bool       stop;
	uint64_t          stalls;
	unsigned          unpolled;     /* turns in a row */

	/* loops that were posted to in this turn */
	struct loop      *wakes[LOOP_WAKES];
	unsigned          n_wakes;

	struct heap       timers;

	struct loop_slot *slots;
	uint32_t          n_slots, free_slot;

	struct note *_Atomic posted;    /* newest first */
	struct note         *taken;     /* oldest first; this thread's */
};

/* Runs the timers that are due and were started before heap sequence
 * limit. (tmr.c) */
void tmr_run_due(struct loop *l, uint64_t limit);
/* Unlinks all timers. (tmr.c) */
void tmr_drop_all(struct loop *l);

/* Runs the notes posted so far. (mailbox.c) */
void mailbox_run(struct loop *l);
/* Anything to run? (mailbox.c) */
bool mailbox_has(struct loop *l);

/* Wakes a loop that waits: at the end of the turn this thread is in, or now
 * if it is in none. [any thread] */
void loop_wake_later(struct loop *l);
/* True while loop_run is to end: callbacks of the turn stop here. */
bool loop_is_stopping(struct loop *l);
/* Called behind each callback with the time it began: finds stalls. Returns
 * the time now. */
uint64_t loop_ran(struct loop *l, uint64_t began_us, const char *kind);

#endif
