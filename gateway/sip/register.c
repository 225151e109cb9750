/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registration machine:
 *
 *	IDLE -> LOCATING -> TRYING -> ACTIVE -> TRYING (refresh) ...
 *	            |          |         |
 *	            +-- WAITING <--------+      REMOVING -> STOPPED
 *
 * One timer runs in every state: the start, the watchdog of a step, the
 * refresh or the pause.
 */
#include "gateway/sip/register.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "base/tmr.h"
#include "gateway/sip/auth.h"
#include "gateway/sip/locate.h"

enum {
	LOCATE_MS    = 30000,
	REMOVE_MS    = 5000,
	PAUSE_MS     = 4000,            /* the first; doubled each time */
	PAUSE_MAX_MS = 600000,
	REFUSED_MS   = 300000,          /* wrong password: no hammering */
	RETRY_MAX_S  = 3600,
	EXPIRES_MAX_S = 86400,
	TARGETS      = 8,
	AGAIN_MAX    = 6,               /* answers in a row that want another
					 * request at once */
};

enum event { EV_TIMER, EV_FOUND, EV_NOT_FOUND, EV_OK, EV_AGAIN, EV_REFUSED,
	     EV_FAILED, EV_FLOW_DOWN, EV_STOP, EV_STOP_BOUND, EV_NOW,
	     N_EVENTS };

static const char *const state_names[] = {
	"IDLE", "LOCATING", "TRYING", "ACTIVE", "WAITING", "REMOVING",
	"STOPPED",
};
static const char *const event_names[] = {
	"TIMER", "FOUND", "NOT_FOUND", "OK", "AGAIN", "REFUSED", "FAILED",
	"FLOW_DOWN", "STOP", "STOP_BOUND", "NOW",
};

struct sip_register {
	struct fsm                 fsm;
	struct sip_register_params p;
	struct loop               *loop;
	struct tmr                 tmr, keepalive;
	struct locate             *query;
	struct sip_target          targets[TARGETS];
	unsigned                   n_targets, target;
	struct sip_flow           *flow;
	struct sip_flow_watch      watch;
	struct txn_client         *txn;
	struct auth_client         auth;
	char                       auth_user[64], user[64], instance[48];
	char                       call_id[SIP_CALL_ID_MAX];
	char                       tag[SIP_TAG_MAX];
	char                       contact[300], stale_contact[300];
	uint32_t                   cseq;
	uint32_t                   expires_s;   /* asked for */
	uint64_t                   until_us;    /* the binding; 0: none */
	uint32_t                   retry_s;     /* the server's wish */
	unsigned                   failures, again;
	uint16_t                   status;
	bool                       refused, outbound;
	struct log_tag             tag_log;
};

static METRIC(active, METRIC_GAUGE, "tipring_registrations_active", NULL,
	      "Providers we are registered at");
static METRIC_COUNT(failed, "tipring_registration_failures_total",
		    "Registrations that failed or were refused");

static void raise_event(struct sip_register *r, enum event ev)
{
	fsm_event(&r->fsm, (unsigned char)ev, r, NULL);
}

static bool is_bound(const struct sip_register *r)
{
	return r->until_us > loop_now_us(r->loop);
}

static void set_bound(struct sip_register *r, uint64_t until_us)
{
	metric_add(&active, (until_us != 0) - (r->until_us != 0));
	r->until_us = until_us;
}

static void on_timer(void *arg)
{
	raise_event(arg, EV_TIMER);
}

static void start_timer(struct sip_register *r, uint32_t ms)
{
	tmr_start(r->loop, &r->tmr, ms, on_timer, r);
}

/* As the last statement only. */
static void changed(struct sip_register *r)
{
	if (r->p.on_change)
		r->p.on_change(r, r->p.arg);
}

static void drop_txn(struct sip_register *r)
{
	if (r->txn)
		txn_forget_client(r->txn);
	r->txn = NULL;
	locate_cancel(r->query);
	r->query = NULL;
}

static void drop_flow(struct sip_register *r)
{
	tmr_stop(&r->keepalive);
	sip_flow_unwatch(&r->watch);
	r->flow = obj_unref(r->flow);
}

