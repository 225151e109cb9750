/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client transactions: RFC 3261 figures 5 and 6, with the Accepted state of
 * RFC 6026 (section 7.2). The table of the stack holds one reference until
 * the last timer.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/sip_stack.h"

enum {
	UDP_LIMIT       = 1300,         /* RFC 3261 section 18.1.1 */
	TCP_WAIT_MS     = 500,          /* then the long request goes by UDP */
	NO_TCP_US       = 600000000,    /* not tried again for so long */
	TIMER_D_MS      = 32000,
};

struct txn_client {
	struct fsm                  fsm;
	struct sip_stack           *stack;
	struct hash_node            node;
	struct list_node            all;
	struct sip_flow            *flow;
	struct sip_flow            *udp;        /* to fall back to, or NULL */
	struct sip_flow_watch       watch;
	char                        branch[72];
	char                       *req;        /* what was sent */
	size_t                      req_len;
	enum sip_mid                method;
	struct str                  method_name;        /* in req */
	uint32_t                    resend_ms;
	struct tmr                  resend, end;
	unsigned char               end_ev;
	bool                        provisional, cancel, cancelled, dead;
	char                       *cancel_lines;
	const struct txn_client_cb *cb;         /* NULL: nobody listens */
	void                       *arg;
	struct log_tag              log;
};

enum state { CALLING, PROCEEDING, COMPLETED, ACCEPTED, TERMINATED, TRYING,
	     N_STATES };
enum event { EV_1XX, EV_2XX, EV_3XX_6XX, EV_FINAL, EV_TIMER_A, EV_TIMER_B,
	     EV_TIMER_D, EV_TIMER_E, EV_TIMER_F, EV_TIMER_K, EV_TIMER_M,
	     EV_SEND_FAILED, N_EVENTS };

static const char *const state_names[] = {
	"CALLING", "PROCEEDING", "COMPLETED", "ACCEPTED", "TERMINATED",
	"TRYING",
};
static const char *const event_names[] = {
	"1XX", "2XX", "3XX_6XX", "FINAL", "TIMER_A", "TIMER_B", "TIMER_D",
	"TIMER_E", "TIMER_F", "TIMER_K", "TIMER_M", "SEND_FAILED",
};

static METRIC_COUNT(retransmits, "tipring_sip_retransmits_total",
		    "Requests sent again for want of an answer");
static METRIC_COUNT(timeouts, "tipring_sip_timeouts_total",
		    "Requests that nobody answered");

static void txn_destroy(void *obj)
{
	struct txn_client *t = obj;

	tmr_stop(&t->resend);
	tmr_stop(&t->end);
	sip_flow_unwatch(&t->watch);
	mem_free(t->req);
	mem_free(t->cancel_lines);
	obj_unref(t->udp);
	obj_unref(t->flow);
}

static uint32_t t1(const struct txn_client *t)
{
	return t->stack->p.t1_ms;
}

static bool reliable(const struct txn_client *t)
{
	return t->flow->tp->ops->reliable;
}

static bool is_invite(const struct txn_client *t)
{
	return t->method == SIP_INVITE;
}

/* Out of the table, then the last upcall. */
static void terminate(struct txn_client *t, enum txn_end why)
{
	const struct txn_client_cb *cb = t->cb;
	struct sip_stack *s = t->stack;

	t->cb = NULL;
	t->dead = true;
	tmr_stop(&t->resend);
	tmr_stop(&t->end);
	sip_flow_unwatch(&t->watch);
	hash_remove(&s->clients, &t->node);
	list_unlink(&t->all);
	s->n_txns--;
	if (cb && cb->on_end)
		cb->on_end(why, t->arg);
	obj_unref(t);
}

static void on_end_timer(void *arg)
{
	struct txn_client *t = arg;

	fsm_event(&t->fsm, t->end_ev, t, NULL);
}

static void start_end(struct txn_client *t, unsigned char ev, uint32_t ms)
{
	t->end_ev = ev;
	tmr_start(t->stack->p.loop, &t->end, ms, on_end_timer, t);
}

static void on_resend_timer(void *arg)
{
	struct txn_client *t = arg;

	fsm_event(&t->fsm, is_invite(t) ? EV_TIMER_A : EV_TIMER_E, t, NULL);
}

static void start_resend(struct txn_client *t, uint32_t ms)
{
	t->resend_ms = ms;
	tmr_start(t->stack->p.loop, &t->resend, ms, on_resend_timer, t);
}

