/* SPDX-License-Identifier: Apache-2.0 */
/* A guard on a virtual clock, and those who call: phone:a and peer:a. A
 * minute to +44 costs 3.50 and a call 1.00, one to +45 is beyond all
 * measure; others cost nothing. */
#ifndef TESTS_LIB_GUARD_RIG_H
#define TESTS_LIB_GUARD_RIG_H

#include "base/clk.h"
#include "gateway/route/guard.h"

enum { GUARD_RIG_CALLS = 32 };

struct guard_rig {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct conf_snapshot *conf;
	struct dial_plan     *plan;
	struct zone          *zone;     /* the test's; NULL: the machine's */
	struct guard         *guard;
	struct guard_call     calls[GUARD_RIG_CALLS];
	struct route_result   result;
	struct log_tag        tag;
	unsigned              n_ended, n_lines;
	enum log_level        level;
	char                  line[200];
	struct buf            out;
};

/* text: the section "guard: {}". The rig is zeroed first; guard_rig_close()
 * is legal after an error. */
int guard_rig_open(struct guard_rig *d, const char *text) MUST_CHECK;
void guard_rig_close(struct guard_rig *d);
/* Other limits, the zone as it is now. */
int guard_rig_reload(struct guard_rig *d, const char *text) MUST_CHECK;

/* So many seconds. */
void guard_rig_pass(struct guard_rig *d, uint32_t s);

#endif