/* --- locating ---------------------------------------------------------- */

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct sip_register *r = arg;

	r->query = NULL;
	r->n_targets = n < TARGETS ? n : TARGETS;
	r->target = 0;
	if (err || n == 0) {
		log_warn(&r->tag_log, "registrar not found", "error=%d",
			 err);
		raise_event(r, EV_NOT_FOUND);
		return;
	}
	memcpy(r->targets, v, r->n_targets * sizeof(*v));
	raise_event(r, EV_FOUND);
}

static const char *next_hop(const struct sip_register *r)
{
	const struct sip_registration_conf *c = r->p.conf;

	return c->outbound_proxy[0] ? c->outbound_proxy : c->registrar;
}

static void act_locate(void *obj, void *arg)
{
	struct sip_register *r = obj;
	struct sip_uri uri;

	(void)arg;
	drop_txn(r);
	drop_flow(r);
	start_timer(r, LOCATE_MS);
	/* what cannot be started is tried again when the timer ends it */
	if (sip_uri_parse(&uri, str_z(next_hop(r))) ||
	    locate_start(&r->query, r->p.locator, &uri, on_located, r))
		start_timer(r, 1);
}

/* --- sending ----------------------------------------------------------- */

static void on_flow_down(struct sip_flow *f, int err, void *arg)
{
	struct sip_register *r = arg;

	(void)f;
	log_info(&r->tag_log, "connection to registrar lost", "error=%d",
		 err);
	raise_event(r, EV_FLOW_DOWN);
}

static int use_target(struct sip_register *r)
{
	const struct sip_target *t = &r->targets[r->target];
	int err;

	if (r->flow && !r->flow->down)
		return 0;
	drop_flow(r);
	err = sip_flow_find(&r->flow, r->p.stack, t->kind, &t->addr, t->name);
	if (!err)
		sip_flow_watch(&r->watch, r->flow, on_flow_down, r);
	return err;
}

/* Our contact as the provider can reach it; it changes when we learn our
 * public address. The old one is taken back. */
static int set_contact(struct sip_register *r)
{
	struct buf b;
	int err;

	buf_init(&b, sizeof(r->contact) - 1);
	sip_stack_add_contact(r->p.stack, &b, r->flow,
			      str_z(r->p.conf->contact_user[0] ?
				    r->p.conf->contact_user : r->user));
	err = b.err;
	if (!err && !str_eqz(buf_str(&b), r->contact)) {
		if (r->contact[0] && is_bound(r))
			memcpy(r->stale_contact, r->contact,
			       sizeof(r->contact));
		str_clip(r->contact, sizeof(r->contact), buf_str(&b));
	}
	buf_fini(&b);
	return err;
}

static void add_route(const struct sip_register *r, struct buf *b)
{
	const char *proxy = r->p.conf->outbound_proxy;
	struct sip_uri uri;

	if (!proxy[0] || sip_uri_parse(&uri, str_z(proxy)))
		return;
	buf_addf(b, "Route: <%s%s>\r\n", proxy,
		 sip_uri_param(&uri, "lr", NULL) ? "" : ";lr");
}

static void add_lines(struct sip_register *r, struct buf *b, uint32_t expires)
{
	const char *aor = r->p.conf->aor;

	add_route(r, b);
	buf_addf(b, "Max-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: <%s>\r\n"
		 "Call-ID: %s\r\nCSeq: %u REGISTER\r\n",
		 aor, r->tag, aor, r->call_id, ++r->cseq);
	buf_addf(b, "Contact: %s;expires=%u", r->contact, expires);
	if (r->outbound)
		buf_addf(b, ";reg-id=1;+sip.instance=\"<%s>\"", r->instance);
	buf_addz(b, "\r\n");
	if (r->stale_contact[0])
		buf_addf(b, "Contact: %s;expires=0\r\n", r->stale_contact);
	buf_addf(b, "Expires: %u\r\nSupported: path%s\r\nAllow: %s\r\n"
		 "User-Agent: %s\r\n", expires,
		 r->outbound ? ", outbound" : "",
		 sip_stack_allowed(r->p.stack),
		 sip_stack_user_agent(r->p.stack));
	auth_client_add(&r->auth, b, STR_LIT("REGISTER"),
			str_z(r->p.conf->registrar));
}

