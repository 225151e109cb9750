/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds, counts in a row, and holds that grow. */
#include "gateway/sip/peer_health.h"

static bool is_beyond(const struct peer_health_bounds *b, float loss_percent,
		      uint32_t delay_ms)
{
	return (b->loss_percent > 0 && loss_percent > b->loss_percent) ||
	       (b->delay_ms && delay_ms > b->delay_ms);
}

/* A peer that becomes poor again soon after it was let in again is kept out
 * for longer. */
static uint32_t next_hold(const struct peer_health *h, uint64_t now_us)
{
	uint32_t ms = h->hold_ms;

	if (!ms || now_us - h->since_us > 4000ull * ms)
		return PEER_POOR_MIN_MS;
	return ms < PEER_POOR_MAX_MS / 2 ? 2 * ms : PEER_POOR_MAX_MS;
}

bool peer_health_report(struct peer_health *h,
			const struct peer_health_bounds *b,
			float loss_percent, uint32_t delay_ms,
			uint64_t now_us)
{
	if (loss_percent >= 0)
		h->loss_percent = loss_percent;
	if (delay_ms)
		h->delay_ms = delay_ms;
	if (!is_beyond(b, loss_percent, delay_ms)) {
		h->worse = 0;
		return false;
	}
	if (++h->worse < PEER_POOR_AFTER || h->poor)
		return false;
	h->hold_ms = next_hold(h, now_us);
	h->until_us = now_us + 1000ull * h->hold_ms;
	h->poor = true;
	return true;
}

bool peer_health_recover(struct peer_health *h, uint64_t now_us)
{
	if (!h->poor || now_us < h->until_us)
		return false;
	h->poor = false;
	h->worse = 0;
	h->since_us = now_us;
	return true;
}
