/* SPDX-License-Identifier: Apache-2.0 */
/* Searches over a configuration read from text, ENUM over scripted DNS. */
#include <string.h>

#include "base/loop.h"
#include "base/mem.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

static const char conf_text[] =
	"emergency: { numbers: ['110', '119'], to: ['group:pstn'] }\n"
	"routes:\n"
	"  - { name: house, local: yes }\n"
	"  - { name: never, prefix: '11', to: ['peer:cheap'] }\n"
	"  - { name: echo, prefix: '600', min_digits: 3, max_digits: 3,\n"
	"      to: ['service:echo'] }\n"
	"  - { name: enum, enum: yes }\n"
	"  - { name: outside, prefix: '9', strip: 1, add: '0',\n"
	"      to: ['group:pstn', 'peer:cheap'] }\n"
	"  - { name: world, prefix: '+', strip: 1, add: '00',\n"
	"      to: ['peer:cheap'] }\n"
	"  - { name: open, from: [internet], prefix: '5',\n"
	"      to: ['phone:alice'] }\n";

static int test_rules(void)
{
	static const struct { const char *number, *got; } t[] = {
		{ "201", "house: line:fxs1(201)" },
		{ "0355550201", "house: line:fxs1(0355550201)" },
		{ "+81355550201", "house: line:fxs1(+81355550201)" },
		{ "01081355550201", "house: line:fxs1(01081355550201)" },
		{ "600", "echo: service:echo(600)" },
		{ "115", "never: peer:cheap(115)" },
		{ "9312345678", "outside: group:pstn(0312345678) "
				"peer:cheap(0312345678)" },
		{ "+12125550100", "world: peer:cheap(0012125550100)" },
		{ "777", "none" },
	};
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		route_rig_search(&w, t[i].number, ROUTE_FROM_PHONE);
		CHECK_INT(w.answers, 1);
		CHECK_STR(str_z(w.got), t[i].got);
	}
out:
	route_rig_end(&w);
	return err;
}

/* Targets that serve badly come behind the others, which keep their order;
 * emergency calls go as they are told. */
static int test_poor(void)
{
	static const char text[] =
		"emergency: { numbers: ['110'], to: ['peer:b', 'peer:c'] }\n"
		"routes:\n"
		"  - { name: all, to: ['peer:a', 'peer:b', 'peer:c',\n"
		"      'group:g'] }\n";
	static const struct { const char *poor, *got; } t[] = {
		{ NULL, "all: peer:a(77) peer:b(77) peer:c(77) group:g(77)" },
		{ "a", "all: peer:b(77) peer:c(77) group:g(77) peer:a(77)" },
		{ "b", "all: peer:a(77) peer:c(77) group:g(77) peer:b(77)" },
		{ "g", "all: peer:a(77) peer:b(77) peer:c(77) group:g(77)" },
	};
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, text));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		w.poor = t[i].poor;
		route_rig_search(&w, "77", ROUTE_FROM_PHONE);
		CHECK_STR(str_z(w.got), t[i].got);
	}
	w.poor = "b";
	route_rig_search(&w, "110", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "emergency: peer:b(110) peer:c(110)");
	CHECK(!strstr(w.told, "behind others"));
out:
	route_rig_end(&w);
	return err;
}

/* What failed is not offered again: the next rule, then nothing. */
static int test_next(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	/* not in ENUM */
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "world: peer:cheap(0081312345678)");
	route_next(&w.job);
	route_rig_run(&w);
	CHECK_INT(w.answers, 2);
	CHECK_STR(str_z(w.got), "none");
out:
	route_rig_end(&w);
	return err;
}

/* Emergency calls come before every rule, for the house only. */
static int test_emergency(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	route_rig_search(&w, "110", ROUTE_FROM_TELEPHONE);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	CHECK(w.emergency);
	route_next(&w.job);             /* no line: the rules after all */
	route_rig_run(&w);
	CHECK_STR(str_z(w.got), "never: peer:cheap(110)");
	route_rig_search(&w, "urn:service:sos.police", ROUTE_FROM_PHONE);
	CHECK(w.emergency);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	route_rig_search(&w, "110#", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	route_rig_search(&w, "#", ROUTE_FROM_PHONE);
	CHECK(!w.emergency);
	route_rig_search(&w, "110", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
out:
	route_rig_end(&w);
	return err;
}

/* Where nobody could help the rules have to know. */
static int test_no_help(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, "emergency: { numbers: ['110'] }\n"
		"routes: [ { name: all, to: ['peer:a'] } ]\n"));
	route_rig_search(&w, "110", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "all: peer:a(110)");
	CHECK(!w.emergency);
out:
	route_rig_end(&w);
	return err;
}

