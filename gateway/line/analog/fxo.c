/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FXO: ringing and caller ID, glare, seizing, dial tone, digits, what
 * counts as an answer, what counts as the end. Caller ID as in fxs.c, from
 * the other side of the line.
 */
#include "gateway/line/analog/fxo.h"

#include <string.h>

#include "gateway/line/line_conf.h"

static const enum line_state common[FXO_STATES] = {
	[FXO_DOWN] = LINE_DOWN, [FXO_IDLE] = LINE_IDLE,
	[FXO_CID_WAIT] = LINE_INCOMING, [FXO_CID_BEFORE] = LINE_INCOMING,
	[FXO_REVERSED] = LINE_IDLE, [FXO_CAR_CID] = LINE_INCOMING,
	[FXO_CAR_DONE] = LINE_INCOMING, [FXO_RINGING] = LINE_INCOMING,
	[FXO_IGNORED] = LINE_BUSY, [FXO_ANSWERING] = LINE_INCOMING,
	[FXO_SEIZING] = LINE_OUTGOING, [FXO_DIAL_WAIT] = LINE_OUTGOING,
	[FXO_DIALLING] = LINE_OUTGOING, [FXO_WAIT_ANSWER] = LINE_OUTGOING,
	[FXO_ACTIVE] = LINE_ACTIVE, [FXO_FLASHING] = LINE_ACTIVE,
	[FXO_GLARE] = LINE_BUSY, [FXO_HELD] = LINE_INCOMING,
	[FXO_GUARD] = LINE_BUSY,
};

static void ev(struct fxo *f, enum fxo_ev e, void *arg)
{
	fsm_event(&f->fsm, (unsigned char)e, f, arg);
}

static void timeout(void *arg)
{
	ev(arg, FXO_EV_TIMEOUT, NULL);
}

static void after(struct fxo *f, uint32_t ms)
{
	tmr_start(f->line.env->loop, &f->tmr, ms, timeout, f);
}

static void sync(struct fxo *f)
{
	line_set_state(&f->line, common[f->fsm.state]);
}

/* --- incoming ---------------------------------------------------------- */

static void listen_cid(struct fxo *f, uint32_t ms)
{
	sync(f);
	memset(&f->calling, 0, sizeof(f->calling));
	f->calling.presentation = PARTY_UNAVAILABLE;
	after(f, ms);
	line_up_ev(&f->line, LINE_EV_CID_LISTEN);
}

static void a_cid_wait(void *obj, void *arg)
{
	(void)arg;
	listen_cid(obj, FXO_CID_WAIT_MS);
}

static void a_cid_before(void *obj, void *arg)
{
	(void)arg;
	listen_cid(obj, FXO_CID_BEFORE_MS);
}

static void a_reversed(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	sync(f);
	after(f, FXO_REVERSED_MS);
}

static void a_car(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	f->hw->ops->hook(f->hw, true);
	listen_cid(f, FXO_CAR_CID_MS);
}

static void a_car_done(void *obj, void *arg)
{
	struct fxo *f = obj;

	if (arg)
		f->calling = *(const struct party *)arg;
	sync(f);
	f->hw->ops->hook(f->hw, false);
	after(f, FXO_CAR_DONE_MS);
}

static void a_note_caller(void *obj, void *arg)
{
	struct fxo *f = obj;

	if (arg)
		f->calling = *(const struct party *)arg;
}

static void offer(struct fxo *f, bool held)
{
	struct line_event e = { .ev = LINE_EV_SEIZED, .held = held };

	tmr_stop(&f->tmr);
	sync(f);
	e.called = f->line.own;
	e.calling = f->calling;
	line_up(&f->line, &e);
}

static void a_offer(void *obj, void *arg)
{
	struct fxo *f = obj;

	if (arg)
		f->calling = *(const struct party *)arg;
	offer(f, false);
}

/* Rings, and no caller ID comes with it. */
static void a_offer_unknown(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	memset(&f->calling, 0, sizeof(f->calling));
	f->calling.presentation = PARTY_UNAVAILABLE;
	offer(f, false);
}

static void a_answer(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	sync(f);
	tmr_stop(&f->ring_end_tmr);
	f->hw->ops->hook(f->hw, true);
	after(f, FXO_ANSWERING_MS);
}

static void a_ignore(void *obj, void *arg)
{
	struct fxo *f = obj;

	sync(f);
	after(f, 2 * f->line.conf->ring_end_ms);
	line_up_released(&f->line, *(const enum q850_cause *)arg);
}

