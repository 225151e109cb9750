/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FXS: the telephone's hook, ringing with caller ID, what happens to a
 * receiver left off-hook. Caller ID by EN 300 659-1 and GR-30 in the first
 * pause, by EN 300 659-1 after a reversal, and by NTT's technical reference
 * (telephone service interfaces) with the receiver off-hook.
 */
#include "gateway/line/analog/fxs.h"

#include <string.h>

#include "gateway/line/line_conf.h"

static const enum line_state common[FXS_STATES] = {
	[FXS_DOWN] = LINE_DOWN, [FXS_BLOCKED] = LINE_BUSY,
	[FXS_IDLE] = LINE_IDLE, [FXS_PORT_WAIT] = LINE_BUSY,
	[FXS_SETUP] = LINE_OUTGOING, [FXS_REVERSED] = LINE_OUTGOING,
	[FXS_CID_SEND] = LINE_OUTGOING, [FXS_CAR] = LINE_OUTGOING,
	[FXS_CAR_CID] = LINE_OUTGOING, [FXS_CAR_DONE] = LINE_OUTGOING,
	[FXS_RINGING] = LINE_OUTGOING, [FXS_SEIZED] = LINE_INCOMING,
	[FXS_ACTIVE] = LINE_ACTIVE, [FXS_PARKED] = LINE_BUSY,
	[FXS_HOWLER] = LINE_BUSY, [FXS_LOCKED] = LINE_BUSY,
};

static struct fxs *of(struct line *l)
{
	return CONTAINER(l, struct fxs, line);
}

static void ev(struct fxs *f, enum fxs_ev e, void *arg)
{
	fsm_event(&f->fsm, (unsigned char)e, f, arg);
}

static void timeout(void *arg)
{
	ev(arg, FXS_EV_TIMEOUT, NULL);
}

static void after(struct fxs *f, uint32_t ms)
{
	tmr_start(f->line.env->loop, &f->tmr, ms, timeout, f);
}

/* --- actions ----------------------------------------------------------- */

static void sync(struct fxs *f)
{
	unsigned mode = 0;

	if (f->fsm.state == FXS_SEIZED)
		mode = HOOK_FLASHES |
		       (f->line.conf->pulse ? HOOK_PULSES : 0);
	else if (f->fsm.state == FXS_ACTIVE)
		mode = HOOK_FLASHES;
	hook_listen(&f->hook, mode);
	line_set_state(&f->line, common[f->fsm.state]);
}

/* Everything that rings, waits or is reversed comes to rest. */
static void rest(struct fxs *f)
{
	tmr_stop(&f->tmr);
	tmr_stop(&f->cid_tmr);
	cadence_stop(&f->cadence);
	f->hw->ops->ring(f->hw, false);
	f->hw->ops->polarity(f->hw, false);
}

static void a_quiet(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	sync(f);
}

static void a_seized(void *obj, void *arg)
{
	struct fxs *f = obj;
	struct line_event e = { .ev = LINE_EV_SEIZED, .overlap = true };

	(void)arg;
	sync(f);
	e.calling = f->line.own;
	line_up(&f->line, &e);
}

static void a_digit(void *obj, void *arg)
{
	struct fxs *f = obj;

	line_up(&f->line, &(struct line_event){
		.ev = LINE_EV_DIGIT, .digit = *(const char *)arg });
}

static void a_flash(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	line_up_ev(&f->line, LINE_EV_FLASH);
}

static void a_setup(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	after(f, 0);
}

/* The way this country announces a call with caller ID. */
static enum fxs_ev way(const struct fxs *f)
{
	const struct tone_plan *p = f->line.plan;

	if (!f->caller_id || p->caller_id_when == CALLER_ID_AFTER_RING)
		return FXS_EV_RING;
	if (p->caller_id_when == CALLER_ID_OFF_HOOK_FIRST)
		return FXS_EV_RING_CAR;
	return FXS_EV_RING_REVERSED;
}

static void a_begin(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	if (!f->hw->ops->port_is_free(f->hw))
		after(f, FXS_PORT_POLL_MS);
	else
		ev(f, way(f), NULL);
}

static void cid_pause(void *arg)
{
	struct fxs *f = arg;
	struct line_event e = { .ev = LINE_EV_CID_WINDOW };

	e.window_ms = f->cid_pause_ms - FXS_CID_AFTER_MS - FXS_CID_BEFORE_MS;
	line_up(&f->line, &e);
}

