/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 8 kHz <-> 16 kHz by a half-band FIR, streaming. Flat within 0.1 dB up to
 * 3.4 kHz; images and aliases of what lies above 4.6 kHz are at least 60 dB
 * down. Delay: RESAMPLE_DELAY_US, the same in both directions.
 */
#ifndef DSP_RESAMPLE_H
#define DSP_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RESAMPLE_TAPS     = 63,         /* at 16 kHz; the middle is one */
	RESAMPLE_DELAY_US = 1938,       /* 31 samples of 16 kHz */
};

struct resample {
	unsigned from_hz, to_hz;
	float    hist[RESAMPLE_TAPS];   /* newest last */
	bool     odd;                   /* down: half a pair has passed */
};

/* from_hz, to_hz: 8000 or 16000 each; equal: a plain copy, no delay. */
void resample_init(struct resample *r, unsigned from_hz, unsigned to_hz);

/* Consumes n samples, writes n, 2n or n/2 (of an odd n it is the half above
 * or below, in turn); out does not overlap in. Returns samples written; the
 * caller gives room for n * to_hz / from_hz + 1. */
size_t resample_run(struct resample *r, const int16_t *in, size_t n,
		    int16_t *out);

#endif
