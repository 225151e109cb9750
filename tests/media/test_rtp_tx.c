/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets forwarded as they come, through a bridge between two RTP ports:
 *
 *	line 0 -- bridge 0 ~ A middle B ~ bridge 1 -- line 1
 */
#include <string.h>

#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

struct mid {
	struct rig          *r;
	struct bridge       *b;
	struct rtp_params    prm[2];
	struct bridge_stats  stats;
	char                 digits[100];
	size_t               n;
	unsigned             closed;
	/* what the tap saw from the middle's side B */
	struct addr          from;
	uint32_t             ssrc;
	uint16_t             next_seq;
	unsigned             seen, gaps, ssrcs;
	bool                 started;
};

static void on_event(struct bridge *b, const struct bridge_event *e,
		     void *arg)
{
	struct mid *m = arg;

	(void)b;
	if (e->stats)
		m->stats = *e->stats;
	if (e->ev == BRIDGE_EV_CLOSED)
		m->closed++;
	if (e->ev == BRIDGE_EV_DIGIT && m->n < sizeof(m->digits) - 4)
		m->n += (size_t)snprintf(m->digits + m->n, 4, "%c%c ",
					 e->begin ? '+' : '-', e->digit);
}

static bool on_packet(const struct addr *src, const struct addr *dst,
		      uint8_t *data, size_t len, void *arg)
{
	struct mid *m = arg;
	struct rtp_pkt k;

	(void)dst;
	if (!addr_eq(src, &m->from) || rtp_pkt_parse(&k, data, len))
		return true;
	m->ssrcs += m->started && k.ssrc != m->ssrc;
	m->gaps += m->started && k.seq != m->next_seq;
	m->started = true;
	m->ssrc = k.ssrc;
	m->next_seq = (uint16_t)(k.seq + 1);
	m->seen++;
	return true;
}

/* Before mid_open, parameters may be changed. */
static int mid_new(struct mid **mp, struct port *p[2])
{
	struct addr ip = { .family = AF_INET, .ip = { 10, 0, 0, 9 } };
	struct mid *m = mem_alloc(sizeof(*m));
	int err;

	if (!m)
		return ENOMEM;
	*mp = m;
	err = rig_new(&m->r);
	for (unsigned i = 0; i < 2 && !err; i++) {
		err = rtp_port_open(&p[i], m->r->ports, &ip, &m->r->conf);
		if (err)
			return err;
		m->prm[i] = m->r->prm[i];
		rtp_port_local(m->r->rtp[i], &m->prm[i].remote);
		rtp_port_local(p[i], &m->r->prm[i].remote);
	}
	if (!err)
		rtp_port_local(p[1], &m->from);
	return err;
}

static int mid_open(struct mid *m, struct port *p[2])
{
	int err = bridge_open(&m->b, m->r->engine, on_event, m);

	for (unsigned i = 0; i < 2 && !err; i++) {
		err = rtp_port_set(p[i], &m->prm[i]);
		if (!err)
			err = bridge_attach(m->b, (enum bridge_side)i, p[i]);
		if (!err)
			p[i] = NULL;
	}
	fake_net_tap(m->r->net, on_packet, m);
	return err ? err : rig_attach(m->r);
}

static void mid_free(struct mid *m, struct port *p[2])
{
	if (!m)
		return;
	if (m->b)
		bridge_close(m->b);
	for (unsigned i = 0; i < 2; i++)
		port_free(p[i]);
	rig_free(m->r);
	mem_free(m);
}

static int mid_stats(struct mid *m)
{
	int err = bridge_stats(m->b);

	rig_run_ms(m->r, 5);
	return err ? err : rig_stats(m->r);
}

static int heard(struct rig *r, unsigned line, double hz, double dbm0,
		 double snr)
{
	size_t n;
	const int16_t *pcm = rig_last(r, line, 200, &n);
	struct sine s;
	int err = 0;

	sine_fit(&s, pcm, n, 8000, hz);
	CHECK_NEAR(s.dbm0, dbm0, 0.5);
	CHECK_NEAR(s.snr_db, 99, 99 - snr);
out:
	return err;
}

