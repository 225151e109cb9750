/* SPDX-License-Identifier: Apache-2.0 */
/* Comfort noise, RFC 3389. White noise through a gentle low-pass. */
#include "media/cn.h"

#include <math.h>

#include "dsp/level.h"

/* RFC 3389 section 3.1: the level is in -dBov, and 0 dBov is a square wave
 * of full scale, 3.01 dB over the sine that is +3.14 dBm0. */
double cn_level_dbm0(uint8_t octet)
{
	return 6.15 - (octet & 0x7f);
}

void cn_set_level(struct cn *c, double dbm0)
{
	/* uniform noise of peak a has a power of a^2 / 3; the low-pass
	 * (1 + z^-1) / 2 halves it */
	double peak_sine = level_peak(dbm0 > -30 ? -30 : dbm0);

	c->amp = (int32_t)lrint(peak_sine * sqrt(3));
	if (!c->seed)
		c->seed = 0x2545f491;
}

int cn_parse(struct cn *c, const uint8_t *p, size_t n)
{
	if (!n)
		return EBADMSG;
	cn_set_level(c, cn_level_dbm0(p[0]));
	return 0;
}

void cn_run(struct cn *c, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t x;

		c->seed = c->seed * 1664525u + 1013904223u;
		x = (int32_t)(((int64_t)(int32_t)c->seed * c->amp) >> 31);
		pcm[i] = (int16_t)((x + c->last) / 2);
		c->last = x;
	}
}
