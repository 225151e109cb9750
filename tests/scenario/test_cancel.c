/* SPDX-License-Identifier: Apache-2.0 */
/* The caller gives up, in each state of the call. */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"enum: { timeout: 2s, deadline: 5s, " \
	"        trees: [ { apex: e164.arpa } ] }\n" \
	"peers:\n" \
	"  - { name: from, uri: \"sip:192.0.2.10\", " \
	"      sources: [ 192.0.2.10/32 ] }\n" \
	"  - { name: to, uri: \"sip:192.0.2.20\" }\n" \
	"routes:\n" \
	"  - { name: enum, from: [ known ], prefix: \"+\", enum: yes }\n" \
	"  - { name: all, from: [ known ], to: [ \"peer:to\" ] }\n"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *a, *b;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
out:
	return err;
}

/* The call stands in state after ms; then the caller cancels. */
static int cancel_in(enum call_state state, const char *number, uint16_t does,
		     const char *b_heard)
{
	char uri[64];
	struct house h;
	int err;

	snprintf(uri, sizeof(uri), "sip:%s@home.test", number);
	TRY(house_open(&h));
	TRY(fake_resolver_script(h.w->dns,
				 "2.2.2.2.1.1.1.1.3.1.8.e164.arpa", 0,
				 FAKE_SILENT, 0));
	h.b->does = does;
	TRY(sip_ua_call(h.a, uri, h.w->gateway));
	world_run(h.w, 700);
	CHECK(world_call(h.w));
	CHECK_INT(world_call(h.w)->state, state);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_STR(str_z(sip_ua_log(h.b)), b_heard);
	CHECK(world_is_idle(h.w));
	CHECK_INT(fake_resolver_waiting(h.w->dns), 0);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"caller\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"answer\":null"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"cause\":16"), 1);
out:
	world_free(h.w);
	return err;
}

static int test_routing(void)
{
	return cancel_in(CALL_ROUTING, "+81311112222", 200, "");
}

static int test_trying(void)
{
	return cancel_in(CALL_TRYING, "100", 0, "invite cancel");
}

static int test_alerting(void)
{
	return cancel_in(CALL_ALERTING, "100", 180, "invite cancel");
}

static int test_early_media(void)
{
	return cancel_in(CALL_TRYING, "100", 183, "invite cancel");
}

/* Nothing has come back from the called side: CANCEL has to wait, the caller
 * does not. */
static int test_silent_target(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = 180;
	fake_net_cut(h.w->net, &h.b->addr, true);
	TRY(sip_ua_call(h.a, "sip:100@home.test", h.w->gateway));
	world_run(h.w, 300);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.a)), "end");
	fake_net_cut(h.w->net, &h.b->addr, false);
	world_run(h.w, 10000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_STR(str_z(sip_ua_log(h.b)), "invite cancel");
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* CANCEL and the 200 of the called side cross: the call is not left. */
static int test_crossing(void)
{
	const struct fake_link slow = { .delay_us = 50000 };
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_net_set(h.w->net, &slow);
	h.b->does = 180;
	TRY(sip_ua_call(h.a, "sip:100@home.test", h.w->gateway));
	world_run(h.w, 400);
	TRY(sip_ua_answer(h.b));
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 2000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK(!h.a->s && !h.b->s);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_cancel = {
	"scenario/cancel", (const struct test[]){
		TEST_WITH(test_routing, TEST_NO_OOM),
		TEST_WITH(test_trying, TEST_NO_OOM),
		TEST_WITH(test_alerting, TEST_NO_OOM),
		TEST_WITH(test_early_media, TEST_NO_OOM),
		TEST_WITH(test_silent_target, TEST_NO_OOM),
		TEST_WITH(test_crossing, TEST_NO_OOM),
		TEST_END } };