static void on_response(const struct sip_msg *m, void *arg);
static void on_txn_end(enum txn_end why, void *arg);

static int send_register(struct sip_register *r, uint32_t expires)
{
	static const struct txn_client_cb cb = { on_response, on_txn_end };
	struct sip_request req = {
		.method = STR_LIT("REGISTER"),
		.ruri = str_z(r->p.conf->registrar),
	};
	struct buf lines;
	int err = use_target(r);

	if (err)
		return err;
	err = set_contact(r);
	if (err)
		return err;
	buf_init(&lines, 8192);
	add_lines(r, &lines, expires);
	req.headers = buf_str(&lines);
	err = lines.err ? lines.err :
		txn_client_new(&r->txn, r->p.stack, r->flow, &req, &cb, r);
	buf_fini(&lines);
	return err;
}

static void act_send(void *obj, void *arg)
{
	struct sip_register *r = obj;
	uint32_t t1 = sip_stack_t1(r->p.stack);

	(void)arg;
	drop_txn(r);
	start_timer(r, 64 * t1 + 1000);
	if (send_register(r, r->expires_s))
		start_timer(r, 1);
}

static void act_remove(void *obj, void *arg)
{
	struct sip_register *r = obj;

	(void)arg;
	drop_txn(r);
	start_timer(r, REMOVE_MS);
	if (send_register(r, 0))
		start_timer(r, 1);
}

/* --- answers ----------------------------------------------------------- */

/* The lifetime we got: of our own contact, of Expires, or as asked. */
static uint32_t granted_s(const struct sip_register *r,
			  const struct sip_msg *m)
{
	struct sip_addr own, c;
	struct str v;
	uint32_t n;

	if (sip_addr_parse(&own, str_z(r->contact)))
		return r->expires_s;
	for (unsigned i = 0; !sip_msg_addr(&c, m, SIP_HDR_CONTACT, i); i++)
		if (sip_uri_eq(&c.uri, &own.uri) &&
		    sip_param(c.params, "expires", &v) &&
		    !str_u32(&n, v, EXPIRES_MAX_S))
			return n;
	if (!sip_msg_num(&n, m, SIP_HDR_EXPIRES) && n <= EXPIRES_MAX_S)
		return n;
	return r->expires_s;
}

/* Did this answer show us an address other than the one we told? */
static bool contact_moved(struct sip_register *r)
{
	struct buf b;
	bool moved;

	buf_init(&b, sizeof(r->contact) - 1);
	sip_stack_add_contact(r->p.stack, &b, r->flow,
			      str_z(r->p.conf->contact_user[0] ?
				    r->p.conf->contact_user : r->user));
	moved = !b.err && !str_eqz(buf_str(&b), r->contact);
	buf_fini(&b);
	return moved;
}

static enum event on_200(struct sip_register *r, const struct sip_msg *m)
{
	uint32_t s = granted_s(r, m);

	set_bound(r, s ? loop_now_us(r->loop) + s * 1000000ULL : 0);
	r->auth.tries = 0;
	r->stale_contact[0] = '\0';
	if (r->fsm.state == REGISTER_REMOVING)
		return EV_OK;
	if (s && contact_moved(r) && r->again++ < AGAIN_MAX)
		return EV_AGAIN;
	return s ? EV_OK : EV_REFUSED;
}

static enum event on_challenge(struct sip_register *r,
			       const struct sip_msg *m)
{
	int err = auth_client_take(&r->auth, m);

	if (!err && r->again++ < AGAIN_MAX)
		return EV_AGAIN;
	log_warn(&r->tag_log, "credentials refused", "status=%u error=%d",
		 m->status, err);
	r->auth.have = false;
	r->auth.tries = 0;
	r->refused = true;
	return EV_REFUSED;
}

