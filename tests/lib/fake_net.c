/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated network of datagrams; see fake_net.h. */
#include "tests/lib/fake_net.h"

#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/tmr.h"

enum { LINKS_MAX = 32, NATS_MAX = 8, CUTS_MAX = 8, NAT_SHIFT = 10000 };

struct pair_link {
	struct addr      from, to;
	struct fake_link link;
};

struct nat {
	struct addr host, public_ip;
};

struct fake_net {
	struct udp_net        net;      /* first: the stack sees this */
	struct list           socks, packets;
	struct fake_link      link;
	struct pair_link      links[LINKS_MAX];
	unsigned              n_links;
	struct nat            nats[NATS_MAX];
	unsigned              n_nats;
	struct addr           cuts[CUTS_MAX];
	unsigned              n_cuts;
	uint16_t              next_port;
	uint64_t              rnd;
	fake_net_tap_fn      *tap;
	void                 *tap_arg;
	struct fake_net_stats stats;
};

struct fake_sock {
	struct udp       udp;           /* first */
	struct fake_net *net;
	struct list_node node;
	struct addr      local;
	struct loop     *loop;          /* NULL: not bound */
	udp_recv_fn     *fn;
	void            *arg;
	uint64_t         last_us;       /* what it sends keeps the order */
};

struct packet {
	struct list_node node;
	struct fake_net *net;
	struct tmr       tmr;
	struct addr      src, dst;
	size_t           len;
	uint8_t          data[];
};

static uint32_t chance(struct fake_net *n, uint32_t below)
{
	/* xorshift64*: the same seed gives the same run */
	n->rnd ^= n->rnd >> 12;
	n->rnd ^= n->rnd << 25;
	n->rnd ^= n->rnd >> 27;
	return below ? (uint32_t)((n->rnd * 2685821657736338717ULL >> 32) %
				  below) : 0;
}

static struct fake_sock *sock_at(struct fake_net *n, const struct addr *a)
{
	struct fake_sock *any = NULL;

	LIST_EACH(node, &n->socks) {
		struct fake_sock *s = CONTAINER(node, struct fake_sock, node);

		if (addr_eq(&s->local, a))
			return s;
		if (addr_is_any(&s->local) && s->local.port == a->port &&
		    s->local.family == a->family)
			any = s;
	}
	return any;
}

static const struct nat *nat_of(const struct fake_net *n,
				const struct addr *host)
{
	for (unsigned i = 0; i < n->n_nats; i++)
		if (addr_eq_ip(&n->nats[i].host, host))
			return &n->nats[i];
	return NULL;
}

static void translate_out(const struct fake_net *n, struct addr *src,
			  const struct addr *dst)
{
	const struct nat *from = nat_of(n, src), *to = nat_of(n, dst);
	uint16_t port = src->port;

	if (!from || (to && addr_eq_ip(&from->public_ip, &to->public_ip)))
		return;
	*src = from->public_ip;
	src->port = (uint16_t)((port + NAT_SHIFT) % 65536);
}

static void translate_in(struct fake_net *n, struct addr *dst)
{
	for (unsigned i = 0; i < n->n_nats; i++) {
		struct addr host = n->nats[i].host;

		if (!addr_eq_ip(&n->nats[i].public_ip, dst))
			continue;
		host.port = (uint16_t)((dst->port + 65536 - NAT_SHIFT) %
				       65536);
		if (sock_at(n, &host)) {
			*dst = host;
			return;
		}
	}
}

static const struct fake_link *link_of(const struct fake_net *n,
				       const struct addr *from,
				       const struct addr *to)
{
	for (unsigned i = 0; i < n->n_links; i++)
		if (addr_eq_ip(&n->links[i].from, from) &&
		    addr_eq_ip(&n->links[i].to, to))
			return &n->links[i].link;
	return &n->link;
}

static bool is_cut(const struct fake_net *n, const struct addr *from,
		   const struct addr *to)
{
	for (unsigned i = 0; i < n->n_cuts; i++)
		if (addr_eq_ip(&n->cuts[i], from) ||
		    addr_eq_ip(&n->cuts[i], to))
			return true;
	return false;
}

static void packet_free(struct packet *p)
{
	tmr_stop(&p->tmr);
	list_unlink(&p->node);
	mem_free(p);
}

static void packet_due(void *arg)
{
	struct packet *p = arg;
	struct fake_sock *s = sock_at(p->net, &p->dst);

	list_unlink(&p->node);
	if (s && s->loop) {
		p->net->stats.delivered++;
		s->fn(&p->src, p->data, p->len, s->arg);
	} else {
		p->net->stats.nobody++;
	}
	mem_free(p);
}

static int packet_launch(struct fake_sock *from, struct fake_sock *to,
			 const struct packet *like, uint64_t at_us)
{
	struct packet *p = mem_alloc(sizeof(*p) + like->len);

	if (!p)
		return ENOMEM;
	memcpy(p, like, sizeof(*p) + like->len);
	p->node = (struct list_node){ NULL, NULL };
	list_append(&from->net->packets, &p->node);
	tmr_start_at(to->loop, &p->tmr, at_us, packet_due, p);
	return 0;
}

static uint64_t due_us(struct fake_sock *s, const struct fake_link *l,
		       uint64_t now)
{
	uint64_t at = now + l->delay_us + chance(s->net, l->jitter_us + 1);

	if (chance(s->net, 1000000) < l->reorder_ppm)
		return at + l->reorder_us;
	if (at < s->last_us)
		at = s->last_us;
	s->last_us = at;
	return at;
}

