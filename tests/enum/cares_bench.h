/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-ares against a server of the test's own on loopback, UDP and TCP, on
 * the same loop, which is as faulty as it is told to be.
 */
#ifndef TESTS_ENUM_CARES_BENCH_H
#define TESTS_ENUM_CARES_BENCH_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/resolver_cares.h"
#include "tests/enum/dns_wire.h"

enum how { ANSWER, SILENT, SERVFAIL, REFUSED, TRUNCATED, GARBAGE, WRONG_ID,
	   OTHER_NAME, NO_OPT, BARE, FORMERR, LARGE, HUGE, FLOOD };

struct server {
	struct loop *loop;
	int          udp, tcp, conn;
	struct io    udp_io, tcp_io, conn_io;
	enum how     how;
	unsigned     seen_udp, seen_tcp;
	struct addr  addr, from;        /* from: the last query */
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
	if (addr_from_sa(&s->from, (struct sockaddr *)&ss, len))
		abort();
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

static int up_on(struct bench *b, const struct clk *clk, unsigned n, bool tcp,
		 unsigned timeout_ms)
{
	int err;

	signal(SIGPIPE, SIG_IGN);
	memset(b, 0, sizeof(*b));
	err = loop_new(&b->loop, clk);
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

static int up_with(struct bench *b, unsigned n, bool tcp, unsigned timeout_ms)
{
	return up_on(b, &clk_real, n, tcp, timeout_ms);
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

#endif
