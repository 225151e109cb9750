/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server transactions: RFC 3261 figures 7 and 8, with the Accepted state of
 * RFC 6026 (section 7.1). The table of the stack holds one reference until
 * the last timer.
 */
#include <stdio.h>
#include <string.h>

#include "base/fsm.h"
#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/sip_stack.h"

enum { TRYING_MS = 200 };       /* RFC 3261 section 17.2.1 */

/* What a repeated request is known by: RFC 3261 sections 17.2.3, 8.2.2.2. */
struct txn_id {
	struct str branch, host, method, call_id, from_tag, to_tag;
	uint16_t   port;
	uint32_t   cseq;
};

struct txn_server {
	struct fsm                  fsm;
	struct sip_stack           *stack;
	struct hash_node            node, merge;
	struct list_node            all;
	struct sip_msg             *req;        /* NULL: settled */
	struct txn_id               id;         /* of req or of id_text */
	char                       *id_text;
	struct sip_flow            *flow;       /* answers go here */
	char                        tag[SIP_TAG_MAX];
	char                       *last;       /* last answer */
	size_t                      last_len;
	uint16_t                    status;     /* of it; 0: none */
	uint32_t                    g_ms;
	struct tmr                  resend, end;
	unsigned char               end_ev;     /* what the end timer means */
	enum sip_offence            blame;      /* SIP_OFFENCES: none */
	const struct txn_server_cb *cb;         /* NULL: nobody listens */
	void                       *arg;
	struct log_tag              log;
};

enum state { PROCEEDING, ACCEPTED, COMPLETED, CONFIRMED, TERMINATED,
	     TRYING, N_STATES };
enum event { EV_REQUEST, EV_ACK, EV_1XX, EV_2XX, EV_3XX_6XX, EV_FINAL,
	     EV_TIMER_G, EV_TIMER_H, EV_TIMER_I, EV_TIMER_J, EV_TIMER_L,
	     N_EVENTS };

static const char *const state_names[] = {
	"PROCEEDING", "ACCEPTED", "COMPLETED", "CONFIRMED", "TERMINATED",
	"TRYING",
};
static const char *const event_names[] = {
	"REQUEST", "ACK", "1XX", "2XX", "3XX_6XX", "FINAL", "TIMER_G",
	"TIMER_H", "TIMER_I", "TIMER_J", "TIMER_L",
};

static METRIC_COUNT(repeated, "tipring_sip_requests_repeated_total",
		    "Retransmitted requests that came in");
static METRIC_COUNT(no_ack, "tipring_sip_no_ack_total",
		    "Refused INVITEs whose ACK never came");

static void txn_destroy(void *obj)
{
	struct txn_server *t = obj;

	tmr_stop(&t->resend);
	tmr_stop(&t->end);
	mem_free(t->last);
	mem_free(t->id_text);
	obj_unref(t->flow);
	obj_unref(t->req);
}

static uint32_t t1(const struct txn_server *t)
{
	return t->stack->p.t1_ms;
}

static bool reliable(const struct txn_server *t)
{
	return t->flow->tp->ops->reliable;
}

/* Sends what is stored. A connection that is gone is made again: RFC 3261
 * section 18.2.2. */
static int send_last(struct txn_server *t)
{
	if (!t->last)
		return 0;
	if (t->flow->down) {
		struct sip_flow *f;
		int err = t->req
			? sip_stack_answer_flow(&f, t->stack, t->req)
			: sip_flow_find(&f, t->stack, sip_flow_kind(t->flow),
					&t->flow->remote, NULL);

		if (err)
			return err;
		obj_unref(t->flow);
		t->flow = f;
	}
	return sip_flow_send(t->flow, str_pl(t->last, t->last_len));
}

static void on_end_timer(void *arg)
{
	struct txn_server *t = arg;

	fsm_event(&t->fsm, t->end_ev, t, NULL);
}

static void start_end(struct txn_server *t, unsigned char ev, uint32_t ms)
{
	t->end_ev = ev;
	tmr_start(t->stack->p.loop, &t->end, ms, on_end_timer, t);
}

static void on_resend_timer(void *arg)
{
	struct txn_server *t = arg;

	fsm_event(&t->fsm, EV_TIMER_G, t, NULL);
}

