/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

/* The moments, in ms after the first, at which the far end got something. */
static int64_t at_ms(const struct sip_rig *r, unsigned i)
{
	return (int64_t)(r->at_us[i] - r->at_us[0]) / 1000;
}

/* Figure 5: timer A doubles, timer B ends it after 64 T1. */
static int test_invite_timeout(void)
{
	static const int64_t want[] = { 0, 500, 1500, 3500, 7500, 15500,
					31500 };
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 31999);
	CHECK_INT(r.n_ends, 0);
	sip_rig_run(&r, 2);
	CHECK_INT(r.n_ends, 1);
	CHECK(r.why == TXN_TIMEOUT);
	CHECK_INT(r.n_got, 7);
	for (unsigned i = 0; i < 7; i++)
		CHECK_INT(at_ms(&r, i), want[i]);
	CHECK_INT(sip_stack_txns(r.stack), 0);
out:
	sip_rig_close(&r);
	return err;
}

/* Figure 6: timer E doubles up to T2. */
static int test_other_timeout(void)
{
	static const int64_t want[] = { 0, 500, 1500, 3500, 7500, 11500,
					15500, 19500, 23500, 27500, 31500 };
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "OPTIONS", NULL));
	sip_rig_run(&r, 32001);
	CHECK_INT(r.n_ends, 1);
	CHECK(r.why == TXN_TIMEOUT);
	CHECK_INT(r.n_got, 11);
	for (unsigned i = 0; i < 11; i++)
		CHECK_INT(at_ms(&r, i), want[i]);
out:
	sip_rig_close(&r);
	return err;
}

