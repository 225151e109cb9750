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

/* G.722 at one end of the bridge, 8 kHz at the other; ptimes that differ. */
static int test_codecs_and_ptimes(void)
{
	static const struct { const char *name; uint8_t pt; unsigned ptime; }
	v[] = { { "PCMU", 0, 10 }, { "PCMA", 8, 30 }, { "PCMU", 0, 40 },
		{ "PCMA", 8, 60 }, { "G722", 9, 20 }, { "G726-32", 96, 20 },
		{ "G722", 9, 30 } };
	struct rig *r = NULL;
	int err = 0;

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const struct codec_ops *c = codec_find(v[i].name, 8000);

		CHECK(c);
		TRY(rig_new(&r));
		for (unsigned k = 0; k < 2; k++) {
			r->prm[k].fmt[0] = (struct rtp_format){
				.codec = c, .tx_pt = v[i].pt,
				.rx_pt = v[i].pt };
			r->prm[k].ptime_ms = v[i].ptime;
		}
		TRY(rig_attach(r));
		r->line[0].hz = 1000.5;
		r->line[0].dbm0 = -10;
		rig_run_ms(r, 2000);
		TRY(heard(r, 1, 1000.5, -10, v[i].pt == 96 ? 20 : 33));
		TRY(rig_stats(r));
		CHECK_INT(r->stats[1].side[1].rtp.concealed_ms, 0);
		CHECK_INT(r->stats[1].side[1].rtp.lost, 0);
		rig_free(r);
		r = NULL;
	}
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

static int test_tones_and_gain(void)
{
	const struct tone_plan *jp = tone_plan_find("jp");
	struct rig *r = NULL;
	int err = 0;

	TRY(rig_new(&r));
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	TRY(bridge_tone(r->bridge[0], BRIDGE_A, jp, TONE_DIAL));
	rig_run_ms(r, 1000);
	TRY(heard(r, 0, 400, jp->tone[TONE_DIAL].step[0].f[0].dbm0, 40));
	TRY(bridge_tone(r->bridge[0], BRIDGE_A, jp, TONE_NONE));
	rig_run_ms(r, 500);
	CHECK_INT(r->line[0].heard[r->line[0].n - 1], 0);
	bridge_detach(r->bridge[0], BRIDGE_A);
	rig_run_ms(r, 10);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_DETACHED), 1);
	CHECK_INT(r->line[0].freed, 1);
	TRY(rig_attach(r));
	TRY(bridge_gain(r->bridge[0], BRIDGE_A, -6, 3));
	r->line[0].hz = r->line[1].hz = 700;
	r->line[0].dbm0 = r->line[1].dbm0 = -12;
	rig_run_ms(r, 1000);
	TRY(heard(r, 1, 700, -18, 34));
	TRY(heard(r, 0, 700, -9, 34));
	TRY(rig_stats(r));
	CHECK_NEAR(r->stats[0].side[0].in_dbm0, -18, 1);
out:
	rig_free(r);
	return err;
}

/* Take a port out alive and put it into the other bridge. */
static int test_take_and_errors(void)
{
	struct rig *r = NULL;
	struct rig_line extra;
	int err = 0;

	rig_line_init(&extra, 8000);
	TRY(rig_new(&r));
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	CHECK_INT(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port), EBUSY);
	bridge_take(r->bridge[0], BRIDGE_A);
	CHECK_INT(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port), EBUSY);
	rig_run_ms(r, 10);
	CHECK(r->taken == &r->line[0].port);
	CHECK_INT(r->line[0].freed, 0);
	TRY(bridge_attach(r->bridge[1], BRIDGE_B, r->taken));
	extra.bind_err = EMFILE;
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port));
	rig_run_ms(r, 10);
	CHECK_INT(extra.freed, 1);      /* could not be bound: given back */
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_DETACHED), 2);
	CHECK_INT(bridge_digits(r->bridge[0], BRIDGE_A, "12x", 0), EINVAL);
	CHECK_INT(bridge_tone(r->bridge[0], BRIDGE_A, tone_plan_find("us"),
			      TONE_COUNT - 1), 0);
	/* too many commands at once are refused, not lost */
	for (err = 0; !err; )
		err = bridge_stats(r->bridge[0]);
	CHECK_INT(err, EAGAIN);
	err = 0;
	bridge_close(r->bridge[0]);
	rig_run_ms(r, 10);
	CHECK_INT(r->closed[0], 1);
