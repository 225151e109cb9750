/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4733 packets in any order: each digit that begins ends once, before
 * the next begins. Six bytes a packet: timestamp / 8, time, payload. */
#include <assert.h>

#include "media/telev.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(char *now, const struct telev_news *w)
{
	if (w->ended) {
		assert(*now == w->ended);
		*now = 0;
	}
	if (w->begun) {
		assert(!*now);
		*now = w->begun;
	}
	if (w->over) {
		assert(w->begun);
		*now = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct telev_rx r = { 0 };
	struct telev_news w;
	uint64_t t = 1;
	uint32_t ts = 0;
	char now = 0;

	for (; n >= 6; p += 6, n -= 6) {
		t += (uint64_t)p[1] * 1000;
		ts += (uint32_t)(int32_t)(int8_t)p[0] * 800;
		if (telev_rx_poll(&r, &w, t))
			check(&now, &w);
		if (!telev_rx_packet(&r, &w, ts, p + 2, 4, t))
			check(&now, &w);
		assert(r.active == (now != 0));
		assert(!r.active || r.digit == now);
	}
	(void)telev_rx_packet(&r, &w, ts, p, n, t);
	return 0;
}
