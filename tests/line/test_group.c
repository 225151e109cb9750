/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/line/group.h"

#include "tests/line/rig.h"

static struct rig rig;
static struct group *g;

static int open_three(enum group_hunt hunt)
{
	int err = rig_init(&rig);

	if (err)
		return err;
	rig_add(&rig, "l1", LINE_FXO, "us");
	rig_add(&rig, "l2", LINE_FXO, "us");
	rig_add(&rig, "l3", LINE_FXO, "us");
	rig_add_group(&rig, "pstn", hunt);
	err = rig_open(&rig);
	if (!err)
		g = group_find(&rig.env, str_z("pstn"));
	return err;
}

/* Seizes and sets up; the index of the line, or -1. */
static int take(enum group_call kind)
{
	const struct line_setup s = {
		.called.number = "1", .emergency = kind != GROUP_NORMAL,
		.group = g,
	};
	struct line *l;

	if (group_seize(&l, g, kind, NULL, 0))
		return -1;
	for (unsigned i = 0; i < 3; i++) {
		if (rig_line(&rig, i) == l)
			return rig_setup_as(&rig, i, &s) ? -2 : (int)i;
	}
	return -3;
}

static void release(unsigned i)
{
	rig_release(&rig, i, CAUSE_NORMAL);
	rig_run(&rig, 2000);
}

static int test_linear(void)
{
	int err;

	TRY(open_three(GROUP_LINEAR));
	CHECK_INT(group_free(g), 3);
	CHECK_INT(take(GROUP_NORMAL), 0);
	CHECK_INT(take(GROUP_NORMAL), 1);
	release(0);
	CHECK_INT(take(GROUP_NORMAL), 0);
	CHECK_INT(take(GROUP_NORMAL), 2);
	CHECK_INT(group_free(g), 0);
	CHECK_INT(take(GROUP_NORMAL), -1);
out:
	rig_fini(&rig);
	return err;
}

/* Two calls of its own at once; others on its lines, and emergency calls,
 * are none of them. */
static int test_max_calls(void)
{
	const struct line_setup direct = { .called.number = "1" };
	struct line *l;
	int err;

	TRY(open_three(GROUP_LINEAR));
	rig.groups[0].max_calls = 2;
	TRY(rig_setup_as(&rig, 0, &direct));
	CHECK_INT(take(GROUP_NORMAL), 1);
	CHECK(!group_is_full(g));
	release(0);
	CHECK_INT(take(GROUP_NORMAL), 0);
	CHECK(group_is_full(g));
	CHECK_INT(group_seize(&l, g, GROUP_NORMAL, NULL, 0), EDQUOT);
	CHECK_INT(take(GROUP_EMERGENCY), 2);
	release(1);
	CHECK(group_is_full(g));
	release(0);
	CHECK_INT(take(GROUP_NORMAL), 0);
out:
	rig_fini(&rig);
	return err;
}

static int test_round_robin(void)
{
	int err;

	TRY(open_three(GROUP_ROUND_ROBIN));
	for (int i = 0; i < 7; i++) {
		CHECK_INT(take(GROUP_NORMAL), i % 3);
		release((unsigned)i % 3);
	}
out:
	rig_fini(&rig);
	return err;
}

static int test_least_used(void)
{
	int err;

	TRY(open_three(GROUP_LEAST_USED));
	rig_line(&rig, 0)->calls = 5;
	rig_line(&rig, 1)->calls = 2;
	rig_line(&rig, 2)->calls = 3;
	CHECK_INT(take(GROUP_NORMAL), 1);
	release(1);
	CHECK_INT(take(GROUP_NORMAL), 1);       /* 3 and 3: the first */
	release(1);
	CHECK_INT(take(GROUP_NORMAL), 2);
out:
	rig_fini(&rig);
	return err;
}

static int test_faces(void)
{
	struct line *l, *tried[2];
	int err;

	TRY(open_three(GROUP_LINEAR));
	CHECK(group_find(&rig.env, str_z("x")) == NULL);
	CHECK_STR(str_z(group_name(g)), "pstn");
	CHECK(group_has(g, rig_line(&rig, 2)));
	CHECK(group_line(g, 1) == rig_line(&rig, 1));
	CHECK(group_line(g, 3) == NULL);
	tried[0] = rig_line(&rig, 0);
	tried[1] = rig_line(&rig, 1);
	TRY(group_seize(&l, g, GROUP_NORMAL, tried, 2));
	CHECK(l == rig_line(&rig, 2));
	for (unsigned i = 0; i < 3; i++)
		TRY(sim_exchange_cut(rig_line(&rig, i), true));
	rig_run(&rig, 2000);
	CHECK_INT(group_seize(&l, g, GROUP_PREEMPT, NULL, 0), ENODEV);
out:
	rig_fini(&rig);
	return err;
}

/* An emergency call: a free line before all; then the longest outgoing
 * call, then an incoming one, never another emergency call. */
static int test_emergency(void)
{
	struct party p = { .number = "2" };
	int err;

	TRY(open_three(GROUP_LINEAR));
	TRY(sim_exchange_call(rig_line(&rig, 0), &p));
	CHECK(rig_await(&rig, 0, "SEIZED", 8000));
	CHECK_INT(take(GROUP_PREEMPT), 1);
	release(1);
	CHECK_INT(take(GROUP_NORMAL), 1);
	rig_run(&rig, 10);
	CHECK_INT(take(GROUP_NORMAL), 2);
	rig_run(&rig, 10);
	CHECK_INT(take(GROUP_PREEMPT), 1);
	rig_run(&rig, 10);
	CHECK_INT(rig.call[1].cause, CAUSE_PREEMPTION);
	rig_line(&rig, 1)->emergency = true;
	CHECK_INT(take(GROUP_EMERGENCY), -1);
	CHECK_INT(take(GROUP_PREEMPT), 2);
	rig_run(&rig, 10);
	rig_line(&rig, 2)->emergency = true;
	CHECK_INT(take(GROUP_PREEMPT), 0);
	rig_run(&rig, 10);
	rig_line(&rig, 0)->emergency = true;
	CHECK_INT(take(GROUP_PREEMPT), -1);
out:
	rig_fini(&rig);
	return err;
}

/* A line in its guard time is waited for before a call is cut. */
static int test_emergency_guard_time(void)
{
	int err;

	TRY(open_three(GROUP_LINEAR));
	for (int i = 0; i < 3; i++)
		CHECK_INT(take(GROUP_NORMAL), i);
	rig_run(&rig, 100);
	rig_release(&rig, 1, CAUSE_NORMAL);
	rig_run(&rig, 100);
	CHECK(line_is_resting(rig_line(&rig, 1)));
	CHECK_INT(take(GROUP_NORMAL), -1);
	CHECK_INT(take(GROUP_PREEMPT), 1);
	CHECK(!line_is_resting(rig_line(&rig, 1)));
	CHECK_INT(rig_line(&rig, 1)->state, LINE_BUSY);
	rig_run(&rig, 3000);
	CHECK_INT(rig_line(&rig, 1)->state, LINE_OUTGOING);
	CHECK_INT(rig_line(&rig, 0)->state, LINE_OUTGOING);
	CHECK_INT(rig_line(&rig, 2)->state, LINE_OUTGOING);
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_group = {
	"line/group", (const struct test[]){
		TEST(test_linear), TEST(test_max_calls),
		TEST(test_round_robin),
		TEST(test_least_used),
		TEST(test_faces),
		TEST(test_emergency),
		TEST(test_emergency_guard_time),
		TEST_END } };
