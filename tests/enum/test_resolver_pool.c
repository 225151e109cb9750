/* SPDX-License-Identifier: Apache-2.0 */
/* Failover on the virtual clock. */
#include <string.h>

#include "tests/enum/pool_bench.h"
#include "tests/lib/test.h"

static const struct resolver_conf plain;

static int test_answers(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 2);
	CHECK_INT(g.ttl_s, 60);
	b.k[0]->how = NXDOMAIN;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == ENOENT && ms == 2 && g.ttl_s == 30);
	CHECK_INT(b.k[0]->seen, 2);
	b.k[0]->how = SERVFAIL;         /* once: repeating it is no use */
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EAGAIN && g.rcode == DNS_SERVFAIL);
	CHECK_INT(b.k[0]->seen, 3);
	b.k[0]->how = REFERRAL;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EAGAIN && ms < 10);
	b.k[0]->how = GARBAGE;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EBADMSG && ms < 10);
	b.k[0]->how = WRONG_ID;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EBADMSG && ms < 10);
	b.k[0]->how = TRUNCATED;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EBADMSG && ms < 10);
	CHECK(resolver_pool_is_up(b.r));
out:
	down(&b);
	return err;
}

/* Silence is paid for once: the next query goes to the living server. */
static int test_dead_server(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 2, &plain));
	b.k[0]->how = SILENT;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 302);
	for (int i = 0; i < 5; i++) {
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms == 2);
	}
	/* back again: a probe finds it, and it is the first choice again */
	b.k[0]->how = ANSWER;
	loop_run_until(b.loop, b.clk.t_us + 6000000);
	b.k[1]->seen = 0;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 2);
	CHECK_INT(b.k[1]->seen, 0);
	/* refused answers send the query on at once */
	b.k[0]->how = SERVFAIL;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 4);
	b.k[0]->how = REFUSED_PORT;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 4);
	b.k[0]->how = SYNC_FAIL;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms <= 4);
	b.k[0]->how = GARBAGE;
	loop_run_until(b.loop, b.clk.t_us + 6000000);
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 4);
	b.k[0]->how = FOREIGN;  /* records, but of another name */
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 4);
	b.k[1]->how = FOREIGN;
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, EBADMSG);
out:
	down(&b);
	return err;
}

/* All silent: the first queries wait, then nobody does any more. */
static int test_all_down(void)
{
	struct bench b;
	struct got g;
	unsigned ms, seen;
	int err = 0;

	TRY(up(&b, 1, &plain));
	b.k[0]->how = SILENT;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EAGAIN && ms >= 1000 && ms <= 2000);
	CHECK(!resolver_pool_is_up(b.r));
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EAGAIN && ms == 0);
	loop_run_until(b.loop, b.clk.t_us + 60000000);
	seen = b.k[0]->seen;    /* probes every 4 s */
	CHECK(seen > 10 && seen < 30);
	b.k[0]->how = ANSWER;
	loop_run_until(b.loop, b.clk.t_us + 4100000);
	CHECK(resolver_pool_is_up(b.r));
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 2);
	seen = b.k[0]->seen;
	loop_run_until(b.loop, b.clk.t_us + 60000000);
	CHECK_INT(b.k[0]->seen, seen);  /* no probes of the living */
out:
	down(&b);
	return err;
}

/* A closed port ends at once, and so do those who wait already. */
static int test_closed_port(void)
{
	struct got g[2];
	struct bench b;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	b.k[0]->how = SILENT;
	TRY(start(&b, &g[1]));
	loop_run_until(b.loop, b.clk.t_us + 10000);
	b.k[0]->how = REFUSED_PORT;
	TRY(ask(&b, &g[0], &ms));
	CHECK(g[0].err == EAGAIN && ms < 20);
	CHECK(g[1].calls == 1 && g[1].err == EAGAIN);
out:
	down(&b);
	return err;
}

/* Slower than the patience for one attempt, but alive: its late answer is
 * taken, and it is not called dead. */
static int test_slow_server(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	for (int i = 0; i < 40; i++)
		TRY(ask(&b, &g, &ms));
	b.k[0]->delay_ms = 250;         /* no second packet before 300 */
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 250 && b.k[0]->seen == 41);
	b.k[0]->delay_ms = 700;
	for (int i = 0; i < 3; i++) {
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms == 700);
		CHECK(resolver_pool_is_up(b.r));
	}
out:
	down(&b);
	return err;
}

