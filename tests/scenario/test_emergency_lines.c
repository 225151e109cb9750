/* SPDX-License-Identifier: Apache-2.0 */
/* Emergency calls over several lines and groups: free ones first, then one
 * in use, however the targets name them. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define LINE(name, more) \
	"  - { name: " name ", kind: fxo, tone_plan: us, echo_ms: 0, " \
	"      sim: { " more "numbers: [ " \
	"        { digits: \"110\", after_ms: 1s }, " \
	"        { digits: \"0.\", after_ms: 1s } ] } }\n"
#define CONF(to, l2) \
	"phones:\n" \
	"  - { user: alice, number: \"101\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"  - { user: bob, number: \"102\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"  - { user: carol, number: \"103\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"lines:\n" LINE("l1", "") LINE("l2", l2) \
	"groups: [ { name: one, lines: [ l1 ] }, " \
	"          { name: two, lines: [ l2 ] } ]\n" \
	"peers: [ { name: psap, uri: \"sip:192.0.2.30\" } ]\n" \
	"emergency: { numbers: [ \"110\" ], " \
	"             to: [ " to ", \"peer:psap\" ] }\n" \
	"routes:\n" \
	"  - { name: first, prefix: \"01\", to: [ \"line:l1\" ] }\n" \
	"  - { name: second, prefix: \"02\", to: [ \"line:l2\" ] }\n"
#define SOS "sip:110@home.test"

struct town {
	struct world  *w;
	struct sip_ua *alice, *bob, *carol, *psap;
	struct line   *l1, *l2;
};

static int town_open(struct town *t, const char *conf)
{
	struct world_params p = { .conf = conf };
	int err;

	*t = (struct town){ 0 };
	TRY(world_new(&t->w, &p));
	TRY(world_phone(&t->alice, t->w, "alice", 10));
	TRY(world_phone(&t->bob, t->w, "bob", 11));
	TRY(world_phone(&t->carol, t->w, "carol", 12));
	TRY(world_ua(&t->psap, t->w, "psap", 30));
	t->l1 = world_line(t->w, "l1");
	t->l2 = world_line(t->w, "l2");
	world_run(t->w, 1500);
out:
	return err;
}

static int call(struct town *t, struct sip_ua *u, const char *uri)
{
	int err = sip_ua_call(u, uri, t->w->gateway);

	world_run(t->w, 8000);
	return err;
}

/* bob talks over l1, carol over l2 if so wanted; alice calls for help. */
static int help(struct town *t, const char *conf, bool both)
{
	int err;

	TRY(town_open(t, conf));
	TRY(call(t, t->bob, "sip:0111112222@home.test"));
	CHECK_INT(t->l1->state, LINE_ACTIVE);
	if (both)
		TRY(call(t, t->carol, "sip:0211112222@home.test"));
	CHECK_INT(t->l2->state, both ? LINE_ACTIVE : LINE_IDLE);
	TRY(call(t, t->alice, SOS));
	world_run(t->w, 12000);
	CHECK(strstr(sip_ua_log(t->alice), "answer"));
	CHECK_STR(str_z(t->psap->called), "");
out:
	return err;
}

static int only_line(const char *conf)
{
	struct town t;
	int err;

	TRY(help(&t, conf, false));
	CHECK(t.l1->emergency);
	CHECK(!t.bob->s);
	CHECK_STR(str_z(world_sim(t.w, "l1").digits), "110");
	CHECK_INT(world_cdr_count(t.w, "\"cause\":8,"), 1);
out:
	world_free(t.w);
	return err;
}

static int test_only_line(void)
{
	int err;

	TRY(only_line(CONF("\"line:l1\"", "")));
	TRY(only_line(CONF("\"group:one\"", "")));
out:
	return err;
}

/* One in use, the other free: nobody is disturbed. */
static int free_one(const char *conf)
{
	struct town t;
	int err;

	TRY(help(&t, conf, false));
	CHECK(t.l2->emergency);
	CHECK_STR(str_z(world_sim(t.w, "l2").digits), "110");
	CHECK(t.bob->s);
	CHECK_INT(t.l1->state, LINE_ACTIVE);
	CHECK_INT(world_cdr_count(t.w, "\"cause\":8,"), 0);
out:
	world_free(t.w);
	return err;
}

