/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A half-band low-pass of 63 taps at 16 kHz (Kaiser window, beta 7.4): the
 * middle tap is 1/2, every second one is 0, the rest is symmetric, so that
 * only 16 numbers are left. Going up, every second output is an old input.
 */
#include <math.h>
#include <string.h>

#include "dsp/resample.h"

enum {
	SIDE  = 16,                     /* different taps */
	EVENS = 2 * SIDE,               /* taps that are not 0 or the middle */
	MID   = RESAMPLE_TAPS / 2,
	CHUNK = 64,                     /* inputs taken at once */
};

/* Taps 0, 2, 4 ... 30; tap 62 - i equals tap i. */
static const float tap[SIDE] = {
	-0.000062193f, 0.000200524f, -0.000463772f, 0.000912537f,
	-0.001622513f, 0.002686340f, -0.004217264f, 0.006356973f,
	-0.009292444f, 0.013292197f, -0.018786930f, 0.026563129f,
	-0.038294004f, 0.058348908f, -0.102840628f, 0.317219139f,
};

static int16_t to_pcm(float x)
{
	x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
	return (int16_t)lrintf(x);
}

void resample_init(struct resample *r, unsigned from_hz, unsigned to_hz)
{
	*r = (struct resample){ .from_hz = from_hz, .to_hz = to_hz };
}

/* x: the newest of EVENS inputs at 8 kHz, older ones before it. */
static void up(const float *x, int16_t *out)
{
	float sum = 0;

	for (int i = 0; i < SIDE; i++)
		sum += tap[i] * (x[-i] + x[i - EVENS + 1]);
	out[0] = to_pcm(2 * sum);
	out[1] = to_pcm(x[-(MID / 2)]);
}

/* x: the newest of RESAMPLE_TAPS inputs at 16 kHz. */
static int16_t down(const float *x)
{
	float sum = x[-MID] * 0.5f;

	for (int i = 0; i < SIDE; i++)
		sum += tap[i] * (x[-2 * i] + x[2 * i - RESAMPLE_TAPS + 1]);
	return to_pcm(sum);
}

/* At most CHUNK inputs behind the history in one line. */
static size_t run_chunk(struct resample *r, const int16_t *in, size_t n,
			int16_t *out)
{
	float line[RESAMPLE_TAPS + CHUNK];
	const float *x = line + RESAMPLE_TAPS;
	size_t m = 0;

	memcpy(line, r->hist, sizeof(r->hist));
	for (size_t i = 0; i < n; i++)
		line[RESAMPLE_TAPS + i] = in[i];
	for (size_t i = 0; i < n; i++) {
		if (r->to_hz > r->from_hz) {
			up(x + i, out + m);
			m += 2;
		} else {
			/* the first of each pair */
			if (!r->odd)
				out[m++] = down(x + i);
			r->odd = !r->odd;
		}
	}
	memcpy(r->hist, line + n, sizeof(r->hist));
	return m;
}

size_t resample_run(struct resample *r, const int16_t *in, size_t n,
		    int16_t *out)
{
	size_t m = 0;

	if (r->from_hz == r->to_hz) {
		memcpy(out, in, n * sizeof(*in));
		return n;
	}
	while (n) {
		size_t k = n < CHUNK ? n : CHUNK;

		m += run_chunk(r, in, k, out + m);
		in += k;
		n -= k;
	}
	return m;
}
