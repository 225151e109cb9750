/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sender of 20 ms packets, a network of the test's making, a reader that
 * ticks every 20 ms. The first payload byte is the packet's number.
 */
#include <string.h>

#include "media/jbuf.h"
#include "tests/lib/test.h"

enum { MAX = 4000, STEP = 160 };

struct rig {
	struct pool pool;
	struct jbuf j;
	struct jbuf_pkt slot[JBUF_SLOTS];
	uint64_t    arrival[MAX];       /* 0: lost */
	bool        twice[MAX];
	unsigned    n;
	/* outcome */
	unsigned    played, lost, paused, empty, wrong_order;
	int         last;
	uint64_t    delay_us;           /* of the last one played */
	uint32_t    period_us;          /* of the sender; 0: 20000 */
	uint64_t    tick_us;            /* of the reader; 0: 20000 */
};

static void put(struct rig *r, unsigned i, uint64_t now)
{
	struct jbuf_pkt k = { .seq = 65530 + i, .ts = 5000 + i * STEP,
			      .dur = STEP, .buf = pool_get(&r->pool) };

	if (!k.buf)
		return;
	k.buf->data[0] = (uint8_t)i;
	k.buf->data[1] = (uint8_t)(i >> 8);
	jbuf_put(&r->j, &k, now);
}

static uint64_t sent_us(const struct rig *r, unsigned i)
{
	return 1000000 + (uint64_t)(r->period_us ? r->period_us : 20000) * i;
}

static void deliver(struct rig *r, uint64_t from, uint64_t to)
{
	/* by time of arrival: small pieces of time in turn */
	for (uint64_t t = from; t < to; t += 500)
		for (unsigned i = 0; i < r->n; i++) {
			if (r->arrival[i] < t || r->arrival[i] >= t + 500)
				continue;
			put(r, i, r->arrival[i]);
			if (r->twice[i])
				put(r, i, r->arrival[i]);
		}
}

static void played(struct rig *r, struct jbuf_pkt *k, uint64_t now)
{
	int i = k->buf->data[0] | k->buf->data[1] << 8;

	r->played++;
	r->wrong_order += i <= r->last;
	r->last = i;
	r->delay_us = now - sent_us(r, (unsigned)i);
	pool_put(&r->pool, k->buf);
}

static void tick(struct rig *r, uint64_t now)
{
	struct jbuf_pkt k;
	int wish = jbuf_wish(&r->j);

	if (wish > 0) {
		jbuf_did(&r->j, 1, STEP);
		return;
	}
	if (wish < 0 && jbuf_has(&r->j)) {
		if (jbuf_get(&r->j, &k, STEP, now) == JBUF_PACKET)
			played(r, &k, now);
		jbuf_did(&r->j, -1, STEP);
	}
	switch (jbuf_get(&r->j, &k, STEP, now)) {
	case JBUF_PACKET:
		played(r, &k, now);
		break;
	case JBUF_LOST:
		r->lost++;
		break;
	case JBUF_PAUSE:
		r->paused++;
		break;
	case JBUF_EMPTY:
		r->empty++;
		break;
	}
}

static void run(struct rig *r, uint64_t until_us)
{
	uint64_t step = r->tick_us ? r->tick_us : 20000;

	for (uint64_t t = 1003000; t < until_us; t += step) {
		deliver(r, t > step ? t - step : 0, t);
		tick(r, t);
	}
}

static int make(struct rig **rp, unsigned n)
{
	struct rig *r = mem_alloc(sizeof(*r));

	if (!r)
		return ENOMEM;
	if (pool_init(&r->pool, 64)) {
		mem_free(r);
		return ENOMEM;
	}
	jbuf_init(&r->j, &r->pool, 8000, 200);
	r->j.slot = r->slot;
	r->n = n;
	r->last = -1;
	for (unsigned i = 0; i < n; i++)
		r->arrival[i] = sent_us(r, i) + 1000;
	*rp = r;
	return 0;
}

static void done(struct rig *r)
{
	if (!r)
		return;
	jbuf_reset(&r->j);
	pool_fini(&r->pool);
	mem_free(r);
}

/* Clean: each packet once, in order, with at most 30 ms of delay. */
static int test_clean(void)
{
	struct rig *r = NULL;
	int err = 0;

	TRY(make(&r, 500));
	run(r, 1000000 + 500 * 20000 + 40000);
	CHECK_INT(r->played, 500);
	CHECK_INT(r->wrong_order, 0);
	CHECK_INT(r->lost + r->paused, 0);
	CHECK(r->delay_us >= 10000 && r->delay_us <= 32000);
	CHECK_INT(r->j.grown + r->j.shrunk + r->j.late, 0);
out:
	done(r);
	return err;
}

