/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "media/telev.h"
#include "tests/lib/test.h"

/* What a receiver made of all packets: "+5" begins, "-5:80" ends. */
struct log {
	char   text[400];
	size_t n;
};

static void note(struct log *l, const struct telev_news *w)
{
	size_t cap = sizeof(l->text) - l->n;

	if (w->ended)
		l->n += (size_t)snprintf(l->text + l->n, cap, "-%c:%u ",
					 w->ended, w->ended_ms);
	cap = sizeof(l->text) - l->n;
	if (w->begun)
		l->n += (size_t)snprintf(l->text + l->n, cap, "+%c ",
					 w->begun);
	cap = sizeof(l->text) - l->n;
	if (w->over)
		l->n += (size_t)snprintf(l->text + l->n, cap, "-%c:%u ",
					 w->begun, w->over_ms);
}

/* Sends what waits; drop: bit i loses packet i; twice: each comes twice. */
static int run(struct telev_tx *t, struct log *l, unsigned ticks,
	       uint64_t drop, bool twice)
{
	struct telev_rx r = { 0 };
	struct telev_news w;
	unsigned sent = 0;
	int err = 0;

	for (unsigned i = 0; i < ticks; i++) {
		struct telev_out o;

		if (telev_rx_poll(&r, &w, i * 20000u))
			note(l, &w);
		if (!telev_tx_step(t, &o, 1000 + i * 160, 160))
			continue;
		if (sent < 64 && drop >> sent++ & 1)
			continue;
		for (int k = 0; k <= twice; k++) {
			TRY(telev_rx_packet(&r, &w, o.ts, o.payload,
					    TELEV_BYTES, i * 20000u));
			note(l, &w);
		}
	}
out:
	return err;
}

static int test_digits(void)
{
	struct log l = { "", 0 };
	struct telev_tx t;
	int err = 0;

	telev_tx_init(&t, 60);
	TRY(telev_tx_put(&t, '5', 100));
	TRY(telev_tx_put(&t, '5', 80));
	TRY(telev_tx_put(&t, '#', 10));         /* too short: 40 */
	TRY(telev_tx_put(&t, 'd', 60));
	CHECK_INT(telev_tx_put(&t, 'x', 60), EINVAL);
	TRY(run(&t, &l, 60, 0, true));
	CHECK_STR(str_z(l.text),
		  "+5 -5:100 +5 -5:80 +# -#:40 +D -D:60 ");
	CHECK(telev_tx_is_idle(&t));
out:
	return err;
}

static int test_lost_packets(void)
{
	struct log l = { "", 0 };
	struct telev_tx t;
	int err = 0;

	telev_tx_init(&t, 60);
	TRY(telev_tx_put(&t, '1', 100));        /* 5 packets, 2 more ends */
	TRY(telev_tx_put(&t, '2', 100));
	/* the first two and the first end of 1 are lost, all ends of 2 */
	TRY(run(&t, &l, 60, 0x13 | 7ull << 11, false));
	CHECK_STR(str_z(l.text), "+1 -1:100 +2 -2:80 ");
out:
	return err;
}

/* An end that is lost, and the next digit comes within the timeout. */
static int test_lost_end_next_digit(void)
{
	struct log l = { "", 0 };
	struct telev_tx t;
	int err = 0;

	telev_tx_init(&t, 60);
	TRY(telev_tx_put(&t, '1', 100));
	TRY(telev_tx_put(&t, '1', 100));
	TRY(run(&t, &l, 60, 7ull << 4, false));
	CHECK_STR(str_z(l.text), "+1 -1:80 +1 -1:100 ");
out:
	return err;
}

/* Longer than the 8.19 s that a duration can tell. */
static int test_long(void)
{
	struct log l = { "", 0 };
	struct telev_tx t;
	int err = 0;

	telev_tx_init(&t, 60);
	TRY(telev_tx_put(&t, '0', 20000));
	TRY(run(&t, &l, 1100, 0, false));
	CHECK_STR(str_z(l.text), "+0 -0:20000 ");
out:
	return err;
}

static int test_hold(void)
{
	struct telev_out o;
	struct telev_tx t;
	struct telev e;
	int err = 0;

	telev_tx_init(&t, 60);
	TRY(telev_tx_hold(&t, '9'));
	for (unsigned i = 0; i < 10; i++) {
		CHECK(telev_tx_step(&t, &o, 5000 + i * 160, 160));
		CHECK_INT(o.ts, 5000);
		CHECK_INT(o.marker, i == 0);
		TRY(telev_parse(&e, o.payload, TELEV_BYTES));
		CHECK_INT(e.duration, (i + 1) * 160);
		CHECK(!e.end);
	}
	telev_tx_release(&t);
	for (unsigned i = 0; i < 3; i++) {
		CHECK(telev_tx_step(&t, &o, 6600 + i * 160, 160));
		TRY(telev_parse(&e, o.payload, TELEV_BYTES));
		CHECK(e.end);
		CHECK_INT(e.duration, 1600);
	}
	CHECK(!telev_tx_step(&t, &o, 7080, 160));
out:
	return err;
}

static int test_broken(void)
{
	const uint8_t flash[] = { 16, 0x8a, 0, 160 };
	const uint8_t soft[] = { 5, 0x80 | 60, 0, 160 };
	struct telev_rx r = { 0 };
	struct telev_news w;
	struct telev_tx t;
	int err = 0;

	for (size_t n = 0; n < TELEV_BYTES; n++)
		CHECK_INT(telev_rx_packet(&r, &w, 1, flash, n, 0), EBADMSG);
	CHECK_INT(telev_rx_packet(&r, &w, 1, flash, 4, 0), ENOTSUP);
	CHECK_INT(telev_rx_packet(&r, &w, 1, soft, 4, 0), ENOTSUP);
	telev_tx_init(&t, 60);
	for (int i = 0; i < TELEV_QUEUE; i++)
		TRY(telev_tx_put(&t, '1', 100));
	CHECK_INT(telev_tx_put(&t, '1', 100), ENOBUFS);
	CHECK_INT(telev_event('x'), -1);
	CHECK_INT(telev_event('d'), 15);
	CHECK_INT(telev_digit(10), '*');
	CHECK_INT(telev_digit(16), 0);
out:
	return err;
}

const struct test_suite suite_telev = {
	"media/telev", (const struct test[]){
		TEST(test_digits),
		TEST(test_lost_packets),
		TEST(test_lost_end_next_digit),
		TEST(test_long),
		TEST(test_hold),
		TEST(test_broken),
		TEST_END } };
