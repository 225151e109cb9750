/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/rand.h"
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

/* Both ends do what comes to their minds on a bad network. */
enum { CHAOS_CALLS = 150 };

struct chaos_side {
	struct sip_session *s;          /* NULL: ended, or let go */
	unsigned            ends;       /* upcalls of on_end */
	bool                forgotten;
};

struct chaos {
	struct sip_pair   p;
	struct chaos_side a[CHAOS_CALLS], b[CHAOS_CALLS];
	unsigned          n_a, n_b, late;
	bool              scarce;       /* memory fails now and then */
};

/* One random act; errors are part of the game. */
static void act(struct chaos_side *x)
{
	int err = 0;

	if (!x->s)
		return;
	switch (rand_below(12)) {
	case 0:
		err = sip_session_ring(x->s, 180, STR_NULL);
		break;
	case 1:
	case 2:
	case 3:
		err = sip_session_answer(x->s, STR_LIT("answer"), STR_NULL);
		break;
	case 4:
	case 5:
		err = sip_session_offer(x->s, STR_LIT("offer"));
		break;
	case 6:
		err = sip_session_offer(x->s, STR_NULL);
		break;
	case 7:
		err = sip_session_refuse(x->s, 488, STR_NULL);
		break;
	case 8:
		err = sip_session_info(x->s, STR_LIT("a/b"), STR_LIT("c"));
		break;
	case 9:
		sip_session_end(x->s, 486, 17, STR_NULL);
		break;
	case 10:
		x->forgotten = true;
		sip_session_forget(x->s);
		x->s = NULL;
		break;
	default:
		break;
	}
	(void)err;
}

static void chaos_on_msg(const struct sip_msg *m, void *arg)
{
	(void)m;
	act(arg);
}

static void chaos_on_status(uint16_t status, const struct sip_msg *m,
			    void *arg)
{
	(void)status;
	(void)m;
	act(arg);
}

static void chaos_on_end(const struct sip_end *why, void *arg)
{
	struct chaos_side *x = arg;

	(void)why;
	x->ends++;
	x->s = NULL;
}

static const struct sip_session_cb chaos_cb = {
	.on_progress = chaos_on_status,
	.on_answer = chaos_on_msg,
	.on_offer = chaos_on_msg,
	.on_refused = chaos_on_status,
	.on_info = chaos_on_msg,
	.on_end = chaos_on_end,
};

static void chaos_on_invite(struct txn_server *t, const struct sip_msg *m,
			    void *arg)
{
	struct chaos      *c = arg;
	struct chaos_side *x = &c->b[c->n_b];

	if (c->n_b == CHAOS_CALLS ||
	    sip_session_accept(&x->s, c->p.b.sessions, t, m, &chaos_cb, x)) {
		c->late++;
		(void)txn_server_replyf(t, 503, NULL, "%s", "");
		return;
	}
	c->n_b++;
	act(x);
}

static int chaos_call(struct chaos *c)
{
	struct chaos_side *x = &c->a[c->n_a++];
	struct sip_invite  inv = {
		.target = STR_LIT("sip:bob@192.0.2.2"),
		.from = STR_LIT("sip:alice@example.com"),
		.body = rand_below(2) ? STR_LIT("offer") : STR_NULL };

	/* refused at once is ended at once */
	x->ends = sip_session_invite(&x->s, c->p.a.sessions, &inv, &chaos_cb,
				     x) != 0;
	return x->ends && !c->scarce ? EINVAL : 0;
}

static int check_sides(const struct chaos_side *v, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; i < n; i++) {
		CHECK(!v[i].s);
		if (v[i].forgotten)
			CHECK_INT(v[i].ends, 0);
		else
			CHECK_INT(v[i].ends, 1);
	}
out:
	return err;
}

static int run_chaos(bool scarce)
{
	static const struct fake_link bad = { .delay_us = 30000,
		.jitter_us = 50000, .loss_ppm = 100000,
		.reorder_ppm = 100000, .reorder_us = 200000,
		.dup_ppm = 100000 };
	struct sip_sessions_conf conf = { .on_invite = chaos_on_invite };
	struct chaos            *c = mem_alloc(sizeof(*c));
	int                      err = c ? 0 : ENOMEM;

	if (err)
		return err;
	TRY(sip_pair_init(&c->p));
	sip_sessions_free(c->p.b.sessions);
	c->p.b.sessions = NULL;
	conf.stack = c->p.b.stack;
	conf.locator = c->p.b.locator;
	conf.arg = c;
	TRY(sip_sessions_new(&c->p.b.sessions, &conf));
	fake_net_set(c->p.net, &bad);
	c->scarce = scarce;
	while (c->n_a < CHAOS_CALLS) {
		TRY(chaos_call(c));
		for (int i = 0; i < 20; i++) {
			if (scarce)
				mem_fail_after((long)rand_below(100));
			act(&c->a[rand_below(c->n_a)]);
			if (c->n_b)
				act(&c->b[rand_below(c->n_b)]);
			sip_pair_run(&c->p, rand_below(200));
		}
	}
	mem_fail_after(-1);
	/* all hang up; what is owed is paid within three transactions */
	for (unsigned i = 0; i < CHAOS_CALLS; i++) {
		if (c->a[i].s)
			sip_session_end(c->a[i].s, 0, 0, STR_NULL);
		if (i < c->n_b && c->b[i].s)
			sip_session_end(c->b[i].s, 486, 0, STR_NULL);
	}
	sip_pair_run(&c->p, 200000);
	TRY(check_sides(c->a, c->n_a));
	TRY(check_sides(c->b, c->n_b));
	CHECK_INT(sip_sessions_count(c->p.a.sessions), 0);
	CHECK_INT(sip_sessions_count(c->p.b.sessions), 0);
	CHECK_INT(sip_stack_txns(c->p.a.stack), 0);
	CHECK_INT(sip_stack_txns(c->p.b.stack), 0);
	CHECK(c->n_b > CHAOS_CALLS / 4);
out:
	mem_fail_after(-1);
	sip_pair_fini(&c->p);
	mem_free(c);
	return err;
}

static int test_chaos(void)
{
	return run_chaos(false);
}

static int test_chaos_without_memory(void)
{
	return run_chaos(true);
}

const struct test_suite suite_session = {
	"sip/session", (const struct test[]){
		TEST(test_free),
		TEST(test_forget_in_upcall),
		TEST(test_limit),
		TEST_WITH(test_many, TEST_NO_OOM),
		TEST_WITH(test_chaos, TEST_NO_OOM),
		TEST_WITH(test_chaos_without_memory, TEST_NO_OOM),
		TEST_END } };
