/* SPDX-License-Identifier: Apache-2.0 */
/* What was lost since the last look, both ways. */
#include "gateway/call/leg_quality.h"

float leg_quality_loss(struct leg_quality *q, const struct rtp_stats *s)
{
	uint64_t rx = s->rx_packets - q->rx_packets;
	/* packets that came late after all make the count sink */
	uint64_t lost = s->lost > q->lost ? s->lost - q->lost : 0;
	float percent;

	q->rx_packets = s->rx_packets;
	q->lost = s->lost;
	if (rx + lost < LEG_QUALITY_PACKETS)
		return -1;
	percent = 100.0f * (float)lost / (float)(rx + lost);
	/* its last report may be one we have seen: only a new loss counts */
	if (s->far_lost > q->far_lost && 100 * s->far_loss > percent)
		percent = 100 * s->far_loss;
	q->far_lost = s->far_lost;
	return percent;
}
