/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define RAW "sip:bob@192.0.2.9"
#define CONTACT "Contact: <sip:bob@192.0.2.9>\r\n"

static int test_call(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	CHECK_INT(p.a.log.len, 0);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "invite[offer]");
	CHECK(p.b.s != NULL);
	TRY(sip_session_ring(p.b.s, 180, STR_NULL));
	TRY(sip_session_ring(p.b.s, 183, STR_LIT("early")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "180 183[early]");
	CHECK(p.b.s != NULL);
	TRY(sip_session_answer(p.b.s, STR_LIT("answer"), STR_NULL));
	CHECK_INT(sip_session_ring(p.b.s, 180, STR_NULL), EPROTO);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	CHECK_STR(sip_pair_log(&p.b), "ack");
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 16, STR_NULL);
	CHECK_INT(p.a.log.len, 0);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-local");
	CHECK_STR(sip_pair_log(&p.b), "end-bye");
	CHECK_INT(p.b.end.q850, 16);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
	CHECK_INT(sip_stack_txns(p.a.stack), 0);
	CHECK_INT(p.a.log.len + p.b.log.len, 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* Offer made when the way is known; late offer, answer in the ACK. */
static int test_offers(void)
{
	struct sip_pair p;
	struct addr     local, peer;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.a.make_offer = true;
	p.b.answer = "answer";
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "invite[made] ack");
	CHECK_STR(sip_pair_log(&p.a), "target[192.0.2.1] answer[answer]");
	CHECK(p.a.s != NULL);
	sip_session_path(p.a.s, &local, &peer);
	CHECK(addr_eq(&local, &p.a.addr));
	CHECK(addr_eq(&peer, &p.b.addr));
	CHECK(p.b.s != NULL);
	sip_session_end(p.b.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-bye");
	CHECK_STR(sip_pair_log(&p.b), "end-local");
	p.a.make_offer = false;
	p.a.ack = "late";
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "invite ack[late]");
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
out:
	sip_pair_fini(&p);
	return err;
}

static int test_refused(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.b.refuse = true;
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-refused");
	CHECK_INT(p.a.end.status, 603);
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	TRY(sip_pair_raw_reply(&p, 503, "r", "Retry-After: 17 (busy)\r\n"
		"Reason: SIP;cause=503\r\n"
		"Reason: Q.850 ;cause=34;text=\"no circuit\"\r\n", ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-refused");
	CHECK_INT(p.a.end.status, 503);
	CHECK_INT(p.a.end.q850, 34);
	CHECK_INT(p.a.end.retry_after_s, 17);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
out:
	sip_pair_fini(&p);
	return err;
}

static int test_bad_arguments(void)
{
	struct sip_session_cb cb = { 0 };
	struct sip_session   *s;
	struct sip_pair       p;
	struct sip_invite     bad[] = {
		{ .target = STR_LIT("bob"), .from = STR_LIT("sip:a@b") },
		{ .target = STR_LIT("sip:b@c"), .from = STR_LIT("") },
		{ .target = STR_LIT("sip:b@192.0.2.2"),
		  .from = STR_LIT("sip:a@b"), .pai = STR_LIT("x\r\nY: z") },
		{ .target = STR_LIT("sip:b@192.0.2.2"),
		  .from = STR_LIT("sip:a@b"), .headers = STR_LIT("X: y") },
		{ .target = STR_LIT("mailto:b@192.0.2.2"),
		  .from = STR_LIT("sip:a@b") },
	};
	int err = 0;

	TRY(sip_pair_init(&p));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int got = sip_session_invite(&s, p.a.sessions, &bad[i], &cb,
					     NULL);

		if (got == ENOMEM)
			TRY(got);
		CHECK_INT(got, EINVAL);
	}
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* CANCEL waits for a provisional answer. */
static int test_cancel(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-local");
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "INVITE");
	TRY(sip_pair_raw_reply(&p, 180, "r", CONTACT, ""));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "CANCEL");
	TRY(sip_pair_raw_reply(&p, 200, "r", "", ""));
	sip_pair_run(&p, 10);
	/* between two of ours */
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.b.s != NULL);
	TRY(sip_session_ring(p.b.s, 180, STR_NULL));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 16, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "180 end-local");
	CHECK_STR(sip_pair_log(&p.b), "invite[offer] end-cancel");
	CHECK_INT(p.b.end.q850, 16);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* The 2xx crosses our CANCEL: it gets ACK and BYE. */
static int test_cancel_race(void)
{
	struct sip_pair p;
	struct sip_msg *invite = NULL;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	invite = obj_ref(p.got);
	TRY(sip_pair_raw_reply(&p, 180, "r", CONTACT, ""));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "CANCEL");
	TRY(sip_pair_raw_reply(&p, 200, "r", "", ""));
	obj_unref(p.got);
	p.got = obj_ref(invite);
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT, "answer"));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 2);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(p.got);
	CHECK_STR(p.got->to.tag, "r");
	TRY(sip_pair_raw_reply(&p, 200, NULL, "", ""));
	/* its repetition: ACK only */
	obj_unref(p.got);
	p.got = obj_ref(invite);
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT, "answer"));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 1);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
	CHECK_STR(sip_pair_log(&p.a), "180 end-local");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	obj_unref(invite);
	sip_pair_fini(&p);
	return err;
}

