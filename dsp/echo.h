/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line echo canceller for two-wire lines, 8,000 Hz, in blocks of 10 ms and
 * without added delay. Of the class of ITU-T G.168. docs/echo.md explains
 * it. An object belongs to one thread at a time; nothing is shared.
 */
#ifndef DSP_ECHO_H
#define DSP_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct echo;

enum {                          /* flags, bits */
	ECHO_NLP           = 1, /* silence what is left of the echo */
	ECHO_COMFORT_NOISE = 2, /* fill that silence with the line's noise */
};

enum {
	ECHO_BLOCK       = 80,  /* samples: 10 ms */
	ECHO_TAIL_MIN_MS = 8,
	ECHO_TAIL_MAX_MS = 128,
};

/* What the canceller sees; the levels are smoothed over about a second in
 * which the far end was heard. */
struct echo_stats {
	float    erl_db;        /* echo return loss of the line; includes the
				 * near end if it speaks. 0: not known */
	float    erle_db;       /* what the filter takes off it. 0: not known */
	bool     far_active;    /* far end above -50 dBm0 now or lately */
	bool     double_talk;   /* both ends heard now */
	bool     narrow;        /* far end sends tones: adaption rests */
	bool     suppressing;   /* non-linear processor closed now */
	unsigned path_changes;  /* seen since echo_new or echo_reset */
};

/* A canceller for echoes of up to tail_ms (8 to 128, rounded up to 10 ms
 * blocks), bulk delay of the line included. EINVAL: tail_ms or flags out of
 * range. ENOMEM. */
int echo_new(struct echo **ep, unsigned tail_ms, unsigned flags) MUST_CHECK;
/* NULL-safe. */
void echo_free(struct echo *e);

/* Takes the echo of far off near. far: n samples that go to the line, near:
 * what came from it in the same time (an echo of far[i] is first heard in
 * near[i]); clean gets the result. n is a multiple of ECHO_BLOCK; clean may
 * be near. */
void echo_process(struct echo *e, const int16_t *far, const int16_t *near,
		  int16_t *clean, size_t n);

/* Forgets the line: for a new call. The flags stay. */
void echo_reset(struct echo *e);

/* ECHO_NLP, ECHO_COMFORT_NOISE; heard from the next block on. */
void echo_set_flags(struct echo *e, unsigned flags);

/* What it sees now. */
void echo_get_stats(const struct echo *e, struct echo_stats *st);

/* "avx2" or "portable": which arithmetic e runs on. Constant text. */
const char *echo_engine(const struct echo *e);

#endif
