/* SPDX-License-Identifier: Apache-2.0 */
/* Stages, and the canceller where it stands in a bridge. */
#include "dsp/level.h"
#include "media/stage.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

/* What a line that only echoes sends back of noise, in dBm0. */
static int echo_level(double *dbm0, unsigned tail_ms)
{
	enum { LEN = 8000 * 6 };
	int16_t *noise = mem_alloc(LEN * sizeof(*noise));
	struct rig *r = NULL;
	const int16_t *heard;
	uint32_t seed = 11;
	size_t n;
	int err = 0;

	if (!noise)
		return ENOMEM;
	sine_noise(noise, LEN, -15, &seed);
	/* as coloured as speech is */
	for (unsigned i = 1; i < LEN; i++)
		noise[i] = (int16_t)((noise[i] + 3 * noise[i - 1]) / 4);
	TRY(rig_new(&r));
	r->line[0].say = noise;
	r->line[0].say_n = LEN;
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	r->line[1].echo = 0.316;        /* echo return loss of 10 dB */
	TRY(bridge_attach(r->bridge[0], BRIDGE_B, &r->line[1].port));
	TRY(bridge_echo(r->bridge[0], BRIDGE_B, tail_ms,
			BRIDGE_ECHO_NO_NLP | BRIDGE_ECHO_NO_NOISE));
	rig_run_ms(r, 5500);
	heard = rig_last(r, 0, 2000, &n);
	*dbm0 = level_of(heard, n);
	if (tail_ms) {
		TRY(rig_stats(r));
		CHECK(r->stats[0].side[1].echo);
		CHECK(r->stats[0].side[1].echo_erle_db > 20);
	}
out:
	rig_free(r);
	mem_free(noise);
	return err;
}

static int test_echo(void)
{
	double with, without;
	int err = 0;

	TRY(echo_level(&without, 0));
	TRY(echo_level(&with, 128));
	CHECK_NEAR(without, -32, 4);
	CHECK_NEAR(without - with, 60, 35);     /* 25 dB at least */
out:
	return err;
}

static int test_made_and_freed(void)
{
	const struct tone_plan *jp = tone_plan_find("jp");
	struct caller_id cid = { .number = "1" };
	struct stage *s[6] = { NULL };
	struct stage *no = NULL;
	int err = 0;

	TRY(stage_echo_new(&s[0], 32, 0));
	TRY(stage_dtmf_new(&s[1], true));
	TRY(stage_progress_new(&s[2], jp, 0));
	TRY(stage_caller_id_new(&s[3], CALLER_ID_JCLIP));
	TRY(stage_tone_new(&s[4], jp, TONE_DIAL));
	TRY(stage_caller_id_tx_new(&s[5], CALLER_ID_DTMF, &cid, 0));
	CHECK_INT(stage_tone_new(&no, jp, TONE_NONE), ENOENT);
	CHECK(stage_caller_id_new(&no, CALLER_ID_NONE) != 0);
	CHECK(stage_echo_new(&no, 500, 0) != 0);
	/* at 16 kHz, too: frames of 320 */
	for (unsigned i = 1; i < 5; i++) {
		struct frame f = { .hz = 16000, .n = 320 };

		CHECK(s[i]->ops->run(s[i], &f));
	}
out:
	for (unsigned i = 0; i < 6; i++)
		stage_free(s[i]);
	return err;
}

const struct test_suite suite_stage = {
	"media/stage", (const struct test[]){
		TEST_WITH(test_echo, TEST_NO_OOM),
		TEST(test_made_and_freed),
		TEST_END } };