/* RING_END tells when it is over; the timer is for one that was announced
 * and never rang. */
static void a_rings_on(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	after(f, 2 * f->line.conf->ring_end_ms);
}

/* --- the end ----------------------------------------------------------- */

static void hang_up(struct fxo *f)
{
	pulse_stop(&f->pulse);
	tmr_stop(&f->ring_tmr);
	tmr_stop(&f->ring_end_tmr);
	f->hw->ops->hook(f->hw, false);
	f->digits[0] = '\0';
	sync(f);
	after(f, f->line.conf->guard_ms);
}

static void a_released(void *obj, void *arg)
{
	struct fxo *f = obj;

	hang_up(f);
	line_up_released(&f->line, *(const enum q850_cause *)arg);
}

static void a_caller_gone(void *obj, void *arg)
{
	(void)arg;
	a_released(obj, &(enum q850_cause){ CAUSE_NORMAL });
}

static void a_hang_up(void *obj, void *arg)
{
	(void)arg;
	hang_up(obj);
}

static void a_no_dial_tone(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	log_warn(&f->line.tag, "no dial tone", "waited_ms=%u",
		 f->line.conf->dial_tone_ms);
	a_released(f, &(enum q850_cause){ CAUSE_CHANNEL_UNAVAILABLE });
}

static void a_break_early(void *obj, void *arg)
{
	(void)arg;
	a_released(obj, &(enum q850_cause){ CAUSE_NORMAL_UNSPECIFIED });
}

static void a_dial_stuck(void *obj, void *arg)
{
	(void)arg;
	a_released(obj, &(enum q850_cause){ CAUSE_TEMPORARY_FAILURE });
}

static void a_guard_over(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	if (!f->hw->ops->port_is_free(f->hw))
		after(f, FXO_PORT_POLL_MS);
	else if (f->hw->ops->look(f->hw) & HW_BATTERY)
		ev(f, FXO_EV_READY, NULL);
	else if (!tmr_is_running(&f->break_tmr))
		ev(f, FXO_EV_GONE, NULL);
	else
		after(f, tmr_left_ms(&f->break_tmr) + 1);
}

static void a_idle(void *obj, void *arg)
{
	(void)arg;
	sync(obj);
}

static void a_gone(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	hang_up(f);
	tmr_stop(&f->tmr);
	if (f->line.fn)
		line_up_released(&f->line, CAUSE_DEST_OUT_OF_ORDER);
	line_set_alarm(&f->line, true);
}

static void a_back(void *obj, void *arg)
{
	(void)arg;
	sync(obj);
	line_set_alarm(&((struct fxo *)obj)->line, false);
}

/* --- outgoing ---------------------------------------------------------- */

static void a_seize(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	f->ringback = f->assumed = false;
	sync(f);
	f->hw->ops->hook(f->hw, true);
	after(f, FXO_SEIZING_MS);
}

static void a_listen(void *obj, void *arg)
{
	struct fxo *f = obj;
	const struct line_conf *c = f->line.conf;

	(void)arg;
	after(f, f->dial_tone ? c->dial_tone_ms : c->dial_delay_ms);
	line_up_ev(&f->line, LINE_EV_DIAL_TONE_WAIT);
}

static void a_waited(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	ev(f, f->dial_tone ? FXO_EV_NO_DIAL_TONE : FXO_EV_GO, NULL);
}

static void pulse_hook(bool closed, void *arg)
{
	struct fxo *f = arg;

	f->hw->ops->hook(f->hw, closed);
}

static void pulse_done(void *arg)
{
	ev(arg, FXO_EV_SENT, NULL);
}

static void a_dial(void *obj, void *arg)
{
	struct fxo *f = obj;
	struct line_event e = { .ev = LINE_EV_SEND_DTMF };
	char digits[LINE_DIGITS_MAX];
	int err;

	(void)arg;
	memcpy(digits, f->digits, sizeof(digits));
	after(f, FXO_DIAL_MS + FXO_DIAL_DIGIT_MS * (uint32_t)strlen(digits));
	if (digits[0] == '\0') {
		ev(f, FXO_EV_SENT, NULL);
	} else if (f->line.conf->dial == LINE_DIAL_DTMF) {
		f->digits[0] = '\0';
		e.digits = digits;
		line_up(&f->line, &e);
	} else if (f->hw->ops->pulse) {
		f->digits[0] = '\0';
		f->hw->ops->pulse(f->hw, digits);
	} else {
		f->digits[0] = '\0';
		err = pulse_start(&f->pulse, f->line.env->loop, digits,
				  pulse_hook, pulse_done, f);
		if (err)        /* op_setup() looked at the digits */
			log_err(&f->line.tag, "cannot dial", "err=%d", err);
	}
}

