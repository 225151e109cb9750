/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/dns_cache.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

struct bench {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *f;
	struct resolver      *cache;
};

struct got {
	struct dns_query        q;
	unsigned                calls;
	int                     err;
	bool                    cached, stale;
	uint32_t                left_s;
	const struct dns_rrset *set;    /* a reference */
};

static int up(struct bench *b, const struct dns_cache_conf *conf)
{
	int err;

	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	if (!err)
		err = fake_resolver_new(&b->f, b->loop);
	if (!err)
		err = fake_resolver_a(b->f, "x.org", "192.0.2.1");
	if (!err)
		err = dns_cache_new(&b->cache, b->loop, conf,
				    fake_resolver_of(b->f));
	return err;
}

static void down(struct bench *b)
{
	resolver_free(b->cache);
	fake_resolver_free(b->f);
	loop_free(b->loop);
}

static void run_ms(struct bench *b, uint64_t ms)
{
	loop_run_until(b->loop, b->clk.t_us + ms * 1000);
}

static void on_got(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->cached = g->q.cached;
	g->stale = g->q.stale;
	g->left_s = g->q.left_s;
	(void)dns_rrset_unref(g->set);
	g->set = dns_rrset_ref(set);
}

static int ask(struct bench *b, struct got *g, const char *name)
{
	int err = resolver_query(b->cache, &g->q, name, DNS_A, on_got, g);

	if (!err && g->calls)
		err = EINVAL;   /* too early */
	if (!err)
		run_ms(b, 1);
	return err ? err : g->calls == 1 ? 0 : ETIME;
}

static int one(struct bench *b, struct got *g, const char *name)
{
	(void)dns_rrset_unref(g->set);
	memset(g, 0, sizeof(*g));
	return ask(b, g, name);
}

static const struct dns_cache_conf plain;

static int test_positive(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &plain));
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == 0 && !g.cached && g.left_s == 60);
	run_ms(&b, 20000);
	TRY(one(&b, &g, "X.Org"));
	CHECK(g.err == 0 && g.cached && g.left_s == 40);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 1);
	/* what is handed out outlives the cache and the zone */
	fake_resolver_forget(b.f, "x.org");
	dns_cache_flush(b.cache);
	CHECK_INT(g.set->v[0].addr.ip[3], 1);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == ENOENT && !g.cached);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

static int test_expiry(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &plain));
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 59000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.cached);
	run_ms(&b, 2000);
	TRY(one(&b, &g, "x.org"));
	CHECK(!g.cached);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 2);
	/* another type is another question */
	TRY(resolver_query(b.cache, &g.q, "x.org", DNS_SRV, on_got, &g));
	run_ms(&b, 1);
	CHECK(g.err == ENOENT && !g.cached);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

static int test_negative_and_outage(void)
{
	static const struct dns_cache_conf conf = { .negative_max_s = 10 };
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &conf));
	TRY(fake_resolver_script(b.f, "down.org", 0, DNS_SERVFAIL, 0));
	TRY(one(&b, &g, "none.org"));
	CHECK(g.err == ENOENT && !g.cached);
	TRY(one(&b, &g, "none.org"));
	CHECK(g.err == ENOENT && g.cached && g.left_s == 10);
	run_ms(&b, 11000);
	TRY(one(&b, &g, "none.org"));
	CHECK(g.err == ENOENT && !g.cached);
	TRY(one(&b, &g, "down.org"));
	CHECK_INT(g.err, EAGAIN);
	TRY(one(&b, &g, "down.org"));
	CHECK(g.err == EAGAIN && !g.cached);
	CHECK_INT(fake_resolver_asked(b.f, "down.org", 0), 2);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

static int test_bounds_of_ttl(void)
{
	static const struct dns_cache_conf conf = {
		.ttl_min_s = 5, .ttl_max_s = 30, .negative_min_s = 2 };
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &conf));
	TRY(one(&b, &g, "x.org"));
	CHECK_INT(g.left_s, 30);
	fake_resolver_ttl(b.f, 0);
	TRY(fake_resolver_a(b.f, "y.org", "192.0.2.2"));
	TRY(one(&b, &g, "y.org"));
	CHECK_INT(g.left_s, 5);
	TRY(one(&b, &g, "none.org"));
	CHECK_INT(g.left_s, 2);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

