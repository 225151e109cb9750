/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/dns_cache.h"
#include "enum/enum.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

#define NUMBER "+815012345678"
#define DOMAIN "8.7.6.5.4.3.2.1.0.5.1.8."

enum { TREES = 3 };

static const char *const apexes[TREES] = {
	"e164.arpa", "private.example", "carrier.example" };

struct bench {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *f[TREES];
	struct enum_client   *c;
	struct enum_query     q;
	unsigned              calls;
	int                   err;
	uint64_t              at_ms;    /* of the last call */
	struct enum_answer    a;
	struct buf            log;      /* the trace */
};

static void on_step(const struct enum_step *s, void *arg)
{
	struct bench *b = arg;

	enum_step_print(&b->log, s);
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct bench *b = arg;

	b->calls++;
	b->err = err;
	b->at_ms = b->clk.t_us / 1000;
	if (a)
		b->a = *a;
}

/* n trees with ranks 1, 2, 3; each its own server. */
static int up(struct bench *b, unsigned n)
{
	struct enum_tree t[TREES];
	int err;

	memset(b, 0, sizeof(*b));
	memset(t, 0, sizeof(t));
	buf_init(&b->log, 100000);
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	for (unsigned i = 0; i < n && !err; i++) {
		err = fake_resolver_new(&b->f[i], b->loop);
		strcpy(t[i].apex, apexes[i]);
		t[i].rank = (int)i + 1;
		t[i].resolver = err ? NULL : fake_resolver_of(b->f[i]);
	}
	if (!err)
		err = enum_client_new(&b->c, b->loop, t, n);
	return err;
}

static void down(struct bench *b)
{
	enum_client_free(b->c);
	for (int i = 0; i < TREES; i++)
		fake_resolver_free(b->f[i]);
	loop_free(b->loop);
	buf_fini(&b->log);
}

/* Looks NUMBER up; *ms: how long it took. */
static int look(struct bench *b, uint64_t *ms)
{
	uint64_t t0 = b->clk.t_us / 1000;
	int err;

	b->calls = 0;
	b->q = (struct enum_query){ .trace = on_step, .trace_arg = b };
	err = enum_lookup(b->c, &b->q, NUMBER, 0, on_enum, b);
	if (err)
		return err;
	if (b->calls)
		return EINVAL;  /* too early */
	loop_run_until(b->loop, b->clk.t_us + 3000000);
	*ms = b->at_ms - t0;
	return b->calls == 1 ? 0 : ETIME;
}

/* One NAPTR record in a tree: next: a non-terminal to there. */
struct rec {
	const char *name;       /* NULL: the number's */
	unsigned    order, preference;
	const char *regexp, *next;
};
#define REC(...) &(const struct rec){ __VA_ARGS__ }

static int put(struct bench *b, int tree, const struct rec *r)
{
	char domain[DNS_NAME_MAX];
	struct dns_naptr rr = {
		.order = (uint16_t)r->order,
		.preference = (uint16_t)r->preference,
		.flags = str_z(*r->next ? "" : "u"),
		.services = str_z(*r->next ? "" : "E2U+sip"),
		.regexp = str_z(r->regexp), .replacement = r->next };

	snprintf(domain, sizeof(domain), "%s%s", r->name ? r->name : DOMAIN,
		 r->name ? "" : apexes[tree]);
	return fake_resolver_naptr(b->f[tree], domain, &rr);
}

static int script(struct bench *b, int tree, int how, unsigned delay_ms)
{
	char domain[DNS_NAME_MAX];

	snprintf(domain, sizeof(domain), "%s%s", DOMAIN, apexes[tree]);
	return fake_resolver_script(b->f[tree], domain, 0, how, delay_ms);
}

static int test_domain(void)
{
	char out[DNS_NAME_MAX], small[37];
	int err = 0;

	TRY(enum_domain(out, sizeof(out), "+815012345678", "e164.arpa"));
	CHECK_STR(str_z(out), "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa");
	/* RFC 6116, 3.2 */
	TRY(enum_domain(out, sizeof(out), "+442079460148", "e164.arpa"));
	CHECK_STR(str_z(out), "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa");
	CHECK_INT(enum_domain(out, sizeof(out), "110", "e164.arpa"), EBADMSG);
	CHECK_INT(enum_domain(out, sizeof(out), "815012345678", "e164.arpa"),
		  EBADMSG);
	TRY(enum_domain(small, 34, "+442079460148", "e164.arpa"));
	CHECK_INT(enum_domain(small, 33, "+442079460148", "e164.arpa"),
		  ENAMETOOLONG);
out:
	return err;
}

