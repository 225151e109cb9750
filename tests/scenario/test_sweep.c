/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that one side gives up at every instant of their life, a step after
 * the other: whatever is under way then (DNS, a port leaving the bridge, a
 * line being hunted, digits, a preemption), nothing is left.
 */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SIM "tone_plan: us, echo_ms: 0, sim: { noise_dbm0: -96, " \
	"numbers: [ { digits: \"0.\", after_ms: 500ms } ]"

static const struct world_params conf = {
	.calls = "busy_tone_timeout: 2s",
	.conf = "enum: { trees: [ { apex: e164.arpa } ] }\n"
		"numbering: { country: \"81\", national: \"0\" }\n"
		"phones: [ { user: alice, number: \"101\", "
		"            password: { env: TEST_WORLD_PW } } ]\n"
		"peers:\n"
		"  - { name: a, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: b, uri: \"sip:192.0.2.20\" }\n"
		"  - { name: c, uri: \"sip:192.0.2.21\" }\n"
		"lines:\n"
		"  - { name: tel, kind: fxs, number: \"201\", tone_plan: us, "
		"      echo_ms: 0, sim: { noise_dbm0: -96 } }\n"
		"  - { name: l1, kind: fxo, " SIM ", dial_tone: no } }\n"
		"  - { name: l2, kind: fxo, " SIM " } }\n"
		"groups:\n"
		"  - { name: pstn, lines: [ l1, l2 ] }\n"
		"  - { name: last, lines: [ l2 ] }\n"
		"emergency: { numbers: [ \"110\" ], to: [ \"group:last\" ] }\n"
		"routes:\n"
		"  - { name: house, local: yes }\n"
		"  - { name: enum, from: [ known ],\n"
		"      prefix: \"+\", enum: yes }\n"
		"  - { name: next, from: [ known ],\n"
		"      prefix: \"+\", answer_timeout: 1s, "
		"      to: [ \"peer:b\", \"peer:c\" ] }\n"
		"  - { name: pstn, from: [ known ],\n"
		"      prefix: \"0\", to: [ \"group:pstn\" ] }\n"
		"  - { name: in, from: [ trunks ], "
		"      to: [ \"line:tel\" ] }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *a, *b, *c;
	struct line   *tel, *l2;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
	TRY(world_ua(&h->c, h->w, "c", 21));
	h->tel = world_line(h->w, "tel");
	h->l2 = world_line(h->w, "l2");
	world_run(h->w, 1500);
out:
	return err;
}

static int call(struct house *h, const char *uri)
{
	return sip_ua_call(h->a, uri, h->w->gateway);
}

/* Puts all back on the hook. */
static int clear(struct house *h)
{
	int err = 0;

	sip_ua_hangup(h->a, 486);
	sip_ua_hangup(h->b, 486);
	sip_ua_hangup(h->c, 486);
	if (world_sim(h->w, "tel").offhook)
		TRY(sim_phone_onhook(h->tel));
	world_run(h->w, 3000);
out:
	return err;
}

/* DNS is slow, then two peers with early media that do not answer. */
static int test_failover(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(fake_resolver_script(h.w->dns,
				 "2.2.2.2.1.1.1.1.3.1.8.e164.arpa", 0,
				 DNS_NXDOMAIN, 100));
	fake_resolver_ttl(h.w->dns, 0);
	h.b->does = 183;
	h.c->does = 183;
	for (uint32_t ms = 0; ms < 2600; ms += 7) {
		TRY(call(&h, "sip:+81311112222@home.test"));
		world_run(h.w, ms);
		sip_ua_hangup(h.a, 0);
		world_run(h.w, 60);
		CHECK_INT(world_calls(h.w), 0);
		TRY(clear(&h));
	}
	CHECK(world_is_idle(h.w));
	CHECK(h.c->n_invites > 100);
out:
	world_free(h.w);
	return err;
}

/* The first line gives no dial tone, the second is dialled on. */
static int test_hunting(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (uint32_t ms = 0; ms < 11000; ms += 47) {
		TRY(call(&h, "sip:0311112222@home.test"));
		world_run(h.w, ms);
		sip_ua_hangup(h.a, 0);
		world_run(h.w, 100);
		CHECK_INT(world_calls(h.w), 0);
		TRY(clear(&h));
		CHECK(world_is_idle(h.w));
	}
out:
	world_free(h.w);
	return err;
}

/* A telephone dials the PSTN and hangs up. */
static int test_telephone(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (uint32_t ms = 0; ms < 14000; ms += 97) {
		TRY(sim_phone_offhook(h.tel));
		world_run(h.w, ms < 1000 ? ms : 1000);
		TRY(sim_phone_dial(h.tel, "0311112222", false));
		world_run(h.w, ms);
		TRY(sim_phone_onhook(h.tel));
		world_run(h.w, 1200);
		CHECK_INT(world_calls(h.w), 0);
		CHECK(world_is_idle(h.w));
	}
out:
	world_free(h.w);
	return err;
}

/* The exchange rings through to the telephone; its caller hangs up. */
static int test_incoming(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (uint32_t ms = 50; ms < 9000; ms += 211) {
		TRY(sim_exchange_call(h.l2, NULL));
		world_run(h.w, ms);
		if (ms > 6000 && world_sim(h.w, "tel").rings) {
			TRY(sim_phone_offhook(h.tel));
			world_run(h.w, 300);
		}
		TRY(sim_exchange_hangup(h.l2, SIM_HANGUP_CONF));
		world_run(h.w, 7000);
		TRY(clear(&h));
		CHECK(world_is_idle(h.w));
	}
out:
	world_free(h.w);
	return err;
}

/* An emergency call takes the line from a call at every stage of that one;
 * then it is given up itself. */
static int test_preemption(void)
{
	struct sip_ua *other;
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(world_phone(&other, h.w, "alice", 50));
	for (uint32_t ms = 0; ms < 11000; ms += 173) {
		TRY(call(&h, "sip:0311112222@home.test"));
		world_run(h.w, ms);
		TRY(sip_ua_call(other, "sip:110@home.test", h.w->gateway));
		world_run(h.w, ms * 7 % 3000);
		CHECK(h.l2->emergency);
		sip_ua_hangup(other, 0);
		world_run(h.w, 1500);
		CHECK(!h.l2->emergency);
		TRY(clear(&h));
		CHECK(world_is_idle(h.w));
		CHECK(!other->s);
	}
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_sweep = {
	"scenario/sweep", (const struct test[]){
		TEST_WITH(test_failover, TEST_NO_OOM),
		TEST_WITH(test_hunting, TEST_NO_OOM),
		TEST_WITH(test_telephone, TEST_NO_OOM),
		TEST_WITH(test_incoming, TEST_NO_OOM),
		TEST_WITH(test_preemption, TEST_NO_OOM),
		TEST_END } };
