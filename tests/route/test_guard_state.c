/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_state.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/lib/test.h"

#define HOUR 3600000000ull

static const struct guard_now begin = { 100 * HOUR, 500000 * HOUR };

static const char text[] =
	"at 1800000000\n"
	"phone:alice 81:2 44:ok talk_hour-3=240 talk_day-0=240 "
	"money_day-1=1500000\n"
	"line:tel 1876:1\n"
	"end\n";

static int print(struct buf *out, struct guard_state *st,
		 const struct guard_now *now)
{
	buf_reset(out);
	guard_state_print(out, st, now);
	return out->err;
}

/* What is printed is what was read. */
static int test_round_trip(void)
{
	struct guard_state a = { .by_name = { 0 } }, b = a;
	unsigned line;
	struct buf out;
	int err;

	buf_init(&out, 1000);
	TRY(guard_state_init(&a));
	TRY(guard_state_init(&b));
	TRY(guard_state_read(&a, STR_LIT("at 1800000000\n"
		"  phone:alice  81:2 talk_hour-3=240 44:ok talk_day-0=240 "
		"money_day-1=1500000 \nline:tel 1876:1\nend\n"), &begin,
		&line));
	CHECK_INT(line, 0);
	/* of whom nothing is known, nothing is written */
	if (!guard_state_add(&a, &(struct route_source){ 0 }, "phone:idle",
			     begin.us)) {
		err = ENOMEM;
		goto out;
	}
	TRY(print(&out, &a, &begin));
	CHECK_STR(buf_str(&out), text);
	TRY(guard_state_read(&b, buf_str(&out), &begin, &line));
	CHECK(guard_state_find(&b, "line:tel"));
	CHECK(!guard_state_find(&b, "line:te"));
	TRY(print(&out, &b, &begin));
	CHECK_STR(buf_str(&out), text);
out:
	guard_state_fini(&a);
	guard_state_fini(&b);
	buf_fini(&out);
	return err;
}

/* In parts, while calls come: nobody is left out. */
static int test_parts(void)
{
	static const char in[] = "at 1800000000\nphone:a 44:1\nphone:b 44:1\n"
		"phone:c 44:1\nend\n";
	struct guard_state st = { .by_name = { 0 } };
	struct guard_account *a;
	unsigned line;
	struct buf out;
	int err;

	buf_init(&out, 1000);
	TRY(guard_state_init(&st));
	TRY(guard_state_read(&st, str_z(in), &begin, &line));
	guard_state_print_begin(&out, &st, &begin);
	CHECK(!guard_state_print_more(&out, &st, &begin, 1));
	/* c would have been the last */
	guard_state_touch(&st, guard_state_find(&st, "phone:b"));
	CHECK(!guard_state_print_more(&out, &st, &begin, 1));
	guard_state_touch(&st, guard_state_find(&st, "phone:b"));
	a = guard_state_add(&st, &(struct route_source){ 0 }, "phone:d",
			    begin.us);
	if (!a || !guard_account_country(a, "1")) {
		err = ENOMEM;
		goto out;
	}
	CHECK(guard_state_print_more(&out, &st, &begin, 2));
	TRY(out.err);
	CHECK_STR(buf_str(&out), "at 1800000000\nphone:a 44:1\n"
		  "phone:c 44:1\nphone:b 44:1\nphone:d 1:0\nend\n");
out:
	guard_state_fini(&st);
	buf_fini(&out);
	return err;
}

/* What was used grows old while we are off, also over a new start of the
 * machine, whose clock begins at 0. */
static int test_ages(void)
{
	static const struct guard_now later = { HOUR / 2, 500002 * HOUR },
		back = { 100 * HOUR, 499990 * HOUR };
	struct guard_state st = { .by_name = { 0 } };
	struct guard_account *a;
	unsigned line;
	int err;

	TRY(guard_state_init(&st));
	TRY(guard_state_read(&st, str_z(text), &later, &line));
	a = guard_state_find(&st, "phone:alice");
	CHECK(a);
	CHECK_INT(guard_window_sum(&a->talk_hour, later.us), 0);
	CHECK_INT(guard_window_sum(&a->talk_day, later.us), 240000000);
	CHECK_INT(guard_window_slot(&a->talk_day, 2), 240000000);
	CHECK_INT(guard_window_slot(&a->money_day, 3), 1500000);
	CHECK_INT(guard_window_sum(&a->talk_day, later.us + 21 * HOUR),
		  240000000);
	CHECK_INT(guard_window_sum(&a->talk_day, later.us + 22 * HOUR), 0);
	guard_state_fini(&st);
	TRY(guard_state_init(&st));
	TRY(guard_state_read(&st, str_z(text), &back, &line));
	a = guard_state_find(&st, "phone:alice");
	CHECK_INT(guard_window_sum(&a->talk_hour, back.us), 240000000);
out:
	guard_state_fini(&st);
	return err;
}

/* With all places taken whoever used nothing for longest makes room; who
 * has a call stays. */
