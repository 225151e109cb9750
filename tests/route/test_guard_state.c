/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/lib/test.h"

#define HOUR 3600000000ull

static const struct guard_now begin = { 100 * HOUR, 500000 * HOUR };

static const char text[] =
	"at 1800000000\n"
	"phone:alice 81:2 44:ok talk_hour-3=240 talk_day-0=240 "
	"money_day-1=1500000\n"
	"line:tel 1876:1\n";

static int print(struct buf *out, struct guard_state *st,
		 const struct guard_now *now)
{
	buf_reset(out);
	guard_state_print(out, st, now);
	return out->err;
}

/* What is printed is what was read; in memory and by a file. */
static int test_round_trip(void)
{
	char path[] = "/tmp/tipring-guard-XXXXXX";
	struct guard_state a = { .by_name = { 0 } }, b = a;
	int fd = mkstemp(path), err;
	unsigned line;
	struct buf out;

	buf_init(&out, 1000);
	TRY(guard_state_init(&a));
	TRY(guard_state_init(&b));
	TRY(guard_state_read(&a, STR_LIT("at 1800000000\n"
		"  phone:alice  81:2 talk_hour-3=240 44:ok talk_day-0=240 "
		"money_day-1=1500000 \n\nline:tel 1876:1"), &begin, &line));
	TRY(print(&out, &a, &begin));
	CHECK_STR(buf_str(&out), text);
	TRY(guard_state_save(&a, path, &begin));
	TRY(guard_state_load(&b, path, &begin, &line));
	CHECK(guard_state_find(&b, "line:tel"));
	CHECK(!guard_state_find(&b, "line:te"));
	TRY(print(&out, &b, &begin));
	CHECK_STR(buf_str(&out), text);
	CHECK_INT(guard_state_load(&b, "/nonexistent/x", &begin, &line),
		  ENOENT);
	CHECK_INT(guard_state_save(&b, "/nonexistent/x", &begin), ENOENT);
out:
	guard_state_fini(&a);
	guard_state_fini(&b);
	buf_fini(&out);
	close(fd);
	unlink(path);
	return err;
}

/* What was used grows old while we are off, also over a new start of the
 * machine, whose clock begins at 0; and files of before had no time. */
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
	CHECK_INT(guard_window_slot(&a->talk_day, later.us, 2), 240000000);
	CHECK_INT(guard_window_slot(&a->money_day, later.us, 3), 1500000);
	CHECK_INT(guard_window_sum(&a->talk_day, later.us + 23 * HOUR), 0);
	guard_state_fini(&st);
	TRY(guard_state_init(&st));
	TRY(guard_state_read(&st, str_z(text), &back, &line));
	a = guard_state_find(&st, "phone:alice");
	CHECK_INT(guard_window_sum(&a->talk_hour, back.us), 240000000);
	guard_state_fini(&st);
	TRY(guard_state_init(&st));
	TRY(guard_state_read(&st, STR_LIT("phone:alice 44:ok\n"), &begin,
			     &line));
	CHECK(guard_state_find(&st, "phone:alice"));
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
	char name[40];
	int err;

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
	if (!guard_state_add(&st, &s, "phone:new", begin.us)) {
		err = ENOMEM;
		goto out;
	}
	CHECK_INT(st.by_name.n, GUARD_ACCOUNTS_MAX);
	CHECK(guard_state_find(&st, "phone:0"));
	CHECK(guard_state_find(&st, "phone:1"));
	CHECK(guard_state_find(&st, "phone:2"));
	CHECK(!guard_state_find(&st, "phone:3"));
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
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"at", "at x", "at -1", "at 99999999999", "phone:a talk_day=1",
		"phone:a talk_day-24=1", "phone:a talk_day-1=x",
		"phone:a other_day-1=1", "phone:a talk_day-1=-1",
		"phone:a 44", "phone:a 44:", "phone:a 44:x", "phone:a 44:-1",
		"phone:a 44:65536", "phone:a 045:1", "phone:a 12345:1",
		"phone:a :1", "phone:a 44:ok:1", "phone:a 44:1 \x01",
		"phone:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaa 44:1",
	};
	char line[100];
	unsigned at;
	struct guard_state st = { .by_name = { 0 } };
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "phone:b 1:1\n%s\n", bad[i]);
		TRY(guard_state_init(&st));
		err = guard_state_read(&st, str_z(line), &begin, &at);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EBADMSG);
		CHECK_INT(at, 2);
		CHECK(guard_state_find(&st, "phone:b"));
		guard_state_fini(&st);
	}
	err = 0;
out:
	guard_state_fini(&st);
	return err;
}

const struct test_suite suite_guard_state = {
	"route/guard_state", (const struct test[]){
		TEST(test_round_trip), TEST(test_ages),
		TEST_WITH(test_room, TEST_NO_OOM), TEST(test_bad), TEST_END } };
