/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port: source and sink of samples. Implemented by rtp_port.c,
 * file_port.c, loop_port.c and by the line drivers.
 *
 * The contract of the tick, every 20 ms (frames of 160 samples at 8 kHz, 320
 * at 16 kHz): the bridge first pulls, then pushes. The frame pushed is what
 * the far end hears until the next tick; the frame pulled is what it said
 * since the last one. So the first sample that can hold an echo of the
 * frame pushed in one tick is the first one pulled in the next.
 */
#ifndef MEDIA_PORT_H
#define MEDIA_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "dsp/frame.h"

enum { PORT_TICK_MS = 20 };

struct port;

/* A port belongs to the signalling thread, from attach to detach to a
 * worker, which alone calls bind, pull, push and unbind. Those four neither
 * block nor lock nor allocate (bind and unbind: no more than an epoll_ctl
 * does). */
struct port_ops {
	const char *name;
	/* Fills f: hz and n as the port's rate demands, 20 ms. EAGAIN:
	 * nothing has come; f is silence. */
	int  (*pull)(struct port *p, struct frame *f);
	/* f has the port's hz and 20 ms. EAGAIN: dropped and counted. */
	int  (*push)(struct port *p, const struct frame *f);
	/* The worker takes over; descriptors and timers enter its loop. May
	 * be NULL. On an error the bridge drops the port as with detach. */
	int  (*bind)(struct port *p, struct loop *worker);
	/* The worker lets go: nothing of the port stays in its loop. NULL
	 * where bind is. Called only after a bind that succeeded. */
	void (*unbind)(struct port *p);
	/* The last holder lets go. [signalling] Frees it, or gives it back
	 * to the line it belongs to. */
	void (*free)(struct port *p);
	/* A built-in end: nobody dials there, its sound holds no digits. */
	bool no_digits;
};

/* First member of the real port. */
struct port {
	const struct port_ops *ops;
	uint16_t               hz;      /* 8000 or 16000; the holder's: a
					 * worker looks at it every tick */
};

/* Samples of one tick. */
static inline unsigned port_samples(const struct port *p)
{
	return p->hz / (1000 / PORT_TICK_MS);
}

/* NULL-safe; only for ports that no bridge has. [signalling] */
static inline void port_free(struct port *p)
{
	if (p)
		p->ops->free(p);
}

#endif