/* Failures end the transaction from the loop, not inside of a call. */
static void on_send_failed(void *arg)
{
	struct txn_client *t = arg;

	fsm_event(&t->fsm, EV_SEND_FAILED, t, NULL);
}

static void send_request(struct txn_client *t)
{
	int err = sip_flow_send(t->flow, str_pl(t->req, t->req_len));

	/* a full socket buffer is like a lost datagram */
	if (err && (reliable(t) || err != EAGAIN))
		tmr_start(t->stack->p.loop, &t->end, 0, on_send_failed, t);
}

static void up(struct txn_client *t, const struct sip_msg *m)
{
	if (t->cb && t->cb->on_response)
		t->cb->on_response(m, t->arg);
}

/* The request as the parser sees it, for ACK and CANCEL. */
static int own_request(struct sip_msg **mp, const struct txn_client *t)
{
	return sip_msg_parse(mp, str_pl(t->req, t->req_len), NULL);
}

/* RFC 3261 section 17.1.1.3. */
static void send_ack(struct txn_client *t, const struct sip_msg *resp)
{
	struct buf *out = &t->stack->out;
	struct sip_msg *req;

	if (own_request(&req, t))
		return;
	buf_reset(out);
	sip_build_same(out, req, "ACK", resp->to.raw, STR_NULL);
	obj_unref(req);
	/* a lost ACK is asked for by the repeated answer */
	if (!out->err)
		(void)sip_flow_send(t->flow, buf_str(out));
}

static int client_start(struct txn_client **tp, struct txn_client *like,
			struct str text, struct str method);

/* RFC 3261 section 9.1: the same branch, a transaction of its own. */
static int send_cancel(struct txn_client *t)
{
	struct buf *out = &t->stack->out;
	struct txn_client *c;
	struct sip_msg *req;
	int err = own_request(&req, t);

	if (err)
		return err;
	buf_reset(out);
	sip_build_same(out, req, "CANCEL", req->to.raw,
		       str_z(t->cancel_lines));
	obj_unref(req);
	err = out->err ? out->err :
		client_start(&c, t, buf_str(out), STR_LIT("CANCEL"));
	if (!err)
		t->cancelled = true;
	return err;
}

static void act_none(void *obj, void *arg)
{
	(void)obj;
	(void)arg;
}

static void act_resend(void *obj, void *arg)
{
	struct txn_client *t = obj;
	uint32_t ms = t->resend_ms * 2;

	(void)arg;
	metric_add(&retransmits, 1);
	send_request(t);
	/* figure 6: E stays within T2; figure 5: A just doubles */
	if (!is_invite(t) && (ms > t->stack->p.t2_ms ||
			      t->fsm.state == PROCEEDING))
		ms = t->stack->p.t2_ms;
	start_resend(t, ms);
}

static void act_1xx(void *obj, void *arg)
{
	struct txn_client *t = obj;

	t->provisional = true;
	if (is_invite(t)) {
		tmr_stop(&t->resend);
		if (!t->cancelled)
			tmr_stop(&t->end);
	}
	if (t->cancel && !t->cancelled) {
		/* without an answer in time the call is over: section 9.1 */
		start_end(t, EV_TIMER_B, 64 * t1(t));
		(void)send_cancel(t);   /* no memory: the timer ends it */
	}
	up(t, arg);
}

/* It is never sent again, and its ACK is not ours. */
static void drop_request(struct txn_client *t)
{
	/* of a method without a name here, the name lies in the text */
	if (t->method == SIP_OTHER)
		return;
	t->method_name = str_z(sip_mid_name(t->method));
	t->req = mem_free(t->req);
	t->req_len = 0;
}

static void act_2xx(void *obj, void *arg)
{
	struct txn_client *t = obj;

	tmr_stop(&t->resend);
	start_end(t, EV_TIMER_M, 64 * t1(t));
	drop_request(t);
	up(t, arg);
}

static void act_up(void *obj, void *arg)
{
	up(obj, arg);
}

static void act_refused(void *obj, void *arg)
{
	struct txn_client *t = obj;

	tmr_stop(&t->resend);
	send_ack(t, arg);
	start_end(t, EV_TIMER_D, reliable(t) ? 0 : TIMER_D_MS);
	up(t, arg);
}

static void act_ack(void *obj, void *arg)
{
	send_ack(obj, arg);
}

static void act_final(void *obj, void *arg)
{
	struct txn_client *t = obj;

	tmr_stop(&t->resend);
	start_end(t, EV_TIMER_K, reliable(t) ? 0 : t->stack->p.t4_ms);
	drop_request(t);
	up(t, arg);
}

