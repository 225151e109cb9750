/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well a peer serves its calls, by what running calls and pings
 * measure. A peer beyond a bound is poor for a while: calls go there only
 * when nothing better is left. Pure; time is an argument.
 */
#ifndef GATEWAY_SIP_PEER_HEALTH_H
#define GATEWAY_SIP_PEER_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PEER_POOR_AFTER  = 2,           /* reports in a row beyond a bound */
	PEER_POOR_MIN_MS = 30000,       /* so long at first, */
	PEER_POOR_MAX_MS = 900000,      /* twice as long each time again */
};

/* 0: no bound. */
struct peer_health_bounds {
	float    loss_percent;
	uint32_t delay_ms;      /* there and back */
};

/* Zeroed: nothing known, not poor. */
struct peer_health {
	float    loss_percent;  /* of the last report, */
	uint32_t delay_ms;      /* each; 0: not known */
	unsigned worse;         /* reports in a row beyond a bound */
	bool     poor;
	uint32_t hold_ms;       /* how long it was poor the last time */
	uint64_t until_us;      /* poor until then */
	uint64_t since_us;      /* good since then */
};

/* What a call or a ping measured: loss_percent below 0, delay_ms 0: not
 * known. True: the peer has just become poor. */
bool peer_health_report(struct peer_health *h,
			const struct peer_health_bounds *b,
			float loss_percent, uint32_t delay_ms,
			uint64_t now_us);

/* Its time is over: the next call may try it. True: it was poor until
 * now. */
bool peer_health_recover(struct peer_health *h, uint64_t now_us);

#endif
