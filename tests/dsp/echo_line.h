/* SPDX-License-Identifier: Apache-2.0 */
/* A two-wire line for the tests of the echo canceller: signals at its far
 * end, an echo path, noise, A-law. 8,000 Hz; levels as in dsp/frame.h. */
#ifndef TESTS_DSP_ECHO_LINE_H
#define TESTS_DSP_ECHO_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dsp/g168.h"

enum { SECOND = 8000, LINE_LEN = 20 * SECOND };

struct echo_line {
	int16_t  far[LINE_LEN];         /* towards the line, A-law */
	int16_t  talk[LINE_LEN];        /* the near end's own sound and noise */
	float    echo[LINE_LEN];
	int16_t  near[LINE_LEN];        /* talk and echo, A-law */
	int16_t  clean[LINE_LEN];       /* behind the canceller */
	uint32_t random;
};

/* A zeroed line with noise of -68 dBm0, freed with mem_free; NULL: no
 * memory. */
struct echo_line *echo_line_new(void);

/* Noise of dbm0 in place of all talk. */
void echo_line_noise(struct echo_line *l, double dbm0);
/* Far end: the composite source signal, in a period prime to the blocks. */
void echo_line_css(struct echo_line *l, double dbm0);
/* n samples of recorded speech from the test data, over and over, dbm0
 * while it speaks, starting skip samples in. ENOENT. */
int echo_line_speech(int16_t *out, size_t n, size_t skip, double dbm0)
	MUST_CHECK;
/* Adds a tone to x. */
void echo_line_tone(int16_t *x, size_t n, double hz, double dbm0);
/* Everything passes A-law once, as on a trunk. */
void echo_line_alaw(int16_t *x, size_t n);

/* Echo of far from .. to by G.168 model index, behind delay samples. */
void echo_line_path(struct echo_line *l, size_t from, size_t to,
		    unsigned model, double erl_db, unsigned delay);
/* near from talk and echo. */
void echo_line_mix(struct echo_line *l);

/* dBm0 of n samples. */
double echo_line_level(const int16_t *x, size_t n);
/* Seconds from a to b: how much clean is below near. */
double echo_line_erle(const struct echo_line *l, double a, double b);
/* How much of the echo alone is gone, whatever the near end says. */
double echo_line_left(const struct echo_line *l, double a, double b);
/* Most that clean is above near over any 100 ms of a .. b above -50 dBm0. */
double echo_line_louder(const struct echo_line *l, double a, double b);

#endif
