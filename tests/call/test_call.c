/* SPDX-License-Identifier: Apache-2.0 */
/* The call machine between a caller's leg of the test's own and built-in
 * services, phones and lines that are not there. */
#include "gateway/call/call.h"

#include "tests/lib/fake_leg.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "phones: [ { user: away, number: \"102\", "
		"            password: { env: TEST_WORLD_PW } } ]\n"
		"routes:\n"
		"  - { name: echo, prefix: \"600\", "
		"      to: [ \"service:echo\" ] }\n"
		"  - { name: away, prefix: \"5\", to: [ \"phone:away\" ] }\n"
		"  - { name: both, prefix: \"55\", to: [ \"phone:away\", "
		"      \"service:milliwatt\" ] }\n"
		"  - { name: no, prefix: \"7\", to: [ \"reject:21\", "
		"      \"service:echo\" ] }\n",
};

struct house {
	struct world   *w;
	struct fake_leg a;
	struct call    *c;
};

static int house_open(struct house *h)
{
	int err;

	h->w = NULL;
	TRY(world_new(&h->w, &conf));
	fake_leg_init(&h->a, h->w->loop);
	TRY(call_new(&h->c, app_calls(h->w->app), &h->a.leg, false));
	CHECK_INT(h->c->state, CALL_NEW);
	CHECK_INT(h->a.leg.side, BRIDGE_A);
out:
	return err;
}

/* How a call to the number goes, in words of the caller's leg. */
static int dial(const char *number, const char *log, const char *record)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_leg_dial(&h.a, number);
	CHECK_INT(h.c->state, CALL_ROUTING);
	world_run(h.w, 50);
	CHECK_STR(str_z(h.a.log), log);
	if (!h.a.freed) {
		CHECK_INT(h.c->state, CALL_CONNECTED);
		fake_leg_end(&h.a, CAUSE_NORMAL);
		world_run(h.w, 50);
	}
	CHECK(h.a.freed);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_INT(world_cdr_count(h.w, record), 1);
out:
	world_free(h.w);
	return err;
}

static int test_answered(void)
{
	return dial("600", "answer", "\"cause\":16,");
}

static int test_next_target(void)
{
	return dial("550", "answer", "\"tried\":3,");
}

static int test_no_route(void)
{
	return dial("999", "release-3", "\"tried\":0,");
}

static int test_absent(void)
{
	return dial("501", "release-20", "\"cause\":20,");
}

/* A rule that rejects ends the search: no target behind it is tried. */
static int test_rejected(void)
{
	return dial("701", "release-21", "\"cause\":21,");
}

/* Our own end: both legs are told, in any state, also twice. */
static int test_hangup(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a.hold_release = true;
	fake_leg_dial(&h.a, "600");
	world_run(h.w, 50);
	call_hangup(h.c, CAUSE_TEMPORARY_FAILURE);
	CHECK_STR(str_z(call_state_name(h.c->state)), "releasing");
	call_hangup(h.c, CAUSE_NORMAL);
	world_run(h.w, 50);
	CHECK_INT(world_calls(h.w), 1);         /* waits for the leg */
	CHECK(!h.c->leg[BRIDGE_B]);
	fake_leg_end(&h.a, CAUSE_TEMPORARY_FAILURE);
	world_run(h.w, 50);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_STR(str_z(h.a.log), "answer release-41 release-16");
	CHECK_INT(world_cdr_count(h.w, "\"cause\":41,"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"gateway\""), 1);
out:
	if (h.w && !h.a.freed)
		fake_leg_end(&h.a, CAUSE_NORMAL);
	world_free(h.w);
	return err;
}

/* Before anything happened: no record. */
static int test_abandon(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	CHECK(calls_find(app_calls(h.w->app), str_z(h.c->id)) == h.c);
	call_abandon(h.c);
	CHECK(h.a.freed);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_STR(str_z(world_cdr(h.w)), "");
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_call = {
	"call/call", (const struct test[]){
		TEST(test_answered),
		TEST(test_next_target),
		TEST_WITH(test_no_route, TEST_NO_OOM),
		TEST_WITH(test_absent, TEST_NO_OOM),
		TEST_WITH(test_rejected, TEST_NO_OOM),
		TEST_WITH(test_hangup, TEST_NO_OOM),
		TEST_WITH(test_abandon, TEST_NO_OOM),
		TEST_END } };
