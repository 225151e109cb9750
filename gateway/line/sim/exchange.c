/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange behind a simulated FXO line, with the subscriber at its far
 * side. Outgoing calls: dial tone, digits (DTMF and pulses), numbering plan,
 * ringback, answer. Incoming calls: ringing and caller ID by the country's
 * plan. Signalling thread.
 */
#include "gateway/line/sim/sim_line.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
	SEIZE_MS      = 20,     /* loop current is seen after */
	HANGUP_MS     = 300,
	FLASH_MIN_MS  = 60,
	FLASH_MAX_MS  = 700,
	DIGIT_WAIT_MS = 2500,   /* after the last digit, if more may come */
	DIALLING_MS   = 20000,  /* until the first, and between them */
	ROUTING_MS    = 300,
	REVERSED_MS   = 250,
	CID_AFTER_MS  = 500,
	ANNOUNCE_MS   = 4000,   /* the message is through by then */
	CAR_MS        = 6000,
	CAR_CID_MS    = 300,    /* from the off-hook to the message */
	CAR_DONE_MS   = 7000,
	CAR_RING_MS   = 500,    /* from the on-hook to the ringing */
};

static const char *const names[] = {
	"idle", "announcing", "announcing", "announcing", "announcing",
	"ringing", "seized", "dial-tone", "digits", "routing", "ringback",
	"talking", "failed", "cleared",
};

const char *exchange_state_name(const struct exchange *x)
{
	return x->cut ? "cut" : names[x->state];
}

static bool talks(enum exchange_state s)
{
	return s == EXCHANGE_TALK;
}

static bool takes_digits(enum exchange_state s)
{
	return s == EXCHANGE_DIAL_TONE || s == EXCHANGE_DIGITS;
}

static void enter(struct exchange *x, enum exchange_state s)
{
	unsigned ear = SIM_EAR_DTMF | (talks(s) ? SIM_EAR_VOICE : 0);

	log_debug(&x->tag, "exchange", "from=%s to=%s", names[x->state],
		  names[s]);
	x->state = s;
	tmr_stop(&x->tmr);
	hook_listen(&x->hook, takes_digits(s) ? HOOK_PULSES :
			      talks(s) ? HOOK_FLASHES : 0);
	sim_audio_mode(x->audio, talks(s), ear);
}

static void after(struct exchange *x, uint32_t ms, tmr_fn *fn)
{
	tmr_start(x->loop, &x->tmr, ms, fn, x);
}

static void quiet(struct exchange *x)
{
	cadence_stop(&x->cadence);
	tmr_stop(&x->cid_tmr);
	sim_hw_far_ring(x->hw, false);
	sim_audio_tone(x->audio, TONE_NONE);
	sim_audio_cid_stop(x->audio);
}

static void go_idle(struct exchange *x)
{
	quiet(x);
	sim_audio_dtmf(x->audio, 0);
	if (!x->hook.closed)
		sim_hw_far_polarity(x->hw, false);
	enter(x, EXCHANGE_IDLE);
}

/* --- numbering plan ---------------------------------------------------- */

enum match { MATCH_NO, MATCH_PREFIX, MATCH_OPEN, MATCH_FULL };

static enum match match(const char *pattern, const char *digits)
{
	for (;; pattern++, digits++) {
		if (*pattern == '.')
			return MATCH_OPEN;
		if (*digits == '\0')
			return *pattern ? MATCH_PREFIX : MATCH_FULL;
		if (*pattern != *digits && (*pattern != 'x' ||
		    *digits < '0' || *digits > '9'))
			return MATCH_NO;
	}
}

int exchange_find(const struct sim_number_conf **row,
		  const struct conf_list *numbers, const char *digits)
{
	const struct sim_number_conf *v = numbers->v;
	bool more = numbers->n == 0;

	*row = NULL;
	for (size_t i = 0; i < numbers->n; i++) {
		enum match m = match(v[i].digits, digits);

		if (m >= MATCH_OPEN && !*row)
			*row = &v[i];
		more |= m == MATCH_PREFIX || m == MATCH_OPEN;
	}
	if (more)
		return EAGAIN;
	return *row ? 0 : ENOENT;
}

