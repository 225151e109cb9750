/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a bridge: the handle of the signalling thread and the core
 * of the worker, in one block of memory.
 *
 *	bridge.c         handle: commands out, events in     [signalling]
 *	bridge_core.c    core: commands in, events out       [worker]
 *	bridge_tick.c    the tick                            [worker]
 *	bridge_digits.c  digits heard, passed on, sent       [worker]
 */
#ifndef MEDIA_BRIDGE_IMPL_H
#define MEDIA_BRIDGE_IMPL_H

#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "dsp/resample.h"
#include "media/bridge.h"
#include "media/file_impl.h"
#include "media/rtp_impl.h"
#include "media/stage.h"
#include "media/worker.h"

enum {
	BRIDGE_CMDS   = 32,     /* powers of two */
	BRIDGE_EVENTS = 32,
	BRIDGE_SPARE  = 4,      /* events kept free for what must pass */
	BRIDGE_DIGITS = 32,     /* waiting to be sent */
};

enum cmd_kind {
	CMD_ATTACH,             /* p: port */
	CMD_DETACH,
	CMD_UPDATE,             /* p: setup */
	CMD_STAGE,              /* slot, p: stage or NULL */
	CMD_LISTEN,             /* a: tell DTMF */
	CMD_GAIN,               /* a: in, b: out; factors of dsp/level.h */
	CMD_DIGITS,             /* d: up to 8, b: ms, a: the last of them */
	CMD_RECORD,             /* p: file_rec or NULL */
	CMD_STATS,              /* p: bridge_answer */
};

struct cmd {
	uint8_t  kind, side, slot;
	int32_t  a, b;
	union {
		void *p;
		char  d[8];
	};
};

/* An event on its way up. */
struct up {
	uint8_t  ev, side;
	char     digit;
	bool     begin, cid_ok;
	uint16_t ms;
	uint8_t  tone;
};

/* Figures that were asked for. */
struct bridge_answer {
	struct note         note;
	struct bridge      *bridge;
	struct bridge_stats stats;
};

/* One writer, one reader. */
struct cmd_ring {
	struct cmd       v[BRIDGE_CMDS];
	_Atomic uint32_t in, out;
};
struct up_ring {
	struct up        v[BRIDGE_EVENTS];
	_Atomic uint32_t in, out;
};

/* The digit that is heard from a side, whichever way it comes. */
struct heard {
	char     digit;         /* 0: none */
	bool     by_event;      /* RFC 4733, else tones */
	bool     proven;        /* this peer sends RFC 4733: its tones are
				 * copies */
	bool     ignored;       /* the event that comes is a copy */
	uint8_t  cut_ticks;     /* its detector was taken away in it: so long
				 * another one may find it again; 0: not so */
	uint64_t began_us, ended_us;
	char     last;          /* that ended */
};

/* Digits to be sent to a side, one after the other. */
struct digit_queue {
	struct { char digit; uint16_t ms; } v[BRIDGE_DIGITS];
	uint8_t  head, count;
	bool     busy, report;
	unsigned pause;         /* ticks */
};

struct bridge_core;

struct core_side {
	struct bridge_core *core;
	uint8_t             side;
	struct port        *port;       /* bound, or NULL */
	struct loop        *poll;       /* where its RTP socket waits */
	bool                tell_dtmf;
	struct stage       *stage[STAGE_SLOTS];
	int32_t             gain_in, gain_out;
	struct resample     rs;         /* from the other side's rate */
	struct heard        heard;
	struct digit_queue  queue;
	bool                passing;    /* a digit of the other side is held
					 * towards this one */
	struct level_meter  in, out;    /* every METER_EVERY-th tick */
	uint64_t            silence_ms;
	struct bridge_side_stats left;  /* of the last port that was here */
};

struct bridge_core {
	struct tick         tick;
	struct worker      *worker;
	struct loop        *sig;
	const struct media_conf *conf;
	struct core_side    side[2];
	struct file_rec    *rec;
	bool                relaying, closed;
	int32_t             unity;      /* the factor that changes nothing */
	uint64_t            ticks;
};

struct bridge {
	/* signalling */
	struct media_engine *engine;
	bridge_fn           *fn;
	void                *arg;
	struct port         *port[2];
	bool                 leaving[2];        /* detach is under way */
	bool                 taking[2];
	unsigned             reserved;  /* commands that must always pass */
	bool                 listens[2];        /* for DTMF */
	bool                 closing;
	/* between */
	struct cmd_ring      cmds;
	struct up_ring       ups;
	_Atomic bool         cmd_posted, up_posted;
	struct note          cmd_note, close_note, up_note, closed_note;
	_Atomic bool         cid_busy;
	struct caller_id     cid;
	struct bridge_stats  last;              /* at the end */
	_Atomic uint32_t     dropped;   /* events */
	_Atomic unsigned     deaf;      /* sides whose port wants sound; rides
					 * on up_note */
	/* worker */
	struct bridge_core   core;
};

/* The bridge a core belongs to. */
static inline struct bridge *bridge_of(struct bridge_core *c)
{
	return CONTAINER(c, struct bridge, core);
}

/* The other side of the bridge. */
static inline struct core_side *core_other(struct core_side *s)
{
	return &s->core->side[!s->side];
}

/* --- engine.c ---------------------------------------------------------- */

/* The worker with the fewest bridges. */
struct worker *engine_worker(struct media_engine *e);
struct loop *engine_sig(const struct media_engine *e);
const struct media_conf *engine_conf(const struct media_engine *e);

/* --- bridge.c: [signalling] -------------------------------------------- */

note_fn bridge_on_up;
note_fn bridge_on_stats;
note_fn bridge_on_closed;

/* --- bridge_core.c: [worker] ------------------------------------------- */

note_fn bridge_core_on_cmd;
note_fn bridge_core_on_close;
/* A rtp_sound for the side arg has come. */
note_fn bridge_core_on_sound;
/* Sends an event up. must: it takes one of the spare places. */
void bridge_core_up(struct bridge_core *c, const struct up *u, bool must);
/* Something changed: forward packets as they come, or tick? */
void bridge_core_plan(struct bridge_core *c);
/* Asks for the sound of ports that are to be heard and have none. It may be
 * asked for again, until it comes. */
void bridge_core_want_sound(struct bridge_core *c);
/* The stage has come to its end, or is replaced. */
void bridge_core_drop_stage(struct core_side *s, enum stage_slot slot);

/* --- bridge_tick.c: [worker] ------------------------------------------- */

/* One tick of the bridge that holds t. */
void bridge_tick(struct tick *t);

/* --- bridge_digits.c: [worker] ----------------------------------------- */

/* A side's port tells by RFC 4733 that a digit begins, or ended. */
void bridge_digits_event(struct core_side *s, char digit, bool begin,
			 uint16_t ms);
/* A side's sound holds a digit, or holds it no longer. */
void bridge_digits_tone(struct core_side *s, char digit, bool begin);
/* A digit to be sent to the side; 0: tell when all have gone. */
/* The detector was taken away or replaced: who was in a digit will not tell
 * its end. */
void bridge_digits_cut(struct core_side *s);
void bridge_digits_put(struct core_side *s, char digit, unsigned ms);
/* A tick has passed. */
void bridge_digits_step(struct core_side *s);
/* Nothing is being sent. */
bool bridge_digits_idle(const struct core_side *s);
/* Should tones in what the side says be looked for? */
bool bridge_digits_wanted(struct core_side *s);
/* The port is gone. */
void bridge_digits_reset(struct core_side *s);

#endif