static int test_window(void)
{
	static const struct resolver_conf conf = { .window = 10,
						   .queue_max = 40 };
	struct got g[52];
	struct bench b;
	int err = 0;

	TRY(up(&b, 1, &conf));
	for (int i = 0; i < 50; i++)
		TRY(start(&b, &g[i]));
	CHECK_INT(b.k[0]->seen, 10);
	CHECK_INT(start(&b, &g[50]), ENOBUFS);
	resolver_cancel(&g[20].q);
	TRY(start(&b, &g[50]));
	loop_run_until(b.loop, b.clk.t_us + 50000);
	CHECK_INT(b.k[0]->seen, 50);
	CHECK_INT(b.k[0]->max_waiting, 10);
	for (int i = 0; i < 51; i++)
		CHECK(i == 20 ? !g[i].calls : g[i].calls == 1 && !g[i].err);
	/* in the order of asking */
	for (int i = 1; i < 50; i++)
		CHECK(i == 20 || i == 21 || g[i].at_us >= g[i - 1].at_us);
out:
	down(&b);
	return err;
}

static int test_edns_refused(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	b.k[0]->how = FORMERR_EDNS;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 4);
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 2);   /* remembered */
out:
	down(&b);
	return err;
}

/* CNAMEs whose targets have to be asked for: a, b, c, z. */
static int test_chase(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	b.k[0]->how = CHASE;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 8);
	CHECK_INT(g.ttl_s, 5);
	CHECK_INT(b.k[0]->seen, 4);
	/* who refused one of the names is asked for the next ones */
	down(&b);
	TRY(up(&b, 2, &plain));
	b.k[0]->how = SERVFAIL;
	b.k[1]->how = CHASE;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && b.k[1]->seen == 4);
	CHECK(b.k[0]->seen > 1);
out:
	down(&b);
	return err;
}

/* Its answers are in lower case: asked once more, that is all. */
static int test_folds_case(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	b.k[0]->how = FOLDS_CASE;
	for (int i = 0; i < 30; i++) {
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms <= 4);
	}
	CHECK_INT(b.k[0]->seen, 31);
out:
	down(&b);
	return err;
}

/* A server that takes longer than it usually does: another is asked too,
 * but for one query in ten only, lest all pay for the slowness of one. */
static int test_hedged(void)
{
	struct got g, many[100];
	struct bench b;
	unsigned ms, in_time = 0;
	int err = 0;

	TRY(up(&b, 2, &plain));
	for (int i = 0; i < 40; i++) {
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms == 2);
	}
	CHECK_INT(b.k[1]->seen, 0);
	b.k[0]->delay_ms = 250;         /* below the timeout */
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms == 12);  /* 10 ms, and 2 */
	CHECK_INT(b.k[1]->seen, 1);
	for (int i = 0; i < 100; i++)
		TRY(start(&b, &many[i]));
	loop_run_until(b.loop, b.clk.t_us + 1000000);
	for (int i = 0; i < 100; i++) {
		CHECK(many[i].calls == 1 && many[i].err == 0);
		in_time += many[i].at_us < many[99].at_us - 100000;
	}
	CHECK(in_time >= 9 && in_time <= 21);
	/* seen to be slow, it is passed over */
	b.k[0]->seen = b.k[1]->seen = 0;
	for (int i = 0; i < 40; i++) {
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms == 2);
	}
	CHECK(b.k[0]->seen == 0 && b.k[1]->seen == 40);
	/* until it is fast again, which is looked at now and then */
	b.k[0]->delay_ms = 1;
	for (int i = 0; i < 60; i++) {
		loop_run_until(b.loop, b.clk.t_us + 11000000);
		TRY(ask(&b, &g, &ms));
		CHECK(ms <= 2);
	}
	b.k[0]->seen = 0;
	TRY(ask(&b, &g, &ms));
	CHECK(b.k[0]->seen == 1 && ms == 1);
out:
	down(&b);
	return err;
}

/* Names that nobody answers do not hold up the others: a thousand of them
 * on the way, and the next is answered within 60 ms. */
static int test_slow_names(void)
{
	static struct got slow[1000];
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	TRY(ask(&b, &g, &ms));
	for (int i = 0; i < 1000; i++) {
		b.k[0]->how = SILENT;
		TRY(start(&b, &slow[i]));
		if (i % 20)
			continue;
		b.k[0]->how = ANSWER;   /* one in twenty is answered */
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms <= 60);
		CHECK(resolver_pool_is_up(b.r));
	}