static void on_ring(bool on, unsigned step, void *arg)
{
	struct fxs *f = arg;

	f->hw->ops->ring(f->hw, on);
	if (f->caller_id && step == f->cid_step)
		tmr_start(f->line.env->loop, &f->cid_tmr, FXS_CID_AFTER_MS,
			  cid_pause, f);
	if (step == 0)
		line_up_ev(&f->line, LINE_EV_ALERTING);
}

/* The pause of the first round that is long enough for a message. */
static void find_pause(struct fxs *f)
{
	f->cid_pause_ms = cadence_longest_pause(f->ring);
	if (f->cid_pause_ms < 1000) {
		f->caller_id = false;
		return;
	}
	for (unsigned i = 1; i < CADENCE_STEPS; i += 2) {
		if (f->ring[i] == f->cid_pause_ms) {
			f->cid_step = i;
			return;
		}
	}
}

static void a_ring(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	sync(f);
	if (way(f) != FXS_EV_RING)
		f->caller_id = false;   /* it was sent before */
	if (f->caller_id)
		find_pause(f);
	if (f->hook.offhook) {          /* lifted in this very moment */
		ev(f, FXS_EV_OFFHOOK, NULL);
		return;
	}
	cadence_start(&f->cadence, f->line.env->loop, f->ring, on_ring, f);
}

static void a_reverse(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	f->hw->ops->polarity(f->hw, true);
	after(f, FXS_REVERSED_MS);
}

static void a_window(void *obj, void *arg)
{
	struct fxs *f = obj;
	struct line_event e = { .ev = LINE_EV_CID_WINDOW };

	(void)arg;
	sync(f);
	tmr_stop(&f->tmr);
	cadence_stop(&f->cadence);
	f->hw->ops->ring(f->hw, false);
	e.window_ms = FXS_CID_SEND_MS;
	e.alert_tone = f->fsm.state == FXS_CID_SEND;
	after(f, FXS_CID_SEND_MS);
	line_up(&f->line, &e);
}

static void on_car(bool on, unsigned step, void *arg)
{
	struct fxs *f = arg;

	(void)step;
	f->hw->ops->ring(f->hw, on);
}

static void a_car(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	f->hw->ops->polarity(f->hw, true);
	cadence_start(&f->cadence, f->line.env->loop,
		      f->line.plan->ring_cid, on_car, f);
	after(f, FXS_CAR_MS);
}

static void a_car_done(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	after(f, FXS_CAR_DONE_MS);
}

static void a_answered(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	sync(f);
	line_up_ev(&f->line, LINE_EV_ANSWERED);
}

/* The far end has answered the telephone's call. */
static void a_answer(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	if (f->line.conf->answer_reversal)
		f->hw->ops->polarity(f->hw, true);
}

static void a_onhook(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	sync(f);
	line_up_released(&f->line, CAUSE_NORMAL);
}

static void a_released(void *obj, void *arg)
{
	struct fxs *f = obj;

	rest(f);
	sync(f);
	line_up_released(&f->line, *(const enum q850_cause *)arg);
}

static void start_howler_timer(struct fxs *f)
{
	if (f->line.conf->howler_after_ms)
		after(f, f->line.conf->howler_after_ms);
}

/* The feed is back: what did the telephone do meanwhile? */
static void feed_back(void *arg)
{
	struct fxs *f = arg;
	bool off;

	f->cut = false;
	f->hw->ops->battery(f->hw, true);
	off = f->hw->ops->look(f->hw) & HW_OFFHOOK;
	hook_set(&f->hook, off);
	if (!off)
		ev(f, FXS_EV_ONHOOK, NULL);
}

/* Released, but the receiver is still off the hook. */
static void a_park(void *obj, void *arg)
{
	struct fxs *f = obj;
	uint32_t ms = f->line.conf->disconnect_ms;

	rest(f);
	sync(f);
	start_howler_timer(f);
	if (ms) {
		f->cut = true;
		f->hw->ops->battery(f->hw, false);
		tmr_start(f->line.env->loop, &f->cut_tmr, ms, feed_back, f);
	}
	line_up_released(&f->line, *(const enum q850_cause *)arg);
}

