/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/loop.h"
#include "gateway/route/route_report.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

static int test_words(void)
{
	static const struct { const char *words[9]; bool good; } t[] = {
		{ { "phone:a", "110" }, true },
		{ { "phone:a", "110", "--explain" }, true },
		{ { "--at", "12:00", "phone:a", "--caller", "1", "110",
		    "-c", "x" }, true },
		{ { "phone:a" }, false },
		{ { "phone:a", "110", "119" }, false },
		{ { "phone:a", "110", "--at" }, false },
		{ { "phone:a", "110", "--nonsense" }, false },
	};
	struct route_ask a;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int n = 0;

		while (n < 9 && t[i].words[n])
			n++;
		if (route_ask_parse(&a, n, (char *const *)t[i].words) !=
		    t[i].good) {
			test_say(__FILE__, __LINE__, "row %zu", i);
			return EINVAL;
		}
		if (i == 2) {
			CHECK_STR(str_z(a.at), "12:00");
			CHECK_STR(str_z(a.from), "phone:a");
			CHECK_STR(str_z(a.caller), "1");
			CHECK_STR(str_z(a.number), "110");
			CHECK_STR(str_z(a.conf), "x");
		}
	}
out:
	return err;
}

static int test_time(void)
{
	static const char *const bad[] = {
		"", "12", "25:00", "2026-05-03", "2026-13-01 12:00",
		"2026-05-03 12:30x", "2026-02-30 10:00",
	};
	uint64_t now = 1767225600000000, at;
	time_t t;
	struct tm tm;
	int err = 0;

	TRY(route_ask_time(&at, "2026-05-03 12:30", NULL, now));
	t = (time_t)(at / 1000000);
	CHECK(localtime_r(&t, &tm));
	CHECK(tm.tm_mon == 4 && tm.tm_mday == 3 && tm.tm_hour == 12 &&
	      tm.tm_min == 30 && !tm.tm_sec);
	TRY(route_ask_time(&at, "23:59", NULL, now));
	CHECK(at > now - 86400000000 && at < now + 86400000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(route_ask_time(&at, bad[i], NULL, now), EBADMSG);
out:
	return err;
}

/* What the clock shows there, of the day that it is there. */
static int test_time_of_zone(void)
{
	struct zone *z = NULL;
	const char *why;
	uint64_t at;
	int err;

	TRY(zone_open(&z, "Asia/Tokyo", &why));
	TRY(route_ask_time(&at, "2026-05-03 12:30", z, 0));
	CHECK_INT(at, 1777779000000000);        /* 03:30 UTC */
	/* 2025-12-31 23:00 UTC */
	TRY(route_ask_time(&at, "12:30", z, 1767222000000000));
	CHECK_INT(at, 1767238200000000);        /* 2026-01-01 03:30 UTC */
	CHECK_INT(route_ask_time(&at, "2026-02-30 10:00", z, 0), EBADMSG);
out:
	obj_unref(z);
	return err;
}

static const char conf_text[] =
	"routes:\n"
	"  - { name: one, prefix: '0', to: ['peer:down', 'peer:a'] }\n"
	"  - { name: two, prefix: '03', strip: 1, to: ['group:pstn'] }\n"
	"  - { name: none, prefix: '9', to: ['reject:55', 'peer:a'] }\n"
	"  - { name: last, prefix: '9', to: ['peer:a'] }\n"
	"  - { name: small, prefix: '5', max_calls: 1, to: ['peer:a'] }\n"
	"  - { name: night, prefix: '6', time: '20:00-08:00', "
	"zone: America/New_York, to: ['peer:a'] }\n"
	"  - { name: feast, prefix: '6', dates: ['01-01'], "
	"zone: Asia/Tokyo, to: ['peer:a'] }\n";

struct desk {
	struct route_rig    w;
	struct route_report r;
	struct buf          out;
	route_door_fn      *door;
	int                 done, found;
};

static void on_done(bool found, void *arg)
{
	struct desk *d = arg;

	d->done++;
	d->found = found;
}

static int report(struct desk *d, const char *number, bool explain)
{
	struct route_query q = { .from.kind = ROUTE_FROM_PHONE };

	strcpy(q.called.number, number);
	memset(&d->r, 0, sizeof(d->r));
	d->done = d->found = 0;
	buf_reset(&d->out);
	d->r.out = &d->out;
	d->r.explain = explain;
	d->r.door = d->door;
	d->r.done = on_done;
	d->r.arg = d;
	route_report_begin(&d->r, d->w.router, &q);
	route_rig_run(&d->w);
	return d->out.err;
}

static int begin(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	buf_init(&d->out, 10000);
	return route_rig_begin(&d->w, conf_text);
}

static void end(struct desk *d)
{
	if (d->r.out)
		route_report_cancel(&d->r);
	route_rig_end(&d->w);
	buf_fini(&d->out);
}

static int test_targets(void)
{
	struct desk *d = mem_alloc(sizeof(*d));
	int err = d ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(begin(d));
	TRY(report(d, "0312345678", false));
	CHECK_INT(d->done, 1);
	CHECK(d->found);
	CHECK_STR(buf_str(&d->out),
		  " 1  peer:down, dialling 0312345678  (rule one: prefix 0)\n"
		  " 2  peer:a, dialling 0312345678  (rule one: prefix 0)\n"
		  " 3  group:pstn, dialling 312345678  "
		  "(rule two: prefix 03)\n");
	TRY(report(d, "911", false));
	CHECK_STR(buf_str(&d->out),
		  " 1  reject:55, the call ends here  "
		  "(rule none: prefix 9)\n");
	CHECK(!d->found);
	TRY(report(d, "777", false));
	CHECK_STR(buf_str(&d->out), "no route: no rule has a target for 777, "
		  "which has no E.164 form; --explain tells why\n");
	CHECK_INT(d->done, 1);
	CHECK(!d->found);
out:
	end(d);
	mem_free(d);
	return err;
}

static void guarded(struct route_door *d, const struct route_job *j,
		    const struct route_target *t, void *arg)
{
	(void)j;
	(void)arg;
	*d = (struct route_door){ .called = t->called };
	if (!strcmp(t->dest, "down"))
		d->unusable = "it is too far";
	else
		d->refused = "premium";
}

/* What a target cannot take the next one gets; behind a refusal of the guard
 * nobody is asked. */
static int test_door(void)
{
	struct desk *d = mem_alloc(sizeof(*d));
	int err = d ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(begin(d));
	d->door = guarded;
	TRY(report(d, "0312345678", false));
	CHECK(!d->found);
	CHECK_STR(buf_str(&d->out),
		  " 1  peer:down, dialling 0312345678, which it cannot: it is "
		  "too far  (rule one: prefix 0)\n"
		  " 2  peer:a, dialling 0312345678, the guard refuses it "
		  "(premium), the call ends here  (rule one: prefix 0)\n");
out:
	end(d);
	mem_free(d);
	return err;
}

static int test_explain(void)
{
	struct route_use *use = NULL;
	struct desk *d = mem_alloc(sizeof(*d));
	int err = d ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(begin(d));
	route_rig_search(&d->w, "555", ROUTE_FROM_PHONE);
	use = route_use_begin(d->w.job.result.use);
	TRY(report(d, "555", true));
	CHECK(!d->found);
	CHECK_STR(buf_str(&d->out),
		  "number 555\n"
		  "rule one: no, it wants prefix 0\n"
		  "rule two: no, it wants prefix 03\n"
		  "rule none: no, it wants prefix 9\n"
		  "rule last: no, it wants prefix 9\n"
		  "rule small: no, it wants fewer than 1 calls of its own, "
		  "has 1\n"
		  "rule night: no, it wants prefix 6\n"
		  "rule feast: no, it wants prefix 6\n"
		  "no further rule\n"
		  "no route: a rule carries all the calls it may\n");
	TRY(report(d, "+81312345678", true));
	CHECK(strstr((char *)d->out.p, "no further rule\n"
		     "no route: no rule has a target for +81312345678\n"));
	TRY(report(d, "666", true));
	CHECK(strstr((char *)d->out.p, "rule night: no, it wants time of "
		     "America/New_York 20:00-08:00\n"));
	CHECK(strstr((char *)d->out.p,
		     "rule feast: fits (one of 1 dates in Asia/Tokyo)\n"));
out:
	route_use_end(use);
	end(d);
	mem_free(d);
	return err;
}

const struct test_suite suite_route_report = {
	"route/route_report", (const struct test[]){
		TEST(test_words), TEST(test_time),
		TEST(test_time_of_zone), TEST(test_targets),
		TEST(test_door),
		TEST(test_explain), TEST_END } };
