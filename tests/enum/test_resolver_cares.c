/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "tests/enum/cares_bench.h"
#include "tests/lib/test.h"

static int test_answers(void)
{
	static const struct { enum how how; int want; } t[] = {
		{ ANSWER, 0 }, { SERVFAIL, EAGAIN }, { REFUSED, EAGAIN },
		{ GARBAGE, EBADMSG }, { ANSWER, 0 },
	};
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1));
	for (int i = 0; i < 5; i++) {
		b.s[0].how = t[i].how;
		TRY(ask(&b, &g, &ms));
		CHECK_INT(g.err, t[i].want);
		CHECK_INT(g.n, t[i].want ? 0 : 1);
		if (t[i].how == SERVFAIL)       /* no blind repetition */
			CHECK_INT(b.s[0].seen_udp, 2);
	}
out:
	down(&b);
	return err;
}

static int test_truncated(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1));
	b.s[0].how = TRUNCATED;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && g.n == 1);
	CHECK_INT(b.s[0].seen_tcp, 1);
	b.s[0].how = LARGE;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && g.n == 90);
	CHECK_INT(b.s[0].seen_tcp, 2);
	/* 64 kB, more records than anybody needs: the first are used */
	b.s[0].how = HUGE;
	TRY(ask(&b, &g, &ms));
	CHECK(w.n > 60000 && w.n < 65535);
	CHECK(g.err == 0 && g.n == DNS_RR_MAX);
out:
	down(&b);
	return err;
}

/* A server that is to be asked by TCP only. */
static int test_tcp(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up_with(&b, 1, true, LONG_MS));
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && g.n == 1);
	CHECK_INT(b.s[0].seen_udp, 0);
	CHECK_INT(b.s[0].seen_tcp, 1);
	b.s[0].how = SERVFAIL;
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, EAGAIN);
	CHECK_INT(b.s[0].seen_udp, 0);
out:
	down(&b);
	return err;
}

/* Answers of strangers are not taken; the wait goes on. */
static int test_forged(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	for (enum how h = WRONG_ID; h <= OTHER_NAME; h++) {
		TRY(up_with(&b, 2, false, SHORT_MS));
		b.s[0].how = h;
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && ms >= 99);
		if (h != OTHER_NAME)
			down(&b);
	}
out:
	down(&b);
	return err;
}

/* Servers that know no EDNS, and say so with nothing but a header; one that
 * says so of everything. None of it is silence. */
static int test_formerr(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	for (int bare = 0; bare < 2; bare++) {
		TRY(up(&b, 1));
		b.s[0].how = bare ? BARE : NO_OPT;
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && g.n == 1 && ms < LONG_MS);
		CHECK_INT(b.s[0].seen_udp, 2);
		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && b.s[0].seen_udp == 3); /* remembered */
		if (!bare)
			down(&b);
	}
	b.s[0].how = FORMERR;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == EAGAIN && ms < LONG_MS && b.s[0].seen_udp == 4);
	b.s[0].how = ANSWER;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && b.s[0].seen_udp == 5);
out:
	down(&b);
	return err;
}

/* The server is in this loop too: one callback of its for a query. */
static long held_up(const struct bench *b)
{
	return (long)loop_stalls(b->loop) - (long)b->s[0].seen_udp;
}

/* Thousands of forged answers: the right one among them is found, soon,
 * and the loop is never held up. */
static int test_flood(void)
{
	struct bench b;
	bool smooth = false;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(ask(&b, &g, &ms));
	b.s[0].how = FLOOD;
	/* once at least: a machine that stands still holds it up, too */
	for (int i = 0; i < 3 || (i < 20 && !smooth); i++) {
		long before = held_up(&b);

		TRY(ask(&b, &g, &ms));
		CHECK(g.err == 0 && g.n == 1);
		smooth |= held_up(&b) <= before;
	}
	CHECK(smooth);
	CHECK(resolver_cares_is_up(b.r));
out:
	down(&b);
	return err;
}

static int test_silent(void)
{
	unsigned ms, least = LONG_MS;
	struct bench b;
	struct got g;
	int err = 0;

	TRY(up_with(&b, 2, false, SHORT_MS));
	b.s[0].how = SILENT;
	TRY(ask(&b, &g, &ms));
	CHECK(g.err == 0 && ms >= 99);
	for (int i = 0; i < 3; i++) {   /* the second does not pay again */
		TRY(ask(&b, &g, &ms));
		CHECK_INT(g.err, 0);
		least = ms < least ? ms : least;
	}
	CHECK(least < SHORT_MS);
	CHECK(b.s[0].seen_udp <= 6);    /* and probes perhaps */
	b.s[1].how = SILENT;
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, EAGAIN);
out:
	down(&b);
	return err;
}