static enum event on_too_brief(struct sip_register *r,
			       const struct sip_msg *m)
{
	uint32_t n;

	if (sip_msg_num(&n, m, SIP_HDR_MIN_EXPIRES) || n <= r->expires_s ||
	    n > EXPIRES_MAX_S || r->again++ >= AGAIN_MAX)
		return EV_REFUSED;
	r->expires_s = n;
	return EV_AGAIN;
}

static enum event examine(struct sip_register *r, const struct sip_msg *m)
{
	uint32_t n;

	r->retry_s = 0;
	r->refused = false;
	if (m->status < 300)
		return on_200(r, m);
	if (!sip_msg_num(&n, m, SIP_HDR_RETRY_AFTER))
		r->retry_s = n < RETRY_MAX_S ? n : RETRY_MAX_S;
	switch (m->status) {
	case 401:
	case 407:
		return on_challenge(r, m);
	case 423:
		return on_too_brief(r, m);
	case 439:
		/* the first hop knows no outbound: without it, then */
		if (r->outbound && r->again++ < AGAIN_MAX) {
			r->outbound = false;
			return EV_AGAIN;
		}
		return EV_REFUSED;
	case 403:
	case 404:
		r->refused = true;
		return EV_REFUSED;
	case 408:
	case 503:
		/* another server may do it */
		return r->retry_s ? EV_REFUSED : EV_FAILED;
	default:
		return EV_REFUSED;
	}
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct sip_register *r = arg;

	if (m->status < 200)
		return;
	txn_forget_client(r->txn);
	r->txn = NULL;
	r->status = m->status;
	raise_event(r, examine(r, m));
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct sip_register *r = arg;

	r->txn = NULL;
	r->status = why == TXN_TIMEOUT ? 408 : 0;
	raise_event(r, EV_FAILED);
}

/* --- results ----------------------------------------------------------- */

static void on_keepalive(void *arg)
{
	struct sip_register *r = arg;

	sip_flow_keepalive(r->flow);
	tmr_start(r->loop, &r->keepalive, r->p.conf->keepalive_ms,
		  on_keepalive, r);
}

/* Early enough to try again, and not all homes at the same time. */
static uint32_t refresh_ms(const struct sip_register *r)
{
	uint64_t left = (r->until_us - loop_now_us(r->loop)) / 1000;
	uint32_t ms = (uint32_t)(left * 17 / 20);

	ms -= rand_below(ms / 20 + 1);
	return ms > 1000 ? ms : 1000;
}

static void act_active(void *obj, void *arg)
{
	struct sip_register *r = obj;

	(void)arg;
	r->failures = 0;
	r->again = 0;
	locate_answered(r->p.locator, &r->targets[r->target]);
	if (r->p.conf->keepalive_ms)
		tmr_start(r->loop, &r->keepalive, r->p.conf->keepalive_ms,
			  on_keepalive, r);
	start_timer(r, refresh_ms(r));
	log_info(&r->tag_log, "registered", "contact=%s expires=%llu",
		 r->contact, (unsigned long long)
		 (r->until_us - loop_now_us(r->loop)) / 1000000);
	changed(r);
}

/* RFC 5626 section 4.5: half of the pause is random. */
static uint32_t pause_ms(const struct sip_register *r)
{
	uint32_t ms = r->refused ? REFUSED_MS : PAUSE_MS;

	if (r->retry_s)
		return r->retry_s * 1000 + rand_below(r->retry_s * 100 + 1);
	for (unsigned i = 1; i < r->failures && ms < PAUSE_MAX_MS; i++)
		ms *= 2;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	return ms / 2 + rand_below(ms / 2 + 1);
}

static void act_wait(void *obj, void *arg)
{
	struct sip_register *r = obj;
	uint32_t ms;

	(void)arg;
	metric_add(&failed, 1);
	drop_txn(r);
	drop_flow(r);
	r->failures++;
	r->again = 0;
	if (!is_bound(r))
		set_bound(r, 0);
	ms = pause_ms(r);
	start_timer(r, ms);
	log_warn(&r->tag_log, "not registered", "status=%u again_in_ms=%u",
		 r->status, ms);
	changed(r);
}