static void speak(struct rig *r)
{
	r->line[0].hz = 1000.5;
	r->line[1].hz = 440;
	r->line[0].dbm0 = r->line[1].dbm0 = -10;
}

static int test_forward(void)
{
	struct port *p[2] = { NULL };
	struct mid *m = NULL;
	int err = 0;

	TRY(mid_new(&m, p));
	TRY(mid_open(m, p));
	speak(m->r);
	rig_run_ms(m->r, 2000);
	TRY(heard(m->r, 1, 1000.5, -10, 36));
	TRY(heard(m->r, 0, 440, -10, 36));
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
	CHECK(m->stats.relayed >= 180);
	CHECK_INT(m->stats.side[0].rtp.concealed_ms, 0);
	CHECK_INT(m->r->stats[1].side[1].rtp.lost, 0);
	CHECK_INT(m->gaps + m->ssrcs, 0);
out:
	mid_free(m, p);
	return err;
}

/* Neither side speaks RFC 4733: forwarded too, unless digits are wanted. */
static int test_without_events(void)
{
	struct port *p[2] = { NULL };
	struct mid *m = NULL;
	int err = 0;

	TRY(mid_new(&m, p));
	for (unsigned i = 0; i < 2; i++) {
		m->prm[i].event_tx_pt = m->prm[i].event_rx_pt = RTP_NO_PT;
		m->r->prm[i].event_tx_pt = RTP_NO_PT;
		m->r->prm[i].event_rx_pt = RTP_NO_PT;
	}
	TRY(mid_open(m, p));
	rig_run_ms(m->r, 200);
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
	TRY(bridge_listen(m->b, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL, 0));
	rig_run_ms(m->r, 100);
	TRY(bridge_digits(m->r->bridge[0], BRIDGE_B, "28", 0));
	rig_run_ms(m->r, 1000);
	TRY(mid_stats(m));
	CHECK(!m->stats.relaying);
	CHECK_STR(str_z(m->digits), "+2 -2 +8 -8 ");
	TRY(bridge_listen(m->b, BRIDGE_A, 0, NULL, 0));
	rig_run_ms(m->r, 100);
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
out:
	mid_free(m, p);
	return err;
}

/* A tone makes it tick, its end lets it forward again; a codec that differs
 * makes it tick, too. The receiver sees one stream all along. */
static int test_there_and_back(void)
{
	const struct tone_plan *us = tone_plan_find("us");
	struct port *p[2] = { NULL };
	struct mid *m = NULL;
	int err = 0;

	TRY(mid_new(&m, p));
	TRY(mid_open(m, p));
	speak(m->r);
	rig_run_ms(m->r, 500);
	TRY(bridge_tone(m->b, BRIDGE_B, us, TONE_DIAL));
	rig_run_ms(m->r, 1000);
	TRY(mid_stats(m));
	CHECK(!m->stats.relaying);
	TRY(heard(m->r, 0, 440, -10, 36));      /* not to that side */
	TRY(bridge_tone(m->b, BRIDGE_B, us, TONE_NONE));
	rig_run_ms(m->r, 1000);
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
	TRY(heard(m->r, 1, 1000.5, -10, 36));
	m->prm[1].fmt[0] = (struct rtp_format){
		.codec = codec_find("PCMU", 8000), .tx_pt = 0, .rx_pt = 0 };
	m->r->prm[1].fmt[0] = m->prm[1].fmt[0];
	TRY(bridge_update(m->b, BRIDGE_B, &m->prm[1]));
	TRY(bridge_update(m->r->bridge[1], BRIDGE_B, &m->r->prm[1]));
	rig_run_ms(m->r, 1000);
	TRY(mid_stats(m));
	CHECK(!m->stats.relaying);
	TRY(heard(m->r, 1, 1000.5, -10, 33));
	TRY(heard(m->r, 0, 440, -10, 33));
	CHECK_INT(m->ssrcs, 0);
	CHECK(m->gaps <= 1);
	CHECK_INT(m->r->stats[1].side[1].rtp.duplicate, 0);
out:
	mid_free(m, p);
	return err;
}

