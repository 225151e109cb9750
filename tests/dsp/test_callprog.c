/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call-progress tones of every plan, faint, noisy and off their frequency;
 * and what is no tone: noise, speech, DTMF.
 */
#include <stdio.h>
#include <string.h>

#include "dsp/callprog.h"
#include "dsp/codec.h"
#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { BLOCK = 160, EVENTS = 32 };

struct heard {
	struct callprog_event e[EVENTS];
	unsigned n, found, voices;
	enum tone open;         /* found and not lost */
	bool is_open, wrong;
};

static void on_event(const struct callprog_event *e, void *arg)
{
	struct heard *h = arg;

	if (e->voice) {
		h->voices++;
		return;
	}
	if (e->found)
		h->wrong |= h->is_open;
	else
		h->wrong |= !h->is_open || h->open != e->tone;
	h->is_open = e->found;
	h->open = e->tone;
	h->found += e->found;
	if (h->n < EVENTS)
		h->e[h->n++] = *e;
}

/* A tone as it comes over the line. */
struct sound {
	double gain, snr;       /* dB; snr 0: no noise */
	double shift;           /* Hz */
	double tempo;           /* of the cadence; 0: as it is */
};

static struct tone_def changed(const struct tone_def *d,
			       const struct sound *s)
{
	struct tone_def out = *d;

	for (int i = 0; i < out.nsteps; i++) {
		if (s->tempo > 0)
			out.step[i].ms = (uint16_t)(out.step[i].ms *
						    s->tempo);
		for (int k = 0; k < TONE_FREQS; k++)
			if (out.step[i].f[k].hz > 0)
				out.step[i].f[k].hz += (float)s->shift;
	}
	return out;
}

/* Level of a tone while it is on. */
static double on_level(const struct tone_def *d)
{
	double l = (double)d->step[0].f[0].dbm0;

	return d->step[0].f[1].hz > 0 ? l + 2 : l;
}

static void feed(struct callprog *c, const struct tone_def *d,
		 const struct sound *s, unsigned ms, uint32_t *seed)
{
	struct tonegen g;
	int16_t pcm[BLOCK];
	double noise = d ? on_level(d) + s->gain - s->snr : -50;

	tonegen_init(&g, 8000);
	tonegen_start(&g, d, s->gain);
	for (unsigned t = 0; t < ms; t += BLOCK / 8) {
		tonegen_run(&g, pcm, BLOCK);
		if (s->snr > 0)
			signal_noise(pcm, BLOCK, noise, seed);
		signal_alaw(pcm, BLOCK);
		callprog_run(c, pcm, BLOCK);
	}
}

static const enum tone tones[] = {
	TONE_DIAL, TONE_DIAL_SPECIAL, TONE_RINGBACK, TONE_BUSY,
	TONE_CONGESTION, TONE_SIT,
};
enum { TONES = sizeof(tones) / sizeof(*tones) };

/* Found once, held for 13 s, lost once, and nothing else said. */
static int check_tone(const struct tone_plan *p, enum tone tone,
		      const struct sound *s, uint32_t seed)
{
	/* two names for one sound */
	enum tone want = tone == TONE_CONGESTION &&
		!strcmp(p->country, "jp") ? TONE_BUSY : tone;
	static const struct sound quiet = { .snr = 10 };
	struct tone_def d = changed(tone_plan_def(p, tone), s);
	struct heard h = { .n = 0 };
	struct callprog *c = NULL;
	int err = 0;

	TRY(callprog_new(&c, p, 0, on_event, &h));
	feed(c, NULL, &quiet, 300, &seed);
	feed(c, &d, s, tone == TONE_SIT ? 1900 : 13000, &seed);
	if (tone != TONE_SIT)
		CHECK(callprog_tone(c) == want);
	feed(c, NULL, &quiet, 8000, &seed);
	CHECK_INT(h.n, 2);
	CHECK(h.e[0].found && h.e[0].tone == want);
	CHECK(!h.e[1].found && h.e[1].tone == want && !h.wrong);
	CHECK(h.e[0].at < 8 * (300 + 2500));
	CHECK(callprog_tone(c) == TONE_NONE);
out:
	if (err)
		test_say(__FILE__, __LINE__,
			 "... %s %s gain %g SNR %g shift %g tempo %g: "
			 "%u events, first %s", p->country, tone_name(tone),
			 s->gain, s->snr, s->shift, s->tempo, h.n,
			 tone_name(h.e[0].tone));
	callprog_free(c);
	return err;
}

static int check_all(const struct sound *s)
{
	int err = 0;

	for (const struct tone_plan *const *p = tone_plans; *p; p++)
		for (int t = 0; t < TONES; t++)
			TRY(check_tone(*p, tones[t], s, 17));
out:
	return err;
}

