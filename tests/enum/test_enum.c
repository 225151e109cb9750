/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/dns_cache.h"
#include "enum/enum.h"
#include "tests/enum/enum_bench.h"
#include "tests/lib/test.h"

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
	struct enum_tree t = { .apex = "e164.arpa.",
		.policy.dnssec = ENUM_DNSSEC_REQUIRED };
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
	struct enum_tree t[1];
	struct enum_client *c = NULL;
	struct bench b;
	int err = 0;

	memset(t, 0, sizeof(t));
	TRY(up(&b, 1));
	CHECK_INT(enum_lookup(b.c, &b.q, "110", 0, on_enum, &b), EBADMSG);
	CHECK_INT(enum_lookup(b.c, &b.q, "", 0, on_enum, &b), EBADMSG);
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
	TRY(set_trees(b.c, NULL, 0));
	loop_run_until(b.loop, b.clk.t_us + 1000000);
	CHECK(b.calls == 1 && b.err == 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:old@x");
	/* no tree: in no tree, at once */
	TRY(look(&b, &ms));
	CHECK(b.err == ENOENT && ms == 0);
	t.resolver = fake_resolver_of(b.f[1]);
	TRY(set_trees(b.c, &t, 1));
	strcpy(t.apex, "..");
	CHECK_INT(set_trees(b.c, &t, 1), EINVAL);
	TRY(look(&b, &ms));
	CHECK_INT(fake_resolver_asked(b.f[1], NULL, 0), 2);
out:
	down(&b);
	return err;
}

/* As many as there are: the last one knows the number. */
static int test_many(void)
{
	enum { MANY = 100 };
	static struct enum_tree t[MANY];
	struct bench b;
	uint64_t ms;
	int err = 0;

	memset(t, 0, sizeof(t));
	TRY(up(&b, 2));
	TRY(put(&b, 1, REC(NULL, 1, 1, "!^.*$!sip:last@x!", "")));
	for (unsigned i = 0; i < MANY; i++) {
		strcpy(t[i].apex, apexes[i == 0]);
		t[i].rank = (int)(MANY - i);
		t[i].resolver = fake_resolver_of(b.f[i == 0]);
	}
	TRY(set_trees(b.c, t, MANY));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:last@x");
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), MANY - 1);
out:
	down(&b);
	return err;
}

const struct test_suite suite_enum = {
	"enum/enum", (const struct test[]){
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
		TEST(test_many),
		TEST_END } };
