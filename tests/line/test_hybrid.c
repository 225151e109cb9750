/* SPDX-License-Identifier: Apache-2.0 */
/* Loss, echo return loss, delay and noise as they were set. */
#include "gateway/line/sim/hybrid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/level.h"
#include "dsp/tonegen.h"
#include "tests/lib/test.h"

enum { N = 160 * 100 };

struct bench {
	struct hybrid h;
	int16_t       out[N], said[N], heard[N], in[N];
};

static struct bench b;

static void run(const struct hybrid_conf *c)
{
	hybrid_init(&b.h, c);
	for (unsigned i = 0; i < N; i += HYBRID_BLOCK)
		hybrid_run(&b.h, b.out + i, b.said + i, b.heard + i,
			   b.in + i);
}

static void sine(int16_t *pcm, double hz, double dbm0)
{
	struct tonegen g;

	tonegen_init(&g, 8000);
	tonegen_sine(&g, hz, dbm0, 0);
	tonegen_run(&g, pcm, N);
}

static void css(int16_t *pcm, double dbm0)
{
	static int16_t period[G168_CSS];

	g168_css(period, dbm0);
	for (unsigned i = 0; i < N; i++)
		pcm[i] = period[i % G168_CSS];
}

static int test_loss(void)
{
	struct hybrid_conf c = { .in_loss_db = 7, .out_loss_db = 3.5,
				 .noise_dbm0 = -96 };
	int err = 0;

	memset(&b, 0, sizeof(b));
	sine(b.out, 1000, -10);
	sine(b.said, 700, -16);
	run(&c);
	CHECK_NEAR(level_of(b.heard, N), -13.5, 0.02);
	CHECK_NEAR(level_of(b.in, N), -23, 0.02);
	memset(&c, 0, sizeof(c));
	c.noise_dbm0 = -96;
	run(&c);                /* nothing set: both pass unchanged */
	CHECK(!memcmp(b.heard, b.out, sizeof(b.out)));
	CHECK(!memcmp(b.in, b.said, sizeof(b.said)));
out:
	return err;
}

static int test_noise(void)
{
	int err = 0;

	for (int dbm0 = -70; dbm0 <= -30; dbm0 += 10) {
		struct hybrid_conf c = { .noise_dbm0 = dbm0 };
		double cross = 0;

		memset(&b, 0, sizeof(b));
		run(&c);
		CHECK_NEAR(level_of(b.heard, N), dbm0, 0.3);
		CHECK_NEAR(level_of(b.in, N), dbm0, 0.3);
		for (unsigned i = 0; i < N; i++)
			cross += b.in[i] * b.heard[i];
		cross /= N;     /* the two ends have noise of their own */
		CHECK(fabs(cross) < 0.05 * pow(level_peak(dbm0), 2) / 2);
	}
out:
	return err;
}

/* Each path: the echo of the composite source signal is erl_db lower. */
static int test_erl(void)
{
	int err = 0;

	memset(&b, 0, sizeof(b));
	css(b.out, -10);
	for (int model = 2; model <= 9; model++) {
		struct hybrid_conf c = { .model = model, .erl_db = 10,
					 .noise_dbm0 = -96 };

		run(&c);
		CHECK_NEAR(level_of(b.out, N) - level_of(b.in, N), 10, 0.3);
		CHECK(!memcmp(b.heard, b.out, sizeof(b.out)));
		c.erl_db = 24;
		run(&c);
		CHECK_NEAR(level_of(b.out, N) - level_of(b.in, N), 24, 0.3);
	}
out:
	return err;
}

/* One impulse shows the path itself, behind the bulk delay. */
static int test_delay(void)
{
	static const unsigned delays[] = { 0, 1, 159, 160, 161, 512, 1024 };
	float taps[G168_TAPS_MAX];
	unsigned n = g168_path(taps, 2, 6);
	int err = 0;

	for (unsigned d = 0; d < sizeof(delays) / sizeof(delays[0]); d++) {
		struct hybrid_conf c = { .model = 4, .erl_db = 6,
			.delay = delays[d], .noise_dbm0 = -96 };
		unsigned at = 333;

		memset(&b, 0, sizeof(b));
		b.out[at] = 20000;
		run(&c);
		for (unsigned i = 0; i < N; i++) {
			int k = (int)i - (int)at - (int)delays[d];
			double want = k >= 0 && k < (int)n ?
				      20000.0 * taps[k] : 0;

			CHECK_NEAR(b.in[i], want, 0.51);
		}
	}
out:
	return err;
}

static int test_saturation(void)
{
	struct hybrid_conf c = { .model = 2, .erl_db = 0,
				 .noise_dbm0 = -96 };
	int err = 0;

	memset(&b, 0, sizeof(b));
	sine(b.out, 1000, 3.1);
	sine(b.said, 1000, 3.1);
	run(&c);
	for (unsigned i = 1; i < N; i++)        /* it clips, never wraps */
		CHECK(abs(b.in[i] - b.in[i - 1]) < 60000);
	hybrid_reset(&b.h);
	memset(&b.out, 0, sizeof(b.out));
	memset(&b.said, 0, sizeof(b.said));
	hybrid_run(&b.h, b.out, b.said, b.heard, b.in);
	CHECK_NEAR(level_of(b.in, 160), LEVEL_MIN_DBM0, 0.1);
out:
	return err;
}

const struct test_suite suite_hybrid = {
	"line/hybrid", (const struct test[]){
		TEST(test_loss),
		TEST(test_noise),
		TEST(test_erl),
		TEST(test_delay),
		TEST(test_saturation),
		TEST_END } };
