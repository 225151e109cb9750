/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-ares against a server of the test's own on loopback, UDP and TCP, on
 * the same loop, which is as faulty as it is told to be.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/resolver_cares.h"
#include "tests/enum/dns_wire.h"
#include "tests/lib/test.h"

enum how { ANSWER, SILENT, SERVFAIL, REFUSED, TRUNCATED, GARBAGE, WRONG_ID,
	   OTHER_NAME, NO_OPT, BARE, FORMERR, LARGE, HUGE, FLOOD };

struct server {
	struct loop *loop;
	int          udp, tcp, conn;
	struct io    udp_io, tcp_io, conn_io;
	enum how     how;
	unsigned     seen_udp, seen_tcp;
	struct addr  addr;
};

/* A server that answers has more time than a machine stands still; one that
 * is silent is to be found so soon. */
enum { LONG_MS = 2000, SHORT_MS = 100 };

static struct wire w;

static int records(const struct server *s, bool tcp)
{
	return !tcp ? 1 : s->how == LARGE ? 90 : s->how == HUGE ? 2200 : 1;
}

/* The answer to the query in p, into w. */
static void reply(const struct server *s, const uint8_t *p, size_t n,
		  bool tcp)
{
	unsigned id = (unsigned)(p[0] << 8 | p[1]), flags = 0x8180;
	char name[DNS_NAME_MAX];
	size_t at = 12, l = 0;

	while (at < n && p[at]) {
		memcpy(name + l, p + at + 1, p[at]);
		l += p[at];
		name[l++] = '.';
		at += p[at] + 1u;
	}
	name[l - 1] = '\0';
	flags |= s->how == SERVFAIL ? 2 : s->how == REFUSED ? 5 : 0;
	flags |= (s->how == NO_OPT || s->how == BARE) && p[11] == 1 ? 1 : 0;
	flags |= s->how == FORMERR;
	flags |= s->how == TRUNCATED && !tcp ? 0x200 : 0;
	wire_begin(&w, id + (s->how == WRONG_ID), flags,
		   s->how == OTHER_NAME ? "evil.org" : name, DNS_A);
	if ((flags & 0x20f) == 0)
		for (int i = 0; i < records(s, tcp); i++)
			wire_a(&w, name, 60, (uint32_t)i);
	if ((s->how == LARGE || s->how == HUGE) && !tcp)
		w.p[2] |= 2;
	if (s->how == GARBAGE)
		w.n -= 2;
	if (s->how == BARE && (flags & 1)) {
		w.n = 12;               /* the header is all it understood */
		w.p[5] = 0;
	}
}

/* Forged answers, of a wrong id or another name. */
static void flood(const struct server *s, const uint8_t *p, size_t n,
		  int times, const struct sockaddr_storage *to)
{
	uint8_t forged[DNS_QUERY_MAX];

	n = n < sizeof(forged) ? n : sizeof(forged);
	for (int i = 0; i < times; i++) {
		memcpy(forged, p, n);
		forged[2] |= 0x80;
		forged[i % 2] ^= (uint8_t)(1 + i % 255);
		forged[13] ^= i % 3 == 0;
		(void)!sendto(s->udp, forged, n, 0,
			      (const struct sockaddr *)to, sizeof(struct
			      sockaddr_in));
	}
}

static void on_udp(unsigned ready, void *arg)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct server *s = arg;
	uint8_t p[1500];
	ssize_t n = recvfrom(s->udp, p, sizeof(p), MSG_DONTWAIT,
			     (struct sockaddr *)&ss, &len);

	(void)ready;
	if (n < 12)
		return;
	s->seen_udp++;
	if (s->how == SILENT)
		return;
	if (s->how == FLOOD)
		flood(s, p, (size_t)n, 150, &ss);
	reply(s, p, (size_t)n, false);
	n = sendto(s->udp, w.p, w.n, 0, (struct sockaddr *)&ss, len);
	if (s->how == FLOOD)
		flood(s, w.p, w.n, 2000, &ss);
	(void)n;        /* a lost answer is a silent server */
}

static void on_conn(unsigned ready, void *arg)
{
	struct server *s = arg;
	uint8_t p[1500], len[2];
	ssize_t n = recv(s->conn, p, sizeof(p), MSG_DONTWAIT);

	(void)ready;
	if (n < 14) {
		io_stop(&s->conn_io);
		close(s->conn);
		s->conn = -1;
		return;
	}
	s->seen_tcp++;
	reply(s, p + 2, (size_t)n - 2, true);
	len[0] = (uint8_t)(w.n >> 8);
	len[1] = (uint8_t)w.n;
	n = send(s->conn, len, 2, MSG_NOSIGNAL);
	n += send(s->conn, w.p, w.n, MSG_NOSIGNAL);
	(void)n;
}