static void a_sent(void *obj, void *arg)
{
	struct fxo *f = obj;
	const struct line_conf *c = f->line.conf;

	(void)arg;
	tmr_stop(&f->tmr);
	if (f->digits[0]) {     /* more came meanwhile */
		ev(f, FXO_EV_MORE, NULL);
		return;
	}
	if (c->answer_by == LINE_ANSWER_DIALLED)
		after(f, 0);
	else if (c->answer_by == LINE_ANSWER_TIMER)
		after(f, c->answer_after_ms);
	f->assumed = tmr_is_running(&f->tmr);
	line_up_ev(&f->line, LINE_EV_PROCEEDING);
}

static void a_ringback(void *obj, void *arg)
{
	struct fxo *f = obj;
	bool first = !f->ringback;

	(void)arg;
	f->ringback = true;
	if (f->line.conf->answer_by == LINE_ANSWER_VOICE)
		tmr_stop(&f->tmr);
	if (first)
		line_up_ev(&f->line, LINE_EV_ALERTING);
}

/* Ringback that stops without another tone: somebody has answered. */
void fxo_ringback_ceased(struct fxo *f)
{
	after(f, FXO_RINGBACK_GAP_MS);
}

static void a_progress(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	line_up_ev(&f->line, LINE_EV_PROGRESS);
}

static void a_answered(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	tmr_stop(&f->tmr);
	sync(f);
	f->active_us = loop_now_us(f->line.env->loop);
	line_up_ev(&f->line, LINE_EV_ANSWERED);
}

static void a_flash(void *obj, void *arg)
{
	struct fxo *f = obj;
	uint32_t ms = f->line.conf->flash_ms;

	(void)arg;
	if (f->hw->ops->flash) {
		after(f, ms + 1000);    /* HW_EV_DONE should come before */
		f->hw->ops->flash(f->hw, ms);
		return;
	}
	after(f, ms);
	f->hw->ops->hook(f->hw, false);
}

static void a_flash_end(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	tmr_stop(&f->tmr);
	f->active_us = loop_now_us(f->line.env->loop);
	if (!f->hw->ops->flash)
		f->hw->ops->hook(f->hw, true);
}

/* We seized the line while the exchange was about to ring it: its caller is
 * through to us. Our call goes elsewhere, that one is offered. */
static void a_glare(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	log_notice(&f->line.tag, "glare", "emergency=0");
	memset(&f->calling, 0, sizeof(f->calling));
	f->calling.presentation = PARTY_UNAVAILABLE;
	f->digits[0] = '\0';
	sync(f);
	after(f, 0);
	line_up_released(&f->line, CAUSE_CHANNEL_UNAVAILABLE);
}

static void a_glare_emergency(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	log_notice(&f->line.tag, "glare", "emergency=1");
	a_released(f, &(enum q850_cause){ CAUSE_CHANNEL_UNAVAILABLE });
}

static void a_held(void *obj, void *arg)
{
	struct fxo *f = obj;

	(void)arg;
	if (!f->hw->ops->port_is_free(f->hw))
		after(f, FXO_PORT_POLL_MS);
	else
		ev(f, FXO_EV_READY, NULL);
}

static void a_offer_held(void *obj, void *arg)
{
	(void)arg;
	offer(obj, true);
}

/* --- the machine ------------------------------------------------------- */

#define EV(x) FXO_EV_##x

