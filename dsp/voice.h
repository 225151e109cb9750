/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does somebody speak? For a line where nothing else says that the call was
 * answered. Speech comes in bursts of up to a second or so with short gaps
 * between them, stands out of the noise of the line, and is neither one or
 * two tones nor white. Music goes on longer without a gap. An answer of
 * "hello" is told within 100 ms of its end. For callprog.c, which knows the
 * tones of the network. 8 kHz.
 */
#ifndef DSP_VOICE_H
#define DSP_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VOICE_HOP = 80 };        /* samples between decisions */

struct voice {
	float    pcm[2 * VOICE_HOP];    /* the last 20 ms */
	unsigned fill;                  /* of the newest hop */
	float    floor_dbm0;            /* of the line's noise */
	float    peak_dbm0;             /* of this burst */
	unsigned run, voiced, gap;      /* hops of this burst, how many of
					 * them may be speech, since then */
	unsigned evidence;              /* hops of good bursts */
	bool     told;
};

/* Nothing heard so far. */
void voice_init(struct voice *v);

/* Takes at most n samples, and no more than to the end of the hop. Returns
 * how many. */
size_t voice_take(struct voice *v, const int16_t *pcm, size_t n);

/* At the end of a hop; tone: a tone of the network fills it. True, once:
 * somebody speaks. */
bool voice_hop(struct voice *v, bool tone);

#endif
