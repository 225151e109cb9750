/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridge joins two ports, or serves one (a telephone that hears dial
 * tone). The signalling thread holds a handle; the state lives in a worker.
 * Every call here is a message: it returns at once, results come as events,
 * from the signalling loop and never inside a call. Commands of one bridge
 * are obeyed in the order given. [signalling]
 *
 * What passes by itself once two ports are attached: sound (at 8 and
 * 16 kHz), and digits: one that comes as RFC 4733 goes out as RFC 4733 where
 * that is agreed, else as DTMF tones; one that a line sends as tones goes
 * out as RFC 4733 where agreed, and its tones are taken out there.
 */
#ifndef MEDIA_BRIDGE_H
#define MEDIA_BRIDGE_H

#include "dsp/caller_id.h"
#include "dsp/tone_plan.h"
#include "media/engine.h"
#include "media/port.h"
#include "media/rtp_port.h"

struct bridge;

enum bridge_side { BRIDGE_A, BRIDGE_B };

enum bridge_ev {
	BRIDGE_EV_DIGIT,        /* begins or ends; needs listening for DTMF */
	BRIDGE_EV_DIGITS_SENT,  /* all of bridge_digits have gone out */
	BRIDGE_EV_TONE,         /* call progress: found or lost */
	BRIDGE_EV_VOICE,        /* call progress: somebody speaks; told once
				 * for each bridge_listen */
	BRIDGE_EV_CALLER_ID,    /* received from a line, or damaged */
	BRIDGE_EV_CALLER_ID_SENT,
	BRIDGE_EV_PLAYED,       /* a file came to its end */
	BRIDGE_EV_RTP_TIMEOUT,  /* nothing came for rtp_timeout_ms; told again
				 * for each further rtp_timeout_ms of that */
	BRIDGE_EV_STATS,        /* answer to bridge_stats */
	BRIDGE_EV_DETACHED,     /* the side is free again */
	BRIDGE_EV_CLOSED,       /* last event, exactly once; the handle is
				 * gone after it */
};

/* Of one side: in is what comes from it, out what goes to it. */
struct bridge_side_stats {
	bool             attached;      /* or was: the last port's figures */
	struct rtp_stats rtp;           /* all zero: no RTP port */
	/* since attach, of every fourth frame */
	float            in_dbm0, out_dbm0;     /* mean */
	float            in_peak_dbm0, out_peak_dbm0;
	bool             echo;          /* a canceller runs */
	float            echo_erl_db, echo_erle_db;
	uint64_t         silence_ms;    /* the port had nothing to give */
};

struct bridge_stats {
	struct bridge_side_stats side[2];
	uint64_t ticks;
	uint64_t relayed;       /* packets forwarded as they came */
	bool     relaying;      /* now */
};

/* Valid during the callback. */
struct bridge_event {
	enum bridge_ev   ev;
	enum bridge_side side;          /* where it came from, or went to */
	char             digit;         /* DIGIT: [0-9*#A-D] */
	bool             begin;         /* DIGIT: else it ends; TONE: found,
					 * else lost */
	uint16_t         ms;            /* DIGIT, end: how long it was */
	enum tone        tone;          /* TONE; TONE_NONE: silence */
	const struct caller_id    *cid;         /* CALLER_ID; NULL: damaged */
	const struct bridge_stats *stats;       /* STATS, CLOSED */
	struct port     *port;          /* DETACHED by bridge_take: yours */
};
typedef void bridge_fn(struct bridge *b, const struct bridge_event *e,
		       void *arg);

/* A bridge on the worker with the fewest of them, where it stays. ENOMEM. */
int bridge_open(struct bridge **bp, struct media_engine *e, bridge_fn *fn,
		void *arg) MUST_CHECK;

/* From now on events go to fn. */
void bridge_set_user(struct bridge *b, bridge_fn *fn, void *arg);

/* Gives the port to the bridge; on an error it stays the caller's. EBUSY:
 * the side has one, or DETACHED has not come yet. EAGAIN: too many commands
 * are under way. ENOMEM. */
int bridge_attach(struct bridge *b, enum bridge_side s, struct port *p)
	MUST_CHECK;

/* New parameters for the RTP port of that side; copied. Errors as
 * rtp_port_set; EAGAIN. */
