/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulse dialling: breaks of the loop, 10 a second. Used by fxo.c towards an
 * exchange and by the simulated telephone. Signalling thread.
 */
#ifndef GATEWAY_LINE_ANALOG_PULSE_H
#define GATEWAY_LINE_ANALOG_PULSE_H

#include "base/tmr.h"

enum {
	PULSE_BREAK_MS = 67,    /* E.163, most of Europe: 60:40; Japan: */
	PULSE_MAKE_MS  = 33,    /* 67:33, within the limits of both */
	PULSE_PAUSE_MS = 800,   /* between digits */
	PULSE_COMMA_MS = 1000,
	PULSE_MAX      = 64,
};

typedef void pulse_hook_fn(bool closed, void *arg);
typedef void pulse_done_fn(void *arg);

/* Zeroed: idle. */
struct pulse {
	char           digits[PULSE_MAX + 1];
	unsigned       at;              /* digit under way */
	unsigned       left;            /* pulses of it */
	bool           open;            /* in a break */
	struct loop   *loop;
	struct tmr     tmr;
	pulse_hook_fn *hook;
	pulse_done_fn *done;
	void          *arg;
};

/* Sends digits [0-9,]; hook opens and closes the loop, done comes after the
 * pause behind the last digit. EINVAL: not such digits; ENOBUFS: more than
 * 64; EBUSY: it is sending. */
int pulse_start(struct pulse *p, struct loop *loop, const char *digits,
		pulse_hook_fn *hook, pulse_done_fn *done, void *arg)
	MUST_CHECK;
/* Ends it; a break is closed. Idempotent; done is not called. */
void pulse_stop(struct pulse *p);
bool pulse_is_busy(const struct pulse *p);

#endif
