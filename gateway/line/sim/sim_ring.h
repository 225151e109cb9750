/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue between two threads, one writer, one reader, no lock: how
 * the signalling thread and the sound of a simulated line talk.
 */
#ifndef GATEWAY_LINE_SIM_SIM_RING_H
#define GATEWAY_LINE_SIM_SIM_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { SIM_RING_SIZE = 64 };         /* a power of two */

struct sim_msg {
	int      op;
	bool     flag;
	char     digit;
	unsigned n;
	double   a, b;
	void    *p;
	size_t   len;
};

struct sim_ring {
	struct sim_msg   v[SIM_RING_SIZE];
	_Atomic unsigned head, tail;    /* written by reader, writer */
};

/* False: full. [writer] */
static inline bool sim_ring_put(struct sim_ring *r, const struct sim_msg *m)
{
	unsigned t = atomic_load_explicit(&r->tail, memory_order_relaxed);
	unsigned h = atomic_load_explicit(&r->head, memory_order_acquire);

	if (t - h == SIM_RING_SIZE)
		return false;
	r->v[t % SIM_RING_SIZE] = *m;
	atomic_store_explicit(&r->tail, t + 1, memory_order_release);
	return true;
}

/* False: empty. [reader] */
static inline bool sim_ring_get(struct sim_msg *m, struct sim_ring *r)
{
	unsigned h = atomic_load_explicit(&r->head, memory_order_relaxed);
	unsigned t = atomic_load_explicit(&r->tail, memory_order_acquire);

	if (h == t)
		return false;
	*m = r->v[h % SIM_RING_SIZE];
	atomic_store_explicit(&r->head, h + 1, memory_order_release);
	return true;
}

#endif