/* The server did not answer: the next one, as if it had been found. */
static void act_next(void *obj, void *arg)
{
	struct sip_register *r = obj;

	(void)arg;
	drop_txn(r);
	drop_flow(r);
	locate_failed(r->p.locator, &r->targets[r->target]);
	start_timer(r, LOCATE_MS);
	raise_event(r, ++r->target < r->n_targets ? EV_FOUND : EV_NOT_FOUND);
}

static void act_stopped(void *obj, void *arg)
{
	struct sip_register *r = obj;

	(void)arg;
	drop_txn(r);
	drop_flow(r);
	tmr_stop(&r->tmr);
	set_bound(r, 0);
	changed(r);
}

static void act_none(void *obj, void *arg)
{
	(void)obj;
	(void)arg;
}

/* RFC 3261 section 10.2, RFC 5626 section 4.5 */
static const struct fsm_row rows[] = {
	{ REGISTER_IDLE, EV_TIMER, act_locate, REGISTER_LOCATING },
	{ REGISTER_IDLE, EV_NOW, act_locate, REGISTER_LOCATING },
	{ REGISTER_LOCATING, EV_FOUND, act_send, REGISTER_TRYING },
	{ REGISTER_LOCATING, EV_NOT_FOUND, act_wait, REGISTER_WAITING },
	{ REGISTER_LOCATING, EV_TIMER, act_wait, REGISTER_WAITING },
	{ REGISTER_LOCATING, EV_NOW, act_none, FSM_SAME },
	{ REGISTER_TRYING, EV_OK, act_active, REGISTER_ACTIVE },
	{ REGISTER_TRYING, EV_AGAIN, act_send, FSM_SAME },
	{ REGISTER_TRYING, EV_REFUSED, act_wait, REGISTER_WAITING },
	{ REGISTER_TRYING, EV_FAILED, act_next, REGISTER_LOCATING },
	{ REGISTER_TRYING, EV_FLOW_DOWN, act_next, REGISTER_LOCATING },
	{ REGISTER_TRYING, EV_TIMER, act_next, REGISTER_LOCATING },
	{ REGISTER_TRYING, EV_NOW, act_none, FSM_SAME },
	{ REGISTER_ACTIVE, EV_TIMER, act_send, REGISTER_TRYING },
	{ REGISTER_ACTIVE, EV_NOW, act_send, REGISTER_TRYING },
	{ REGISTER_ACTIVE, EV_FLOW_DOWN, act_wait, REGISTER_WAITING },
	{ REGISTER_WAITING, EV_TIMER, act_locate, REGISTER_LOCATING },
	{ REGISTER_WAITING, EV_NOW, act_locate, REGISTER_LOCATING },
	{ REGISTER_REMOVING, EV_OK, act_stopped, REGISTER_STOPPED },
	{ REGISTER_REMOVING, EV_AGAIN, act_remove, FSM_SAME },
	{ REGISTER_REMOVING, EV_REFUSED, act_stopped, REGISTER_STOPPED },
	{ REGISTER_REMOVING, EV_FAILED, act_stopped, REGISTER_STOPPED },
	{ REGISTER_REMOVING, EV_FLOW_DOWN, act_stopped, REGISTER_STOPPED },
	{ REGISTER_REMOVING, EV_TIMER, act_stopped, REGISTER_STOPPED },
	{ REGISTER_REMOVING, EV_STOP, act_none, FSM_SAME },
	{ REGISTER_REMOVING, EV_STOP_BOUND, act_none, FSM_SAME },
	{ REGISTER_REMOVING, EV_NOW, act_none, FSM_SAME },
	{ REGISTER_STOPPED, EV_STOP, act_none, FSM_SAME },
	{ REGISTER_STOPPED, EV_NOW, act_none, FSM_SAME },
	{ FSM_ANY, EV_STOP, act_stopped, REGISTER_STOPPED },
	{ FSM_ANY, EV_STOP_BOUND, act_remove, REGISTER_REMOVING },
};