/* Out of the table, then the last upcall. */
static void terminate(struct txn_server *t, enum txn_end why)
{
	const struct txn_server_cb *cb = t->cb;
	struct sip_stack *s = t->stack;

	t->cb = NULL;
	tmr_stop(&t->resend);
	tmr_stop(&t->end);
	hash_remove(&s->servers, &t->node);
	hash_remove(&s->merges, &t->merge);
	list_unlink(&t->all);
	s->n_txns--;
	if (cb && cb->on_end)
		cb->on_end(why, t->arg);
	obj_unref(t);
}

static void act_send(void *obj, void *arg)
{
	(void)arg;
	/* what is lost now is asked for again by the far end */
	(void)send_last(obj);
}

static void act_absorb(void *obj, void *arg)
{
	(void)obj;
	(void)arg;
}

/* Figure 7: the request again gets the last answer again. */
static void act_repeat(void *obj, void *arg)
{
	metric_add(&repeated, 1);
	act_send(obj, arg);
}

static void act_accept(void *obj, void *arg)
{
	struct txn_server *t = obj;

	act_send(t, arg);
	start_end(t, EV_TIMER_L, 64 * t1(t));
}

static void act_refuse(void *obj, void *arg)
{
	struct txn_server *t = obj;

	act_send(t, arg);
	t->g_ms = t1(t);
	if (!reliable(t))
		tmr_start(t->stack->p.loop, &t->resend, t->g_ms,
			  on_resend_timer, t);
	start_end(t, EV_TIMER_H, 64 * t1(t));
}

static void act_timer_g(void *obj, void *arg)
{
	struct txn_server *t = obj;

	act_send(t, arg);
	t->g_ms *= 2;
	if (t->g_ms > t->stack->p.t2_ms)
		t->g_ms = t->stack->p.t2_ms;
	tmr_start(t->stack->p.loop, &t->resend, t->g_ms, on_resend_timer, t);
}

static void act_confirm(void *obj, void *arg)
{
	struct txn_server *t = obj;
	const struct sip_msg *ack = arg;

	/* only who got our answer knows its tag */
	if (t->blame != SIP_OFFENCES && str_eqz(ack->to.tag, t->tag))
		sip_block_prove(t->stack->p.block, &t->req->src, t->blame);
	tmr_stop(&t->resend);
	start_end(t, EV_TIMER_I, reliable(t) ? 0 : t->stack->p.t4_ms);
}

static void act_ack_up(void *obj, void *arg)
{
	struct txn_server *t = obj;

	/* RFC 6026 section 7.1: an ACK in Accepted is the dialog's */
	if (t->stack->on_dialog)
		(void)t->stack->on_dialog(t->stack, NULL, arg,
					  t->stack->dialog_arg);
}

static void act_done(void *obj, void *arg)
{
	(void)arg;
	terminate(obj, TXN_DONE);
}

static void act_no_ack(void *obj, void *arg)
{
	(void)arg;
	metric_add(&no_ack, 1);
	terminate(obj, TXN_TIMEOUT);
}

static void act_complete(void *obj, void *arg)
{
	struct txn_server *t = obj;

	act_send(t, arg);
	start_end(t, EV_TIMER_J, reliable(t) ? 0 : 64 * t1(t));
}

/* RFC 3261 figure 7 as changed by RFC 6026 figure 4 */
static const struct fsm_row invite_rows[] = {
	{ PROCEEDING, EV_REQUEST, act_repeat, FSM_SAME },
	{ PROCEEDING, EV_1XX, act_send, FSM_SAME },
	{ PROCEEDING, EV_2XX, act_accept, ACCEPTED },
	{ PROCEEDING, EV_3XX_6XX, act_refuse, COMPLETED },
	{ PROCEEDING, EV_ACK, act_absorb, FSM_SAME },
	/* forgotten without an answer */
	{ PROCEEDING, EV_TIMER_J, act_done, TERMINATED },
	{ ACCEPTED, EV_REQUEST, act_absorb, FSM_SAME },
	{ ACCEPTED, EV_2XX, act_send, FSM_SAME },
	{ ACCEPTED, EV_ACK, act_ack_up, FSM_SAME },
	{ ACCEPTED, EV_TIMER_L, act_done, TERMINATED },
	{ COMPLETED, EV_REQUEST, act_repeat, FSM_SAME },
	{ COMPLETED, EV_ACK, act_confirm, CONFIRMED },
	{ COMPLETED, EV_TIMER_G, act_timer_g, FSM_SAME },
	{ COMPLETED, EV_TIMER_H, act_no_ack, TERMINATED },
	{ CONFIRMED, EV_REQUEST, act_absorb, FSM_SAME },
	{ CONFIRMED, EV_ACK, act_absorb, FSM_SAME },
	{ CONFIRMED, EV_TIMER_I, act_done, TERMINATED },
};

