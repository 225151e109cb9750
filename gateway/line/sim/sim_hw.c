/* SPDX-License-Identifier: Apache-2.0 */
/* Analog hardware in memory. Signalling thread. */
#include "gateway/line/sim/sim_hw.h"

#include <string.h>

#include "base/list.h"
#include "base/metric.h"

static METRIC_COUNT(overrun, "tipring_sim_hw_overrun_total",
		    "Events of simulated hardware lost by a full queue");

static struct sim_hw *of(struct hw *h)
{
	return CONTAINER(h, struct sim_hw, hw);
}

static void deliver(void *arg)
{
	struct sim_hw *h = arg;
	bool far = h->queue[h->head].far;
	uint8_t ev = h->queue[h->head].ev;

	h->head = (h->head + 1) % SIM_HW_QUEUE;
	if (--h->n > 0)
		tmr_start(h->loop, &h->tmr, 0, deliver, h);
	if (far && h->far)
		h->far((enum sim_far_ev)ev, h->far_arg);
	else if (!far && h->hw.fn)
		h->hw.fn((enum hw_ev)ev, 0, h->hw.arg);
}

static void queue(struct sim_hw *h, bool far, unsigned ev)
{
	unsigned at = (h->head + h->n) % SIM_HW_QUEUE;

	if (h->n == SIM_HW_QUEUE) {
		metric_add(&overrun, 1);
		return;
	}
	h->queue[at].far = far;
	h->queue[at].ev = (uint8_t)ev;
	if (h->n++ == 0)
		tmr_start(h->loop, &h->tmr, 0, deliver, h);
}

void sim_hw_raise(struct sim_hw *h, enum hw_ev ev)
{
	queue(h, false, ev);
}

/* --- the gateway's side ------------------------------------------------ */

static unsigned op_look(struct hw *hw)
{
	struct sim_hw *h = of(hw);
	unsigned bits = h->feed ? HW_BATTERY : 0;

	if (h->fxs && h->loop_closed && h->feed)
		bits |= HW_OFFHOOK;
	return bits;
}

static void op_hook(struct hw *hw, bool offhook)
{
	struct sim_hw *h = of(hw);

	if (h->loop_closed == offhook)
		return;
	h->loop_closed = offhook;
	queue(h, true, offhook ? SIM_FAR_LOOP_CLOSED : SIM_FAR_LOOP_OPEN);
}

static void op_ring(struct hw *hw, bool on)
{
	struct sim_hw *h = of(hw);

	if (h->ring == on)
		return;
	h->ring = on;
	queue(h, true, on ? SIM_FAR_RING_ON : SIM_FAR_RING_OFF);
}

static void op_polarity(struct hw *hw, bool reversed)
{
	struct sim_hw *h = of(hw);

	if (h->reversed == reversed)
		return;
	h->reversed = reversed;
	queue(h, true, reversed ? SIM_FAR_REVERSED : SIM_FAR_NORMAL);
}

static void op_battery(struct hw *hw, bool on)
{
	struct sim_hw *h = of(hw);

	if (h->feed == on)
		return;
	h->feed = on;
	queue(h, true, on ? SIM_FAR_FEED_ON : SIM_FAR_FEED_OFF);
}

static int op_port(struct hw *hw, struct port **pp)
{
	return sim_audio_port(of(hw)->audio, pp);
}

static bool op_port_is_free(struct hw *hw)
{
	return sim_audio_is_free(of(hw)->audio);
}

static const struct hw_ops ops = {
	.look = op_look, .hook = op_hook, .ring = op_ring,
	.polarity = op_polarity, .battery = op_battery, .port = op_port,
	.port_is_free = op_port_is_free,
};

/* --- the far end's side ------------------------------------------------ */

void sim_hw_far_loop(struct sim_hw *h, bool closed)
{
	if (h->loop_closed == closed)
		return;
	h->loop_closed = closed;
	if (h->feed)
		queue(h, false, closed ? HW_EV_OFFHOOK : HW_EV_ONHOOK);
}

void sim_hw_far_ring(struct sim_hw *h, bool on)
{
	if (h->ring == on)
		return;
	h->ring = on;
	queue(h, false, on ? HW_EV_RING_ON : HW_EV_RING_OFF);
}

void sim_hw_far_polarity(struct sim_hw *h, bool reversed)
{
	if (h->reversed == reversed)
		return;
	h->reversed = reversed;
	queue(h, false, HW_EV_POLARITY);
}

void sim_hw_far_feed(struct sim_hw *h, bool on)
{
	if (h->feed == on)
		return;
	h->feed = on;
	queue(h, false, on ? HW_EV_BATTERY_BACK : HW_EV_BATTERY_LOST);
}

void sim_hw_port_free(struct sim_hw *h)
{
	queue(h, false, HW_EV_PORT_FREE);
}

void sim_hw_init(struct sim_hw *h, struct loop *loop, bool fxs,
		 struct sim_audio *audio, sim_far_fn *far, void *far_arg)
{
	memset(h, 0, sizeof(*h));
	h->hw.ops = &ops;
	h->loop = loop;
	h->fxs = fxs;
	h->audio = audio;
	h->far = far;
	h->far_arg = far_arg;
	h->feed = true;
}

void sim_hw_fini(struct sim_hw *h)
{
	tmr_stop(&h->tmr);
	h->n = 0;
}