static int test_loss(void)
{
	struct rig *r = NULL;
	int err = 0;

	TRY(make(&r, 500));
	for (unsigned i = 5; i < 500; i += 20)
		r->arrival[i] = 0;
	for (unsigned i = 100; i < 103; i++)
		r->arrival[i] = 0;
	run(r, 1000000 + 499 * 20000 + 20000);
	CHECK_INT(r->wrong_order, 0);
	CHECK_INT(r->j.lost, 25 + 3);
	CHECK_INT(r->j.grown, 0);       /* waiting for them costs nothing */
	CHECK(r->delay_us <= 32000);
out:
	done(r);
	return err;
}

static int test_reorder_and_duplicates(void)
{
	struct rig *r = NULL;
	int err = 0;

	TRY(make(&r, 400));
	for (unsigned i = 10; i < 390; i += 10) {
		r->arrival[i] += 8000;
		r->twice[i + 3] = true;
	}
	run(r, 1000000 + 400 * 20000 + 40000);
	CHECK_INT(r->played, 400);
	CHECK_INT(r->wrong_order, 0);
	CHECK_INT(r->j.duplicate, 38);
out:
	done(r);
	return err;
}

/* Jitter of 60 ms: the delay grows so that nearly all are played, and falls
 * again once the network is clean. */
static int test_jitter_grows_and_falls(void)
{
	struct rig *r = NULL;
	uint32_t seed = 1;
	unsigned late;
	int err = 0;

	TRY(make(&r, 3000));
	for (unsigned i = 0; i < 1000; i++) {
		seed = seed * 1664525u + 1013904223u;
		r->arrival[i] += (seed >> 8) % 60000;
	}
	run(r, 1000000 + 1000 * 20000);
	late = (unsigned)(r->j.late);
	CHECK(late < 20);
	CHECK(r->j.grown >= 1 && r->j.grown <= 6);
	CHECK(r->delay_us >= 40000 && r->delay_us <= 100000);
	for (uint64_t t = 1003000 + 1000 * 20000; t < 61000000; t += 20000) {
		deliver(r, t - 20000, t);
		tick(r, t);
	}
	CHECK(r->delay_us <= 45000);
	CHECK(r->j.shrunk >= 1);
	CHECK(r->j.late - late < 3);
	CHECK_INT(r->wrong_order, 0);
out:
	done(r);
	return err;
}

/* A sender 200 ppm slower, one 200 ppm faster: the buffer follows. */
static int test_skew(void)
{
	struct rig *r = NULL;
	int err = 0;

	for (int dir = -1; dir <= 1; dir += 2) {
		TRY(make(&r, 3900));
		r->period_us = (uint32_t)(20000 + dir * 40);
		for (unsigned i = 0; i < r->n; i++)
			r->arrival[i] = sent_us(r, i) + 1000;
		run(r, sent_us(r, 3890));
		CHECK_INT(r->wrong_order, 0);
		CHECK(r->j.late < 3);
		CHECK(r->j.lost < 3);
		CHECK(r->delay_us <= 75000);
		CHECK(dir > 0 ? r->j.grown >= 5 : r->j.shrunk >= 3);
		done(r);
		r = NULL;
	}
out:
	done(r);
	return err;
}

/* Numbers without sound (telephone-event) are no loss; a pause of the
 * sender's is a pause. */
static int test_events_and_pauses(void)
{
	struct jbuf_pkt k = { .seq = 100, .ts = 0, .dur = STEP };
	struct jbuf_pkt slot[JBUF_SLOTS] = { 0 };
	struct pool pool = { 0 };
	struct jbuf j = { 0 };
	uint64_t t = 1000000;
	unsigned got = 0, pause = 0, lost = 0;
	int err = 0;

	TRY(pool_init(&pool, 8));
	jbuf_init(&j, &pool, 8000, 200);
	j.slot = slot;
	for (unsigned i = 0; i < 40; i++, t += 20000, k.seq++) {
		bool event = i >= 10 && i < 20;
		struct jbuf_pkt out;

		k.ts = event ? 10 * STEP : i * STEP;
		k.dur = event ? 0 : STEP;
		k.buf = event ? NULL : pool_get(&pool);
		jbuf_put(&j, &k, t);
		switch (jbuf_get(&j, &out, STEP, t + 15000)) {
		case JBUF_PACKET:
			got++;
			pool_put(&pool, out.buf);
			break;
		case JBUF_PAUSE:
			pause++;
			break;
		case JBUF_LOST:
			lost++;
			break;
		default:
			break;
		}
	}
	CHECK_INT(got, 30);
	CHECK_INT(lost, 0);
	CHECK_INT(j.lost, 0);
	CHECK_INT(j.grown, 0);
	CHECK(pause <= 1);
out:
	jbuf_reset(&j);
	pool_fini(&pool);
	return err;
}

