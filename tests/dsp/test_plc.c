/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dsp/level.h"
#include "dsp/plc.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 16000 };

/* A voiced sound: a fundamental and its harmonics, falling. */
static void voice(int16_t *pcm, size_t n, unsigned rate, double f0)
{
	for (int k = 1; k * f0 < 3000; k++)
		signal_sine(pcm, n, 0, rate, f0 * k, -12 - 3 * k);
}

/* Frames of 20 ms; frame `from` and the next count - 1 are lost. */
static void run(struct plc *p, int16_t *pcm, size_t n, size_t frame,
		size_t from, size_t count)
{
	for (size_t i = 0; (i + 1) * frame <= n; i++) {
		if (i >= from && i < from + count)
			plc_lost(p, pcm + i * frame, frame);
		else
			plc_good(p, pcm + i * frame, frame);
	}
}

static int test_good_untouched(void)
{
	static int16_t in[N], out[N];
	struct plc *p = NULL;
	uint32_t seed = 3;
	int err = 0;

	memset(in, 0, sizeof(in));
	signal_noise(in, N, -10, &seed);
	memcpy(out, in, sizeof(in));
	TRY(plc_open(&p, 8000));
	run(p, out, N, 160, N, 0);
	CHECK(!memcmp(in, out, sizeof(in)));
out:
	plc_close(p);
	return err;
}

static int largest_step(const int16_t *pcm, size_t n)
{
	int best = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		int step = abs(pcm[i + 1] - pcm[i]);

		best = step > best ? step : best;
	}
	return best;
}

/* One lost frame of a voiced sound is filled nearly as it was. */
static int check_voiced(unsigned rate, double f0, double *snr)
{
	static int16_t in[N], out[N];
	size_t frame = rate / 50;
	struct plc *p = NULL;
	double e = 0, s = 0;
	int err = 0;

	memset(in, 0, sizeof(in));
	voice(in, N, rate, f0);
	memcpy(out, in, sizeof(in));
	TRY(plc_open(&p, rate));
	run(p, out, N, frame, 10, 1);
	for (size_t i = 10 * frame; i < 10 * frame + frame / 2; i++) {
		e += (double)(in[i] - out[i]) * (in[i] - out[i]);
		s += (double)in[i] * in[i];
	}
	*snr = s / (e + 1e-9);
	/* no click: no step much larger than the sound itself has */
	CHECK(largest_step(out + 10 * frame - 1, 2 * frame) <
	      largest_step(in, 5 * frame) * 5 / 4);
	for (size_t i = 12 * frame; i < N / frame * frame; i++)
		CHECK_INT(out[i], in[i]);
out:
	plc_close(p);
	return err;
}

static int test_voiced(void)
{
	static const double f0[] = { 80, 110, 150, 210, 300 };
	double snr = 0;
	int err = 0;

	for (size_t i = 0; i < sizeof(f0) / sizeof(*f0); i++) {
		TRY(check_voiced(8000, f0[i], &snr));
		CHECK(snr > 10);
		TRY(check_voiced(16000, f0[i], &snr));
		CHECK(snr > 10);
	}
out:
	return err;
}

/* 10 ms of full level, silence from 60 ms on. */
static int check_fade(unsigned rate)
{
	static int16_t pcm[N];
	size_t frame = rate / 50;
	const int16_t *lost = pcm + 10 * frame;
	struct plc *p = NULL;
	double before;
	int err = 0;

	memset(pcm, 0, sizeof(pcm));
	voice(pcm, N, rate, 125);
	before = level_of(pcm, 10 * frame);
	TRY(plc_open(&p, rate));
	run(p, pcm, N, frame, 10, 5);
	CHECK_NEAR(level_of(lost, frame / 2), before, 1);
	CHECK(level_of(lost + frame, frame) < before - 2);
	CHECK(level_of(lost + 2 * frame, frame) < before - 8);
	CHECK_NEAR(level_of(lost + 3 * frame, frame), LEVEL_MIN_DBM0, 0);
out:
	plc_close(p);
	return err;
}

static int test_fade(void)
{
	int err = 0;

	TRY(check_fade(8000));
	TRY(check_fade(16000));
out:
	return err;
}

/* A loss before anything was heard is silence; blocks of any length. */
static int test_odd(void)
{
	static int16_t pcm[N];
	struct plc *p = NULL;
	uint32_t seed = 21;
	int err = 0;

	TRY(plc_open(&p, 8000));
	memset(pcm, 0x55, sizeof(pcm));
	plc_lost(p, pcm, 160);
	for (int i = 0; i < 160; i++)
		CHECK_INT(pcm[i], 0);
	for (int i = 0; i < 2000; i++) {
		size_t n = signal_random(&seed) % 700;

		memset(pcm, 0, n * sizeof(*pcm));
		signal_noise(pcm, n, 2, &seed);
		if (signal_random(&seed) % 3)
			plc_good(p, pcm, n);
		else
			plc_lost(p, pcm, n);
	}
out:
	plc_close(p);
	return err;
}

const struct test_suite suite_plc = {
	"dsp/plc", (const struct test[]){
		TEST(test_good_untouched),
		TEST(test_voiced),
		TEST(test_fade),
		TEST(test_odd),
		TEST_END } };
