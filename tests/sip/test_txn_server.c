/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

/* What the user of the transactions sees. */
struct user {
	struct sip_rig     sip;
	struct txn_server *txn;
	unsigned           n_requests, n_cancels, n_ends, n_acks;
	enum txn_end       why;
	bool               silent;      /* does not even listen */
};

static void on_cancel(const struct sip_msg *cancel, void *arg)
{
	struct user *u = arg;

	(void)cancel;
	u->n_cancels++;
	txn_server_replyf(u->txn, 487, NULL, "%s", "");
}

static void on_end(enum txn_end why, void *arg)
{
	struct user *u = arg;

	u->n_ends++;
	u->why = why;
	u->txn = NULL;
}

static const struct txn_server_cb callbacks = { on_cancel, on_end };

static int on_request(struct sip_stack *s, struct txn_server *t,
		      const struct sip_msg *m, void *arg)
{
	struct user *u = arg;

	(void)s;
	(void)m;
	u->n_requests++;
	u->txn = t;
	if (!u->silent)
		txn_server_listen(t, &callbacks, u);
	return 0;
}

static bool on_dialog(struct sip_stack *s, struct txn_server *t,
		      const struct sip_msg *m, void *arg)
{
	struct user *u = arg;

	(void)s;
	(void)t;
	u->n_acks += m->method == SIP_ACK;
	return m->method == SIP_ACK;
}

static int user_open(struct user *u)
{
	static const struct sip_method invite = { "INVITE", on_request };
	static const struct sip_method message = { "MESSAGE", on_request };
	int err;

	*u = (struct user){ 0 };
	TRY(sip_rig_open(&u->sip, NULL));
	TRY(sip_stack_serve(u->sip.stack, &invite, u));
	TRY(sip_stack_serve(u->sip.stack, &message, u));
	TRY(sip_stack_allow(u->sip.stack, "CANCEL"));
	sip_stack_on_dialog(u->sip.stack, on_dialog, u);
out:
	return err;
}

static int request(struct user *u, const char *method, const char *branch)
{
	char text[600];
	int err;

	snprintf(text, sizeof(text),
		 "%s sip:bob@192.0.2.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=%s;rport\n"
		 "From: <sip:a@b>;tag=f\nTo: <sip:bob@192.0.2.1>\n"
		 "Call-ID: c1\nCSeq: 1 %s\nMax-Forwards: 70\n\n",
		 method, branch, method);
	err = sip_rig_send(&u->sip, text);
	sip_rig_run(&u->sip, 5);
	return err;
}

#define B1 "z9hG4bKone"