static int test_room(void)
{
	static const struct route_source s = { .kind = ROUTE_FROM_PHONE };
	struct guard_state st = { .by_name = { 0 } };
	struct guard_account *a;
	struct buf out;
	char name[40];
	int err;

	buf_init(&out, 1000);
	TRY(guard_state_init(&st));
	for (int i = 0; i < GUARD_ACCOUNTS_MAX; i++) {
		snprintf(name, sizeof(name), "phone:%d", i);
		a = guard_state_add(&st, &s, name, begin.us);
		if (!a) {
			err = ENOMEM;
			goto out;
		}
		a->calls = i == 0;
		if (i == 1)
			guard_account_use(a, begin.us, 1, 0);
	}
	guard_state_touch(&st, guard_state_find(&st, "phone:2"));
	/* whose turn it is to be printed goes away */
	guard_state_print_begin(&out, &st, &begin);
	CHECK(!guard_state_print_more(&out, &st, &begin, 2));
	CHECK(st.next == &guard_state_find(&st, "phone:3")->node);
	if (!guard_state_add(&st, &s, "phone:new", begin.us)) {
		err = ENOMEM;
		goto out;
	}
	CHECK_INT(st.by_name.n, GUARD_ACCOUNTS_MAX);
	CHECK(guard_state_find(&st, "phone:0"));
	CHECK(guard_state_find(&st, "phone:1"));
	CHECK(guard_state_find(&st, "phone:2"));
	CHECK(!guard_state_find(&st, "phone:3"));
	CHECK(st.next == &guard_state_find(&st, "phone:4")->node);
	CHECK(guard_state_print_more(&out, &st, &begin, UINT_MAX));
	TRY(out.err);
	/* all have used something: the oldest without a call */
	LIST_EACH(n, &st.used)
		guard_account_use(CONTAINER(n, struct guard_account, node),
				  begin.us, 1, 0);
	CHECK(guard_state_add(&st, &s, "phone:more", begin.us));
	CHECK(!guard_state_find(&st, "phone:1"));
	LIST_EACH(n, &st.used)
		CONTAINER(n, struct guard_account, node)->calls = 1;
	CHECK(!guard_state_add(&st, &s, "phone:last", begin.us));
out:
	guard_state_fini(&st);
	buf_fini(&out);
	return err;
}

/* A line that is none is told, and all others count. */
static int test_bad(void)
{
	static const char *const bad[] = {
		"", "phone:a talk_day=1",
		"phone:a talk_day-24=1", "phone:a talk_day-1=x",
		"phone:a other_day-1=1", "phone:a talk_day-1=-1",
		"phone:a talk_day-1=100000000001",
		"phone:a money_day-1=100000000000000001",
		"phone:a 44", "phone:a 44:", "phone:a 44:x", "phone:a 44:-1",
		"phone:a 44:65536", "phone:a 045:1", "phone:a 12345:1",
		"phone:a :1", "phone:a 44:ok:1", "phone:a 44:1 \x01",
		"phone:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaa 44:1",
		"phone:", "phone", "group:a 44:1", "root:x:0:0::/root:/bin/sh",
		"end 1", "end", "at 1800000000", "internets 44:1",
	};
	char lines[200];
	unsigned at;
	struct guard_state st = { .by_name = { 0 } };
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(lines, sizeof(lines), "at 1800000000\nphone:b 1:1\n"
			 "%s\nphone:c 7:1\n%s\nend\n", bad[i], bad[i]);
		TRY(guard_state_init(&st));
		err = guard_state_read(&st, str_z(lines), &begin, &at);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EBADMSG);
		CHECK_INT(at, 3);
		CHECK(guard_state_find(&st, "phone:b"));
		CHECK(guard_state_find(&st, "phone:c"));
		guard_state_fini(&st);
	}
	err = 0;
out:
	guard_state_fini(&st);
	return err;
}

/* Cut off anywhere: the line where it ends is told, and what is whole
 * counts. */
static int test_cut(void)
{
	struct guard_state st = { .by_name = { 0 } };
	size_t l = strlen(text);
	unsigned at, want = 1;
	int err = 0;

	for (size_t n = 0; n < l; n++) {
		TRY(guard_state_init(&st));
		err = guard_state_read(&st, str_pl(text, n), &begin, &at);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EBADMSG);
		want += n && text[n - 1] == '\n';
		CHECK_INT(at, want);
		CHECK_INT(!guard_state_find(&st, "phone:alice"), want < 3);
		CHECK_INT(!guard_state_find(&st, "line:tel"), want < 4);
		guard_state_fini(&st);
	}
	err = 0;
out:
	guard_state_fini(&st);
	return err;
}

/* The file of somebody else: nothing of it counts. */
static int test_foreign(void)
{
	static const char *const other[] = {
		"", "\n", "at", "at \n", "at x\nphone:a 1:1\nend\n",
		"at -1\n", "at 99999999999\nphone:a 1:1\nend\n",
		"on 1800000000\nphone:a 1:1\nend\n",
		"phone:a 1:1\nend\n", "phones:\n- { user: a }\n",
	};
	struct guard_state st = { .by_name = { 0 } };
	unsigned at;
	int err = 0;

	TRY(guard_state_init(&st));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		err = guard_state_read(&st, str_z(other[i]), &begin, &at);
		CHECK_INT(err, EBADMSG);
		CHECK_INT(at, 1);
		CHECK_INT(st.by_name.n, 0);
	}
	err = 0;
out:
	guard_state_fini(&st);
	return err;
}

const struct test_suite suite_guard_state = {
	"route/guard_state", (const struct test[]){
		TEST(test_round_trip), TEST(test_parts), TEST(test_ages),
		TEST_WITH(test_room, TEST_NO_OOM), TEST(test_bad),
		TEST(test_cut), TEST(test_foreign), TEST_END } };