/* Three early dialogs; the first 2xx wins, a second one is ended. */
static int test_forks(void)
{
	struct sip_pair p;
	struct sip_msg *invite = NULL;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	invite = obj_ref(p.got);
	TRY(sip_pair_raw_reply(&p, 180, "one", CONTACT, ""));
	TRY(sip_pair_raw_reply(&p, 183, "two", CONTACT, "early"));
	TRY(sip_pair_raw_reply(&p, 180, "one", CONTACT, ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "180 183[early] 180");
	TRY(sip_pair_raw_reply(&p, 200, "two",
		"Contact: <sip:two@192.0.2.9;x=y>\r\n"
		"Record-Route: <sip:192.0.2.9:5060;lr>, "
		"<sip:p2.example;lr>\r\n", "answer"));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
	CHECK(p.got);
	CHECK_STR(p.got->ruri.raw, "sip:two@192.0.2.9;x=y");
	CHECK_STR(p.got->to.tag, "two");
	CHECK_INT(p.got->cseq.num, invite->cseq.num);
	CHECK_STR(sip_msg_hdr(p.got, SIP_HDR_ROUTE, 0)->val,
		  "<sip:p2.example;lr>");
	CHECK_STR(sip_msg_hdr(p.got, SIP_HDR_ROUTE, 1)->val,
		  "<sip:192.0.2.9:5060;lr>");
	/* the winner repeats its 2xx */
	obj_unref(p.got);
	p.got = obj_ref(invite);
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 200, "two", CONTACT, "answer"));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 1);
	/* a loser answers */
	obj_unref(p.got);
	p.got = obj_ref(invite);
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 200, "one", CONTACT, "answer"));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 2);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(p.got);
	CHECK_STR(p.got->to.tag, "one");
	CHECK_INT(p.a.log.len, 0);
	CHECK(p.a.s != NULL);
out:
	obj_unref(invite);
	sip_pair_fini(&p);
	return err;
}

#define CHALLENGE(h) h ": Digest realm=\"example.com\", nonce=\"n1\", " \
		     "algorithm=MD5, qop=\"auth\"\r\n"

static int test_challenge(void)
{
	struct sip_pair p;
	uint32_t        cseq;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	cseq = p.got->cseq.num;
	TRY(sip_pair_raw_reply(&p, 407, "r",
			       CHALLENGE("Proxy-Authenticate"), ""));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "INVITE");
	CHECK_INT(p.got->cseq.num, cseq + 1);
	CHECK(p.got);
	CHECK(!p.got->to.tag.l);
	CHECK_STR(p.got->body, "offer");
	CHECK(sip_msg_hdr(p.got, SIP_HDR_PROXY_AUTHORIZATION, 0));
	TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT, "answer"));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
	CHECK(p.got);
	CHECK_INT(p.got->cseq.num, cseq + 1);
	CHECK(sip_msg_hdr(p.got, SIP_HDR_PROXY_AUTHORIZATION, 0));
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	/* refused credentials end the call */
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 10);
	TRY(sip_pair_raw_reply(&p, 401, "r", CHALLENGE("WWW-Authenticate"),
			       ""));
	sip_pair_run(&p, 10);
	CHECK(sip_msg_hdr(p.got, SIP_HDR_AUTHORIZATION, 0));
	TRY(sip_pair_raw_reply(&p, 401, "r", CHALLENGE("WWW-Authenticate"),
			       ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-refused");
	CHECK_INT(p.a.end.status, 401);
out:
	sip_pair_fini(&p);
	return err;
}

/* Nobody answers: 64 T1. */
static int test_silence(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, RAW, "offer"));
	sip_pair_run(&p, 31000);
	CHECK_INT(p.a.log.len, 0);
	CHECK_INT(p.n_raw, 6);
	sip_pair_run(&p, 2000);
	CHECK_STR(sip_pair_log(&p.a), "end-unreachable");
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	/* no DNS, no way */
	TRY(sip_pair_call(&p, "sip:bob@nowhere.example", "offer"));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-unreachable");
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

static int add_server(struct sip_pair *p, uint16_t priority,
		      const char *target, const char *ip)
{
	struct dns_srv srv = { priority, 1, 5060, target };
	int err = fake_resolver_srv(p->dns, "_sip._udp.pbx.example", &srv);

	return err ? err : fake_resolver_a(p->dns, target, ip);
}

/* RFC 3263 section 4.3: the next server after silence or 503, but not
 * after an answer of the call itself. */
