/* SPDX-License-Identifier: Apache-2.0 */
/* A leg over a session: ends and their causes, re-INVITEs, INFO. Whole
 * calls: tests/scenario/. */
#include "gateway/call/leg_sip.h"

#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "peers:\n"
		"  - { name: a, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: b, uri: \"sip:192.0.2.20\" }\n"
		"routes: [ { name: all, from: [ known ],\n"
		"      to: [ \"peer:b\" ] } ]\n",
};

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

static int call(struct house *h)
{
	int err = sip_ua_call(h->a, "sip:300@home.test", h->w->gateway);

	world_run(h->w, 200);
	return err;
}

/* The caller hears the status, the record has the cause. */
static int refused(uint16_t by_b, const char *heard, const char *record)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = by_b;
	TRY(call(&h));
	CHECK_STR(str_z(sip_ua_log(h.a)), heard);
	CHECK_INT(h.a->end.q850 != 0, 1);       /* Reason */
	CHECK_INT(world_cdr_count(h.w, record), 1);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static int test_busy(void)
{
	return refused(486, "486", "\"cause\":17,\"status\":486");
}

/* What concerns our own credentials is not passed on. */
static int test_causes(void)
{
	int err;

	TRY(refused(404, "404", "\"cause\":1,"));
	TRY(refused(407, "403", "\"cause\":21,"));
	TRY(refused(302, "410", "\"cause\":23,"));
	TRY(refused(603, "603", "\"cause\":21,"));
out:
	return err;
}

/* A re-INVITE without description asks for ours; the ACK has theirs. */
static int test_ask_offer(void)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	h.a->rtp.hz = 1000;
	TRY(call(&h));
	CHECK(h.a->s);
	(void)sip_ua_log(h.a);
	h.a->late = true;
	TRY(sip_session_offer(h.a->s, STR_NULL));
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	sip_ua_rtp_listen(&h.b->rtp);
	world_run(h.w, 1000);
	sip_ua_rtp_fit(&s, &h.b->rtp, 1000, 400);
	CHECK_NEAR(s.dbm0, -10, 0.3);
	sip_ua_hangup(h.b, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A re-INVITE that cannot be done is refused, the call goes on. */
static int test_bad_offer(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h));
	CHECK(h.a->s);
	(void)sip_ua_log(h.a);
	TRY(sip_session_offer(h.a->s, STR_LIT("v=0\r\nnonsense\r\n")));
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.a)), "refused-400");
	CHECK(h.a->s);
	h.a->codecs = "3";
	TRY(sip_ua_reinvite(h.a, "sendrecv"));
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.a)), "refused-488");
	CHECK(h.a->s && h.b->s);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static int info(struct house *h, const char *type, const char *body)
{
	int err = h->a->s ? sip_session_info(h->a->s, str_z(type),
					     str_z(body)) : ENOTCONN;

	world_run(h->w, 500);
	return err;
}

/* INFO in the other form, and bodies that are no digits. */
static int test_info(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h));
	TRY(info(&h, "application/dtmf", "7"));
	TRY(info(&h, "application/dtmf", ""));
	TRY(info(&h, "application/dtmf-relay",
		 "Signal=x\r\nDuration=99999\r\n"));
	TRY(info(&h, "application/dtmf-relay",
		 "Duration = 100\r\n Signal = 8\r\n"));
	TRY(info(&h, "text/plain", "9"));
	CHECK_STR(str_z(h.b->rtp.digits), "78");
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Nothing we can speak, or no description at all. */
static int test_bad_invite(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->codecs = "3";
	TRY(call(&h));
	CHECK_STR(str_z(sip_ua_log(h.a)), "488");
	CHECK_INT(h.b->n_invites, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* No dialog can be made of it: the caller's fault, so not 503. */
static int test_no_dialog(void)
{
	char lines[40 * 32] = "";
	struct house h;
	int err;

	for (unsigned i = 0; i < 33; i++)
		strcat(lines, "Record-Route: <sip:p.test>\r\n");
	TRY(house_open(&h));
	h.a->headers = lines;
	TRY(call(&h));
	CHECK_STR(str_z(sip_ua_log(h.a)), "400");
	CHECK_INT(h.b->n_invites, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The called side answers, but in a way nobody can hear: BYE to it, and the
 * caller is told. */
static int test_bad_answer(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = 180;
	TRY(call(&h));
	CHECK(h.b->s);
	TRY(sip_session_answer(h.b->s, STR_LIT("v=0\r\n"), STR_NULL));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.b)), "invite ack bye");
	CHECK(!h.a->s);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The caller is gone from the net: its 200 gets no ACK, both legs end. */
static int test_no_ack(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = 180;
	TRY(call(&h));
	fake_net_cut(h.w->net, &h.a->addr, true);
	TRY(sip_ua_answer(h.b));
	world_run(h.w, 40000);
	CHECK_STR(str_z(sip_ua_log(h.b)), "invite ack bye");
	CHECK_INT(world_calls(h.w), 0);
	fake_net_cut(h.w->net, &h.a->addr, false);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_leg_sip = {
	"call/leg_sip", (const struct test[]){
		TEST(test_busy),
		TEST_WITH(test_causes, TEST_NO_OOM),
		TEST_WITH(test_ask_offer, TEST_NO_OOM),
		TEST_WITH(test_bad_offer, TEST_NO_OOM),
		TEST_WITH(test_info, TEST_NO_OOM),
		TEST_WITH(test_bad_invite, TEST_NO_OOM),
		TEST_WITH(test_no_dialog, TEST_NO_OOM),
		TEST_WITH(test_bad_answer, TEST_NO_OOM),
		TEST_WITH(test_no_ack, TEST_NO_OOM),
		TEST_END } };