const struct fsm_table sip_register_fsm = {
	"register", state_names, REGISTER_STATES, event_names, N_EVENTS,
	rows, sizeof(rows) / sizeof(rows[0]),
};

/* --- life -------------------------------------------------------------- */

static void register_destroy(void *obj)
{
	struct sip_register *r = obj;

	tmr_stop(&r->tmr);
	drop_txn(r);
	drop_flow(r);
	set_bound(r, 0);
}

/* Stable over restarts, so that the provider knows us again: RFC 5626
 * section 4.1. */
static void set_instance(struct sip_register *r)
{
	static const uint64_t keys[2][2] = { { 1, 2 }, { 3, 4 } };
	struct str aor = str_z(r->p.conf->aor);
	uint64_t a = siphash(keys[0], aor.p, aor.l);
	uint64_t b = siphash(keys[1], aor.p, aor.l);

	snprintf(r->instance, sizeof(r->instance),
		 "urn:uuid:%08x-%04x-5%03x-%04x-%012llx",
		 (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
		 (unsigned)a & 0xfff, ((unsigned)(b >> 48) & 0x3fff) | 0x8000,
		 (unsigned long long)b & 0xffffffffffffULL);
}

static int set_names(struct sip_register *r)
{
	const struct sip_registration_conf *c = r->p.conf;
	struct sip_uri aor, registrar;

	if (sip_uri_parse(&aor, str_z(c->aor)) ||
	    sip_uri_parse(&registrar, str_z(c->registrar)) ||
	    sip_uri_user(r->user, sizeof(r->user), &aor))
		return EBADMSG;
	str_clip(r->auth_user, sizeof(r->auth_user),
		 str_z(c->auth_user[0] ? c->auth_user : r->user));
	r->auth.user = r->auth_user;
	r->auth.password = c->password[0] ? c->password : NULL;
	snprintf(r->tag_log.id, sizeof(r->tag_log.id), "registration=%.10s",
		 c->name);
	return 0;
}

int sip_register_new(struct sip_register **rp,
		     const struct sip_register_params *p)
{
	struct sip_register *r = obj_new(sizeof(*r), register_destroy);
	int err;

	if (!r)
		return ENOMEM;
	r->p = *p;
	r->loop = sip_stack_loop(p->stack);
	r->tag_log.module = "register";
	r->expires_s = p->conf->expires_ms / 1000;
	r->outbound = p->conf->outbound;
	err = set_names(r);
	if (err) {
		obj_unref(r);
		return err;
	}
	set_instance(r);
	sip_new_call_id(r->call_id);
	sip_new_tag(r->tag);
	fsm_init(&r->fsm, &sip_register_fsm, REGISTER_IDLE, &r->tag_log);
	start_timer(r, rand_below(REGISTER_JITTER_MS));
	*rp = r;
	return 0;
}

void sip_register_free(struct sip_register *r)
{
	obj_unref(r);
}

void sip_register_stop(struct sip_register *r)
{
	raise_event(r, is_bound(r) && r->n_targets ? EV_STOP_BOUND :
						     EV_STOP);
}

void sip_register_now(struct sip_register *r)
{
	raise_event(r, EV_NOW);
}

void sip_register_info(const struct sip_register *r,
		       struct sip_register_info *info)
{
	uint64_t now = loop_now_us(r->loop);

	*info = (struct sip_register_info){
		.state = (enum sip_register_state)r->fsm.state,
		.name = r->p.conf->name,
		.state_name = state_names[r->fsm.state],
		.registered = r->until_us > now,
		.left_s = r->until_us > now ?
			(uint32_t)((r->until_us - now) / 1000000) : 0,
		.next_s = (tmr_left_ms(&r->tmr) + 999) / 1000,
		.status = r->status,
		.failures = r->failures,
	};
	memcpy(info->contact, r->contact, sizeof(info->contact));
	if (r->flow)
		info->server = r->flow->remote;
}

struct sip_flow *sip_register_flow(const struct sip_register *r)
{
	return r->flow;
}
