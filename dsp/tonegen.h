/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tones: up to four frequencies at once, in steps of a cadence. The phase
 * runs on when a frequency goes on in the next step or the next tone.
 */
#ifndef DSP_TONEGEN_H
#define DSP_TONEGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TONE_FREQS = 4, TONE_STEPS = 8 };

struct tone_freq {
	float hz;               /* 0: no more */
	float dbm0;             /* of this frequency alone */
};

/* No frequency: silence. */
struct tone_step {
	uint16_t         ms;    /* 0: for ever (the last step only) */
	struct tone_freq f[TONE_FREQS];
};

struct tone_def {
	uint8_t          nsteps;        /* 0: no such tone */
	uint8_t          repeat;        /* rounds in all; 0: for ever */
	uint8_t          loop_from;     /* further rounds begin here */
	struct tone_step step[TONE_STEPS];
};

struct tonegen_osc {
	uint32_t phase, inc;
	float    amp, hz;
};

/* Not to be copied or moved while its own tone sounds. */
struct tonegen {
	unsigned               hz;
	const struct tone_def *def;     /* NULL: silent */
	float                  gain_db;
	uint8_t                step, round;
	uint32_t               left;    /* samples of the step; 0: for ever */
	struct tonegen_osc     osc[TONE_FREQS];
	struct tone_def        own;     /* of tonegen_sine; of the caller if
					 * it never calls that */
};

/* Silent. hz: rate of the samples. */
void tonegen_init(struct tonegen *g, unsigned hz);

/* Starts def at its first step, gain_db on top of its levels; what sounds
 * now is replaced. def must live as long as the tone; NULL or a def without
 * steps: silence. */
void tonegen_start(struct tonegen *g, const struct tone_def *def,
		   double gain_db);

/* One frequency (0 < hz < half the rate) for ms milliseconds; 0: for ever. */
void tonegen_sine(struct tonegen *g, double hz, double dbm0, unsigned ms);

/* Silence from the next sample on. */
void tonegen_stop(struct tonegen *g);

/* Writes n samples, silence after the end of the tone. Returns how many of
 * them belong to the tone (its pauses included): n while it goes on. */
size_t tonegen_run(struct tonegen *g, int16_t *pcm, size_t n);

/* Is there more of the tone to come? */
static inline bool tonegen_is_on(const struct tonegen *g)
{
	return g->def != NULL;
}

#endif