static void act_done(void *obj, void *arg)
{
	(void)arg;
	terminate(obj, TXN_DONE);
}

static void act_timeout(void *obj, void *arg)
{
	(void)arg;
	metric_add(&timeouts, 1);
	terminate(obj, TXN_TIMEOUT);
}

static void act_failed(void *obj, void *arg)
{
	(void)arg;
	terminate(obj, TXN_SEND_FAILED);
}

/* RFC 3261 figure 5 as changed by RFC 6026 figure 5 */
static const struct fsm_row invite_rows[] = {
	{ CALLING, EV_TIMER_A, act_resend, FSM_SAME },
	{ CALLING, EV_TIMER_B, act_timeout, TERMINATED },
	{ CALLING, EV_1XX, act_1xx, PROCEEDING },
	{ CALLING, EV_2XX, act_2xx, ACCEPTED },
	{ CALLING, EV_3XX_6XX, act_refused, COMPLETED },
	{ CALLING, EV_SEND_FAILED, act_failed, TERMINATED },
	{ PROCEEDING, EV_1XX, act_1xx, FSM_SAME },
	{ PROCEEDING, EV_2XX, act_2xx, ACCEPTED },
	{ PROCEEDING, EV_3XX_6XX, act_refused, COMPLETED },
	/* section 9.1: 64 T1 after CANCEL */
	{ PROCEEDING, EV_TIMER_B, act_timeout, TERMINATED },
	{ PROCEEDING, EV_SEND_FAILED, act_failed, TERMINATED },
	{ COMPLETED, EV_1XX, act_none, FSM_SAME },
	{ COMPLETED, EV_2XX, act_none, FSM_SAME },
	{ COMPLETED, EV_3XX_6XX, act_ack, FSM_SAME },
	{ COMPLETED, EV_TIMER_D, act_done, TERMINATED },
	{ COMPLETED, EV_SEND_FAILED, act_done, TERMINATED },
	{ ACCEPTED, EV_1XX, act_none, FSM_SAME },
	{ ACCEPTED, EV_2XX, act_up, FSM_SAME },
	{ ACCEPTED, EV_3XX_6XX, act_none, FSM_SAME },
	{ ACCEPTED, EV_TIMER_M, act_done, TERMINATED },
	{ ACCEPTED, EV_SEND_FAILED, act_done, TERMINATED },
};

/* RFC 3261 figure 6 */
static const struct fsm_row other_rows[] = {
	{ TRYING, EV_TIMER_E, act_resend, FSM_SAME },
	{ TRYING, EV_TIMER_F, act_timeout, TERMINATED },
	{ TRYING, EV_1XX, act_1xx, PROCEEDING },
	{ TRYING, EV_FINAL, act_final, COMPLETED },
	{ TRYING, EV_SEND_FAILED, act_failed, TERMINATED },
	{ PROCEEDING, EV_TIMER_E, act_resend, FSM_SAME },
	{ PROCEEDING, EV_TIMER_F, act_timeout, TERMINATED },
	{ PROCEEDING, EV_1XX, act_1xx, FSM_SAME },
	{ PROCEEDING, EV_FINAL, act_final, COMPLETED },
	{ PROCEEDING, EV_SEND_FAILED, act_failed, TERMINATED },
	{ COMPLETED, EV_1XX, act_none, FSM_SAME },
	{ COMPLETED, EV_FINAL, act_none, FSM_SAME },
	{ COMPLETED, EV_TIMER_K, act_done, TERMINATED },
	{ COMPLETED, EV_SEND_FAILED, act_done, TERMINATED },
};

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

const struct fsm_table txn_client_invite_fsm = {
	"txn_client_invite", state_names, N_STATES, event_names, N_EVENTS,
	invite_rows, N_ROWS(invite_rows),
};
const struct fsm_table txn_client_other_fsm = {
	"txn_client_other", state_names, N_STATES, event_names, N_EVENTS,
	other_rows, N_ROWS(other_rows),
};

