/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Location of SIP servers, RFC 3263 section 4:
 *
 *	numeric host, or port given ------------------------+
 *	transport given -----------> SRV of it ---none---+  |
 *	neither ---> NAPTR --none--> SRV of all ---none--+--+--> A, AAAA
 */
#include "gateway/sip/locate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/tmr.h"
#include "enum/resolver.h"

enum {
	MAX_SERVICES = 4,               /* SRV names asked for one URI */
	MAX_HOSTS    = 8,               /* of all SRV records together */
	MAX_FAILED   = 64,
};

struct failed {
	struct addr addr;
	enum sip_tp kind;
	uint64_t    until_us;           /* 0: free */
};

struct sip_locator {
	struct locate_params p;
	struct list          queries;   /* struct locate */
	struct failed        failed[MAX_FAILED];
};

/* A server: host and port of an SRV record, or the domain itself. */
struct host {
	char        name[LOCATE_NAME_MAX];
	enum sip_tp kind;
	uint16_t    port;
	unsigned    rank;               /* of its service, then */
	uint16_t    priority;
	uint32_t    draw;               /* the place by weight */
};

struct service {
	char        name[LOCATE_NAME_MAX];
	enum sip_tp kind;
	uint32_t    rank;
};

/* What a URI asks for. */
struct wish {
	char        domain[LOCATE_NAME_MAX];
	bool        secure, has_kind;
	enum sip_tp kind;
	uint16_t    port;               /* 0: not given */
};

/* One DNS question of a step. */
struct ask {
	struct dns_query q;
	struct locate   *l;
	unsigned         index;         /* of the service or host */
};

struct locate {
	struct list_node    node;
	struct sip_locator *locator;
	locate_fn          *fn;
	void               *arg;
	struct tmr          tmr;
	struct wish         wish;
	struct service      services[MAX_SERVICES];
	unsigned            n_services;
	struct host         hosts[MAX_HOSTS];
	unsigned            n_hosts;
	struct ask          asks[2 * MAX_HOSTS];
	unsigned            n_asks, n_open;
	bool                silent;     /* some question got no answer */
	bool                lacking;    /* services by other transports */
	struct addr         found[MAX_HOSTS][LOCATE_MAX_TARGETS];
	unsigned            n_found[MAX_HOSTS];
	struct sip_target   targets[LOCATE_MAX_TARGETS];
	unsigned            n_targets;
};

static void locate_gone(void *obj)
{
	struct locate *q = obj;

	tmr_stop(&q->tmr);
	for (unsigned i = 0; i < q->n_asks; i++)
		resolver_cancel(&q->asks[i].q);
	list_unlink(&q->node);
}

int locate_new(struct sip_locator **lp, const struct locate_params *p)
{
	struct sip_locator *l = obj_new(sizeof(*l), NULL);

	if (!l)
		return ENOMEM;
	l->p = *p;
	list_init(&l->queries);
	*lp = l;
	return 0;
}

void locate_free(struct sip_locator *l)
{
	if (!l)
		return;
	LIST_EACH_SAFE(n, &l->queries)
		obj_unref(CONTAINER(n, struct locate, node));
	obj_unref(l);
}

void locate_cancel(struct locate *q)
{
	obj_unref(q);
}

/* How targets did */

static struct failed *find_failed(struct sip_locator *l,
				  const struct sip_target *t)
{
	for (unsigned i = 0; i < MAX_FAILED; i++) {
		struct failed *f = &l->failed[i];

		if (f->until_us && f->kind == t->kind &&
		    addr_eq(&f->addr, &t->addr))
			return f;
	}
	return NULL;
}

void locate_failed(struct sip_locator *l, const struct sip_target *t)
{
	struct failed *f = find_failed(l, t);
	uint64_t       now_us = loop_now_us(l->p.loop);

	for (unsigned i = 0; !f && i < MAX_FAILED; i++)
		if (l->failed[i].until_us <= now_us)
			f = &l->failed[i];
	if (!f)
		f = &l->failed[rand_below(MAX_FAILED)];
	f->addr = t->addr;
	f->kind = t->kind;
	f->until_us = now_us + LOCATE_REST_MS * UINT64_C(1000);
}

