/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/resolver.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

struct bench {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *f;
};

static int up(struct bench *b)
{
	int err;

	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	if (!err)
		err = fake_resolver_new(&b->f, b->loop);
	return err;
}

static void down(struct bench *b)
{
	fake_resolver_free(b->f);
	loop_free(b->loop);
}

static void run_ms(struct bench *b, unsigned ms)
{
	loop_run_until(b->loop, b->clk.t_us + ms * 1000ULL);
}

struct got {
	unsigned         calls;
	int              err;
	unsigned         n;
	struct resolver *again;
	struct dns_query q;
};

static void on_got(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->n = set ? set->n : 0;
	if (g->again && g->calls == 1 &&
	    resolver_query(g->again, &g->q, "x.org", DNS_A, on_got, g))
		g->err = EIO;
}

static int test_names(void)
{
	char name[300];
	int err = 0;

	CHECK(dns_name_is_valid("_sip._udp.example-1.com"));
	CHECK(dns_name_is_valid("a"));
	CHECK(!dns_name_is_valid(""));
	CHECK(!dns_name_is_valid("."));
	CHECK(!dns_name_is_valid("a."));
	CHECK(!dns_name_is_valid(".a"));
	CHECK(!dns_name_is_valid("a..b"));
	CHECK(!dns_name_is_valid("a b"));
	CHECK(!dns_name_is_valid("a\\046b"));
	CHECK(!dns_name_is_valid("b\xc3\xbc.de"));
	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	CHECK(dns_name_is_valid(name));
	name[63] = 'a';
	name[64] = '\0';
	CHECK(!dns_name_is_valid(name));
	for (int i = 1; i < 299; i += 2)
		name[i] = '.';
	name[64] = 'a';
	name[253] = '\0';
	CHECK(dns_name_is_valid(name));
	name[253] = '.';
	name[255] = '\0';
	CHECK(!dns_name_is_valid(name));
	CHECK_STR(str_z(dns_type_name(DNS_NAPTR)), "NAPTR");
	CHECK_STR(str_z(dns_rcode_name(DNS_SERVFAIL)), "SERVFAIL");
out:
	return err;
}

static int test_query(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b));
	TRY(fake_resolver_a(b.f, "x.org", "192.0.2.1"));
	TRY(fake_resolver_a(b.f, "x.org", "2001:db8::1"));
	TRY(fake_resolver_script(b.f, "slow.org", 0, DNS_SERVFAIL, 50));
	TRY(fake_resolver_script(b.f, "full.org", 0, FAKE_REFUSE, 0));
	TRY(fake_resolver_script(b.f, "bad.org", 0, FAKE_GARBAGE, 0));
	TRY(resolver_query(fake_resolver_of(b.f), &g.q, "X.org.", DNS_A,
			   on_got, &g));
	CHECK_INT(g.calls, 0);
	CHECK(resolver_is_running(&g.q));
	run_ms(&b, 1);
	CHECK(g.calls == 1 && g.err == 0 && g.n == 1);
	CHECK(!resolver_is_running(&g.q));
	TRY(resolver_query(fake_resolver_of(b.f), &g.q, "x.org", DNS_SRV,
			   on_got, &g));
	run_ms(&b, 1);
	CHECK(g.calls == 2 && g.err == ENOENT);
	TRY(resolver_query(fake_resolver_of(b.f), &g.q, "slow.org", DNS_A,
			   on_got, &g));
	run_ms(&b, 49);
	CHECK_INT(g.calls, 2);
	run_ms(&b, 2);
	CHECK(g.calls == 3 && g.err == EAGAIN);
	CHECK_INT(resolver_query(fake_resolver_of(b.f), &g.q, "full.org",
				 DNS_A, on_got, &g), ENOBUFS);
	CHECK_INT(resolver_query(fake_resolver_of(b.f), &g.q, "a b", DNS_A,
				 on_got, &g), EBADMSG);
	CHECK(!resolver_is_running(&g.q));
	TRY(resolver_query(fake_resolver_of(b.f), &g.q, "bad.org", DNS_A,
			   on_got, &g));
	resolver_cancel(&g.q);
	resolver_cancel(&g.q);
	run_ms(&b, 10);
	CHECK_INT(g.calls, 3);
	CHECK_INT(fake_resolver_asked(b.f, "x.org", 0), 2);
	CHECK_INT(fake_resolver_asked(b.f, NULL, DNS_A), 3);
	CHECK_INT(fake_resolver_waiting(b.f), 0);
out:
	down(&b);
	return err;
}

/* Deferred answers: next turn, any of them may be dropped by another, and
 * what is asked meanwhile waits for the turn after. */
static struct dns_query *victim;
static struct resolver_ready *doomed;

static void on_drop(int err, const struct dns_rrset *set, void *arg)
{
	(void)set;
	++*(unsigned *)arg;
	if (victim)
		resolver_ready_drop(victim);
	if (doomed)
		resolver_ready_fini(doomed);
	victim = NULL;
	(void)err;
}

static int test_ready(void)
{
	struct dns_query q[3];
	struct resolver_ready y;
	unsigned calls = 0;
	struct bench b;
	int err = 0;

	TRY(up(&b));
	resolver_ready_init(&y, b.loop);
	for (int i = 0; i < 3; i++) {
		q[i] = (struct dns_query){ .r = fake_resolver_of(b.f),
			.fn = on_drop, .arg = &calls };
		resolver_ready_add(&y, &q[i], EAGAIN, NULL);
	}
	CHECK_INT(calls, 0);
	victim = &q[1];
	loop_turn(b.loop, 0);
	CHECK_INT(calls, 2);
	CHECK(!q[1].r && !q[2].r);
	/* freed in the middle: the rest is dropped */
	for (int i = 0; i < 3; i++)
		resolver_ready_add(&y, &q[i], EAGAIN, NULL);
	doomed = &y;
	loop_turn(b.loop, 0);
	CHECK_INT(calls, 3);
	loop_turn(b.loop, 0);
	CHECK_INT(calls, 3);
out:
	victim = NULL;
	doomed = NULL;
	down(&b);
	return err;
}

static int test_restart_in_callback(void)
{
	struct got g = { 0 };
	struct bench b;
	int err = 0;

	TRY(up(&b));
	g.again = fake_resolver_of(b.f);
	TRY(fake_resolver_a(b.f, "x.org", "192.0.2.1"));
	TRY(resolver_query(fake_resolver_of(b.f), &g.q, "y.org", DNS_A,
			   on_got, &g));
	run_ms(&b, 5);
	CHECK(g.calls == 2 && g.err == 0);
out:
	down(&b);
	return err;
}

const struct test_suite suite_resolver = {
	"enum/resolver", (const struct test[]){
		TEST(test_names),
		TEST(test_query),
		TEST(test_ready),
		TEST(test_restart_in_callback),
		TEST_END } };