/* RFC 3261 figure 8 */
static const struct fsm_row other_rows[] = {
	{ TRYING, EV_REQUEST, act_absorb, FSM_SAME },
	{ TRYING, EV_1XX, act_send, PROCEEDING },
	{ TRYING, EV_FINAL, act_complete, COMPLETED },
	{ PROCEEDING, EV_REQUEST, act_repeat, FSM_SAME },
	{ PROCEEDING, EV_1XX, act_send, FSM_SAME },
	{ PROCEEDING, EV_FINAL, act_complete, COMPLETED },
	{ COMPLETED, EV_REQUEST, act_repeat, FSM_SAME },
	{ COMPLETED, EV_TIMER_J, act_done, TERMINATED },
	/* RFC 4320 section 4.1: an answer after timer F helps nobody */
	{ TRYING, EV_TIMER_J, act_done, TERMINATED },
	{ PROCEEDING, EV_TIMER_J, act_done, TERMINATED },
};

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

const struct fsm_table txn_server_invite_fsm = {
	"txn_server_invite", state_names, N_STATES, event_names, N_EVENTS,
	invite_rows, N_ROWS(invite_rows),
};
const struct fsm_table txn_server_other_fsm = {
	"txn_server_other", state_names, N_STATES, event_names, N_EVENTS,
	other_rows, N_ROWS(other_rows),
};

/* RFC 3261 section 17.2.3. */
static bool has_cookie(const struct sip_msg *m)
{
	return str_starts(m->via.branch, "z9hG4bK") && m->via.branch.l > 7;
}

static uint64_t txn_key(const struct sip_stack *s, const struct sip_msg *m)
{
	return hash_str(&s->servers,
			has_cookie(m) ? m->via.branch : m->call_id);
}

/* Call-ID and CSeq besides what the standard asks for: some clients use a
 * branch again. */
static bool same_branch(const struct txn_id *a, const struct sip_msg *b)
{
	return str_eq(a->branch, b->via.branch) &&
	       str_ieq(a->host, b->via.host) && a->port == b->via.port &&
	       str_eq(a->call_id, b->call_id) && a->cseq == b->cseq.num;
}

/* RFC 2543: no branch to go by. The To tag of an ACK is that of the answer,
 * so it does not count. */
static bool same_2543(const struct sip_msg *a, const struct sip_msg *b)
{
	return str_eq(a->call_id, b->call_id) &&
	       a->cseq.num == b->cseq.num &&
	       str_eq(a->from.tag, b->from.tag) &&
	       str_eq(a->ruri.raw, b->ruri.raw) &&
	       str_eq(a->via.raw, b->via.raw);
}

struct txn_key {
	const struct sip_msg *msg;
	struct str            method;   /* ACK and CANCEL mean an INVITE */
};

static bool txn_eq(const struct hash_node *n, const void *key)
{
	const struct txn_server *t = CONTAINER(n, struct txn_server, node);
	const struct txn_key *k = key;

	if (!str_eq(t->id.method, k->method))
		return false;
	if (has_cookie(k->msg))
		return same_branch(&t->id, k->msg);
	return t->req && same_2543(t->req, k->msg);
}

static struct txn_server *find(struct sip_stack *s, const struct sip_msg *m,
			       struct str method)
{
	struct txn_key k = { m, method };
	struct hash_node *n = hash_find(&s->servers, txn_key(s, m), txn_eq,
					&k);

	return n ? CONTAINER(n, struct txn_server, node) : NULL;
}

/* A client that had to connect again wants its answer there. */
static void follow(struct txn_server *t, const struct sip_msg *m)
{
	if (t->flow == m->flow || !m->flow->tp->ops->reliable)
		return;
	obj_unref(t->flow);
	t->flow = obj_ref(m->flow);
}

bool txn_server_receive(struct sip_stack *s, struct sip_msg *m)
{
	bool ack = m->method == SIP_ACK;
	struct txn_server *t = find(s, m, ack ? STR_LIT("INVITE") :
						m->method_name);

	if (!t)
		return false;
	obj_ref(t);
	if (!ack)
		follow(t, m);
	fsm_event(&t->fsm, ack ? EV_ACK : EV_REQUEST, t, m);
	obj_unref(t);
	return true;
}