static int test_internet(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	route_rig_search(&w, "9312345678", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	route_rig_search(&w, "201", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	route_rig_search(&w, "55", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "open: phone:alice(55)");
out:
	route_rig_end(&w);
	return err;
}

static const char other_text[] =
	"emergency: { numbers: ['112'], to: ['group:pstn'] }\n"
	"routes:\n"
	"  - { name: new, to: ['peer:new'] }\n";

/* A search ends on the rules that it began with; the next one is on the new
 * ones, and the old ones are gone then. */
static int test_reload(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	route_rig_search(&w, "110", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	TRY(route_rig_reload(&w, other_text));
	CHECK(route_is_emergency(w.router, "112"));
	CHECK(!route_is_emergency(w.router, "110"));
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "never: peer:cheap(110)");
	route_rig_search(&w, "110", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "new: peer:new(110)");
out:
	route_rig_end(&w);
	return err;
}

/* The same with ENUM being asked at that moment. */
static int test_reload_enum(void)
{
	static const char domain[] = "8.7.6.5.4.3.2.1.3.1.8.e164.arpa";
	struct route_query q = { .called.number = "0312345678",
				 .from.kind = ROUTE_FROM_PHONE };
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	TRY(fake_resolver_script(w.dns, domain, 0, FAKE_SILENT, 0));
	route_rig_start(&w, &q);
	loop_turn(w.loop, 0);           /* ENUM is being asked now */
	CHECK_INT(w.answers, 0);
	TRY(route_rig_reload(&w, other_text));
	route_rig_run(&w);
	CHECK_STR(str_z(w.got), "world: peer:cheap(0081312345678)");
out:
	route_rig_end(&w);
	return err;
}

static int test_trace(void)
{
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	route_rig_search(&w, "9312345678", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.told),
		  "number 9312345678\n"
		  "rule house: fits (always)\n"
		  "rule house: yields no target (nobody here has the "
		  "number)\n"
		  "rule never: no, it wants prefix 11\n"
		  "rule echo: no, it wants prefix 600\n"
		  "rule enum: no, it wants a number with an E.164 form\n"
		  "rule outside: fits (prefix 9)\n"
		  "  -> group:pstn, dialling 0312345678\n"
		  "  -> peer:cheap, dialling 0312345678\n");
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK(strstr(w.told, "number 0312345678, internationally "
		     "+81312345678\n"));
	CHECK(strstr(w.told, "rule enum: fits (a number with an E.164 form)"
		     "\n  "));
	CHECK(strstr(w.told, "rule enum: yields no target (not found)\n"));
	route_rig_search(&w, "77", ROUTE_FROM_INTERNET);
	CHECK(strstr(w.told, "rule house: no, it wants any caller "
		     "but the internet: it says no from\n"));
	CHECK(strstr(w.told, "rule open: no, it wants prefix 5\n"
		     "no further rule\n"));
	CHECK(strstr(w.told, "rule enum: no, it wants a caller of the "
		     "house: it says no from\n"));
out:
	route_rig_end(&w);
	return err;
}

/* No upcall after cancelling, in whatever moment. */
static int test_cancel(void)
{
	struct route_query q = { .called.number = "0312345678",
				 .from.kind = ROUTE_FROM_PHONE };
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	route_rig_start(&w, &q);
	route_cancel(&w.job);
	route_rig_run(&w);
	CHECK_INT(w.answers, 0);
	route_rig_start(&w, &q);
	loop_turn(w.loop, 0);           /* ENUM is being asked now */
	route_cancel(&w.job);
	route_cancel(&w.job);
	route_rig_run(&w);
	CHECK_INT(w.answers, 0);
out:
	route_rig_end(&w);
	return err;
}

static int test_digits(void)
{
	const struct route_source s = { ROUTE_FROM_TELEPHONE, "fxs1" };
	static const struct { const char *digits; enum route_digits is; }
	t[] = {
		{ "2", ROUTE_DIGITS_MORE }, { "201", ROUTE_DIGITS_COMPLETE },
		{ "202", ROUTE_DIGITS_NONE }, { "60", ROUTE_DIGITS_MORE },
		{ "600", ROUTE_DIGITS_COMPLETE },
		{ "110", ROUTE_DIGITS_COMPLETE }, /* though 11... is a rule */
		{ "11", ROUTE_DIGITS_MAYBE }, { "03", ROUTE_DIGITS_MORE },
		{ "0312345678", ROUTE_DIGITS_MAYBE },
		{ "09012345678", ROUTE_DIGITS_COMPLETE },
		{ "93", ROUTE_DIGITS_MORE },
		{ "9312345678", ROUTE_DIGITS_MAYBE },
	};
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, conf_text));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (route_digits(w.router, &s, t[i].digits) != t[i].is) {
			test_say(__FILE__, __LINE__, "%s", t[i].digits);
			err = EINVAL;
			goto out;
		}
	}
out:
	route_rig_end(&w);
	return err;
}

const struct test_suite suite_router = {
	"route/router", (const struct test[]){
		TEST(test_rules), TEST(test_poor), TEST(test_next),
		TEST(test_emergency), TEST(test_no_help),
		TEST(test_internet), TEST(test_reload),
		TEST(test_reload_enum), TEST(test_trace), TEST(test_cancel),
		TEST(test_digits), TEST_END } };
