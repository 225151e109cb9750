/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tmr.h"

#include <string.h>

#include "tests/lib/test.h"

/* Timers write their letter; one may start or stop another. */
struct bed {
	struct clk_virtual clk;
	struct loop       *loop;
	char               trace[64];
	size_t             n;
	struct tmr         a, b, c;
};

static int bed_open(struct bed *d)
{
	memset(d, 0, sizeof(*d));
	clk_virtual_init(&d->clk);
	return loop_new(&d->loop, &d->clk.clk);
}

static void say(struct bed *d, char c)
{
	if (d->n + 1 < sizeof(d->trace))
		d->trace[d->n++] = c;
}

static void say_a(void *arg) { say(arg, 'a'); }
static void say_b(void *arg) { say(arg, 'b'); }
static void say_c(void *arg) { say(arg, 'c'); }

static int test_order(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.a, 20, say_a, &d);
	tmr_start(d.loop, &d.b, 10, say_b, &d);
	tmr_start(d.loop, &d.c, 10, say_c, &d);
	CHECK(tmr_is_running(&d.a));
	CHECK_INT(tmr_left_ms(&d.a), 20);
	loop_run_until(d.loop, 1009999);
	CHECK_STR(str_z(d.trace), "");
	CHECK_INT(tmr_left_ms(&d.b), 1);
	loop_run_until(d.loop, 1010000);
	CHECK_STR(str_z(d.trace), "bc");
	CHECK(!tmr_is_running(&d.b) && tmr_left_ms(&d.b) == 0);
	loop_run_until(d.loop, 2000000);
	CHECK_STR(str_z(d.trace), "bca");
	CHECK_INT(loop_now_us(d.loop), 2000000);
out:
	loop_free(d.loop);
	return err;
}

static int test_restart_and_stop(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_stop(&d.a);
	tmr_start(d.loop, &d.a, 10, say_a, &d);
	tmr_start(d.loop, &d.b, 10, say_b, &d);
	tmr_start(d.loop, &d.a, 10, say_c, &d);         /* anew: behind b */
	tmr_start_at(d.loop, &d.c, 5, say_a, &d);       /* past: at once */
	tmr_stop(&d.c);
	tmr_stop(&d.c);
	loop_run_until(d.loop, 1100000);
	CHECK_STR(str_z(d.trace), "bc");
out:
	loop_free(d.loop);
	return err;
}

static void stops_b(void *arg)
{
	struct bed *d = arg;

	say(d, 'a');
	tmr_stop(&d->b);
	tmr_start(d->loop, &d->c, 0, say_c, d);
}

static void again(void *arg)
{
	struct bed *d = arg;

	say(d, '.');
	tmr_start(d->loop, &d->b, 0, again, d);
}

/* Stopped in the same turn: silent. Started with 0 ms: the next turn. */
static int test_inside_callbacks(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.a, 5, stops_b, &d);
	tmr_start(d.loop, &d.b, 5, say_b, &d);
	loop_turn(d.loop, 5);
	CHECK_STR(str_z(d.trace), "a");
	loop_turn(d.loop, 0);
	CHECK_STR(str_z(d.trace), "ac");
	tmr_start(d.loop, &d.b, 0, again, &d);
	for (int i = 0; i < 3; i++)
		loop_turn(d.loop, 100);
	CHECK_STR(str_z(d.trace), "ac...");
	CHECK_INT(loop_now_us(d.loop), 1005000);
	tmr_stop(&d.b);
out:
	loop_free(d.loop);
	return err;
}

static void starts_past(void *arg)
{
	struct bed *d = arg;

	say(d, 'a');
	tmr_start_at(d->loop, &d->c, 1, say_c, d);
}

/* A past time given inside a callback does not overtake what is due. */
static int test_past_time(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.a, 5, starts_past, &d);
	tmr_start(d.loop, &d.b, 5, say_b, &d);
	loop_turn(d.loop, 50);
	CHECK_STR(str_z(d.trace), "ab");
	loop_turn(d.loop, 50);
	CHECK_STR(str_z(d.trace), "abc");
out:
	loop_free(d.loop);
	return err;
}

static int test_freed_with_loop(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.a, 5, say_a, &d);
	loop_free(d.loop);
	CHECK(!tmr_is_running(&d.a));
	tmr_stop(&d.a);
out:
	return err;
}

const struct test_suite suite_tmr = {
	"base/tmr", (const struct test[]){
		TEST(test_order),
		TEST(test_restart_and_stop),
		TEST(test_inside_callbacks),
		TEST(test_past_time),
		TEST(test_freed_with_loop),
		TEST_END } };
