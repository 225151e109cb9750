/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of the FXO machine: what the hardware does and what call
 * control asks become events of fxo.c. Signalling thread.
 */
#include "gateway/line/analog/fxo.h"

#include <string.h>

#include "gateway/line/line_conf.h"

/* Tones that end an outgoing call, and what they mean. */
static const struct {
	enum tone       tone;
	enum q850_cause cause;
} tone_causes[] = {
	{ TONE_BUSY, CAUSE_USER_BUSY },
	{ TONE_CONGESTION, CAUSE_CONGESTION },
	{ TONE_SIT, CAUSE_UNALLOCATED },
	{ TONE_HOWLER, CAUSE_NORMAL_UNSPECIFIED },
	{ TONE_DIAL, CAUSE_NORMAL_UNSPECIFIED },        /* it forgot us */
};

enum q850_cause fxo_tone_cause(enum tone t)
{
	for (unsigned i = 0; i < sizeof(tone_causes) / sizeof(tone_causes[0]);
	     i++) {
		if (tone_causes[i].tone == t)
			return tone_causes[i].cause;
	}
	return CAUSE_NONE;
}

static void ev(struct fxo *f, enum fxo_ev e, void *arg)
{
	fsm_event(&f->fsm, (unsigned char)e, f, arg);
}

static bool takes(const struct fxo *f, enum fxo_ev e)
{
	return fsm_find(&fxo_table, f->fsm.state, (unsigned char)e) != NULL;
}

/* The same, but silence where the state has no use for it: what comes from
 * outside at any time. */
static void try(struct fxo *f, enum fxo_ev e, void *arg)
{
	if (takes(f, e))
		ev(f, e, arg);
}

static uint64_t now_us(const struct fxo *f)
{
	return loop_now_us(f->line.env->loop);
}

static bool wants_caller_id(const struct fxo *f, enum caller_id_when when)
{
	const struct tone_plan *p = f->line.plan;

	return f->line.conf->caller_id && p->caller_id != CALLER_ID_NONE &&
	       p->caller_id_when == when;
}

/* --- ringing ----------------------------------------------------------- */

static void ring_confirmed(void *arg)
{
	struct fxo *f = arg;

	if (f->fsm.state == FXO_IDLE &&
	    wants_caller_id(f, CALLER_ID_AFTER_RING))
		ev(f, FXO_EV_RING_CID, NULL);
	else
		try(f, FXO_EV_RING, NULL);
}

static void ring_end(void *arg)
{
	try(arg, FXO_EV_RING_END, NULL);
}

static void ring_on(struct fxo *f)
{
	uint64_t gap_ms = (now_us(f) - f->ring_us) / 1000;

	f->ring_on = true;
	f->ring_us = now_us(f);
	tmr_stop(&f->ring_end_tmr);
	if (takes(f, FXO_EV_GLARE)) {
		ev(f, f->line.emergency ? FXO_EV_GLARE_EMERGENCY :
		   FXO_EV_GLARE, NULL);
		return;
	}
	/* the second half of a double ring does not end the pause in which
	 * caller ID comes */
	if (f->fsm.state == FXO_CID_WAIT && gap_ms < FXO_RING_GAP_MS)
		return;
	tmr_start(f->line.env->loop, &f->ring_tmr,
		  f->fsm.state == FXO_REVERSED ? FXO_CAR_MAX_MS :
		  FXO_RING_MIN_MS, ring_confirmed, f);
}

static void ring_off(struct fxo *f)
{
	uint64_t ms = (now_us(f) - f->ring_us) / 1000;

	if (!f->ring_on)
		return;
	f->ring_on = false;
	f->ring_us = now_us(f);
	tmr_stop(&f->ring_tmr);
	tmr_start(f->line.env->loop, &f->ring_end_tmr,
		  f->line.conf->ring_end_ms, ring_end, f);
	if (ms >= FXO_RING_MIN_MS)
		try(f, FXO_EV_CAR, NULL);
}

/* --- battery ----------------------------------------------------------- */

static bool is_offhook(const struct fxo *f)
{
	switch (f->fsm.state) {
	case FXO_CAR_CID:
	case FXO_ANSWERING:
	case FXO_SEIZING:
	case FXO_DIAL_WAIT:
	case FXO_DIALLING:
	case FXO_WAIT_ANSWER:
	case FXO_ACTIVE:
	case FXO_FLASHING:
	case FXO_GLARE:
	case FXO_HELD:
		return true;
	default:
		return false;
	}
}

