/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/voice.h"

#include <math.h>
#include <string.h>

#include "tests/dsp/echo_line.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { LEN = 8 * SECOND };

/* Milliseconds until somebody speaks; -1: nobody does. Half a second of
 * noise comes first. */
static int heard_after(const int16_t *pcm, size_t n)
{
	struct voice v;
	int16_t noise[SECOND / 2] = { 0 };
	uint32_t seed = 7;

	voice_init(&v);
	signal_noise(noise, SECOND / 2, -55, &seed);
	for (size_t i = 0; i < SECOND / 2; i += VOICE_HOP) {
		voice_take(&v, noise + i, VOICE_HOP);
		if (voice_hop(&v, false))
			return 0;
	}
	for (size_t i = 0; i + VOICE_HOP <= n; i += VOICE_HOP) {
		/* cut anywhere */
		size_t k = voice_take(&v, pcm + i, 33);

		voice_take(&v, pcm + i + k, VOICE_HOP);
		if (voice_hop(&v, false))
			return (int)((i + VOICE_HOP) / 8);
	}
	return -1;
}

/* From anywhere in a recording, loud and faint, with the noise of a line. */
static int test_speech(void)
{
	static int16_t pcm[LEN];
	uint32_t seed = 3;
	int err = 0;

	for (size_t skip = 0; skip < 12 * SECOND; skip += 2500)
		for (int level = -28; level <= -8; level += 10) {
			TRY(echo_line_speech(pcm, LEN, skip, level));
			signal_noise(pcm, LEN, -55, &seed);
			CHECK(heard_after(pcm, LEN) > 200);
			CHECK(heard_after(pcm, LEN) < 2500);
		}
out:
	return err;
}

/* Steady tones, pairs and digits of the keypad are none. */
static int test_tones(void)
{
	static const double hz[][2] = {
		{ 425, 0 }, { 1004, 0 }, { 1100, 0 }, { 2100, 0 },
		{ 350, 440 }, { 440, 480 }, { 697, 1209 }, { 941, 1633 },
	};
	static int16_t pcm[LEN];
	uint32_t seed = 5;
	int err = 0;

	for (size_t i = 0; i < sizeof(hz) / sizeof(*hz); i++)
		for (size_t on = 800; on <= 8000; on *= 3) {
			memset(pcm, 0, sizeof(pcm));
			for (size_t t = 0; t + on < LEN; t += 2 * on)
				for (int k = 0; k < 2; k++)
					if (hz[i][k] > 0)
						signal_sine(pcm + t, on, t,
							    8000, hz[i][k],
							    -13);
			signal_noise(pcm, LEN, -55, &seed);
			CHECK_INT(heard_after(pcm, LEN), -1);
		}
out:
	return err;
}

/* Noise is none, in bursts either; silence is none. */
static int test_noise(void)
{
	static int16_t pcm[LEN];
	uint32_t seed = 11;
	int err = 0;

	CHECK_INT(heard_after(pcm, LEN), -1);
	signal_noise(pcm, LEN, -30, &seed);
	CHECK_INT(heard_after(pcm, LEN), -1);
	for (size_t i = 0; i < LEN; i++)
		if (i / 2400 & 1)
			pcm[i] = 0;
	CHECK_INT(heard_after(pcm, LEN), -1);
	memset(pcm, 0, sizeof(pcm));
	for (size_t i = 0; i < LEN; i += 1000)  /* clicks */
		pcm[i] = 20000;
	CHECK_INT(heard_after(pcm, LEN), -1);
out:
	return err;
}

/* Chords of plucked strings, a new one every 300 ms that sounds on: what is
 * played to those who wait. */
static int test_music(void)
{
	static const double root[] = { 262, 220, 175, 196 };
	static int16_t pcm[LEN];
	int err = 0;

	for (size_t i = 0; i < LEN; i++) {
		double y = 0;

		for (size_t c = 0; c < 3; c++) {
			size_t chord = i / 2400 - c, at = i % 2400 + c * 2400;
			double f = root[chord % 4], t = (double)at / 8000;

			if (i / 2400 < c)
				break;
			for (int h = 1; h <= 5; h++)
				y += 1500 * exp(-2 * t) / h *
				     (sin(2 * M_PI * f * h * t) +
				      sin(2 * M_PI * f * 1.26 * h * t) +
				      sin(2 * M_PI * f * 1.5 * h * t));
		}
		pcm[i] = (int16_t)fmax(fmin(y, 32767), -32768);
	}
	CHECK_INT(heard_after(pcm, LEN), -1);
out:
	return err;
}

/* A tone of the network between two words takes the first one back. */
static int test_tone_between(void)
{
	static int16_t pcm[LEN];
	struct voice v;
	bool told = false;
	int err = 0;

	TRY(echo_line_speech(pcm, LEN, 0, -15));
	voice_init(&v);
	for (size_t i = 0; i + VOICE_HOP <= LEN; i += VOICE_HOP) {
		voice_take(&v, pcm + i, VOICE_HOP);
		told |= voice_hop(&v, i % 1600 >= 1200);
	}
	CHECK(!told);
out:
	return err;
}

const struct test_suite suite_voice = {
	"dsp/voice", (const struct test[]){
		TEST(test_speech),
		TEST(test_tones),
		TEST(test_noise),
		TEST(test_music),
		TEST(test_tone_between),
		TEST_END } };
