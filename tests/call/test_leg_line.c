/* SPDX-License-Identifier: Apache-2.0 */
/* A leg over a line: caller ID as the called telephone sees it, hunting,
 * what cannot be dialled. Whole calls: tests/scenario/. */
#include "gateway/call/leg_line.h"

#include <string.h>

#include "gateway/sip/session.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "peers: [ { name: a, uri: \"sip:192.0.2.10\", "
		"           sources: [ 192.0.2.10/32 ] } ]\n"
		"lines:\n"
		"  - { name: t1, kind: fxs, number: \"201\", tone_plan: us, "
		"      echo_ms: 0 }\n"
		"  - { name: t2, kind: fxs, number: \"202\", tone_plan: us, "
		"      echo_ms: 0 }\n"
		"  - { name: t3, kind: fxs, tone_plan: us, caller_id: no, "
		"      echo_ms: 0 }\n"
		"  - { name: x1, kind: fxo, tone_plan: us, echo_ms: 0, "
		"      sim: { battery: no } }\n"
		"groups:\n"
		"  - { name: tels, lines: [ t1, t2 ] }\n"
		"  - { name: dead, lines: [ x1 ] }\n"
		"  - { name: one, lines: [ t1, t2 ], max_calls: 1 }\n"
		"routes:\n"
		"  - { name: house, local: yes }\n"
		"  - { name: tels, from: [ known ],\n"
		"      prefix: \"300\", to: [ \"group:tels\" ] }\n"
		"  - { name: dead, from: [ known ],\n"
		"      prefix: \"301\", to: [ \"group:dead\" ] }\n"
		"  - { name: x1, from: [ known ],\n"
		"      prefix: \"302\", to: [ \"line:x1\" ] }\n"
		"  - { name: t3, from: [ known ],\n"
		"      prefix: \"303\", to: [ \"line:t3\" ] }\n"
		"  - { name: one, from: [ known ],\n"
		"      prefix: \"304\", to: [ \"group:one\" ] }\n"
		"  - { name: rung, from: [ known ], answer_timeout: 1s,\n"
		"      prefix: \"305\", to: [ \"line:t3\", \"reject:17\" ] "
		"}\n",
};

struct house {
	struct world  *w;
	struct sip_ua *a;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "0312345678", 10));
	world_run(h->w, 500);
out:
	return err;
}

static int call(struct house *h, const char *number)
{
	char uri[64];
	int err;

	snprintf(uri, sizeof(uri), "sip:%s@home.test", number);
	err = sip_ua_call(h->a, uri, h->w->gateway);
	world_run(h->w, 100);
	return err;
}

/* What the telephone shows after the first ring. */
static int shown(const char *headers, const char *user, bool there,
		 const char *number)
{
	struct sim_status st;
	struct leg *b;
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->headers = headers;
	snprintf(h.a->user, sizeof(h.a->user), "%s", user);
	TRY(call(&h, "201"));
	CHECK(world_call(h.w));
	b = world_call(h.w)->leg[BRIDGE_B];
	CHECK(b && leg_line_of(b) == world_line(h.w, "t1"));
	CHECK(!leg_line_of(world_call(h.w)->leg[BRIDGE_A]));
	world_run(h.w, 5500);
	st = world_sim(h.w, "t1");
	CHECK_INT(st.caller_id, there);
	CHECK_STR(str_z(st.caller.number), number);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static int test_caller_id(void)
{
	return shown(NULL, "0312345678", true, "0312345678");
}

static int test_plus(void)
{
	return shown(NULL, "+81312345678", true, "81312345678");
}

static int test_withheld(void)
{
	return shown("Privacy: id\r\n", "0312345678", true, "");
}

static int test_no_number(void)
{
	return shown(NULL, "eve", true, "");
}

/* A line that shows no caller. */
static int test_no_caller_id(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, "303"));
	world_run(h.w, 5500);
	CHECK(world_sim(h.w, "t3").rings >= 1);
	CHECK(!world_sim(h.w, "t3").caller_id);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A group of telephones: the free one rings; none free: 503. One telephone
 * in use by itself: 486. */
