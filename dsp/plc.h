/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet loss concealment for codecs that have none of their own (G.711,
 * G.726, G.722): a lost piece is filled with the last pitch period, which
 * fades to silence within 60 ms. Adds no delay.
 */
#ifndef DSP_PLC_H
#define DSP_PLC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct plc;

/* hz: 8000 or 16000. ENOMEM. */
int plc_open(struct plc **pp, unsigned hz) MUST_CHECK;

/* NULL-safe. */
void plc_close(struct plc *p);

/* Remembers n good samples. The first few after a loss are blended with the
 * fill, in place; otherwise pcm is left as it is. */
void plc_good(struct plc *p, int16_t *pcm, size_t n);

/* Writes n samples in place of lost ones. */
void plc_lost(struct plc *p, int16_t *pcm, size_t n);

#endif
