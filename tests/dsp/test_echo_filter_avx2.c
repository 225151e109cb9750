/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dsp/echo_core.h"
#include "tests/lib/test.h"

/* One filter and what it hears. */
struct bench {
	struct echo_filter f;
	struct echo_block  b;
	struct echo_nlp    nlp;
	float             *mem;
	int16_t            far[3 * ECHO_BLOCK];
	uint32_t           random;
};

static int bench_init(struct bench *w)
{
	enum { PARTS = 5 };

	memset(w, 0, sizeof(*w));
	w->mem = mem_alloc_aligned(ECHO_ALIGN, echo_filter_size(PARTS));
	if (!w->mem)
		return ENOMEM;
	echo_filter_init(&w->f, PARTS, w->mem);
	echo_nlp_init(&w->nlp);
	return 0;
}

static int16_t rough(struct bench *w)
{
	w->random = w->random * 1664525u + 1013904223u;
	return (int16_t)((int)(w->random >> 16) % 5000 - 2500);
}

static void bench_step(struct bench *w, const struct echo_ops *ops)
{
	enum { N = ECHO_BLOCK };
	int16_t near[N], *now = w->far + 2 * N;

	memmove(w->far, w->far + N, 2 * N * sizeof(*w->far));
	for (int i = 0; i < N; i++)
		now[i] = rough(w);
	for (int i = 0; i < N; i++)
		near[i] = (int16_t)(now[i - 5] / 2 - now[i - 100] / 5);
	ops->push_far(&w->f, now, &w->b);
	w->b.active = true;
	ops->cancel(&w->f, near, &w->b);
	ops->track_near(&w->f, &w->b);
	ops->track_noise(&w->nlp, &w->b);
	ops->update(&w->f, &w->b);
	for (unsigned p = 0; p < w->f.parts; p++)
		ops->constrain(&w->f, p);
}

static int check_alike(const struct bench *a, const struct bench *b)
{
	int err = 0;

	for (unsigned k = 0; k < ECHO_BINS; k++) {
		double want = a->b.expected[k], noise = a->nlp.noise_power[k];

		CHECK_NEAR(b->b.expected[k], want, 1e-2 * want + 1);
		CHECK_NEAR(b->nlp.noise_power[k], noise, 1e-2 * noise + 1);
		CHECK_NEAR(a->b.error[ECHO_BLOCK + k],
			   b->b.error[ECHO_BLOCK + k], 0.5);
	}
	CHECK_NEAR(b->b.far_energy, a->b.far_energy, 1e-3 * a->b.far_energy);
	CHECK_NEAR(b->b.far_total, a->b.far_total, 1e-3 * a->b.far_total);
	CHECK_NEAR(b->b.far_square, a->b.far_square, 1e-3 * a->b.far_square);
out:
	return err;
}

/* Both engines on the same sound: the same but for rounding. */
static int test_alike(void)
{
	struct bench a = { 0 }, b = { 0 };
	int err = 0;

	TRY(bench_init(&a));
	TRY(bench_init(&b));
	for (unsigned i = 0; i < 60; i++) {
		bench_step(&a, &echo_ops_portable);
		bench_step(&b, echo_best_ops());
		TRY(check_alike(&a, &b));
	}
out:
	mem_free(a.mem);
	mem_free(b.mem);
	return err;
}

/* The choice asks the processor. */
static int test_best(void)
{
	const struct echo_ops *best = echo_best_ops();
	int err = 0;

	CHECK(best->name && best->update && best->cancel);
	CHECK_STR(str_z(echo_ops_portable.name), "portable");
	if (best != &echo_ops_portable)
		CHECK_STR(str_z(best->name), "avx2");
out:
	return err;
}

const struct test_suite suite_echo_filter_avx2 = {
	"dsp/echo_filter_avx2", (const struct test[]){
		TEST(test_alike),
		TEST(test_best),
		TEST_END } };
