/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver "sim": lines out of the configuration, and the hands on their far
 * ends. Signalling thread.
 */
#include "gateway/line/sim/sim.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/line/sim/sim_line.h"

enum { HZ = 8000, RECORD_MS = 60000, RECORD_MAX_MS = 600000 };

static struct sim_line *of(struct line *l)
{
	return CONTAINER(l, struct sim_line, line);
}

bool sim_is(const struct line *l)
{
	return line_drivers[l->conf->driver] == &sim_driver;
}

/* --- driver ------------------------------------------------------------ */

static int make_audio(struct sim_line *s, struct line_env *env,
		      const struct line_conf *c)
{
	const struct tone_plan *plan = tone_plan_find(c->tone_plan);
	struct hybrid_conf hc = {
		.model = c->sim.echo == SIM_ECHO_NONE ? 0 : c->sim.echo + 1,
		.erl_db = c->sim.erl_db,
		.delay = c->sim.echo_delay_ms * (HZ / 1000),
		.in_loss_db = c->sim.in_loss_db,
		.out_loss_db = c->sim.out_loss_db,
		.noise_dbm0 = c->sim.noise_dbm0,
	};

	return sim_audio_new(&s->audio, env->loop, &hc, plan,
			     c->kind == LINE_FXS ? plan->caller_id :
			     CALLER_ID_NONE, c->sim.detect);
}

static int sim_open(struct line_env *env, const struct line_conf *c)
{
	struct sim_line *s;
	bool fxs = c->kind == LINE_FXS;
	int err;

	if (!tone_plan_find(c->tone_plan) || c->kind == LINE_BCHAN)
		return EINVAL;
	s = mem_alloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	err = make_audio(s, env, c);
	if (err)
		goto out;
	sim_hw_init(&s->hw, env->loop, fxs, s->audio,
		    fxs ? telephone_on_wires : exchange_on_wires,
		    fxs ? (void *)&s->phone : (void *)&s->exchange);
	if (fxs) {
		telephone_init(&s->phone, &s->hw, s->audio, &s->far, c,
			       env->loop);
		sim_audio_set_user(s->audio, telephone_on_audio, &s->phone);
		fxs_init(&s->fxs, env, c, &s->hw.hw);
		return 0;
	}
	err = exchange_init(&s->exchange, &s->hw, s->audio, &s->far, c, env);
	if (err)
		goto out;
	sim_audio_set_user(s->audio, exchange_on_audio, &s->exchange);
	fxo_init(&s->fxo, env, c, &s->hw.hw);
	return 0;
out:
	sim_hw_fini(&s->hw);
	sim_audio_free(s->audio);
	mem_free(s);
	return err;
}

static void sim_close(struct line *l)
{
	struct sim_line *s = of(l);

	if (l->kind == LINE_FXS) {
		fxs_fini(&s->fxs);
		telephone_fini(&s->phone);
	} else {
		fxo_fini(&s->fxo);
		exchange_fini(&s->exchange);
	}
	sim_hw_fini(&s->hw);
	sim_audio_free(s->audio);
	mem_free(s);
}

const struct line_driver sim_driver = {
	.name = "sim", .open = sim_open, .close = sim_close,
};

/* --- hands ------------------------------------------------------------- */

static int phone(struct telephone **tp, struct line *l)
{
	if (!sim_is(l))
		return ENODEV;
	if (l->kind != LINE_FXS)
		return EINVAL;
	*tp = &of(l)->phone;
	return 0;
}

static int exchange(struct exchange **xp, struct line *l)
{
	if (!sim_is(l))
		return ENODEV;
	if (l->kind != LINE_FXO)
		return EINVAL;
	*xp = &of(l)->exchange;
	return 0;
}

int sim_phone_offhook(struct line *l)
{
	struct telephone *t;
	int err = phone(&t, l);

	return err ? err : telephone_hook(t, true);
}

int sim_phone_onhook(struct line *l)
{
	struct telephone *t;
	int err = phone(&t, l);

	return err ? err : telephone_hook(t, false);
}

int sim_phone_flash(struct line *l)
{
	struct telephone *t;
	int err = phone(&t, l);

	return err ? err : telephone_flash(t);
}

static int queue_dtmf(struct sim_audio *a, const char *digits)
{
	size_t n = strlen(digits);

	if (n == 0 || strspn(digits, "0123456789*#ABCDabcd,") != n)
		return EINVAL;
	if (n > LINE_DIGITS_MAX)
		return ENOBUFS;
	for (size_t i = 0; i < n; i++) {
		if (!sim_audio_dtmf(a, digits[i]))
			return ENOBUFS;
	}
	return 0;
}

int sim_phone_dial(struct line *l, const char *digits, bool pulse)
{
	struct telephone *t;
	int err = phone(&t, l);

	if (err)
		return err;
	if (!t->offhook)
		return EINVAL;
	return pulse ? telephone_pulse(t, digits) :
		       queue_dtmf(t->audio, digits);
}

int sim_phone_auto_answer(struct line *l, unsigned rings)
{
	struct telephone *t;
	int err = phone(&t, l);

	if (!err)
		t->answer_rings = rings;
	return err;
}

