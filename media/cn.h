/* SPDX-License-Identifier: Apache-2.0 */
/* Comfort noise (RFC 3389): the level that comes, the noise that is heard.
 * The spectrum, if one comes, is not used. Pure. */
#ifndef MEDIA_CN_H
#define MEDIA_CN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct cn {
	uint32_t seed;
	int32_t  amp;           /* peak of the noise; 0: silence */
	int32_t  last;
};

/* Takes the payload in and sets the level. EBADMSG: empty. */
int cn_parse(struct cn *c, const uint8_t *p, size_t n) MUST_CHECK;

/* The level in dBm0 that a payload stands for. */
double cn_level_dbm0(uint8_t octet);

/* Sets the level; at most -30 dBm0 is used: no peer shall shout by it. */
void cn_set_level(struct cn *c, double dbm0);

/* Writes n samples of noise. */
void cn_run(struct cn *c, int16_t *pcm, size_t n);

#endif
