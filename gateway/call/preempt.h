/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emergency calls and lines in use. Targets that are lines or groups, one
 * after the other, are one choice: while another of them has a free line, no
 * call in progress is ended. Those that were passed over for that come again
 * when the free ones have failed, before the next target that is no line.
 */
#ifndef GATEWAY_CALL_PREEMPT_H
#define GATEWAY_CALL_PREEMPT_H

#include <stdbool.h>

struct line_env;
struct route_result;

/* Zeroed: a result whose targets were not tried yet. */
struct preempt {
	unsigned passed;        /* targets to come back to, a bit for each */
	bool     again;         /* the one that is tried came back */
};

/* Which target is to be tried when those before next were: next, or one that
 * was passed over; r->n: none. */
unsigned preempt_next(struct preempt *p, const struct route_result *r,
		      unsigned next);
/* May target i take a line in use? Else it is noted as passed over. */
bool preempt_may(struct preempt *p, const struct route_result *r, unsigned i,
		 const struct line_env *env);

#endif
