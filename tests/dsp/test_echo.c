/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/echo_core.h"
#include "tests/dsp/echo_line.h"
#include "tests/lib/test.h"

enum { DELAY = 30 * 8 };        /* samples of bulk delay */

/* l through a fresh canceller, 20 ms at a time. */
static int cancel(struct echo_line *l, unsigned tail_ms, unsigned flags)
{
	struct echo *e;
	int err = echo_new(&e, tail_ms, flags);

	if (err)
		return err;
	for (size_t i = 0; i < LINE_LEN; i += 2 * ECHO_BLOCK)
		echo_process(e, l->far + i, l->near + i, l->clean + i,
			     2 * ECHO_BLOCK);
	echo_free(e);
	return 0;
}

static int test_arguments(void)
{
	struct echo *e = NULL;
	int err = 0;

	CHECK_INT(echo_new(&e, 7, 0), EINVAL);
	CHECK_INT(echo_new(&e, 129, 0), EINVAL);
	CHECK_INT(echo_new(&e, 64, 4), EINVAL);
	CHECK(!e);
	TRY(echo_new(&e, 8, ECHO_NLP | ECHO_COMFORT_NOISE));
	CHECK_STR(str_z(echo_engine(e)), echo_best_ops()->name);
out:
	echo_free(e);
	echo_free(NULL);
	return err;
}

/* The composite source signal over every line model: what G.168 and more
 * ask for, and never louder than without the canceller. */
static int test_css(void)
{
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	for (unsigned m = 0; m < G168_MODELS; m++) {
		echo_line_path(l, 0, LINE_LEN, m, 10, DELAY);
		echo_line_mix(l);
		TRY(cancel(l, 128, 0));
		CHECK(echo_line_erle(l, 1, 2) > 25);
		CHECK(echo_line_erle(l, 3, 8) > 29);
		CHECK(echo_line_erle(l, 10, 20) > 30);
		CHECK(echo_line_louder(l, 0, 20) < 1);
	}
out:
	mem_free(l);
	return err;
}

/* The same with speech, which tells less of the line. */
static int test_speech(void)
{
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -12));
	for (unsigned m = 0; m < G168_MODELS; m++) {
		echo_line_path(l, 0, LINE_LEN, m, m & 1 ? 6 : 10, DELAY);
		echo_line_mix(l);
		TRY(cancel(l, 128, 0));
		CHECK(echo_line_erle(l, 1, 2) > 16);
		CHECK(echo_line_erle(l, 3, 8) > 25);
		CHECK(echo_line_erle(l, 10, 20) > 29);
		CHECK(echo_line_louder(l, 0, 20) < 1);
	}
out:
	mem_free(l);
	return err;
}

/* Shorter tails serve shorter lines; the longest reaches 110 ms. */
static int test_tails(void)
{
	static const struct { unsigned tail_ms, delay; } rows[] = {
		{ 16, 0 }, { 32, 8 }, { 64, 300 }, { 128, 880 },
	};
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -15);
	for (unsigned i = 0; i < 4; i++) {
		echo_line_path(l, 0, LINE_LEN, 0, 12, rows[i].delay);
		echo_line_mix(l);
		TRY(cancel(l, rows[i].tail_ms, 0));
		CHECK(echo_line_erle(l, 3, 8) > 25);
		CHECK(echo_line_louder(l, 0, 20) < 1);
	}
out:
	mem_free(l);
	return err;
}

/* Both ends speak from 8 to 14 s: the echo stays away, and after it the
 * filter is as good as before. */
static int test_double_talk(void)
{
	int16_t *talk = malloc(6 * SECOND * sizeof(*talk));
	struct echo_line *l = echo_line_new();
	int err = l && talk ? 0 : ENOMEM;

	if (err)
		goto out;
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -15));
	TRY(echo_line_speech(talk, 6 * SECOND, 5 * SECOND, -15));
	for (size_t i = 0; i < 6 * SECOND; i++)
		l->talk[8 * SECOND + i] += talk[i];
	for (unsigned m = 0; m < G168_MODELS; m += 3) {
		echo_line_path(l, 0, LINE_LEN, m, 10, DELAY);
		echo_line_mix(l);
		TRY(cancel(l, 128, 0));
		CHECK(echo_line_left(l, 6, 8) > 26);
		CHECK(echo_line_left(l, 8, 14) > 20);
		CHECK(echo_line_erle(l, 14.1, 16) > 26);
	}
out:
	mem_free(l);
	free(talk);
	return err;
}