/* Other addresses at our end: what is under way is sent again at once, from
 * a new socket, and nothing of it counts against the server. */
static int test_renew(void)
{
	uint64_t t0 = clk_real.now_us(NULL);
	struct got g = { .calls = 0 };
	struct bench b;
	int err = 0;

	TRY(up_with(&b, 1, false, 2 * LONG_MS));
	resolver_cares_renew(b.r);      /* nothing to do */
	b.s[0].how = SILENT;
	TRY(resolver_query(b.r, &g.q, "a.example.org", DNS_A, on_got, &g));
	while (b.s[0].seen_udp == 0 && clk_real.now_us(NULL) - t0 < 5000000)
		loop_turn(b.loop, 10);
	b.s[0].how = ANSWER;
	resolver_cares_renew(b.r);
	t0 = clk_real.now_us(NULL);
	while (!g.calls && clk_real.now_us(NULL) - t0 < 5000000)
		loop_turn(b.loop, 100);
	CHECK(g.calls == 1 && g.err == 0 && b.s[0].seen_udp == 2);
	CHECK(clk_real.now_us(NULL) - t0 < 2000 * LONG_MS);
out:
	down(&b);
	return err;
}

/* A port is not kept for long enough to be found (RFC 5452, 9.2), though
 * there is always something under way. */
static int test_ports(void)
{
	uint16_t port[3] = { 0, 0, 0 };
	struct clk_virtual clk;
	struct got g;
	struct bench b;
	int err = 0;

	clk_virtual_init(&clk);
	TRY(up_on(&b, &clk.clk, 1, false, LONG_MS));
	b.s[0].how = SILENT;
	for (int i = 0; i < 3; i++) {
		memset(&g, 0, sizeof(g));
		TRY(resolver_query(b.r, &g.q, "a.example.org", DNS_A, on_got,
				   &g));
		loop_run_until(b.loop, clk.t_us + 10000);
		CHECK_INT(b.s[0].seen_udp, i + 1);
		port[i] = b.s[0].from.port;
		/* c-ares waits on, by a clock of its own */
		resolver_cancel(&g.q);
		loop_run_until(b.loop, clk.t_us + 20000000);
	}
	CHECK(port[0] && (port[0] != port[1] || port[0] != port[2]));
out:
	down(&b);
	return err;
}

/* Nobody listens there: known at once, by ICMP. */
static int test_closed_port(void)
{
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up_with(&b, 2, false, SHORT_MS));
	server_down(&b.s[0]);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, 0);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, 0);
	server_down(&b.s[1]);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, EAGAIN);
	/* long enough for the channels to be built anew; then back on the
	 * same port: found by the probes */
	loop_run_until(b.loop, loop_now_us(b.loop) + 1200000);
	TRY(server_up(&b.s[1], b.loop, b.conf.servers[1].port));
	for (int i = 0; i < 100 && !resolver_cares_is_up(b.r); i++)
		loop_turn(b.loop, 50);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, 0);
out:
	down(&b);
	return err;
}