/* Back to UDP: the Via line (the second one) is written anew. */
static int rewrite_via(struct txn_client *t)
{
	struct buf *out = &t->stack->out;
	struct str all = str_pl(t->req, t->req_len), start, via, rest;
	struct addr local;
	char *p;

	(void)str_cut(all, '\n', &start, &rest);
	(void)str_cut(rest, '\n', &via, &rest);
	buf_reset(out);
	buf_adds(out, start);
	sip_stack_local(&local, t->stack, t->flow);
	buf_addf(out, "\nVia: SIP/2.0/%s ", t->flow->tp->ops->name);
	sip_add_host(out, &local);
	buf_addf(out, ";branch=%s;rport\r\n", t->branch);
	buf_adds(out, rest);
	if (out->err)
		return out->err;
	p = mem_alloc(out->len);
	if (!p)
		return ENOMEM;
	memcpy(p, out->p, out->len);
	mem_free(t->req);
	t->req = p;
	t->req_len = out->len;
	t->method_name = str_pl(t->req, t->method_name.l);
	return 0;
}

static void on_flow_down(struct sip_flow *f, int err, void *arg);
static void start_timers(struct txn_client *t);

static void fall_back(struct txn_client *t)
{
	obj_unref(t->flow);
	sip_flow_unwatch(&t->watch);
	t->flow = t->udp;
	t->udp = NULL;
	t->flow->no_tcp_until_us = loop_now_us(t->stack->p.loop) + NO_TCP_US;
	if (rewrite_via(t)) {
		fsm_event(&t->fsm, EV_SEND_FAILED, t, NULL);
		return;
	}
	send_request(t);
	start_timers(t);
}

static void on_tcp_late(void *arg)
{
	struct txn_client *t = arg;

	if (t->flow->up)
		t->udp = obj_unref(t->udp);
	else
		fall_back(t);
}

static void on_flow_down(struct sip_flow *f, int err, void *arg)
{
	struct txn_client *t = arg;

	(void)f;
	log_debug(&t->log, "flow is gone", "error=%d", err);
	if (t->udp && !t->provisional &&
	    (t->fsm.state == CALLING || t->fsm.state == TRYING))
		fall_back(t);
	else
		fsm_event(&t->fsm, EV_SEND_FAILED, t, NULL);
}

static void start_timers(struct txn_client *t)
{
	if (t->udp)
		tmr_start(t->stack->p.loop, &t->resend, TCP_WAIT_MS,
			  on_tcp_late, t);
	else if (!reliable(t))
		start_resend(t, t1(t));
	/* an error of sending has taken the timer already */
	if (!tmr_is_running(&t->end))
		start_end(t, is_invite(t) ? EV_TIMER_B : EV_TIMER_F,
			  64 * t1(t));
}

struct txn_key {
	struct str branch, method;
};

static bool txn_eq(const struct hash_node *n, const void *key)
{
	const struct txn_client *t = CONTAINER(n, struct txn_client, node);
	const struct txn_key *k = key;

	return str_eqz(k->branch, t->branch) &&
	       str_eq(t->method_name, k->method);
}

static void insert(struct txn_client *t)
{
	struct sip_stack *s = t->stack;

	t->log.module = "sip";
	snprintf(t->log.id, sizeof(t->log.id), "txn=%.15s", t->branch + 7);
	fsm_init(&t->fsm, is_invite(t) ? &txn_client_invite_fsm :
					 &txn_client_other_fsm,
		 is_invite(t) ? CALLING : TRYING, &t->log);
	hash_insert(&s->clients, &t->node,
		    hash_str(&s->clients, str_z(t->branch)));
	list_append(&s->client_list, &t->all);
	s->n_txns++;
	if (reliable(t))
		sip_flow_watch(&t->watch, t->flow, on_flow_down, t);
	send_request(t);
	start_timers(t);
}

static int set_text(struct txn_client *t, struct str text, struct str method)
{
	t->req = mem_alloc(text.l);
	if (!t->req)
		return ENOMEM;
	memcpy(t->req, text.p, text.l);
	t->req_len = text.l;
	t->method_name = str_pl(t->req, method.l);
	t->method = sip_mid_of(method);
	return 0;
}

/* A transaction for finished text on the flow and branch of another. */
static int client_start(struct txn_client **tp, struct txn_client *like,
			struct str text, struct str method)
{
	struct txn_client *t = obj_new(sizeof(*t), txn_destroy);

	if (!t)
		return ENOMEM;
	t->stack = like->stack;
	t->flow = obj_ref(like->flow);
	memcpy(t->branch, like->branch, sizeof(t->branch));
	if (set_text(t, text, method)) {
		obj_unref(t);
		return ENOMEM;
	}
	insert(t);
	*tp = t;
	return 0;
}