static void no_battery(void *arg)
{
	struct fxo *f = arg;

	/* an exchange that takes a seizure may let it go for a moment */
	if (!f->broken && is_offhook(f) && takes(f, FXO_EV_BREAK)) {
		f->broken = true;
		tmr_start(f->line.env->loop, &f->break_tmr, FXO_BATTERY_MS,
			  no_battery, f);
		ev(f, FXO_EV_BREAK, NULL);
	} else if (f->fsm.state != FXO_GUARD) { /* which looks by itself */
		ev(f, FXO_EV_GONE, NULL);
	}
}

static void battery_lost(struct fxo *f)
{
	uint32_t ms = is_offhook(f) ? f->line.conf->loop_break_ms : 0;

	f->broken = false;
	tmr_start(f->line.env->loop, &f->break_tmr, ms ? ms : FXO_BATTERY_MS,
		  no_battery, f);
}

static void battery_back(struct fxo *f)
{
	tmr_stop(&f->break_tmr);
	try(f, FXO_EV_BACK, NULL);
}

static void polarity(struct fxo *f)
{
	const struct line_conf *c = f->line.conf;
	enum q850_cause cause = CAUSE_NORMAL;

	if (f->fsm.state == FXO_IDLE || f->fsm.state == FXO_REVERSED) {
		if (wants_caller_id(f, CALLER_ID_BEFORE_RING))
			try(f, FXO_EV_REVERSAL_CID, NULL);
		else if (wants_caller_id(f, CALLER_ID_OFF_HOOK_FIRST))
			try(f, FXO_EV_REVERSAL_CAR, NULL);
	} else if (f->fsm.state == FXO_WAIT_ANSWER) {
		if (c->answer_by == LINE_ANSWER_POLARITY)
			ev(f, FXO_EV_ANSWERED, NULL);
	} else if (f->fsm.state == FXO_ACTIVE && f->assumed) {
		f->assumed = false;     /* now the answer is real */
	} else if (f->fsm.state == FXO_ACTIVE && c->hangup_polarity &&
		   now_us(f) - f->active_us >= FXO_STEADY_MS * 1000) {
		ev(f, FXO_EV_CLEARED, &cause);
	}
}

static void on_hw(enum hw_ev e, char digit, void *arg)
{
	struct fxo *f = arg;

	(void)digit;
	switch (e) {
	case HW_EV_RING_ON:
		ring_on(f);
		break;
	case HW_EV_RING_OFF:
		ring_off(f);
		break;
	case HW_EV_POLARITY:
		polarity(f);
		break;
	case HW_EV_BATTERY_LOST:
		battery_lost(f);
		break;
	case HW_EV_BATTERY_BACK:
	case HW_EV_FAULT_CLEAR:
		battery_back(f);
		break;
	case HW_EV_DONE:
		if (f->fsm.state == FXO_FLASHING)
			ev(f, FXO_EV_TIMEOUT, NULL);
		else
			try(f, FXO_EV_SENT, NULL);
		break;
	case HW_EV_FAULT:
		ev(f, FXO_EV_GONE, NULL);
		break;
	default:
		break;
	}
}

/* --- line ops ---------------------------------------------------------- */

static struct fxo *of(struct line *l)
{
	return CONTAINER(l, struct fxo, line);
}

static int op_setup(struct line *l, const struct line_setup *s)
{
	struct fxo *f = of(l);

	if (!takes(f, FXO_EV_SETUP) || f->ring_on)
		return EBUSY;
	/* without a digit the caller would get the exchange's dial tone, and
	 * dial what no rule has seen */
	if (!s->called.number[strspn(s->called.number, ",")] ||
	    !line_conf_dials(l->conf, s->called.number))
		return EINVAL;
	memcpy(f->digits, s->called.number, sizeof(f->digits));
	f->dial_tone = l->conf->wait_dial_tone || s->emergency;
	ev(f, FXO_EV_SETUP, NULL);
	return 0;
}

static int op_answer(struct line *l)
{
	try(of(l), FXO_EV_ANSWER, NULL);
	return 0;
}

static int op_digits(struct line *l, const char *digits)
{
	struct fxo *f = of(l);
	size_t n = strlen(f->digits), more = strlen(digits);

	if (!line_conf_dials(l->conf, digits))
		return EINVAL;
	if (l->state != LINE_OUTGOING || n + more >= sizeof(f->digits))
		return EBUSY;
	memcpy(f->digits + n, digits, more + 1);
	try(f, FXO_EV_MORE, NULL);
	return 0;
}