void locate_answered(struct sip_locator *l, const struct sip_target *t)
{
	struct failed *f = find_failed(l, t);

	if (f)
		f->until_us = 0;
}

static bool is_resting(struct sip_locator *l, const struct sip_target *t)
{
	const struct failed *f = find_failed(l, t);

	return f && f->until_us > loop_now_us(l->p.loop);
}

/* The end */

static void finish(struct locate *q, int err)
{
	locate_fn        *fn = q->fn;
	void             *arg = q->arg;
	struct sip_target v[LOCATE_MAX_TARGETS];
	unsigned          n = 0;

	/* those that failed lately come last */
	for (int resting = 0; resting < 2; resting++)
		for (unsigned i = 0; i < q->n_targets; i++)
			if (is_resting(q->locator, &q->targets[i]) == resting)
				v[n++] = q->targets[i];
	obj_unref(q);
	fn(n ? 0 : err, v, n, arg);
}

static void add_target(struct locate *q, const struct host *h,
		       const struct addr *a)
{
	struct sip_target *t = &q->targets[q->n_targets];

	if (q->n_targets == LOCATE_MAX_TARGETS)
		return;
	t->kind = h->kind;
	t->addr = *a;
	t->addr.port = h->port;
	str_clip(t->name, sizeof(t->name), str_z(q->wish.domain));
	q->n_targets++;
}

/* Step 3: addresses */

static void addresses_done(struct locate *q)
{
	for (unsigned h = 0; h < q->n_hosts; h++)
		for (unsigned i = 0; i < q->n_found[h]; i++)
			add_target(q, &q->hosts[h], &q->found[h][i]);
	finish(q, q->silent ? EAGAIN : q->lacking ? EPROTONOSUPPORT : ENOENT);
}

/* IPv4 first, whichever answer came first: a server that IPv6 does not
 * reach costs 32 s each time. */
static void insert_address(struct locate *q, unsigned h, const struct addr *a)
{
	struct addr *v = q->found[h];
	unsigned     at = q->n_found[h];

	while (a->family == AF_INET && at && v[at - 1].family == AF_INET6)
		at--;
	memmove(&v[at + 1], &v[at], (q->n_found[h] - at) * sizeof(*v));
	v[at] = *a;
	q->n_found[h]++;
}

static void on_address(int err, const struct dns_rrset *set, void *arg)
{
	struct ask    *ask = arg;
	struct locate *q = ask->l;
	unsigned       h = ask->index;

	if (err && err != ENOENT)
		q->silent = true;
	for (unsigned i = 0; !err && i < set->n; i++) {
		if (q->n_found[h] == LOCATE_MAX_TARGETS)
			break;
		insert_address(q, h, &set->v[i].addr);
	}
	if (--q->n_open == 0)
		addresses_done(q);
}

/* Starts one question; a name that cannot be asked is a name that is not
 * there. */
static void ask(struct locate *q, const char *name, uint16_t type,
		dns_fn *fn, unsigned index)
{
	struct ask *a = &q->asks[q->n_asks];
	int         err;

	*a = (struct ask){ .l = q, .index = index };
	err = resolver_query(q->locator->p.resolver, &a->q, name, type, fn,
			     a);
	if (err) {
		q->silent = q->silent || err != EBADMSG;
		return;
	}
	q->n_asks++;
	q->n_open++;
}

static void begin_step(struct locate *q)
{
	q->n_asks = q->n_open = 0;
}

static void on_address_tmr(void *arg)
{
	addresses_done(arg);
}

/* Always ends later, even if nothing could be asked. */
static void ask_addresses(struct locate *q)
{
	const struct locate_params *p = &q->locator->p;

	begin_step(q);
	for (unsigned i = 0; i < q->n_hosts; i++) {
		struct addr a;

		if (addr_parse_ip(&a, str_z(q->hosts[i].name)) == 0) {
			q->found[i][q->n_found[i]++] = a;
			continue;
		}
		if (p->v4)
			ask(q, q->hosts[i].name, DNS_A, on_address, i);
		if (p->v6)
			ask(q, q->hosts[i].name, DNS_AAAA, on_address, i);
	}
	if (!q->n_open)
		tmr_start(p->loop, &q->tmr, 0, on_address_tmr, q);
}

