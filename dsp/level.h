/* SPDX-License-Identifier: Apache-2.0 */
/* Levels: dBm0 of samples and back, gain with saturation, a meter. */
#ifndef DSP_LEVEL_H
#define DSP_LEVEL_H

#include <stddef.h>
#include <stdint.h>

#define LEVEL_MIN_DBM0 (-96.0)  /* what digital silence is said to be */

/* Peak of a sine of that level; 0 dBm0 is 22826. */
double level_peak(double dbm0);

/* Level of a mean square of samples; LEVEL_MIN_DBM0 at least. */
double level_dbm0(double mean_square);

/* The level of a block; n = 0: LEVEL_MIN_DBM0. */
double level_of(const int16_t *pcm, size_t n);

/* A factor for level_gain_run; db is clamped to -90 .. +30. */
int32_t level_gain(double db);

/* pcm times the factor, saturated, in place. Returns samples clipped. */
unsigned level_gain_run(int32_t gain, int16_t *pcm, size_t n);

/* Adds b to a, saturated. Returns samples clipped. */
unsigned level_mix(int16_t *a, const int16_t *b, size_t n);

/* What passed since level_meter_reset; zeroed is ready to use. */
struct level_meter {
	uint64_t sum;           /* of squares */
	uint64_t n;
	uint64_t clipped;       /* samples at +32767 or -32768 */
	int32_t  peak;          /* largest magnitude */
};

/* Takes n samples in. */
void level_meter_run(struct level_meter *m, const int16_t *pcm, size_t n);

/* Level of all samples since the reset. */
double level_meter_dbm0(const struct level_meter *m);

/* Starts anew. */
void level_meter_reset(struct level_meter *m);

#endif
