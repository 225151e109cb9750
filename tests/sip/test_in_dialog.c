/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define CONTACT "Contact: <sip:bob@192.0.2.9>\r\n"
#define RELAY "Signal=5\r\nDuration=160\r\n"

static int test_info(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	CHECK(p.a.s != NULL);
	CHECK_INT(sip_session_info(p.a.s, STR_LIT("x/y"), STR_LIT("z")),
		  EPROTO);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 1000);
	TRY(sip_pair_connect(&p));
	CHECK(p.a.s != NULL);
	TRY(sip_session_info(p.a.s, STR_LIT("application/dtmf-relay"),
			     STR_LIT(RELAY)));
	CHECK(p.b.s != NULL);
	TRY(sip_session_info(p.b.s, STR_LIT("application/dtmf"),
			     STR_LIT("#")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "info[" RELAY "]");
	CHECK_STR(sip_pair_log(&p.a), "info[#]");
	/* the session is gone over there */
	sip_sessions_free(p.b.sessions);
	p.b.sessions = NULL;
	p.b.s = NULL;
	CHECK(p.a.s != NULL);
	TRY(sip_session_info(p.a.s, STR_LIT("x/y"), STR_LIT("z")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-lost");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* a calls raw; raw answers. */
static int connect_raw(struct sip_pair *p)
{
	int err = sip_pair_call(p, "sip:bob@192.0.2.9", "offer");

	if (err)
		return err;
	sip_pair_run(p, 10);
	err = sip_pair_raw_reply(p, 200, "r", CONTACT, "answer");
	sip_pair_run(p, 10);
	p->a.log.len = 0;
	return err ? err : p->a.s && p->got ? 0 : ENOMEM;
}

/* A request of raw in the dialog; got is the ACK it received. */
static int send_request(struct sip_pair *p, const struct sip_msg *ack,
			const char *method, unsigned cseq, const char *more)
{
	return sip_pair_raw_send(p, &p->a,
		"%s sip:alice@192.0.2.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK%s%u\r\n"
		"From: %.*s\r\nTo: %.*s\r\nCall-ID: %.*s\r\n"
		"CSeq: %u %s\r\nMax-Forwards: 70\r\n%s"
		"Content-Length: 0\r\n\r\n", method, method, cseq,
		STR_FMT(ack->to.raw), STR_FMT(ack->from.raw),
		STR_FMT(ack->call_id), cseq, method, more);
}

static int test_requests(void)
{
	struct sip_pair p;
	struct sip_msg *ack = NULL;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(connect_raw(&p));
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
	ack = obj_ref(p.got);
	TRY(send_request(&p, ack, "OPTIONS", 10, ""));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 200);
	CHECK(sip_msg_has(p.got, SIP_HDR_ALLOW, "INFO"));
	TRY(send_request(&p, ack, "UPDATE", 11, CONTACT));
	sip_pair_run(&p, 10);
	CHECK_INT(p.got->status, 405);
	TRY(send_request(&p, ack, "INFO", 12, "Info-Package: x\r\n"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 469);
	/* out of order */
	TRY(send_request(&p, ack, "OPTIONS", 9, ""));
	sip_pair_run(&p, 10);
	CHECK_INT(p.got->status, 500);
	CHECK_INT(p.a.log.len, 0);
	TRY(send_request(&p, ack, "BYE", 13,
			 "Reason: Q.850;cause=127;text=\"x\"\r\n"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 200);
	CHECK_STR(sip_pair_log(&p.a), "end-bye");
	CHECK_INT(p.a.end.q850, 127);
	/* while the session still waits for repeated 2xx */
	TRY(send_request(&p, ack, "BYE", 14, ""));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 200);
	TRY(send_request(&p, ack, "OPTIONS", 15, ""));
	sip_pair_run(&p, 10);
	CHECK_INT(p.got->status, 481);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	TRY(send_request(&p, ack, "BYE", 16, ""));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 481);
out:
	obj_unref(ack);
	sip_pair_fini(&p);
	return err;
}

/* BYE is challenged once, refused twice, ignored. */
static int test_bye(void)
{
	static const char challenge[] = "WWW-Authenticate: Digest "
		"realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n";
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(connect_raw(&p));
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(!sip_msg_hdr(p.got, SIP_HDR_AUTHORIZATION, 0));
	TRY(sip_pair_raw_reply(&p, 401, NULL, challenge, ""));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(sip_msg_hdr(p.got, SIP_HDR_AUTHORIZATION, 0));
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 401, NULL, challenge, ""));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 0);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	TRY(connect_raw(&p));
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 70000);
	CHECK_STR(sip_pair_log(&p.a), "end-local");
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_in_dialog = {
	"sip/in_dialog", (const struct test[]){
		TEST(test_info),
		TEST(test_requests),
		TEST(test_bye),
		TEST_END } };
