/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream of RTP packets was like: sequence, loss and jitter as
 * RFC 3550 (appendices A.1, A.3, A.8) counts them, and the R factor of the
 * E-model (ITU-T G.107) that follows. Pure; time is an argument.
 */
#ifndef MEDIA_QUALITY_H
#define MEDIA_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

struct quality {
	bool     started;
	uint32_t hz;                    /* RTP clock */
	uint32_t base_ext, max_ext;     /* extended sequence numbers */
	uint64_t received;
	uint32_t prior_expected, prior_received;
	int64_t  transit;               /* in RTP clock */
	uint32_t jitter16;              /* RFC 3550 A.8: times 16 */
	uint64_t reordered;
};

/* Nothing received; hz is the RTP clock. */
void quality_init(struct quality *q, uint32_t hz);

/* A packet came at now_us. Returns its extended sequence number. */
uint32_t quality_packet(struct quality *q, uint16_t seq, uint32_t ts,
			uint64_t now_us);

/* Packets that should have come since the start. */
uint32_t quality_expected(const struct quality *q);

/* Cumulative loss, clamped to 24 bits signed as reports have it. */
int32_t quality_lost(const struct quality *q);

/* Loss since the last call, in 1/256 (RFC 3550 A.3). */
uint8_t quality_fraction(struct quality *q);

/* Interarrival jitter in RTP clock units. */
static inline uint32_t quality_jitter(const struct quality *q)
{
	return q->jitter16 >> 4;
}

/* The same in microseconds. */
uint32_t quality_jitter_us(const struct quality *q);

/* R factor 0..100 for loss (0..1, after the jitter buffer), one-way delay,
 * and the equipment impairment ie of the codec (G.711: 0). */
uint8_t quality_r_factor(double loss, unsigned delay_ms, double ie);

#endif
