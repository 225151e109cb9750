/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

static int test_both_ways(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("hold")));
	CHECK_INT(sip_session_offer(p.a.s, STR_LIT("x")), EALREADY);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "offer[hold]");
	CHECK(p.b.s != NULL);
	CHECK_INT(sip_session_offer(p.b.s, STR_LIT("x")), EALREADY);
	TRY(sip_session_answer(p.b.s, STR_LIT("held"), STR_NULL));
	CHECK_INT(sip_session_answer(p.b.s, STR_LIT("x"), STR_NULL), EPROTO);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "answer[held]");
	CHECK_STR(sip_pair_log(&p.b), "ack");
	p.a.re_answer = "back";
	CHECK(p.b.s != NULL);
	TRY(sip_session_offer(p.b.s, STR_LIT("resume")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "offer[resume] ack");
	CHECK_STR(sip_pair_log(&p.b), "answer[back]");
	/* asked for an offer: answer in the ACK */
	p.b.ack = "late";
	CHECK(p.b.s != NULL);
	TRY(sip_session_offer(p.b.s, STR_NULL));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "offer ack[late]");
	CHECK_STR(sip_pair_log(&p.b), "answer[back]");
	CHECK(p.b.s != NULL);
	sip_session_end(p.b.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

static int test_refused(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	CHECK(p.b.s != NULL);
	CHECK_INT(sip_session_refuse(p.b.s, 488, STR_NULL), EPROTO);
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("odd")));
	sip_pair_run(&p, 10);
	CHECK(p.b.s != NULL);
	TRY(sip_session_refuse(p.b.s, 488, STR_NULL));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "refused-488");
	/* the call goes on and may be changed again */
	p.b.re_answer = "good";
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("even")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "answer[good]");
	CHECK_STR(sip_pair_log(&p.b), "offer[odd] offer[even] ack");
out:
	sip_pair_fini(&p);
	return err;
}

/* Section 14.1: both at once get 491 and try again, the owner of the
 * Call-ID later. */
static int test_glare(void)
{
	static const struct fake_link slow = { .delay_us = 20000 };
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	fake_net_set(p.net, &slow);
	p.a.re_answer = "from-a";
	p.b.re_answer = "from-b";
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("a")));
	CHECK(p.b.s != NULL);
	TRY(sip_session_offer(p.b.s, STR_LIT("b")));
	sip_pair_run(&p, 60);
	CHECK_INT(p.a.log.len + p.b.log.len, 0);
	CHECK(p.a.s != NULL);
	CHECK_INT(sip_session_offer(p.a.s, STR_LIT("x")), EALREADY);
	/* b is done by 2.10 s at the latest, a not before 2.18 s */
	sip_pair_run(&p, 2080);
	CHECK_STR(sip_pair_log(&p.a), "offer[b] ack");
	sip_pair_run(&p, 4500);
	CHECK_STR(sip_pair_log(&p.a), "answer[from-b]");
	CHECK_STR(sip_pair_log(&p.b), "answer[from-a] offer[a] ack");
out:
	sip_pair_fini(&p);
	return err;
}

/* A peer that does not answer is lost; one that says 481, too. */
static int test_lost(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	fake_net_cut(p.net, &p.b.addr, true);
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("x")));
	sip_pair_run(&p, 33000);
	CHECK_STR(sip_pair_log(&p.a), "end-lost");
	sip_pair_run(&p, 33000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	fake_net_cut(p.net, &p.b.addr, false);
	TRY(sip_pair_connect(&p));
	sip_sessions_free(p.b.sessions);
	p.b.sessions = NULL;
	p.b.s = NULL;
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("x")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.a), "end-lost");
	CHECK_INT(p.a.end.status, 481);
out:
	sip_pair_fini(&p);
	return err;
}

/* The call ends while re-INVITEs are under way. */
static int test_end_meanwhile(void)
{
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("x")));
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "offer[x]");
	CHECK(p.a.s != NULL);
	sip_session_end(p.a.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 10);
	CHECK_STR(sip_pair_log(&p.b), "end-bye");
	CHECK_STR(sip_pair_log(&p.a), "end-local");
	sip_pair_run(&p, 70000);
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
	TRY(sip_pair_connect(&p));
	CHECK(p.a.s != NULL);
	TRY(sip_session_offer(p.a.s, STR_LIT("x")));
	sip_pair_run(&p, 10);
	CHECK(p.b.s != NULL);
	sip_session_end(p.b.s, 0, 0, STR_NULL);
	sip_pair_run(&p, 70000);
	CHECK_STR(sip_pair_log(&p.a), "end-bye");
	CHECK_INT(sip_sessions_count(p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(p.b.sessions), 0);
out:
	sip_pair_fini(&p);
	return err;
}

static int test_loss(void)
{
	static const struct fake_link bad = { .delay_us = 20000,
					      .loss_ppm = 250000 };
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	TRY(sip_pair_connect(&p));
	fake_net_set(p.net, &bad);
	p.a.re_answer = p.b.re_answer = "ok";
	for (int i = 0; i < 30; i++) {
		struct sip_end_point *x = i % 3 ? &p.a : &p.b;
		struct sip_end_point *y = i % 3 ? &p.b : &p.a;

		TRY(sip_session_offer(x->s, STR_LIT("x")));
		sip_pair_run(&p, 25000);
		CHECK_STR(sip_pair_log(x), "answer[ok]");
		CHECK_STR(sip_pair_log(y), "offer[x] ack");
	}
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_reinvite = {
	"sip/reinvite", (const struct test[]){
		TEST(test_both_ways),
		TEST(test_refused),
		TEST(test_glare),
		TEST(test_lost),
		TEST(test_end_meanwhile),
		TEST_WITH(test_loss, TEST_NO_OOM),
		TEST_END } };