out:
	rig_free(r);
	return err;
}

static int test_hold_and_timeout(void)
{
	struct rig *r = NULL;
	struct fake_link cut = { .cut = true };
	int err = 0;

	TRY(rig_new(&r));
	r->conf.rtp_timeout_ms = 2000;
	TRY(rig_attach(r));
	r->line[1].hz = 500;
	r->line[1].dbm0 = -10;
	rig_run_ms(r, 500);
	r->prm[0].recv = false;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	fake_net_set(r->net, &cut);
	rig_run_ms(r, 5000);            /* on hold nobody waits for sound */
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 0);
	CHECK_INT(rig_count(r, 1, BRIDGE_EV_RTP_TIMEOUT), 1);
	r->prm[0].recv = true;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	rig_run_ms(r, 1900);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 0);
	rig_run_ms(r, 1500);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 1);
out:
	rig_free(r);
	return err;
}

/* Everything that allocates, and little time: for failing allocations. */
static int test_all_made(void)
{
	const struct tone_plan *jp = tone_plan_find("jp");
	struct caller_id cid = { .number = "0312345678" };
	struct rig *r = NULL;
	struct bridge *b;
	int err = 0;

	TRY(rig_new(&r));
	b = r->bridge[0];
	for (unsigned i = 0; i < 2; i++) {
		r->prm[i].tx_key.suite = r->prm[i].rx_key.suite =
			RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
		r->prm[i].tx_key.len = r->prm[i].rx_key.len = 30;
	}
	TRY(rig_attach(r));
	TRY(bridge_listen(b, BRIDGE_A, BRIDGE_LISTEN_DTMF |
			  BRIDGE_LISTEN_PROGRESS | BRIDGE_LISTEN_CALLER_ID,
			  jp, 5000));
	TRY(bridge_tone(b, BRIDGE_A, jp, TONE_RINGBACK));
	TRY(bridge_echo(b, BRIDGE_A, 64, 0));
	TRY(bridge_caller_id(b, BRIDGE_A, CALLER_ID_JCLIP, &cid, 0));
	TRY(bridge_record(b, "build/rec.wav"));
	rig_run_ms(r, 5);
	r->prm[0].fmt[0].codec = codec_find("G722", 8000);
	TRY(bridge_update(b, BRIDGE_B, &r->prm[0]));
	TRY(bridge_play(b, BRIDGE_B, "build/rec.wav", 1));
	TRY(bridge_tone(b, BRIDGE_A, jp, TONE_NONE));
	rig_run_ms(r, 40);
	TRY(rig_stats(r));
	CHECK(r->stats[0].side[0].echo);
	TRY(bridge_record(b, NULL));
	bridge_take(b, BRIDGE_A);
	rig_run_ms(r, 10);
	CHECK(r->taken == &r->line[0].port);
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_bridge = {
	"media/bridge", (const struct test[]){
		TEST_WITH(test_both_ways, TEST_NO_OOM),
		TEST_WITH(test_delay, TEST_NO_OOM),
		TEST_WITH(test_loss_and_jitter, TEST_NO_OOM),
		TEST_WITH(test_codecs_and_ptimes, TEST_NO_OOM),
		TEST_WITH(test_srtp, TEST_NO_OOM),
		TEST_WITH(test_tones_and_gain, TEST_NO_OOM),
		TEST(test_take_and_errors),
		TEST_WITH(test_hold_and_timeout, TEST_NO_OOM),
		TEST(test_all_made),
		TEST_END } };
