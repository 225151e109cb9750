/* SPDX-License-Identifier: Apache-2.0 */
/* Ring cadences: on and off by turns, for ever. Signalling thread. */
#ifndef GATEWAY_LINE_ANALOG_CADENCE_H
#define GATEWAY_LINE_ANALOG_CADENCE_H

#include "base/str.h"
#include "base/tmr.h"

enum { CADENCE_STEPS = 8 };

/* on: ring voltage; step counts from 0. The last call of its step: it may
 * stop the cadence. */
typedef void cadence_fn(bool on, unsigned step, void *arg);

/* Zeroed: stopped. */
struct cadence {
	uint16_t     ms[CADENCE_STEPS + 1];     /* on, off, ...; ends with 0 */
	unsigned     step;                      /* since the start */
	unsigned     n;
	struct tmr   tmr;
	struct loop *loop;
	cadence_fn  *fn;
	void        *arg;
};

/* Starts with ms[0] (a copy; on, off, ... at most 8, ends with 0; an odd
 * count gets no pause at its end); the first fn comes from the loop. Started
 * already: anew. */
void cadence_start(struct cadence *c, struct loop *loop, const uint16_t *ms,
		   cadence_fn *fn, void *arg);
/* Idempotent. fn is not called again. */
void cadence_stop(struct cadence *c);

/* The longest time without ring voltage in the list, in ms. */
uint32_t cadence_longest_pause(const uint16_t *ms);

/* Reads "1 2" or "0.4 0.2 0.4 2": seconds on and off by turns, 2 to 8 of
 * them, 0.1 to 10 s each. EBADMSG. */
int cadence_parse(uint16_t ms[CADENCE_STEPS + 1], struct str s) MUST_CHECK;

#endif
