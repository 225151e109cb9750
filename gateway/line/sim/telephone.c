/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The telephone on a simulated FXS line: hook, bell, dial, and a display
 * for caller ID (in Japan the display takes the message by going off-hook
 * itself). Signalling thread.
 */
#include "gateway/line/sim/sim_line.h"

#include <stdio.h>
#include <string.h>

enum {
	CAR_MAX_MS   = 750,     /* a shorter burst is no ordinary ring */
	DISPLAY_MS   = 5000,    /* NTT: waits so long for the message */
	FLASH_MS     = 300,
	NEW_CALL_MS  = 8000,    /* no ring for so long: another call */
};

void sim_far_digit(struct sim_far *f, char digit)
{
	size_t n = strlen(f->digits);

	if (n + 1 < sizeof(f->digits))
		f->digits[n] = digit;
}

/* What mouth and ear do follows from the hook. */
static void sound(struct telephone *t)
{
	unsigned ear = SIM_EAR_CID;

	if (t->offhook)
		ear = SIM_EAR_VOICE | SIM_EAR_DTMF | SIM_EAR_TONES;
	sim_audio_mode(t->audio, t->offhook, ear);
	if (!t->offhook) {
		sim_audio_dtmf(t->audio, 0);
		t->far->hears = TONE_NONE;
	}
}

static void loop_follows(struct telephone *t)
{
	sim_hw_far_loop(t->hw, (t->offhook || t->cid_hook) && !t->flashing);
}

void telephone_init(struct telephone *t, struct sim_hw *hw,
		    struct sim_audio *audio, struct sim_far *far,
		    const struct line_conf *conf, struct loop *loop)
{
	memset(t, 0, sizeof(*t));
	t->hw = hw;
	t->audio = audio;
	t->far = far;
	t->conf = conf;
	t->loop = loop;
	t->plan = tone_plan_find(conf->tone_plan);
	t->answer_rings = (unsigned)conf->sim.answer_rings;
	t->offhook = conf->sim.offhook;
	hw->loop_closed = t->offhook;   /* before anybody looks */
	sound(t);
}

void telephone_fini(struct telephone *t)
{
	tmr_stop(&t->tmr);
	pulse_stop(&t->pulse);
}

int telephone_hook(struct telephone *t, bool off)
{
	if (t->offhook == off)
		return EALREADY;
	t->offhook = off;
	tmr_stop(&t->tmr);
	t->flashing = t->cid_hook = false;
	t->new_call = true;
	pulse_stop(&t->pulse);
	loop_follows(t);
	sound(t);
	return 0;
}

static void flash_end(void *arg)
{
	struct telephone *t = arg;

	t->flashing = false;
	loop_follows(t);
}

int telephone_flash(struct telephone *t)
{
	if (!t->offhook || t->flashing)
		return EINVAL;
	t->flashing = true;
	loop_follows(t);
	tmr_start(t->loop, &t->tmr, FLASH_MS, flash_end, t);
	return 0;
}

static void on_pulse(bool closed, void *arg)
{
	struct telephone *t = arg;

	sim_hw_far_loop(t->hw, closed);
}

static void on_pulses_done(void *arg)
{
	(void)arg;
}

int telephone_pulse(struct telephone *t, const char *digits)
{
	if (!t->offhook)
		return EINVAL;
	return pulse_start(&t->pulse, t->loop, digits, on_pulse,
			   on_pulses_done, t);
}

/* --- the bell ---------------------------------------------------------- */

static void display_end(void *arg)
{
	struct telephone *t = arg;

	t->cid_hook = false;
	tmr_stop(&t->tmr);
	loop_follows(t);
}

/* Short ringing after a reversal: the message comes off-hook. */
static bool is_car(const struct telephone *t)
{
	uint64_t ms = (loop_now_us(t->loop) - t->ring_us) / 1000;

	return t->conf->sim.detect && t->reversed && ms < CAR_MAX_MS &&
	       t->plan->caller_id_when == CALLER_ID_OFF_HOOK_FIRST;
}

static void ring_off(struct telephone *t)
{
	t->ringing = false;
	if (is_car(t)) {
		t->far->rings = 0;
		t->cid_hook = true;
		loop_follows(t);
		tmr_start(t->loop, &t->tmr, DISPLAY_MS, display_end, t);
	} else if (t->answer_rings && t->far->rings >= t->answer_rings &&
		   !t->offhook) {
		t->offhook = true;
		loop_follows(t);
		sound(t);
	}
}

static void ring_on(struct telephone *t)
{
	uint64_t now = loop_now_us(t->loop);

	if (t->new_call || now - t->ring_us > NEW_CALL_MS * 1000)
		t->far->rings = 0;
	t->new_call = false;
	t->ringing = true;
	t->ring_us = now;
	t->far->rings++;
}

void telephone_on_wires(enum sim_far_ev e, void *arg)
{
	struct telephone *t = arg;

	switch (e) {
	case SIM_FAR_RING_ON:
		ring_on(t);
		break;
	case SIM_FAR_RING_OFF:
		ring_off(t);
		break;
	case SIM_FAR_REVERSED:
	case SIM_FAR_NORMAL:
		t->reversed = e == SIM_FAR_REVERSED;
		break;
	default:
		break;
	}
}

/* --- the ear ----------------------------------------------------------- */

static void show_caller(struct telephone *t, const struct caller_id *cid)
{
	struct party *p = &t->far->caller;

	if (cid) {
		memset(p, 0, sizeof(*p));
		snprintf(p->number, sizeof(p->number), "%s", cid->number);
		snprintf(p->name, sizeof(p->name), "%.*s",
			 (int)sizeof(p->name) - 1, cid->name);
		p->presentation = cid->number_private ? PARTY_RESTRICTED :
				  cid->number_unavailable ?
				  PARTY_UNAVAILABLE : PARTY_ALLOWED;
		t->far->caller_id = true;
	}
	if (t->cid_hook)
		display_end(t);
}

void telephone_on_audio(const struct sim_audio_event *e, void *arg)
{
	struct telephone *t = arg;

	switch (e->ev) {
	case SIM_AUDIO_DIGIT:
		sim_far_digit(t->far, e->digit);
		break;
	case SIM_AUDIO_TONE:
		t->far->hears = e->found ? e->tone : TONE_NONE;
		break;
	case SIM_AUDIO_CALLER_ID:
		show_caller(t, e->cid);
		break;
	case SIM_AUDIO_PORT_FREE:
		t->far->hears = TONE_NONE;
		sim_hw_port_free(t->hw);
		break;
	default:
		break;
	}
}

const char *telephone_state(const struct telephone *t)
{
	if (t->pulse.loop && pulse_is_busy(&t->pulse))
		return "dialling";
	if (t->flashing)
		return "flash";
	if (t->offhook)
		return "off-hook";
	if (t->cid_hook)
		return "caller-id";
	return t->ringing ? "ringing" : "on-hook";
}
