/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define CONTACT "Contact: <sip:bob@192.0.2.9>\r\n"

/* Every repeated 2xx gets the same ACK, byte for byte, until the
 * transaction ends. */
static int test_ack_again(void)
{
	struct sip_pair p;
	struct sip_msg *invite = NULL, *ack = NULL;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.9", "offer"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	invite = obj_ref(p.got);
	for (int i = 0; i < 3; i++) {
		obj_unref(p.got);
		p.got = obj_ref(invite);
		p.n_raw = 0;
		TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT, "answer"));
		sip_pair_run(&p, 10);
		CHECK_INT(p.n_raw, 1);
		CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
		if (!ack)
			ack = obj_ref(p.got);
		CHECK(str_eq(p.got->text, ack->text));
	}
	CHECK(!str_eq(ack->via.branch, invite->via.branch));
	CHECK_INT(ack->cseq.num, invite->cseq.num);
	CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
out:
	obj_unref(invite);
	obj_unref(ack);
	sip_pair_fini(&p);
	return err;
}

/* A late offer is acknowledged when it is answered, not before; the call
 * hung up meanwhile gets its ACK and BYE all the same. */
static int test_late_ack(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.9", ""));
	sip_pair_run(&p, 10);
	p.n_raw = 0;
	TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT
			       "Content-Type: application/sdp\r\n", "theirs"));
	sip_pair_run(&p, 100);
	CHECK_STR(sip_pair_log(&p.a), "answer[theirs]");
	CHECK_INT(p.n_raw, 0);
	CHECK(p.a.s != NULL);
	TRY(sip_session_answer(p.a.s, STR_LIT("ours"), STR_NULL));
	sip_pair_run(&p, 10);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "ACK");
	CHECK(p.got);
	CHECK_STR(p.got->body, "ours");
	CHECK_STR(p.got->body_type, "application/sdp");
	CHECK_INT(sip_session_answer(p.a.s, STR_LIT("x"), STR_NULL), EPROTO);
	sip_session_forget(p.a.s);
	sip_pair_run(&p, 70000);
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.9", ""));
	sip_pair_run(&p, 10);
	TRY(sip_pair_raw_reply(&p, 200, "r", CONTACT, "theirs"));
	sip_pair_run(&p, 10);
	p.n_raw = 0;
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_INT(p.n_raw, 2);
	CHECK_STR(str_z(sip_pair_raw_got(&p)), "BYE");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_invite = {
	"sip/invite", (const struct test[]){
		TEST(test_ack_again),
		TEST(test_late_ack),
		TEST_END } };
