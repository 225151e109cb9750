/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sound of simulated lines through a bridge of the media engine: on the
 * virtual clock, and with real workers.
 */
#include "gateway/line/sim/sim_audio.h"

#include <string.h>

#include "base/mem.h"
#include "dsp/level.h"
#include "gateway/line/line_conf.h"
#include "gateway/line/sim/sim.h"
#include "media/bridge.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

/* Two telephones on one bridge. */
struct pair {
	struct clk_virtual   clk;
	struct loop         *loop;
	struct media_engine *engine;
	struct media_conf    media;
	struct bridge       *bridge;
	bool                 closed;
	struct line_env      env;
	struct line_conf     conf[2];
	struct line         *line[2];
	unsigned             seized, released;
	double               erl_db, erle_db;
};

static void on_bridge(struct bridge *br, const struct bridge_event *e,
		      void *arg)
{
	struct pair *p = arg;

	(void)br;
	if (e->ev == BRIDGE_EV_CLOSED)
		p->closed = true;
	if (e->ev == BRIDGE_EV_STATS) {
		p->erl_db = e->stats->side[0].echo_erl_db;
		p->erle_db = e->stats->side[0].echo_erle_db;
	}
}

static void on_line(struct line *l, const struct line_event *e, void *arg)
{
	struct pair *p = arg;
	struct port *port;
	enum bridge_side s = l == p->line[0] ? BRIDGE_A : BRIDGE_B;

	line_set_user(l, on_line, p);
	p->released += e->ev == LINE_EV_RELEASED;
	if (e->ev != LINE_EV_SEIZED)
		return;
	if (line_port(l, &port))
		return;
	if (bridge_attach(p->bridge, s, port)) {
		port_free(port);
		return;
	}
	line_answer(l);
	p->seized++;
}

static void pass(struct pair *p, unsigned ms)
{
	loop_run_until(p->loop, loop_now_us(p->loop) + ms * 1000ull);
}

static int begin(struct pair *p, const struct clk *clk, int workers)
{
	struct conf_list lines = { p->conf, 2 }, none = { NULL, 0 };
	int err;

	p->media = media_conf_default;
	p->media.workers = workers;
	err = loop_new(&p->loop, clk);
	if (err)
		return err;
	p->env = (struct line_env){ .loop = p->loop, .on_line = on_line,
				    .arg = p };
	err = lines_open(&p->env, &lines, &none);
	if (!err)
		err = media_engine_new(&p->engine, p->loop, &p->media);
	if (!err)
		err = bridge_open(&p->bridge, p->engine, on_bridge, p);
	if (err)
		return err;
	for (unsigned i = 0; i < 2 && !err; i++) {
		p->line[i] = line_find(&p->env, str_z(p->conf[i].name));
		err = sim_phone_offhook(p->line[i]);
	}
	if (!err)
		pass(p, 100);
	if (!err && p->seized != 2)
		err = ENOMEM;   /* a port or an attach was refused */
	return err;
}

static void set(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	clk_virtual_init(&p->clk);
	list_init(&p->env.lines);
	list_init(&p->env.groups);
	line_conf_default(&p->conf[0], "a", LINE_FXS);
	line_conf_default(&p->conf[1], "b", LINE_FXS);
}

static void end(struct pair *p)
{
	if (p->bridge) {
		bridge_close(p->bridge);
		for (unsigned i = 0; i < 200 && !p->closed; i++)
			pass(p, 10);
	}
	media_engine_free(p->engine);
	lines_close(&p->env);
	if (p->loop)
		pass(p, 1);
	loop_free(p->loop);
}

static const int16_t *heard(struct pair *p, unsigned i, size_t *n)
{
	const int16_t *pcm = NULL;

	*n = 0;
	if (sim_record_get(&pcm, n, p->line[i]))
		*n = 0;
	return pcm;
}

/* Where time is real the machine may stand still, and a worker leaves out
 * what is too late: the best of four pieces counts. */