/* --- outgoing calls ---------------------------------------------------- */

static void fail(struct exchange *x, enum tone t)
{
	enter(x, EXCHANGE_FAILED);
	if (!tone_plan_def(x->plan, t))
		t = TONE_CONGESTION;
	sim_audio_tone(x->audio, t);
}

/* The subscriber says what the plan has for him, unless somebody at the
 * control socket makes him speak. */
static void talk(struct exchange *x)
{
	const struct sim_number_conf *r = x->row;
	size_t i;
	int16_t *pcm;

	if (!r || sim_audio_is_playing(x->audio))
		return;
	i = (size_t)(r - (const struct sim_number_conf *)
		     x->conf->sim.numbers.v);
	if (x->talk && x->talk[i]) {
		pcm = mem_alloc(x->talk_n[i] * sizeof(*pcm));
		if (!pcm)
			return;         /* he stays silent */
		memcpy(pcm, x->talk[i], x->talk_n[i] * sizeof(*pcm));
		if (!sim_audio_pcm(x->audio, pcm, x->talk_n[i], true))
			mem_free(pcm);
	} else if (r->talk_hz) {
		sim_audio_sine(x->audio, r->talk_hz, r->talk_dbm0);
	}
}

static void answered(void *arg)
{
	struct exchange *x = arg;

	sim_audio_tone(x->audio, TONE_NONE);
	if (!x->row || x->row->reversal)
		sim_hw_far_polarity(x->hw, !x->hw->reversed);
	enter(x, EXCHANGE_TALK);
	talk(x);
}

static void routed(void *arg)
{
	struct exchange *x = arg;
	enum sim_result r = x->row ? x->row->result : SIM_ANSWER;

	log_debug(&x->tag, "number dialled", "digits=%s", x->number);
	switch (r) {
	case SIM_ANSWER:
	case SIM_RING:
		enter(x, EXCHANGE_RINGBACK);
		sim_audio_tone(x->audio, TONE_RINGBACK);
		if (r == SIM_ANSWER)
			after(x, x->row ? x->row->after_ms : 2000, answered);
		break;
	case SIM_BUSY:
		fail(x, TONE_BUSY);
		break;
	case SIM_CONGESTION:
		fail(x, TONE_CONGESTION);
		break;
	case SIM_UNALLOCATED:
		fail(x, TONE_SIT);
		break;
	case SIM_SILENT:
		enter(x, EXCHANGE_FAILED);
		break;
	}
}

static void route(struct exchange *x)
{
	enter(x, EXCHANGE_ROUTING);
	after(x, ROUTING_MS, routed);
}

/* No further digit came. */
static void digits_end(void *arg)
{
	struct exchange *x = arg;
	int err = exchange_find(&x->row, &x->conf->sim.numbers, x->number);

	if (err == EAGAIN && (x->row || x->conf->sim.numbers.n == 0) &&
	    x->number[0])
		route(x);
	else
		fail(x, TONE_CONGESTION);
}

static void on_digit(struct exchange *x, char digit)
{
	size_t n = strlen(x->number);
	int err;

	sim_far_digit(x->far, digit);
	if (!takes_digits(x->state) || n + 1 >= sizeof(x->number))
		return;
	x->number[n] = digit;
	x->number[n + 1] = '\0';
	sim_audio_tone(x->audio, TONE_NONE);
	enter(x, EXCHANGE_DIGITS);
	err = exchange_find(&x->row, &x->conf->sim.numbers, x->number);
	if (err == 0)
		route(x);
	else if (err == ENOENT)
		fail(x, TONE_SIT);
	else if (x->row || x->conf->sim.numbers.n == 0)
		after(x, DIGIT_WAIT_MS, digits_end);
	else
		after(x, DIALLING_MS, digits_end);
}