/* A long request goes by TCP: RFC 3261 section 18.1.1. */
static void prefer_tcp(struct txn_client *t, size_t len)
{
	struct sip_flow *tcp;

	if (len <= UDP_LIMIT || sip_flow_kind(t->flow) != SIP_UDP ||
	    loop_now_us(t->stack->p.loop) < t->flow->no_tcp_until_us ||
	    sip_flow_find(&tcp, t->stack, SIP_TCP, &t->flow->remote, NULL))
		return;
	t->udp = t->flow;
	t->flow = tcp;
}

static int build(struct txn_client *t, const struct sip_request *r)
{
	struct sip_request own = *r;
	struct buf *out = &t->stack->out;
	int err;

	if (str_is_empty(r->branch))
		sip_new_branch(t->branch);
	else if ((err = str_copy(t->branch, sizeof(t->branch), r->branch)))
		return err;
	own.branch = str_z(t->branch);
	sip_stack_build(t->stack, out, t->flow, &own);
	prefer_tcp(t, out->len);
	if (t->udp)
		sip_stack_build(t->stack, out, t->flow, &own);
	if (out->err)
		return out->err == ENOBUFS ? EMSGSIZE : out->err;
	return set_text(t, buf_str(out), r->method);
}

int txn_client_new(struct txn_client **tp, struct sip_stack *s,
		   struct sip_flow *f, const struct sip_request *r,
		   const struct txn_client_cb *cb, void *arg)
{
	struct txn_client *t;
	int err;

	if (s->n_txns >= s->p.max_txns)
		return ENOBUFS;
	t = obj_new(sizeof(*t), txn_destroy);
	if (!t)
		return ENOMEM;
	t->stack = s;
	t->flow = obj_ref(f);
	t->cb = cb;
	t->arg = arg;
	err = build(t, r);
	if (err) {
		obj_unref(t);
		return err;
	}
	insert(t);
	*tp = t;
	return 0;
}

int txn_client_cancel(struct txn_client *t, struct str headers)
{
	if (t->cancel || t->dead || !is_invite(t))
		return 0;
	t->cancel_lines = str_dup(headers);
	if (!t->cancel_lines)
		return ENOMEM;
	t->cancel = true;
	/* before a provisional answer it waits: section 9.1 */
	if (t->fsm.state != PROCEEDING)
		return 0;
	start_end(t, EV_TIMER_B, 64 * t1(t));
	return send_cancel(t);
}

struct sip_flow *txn_client_flow(const struct txn_client *t)
{
	return t->flow;
}

void txn_forget_client(struct txn_client *t)
{
	t->cb = NULL;
	/* nobody is left to cancel it: it must not ring for ever */
	if (is_invite(t) && t->fsm.state == PROCEEDING &&
	    !tmr_is_running(&t->end))
		start_end(t, EV_TIMER_B, 64 * t1(t));
}

/* What the far end saw of us: RFC 3581 section 9. */
static void learn(struct txn_client *t, const struct sip_via *v)
{
	if (v->received.family == AF_UNSPEC)
		return;
	t->flow->seen = v->received;
	t->flow->seen.port = v->rport ? v->rport : t->flow->local.port;
}

static unsigned char event_of(const struct txn_client *t, uint16_t status)
{
	if (status < 200)
		return EV_1XX;
	if (!is_invite(t))
		return EV_FINAL;
	return status < 300 ? EV_2XX : EV_3XX_6XX;
}

bool txn_client_receive(struct sip_stack *s, struct sip_msg *m)
{
	struct txn_key k = { m->via.branch, m->cseq.method };
	struct hash_node *n = hash_find(&s->clients,
					hash_str(&s->clients, k.branch),
					txn_eq, &k);
	struct txn_client *t;

	if (!n)
		return false;
	t = CONTAINER(n, struct txn_client, node);
	learn(t, &m->via);
	obj_ref(t);
	fsm_event(&t->fsm, event_of(t, m->status), t, m);
	obj_unref(t);
	return true;
}

bool txn_client_is_own(struct sip_stack *s, const struct sip_msg *m)
{
	struct txn_key k = { m->via.branch, m->method_name };

	return hash_find(&s->clients, hash_str(&s->clients, k.branch),
			 txn_eq, &k) != NULL;
}

void txn_clients_close(struct sip_stack *s)
{
	struct list_node *n;

	while ((n = list_first(&s->client_list))) {
		struct txn_client *t = CONTAINER(n, struct txn_client, all);

		t->cb = NULL;
		terminate(t, TXN_DONE);
	}
}
