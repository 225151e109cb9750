/* SPDX-License-Identifier: Apache-2.0 */
/* A called telephone: caller ID through a group, and what it hears when the
 * caller has gone. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "peers: [ { name: trunk, uri: \"sip:192.0.2.30\", "
		"           sources: [ 192.0.2.30/32 ] } ]\n"
		"lines: [ { name: tel, kind: fxs, number: \"201\", "
		"           tone_plan: us, sim: { answer_rings: 2 } } ]\n"
		"groups: [ { name: tels, lines: [ tel ] } ]\n"
		"routes: [ { name: echo, prefix: \"600\", max_digits: 3,\n"
		"      to: [ \"service:echo\" ] },\n"
		"    { name: in, from: [ known ],\n"
		"      to: [ \"group:tels\" ] } ]\n",
};

static bool is_connected(const struct world *w)
{
	return world_call(w) && world_call(w)->state == CALL_CONNECTED;
}

/* The trunk talks to the telephone. */
static int talk(struct world **wp, struct sip_ua **trunk)
{
	int err;

	TRY(world_new(wp, &conf));
	TRY(world_ua(trunk, *wp, "0312345678", 30));
	TRY(sip_ua_call(*trunk, "sip:201@home.test", (*wp)->gateway));
	world_run(*wp, 12000);
	CHECK(is_connected(*wp));
out:
	return err;
}

static int test_caller_gone(void)
{
	struct world *w = NULL;
	struct sip_ua *trunk;
	struct sim_status st;
	int err;

	TRY(talk(&w, &trunk));
	st = world_sim(w, "tel");
	CHECK(st.caller_id);
	CHECK_STR(str_z(st.caller.number), "0312345678");
	sip_ua_hangup(trunk, 0);
	world_run(w, 3000);
	CHECK_INT(world_sim(w, "tel").hears, TONE_BUSY);
	/* the record does not wait for the busy tone's end */
	CHECK_INT(world_cdr_count(w, "\"cause\":16"), 1);
	CHECK_INT(world_cdr_count(w, "\"media_caller\":{\"codec\":\"PCM"),
		  1);
	CHECK_INT(world_cdr_count(w, "\"media_called\":"), 1);
	TRY(sim_phone_onhook(world_line(w, "tel")));
	world_run(w, 1000);
	CHECK_INT(world_cdr_count(w, "\"id\""), 1);
	CHECK_INT(world_cdr_count(w, "\"ended_by\":\"caller\""), 1);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

/* Both ends go at once, and with them the bridge: the record has the sound
 * of both all the same. */
static int test_caller_hangs_up(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &conf));
	TRY(sim_phone_offhook(world_line(w, "tel")));
	world_run(w, 1000);
	TRY(sim_phone_dial(world_line(w, "tel"), "600", false));
	world_run(w, 9000);
	CHECK(is_connected(w));
	TRY(sim_phone_onhook(world_line(w, "tel")));
	world_run(w, 2000);
	CHECK_INT(world_cdr_count(w, "\"media_caller\":{\"codec\":\"line"), 1);
	CHECK_INT(world_cdr_count(w, "\"media_called\":"), 1);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

/* The gateway stops: no telephone holds it up. */
static int test_stop_in_tone(void)
{
	struct world *w = NULL;
	struct sip_ua *trunk;
	int err;

	TRY(talk(&w, &trunk));
	sip_ua_hangup(trunk, 0);
	world_run(w, 1000);
	CHECK_INT(world_calls(w), 1);
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

const struct test_suite suite_telephone_end = {
	"scenario/telephone_end", (const struct test[]){
		TEST(test_caller_gone),
		TEST(test_caller_hangs_up),
		TEST(test_stop_in_tone),
		TEST_END } };
