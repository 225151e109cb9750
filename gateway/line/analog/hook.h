/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a loop says by opening and closing: off-hook, on-hook, hook flash
 * and pulse digits, judged by duration. Used by fxs.c for the telephone and
 * by the simulated exchange for the gateway's loop. Signalling thread.
 */
#ifndef GATEWAY_LINE_ANALOG_HOOK_H
#define GATEWAY_LINE_ANALOG_HOOK_H

#include "base/tmr.h"

enum hook_ev { HOOK_OFFHOOK, HOOK_ONHOOK, HOOK_FLASH, HOOK_DIGIT };

/* digit: of HOOK_DIGIT. Comes from the loop or out of hook_change(). */
typedef void hook_fn(enum hook_ev ev, char digit, void *arg);

enum {                          /* what is listened for */
	HOOK_PULSES  = 1,
	HOOK_FLASHES = 2,
};

struct hook_times {
	uint32_t seize_ms;      /* a loop closed for less is bounce */
	uint32_t hangup_ms;     /* a break so long ends it, without flash */
	uint32_t flash_min_ms, flash_max_ms;    /* max: the end, with flash */
};

enum {                          /* fixed by the dials in use (E.180) */
	HOOK_PULSE_MIN_MS  = 15,        /* a shorter break is bounce */
	HOOK_PULSE_MAX_MS  = 130,
	HOOK_DIGIT_END_MS  = 200,       /* a make so long ends a digit */
	HOOK_PULSES_MAX    = 10,
};

struct hook {
	struct hook_times t;
	struct loop      *loop;
	struct tmr        tmr;
	hook_fn          *fn;
	void             *arg;
	unsigned          mode;         /* HOOK_ bits */
	bool              closed;       /* as the loop is */
	bool              offhook;      /* as it was told */
	uint64_t          since_us;
	unsigned          pulses;
};

/* On-hook. */
void hook_init(struct hook *h, struct loop *loop, const struct hook_times *t,
	       hook_fn *fn, void *arg);
/* Stops; no event any more. Idempotent. */
void hook_fini(struct hook *h);
/* Takes the loop as it is, without an event. */
void hook_set(struct hook *h, bool closed);
/* HOOK_ bits; a digit that has begun is dropped with HOOK_PULSES. */
void hook_listen(struct hook *h, unsigned mode);
/* The loop was closed or opened just now. */
void hook_change(struct hook *h, bool closed);

#endif
