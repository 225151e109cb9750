/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line: an FXS port (we feed a telephone and ring it), an FXO port (we go
 * off-hook towards an exchange) or a B-channel. The primitives follow Q.931
 * so that analog and ISDN look alike to call control. Signalling thread.
 *
 * A call on a line runs from LINE_EV_SEIZED (or line_setup) to exactly one
 * LINE_EV_RELEASED; in between the events go to the call's user. Sound and
 * all tones pass through the bridge of the call, never through this room:
 * where the line needs something said or heard, it asks by an event and is
 * told by line_tone(), line_voice(), line_caller_id(), line_cid_sent() and
 * line_dtmf_sent().
 */
#ifndef GATEWAY_LINE_LINE_H
#define GATEWAY_LINE_LINE_H

#include "base/list.h"
#include "base/loop.h"
#include "base/log.h"
#include "base/str.h"
#include "base/tmr.h"
#include "dsp/tone_plan.h"
#include "gateway/party.h"

struct conf_list;
struct line;
struct line_conf;
struct port;

enum { LINE_NAME_MAX = 32, LINE_DIGITS_MAX = PARTY_NUMBER_MAX };

enum line_kind { LINE_FXS, LINE_FXO, LINE_BCHAN };

/* What all lines have in common; the machines below have finer states. */
enum line_state {
	LINE_DOWN,              /* out of service: alarm, or not started */
	LINE_IDLE,
	LINE_INCOMING,          /* seized by the far end, not answered */
	LINE_OUTGOING,          /* seized by us, not answered */
	LINE_ACTIVE,            /* answered */
	LINE_BUSY,              /* no call, yet not free: guard time after a
				 * call, telephone left off-hook */
};

enum line_ev {
	LINE_EV_CID_LISTEN,     /* FXO: it rings. Open the bridge, listen for
				 * caller ID and tell line_caller_id(); SEIZED
				 * or RELEASED follows in any case */
	LINE_EV_SEIZED,         /* telephone off-hook (FXS), incoming call
				 * (FXO, calling is filled when known) */
	LINE_EV_DIGIT,          /* pulse digit (DTMF comes from the bridge) */
	LINE_EV_CID_WINDOW,     /* FXS: send the caller ID now, within
				 * window_ms; first the alerting tone (DT-AS) if
				 * alert_tone. Then line_cid_sent() */
	LINE_EV_DIAL_TONE_WAIT, /* FXO: off-hook. Open the bridge, listen for
				 * call progress and tell line_tone() */
	LINE_EV_SEND_DTMF,      /* FXO: send digits as DTMF through the bridge,
				 * then line_dtmf_sent() */
	LINE_EV_PROCEEDING,     /* all digits are sent */
	LINE_EV_ALERTING,       /* the telephone rings; ringback was heard */
	LINE_EV_PROGRESS,       /* there is speech or an announcement to hear
				 * before the answer */
	LINE_EV_ANSWERED,
	LINE_EV_FLASH,          /* the telephone's hook flash */
	LINE_EV_HOWLER,         /* FXS: left off-hook after its call. Open the
				 * bridge, play the howler; RELEASED follows */
	LINE_EV_RELEASED,       /* last event of the call, whatever happened */
	LINE_EV_ALARM,          /* out of service; its call was released */
	LINE_EV_ALARM_CLEAR,
};

struct line_event {
	enum line_ev     ev;
	char             digit;         /* DIGIT */
	bool             alert_tone;    /* CID_WINDOW */
	uint32_t         window_ms;     /* CID_WINDOW */
	const char      *digits;        /* SEND_DTMF: [0-9*#A-D,], a comma is a
	                                 * pause of 1 s; valid inside */
	enum q850_cause  cause;         /* RELEASED */
	struct party     called, calling;       /* SEIZED, as far as known */
	bool             overlap;       /* SEIZED: digits follow */
	bool             held;          /* SEIZED on FXO: already off-hook (it
	                                 * collided with a call of ours) */
};

/* May come out of no function of this header; always from the loop. The
 * user may call any line_ function inside. */
typedef void line_fn(struct line *l, const struct line_event *e, void *arg);