/* One question for all who wait for it; one of them leaves. */
static int test_joined(void)
{
	struct dns_cache_stats st;
	struct got g[5];
	struct bench b;
	int err = 0;

	memset(g, 0, sizeof(g));
	TRY(up(&b, &plain));
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 100));
	for (int i = 0; i < 5; i++)
		TRY(resolver_query(b.cache, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	run_ms(&b, 50);
	resolver_cancel(&g[0].q);
	resolver_cancel(&g[3].q);
	run_ms(&b, 51);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 1);
	for (int i = 0; i < 5; i++)
		CHECK_INT(g[i].calls, i != 0 && i != 3);
	CHECK(g[1].err == 0 && !g[1].cached);
	dns_cache_get_stats(b.cache, &st);
	CHECK_INT(st.joined, 4);
	CHECK_INT(st.misses, 1);
	CHECK_INT(st.entries, 1);
	/* all leave: the answer is kept nevertheless */
	dns_cache_flush(b.cache);
	TRY(resolver_query(b.cache, &g[0].q, "x.org", DNS_A, on_got, &g[0]));
	resolver_cancel(&g[0].q);
	run_ms(&b, 101);
	dns_cache_get_stats(b.cache, &st);
	CHECK_INT(st.entries, 1);
out:
	for (int i = 0; i < 5; i++)
		(void)dns_rrset_unref(g[i].set);
	down(&b);
	return err;
}

static int test_eviction(void)
{
	static const struct dns_cache_conf few = { .entries_max = 3 };
	static const char *const names[] = { "a.org", "b.org", "c.org",
					     "a.org", "d.org" };
	struct dns_cache_stats st;
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &few));
	for (int i = 0; i < 5; i++)
		TRY(fake_resolver_a(b.f, names[i], "192.0.2.3"));
	for (int i = 0; i < 5; i++)
		TRY(one(&b, &g, names[i]));
	dns_cache_get_stats(b.cache, &st);
	CHECK_INT(st.entries, 3);
	CHECK_INT(st.evicted, 1);
	TRY(one(&b, &g, "a.org"));
	CHECK(g.cached);        /* used since, so b had to go */
	TRY(one(&b, &g, "b.org"));
	CHECK(!g.cached);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

static int test_bytes(void)
{
	static const struct dns_cache_conf small = { .bytes_max = 2000 };
	struct dns_cache_stats st;
	struct got g = { 0 };
	char name[20];
	struct bench b;
	int err = 0;

	TRY(up(&b, &small));
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "n%d.org", i);
		TRY(fake_resolver_a(b.f, name, "192.0.2.3"));
		TRY(one(&b, &g, name));
		dns_cache_get_stats(b.cache, &st);
		CHECK(st.bytes <= 2000 && st.entries > 0);
	}
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

/* The end with callers waiting and answers under way to them. */
static int test_close(void)
{
	struct got g[3];
	struct bench b;
	int err = 0;

	memset(g, 0, sizeof(g));
	TRY(up(&b, &plain));
	TRY(fake_resolver_script(b.f, "slow.org", 0, FAKE_RECORDS, 100));
	TRY(one(&b, &g[0], "x.org"));
	TRY(resolver_query(b.cache, &g[0].q, "x.org", DNS_A, on_got, &g[0]));
	TRY(resolver_query(b.cache, &g[1].q, "slow.org", DNS_A, on_got,
			   &g[1]));
	TRY(resolver_query(b.cache, &g[2].q, "slow.org", DNS_A, on_got,
			   &g[2]));
	resolver_free(b.cache);
	b.cache = NULL;
	run_ms(&b, 200);
	CHECK(g[0].calls == 1 && !g[1].calls && !g[2].calls);
	CHECK(!resolver_is_running(&g[0].q) && !resolver_is_running(&g[2].q));
out:
	for (int i = 0; i < 3; i++)
		(void)dns_rrset_unref(g[i].set);
	down(&b);
	return err;
}

static const struct dns_cache_conf old = { .stale_s = 3600 };

static struct dns_cache_stats stats(const struct bench *b)
{
	struct dns_cache_stats st;

	dns_cache_get_stats(b->cache, &st);
	return st;
}

/* The servers fail: the expired answer is given at once, for an hour, and
 * they are asked again every 5 s only. */
static int test_stale_failing(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &old));
	TRY(one(&b, &g, "x.org"));
	TRY(fake_resolver_script(b.f, "x.org", 0, DNS_SERVFAIL, 0));
	run_ms(&b, 59000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == 0 && g.cached && !g.stale);
	run_ms(&b, 2000);
	for (int i = 0; i < 3; i++) {
		TRY(one(&b, &g, "x.org"));
		CHECK(g.err == 0 && g.cached && g.stale && g.left_s == 0);
		CHECK_INT(g.set->v[0].addr.ip[3], 1);
	}
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 2);
	CHECK_INT(stats(&b).stale, 3);
	run_ms(&b, 5000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.stale);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 3);
	/* back: the fresh answer, and no failure is remembered */
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 0));
	run_ms(&b, 5000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == 0 && !g.stale && g.left_s == 60);
	/* absence is news too, no failure */
	run_ms(&b, 61000);
	TRY(fake_resolver_script(b.f, "x.org", 0, DNS_NXDOMAIN, 0));
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == ENOENT && !g.stale);
	/* and may be stale as well */
	TRY(fake_resolver_script(b.f, "x.org", 0, DNS_REFUSED, 0));
	run_ms(&b, 61000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == ENOENT && g.stale);
	/* too old */
	run_ms(&b, 3600000);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == EAGAIN && !g.stale);
	CHECK_INT(stats(&b).entries, 0);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

