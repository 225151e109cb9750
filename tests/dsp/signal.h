/* SPDX-License-Identifier: Apache-2.0 */
/* Signals for the tests of dsp/, and what is left of them afterwards. */
#ifndef TESTS_DSP_SIGNAL_H
#define TESTS_DSP_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

/* Adds a sine to n samples; it begins at phase 0 with sample number t0. */
void signal_sine(int16_t *pcm, size_t n, size_t t0, unsigned rate, double hz,
		 double dbm0);

/* Adds white Gaussian noise. *seed is changed; not 0. */
void signal_noise(int16_t *pcm, size_t n, double dbm0, uint32_t *seed);

/* Level in dBm0 of one frequency, by a least-squares fit. */
double signal_level_at(const int16_t *pcm, size_t n, unsigned rate,
		       double hz);

/* Power of the fitted sine over that of the rest, in dB. */
double signal_snr(const int16_t *pcm, size_t n, unsigned rate, double hz);

/* Through A-law and back. */
void signal_alaw(int16_t *pcm, size_t n);

/* A pseudo-random number. *seed is changed; not 0. */
uint32_t signal_random(uint32_t *seed);

#endif
