/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on a virtual clock, with a small stand-in for a bridge: it ticks
 * the port of each line every 20 ms, hears tones, digits and caller ID, and
 * sends what the line asks for, as a leg does.
 */
#ifndef TESTS_LINE_RIG_H
#define TESTS_LINE_RIG_H

#include "base/clk.h"
#include "base/tmr.h"
#include "dsp/callprog.h"
#include "dsp/dtmf.h"
#include "gateway/line/line_conf.h"
#include "gateway/line/sim/sim.h"
#include "media/port.h"
#include "tests/lib/test.h"

enum { RIG_LINES = 4, RIG_LOG = 400, RIG_HEARD = 8000 * 20 };

struct rig_call {
	struct rig          *rig;
	struct line         *line;
	char                 log[RIG_LOG];      /* "SEIZED DIGIT:5 " ... */
	char                 heard_digits[64];
	struct line_event    seized;            /* the last one */
	bool                 refuse;            /* on_line: leaves it alone */
	bool                 hold_port;         /* keeps it after RELEASED */
	bool                 deaf;              /* never tells tones */
	bool                 mute_cid;          /* never tells CID sent */
	enum q850_cause      cause;
	bool                 active;            /* a call goes on */
	unsigned             calls;
	unsigned             odd;       /* events without a call, and calls
					 * that begin inside another */
	uint64_t             ev_us[32];         /* by enum line_ev */
	/* the bridge */
	struct port         *port;
	struct tmr           tick;
	struct dtmf_gen      gen;
	struct dtmf_det     *det;
	struct callprog     *progress;
	struct caller_id_rx *cid_rx;
	struct caller_id_tx *cid_tx;
	bool                 sending_dtmf;
	char                 dtmf[64];
	struct tonegen       tone;              /* what it sends else */
	int16_t             *heard;             /* RIG_HEARD, or NULL */
	size_t               heard_n;
	const int16_t       *say;               /* sent over and over */
	size_t               say_n, say_at;
};

struct rig {
	struct clk_virtual clk;
	struct loop       *loop;
	struct line_env    env;
	struct line_conf   conf[RIG_LINES];
	struct conf_list   lines;
	struct group_conf  groups[2];
	char               members[2][RIG_LINES][LINE_NAME_MAX];
	struct conf_list   group_list;
	struct rig_call    call[RIG_LINES];
	bool               open;
};

/* A loop, no line yet. */
int rig_init(struct rig *r) MUST_CHECK;
/* The next line's settings, to be changed before rig_open(). */
struct line_conf *rig_add(struct rig *r, const char *name,
			  enum line_kind kind, const char *plan);
/* A group of all lines so far. */
void rig_add_group(struct rig *r, const char *name, enum group_hunt hunt);
int rig_open(struct rig *r) MUST_CHECK;
void rig_fini(struct rig *r);

/* Lets ms pass. */
void rig_run(struct rig *r, uint32_t ms);
/* Until the log of line i holds word, at most ms. */
bool rig_await(struct rig *r, unsigned i, const char *word, uint32_t ms);

struct line *rig_line(struct rig *r, unsigned i);
struct sim_status rig_far(struct rig *r, unsigned i);
/* line_setup() towards number for line i. */
int rig_setup(struct rig *r, unsigned i, const char *number) MUST_CHECK;
int rig_setup_as(struct rig *r, unsigned i, const struct line_setup *s)
	MUST_CHECK;
/* line_release() by the call of line i. */
void rig_release(struct rig *r, unsigned i, enum q850_cause cause);
/* Gives the port back. */
void rig_unport(struct rig_call *c);

/* Is the log of line i just these words? */
#define CHECK_LOG(r, i, words) \
	CHECK_STR(str_trim(str_z((r)->call[i].log)), words)

#endif
