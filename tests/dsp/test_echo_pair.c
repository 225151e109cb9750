/* SPDX-License-Identifier: Apache-2.0 */
/* Two lines that talk to each other, each behind a canceller of its own:
 * what one leaves of an echo is far end of the other, so both may be led
 * astray by what they hear of themselves. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/echo.h"
#include "tests/dsp/echo_line.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { TICK = 2 * ECHO_BLOCK };

struct side {
	struct echo_line *line;
	struct echo      *echo;
	float             path[G168_TAPS_MAX];
	unsigned          taps;
};

struct pair {
	struct side side[2];
	unsigned    delay;
};

static void pair_free(struct pair *p)
{
	for (unsigned i = 0; i < 2; i++) {
		mem_free(p->side[i].line);
		echo_free(p->side[i].echo);
	}
	*p = (struct pair){ .delay = 0 };
}

static int pair_new(struct pair *p, double erl_db, const unsigned model[2],
		    unsigned delay)
{
	int err = 0;

	*p = (struct pair){ .delay = delay };
	for (unsigned i = 0; i < 2 && !err; i++) {
		struct side *s = &p->side[i];

		s->taps = g168_path(s->path, model[i], erl_db);
		s->line = echo_line_new();
		err = s->line ? echo_new(&s->echo, 128, 0) : ENOMEM;
	}
	if (err)
		pair_free(p);
	return err;
}

/* What the line gives in this tick, of what it got before. */
static void side_speak(struct side *s, size_t from, unsigned delay)
{
	struct echo_line *l = s->line;

	for (size_t i = from; i < from + TICK; i++) {
		float y = 0;

		for (unsigned k = 0; k < s->taps && delay + k <= i; k++)
			y += s->path[k] * l->far[i - delay - k];
		l->near[i] = (int16_t)lrintf(fminf(fmaxf(
			(float)l->talk[i] + y, -32768), 32767));
	}
	echo_line_alaw(l->near + from, TICK);
}

/* What comes out of one goes to the other a tick later. */
static void pair_run(struct pair *p)
{
	for (size_t i = 0; i < LINE_LEN; i += TICK) {
		for (unsigned k = 0; k < 2; k++) {
			struct side *s = &p->side[k];
			struct echo_line *l = s->line;

			side_speak(s, i, p->delay);
			echo_process(s->echo, l->far + i, l->near + i,
				     l->clean + i, TICK);
		}
		for (unsigned k = 0; k < 2 && i + TICK < LINE_LEN; k++)
			memcpy(p->side[k].line->far + i + TICK,
			       p->side[1 - k].line->clean + i,
			       TICK * sizeof(int16_t));
	}
}

static void pair_tone(struct pair *p, unsigned side, double from, double hz,
		      double dbm0)
{
	size_t at = (size_t)(from * SECOND);

	echo_line_tone(p->side[side].line->talk + at, LINE_LEN - at, hz, dbm0);
}

/* The worst 200 ms of a .. b in what the other side hears. */
static double pair_snr(const struct pair *p, unsigned side, double a, double b,
		       double hz)
{
	enum { WINDOW = SECOND / 5 };
	const int16_t *x = p->side[side].line->clean;
	double worst = 100;

	for (size_t i = (size_t)(a * SECOND);
	     i + WINDOW <= (size_t)(b * SECOND); i += WINDOW)
		worst = fmin(worst, signal_snr(x + i, WINDOW, 8000, hz));
	return worst;
}

static double pair_level(const struct pair *p, unsigned side, double a,
			 double b)
{
	return echo_line_level(p->side[side].line->clean +
			       (size_t)(a * SECOND),
			       (size_t)((b - a) * SECOND));
}

