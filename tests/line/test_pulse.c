/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/line/analog/pulse.h"

#include <string.h>

#include "base/clk.h"
#include "tests/lib/test.h"

struct seen {
	struct loop *loop;
	uint64_t     t_us[64];
	bool         closed[64];
	unsigned     n, done;
};

static void on_hook(bool closed, void *arg)
{
	struct seen *s = arg;

	if (s->n < 64) {
		s->t_us[s->n] = loop_now_us(s->loop);
		s->closed[s->n++] = closed;
	}
}

static void on_done(void *arg)
{
	((struct seen *)arg)->done++;
}

static int test_digits(void)
{
	struct clk_virtual clk;
	struct pulse p = { .loop = NULL };
	struct seen s = { 0 };
	int err;

	clk_virtual_init(&clk);
	TRY(loop_new(&s.loop, &clk.clk));
	TRY(pulse_start(&p, s.loop, "20,1", on_hook, on_done, &s));
	CHECK_INT(pulse_start(&p, s.loop, "1", on_hook, on_done, &s), EBUSY);
	loop_run_until(s.loop, 20000000);
	CHECK_INT(s.done, 1);
	CHECK(!pulse_is_busy(&p));
	CHECK_INT(s.n, 2 * (2 + 10 + 1));
	for (unsigned i = 0; i < s.n; i++)
		CHECK_INT(s.closed[i], i % 2);
	CHECK_INT(s.t_us[1] - s.t_us[0], PULSE_BREAK_MS * 1000);
	CHECK_INT(s.t_us[2] - s.t_us[1], PULSE_MAKE_MS * 1000);
	CHECK_INT(s.t_us[4] - s.t_us[3], PULSE_PAUSE_MS * 1000);
	CHECK_INT(s.t_us[24] - s.t_us[23],
		  (PULSE_PAUSE_MS + PULSE_COMMA_MS) * 1000);
out:
	pulse_stop(&p);
	loop_free(s.loop);
	return err;
}

static int test_refused(void)
{
	struct clk_virtual clk;
	struct pulse p = { .loop = NULL };
	struct seen s = { 0 };
	char many[PULSE_MAX + 2];
	int err;

	clk_virtual_init(&clk);
	TRY(loop_new(&s.loop, &clk.clk));
	CHECK_INT(pulse_start(&p, s.loop, "", on_hook, on_done, &s), EINVAL);
	CHECK_INT(pulse_start(&p, s.loop, "1#", on_hook, on_done, &s),
		  EINVAL);
	memset(many, '1', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	CHECK_INT(pulse_start(&p, s.loop, many, on_hook, on_done, &s),
		  ENOBUFS);
	/* stopped in a break: the loop is closed again, done stays away */
	TRY(pulse_start(&p, s.loop, "5", on_hook, on_done, &s));
	loop_run_until(s.loop, loop_now_us(s.loop) + 30000);
	CHECK_INT(s.n, 1);
	pulse_stop(&p);
	CHECK_INT(s.n, 2);
	CHECK(s.closed[1]);
	loop_run_until(s.loop, loop_now_us(s.loop) + 3000000);
	CHECK_INT(s.done, 0);
	CHECK_INT(s.n, 2);
out:
	pulse_stop(&p);
	loop_free(s.loop);
	return err;
}

const struct test_suite suite_pulse = {
	"line/pulse", (const struct test[]){
		TEST(test_digits),
		TEST(test_refused),
		TEST_END } };