int sim_exchange_call(struct line *l, const struct party *calling)
{
	struct exchange *x;
	int err = exchange(&x, l);

	return err ? err : exchange_call(x, calling);
}

int sim_exchange_hangup(struct line *l, unsigned how)
{
	struct exchange *x;
	int err = exchange(&x, l);

	return err ? err : exchange_hangup(x, how);
}

int sim_exchange_answer(struct line *l)
{
	struct exchange *x;
	int err = exchange(&x, l);

	return err ? err : exchange_answer(x);
}

int sim_exchange_cut(struct line *l, bool cut)
{
	struct exchange *x;
	int err = exchange(&x, l);

	return err ? err : exchange_cut(x, cut);
}

/* --- mouth and ear ----------------------------------------------------- */

static int say(struct line *l, int16_t *pcm, size_t n, bool loop)
{
	if (sim_audio_pcm(of(l)->audio, pcm, n, loop))
		return 0;
	mem_free(pcm);
	return ENOBUFS;
}

int sim_play_file(struct line *l, const char *path, bool loop)
{
	int16_t *pcm;
	size_t n;
	int err;

	if (!sim_is(l))
		return ENODEV;
	if (!l->env->wav_load)
		return ENOSYS;
	err = l->env->wav_load(&pcm, &n, path, HZ);
	if (err)
		return err;
	if (n == 0) {
		mem_free(pcm);
		return EINVAL;
	}
	return say(l, pcm, n, loop);
}

int sim_play_pcm(struct line *l, const int16_t *pcm, size_t n, bool loop)
{
	int16_t *copy;

	if (!sim_is(l))
		return ENODEV;
	if (n == 0)
		return EINVAL;
	copy = mem_alloc(n * sizeof(*copy));
	if (!copy)
		return ENOMEM;
	memcpy(copy, pcm, n * sizeof(*copy));
	return say(l, copy, n, loop);
}

int sim_play_tone(struct line *l, double hz, double dbm0)
{
	if (!sim_is(l))
		return ENODEV;
	if (!(hz >= 50 && hz <= 3900 && dbm0 >= -60 && dbm0 <= 3))
		return EINVAL;
	return sim_audio_sine(of(l)->audio, hz, dbm0) ? 0 : ENOBUFS;
}

int sim_play_stop(struct line *l)
{
	if (!sim_is(l))
		return ENODEV;
	return sim_audio_hush(of(l)->audio) ? 0 : ENOBUFS;
}

int sim_send_dtmf(struct line *l, const char *digits)
{
	if (!sim_is(l))
		return ENODEV;
	if (l->kind == LINE_FXS && !of(l)->phone.offhook)
		return EINVAL;
	return queue_dtmf(of(l)->audio, digits);
}

int sim_record_start(struct line *l, uint32_t max_ms)
{
	if (!sim_is(l))
		return ENODEV;
	if (max_ms == 0)
		max_ms = RECORD_MS;
	if (max_ms > RECORD_MAX_MS)
		return EINVAL;
	return sim_audio_record(of(l)->audio, (size_t)max_ms * (HZ / 1000));
}

int sim_record_get(const int16_t **pcm, size_t *n, struct line *l)
{
	const int16_t *p;

	if (!sim_is(l))
		return ENODEV;
	p = sim_audio_recorded(of(l)->audio, n);
	if (!p)
		return EINVAL;
	*pcm = p;
	return 0;
}

int sim_record_stop(struct line *l, const char *path)
{
	const int16_t *pcm;
	size_t n;
	int err = sim_record_get(&pcm, &n, l);

	if (err)
		return err;
	sim_audio_record_stop(of(l)->audio);
	if (path)
		err = l->env->wav_save ?
		      l->env->wav_save(path, pcm, n, HZ) : ENOSYS;
	return err;
}

int sim_status(struct sim_status *st, struct line *l)
{
	struct sim_line *s;

	if (!sim_is(l))
		return ENODEV;
	s = of(l);
	*st = (struct sim_status){
		.exchange = l->kind == LINE_FXO,
		.ringing = s->hw.ring, .rings = s->far.rings,
		.flashes = s->far.flashes, .reversed = s->hw.reversed,
		.playing = sim_audio_is_playing(s->audio),
		.recording = sim_audio_is_recording(s->audio),
		.hears = s->far.hears, .caller = s->far.caller,
		.caller_id = s->far.caller_id,
		.level_dbm0 = sim_audio_level(s->audio),
		.samples_heard = sim_audio_heard(s->audio),
		.zero_us = sim_audio_zero(s->audio),
		.recorded_from = sim_audio_recorded_from(s->audio),
		.played_from = sim_audio_played_from(s->audio),
	};
	memcpy(st->digits, s->far.digits, sizeof(st->digits));
	st->state = st->exchange ? exchange_state_name(&s->exchange) :
				   telephone_state(&s->phone);
	st->offhook = st->exchange ? s->hw.loop_closed : s->phone.offhook;
	return 0;
}

int sim_forget(struct line *l)
{
	if (!sim_is(l))
		return ENODEV;
	memset(&of(l)->far, 0, sizeof(of(l)->far));
	return 0;
}