/* Steady tones from both ends, begun at once or one after the other. */
static int test_tones(void)
{
	static const struct {
		double hz[2], from[2], erl_db;
		unsigned model[2], delay;
	} rows[] = {
		{ { 1000, 440 }, { 1, 3 }, 10, { 0, 0 }, 40 },
		{ { 440, 1000 }, { 1, 3 }, 10, { 0, 0 }, 40 },
		{ { 1000, 440 }, { 1, 1 }, 13, { 6, 7 }, 100 },
		{ { 1004, 2100 }, { 1, 3 }, 10, { 0, 0 }, 40 },
		{ { 1004, 2100 }, { 3, 1 }, 6, { 2, 5 }, 240 },
		{ { 700, 1633 }, { 1, 3 }, 10, { 4, 3 }, 800 },
		{ { 500, 1010 }, { 1, 1 }, 10, { 0, 0 }, 40 },
	};
	struct pair p = { .delay = 0 };
	int err = 0;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		TRY(pair_new(&p, rows[i].erl_db, rows[i].model,
			     rows[i].delay));
		for (unsigned k = 0; k < 2; k++)
			pair_tone(&p, k, rows[i].from[k], rows[i].hz[k], -10);
		pair_run(&p);
		for (unsigned k = 0; k < 2; k++) {
			CHECK(pair_snr(&p, k, 4, 20, rows[i].hz[k]) > 25);
			CHECK(fabs(pair_level(&p, k, 4, 20) + 10) < 0.3);
		}
		pair_free(&p);
	}
out:
	pair_free(&p);
	return err;
}

/* Of tones at nearly the same frequency the echo cannot be told from the
 * talk: neither is taken off, and nothing is added. */
static int test_near_tones(void)
{
	static const double hz[][2] = {
		{ 440, 480 }, { 400, 450 }, { 425, 425 },
	};
	static const unsigned model[2] = { 0, 0 };
	struct pair p = { .delay = 0 };
	int err = 0;

	for (unsigned i = 0; i < sizeof(hz) / sizeof(*hz); i++) {
		TRY(pair_new(&p, 10, model, 40));
		pair_tone(&p, 0, 1, hz[i][0], -10);
		pair_tone(&p, 1, 1, hz[i][1], -10);
		pair_run(&p);
		for (unsigned k = 0; k < 2; k++) {
			CHECK(pair_snr(&p, k, 4, 20, hz[i][k]) > 3);
			CHECK(fabs(pair_level(&p, k, 4, 20) + 10) < 4);
		}
		pair_free(&p);
	}
out:
	pair_free(&p);
	return err;
}

/* Digits from one end, 100 ms each, into a tone from the other. */
static int test_digits_into_tone(void)
{
	static const unsigned model[2] = { 0, 5 };
	static const double low[] = { 697, 770, 852, 941 };
	struct pair p = { .delay = 0 };
	double loss;
	int err = 0;

	TRY(pair_new(&p, 10, model, 40));
	pair_tone(&p, 1, 1, 1010, -10);
	for (size_t i = 0; i < 60; i++) {
		int16_t *at = p.side[0].line->talk + 3 * SECOND + i * 1600;

		echo_line_tone(at, 800, low[i % 4], -9);
		echo_line_tone(at, 800, 1209 + (double)(i % 3) * 130, -7);
	}
	pair_run(&p);
	for (size_t i = 0; i < 60; i++) {
		size_t at = 3 * SECOND + i * 1600;

		loss = echo_line_level(p.side[0].line->talk + at, 800) -
		       echo_line_level(p.side[0].line->clean + at, 800);
		CHECK(fabs(loss) < 1.5);
	}
	CHECK(pair_snr(&p, 1, 16, 20, 1010) > 15);
out:
	pair_free(&p);
	return err;
}

/* After the tones the line is learnt from speech as if nothing had been. */
static int test_speech_after_tones(void)
{
	static const unsigned model[2] = { 0, 2 };
	struct pair p = { .delay = 0 };
	struct echo_line *l;
	int err = 0;

	TRY(pair_new(&p, 10, model, 240));
	echo_line_tone(p.side[0].line->talk + SECOND, 6 * SECOND, 440, -10);
	echo_line_tone(p.side[1].line->talk + 3 * SECOND, 4 * SECOND, 1000,
		       -10);
	TRY(echo_line_speech(p.side[1].line->talk + 8 * SECOND, 12 * SECOND,
			     0, -15));
	pair_run(&p);
	l = p.side[0].line;
	CHECK(echo_line_erle(l, 10, 12) > 20);
	CHECK(echo_line_erle(l, 12, 20) > 25);
	CHECK(echo_line_louder(l, 8.5, 20) < 1.5);
out:
	pair_free(&p);
	return err;
}

const struct test_suite suite_echo_pair = {
	"dsp/echo_pair", (const struct test[]){
		TEST(test_tones),
		TEST(test_near_tones),
		TEST(test_digits_into_tone),
		TEST(test_speech_after_tones),
		TEST_END } };
