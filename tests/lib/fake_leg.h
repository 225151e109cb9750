/* SPDX-License-Identifier: Apache-2.0 */
/* A leg of the test's own: notes the commands of its call as words, and
 * ends when it is told to (or not). */
#ifndef TESTS_LIB_FAKE_LEG_H
#define TESTS_LIB_FAKE_LEG_H

#include "gateway/call/call_table.h"

struct fake_leg {
	struct leg     leg;
	struct loop   *loop;
	struct tmr     tmr;
	struct leg_end end;
	bool           hold_release;    /* fake_leg_end() does it */
	/* seen; it outlives the leg */
	char           log[200];
	bool           freed;
};

/* A caller's leg, on the test's stack; it must be freed by its call. */
void fake_leg_init(struct fake_leg *f, struct loop *l);
/* call_on_setup() as a phone that calls the number. */
void fake_leg_dial(struct fake_leg *f, const char *number);
/* call_on_released(), in the next turn. */
void fake_leg_end(struct fake_leg *f, enum q850_cause cause);

#endif
