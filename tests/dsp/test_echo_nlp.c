/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dsp/echo_core.h"
#include "tests/dsp/echo_line.h"
#include "tests/lib/test.h"

enum { DELAY = 30 * 8 };

/* Mean levels of l behind a canceller from 8 s on, in the blocks where the
 * processor was closed and where it was not, and the share of the former. */
struct heard {
	double closed_dbm0, share;
};

static int listen(struct heard *h, struct echo_line *l, unsigned flags)
{
	int16_t *closed = malloc(sizeof(l->clean));
	struct echo_stats st;
	struct echo *e = NULL;
	size_t n = 0, from = 8 * SECOND;
	int err = closed ? echo_new(&e, 128, flags) : ENOMEM;

	for (size_t i = 0; !err && i < LINE_LEN; i += ECHO_BLOCK) {
		echo_process(e, l->far + i, l->near + i, l->clean + i,
			     ECHO_BLOCK);
		echo_get_stats(e, &st);
		if (i < from || !st.suppressing)
			continue;
		memcpy(closed + n, l->clean + i, ECHO_BLOCK * sizeof(*closed));
		n += ECHO_BLOCK;
	}
	h->closed_dbm0 = n ? echo_line_level(closed, n) : 0;
	h->share = (double)n / (double)(LINE_LEN - from);
	echo_free(e);
	free(closed);
	return err;
}

/* Without comfort noise the residual echo becomes silence. */
static int test_silences(void)
{
	struct echo_line *l = echo_line_new();
	struct heard h;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	for (unsigned m = 0; m < G168_MODELS; m += 2) {
		echo_line_path(l, 0, LINE_LEN, m, 10, DELAY);
		echo_line_mix(l);
		TRY(listen(&h, l, ECHO_NLP));
		CHECK(h.share > 0.7);
		CHECK(h.closed_dbm0 < -70);
		CHECK(echo_line_erle(l, 1, 2) > 34);
	}
	TRY(listen(&h, l, ECHO_COMFORT_NOISE));
	CHECK(h.share == 0);
out:
	mem_free(l);
	return err;
}

/* Comfort noise is as loud as the noise of the line. */
static int test_noise_level(void)
{
	static const double dbm0[] = { -65, -55, -45, -38 };
	struct echo_line *l = echo_line_new();
	int16_t near[SECOND];
	struct heard h;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	echo_line_path(l, 0, LINE_LEN, 4, 10, DELAY);
	for (unsigned i = 0; i < 4; i++) {
		double want;

		echo_line_noise(l, dbm0[i]);
		memcpy(near, l->talk, sizeof(near));
		echo_line_alaw(near, SECOND);
		want = echo_line_level(near, SECOND);
		echo_line_mix(l);
		TRY(listen(&h, l, ECHO_NLP | ECHO_COMFORT_NOISE));
		CHECK(h.share > 0.4);
		CHECK_NEAR(h.closed_dbm0, want, 3);
	}
out:
	mem_free(l);
	return err;
}

/* Energy of the blocks of talk above -35 dBm0 of which less than a tenth
 * came through, in parts of all such blocks. */
static double lost(const struct echo_line *l)
{
	double all = 0, gone = 0;

	for (size_t i = 8 * SECOND; i < LINE_LEN; i += ECHO_BLOCK) {
		double in = 0, out = 0;

		if (echo_line_level(l->talk + i, ECHO_BLOCK) < -35)
			continue;
		for (size_t k = i; k < i + ECHO_BLOCK; k++) {
			in += (double)l->talk[k] * l->talk[k];
			out += (double)l->clean[k] * l->clean[k];
		}
		all += in;
		gone += out < in / 10 ? in : 0;
	}
	return gone / all;
}

/* The near end gets through while the far end speaks, too. */
static int test_near_end_passes(void)
{
	struct echo_line *l = echo_line_new();
	struct heard h;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -15);
	TRY(echo_line_speech(l->talk + 8 * SECOND, 12 * SECOND, 0, -18));
	echo_line_path(l, 0, LINE_LEN, 2, 10, DELAY);
	echo_line_mix(l);
	TRY(listen(&h, l, ECHO_NLP | ECHO_COMFORT_NOISE));
	CHECK(h.share < 0.5);
	CHECK(lost(l) < 0.03);
out:
	mem_free(l);
	return err;
}

/* The flags can be changed in a call. */
static int test_switch(void)
{
	struct echo_line *l = echo_line_new();
	struct echo_stats st;
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 128, 0));
	echo_line_css(l, -12);
	echo_line_path(l, 0, LINE_LEN, 2, 10, DELAY);
	echo_line_mix(l);
	/* to the middle of a pseudo noise */
	echo_process(e, l->far, l->near, l->clean, 42 * 1600);
	echo_get_stats(e, &st);
	CHECK(!st.suppressing);
	echo_set_flags(e, ECHO_NLP);
	echo_process(e, l->far + 42 * 1600, l->near + 42 * 1600, l->clean,
		     ECHO_BLOCK);
	echo_get_stats(e, &st);
	CHECK(st.suppressing);
	echo_set_flags(e, 0);
	echo_process(e, l->far + 43 * 1600, l->near + 43 * 1600, l->clean,
		     4 * ECHO_BLOCK);
	echo_get_stats(e, &st);
	CHECK(!st.suppressing);
out:
	echo_free(e);
	mem_free(l);
	return err;
}

const struct test_suite suite_echo_nlp = {
	"dsp/echo_nlp", (const struct test[]){
		TEST(test_silences),
		TEST(test_noise_level),
		TEST(test_near_end_passes),
		TEST(test_switch),
		TEST_END } };