static void on_accept(unsigned ready, void *arg)
{
	struct server *s = arg;

	(void)ready;
	if (s->conn >= 0) {
		io_stop(&s->conn_io);
		close(s->conn);
	}
	s->conn = accept(s->tcp, NULL, NULL);
	if (s->conn >= 0 && io_start(s->loop, &s->conn_io, s->conn, IO_READ,
				     on_conn, s))
		abort();
}

static void server_down(struct server *s)
{
	io_stop(&s->udp_io);
	io_stop(&s->tcp_io);
	io_stop(&s->conn_io);
	if (s->udp > 0)
		close(s->udp);
	if (s->tcp > 0)
		close(s->tcp);
	if (s->conn > 0)
		close(s->conn);
	s->udp = s->tcp = s->conn = -1;
}

/* UDP and TCP on one port (0: any), at an address no client's socket has. */
static int server_up(struct server *s, struct loop *l, uint16_t port)
{
	struct addr any = { .family = AF_INET, .ip = { 127, 77, 0, 1 },
			    .port = port };
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&any, &ss);
	int err;

	memset(s, 0, sizeof(*s));
	s->loop = l;
	s->conn = -1;
	for (int i = 0; i < 20; i++) {
		s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		len = addr_to_sa(&any, &ss);
		if (bind(s->udp, (struct sockaddr *)&ss, len) < 0)
			return errno;
		getsockname(s->udp, (struct sockaddr *)&ss, &len);
		if (!bind(s->tcp, (struct sockaddr *)&ss, len) &&
		    !listen(s->tcp, 5))
			break;
		close(s->udp);
		close(s->tcp);
	}
	err = addr_from_sa(&s->addr, (struct sockaddr *)&ss, len);
	if (!err)
		err = io_start(l, &s->udp_io, s->udp, IO_READ, on_udp, s);
	if (!err)
		err = io_start(l, &s->tcp_io, s->tcp, IO_READ, on_accept, s);
	return err;
}

struct bench {
	struct loop         *loop;
	struct server        s[2];
	struct resolver     *r;
	struct resolver_conf conf;
};

static int up_with(struct bench *b, unsigned n, bool tcp, unsigned timeout_ms)
{
	int err;

	signal(SIGPIPE, SIG_IGN);
	memset(b, 0, sizeof(*b));
	err = loop_new(&b->loop, &clk_real);
	for (unsigned i = 0; i < n && !err; i++) {
		err = server_up(&b->s[i], b->loop, 0);
		b->conf.servers[b->conf.n_servers++] = b->s[i].addr;
	}
	b->conf.tcp = tcp;
	b->conf.timeout_ms = timeout_ms;
	b->conf.deadline_ms = 15 * timeout_ms;
	if (!err)
		err = resolver_cares_new(&b->r, b->loop, &b->conf);
	return err;
}

static int up(struct bench *b, unsigned n)
{
	return up_with(b, n, false, LONG_MS);
}

static void down(struct bench *b)
{
	resolver_free(b->r);
	for (int i = 0; i < 2; i++)
		server_down(&b->s[i]);
	loop_free(b->loop);
}

struct got {
	struct dns_query q;
	unsigned         calls;
	int              err;
	unsigned         n;
	struct resolver *again, *end;
	struct dns_query *cancel;
};

static void on_got(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->n = set ? set->n : 0;
	if (g->cancel)
		resolver_cancel(g->cancel);
	if (g->again && g->calls < 3 &&
	    resolver_query(g->again, &g->q, "again.org", DNS_A, on_got, g))
		g->err = EIO;
	if (g->end)
		resolver_free(g->end);
}

static int ask(struct bench *b, struct got *g, unsigned *ms)
{
	uint64_t t0 = clk_real.now_us(NULL);
	int err;

	memset(g, 0, sizeof(*g));
	err = resolver_query(b->r, &g->q, "a.example.org", DNS_A, on_got, g);
	if (err)
		return err;
	if (g->calls)
		return EINVAL;
	while (!g->calls && clk_real.now_us(NULL) - t0 < 5000000)
		loop_turn(b->loop, 100);
	*ms = (unsigned)((clk_real.now_us(NULL) - t0) / 1000);
	return g->calls == 1 ? 0 : ETIME;
}

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
		TEST_WITH(test_callbacks, TEST_REAL),
		TEST_WITH(test_close, TEST_REAL),
		TEST_WITH(test_many, TEST_REAL),
		TEST_WITH(test_conf, TEST_REAL),
		TEST_WITH(test_watch, TEST_REAL),
		TEST_END } };
