/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/line/analog/cadence.h"

#include <string.h>

#include "base/clk.h"
#include "tests/lib/test.h"

struct seen {
	struct loop    *loop;
	struct cadence *c;
	uint64_t        t0;
	unsigned        n, stop_at;
	bool            on[16];
	unsigned        at_ms[16];
};

static void on_step(bool on, unsigned step, void *arg)
{
	struct seen *s = arg;

	if (s->n < 16) {
		s->on[s->n] = on;
		s->at_ms[s->n++] = (unsigned)((loop_now_us(s->loop) - s->t0) /
					      1000);
	}
	if (s->stop_at && step == s->stop_at)
		cadence_stop(s->c);
}

static int test_run(void)
{
	static const uint16_t ms[] = { 400, 200, 400, 2000, 0 };
	static const unsigned want[] = { 0, 400, 600, 1000, 3000, 3400 };
	struct clk_virtual clk;
	struct cadence c = { 0 };
	struct seen s = { .c = &c };
	int err;

	clk_virtual_init(&clk);
	TRY(loop_new(&s.loop, &clk.clk));
	s.t0 = loop_now_us(s.loop);
	cadence_start(&c, s.loop, ms, on_step, &s);
	CHECK_INT(s.n, 0);      /* never inside the call */
	loop_run_until(s.loop, s.t0 + 3500000);
	CHECK_INT(s.n, 6);
	for (unsigned i = 0; i < 6; i++) {
		CHECK_INT(s.at_ms[i], want[i]);
		CHECK_INT(s.on[i], i % 2 == 0);
	}
	cadence_stop(&c);
	cadence_stop(&c);
	loop_run_until(s.loop, s.t0 + 9000000);
	CHECK_INT(s.n, 6);
	s.n = 0;
	s.stop_at = 1;          /* stopped inside */
	cadence_start(&c, s.loop, ms, on_step, &s);
	loop_run_until(s.loop, s.t0 + 19000000);
	CHECK_INT(s.n, 2);
out:
	cadence_stop(&c);
	loop_free(s.loop);
	return err;
}

static int test_parse(void)
{
	static const char *const bad[] = {
		"", "1", "1 2 3", "0.05 1", "11 1", "x 1", "1,2", "1 -2",
		"1. 2", ".5 1", "1.2345 1", "1 1 1 1 1 1 1 1 1 1",
	};
	uint16_t ms[CADENCE_STEPS + 1];
	int err = 0;

	TRY(cadence_parse(ms, str_z(" 0.4 0.25  0.125 2 ")));
	CHECK_INT(ms[0], 400);
	CHECK_INT(ms[1], 250);
	CHECK_INT(ms[2], 125);
	CHECK_INT(ms[3], 2000);
	CHECK_INT(ms[4], 0);
	CHECK_INT(cadence_longest_pause(ms), 2000);
	TRY(cadence_parse(ms, str_z("1 1 1 1 1 1 1 9.5")));
	CHECK_INT(ms[7], 9500);
	CHECK_INT(ms[8], 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(cadence_parse(ms, str_z(bad[i])), EBADMSG);
	CHECK_INT(ms[7], 9500);
out:
	return err;
}

const struct test_suite suite_cadence = {
	"line/cadence", (const struct test[]){
		TEST(test_run),
		TEST(test_parse),
		TEST_END } };
