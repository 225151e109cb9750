/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of peers, and OPTIONS to see whether they are there:
 *
 *	timer -> locate -> OPTIONS -> answer or limit -> verdict -> timer
 */
#include "gateway/sip/peer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "gateway/sip/locate.h"
#include "gateway/sip/registrations.h"
#include "gateway/sip/sip.h"

struct peers {
	struct sip_stack   *stack;      /* NULL: not watched */
	struct sip_locator *locator;
	struct registrations *registrations;    /* NULL: none */
	size_t              n;
	struct sip_peer   **v;          /* a reference each */
};

/* What comes next: peers that stay, and new ones. */
struct peers_next {
	const struct sip_peer_conf *conf;
	void                       *owner;
	size_t                      n;
	struct sip_peer           **v;          /* a reference each */
};

static METRIC_COUNT(pings, "tipring_peer_pings_total",
		    "OPTIONS sent to peers");
static METRIC_COUNT(doubts, "tipring_peer_doubts_total",
		    "Peers that left a call without an answer");
static METRIC_COUNT(poor, "tipring_peer_poor_total",
		    "Peers whose calls lost or delayed too much");
static METRIC_COUNT(changes, "tipring_peer_changes_total",
		    "Peers that went up or down");

static void stop_ping(struct sip_peer *p)
{
	tmr_stop(&p->tmr);
	locate_cancel(p->query);
	p->query = NULL;
	if (p->txn)
		txn_forget_client(p->txn);
	p->txn = NULL;
	p->contrary = 0;
}

/* For one that is no more. */
static void stop(struct sip_peer *p)
{
	stop_ping(p);
	peer_where_stop(&p->where);
}

static void peer_gone(void *obj)
{
	struct sip_peer *p = obj;

	stop(p);
	obj_unref(p->owner);
}

static void peers_gone(void *obj)
{
	struct peers *ps = obj;

	/* calls may hold them longer */
	for (size_t i = 0; i < ps->n; i++) {
		stop(ps->v[i]);
		obj_unref(ps->v[i]);
	}
	mem_free(ps->v);
}

int peers_new(struct peers **pp, const struct conf_list *conf)
{
	struct peers *ps = obj_new(sizeof(*ps), peers_gone);
	struct peers_next *next;
	int err = ENOMEM;

	if (ps)
		err = peers_prepare(&next, ps, conf, NULL);
	if (err) {
		obj_unref(ps);
		return err;
	}
	peers_commit(ps, next);
	*pp = ps;
	return 0;
}

void peers_free(struct peers *ps)
{
	obj_unref(ps);
}

struct sip_peer *peer_at(const struct peers *ps, size_t i)
{
	return i < ps->n ? ps->v[i] : NULL;
}

void peers_registered(struct peers *ps, struct registrations *r)
{
	ps->registrations = r;
}

/* The first URI its calls go to. */
static const char *first_hop(const struct sip_peer_conf *c)
{
	return c->outbound_proxy[0] ? c->outbound_proxy : c->uri;
}

static struct str hop_of(const struct sip_peer *p)
{
	return str_z(first_hop(p->conf));
}

struct sip_flow *peer_flow(const struct sip_peer *p)
{
	if (p->removed || !p->table->registrations)
		return NULL;
	return registrations_flow(p->table->registrations, hop_of(p),
				  str_z(p->conf->user));
}

void peer_forgot(const struct sip_peer *p)
{
	if (!p->removed && p->table->registrations)
		registrations_doubt(p->table->registrations, hop_of(p));
}

struct sip_peer *peer_find(const struct peers *ps, struct str name)
{
	for (size_t i = 0; i < ps->n; i++)
		if (str_eqz(name, ps->v[i]->conf->name))
			return ps->v[i];
	return NULL;
}

/* Bits of the narrowest of its networks that holds src, or -1. */
static int match_bits(const struct sip_peer_conf *c, const struct addr *src)
{
	const struct cidr *nets = c->sources.v;
	int best = -1;

	for (size_t i = 0; i < c->sources.n; i++)
		if (cidr_has(&nets[i], src) && nets[i].bits > best)
			best = nets[i].bits;
	return best;
}

struct sip_peer *peer_find_source(const struct peers *ps,
				  const struct addr *src)
{
	struct sip_peer *found = NULL;
	int best = -1;

	for (size_t i = 0; i < ps->n; i++) {
		int bits = match_bits(ps->v[i]->conf, src);

		if (bits > best) {
			best = bits;
			found = ps->v[i];
		}
	}
	return found;
}

struct sip_peer *peer_find_at(const struct peers *ps, const struct addr *a)
{
	struct sip_peer *p = peer_find_source(ps, a);

	for (size_t i = 0; !p && i < ps->n; i++)
		if (peer_where_has(&ps->v[i]->where, a))
			p = ps->v[i];
	return p;
}

