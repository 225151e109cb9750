/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All INVITE sessions: their table, the requests that belong to them, and
 * their single end.
 */
#include "gateway/sip/session_impl.h"

#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/multipart.h"

static METRIC(sessions_gauge, METRIC_GAUGE, "tipring_sip_sessions", NULL,
	      "INVITE sessions alive, those that wait for last answers "
	      "included");
static METRIC_COUNT(refused_count, "tipring_sip_sessions_refused_total",
		    "INVITE sessions refused at their limit");

/* The object */

static void session_gone(void *obj)
{
	struct sip_session *s = obj;

	in_dialog_fini(s);
	reinvite_fini(s);
	uas_fini(s);
	LIST_EACH_SAFE(n, &s->outs)
		invite_forget(CONTAINER(n, struct invite_out, node));
	uac_fini(s);
	tmr_stop(&s->end_tmr);
	dialog_free(s->dialog);
	mem_free(s->contact_user);
	mem_free(s->auth);
	mem_free(s->auth_text);
}

int session_new(struct sip_session **sp, struct sip_sessions *ss,
		const struct sip_session_cb *cb, void *arg)
{
	struct sip_session *s;

	if (ss->conf.max_sessions && ss->n >= ss->conf.max_sessions) {
		metric_add(&refused_count, 1);
		return EAGAIN;
	}
	s = obj_new(sizeof(*s), session_gone);
	if (!s)
		return ENOMEM;
	s->ss = ss;
	s->cb = *cb;
	s->arg = arg;
	list_init(&s->outs);
	list_init(&s->jobs);
	buf_init(&s->re.body, SIP_MSG_MAX);
	list_append(&ss->list, &s->node);
	ss->n++;
	metric_set(&sessions_gauge, (int64_t)ss->n);
	*sp = s;
	return 0;
}

void session_enter(struct sip_session *s)
{
	struct hash *h = &s->ss->by_tag;

	s->tag.module = "sip";
	str_clip(s->tag.id, sizeof(s->tag.id), str_z(s->local_tag));
	hash_insert(h, &s->by_tag, hash_str(h, str_z(s->local_tag)));
}

void session_discard(struct sip_session *s)
{
	list_unlink(&s->node);
	hash_remove(&s->ss->by_tag, &s->by_tag);
	s->ss->n--;
	metric_set(&sessions_gauge, (int64_t)s->ss->n);
	obj_unref(s);
}

void session_try_free(struct sip_session *s)
{
	if (s->state != SESSION_ENDED || !s->told || s->in.txn ||
	    !list_is_empty(&s->outs) || !list_is_empty(&s->jobs) ||
	    !list_is_linked(&s->node))
		return;
	session_discard(s);
}

/* Lines of messages */

void session_add_contact(struct sip_session *s, struct buf *b,
			 struct sip_flow *f, bool full)
{
	struct sip_stack *stack = s->ss->conf.stack;

	buf_addz(b, "Contact: ");
	sip_stack_add_contact(stack, b, f, str_z(s->contact_user));
	buf_addz(b, "\r\n");
	if (!full)
		return;
	buf_addf(b, "Allow: %s\r\n", sip_stack_allowed(stack));
	if (sip_stack_supported(stack)[0])
		buf_addf(b, "Supported: %s\r\n", sip_stack_supported(stack));
}

void session_add_type(struct buf *b, struct str body, struct str type)
{
	if (!type.l)
		type = STR_LIT("application/sdp");
	if (body.l)
		buf_addf(b, "Content-Type: %.*s\r\n", STR_FMT(type));
}

void session_add_reason(struct buf *b, uint16_t q850)
{
	if (q850)
		buf_addf(b, "Reason: Q.850;cause=%u\r\n", (unsigned)q850);
}

void session_refuse(struct txn_server *t, uint16_t status, const char *lines)
{
	txn_server_replyf(t, status, NULL, "%s", lines);
	txn_forget_server(t);
}

struct str sip_session_part(const struct sip_msg *m, const char *type)
{
	return multipart_find(m->body_type, m->body, type);
}

struct str sip_session_sdp(const struct sip_msg *m)
{
	return sip_session_part(m, "application/sdp");
}

bool session_body_ok(const struct sip_msg *m)
{
	struct str enc = sip_msg_val(m, SIP_HDR_CONTENT_ENCODING);
	struct str name, params, handling;

	if (!m->body.l)
		return true;
	if (sip_session_sdp(m).l)
		return !enc.l || str_ieqz(enc, "identity");
	/* RFC 3261 section 20.11 */
	(void)str_cut(sip_msg_val(m, SIP_HDR_CONTENT_DISPOSITION), ';', &name,
		      &params);         /* without any: required */
	return sip_param(params, "handling", &handling) &&
	       str_ieqz(handling, "optional");
}

bool session_take_challenge(struct sip_session *s, const struct sip_msg *m)
{
	return (m->status == 401 || m->status == 407) && s->auth &&
	       auth_client_take(s->auth, m) == 0;
}