static int travel(struct fake_sock *s, struct packet *p,
		  const struct addr *real_src)
{
	struct fake_net *n = s->net;
	struct addr shown = p->dst;
	struct fake_sock *to;
	const struct fake_link *l;
	uint64_t now;
	int err;

	n->stats.sent++;
	if (n->tap && !n->tap(&p->src, &shown, p->data, p->len, n->tap_arg)) {
		n->stats.lost++;
		return 0;
	}
	translate_in(n, &p->dst);
	l = link_of(n, real_src, &p->dst);
	to = sock_at(n, &p->dst);
	if (!to || !to->loop) {
		n->stats.nobody++;
		return 0;
	}
	if (l->cut || is_cut(n, real_src, &p->dst) ||
	    chance(n, 1000000) < l->loss_ppm) {
		n->stats.lost++;
		return 0;
	}
	now = loop_now_us(to->loop);
	err = packet_launch(s, to, p, due_us(s, l, now));
	if (!err && chance(n, 1000000) < l->dup_ppm)
		err = packet_launch(s, to, p, due_us(s, l, now));
	return err;
}

static int fake_send(struct udp *u, const struct addr *dst, const void *data,
		     size_t len)
{
	struct fake_sock *s = (struct fake_sock *)u;
	struct packet *p;
	int err;

	if (len > UDP_MAX)
		return EMSGSIZE;
	p = mem_alloc(sizeof(*p) + len);
	if (!p)
		return ENOMEM;
	p->net = s->net;
	p->src = s->local;
	p->dst = *dst;
	p->len = len;
	memcpy(p->data, data, len);
	translate_out(s->net, &p->src, dst);
	err = travel(s, p, &s->local);
	mem_free(p);
	return err;
}

static const struct udp_ops fake_ops;

static int fake_open(struct udp **up, struct udp_net *net,
		     const struct addr *local)
{
	struct fake_net *n = (struct fake_net *)net;
	struct addr at = *local;
	struct fake_sock *s;

	for (unsigned i = 0; at.port == 0 && i < 20000; i++) {
		at.port = n->next_port++;
		if (n->next_port == 60000)
			n->next_port = 40000;
		if (sock_at(n, &at))
			at.port = 0;
	}
	if (at.port == 0 || sock_at(n, &at))
		return EADDRINUSE;
	s = mem_alloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	s->udp.ops = &fake_ops;
	s->net = n;
	s->local = at;
	list_append(&n->socks, &s->node);
	*up = &s->udp;
	return 0;
}

static int fake_bind(struct udp *u, struct loop *l, udp_recv_fn *fn,
		     void *arg)
{
	struct fake_sock *s = (struct fake_sock *)u;

	s->loop = l;
	s->fn = fn;
	s->arg = arg;
	return 0;
}

static void fake_unbind(struct udp *u)
{
	((struct fake_sock *)u)->loop = NULL;
}

static void fake_local(const struct udp *u, struct addr *a)
{
	*a = ((const struct fake_sock *)u)->local;
}

static void fake_close(struct udp *u)
{
	struct fake_sock *s = (struct fake_sock *)u;

	list_unlink(&s->node);
	mem_free(s);
}

static const struct udp_ops fake_ops = {
	.open = fake_open, .bind = fake_bind, .unbind = fake_unbind,
	.send = fake_send, .local = fake_local, .close = fake_close,
};

int fake_net_new(struct fake_net **np, uint64_t seed)
{
	struct fake_net *n = mem_alloc(sizeof(*n));

	if (!n)
		return ENOMEM;
	n->net.ops = &fake_ops;
	n->next_port = 40000;
	n->rnd = seed * 2 + 0x9e3779b97f4a7c15ULL;
	list_init(&n->socks);
	list_init(&n->packets);
	*np = n;
	return 0;
}

void fake_net_free(struct fake_net *n)
{
	if (!n)
		return;
	LIST_EACH_SAFE(node, &n->packets)
		packet_free(CONTAINER(node, struct packet, node));
	mem_free(n);
}

struct udp_net *fake_net_udp(struct fake_net *n)
{
	return &n->net;
}

void fake_net_set(struct fake_net *n, const struct fake_link *l)
{
	n->link = *l;
}

void fake_net_set_link(struct fake_net *n, const struct addr *from,
		       const struct addr *to, const struct fake_link *l)
{
	struct fake_link *old = (struct fake_link *)link_of(n, from, to);

	if (old == &n->link && n->n_links < LINKS_MAX) {
		n->links[n->n_links].from = *from;
		n->links[n->n_links].to = *to;
		old = &n->links[n->n_links++].link;
	}
	*old = *l;
}

void fake_net_cut(struct fake_net *n, const struct addr *host, bool cut)
{
	for (unsigned i = 0; i < n->n_cuts; i++)
		if (addr_eq_ip(&n->cuts[i], host))
			n->cuts[i--] = n->cuts[--n->n_cuts];
	if (cut && n->n_cuts < CUTS_MAX)
		n->cuts[n->n_cuts++] = *host;
}

void fake_net_nat(struct fake_net *n, const struct addr *host,
		  const struct addr *public_ip)
{
	if (n->n_nats < NATS_MAX)
		n->nats[n->n_nats++] = (struct nat){ *host, *public_ip };
}

void fake_net_tap(struct fake_net *n, fake_net_tap_fn *fn, void *arg)
{
	n->tap = fn;
	n->tap_arg = arg;
}

void fake_net_get_stats(const struct fake_net *n, struct fake_net_stats *s)
{
	*s = n->stats;
}