/* Both ends speak from the first moment. */
static int test_double_talk_cold(void)
{
	struct echo_line *l = echo_line_new();
	int16_t near[G168_CSS_NEAR];
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	g168_css_near(near, -18, 5);
	for (size_t i = 0; i < 6 * SECOND; i++)
		l->talk[i] += near[i % G168_CSS_NEAR];
	echo_line_path(l, 0, LINE_LEN, 4, 8, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, 0));
	CHECK(echo_line_left(l, 2, 4) > 15);
	CHECK(echo_line_left(l, 4, 6) > 18);
	CHECK(echo_line_erle(l, 7, 9) > 28);
out:
	mem_free(l);
	return err;
}

/* The line is switched over after 8 s: seen once, and learnt anew. */
static int test_path_change(void)
{
	struct echo_line *l = echo_line_new();
	struct echo_stats st;
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 128, 0));
	echo_line_css(l, -12);
	echo_line_path(l, 0, 8 * SECOND, 2, 10, DELAY);
	echo_line_path(l, 8 * SECOND, LINE_LEN, 5, 10, DELAY + 150);
	echo_line_mix(l);
	echo_process(e, l->far, l->near, l->clean, 8 * SECOND);
	echo_get_stats(e, &st);
	CHECK_INT(st.path_changes, 0);
	echo_process(e, l->far + 8 * SECOND, l->near + 8 * SECOND,
		     l->clean + 8 * SECOND, LINE_LEN - 8 * SECOND);
	echo_get_stats(e, &st);
	CHECK_INT(st.path_changes, 1);
	CHECK(echo_line_erle(l, 6, 8) > 29);
	CHECK(echo_line_erle(l, 9, 10) > 20);
	CHECK(echo_line_erle(l, 10, 12) > 27);
	CHECK(echo_line_louder(l, 8, 20) < 4);
out:
	echo_free(e);
	mem_free(l);
	return err;
}

/* The echo vanishes (a digital end answers): nothing is made out of it. */
static int test_no_echo_any_more(void)
{
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	echo_line_path(l, 0, 8 * SECOND, 2, 10, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, 0));
	CHECK(echo_line_level(l->clean + 8 * SECOND + 1600, SECOND) < -50);
	CHECK(echo_line_level(l->clean + 10 * SECOND, 4 * SECOND) < -60);
out:
	mem_free(l);
	return err;
}

/* No echo for 8 s, though both ends talk, then the hybrid comes in. */
static int test_late_echo(void)
{
	int16_t *talk = malloc(6 * SECOND * sizeof(*talk));
	struct echo_line *l = echo_line_new();
	int err = l && talk ? 0 : ENOMEM;

	if (err)
		goto out;
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -15));
	TRY(echo_line_speech(talk, 6 * SECOND, 5 * SECOND, -15));
	for (size_t i = 0; i < 6 * SECOND; i++)
		l->talk[i] += talk[i];
	echo_line_path(l, 8 * SECOND, LINE_LEN, 4, 10, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, 0));
	CHECK(echo_line_erle(l, 1, 6) < 1);
	CHECK(echo_line_erle(l, 11, 13) > 14);
	CHECK(echo_line_erle(l, 15, 20) > 25);
	CHECK(echo_line_louder(l, 0, 20) < 1.5);
out:
	mem_free(l);
	free(talk);
	return err;
}

/* Sample i of a piece. */
static int piece_of(unsigned kind, size_t i, int level, uint32_t random)
{
	switch (kind) {
	case 0:
		return (int)(random >> 16) % level - level / 2;
	case 1:
		return i / 7 & 1 ? level : -level;
	case 2:
		return level;
	case 3:
		return i % 997 ? 0 : level;
	case 4:
		return i & 1 ? level : -level;
	default:
		return 0;
	}
}

/* Noise, square waves, constants, impulses and silence at both ends, 370 ms
 * each, of any level. */
static void torture(struct echo_line *l, uint32_t random)
{
	unsigned far = 0, talk = 0, far_level = 0, talk_level = 0;

	for (size_t i = 0; i < LINE_LEN; i++) {
		random = random * 1664525u + 1013904223u;
		if (i % 2960 == 0) {
			far = random >> 9 & 7;
			far_level = random >> 12 & 15;
			talk = random >> 16 & 7;
			talk_level = random >> 20 & 15;
		}
		l->far[i] = (int16_t)(piece_of(far, i, 1 << far_level,
					       random) % 32768);
		l->talk[i] = (int16_t)(piece_of(talk, i, 1 << talk_level,
						random) % 32768);
	}
}