void session_add_auth(struct sip_session *s, struct buf *b,
		      const char *method, struct str ruri)
{
	if (s->auth)
		auth_client_add(s->auth, b, str_z(method), ruri);
}

/* The end */

/* An INVITE of ours that still waits for its final answer: a peer that has
 * ended the dialog may owe it for ever, a cancelled one ends in time. */
static void cancel_outs(struct sip_session *s)
{
	LIST_EACH_SAFE(n, &s->outs) {
		struct invite_out *o = CONTAINER(n, struct invite_out, node);

		if (o->txn && !o->final &&
		    txn_client_cancel(o->txn, STR_NULL))
			invite_forget(o);
	}
}

/* Nothing but what is owed to the peer goes on. */
static void wind_up(struct sip_session *s)
{
	s->state = SESSION_ENDED;
	tmr_stop(&s->end_tmr);
	reinvite_fini(s);
	cancel_outs(s);
	if (s->in.txn && !s->in.answered)
		uas_refuse(s, 487, STR_NULL);
	if (s->uac) {
		locate_cancel(s->uac->query);
		s->uac->query = NULL;
		tmr_stop(&s->uac->start);
	}
}

void session_finish(struct sip_session *s, const struct sip_end *why)
{
	bool tell = !s->told && !s->silent;

	wind_up(s);
	s->told = true;
	log_debug(&s->tag, "session ended", "how=%d status=%u q850=%u",
		  (int)why->how, why->status, why->q850);
	obj_ref(s);
	if (tell)
		s->cb.on_end(why, s->arg);
	session_try_free(s);
	obj_unref(s);
}

/* Reason: Q.850;cause=16;text="...", RFC 3326 */
static void read_reason(struct sip_end *e, const struct sip_msg *m)
{
	const struct sip_hdr *h;

	for (unsigned i = 0; (h = sip_msg_hdr(m, SIP_HDR_REASON, i)); i++) {
		struct str protocol, params, val;
		uint32_t   cause;

		(void)str_cut(h->val, ';', &protocol, &params);
		if (!str_ieqz(str_trim(protocol), "Q.850") ||
		    !sip_param(params, "cause", &val) ||
		    str_u32(&cause, val, 127))
			continue;
		e->q850 = (uint16_t)cause;
		if (!sip_param(params, "text", &e->text))
			e->text = STR_NULL;
		return;
	}
}

void session_finish_by(struct sip_session *s, enum sip_end_how how,
		       const struct sip_msg *m)
{
	struct sip_end e = { .how = how, .msg = m };

	if (m) {
		e.status = m->request ? 0 : m->status;
		read_reason(&e, m);
		if (sip_msg_num(&e.retry_after_s, m, SIP_HDR_RETRY_AFTER))
			e.retry_after_s = 0;
	}
	session_finish(s, &e);
}

static void on_end_tmr(void *arg)
{
	static const struct sip_end local = { .how = SIP_END_LOCAL };

	session_finish(arg, &local);
}

/* Says good-bye in the way that fits the state. */
static void part(struct sip_session *s, uint16_t status, uint16_t q850,
		 struct str headers)
{
	struct buf lines;

	switch (s->state) {
	case SESSION_CALLING:
		uac_cancel(s, q850);
		break;
	case SESSION_RINGING:
		buf_init(&lines, SIP_MSG_MAX);
		session_add_reason(&lines, q850);
		buf_adds(&lines, headers);
		uas_refuse(s, status < 300 ? 480 : status, buf_str(&lines));
		buf_fini(&lines);
		break;
	case SESSION_ANSWERED:
		/* section 15: not before the ACK, or its time is over */
		s->bye_owed = true;
		s->bye_q850 = q850;
		break;
	case SESSION_CONFIRMED:
		/* a 2xx with an offer that was not answered yet */
		if (s->out && s->out->final &&
		    invite_ack(s->out, s->dialog, STR_NULL))
			break;          /* BYE would fare no better */
		in_dialog_bye(s, s->dialog, q850);
		break;
	case SESSION_ENDED:
		break;
	}
}

void sip_session_end(struct sip_session *s, uint16_t status, uint16_t q850,
		     struct str headers)
{
	if (s->state == SESSION_ENDED)
		return;
	part(s, status, q850, headers);
	wind_up(s);
	tmr_start(sip_stack_loop(s->ss->conf.stack), &s->end_tmr, 0,
		  on_end_tmr, s);
}

void sip_session_forget(struct sip_session *s)
{
	s->silent = true;
	sip_session_end(s, 480, 0, STR_NULL);
}

/* What the stack hands over */

struct tag_key {
	struct str tag, call_id;
};

static bool tag_eq(const struct hash_node *n, const void *key)
{
	const struct sip_session *s = CONTAINER(n, struct sip_session, by_tag);
	const struct tag_key     *k = key;

	return str_eqz(k->tag, s->local_tag) &&
	       (s->dialog ? str_eq(s->dialog->call_id, k->call_id)
			  : str_eqz(k->call_id, s->call_id));
}