static const struct fsm_row rows[] = {
	{ FXO_DOWN, EV(BACK), a_back, FXO_IDLE },
	{ FXO_DOWN, EV(RING), NULL, FSM_SAME },
	{ FXO_DOWN, EV(GONE), NULL, FSM_SAME },
	{ FSM_ANY, EV(GONE), a_gone, FXO_DOWN },

	{ FXO_IDLE, EV(RING), a_offer_unknown, FXO_RINGING },
	{ FXO_IDLE, EV(RING_CID), a_cid_wait, FXO_CID_WAIT },
	{ FXO_IDLE, EV(REVERSAL_CID), a_cid_before, FXO_CID_BEFORE },
	{ FXO_IDLE, EV(REVERSAL_CAR), a_reversed, FXO_REVERSED },
	{ FXO_IDLE, EV(SETUP), a_seize, FXO_SEIZING },

	/* GR-30: between the first and the second ring */
	{ FXO_CID_WAIT, EV(CALLER_ID), a_offer, FXO_RINGING },
	{ FXO_CID_WAIT, EV(RING), a_offer, FXO_RINGING },
	{ FXO_CID_WAIT, EV(TIMEOUT), a_offer, FXO_RINGING },
	{ FXO_CID_WAIT, EV(RING_END), a_caller_gone, FXO_GUARD },
	{ FXO_CID_WAIT, EV(RELEASE), a_ignore, FXO_IGNORED },

	/* EN 300 659-1: reversal, message, ringing */
	{ FXO_CID_BEFORE, EV(CALLER_ID), a_note_caller, FSM_SAME },
	{ FXO_CID_BEFORE, EV(RING), a_offer, FXO_RINGING },
	{ FXO_CID_BEFORE, EV(TIMEOUT), a_caller_gone, FXO_GUARD },
	{ FXO_CID_BEFORE, EV(RELEASE), a_ignore, FXO_IGNORED },

	/* NTT: reversal, CAR, message off-hook, on-hook, ringing */
	{ FXO_REVERSED, EV(CAR), a_car, FXO_CAR_CID },
	{ FXO_REVERSED, EV(RING), a_offer_unknown, FXO_RINGING },
	{ FXO_REVERSED, EV(TIMEOUT), a_idle, FXO_IDLE },
	{ FXO_REVERSED, EV(SETUP), a_seize, FXO_SEIZING },
	{ FXO_REVERSED, EV(REVERSAL_CAR), NULL, FSM_SAME },
	{ FXO_REVERSED, EV(RING_END), NULL, FSM_SAME },
	{ FXO_CAR_CID, EV(CALLER_ID), a_car_done, FXO_CAR_DONE },
	{ FXO_CAR_CID, EV(TIMEOUT), a_car_done, FXO_CAR_DONE },
	{ FXO_CAR_CID, EV(RING_END), NULL, FSM_SAME },
	{ FXO_CAR_CID, EV(BREAK), a_caller_gone, FXO_GUARD },
	{ FXO_CAR_CID, EV(RELEASE), a_released, FXO_GUARD },
	{ FXO_CAR_DONE, EV(RING), a_offer, FXO_RINGING },
	{ FXO_CAR_DONE, EV(TIMEOUT), a_caller_gone, FXO_GUARD },
	{ FXO_CAR_DONE, EV(RING_END), NULL, FSM_SAME },
	{ FXO_CAR_DONE, EV(RELEASE), a_ignore, FXO_IGNORED },

	{ FXO_RINGING, EV(RING), NULL, FSM_SAME },
	{ FXO_RINGING, EV(CALLER_ID), NULL, FSM_SAME },         /* late */
	{ FXO_RINGING, EV(ANSWER), a_answer, FXO_ANSWERING },
	{ FXO_RINGING, EV(RING_END), a_caller_gone, FXO_GUARD },
	{ FXO_RINGING, EV(RELEASE), a_ignore, FXO_IGNORED },
	{ FXO_IGNORED, EV(RING), a_rings_on, FSM_SAME },
	{ FXO_IGNORED, EV(CALLER_ID), NULL, FSM_SAME },
	{ FXO_IGNORED, EV(TIMEOUT), a_hang_up, FXO_GUARD },
	{ FXO_IGNORED, EV(RING_END), a_hang_up, FXO_GUARD },
	{ FXO_ANSWERING, EV(TIMEOUT), a_answered, FXO_ACTIVE },
	{ FXO_ANSWERING, EV(BREAK), a_caller_gone, FXO_GUARD },
	{ FXO_ANSWERING, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_SEIZING, EV(TIMEOUT), a_listen, FXO_DIAL_WAIT },
	{ FXO_SEIZING, EV(GLARE), a_glare, FXO_GLARE },
	{ FXO_SEIZING, EV(GLARE_EMERGENCY), a_glare_emergency, FXO_GUARD },
	{ FXO_SEIZING, EV(BREAK), NULL, FSM_SAME },     /* exchange settles */
	{ FXO_SEIZING, EV(RELEASE), a_released, FXO_GUARD },
	{ FXO_DIAL_WAIT, EV(GO), a_dial, FXO_DIALLING },
	{ FXO_DIAL_WAIT, EV(TIMEOUT), a_waited, FSM_SAME },
	{ FXO_DIAL_WAIT, EV(NO_DIAL_TONE), a_no_dial_tone, FXO_GUARD },
	{ FXO_DIAL_WAIT, EV(GLARE), a_glare, FXO_GLARE },
	{ FXO_DIAL_WAIT, EV(GLARE_EMERGENCY), a_glare_emergency, FXO_GUARD },
	{ FXO_DIAL_WAIT, EV(BREAK), NULL, FSM_SAME },
	{ FXO_DIAL_WAIT, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_DIALLING, EV(SENT), a_sent, FXO_WAIT_ANSWER },
	{ FXO_DIALLING, EV(REFUSED), a_released, FXO_GUARD },
	{ FXO_DIALLING, EV(BREAK), a_break_early, FXO_GUARD },
	{ FXO_DIALLING, EV(TIMEOUT), a_dial_stuck, FXO_GUARD },
	{ FXO_DIALLING, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_WAIT_ANSWER, EV(MORE), a_dial, FXO_DIALLING },
	{ FXO_WAIT_ANSWER, EV(RINGBACK), a_ringback, FSM_SAME },
	{ FXO_WAIT_ANSWER, EV(PROGRESS), a_progress, FSM_SAME },
	{ FXO_WAIT_ANSWER, EV(ANSWERED), a_answered, FXO_ACTIVE },
	{ FXO_WAIT_ANSWER, EV(TIMEOUT), a_answered, FXO_ACTIVE },
	{ FXO_WAIT_ANSWER, EV(REFUSED), a_released, FXO_GUARD },
	{ FXO_WAIT_ANSWER, EV(BREAK), a_break_early, FXO_GUARD },
	{ FXO_WAIT_ANSWER, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_ACTIVE, EV(CLEARED), a_released, FXO_GUARD },
	{ FXO_ACTIVE, EV(BREAK), a_caller_gone, FXO_GUARD },
	{ FXO_ACTIVE, EV(FLASH), a_flash, FXO_FLASHING },
	{ FXO_ACTIVE, EV(RELEASE), a_released, FXO_GUARD },
	{ FXO_FLASHING, EV(TIMEOUT), a_flash_end, FXO_ACTIVE },
	{ FXO_FLASHING, EV(BREAK), NULL, FSM_SAME },    /* our own */
	{ FXO_FLASHING, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_GLARE, EV(TIMEOUT), a_held, FSM_SAME },
	{ FXO_GLARE, EV(READY), a_offer_held, FXO_HELD },
	{ FXO_GLARE, EV(BREAK), a_hang_up, FXO_GUARD },
	{ FXO_HELD, EV(ANSWER), a_answer, FXO_ANSWERING },
	{ FXO_HELD, EV(CLEARED), a_released, FXO_GUARD },
	{ FXO_HELD, EV(BREAK), a_caller_gone, FXO_GUARD },
	{ FXO_HELD, EV(RELEASE), a_released, FXO_GUARD },

	{ FXO_GUARD, EV(TIMEOUT), a_guard_over, FSM_SAME },
	{ FXO_GUARD, EV(READY), a_idle, FXO_IDLE },
	{ FXO_GUARD, EV(BREAK), NULL, FSM_SAME },
	{ FXO_GUARD, EV(RING_END), NULL, FSM_SAME },
};

static const char *const state_names[] = {
	"DOWN", "IDLE", "CID_WAIT", "CID_BEFORE", "REVERSED", "CAR_CID",
	"CAR_DONE", "RINGING", "IGNORED", "ANSWERING", "SEIZING",
	"DIAL_WAIT", "DIALLING", "WAIT_ANSWER", "ACTIVE", "FLASHING",
	"GLARE", "HELD", "GUARD",
};
static const char *const ev_names[] = {
	"RING", "RING_CID", "CAR", "RING_END", "REVERSAL_CID",
	"REVERSAL_CAR", "CALLER_ID", "SETUP", "ANSWER", "RELEASE", "FLASH",
	"GLARE", "GLARE_EMERGENCY", "GO", "NO_DIAL_TONE", "SENT", "MORE",
	"RINGBACK", "PROGRESS", "ANSWERED", "REFUSED", "CLEARED", "BREAK",
	"TIMEOUT", "READY", "GONE", "BACK",
};

const struct fsm_table fxo_table = {
	"fxo", state_names, FXO_STATES, ev_names, FXO_EVS,
	rows, sizeof(rows) / sizeof(rows[0]),
};