static void ask_domain(struct locate *q)
{
	struct host *h = &q->hosts[0];

	memcpy(h->name, q->wish.domain, sizeof(h->name));
	h->kind = q->wish.kind;
	h->port = q->wish.port ? q->wish.port : sip_tp_port(q->wish.kind);
	q->n_hosts = 1;
	ask_addresses(q);
}

/* Step 2: SRV, RFC 2782 */

static int by_order(const void *pa, const void *pb)
{
	const struct host *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->draw > b->draw ? -1 : a->draw < b->draw;
}

/* A random number whose order among others is that of drawing without
 * return in proportion to the weights: u^(1/w) by its logarithm, in integer
 * steps (-log2 u / w). The weight 0 comes behind all others. */
static uint32_t draw(uint16_t weight)
{
	uint32_t u = rand_u32() | 1, log = 0;

	while (!(u & UINT32_C(0x80000000))) {   /* whole bits */
		u <<= 1;
		log += 65536;
	}
	/* the fraction, by a straight line: good to 9 % of a bit */
	log += 65535 - (u >> 15 & 65535);
	return weight ? UINT32_MAX - (log << 9) / weight : log;
}

static void add_host(struct locate *q, const struct service *s,
		     const struct dns_srv *srv)
{
	struct host *h = &q->hosts[q->n_hosts];

	if (q->n_hosts == MAX_HOSTS || !srv->target[0])
		return;         /* "." means: service not offered */
	if (str_copy(h->name, sizeof(h->name), str_z(srv->target)))
		return;
	h->kind = s->kind;
	h->rank = s->rank;
	h->port = srv->port;
	h->priority = srv->priority;
	h->draw = draw(srv->weight);
	q->n_hosts++;
}

static void services_done(struct locate *q)
{
	if (!q->n_hosts) {
		ask_domain(q);
		return;
	}
	qsort(q->hosts, q->n_hosts, sizeof(q->hosts[0]), by_order);
	ask_addresses(q);
}

static void on_srv(int err, const struct dns_rrset *set, void *arg)
{
	struct ask    *a = arg;
	struct locate *q = a->l;

	if (err && err != ENOENT)
		q->silent = true;
	for (unsigned i = 0; !err && i < set->n; i++)
		add_host(q, &q->services[a->index], &set->v[i].srv);
	if (--q->n_open == 0)
		services_done(q);
}

static void ask_services(struct locate *q)
{
	begin_step(q);
	for (unsigned i = 0; i < q->n_services; i++)
		ask(q, q->services[i].name, DNS_SRV, on_srv, i);
	if (!q->n_open)
		ask_domain(q);
}

static void add_service(struct locate *q, struct str name, enum sip_tp kind,
			uint32_t rank)
{
	struct service *s = &q->services[q->n_services];

	if (q->n_services < MAX_SERVICES &&
	    str_copy(s->name, sizeof(s->name), name) == 0) {
		s->kind = kind;
		s->rank = rank;
		q->n_services++;
	}
}

static const char *const srv_prefix[SIP_TP_N] = {
	[SIP_UDP] = "_sip._udp.",
	[SIP_TCP] = "_sip._tcp.",
	[SIP_TLS] = "_sips._tcp.",
};

/* The usual names of the transports we have. */
static void add_usual_services(struct locate *q)
{
	for (int kind = SIP_UDP; kind < SIP_TP_N; kind++) {
		char name[LOCATE_NAME_MAX + 16];

		if (!q->locator->p.has[kind] ||
		    (q->wish.secure && kind != SIP_TLS) ||
		    (q->wish.has_kind && (int)q->wish.kind != kind))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", srv_prefix[kind],
			       q->wish.domain);      /* it is large enough */
		add_service(q, str_z(name), (enum sip_tp)kind,
			    (uint32_t)kind);
	}
}

/* Step 1: NAPTR, RFC 3263 section 4.1 */