static struct sip_session *find(struct sip_sessions *ss,
				const struct sip_msg *m)
{
	struct tag_key    k = { m->to.tag, m->call_id };
	struct hash_node *n = hash_find(&ss->by_tag,
					hash_str(&ss->by_tag, k.tag), tag_eq,
					&k);

	return n ? CONTAINER(n, struct sip_session, by_tag) : NULL;
}

static bool on_dialog(struct sip_stack *stack, struct txn_server *t,
		      const struct sip_msg *m, void *arg)
{
	struct sip_session *s = find(arg, m);

	(void)stack;
	if (!s || !s->dialog || !dialog_has(s->dialog, m))
		return false;
	if (m->method == SIP_ACK) {
		uas_on_ack(s, m);
		return true;
	}
	if (!t)
		return true;
	if (s->state == SESSION_ENDED && m->method != SIP_BYE)
		return false;
	if (!dialog_cseq_ok(s->dialog, m)) {
		session_refuse(t, 500, "Retry-After: 2\r\n");
		return true;
	}
	if (m->method == SIP_INVITE)
		reinvite_on_request(s, t, m);
	else
		in_dialog_on_request(s, t, m);
	return true;
}

static int on_invite(struct sip_stack *stack, struct txn_server *t,
		     const struct sip_msg *m, void *arg)
{
	struct sip_sessions *ss = arg;

	(void)stack;
	/* RFC 2543 did without Contact; its branches have no cookie */
	if (!sip_msg_hdr(m, SIP_HDR_CONTACT, 0) &&
	    str_starts(m->via.branch, "z9hG4bK")) {
		session_refuse(t, 400, "");
		return 0;
	}
	if (!session_body_ok(m)) {
		session_refuse(t, 415, "Accept: application/sdp\r\n");
		return 0;
	}
	if (txn_server_replyf(t, 100, NULL, "%s", ""))
		return ENOMEM;
	ss->invited = t;
	ss->conf.on_invite(t, m, ss->conf.arg);
	/* neither taken nor answered, for want of memory */
	if (ss->invited && !txn_server_is_answered(t))
		txn_forget_server(t);
	ss->invited = NULL;
	return 0;
}

int sip_sessions_new(struct sip_sessions **sp,
		     const struct sip_sessions_conf *conf)
{
	static const char *const methods[] = { "ACK", "BYE", "CANCEL", "INFO",
					       "OPTIONS" };
	struct sip_sessions *ss = mem_alloc(sizeof(*ss));
	int                  err;

	if (!ss)
		return ENOMEM;
	ss->conf = *conf;
	list_init(&ss->list);
	ss->invite = (struct sip_method){ "INVITE", on_invite };
	err = hash_init(&ss->by_tag, 256);
	for (size_t i = 0; !err && i < sizeof(methods) / sizeof(*methods); i++)
		err = sip_stack_allow(conf->stack, methods[i]);
	if (!err)
		err = sip_stack_serve(conf->stack, &ss->invite, ss);
	if (err)
		goto out;
	sip_stack_on_dialog(conf->stack, on_dialog, ss);
	*sp = ss;
	return 0;
out:
	hash_fini(&ss->by_tag);
	mem_free(ss);
	return err;
}

static int on_invite_closed(struct sip_stack *stack, struct txn_server *t,
			    const struct sip_msg *m, void *arg)
{
	(void)stack;
	(void)t;
	(void)m;
	(void)arg;
	return EAGAIN;          /* the stack says 503 */
}

void sip_sessions_free(struct sip_sessions *ss)
{
	static const struct sip_method closed = { "INVITE",
						  on_invite_closed };

	if (!ss)
		return;
	/* takes the place of our row, which cannot fail */
	if (sip_stack_serve(ss->conf.stack, &closed, NULL))
		log_err(NULL, "INVITE row stays", "%s", "");
	LIST_EACH_SAFE(n, &ss->list)
		session_discard(CONTAINER(n, struct sip_session, node));
	sip_stack_on_dialog(ss->conf.stack, NULL, NULL);
	hash_fini(&ss->by_tag);
	mem_free(ss);
}

size_t sip_sessions_count(const struct sip_sessions *ss)
{
	return ss->n;
}

/* What the owner may ask */

void sip_session_path(const struct sip_session *s, struct addr *local,
		      struct addr *peer)
{
	const struct sip_flow *f = NULL;

	*local = *peer = (struct addr){ .family = AF_UNSPEC };
	if (s->dialog)
		f = s->dialog->flow;
	else if (s->uac)
		f = s->uac->flow;
	if (!f)
		return;
	*peer = f->remote;
	*local = f->local;
	if ((f->local.family == AF_UNSPEC || addr_is_any(&f->local)) &&
	    addr_route_source(local, peer) == 0)
		local->port = f->local.port;
}

struct str sip_session_call_id(const struct sip_session *s)
{
	return s->dialog ? s->dialog->call_id : str_z(s->call_id);
}