/* A name may end with the dot of the root. */
static bool is_host(struct str a, struct str b)
{
	struct addr x, y;

	if (a.l && a.p[a.l - 1] == '.')
		a.l--;
	if (b.l && b.p[b.l - 1] == '.')
		b.l--;
	if (addr_parse_ip(&x, a) || addr_parse_ip(&y, b))
		return a.l && str_ieq(a, b);
	addr_unmap(&x);
	addr_unmap(&y);
	return addr_eq_ip(&x, &y);
}

static bool is_at(const char *text, struct str host)
{
	struct sip_uri uri;

	return text[0] && !sip_uri_parse(&uri, str_z(text)) &&
	       is_host(uri.host, host);
}

static int match_host(const struct sip_peer_conf *c, struct str host)
{
	struct addr a;

	if (is_at(c->uri, host) || is_at(c->outbound_proxy, host))
		return PEER_MATCH_HOST;
	if (addr_parse_ip(&a, host))
		return -1;
	addr_unmap(&a);
	return match_bits(c, &a);
}

int peer_conf_match_uri(const struct sip_peer_conf *c,
			const struct sip_uri *uri)
{
	int best = match_host(c, uri->host), other;
	struct str maddr;

	if (!sip_uri_param(uri, "maddr", &maddr))
		return best;
	other = match_host(c, maddr);
	return other > best ? other : best;
}

bool peer_conf_has_account(const struct sip_peer_conf *c)
{
	return c->user[0] || c->auth_user[0];
}

int peer_call_begin(struct sip_peer *p, bool emergency)
{
	unsigned max = (unsigned)p->conf->max_calls;

	if (!emergency && max && p->calls >= max)
		return EDQUOT;
	p->calls++;
	return 0;
}

void peer_call_end(struct sip_peer *p)
{
	assert(p->calls);
	p->calls--;
}

/* The ping */

static void on_ping_due(void *arg);

static struct loop *loop_of(const struct sip_peer *p)
{
	return sip_stack_loop(p->table->stack);
}

static uint64_t now_us(const struct sip_peer *p)
{
	return loop_now_us(loop_of(p));
}

static void settle(struct sip_peer *p, const char *why)
{
	if (!p->doubtful)
		return;
	p->doubtful = false;
	log_notice(&p->tag, "no more doubt", "why=%s", why);
}

/* The configured interval, a tenth more or less, so that the pings of many
 * peers do not fall together. 0: no ping. */
static uint32_t interval_ms(struct sip_peer *p)
{
	uint32_t ms = p->conf->ping_ms;

	if (ms)
		return ms - ms / 10 + rand_below(ms / 5 + 1);
	if (!p->doubtful)
		return 0;
	ms = p->again_ms;
	p->again_ms = ms < PEER_AGAIN_MAX_MS / 2 ? 2 * ms : PEER_AGAIN_MAX_MS;
	return ms;
}

/* Without `ping` only doubt is settled; the peer may not know OPTIONS. */
static void verdict_unwatched(struct sip_peer *p, bool answered)
{
	uint32_t next_ms;

	if (answered)
		settle(p, "ping");
	next_ms = interval_ms(p);
	if (next_ms)
		tmr_start(loop_of(p), &p->tmr, next_ms, on_ping_due, p);
}

/* What the ping says, against what was known. */
static void verdict(struct sip_peer *p, bool answered)
{
	unsigned need = p->up ? PEER_DOWN_AFTER : PEER_UP_AFTER;
	uint32_t next_ms;

	if (!p->conf->ping_ms) {
		verdict_unwatched(p, answered);
		return;
	}
	next_ms = interval_ms(p);
	if (answered)
		settle(p, "ping");
	if (answered == p->up) {
		p->contrary = 0;
	} else if (++p->contrary >= need) {
		p->contrary = 0;
		p->up = answered;
		metric_add(&changes, 1);
		log_notice(&p->tag, answered ? "peer is up" : "peer is down",
			   "uri=%s", p->conf->uri);
	} else if (next_ms > PEER_AGAIN_MS) {
		next_ms = PEER_AGAIN_MS;
	}
	tmr_start(loop_of(p), &p->tmr, next_ms, on_ping_due, p);
}

static void forget_txn(struct sip_peer *p)
{
	struct txn_client *t = p->txn;

	p->txn = NULL;
	if (t)
		txn_forget_client(t);
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct sip_peer *p = arg;

	if (m->status < 200)
		return;
	/* a refusal comes from somebody who is there */
	forget_txn(p);
	peer_measured(p, -1, (uint32_t)((now_us(p) - p->ping_us) / 1000));
	verdict(p, m->status != 503 && m->status != 408);
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct sip_peer *p = arg;

	(void)why;
	p->txn = NULL;
	verdict(p, false);
}