static bool service_kind(struct str service, enum sip_tp *kind)
{
	static const char *const names[SIP_TP_N] = {
		[SIP_UDP] = "SIP+D2U",
		[SIP_TCP] = "SIP+D2T",
		[SIP_TLS] = "SIPS+D2T",
	};

	for (int i = SIP_UDP; i < SIP_TP_N; i++)
		if (str_ieqz(service, names[i])) {
			*kind = (enum sip_tp)i;
			return true;
		}
	return false;
}

static void on_naptr(int err, const struct dns_rrset *set, void *arg)
{
	struct ask    *a = arg;
	struct locate *q = a->l;

	for (unsigned i = 0; !err && i < set->n; i++) {
		const struct dns_naptr *n = &set->v[i].naptr;
		enum sip_tp             kind;

		if (!str_ieqz(n->flags, "s") || !n->replacement[0] ||
		    !service_kind(n->services, &kind))
			continue;
		if (!q->locator->p.has[kind] ||
		    (q->wish.secure && kind != SIP_TLS)) {
			q->lacking = true;
			continue;
		}
		add_service(q, str_z(n->replacement), kind,
			    (uint32_t)n->order << 16 | n->preference);
	}
	q->n_open--;
	if (!q->n_services)
		add_usual_services(q);
	ask_services(q);
}

/* The beginning */

/* Transport, host and port a URI names. False: not for SIP. */
static bool read_uri(struct wish *w, const struct sip_uri *u)
{
	struct str val, host = u->host;

	if (u->scheme != SIP_URI_SIP && u->scheme != SIP_URI_SIPS)
		return false;
	if (sip_uri_param(u, "maddr", &val) && val.l)
		host = val;
	if (!host.l || str_copy(w->domain, sizeof(w->domain), host))
		return false;
	w->has_kind = false;
	w->secure = u->scheme == SIP_URI_SIPS;
	w->kind = w->secure ? SIP_TLS : SIP_UDP;
	w->port = u->port;
	if (sip_uri_param(u, "transport", &val)) {
		if (sip_tp_of(&w->kind, val))
			return false;
		w->has_kind = true;
		if (w->secure && w->kind == SIP_TCP)
			w->kind = SIP_TLS;
	}
	return !w->secure || w->kind == SIP_TLS;
}

bool locate_numeric(struct sip_target *t, const struct sip_locator *l,
		    const struct sip_uri *uri)
{
	struct wish w;

	if (!read_uri(&w, uri) || !l->p.has[w.kind] ||
	    addr_parse_ip(&t->addr, str_z(w.domain)))
		return false;
	t->kind = w.kind;
	t->addr.port = w.port ? w.port : sip_tp_port(w.kind);
	t->name[0] = '\0';
	return true;
}

static void on_start(void *arg)
{
	struct locate *q = arg;
	struct addr    a;
	bool           numeric = !addr_parse_ip(&a, str_z(q->wish.domain));

	if ((q->wish.has_kind || q->wish.secure) &&
	    !q->locator->p.has[q->wish.kind]) {
		finish(q, EPROTONOSUPPORT);
	} else if (numeric || q->wish.port) {
		if (!numeric && !q->locator->p.resolver)
			finish(q, ENOENT);
		else
			ask_domain(q);
	} else if (!q->locator->p.resolver) {
		finish(q, ENOENT);
	} else if (q->wish.has_kind) {
		add_usual_services(q);
		ask_services(q);
	} else {
		begin_step(q);
		ask(q, q->wish.domain, DNS_NAPTR, on_naptr, 0);
		if (!q->n_open)
			ask_domain(q);
	}
}

int locate_start(struct locate **qp, struct sip_locator *l,
		 const struct sip_uri *uri, locate_fn *fn, void *arg)
{
	struct locate *q = obj_new(sizeof(*q), locate_gone);

	if (!q)
		return ENOMEM;
	if (!read_uri(&q->wish, uri)) {
		obj_unref(q);
		return EBADMSG;
	}
	q->locator = l;
	q->fn = fn;
	q->arg = arg;
	list_append(&l->queries, &q->node);
	tmr_start(l->p.loop, &q->tmr, 0, on_start, q);
	*qp = q;
	return 0;
}