static void dial_tone(void *arg)
{
	struct exchange *x = arg;

	enter(x, EXCHANGE_DIAL_TONE);
	sim_audio_tone(x->audio, TONE_DIAL);
	after(x, DIALLING_MS, digits_end);
}

static void seized(struct exchange *x)
{
	x->number[0] = '\0';
	x->row = NULL;
	memset(x->far->digits, 0, sizeof(x->far->digits));
	enter(x, EXCHANGE_SEIZED);
	if (x->conf->sim.dial_tone)
		after(x, x->conf->sim.dial_tone_ms, dial_tone);
}

/* --- incoming calls ---------------------------------------------------- */

static void send_cid(void *arg)
{
	struct exchange *x = arg;
	enum caller_id_standard std = x->plan->caller_id;
	unsigned flags = x->state == EXCHANGE_ANNOUNCE ? CALLER_ID_ALERT : 0;
	int err = sim_audio_cid(x->audio, std, &x->cid, flags);

	if (err)
		log_warn(&x->tag, "caller ID not sent", "err=%d", err);
}

static void on_ring(bool on, unsigned step, void *arg)
{
	struct exchange *x = arg;
	const uint16_t *ms = x->plan->ring[0];
	uint32_t longest = cadence_longest_pause(ms);

	sim_hw_far_ring(x->hw, on);
	if (on)
		x->far->rings++;
	else if (x->send_cid && step < RING_STEPS && ms[step] == longest)
		tmr_start(x->loop, &x->cid_tmr, CID_AFTER_MS, send_cid, x);
	if (!on && step < RING_STEPS && ms[step] == longest)
		x->send_cid = false;    /* once */
}

static void ring(void *arg)
{
	struct exchange *x = arg;

	enter(x, EXCHANGE_RINGING);
	x->far->rings = 0;
	if (x->plan->caller_id_when != CALLER_ID_AFTER_RING)
		x->send_cid = false;
	cadence_start(&x->cadence, x->loop, x->plan->ring[0], on_ring, x);
}

static void on_car(bool on, unsigned step, void *arg)
{
	struct exchange *x = arg;

	(void)step;
	sim_hw_far_ring(x->hw, on);
}

static void announce(void *arg)
{
	struct exchange *x = arg;

	send_cid(x);
	after(x, ANNOUNCE_MS, ring);
}

static void no_display(void *arg)
{
	struct exchange *x = arg;

	cadence_stop(&x->cadence);
	sim_hw_far_ring(x->hw, false);
	after(x, CAR_RING_MS, ring);
}

/* The receiver should have gone on-hook after the message; it counts as
 * answered. */
static void lifted(void *arg)
{
	struct exchange *x = arg;

	enter(x, EXCHANGE_TALK);
}

static void car_sent(struct exchange *x)
{
	enter(x, EXCHANGE_CAR_DONE);
	after(x, CAR_DONE_MS, lifted);
}

static void car_stuck(void *arg)
{
	car_sent(arg);
}

static void car_cid(void *arg)
{
	struct exchange *x = arg;

	send_cid(x);
	after(x, ANNOUNCE_MS, car_stuck);
}

static void caller_id_of(struct caller_id *cid, const struct party *p)
{
	memset(cid, 0, sizeof(*cid));
	cid->number_private = p->presentation == PARTY_RESTRICTED;
	cid->number_unavailable = !cid->number_private &&
				  (p->presentation == PARTY_UNAVAILABLE ||
				   !p->number[0]);
	if (p->presentation != PARTY_ALLOWED)
		return;
	str_clip(cid->number, sizeof(cid->number), str_z(p->number));
	str_clip(cid->name, sizeof(cid->name), str_z(p->name));
}

