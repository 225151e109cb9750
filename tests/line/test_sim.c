/* SPDX-License-Identifier: Apache-2.0 */
/* Hands on the far ends: playing, recording, status, errors. */
#include "gateway/line/sim/sim.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dsp/level.h"
#include "tests/line/rig.h"

static struct rig rig;
static char saved[32];
static size_t saved_n;

static int load(int16_t **pcm, size_t *n, const char *path, unsigned hz)
{
	(void)hz;
	if (strcmp(path, "a.wav") && strcmp(path, "empty.wav"))
		return ENOENT;
	*n = path[0] == 'a' ? 800 : 0;
	*pcm = mem_alloc(1600);
	if (!*pcm)
		return ENOMEM;
	for (size_t i = 0; i < *n; i++)
		(*pcm)[i] = (int16_t)(1000 + i);
	return 0;
}

static int save(const char *path, const int16_t *pcm, size_t n, unsigned hz)
{
	(void)pcm;
	if (hz != 8000)
		return EINVAL;
	snprintf(saved, sizeof(saved), "%s", path);
	saved_n = n;
	return 0;
}

static struct line *line(void)
{
	return rig_line(&rig, 0);
}

/* A telephone in a call, no noise, all that comes from it is kept. */
static int open_talking(void)
{
	struct line_conf *c;
	int err = rig_init(&rig);

	if (err)
		return err;
	rig.env.wav_load = load;
	rig.env.wav_save = save;
	c = rig_add(&rig, "p1", LINE_FXS, "us");
	c->sim.noise_dbm0 = -96;
	err = rig_open(&rig);
	if (err)
		return err;
	rig.call[0].heard = mem_alloc(RIG_HEARD * sizeof(int16_t));
	if (!rig.call[0].heard)
		return ENOMEM;
	err = sim_phone_offhook(line());
	rig_run(&rig, 200);
	rig.call[0].heard_n = 0;
	return err;
}

static int test_tone(void)
{
	int err;

	TRY(open_talking());
	TRY(sim_play_tone(line(), 1000, -16));
	CHECK(rig_far(&rig, 0).playing);
	rig_run(&rig, 1000);
	CHECK_NEAR(level_of(rig.call[0].heard + 800, 4000), -16, 0.05);
	TRY(sim_play_stop(line()));
	CHECK(!rig_far(&rig, 0).playing);
	rig_run(&rig, 40);
	rig.call[0].heard_n = 0;
	rig_run(&rig, 100);
	CHECK_NEAR(level_of(rig.call[0].heard, 400), -96, 0.1);
	CHECK_INT(sim_play_tone(line(), 49, -16), EINVAL);
	CHECK_INT(sim_play_tone(line(), NAN, -16), EINVAL);
	CHECK_INT(sim_play_tone(line(), 1000, 4), EINVAL);
out:
	rig_fini(&rig);
	return err;
}

/* Samples come through as they are: once, and over and over. */
static int test_samples(void)
{
	const int16_t ramp[3] = { 11, 22, 33 };
	const int16_t *h;
	int err;

	TRY(open_talking());
	h = rig.call[0].heard;
	TRY(sim_play_file(line(), "a.wav", false));
	rig_run(&rig, 300);
	CHECK(!rig_far(&rig, 0).playing);
	for (unsigned i = 0; i < 800; i++)
		CHECK_INT(h[i], 1000 + i);
	CHECK_INT(h[800], 0);
	TRY(sim_play_pcm(line(), ramp, 3, true));
	rig.call[0].heard_n = 0;
	rig_run(&rig, 100);
	for (unsigned i = 0; i < 400; i++)
		CHECK_INT(h[i], ramp[i % 3]);
	CHECK(rig_far(&rig, 0).playing);
	CHECK_INT(sim_play_file(line(), "b.wav", false), ENOENT);
	CHECK_INT(sim_play_file(line(), "empty.wav", false), EINVAL);
	CHECK_INT(sim_play_pcm(line(), ramp, 0, true), EINVAL);
	/* silent on the hook */
	TRY(sim_phone_onhook(line()));
	rig_run(&rig, 40);
	rig.call[0].heard_n = 0;
	rig_run(&rig, 100);
	CHECK_INT(h[0], 0);
out:
	rig_fini(&rig);
	return err;
}

