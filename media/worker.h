/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread, one loop, the bridges it was given. The tick of
 * 20 ms has ten phases of 2 ms; each bridge has its phase, so that a worker
 * never has all its work at one moment.
 */
#ifndef MEDIA_WORKER_H
#define MEDIA_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/loop.h"
#include "base/tmr.h"
#include "media/media_conf.h"
#include "media/pool.h"

enum {
	WORKER_PHASES   = 10,
	WORKER_PHASE_US = 2000,
	WORKER_POLL_MIN = 16,   /* so many RTP ports, and they are polled */
};

struct worker {
	struct loop *loop;
	/* Sockets of many ports wait in a loop of their own, which is turned
	 * once a phase: one wake-up serves many packets. NULL: inline. */
	struct loop *poll;
	struct pool  pool;
	struct tmr   tick;
	uint64_t     epoch_us;
	uint64_t     next;              /* phase to run, since the epoch */
	struct list  phase[WORKER_PHASES];
	unsigned     n_phase[WORKER_PHASES];
	unsigned     n_ports, n_polled; /* RTP ports */
	pthread_t    thread;
	bool         threaded, realtime;
	unsigned     n_bridges;         /* signalling's */
	/* one writer, the worker */
	_Atomic uint64_t ticks, late, slow, relayed;
};

/* With its own thread and a loop on clk; or inline: on sig, without a
 * thread. ENOMEM, EAGAIN, EMFILE. [signalling] */
int worker_new(struct worker **wp, struct loop *sig, bool inline_on_sig,
	       const struct media_conf *conf) MUST_CHECK;
/* Stops and joins; no bridges are left. NULL-safe. [signalling] */
void worker_free(struct worker *w);

/* What has a tick. */
struct tick {
	struct list_node node;
	void           (*fn)(struct tick *t);
	unsigned         phase;
	bool             on;
};

/* The emptiest phase calls t->fn from now on. [worker] */
void worker_add(struct worker *w, struct tick *t);
/* Idempotent; inside a tick only of that tick itself. [worker] */
void worker_remove(struct worker *w, struct tick *t);

/* The loop a further RTP socket should wait in. Each join has its leave with
 * the loop it got. [worker] */
struct loop *worker_join_port(struct worker *w);
void worker_leave_port(struct worker *w, struct loop *l);

/* Counts. [worker] */
static inline void worker_count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c,
		memory_order_relaxed) + n, memory_order_relaxed);
}

#endif