/* None of it leaves a filter that does not learn again. */
static int test_torture(void)
{
	struct echo_line *l = echo_line_new();
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 128, 0));
	torture(l, 10);
	echo_line_path(l, 0, LINE_LEN, 2, 0, 100);
	echo_line_mix(l);
	for (unsigned i = 0; i < 3; i++)
		echo_process(e, l->far, l->near, l->clean, LINE_LEN);
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -12));
	echo_line_noise(l, -68);
	echo_line_path(l, 0, LINE_LEN, 6, 10, DELAY);
	echo_line_mix(l);
	echo_process(e, l->far, l->near, l->clean, LINE_LEN);
	CHECK(echo_line_erle(l, 8, 12) > 20);
	CHECK(echo_line_erle(l, 12, 20) > 29);
out:
	echo_free(e);
	mem_free(l);
	return err;
}

/* Tones and pairs of tones for 1 s each (G.168 test 6): the echo of the
 * composite source signal is held off as before. */
static int test_narrow_band(void)
{
	static const double hz[][2] = {
		{ 697, 0 }, { 941, 0 }, { 1336, 0 }, { 1633, 0 },
		{ 697, 1209 }, { 770, 1336 }, { 852, 1477 }, { 350, 440 },
	};
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	echo_line_css(l, -12);
	memset(l->far + 6 * SECOND, 0, 8 * SECOND * sizeof(*l->far));
	for (unsigned i = 0; i < 8; i++) {
		int16_t *at = l->far + (6 + i) * SECOND;

		echo_line_tone(at, SECOND, hz[i][0], -13);
		if (hz[i][1] > 0)
			echo_line_tone(at, SECOND, hz[i][1], -13);
	}
	echo_line_alaw(l->far, LINE_LEN);
	echo_line_path(l, 0, LINE_LEN, 6, 10, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, 0));
	CHECK(echo_line_erle(l, 4, 6) > 29);
	CHECK(echo_line_erle(l, 6, 14) > 20);
	CHECK(echo_line_erle(l, 14, 14.5) > 25);
	CHECK(echo_line_louder(l, 0, 20) < 1);
out:
	mem_free(l);
	return err;
}

/* A call begins with dial tone: the filter still learns the line. */
static int test_tone_first(void)
{
	struct echo_line *l = echo_line_new();
	struct echo_stats st;
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 128, 0));
	echo_line_css(l, -12);
	memset(l->far, 0, 5 * SECOND * sizeof(*l->far));
	echo_line_tone(l->far, 5 * SECOND, 425, -10);
	echo_line_alaw(l->far, LINE_LEN);
	echo_line_path(l, 0, LINE_LEN, 3, 10, DELAY);
	echo_line_mix(l);
	echo_process(e, l->far, l->near, l->clean, 5 * SECOND);
	echo_get_stats(e, &st);
	CHECK(st.narrow && st.far_active);
	echo_process(e, l->far + 5 * SECOND, l->near + 5 * SECOND,
		     l->clean + 5 * SECOND, LINE_LEN - 5 * SECOND);
	CHECK(echo_line_erle(l, 4, 5) > 12);
	CHECK(echo_line_erle(l, 8, 13) > 25);
	CHECK(echo_line_louder(l, 0, 20) < 1);
out:
	echo_free(e);
	mem_free(l);
	return err;
}

/* 2 s of speech and double talk through a canceller on ops. */
static int run_on(struct echo_line *l, const struct echo_ops *ops)
{
	struct echo *e;
	int err = echo_new_on(&e, ops, 128, ECHO_NLP | ECHO_COMFORT_NOISE);

	if (err)
		return err;
	echo_process(e, l->far, l->near, l->clean, 4 * SECOND);
	echo_free(e);
	return 0;
}

/* Portable and AVX2 arithmetic give the same sound. */
static int test_engines_agree(void)
{
	struct echo_line *l = echo_line_new();
	int16_t *first = malloc(4 * SECOND * sizeof(*first));
	double diff = 0;
	int err = l && first ? 0 : ENOMEM;

	if (err)
		goto out;
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -15));
	echo_line_path(l, 0, LINE_LEN, 1, 10, DELAY);
	echo_line_mix(l);
	TRY(run_on(l, &echo_ops_portable));
	memcpy(first, l->clean, 4 * SECOND * sizeof(*first));
	TRY(run_on(l, echo_best_ops()));
	for (size_t i = 0; i < 4 * SECOND; i++)
		diff += pow(first[i] - l->clean[i], 2);
	CHECK(diff / (4 * SECOND) < 4);
out:
	mem_free(l);
	free(first);
	return err;
}

/* clean may be near, and the cut into calls does not matter. */
static int test_in_place(void)
{
	struct echo_line *l = echo_line_new();
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 64, 0));
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -12));
	echo_line_path(l, 0, LINE_LEN, 1, 10, 40);
	echo_line_mix(l);
	TRY(cancel(l, 64, 0));
	for (size_t i = 0; i < LINE_LEN; i += ECHO_BLOCK)
		echo_process(e, l->far + i, l->near + i, l->near + i,
			     ECHO_BLOCK);
	CHECK(!memcmp(l->near, l->clean, sizeof(l->near)));
