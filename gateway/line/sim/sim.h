/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands on the far ends of simulated lines: the telephone on an FXS line,
 * the exchange (and its subscriber) behind an FXO line. For the control
 * socket, the demo and tests. Signalling thread.
 *
 * All functions: ENODEV: the line is not a simulated one; EINVAL: not this
 * kind of far end or a bad argument; EALREADY: it is so already.
 */
#ifndef GATEWAY_LINE_SIM_SIM_H
#define GATEWAY_LINE_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gateway/line/line.h"

/* --- telephone (FXS) --------------------------------------------------- */

/* Lifts the receiver, hangs up. */
int sim_phone_offhook(struct line *l) MUST_CHECK;
int sim_phone_onhook(struct line *l) MUST_CHECK;
/* Hook flash of the telephone's flash time. EINVAL: on-hook. */
int sim_phone_flash(struct line *l) MUST_CHECK;
/* Dials [0-9*#A-D,] (a comma waits 1 s) by DTMF, or [0-9,] by pulses, after
 * what is being dialled. EINVAL: on-hook. ENOBUFS: more than 64 digits. */
int sim_phone_dial(struct line *l, const char *digits, bool pulse) MUST_CHECK;
/* Lifts after rings of the bell (0: never) by itself. */
int sim_phone_auto_answer(struct line *l, unsigned rings) MUST_CHECK;

/* --- exchange (FXO) ---------------------------------------------------- */

enum sim_hangup {               /* how the exchange shows the end */
	SIM_HANGUP_LOOP_BREAK = 1,      /* bits */
	SIM_HANGUP_POLARITY   = 2,
	SIM_HANGUP_BUSY_TONE  = 4,
	SIM_HANGUP_CONF       = 0,      /* as configured */
};

/* A call comes in: rings by the plan's cadence, with caller ID unless
 * calling is NULL. EBUSY: the line is in use. */
int sim_exchange_call(struct line *l, const struct party *calling) MUST_CHECK;
/* The caller of an incoming call, or the called subscriber, hangs up. */
int sim_exchange_hangup(struct line *l, unsigned how) MUST_CHECK;
/* The called subscriber answers now, whatever the number plan says. */
int sim_exchange_answer(struct line *l) MUST_CHECK;
/* Cuts the line (no battery), or mends it. */
int sim_exchange_cut(struct line *l, bool cut) MUST_CHECK;

/* --- both: the person at the far end ----------------------------------- */

/* Speaks the samples of a WAV file, over and over if loop; the file is read
 * before this returns. ENOENT and others. */
int sim_play_file(struct line *l, const char *path, bool loop) MUST_CHECK;
/* Speaks a sine of level dBm0 (-60 to +3), 50 to 3,900 Hz, until
 * sim_play_stop(). */
int sim_play_tone(struct line *l, double hz, double dbm0) MUST_CHECK;
/* Speaks these samples (8,000 Hz, copied). */
int sim_play_pcm(struct line *l, const int16_t *pcm, size_t n, bool loop)
	MUST_CHECK;
int sim_play_stop(struct line *l) MUST_CHECK;
/* Sends DTMF digits in a call (the exchange's subscriber has keys, too).
 * EINVAL: not digits, or the telephone is on-hook. */
int sim_send_dtmf(struct line *l, const char *digits) MUST_CHECK;

/* Records what the far end hears, at most max_ms (0: 60 s). */
int sim_record_start(struct line *l, uint32_t max_ms) MUST_CHECK;
/* What was recorded so far; valid until the next record call or the end of
 * the line. It may still be running. */
int sim_record_get(const int16_t **pcm, size_t *n, struct line *l) MUST_CHECK;
/* Ends the recording; with a path it is written there as WAV. */
int sim_record_stop(struct line *l, const char *path) MUST_CHECK;

enum { SIM_DIGITS_MAX = 128 };

/* What the far end knows. */
struct sim_status {
	bool          exchange;         /* or a telephone */
	const char   *state;            /* "on-hook", "ringing", "talking"... */
	bool          offhook;          /* telephone's hook; gateway's loop */
	bool          ringing;          /* ring voltage at this moment */
	unsigned      rings;            /* bursts of the last call */
	unsigned      flashes;          /* exchange: hook flashes */
	bool          reversed;         /* polarity */
	bool          playing, recording;
	char          digits[SIM_DIGITS_MAX];   /* heard as DTMF; received as
						 * pulses by the exchange */
	enum tone     hears;            /* tone heard now */
	struct party  caller;           /* telephone: caller ID received */
	bool          caller_id;        /* there was one */
	double        level_dbm0;       /* of the last 100 ms heard */
	uint64_t      samples_heard;
	int64_t       zero_us;          /* see sim_audio_zero() */
	uint64_t      recorded_from;    /* the same count, when the recording */
	uint64_t      played_from;      /* or the playing of samples began */
};

/* ENODEV as above. */
int sim_status(struct sim_status *st, struct line *l) MUST_CHECK;
/* Forgets digits, rings and caller ID heard so far. */
int sim_forget(struct line *l) MUST_CHECK;

/* Is it a simulated line? */
bool sim_is(const struct line *l);

#endif