static int op_flash(struct line *l)
{
	struct fxo *f = of(l);

	if (!takes(f, FXO_EV_FLASH))
		return EINVAL;
	ev(f, FXO_EV_FLASH, NULL);
	return 0;
}

static void op_release(struct line *l, enum q850_cause cause)
{
	try(of(l), FXO_EV_RELEASE, &cause);
}

static int op_port(struct line *l, struct port **pp)
{
	struct fxo *f = of(l);

	if (l->state < LINE_INCOMING || l->state == LINE_BUSY)
		return EINVAL;
	return f->hw->ops->port(f->hw, pp);
}

static void lost_tone(struct fxo *f, enum tone t)
{
	if (f->fsm.state == FXO_WAIT_ANSWER && t == TONE_RINGBACK &&
	    f->line.conf->answer_by == LINE_ANSWER_VOICE)
		fxo_ringback_ceased(f);
}

static void op_tone(struct line *l, enum tone t, bool found)
{
	struct fxo *f = of(l);
	enum q850_cause cause = fxo_tone_cause(t);
	enum q850_cause normal = CAUSE_NORMAL;

	if (!found) {
		lost_tone(f, t);
	} else if (t == TONE_RINGBACK) {
		try(f, FXO_EV_RINGBACK, NULL);
	} else if (f->fsm.state == FXO_DIAL_WAIT) {
		if (t == TONE_DIAL || t == TONE_DIAL_SPECIAL)
			ev(f, FXO_EV_GO, NULL);
		else if (cause != CAUSE_NONE)
			ev(f, FXO_EV_NO_DIAL_TONE, NULL);
	} else if (cause != CAUSE_NONE && takes(f, FXO_EV_REFUSED)) {
		if (f->fsm.state == FXO_WAIT_ANSWER || t != TONE_DIAL)
			ev(f, FXO_EV_REFUSED, &cause);
	} else if (cause != CAUSE_NONE && l->conf->hangup_tone) {
		try(f, FXO_EV_CLEARED, f->assumed ? &cause : &normal);
	}
}

static void op_voice(struct line *l)
{
	struct fxo *f = of(l);

	f->assumed = false;
	if (l->conf->answer_by == LINE_ANSWER_VOICE)
		try(f, FXO_EV_ANSWERED, NULL);
	else
		try(f, FXO_EV_PROGRESS, NULL);
}

static void op_caller_id(struct line *l, const struct party *calling)
{
	struct party copy;

	if (calling)
		copy = *calling;
	try(of(l), FXO_EV_CALLER_ID, calling ? &copy : NULL);
}

static void op_dtmf_sent(struct line *l)
{
	try(of(l), FXO_EV_SENT, NULL);
}

static const struct line_ops ops = {
	.name = "fxo", .setup = op_setup, .answer = op_answer,
	.digits = op_digits, .flash = op_flash, .release = op_release,
	.port = op_port, .tone = op_tone, .voice = op_voice,
	.caller_id = op_caller_id, .dtmf_sent = op_dtmf_sent,
};

void fxo_init(struct fxo *f, struct line_env *env,
	      const struct line_conf *conf, struct hw *hw)
{
	unsigned look = hw->ops->look(hw);
	bool well = (look & HW_BATTERY) && !(look & HW_FAULT);

	memset(f, 0, sizeof(*f));
	line_init(&f->line, env, &ops, conf);
	f->hw = hw;
	hw->fn = on_hw;
	hw->arg = f;
	fsm_init(&f->fsm, &fxo_table, well ? FXO_IDLE : FXO_DOWN,
		 &f->line.tag);
	f->line.alarm = !well;
	line_set_state(&f->line, well ? LINE_IDLE : LINE_DOWN);
	if (!well)
		log_warn(&f->line.tag, "no battery at the start", "look=%u",
			 look);
}

void fxo_fini(struct fxo *f)
{
	tmr_stop(&f->tmr);
	tmr_stop(&f->ring_tmr);
	tmr_stop(&f->ring_end_tmr);
	tmr_stop(&f->break_tmr);
	pulse_stop(&f->pulse);
	f->hw->ops->hook(f->hw, false);
	f->hw->fn = NULL;
	line_fini(&f->line);
}
