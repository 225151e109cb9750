/* SPDX-License-Identifier: Apache-2.0 */
/* The tick: codecs, rates, tones, files, gains, recording. */
#include <stdlib.h>
#include <unistd.h>

#include "media/file_port.h"
#include "media/loop_port.h"
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
	TRY(rig_stats(r));
	CHECK(r->stats[0].side[0].attached && !r->stats[0].side[1].attached);
	CHECK_NEAR(r->stats[0].side[0].out_dbm0,
		   r->stats[0].side[0].out_peak_dbm0, 6);
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

/* A recording has what A says on the left, what B says on the right. */
static int test_record_and_play(void)
{
	char rec[] = "/tmp/tipring-rec-XXXXXX", wav[] = "/tmp/tipring-XXXXXX";
	static int16_t pcm[8000];
	struct rig *r = NULL;
	int16_t *got = NULL;
	struct sine s;
	size_t n;
	int err = 0;

	close(mkstemp(rec));
	close(mkstemp(wav));
	sine_make(pcm, 8000, 8000, 700, -10, 0);
	TRY(file_save(wav, pcm, 8000, 8000));
	TRY(rig_new(&r));
	TRY(rig_attach(r));
	r->line[0].hz = 1000.5;
	r->line[1].hz = 440;
	r->line[0].dbm0 = r->line[1].dbm0 = -10;
	rig_run_ms(r, 300);
	TRY(bridge_record(r->bridge[0], rec));
	TRY(bridge_play(r->bridge[0], BRIDGE_A, wav, 2));
	rig_run_ms(r, 1500);
	TRY(heard(r, 0, 700, -10, 40));
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_PLAYED), 0);
	rig_run_ms(r, 1500);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_PLAYED), 1);
	TRY(heard(r, 0, 440, -10, 34));         /* the other side again */
	TRY(bridge_record(r->bridge[0], NULL));
	rig_run_ms(r, 100);
	/* both channels mixed: half of each */
	TRY(file_load(&got, &n, rec, 8000));
	CHECK_NEAR((double)n, 3000 * 8, 200);
	sine_fit(&s, got + 8000, 8000, 8000, 1000);
	CHECK_NEAR(s.hz, 1000.5, 0.1);
	CHECK_NEAR(s.dbm0, -16, 0.2);
	sine_fit(&s, got + 8000, 8000, 8000, 440);
	CHECK_NEAR(s.dbm0, -16, 0.2);
out:
	mem_free(got);
	rig_free(r);
	unlink(rec);
	unlink(wav);
	return err;
}

/* Caller ID sent to a line is what a telephone there would receive. */
static int test_caller_id(void)
{
	struct caller_id cid = { .number = "0312345678", .name = "SATO" };
	struct rig *r = NULL;
	struct rig_event *v = NULL;
	const struct tone_plan *us = tone_plan_find("us");
	int err = 0;

	TRY(rig_new(&r));
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	TRY(bridge_caller_id(r->bridge[0], BRIDGE_A, CALLER_ID_CLASS, &cid,
			     0));
	rig_run_ms(r, 2000);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_CALLER_ID_SENT), 1);
	/* what line 0 heard is what line 1 says */
	r->line[1].say = r->line[0].heard;
	r->line[1].say_n = r->line[0].n;
	TRY(bridge_attach(r->bridge[1], BRIDGE_A, &r->line[1].port));
	TRY(bridge_listen(r->bridge[1], BRIDGE_A, BRIDGE_LISTEN_CALLER_ID,
			  us, 0));
	rig_run_ms(r, 2000);
	for (unsigned i = 0; i < r->n_ev; i++)
		if (r->ev[i].e.ev == BRIDGE_EV_CALLER_ID)
			v = &r->ev[i];
	CHECK(v && v->e.cid);
	CHECK_STR(str_z(v->e.cid->number), "0312345678");
out:
	rig_free(r);
	return err;
}

/* Call progress: a busy tone is told as found, then as lost. */
static int test_progress(void)
{
	const struct tone_plan *us = tone_plan_find("us");
	struct rig *r = NULL;
	unsigned found = 0, lost = 0;
	int err = 0;

	TRY(rig_new(&r));
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	TRY(bridge_tone(r->bridge[0], BRIDGE_A, us, TONE_BUSY));
	rig_run_ms(r, 6000);
	r->line[1].say = r->line[0].heard;
	r->line[1].say_n = r->line[0].n;
	TRY(bridge_attach(r->bridge[1], BRIDGE_A, &r->line[1].port));
	TRY(bridge_listen(r->bridge[1], BRIDGE_A, BRIDGE_LISTEN_PROGRESS, us,
			  0));
	rig_run_ms(r, 9000);
	for (unsigned i = 0; i < r->n_ev; i++) {
		const struct bridge_event *e = &r->ev[i].e;

		if (e->ev != BRIDGE_EV_TONE)
			continue;
		CHECK_INT(e->tone, TONE_BUSY);
		found += e->begin;
		lost += !e->begin;
	}
	CHECK_INT(found, 1);
	CHECK_INT(lost, 1);
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_bridge_tick = {
	"media/bridge_tick", (const struct test[]){
		TEST_WITH(test_codecs_and_ptimes, TEST_NO_OOM),
		TEST_WITH(test_tones_and_gain, TEST_NO_OOM),
		TEST_WITH(test_record_and_play, TEST_NO_OOM),
		TEST_WITH(test_caller_id, TEST_NO_OOM),
		TEST_WITH(test_progress, TEST_NO_OOM),
		TEST_END } };
