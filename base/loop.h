/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: file descriptors, timers and notes from other threads.
 * One loop per thread. Order of a turn: notes, then timers that are due,
 * then descriptors. A callback may start and stop anything.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/err.h"
#include "base/heap.h"
#include "base/mailbox.h"

struct loop;

enum { IO_READ = 1, IO_WRITE = 2, IO_PRI = 4 };

/* ready: IO_ bits; an error or hang-up of the fd shows as all wanted. */
typedef void io_fn(unsigned ready, void *arg);

/* Embedded in its owner. Zeroed: not started. */
struct io {
	int          fd;
	unsigned     want;
	io_fn       *fn;
	void        *arg;
	struct loop *loop;      /* NULL: not started */
	uint32_t     slot;
};

/* A loop on the given clock; clk must outlive it. ENOMEM, EMFILE. */
int loop_new(struct loop **lp, const struct clk *clk) MUST_CHECK;
/* Stops everything and frees; NULL-safe. Descriptors stay open. */
void loop_free(struct loop *l);

/* Runs until loop_stop(). */
int loop_run(struct loop *l) MUST_CHECK;
/* Makes loop_run return after the current callback. [any thread of a test,
 * else its own] */
void loop_stop(struct loop *l);

/* One turn; waits at most max_wait_ms (0: not at all). On a virtual clock
 * it never waits: with nothing ready it skips to the next timer, if that
 * is due within max_wait_ms, else by max_wait_ms. */
void loop_turn(struct loop *l, uint32_t max_wait_ms);

/* Turns until the clock shows t_us. Meant for virtual clocks, works on
 * real ones too. */
void loop_run_until(struct loop *l, uint64_t t_us);

/* The time of this turn: read once per turn, cached. */
uint64_t loop_now_us(const struct loop *l);
/* The clock itself: the true time inside a long callback, wall time. */
const struct clk *loop_clk(const struct loop *l);
/* Wall-clock time now, microseconds since 1970 UTC. */
uint64_t loop_wall_us(const struct loop *l);

/* Watches fd; fd stays the caller's. Already started: changes fd, want and
 * callback. ENOMEM, or what epoll_ctl says. */
int io_start(struct loop *l, struct io *io, int fd, unsigned want, io_fn *fn,
	     void *arg) MUST_CHECK;
/* Changes what a started io waits for. */
int io_want(struct io *io, unsigned want) MUST_CHECK;
/* Idempotent, legal in any callback; after it fn is not called again. Stop
 * before closing the fd. */
void io_stop(struct io *io);

/* How often a callback took longer than the stall limit (20 ms). */
uint64_t loop_stalls(const struct loop *l);

#endif
