/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FXO machine: a port that goes off-hook towards an exchange. The
 * driver brings the hardware; this is the line. Signalling thread.
 */
#ifndef GATEWAY_LINE_ANALOG_FXO_H
#define GATEWAY_LINE_ANALOG_FXO_H

#include "base/fsm.h"
#include "gateway/line/analog/hw.h"
#include "gateway/line/analog/pulse.h"
#include "gateway/line/line.h"

enum fxo_state {
	FXO_DOWN,               /* no battery, or a fault */
	FXO_IDLE,
	FXO_CID_WAIT,           /* rang, caller ID expected in the pause */
	FXO_CID_BEFORE,         /* reversed, caller ID expected, then ring */
	FXO_REVERSED,           /* Japan: reversed, CAR or ring expected */
	FXO_CAR_CID,            /* Japan: off-hook for the message */
	FXO_CAR_DONE,           /* Japan: on-hook again, ring expected */
	FXO_RINGING,
	FXO_IGNORED,            /* rings on, nobody wants it */
	FXO_ANSWERING,
	FXO_SEIZING,            /* off-hook for a call of ours */
	FXO_DIAL_WAIT,          /* for dial tone */
	FXO_DIALLING,
	FXO_WAIT_ANSWER,
	FXO_ACTIVE,
	FXO_FLASHING,
	FXO_GLARE,              /* our call met an incoming one */
	FXO_HELD,               /* that one is offered, off-hook already */
	FXO_GUARD,              /* on-hook, not to be used yet */
	FXO_STATES
};

enum fxo_ev {
	FXO_EV_RING,            /* a burst of ring voltage */
	FXO_EV_RING_CID,        /* the first one, caller ID to follow */
	FXO_EV_CAR,             /* a short burst */
	FXO_EV_RING_END,        /* none for a long time */
	FXO_EV_REVERSAL_CID,    /* on-hook reversal, caller ID to follow */
	FXO_EV_REVERSAL_CAR,
	FXO_EV_CALLER_ID,
	FXO_EV_SETUP,
	FXO_EV_ANSWER,
	FXO_EV_RELEASE,
	FXO_EV_FLASH,
	FXO_EV_GLARE,
	FXO_EV_GLARE_EMERGENCY,
	FXO_EV_GO,              /* dial now */
	FXO_EV_NO_DIAL_TONE,
	FXO_EV_SENT,            /* all digits */
	FXO_EV_MORE,            /* digits of overlap sending */
	FXO_EV_RINGBACK,
	FXO_EV_PROGRESS,
	FXO_EV_ANSWERED,        /* as far as can be known */
	FXO_EV_REFUSED,         /* busy and the like; with cause */
	FXO_EV_CLEARED,         /* the far end has hung up; with cause */
	FXO_EV_BREAK,           /* loop break */
	FXO_EV_TIMEOUT,         /* of the state */
	FXO_EV_READY,           /* after the guard time */
	FXO_EV_GONE,            /* no battery, fault */
	FXO_EV_BACK,
	FXO_EVS
};

enum {
	FXO_RING_MIN_MS     = 100,      /* a shorter burst is noise */
	FXO_CAR_MAX_MS      = 750,      /* NTT: CAR is 0.5 s on, 0.5 s off */
	FXO_RING_GAP_MS     = 1000,     /* a longer pause ends a double ring */
	FXO_CID_WAIT_MS     = 6000,
	FXO_CID_BEFORE_MS   = 5000,
	FXO_REVERSED_MS     = 4000,
	FXO_CAR_CID_MS      = 7000,
	FXO_CAR_DONE_MS     = 8000,
	FXO_ANSWERING_MS    = 50,
	FXO_SEIZING_MS      = 150,      /* the loop settles */
	FXO_RINGBACK_GAP_MS = 3000,     /* ringback ceased: answered */
	FXO_BATTERY_MS      = 1500,     /* on-hook so long without: alarm */
	FXO_STEADY_MS       = 500,      /* reversals right after the answer
					 * belong to it */
	FXO_PORT_POLL_MS    = 20,
	FXO_DIAL_DIGIT_MS   = 2500,     /* watchdog: per digit, */
	FXO_DIAL_MS         = 5000,     /* and in all */
};

struct fxo {
	struct line       line;         /* first */
	struct fsm        fsm;
	struct hw        *hw;
	struct tmr        tmr;          /* of the state */
	struct tmr        ring_tmr;     /* is it a ring? */
	struct tmr        ring_end_tmr;
	struct tmr        break_tmr;    /* battery is lost */
	struct pulse      pulse;
	uint64_t          ring_us;      /* begin of the burst, or its end */
	uint64_t          active_us;
	bool              ring_on;
	bool              broken;       /* so long without battery that it
					 * was told */
	bool              dial_tone;    /* must be heard before dialling */
	bool              ringback;     /* heard in this call */
	bool              assumed;      /* answered without evidence */
	char              digits[LINE_DIGITS_MAX];      /* not sent yet */
	struct party      calling;      /* of an incoming call */
};

extern const struct fsm_table fxo_table;

/* Makes the line of conf on hw (both live on) and looks at the hardware.
 * The line counts as closed by fxo_fini(). */
void fxo_init(struct fxo *f, struct line_env *env,
	      const struct line_conf *conf, struct hw *hw);
/* On-hook, timers stopped, line unlinked. No event. */
void fxo_fini(struct fxo *f);

/* The Q.850 cause that a tone means to an outgoing call. */
enum q850_cause fxo_tone_cause(enum tone t);

/* fxo.c for fxo_line.c: answer by voice, ringback was lost. */
void fxo_ringback_ceased(struct fxo *f);

#endif
