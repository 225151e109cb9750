/* SPDX-License-Identifier: Apache-2.0 */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "dsp/echo_core.h"
#include "tests/lib/test.h"

static uint32_t step_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static float rough(uint32_t *state)
{
	return (float)((int)(step_random(state) % 20001) - 10000);
}

/* The engines of this machine. */
static unsigned engines(const struct echo_ops *ops[2])
{
	ops[0] = &echo_ops_portable;
	ops[1] = echo_best_ops();
	return ops[0] == ops[1] ? 1 : 2;
}

static int check_forward(const struct echo_ops *ops, uint32_t seed)
{
	ECHO_ALIGNED float x[ECHO_POINTS], re[ECHO_BINS], im[ECHO_BINS];
	int err = 0;

	for (unsigned i = 0; i < ECHO_POINTS; i++)
		x[i] = rough(&seed);
	ops->forward(x, re, im);
	for (unsigned k = 0; k < ECHO_BINS; k++) {
		double complex sum = 0;

		for (unsigned i = 0; i < ECHO_POINTS; i++)
			sum += x[i] * cexp(-2 * M_PI * I * i * k /
					   ECHO_POINTS);
		CHECK_NEAR(re[k], creal(sum), 0.5);
		CHECK_NEAR(im[k], cimag(sum), 0.5);
	}
out:
	return err;
}

/* Against the definition, on both engines. */
static int test_forward(void)
{
	const struct echo_ops *ops[2];
	unsigned n = engines(ops);
	int err = 0;

	for (unsigned i = 0; i < n; i++)
		for (uint32_t seed = 1; seed <= 5; seed++)
			TRY(check_forward(ops[i], seed));
out:
	return err;
}

/* Back to the same samples, less the bin at half the rate. */
static int test_inverse(void)
{
	ECHO_ALIGNED float x[ECHO_POINTS], y[ECHO_POINTS];
	ECHO_ALIGNED float re[ECHO_BINS], im[ECHO_BINS];
	const struct echo_ops *ops[2];
	unsigned n = engines(ops);
	uint32_t seed = 7;
	float half = 0;
	int err = 0;

	for (unsigned i = 0; i < ECHO_POINTS; i++)
		x[i] = rough(&seed);
	for (unsigned i = 0; i < ECHO_POINTS; i++)
		half += (i & 1 ? -x[i] : x[i]) / ECHO_POINTS;
	for (unsigned i = 0; i < n; i++) {
		ops[i]->forward(x, re, im);
		ops[i]->inverse(re, im, y);
		for (unsigned k = 0; k < ECHO_POINTS; k++)
			CHECK_NEAR(y[k], x[k] - (k & 1 ? -half : half), 0.02);
	}
out:
	return err;
}

static int test_store(void)
{
	static const float in[] = { 0, 0.4f, 0.6f, -0.4f, -0.6f, 40000,
				    -40000, 32767.4f, -32768.4f, 100.5f };
	static const int16_t out[] = { 0, 0, 1, 0, -1, 32767,
				       -32768, 32767, -32768, 101 };
	ECHO_ALIGNED float x[ECHO_BLOCK];
	int16_t pcm[ECHO_BLOCK + 1];
	const struct echo_ops *ops[2];
	unsigned n = engines(ops);
	int err = 0;

	for (unsigned e = 0; e < n; e++) {
		for (unsigned i = 0; i < ECHO_BLOCK; i++)
			x[i] = in[i % 10];
		pcm[ECHO_BLOCK] = 1234;
		ops[e]->store(pcm, x);
		for (unsigned i = 0; i < ECHO_BLOCK; i++)
			CHECK_INT(pcm[i], out[i % 10]);
		CHECK_INT(pcm[ECHO_BLOCK], 1234);
		for (unsigned i = 0; i < ECHO_BLOCK; i++)
			x[i] = (float)i;
		CHECK_NEAR(ops[e]->sum(x), 79 * 40, 0.1);
	}
out:
	return err;
}

/* One filter on white noise, and its path: 3 taps across two partitions. */
struct bench {
	struct echo_filter f;
	struct echo_block  b;
	float             *mem;
	int16_t            far[ECHO_BLOCK * 4];
	uint32_t           seed;
	float              last;
};

static int bench_init(struct bench *w, unsigned parts)
{
	memset(w, 0, sizeof(*w));
	w->mem = mem_alloc_aligned(ECHO_ALIGN, echo_filter_size(parts));
	if (!w->mem)
		return ENOMEM;
	echo_filter_init(&w->f, parts, w->mem);
	w->seed = 3;
	return 0;
}

