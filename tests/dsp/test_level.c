/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dsp/level.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 8000 };

static int test_scale(void)
{
	int16_t pcm[N] = { 0 };
	int err = 0;

	CHECK_NEAR(level_peak(3.14), 32767, 0.5);
	CHECK_NEAR(level_peak(0), 22826, 1);
	CHECK_NEAR(level_of(pcm, N), LEVEL_MIN_DBM0, 0);
	CHECK_NEAR(level_of(pcm, 0), LEVEL_MIN_DBM0, 0);
	for (int db = -60; db <= 3; db += 7) {
		memset(pcm, 0, sizeof(pcm));
		signal_sine(pcm, N, 0, 8000, 1000, db);
		CHECK_NEAR(level_of(pcm, N), db, db < -50 ? 0.1 : 0.01);
	}
out:
	return err;
}

static int test_gain(void)
{
	static const double gains[] = { -30, -6, -0.5, 0, 1, 12 };
	int16_t pcm[N];
	int err = 0;

	for (size_t i = 0; i < sizeof(gains) / sizeof(*gains); i++) {
		memset(pcm, 0, sizeof(pcm));
		signal_sine(pcm, N, 0, 8000, 700, -15);
		CHECK_INT(level_gain_run(level_gain(gains[i]), pcm, N), 0);
		CHECK_NEAR(level_of(pcm, N), -15 + gains[i], 0.02);
	}
	/* 0 dB changes nothing */
	for (int i = 0; i < N; i++)
		pcm[i] = (int16_t)(i * 8 - 32768);
	CHECK_INT(level_gain_run(level_gain(0), pcm, N), 0);
	for (int i = 0; i < N; i++)
		CHECK_INT(pcm[i], (int16_t)(i * 8 - 32768));
out:
	return err;
}

static int test_saturation(void)
{
	int16_t pcm[4] = { 20000, -20000, 100, -32768 };
	int16_t add[4] = { 20000, -20000, 1, -1 };
	int err = 0;

	CHECK_INT(level_mix(pcm, add, 4), 3);
	CHECK_INT(pcm[0], 32767);
	CHECK_INT(pcm[1], -32768);
	CHECK_INT(pcm[2], 101);
	CHECK_INT(pcm[3], -32768);
	CHECK_INT(level_gain_run(level_gain(99), pcm, 4), 3);
	CHECK_INT(pcm[0], 32767);
	CHECK_INT(pcm[3], -32768);
	CHECK_INT(level_gain_run(level_gain(-200), pcm, 4), 0);
	CHECK_INT(pcm[2], 0);
out:
	return err;
}

static int test_meter(void)
{
	struct level_meter m = { 0 };
	int16_t pcm[N] = { 0 };
	int err = 0;

	CHECK_NEAR(level_meter_dbm0(&m), LEVEL_MIN_DBM0, 0);
	signal_sine(pcm, N, 0, 8000, 1000, -20);
	for (int i = 0; i < N; i += 100)
		level_meter_run(&m, pcm + i, 100);
	CHECK_NEAR(level_meter_dbm0(&m), -20, 0.01);
	CHECK_INT(m.n, N);
	CHECK_INT(m.clipped, 0);
	CHECK_NEAR(m.peak, level_peak(-20), 1);
	level_meter_reset(&m);
	pcm[0] = 32767;
	pcm[1] = -32768;
	level_meter_run(&m, pcm, 2);
	CHECK_INT(m.clipped, 2);
	CHECK_INT(m.peak, 32768);
	CHECK_NEAR(level_meter_dbm0(&m), 6.15, 0.01);
out:
	return err;
}

const struct test_suite suite_level = {
	"dsp/level", (const struct test[]){
		TEST(test_scale),
		TEST(test_gain),
		TEST(test_saturation),
		TEST(test_meter),
		TEST_END } };