static int test_other_answered(void)
{
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "OPTIONS", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	/* a provisional answer: repeated every T2 */
	TRY(sip_rig_answer(&r, r.got[0], 100, ""));
	sip_rig_run(&r, 5000);
	CHECK_INT(r.n_responses, 1);
	CHECK_INT(r.n_got, 3);
	TRY(sip_rig_answer(&r, r.got[0], 200, ""));
	TRY(sip_rig_answer(&r, r.got[0], 200, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_responses, 2);
	CHECK_INT(r.status, 200);
	CHECK_INT(r.n_ends, 0);
	sip_rig_run(&r, 5001);  /* timer K = T4 */
	CHECK_INT(r.n_ends, 1);
	CHECK(r.why == TXN_DONE);
out:
	sip_rig_close(&r);
	return err;
}

/* A refused INVITE: ACK with the branch of the INVITE, again for each
 * repetition of the answer. */
static int test_invite_refused(void)
{
	struct txn_client *t;
	struct sip_msg *inv, *ack;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	inv = r.got[0];
	TRY(sip_rig_answer(&r, inv, 180, ""));
	sip_rig_run(&r, 40000); /* no timer B after a provisional answer */
	CHECK_INT(r.n_got, 1);
	TRY(sip_rig_answer(&r, inv, 486, ""));
	sip_rig_run(&r, 1);
	TRY(sip_rig_answer(&r, inv, 486, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 3);
	ack = r.got[2];
	CHECK_INT(r.n_responses, 2);
	CHECK_INT(ack->method, SIP_ACK);
	CHECK(str_eq(ack->via.branch, inv->via.branch));
	CHECK_STR(ack->to.tag, "peer");
	CHECK_INT(ack->cseq.num, inv->cseq.num);
	CHECK(str_eq(ack->ruri.raw, inv->ruri.raw));
	CHECK(!ack->flaw.status);
	sip_rig_run(&r, 32001); /* timer D */
	CHECK_INT(r.n_ends, 1);
	CHECK(r.why == TXN_DONE);
out:
	sip_rig_close(&r);
	return err;
}

/* RFC 6026: each 2xx comes up; no ACK of the transaction's own. */
static int test_invite_accepted(void)
{
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	for (int i = 0; i < 3; i++)
		TRY(sip_rig_answer(&r, r.got[0], 200, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_responses, 3);
	CHECK_INT(r.n_got, 1);
	sip_rig_run(&r, 31990);
	CHECK_INT(r.n_ends, 0);
	sip_rig_run(&r, 20);    /* timer M = 64 T1 */
	CHECK_INT(r.n_ends, 1);
out:
	sip_rig_close(&r);
	return err;
}

/* CANCEL waits for a provisional answer, then has the INVITE's branch. */
static int test_cancel(void)
{
	struct txn_client *t;
	struct sip_msg *inv, *cancel;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	TRY(txn_client_cancel(t, STR_LIT("Reason: SIP;cause=200\r\n")));
	sip_rig_run(&r, 100);
	CHECK_INT(r.n_got, 1);
	inv = r.got[0];
	TRY(sip_rig_answer(&r, inv, 100, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 2);
	cancel = r.got[1];
	CHECK_INT(cancel->method, SIP_CANCEL);
	CHECK(str_eq(cancel->via.branch, inv->via.branch));
	CHECK_INT(cancel->cseq.num, inv->cseq.num);
	CHECK_STR(sip_msg_val(cancel, SIP_HDR_REASON), "SIP;cause=200");
	TRY(sip_rig_answer(&r, cancel, 200, ""));
	TRY(sip_rig_answer(&r, inv, 487, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.status, 487);
	CHECK_INT(sip_rig_last(&r)->method, SIP_ACK);
	/* idempotent, and nothing after the end */
	TRY(txn_client_cancel(t, STR_NULL));
out:
	sip_rig_close(&r);
	return err;
}

/* Section 9.1: without an answer 64 T1 after CANCEL the INVITE is over. */
static int test_cancel_unanswered(void)
{
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	TRY(sip_rig_answer(&r, r.got[0], 180, ""));
	sip_rig_run(&r, 60000);
	CHECK_INT(r.n_ends, 0);
	TRY(txn_client_cancel(t, STR_NULL));
	TRY(txn_client_cancel(t, STR_NULL));
	sip_rig_run(&r, 31000);
	CHECK_INT(r.n_ends, 0);
	sip_rig_run(&r, 1100);
	CHECK_INT(r.n_ends, 1);
	CHECK(r.why == TXN_TIMEOUT);
out:
	sip_rig_close(&r);
	return err;
}

/* A forgotten transaction still acknowledges. */
static int test_forget(void)
{
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	txn_forget_client(t);
	TRY(sip_rig_answer(&r, r.got[0], 603, ""));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_responses, 0);
	CHECK_INT(r.n_got, 2);
	CHECK_INT(r.got[1]->method, SIP_ACK);
	sip_rig_run(&r, 40000);
	CHECK_INT(r.n_ends, 0);
	CHECK_INT(sip_stack_txns(r.stack), 0);
out:
	sip_rig_close(&r);
	return err;
}

/* Answers with a wrong branch or method belong to nobody. */
static int test_strangers(void)
{
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_rig_request(&t, &r, "INVITE", NULL));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_got, 1);
	TRY(sip_rig_send(&r,
		"SIP/2.0 200 OK\n"
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother\n"
		"From: <sip:alice@example.com>;tag=a1\n"
		"To: <sip:bob@example.com>;tag=b\n"
		"Call-ID: rig@192.0.2.1\nCSeq: 7 INVITE\n\n"));
	sip_rig_run(&r, 1);
	CHECK_INT(r.n_responses, 0);
out:
	sip_rig_close(&r);
	return err;
}

/* Each row of the tables is well-formed; timers end every state. */
static int test_tables(void)
{
	const struct fsm_table *const tables[] = {
		&txn_client_invite_fsm, &txn_client_other_fsm,
		&txn_server_invite_fsm, &txn_server_other_fsm,
	};
	int err = 0;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < tables[i]->n_rows; k++) {
			const struct fsm_row *row = &tables[i]->rows[k];

			CHECK(row->state < tables[i]->n_states);
			CHECK(row->event < tables[i]->n_events);
			CHECK(row->next == FSM_SAME ||
			      row->next < tables[i]->n_states);
			CHECK(fsm_find(tables[i], row->state, row->event) ==
			      row);
		}
out:
	return err;
}

static int test_limit(void)
{
	struct sip_stack_params p = { .max_txns = 3 };
	struct txn_client *t;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, &p));
	for (int i = 0; i < 3; i++)
		TRY(sip_rig_request(&t, &r, "OPTIONS", NULL));
	CHECK_INT(sip_rig_request(&t, &r, "OPTIONS", NULL), ENOBUFS);
out:
	sip_rig_close(&r);
	return err;
}

const struct test_suite suite_txn_client = {
	"sip/txn_client", (const struct test[]){
		TEST(test_invite_timeout),
		TEST(test_other_timeout),
		TEST(test_other_answered),
		TEST(test_invite_refused),
		TEST(test_invite_accepted),
		TEST(test_cancel),
		TEST(test_cancel_unanswered),
		TEST(test_forget),
		TEST(test_strangers),
		TEST(test_tables),
		TEST(test_limit),
		TEST_END } };
