/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTMF against the limits of ITU-T Q.24 and ETSI ES 201 235: levels, twist,
 * frequencies, lengths, noise; no digit lost, none doubled.
 */
#include <stdio.h>
#include <string.h>

#include "dsp/codec.h"
#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "dsp/plc.h"
#include "dsp/tone_plan.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { BLOCK = 160, DIGITS = 16 };

static const char all[] = "123A456B789C*0#D";

struct heard {
	char     digits[200];
	unsigned n, ends, wrong;
	char     open;
	uint32_t begin, shortest;
};

static void on_digit(char digit, bool begin, uint32_t at, void *arg)
{
	struct heard *h = arg;

	if (begin) {
		h->wrong += h->open != 0;
		h->open = digit;
		h->begin = at;
		if (h->n < sizeof(h->digits) - 1)
			h->digits[h->n++] = digit;
		return;
	}
	h->wrong += h->open != digit;
	h->open = 0;
	h->ends++;
	if (!h->shortest || at - h->begin < h->shortest)
		h->shortest = at - h->begin;
}

/* How the digits of one trial are sent. */
struct trial {
	const char *what;
	unsigned    on_ms, off_ms;
	double      low, high;          /* dBm0 */
	double      shift;              /* of the frequencies, percent */
	double      snr;                /* below both tones; 0: no noise */
	unsigned    least, most;        /* of 96 digits, heard */
};

static const double low_hz[4] = { 697, 770, 852, 941 };
static const double high_hz[4] = { 1209, 1336, 1477, 1633 };

/* The detector's ear: A-law as on a line, noise, pauses. */
static void hear(struct dtmf_det *d, const struct trial *t, int digit,
		 uint32_t *seed)
{
	static int16_t pcm[8 * 400];
	size_t on = t->on_ms * 8, all_n = on + t->off_ms * 8;
	double k = 1 + t->shift / 100;

	memset(pcm, 0, sizeof(pcm));
	if (digit >= 0) {
		signal_sine(pcm, on, signal_random(seed) % 9999, 8000,
			    low_hz[digit / 4] * k, t->low);
		signal_sine(pcm, on, signal_random(seed) % 9999, 8000,
			    high_hz[digit % 4] * k, t->high);
	}
	if (t->snr > 0)
		signal_noise(pcm, all_n, t->low + 3 - t->snr, seed);
	signal_alaw(pcm, all_n);
	for (size_t i = 0; i < all_n; i += BLOCK)
		dtmf_det_run(d, pcm + i, all_n - i < BLOCK ? all_n - i :
			     BLOCK);
}

static int run_trial(const struct trial *t, unsigned flags)
{
	struct heard h = { .n = 0 };
	struct dtmf_det *d = NULL;
	uint32_t seed = 12345;
	char want[97];
	int err = 0;

	TRY(dtmf_det_new(&d, flags, on_digit, &h));
	for (int i = 0; i < 96; i++) {
		hear(d, t, i % DIGITS, &seed);
		want[i] = all[i % DIGITS];
	}
	want[96] = 0;
	hear(d, t, -1, &seed);
	CHECK(h.n >= t->least && h.n <= t->most);
	CHECK_INT(h.ends, h.n);
	CHECK_INT(h.wrong, 0);
	if (t->least == 96)
		CHECK_STR(str_z(h.digits), want);
out:
	if (err)
		test_say(__FILE__, __LINE__, "... %s: %u heard", t->what,
			 h.n);
	dtmf_det_free(d);
	return err;
}