static int test_record(void)
{
	struct rig_call *c = &rig.call[0];
	const int16_t *pcm;
	int16_t say[160];
	size_t n;
	int err;

	TRY(open_talking());
	for (unsigned i = 0; i < 160; i++)
		say[i] = (int16_t)(i * 100 + 1);
	c->say = say;
	c->say_n = 160;
	CHECK_INT(sim_record_get(&pcm, &n, line()), EINVAL);
	CHECK_INT(sim_record_stop(line(), NULL), EINVAL);
	CHECK_INT(sim_record_start(line(), 3600000), EINVAL);
	rig_run(&rig, 100);
	TRY(sim_record_start(line(), 1000));
	CHECK_INT(sim_record_start(line(), 1000), EALREADY);
	rig_run(&rig, 500);
	CHECK(rig_far(&rig, 0).recording);
	TRY(sim_record_get(&pcm, &n, line()));
	CHECK(n >= 3680 && n <= 4000);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(pcm[i], say[i % 160]);
	rig_run(&rig, 1000);            /* full */
	TRY(sim_record_stop(line(), "out.wav"));
	CHECK_STR(str_z(saved), "out.wav");
	CHECK_INT(saved_n, 8000);
	CHECK(!rig_far(&rig, 0).recording);
	rig_run(&rig, 100);
	TRY(sim_record_get(&pcm, &n, line()));
	CHECK_INT(n, 8000);
	TRY(sim_record_start(line(), 0));       /* the old one goes */
	rig_run(&rig, 100);
	TRY(sim_record_start(line(), 0) == EALREADY ? 0 : EINVAL);
	TRY(sim_record_stop(line(), NULL));
	TRY(sim_record_start(line(), 100));     /* at once again */
	rig_run(&rig, 50);
out:
	rig_fini(&rig);
	return err;
}

static int test_dtmf(void)
{
	int err;

	TRY(open_talking());
	TRY(sim_send_dtmf(line(), "12ab"));
	CHECK_INT(sim_send_dtmf(line(), "12x"), EINVAL);
	rig_run(&rig, 1500);
	CHECK_STR(str_z(rig.call[0].heard_digits), "12AB");
	/* 10 digits go out in 10 * 160 ms and one pause of a second */
	rig.call[0].heard_digits[0] = '\0';
	memset(rig.call[0].heard_digits, 0, 64);
	TRY(sim_send_dtmf(line(), "01234,56789"));
	rig_run(&rig, 2500);
	CHECK(strlen(rig.call[0].heard_digits) < 10);
	rig_run(&rig, 500);
	CHECK_STR(str_z(rig.call[0].heard_digits), "0123456789");
out:
	rig_fini(&rig);
	return err;
}

static int test_wrong_kind(void)
{
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "us");
	rig_add(&rig, "l1", LINE_FXO, "us");
	TRY(rig_open(&rig));
	CHECK(sim_is(rig_line(&rig, 0)));
	CHECK_INT(sim_exchange_call(rig_line(&rig, 0), NULL), EINVAL);
	CHECK_INT(sim_exchange_hangup(rig_line(&rig, 0), 0), EINVAL);
	CHECK_INT(sim_exchange_answer(rig_line(&rig, 0)), EINVAL);
	CHECK_INT(sim_exchange_cut(rig_line(&rig, 0), true), EINVAL);
	CHECK_INT(sim_phone_offhook(rig_line(&rig, 1)), EINVAL);
	CHECK_INT(sim_phone_onhook(rig_line(&rig, 1)), EINVAL);
	CHECK_INT(sim_phone_flash(rig_line(&rig, 1)), EINVAL);
	CHECK_INT(sim_phone_dial(rig_line(&rig, 1), "1", true), EINVAL);
	CHECK_INT(sim_phone_auto_answer(rig_line(&rig, 1), 1), EINVAL);
	CHECK_INT(sim_play_file(rig_line(&rig, 1), "a.wav", false), ENOSYS);
	TRY(sim_record_start(rig_line(&rig, 1), 100));
	CHECK_INT(sim_record_stop(rig_line(&rig, 1), "x.wav"), ENOSYS);
	CHECK(rig_far(&rig, 1).exchange && !rig_far(&rig, 0).exchange);
out:
	rig_fini(&rig);
	return err;
}

/* More commands than there is room for while a worker does not come. */
static int test_too_many(void)
{
	int err;

	TRY(open_talking());
	tmr_stop(&rig.call[0].tick);
	err = 0;
	for (unsigned i = 0; i < 100 && !err; i++)
		err = sim_play_tone(line(), 500, -20);
	CHECK_INT(err, ENOBUFS);
	err = 0;
	CHECK_INT(sim_play_file(line(), "a.wav", false), ENOBUFS);
	CHECK_INT(sim_record_start(line(), 100), ENOBUFS);
	CHECK_INT(sim_send_dtmf(line(), "1"), ENOBUFS);
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_sim = {
	"line/sim", (const struct test[]){
		TEST(test_tone),
		TEST(test_samples),
		TEST(test_record),
		TEST(test_dtmf),
		TEST(test_wrong_kind),
		TEST(test_too_many),
		TEST_END } };