static int test_found(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 10, 20, "!^.*$!sip:second@x.org!", "")));
	TRY(put(&b, 0, REC(NULL, 10, 10, "!^\\+81(.*)$!sip:0\\1@x.org!", "")));
	TRY(put(&b, 0, REC(NULL, 11, 1, "!^.*$!sip:never@x.org!", "")));
	TRY(script(&b, 0, FAKE_RECORDS, 5));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK_INT(ms, 5);
	CHECK_INT(b.a.n, 2);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:05012345678@x.org");
	CHECK_STR(str_z(b.a.v[0].service), "E2U+sip");
	CHECK_STR(str_z(b.a.v[1].uri), "sip:second@x.org");
	CHECK_STR(str_z(b.a.apex), "e164.arpa");
	CHECK_INT(b.a.v[1].preference, 20);
out:
	down(&b);
	return err;
}

/* The three results are three. */
static int test_not_found_and_unavailable(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	TRY(put(&b, 0, REC(NULL, 1, 1, "!^.*$!mailto:a@b!", "")));
	TRY(look(&b, &ms));             /* nothing for calls */
	CHECK_INT(b.err, ENOENT);
	TRY(script(&b, 0, DNS_SERVFAIL, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
	CHECK(ms < 2);
	TRY(script(&b, 0, FAKE_SILENT, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
	CHECK_INT(ms, ENUM_DEADLINE_MS);
	enum_client_set_deadline(b.c, 120);
	TRY(look(&b, &ms));
	CHECK_INT(ms, 120);
	TRY(script(&b, 0, FAKE_GARBAGE, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
	TRY(script(&b, 0, FAKE_REFUSE, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
out:
	down(&b);
	return err;
}

static int test_rank(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 3));
	TRY(put(&b, 1, REC(NULL, 1, 1, "!^.*$!sip:two@x!", "")));
	TRY(put(&b, 2, REC(NULL, 1, 1, "!^.*$!sip:three@x!", "")));
	TRY(script(&b, 0, FAKE_RECORDS, 50));
	TRY(script(&b, 1, FAKE_RECORDS, 30));
	TRY(look(&b, &ms));     /* the first says no at 50, two is there */
	CHECK_INT(ms, 50);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:two@x");
	CHECK_STR(str_z(b.a.apex), "private.example");
	TRY(script(&b, 1, FAKE_RECORDS, 300));
	TRY(look(&b, &ms));     /* three knows at once, two is waited for */
	CHECK_INT(ms, 300);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:two@x");
	TRY(script(&b, 1, FAKE_SILENT, 0));
	TRY(look(&b, &ms));     /* but not for ever */
	CHECK_INT(ms, ENUM_DEADLINE_MS);
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:three@x");
	TRY(script(&b, 1, DNS_REFUSED, 0));
	TRY(look(&b, &ms));     /* an outage is no reason to wait */
	CHECK_INT(ms, 50);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:three@x");
	TRY(script(&b, 2, DNS_NXDOMAIN, 0));
	TRY(look(&b, &ms));     /* two may have known: unavailable */
	CHECK_INT(b.err, EAGAIN);
	TRY(put(&b, 0, REC(NULL, 1, 1, "!^.*$!sip:one@x!", "")));
	TRY(script(&b, 0, FAKE_RECORDS, 1));
	TRY(script(&b, 1, FAKE_SILENT, 0));
	TRY(look(&b, &ms));     /* the first is enough */
	CHECK_INT(ms, 1);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:one@x");
	CHECK_INT(fake_resolver_waiting(b.f[1]), 0);
out:
	down(&b);
	return err;
}

static int test_non_terminal(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "hop1.example")));
	TRY(put(&b, 0, REC("hop1.example", 1, 1, "", "hop2.example")));
	fake_resolver_ttl(b.f[0], 7);
	TRY(put(&b, 0, REC("hop2.example", 1, 1, "!^.*$!sip:far@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:far@x");
	CHECK_INT(b.a.ttl_s, 7);
	/* nothing there: the others of its order are taken */
	fake_resolver_forget(b.f[0], "hop2.example");
	TRY(put(&b, 0, REC(NULL, 1, 5, "!^.*$!sip:beside@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:beside@x");
	/* an outage on the way too */
	TRY(fake_resolver_script(b.f[0], "hop2.example", 0, DNS_SERVFAIL, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
out:
	down(&b);
	return err;
}

static int test_loops(void)
{
	struct bench b;
	uint64_t ms;
	char a[20], n[20];
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "a.example")));
	TRY(put(&b, 0, REC("a.example", 1, 1, "", "B.example")));
	TRY(put(&b, 0, REC("b.example", 1, 1, "", "A.example")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 3);
	/* a chain of 5 is followed, one of 6 is not */
	fake_resolver_forget(b.f[0], "a.example");
	TRY(put(&b, 0, REC("a.example", 1, 1, "", "n1.example")));
	for (int i = 1; i < 6; i++) {
		snprintf(a, sizeof(a), "n%d.example", i);
		snprintf(n, sizeof(n), "n%d.example", i + 1);
		TRY(put(&b, 0, REC(a, 1, 1, "", n)));
	}
	TRY(put(&b, 0, REC("n6.example", 1, 1, "!^.*$!sip:a@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	fake_resolver_forget(b.f[0], "n4.example");
	TRY(put(&b, 0, REC("n4.example", 1, 1, "!^.*$!sip:a@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
out:
	down(&b);
	return err;
}

static int test_trace(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 2));
	TRY(put(&b, 0, REC(NULL, 10, 1, "!^(!sip:\xff\"@x!", "")));
	TRY(put(&b, 0, REC(NULL, 10, 2, "!^.*$!sip:a@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.log.err, 0);
	buf_addc(&b.log, '\0');
	CHECK(strstr((char *)b.log.p, "query " DOMAIN "e164.arpa NAPTR\n"));
	CHECK(strstr((char *)b.log.p, "NOERROR, 2 records"));
	CHECK(strstr((char *)b.log.p, "bad (parenthesis is not closed)"));
	CHECK(strstr((char *)b.log.p, ": used -> sip:a@x\n"));
	CHECK(strstr((char *)b.log.p, "tree private.example: not found "
		     "(no such name)") == NULL);
	CHECK(strstr((char *)b.log.p, "result: found in e164.arpa\n"));
out:
	down(&b);
	return err;
}

static int test_validated(void)
{
	struct enum_tree t = { .require_ad = true, .apex = "e164.arpa." };
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	enum_client_free(b.c);
	b.c = NULL;
	t.resolver = fake_resolver_of(b.f[0]);
	TRY(enum_client_new(&b.c, b.loop, &t, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "!^.*$!sip:a@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
	fake_resolver_ad(b.f[0], true);
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.apex), "e164.arpa");
out:
	down(&b);
	return err;
}

/* With the cache in front: the second lookup asks nobody; and when the
 * server fails the answer is the old one, and says so. */
static int test_cached(void)
{
	static const struct dns_cache_conf conf = { .stale_s = 3600 };
	struct enum_tree t = { .apex = "e164.arpa" };
	struct resolver *cache = NULL;
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	enum_client_free(b.c);
	b.c = NULL;
	TRY(dns_cache_new(&cache, b.loop, &conf, fake_resolver_of(b.f[0])));
	t.resolver = cache;
	TRY(enum_client_new(&b.c, b.loop, &t, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "!^.*$!sip:a@x!", "")));
	TRY(script(&b, 0, FAKE_RECORDS, 40));
	TRY(look(&b, &ms));
	CHECK(!b.a.cached && ms == 40);
	TRY(look(&b, &ms));
	CHECK(b.a.cached && ms == 0);
	CHECK(b.a.ttl_s > 50 && b.a.ttl_s < 60);
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 1);
	CHECK(!b.a.stale);
	TRY(script(&b, 0, FAKE_SILENT, 0));
	loop_run_until(b.loop, b.clk.t_us + 60000000);
	TRY(look(&b, &ms));
	CHECK(b.err == 0 && b.a.stale && b.a.cached && ms == 200);
	buf_addc(&b.log, '\0');
	CHECK_INT(b.log.err, 0);
	CHECK(strstr((char *)b.log.p, ", stale, from cache"));
out:
	enum_client_free(b.c);
	b.c = NULL;
	resolver_free(cache);
	down(&b);
	return err;
}

static int test_cancel(void)
{
	struct enum_query q[3];
	struct bench b;
	int err = 0;

	memset(q, 0, sizeof(q));
	TRY(up(&b, 2));
	for (int i = 0; i < 3; i++)
		TRY(enum_lookup(b.c, &q[i], NUMBER, 100, on_enum, &b));
	enum_cancel(&q[1]);
	enum_cancel(&q[1]);
	CHECK(!q[1].job);
	loop_run_until(b.loop, b.clk.t_us + 10000);
	CHECK_INT(b.calls, 2);
	/* the client goes with lookups running */
	TRY(enum_lookup(b.c, &q[0], NUMBER, 100, on_enum, &b));
	enum_client_free(b.c);
	b.c = NULL;
	CHECK(!q[0].job);
	loop_run_until(b.loop, b.clk.t_us + 10000);
	CHECK_INT(b.calls, 2);
out:
	down(&b);
	return err;
}

static void on_enum_free(int err, const struct enum_answer *a, void *arg)
{
	struct bench *b = arg;

	on_enum(err, a, b);
	enum_client_free(b->c);
	b->c = NULL;
}

static int test_free_in_callback(void)
{
	struct enum_query q[2];
	struct bench b;
	int err = 0;

	memset(q, 0, sizeof(q));
	TRY(up(&b, 2));
	TRY(enum_lookup(b.c, &q[0], NUMBER, 0, on_enum_free, &b));
	TRY(enum_lookup(b.c, &q[1], NUMBER, 0, on_enum, &b));
	loop_run_until(b.loop, b.clk.t_us + 10000);
	CHECK_INT(b.calls, 1);
out:
	down(&b);
	return err;
}

static int test_refused(void)
{
	struct enum_tree t[ENUM_TREES_MAX + 1];
	struct enum_client *c = NULL;
	struct bench b;
	int err = 0;

	memset(t, 0, sizeof(t));
	TRY(up(&b, 1));
	CHECK_INT(enum_lookup(b.c, &b.q, "110", 0, on_enum, &b), EBADMSG);
	CHECK_INT(enum_lookup(b.c, &b.q, "", 0, on_enum, &b), EBADMSG);
	CHECK_INT(enum_client_new(&c, b.loop, t, ENUM_TREES_MAX + 1), EINVAL);
	CHECK_INT(enum_client_new(&c, b.loop, t, 1), EINVAL); /* no apex */
	strcpy(t[0].apex, "e164 arpa");
	CHECK_INT(enum_client_new(&c, b.loop, t, 1), EINVAL);
	memset(t[0].apex, 'a', sizeof(t[0].apex));
	CHECK_INT(enum_client_new(&c, b.loop, t, 1), EINVAL);
out:
	down(&b);
	return err;
}

/* Other trees: lookups under way go on in the old ones. */
static int test_set_trees(void)
{
	struct enum_tree t = { .apex = "e164.arpa" };
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 2));
	TRY(put(&b, 0, REC(NULL, 1, 1, "!^.*$!sip:old@x!", "")));
	TRY(script(&b, 0, FAKE_RECORDS, 100));
	TRY(enum_lookup(b.c, &b.q, NUMBER, 0, on_enum, &b));
	TRY(enum_client_set_trees(b.c, NULL, 0));
	loop_run_until(b.loop, b.clk.t_us + 1000000);
	CHECK(b.calls == 1 && b.err == 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:old@x");
	/* no tree: in no tree, at once */
	TRY(look(&b, &ms));
	CHECK(b.err == ENOENT && ms == 0);
	t.resolver = fake_resolver_of(b.f[1]);
	TRY(enum_client_set_trees(b.c, &t, 1));
	strcpy(t.apex, "..");
	CHECK_INT(enum_client_set_trees(b.c, &t, 1), EINVAL);
	CHECK_INT(enum_client_set_trees(b.c, &t, ENUM_TREES_MAX + 1), EINVAL);
	TRY(look(&b, &ms));
	CHECK_INT(fake_resolver_asked(b.f[1], NULL, 0), 2);
out:
	down(&b);
	return err;
}

const struct test_suite suite_enum = {
	"enum/enum", (const struct test[]){
		TEST(test_domain),
		TEST(test_found),
		TEST(test_not_found_and_unavailable),
		TEST(test_rank),
		TEST(test_non_terminal),
		TEST(test_loops),
		TEST(test_trace),
		TEST(test_validated),
		TEST(test_cached),
		TEST(test_cancel),
		TEST(test_free_in_callback),
		TEST(test_refused),
		TEST(test_set_trees),
		TEST_END } };