out:
	down(&b);
	return err;
}

static int test_print(void)
{
	struct buf out;
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	buf_init(&out, 10000);
	TRY(up(&b, 2, &plain));
	CHECK_INT(resolver_pool_new(NULL, NULL, &plain, NULL, 0), EINVAL);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(resolver_pool_servers(b.r), 2);
	resolver_pool_print(b.r, &out, "tree=x ");
	buf_addc(&out, '\0');
	CHECK_INT(out.err, 0);
	CHECK(strstr((char *)out.p, "tree=x dns_server=fake0 up=yes "
		     "failures=0 answer_ms=2.0 pending=0 sent=1 answers=1 "
		     "silent=0 downs=0\n"));
	CHECK(strstr((char *)out.p, "\ntree=x dns_server=fake1 up=yes"));
out:
	buf_fini(&out);
	down(&b);
	return err;
}

static struct resolver *to_free;
static struct dns_query *to_cancel;

static void on_wreck(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	on_got(err, set, g);
	if (to_cancel)
		resolver_cancel(to_cancel);
	resolver_free(to_free);
	to_cancel = NULL;
	to_free = NULL;
}

static int test_cancel_and_close(void)
{
	struct got g[4];
	struct bench b;
	int err = 0;

	TRY(up(&b, 2, &plain));
	TRY(start(&b, &g[0]));
	resolver_cancel(&g[0].q);
	resolver_cancel(&g[0].q);
	loop_run_until(b.loop, b.clk.t_us + 10000);
	CHECK_INT(g[0].calls, 0);
	/* from a callback: cancel a neighbour, then close the resolver */
	for (int i = 0; i < 4; i++) {
		TRY(start(&b, &g[i]));
		g[i].q.fn = on_wreck;
	}
	to_cancel = &g[2].q;
	loop_run_until(b.loop, b.clk.t_us + 10000);
	CHECK(g[0].calls && g[1].calls && !g[2].calls && g[3].calls);
	for (int i = 0; i < 4; i++) {
		TRY(start(&b, &g[i]));
		g[i].q.fn = on_wreck;
	}
	b.k[0]->how = SILENT;
	to_free = b.r;
	loop_run_until(b.loop, b.clk.t_us + 10000);
	b.r = NULL;
	CHECK(g[0].calls && !g[1].calls && !g[3].calls);
	CHECK(!resolver_is_running(&g[3].q));
out:
	if (to_free)
		b.r = to_free;
	to_free = NULL;
	to_cancel = NULL;
	down(&b);
	return err;
}

/* Other servers: what is under way goes to them, health begins anew. */
static int test_replace(void)
{
	static const struct resolver_conf conf = { .window = 10 };
	struct dns_link *links[1];
	struct got g[30];
	struct bench b;
	int err = 0;

	TRY(up(&b, 2, &conf));
	b.k[0]->how = b.k[1]->how = SILENT;
	for (int i = 0; i < 30; i++)    /* more than the windows take */
		TRY(start(&b, &g[i]));
	loop_run_until(b.loop, b.clk.t_us + 700000);
	CHECK_INT(g[0].calls, 0);
	b.k[2] = link_new(&b, 2);
	CHECK(b.k[2]);
	links[0] = &b.k[2]->link;
	TRY(resolver_pool_replace(b.r, links, 1));
	CHECK(resolver_pool_is_up(b.r));
	loop_run_until(b.loop, b.clk.t_us + 100000);
	for (int i = 0; i < 30; i++)
		CHECK(g[i].calls == 1 && g[i].err == 0);
	CHECK(b.k[2]->seen == 30 && b.k[2]->max_waiting == 10);
	TRY(start(&b, &g[0]));
	loop_run_until(b.loop, b.clk.t_us + 100000);
	CHECK(g[0].calls == 1 && g[0].err == 0);
	CHECK_INT(resolver_pool_replace(b.r, links, 0), EINVAL);
out:
	down(&b);
	return err;
}

const struct test_suite suite_resolver_pool = {
	"enum/resolver_pool", (const struct test[]){
		TEST(test_answers),
		TEST(test_dead_server),
		TEST(test_all_down),
		TEST(test_closed_port),
		TEST(test_slow_server),
		TEST(test_window),
		TEST(test_edns_refused),
		TEST(test_chase),
		TEST(test_cancel_and_close),
		TEST(test_replace),
		TEST(test_folds_case),
		TEST(test_hedged),
		TEST(test_slow_names),
		TEST(test_print),
		TEST_END } };
