/* SPDX-License-Identifier: Apache-2.0 */
/* What a calling telephone hears: ringback of the second target, and a
 * howler that has to end with the gateway. */
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "peers: [ { name: one, uri: \"sip:192.0.2.30\" },\n"
		"         { name: two, uri: \"sip:192.0.2.31\" } ]\n"
		"lines: [ { name: tel, kind: fxs, number: \"201\", "
		"           tone_plan: us } ]\n"
		"routes: [ { name: out, from: [ known ],\n"
		"      prefix: \"3\", min_digits: 3, "
		"    max_digits: 3, to: [ \"peer:one\", \"peer:two\" ] } ]\n",
};

/* The first target lets something be heard and refuses, the second only
 * rings: its ringback is ours to make. */
static int test_ringback_of_second(void)
{
	struct sip_ua *one, *two;
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &conf));
	TRY(world_ua(&one, w, "one", 30));
	TRY(world_ua(&two, w, "two", 31));
	one->does = 183;
	two->does = 180;
	TRY(sim_phone_offhook(world_line(w, "tel")));
	world_run(w, 1000);
	TRY(sim_phone_dial(world_line(w, "tel"), "300", false));
	world_run(w, 4000);
	CHECK_INT(one->n_invites, 1);
	sip_ua_hangup(one, 486);
	world_run(w, 4000);
	CHECK_INT(two->n_invites, 1);
	CHECK_INT(world_sim(w, "tel").hears, TONE_RINGBACK);
	TRY(sim_phone_onhook(world_line(w, "tel")));
	world_run(w, 1000);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

static bool howls(void *arg)
{
	struct world *w = arg;

	return world_calls(w) &&
	       world_line(w, "tel")->state == LINE_BUSY;
}

/* Hung up by the operator, or by the end of the program. */
static int test_howler_ends(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &conf));
	TRY(sim_phone_offhook(world_line(w, "tel")));
	TRY(world_wait(w, 300000, howls, w));
	call_hangup(world_call(w), CAUSE_NORMAL);
	call_hangup(world_call(w), CAUSE_NORMAL);
	world_run(w, 100);
	CHECK_INT(world_calls(w), 0);
	TRY(sim_phone_onhook(world_line(w, "tel")));
	world_run(w, 1000);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

const struct test_suite suite_telephone_hears = {
	"scenario/telephone_hears", (const struct test[]){
		TEST_WITH(test_ringback_of_second, TEST_NO_OOM),
		TEST_WITH(test_howler_ends, TEST_NO_OOM),
		TEST_END } };
