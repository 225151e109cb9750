/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jitter buffer with any numbers, timestamps and times. Whatever comes:
 * packets leave in the order of their numbers (until it begins anew), each
 * buffer comes back, a gap is never longer than a tick. Four bytes a step.
 */
#include <assert.h>

#include "media/jbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void get(struct jbuf *j, uint64_t now)
{
	struct jbuf_pkt k;
	int wish = jbuf_wish(j);

	if (wish)
		(void)jbuf_wish_ms(j, now);
	switch (jbuf_get(j, &k, 160, now)) {
	case JBUF_PACKET:
		assert(k.buf && k.dur);
		assert(j->next_seq == k.seq + 1);
		pool_put(j->pool, k.buf);
		if (wish < 0)
			jbuf_did(j, -1, 160);
		break;
	case JBUF_EMPTY:
		assert(k.dur == 160 && !k.buf);
		break;
	default:
		assert(k.dur > 0 && k.dur <= 160 && !k.buf);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct jbuf_pkt slot[JBUF_SLOTS] = { 0 };
	struct pool pool;
	struct jbuf j;
	uint64_t now = 1000000;
	uint32_t seq = 70000, ts = 0;

	if (pool_init(&pool, JBUF_SLOTS + 4))
		return 0;
	jbuf_init(&j, &pool, 8000, 200);
	j.slot = slot;
	for (; n >= 4; p += 4, n -= 4) {
		struct jbuf_pkt k = { 0 };

		now += (uint64_t)p[0] * 250;
		if (p[3] & 1) {
			get(&j, now);
			continue;
		}
		seq += (uint32_t)(int32_t)(int8_t)p[1];
		ts += (uint32_t)(int32_t)(int8_t)p[2] *
		      (p[3] & 2 ? 16000 : 160);
		k.seq = seq;
		k.ts = ts;
		k.dur = p[3] & 4 ? 0 : 80u << (p[3] >> 6);
		k.buf = k.dur ? pool_get(&pool) : NULL;
		if (k.dur && !k.buf)
			continue;
		jbuf_put(&j, &k, now);
		assert(j.n <= JBUF_SLOTS);
	}
	jbuf_reset(&j);
	assert(!pool.used && !j.n);
	pool_fini(&pool);
	return 0;
}
