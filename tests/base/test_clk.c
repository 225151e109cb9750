/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clk.h"

#include "tests/lib/test.h"

static int test_virtual(void)
{
	struct clk_virtual v;
	const struct clk *c = &v.clk;
	int err = 0;

	clk_virtual_init(&v);
	CHECK_INT(c->now_us(c->arg), 1000000);
	CHECK_INT(c->wall_us(c->arg), 1767603600000000);
	c->skip_to(2500000, c->arg);
	CHECK_INT(c->now_us(c->arg), 2500000);
	CHECK_INT(c->wall_us(c->arg), 1767603601500000);
	c->skip_to(5, c->arg);          /* never back */
	CHECK_INT(c->now_us(c->arg), 2500000);
out:
	return err;
}

static int test_real(void)
{
	const struct clk *c = &clk_real;
	uint64_t a = c->now_us(c->arg), b = c->now_us(c->arg);
	int err = 0;

	CHECK(b >= a && a > 0);
	CHECK(!c->skip_to);
	CHECK(c->wall_us(c->arg) > 1600000000000000);
out:
	return err;
}

const struct test_suite suite_clk = {
	"base/clk", (const struct test[]){
		TEST(test_virtual),
		TEST_WITH(test_real, TEST_REAL),
		TEST_END } };
