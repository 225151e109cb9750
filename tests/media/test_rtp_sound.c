/* SPDX-License-Identifier: Apache-2.0 */
/* A port has what it takes to be heard only while somebody listens:
 *
 *	line 0 -- bridge 0 ~ A middle B ~ bridge 1 -- line 1
 */
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

struct mid {
	struct rig          *r;
	struct bridge       *b;
	struct rtp_port     *p[2];
	struct rtp_params    prm[2];
	struct bridge_stats  stats;
	unsigned             digits;
};

static void on_event(struct bridge *b, const struct bridge_event *e,
		     void *arg)
{
	struct mid *m = arg;

	(void)b;
	if (e->stats)
		m->stats = *e->stats;
	m->digits += e->ev == BRIDGE_EV_DIGIT;
}

static int open_side(struct mid *m, unsigned i)
{
	struct addr ip = { .family = AF_INET, .ip = { 10, 0, 0, 9 } };
	struct port *p;
	int err = rtp_port_open(&p, m->r->ports, &ip, &m->r->conf);

	if (err)
		return err;
	m->prm[i] = m->r->prm[i];
	rtp_port_local(m->r->rtp[i], &m->prm[i].remote);
	rtp_port_local(p, &m->r->prm[i].remote);
	err = rtp_port_set(p, &m->prm[i]);
	if (!err)
		err = bridge_attach(m->b, (enum bridge_side)i, p);
	if (err)
		port_free(p);
	else
		m->p[i] = rtp_of(p);
	return err;
}

static int mid_open(struct mid *m)
{
	int err = rig_new(&m->r);

	if (!err)
		err = bridge_open(&m->b, m->r->engine, on_event, m);
	for (unsigned i = 0; i < 2 && !err; i++)
		err = open_side(m, i);
	if (!err)
		err = rig_attach(m->r);
	if (!err)
		rig_run_ms(m->r, 500);
	return err;
}

static void mid_close(struct mid *m)
{
	if (m->b)
		bridge_close(m->b);
	rig_free(m->r);
}

static int heard(struct mid *m, unsigned line, double hz)
{
	size_t n;
	const int16_t *pcm = rig_last(m->r, line, 200, &n);
	struct sine s;
	int err = 0;

	sine_fit(&s, pcm, n, 8000, hz);
	CHECK_NEAR(s.dbm0, -10, 0.5);
	CHECK(s.snr_db > 33);
out:
	return err;
}

/* Forwarding: none, and no tick; a listener brings both back. */
static int test_comes_and_goes(void)
{
	struct mid m = { 0 };
	uint64_t ticks;
	int err = 0;

	TRY(mid_open(&m));
	m.r->line[0].hz = 1000.5;
	m.r->line[0].dbm0 = -10;
	rig_run_ms(m.r, 1000);
	CHECK(!m.p[0]->sound && !m.p[1]->sound);
	TRY(bridge_stats(m.b));
	rig_run_ms(m.r, 1000);
	CHECK(m.stats.relaying);
	ticks = m.stats.ticks;
	TRY(heard(&m, 1, 1000.5));
	TRY(bridge_listen(m.b, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL, 0));
	rig_run_ms(m.r, 1000);
	CHECK(m.p[0]->sound && m.p[1]->sound);
	TRY(bridge_stats(m.b));
	rig_run_ms(m.r, 100);
	CHECK(!m.stats.relaying);
	CHECK_NEAR((double)(m.stats.ticks - ticks), 50, 1);
	TRY(heard(&m, 1, 1000.5));
	TRY(bridge_digits(m.r->bridge[0], BRIDGE_B, "5", 80));
	rig_run_ms(m.r, 500);
	CHECK_INT(m.digits, 2);
	TRY(bridge_listen(m.b, BRIDGE_A, 0, NULL, 0));
	rig_run_ms(m.r, 500);
	CHECK(!m.p[0]->sound && !m.p[1]->sound);
	TRY(heard(&m, 1, 1000.5));
out:
	mid_close(&m);
	return err;
}