static void a_howler(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	sync(f);
	after(f, f->line.conf->howler_ms);
	line_up_ev(&f->line, LINE_EV_HOWLER);
}

static void a_howler_end(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	sync(f);
	line_up_released(&f->line, CAUSE_NORMAL);
}

static void a_fault(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	rest(f);
	tmr_stop(&f->cut_tmr);
	f->cut = false;
	sync(f);
	if (f->line.fn)
		line_up_released(&f->line, CAUSE_DEST_OUT_OF_ORDER);
	line_set_alarm(&f->line, true);
}

static void a_well(void *obj, void *arg)
{
	struct fxs *f = obj;

	(void)arg;
	hook_set(&f->hook, f->fsm.state == FXS_BLOCKED);
	sync(f);
	line_set_alarm(&f->line, false);
}

/* --- the machine ------------------------------------------------------- */

#define EV(x) FXS_EV_##x

static const struct fsm_row rows[] = {
	{ FXS_DOWN, EV(WELL_ONHOOK), a_well, FXS_IDLE },
	{ FXS_DOWN, EV(WELL_OFFHOOK), a_well, FXS_BLOCKED },
	{ FXS_DOWN, EV(OFFHOOK), NULL, FSM_SAME },
	{ FXS_DOWN, EV(ONHOOK), NULL, FSM_SAME },
	{ FSM_ANY, EV(FAULT), a_fault, FXS_DOWN },

	{ FXS_BLOCKED, EV(ONHOOK), a_quiet, FXS_IDLE },

	{ FXS_IDLE, EV(OFFHOOK), a_seized, FXS_SEIZED },
	{ FXS_IDLE, EV(OFFHOOK_NO_PORT), a_quiet, FXS_PORT_WAIT },
	{ FXS_IDLE, EV(SETUP), a_setup, FXS_SETUP },
	{ FXS_PORT_WAIT, EV(PORT_FREE), a_seized, FXS_SEIZED },
	{ FXS_PORT_WAIT, EV(ONHOOK), a_quiet, FXS_IDLE },

	{ FXS_SETUP, EV(TIMEOUT), a_begin, FSM_SAME },
	{ FXS_SETUP, EV(OFFHOOK), NULL, FSM_SAME },     /* see a_ring() */
	{ FXS_SETUP, EV(ONHOOK), NULL, FSM_SAME },
	{ FXS_SETUP, EV(RING), a_ring, FXS_RINGING },
	{ FXS_SETUP, EV(RING_REVERSED), a_reverse, FXS_REVERSED },
	{ FXS_SETUP, EV(RING_CAR), a_car, FXS_CAR },
	{ FXS_SETUP, EV(RELEASE), a_released, FXS_IDLE },

	/* EN 300 659-1, data transmission before ringing */
	{ FXS_REVERSED, EV(TIMEOUT), a_window, FXS_CID_SEND },
	{ FXS_REVERSED, EV(OFFHOOK), a_answered, FXS_ACTIVE },
	{ FXS_REVERSED, EV(RELEASE), a_released, FXS_IDLE },
	{ FXS_CID_SEND, EV(CID_SENT), a_ring, FXS_RINGING },
	{ FXS_CID_SEND, EV(TIMEOUT), a_ring, FXS_RINGING },
	{ FXS_CID_SEND, EV(OFFHOOK), a_answered, FXS_ACTIVE },
	{ FXS_CID_SEND, EV(RELEASE), a_released, FXS_IDLE },

	/* NTT: CAR, primary answer, message, receiver on-hook, ringing */
	{ FXS_CAR, EV(OFFHOOK), a_window, FXS_CAR_CID },
	{ FXS_CAR, EV(TIMEOUT), a_ring, FXS_RINGING },
	{ FXS_CAR, EV(RELEASE), a_released, FXS_IDLE },
	{ FXS_CAR_CID, EV(CID_SENT), a_car_done, FXS_CAR_DONE },
	{ FXS_CAR_CID, EV(TIMEOUT), a_car_done, FXS_CAR_DONE },
	{ FXS_CAR_CID, EV(ONHOOK), a_ring, FXS_RINGING },
	{ FXS_CAR_CID, EV(RELEASE), a_park, FXS_PARKED },
	{ FXS_CAR_DONE, EV(ONHOOK), a_ring, FXS_RINGING },
	{ FXS_CAR_DONE, EV(TIMEOUT), a_answered, FXS_ACTIVE },
	{ FXS_CAR_DONE, EV(CID_SENT), NULL, FSM_SAME },
	{ FXS_CAR_DONE, EV(RELEASE), a_park, FXS_PARKED },

	{ FXS_RINGING, EV(OFFHOOK), a_answered, FXS_ACTIVE },
	{ FXS_RINGING, EV(CID_SENT), NULL, FSM_SAME },
	{ FXS_RINGING, EV(RELEASE), a_released, FXS_IDLE },

	{ FXS_SEIZED, EV(DIGIT), a_digit, FSM_SAME },
	{ FXS_SEIZED, EV(FLASH), a_flash, FSM_SAME },
	{ FXS_SEIZED, EV(ANSWER), a_answer, FXS_ACTIVE },
	{ FXS_SEIZED, EV(ONHOOK), a_onhook, FXS_IDLE },
	{ FXS_SEIZED, EV(RELEASE), a_park, FXS_PARKED },

	{ FXS_ACTIVE, EV(FLASH), a_flash, FSM_SAME },
	{ FXS_ACTIVE, EV(DIGIT), a_digit, FSM_SAME },
	{ FXS_ACTIVE, EV(ANSWER), NULL, FSM_SAME },
	{ FXS_ACTIVE, EV(CID_SENT), NULL, FSM_SAME },
	{ FXS_ACTIVE, EV(ONHOOK), a_onhook, FXS_IDLE },
	{ FXS_ACTIVE, EV(RELEASE), a_park, FXS_PARKED },

	{ FXS_PARKED, EV(ONHOOK), a_quiet, FXS_IDLE },
	{ FXS_PARKED, EV(TIMEOUT), a_howler, FXS_HOWLER },
	{ FXS_HOWLER, EV(ONHOOK), a_onhook, FXS_IDLE },
	{ FXS_HOWLER, EV(TIMEOUT), a_howler_end, FXS_LOCKED },
	{ FXS_HOWLER, EV(RELEASE), a_released, FXS_LOCKED },
	{ FXS_LOCKED, EV(ONHOOK), a_quiet, FXS_IDLE },

	/* the bridge of an earlier call was closed: nobody waits for it */
	{ FSM_ANY, EV(PORT_FREE), NULL, FSM_SAME },
};

