/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTMF (ITU-T Q.23, Q.24) both ways. Digits are 0-9, *, #, A-D.
 *
 * The detector works at 8 kHz, on blocks of 102 samples: a digit is said to
 * begin 23 to 36 ms after the tone does. Its end is decided 15 to 28 ms
 * after the tone, and told another 26 ms later, so that a dip of up to 15 ms
 * does not double the digit, nor (98 of 100) a lost packet of 20 ms.
 */
#ifndef DSP_DTMF_H
#define DSP_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dsp/tonegen.h"

struct dtmf_det;

enum { DTMF_DIAL_FILTER = 1 };  /* takes 350 to 450 Hz out beforehand */

/* A digit begins or ends. Each begin has its end before the next begin. at:
 * samples passed since dtmf_det_new when that was decided (modulo 2^32); the
 * difference is the digit's length less 8 ms, within 13 ms. Called inside
 * dtmf_det_run. */
typedef void dtmf_det_fn(char digit, bool begin, uint32_t at, void *arg);

/* flags: DTMF_DIAL_FILTER or 0. ENOMEM. */
int dtmf_det_new(struct dtmf_det **dp, unsigned flags, dtmf_det_fn *fn,
		 void *arg) MUST_CHECK;

/* NULL-safe. No callback; a digit that has begun gets no end. */
void dtmf_det_free(struct dtmf_det *d);

/* n samples at 8 kHz. */
void dtmf_det_run(struct dtmf_det *d, const int16_t *pcm, size_t n);

/* Is a digit going on? 0: no. */
char dtmf_det_digit(const struct dtmf_det *d);

enum { DTMF_QUEUE = 32 };

enum dtmf_gen_phase { DTMF_GEN_IDLE, DTMF_GEN_ON, DTMF_GEN_OFF };

/* Not to be copied or moved while a digit sounds. */
struct dtmf_gen {
	struct tonegen      tone;
	float               low_dbm0, high_dbm0;
	uint32_t            on, off;    /* samples */
	enum dtmf_gen_phase phase;
	uint32_t            left;       /* samples of the phase, at least */
	char                queue[DTMF_QUEUE];
	uint8_t             head, count;
	bool                held;       /* the newest digit lasts until
					 * dtmf_gen_release */
};

/* Silent. hz: rate of the samples; on_ms > 0; levels per frequency. Usual:
 * 8000, 100, 100, -9, -7. */
void dtmf_gen_init(struct dtmf_gen *g, unsigned hz, unsigned on_ms,
		   unsigned off_ms, double low_dbm0, double high_dbm0);

/* A digit (lower case a-d too) to the end of the queue; it lasts exactly
 * on_ms, then a pause of exactly off_ms. EINVAL: no digit; ENOBUFS: 32 are
 * waiting; EBUSY: the last one is held. */
int dtmf_gen_put(struct dtmf_gen *g, char digit) MUST_CHECK;

/* The same, but the digit lasts until dtmf_gen_release, at least on_ms. */
int dtmf_gen_hold(struct dtmf_gen *g, char digit) MUST_CHECK;

/* Ends a held digit; nothing held: no effect. */
void dtmf_gen_release(struct dtmf_gen *g);

/* Silence at once, queue empty. */
void dtmf_gen_stop(struct dtmf_gen *g);

/* Writes n samples, silence after the last pause. Returns how many belong
 * to digits and their pauses; 0: idle. */
size_t dtmf_gen_run(struct dtmf_gen *g, int16_t *pcm, size_t n);

/* True: nothing sounds or waits. */
bool dtmf_gen_is_idle(const struct dtmf_gen *g);

#endif
