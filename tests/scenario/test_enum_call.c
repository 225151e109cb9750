/* SPDX-License-Identifier: Apache-2.0 */
/* SIP to SIP, found by ENUM; and what happens when DNS does not help. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"numbering: { country: \"81\", national: \"0\", " \
	"  international: \"010\" }\n" \
	"enum: { trees: [ { apex: e164.arpa, tel: any } ] }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", display: Alice, " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers: [ { name: trunk, uri: \"sip:192.0.2.30\", " \
	"           sources: [ 192.0.2.30/32 ] } ]\n" \
	"routes:\n" \
	"  - { name: enum, from: [ known, internet ], enum: yes }\n" \
	"  - { name: pstn, from: [ known ],\n" \
	"      prefix: \"+\", to: [ \"peer:trunk\" ] }\n"

#define NAME "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *alice, *bob, *trunk;
};

static int house_open(struct house *h)
{
	const struct dns_naptr rr = {
		10, 100, STR_LIT("u"), STR_LIT("E2U+sip"),
		STR_LIT("!^.*$!sip:bob@192.0.2.20!"), ""
	};
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	TRY(world_ua(&h->bob, h->w, "bob", 20));
	TRY(world_ua(&h->trunk, h->w, "trunk", 30));
	TRY(fake_resolver_naptr(h->w->dns, NAME, &rr));
	h->alice->rtp.hz = 1000;
	h->bob->rtp.hz = 440;
	h->trunk->rtp.hz = 600;
out:
	return err;
}

static int call(struct house *h)
{
	return sip_ua_call(h->alice, "sip:+815012345678@home.test",
			   h->w->gateway);
}

/* Found; both hear each other; the caller hangs up. */
static int test_found(void)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	TRY(call(&h));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	CHECK_STR(str_z(sip_ua_log(h.bob)), "invite ack");
	CHECK_STR(str_z(h.bob->called), "bob");
	CHECK(strstr(h.bob->from, "sip:101@home.test"));
	sip_ua_rtp_fit(&s, &h.bob->rtp, 1000, 500);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 35);
	sip_ua_rtp_fit(&s, &h.alice->rtp, 440, 500);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 35);
	CHECK_INT(world_calls(h.w), 1);
	CHECK_STR(str_z(call_state_name(world_call(h.w)->state)),
		  "connected");
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "bye");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":16"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"caller\""), 1);
	CHECK_INT(world_cdr_count(h.w, "enum: found"), 1);
	CHECK_INT(world_cdr_count(h.w, "sip:bob@192.0.2.20"), 1);
out:
	world_free(h.w);
	return err;
}

/* A name that leads to ourselves, unknown to the policy of the tree: one
 * INVITE, not as many as there are ports; the next rule takes the call. */
static int test_ourselves(void)
{
	const struct dns_naptr rr = {
		10, 100, STR_LIT("u"), STR_LIT("E2U+sip"),
		STR_LIT("!^(.*)$!sip:\\1@loop.test!"), ""
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_resolver_forget(h.w->dns, NAME);
	TRY(fake_resolver_naptr(h.w->dns, NAME, &rr));
	TRY(fake_resolver_a(h.w->dns, "loop.test", h.w->gateway));
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(h.trunk)), "invite ack");
	CHECK_INT(world_calls(h.w), 1);
	sip_ua_hangup(h.trunk, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"route\":"), 1);
out:
	world_free(h.w);
	return err;
}

/* Not in the tree: the next rule, at once. */
static int test_not_found(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_resolver_forget(h.w->dns, NAME);
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(h.trunk)), "invite ack");
	CHECK_STR(str_z(h.trunk->called), "+815012345678");
	CHECK(strstr(h.trunk->from, "\"Alice\" <sip:101@home.test>"));
	CHECK_INT(h.bob->n_invites, 0);
	sip_ua_hangup(h.trunk, 0);
	CHECK(world_is_idle(h.w));
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer bye");
	CHECK_INT(world_cdr_count(h.w, "\"route\":\"pstn\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"called\""), 1);
out:
	world_free(h.w);
	return err;
}

/* DNS says nothing: the next rule within the deadline of ENUM, 800 ms. */
static int test_silent(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(fake_resolver_script(h.w->dns, NAME, 0, FAKE_SILENT, 0));
	TRY(call(&h));
	world_run(h.w, 700);
	CHECK_INT(h.trunk->n_invites, 0);
	world_run(h.w, 150);
	CHECK_INT(h.trunk->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(fake_resolver_waiting(h.w->dns), 0);
out:
	world_free(h.w);
	return err;
}

/* What ENUM found does not answer: busy, then the next rule. */
static int test_found_busy(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.bob->does = 486;
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "invite");
	CHECK_STR(str_z(sip_ua_log(h.trunk)), "invite ack");
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A tel: URI is another number: it goes through the rules again. */
static int test_tel(void)
{
	const struct dns_naptr rr = {
		10, 100, STR_LIT("u"), STR_LIT("E2U+pstn:tel"),
		STR_LIT("!^.*$!tel:+81355550000!"), ""
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_resolver_forget(h.w->dns, NAME);
	TRY(fake_resolver_naptr(h.w->dns, NAME, &rr));
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_STR(str_z(h.trunk->called), "+81355550000");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_enum_call = {
	"scenario/enum_call", (const struct test[]){
		TEST(test_found), TEST(test_ourselves),
		TEST_WITH(test_not_found, TEST_NO_OOM),
		TEST_WITH(test_silent, TEST_NO_OOM),
		TEST_WITH(test_found_busy, TEST_NO_OOM),
		TEST_WITH(test_tel, TEST_NO_OOM),
		TEST_END } };