static void fit_end(struct sine *best, const struct pair *p,
		    const int16_t *pcm, size_t n, double hz)
{
	unsigned pieces = p->media.workers ? 4 : 1;
	struct sine s;

	for (unsigned i = 0; i < pieces; i++) {
		sine_fit(&s, pcm + n - (i + 1) * 1600, 1600, 8000, hz);
		if (i == 0 || s.snr_db > best->snr_db)
			*best = s;
	}
}

static bool have_heard(struct pair *p)
{
	size_t a, b;

	heard(p, 0, &a);
	heard(p, 1, &b);
	return a > 8000 && b > 8000;
}

static bool has_digits(const struct pair *p, unsigned i, const char *want)
{
	struct sim_status st;

	return !sim_status(&st, p->line[i]) && !strcmp(st.digits, want);
}

/* Different tones both ways, line noise at -68 dBm0 at both ends. */
static int sound(struct pair *p)
{
	const double hz[2] = { 1004, 620 }, dbm0[2] = { -16, -13 };
	struct sine s = { 0 };
	const int16_t *pcm;
	size_t n;
	int err = 0;

	for (unsigned i = 0; i < 2; i++) {
		TRY(sim_play_tone(p->line[i], hz[i], dbm0[i]));
		TRY(sim_record_start(p->line[i], 5000));
	}
	pass(p, 1500);
	for (unsigned i = 0; i < 50 && !have_heard(p); i++)
		pass(p, 100);
	for (unsigned i = 0; i < 2; i++) {
		pcm = heard(p, i, &n);
		CHECK(n > 8000);
		fit_end(&s, p, pcm, n, hz[!i]);
		CHECK_NEAR(s.hz, hz[!i], 0.5);
		CHECK_NEAR(s.dbm0, dbm0[!i], 0.05);
		CHECK(s.snr_db > 45);
		TRY(sim_play_stop(p->line[i]));
		TRY(sim_record_stop(p->line[i], NULL));
	}
	TRY(sim_send_dtmf(p->line[0], "1598"));
	TRY(sim_send_dtmf(p->line[1], "4*#0"));
	pass(p, 1500);
	for (unsigned i = 0; i < 50 && !(has_digits(p, 0, "4*#0") &&
					 has_digits(p, 1, "1598")); i++)
		pass(p, 100);
	CHECK(has_digits(p, 0, "4*#0"));
	CHECK(has_digits(p, 1, "1598"));
	TRY(sim_phone_onhook(p->line[0]));
	pass(p, 1000);
	for (unsigned i = 0; i < 50 && !p->released; i++)
		pass(p, 100);
	CHECK_INT(p->released, 1);
out:
	return err;
}

static int test_virtual(void)
{
	struct pair p;
	int err;

	set(&p);
	TRY(begin(&p, &p.clk.clk, 0));
	TRY(sound(&p));
out:
	end(&p);
	return err;
}

static int test_workers(void)
{
	struct pair p;
	int err;

	set(&p);
	TRY(begin(&p, &clk_real, 2));
	TRY(sound(&p));
out:
	end(&p);
	return err;
}

/* The echo of line a is in what b hears, at the level that was set, and
 * begins with the first sample of the tick after. */
static int test_echo(void)
{
	static int16_t noise[8000];
	const int16_t *pcm;
	struct pair p;
	uint32_t seed = 7;
	size_t n;
	int err;

	set(&p);
	p.conf[0].sim.echo = SIM_ECHO_D2;
	p.conf[0].sim.erl_db = 10;
	p.conf[0].sim.echo_delay_ms = 25;
	p.conf[0].sim.noise_dbm0 = p.conf[1].sim.noise_dbm0 = -96;
	TRY(begin(&p, &p.clk.clk, 0));
	sine_noise(noise, 8000, -16, &seed);
	TRY(sim_record_start(p.line[1], 5000));
	TRY(sim_play_pcm(p.line[1], noise, 8000, false));
	pass(&p, 2000);
	pcm = heard(&p, 1, &n);
	CHECK(n >= 12000);
	/* white noise is not the signal that ERL is defined for */
	CHECK_NEAR(level_of(pcm + 2000, 6000), -26, 3);
	/* 25 ms of delay, two ticks through the bridge, the path's peak */
	CHECK_NEAR(sine_delay(noise, 6000, pcm, 8000, 2000), 200 + 480, 180);
	CHECK_NEAR(level_of(pcm + n - 1000, 1000), -96, 1);
	TRY(sim_record_start(p.line[0], 5000));
	pass(&p, 200);
	pcm = heard(&p, 0, &n);
	CHECK(n > 0);
out:
	end(&p);
	return err;
}