static const char *const state_names[] = {
	"DOWN", "BLOCKED", "IDLE", "PORT_WAIT", "SETUP", "REVERSED",
	"CID_SEND", "CAR", "CAR_CID", "CAR_DONE", "RINGING", "SEIZED",
	"ACTIVE", "PARKED", "HOWLER", "LOCKED",
};
static const char *const ev_names[] = {
	"OFFHOOK", "OFFHOOK_NO_PORT", "ONHOOK", "FLASH", "DIGIT", "SETUP",
	"RING", "RING_REVERSED", "RING_CAR", "CID_SENT", "ANSWER", "RELEASE",
	"TIMEOUT", "PORT_FREE", "FAULT", "WELL_ONHOOK", "WELL_OFFHOOK",
};

const struct fsm_table fxs_table = {
	"fxs", state_names, FXS_STATES, ev_names, FXS_EVS,
	rows, sizeof(rows) / sizeof(rows[0]),
};

/* --- hardware ---------------------------------------------------------- */

static void on_hook(enum hook_ev e, char digit, void *arg)
{
	struct fxs *f = arg;

	switch (e) {
	case HOOK_OFFHOOK:
		ev(f, f->fsm.state == FXS_IDLE &&
		   !f->hw->ops->port_is_free(f->hw) ?
		   FXS_EV_OFFHOOK_NO_PORT : FXS_EV_OFFHOOK, NULL);
		break;
	case HOOK_ONHOOK:
		ev(f, FXS_EV_ONHOOK, NULL);
		break;
	case HOOK_FLASH:
		ev(f, FXS_EV_FLASH, NULL);
		break;
	case HOOK_DIGIT:
		ev(f, FXS_EV_DIGIT, &digit);
		break;
	}
}