/* No memory: silence, and it is asked for again within a second. */
static int test_no_memory(void)
{
	struct mid m = { 0 };
	int err = 0;

	TRY(mid_open(&m));
	m.r->line[0].hz = 1000.5;
	m.r->line[0].dbm0 = -10;
	m.prm[0].fmt[0].codec = codec_find("PCMU", 8000);
	TRY(bridge_update(m.b, BRIDGE_A, &m.prm[0]));
	loop_turn(m.r->loop, 0);        /* the worker asks */
	mem_fail_after(0);
	loop_turn(m.r->loop, 0);
	CHECK(mem_failed());
	mem_fail_after(-1);
	rig_run_ms(m.r, 100);
	CHECK(!m.p[0]->sound + !m.p[1]->sound == 1);
	rig_run_ms(m.r, 1000);
	CHECK(m.p[0]->sound && m.p[1]->sound);
out:
	mem_fail_after(-1);
	mid_close(&m);
	return err;
}

/* It has the rate of its port; a port that waits for its peer has none. */
static int test_rates(void)
{
	struct mid m = { 0 };
	struct rtp_port *p;
	int err = 0;

	TRY(rig_new(&m.r));
	p = rtp_of(m.r->rtp[0]);
	TRY(rtp_port_set(m.r->rtp[0], &m.r->prm[0]));
	TRY(bridge_attach(m.r->bridge[0], BRIDGE_B, m.r->rtp[0]));
	m.r->rtp[0] = NULL;
	rig_run_ms(m.r, 100);
	CHECK(!p->sound);
	TRY(bridge_attach(m.r->bridge[0], BRIDGE_A, &m.r->line[0].port));
	rig_run_ms(m.r, 10);
	CHECK(p->sound);
	CHECK_INT(p->sound->hz, 8000);
	m.r->prm[0].fmt[0].codec = codec_find("G722", 8000);
	TRY(bridge_update(m.r->bridge[0], BRIDGE_B, &m.r->prm[0]));
	rig_run_ms(m.r, 10);
	CHECK(rtp_hears(p));
	CHECK_INT(p->sound->hz, 16000);
	/* alive in other hands, with what it has */
	bridge_take(m.r->bridge[0], BRIDGE_B);
	rig_run_ms(m.r, 10);
	CHECK(m.r->taken == &p->port);
	TRY(bridge_attach(m.r->bridge[1], BRIDGE_A, &p->port));
	rig_run_ms(m.r, 100);
	CHECK(rtp_hears(p));
out:
	mid_close(&m);
	return err;
}

/* What comes when its port has left, or the bridge closes, is freed. */
static int test_too_late(void)
{
	struct mid m = { 0 };
	int err = 0;

	TRY(mid_open(&m));
	for (unsigned i = 0; i < 6; i++) {
		TRY(bridge_listen(m.b, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL,
				  0));
		/* one step of the way more each time */
		for (unsigned k = 0; k < i; k++)
			loop_turn(m.r->loop, 0);
		TRY(bridge_listen(m.b, BRIDGE_A, 0, NULL, 0));
		rig_run_ms(m.r, 100);
		CHECK(!m.p[0]->sound && !m.p[1]->sound);
	}
	TRY(bridge_listen(m.b, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL, 0));
	loop_turn(m.r->loop, 0);
	bridge_detach(m.b, BRIDGE_B);
	loop_turn(m.r->loop, 0);
	bridge_close(m.b);
	m.b = NULL;
out:
	mid_close(&m);
	return err;
}

const struct test_suite suite_rtp_sound = {
	"media/rtp_sound", (const struct test[]){
		TEST_WITH(test_comes_and_goes, TEST_NO_OOM),
		TEST_WITH(test_no_memory, TEST_NO_OOM),
		TEST(test_rates),
		TEST(test_too_late),
		TEST_END } };