static int test_clean(void)
{
	static const struct sound s = { .gain = 0 };

	return check_all(&s);
}

static int test_noise(void)
{
	static const struct sound s20 = { .snr = 20 };
	static const struct sound s15 = { .snr = 15 };
	int err = 0;

	TRY(check_all(&s20));
	TRY(check_all(&s15));
out:
	return err;
}

static int test_level(void)
{
	static const struct sound loud = { .gain = 10 };
	int err = 0;

	TRY(check_all(&loud));
	for (const struct tone_plan *const *p = tone_plans; *p; p++)
		for (int t = 0; t < TONES; t++) {
			const struct tone_def *d = tone_plan_def(*p,
								 tones[t]);
			struct sound s = { .snr = 20,
				.gain = -30 - (double)d->step[0].f[0].dbm0 };

			TRY(check_tone(*p, tones[t], &s, 3));
		}
out:
	return err;
}

/* Cadences a tenth too quick and too slow. */
static int test_tempo(void)
{
	static const struct sound quick = { .tempo = 0.9, .snr = 25 };
	static const struct sound slow = { .tempo = 1.1, .snr = 25 };
	int err = 0;

	TRY(check_all(&quick));
	TRY(check_all(&slow));
out:
	return err;
}

static int test_frequency(void)
{
	static const char *const single[] = { "jp", "de", "fr" };
	static const enum tone some[] = { TONE_DIAL, TONE_BUSY,
					  TONE_RINGBACK };
	int err = 0;

	for (int i = 0; i < 3; i++)
		for (int t = 0; t < 3; t++)
			for (int f = -18; f <= 18; f += 9) {
				/* it warbles, which takes its share */
				bool jp_ring = i == 0 &&
					some[t] == TONE_RINGBACK;
				struct sound s = { .snr = 25,
					.shift = jp_ring ? f / 9 : f };

				TRY(check_tone(tone_plan_find(single[i]),
					       some[t], &s, 5));
			}
	for (int t = 0; t < 3; t++)
		for (int f = -6; f <= 6; f += 6) {
			struct sound s = { .snr = 25, .shift = f };

			TRY(check_tone(tone_plan_find("us"), some[t], &s,
				       5));
		}
out:
	return err;
}

/* The evidence is what was sent. */
static int test_evidence(void)
{
	static const struct sound s = { .gain = -3 };
	const struct tone_plan *p = tone_plan_find("de");
	struct heard h = { .n = 0 };
	struct callprog *c = NULL;
	uint32_t seed = 1;
	int err = 0;

	TRY(callprog_new(&c, p, 0, on_event, &h));
	feed(c, tone_plan_def(p, TONE_BUSY), &s, 5000, &seed);
	CHECK_INT(h.n, 1);
	CHECK_NEAR(h.e[0].on_ms, 480, 20);
	CHECK_NEAR(h.e[0].off_ms, 480, 20);
	CHECK_NEAR(h.e[0].dbm0, -16, 0.5);
	CHECK(h.e[0].rounds >= 1);
	CHECK(h.e[0].at < 8 * 1500);
	callprog_reset(c);
	CHECK_INT(h.n, 1);
	CHECK(callprog_tone(c) == TONE_NONE);
out:
	callprog_free(c);
	return err;
}

/* One tone after the other, as in a call that fails. */
static int test_sequence(void)
{
	static const struct sound s = { .snr = 25 };
	const struct tone_plan *p = tone_plan_find("us");
	struct heard h = { .n = 0 };
	struct callprog *c = NULL;
	uint32_t seed = 9;
	int err = 0;

	TRY(callprog_new(&c, p, 0, on_event, &h));
	feed(c, tone_plan_def(p, TONE_RINGBACK), &s, 8000, &seed);
	feed(c, tone_plan_def(p, TONE_CONGESTION), &s, 4000, &seed);
	feed(c, tone_plan_def(p, TONE_DIAL), &s, 2000, &seed);
	CHECK_INT(h.found, 3);
	CHECK(h.e[0].tone == TONE_RINGBACK && h.e[2].tone ==
	      TONE_CONGESTION && h.e[4].tone == TONE_DIAL && !h.wrong);
out:
	callprog_free(c);
	return err;
}