/* A burst, a new start of the numbers, a jump of the clock: it goes on. */
static int test_jumps(void)
{
	struct jbuf_pkt slot[JBUF_SLOTS] = { 0 };
	struct pool pool = { 0 };
	struct jbuf j = { 0 };
	struct jbuf_pkt out;
	uint64_t t = 1000000;
	unsigned got = 0;
	int err = 0;

	TRY(pool_init(&pool, 64));
	jbuf_init(&j, &pool, 8000, 200);
	j.slot = slot;
	for (unsigned i = 0; i < 200; i++, t += 20000) {
		struct jbuf_pkt k = { .seq = 5000 + i, .ts = i * STEP,
				      .dur = STEP, .buf = pool_get(&pool) };

		if (i >= 50)
			k.seq += 30000;
		if (i >= 100)
			k.ts -= 900000;
		if (i >= 150)
			k.ts -= 5000;           /* small, backwards */
		jbuf_put(&j, &k, t);
		if (jbuf_get(&j, &out, STEP, t + 12000) == JBUF_PACKET) {
			got++;
			pool_put(&pool, out.buf);
		}
	}
	CHECK(got >= 190);
	/* 60 at once: what is longer than 200 ms goes */
	for (unsigned i = 0; i < 30; i++) {
		struct jbuf_pkt k = { .seq = 35200 + i, .ts = 200 * STEP -
				      905000 + i * STEP, .dur = STEP,
				      .buf = pool_get(&pool) };

		jbuf_put(&j, &k, t);
	}
	CHECK(jbuf_get(&j, &out, STEP, t) == JBUF_PACKET);
	pool_put(&pool, out.buf);
	CHECK(j.n <= 10);
	CHECK(j.overflow >= 19);
out:
	jbuf_reset(&j);
	CHECK_INT(pool.used, 0);
	pool_fini(&pool);
	return err;
}

/* The next number with a time half a round of the clock away, while another
 * packet waits: no arithmetic may leave its type. */
static int test_far_times(void)
{
	static const uint32_t away[] = {
		INT32_MAX, INT32_MAX - 1u, 1u << 31, (1u << 31) + 1, 1u << 30,
	};
	struct jbuf_pkt slot[JBUF_SLOTS] = { 0 };
	struct pool pool = { 0 };
	struct jbuf_pkt out;
	struct jbuf j;
	int err = 0;

	TRY(pool_init(&pool, 64));
	jbuf_init(&j, &pool, 8000, 200);
	j.slot = slot;
	for (size_t n = 0; n < sizeof(away) / sizeof(away[0]); n++) {
		uint64_t t = 1000000;
		unsigned got = 0;

		for (unsigned i = 0; i < 12; i++, t += 20000) {
			struct jbuf_pkt k = { .seq = i, .dur = STEP,
					      .buf = pool_get(&pool) };

			k.ts = 1000 + (i == 2 ? away[n] : i * STEP);
			jbuf_put(&j, &k, t);
			if (i > 3 && jbuf_get(&j, &out, STEP, t) ==
			    JBUF_PACKET) {
				pool_put(&pool, out.buf);
				got++;
			}
		}
		CHECK(got >= 4);        /* what follows is heard */
		jbuf_reset(&j);
		CHECK_INT(pool.used, 0);
	}
out:
	pool_fini(&pool);
	return err;
}

const struct test_suite suite_jbuf = {
	"media/jbuf", (const struct test[]){
		TEST(test_clean),
		TEST(test_loss),
		TEST(test_reorder_and_duplicates),
		TEST(test_jitter_grows_and_falls),
		TEST(test_skew),
		TEST(test_events_and_pauses),
		TEST(test_jumps),
		TEST(test_far_times),
		TEST_END } };