static int test_failover(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.b.answer = "answer";
	TRY(add_server(&p, 1, "s1.pbx.example", "192.0.2.9"));
	TRY(add_server(&p, 2, "s2.pbx.example", "192.0.2.2"));
	TRY(sip_pair_call(&p, "sip:bob@pbx.example;transport=udp", "offer"));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "INVITE");
	TRY(sip_pair_raw_reply(&p, 503, "r", "", ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "invite[offer] ack");
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	/* the failed one comes last for a while */
	CHECK(p.a.s != NULL);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 1000);
	p.b.log.len = 0;
	TRY(sip_pair_call(&p, "sip:bob@pbx.example;transport=udp", "offer"));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "invite[offer] ack");
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	CHECK(p.a.s != NULL);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 70000);
	p.b.log.len = 0;
	/* silence, which takes 64 T1 */
	TRY(sip_pair_call(&p, "sip:bob@pbx.example;transport=udp", "offer"));
	sip_pair_run(&p, 31000);
	CHECK_INT(p.a.log.len + p.b.log.len, 0);
	sip_pair_run(&p, 2000);
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
	CHECK(p.a.s != NULL);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 70000);
	p.b.log.len = 0;
	/* a refusal is final */
	TRY(sip_pair_call(&p, "sip:bob@pbx.example;transport=udp", "offer"));
	sip_pair_run(&p, 10);
	TRY(sip_pair_raw_reply(&p, 486, "r", "", ""));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-refused");
	CHECK_INT(p.b.log.len, 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* An outbound proxy is where it goes; the target stays in the first line. */
static int test_route(void)
{
	static const struct { const char *given, *sent; } rows[] = {
		{ "sip:192.0.2.9", "<sip:192.0.2.9;lr>" },
		{ "sip:192.0.2.9;lr", "<sip:192.0.2.9;lr>" },
		{ "<sip:192.0.2.9;lr>, <sip:x.example;lr>",
		  "<sip:192.0.2.9;lr>" },
	};
	struct sip_pair       p;
	struct sip_session_cb cb = { 0 };
	struct sip_session   *s;
	int                   err = 0;

	TRY(sip_pair_init(&p));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_invite inv = {
			.target = STR_LIT("urn:service:sos"),
			.from = STR_LIT("sip:alice@example.com"),
			.ppi = STR_LIT("<sip:alice@example.com>"),
			.privacy = STR_LIT("id"),
			.headers = STR_LIT("X-One: 1\r\nX-Two: 2\r\n"),
			.route = str_z(rows[i].given),
			.max_forwards = (uint8_t)i };

		TRY(sip_session_invite(&s, p.a.sessions, &inv, &cb, NULL));
		s = NULL;
		sip_pair_run(&p, 1);
		CHECK_STR(str_z(sip_pair_raw_got(&p)), "INVITE");
		CHECK_STR(p.got->ruri.raw, "urn:service:sos");
		CHECK_STR(sip_msg_val(p.got, SIP_HDR_ROUTE), rows[i].sent);
		CHECK_STR(sip_msg_val(p.got, SIP_HDR_P_PREFERRED_IDENTITY),
			  "<sip:alice@example.com>");
		CHECK_STR(sip_msg_val(p.got, SIP_HDR_PRIVACY), "id");
		CHECK(sip_msg_hdr_name(p.got, "X-Two", 0));
		CHECK_INT(p.got->max_forwards, i ? i - 1 : 70);
		p.got = obj_unref(p.got);
	}
out:
	sip_sessions_free(p.a.sessions);
	p.a.sessions = NULL;
	sip_pair_fini(&p);
	return err;
}

/* The owner lets go at every moment. */
static int test_forget(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	CHECK(p.a.s != NULL);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 10);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	TRY(sip_pair_connect(&p));
	CHECK(p.a.s != NULL);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 10);
	CHECK_INT(p.a.log.len, 0);
	CHECK_STR(sip_pair_log(&p.b), "end-bye");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* A quarter of all datagrams is lost; the calls come through. */
static int test_loss(void)
{
	static const struct fake_link bad = { .delay_us = 20000,
					      .loss_ppm = 250000 };
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	fake_net_set(p.net, &bad);
	p.b.answer = "answer";
	for (int i = 0; i < 20; i++) {
		TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
		sip_pair_run(&p, 25000);
		CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
		CHECK_STR(sip_pair_log(&p.b), "invite[offer] ack");
		CHECK(p.a.s != NULL);
		sip_session_end(i % 2 ? p.a.s : p.b.s, 0, 0, STR_NULL);
		sip_pair_run(&p, 70000);
		CHECK_STR(sip_pair_log(i % 2 ? &p.a : &p.b), "end-local");
		CHECK_STR(sip_pair_log(i % 2 ? &p.b : &p.a), "end-bye");
		CHECK_INT(sip_sessions_count(p.a.sessions), 0);
		CHECK_INT(sip_sessions_count(p.b.sessions), 0);
	}
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_uac = {
	"sip/uac", (const struct test[]){
		TEST(test_call),
		TEST(test_offers),
		TEST(test_refused),
		TEST(test_bad_arguments),
		TEST(test_cancel),
		TEST(test_cancel_race),
		TEST(test_forks),
		TEST(test_challenge),
		TEST(test_silence),
		TEST(test_failover),
		TEST_WITH(test_route, TEST_NO_OOM),
		TEST(test_forget),
		TEST_WITH(test_loss, TEST_NO_OOM),
		TEST_END } };