static void on_hw(enum hw_ev e, char digit, void *arg)
{
	struct fxs *f = arg;

	switch (e) {
	case HW_EV_OFFHOOK:
	case HW_EV_ONHOOK:
		if (!f->cut)
			hook_change(&f->hook, e == HW_EV_OFFHOOK);
		break;
	case HW_EV_FLASH:
		on_hook(HOOK_FLASH, 0, f);
		break;
	case HW_EV_DIGIT:
		on_hook(HOOK_DIGIT, digit, f);
		break;
	case HW_EV_PORT_FREE:
		ev(f, FXS_EV_PORT_FREE, NULL);
		break;
	case HW_EV_FAULT:
		ev(f, FXS_EV_FAULT, NULL);
		break;
	case HW_EV_FAULT_CLEAR:
		ev(f, f->hw->ops->look(f->hw) & HW_OFFHOOK ?
		   FXS_EV_WELL_OFFHOOK : FXS_EV_WELL_ONHOOK, NULL);
		break;
	default:
		break;
	}
}

/* --- line ops ---------------------------------------------------------- */

static int op_setup(struct line *l, const struct line_setup *s)
{
	struct fxs *f = of(l);

	if (f->fsm.state != FXS_IDLE || f->hook.closed)
		return EBUSY;
	memset(f->ring, 0, sizeof(f->ring));
	memcpy(f->ring, l->plan->ring[0], sizeof(l->plan->ring[0]));
	if (s->ring && cadence_parse(f->ring, str_z(s->ring)))
		return EINVAL;
	f->caller_id = s->caller_id && l->conf->caller_id &&
		       l->plan->caller_id != CALLER_ID_NONE;
	ev(f, FXS_EV_SETUP, NULL);
	return 0;
}

static int op_answer(struct line *l)
{
	struct fxs *f = of(l);

	if (f->fsm.state == FXS_SEIZED)
		ev(f, FXS_EV_ANSWER, NULL);
	return 0;
}

static void op_release(struct line *l, enum q850_cause cause)
{
	struct fxs *f = of(l);

	if (fsm_find(&fxs_table, f->fsm.state, FXS_EV_RELEASE))
		ev(f, FXS_EV_RELEASE, &cause);
}

static int op_port(struct line *l, struct port **pp)
{
	struct fxs *f = of(l);

	if (common[f->fsm.state] < LINE_INCOMING ||
	    (common[f->fsm.state] == LINE_BUSY && f->fsm.state != FXS_HOWLER))
		return EINVAL;
	return f->hw->ops->port(f->hw, pp);
}

static void op_cid_sent(struct line *l)
{
	struct fxs *f = of(l);

	if (fsm_find(&fxs_table, f->fsm.state, FXS_EV_CID_SENT))
		ev(f, FXS_EV_CID_SENT, NULL);
}

static const struct line_ops ops = {
	.name = "fxs", .setup = op_setup, .answer = op_answer,
	.release = op_release, .port = op_port, .cid_sent = op_cid_sent,
};

void fxs_init(struct fxs *f, struct line_env *env,
	      const struct line_conf *conf, struct hw *hw)
{
	struct hook_times t = {
		.seize_ms = FXS_SEIZE_MS, .hangup_ms = conf->hangup_ms,
		.flash_min_ms = conf->flash_min_ms,
		.flash_max_ms = conf->flash_max_ms,
	};
	unsigned look = hw->ops->look(hw);
	enum fxs_state s = look & HW_FAULT ? FXS_DOWN :
			   look & HW_OFFHOOK ? FXS_BLOCKED : FXS_IDLE;

	memset(f, 0, sizeof(*f));
	line_init(&f->line, env, &ops, conf);
	f->hw = hw;
	hw->fn = on_hw;
	hw->arg = f;
	hook_init(&f->hook, env->loop, &t, on_hook, f);
	hook_set(&f->hook, s == FXS_BLOCKED);
	fsm_init(&f->fsm, &fxs_table, (unsigned char)s, &f->line.tag);
	f->line.alarm = s == FXS_DOWN;
	sync(f);
	if (s == FXS_BLOCKED)
		log_notice(&f->line.tag, "found off-hook, left alone",
			   "hook=off");
}

void fxs_fini(struct fxs *f)
{
	rest(f);
	tmr_stop(&f->cut_tmr);
	hook_fini(&f->hook);
	f->hw->fn = NULL;
	line_fini(&f->line);
}
