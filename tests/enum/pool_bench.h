/* SPDX-License-Identifier: Apache-2.0 */
/* A pool on the virtual clock, with links whose servers do as they are
 * told. */
#ifndef TESTS_ENUM_POOL_BENCH_H
#define TESTS_ENUM_POOL_BENCH_H

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/resolver_pool.h"
#include "tests/enum/dns_wire.h"

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

static inline void packet_free(struct packet *p)
{
	tmr_stop(&p->tmr);
	list_unlink(&p->node);
	p->k->waiting--;
	mem_free(p);
}

static inline void build(const struct packet *p)
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

static inline void on_due(void *arg)
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

static inline void read_query(struct packet *pk, const uint8_t *p, size_t n)
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

static inline void fake_send(struct dns_link *link, struct dns_attempt *a,
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

static inline void fake_close(struct dns_link *link)
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

static inline struct fake_link *link_new(struct bench *b, unsigned no)
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

static inline int up(struct bench *b, unsigned n,
		     const struct resolver_conf *conf)
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

static inline void down(struct bench *b)
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

static inline void on_got(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->at_us = g->clk->t_us;
	g->ttl_s = set ? set->ttl_s : 0;
	g->rcode = set ? set->rcode : 999;
}

static inline int start_for(struct bench *b, struct got *g,
			    const char *name)
{
	memset(g, 0, sizeof(*g));
	g->clk = &b->clk;
	return resolver_query(b->r, &g->q, name, DNS_A, on_got, g);
}

static inline int start(struct bench *b, struct got *g)
{
	return start_for(b, g, "a.org");
}

/* Asks and waits; *ms: how long it took. */
static inline int ask_for(struct bench *b, struct got *g, unsigned *ms,
			  const char *name)
{
	uint64_t t0 = b->clk.t_us;
	int err = start_for(b, g, name);

	if (err)
		return err;
	if (g->calls)
		return EINVAL;
	for (int i = 0; i < 4000 && !g->calls; i++)
		loop_run_until(b->loop, b->clk.t_us + 1000);
	*ms = (unsigned)((g->at_us - t0) / 1000);
	return g->calls == 1 ? 0 : ETIME;
}

static inline int ask(struct bench *b, struct got *g, unsigned *ms)
{
	return ask_for(b, g, ms, "a.org");
}

#endif