struct txn_server *txn_server_cancelled(struct sip_stack *s,
					const struct sip_msg *cancel)
{
	return find(s, cancel, STR_LIT("INVITE"));
}

void txn_server_blame(struct sip_stack *s, const struct sip_msg *m,
		      enum sip_offence what)
{
	struct txn_server *t = find(s, m, m->method_name);

	if (t)
		t->blame = what;
}

void txn_server_cancel(struct txn_server *invite, struct txn_server *t)
{
	obj_ref(invite);
	/* RFC 3261 section 9.2: the same To tag as the INVITE's answers */
	memcpy(t->tag, invite->tag, sizeof(t->tag));
	txn_server_replyf(t, 200, NULL, "%s", "");
	if (!txn_server_is_answered(invite)) {
		if (invite->cb && invite->cb->on_cancel)
			invite->cb->on_cancel(t->req, invite->arg);
		else
			txn_server_replyf(invite, 487, NULL, "%s", "");
	}
	obj_unref(invite);
}

static bool merge_eq(const struct hash_node *n, const void *key)
{
	const struct txn_server *a = CONTAINER(n, struct txn_server, merge);
	const struct txn_server *b = key;

	return a != b && str_eq(a->id.call_id, b->id.call_id) &&
	       str_eq(a->id.from_tag, b->id.from_tag) &&
	       a->id.cseq == b->id.cseq &&
	       str_eq(a->id.method, b->id.method) &&
	       str_is_empty(a->id.to_tag);
}

bool txn_server_merged(struct sip_stack *s, const struct txn_server *t)
{
	return hash_find(&s->merges, t->merge.key, merge_eq, t) != NULL;
}

/* RFC 3261 section 17.2.1: the far end stops repeating its INVITE. */
static void on_trying(void *arg)
{
	struct txn_server *t = arg;

	if (!t->status)
		txn_server_replyf(t, 100, NULL, "%s", "");
}

static void set_id(struct txn_id *id, const struct sip_msg *m)
{
	*id = (struct txn_id){
		.branch = m->via.branch, .host = m->via.host,
		.method = m->method_name, .call_id = m->call_id,
		.from_tag = m->from.tag, .to_tag = m->to.tag,
		.port = m->via.port, .cseq = m->cseq.num,
	};
}

static void move_str(struct str *s, char **at)
{
	if (s->l)
		memcpy(*at, s->p, s->l);
	s->p = *at;
	*at += s->l;
}

/* The request is known by a copy of its names from now on. */
static int keep_id(struct txn_server *t)
{
	struct txn_id *id = &t->id;
	struct str *const v[] = { &id->branch, &id->host, &id->method,
				  &id->call_id, &id->from_tag, &id->to_tag };
	size_t n = 1;
	char *at;

	for (size_t i = 0; i < N_ROWS(v); i++)
		n += v[i]->l;
	at = t->id_text = mem_alloc(n);
	if (!at)
		return ENOMEM;
	for (size_t i = 0; i < N_ROWS(v); i++)
		move_str(v[i], &at);
	return 0;
}

void txn_server_settle(struct txn_server *t)
{
	bool accepted = t->fsm.table == &txn_server_invite_fsm;

	if (!t->req || t->cb || !has_cookie(t->req) ||
	    t->fsm.state != (accepted ? ACCEPTED : COMPLETED) || keep_id(t))
		return;
	t->req = obj_unref(t->req);
	/* the user has seen the ACK, or waits for it no longer */
	if (accepted)
		t->last = mem_free(t->last);
}

static void set_log(struct txn_server *t)
{
	struct str b = t->id.branch;

	t->log.module = "sip";
	if (b.l > 15)
		b = str_sub(b, b.l - 15, 15);
	snprintf(t->log.id, sizeof(t->log.id), "txn=%.*s", STR_FMT(b));
}

int txn_server_new(struct txn_server **tp, struct sip_stack *s,
		   struct sip_msg *req)
{
	bool invite = req->method == SIP_INVITE;
	struct txn_server *t = obj_new(sizeof(*t), txn_destroy);
	int err;

