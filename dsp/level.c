/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "dsp/frame.h"
#include "dsp/level.h"

enum { GAIN_SHIFT = 16 };

double level_peak(double dbm0)
{
	return 32767.0 * pow(10, (dbm0 - FRAME_FULL_SCALE_DBM0) / 20);
}

double level_dbm0(double mean_square)
{
	const double full = 32767.0 * 32767.0 / 2;
	double db = mean_square > 0 ?
		10 * log10(mean_square / full) + FRAME_FULL_SCALE_DBM0 :
		LEVEL_MIN_DBM0;

	return db > LEVEL_MIN_DBM0 ? db : LEVEL_MIN_DBM0;
}

double level_of(const int16_t *pcm, size_t n)
{
	struct level_meter m = { 0 };

	level_meter_run(&m, pcm, n);
	return level_meter_dbm0(&m);
}

int32_t level_gain(double db)
{
	db = db < -90 ? -90 : db > 30 ? 30 : db;
	return (int32_t)lrint(pow(10, db / 20) * (1 << GAIN_SHIFT));
}

unsigned level_gain_run(int32_t gain, int16_t *pcm, size_t n)
{
	unsigned clipped = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t v = (int64_t)pcm[i] * gain + (1 << (GAIN_SHIFT - 1));
		int64_t x = v >> GAIN_SHIFT;

		clipped += x > 32767 || x < -32768;
		pcm[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 :
				   x);
	}
	return clipped;
}

unsigned level_mix(int16_t *a, const int16_t *b, size_t n)
{
	unsigned clipped = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t x = a[i] + b[i];

		clipped += x > 32767 || x < -32768;
		a[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
	}
	return clipped;
}

void level_meter_run(struct level_meter *m, const int16_t *pcm, size_t n)
{
	uint64_t sum = 0;
	unsigned clipped = 0;
	int32_t peak = m->peak;

	for (size_t i = 0; i < n; i++) {
		int32_t x = pcm[i], mag = x < 0 ? -x : x;

		sum += (uint32_t)(x * x);
		clipped += x == 32767 || x == -32768;
		peak = mag > peak ? mag : peak;
	}
	m->sum += sum;
	m->n += n;
	m->clipped += clipped;
	m->peak = peak;
}

double level_meter_dbm0(const struct level_meter *m)
{
	return level_dbm0(m->n ? (double)m->sum / (double)m->n : 0);
}

void level_meter_reset(struct level_meter *m)
{
	*m = (struct level_meter){ 0 };
}
