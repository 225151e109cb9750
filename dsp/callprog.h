/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call progress on a line towards a network: which tone of the national
 * plan is heard. Tones from 0 to -30 dBm0, 15 dB above noise, within 20 Hz
 * (pairs: 8 Hz) of their place; works at 8 kHz.
 *
 * A steady tone is told after 0.6 s, or when it is longer than any burst of
 * the same sound (Germany 1.3 s, France 1.9 s); busy and congestion after
 * one round and a half, ringback after its first burst. Where a country
 * has the same tone for both, busy is told.
 */
#ifndef DSP_CALLPROG_H
#define DSP_CALLPROG_H

#include "base/err.h"
#include "dsp/tone_plan.h"

struct callprog;

struct callprog_event {
	enum tone tone;         /* TONE_NONE: silence of silence_ms */
	bool      found;        /* else it has just been lost */
	bool      voice;        /* no tone: somebody speaks; told once */
	uint32_t  at;           /* samples passed since callprog_new */
	/* The evidence: what was measured. */
	float     dbm0;
	uint16_t  on_ms, off_ms;        /* last whole on and off; 0: none */
	unsigned  rounds;               /* of the cadence, that matched */
};

/* A tone is found or lost; each found has its lost before the next found.
 * Called inside callprog_run; e is valid during the call. */
typedef void callprog_fn(const struct callprog_event *e, void *arg);

/* Listens for dial tone (ordinary and special), ringback, busy, congestion
 * and SIT of the plan, and for silence of silence_ms (0: not). ENOMEM. */
int callprog_new(struct callprog **cp, const struct tone_plan *plan,
		 unsigned silence_ms, callprog_fn *fn, void *arg)
	MUST_CHECK;

/* NULL-safe. No callback. */
void callprog_free(struct callprog *c);

/* n samples at 8 kHz. */
void callprog_run(struct callprog *c, const int16_t *pcm, size_t n);

/* Forgets what was heard, without callbacks. Do so when dialling ends: a
 * dial tone cut off by the first digit looks like a burst of ringback. */
void callprog_reset(struct callprog *c);

/* The tone that is found now, or TONE_NONE. */
enum tone callprog_tone(const struct callprog *c);

#endif