static int test_callbacks(void)
{
	struct got g[3];
	struct bench b;
	int err = 0;

	TRY(up(&b, 1));
	memset(g, 0, sizeof(g));
	g[0].cancel = &g[1].q;
	g[2].again = b.r;
	for (int i = 0; i < 3; i++)
		TRY(resolver_query(b.r, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	for (int i = 0; i < 100 && g[2].calls < 3; i++)
		loop_turn(b.loop, 50);
	CHECK(g[0].calls == 1 && g[1].calls == 0 && g[2].calls == 3);
	/* destroyed in a callback, with others in flight */
	memset(g, 0, sizeof(g));
	g[0].end = b.r;
	for (int i = 0; i < 3; i++)
		TRY(resolver_query(b.r, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	for (int i = 0; i < 100 && !g[0].calls; i++)
		loop_turn(b.loop, 50);
	CHECK(g[0].calls == 1);
	b.r = NULL;
	loop_turn(b.loop, 20);
	CHECK(g[1].calls + g[2].calls == 0);
out:
	down(&b);
	return err;
}

/* Closed with packets under way to a silent server. */
static int test_close(void)
{
	static struct got g[300];
	struct bench b;
	int err = 0;

	memset(g, 0, sizeof(g));
	TRY(up(&b, 1));
	b.s[0].how = SILENT;
	for (int i = 0; i < 300; i++)   /* beyond the window */
		TRY(resolver_query(b.r, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	for (int i = 0; i < 5; i++)
		loop_turn(b.loop, 10);
	resolver_free(b.r);
	b.r = NULL;
	for (int i = 0; i < 300; i++)
		CHECK(!g[i].calls && !resolver_is_running(&g[i].q));
out:
	down(&b);
	return err;
}

static int test_many(void)
{
	static struct got g[2000];
	struct bench b;
	unsigned done = 0;
	int err = 0;

	memset(g, 0, sizeof(g));
	TRY(up(&b, 1));
	for (int i = 0; i < 2000; i++)
		TRY(resolver_query(b.r, &g[i].q, "x.org", DNS_A, on_got,
				   &g[i]));
	for (int t = 0; t < 20000 && done < 2000; t++) {
		loop_turn(b.loop, 10);
		done = 0;
		for (int i = 0; i < 2000; i++)
			done += g[i].calls;
	}
	CHECK_INT(done, 2000);
	for (int i = 0; i < 2000; i++)
		CHECK_INT(g[i].err, 0);
out:
	down(&b);
	return err;
}

static int test_conf(void)
{
	struct resolver_conf conf = { .n_servers = POOL_LINKS_MAX + 1 };
	char path[] = "/tmp/resolv.XXXXXX";
	struct resolver *r = NULL;
	struct loop *l = NULL;
	int err = 0, fd = mkstemp(path);

	CHECK(fd >= 0);
	TRY(loop_new(&l, &clk_real));
	CHECK_INT(resolver_cares_new(&r, l, &conf), EINVAL);
	conf.n_servers = 1;
	CHECK_INT(resolver_cares_new(&r, l, &conf), EINVAL);
	conf.n_servers = 0;
	conf.resolv_conf = path;
	CHECK(write(fd, "nameserver ::1\nnameserver 127.0.0.9\n", 36) == 36);
	TRY(resolver_cares_new(&r, l, &conf));
out:
	resolver_free(r);
	loop_free(l);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return err;
}

static int write_file(int fd, const char *text)
{
	return ftruncate(fd, 0) ||
	       pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text);
}

/* The network comes after the gateway: resolv.conf is filled later. */
static int test_watch(void)
{
	char path[] = "/tmp/resolv.XXXXXX";
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0, fd = mkstemp(path);

	CHECK(fd >= 0);
	TRY(up(&b, 1));
	resolver_free(b.r);
	b.r = NULL;
	b.conf.n_servers = 0;
	b.conf.resolv_conf = path;
	b.conf.watch_ms = 50;
	b.conf.port = b.s[0].addr.port;
	TRY(write_file(fd, "nameserver 127.0.0.2\n"));
	TRY(resolver_cares_new(&b.r, b.loop, &b.conf));
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, EAGAIN);
	TRY(write_file(fd, "nameserver 127.77.0.1\n"));
	for (int i = 0; i < 100 && !resolver_cares_is_up(b.r); i++)
		loop_turn(b.loop, 50);
	TRY(ask(&b, &g, &ms));
	CHECK_INT(g.err, 0);
	/* a query that waits at a server which goes is asked again */
	b.s[0].how = SILENT;
	memset(&g, 0, sizeof(g));
	TRY(resolver_query(b.r, &g.q, "x.org", DNS_A, on_got, &g));
	loop_turn(b.loop, 10);
	b.s[0].how = ANSWER;
	TRY(write_file(fd, "nameserver 127.0.0.2\nnameserver 127.77.0.1"));
	for (int i = 0; i < 100 && !g.calls; i++)
		loop_turn(b.loop, 50);
	CHECK(g.calls == 1 && g.err == 0);
out:
	if (fd >= 0) {
		down(&b);
		close(fd);
		unlink(path);
	}
	return err;
}

const struct test_suite suite_resolver_cares = {
	"enum/resolver_cares", (const struct test[]){
		TEST_WITH(test_answers, TEST_REAL),
		TEST_WITH(test_truncated, TEST_REAL),
		TEST_WITH(test_tcp, TEST_REAL),
		TEST_WITH(test_formerr, TEST_REAL),
		TEST_WITH(test_forged, TEST_REAL),
		TEST_WITH(test_flood, TEST_REAL),
		TEST_WITH(test_silent, TEST_REAL),
		TEST_WITH(test_closed_port, TEST_REAL),
		TEST_WITH(test_renew, TEST_REAL),
		TEST_WITH(test_ports, TEST_REAL),
		TEST_WITH(test_callbacks, TEST_REAL),
		TEST_WITH(test_close, TEST_REAL),
		TEST_WITH(test_many, TEST_REAL),
		TEST_WITH(test_conf, TEST_REAL),
		TEST_WITH(test_watch, TEST_REAL),
		TEST_END } };
