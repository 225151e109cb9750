/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/call/digits.h"
#include "tests/lib/test.h"

struct plan {
	struct clk_virtual clk;
	struct loop       *loop;
	struct digits      d;
	unsigned           ended;
	enum digits_end    why;
	char               number[PARTY_NUMBER_MAX];
};

/* 1xx are extensions, 0 and up to nine more are the trunk. */
static enum digits_state ask(const char *digits, void *arg)
{
	size_t n = strlen(digits);

	(void)arg;
	if (digits[0] == '1')
		return n < 3 ? DIGITS_MORE : DIGITS_COMPLETE;
	if (digits[0] == '0')
		return n < 4 ? DIGITS_MORE : DIGITS_MAYBE;
	return DIGITS_NONE;
}

static void done(enum digits_end why, const char *digits, void *arg)
{
	struct plan *p = arg;

	p->ended++;
	p->why = why;
	strcpy(p->number, digits);
}

static int start(struct plan *p)
{
	static const struct digits_times times = { 15000, 8000, 3000 };
	int err;

	memset(p, 0, sizeof(*p));
	clk_virtual_init(&p->clk);
	err = loop_new(&p->loop, &p->clk.clk);
	if (!err)
		digits_start(&p->d, p->loop, &times, ask, done, p);
	return err;
}

static void dial(struct plan *p, const char *s)
{
	for (; *s; s++)
		digits_put(&p->d, *s);
}

static void pass_ms(struct plan *p, uint64_t ms)
{
	loop_run_until(p->loop, loop_now_us(p->loop) + ms * 1000);
}

static int test_complete(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	dial(&p, "12");
	CHECK_INT(p.ended, 0);
	dial(&p, "3456");       /* what follows is not ours any more */
	CHECK_INT(p.ended, 1);
	CHECK_INT(p.why, DIGITS_END_COMPLETE);
	CHECK_STR(str_z(p.number), "123");
	pass_ms(&p, 60000);
	CHECK_INT(p.ended, 1);
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

static int test_hash_ends(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	dial(&p, "03#");
	CHECK_INT(p.why, DIGITS_END_COMPLETE);
	CHECK_STR(str_z(p.number), "03");
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

/* Within *31# it is a digit. */
static int test_hash_within(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	dial(&p, "0");
	digits_add(&p.d, '#');
	CHECK_INT(p.ended, 0);
	dial(&p, "1#");
	CHECK_STR(str_z(p.number), "0#1");
	digits_add(&p.d, '1');          /* it has ended */
	CHECK_INT(p.ended, 1);
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

static int test_short_timer(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	dial(&p, "03123");
	pass_ms(&p, 2900);
	CHECK_INT(p.ended, 0);
	dial(&p, "4");
	pass_ms(&p, 2900);
	CHECK_INT(p.ended, 0);
	pass_ms(&p, 200);
	CHECK_INT(p.ended, 1);
	CHECK_INT(p.why, DIGITS_END_COMPLETE);
	CHECK_STR(str_z(p.number), "031234");
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

static int test_nothing_dialled(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	pass_ms(&p, 14900);
	CHECK_INT(p.ended, 0);
	pass_ms(&p, 200);
	CHECK_INT(p.ended, 1);
	CHECK_INT(p.why, DIGITS_END_TIMEOUT);
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

static int test_invalid(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	dial(&p, "x!");         /* no digits at all */
	CHECK_INT(p.ended, 0);
	dial(&p, "9");
	CHECK_INT(p.why, DIGITS_END_INVALID);
	CHECK_INT(p.ended, 1);
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

static int test_too_many(void)
{
	struct plan p;
	int err;

	TRY(start(&p));
	for (int i = 0; i < 100; i++)
		dial(&p, "0");
	CHECK_INT(p.ended, 1);
	CHECK_INT(p.why, DIGITS_END_INVALID);
	CHECK(strlen(p.number) < PARTY_NUMBER_MAX);
out:
	digits_stop(&p.d);
	loop_free(p.loop);
	return err;
}

const struct test_suite suite_digits = {
	"call/digits", (const struct test[]){
		TEST(test_complete), TEST(test_hash_ends),
		TEST(test_hash_within),
		TEST(test_short_timer), TEST(test_nothing_dialled),
		TEST(test_invalid), TEST(test_too_many), TEST_END } };