/* Digits pass with the other side's payload type and are told once; with
 * SRTP on one side only. */
static int test_digits_and_srtp(void)
{
	struct port *p[2] = { NULL };
	struct mid *m = NULL;
	char text[200];
	int err = 0;

	TRY(mid_new(&m, p));
	m->prm[1].event_tx_pt = m->prm[1].event_rx_pt = 96;
	m->r->prm[1].event_tx_pt = m->r->prm[1].event_rx_pt = 96;
	m->prm[1].tx_key.suite = m->prm[1].rx_key.suite =
		RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
	m->prm[1].tx_key.len = m->prm[1].rx_key.len = 30;
	m->r->prm[1].tx_key = m->prm[1].rx_key;
	m->r->prm[1].rx_key = m->prm[1].tx_key;
	TRY(mid_open(m, p));
	speak(m->r);
	TRY(bridge_listen(m->b, BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL, 0));
	TRY(bridge_listen(m->r->bridge[1], BRIDGE_B, BRIDGE_LISTEN_DTMF,
			  NULL, 0));
	rig_run_ms(m->r, 300);
	TRY(bridge_digits(m->r->bridge[0], BRIDGE_B, "1*9", 0));
	rig_run_ms(m->r, 1500);
	CHECK_STR(str_z(m->digits), "+1 -1 +* -* +9 -9 ");
	rig_digits(m->r, 1, text);
	CHECK_STR(str_z(text), "+1 -1 +* -* +9 -9 ");
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
	CHECK_INT(m->r->stats[1].side[1].rtp.bad_auth, 0);
	TRY(heard(m->r, 1, 1000.5, -10, 36));
	/* one of our own: it ticks until that is out */
	TRY(bridge_digit(m->b, BRIDGE_B, '7', 0));
	rig_run_ms(m->r, 60);
	TRY(mid_stats(m));
	CHECK(!m->stats.relaying);
	rig_run_ms(m->r, 1000);
	TRY(mid_stats(m));
	CHECK(m->stats.relaying);
	rig_digits(m->r, 1, text);
	CHECK_STR(str_z(text), "+1 -1 +* -* +9 -9 +7 -7 ");
out:
	mid_free(m, p);
	return err;
}

/* Loss and reordering show at the far end as they are, no more. */
static int test_bad_network(void)
{
	struct fake_link bad = { .delay_us = 20000, .loss_ppm = 30000,
				 .reorder_ppm = 20000, .reorder_us = 30000,
				 .dup_ppm = 10000 };
	struct port *p[2] = { NULL };
	struct mid *m = NULL;
	struct addr a = { .family = AF_INET, .ip = { 10, 0, 0, 1 } };
	struct addr b = { .family = AF_INET, .ip = { 10, 0, 0, 9 } };
	double lost;
	int err = 0;

	TRY(mid_new(&m, p));
	fake_net_set_link(m->r->net, &a, &b, &bad);
	TRY(mid_open(m, p));
	speak(m->r);
	rig_run_ms(m->r, 20000);
	TRY(mid_stats(m));
	lost = (double)m->stats.side[0].rtp.lost;
	CHECK_NEAR(lost, 20, 17);       /* duplicates count against */
	CHECK_NEAR((double)m->r->stats[1].side[1].rtp.lost, lost, 12);
	CHECK_INT(m->ssrcs, 0);
	TRY(heard(m->r, 0, 440, -10, 36));
out:
	mid_free(m, p);
	return err;
}

const struct test_suite suite_rtp_tx = {
	"media/rtp_tx", (const struct test[]){
		TEST_WITH(test_forward, TEST_NO_OOM),
		TEST_WITH(test_without_events, TEST_NO_OOM),
		TEST_WITH(test_there_and_back, TEST_NO_OOM),
		TEST_WITH(test_digits_and_srtp, TEST_NO_OOM),
		TEST_WITH(test_bad_network, TEST_NO_OOM),
		TEST_END } };
