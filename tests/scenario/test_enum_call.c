/* SPDX-License-Identifier: Apache-2.0 */
/* SIP to SIP, found by ENUM; and what happens when DNS does not help. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"numbering: { country: \"81\", national: \"0\", " \
	"  international: \"010\" }\n" \
	"enum: { trees: [ { apex: e164.arpa } ] }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", display: Alice, " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers: [ { name: trunk, uri: \"sip:192.0.2.30\", " \
	"           sources: [ 192.0.2.30/32 ] } ]\n" \
	"routes:\n" \
	"  - { name: enum, enum: yes }\n" \
	"  - { name: pstn, prefix: \"+\", to: [ \"peer:trunk\" ] }\n"

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

const struct test_suite suite_enum_call = {
	"scenario/enum_call", (const struct test[]){
		TEST(test_found),
		TEST_END } };