static const struct trial trials[] = {
	{ "usual",        100, 100,  -9,  -7, 0, 0, 96, 96 },
	{ "loud",          50,  50,   0,   0, 0, 0, 96, 96 },
	{ "-20",           50,  50, -20, -20, 0, 0, 96, 96 },
	{ "-30",           50,  50, -30, -30, 0, 0, 96, 96 },
	{ "-40",           50,  50, -40, -40, 0, 0, 96, 96 },
	{ "too faint",     50,  50, -50, -50, 0, 0, 0, 0 },
	{ "shortest",      40,  40, -10, -10, 0, 0, 96, 96 },
	{ "too short",     20,  60, -10, -10, 0, 0, 0, 3 },
	{ "no twist 15",   50,  50, -15, -15, 0, 15, 96, 96 },
	{ "-30 at 20 dB",  50,  50, -30, -30, 0, 20, 96, 96 },
	{ "twist -8",      50,  50, -10, -18, 0, 0, 94, 96 },
	{ "twist +4",      50,  50, -14, -10, 0, 0, 96, 96 },
	{ "twist -15",     50,  50,  -5, -20, 0, 0, 0, 0 },
	{ "twist +10",     50,  50, -20, -10, 0, 0, 0, 0 },
	{ "+1 %",          50,  50, -10, -10, 1, 0, 96, 96 },
	{ "-1 %",          50,  50, -10, -10, -1, 0, 96, 96 },
	{ "+1.5 %",        50,  50, -10, -10, 1.5, 0, 96, 96 },
	{ "-1.5 %",        50,  50, -10, -10, -1.5, 0, 96, 96 },
	{ "+1.5 %, 20 dB", 50,  50, -20, -20, 1.5, 20, 94, 96 },
	{ "+3 %",          50,  50, -10, -10, 3, 0, 0, 0 },
	{ "-3 %",          50,  50, -10, -10, -3, 0, 0, 0 },
	{ "+3.5 %",        70,  70, -10, -10, 3.5, 0, 0, 0 },
	{ "-3.5 %",        70,  70, -10, -10, -3.5, 0, 0, 0 },
};

static int test_detector(void)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++) {
		TRY(run_trial(&trials[i], 0));
		TRY(run_trial(&trials[i], DTMF_DIAL_FILTER));
	}
out:
	return err;
}

/* A dip of 15 ms in a long digit is no second digit; twice the same digit
 * with a pause is two. */
static int test_not_doubled(void)
{
	static const struct trial gap = { .on_ms = 100, .off_ms = 15,
		.low = -10, .high = -10 };
	static const struct trial pause = { .on_ms = 100, .off_ms = 40,
		.low = -10, .high = -10 };
	struct heard h = { .n = 0 };
	struct dtmf_det *d = NULL;
	uint32_t seed = 4;
	int err = 0;

	TRY(dtmf_det_new(&d, 0, on_digit, &h));
	for (int i = 0; i < 20; i++) {
		hear(d, &gap, 5, &seed);
		hear(d, &pause, 5, &seed);
	}
	hear(d, &pause, -1, &seed);
	CHECK_INT(h.n, 20);
	CHECK_INT(h.ends, 20);
	CHECK_INT(dtmf_det_digit(d), 0);
	memset(&h, 0, sizeof(h));
	for (int i = 0; i < 20; i++)
		hear(d, &pause, 5, &seed);
	CHECK_INT(h.n, 20);
out:
	dtmf_det_free(d);
	return err;
}

/* A packet of 20 ms lost at any place of a digit and made up for: heard
 * once, but for one in fifty. */
static int test_lost_packet(void)
{
	unsigned doubled = 0, missed = 0;
	int16_t pcm[BLOCK];
	int err = 0;

	for (int i = 0; i < 16 * 5 * 4; i++) {
		struct heard h = { .n = 0 };
		struct dtmf_det *d = NULL;
		struct plc *p = NULL;
		struct dtmf_gen g;

		dtmf_gen_init(&g, 8000, 100, 100, -9, -7);
		err = plc_open(&p, 8000);
		err = err ? err : dtmf_det_new(&d, 0, on_digit, &h);
		err = err ? err : dtmf_gen_put(&g, all[i % DIGITS]);
		for (int k = 0; k < 20 && !err; k++) {
			dtmf_gen_run(&g, pcm, BLOCK);
			if (k == i / 16 % 5)
				plc_lost(p, pcm, BLOCK);
			else
				plc_good(p, pcm, BLOCK);
			dtmf_det_run(d, pcm, k ? BLOCK :
				     BLOCK - (size_t)(i / 80) * 25);
		}
		doubled += h.n > 1;
		missed += !h.n;
		dtmf_det_free(d);
		plc_close(p);
		TRY(err);
	}
	CHECK_INT(missed, 0);
	CHECK(doubled <= 6);
out:
	return err;
}

/* Talk-off: speech, at several levels, dials nothing. */
static int test_speech(void)
{
	static const double gains[] = { -12, 0, 10 };
	static uint8_t code[96000];
	static int16_t pcm[96000];
	FILE *f = fopen("tests/data/speech.al", "rb");
	struct heard h = { .n = 0 };
	struct dtmf_det *d = NULL;
	size_t n = 0;
	int err = 0;

	CHECK(f);
	n = fread(code, 1, sizeof(code), f);
	CHECK(n == sizeof(code));
	TRY(dtmf_det_new(&d, 0, on_digit, &h));
	for (int i = 0; i < 6; i++) {
		if (i == 3) {
			dtmf_det_free(d);
			d = NULL;
			TRY(dtmf_det_new(&d, DTMF_DIAL_FILTER, on_digit,
					 &h));
		}
		codec_by_pt(8)->decode(NULL, code, n, pcm, n);
		level_gain_run(level_gain(gains[i % 3]), pcm, n);
		dtmf_det_run(d, pcm, n);
	}
	CHECK_INT(h.n, 0);
out:
	dtmf_det_free(d);
	if (f)
		fclose(f);
	return err;
}