/* The gateway's canceller takes the echo of this line out. */
static int test_cancelled(void)
{
	static int16_t css[G168_CSS];
	const int16_t *pcm;
	struct pair p;
	double with, without = 0;
	size_t n;
	int err;

	for (unsigned cancel = 0; cancel < 2; cancel++) {
		set(&p);
		p.conf[0].sim.echo = SIM_ECHO_D2 + 3;
		p.conf[0].sim.erl_db = 10;
		p.conf[0].sim.echo_delay_ms = 20;
		TRY(begin(&p, &p.clk.clk, 0));
		if (cancel)
			TRY(bridge_echo(p.bridge, BRIDGE_A, 128,
					BRIDGE_ECHO_NO_NLP |
					BRIDGE_ECHO_NO_NOISE));
		g168_css(css, -12);
		TRY(sim_play_pcm(p.line[1], css, G168_CSS, true));
		pass(&p, 3000);
		TRY(sim_record_start(p.line[1], 6000));
		pass(&p, 5000);
		pcm = heard(&p, 1, &n);
		CHECK(n > 39000);
		with = level_of(pcm, n);
		if (!cancel)
			without = with;
		else
			CHECK(without - with >= 25);
		end(&p);
	}
	return 0;
out:
	end(&p);
	return err;
}

/* A recording, or samples to say, that wait for the ear or the mouth: their
 * place on the line's clock is that of the first sample. */
static int test_places(void)
{
	const struct hybrid_conf none = { .noise_dbm0 = -96 };
	struct sim_audio *a = NULL;
	struct loop *loop = NULL;
	struct clk_virtual clk;
	struct port *port;
	struct frame f;
	int16_t *pcm;
	int64_t zero;
	size_t n;
	int err;

	clk_virtual_init(&clk);
	zero = (int64_t)clk.t_us;
	TRY(loop_new(&loop, &clk.clk));
	TRY(sim_audio_new(&a, loop, &none, NULL, CALLER_ID_NONE, false));
	TRY(sim_audio_port(a, &port));
	TRY(sim_audio_record(a, 800));
	pcm = mem_alloc(480 * sizeof(*pcm));
	if (!pcm) {
		err = ENOMEM;
		goto out;
	}
	CHECK(sim_audio_pcm(a, pcm, 480, false));
	for (unsigned tick = 0; tick < 5; tick++) {
		if (tick == 2)
			CHECK(sim_audio_mode(a, false, SIM_EAR_VOICE));
		if (tick == 3)
			CHECK(sim_audio_mode(a, true, SIM_EAR_VOICE));
		clk.t_us += 20000;
		TRY(port->ops->pull(port, &f));
		CHECK_INT(sim_audio_zero(a), zero);
	}
	CHECK(sim_audio_recorded(a, &n) != NULL);
	CHECK_INT(n, 3 * 160);
	CHECK_INT(sim_audio_recorded_from(a), 2 * 160);
	CHECK_INT(sim_audio_played_from(a), 3 * 160);
	port_free(port);
out:
	sim_audio_free(a);
	loop_free(loop);
	return err;
}

const struct test_suite suite_sim_audio = {
	"line/sim_audio", (const struct test[]){
		TEST(test_virtual),
		TEST_WITH(test_workers, TEST_REAL | TEST_NO_OOM),
		TEST(test_echo),
		TEST(test_places),
		TEST_WITH(test_cancelled, TEST_NO_OOM),
		TEST_END } };
