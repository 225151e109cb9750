/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of flows: found by their far end, reused, forgotten when idle
 * (RFC 3261 section 18). The table holds one reference of each flow; whoever
 * needs a flow to stay (a binding behind NAT, a registration) holds another.
 */
#include "gateway/sip/transport.h"

#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/sip_stack.h"
#include "gateway/sip/trace.h"

enum { SWEEP_MS = 30000, UDP_IDLE_US = 64000000 };

static METRIC_COUNT(unreadable, "tipring_sip_unreadable_total",
		    "Messages dropped because nothing could be answered");
static METRIC(n_flows, METRIC_GAUGE, "tipring_sip_flows", NULL,
	      "Flows known: UDP pairs of addresses and connections");

static const struct sip_transport_ops *const kinds[SIP_TP_N] = {
	[SIP_UDP] = &sip_udp_ops,
	[SIP_TCP] = &sip_tcp_ops,
	[SIP_TLS] = &sip_tls_ops,
};

const struct sip_transport_ops *sip_tp_ops(enum sip_tp kind)
{
	return kinds[kind];
}

const char *sip_tp_name(enum sip_tp kind)
{
	static const char *const names[SIP_TP_N] = { "UDP", "TCP", "TLS" };

	return names[kind];
}

int sip_tp_of(enum sip_tp *kind, struct str name)
{
	for (int i = 0; i < SIP_TP_N; i++)
		if (str_ieqz(name, sip_tp_name((enum sip_tp)i))) {
			*kind = (enum sip_tp)i;
			return 0;
		}
	return EINVAL;
}

uint16_t sip_tp_port(enum sip_tp kind)
{
	return kind == SIP_TLS ? 5061 : 5060;
}

bool sip_tp_reliable(enum sip_tp kind)
{
	return kind != SIP_UDP;
}

static void flow_destroy(void *obj)
{
	struct sip_flow *f = obj;

	f->tp->ops->close_flow(f);
	mem_free((char *)f->name);
}

static void forget(struct sip_flow *f)
{
	struct sip_stack *s = f->tp->stack;

	hash_remove(&s->flows, &f->node);
	list_unlink(&f->lru);
	s->n_flows--;
	metric_set(&n_flows, s->n_flows);
}

void sip_flow_down(struct sip_flow *f, int err)
{
	struct list_node *n;

	if (f->down)
		return;
	f->down = true;
	f->up = false;
	forget(f);
	f->tp->ops->close_flow(f);
	log_debug(&f->tag, "flow is down", "error=%d", err);
	while ((n = list_first(&f->watches))) {
		struct sip_flow_watch *w =
			CONTAINER(n, struct sip_flow_watch, node);

		list_unlink(n);
		w->on_down(f, err, w->arg);
	}
	obj_unref(f);
}

/* The longest unused flow that nobody else holds gives way. Held ones go
 * to the end of the list, so that they are not looked at every time. */
static bool make_room(struct sip_stack *s)
{
	for (unsigned looked = 0; looked < 64; looked++) {
		struct list_node *n = list_first(&s->flow_lru);
		struct sip_flow *f;

		if (!n)
			return false;
		f = CONTAINER(n, struct sip_flow, lru);
		if (obj_nrefs(f) == 1) {
			sip_flow_down(f, ECONNABORTED);
			return true;
		}
		list_unlink(n);
		list_append(&s->flow_lru, n);
	}
	return false;
}

void sip_flows_sweep(void *stack)
{
	struct sip_stack *s = stack;
	uint64_t now = loop_now_us(s->p.loop);

	LIST_EACH_SAFE(n, &s->flow_lru) {
		struct sip_flow *f = CONTAINER(n, struct sip_flow, lru);
		uint64_t idle = f->tp->ops->reliable ?
			s->p.idle_ms * 1000ULL : UDP_IDLE_US;

		if (obj_nrefs(f) == 1 && now - f->used_us > idle)
			sip_flow_down(f, ETIMEDOUT);
	}
	tmr_start(s->p.loop, &s->sweep, SWEEP_MS, sip_flows_sweep, s);
}

void sip_flows_close(struct sip_stack *s)
{
	struct list_node *n;

	tmr_stop(&s->sweep);
	while ((n = list_first(&s->flow_lru)))
		sip_flow_down(CONTAINER(n, struct sip_flow, lru),
			      ECONNABORTED);
}

struct flow_key {
	const struct sip_transport *tp;         /* NULL: any of the kind */
	enum sip_tp                 kind;
	const struct addr          *remote;
	const char                 *name;       /* NULL: any */
};

static bool flow_eq(const struct hash_node *n, const void *key)
{
	const struct sip_flow *f = CONTAINER(n, struct sip_flow, node);
	const struct flow_key *k = key;

	return addr_eq(&f->remote, k->remote) &&
	       (k->tp ? f->tp == k->tp : sip_flow_kind(f) == k->kind) &&
	       (!k->name || (f->name && !strcmp(k->name, f->name)));
}

static uint64_t flow_hash(const struct sip_stack *s, const struct addr *a)
{
	uint8_t key[19] = { a->family, (uint8_t)(a->port >> 8),
			    (uint8_t)a->port };

	memcpy(key + 3, a->ip, a->family == AF_INET6 ? 16 : 4);
	return hash_str(&s->flows, str_pl(key, sizeof(key)));
}