/* Figure 7: 100 after 200 ms; the last answer again for a repetition. */
static int test_invite_trying(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	sip_rig_run(&u.sip, 150);
	CHECK_INT(u.sip.n_got, 0);
	sip_rig_run(&u.sip, 60);
	CHECK_INT(u.sip.n_got, 1);
	CHECK_INT(u.sip.got[0]->status, 100);
	CHECK_STR(u.sip.got[0]->to.tag, "");
	TRY(txn_server_replyf(u.txn, 180, NULL, "%s", ""));
	TRY(request(&u, "INVITE", B1));
	CHECK_INT(u.n_requests, 1);
	CHECK_INT(u.sip.n_got, 3);
	CHECK_INT(u.sip.got[2]->status, 180);
	CHECK(str_eq(u.sip.got[2]->to.tag, txn_server_tag(u.txn)));
	txn_forget_server(u.txn);
	sip_rig_run(&u.sip, 5);
	CHECK_INT(sip_rig_last(&u.sip)->status, 500);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* Refused: repeated (timer G) until ACK; absorbed for T4 (timer I). */
static int test_invite_refused(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	CHECK(u.txn);
	TRY(txn_server_replyf(u.txn, 486, NULL, "%s", ""));
	CHECK_INT(txn_server_replyf(u.txn, 200, NULL, "%s", ""), EALREADY);
	sip_rig_run(&u.sip, 3600);
	CHECK_INT(u.sip.n_got, 4);      /* 0, 500, 1500, 3500 ms */
	TRY(request(&u, "ACK", B1));
	sip_rig_run(&u.sip, 4900);
	CHECK_INT(u.sip.n_got, 4);
	CHECK_INT(u.n_acks, 0);
	CHECK_INT(u.n_ends, 0);
	sip_rig_run(&u.sip, 200);
	CHECK_INT(u.n_ends, 1);
	CHECK(u.why == TXN_DONE);
	CHECK_INT(sip_stack_txns(u.sip.stack), 0);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* No ACK: timer H. */
static int test_no_ack(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	CHECK(u.txn);
	TRY(txn_server_replyf(u.txn, 603, NULL, "%s", ""));
	sip_rig_run(&u.sip, 32100);
	CHECK_INT(u.n_ends, 1);
	CHECK(u.why == TXN_TIMEOUT);
	CHECK_INT(u.sip.n_got, 11);     /* 0.5, 1.5, 3.5, 7.5, then T2 */
out:
	sip_rig_close(&u.sip);
	return err;
}

/* RFC 6026: repetitions of the INVITE are absorbed after a 2xx, which only
 * the user repeats; the ACK goes up. */
static int test_invite_accepted(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	CHECK(u.txn);
	TRY(txn_server_replyf(u.txn, 200, NULL, "%s", ""));
	TRY(request(&u, "INVITE", B1));
	sip_rig_run(&u.sip, 5000);
	CHECK_INT(u.sip.n_got, 1);
	txn_server_resend(u.txn);
	TRY(txn_server_replyf(u.txn, 200, NULL, "%s", ""));
	sip_rig_run(&u.sip, 5);
	CHECK_INT(u.sip.n_got, 3);
	TRY(request(&u, "ACK", B1));
	TRY(request(&u, "ACK", "z9hG4bKother"));
	CHECK_INT(u.n_acks, 2);
	sip_rig_run(&u.sip, 32000);     /* timer L */
	CHECK_INT(u.n_ends, 1);
	CHECK(u.why == TXN_DONE);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* Figure 8. */
static int test_other(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "MESSAGE", B1));
	TRY(request(&u, "MESSAGE", B1));
	CHECK_INT(u.n_requests, 1);
	CHECK_INT(u.sip.n_got, 0);
	TRY(txn_server_replyf(u.txn, 100, NULL, "%s", ""));
	TRY(txn_server_replyf(u.txn, 200, NULL, "X-Y: %d\r\n", 5));
	sip_rig_run(&u.sip, 1);
	TRY(request(&u, "MESSAGE", B1));
	CHECK_INT(u.sip.n_got, 3);
	CHECK_INT(u.sip.got[2]->status, 200);
	CHECK_STR(sip_msg_hdr_name(u.sip.got[2], "X-Y", 0)->val, "5");
	sip_rig_run(&u.sip, 31900);
	CHECK_INT(u.n_ends, 0);
	sip_rig_run(&u.sip, 110);       /* timer J */
	CHECK_INT(u.n_ends, 1);
out:
	sip_rig_close(&u.sip);
	return err;
}

static int test_cancel(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "CANCEL", B1));
	CHECK_INT(u.sip.n_got, 1);
	CHECK_INT(u.sip.got[0]->status, 481);
	sip_rig_run(&u.sip, 33000);
	TRY(request(&u, "INVITE", B1));
	CHECK(u.txn);
	TRY(txn_server_replyf(u.txn, 180, NULL, "%s", ""));
	TRY(request(&u, "CANCEL", B1));
	CHECK_INT(u.n_cancels, 1);
	CHECK_INT(u.sip.n_got, 4);
	CHECK_INT(u.sip.got[2]->status, 200);
	CHECK_INT(u.sip.got[2]->method, SIP_CANCEL);
	CHECK_INT(u.sip.got[3]->status, 487);
	CHECK_INT(u.sip.got[3]->method, SIP_INVITE);
	CHECK(str_eq(u.sip.got[2]->to.tag, u.sip.got[3]->to.tag));
out:
	sip_rig_close(&u.sip);
	return err;
}

/* Nobody listens: the stack itself ends a cancelled INVITE. */
static int test_cancel_unheard(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	u.silent = true;
	TRY(request(&u, "INVITE", B1));
	TRY(request(&u, "CANCEL", B1));
	CHECK_INT(u.sip.n_got, 2);
	CHECK_INT(u.sip.got[1]->status, 487);
out:
	sip_rig_close(&u.sip);
	return err;
}

static const char old[] =
	"%s sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060%s\n"
	"From: <sip:a@b>;tag=f\nTo: <sip:bob@192.0.2.1>%s\nCall-ID: c1\n"
	"CSeq: 1 %s\n\n";

