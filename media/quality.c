/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a received RTP stream. */
#include "media/quality.h"

#include <math.h>

void quality_init(struct quality *q, uint32_t hz)
{
	*q = (struct quality){ .hz = hz };
}

static void start(struct quality *q, uint16_t seq)
{
	/* one cycle ahead, so that an earlier packet has a number, too */
	q->base_ext = q->max_ext = 0x10000u + seq;
	q->started = true;
}

/* RFC 3550 A.8 */
static void take_jitter(struct quality *q, uint32_t ts, uint64_t now_us)
{
	int64_t arrival = (int64_t)(now_us * q->hz / 1000000);
	int64_t transit = (int32_t)((uint32_t)arrival - ts);
	int64_t d = q->received ? (int32_t)(uint32_t)(transit - q->transit)
				: 0;

	q->transit = transit;
	if (d < 0)
		d = -d;
	/* a jump of the sender's clock is no jitter */
	if (d > (int64_t)q->hz)
		return;
	q->jitter16 += (uint32_t)d - ((q->jitter16 + 8) >> 4);
}

uint32_t quality_packet(struct quality *q, uint16_t seq, uint32_t ts,
			uint64_t now_us)
{
	int16_t ahead;
	uint32_t ext;

	if (!q->started)
		start(q, seq);
	ahead = (int16_t)(uint16_t)(seq - q->max_ext);
	ext = q->max_ext + (uint32_t)(int32_t)ahead;
	take_jitter(q, ts, now_us);
	q->received++;
	if (ahead > 0) {
		q->max_ext = ext;
	} else if (ahead < 0) {
		q->reordered++;
		if ((int32_t)(ext - q->base_ext) < 0)
			q->base_ext = ext;
	}
	return ext;
}

uint32_t quality_expected(const struct quality *q)
{
	return q->started ? q->max_ext - q->base_ext + 1 : 0;
}

int32_t quality_lost(const struct quality *q)
{
	const int64_t max = 0x7fffff, min = -0x800000;
	int64_t lost = (int64_t)quality_expected(q) - (int64_t)q->received;

	if (lost > max)
		return (int32_t)max;
	return (int32_t)(lost < min ? min : lost);
}

uint8_t quality_fraction(struct quality *q)
{
	uint32_t expected = quality_expected(q) - q->prior_expected;
	uint32_t received = (uint32_t)q->received - q->prior_received;

	q->prior_expected += expected;
	q->prior_received += received;
	if (!expected || received >= expected)
		return 0;
	return (uint8_t)(((uint64_t)(expected - received) << 8) / expected -
			 (received == 0));
}

uint32_t quality_jitter_us(const struct quality *q)
{
	if (!q->hz)
		return 0;
	return (uint32_t)((uint64_t)quality_jitter(q) * 1000000 / q->hz);
}

uint8_t quality_r_factor(double loss, unsigned delay_ms, double ie)
{
	const double bpl = 25.1;        /* G.113: G.711 with concealment */
	double ppl = loss * 100, r;

	r = 93.2 - 0.024 * delay_ms;
	if (delay_ms > 177)
		r -= 0.11 * (delay_ms - 177.3);
	r -= ie + (95 - ie) * ppl / (ppl + bpl);
	if (!(r > 0))
		return 0;
	return (uint8_t)lrint(r > 100 ? 100 : r);
}