int bridge_update(struct bridge *b, enum bridge_side s,
		  const struct rtp_params *p) MUST_CHECK;

/* Takes the port away and frees it by its free op; its stages (tones,
 * listening, canceller) go too. DETACHED follows. No port: no effect. */
void bridge_detach(struct bridge *b, enum bridge_side s);
/* The same, but DETACHED brings the port back, alive: for another bridge. */
void bridge_take(struct bridge *b, enum bridge_side s);

/* Plays a tone of the plan (which must live on) to that side, instead of
 * the sound of the other side; TONE_NONE ends it. Tones that end by
 * themselves (confirm, SIT) do. ENOENT: the plan has no such tone; ENOMEM,
 * EAGAIN. */
int bridge_tone(struct bridge *b, enum bridge_side s,
		const struct tone_plan *plan, enum tone t) MUST_CHECK;

/* Plays a sound file to that side instead of the other side's sound;
 * repeat: times in all, 0: for ever; NULL: ends it. PLAYED follows when it
 * has ended by itself. Errors of file_port_new. */
int bridge_play(struct bridge *b, enum bridge_side s, const char *path,
		unsigned repeat) MUST_CHECK;

enum {
	BRIDGE_LISTEN_DTMF      = 1,
	BRIDGE_LISTEN_PROGRESS  = 2,    /* needs plan */
	BRIDGE_LISTEN_CALLER_ID = 4,    /* by the standard of plan */
	BRIDGE_LISTEN_DIAL_FILTER = 8,  /* DTMF through our own dial tone */
};

/* What is to be listened for in what that side says; replaces what was
 * asked before. 0: nothing. Digits that come as RFC 4733 and as tones too
 * are told once. plan: of the network behind the side; it must live on.
 * silence_ms: PROGRESS also tells such a silence (0: not). ENOMEM,
 * EAGAIN. */
int bridge_listen(struct bridge *b, enum bridge_side s, unsigned what,
		  const struct tone_plan *plan, unsigned silence_ms)
	MUST_CHECK;

/* Sends digits [0-9*#A-D,] to that side (a comma: 1 s of nothing) as
 * RFC 4733 where agreed, else as DTMF, each ms long (0: as configured).
 * DIGITS_SENT follows when all are out. EINVAL; ENOBUFS: more than 32 wait;
 * EAGAIN. */
int bridge_digits(struct bridge *b, enum bridge_side s, const char *digits,
		  unsigned ms) MUST_CHECK;
/* One digit. */
int bridge_digit(struct bridge *b, enum bridge_side s, char digit,
		 unsigned ms) MUST_CHECK;

/* Sends caller ID to a line; flags of caller_id_tx_new. CALLER_ID_SENT
 * follows. Errors of caller_id_tx_new; EAGAIN. */
int bridge_caller_id(struct bridge *b, enum bridge_side s,
		     enum caller_id_standard std,
		     const struct caller_id *cid, unsigned flags) MUST_CHECK;

/* Gains in dB, -90 to +30: of what comes from that side, of what goes to
 * it. EAGAIN. */
int bridge_gain(struct bridge *b, enum bridge_side s, double in_db,
		double out_db) MUST_CHECK;

enum {
	BRIDGE_ECHO_NO_NLP   = 1,       /* no non-linear processor */
	BRIDGE_ECHO_NO_NOISE = 2,       /* no comfort noise in its pauses */
};

/* Cancels the echo that comes back from that side. tail_ms: 8 to 128; 0:
 * off. ENOMEM, EAGAIN. */
int bridge_echo(struct bridge *b, enum bridge_side s, unsigned tail_ms,
		unsigned flags) MUST_CHECK;

/* Records both directions to a WAV: left is what A says, right what B says.
 * NULL: ends it. Errors of file_port_new. */
int bridge_record(struct bridge *b, const char *path) MUST_CHECK;

/* Asks for BRIDGE_EV_STATS. EAGAIN, ENOMEM. */
int bridge_stats(struct bridge *b) MUST_CHECK;

/* Ends it: both ports are freed, then BRIDGE_EV_CLOSED; no event in
 * between but that. Idempotent. */
void bridge_close(struct bridge *b);

#endif