/* What an outgoing call needs. Copied. */
struct line_setup {
	struct party called;    /* FXO: number [0-9*#A-D,] as it is dialled */
	struct party calling;   /* FXS, B-channel */
	bool         caller_id; /* FXS: caller ID is to be shown: CID_WINDOW */
	bool         emergency; /* FXO: dial tone is always awaited */
	const struct group *group;      /* group_seize() found the line for
					 * it, or NULL */
	const char  *ring;      /* FXS: distinctive ring, "1 0.5, 1 3" in
				 * seconds on and off; NULL: of the tone plan */
};

struct line_ops {
	const char *name;       /* "sim" "dahdi" "isdn" */
	int  (*setup)(struct line *l, const struct line_setup *s);
	int  (*alert)(struct line *l);
	int  (*answer)(struct line *l);
	int  (*digits)(struct line *l, const char *digits);
	int  (*flash)(struct line *l);
	void (*release)(struct line *l, enum q850_cause cause);
	int  (*port)(struct line *l, struct port **pp);
	void (*tone)(struct line *l, enum tone t, bool found);
	void (*voice)(struct line *l);
	void (*caller_id)(struct line *l, const struct party *calling);
	void (*cid_sent)(struct line *l);
	void (*dtmf_sent)(struct line *l);
};

/* What call control asks of the bridge for the sound of a line. */
struct line_sound {
	double   in_db, out_db;         /* gains: from the line, to the line */
	unsigned echo_ms;               /* tail of the canceller; 0: none */
	bool     echo_nlp;              /* with non-linear processor, noise */
};

/* First member of a driver's line. The driver fills it by line_init(). */
struct line {
	const struct line_ops  *ops;
	const struct line_conf *conf;
	const char             *name;
	struct party            own;            /* its number and name */
	const struct tone_plan *plan;
	struct line_sound       sound;
	enum line_kind          kind;
	enum line_state         state;          /* by line_set_state() */
	bool                    alarm;
	bool                    emergency;      /* holds an emergency call */
	bool                    outgoing;       /* its call is one of ours */
	const struct group     *group;          /* that call's, or NULL */
	uint64_t                since_us;       /* when the state changed */
	uint64_t                call_us;        /* when its call began */
	uint64_t                calls;          /* outgoing since start */
	uint64_t                calls_in;       /* incoming since start */
	struct line_env        *env;
	struct list_node        node;           /* in env->lines */
	struct log_tag          tag;
	line_fn                *fn;             /* the call's user, or NULL */
	void                   *arg;
	/* A release under way, and the call that follows a preemption. */
	struct tmr              release_tmr, next_tmr;
	enum q850_cause         release_cause;
	bool                    preempted;
	struct line_setup       next;
	line_fn                *next_fn;        /* NULL: none waits */
	void                   *next_arg;
	bool                    next_gave_up;
	enum q850_cause         next_cause;
};

/* Reads a sound file into memory: mono, hz samples per second, freed with
 * mem_free(). The program hands in what media/ offers. */
typedef int line_wav_load_fn(int16_t **pcm, size_t *n, const char *path,
			     unsigned hz);
typedef int line_wav_save_fn(const char *path, const int16_t *pcm, size_t n,
			     unsigned hz);

/* All lines and groups of the program, and what they need from outside. */
struct line_env {
	struct loop      *loop;         /* signalling */
	line_fn          *on_line;      /* events of lines without a user:
	                                 * SEIZED, CID_LISTEN, HOWLER, ALARM,
	                                 * ALARM_CLEAR. For the first three it
	                                 * calls line_set_user() or
	                                 * line_release() */
	void             *arg;
	line_wav_load_fn *wav_load;     /* NULL: ENOSYS */
	line_wav_save_fn *wav_save;
	struct list       lines;        /* in the order of configuration */
	struct list       groups;
};

/* The members above lines are the caller's to fill; then this creates lines
 * and groups from the sections `lines:` and `groups:` (line_conf.h), which
 * must live on. On error nothing is left. ENOMEM, or the driver's error
 * (logged). */
int lines_open(struct line_env *env, const struct conf_list *lines,
	       const struct conf_list *groups) MUST_CHECK;
/* Releases without events, frees all lines and groups. Bridges that hold
 * ports of lines are closed before. */
void lines_close(struct line_env *env);

/* The line of that name, or NULL. */
struct line *line_find(const struct line_env *env, struct str name);
/* "fxs" "fxo" "bchan"; "down" "idle" "incoming" ...; "SEIZED" ... */
const char *line_kind_name(enum line_kind k);
const char *line_state_name(enum line_state s);
const char *line_ev_name(enum line_ev ev);