static int test_silence(void)
{
	static const struct sound s = { .snr = 25 };
	static const struct sound idle = { .snr = 10 };
	const struct tone_plan *p = tone_plan_find("jp");
	struct heard h = { .n = 0 };
	struct callprog *c = NULL;
	uint32_t seed = 2;
	int err = 0;

	TRY(callprog_new(&c, p, 3000, on_event, &h));
	feed(c, NULL, &idle, 2900, &seed);
	CHECK_INT(h.n, 0);
	feed(c, NULL, &idle, 2000, &seed);
	CHECK_INT(h.n, 1);
	CHECK(h.e[0].tone == TONE_NONE && h.e[0].found);
	CHECK_NEAR(h.e[0].at, 3000 * 8, 400);
	feed(c, tone_plan_def(p, TONE_DIAL), &s, 2000, &seed);
	CHECK_INT(h.n, 3);
	CHECK(h.e[1].tone == TONE_NONE && !h.e[1].found);
	CHECK(h.e[2].tone == TONE_DIAL && h.e[2].found && !h.wrong);
out:
	callprog_free(c);
	return err;
}

/* Nothing is heard in this sound, by any plan. */
/* No tone, and somebody speaks or not. */
static int check_no_tone(const int16_t *pcm, size_t n, unsigned voices)
{
	int err = 0;

	for (const struct tone_plan *const *p = tone_plans; *p; p++) {
		struct heard h = { .n = 0 };
		struct callprog *c = NULL;

		TRY(callprog_new(&c, *p, 0, on_event, &h));
		callprog_run(c, pcm, n);
		callprog_free(c);
		if (h.n)
			test_say(__FILE__, __LINE__, "%s: %s at %u ms",
				 (*p)->country, tone_name(h.e[0].tone),
				 h.e[0].at / 8);
		CHECK_INT(h.n, 0);
		CHECK_INT(h.voices, voices);
	}
out:
	return err;
}

static int check_nothing(const int16_t *pcm, size_t n)
{
	return check_no_tone(pcm, n, 0);
}

static int test_speech(void)
{
	static uint8_t code[96000];
	static int16_t pcm[96000];
	FILE *f = fopen("tests/data/speech.al", "rb");
	size_t n = 0;
	int err = 0;

	CHECK(f);
	n = fread(code, 1, sizeof(code), f);
	CHECK(n == sizeof(code));
	codec_by_pt(8)->decode(NULL, code, n, pcm, n);
	TRY(check_no_tone(pcm, n, 1));
	level_gain_run(level_gain(-12), pcm, n);
	TRY(check_no_tone(pcm, n, 1));
out:
	if (f)
		fclose(f);
	return err;
}

static int test_other_sound(void)
{
	static int16_t pcm[80000];
	struct dtmf_gen g;
	uint32_t seed = 77;
	int err = 0;

	memset(pcm, 0, sizeof(pcm));
	signal_noise(pcm, 80000, -15, &seed);
	TRY(check_nothing(pcm, 80000));
	dtmf_gen_init(&g, 8000, 500, 500, -9, -7);
	for (const char *p = "147*2580"; *p; p++)
		TRY(dtmf_gen_put(&g, *p));
	dtmf_gen_run(&g, pcm, 80000);
	TRY(check_nothing(pcm, 80000));
	/* 1004 Hz is in no plan */
	memset(pcm, 0, sizeof(pcm));
	signal_sine(pcm, 80000, 0, 8000, 1004, -10);
	TRY(check_nothing(pcm, 80000));
out:
	return err;
}

/* The same events whatever the blocks. */
static int test_blocks(void)
{
	const struct tone_plan *p = tone_plan_find("gb");
	static int16_t pcm[40000];
	struct heard a = { .n = 0 }, b = { .n = 0 };
	struct callprog *c = NULL, *d = NULL;
	struct tonegen g;
	uint32_t seed = 8;
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, tone_plan_def(p, TONE_CONGESTION), 0);
	tonegen_run(&g, pcm, 40000);
	TRY(callprog_new(&c, p, 0, on_event, &a));
	TRY(callprog_new(&d, p, 0, on_event, &b));
	callprog_run(c, pcm, 40000);
	for (size_t t = 0, k; t < 40000; t += k) {
		k = signal_random(&seed) % 300;
		k = t + k > 40000 ? 40000 - t : k;
		callprog_run(d, pcm + t, k);
	}
	CHECK_INT(a.n, 1);
	CHECK(a.n == b.n && !memcmp(a.e, b.e, sizeof(*a.e)));
out:
	callprog_free(c);
	callprog_free(d);
	return err;
}

const struct test_suite suite_callprog = {
	"dsp/callprog", (const struct test[]){
		TEST(test_clean),
		TEST(test_noise),
		TEST(test_level),
		TEST(test_tempo),
		TEST(test_frequency),
		TEST(test_evidence),
		TEST(test_sequence),
		TEST(test_silence),
		TEST(test_speech),
		TEST(test_other_sound),
		TEST(test_blocks),
		TEST_END } };
