/* SPDX-License-Identifier: Apache-2.0 */
/* Sound measured: a sine fitted by least squares, the delay between two
 * signals. */
#ifndef TESTS_LIB_SINE_H
#define TESTS_LIB_SINE_H

#include <stddef.h>
#include <stdint.h>

struct sine {
	double hz;
	double dbm0;            /* of the sine; full scale is +3.14 */
	double snr_db;          /* sine to all the rest (mean taken off) */
	double phase;           /* at the first sample, -pi..pi, of a sine */
	double dc;
};

/* Fits a sine of about near_hz (within some 2 %; 0: the strongest from 100
 * Hz to 0.45 of the rate is looked for) to n samples. 200 ms are a good
 * piece. Silence: dbm0 and snr_db are -96. */
void sine_fit(struct sine *s, const int16_t *pcm, size_t n, unsigned rate,
	      double near_hz);

/* By how many samples b lags behind a: the place of the largest correlation
 * (either sign) within 0..max. Use noise or speech, not tones. */
long sine_delay(const int16_t *a, size_t na, const int16_t *b, size_t nb,
		long max);

/* Writes n samples of a sine that starts at phase 0 at sample number at. */
void sine_make(int16_t *pcm, size_t n, unsigned rate, double hz, double dbm0,
	       size_t at);

/* Writes n samples of white noise of that level; the same seed gives the
 * same noise and is moved on. */
void sine_noise(int16_t *pcm, size_t n, double dbm0, uint32_t *seed);

#endif