	if (!t)
		return ENOMEM;
	err = sip_stack_answer_flow(&t->flow, s, req);
	if (err) {
		obj_unref(t);
		return err;
	}
	t->stack = s;
	t->blame = SIP_OFFENCES;
	t->req = obj_ref(req);
	set_id(&t->id, req);
	set_log(t);
	sip_new_tag(t->tag);
	fsm_init(&t->fsm, invite ? &txn_server_invite_fsm :
				   &txn_server_other_fsm,
		 invite ? PROCEEDING : TRYING, &t->log);
	hash_insert(&s->servers, &t->node, txn_key(s, req));
	hash_insert(&s->merges, &t->merge, hash_str(&s->merges,
						    req->call_id));
	list_append(&s->server_list, &t->all);
	s->n_txns++;
	if (invite)
		tmr_start(s->p.loop, &t->resend, TRYING_MS, on_trying, t);
	else
		start_end(t, EV_TIMER_J, 64 * t1(t));
	*tp = t;
	return 0;
}

void txn_servers_close(struct sip_stack *s)
{
	struct list_node *n;

	while ((n = list_first(&s->server_list))) {
		struct txn_server *t = CONTAINER(n, struct txn_server, all);

		t->cb = NULL;
		terminate(t, TXN_DONE);
	}
}

void txn_server_listen(struct txn_server *t, const struct txn_server_cb *cb,
		       void *arg)
{
	t->cb = cb;
	t->arg = arg;
}

static unsigned char event_of(const struct txn_server *t, uint16_t status)
{
	if (status < 200)
		return EV_1XX;
	if (t->fsm.table != &txn_server_invite_fsm)
		return EV_FINAL;
	return status < 300 ? EV_2XX : EV_3XX_6XX;
}

/* Keeps the text that stands in the stack's buffer. */
static int keep(struct txn_server *t, uint16_t status)
{
	struct buf *out = &t->stack->out;
	char *p;

	if (out->err)
		return out->err == ENOBUFS ? EMSGSIZE : out->err;
	p = mem_realloc(t->last, out->len);
	if (!p)
		return ENOMEM;
	memcpy(p, out->p, out->len);
	t->last = p;
	t->last_len = out->len;
	t->status = status;
	return 0;
}

int txn_server_reply(struct txn_server *t, const struct sip_response *r)
{
	struct buf *out = &t->stack->out;
	bool again = t->fsm.state == ACCEPTED && r->status < 300 &&
		     r->status >= 200;
	int err;

	if (!t->req || (txn_server_is_answered(t) && !again))
		return EALREADY;
	buf_reset(out);
	sip_build_response(out, t->req, r, str_z(t->tag));
	err = keep(t, r->status);
	if (err)
		return err;
	/* no 100 is wanted any more */
	if (t->fsm.state == PROCEEDING)
		tmr_stop(&t->resend);
	fsm_event(&t->fsm, event_of(t, r->status), t, NULL);
	return 0;
}

int txn_server_replyf(struct txn_server *t, uint16_t status,
		      const char *reason, const char *fmt, ...)
{
	struct sip_response r = { .status = status, .reason = reason };
	struct buf lines;
	va_list ap;
	int err;

	buf_init(&lines, 8192);
	va_start(ap, fmt);
	buf_addv(&lines, fmt, ap);
	va_end(ap);
	r.headers = buf_str(&lines);
	err = lines.err ? lines.err : txn_server_reply(t, &r);
	if (err)
		log_warn(&t->log, "answer not sent", "status=%u error=%d",
			 status, err);
	buf_fini(&lines);
	return err;
}

void txn_server_resend(struct txn_server *t)
{
	(void)send_last(t);
}

const struct sip_msg *txn_server_request(const struct txn_server *t)
{
	return t->req;
}

struct str txn_server_tag(const struct txn_server *t)
{
	return str_is_empty(t->id.to_tag) ? str_z(t->tag) : t->id.to_tag;
}

struct sip_flow *txn_server_flow(const struct txn_server *t)
{
	return t->flow;
}

bool txn_server_is_answered(const struct txn_server *t)
{
	return t->status >= 200;
}

void txn_forget_server(struct txn_server *t)
{
	t->cb = NULL;
	if (!txn_server_is_answered(t))
		txn_server_replyf(t, 500, NULL, "%s", "");
	/* no memory for an answer: the request will come again */
	if (!txn_server_is_answered(t))
		start_end(t, EV_TIMER_J, 0);
	else
		txn_server_settle(t);
}