int exchange_call(struct exchange *x, const struct party *calling)
{
	enum caller_id_when when = x->plan->caller_id_when;

	if (x->cut)
		return ENETDOWN;
	if (x->state != EXCHANGE_IDLE || x->hook.offhook)
		return EBUSY;
	x->send_cid = calling && x->conf->sim.caller_id &&
		      x->plan->caller_id != CALLER_ID_NONE;
	if (x->send_cid)
		caller_id_of(&x->cid, calling);
	x->row = NULL;
	memset(x->far->digits, 0, sizeof(x->far->digits));
	x->far->rings = 0;
	if (!x->send_cid || when == CALLER_ID_AFTER_RING) {
		ring(x);
		return 0;
	}
	sim_hw_far_polarity(x->hw, true);
	if (when == CALLER_ID_BEFORE_RING) {
		enter(x, EXCHANGE_ANNOUNCE);
		after(x, REVERSED_MS, announce);
	} else {
		enter(x, EXCHANGE_CAR);
		cadence_start(&x->cadence, x->loop, x->plan->ring_cid,
			      on_car, x);
		after(x, CAR_MS, no_display);
	}
	return 0;
}

/* --- the end of a call ------------------------------------------------- */

static void feed_back(void *arg)
{
	struct exchange *x = arg;

	if (!x->cut)
		sim_hw_far_feed(x->hw, true);
}

static unsigned how_of_conf(const struct sim_conf *c)
{
	return (c->hangup_loop_break ? SIM_HANGUP_LOOP_BREAK : 0) |
	       (c->hangup_polarity ? SIM_HANGUP_POLARITY : 0) |
	       (c->hangup_tone ? SIM_HANGUP_BUSY_TONE : 0);
}

int exchange_hangup(struct exchange *x, unsigned how)
{
	if (how == SIM_HANGUP_CONF)
		how = how_of_conf(&x->conf->sim);
	switch (x->state) {
	case EXCHANGE_ANNOUNCE:
	case EXCHANGE_CAR:
	case EXCHANGE_CAR_CID:
	case EXCHANGE_CAR_DONE:
	case EXCHANGE_RINGING:
		go_idle(x);
		return 0;
	case EXCHANGE_RINGBACK:
	case EXCHANGE_TALK:
		break;
	default:
		return EALREADY;
	}
	quiet(x);
	enter(x, EXCHANGE_CLEARED);
	if (how & SIM_HANGUP_POLARITY)
		sim_hw_far_polarity(x->hw, !x->hw->reversed);
	if (how & SIM_HANGUP_LOOP_BREAK) {
		sim_hw_far_feed(x->hw, false);
		tmr_start(x->loop, &x->feed_tmr, x->conf->sim.loop_break_ms,
			  feed_back, x);
	}
	if (how & SIM_HANGUP_BUSY_TONE)
		sim_audio_tone(x->audio, TONE_BUSY);
	return 0;
}

int exchange_answer(struct exchange *x)
{
	if (x->state == EXCHANGE_TALK)
		return EALREADY;
	if (x->state != EXCHANGE_RINGBACK)
		return EINVAL;
	answered(x);
	return 0;
}

int exchange_cut(struct exchange *x, bool cut)
{
	if (x->cut == cut)
		return EALREADY;
	x->cut = cut;
	if (cut)
		go_idle(x);
	tmr_stop(&x->feed_tmr);
	sim_hw_far_feed(x->hw, !cut);
	if (!cut && x->hook.offhook)
		seized(x);
	return 0;
}

/* --- the loop ---------------------------------------------------------- */

static void loop_closed(struct exchange *x)
{
	switch (x->state) {
	case EXCHANGE_IDLE:
		seized(x);
		break;
	case EXCHANGE_CAR:
		cadence_stop(&x->cadence);
		sim_hw_far_ring(x->hw, false);
		enter(x, EXCHANGE_CAR_CID);
		after(x, CAR_CID_MS, car_cid);
		break;
	case EXCHANGE_ANNOUNCE:
	case EXCHANGE_RINGING:
		quiet(x);
		enter(x, EXCHANGE_TALK);
		break;
	default:
		break;
	}
}

