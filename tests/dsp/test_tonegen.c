/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/level.h"
#include "dsp/tonegen.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 8000 };

static int test_sine(void)
{
	static const double hz[] = { 50, 440, 1004, 2130, 3400 };
	struct tonegen g;
	int16_t pcm[N];
	int err = 0;

	tonegen_init(&g, 8000);
	for (size_t i = 0; i < sizeof(hz) / sizeof(*hz); i++) {
		tonegen_sine(&g, hz[i], -10, 0);
		CHECK_INT(tonegen_run(&g, pcm, N), N);
		CHECK_NEAR(signal_level_at(pcm, N, 8000, hz[i]), -10, 0.01);
		CHECK(signal_snr(pcm, N, 8000, hz[i]) > 75);
		CHECK(tonegen_is_on(&g));
	}
	tonegen_init(&g, 16000);
	tonegen_sine(&g, 6000, 0, 0);
	tonegen_run(&g, pcm, N);
	CHECK_NEAR(signal_level_at(pcm, N, 16000, 6000), 0, 0.01);
	tonegen_stop(&g);
	CHECK_INT(tonegen_run(&g, pcm, N), 0);
	CHECK_NEAR(level_of(pcm, N), LEVEL_MIN_DBM0, 0);
out:
	return err;
}

/* Five minutes of 1004 Hz end within a thousandth of a turn. */
static int test_no_drift(void)
{
	struct tonegen g;
	int16_t pcm[N], want[N] = { 0 };
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_sine(&g, 1004, 0, 0);
	for (int i = 0; i < 300; i++)
		tonegen_run(&g, pcm, N);
	signal_sine(want, N, 299 * (size_t)N, 8000, 1004, 0);
	for (int i = 0; i < N; i++)
		CHECK(abs(pcm[i] - want[i]) <= 22826 * 6.3 / 1000);
out:
	return err;
}

static int test_length(void)
{
	struct tonegen g;
	int16_t pcm[N];
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_sine(&g, 1000, 0, 100);
	CHECK_INT(tonegen_run(&g, pcm, 500), 500);
	CHECK_INT(tonegen_run(&g, pcm, 500), 300);
	CHECK_INT(pcm[300], 0);
	CHECK(!tonegen_is_on(&g));
	tonegen_sine(&g, 1000, 0, 100000);
	CHECK_INT(tonegen_run(&g, pcm, N), N);
	CHECK_INT(g.left, 792000);
	tonegen_start(&g, NULL, 0);
	CHECK_INT(tonegen_run(&g, pcm, N), 0);
out:
	return err;
}

static const struct tone_def cadence = {
	.nsteps = 3, .repeat = 2, .loop_from = 1,
	.step = {
		{ .ms = 50, .f = { { 400, -10 } } },
		{ .ms = 30, .f = { { 900, -10 }, { 1300, -13 } } },
		{ .ms = 20 },
	},
};

static int test_cadence(void)
{
	struct tonegen g;
	int16_t pcm[N];
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, &cadence, -3);
	CHECK_INT(tonegen_run(&g, pcm, N), 1200);
	CHECK_NEAR(signal_level_at(pcm, 400, 8000, 400), -13, 0.05);
	CHECK_NEAR(signal_level_at(pcm + 400, 240, 8000, 900), -13, 0.3);
	CHECK_NEAR(signal_level_at(pcm + 400, 240, 8000, 1300), -16, 0.3);
	CHECK_NEAR(level_of(pcm + 640, 160), LEVEL_MIN_DBM0, 0);
	/* the second round leaves the first step out */
	CHECK_NEAR(signal_level_at(pcm + 800, 240, 8000, 900), -13, 0.3);
	CHECK_NEAR(level_of(pcm + 1040, 160), LEVEL_MIN_DBM0, 0);
out:
	return err;
}

/* The same samples whatever the blocks. */
static int test_blocks(void)
{
	struct tonegen g;
	int16_t whole[1300], parts[1300];
	uint32_t seed = 5;
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, &cadence, 0);
	tonegen_run(&g, whole, 1300);
	tonegen_start(&g, &cadence, 0);
	for (size_t t = 0, k; t < 1300; t += k) {
		k = signal_random(&seed) % 97;
		k = t + k > 1300 ? 1300 - t : k;
		tonegen_run(&g, parts + t, k);
	}
	CHECK(!memcmp(whole, parts, sizeof(whole)));
out:
	return err;
}

/* A frequency that goes on does so without a jump. */
static int test_phase(void)
{
	static const struct tone_def two = {
		.nsteps = 2,
		.step = {
			{ .ms = 33, .f = { { 350, -13 }, { 440, -13 } } },
			{ .ms = 0, .f = { { 440, -13 } } },
		},
	};
	struct tonegen g;
	int16_t pcm[N], want[N] = { 0 };
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, &two, 0);
	tonegen_run(&g, pcm, N);
	signal_sine(want, N, 0, 8000, 440, -13);
	for (int i = 33 * 8; i < N; i++)
		CHECK_NEAR(pcm[i], want[i], 2);
out:
	return err;
}

/* Four loud frequencies are cut, not wrapped. */
static int test_clip(void)
{
	static const struct tone_def loud = {
		.nsteps = 1,
		.step = { { .f = { { 1400, 3 }, { 2060, 3 }, { 2450, 3 },
				   { 2600, 3 } } } },
	};
	struct level_meter m = { 0 };
	struct tonegen g;
	int16_t pcm[N];
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, &loud, 0);
	tonegen_run(&g, pcm, N);
	level_meter_run(&m, pcm, N);
	CHECK(m.clipped > 100);
	for (int i = 0; i < N; i++) {
		double want = 0;

		for (int k = 0; k < TONE_FREQS; k++)
			want += level_peak(3) * sin(2 * M_PI *
				loud.step[0].f[k].hz * i / 8000);
		CHECK_NEAR(pcm[i], fmax(-32768, fmin(32767, want)), 3);
	}
out:
	return err;
}

const struct test_suite suite_tonegen = {
	"dsp/tonegen", (const struct test[]){
		TEST(test_sine),
		TEST(test_no_drift),
		TEST(test_length),
		TEST(test_cadence),
		TEST(test_blocks),
		TEST(test_phase),
		TEST(test_clip),
		TEST_END } };