static struct sip_flow *flow_get(struct sip_stack *s,
				 const struct flow_key *k)
{
	struct hash_node *n = hash_find(&s->flows, flow_hash(s, k->remote),
					flow_eq, k);

	return n ? CONTAINER(n, struct sip_flow, node) : NULL;
}

static void touch(struct sip_flow *f)
{
	f->used_us = loop_now_us(f->tp->stack->p.loop);
	if (!list_is_linked(&f->lru))
		return;
	list_unlink(&f->lru);
	list_append(&f->tp->stack->flow_lru, &f->lru);
}

struct sip_flow *sip_flow_at(struct sip_transport *tp,
			     const struct addr *remote)
{
	struct flow_key k = { tp, tp->ops->kind, remote, NULL };

	return flow_get(tp->stack, &k);
}

int sip_flow_new(struct sip_flow **fp, struct sip_transport *tp,
		 const struct addr *remote, const char *name)
{
	struct sip_stack *s = tp->stack;
	struct sip_flow *f;

	if (s->n_flows >= s->p.max_flows && !make_room(s))
		return EAGAIN;
	f = obj_new(sizeof(*f), flow_destroy);
	if (!f)
		return ENOMEM;
	f->tp = tp;
	f->local = tp->local;
	f->remote = *remote;
	f->tag = (struct log_tag){ .module = "sip" };
	list_init(&f->watches);
	if (name) {
		f->name = mem_strdup(name);
		if (!f->name) {
			obj_unref(f);
			return ENOMEM;
		}
	}
	hash_insert(&s->flows, &f->node, flow_hash(s, remote));
	list_append(&s->flow_lru, &f->lru);
	s->n_flows++;
	metric_set(&n_flows, s->n_flows);
	touch(f);
	*fp = obj_ref(f);
	return 0;
}

/* The listening socket to send from: of the kind and family; if there are
 * several, the one the kernel would route from. */
static struct sip_transport *pick(struct sip_stack *s, enum sip_tp kind,
				  const struct addr *to)
{
	struct sip_transport *first = NULL;
	struct addr src = { 0 };

	LIST_EACH(n, &s->transports) {
		struct sip_transport *t =
			CONTAINER(n, struct sip_transport, node);

		if (t->ops->kind != kind || t->local.family != to->family)
			continue;
		if (!first) {
			first = t;
			continue;
		}
		if (src.family == AF_UNSPEC && addr_route_source(&src, to))
			break;
		if (addr_eq_ip(&src, &first->local))
			break;
		if (addr_eq_ip(&src, &t->local))
			return t;
	}
	return first;
}

/* Asked of the kernel once, not for every request. */
static void learn_source(struct sip_flow *f)
{
	struct addr src;

	if (!addr_is_any(&f->local) || addr_route_source(&src, &f->remote))
		return;
	src.port = f->local.port;
	f->local = src;
}

int sip_flow_find(struct sip_flow **fp, struct sip_stack *s, enum sip_tp kind,
		  const struct addr *to, const char *tls_name)
{
	struct flow_key k = { NULL, kind, to, NULL };
	struct sip_transport *t;
	struct sip_flow *f;
	int err;

	if (kind == SIP_TLS)
		k.name = tls_name;
	f = flow_get(s, &k);
	if (f) {
		learn_source(f);
		*fp = obj_ref(f);
		return 0;
	}
	t = pick(s, kind, to);
	if (!t)
		return ENETUNREACH;
	if (addr_is_any(to) || addr_is_multicast(to) || to->port == 0)
		return EINVAL;
	err = sip_flow_new(&f, t, to, k.name);
	if (err)
		return err;
	err = t->ops->connect(f, tls_name);
	if (err) {
		sip_flow_down(f, err);
		obj_unref(f);
		return err;
	}
	learn_source(f);
	*fp = f;
	return 0;
}

int sip_flow_send(struct sip_flow *f, struct str msg)
{
	if (f->down)
		return EPIPE;
	touch(f);
	sip_trace_msg(f->tp->stack->p.trace, true, f, msg);
	return f->tp->ops->send(f, msg);
}

void sip_flow_keepalive(struct sip_flow *f)
{
	if (f->down)
		return;
	touch(f);
	/* the next one comes soon, if this one is lost */
	(void)f->tp->ops->send(f, STR_LIT("\r\n\r\n"));
}

void sip_flow_watch(struct sip_flow_watch *w, struct sip_flow *f,
		    void (*on_down)(struct sip_flow *f, int err, void *arg),
		    void *arg)
{
	sip_flow_unwatch(w);
	w->flow = f;
	w->on_down = on_down;
	w->arg = arg;
	if (!f->down)
		list_append(&f->watches, &w->node);
}

void sip_flow_unwatch(struct sip_flow_watch *w)
{
	list_unlink(&w->node);
}

void sip_flow_receive(struct sip_flow *f, struct str text, uint16_t status,
		      const char *what)
{
	struct sip_stack *s = f->tp->stack;
	struct sip_flaw why;
	struct sip_msg *m;

	touch(f);
	sip_trace_msg(s->p.trace, false, f, text);
	if (!sip_stack_admits(s, &f->remote, text))
		return;
	if (sip_msg_parse(&m, text, &why)) {
		metric_add(&unreadable, 1);
		return;
	}
	if (status && !m->flaw.status)
		m->flaw = (struct sip_flaw){ status, { 1, 1, what } };
	m->flow = obj_ref(f);
	m->src = f->remote;
	sip_stack_receive(s, m);
	obj_unref(m);
}
