/* SPDX-License-Identifier: Apache-2.0 */
/* Failover on the virtual clock: links whose servers do as they are told. */
#include <string.h>

#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/resolver_pool.h"
#include "tests/enum/dns_wire.h"
#include "tests/lib/test.h"

/* How a server treats packets. */
enum how { ANSWER, NXDOMAIN, SERVFAIL, SILENT, REFUSED_PORT, GARBAGE,
	   WRONG_ID, TRUNCATED, FORMERR_EDNS, CHASE, REFERRAL, SYNC_FAIL,
	   FOLDS_CASE, FOREIGN };

struct packet {
	struct list_node    node;
	struct fake_link   *k;
	struct dns_attempt *a;
	struct tmr          tmr;
	enum how            how;
	uint16_t            id, type;
	bool                edns;
	char                name[DNS_NAME_MAX];
};

struct fake_link {
	struct dns_link link;
	struct loop    *loop;
	struct list     packets;
	enum how        how;
	unsigned        delay_ms, seen, max_waiting, waiting;
};

struct bench {
	struct clk_virtual clk;
	struct loop       *loop;
	struct fake_link  *k[3];
	struct resolver   *r;
};

static struct wire w;

static void packet_free(struct packet *p)
{
	tmr_stop(&p->tmr);
	list_unlink(&p->node);
	p->k->waiting--;
	mem_free(p);
}

static void build(const struct packet *p)
{
	char first = str_lower(p->name[0]);
	unsigned flags = 0x8180;

	if (p->how == SERVFAIL)
		flags |= 2;
	if (p->how == NXDOMAIN)
		flags |= 3;
	if (p->how == FORMERR_EDNS && p->edns)
		flags |= 1;
	if (p->how == TRUNCATED)
		flags |= 0x200;
	wire_begin(&w, p->id + (p->how == WRONG_ID), flags, p->name, p->type);
	if (p->how == CHASE && first != 'z') {
		char next[DNS_NAME_MAX];

		snprintf(next, sizeof(next), "%c%.200s",
			 first == 'c' ? 'z' : first + 1, p->name + 1);
		wire_cname(&w, p->name, 5, next);
	} else if (p->how == REFERRAL) {
		wire_end(&w, wire_rr(&w, 2, "org", 2, 60));
	} else if ((flags & 15) == 0 && p->how != TRUNCATED) {
		wire_a(&w, p->how == FOREIGN ? "other.org" : p->name, 60,
		       0x01020304);
	}
	for (size_t i = 12; p->how == FOLDS_CASE && w.p[i]; i++)
		w.p[i] = (uint8_t)str_lower((char)w.p[i]);
	if (p->how == NXDOMAIN)
		wire_soa(&w, "org", 60, 30);
	if (p->how == GARBAGE)
		w.n -= 3;
}

static void on_due(void *arg)
{
	struct packet *p = arg;
	struct dns_attempt *a = p->a;
	enum how how = p->how;

	if (how != SILENT && how != REFUSED_PORT)
		build(p);
	packet_free(p);
	if (how == SILENT)
		a->done(a, EAGAIN, NULL, 0);
	else if (how == REFUSED_PORT)
		a->done(a, ECONNREFUSED, NULL, 0);
	else
		a->done(a, 0, w.p, w.n);
}

static void read_query(struct packet *pk, const uint8_t *p, size_t n)
{
	size_t at = 12, l = 0;

	pk->id = (uint16_t)(p[0] << 8 | p[1]);
	pk->edns = p[11] == 1;
	while (at < n && p[at] > 0) {
		memcpy(pk->name + l, p + at + 1, p[at]);
		l += p[at];
		pk->name[l++] = '.';
		at += p[at] + 1u;
	}
	pk->name[l - 1] = '\0';
	pk->type = (uint16_t)(p[at + 1] << 8 | p[at + 2]);
}

static void fake_send(struct dns_link *link, struct dns_attempt *a,
		      const uint8_t *p, size_t n)
{
	struct fake_link *k = CONTAINER(link, struct fake_link, link);
	struct packet *pk = k->how == SYNC_FAIL ? NULL :
			    mem_alloc(sizeof(*pk));

	k->seen++;
	if (!pk) {
		a->done(a, k->how == SYNC_FAIL ? ECONNREFUSED : EIO, NULL, 0);
		return;
	}
	pk->k = k;
	pk->a = a;
	pk->how = k->how;
	read_query(pk, p, n);
	list_append(&k->packets, &pk->node);
	if (++k->waiting > k->max_waiting)
		k->max_waiting = k->waiting;
	tmr_start(k->loop, &pk->tmr, k->how == SILENT ? DNS_LINK_LIFE_MS :
		  k->delay_ms, on_due, pk);
}

static void fake_close(struct dns_link *link)
{
	struct fake_link *k = CONTAINER(link, struct fake_link, link);

	LIST_EACH_SAFE(n, &k->packets) {
		struct packet *p = CONTAINER(n, struct packet, node);
		struct dns_attempt *a = p->a;

		packet_free(p);
		a->done(a, EIO, NULL, 0);
	}
	mem_free(k);
}

static const struct dns_link_ops fake_ops = {
	.send = fake_send, .close = fake_close };

static struct fake_link *link_new(struct bench *b, unsigned no)
{
	struct fake_link *k = mem_alloc(sizeof(*k));

	if (!k)
		return NULL;
	k->link.ops = &fake_ops;
	k->loop = b->loop;
	k->delay_ms = 2;
	list_init(&k->packets);
	snprintf(k->link.name, sizeof(k->link.name), "fake%u", no);
	return k;
}

static int up(struct bench *b, unsigned n, const struct resolver_conf *conf)
{
	struct dns_link *links[3];
	int err;

	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	for (unsigned i = 0; i < n && !err; i++) {
		b->k[i] = link_new(b, i);
		if (!b->k[i]) {
			while (i > 0)
				fake_close(links[--i]);
			return ENOMEM;
		}
		links[i] = &b->k[i]->link;
	}
	if (!err)
		err = resolver_pool_new(&b->r, b->loop, conf, links, n);
	return err;
}

static void down(struct bench *b)
{
	resolver_free(b->r);
	loop_free(b->loop);
}

struct got {
	struct dns_query q;
	unsigned         calls;
	int              err;
	uint64_t         at_us;
	uint32_t         ttl_s;
	unsigned         rcode;
	const struct clk_virtual *clk;
};

static void on_got(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->at_us = g->clk->t_us;
	g->ttl_s = set ? set->ttl_s : 0;
	g->rcode = set ? set->rcode : 999;
}

static int start(struct bench *b, struct got *g)
{
	memset(g, 0, sizeof(*g));
	g->clk = &b->clk;
	return resolver_query(b->r, &g->q, "a.org", DNS_A, on_got, g);
}

/* Asks and waits; *ms: how long it took. */
static int ask(struct bench *b, struct got *g, unsigned *ms)
{
	uint64_t t0 = b->clk.t_us;
	int err = start(b, g);

	if (err)
		return err;
	if (g->calls)
		return EINVAL;
	for (int i = 0; i < 4000 && !g->calls; i++)
		loop_run_until(b->loop, b->clk.t_us + 1000);
	*ms = (unsigned)((g->at_us - t0) / 1000);
	return g->calls == 1 ? 0 : ETIME;
}

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