static void bench_step(struct bench *w, const struct echo_ops *ops)
{
	enum { N = ECHO_BLOCK };
	int16_t near[N], *now = w->far + 3 * N;

	memmove(w->far, w->far + N, 3 * N * sizeof(*w->far));
	/* nothing at half the rate, as on a line */
	for (unsigned i = 0; i < N; i++) {
		float x = rough(&w->seed) / 8;

		now[i] = (int16_t)(x + w->last);
		w->last = x;
	}
	for (int i = 0; i < N; i++)
		near[i] = (int16_t)(0.5 * now[i - 5] - 0.25 * now[i - 70] +
				    0.2 * now[i - 100]);
	ops->push_far(&w->f, now, &w->b);
	w->b.active = true;
	ops->cancel(&w->f, near, &w->b);
	ops->track_near(&w->f, &w->b);
	ops->update(&w->f, &w->b);
	for (unsigned p = 0; p < w->f.parts; p++)
		ops->constrain(&w->f, p);
}

/* It finds the path, and knows how well. */
static int test_converges(void)
{
	const struct echo_ops *ops[2];
	unsigned n = engines(ops);
	struct bench w = { 0 };
	int err = 0;

	for (unsigned e = 0; e < n; e++) {
		TRY(bench_init(&w, 4));
		for (unsigned i = 0; i < 150; i++)
			bench_step(&w, ops[e]);
		CHECK(w.b.error_energy < 1e-3f * w.b.near_energy);
		CHECK_NEAR(w.b.echo_energy, w.b.near_energy,
			   0.05 * w.b.near_energy);
		CHECK(ops[e]->sum(w.b.expected) <
		      0.02f * ECHO_BLOCK * w.b.near_energy);
		w.mem = mem_free(w.mem);
	}
out:
	mem_free(w.mem);
	return err;
}

/* Without an echo it falls asleep, and can be woken. */
static int test_asleep(void)
{
	const struct echo_ops *ops = echo_best_ops();
	int16_t far[ECHO_BLOCK], near[ECHO_BLOCK];
	struct bench w;
	int err = 0;

	TRY(bench_init(&w, 4));
	CHECK(!echo_filter_is_asleep(&w.f));
	for (unsigned i = 0; i < 200; i++) {
		for (unsigned k = 0; k < ECHO_BLOCK; k++) {
			far[k] = (int16_t)(rough(&w.seed) / 4);
			near[k] = (int16_t)(rough(&w.seed) / 1000);
		}
		ops->push_far(&w.f, far, &w.b);
		w.b.active = true;
		ops->cancel(&w.f, near, &w.b);
		ops->track_near(&w.f, &w.b);
		ops->update(&w.f, &w.b);
		for (unsigned p = 0; p < w.f.parts; p++)
			ops->constrain(&w.f, p);
	}
	CHECK(echo_filter_is_asleep(&w.f));
	CHECK(w.f.cov[0] < 1e-4f);
	echo_filter_wake(&w.f);
	CHECK(w.f.cov[0] > 5e-4f && w.f.prior[3] > 5e-4f);
out:
	mem_free(w.mem);
	return err;
}

/* Partitions the path does not touch are expected to stay silent. */
static int test_prior(void)
{
	struct bench w;
	int err = 0;

	TRY(bench_init(&w, 6));
	for (unsigned i = 0; i < 150; i++)
		bench_step(&w, echo_best_ops());
	for (unsigned p = 2; p < 6; p++) {
		CHECK(w.f.prior[p] < 1e-3f * w.f.prior[0]);
		CHECK(w.f.prior[p] < 1e-2f * w.f.prior[1]);
	}
	echo_filter_restart(&w.f);
	for (unsigned p = 1; p < 6; p++)
		CHECK(w.f.prior[p] == w.f.prior[0]);
	for (unsigned i = 0; i < 6 * ECHO_BINS; i++)
		CHECK(w.f.tap_re[i] == 0 && w.f.tap_im[i] == 0);
out:
	mem_free(w.mem);
	return err;
}

const struct test_suite suite_echo_filter = {
	"dsp/echo_filter", (const struct test[]){
		TEST(test_forward),
		TEST(test_inverse),
		TEST(test_store),
		TEST(test_converges),
		TEST(test_asleep),
		TEST(test_prior),
		TEST_END } };