static void on_limit(void *arg)
{
	struct sip_peer *p = arg;

	locate_cancel(p->query);
	p->query = NULL;
	forget_txn(p);
	verdict(p, false);
}

static void add_lines(struct sip_peer *p, struct buf *b, struct sip_flow *f)
{
	const struct sip_peer_conf *c = p->conf;
	struct addr                 local;
	char                        text[ADDR_TEXT_MAX];

	sip_stack_local(&local, p->table->stack, f);
	if (c->outbound_proxy[0])
		buf_addf(b, "Route: <%s;lr>\r\n", c->outbound_proxy);
	buf_addf(b, "Max-Forwards: 70\r\nFrom: <sip:%s%s%s>;tag=%s\r\n"
		 "To: <%s>\r\nCall-ID: %s\r\nCSeq: %u OPTIONS\r\nContact: ",
		 c->user, c->user[0] ? "@" : "", addr_print(text, &local),
		 p->local_tag, c->uri, p->call_id, (unsigned)++p->cseq);
	sip_stack_add_contact(p->table->stack, b, f, str_z(c->user));
	buf_addz(b, "\r\nAccept: application/sdp\r\n");
}

static int send_ping(struct sip_peer *p, const struct sip_target *t)
{
	static const struct txn_client_cb cb = { on_response, on_txn_end };
	struct sip_stack  *stack = p->table->stack;
	struct sip_request r = { .method = STR_LIT("OPTIONS"),
				 .ruri = str_z(p->conf->uri) };
	struct sip_flow   *f;
	struct buf         lines;
	int err = sip_flow_find(&f, stack, t->kind, &t->addr,
				t->name[0] ? t->name : NULL);

	if (err)
		return err;
	buf_init(&lines, SIP_MSG_MAX);
	add_lines(p, &lines, f);
	r.headers = buf_str(&lines);
	err = lines.err ? lines.err
			: txn_client_new(&p->txn, stack, f, &r, &cb, p);
	buf_fini(&lines);
	obj_unref(f);
	p->ping_us = now_us(p);
	if (!err)
		metric_add(&pings, 1);
	return err;
}

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct sip_peer *p = arg;

	p->query = NULL;
	if (err || !n || send_ping(p, &v[0]))
		verdict(p, false);
}

static void on_ping_due(void *arg)
{
	struct sip_peer *p = arg;
	struct sip_uri u;

	if (sip_uri_parse(&u, hop_of(p)) ||
	    locate_start(&p->query, p->table->locator, &u, on_located, p)) {
		p->query = NULL;
		verdict(p, false);
		return;
	}
	tmr_start(loop_of(p), &p->tmr, PEER_WAIT_MS, on_limit, p);
}

static void start_ping(struct sip_peer *p, uint32_t within_ms)
{
	if (!p->table->stack || (!p->conf->ping_ms && !p->doubtful))
		return;
	tmr_start(loop_of(p), &p->tmr, rand_below(within_ms + 1), on_ping_due,
		  p);
}

static void start(struct sip_peer *p, uint32_t within_ms)
{
	if (p->table->stack)
		peer_where_start(&p->where, loop_of(p), p->table->locator,
				 first_hop(p->conf));
	start_ping(p, within_ms);
}

void peers_watch(struct peers *ps, struct sip_stack *stack,
		 struct sip_locator *locator)
{
	ps->stack = stack;
	ps->locator = locator;
	for (size_t i = 0; i < ps->n; i++)
		start(ps->v[i], ps->v[i]->conf->ping_ms / 10);
}

/* Another table in its place */

static struct sip_peer *peer_new(struct peers *ps,
				 const struct sip_peer_conf *c, void *owner)
{
	struct sip_peer *p = obj_new(sizeof(*p), peer_gone);

	if (!p)
		return NULL;
	p->conf = c;
	p->owner = obj_ref(owner);
	p->up = true;
	p->table = ps;
	p->tag.module = "peer";
	snprintf(p->tag.id, sizeof(p->tag.id), "peer=%.16s", c->name);
	rand_token(p->call_id, sizeof(p->call_id));
	rand_token(p->local_tag, sizeof(p->local_tag));
	return p;
}

static void next_gone(void *obj)
{
	struct peers_next *next = obj;

	for (size_t i = 0; i < next->n; i++)
		obj_unref(next->v[i]);
	mem_free(next->v);
	obj_unref(next->owner);
}

