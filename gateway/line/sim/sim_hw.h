/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Analog hardware in memory: the two wires between a port of the gateway
 * and its far end. What one side does reaches the other from the loop, in
 * order, never out of the call that did it. Signalling thread.
 */
#ifndef GATEWAY_LINE_SIM_SIM_HW_H
#define GATEWAY_LINE_SIM_SIM_HW_H

#include "base/tmr.h"
#include "gateway/line/analog/hw.h"
#include "gateway/line/sim/sim_audio.h"

enum sim_far_ev {               /* what the far end notices */
	SIM_FAR_RING_ON,        /* telephone */
	SIM_FAR_RING_OFF,
	SIM_FAR_REVERSED,
	SIM_FAR_NORMAL,
	SIM_FAR_FEED_OFF,
	SIM_FAR_FEED_ON,
	SIM_FAR_LOOP_CLOSED,    /* exchange */
	SIM_FAR_LOOP_OPEN,
};

typedef void sim_far_fn(enum sim_far_ev e, void *arg);

enum { SIM_HW_QUEUE = 32 };

struct sim_hw {
	struct hw         hw;           /* first: the gateway's side */
	struct loop      *loop;
	struct sim_audio *audio;
	sim_far_fn       *far;
	void             *far_arg;
	bool              fxs;
	bool              loop_closed;  /* by the telephone, by the gateway */
	bool              feed;
	bool              reversed;
	bool              ring;
	struct { bool far; uint8_t ev; } queue[SIM_HW_QUEUE];
	unsigned          head, n;
	struct tmr        tmr;
};

/* Feed on, loop open. audio lives on. */
void sim_hw_init(struct sim_hw *h, struct loop *loop, bool fxs,
		 struct sim_audio *audio, sim_far_fn *far, void *far_arg);
/* No event any more. */
void sim_hw_fini(struct sim_hw *h);

/* The far end's hands: telephone: */
void sim_hw_far_loop(struct sim_hw *h, bool closed);
/* exchange: */
void sim_hw_far_ring(struct sim_hw *h, bool on);
void sim_hw_far_polarity(struct sim_hw *h, bool reversed);
void sim_hw_far_feed(struct sim_hw *h, bool on);

/* The sound was given back: told to the gateway's side. */
void sim_hw_port_free(struct sim_hw *h);
/* Tells the gateway's side anything (faults; pulses, flash of hardware that
 * decodes them): for tests. */
void sim_hw_raise(struct sim_hw *h, enum hw_ev ev);

#endif