out:
	echo_free(e);
	mem_free(l);
	return err;
}

/* After a reset a canceller is as new. */
static int test_reset(void)
{
	struct echo_line *l = echo_line_new();
	struct echo_stats st;
	struct echo *e = NULL;
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 96, ECHO_NLP));
	TRY(echo_line_speech(l->far, LINE_LEN, 0, -12));
	echo_line_path(l, 0, LINE_LEN, 7, 10, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 96, ECHO_NLP));
	echo_process(e, l->far + 900, l->near + 900, l->near, 8000);
	echo_reset(e);
	echo_get_stats(e, &st);
	CHECK(st.erl_db == 0 && st.erle_db == 0 && !st.far_active);
	echo_line_mix(l);
	echo_process(e, l->far, l->near, l->near, LINE_LEN);
	CHECK(!memcmp(l->near, l->clean, sizeof(l->near)));
out:
	echo_free(e);
	mem_free(l);
	return err;
}

/* Square waves at full scale, noise at both ends, a line that clips. */
static int test_clipping(void)
{
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	for (size_t i = 0; i < LINE_LEN; i++) {
		bool up = (i * i / 7 + i / 3) & 16;

		l->far[i] = up ? 32767 : -32768;
		l->talk[i] = i % 3000 < 1500 ? 0 : up ? -32768 : 32767;
	}
	echo_line_path(l, 0, LINE_LEN, 3, 0, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, ECHO_NLP | ECHO_COMFORT_NOISE));
	/* and it recovers */
	echo_line_css(l, -12);
	memset(l->far, 0x7f, 2 * SECOND * sizeof(*l->far));
	echo_line_noise(l, -68);
	echo_line_path(l, 0, LINE_LEN, 3, 10, DELAY);
	echo_line_mix(l);
	TRY(cancel(l, 128, 0));
	CHECK(echo_line_erle(l, 6, 12) > 25);
out:
	mem_free(l);
	return err;
}

/* Silence in, silence out; far silent: the near end is not touched. */
static int test_far_silent(void)
{
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_line_speech(l->talk, LINE_LEN, 0, -15));
	echo_line_mix(l);
	TRY(cancel(l, 128, ECHO_NLP | ECHO_COMFORT_NOISE));
	CHECK(!memcmp(l->near, l->clean, sizeof(l->near)));
	memset(l->near, 0, sizeof(l->near));
	TRY(cancel(l, 128, ECHO_NLP | ECHO_COMFORT_NOISE));
	CHECK(!memcmp(l->near, l->clean, sizeof(l->near)));
out:
	mem_free(l);
	return err;
}

static int test_stats(void)
{
	struct echo_line *l = echo_line_new();
	struct echo_stats st;
	struct echo *e = NULL;
	int16_t near[G168_CSS_NEAR];
	int err = l ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(echo_new(&e, 128, 0));
	echo_line_css(l, -12);
	echo_line_path(l, 0, LINE_LEN, 1, 10, DELAY);
	echo_line_mix(l);
	echo_process(e, l->far, l->near, l->clean, 8 * SECOND);
	echo_get_stats(e, &st);
	CHECK_NEAR(st.erl_db, 10, 2.5);
	CHECK_NEAR(st.erle_db, echo_line_erle(l, 5, 8), 4);
	CHECK(st.far_active && !st.double_talk && !st.narrow);
	CHECK(!st.suppressing);
	g168_css_near(near, -12, 9);
	for (size_t i = 8 * SECOND; i < 9 * SECOND; i++)
		l->talk[i] += near[i % 2000];
	echo_line_mix(l);
	echo_process(e, l->far + 8 * SECOND, l->near + 8 * SECOND, l->clean,
		     SECOND);
	echo_get_stats(e, &st);
	CHECK(st.double_talk);
out:
	echo_free(e);
	mem_free(l);
	return err;
}

const struct test_suite suite_echo = {
	"dsp/echo", (const struct test[]){
		TEST(test_arguments),
		TEST(test_css),
		TEST(test_speech),
		TEST(test_tails),
		TEST(test_double_talk),
		TEST(test_double_talk_cold),
		TEST(test_path_change),
		TEST(test_no_echo_any_more),
		TEST(test_late_echo),
		TEST(test_torture),
		TEST(test_narrow_band),
		TEST(test_tone_first),
		TEST(test_engines_agree),
		TEST(test_in_place),
		TEST(test_reset),
		TEST(test_clipping),
		TEST(test_far_silent),
		TEST(test_stats),
		TEST_END } };