static int fill_next(struct peers_next *next, struct peers *ps, size_t n)
{
	if (!n)
		return 0;
	next->v = mem_alloc(n * sizeof(next->v[0]));
	while (next->v && next->n < n) {
		const struct sip_peer_conf *c = &next->conf[next->n];
		struct sip_peer *p = peer_find(ps, str_z(c->name));

		p = p ? obj_ref(p) : peer_new(ps, c, next->owner);
		if (!p)
			return ENOMEM;
		next->v[next->n++] = p;
	}
	return next->v ? 0 : ENOMEM;
}

int peers_prepare(struct peers_next **np, struct peers *ps,
		  const struct conf_list *conf, void *owner)
{
	struct peers_next *next = obj_new(sizeof(*next), next_gone);
	int err = ENOMEM;

	if (!next)
		return err;
	next->conf = conf->v;
	next->owner = obj_ref(owner);
	err = fill_next(next, ps, conf->n);
	if (err)
		obj_unref(next);
	else
		*np = next;
	return err;
}

void peers_discard(struct peers_next *next)
{
	obj_unref(next);
}

/* The same peer by other words: pinged anew where that matters. */
static void adopt(struct sip_peer *p, const struct sip_peer_conf *c,
		  void *owner)
{
	bool moved = strcmp(p->conf->uri, c->uri) ||
		     strcmp(p->conf->outbound_proxy, c->outbound_proxy);
	bool again = moved || p->conf->ping_ms != c->ping_ms;

	p->conf = c;
	obj_ref(owner);
	obj_unref(p->owner);
	p->owner = owner;
	p->where.uri = first_hop(c);
	if (!again)
		return;
	stop_ping(p);
	if (moved) {            /* what is known is of another */
		p->where.n = 0;
		memset(&p->health, 0, sizeof(p->health));
		p->doubtful = false;
	}
	if (moved || !c->ping_ms)
		p->up = true;
	start(p, PEER_AGAIN_MS);
}

static bool stays(const struct peers_next *next, const struct sip_peer *p)
{
	for (size_t i = 0; i < next->n; i++)
		if (next->v[i] == p)
			return true;
	return false;
}

void peers_commit(struct peers *ps, struct peers_next *next)
{
	struct sip_peer **was = ps->v;
	size_t n = ps->n;

	for (size_t i = 0; i < n; i++)
		if (!stays(next, was[i])) {
			stop(was[i]);
			was[i]->removed = true;
		}
	ps->v = next->v;
	ps->n = next->n;
	for (size_t i = 0; i < ps->n; i++) {
		if (ps->v[i]->conf == &next->conf[i])
			start(ps->v[i], PEER_AGAIN_MS);
		else
			adopt(ps->v[i], &next->conf[i], next->owner);
	}
	next->v = was;
	next->n = n;
	obj_unref(next);
}

/* What calls tell */

void peer_silent(struct sip_peer *p)
{
	if (!p->table->stack || p->removed)
		return;
	p->doubt_us = now_us(p);
	if (p->doubtful)
		return;
	p->doubtful = true;
	p->again_ms = PEER_AGAIN_MS;
	metric_add(&doubts, 1);
	log_notice(&p->tag, "no answer to a call", "uri=%s", p->conf->uri);
	if (!p->query && !p->txn)
		tmr_start(loop_of(p), &p->tmr, 0, on_ping_due, p);
}

void peer_alive(struct sip_peer *p)
{
	settle(p, "call");
	if (p->up)
		p->contrary = 0;
}

void peer_measured(struct sip_peer *p, float loss_percent,
		   uint32_t delay_ms)
{
	const struct peer_health_bounds b = {
		.loss_percent = (float)p->conf->max_loss,
		.delay_ms = p->conf->max_delay_ms,
	};

	if (!p->table->stack ||
	    !peer_health_report(&p->health, &b, loss_percent, delay_ms,
				now_us(p)))
		return;
	metric_add(&poor, 1);
	log_notice(&p->tag, "peer is poor", "loss_percent=%.1f delay_ms=%u "
		   "hold_s=%u", (double)p->health.loss_percent,
		   p->health.delay_ms, p->health.hold_ms / 1000);
}

/* Times that are over are noticed when somebody asks. */
static void refresh(struct sip_peer *p)
{
	if (!p->table->stack)
		return;
	if (peer_health_recover(&p->health, now_us(p)))
		log_notice(&p->tag, "peer is tried again", "poor_s=%u",
			   p->health.hold_ms / 1000);
	if (p->doubtful && !p->conf->ping_ms &&
	    now_us(p) - p->doubt_us >= 1000ull * PEER_DOUBT_MS)
		settle(p, "time");
}

bool peer_is_good(struct sip_peer *p)
{
	refresh(p);
	return p->up && !p->doubtful && !p->health.poor;
}

const char *peer_state_name(struct sip_peer *p)
{
	refresh(p);
	if (!p->up)
		return "down";
	if (p->doubtful)
		return "doubtful";
	return p->health.poor ? "poor" : "up";
}
