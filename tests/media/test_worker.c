/* SPDX-License-Identifier: Apache-2.0 */
/* The tick, on the virtual clock; threads, on the real one. */
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "dsp/dsp.h"
#include "media/bridge.h"
#include "media/loop_port.h"
#include "media/worker.h"
#include "tests/lib/test.h"

struct counter {
	struct tick  tick;
	struct loop *loop;
	unsigned     n;
	uint64_t     last_us, gap_us;
};

static void count(struct tick *t)
{
	struct counter *c = CONTAINER(t, struct counter, tick);
	uint64_t now = loop_now_us(c->loop);

	c->gap_us = now - c->last_us;
	c->last_us = now;
	c->n++;
}

/* Twelve bridges go to ten phases; each ticks every 20 ms. */
static int test_phases(void)
{
	struct clk_virtual clk;
	struct counter c[12] = { 0 };
	struct loop *loop = NULL;
	struct worker *w = NULL;
	int err = 0;

	clk_virtual_init(&clk);
	TRY(loop_new(&loop, &clk.clk));
	TRY(worker_new(&w, loop, true, &media_conf_default));
	for (unsigned i = 0; i < 12; i++) {
		c[i].tick.fn = count;
		c[i].loop = loop;
		worker_add(w, &c[i].tick);
	}
	for (unsigned i = 0; i < 10; i++)
		CHECK_INT(w->n_phase[i], i < 2 ? 2 : 1);
	loop_run_until(loop, clk.t_us + 1000000);
	for (unsigned i = 0; i < 12; i++) {
		CHECK_INT(c[i].n, 50);
		CHECK_INT(c[i].gap_us, 20000);
	}
	for (unsigned i = 0; i < 11; i++)
		worker_remove(w, &c[i].tick);
	worker_remove(w, &c[0].tick);
	loop_run_until(loop, clk.t_us + 1000000);
	CHECK_INT(c[0].n, 50);
	CHECK_INT(c[11].n, 100);
	CHECK_INT(atomic_load(&w->late), 0);
	worker_remove(w, &c[11].tick);
	loop_run_until(loop, clk.t_us + 100000);
	CHECK(!tmr_is_running(&w->tick));       /* sleeps */
out:
	worker_free(w);
	loop_free(loop);
	return err;
}

/* Late by 70 ms: caught up; by a second: the time is gone. */
static int test_late(void)
{
	struct clk_virtual clk;
	struct counter c = { .tick.fn = count };
	struct loop *loop = NULL;
	struct worker *w = NULL;
	int err = 0;

	clk_virtual_init(&clk);
	TRY(loop_new(&loop, &clk.clk));
	TRY(worker_new(&w, loop, true, &media_conf_default));
	c.loop = loop;
	worker_add(w, &c.tick);
	loop_run_until(loop, clk.t_us + 100000);
	CHECK_INT(c.n, 5);
	clk.t_us += 70000;
	loop_run_until(loop, clk.t_us + 30000);
	CHECK_INT(c.n, 10);
	CHECK(atomic_load(&w->late) >= 2);
	clk.t_us += 1000000;
	loop_run_until(loop, clk.t_us + 100000);
	CHECK(c.n <= 26);
	CHECK(atomic_load(&w->late) >= 45);
out:
	if (w)
		worker_remove(w, &c.tick);
	worker_free(w);
	loop_free(loop);
	return err;
}

struct real {
	unsigned events, closed;
};

static void on_event(struct bridge *b, const struct bridge_event *e,
		     void *arg)
{
	struct real *r = arg;

	(void)b;
	r->events++;
	r->closed += e->ev == BRIDGE_EV_CLOSED;
}

static int real_call(struct bridge **bp, struct media_engine *e,
		     struct rtp_ports *ports, const struct media_conf *conf,
		     struct real *r)
{
	struct rtp_params p = { .symmetric = true, .send = true,
		.recv = true, .n_fmt = 1, .ptime_ms = 20,
		.event_tx_pt = 101, .event_rx_pt = 101 };
	struct port *a = NULL, *b = NULL;
	struct addr ip;
	int err = addr_parse_ip(&ip, STR_LIT("127.0.0.1"));

	p.fmt[0] = (struct rtp_format){ .codec = codec_find("PCMA", 8000),
					.tx_pt = 8, .rx_pt = 8 };
	if (!err)
		err = bridge_open(bp, e, on_event, r);
	if (err)
		return err;
	TRY(rtp_port_open(&a, ports, &ip, conf));
	rtp_port_local(a, &p.remote);           /* to itself */
	TRY(rtp_port_set(a, &p));
	TRY(bridge_attach(*bp, BRIDGE_A, a));
	a = NULL;
	TRY(loop_port_tone(&b, 8000, 1000, -10));
	TRY(bridge_attach(*bp, BRIDGE_B, b));
	b = NULL;
	TRY(bridge_listen(*bp, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL, 0));
	TRY(bridge_digits(*bp, BRIDGE_A, "12", 40));
	TRY(bridge_update(*bp, BRIDGE_A, &p));
	TRY(bridge_tone(*bp, BRIDGE_A, tone_plan_find("jp"), TONE_BUSY));
	TRY(bridge_stats(*bp));
out:
	port_free(a);
	port_free(b);
	return err;
}

/* Bridges come and go on two workers while the first ones sound. */
static int test_threads(void)
{
	enum { N = 24 };
	struct media_conf conf = media_conf_default;
	struct bridge *b[N] = { NULL };
	struct media_engine *e = NULL;
	struct rtp_ports *ports = NULL;
	struct engine_stats st;
	struct loop *loop = NULL;
	struct real r = { 0 };
	unsigned opened = 0;
	int err = 0;

	conf.workers = 2;
	TRY(dsp_global_init());
	TRY(loop_new(&loop, &clk_real));
	TRY(media_engine_new(&e, loop, &conf));
	TRY(rtp_ports_new(&ports, &udp_os, 24000, 24199));
	for (unsigned i = 0; i < N; i++) {
		err = real_call(&b[i], e, ports, &conf, &r);
		opened += b[i] != NULL;
		if (err)
			break;
		loop_turn(loop, 5);
		if (i % 3 == 0)
			bridge_detach(b[i], BRIDGE_B);
		if (i % 4 == 1)
			bridge_close(b[i]);
	}
	CHECK_INT(err, 0);
	for (unsigned i = 0; i < 100; i++) {
		loop_run_until(loop, loop_now_us(loop) + 100000);
		media_engine_stats(e, &st);
		if (st.ticks > 50 && r.events > N)
			break;
	}
	CHECK_INT(st.workers, 2);
	CHECK_INT(st.bridges, N - N / 4);
	CHECK(st.ticks > 50);
	CHECK(r.events > N);
out:
	for (unsigned i = 0; i < N; i++)
		if (b[i] && i % 4 != 1)
			bridge_close(b[i]);
	for (unsigned i = 0; i < 400 && r.closed < opened; i++)
		loop_turn(loop, 10);
	if (!err && r.closed != opened)
		err = EINVAL;
	media_engine_free(e);
	rtp_ports_free(ports);
	loop_free(loop);
	return err;
}

const struct test_suite suite_worker = {
	"media/worker", (const struct test[]){
		TEST(test_phases),
		TEST(test_late),
		TEST_WITH(test_threads, TEST_REAL | TEST_NO_OOM),
		TEST_END } };