static int test_in_use(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sim_phone_offhook(world_line(h.w, "t1")));
	world_run(h.w, 500);
	TRY(call(&h, "300"));
	world_run(h.w, 2500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "180");
	CHECK(world_sim(h.w, "t2").rings >= 1 ||
	      world_sim(h.w, "t2").ringing);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	(void)sip_ua_log(h.a);
	TRY(sim_phone_offhook(world_line(h.w, "t2")));
	world_run(h.w, 500);
	TRY(call(&h, "300"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "503");
	TRY(call(&h, "201"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "486");
	TRY(sim_phone_onhook(world_line(h.w, "t1")));
	TRY(sim_phone_onhook(world_line(h.w, "t2")));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The record names the line of the last target, and no other's. */
static int test_recorded(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, "303"));
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	CHECK_INT(world_cdr_count(h.w, "\"line\":\"t3\""), 1);
	TRY(call(&h, "305"));
	CHECK(world_sim(h.w, "t3").ringing);
	world_run(h.w, 3000);
	CHECK_INT(world_cdr_count(h.w, "\"target\":\"reject:17\","
				  "\"line\":\"\""), 1);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A group that has all the calls it may: 503, though a line is free; and
 * the record says so. */
static int test_limit(void)
{
	struct sip_session *s;
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, "304"));
	world_run(h.w, 500);
	CHECK_INT(world_calls(h.w), 1);
	s = h.a->s;
	(void)sip_ua_log(h.a);
	TRY(call(&h, "304"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "503");
	CHECK_INT(world_cdr_count(h.w, "\"why\":\"all the calls of "
				  "group:one\",\"target\":\"group:one\","
				  "\"line\":\"\",\"setup_ms\":null,"
				  "\"tried\":1"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"gateway\""), 1);
	(void)sip_ua_log(h.a);
	TRY(call(&h, "300"));           /* the other line, by another group */
	CHECK_INT(world_calls(h.w), 2);
	sip_ua_hangup(h.a, 0);
	sip_session_end(s, 0, 0, STR_NULL);
	world_run(h.w, 1000);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* All lines of a large group are tried: only the last gives dial tone. */
static int test_large_group(void)
{
	enum { LINES = 20 };
	char text[8192];
	const struct world_params p = { .conf = text };
	struct world *w = NULL;
	struct sip_ua *a;
	int n = snprintf(text, sizeof(text), "lines:\n");
	int err = 0;

	for (int i = 1; i <= LINES; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "  - { name: l%d, kind: fxo, echo_ms: 0, "
			      "dial_tone_ms: 2s, sim: { dial_tone: %s } }\n",
			      i, i == LINES ? "yes" : "no");
	n += snprintf(text + n, sizeof(text) - (size_t)n,
		      "groups: [ { name: all, hunt: linear, lines: [ l1");
	for (int i = 2; i <= LINES; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", l%d", i);
	snprintf(text + n, sizeof(text) - (size_t)n, " ] } ]\n"
		 "peers: [ { name: a, uri: 'sip:192.0.2.10', "
		 "sources: [ 192.0.2.10/32 ] } ]\n"
		 "routes: [ { name: out, from: [ known ], "
		 "to: [ 'group:all' ] } ]\n");
	TRY(world_new(&w, &p));
	TRY(world_ua(&a, w, "a", 10));
	TRY(sip_ua_call(a, "sip:0312345678@home.test", w->gateway));
	world_run(w, 60000);
	CHECK_STR(str_z(world_sim(w, "l20").digits), "0312345678");
	sip_ua_hangup(a, 0);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

/* A line without exchange, alone and in a group. */
static int test_out_of_service(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	world_run(h.w, 3000);
	TRY(call(&h, "301"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "502");
	TRY(call(&h, "302"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "502");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":27,"), 2);
out:
	world_free(h.w);
	return err;
}

/* While new calls are refused a telephone gets no dial tone, and its line
 * does not stay taken. */
static int test_refused(void)
{
	struct house h;
	struct line *t1;
	int err;

	TRY(house_open(&h));
	t1 = world_line(h.w, "t1");
	calls_refuse(app_calls(h.w->app), true);
	TRY(sim_phone_offhook(t1));
	world_run(h.w, 3000);
	CHECK_INT(world_sim(h.w, "t1").hears, TONE_NONE);
	CHECK_INT(world_calls(h.w), 0);
	TRY(sim_phone_onhook(t1));
	world_run(h.w, 1000);
	CHECK_INT(t1->state, LINE_IDLE);
	calls_refuse(app_calls(h.w->app), false);
	TRY(sim_phone_offhook(t1));
	world_run(h.w, 3000);
	CHECK_INT(world_sim(h.w, "t1").hears, TONE_DIAL);
	TRY(sim_phone_onhook(t1));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Left off-hook after the far end has gone: busy tone, silence, howler. */
static int test_howler(void)
{
	struct house h;
	struct line *t1;
	int err;

	TRY(house_open(&h));
	t1 = world_line(h.w, "t1");
	TRY(sim_phone_offhook(t1));
	world_run(h.w, 16000 + 31000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_INT(t1->state, LINE_BUSY);
	world_run(h.w, 62000);
	CHECK_INT(world_calls(h.w), 1);         /* the howler */
	CHECK(world_sim(h.w, "t1").level_dbm0 > -30);
	world_run(h.w, 70000);
	CHECK_INT(world_calls(h.w), 0);
	TRY(sim_phone_onhook(t1));
	CHECK(world_is_idle(h.w));
	CHECK_STR(str_z(world_cdr(h.w)), "");
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_leg_line = {
	"call/leg_line", (const struct test[]){
		TEST_WITH(test_caller_id, TEST_NO_OOM),
		TEST_WITH(test_plus, TEST_NO_OOM),
		TEST_WITH(test_withheld, TEST_NO_OOM),
		TEST_WITH(test_no_number, TEST_NO_OOM),
		TEST_WITH(test_no_caller_id, TEST_NO_OOM),
		TEST_WITH(test_in_use, TEST_NO_OOM),
		TEST_WITH(test_recorded, TEST_NO_OOM),
		TEST_WITH(test_limit, TEST_NO_OOM),
		TEST_WITH(test_large_group, TEST_NO_OOM),
		TEST(test_out_of_service),
		TEST_WITH(test_refused, TEST_NO_OOM),
		TEST_WITH(test_howler, TEST_NO_OOM),
		TEST_END } };
