/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages: the steps that one side of a bridge does with its frames, each in
 * its slot. Made and freed on the signalling thread, run by the worker; what
 * a worker takes out it posts back.
 */
#ifndef MEDIA_STAGE_H
#define MEDIA_STAGE_H

#include "base/loop.h"
#include "dsp/caller_id.h"
#include "dsp/dtmf.h"
#include "dsp/echo.h"
#include "dsp/frame.h"
#include "dsp/tone_plan.h"

/* In the order in which they run. */
enum stage_slot {
	/* on what comes from the side */
	STAGE_ECHO, STAGE_DTMF, STAGE_PROGRESS, STAGE_CALLER_ID,
	/* on what goes to it */
	STAGE_TONE, STAGE_PLAY, STAGE_DIGITS, STAGE_CALLER_ID_TX,
	STAGE_SLOTS,
	STAGE_FIRST_OUT = STAGE_TONE,
};

/* What stages tell their bridge. arg: of stage_place. [worker] */
struct stage_sink {
	void (*digit)(void *arg, char digit, bool begin);
	void (*tone)(void *arg, enum tone t, bool found);
	void (*voice)(void *arg);
	void (*caller_id)(void *arg, const struct caller_id *cid);
};

struct stage;

struct stage_ops {
	/* Works on f in place. False: it has come to its end. */
	bool (*run)(struct stage *s, struct frame *f);
	/* f was pushed to the side; may be NULL. */
	void (*pushed)(struct stage *s, const struct frame *f);
	/* [signalling] */
	void (*free)(struct stage *s);
};

/* First member of each stage. */
struct stage {
	const struct stage_ops  *ops;
	enum stage_slot          slot;
	struct note              note;          /* its way back */
	const struct stage_sink *sink;
	void                    *arg;
};

/* All: ENOMEM and what is named. [signalling] */
int stage_echo_new(struct stage **sp, unsigned tail_ms, unsigned flags)
	MUST_CHECK;
int stage_dtmf_new(struct stage **sp, bool dial_filter) MUST_CHECK;
int stage_progress_new(struct stage **sp, const struct tone_plan *plan,
		       unsigned silence_ms) MUST_CHECK;
/* EINVAL: CALLER_ID_NONE. */
int stage_caller_id_new(struct stage **sp, enum caller_id_standard std)
	MUST_CHECK;
/* ENOENT: the plan has no such tone. */
int stage_tone_new(struct stage **sp, const struct tone_plan *plan,
		   enum tone t) MUST_CHECK;
/* Errors of file_port_new. */
int stage_play_new(struct stage **sp, struct loop *sig, const char *path,
		   unsigned repeat) MUST_CHECK;
/* Errors of caller_id_tx_new. */
int stage_caller_id_tx_new(struct stage **sp, enum caller_id_standard std,
			   const struct caller_id *cid, unsigned flags)
	MUST_CHECK;

/* Says nothing until its generator is used. */
int stage_digits_new(struct stage **sp) MUST_CHECK;

/* NULL-safe. [signalling] */
void stage_free(struct stage *s);

/* Sends it back to be freed; NULL-safe. [worker] */
void stage_give_back(struct stage *s, struct loop *sig);

/* The generator of a stage of stage_digits_new. [worker] */
struct dtmf_gen *stage_digits_gen(struct stage *s);
/* Figures of the canceller. [worker] */
void stage_echo_stats(const struct stage *s, struct echo_stats *st);

#endif
