/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define INVITE(cseq, tag, more, body) \
	"INVITE sip:alice@192.0.2.1 SIP/2.0\r\n" \
	"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK" #cseq "\r\n" \
	"From: <sip:bob@192.0.2.9>;tag=f\r\nTo: <sip:alice@192.0.2.1>" tag \
	"\r\nCall-ID: c1\r\nCSeq: " #cseq " INVITE\r\nMax-Forwards: 70\r\n" \
	more "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\n" \
	body
#define CONTACT "Contact: <sip:bob@192.0.2.9>\r\n"

static int send_ack(struct sip_pair *p, uint32_t cseq)
{
	if (!p->got)
		return ENOMEM;
	return sip_pair_raw_send(p, &p->a,
		"ACK sip:alice@192.0.2.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKack%u\r\n"
		"From: <sip:bob@192.0.2.9>;tag=f\r\nTo: %.*s\r\n"
		"Call-ID: c1\r\nCSeq: %u ACK\r\nContent-Length: 0\r\n\r\n",
		(unsigned)cseq, STR_FMT(p->got->to.raw), (unsigned)cseq);
}

/* The 2xx is repeated T1, 2 T1 ... T2 until the ACK. */
static int test_2xx_repeats(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.a.answer = "answer";
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(7, "", CONTACT, "offer")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "invite[offer]");
	CHECK_INT(p.n_raw, 2);          /* 100, 200 */
	sip_pair_run(&p, 12000);        /* 0.5 1.5 3.5 7.5 11.5 */
	CHECK_INT(p.n_raw, 7);
	CHECK(p.got);
	CHECK_STR(p.got->body, "answer");
	TRY(send_ack(&p, 6));           /* of another INVITE */
	sip_pair_run(&p, 10);
	CHECK_INT(p.a.log.len, 0);
	TRY(send_ack(&p, 7));
	TRY(send_ack(&p, 7));
	sip_pair_run(&p, 30000);
	CHECK_INT(p.n_raw, 7);
	CHECK_STR(sip_pair_log(&p.a), "ack");
out:
	sip_pair_fini(&p);
	return err;
}

/* No ACK at all: BYE after 64 T1. */
static int test_no_ack(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.a.answer = "answer";
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(7, "", CONTACT, "offer")));
	sip_pair_run(&p, 31900);
	CHECK_STR(sip_pair_log(&p.a), "invite[offer]");
	sip_pair_run(&p, 200);
	CHECK_STR(sip_pair_log(&p.a), "end-no-ack");
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(p.got);
	CHECK_STR(p.got->to.tag, "f");
	sip_pair_run(&p, 40000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* Hung up after the 2xx and before the ACK: BYE waits for it. */
static int test_end_before_ack(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.a.answer = "answer";
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(7, "", CONTACT, "offer")));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 31, STR_NULL);
	sip_pair_run(&p, 100);
	CHECK_STR(sip_pair_log(&p.a), "invite[offer] end-local");
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "200");
	TRY(send_ack(&p, 7));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	CHECK(p.got);
	CHECK_STR(sip_msg_val(p.got, SIP_HDR_REASON), "Q.850;cause=31");
	TRY(sip_pair_raw_reply(&p, 200, NULL, "", ""));
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* Repeated once a minute while it rings; then refused. */
static int test_ringing(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(7, "", CONTACT, "offer")));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	TRY(sip_session_ring(p.a.s, 180, STR_NULL));
	sip_pair_run(&p, 119000);
	CHECK_INT(p.n_raw, 3);          /* 100, 180, 180 */
	CHECK(p.got);
	CHECK_INT(p.got->status, 180);
	CHECK(p.got->to.tag.l > 0);
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 486, 17, STR_LIT("X-Note: busy\r\n"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 486);
	CHECK_STR(sip_msg_val(p.got, SIP_HDR_REASON), "Q.850;cause=17");
	CHECK(sip_msg_hdr_name(p.got, "X-Note", 0));
	CHECK_STR(sip_pair_log(&p.a), "invite[offer] end-local");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* INVITEs that never reach a session. */
static int test_not_taken(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(1, "", "", "offer")));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 400);
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(2, "", CONTACT
		"Content-Encoding: gzip\r\n", "offer")));
	sip_pair_run(&p, 10);
	CHECK_INT(p.got->status, 415);
	CHECK_STR(sip_msg_val(p.got, SIP_HDR_ACCEPT), "application/sdp");
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(3, "", CONTACT
		"Require: nothing\r\n", "offer")));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 420);
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(4, ";tag=x", CONTACT,
					       "offer")));
	sip_pair_run(&p, 10);
	CHECK_INT(p.got->status, 481);
	CHECK_INT(p.a.log.len, 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* BYE of the caller instead of CANCEL, before the answer. */
static int test_bye_while_ringing(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_raw_send(&p, &p.a, INVITE(7, "", CONTACT, "offer")));
	sip_pair_run(&p, 10);
	CHECK(p.a.s != NULL);
	TRY(sip_session_ring(p.a.s, 180, STR_NULL));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	p.n_raw = 0;
	TRY(sip_pair_raw_send(&p, &p.a,
		"BYE sip:alice@192.0.2.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKbye\r\n"
		"From: <sip:bob@192.0.2.9>;tag=f\r\nTo: %.*s\r\n"
		"Call-ID: c1\r\nCSeq: 8 BYE\r\nContent-Length: 0\r\n\r\n",
		STR_FMT(p.got->to.raw)));
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 2);          /* 200 of BYE, 487 of INVITE */
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "487");
	CHECK_STR(sip_pair_log(&p.a), "invite[offer] end-bye");
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_uas = {
	"sip/uas", (const struct test[]){
		TEST(test_2xx_repeats),
		TEST(test_no_ack),
		TEST(test_end_before_ack),
		TEST(test_ringing),
		TEST(test_not_taken),
		TEST(test_bye_while_ringing),
		TEST_END } };
