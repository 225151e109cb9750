/* SPDX-License-Identifier: Apache-2.0 */
/* Durations at the limits, on a virtual clock. */
#include "gateway/line/analog/hook.h"

#include <stdio.h>
#include <string.h>

#include "base/clk.h"
#include "tests/lib/test.h"

static const struct hook_times times = {
	.seize_ms = 25, .hangup_ms = 300, .flash_min_ms = 150,
	.flash_max_ms = 700,
};

struct bench {
	struct clk_virtual clk;
	struct loop       *loop;
	struct hook        hook;
	char               log[100];
};

static void on_hook(enum hook_ev e, char digit, void *arg)
{
	struct bench *b = arg;
	size_t n = strlen(b->log);

	if (e == HOOK_DIGIT)
		snprintf(b->log + n, sizeof(b->log) - n, "%c", digit);
	else
		snprintf(b->log + n, sizeof(b->log) - n, "%c",
			 "+-F"[e]);
}

static int begin(struct bench *b, unsigned mode)
{
	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	if (loop_new(&b->loop, &b->clk.clk))
		return ENOMEM;
	hook_init(&b->hook, b->loop, &times, on_hook, b);
	hook_listen(&b->hook, mode);
	return 0;
}

static void end(struct bench *b)
{
	if (b->loop)
		hook_fini(&b->hook);
	loop_free(b->loop);
}

static void wait_ms(struct bench *b, unsigned ms)
{
	loop_run_until(b->loop, loop_now_us(b->loop) + ms * 1000ull);
}

/* Opens the loop for ms, then closes it for after. */
static void gap(struct bench *b, unsigned ms, unsigned after)
{
	hook_change(&b->hook, false);
	wait_ms(b, ms);
	hook_change(&b->hook, true);
	wait_ms(b, after);
}

static void lift(struct bench *b)
{
	hook_change(&b->hook, true);
	wait_ms(b, 100);
}

static int test_bounce(void)
{
	struct bench b;
	int err;

	TRY(begin(&b, 0));
	for (unsigned i = 0; i < 5; i++) {
		hook_change(&b.hook, true);
		hook_change(&b.hook, true);     /* told twice */
		wait_ms(&b, 24);
		hook_change(&b.hook, false);
		wait_ms(&b, 50);
	}
	CHECK_STR(str_z(b.log), "");
	lift(&b);
	CHECK_STR(str_z(b.log), "+");
	gap(&b, 10, 1000);
	gap(&b, 299, 1000);
	CHECK_STR(str_z(b.log), "+");
	gap(&b, 301, 1000);
	CHECK_STR(str_z(b.log), "+-+");
out:
	end(&b);
	return err;
}

static int test_flash(void)
{
	struct bench b;
	int err;

	TRY(begin(&b, HOOK_FLASHES));
	lift(&b);
	gap(&b, 149, 1000);
	CHECK_STR(str_z(b.log), "+");
	gap(&b, 150, 1000);
	CHECK_STR(str_z(b.log), "+F");
	gap(&b, 699, 1000);
	CHECK_STR(str_z(b.log), "+FF");
	gap(&b, 701, 1000);
	CHECK_STR(str_z(b.log), "+FF-+");
out:
	end(&b);
	return err;
}

static void dial(struct bench *b, unsigned pulses, unsigned open,
		 unsigned closed)
{
	for (unsigned i = 0; i < pulses; i++)
		gap(b, open, i + 1 < pulses ? closed : 500);
}

static int test_pulses(void)
{
	struct bench b;
	int err;

	TRY(begin(&b, HOOK_PULSES | HOOK_FLASHES));
	lift(&b);
	for (unsigned n = 1; n <= 10; n++)
		dial(&b, n, 60, 40);
	CHECK_STR(str_z(b.log), "+1234567890");
	b.log[0] = '\0';
	dial(&b, 7, 33, 17);            /* 20 pulses a second */
	dial(&b, 3, 120, 80);           /* a slow dial */
	CHECK_STR(str_z(b.log), "73");
	b.log[0] = '\0';
	dial(&b, 11, 60, 40);           /* no such digit */
	gap(&b, 14, 500);               /* bounce */
	CHECK_STR(str_z(b.log), "");
	gap(&b, 400, 500);
	CHECK_STR(str_z(b.log), "F");
	dial(&b, 2, 60, 40);
	hook_change(&b.hook, false);    /* hung up after the digit */
	wait_ms(&b, 800);
	CHECK_STR(str_z(b.log), "F2-");
out:
	end(&b);
	return err;
}

/* Pulses are not listened for any more in the middle of a digit. */
static int test_mode(void)
{
	struct bench b;
	int err;

	TRY(begin(&b, HOOK_PULSES));
	lift(&b);
	gap(&b, 60, 40);
	hook_listen(&b.hook, 0);
	wait_ms(&b, 500);
	dial(&b, 3, 60, 40);
	CHECK_STR(str_z(b.log), "+");
	hook_set(&b.hook, false);
	wait_ms(&b, 1000);
	CHECK_STR(str_z(b.log), "+");
	lift(&b);
	CHECK_STR(str_z(b.log), "++");
out:
	end(&b);
	return err;
}

const struct test_suite suite_hook = {
	"line/hook", (const struct test[]){
		TEST(test_bounce),
		TEST(test_flash),
		TEST(test_pulses),
		TEST(test_mode),
		TEST_END } };