/* When begin and end are told, over all phases of the block. */
static int test_latency(void)
{
	struct heard h = { .n = 0 };
	struct dtmf_det *d = NULL;
	int16_t quiet[1] = { 0 }, pcm[800];
	uint32_t t = 0;
	int err = 0;

	TRY(dtmf_det_new(&d, 0, on_digit, &h));
	for (int i = 0; i < 102; i++) {
		unsigned was = h.n;
		uint32_t start;

		while (t % 102 != (uint32_t)i || t % 1600 < 800) {
			dtmf_det_run(d, quiet, 1);
			t++;
		}
		start = t;
		memset(pcm, 0, sizeof(pcm));
		signal_sine(pcm, 800, 0, 8000, 770, -10);
		signal_sine(pcm, 800, 0, 8000, 1336, -10);
		dtmf_det_run(d, pcm, 800);
		t += 800;
		CHECK_INT(dtmf_det_digit(d), '5');
		for (int k = 0; k < 600; k++, t++)
			dtmf_det_run(d, quiet, 1);
		CHECK_INT(h.n, was + 1);
		CHECK_INT(h.ends, was + 1);
		CHECK_NEAR(h.begin - start, 235, 64);
	}
	CHECK(h.shortest >= 800 - 150);
out:
	dtmf_det_free(d);
	return err;
}

/* While the dial tone comes back from the line, louder than the digits. */
static int check_dial_tone(const struct tone_plan *p)
{
	struct heard plain = { .n = 0 }, filtered = { .n = 0 };
	struct dtmf_det *a = NULL, *b = NULL;
	int16_t pcm[800];
	struct tonegen g;
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, tone_plan_def(p, TONE_DIAL), 0);
	TRY(dtmf_det_new(&a, 0, on_digit, &plain));
	TRY(dtmf_det_new(&b, DTMF_DIAL_FILTER, on_digit, &filtered));
	for (int i = 0; i < 64; i++) {
		tonegen_run(&g, pcm, 800);
		signal_sine(pcm, 400, 0, 8000, low_hz[i / 4 % 4], -22);
		signal_sine(pcm, 400, 0, 8000, high_hz[i % 4], -22);
		dtmf_det_run(a, pcm, 800);
		dtmf_det_run(b, pcm, 800);
	}
	CHECK(plain.n < 32);
	CHECK_INT(filtered.n, 64);
	for (unsigned i = 0; i < 64; i++)
		CHECK_INT(filtered.digits[i], all[i % DIGITS]);
out:
	dtmf_det_free(a);
	dtmf_det_free(b);
	return err;
}

static int test_dial_tone(void)
{
	int err = 0;

	for (const struct tone_plan *const *p = tone_plans; *p; p++)
		TRY(check_dial_tone(*p));
out:
	return err;
}

/* Our generator to our detector, at the fastest rate. */
static int test_both(void)
{
	static const char number[] = "0355501234*#ABCD0099887766";
	struct heard h = { .n = 0 };
	struct dtmf_det *d = NULL;
	struct dtmf_gen g;
	int16_t pcm[BLOCK];
	int err = 0;

	TRY(dtmf_det_new(&d, 0, on_digit, &h));
	dtmf_gen_init(&g, 8000, 50, 50, -9, -7);
	for (const char *p = number; *p; p++)
		TRY(dtmf_gen_put(&g, *p));
	while (!dtmf_gen_is_idle(&g)) {
		dtmf_gen_run(&g, pcm, BLOCK);
		signal_alaw(pcm, BLOCK);
		dtmf_det_run(d, pcm, BLOCK);
	}
	h.digits[h.n] = 0;
	CHECK_STR(str_z(h.digits), number);
	CHECK_INT(h.ends, h.n);
out:
	dtmf_det_free(d);
	return err;
}

const struct test_suite suite_dtmf_det = {
	"dsp/dtmf_det", (const struct test[]){
		TEST(test_detector),
		TEST(test_not_doubled),
		TEST(test_lost_packet),
		TEST(test_speech),
		TEST(test_latency),
		TEST(test_dial_tone),
		TEST(test_both),
		TEST_END } };
