/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

/* The table of sessions frees what lives, without a word to anybody. */
static int test_free(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	TRY(sip_session_offer(p.a.s, STR_LIT("x")));
	TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
	TRY(sip_pair_call(&p, "sip:bob@name.example", "offer"));
	CHECK_INT(sip_sessions_count(p.a.sessions), 3);
	sip_sessions_free(p.a.sessions);
	p.a.sessions = NULL;
	p.a.s = NULL;
	sip_pair_run(&p, 100);
	CHECK_INT(p.a.log.len, 0);
	/* nobody takes an INVITE any more */
	TRY(sip_pair_raw_send(&p, &p.a,
		"INVITE sip:alice@192.0.2.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\n"
		"From: <sip:bob@192.0.2.9>;tag=f\r\nCSeq: 1 INVITE\r\n"
		"To: <sip:alice@192.0.2.1>\r\nCall-ID: c1\r\n"
		"Contact: <sip:bob@192.0.2.9>\r\nMax-Forwards: 70\r\n"
		"Content-Length: 0\r\n\r\n"));
	sip_pair_run(&p, 10);
	CHECK(p.got);
	CHECK_INT(p.got->status, 503);
out:
	sip_pair_fini(&p);
	return err;
}

/* Each ends itself as the first act of each upcall. */
static int on_target(const struct addr *local, const struct addr *peer,
		     struct buf *body, void *arg)
{
	struct sip_session **sp = arg;

	(void)local;
	(void)peer;
	(void)body;
	sip_session_forget(*sp);
	*sp = NULL;
	return 0;
}

static void on_progress(uint16_t status, const struct sip_msg *m, void *arg)
{
	struct sip_session **sp = arg;

	(void)status;
	(void)m;
	sip_session_forget(*sp);
	*sp = NULL;
}

static void on_answer(const struct sip_msg *m, void *arg)
{
	on_progress(200, m, arg);
}

static void on_end(const struct sip_end *why, void *arg)
{
	struct sip_session **sp = arg;

	(void)why;
	*sp = NULL;
}

static int test_forget_in_upcall(void)
{
	struct sip_session *s = NULL;
	struct sip_pair     p;
	struct sip_invite   inv = {
		.target = STR_LIT("sip:bob@192.0.2.2"),
		.from = STR_LIT("sip:alice@example.com"),
		.body = STR_LIT("offer") };
	struct sip_session_cb cb = { .on_target = on_target,
				     .on_progress = on_progress,
				     .on_answer = on_answer,
				     .on_end = on_end };
	int err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_session_invite(&s, p.a.sessions, &inv, &cb, &s));
	sip_pair_run(&p, 10);
	CHECK(!s);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(p.b.log.len, 0);
	cb.on_target = NULL;
	TRY(sip_session_invite(&s, p.a.sessions, &inv, &cb, &s));
	sip_pair_run(&p, 10);
	CHECK(p.b.s != NULL);
	TRY(sip_session_ring(p.b.s, 180, STR_NULL));
	sip_pair_run(&p, 10);
	CHECK(!s);
	CHECK_STR(sip_pair_log(&p.b), "invite[offer] end-cancel");
	p.b.answer = "answer";
	TRY(sip_session_invite(&s, p.a.sessions, &inv, &cb, &s));
	sip_pair_run(&p, 10);
	CHECK(!s);
	CHECK_STR(sip_pair_log(&p.b), "invite[offer] ack end-bye");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

/* Refused beyond the limit, in both directions. */
static int test_limit(void)
{
	struct sip_sessions_conf conf = { .max_sessions = 1 };
	struct sip_sessions     *ss = NULL;
	struct sip_session      *s, *other = NULL;
	struct sip_session_cb    cb = { .on_end = on_end };
	struct sip_pair          p;
	struct sip_invite        inv = {
		.target = STR_LIT("sip:bob@192.0.2.2"),
		.from = STR_LIT("sip:alice@example.com") };
	int err = 0;

	TRY(sip_pair_init(&p));
	conf.stack = p.a.stack;
	conf.locator = p.a.locator;
	TRY(sip_sessions_new(&ss, &conf));
	TRY(sip_session_invite(&other, ss, &inv, &cb, &other));
	CHECK_INT(sip_session_invite(&s, ss, &inv, &cb, &s), EAGAIN);
	sip_session_forget(other);
	sip_pair_run(&p, 10);
	TRY(sip_session_invite(&s, ss, &inv, &cb, &s));
	sip_session_forget(s);
out:
	sip_sessions_free(ss);
	sip_pair_fini(&p);
	return err;
}

static int test_many(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	p.b.answer = "answer";
	for (int i = 0; i < 300; i++) {
		TRY(sip_pair_call(&p, "sip:bob@192.0.2.2", "offer"));
		sip_pair_run(&p, 10);
		CHECK_STR(sip_pair_log(&p.a), "answer[answer]");
		sip_session_forget(i & 1 ? p.a.s : p.b.s);
		sip_pair_run(&p, 10);
		p.a.log.len = p.b.log.len = 0;
	}
	CHECK(sip_sessions_count(p.a.sessions) > 200);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_session = {
	"sip/session", (const struct test[]){
		TEST(test_free),
		TEST(test_forget_in_upcall),
		TEST(test_limit),
		TEST_WITH(test_many, TEST_NO_OOM),
		TEST_END } };
