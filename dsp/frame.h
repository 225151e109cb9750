/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of linear 16-bit samples. Levels are in dBm0: a sine of full
 * scale (peak 32767) is +3.14 dBm0, as ITU-T G.711 has it for A-law.
 */
#ifndef DSP_FRAME_H
#define DSP_FRAME_H

#include <stdint.h>

enum { FRAME_MAX = 320 };       /* 20 ms at 16 kHz */

#define FRAME_FULL_SCALE_DBM0 3.14

struct frame {
	uint16_t hz;            /* 8000 or 16000 */
	uint16_t n;             /* samples in pcm, at most FRAME_MAX */
	int16_t  pcm[FRAME_MAX];
};

#endif