static void loop_opened(struct exchange *x)
{
	switch (x->state) {
	case EXCHANGE_CAR_CID:
	case EXCHANGE_CAR_DONE:
		enter(x, EXCHANGE_CAR_DONE);
		after(x, CAR_RING_MS, ring);
		break;
	default:
		go_idle(x);
		break;
	}
}

static void on_hook(enum hook_ev e, char digit, void *arg)
{
	struct exchange *x = arg;

	if (x->cut)
		return;
	switch (e) {
	case HOOK_OFFHOOK:
		loop_closed(x);
		break;
	case HOOK_ONHOOK:
		loop_opened(x);
		break;
	case HOOK_DIGIT:
		on_digit(x, digit);
		break;
	case HOOK_FLASH:
		x->far->flashes++;
		break;
	}
}

void exchange_on_wires(enum sim_far_ev e, void *arg)
{
	struct exchange *x = arg;

	if (e == SIM_FAR_LOOP_CLOSED || e == SIM_FAR_LOOP_OPEN)
		hook_change(&x->hook, e == SIM_FAR_LOOP_CLOSED);
}

void exchange_on_audio(const struct sim_audio_event *e, void *arg)
{
	struct exchange *x = arg;

	if (e->ev == SIM_AUDIO_DIGIT)
		on_digit(x, e->digit);
	else if (e->ev == SIM_AUDIO_CID_SENT &&
		 x->state == EXCHANGE_ANNOUNCE)
		after(x, CAR_RING_MS, ring);
	else if (e->ev == SIM_AUDIO_CID_SENT &&
		 x->state == EXCHANGE_CAR_CID)
		car_sent(x);
	else if (e->ev == SIM_AUDIO_PORT_FREE)
		sim_hw_port_free(x->hw);
}

/* --- its life ---------------------------------------------------------- */

static int load_talk(struct exchange *x, struct line_env *env)
{
	const struct conf_list *l = &x->conf->sim.numbers;
	const struct sim_number_conf *v = l->v;
	int err = 0;

	if (l->n == 0)
		return 0;
	x->talk = mem_alloc(l->n * sizeof(*x->talk));
	x->talk_n = mem_alloc(l->n * sizeof(*x->talk_n));
	if (!x->talk || !x->talk_n)
		return ENOMEM;
	for (size_t i = 0; i < l->n && !err; i++) {
		if (!v[i].talk_file[0])
			continue;
		err = env->wav_load ? env->wav_load(&x->talk[i],
				&x->talk_n[i], v[i].talk_file, 8000) :
		      ENOSYS;
	}
	return err;
}

int exchange_init(struct exchange *x, struct sim_hw *hw,
		  struct sim_audio *audio, struct sim_far *far,
		  const struct line_conf *conf, struct line_env *env)
{
	static const struct hook_times times = {
		SEIZE_MS, HANGUP_MS, FLASH_MIN_MS, FLASH_MAX_MS,
	};
	int err;

	memset(x, 0, sizeof(*x));
	x->hw = hw;
	x->audio = audio;
	x->far = far;
	x->conf = conf;
	x->loop = env->loop;
	x->plan = tone_plan_find(conf->tone_plan);
	x->tag.module = "sim";
	snprintf(x->tag.id, sizeof(x->tag.id), "line=%.17s", conf->name);
	x->cut = !conf->sim.battery;
	hw->feed = conf->sim.battery;   /* before anybody looks */
	hook_init(&x->hook, env->loop, &times, on_hook, x);
	err = load_talk(x, env);
	if (err) {
		exchange_fini(x);
		return err;
	}
	enter(x, EXCHANGE_IDLE);
	return 0;
}

void exchange_fini(struct exchange *x)
{
	cadence_stop(&x->cadence);
	tmr_stop(&x->tmr);
	tmr_stop(&x->cid_tmr);
	tmr_stop(&x->feed_tmr);
	hook_fini(&x->hook);
	for (size_t i = 0; x->talk && i < x->conf->sim.numbers.n; i++)
		mem_free(x->talk[i]);
	x->talk = mem_free(x->talk);
	x->talk_n = mem_free(x->talk_n);
}
