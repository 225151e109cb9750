/* SPDX-License-Identifier: Apache-2.0 */
/* Loss of a SIP leg between two looks at its figures. Pure. */
#ifndef GATEWAY_CALL_LEG_QUALITY_H
#define GATEWAY_CALL_LEG_QUALITY_H

#include "media/rtp_port.h"

enum { LEG_QUALITY_PACKETS = 100 };     /* fewer say nothing */

/* Zeroed at first. */
struct leg_quality {
	uint64_t rx_packets, lost;      /* at the last look */
	uint32_t far_lost;
};

/* The percent of packets lost since the last look, ours or, where the peer
 * reports more, its; below 0: too few came to tell. */
float leg_quality_loss(struct leg_quality *q, const struct rtp_stats *s);

#endif
