/* SPDX-License-Identifier: Apache-2.0 */
/* Whole paths: line, bridge, RTP, network, RTP, bridge, line. */
#include <string.h>

#include "tests/lib/media_rig.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

/* Checks the sine a line hears in the last 200 ms. */
static int heard(struct rig *r, unsigned line, double hz, double dbm0,
		 double snr)
{
	size_t n;
	const int16_t *pcm = rig_last(r, line, 200, &n);
	struct sine s;
	int err = 0;

	sine_fit(&s, pcm, n, r->line[line].port.hz, hz);
	CHECK_NEAR(s.hz, hz, 0.1);
	CHECK_NEAR(s.dbm0, dbm0, 0.5);
	CHECK_NEAR(s.snr_db, 99, 99 - snr);
out:
	return err;
}

static int test_both_ways(void)
{
	struct rig *r = NULL;
	int err = 0;

	TRY(rig_new(&r));
	TRY(rig_attach(r));
	r->line[0].hz = 1000.5;
	r->line[0].dbm0 = -10;
	r->line[1].hz = 440;
	r->line[1].dbm0 = -16;
	rig_run_ms(r, 3000);
	TRY(heard(r, 1, 1000.5, -10, 36));
	TRY(heard(r, 0, 440, -16, 35));
	TRY(rig_stats(r));
	CHECK(r->stats[0].side[1].rtp.rx_packets >= 145);
	CHECK_INT(r->stats[0].side[1].rtp.lost, 0);
	CHECK_INT(r->stats[0].side[1].rtp.concealed_ms, 0);
	CHECK_INT(r->stats[0].side[1].rtp.grown, 0);
	CHECK(!r->stats[0].relaying);
	bridge_close(r->bridge[0]);
	bridge_close(r->bridge[0]);
	rig_run_ms(r, 50);
	CHECK_INT(r->closed[0], 1);
	CHECK_INT(r->line[0].freed, 1);
	CHECK_INT(r->line[0].bound, 0);
out:
	rig_free(r);
	return err;
}

/* Delay from line to line on a clean network without delay of its own: one
 * packet, what the jitter buffer keeps and the tick. */
static int test_delay(void)
{
	static const size_t len = 16000;
	int16_t *noise = mem_alloc(len * sizeof(*noise));
	struct rig *r = NULL;
	uint32_t seed = 5;
	long d;
	int err = 0;

	if (!noise)
		return ENOMEM;
	sine_noise(noise, len, -15, &seed);
	TRY(rig_new(&r));
	r->line[0].say = noise;
	r->line[0].say_n = len;
	TRY(rig_attach(r));
	rig_run_ms(r, 2000);
	d = sine_delay(noise, 8000, r->line[1].heard, r->line[1].n, 1600);
	/* both lines count whole frames: 20 ms of them are in the packet;
	 * the time of a frame on the line is not in this */
	CHECK(d >= 80 && d <= 8 * 40);
out:
	rig_free(r);
	mem_free(noise);
	return err;
}

static int test_loss_and_jitter(void)
{
	struct fake_link bad = { .delay_us = 40000, .jitter_us = 30000,
				 .loss_ppm = 20000, .reorder_ppm = 10000,
				 .reorder_us = 25000, .dup_ppm = 10000 };
	struct rig *r = NULL;
	struct rtp_stats *s;
	int err = 0;

	TRY(rig_new(&r));
	TRY(rig_attach(r));
	fake_net_set(r->net, &bad);
	r->line[0].hz = 600;
	r->line[0].dbm0 = -12;
	rig_run_ms(r, 60000);
	TRY(rig_stats(r));
	s = &r->stats[1].side[1].rtp;
	CHECK_NEAR((double)s->lost, 30, 25);    /* duplicates count
						 * against it */
	CHECK(s->late < 30);
	CHECK(s->reordered > 0);
	CHECK_NEAR((double)s->duplicate, 30, 25);
	CHECK(s->delay_ms >= 15 && s->delay_ms <= 100);
	CHECK(s->jitter_us > 3000);
	CHECK(s->r_factor > 50 && s->r_factor < 93);
	/* reports went both ways: 40 ms + jitter each */
	CHECK(s->rtt_us > 75000 && s->rtt_us < 150000);
	CHECK(r->stats[0].side[1].rtp.far_lost > 5);
out:
	rig_free(r);
	return err;
}

static int test_srtp(void)
{
	struct rig *r = NULL;
	int err = 0;

	for (int suite = 1; suite <= RTP_SUITE_AES_256_CM_HMAC_SHA1_32;
	     suite++) {
		unsigned len = suite <= 2 ? 30 : 46;

		TRY(rig_new(&r));
		for (unsigned k = 0; k < 2; k++) {
			struct rtp_params *p = &r->prm[k];

			p->tx_key.suite = p->rx_key.suite =
				(enum rtp_suite)suite;
			p->tx_key.len = p->rx_key.len = (uint8_t)len;
			memset(p->tx_key.key, k ? 7 : 9, len);
			memset(p->rx_key.key, k ? 9 : 7, len);
		}
		TRY(rig_attach(r));
		r->line[0].hz = 1000.5;
		r->line[0].dbm0 = -10;
		rig_run_ms(r, 1000);
		/* a re-INVITE with the same keys must not restart them */
		TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
		rig_run_ms(r, 1000);
		TRY(heard(r, 1, 1000.5, -10, 36));
		TRY(rig_stats(r));
		CHECK_INT(r->stats[1].side[1].rtp.bad_auth, 0);
		CHECK_INT(r->stats[1].side[1].rtp.replayed, 0);
		CHECK(r->stats[1].side[1].rtp.rx_packets > 95);
		rig_free(r);
		r = NULL;
	}
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_bridge = {
	"media/bridge", (const struct test[]){
		TEST_WITH(test_both_ways, TEST_NO_OOM),
		TEST_WITH(test_delay, TEST_NO_OOM),
		TEST_WITH(test_loss_and_jitter, TEST_NO_OOM),
		TEST_WITH(test_srtp, TEST_NO_OOM),
		TEST_END } };