/* From now on the events of the line's call go to fn, until RELEASED. */
void line_set_user(struct line *l, line_fn *fn, void *arg);
/* No event comes to that user any more, who is freed before the line is:
 * for the end of the program. */
void line_forget(struct line *l, const void *user);
/* Is it idle, in service, and may be set up? */
bool line_is_free(const struct line *l);
/* Is it a PSTN line between two calls, in its guard time? line_setup() of an
 * emergency call may be called on it, and starts when that is over. */
bool line_is_resting(const struct line *l);
/* May an emergency call take it from its call? */
bool line_gives_way(const struct line *l);
/* Takes a line in use from its call: that call gets RELEASED with
 * CAUSE_PREEMPTION in the next turn; line_setup(), called in the same turn
 * as this, starts when the guard time is over. */
void line_preempt(struct line *l);

/* Starts an outgoing call; the line is free or came from group_seize().
 * Events go to fn. EBUSY: not free (any more). EINVAL: a number that cannot
 * be dialled. ENODEV: alarm. On an error there is no event. */
int line_setup(struct line *l, const struct line_setup *s, line_fn *fn,
	       void *arg) MUST_CHECK;
/* Incoming call: its destination is being alerted. */
void line_alert(struct line *l);
/* Incoming call: answered. FXO goes off-hook (ANSWERED follows); FXS shows
 * the answer by polarity if so configured. Idempotent. */
void line_answer(struct line *l);
/* Overlap sending: more digits of an outgoing call. EINVAL, EBUSY: too late
 * or too many. */
int line_digits(struct line *l, const char *digits) MUST_CHECK;
/* FXO: hook flash towards the exchange. EINVAL: not in this state. */
int line_flash(struct line *l) MUST_CHECK;
/* Ends the call; RELEASED follows in the next turn of the loop. Idempotent.
 * A telephone still off-hook is parked until it is on-hook. user: the arg
 * of line_setup() or line_set_user(), NULL where there is none: who lost
 * the line to an emergency call cannot end that one. */
void line_release(struct line *l, const void *user, enum q850_cause cause);
/* The sound of the line, for one bridge at a time; it is given back by the
 * port's free op. While a bridge still has it, a new call on the line waits
 * by itself. EBUSY, EINVAL: no call. */
int line_port(struct line *l, struct port **pp) MUST_CHECK;

/* The bridge found or lost a tone; TONE_NONE: silence (BRIDGE_EV_TONE). */
void line_tone(struct line *l, enum tone t, bool found);
/* The bridge hears speech (BRIDGE_EV_VOICE). */
void line_voice(struct line *l);
/* Answer to CID_LISTEN; NULL: what came could not be read. */
void line_caller_id(struct line *l, const struct party *calling);
/* Answer to CID_WINDOW. */
void line_cid_sent(struct line *l);
/* Answer to SEND_DTMF. */
void line_dtmf_sent(struct line *l);

/* --- for drivers ------------------------------------------------------- */

/* One row in drivers.c. */
struct line_driver {
	const char *name;
	/* Makes one line of the configuration and links it by line_init(). */
	int  (*open)(struct line_env *env, const struct line_conf *conf)
		MUST_CHECK;
	/* Stops and frees it. */
	void (*close)(struct line *l);
};
extern const struct line_driver *const line_drivers[];

/* Fills the common part from conf (which must live on) and appends the line
 * to env->lines, state DOWN. */
void line_init(struct line *l, struct line_env *env,
	       const struct line_ops *ops, const struct line_conf *conf);
/* Unlinks it and stops its timers. */
void line_fini(struct line *l);
/* Logged. IDLE starts the call that waits after a preemption. */
void line_set_state(struct line *l, enum line_state s);
/* The event goes to the user, or to env->on_line where there is none. The
 * last statement of its caller: the call may be gone after it. */
void line_up(struct line *l, const struct line_event *e);
/* The same for an event without values. */
void line_up_ev(struct line *l, enum line_ev ev);
/* RELEASED: forgets the user first. Last statement, too. */
void line_up_released(struct line *l, enum q850_cause cause);
/* Sets or clears the alarm and tells env->on_line; last statement. */
void line_set_alarm(struct line *l, bool on);

#endif
