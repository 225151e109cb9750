/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FXS machine: a port that feeds a telephone and rings it. The driver
 * brings the hardware; this is the line. Signalling thread.
 */
#ifndef GATEWAY_LINE_ANALOG_FXS_H
#define GATEWAY_LINE_ANALOG_FXS_H

#include "base/fsm.h"
#include "gateway/line/analog/cadence.h"
#include "gateway/line/analog/hook.h"
#include "gateway/line/analog/hw.h"
#include "gateway/line/line.h"

enum fxs_state {
	FXS_DOWN,               /* hardware fault */
	FXS_BLOCKED,            /* found off-hook: left alone until on-hook */
	FXS_IDLE,
	FXS_PORT_WAIT,          /* off-hook, the last bridge not closed yet */
	FXS_SETUP,              /* about to ring */
	FXS_REVERSED,           /* reversal, caller ID to follow */
	FXS_CID_SEND,           /* caller ID before the ring */
	FXS_CAR,                /* Japan: short ringing for caller ID */
	FXS_CAR_CID,            /* Japan: the receiver listens, off-hook */
	FXS_CAR_DONE,           /* Japan: it should go on-hook */
	FXS_RINGING,
	FXS_SEIZED,             /* the telephone calls */
	FXS_ACTIVE,
	FXS_PARKED,             /* off-hook after the call */
	FXS_HOWLER,
	FXS_LOCKED,             /* off-hook after the howler */
	FXS_STATES
};

enum fxs_ev {
	FXS_EV_OFFHOOK,
	FXS_EV_OFFHOOK_NO_PORT,
	FXS_EV_ONHOOK,
	FXS_EV_FLASH,
	FXS_EV_DIGIT,
	FXS_EV_SETUP,
	FXS_EV_RING,            /* caller ID in the first pause, or none */
	FXS_EV_RING_REVERSED,   /* caller ID before the ring */
	FXS_EV_RING_CAR,        /* the same, Japan */
	FXS_EV_CID_SENT,
	FXS_EV_ANSWER,
	FXS_EV_RELEASE,
	FXS_EV_TIMEOUT,         /* of the state */
	FXS_EV_PORT_FREE,
	FXS_EV_FAULT,
	FXS_EV_WELL_ONHOOK,     /* the fault is gone */
	FXS_EV_WELL_OFFHOOK,
	FXS_EVS
};

enum {
	FXS_SEIZE_MS       = 25,        /* debounce of off-hook, ring trip */
	FXS_REVERSED_MS    = 250,       /* EN 300 659-1: at least 100 ms */
	FXS_CID_AFTER_MS   = 500,       /* GR-30: 500 ms after the ring */
	FXS_CID_BEFORE_MS  = 200,       /* and so long before the next */
	FXS_CID_SEND_MS    = 4000,      /* at most, before the ring */
	FXS_CAR_MS         = 6000,      /* NTT: CAR lasts at most 6 s */
	FXS_CAR_DONE_MS    = 7000,      /* NTT: on-hook within 7 s */
	FXS_PORT_POLL_MS   = 20,
};

struct fxs {
	struct line       line;         /* first */
	struct fsm        fsm;
	struct hw        *hw;
	struct hook       hook;
	struct cadence    cadence;
	struct tmr        tmr;          /* of the state */
	struct tmr        cid_tmr;      /* caller ID in the first pause */
	struct tmr        cut_tmr;      /* feed cut to show the end */
	bool              cut;
	bool              caller_id;    /* of this call */
	uint16_t          ring[CADENCE_STEPS + 1];
	unsigned          cid_step;     /* the pause of the first round */
	uint32_t          cid_pause_ms;
};

extern const struct fsm_table fxs_table;

/* Makes the line of conf on hw (both live on) and looks at the hardware.
 * The line counts as closed by fxs_fini(). */
void fxs_init(struct fxs *f, struct line_env *env,
	      const struct line_conf *conf, struct hw *hw);
/* Stops ringing and timers, feeds normally, unlinks the line. No event. */
void fxs_fini(struct fxs *f);

#endif
