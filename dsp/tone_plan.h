/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a country's network sounds like: tones (ITU-T E.180 Supplement 2 and
 * the national documents named in tone_plan.c), ringing, caller ID.
 */
#ifndef DSP_TONE_PLAN_H
#define DSP_TONE_PLAN_H

#include "dsp/caller_id.h"
#include "dsp/tonegen.h"

enum tone {
	TONE_NONE,              /* silence */
	TONE_DIAL,
	TONE_DIAL_SPECIAL,      /* messages wait, or calls are diverted */
	TONE_RINGBACK,
	TONE_BUSY,
	TONE_CONGESTION,        /* reorder, number not obtainable */
	TONE_CALL_WAITING,
	TONE_CONFIRM,           /* a feature was switched */
	TONE_SIT,               /* special information tone, three steps */
	TONE_HOWLER,            /* receiver off hook */
	TONE_MILLIWATT,         /* 1004 Hz, 0 dBm0 */
	TONE_COUNT
};

/* Ringing: on, off, on, off ... in ms, repeated; 0 ends the list. */
enum { RING_STEPS = 8, RING_PATTERNS = 4 };

/* When an exchange sends caller ID to an idle line. */
enum caller_id_when {
	CALLER_ID_AFTER_RING,           /* in the pause after the first ring */
	CALLER_ID_BEFORE_RING,          /* after a polarity reversal */
	CALLER_ID_OFF_HOOK_FIRST,       /* NTT: the receiver answers the short
					 * ringing of ring_cid, takes the
					 * message, hangs up; then it rings */
};

struct tone_plan {
	const char      *country;       /* ISO 3166, lower case: "jp" */
	const char      *name;
	struct tone_def  tone[TONE_COUNT];
	float            ring_hz;
	/* ring[0]: an ordinary call; the others: distinctive patterns. */
	uint16_t         ring[RING_PATTERNS][RING_STEPS];
	uint16_t         ring_cid[RING_STEPS];
	enum caller_id_standard caller_id;
	enum caller_id_when     caller_id_when;
};

/* All plans; ends with NULL. */
extern const struct tone_plan *const tone_plans[];

/* By country, any ASCII case; NULL: no such plan. */
const struct tone_plan *tone_plan_find(const char *country);

/* The cadence of a tone; NULL: TONE_NONE, or the country has none. */
const struct tone_def *tone_plan_def(const struct tone_plan *p, enum tone t);

/* "dial", "ringback" ...: for logs and configuration. */
const char *tone_name(enum tone t);

#endif
