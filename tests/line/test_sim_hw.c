/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/line/sim/sim_hw.h"

#include <stdio.h>
#include <string.h>

#include "base/clk.h"
#include "tests/lib/test.h"

struct bench {
	struct clk_virtual clk;
	struct loop       *loop;
	struct sim_hw      hw;
	char               near[64], far[64];
};

static void add(char *log, unsigned ev)
{
	size_t n = strlen(log);

	snprintf(log + n, 64 - n, "%u ", ev);
}

static void on_hw(enum hw_ev ev, char digit, void *arg)
{
	(void)digit;
	add(((struct bench *)arg)->near, ev);
}

static void on_far(enum sim_far_ev ev, void *arg)
{
	add(((struct bench *)arg)->far, ev);
}

static int begin(struct bench *b, bool fxs)
{
	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	if (loop_new(&b->loop, &b->clk.clk))
		return ENOMEM;
	sim_hw_init(&b->hw, b->loop, fxs, NULL, on_far, b);
	b->hw.hw.fn = on_hw;
	b->hw.hw.arg = b;
	return 0;
}

static void end(struct bench *b)
{
	if (b->loop)
		sim_hw_fini(&b->hw);
	loop_free(b->loop);
}

static void turn(struct bench *b)
{
	for (unsigned i = 0; i < 40; i++)
		loop_turn(b->loop, 0);
}

static void expect(char out[64], const unsigned *v, unsigned n)
{
	out[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		add(out, v[i]);
}

static int test_fxs(void)
{
	static const unsigned far[] = { SIM_FAR_RING_ON, SIM_FAR_REVERSED,
		SIM_FAR_RING_OFF, SIM_FAR_NORMAL, SIM_FAR_FEED_OFF,
		SIM_FAR_FEED_ON };
	static const unsigned near[] = { HW_EV_OFFHOOK, HW_EV_ONHOOK };
	struct bench b;
	struct hw *h = &b.hw.hw;
	char want[64];
	int err;

	TRY(begin(&b, true));
	CHECK_INT(h->ops->look(h), HW_BATTERY);
	h->ops->ring(h, true);
	h->ops->ring(h, true);          /* no change, no event */
	h->ops->polarity(h, true);
	CHECK_STR(str_z(b.far), "");    /* never inside the op */
	h->ops->ring(h, false);
	h->ops->polarity(h, false);
	sim_hw_far_loop(&b.hw, true);
	CHECK_INT(h->ops->look(h), HW_BATTERY | HW_OFFHOOK);
	turn(&b);
	h->ops->battery(h, false);
	CHECK_INT(h->ops->look(h), 0);
	sim_hw_far_loop(&b.hw, false);  /* nobody can see that */
	sim_hw_far_loop(&b.hw, true);
	h->ops->battery(h, true);
	sim_hw_far_loop(&b.hw, false);
	turn(&b);
	expect(want, far, 6);
	CHECK_STR(str_z(b.far), want);
	expect(want, near, 2);
	CHECK_STR(str_z(b.near), want);
out:
	end(&b);
	return err;
}

static int test_fxo(void)
{
	static const unsigned far[] = { SIM_FAR_LOOP_CLOSED,
					SIM_FAR_LOOP_OPEN };
	static const unsigned near[] = { HW_EV_RING_ON, HW_EV_RING_OFF,
		HW_EV_POLARITY, HW_EV_BATTERY_LOST, HW_EV_BATTERY_BACK,
		HW_EV_FAULT };
	struct bench b;
	struct hw *h = &b.hw.hw;
	char want[64];
	int err;

	TRY(begin(&b, false));
	sim_hw_far_ring(&b.hw, true);
	sim_hw_far_ring(&b.hw, false);
	sim_hw_far_polarity(&b.hw, true);
	sim_hw_far_feed(&b.hw, false);
	CHECK_INT(h->ops->look(h), 0);
	sim_hw_far_feed(&b.hw, true);
	sim_hw_raise(&b.hw, HW_EV_FAULT);
	h->ops->hook(h, true);
	h->ops->hook(h, false);
	CHECK_STR(str_z(b.near), "");
	turn(&b);
	expect(want, near, 6);
	CHECK_STR(str_z(b.near), want);
	expect(want, far, 2);
	CHECK_STR(str_z(b.far), want);
	/* more than fits: what is beyond is lost, nothing else */
	b.near[0] = '\0';
	for (unsigned i = 0; i < 100; i++)
		sim_hw_raise(&b.hw, HW_EV_DONE);
	turn(&b);
	CHECK(strlen(b.near) > 0);
	CHECK_INT(b.hw.n, 0);
out:
	end(&b);
	return err;
}

const struct test_suite suite_sim_hw = {
	"line/sim_hw", (const struct test[]){
		TEST(test_fxs),
		TEST(test_fxo),
		TEST_END } };
