/* SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

#include <string.h>

#include "tests/lib/test.h"

struct bed {
	struct clk_virtual clk;
	struct loop       *loop;
	struct work        work;
	struct note        note;
	pthread_t          ran_on, done_on;
	unsigned           ran, done, notes;
};

static int bed_open(struct bed *d, bool real)
{
	memset(d, 0, sizeof(*d));
	clk_virtual_init(&d->clk);
	return loop_new(&d->loop, real ? &clk_real : &d->clk.clk);
}

static void run(void *arg)
{
	struct bed *d = arg;

	d->ran_on = pthread_self();
	d->ran++;
}

static void on_done(void *arg)
{
	struct bed *d = arg;

	d->done_on = pthread_self();
	d->done++;
}

static void on_again(void *arg)
{
	struct bed *d = arg;

	on_done(d);
	work_begin(&d->work, d->loop, run, on_done, d);
}

static void on_note(struct note *n, void *arg)
{
	(void)n;
	((struct bed *)arg)->notes++;
}

/* On a virtual clock it is done here and at once; the end is told in the
 * next turn, and no time goes by. */
static int test_at_once(void)
{
	struct bed d;
	int err;

	TRY(bed_open(&d, false));
	work_begin(&d.work, d.loop, run, on_again, &d);
	CHECK_INT(d.ran, 1);
	CHECK_INT(d.done, 0);
	loop_turn(d.loop, 1000);
	CHECK_INT(d.done, 1);
	CHECK_INT(d.ran, 2);
	loop_turn(d.loop, 1000);
	CHECK_INT(d.done, 2);
	CHECK_INT(loop_now_us(d.loop), 1000000);
out:
	loop_free(d.loop);
	return err;
}

/* Nothing is told of it, and the notes around it come through. */
static int test_cancel(void)
{
	struct bed d;
	int err;

	TRY(bed_open(&d, false));
	work_cancel(&d.work);
	loop_post(d.loop, &d.note, on_note, &d);
	work_begin(&d.work, d.loop, run, on_done, &d);
	work_cancel(&d.work);
	work_cancel(&d.work);
	loop_turn(d.loop, 0);
	loop_turn(d.loop, 0);
	CHECK_INT(d.ran, 1);
	CHECK_INT(d.done, 0);
	CHECK_INT(d.notes, 1);
out:
	loop_free(d.loop);
	return err;
}

static int test_thread(void)
{
	struct bed d;
	int err;

	TRY(bed_open(&d, true));
	work_begin(&d.work, d.loop, run, on_again, &d);
	while (d.done < 2)
		loop_turn(d.loop, 1000);
	CHECK_INT(d.ran, 2);
	CHECK(!pthread_equal(d.ran_on, pthread_self()));
	CHECK(pthread_equal(d.done_on, pthread_self()));
	work_begin(&d.work, d.loop, run, on_done, &d);
	work_cancel(&d.work);           /* has waited for it */
	CHECK_INT(d.ran, 3);
	loop_turn(d.loop, 0);
	CHECK_INT(d.done, 2);
out:
	loop_free(d.loop);
	return err;
}

const struct test_suite suite_work = {
	"base/work", (const struct test[]){
		TEST(test_at_once), TEST(test_cancel),
		TEST_WITH(test_thread, TEST_REAL), TEST_END } };
