/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test matter of ITU-T G.168: echo paths of two-wire lines (annex D, models
 * D.2 to D.9) and the composite source signal (annex C). Used by simulated
 * lines, tests, benches and the demo. 8,000 Hz.
 */
#ifndef DSP_G168_H
#define DSP_G168_H

#include <stddef.h>
#include <stdint.h>

enum {
	G168_MODELS   = 8,
	G168_TAPS_MAX = 128,
	G168_CSS      = 5600,   /* samples in a period: 700 ms */
	G168_CSS_NEAR = 6400,   /* of the double-talk signal: 800 ms */
};

/* Response m(i) = k * taps[i], normalised to an echo return loss of 0 dB
 * for the composite source signal. */
struct g168_model {
	const char    *name;    /* "D.2" ... "D.9" */
	const int32_t *taps;
	unsigned       n;       /* taps, at most G168_TAPS_MAX */
	float          k;
};

/* Model D.2 (index 0) to D.9 (index 7); NULL beyond. Constant. */
const struct g168_model *g168_model(unsigned index);

/* The response of model index with the loss given (erl_db >= 0), zero behind
 * it. Returns the number of taps; 0: no such model. */
unsigned g168_path(float taps[G168_TAPS_MAX], unsigned index, double erl_db);

/* One period of the composite source signal: voiced sound, pseudo noise,
 * pause, and the same with the sign turned. dbm0 (-60 to 0) is the level of
 * the active parts (a full-scale sine: +3.14). Repeat it for a signal of any
 * length. */
void g168_css(int16_t pcm[G168_CSS], double dbm0);

/* The same for the near end in double talk: another voice, Gaussian noise
 * from the seed. */
void g168_css_near(int16_t pcm[G168_CSS_NEAR], double dbm0, uint32_t seed);

#endif
