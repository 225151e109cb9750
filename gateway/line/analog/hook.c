/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations of breaks and makes. A break ends as bounce, pulse or flash
 * when the loop closes again, and as the end when its limit passes; a make
 * ends a digit. Signalling thread.
 */
#include "gateway/line/analog/hook.h"

#include <string.h>

void hook_init(struct hook *h, struct loop *loop, const struct hook_times *t,
	       hook_fn *fn, void *arg)
{
	memset(h, 0, sizeof(*h));
	h->loop = loop;
	h->t = *t;
	h->fn = fn;
	h->arg = arg;
}

void hook_fini(struct hook *h)
{
	tmr_stop(&h->tmr);
}

void hook_set(struct hook *h, bool closed)
{
	tmr_stop(&h->tmr);
	h->closed = h->offhook = closed;
	h->since_us = loop_now_us(h->loop);
	h->pulses = 0;
}

void hook_listen(struct hook *h, unsigned mode)
{
	h->mode = mode;
	if (!(mode & HOOK_PULSES))
		h->pulses = 0;
}

/* The loop stayed as it is for the time that decides. */
static void decide(void *arg)
{
	struct hook *h = arg;
	unsigned pulses = h->pulses;

	h->pulses = 0;
	if (h->closed != h->offhook) {
		h->offhook = h->closed;
		h->fn(h->closed ? HOOK_OFFHOOK : HOOK_ONHOOK, 0, h->arg);
	} else if (h->closed && pulses >= 1 && pulses <= HOOK_PULSES_MAX) {
		h->fn(HOOK_DIGIT, (char)('0' + pulses % 10), h->arg);
	}
}

static void opened(struct hook *h)
{
	uint32_t ms = h->mode & HOOK_FLASHES && h->t.flash_max_ms ?
		      h->t.flash_max_ms : h->t.hangup_ms;

	if (!h->offhook) {      /* it was bounce */
		tmr_stop(&h->tmr);
		return;
	}
	tmr_start(h->loop, &h->tmr, ms, decide, h);
}

static void closed_again(struct hook *h, uint32_t ms)
{
	bool flash = h->mode & HOOK_FLASHES && ms >= h->t.flash_min_ms;

	if (h->mode & HOOK_PULSES && ms >= HOOK_PULSE_MIN_MS &&
	    ms <= HOOK_PULSE_MAX_MS)
		h->pulses++;
	else if (flash)
		h->pulses = 0;
	/* a pulse is told from a flash by what is listened for; where both
	 * are, short breaks are pulses */
	if (h->pulses) {
		tmr_start(h->loop, &h->tmr, HOOK_DIGIT_END_MS, decide, h);
		return;
	}
	tmr_stop(&h->tmr);
	if (flash)
		h->fn(HOOK_FLASH, 0, h->arg);
}

void hook_change(struct hook *h, bool closed)
{
	uint64_t now = loop_now_us(h->loop);
	uint32_t ms = (uint32_t)((now - h->since_us + 500) / 1000);

	if (closed == h->closed)
		return;
	h->closed = closed;
	h->since_us = now;
	if (!closed)
		opened(h);
	else if (h->offhook)
		closed_again(h, ms);
	else
		tmr_start(h->loop, &h->tmr, h->t.seize_ms, decide, h);
}