/* RFC 2543: no branch; the ACK carries our To tag. */
static int test_2543(void)
{
	char text[600], tag[40];
	struct user u;
	int err;

	TRY(user_open(&u));
	snprintf(text, sizeof(text), old, "INVITE", "", "", "INVITE");
	TRY(sip_rig_send(&u.sip, text));
	TRY(sip_rig_send(&u.sip, text));
	sip_rig_run(&u.sip, 5);
	CHECK_INT(u.n_requests, 1);
	TRY(txn_server_replyf(u.txn, 404, NULL, "%s", ""));
	sip_rig_run(&u.sip, 5);
	CHECK_INT(u.sip.n_got, 1);
	snprintf(tag, sizeof(tag), ";tag=%.*s",
		 STR_FMT(u.sip.got[0]->to.tag));
	snprintf(text, sizeof(text), old, "ACK", "", tag, "ACK");
	TRY(sip_rig_send(&u.sip, text));
	sip_rig_run(&u.sip, 5200);
	CHECK_INT(u.n_ends, 1);
	CHECK_INT(u.sip.n_got, 1);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* Section 8.2.2.2: the same request by two ways. */
static int test_merged(void)
{
	struct user u;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	TRY(request(&u, "INVITE", "z9hG4bKtwo"));
	CHECK_INT(u.n_requests, 1);
	CHECK_INT(u.sip.n_got, 1);
	CHECK_INT(u.sip.got[0]->status, 482);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* Answered and forgotten, it holds no messages and is known all the same. */
static int test_settled_invite(void)
{
	struct user u;
	struct txn_server *t;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "INVITE", B1));
	CHECK(u.txn);
	t = u.txn;
	TRY(txn_server_replyf(t, 200, NULL, "%s", ""));
	CHECK(txn_server_request(t));
	TRY(request(&u, "ACK", "z9hG4bKother"));
	txn_forget_server(t);
	CHECK(!txn_server_request(t));
	CHECK_INT(txn_server_replyf(t, 200, NULL, "%s", ""), EALREADY);
	TRY(request(&u, "INVITE", B1));
	CHECK_INT(u.n_requests, 1);
	CHECK_INT(u.sip.n_got, 1);
	TRY(request(&u, "ACK", B1));
	CHECK_INT(u.n_acks, 2);
	TRY(request(&u, "INVITE", "z9hG4bKtwo"));
	CHECK_INT(sip_rig_last(&u.sip)->status, 482);
	CHECK_INT(u.n_requests, 1);
	sip_rig_run(&u.sip, 32000);     /* timer L */
	CHECK_INT(sip_stack_txns(u.sip.stack), 0);
	TRY(request(&u, "INVITE", B1));
	CHECK_INT(u.n_requests, 2);
out:
	sip_rig_close(&u.sip);
	return err;
}

/* What is repeated gets its answer again, by another flow if need be. */
static int test_settled_other(void)
{
	struct user u;
	struct txn_server *t;
	int err;

	TRY(user_open(&u));
	TRY(request(&u, "MESSAGE", B1));
	CHECK(u.txn);
	t = u.txn;
	TRY(txn_server_replyf(t, 200, NULL, "%s", ""));
	txn_forget_server(t);
	CHECK(!txn_server_request(t));
	TRY(request(&u, "MESSAGE", B1));
	CHECK_INT(u.sip.n_got, 2);
	sip_flow_down(txn_server_flow(t), ECONNABORTED);
	TRY(request(&u, "MESSAGE", B1));
	CHECK_INT(u.n_requests, 1);
	CHECK_INT(u.sip.n_got, 3);
	CHECK(str_eq(u.sip.got[0]->text, u.sip.got[2]->text));
out:
	sip_rig_close(&u.sip);
	return err;
}

const struct test_suite suite_txn_server = {
	"sip/txn_server", (const struct test[]){
		TEST(test_invite_trying),
		TEST(test_invite_refused),
		TEST(test_no_ack),
		TEST(test_invite_accepted),
		TEST(test_other),
		TEST(test_cancel),
		TEST(test_cancel_unheard),
		TEST(test_2543),
		TEST(test_merged),
		TEST(test_settled_invite),
		TEST(test_settled_other),
		TEST_END } };