/* The servers are slow: after 200 ms the expired answer; who comes later
 * does not wait again; what comes in the end is kept. */
static int test_stale_slow(void)
{
	struct got g[3];
	struct bench b;
	int err = 0;

	memset(g, 0, sizeof(g));
	TRY(up(&b, &old));
	TRY(one(&b, &g[0], "x.org"));
	run_ms(&b, 61000);
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 500));
	for (int i = 0; i < 2; i++) {
		g[i].calls = 0;
		TRY(resolver_query(b.cache, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	}
	run_ms(&b, 198);
	CHECK(!g[0].calls && !g[1].calls);
	run_ms(&b, 4);
	CHECK(g[0].calls == 1 && g[0].stale && g[0].err == 0);
	CHECK(g[1].calls == 1 && g[1].stale);
	TRY(one(&b, &g[2], "x.org"));
	CHECK(g[2].stale);
	run_ms(&b, 300);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 2);
	TRY(one(&b, &g[2], "x.org"));
	CHECK(!g[2].stale && g[2].cached && g[2].left_s >= 59);
	/* in time: no old answer */
	run_ms(&b, 61000);
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 150));
	g[0].calls = 0;
	TRY(resolver_query(b.cache, &g[0].q, "x.org", DNS_A, on_got, &g[0]));
	run_ms(&b, 300);
	CHECK(g[0].calls == 1 && !g[0].stale && !g[0].cached);
	/* forgotten while asked for: nothing old is left to give */
	run_ms(&b, 61000);
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 400));
	g[0].calls = 0;
	TRY(resolver_query(b.cache, &g[0].q, "x.org", DNS_A, on_got, &g[0]));
	dns_cache_flush(b.cache);
	run_ms(&b, 350);
	CHECK_INT(g[0].calls, 0);
	run_ms(&b, 100);
	CHECK(g[0].calls == 1 && g[0].err == 0 && !g[0].stale);
out:
	for (int i = 0; i < 3; i++)
		(void)dns_rrset_unref(g[i].set);
	down(&b);
	return err;
}

/* No query can be started: the old answer, if there is one. */
static int test_stale_refused(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &old));
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 61000);
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_REFUSE, 0));
	TRY(one(&b, &g, "x.org"));
	CHECK(g.err == 0 && g.stale);
	dns_cache_flush(b.cache);
	CHECK_INT(one(&b, &g, "x.org"), ENOBUFS);
	CHECK_INT(stats(&b).asking, 0);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

/* Popular: asked for again in the last tenth of its life, without a caller
 * waiting. Asked for once: not. */
static int test_prefetch(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b, &plain));
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 20000);
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 35000);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 1);
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 100));
	TRY(one(&b, &g, "x.org"));
	CHECK(g.cached && g.left_s < 6);
	TRY(one(&b, &g, "x.org"));      /* under way already */
	CHECK_INT(stats(&b).prefetched, 1);
	run_ms(&b, 200);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 2);
	TRY(one(&b, &g, "x.org"));
	CHECK(g.cached && g.left_s == 60);
	/* in vain: what is there holds to its end */
	run_ms(&b, 56000);
	TRY(fake_resolver_script(b.f, "x.org", 0, DNS_SERVFAIL, 0));
	for (int i = 0; i < 5; i++) {
		TRY(one(&b, &g, "x.org"));
		CHECK(g.cached && g.err == 0);
	}
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 3);
	CHECK_INT(stats(&b).asking, 0);
	/* once only */
	TRY(fake_resolver_script(b.f, "x.org", 0, FAKE_RECORDS, 0));
	run_ms(&b, 61000);
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 56000);
	TRY(one(&b, &g, "x.org"));
	run_ms(&b, 10);
	CHECK_INT(fake_resolver_asked(b.f, NULL, 0), 4);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

static int test_set_conf(void)
{
	static const struct dns_cache_conf few = { .entries_max = 2 };
	struct got g = { 0 };
	char name[20];
	struct bench b;
	int err = 0;

	TRY(up(&b, &plain));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "n%d.org", i);
		TRY(one(&b, &g, name));
	}
	CHECK_INT(stats(&b).entries, 5);
	dns_cache_set_conf(b.cache, &few);
	CHECK_INT(stats(&b).entries, 2);
	TRY(one(&b, &g, "n4.org"));
	CHECK(g.cached);
out:
	(void)dns_rrset_unref(g.set);
	down(&b);
	return err;
}

const struct test_suite suite_dns_cache = {
	"enum/dns_cache", (const struct test[]){
		TEST(test_positive),
		TEST(test_expiry),
		TEST(test_negative_and_outage),
		TEST(test_bounds_of_ttl),
		TEST(test_joined),
		TEST(test_eviction),
		TEST(test_bytes),
		TEST(test_close),
		TEST(test_stale_failing),
		TEST(test_stale_slow),
		TEST(test_stale_refused),
		TEST(test_prefetch),
		TEST(test_set_conf),
		TEST_END } };