static int test_free_one(void)
{
	int err;

	TRY(free_one(CONF("\"line:l1\", \"line:l2\"", "")));
	TRY(free_one(CONF("\"group:one\", \"line:l2\"", "")));
	TRY(free_one(CONF("\"line:l1\", \"group:two\"", "")));
out:
	return err;
}

/* All in use: the first gives way, and only that. */
static int all_in_use(const char *conf)
{
	struct town t;
	int err;

	TRY(help(&t, conf, true));
	CHECK(t.l1->emergency);
	CHECK(!t.bob->s);
	CHECK(t.carol->s);
	CHECK_INT(world_cdr_count(t.w, "\"cause\":8,"), 1);
out:
	world_free(t.w);
	return err;
}

static int test_all_in_use(void)
{
	int err;

	TRY(all_in_use(CONF("\"line:l1\", \"line:l2\"", "")));
	TRY(all_in_use(CONF("\"group:one\", \"group:two\"", "")));
out:
	return err;
}

/* The free one is dead: then the one in use is taken, before the peer. */
static int free_is_dead(const char *conf)
{
	struct town t;
	int err;

	TRY(help(&t, conf, false));
	CHECK(t.l1->emergency);
	CHECK(!t.bob->s);
	CHECK_STR(str_z(world_sim(t.w, "l1").digits), "110");
out:
	world_free(t.w);
	return err;
}

static int test_free_is_dead(void)
{
	int err;

	TRY(free_is_dead(CONF("\"line:l1\", \"line:l2\"",
			      "dial_tone: no, ")));
	TRY(free_is_dead(CONF("\"group:one\", \"group:two\"",
			      "dial_tone: no, ")));
out:
	return err;
}

/* Its line is cut: behind the emergency rule, too, no limit stops a call for
 * help, neither a rule's nor the guard's. */
static int test_limits(void)
{
	static const char conf[] =
		"phones:\n"
		"  - { user: alice, number: \"101\", "
		"      password: { env: TEST_WORLD_PW } }\n"
		"  - { user: bob, number: \"102\", "
		"      password: { env: TEST_WORLD_PW } }\n"
		"  - { user: carol, number: \"103\", "
		"      password: { env: TEST_WORLD_PW } }\n"
		"lines:\n" LINE("l1", "battery: no, ") LINE("l2", "")
		"peers: [ { name: psap, uri: \"sip:192.0.2.30\" } ]\n"
		"emergency: { numbers: [ \"110\" ], to: [ \"line:l1\" ] }\n"
		"routes:\n"
		"  - { name: out, max_calls: 1, to: [ \"peer:psap\" ] }\n"
		"guard: { minutes_hour: 1, action: block, night: \"\" }\n";
	struct town t;
	int err;

	TRY(town_open(&t, conf));
	TRY(call(&t, t.alice, "sip:0111112222@home.test"));
	CHECK_STR(str_z(sip_ua_log(t.alice)), "answer");
	world_run(t.w, 300000);
	sip_ua_hangup(t.alice, 0);
	world_run(t.w, 1000);
	(void)sip_ua_log(t.alice);
	TRY(call(&t, t.alice, "sip:0111112222@home.test"));
	CHECK_STR(str_z(sip_ua_log(t.alice)), "403");
	TRY(call(&t, t.bob, "sip:0111112222@home.test"));
	CHECK_STR(str_z(sip_ua_log(t.bob)), "answer");
	TRY(call(&t, t.carol, "sip:0111112222@home.test"));
	CHECK_STR(str_z(sip_ua_log(t.carol)), "503");
	TRY(call(&t, t.alice, SOS));
	CHECK_STR(str_z(t.psap->called), "110");        /* and is busy */
	CHECK_STR(str_z(sip_ua_log(t.alice)), "486");
	CHECK(t.bob->s);
out:
	world_free(t.w);
	return err;
}

const struct test_suite suite_emergency_lines = {
	"scenario/emergency_lines", (const struct test[]){
		TEST_WITH(test_only_line, TEST_NO_OOM),
		TEST_WITH(test_free_one, TEST_NO_OOM),
		TEST_WITH(test_all_in_use, TEST_NO_OOM),
		TEST_WITH(test_free_is_dead, TEST_NO_OOM),
		TEST_WITH(test_limits, TEST_NO_OOM),
		TEST_END } };
