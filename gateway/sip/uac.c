/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing calls until their 2xx, RFC 3261 section 13.2: targets in order,
 * forks as early dialogs, one answer to a challenge, CANCEL.
 */
#include "gateway/sip/session_impl.h"

#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"

static METRIC_COUNT(m_avoided, "tipring_sip_avoided_total",
		    "Addresses that DNS gave for a call and it may not go to");

enum {
	MAX_EARLY   = 16,               /* early dialogs of one call */
	MAX_LOSERS  = 16,               /* forks that answered too late */
	OFFER_MAX   = SIP_MSG_MAX / 2,
};

static void on_response(const struct sip_msg *m, void *arg);
static void on_txn_end(enum txn_end why, void *arg);

static const struct txn_client_cb txn_cb = { on_response, on_txn_end };

/* The copy of what the caller wants */

static void drop_dialogs(struct list *l, unsigned *n)
{
	LIST_EACH_SAFE(node, l) {
		list_unlink(node);
		dialog_free(CONTAINER(node, struct dialog, node));
	}
	*n = 0;
}

void uac_fini(struct sip_session *s)
{
	struct uac *u = s->uac;

	if (!u)
		return;
	s->uac = NULL;
	tmr_stop(&u->start);
	locate_cancel(u->query);
	drop_dialogs(&u->early, &u->n_early);
	drop_dialogs(&u->losers, &u->n_losers);
	buf_fini(&u->body);
	obj_unref(u->p.flow);
	obj_unref(u->flow);
	mem_free(u->targets);
	mem_free(u->text);
	mem_free(u);
}

/* The strings of a sip_invite that are kept. */
enum { N_STRINGS = 15 };

static void list_strings(struct sip_invite *p, struct str *v[N_STRINGS])
{
	struct str *all[N_STRINGS] = {
		&p->target, &p->from, &p->to, &p->from_name, &p->to_name,
		&p->contact_user, &p->pai, &p->ppi, &p->privacy, &p->headers,
		&p->auth_user, &p->auth_secret, &p->route, &p->body,
		&p->body_type };

	memcpy(v, all, sizeof(all));
}

static int copy_strings(struct uac *u, const struct sip_invite *p)
{
	struct str *v[N_STRINGS];
	size_t      size = 1;
	char       *at;

	u->p = *p;
	obj_ref(u->p.flow);
	list_strings(&u->p, v);
	for (int i = 0; i < N_STRINGS; i++)
		size += v[i]->l;
	u->text = at = mem_alloc(size);
	if (!at)
		return ENOMEM;
	for (int i = 0; i < N_STRINGS; i++) {
		if (v[i]->l)
			memcpy(at, v[i]->p, v[i]->l);
		v[i]->p = at;
		at += v[i]->l;
	}
	return 0;
}

/* A line of a message must stay one line. */
static bool is_one_line(struct str s)
{
	return !s.l || (!memchr(s.p, '\r', s.l) && !memchr(s.p, '\n', s.l) &&
			!memchr(s.p, '\0', s.l));
}

static bool is_sound(const struct sip_invite *p)
{
	const struct str lines[] = {
		p->target, p->from, p->to, p->from_name, p->to_name,
		p->contact_user, p->pai, p->ppi, p->privacy, p->auth_user,
		p->auth_secret, p->route, p->body_type };
	struct sip_uri u;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!is_one_line(lines[i]))
			return false;
	if (p->headers.l && (p->headers.l < 2 ||
			     memcmp(p->headers.p + p->headers.l - 2, "\r\n",
				    2)))
		return false;
	return sip_uri_parse(&u, p->target) == 0 &&
	       sip_uri_parse(&u, p->from) == 0 &&
	       (!p->to.l || sip_uri_parse(&u, p->to) == 0);
}

static int copy_auth(struct sip_session *s, const struct sip_invite *p)
{
	size_t n = p->auth_user.l;

	if (!p->auth_user.l)
		return 0;
	s->auth = mem_alloc(sizeof(*s->auth));
	s->auth_text = mem_alloc(n + p->auth_secret.l + 2);
	if (!s->auth || !s->auth_text)
		return ENOMEM;
	memcpy(s->auth_text, p->auth_user.p, n);
	if (p->auth_secret.l)
		memcpy(s->auth_text + n + 1, p->auth_secret.p,
		       p->auth_secret.l);
	s->auth->user = s->auth_text;
	s->auth->password = s->auth_text + n + 1;
	return 0;
}

/* The INVITE */

static void add_party(struct buf *b, const char *header, struct str name,
		      struct str uri)
{
	buf_addf(b, "%s: ", header);
	if (name.l) {
		sip_add_quoted(b, name);
		buf_addc(b, ' ');
	}
	buf_addf(b, "<%.*s>", STR_FMT(uri));
}

static void add_value(struct buf *b, const char *header, struct str value)
{
	if (value.l)
		buf_addf(b, "%s: %.*s\r\n", header, STR_FMT(value));
}

/* A bare URI becomes a loose route. */
static void add_route(struct buf *b, struct str route)
{
	struct sip_uri u;

	if (!route.l || str_chr(route, '<') >= 0 || sip_uri_parse(&u, route))
		add_value(b, "Route", route);
	else
		buf_addf(b, "Route: <%.*s%s>\r\n", STR_FMT(route),
			 sip_uri_param(&u, "lr", NULL) ? "" : ";lr");
}

static void add_lines(struct sip_session *s, struct buf *b)
{
	const struct sip_invite *p = &s->uac->p;

	add_route(b, p->route);
	/* one call of many gateways ends, too (RFC 7332) */
	buf_addf(b, "Max-Forwards: %d\r\n",
		 p->max_forwards ? p->max_forwards - 1 : 70);
	add_party(b, "From", p->from_name, p->from);
	buf_addf(b, ";tag=%s\r\n", s->local_tag);
	add_party(b, "To", p->to_name, p->to.l ? p->to : p->target);
	buf_addf(b, "\r\nCall-ID: %s\r\nCSeq: %u INVITE\r\n", s->call_id,
		 (unsigned)s->cseq);
	session_add_contact(s, b, s->uac->flow, true);
	add_value(b, "User-Agent",
		  str_z(sip_stack_user_agent(s->ss->conf.stack)));
	add_value(b, "P-Asserted-Identity", p->pai);
	add_value(b, "P-Preferred-Identity", p->ppi);
	add_value(b, "Privacy", p->privacy);
	buf_adds(b, p->headers);
}

/* Sends the INVITE on u->flow with u->body. */
static int send_invite(struct sip_session *s)
{
	struct uac        *u = s->uac;
	struct invite_send p = { .flow = u->flow, .ruri = u->p.target,
				 .body = buf_str(&u->body),
				 .body_type = u->p.body_type, .cb = &txn_cb };
	struct buf         lines;
	int                err;

	p.cseq = ++s->cseq;
	buf_init(&lines, SIP_MSG_MAX);
	add_lines(s, &lines);
	p.lines = buf_str(&lines);
	err = lines.err ? lines.err : invite_send(s, &p);
	buf_fini(&lines);
	return err;
}

/* The offer for the flow just chosen: the owner's upcall, or what it gave
 * at the start. */
static int make_body(struct sip_session *s)
{
	struct uac *u = s->uac;
	struct addr local, peer;
	int         err;

	buf_reset(&u->body);
	if (!s->cb.on_target) {
		buf_adds(&u->body, u->p.body);
		return u->body.err;
	}
	sip_session_path(s, &local, &peer);
	err = s->cb.on_target(&local, &peer, &u->body, s->arg);
	if (s->state != SESSION_CALLING)
		return ECANCELED;
	return err ? err : u->body.err;
}

static void fail(struct sip_session *s, enum sip_end_how how)
{
	struct sip_end e = { .how = how };

	if (s->uac)
		e.status = s->uac->last_status;
	session_finish(s, &e);
}

/* Sends on a flow. False: this target will not do, take the next one. */
static bool try_flow(struct sip_session *s, struct sip_flow *f)
{
	int err;

	obj_unref(s->uac->flow);
	s->uac->flow = f;
	err = make_body(s);
	if (err == ECANCELED)
		return true;            /* the owner gave up */
	if (!err)
		err = send_invite(s);
	if (!err)
		return true;
	if (err == ENOMEM || err == ENOBUFS || err == EMSGSIZE) {
		fail(s, SIP_END_MEMORY);
		return true;
	}
	return false;
}

static bool is_avoided(const struct sip_session *s, const struct addr *a)
{
	const struct sip_invite *p = &s->uac->p;
	char text[ADDR_TEXT_MAX];

	if (!p->avoid || !p->avoid(a, p->avoid_arg))
		return false;
	metric_add(&m_avoided, 1);
	log_warn(&s->tag, "address avoided", "address=%s",
		 addr_print(text, a));
	return true;
}

/* Tries the next of the targets that were found, RFC 3263 section 4.3. The
 * session may be gone afterwards. */
static void try_next(struct sip_session *s)
{
	struct uac *u = s->uac;

	obj_ref(s);
	while (s->state == SESSION_CALLING && u->next < u->n_targets) {
		const struct sip_target *t = &u->targets[u->next++];
		struct sip_flow         *f;

		if (is_avoided(s, &t->addr))
			continue;
		if (sip_flow_find(&f, s->ss->conf.stack, t->kind, &t->addr,
				  t->name[0] ? t->name : NULL) == 0 &&
		    try_flow(s, f))
			goto out;
		locate_failed(s->ss->conf.locator, t);
	}
	if (s->state == SESSION_CALLING)
		fail(s, SIP_END_UNREACHABLE);
out:
	obj_unref(s);
}

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct sip_session *s = arg;
	struct uac         *u = s->uac;

	u->query = NULL;
	if (!err && n) {
		u->targets = mem_alloc(n * sizeof(*v));
		if (!u->targets) {
			fail(s, SIP_END_MEMORY);
			return;
		}
		memcpy(u->targets, v, n * sizeof(*v));
		u->n_targets = n;
	}
	try_next(s);
}

static void on_start(void *arg)
{
	struct sip_session *s = arg;
	struct sip_flow    *f = obj_ref(s->uac->p.flow);

	obj_ref(s);
	if (!try_flow(s, f))
		fail(s, SIP_END_UNREACHABLE);
	obj_unref(s);
}

/* The first Route value, else the target, is where to go. */
static int next_hop(const struct sip_invite *p, struct sip_uri *u)
{
	struct str first, rest, uri;

	if (!p->route.l)
		return sip_uri_parse(u, p->target);
	if (!str_cut(p->route, '<', &first, &rest))
		return sip_uri_parse(u, p->route);
	if (!str_cut(rest, '>', &uri, &first))
		return EBADMSG;
	return sip_uri_parse(u, uri);
}

static int begin(struct sip_session *s)
{
	struct uac    *u = s->uac;
	struct sip_uri hop;
	int            err;

	if (u->p.flow) {
		tmr_start(sip_stack_loop(s->ss->conf.stack), &u->start, 0,
			  on_start, s);
		return 0;
	}
	err = next_hop(&u->p, &hop);
	if (!err)
		err = locate_start(&u->query, s->ss->conf.locator, &hop,
				   on_located, s);
	return err == EBADMSG ? EINVAL : err;
}

int sip_session_invite(struct sip_session **sp, struct sip_sessions *ss,
		       const struct sip_invite *p,
		       const struct sip_session_cb *cb, void *arg)
{
	struct sip_session *s;
	int                 err;

	if (!is_sound(p))
		return EINVAL;
	err = session_new(&s, ss, cb, arg);
	if (err)
		return err;
	s->uac_side = true;
	s->uac = mem_alloc(sizeof(*s->uac));
	s->contact_user = str_dup(p->contact_user);
	err = s->uac && s->contact_user ? copy_auth(s, p) : ENOMEM;
	if (s->uac) {
		list_init(&s->uac->early);
		list_init(&s->uac->losers);
		buf_init(&s->uac->body, OFFER_MAX);
	}
	if (!err)
		err = copy_strings(s->uac, p);
	if (err)
		goto out;
	sip_new_tag(s->local_tag);
	sip_new_call_id(s->call_id);
	s->cseq = rand_below(0x10000);
	session_enter(s);
	err = begin(s);
	if (!err)
		*sp = s;
out:
	if (err)
		session_discard(s);
	return err;
}

void uac_cancel(struct sip_session *s, uint16_t q850)
{
	struct buf lines;

	if (!s->out)
		return;         /* nothing was sent yet */
	buf_init(&lines, SIP_MSG_MAX);
	session_add_reason(&lines, q850);
	/* without CANCEL the call goes on until its 2xx, then BYE follows */
	if (txn_client_cancel(s->out->txn, buf_str(&lines)))
		log_warn(&s->tag, "CANCEL not sent", "%s", "");
	buf_fini(&lines);
}

/* Responses */

static struct dialog *find_dialog(struct list *l, const struct sip_msg *m)
{
	LIST_EACH(n, l) {
		struct dialog *d = CONTAINER(n, struct dialog, node);

		if (dialog_has(d, m))
			return d;
	}
	return NULL;
}

static struct dialog_env env_of(const struct sip_session *s)
{
	return (struct dialog_env){ .stack = s->ss->conf.stack,
				    .locator = s->ss->conf.locator,
				    .fixed_flow = s->uac->p.flow != NULL };
}

static void on_provisional(struct sip_session *s, const struct sip_msg *m)
{
	struct uac       *u = s->uac;
	struct dialog_env env = env_of(s);
	struct dialog    *d;

	u->ringing = true;
	if (m->status == 100) {
		if (s->cb.on_trying)
			s->cb.on_trying(s->arg);
		return;
	}
	if (m->to.tag.l && !find_dialog(&u->early, m) &&
	    u->n_early < MAX_EARLY && dialog_new_uac(&d, &env, m) == 0) {
		list_append(&u->early, &d->node);
		u->n_early++;
	}
	s->cb.on_progress(m->status, m, s->arg);
}

/* A 2xx that nobody wants: of another fork, or after the end. It is
 * acknowledged and its dialog ended at once (section 13.2.2.4). */
static void on_unwanted(struct invite_out *o, const struct sip_msg *m)
{
	struct sip_session *s = o->s;
	struct uac         *u = s->uac;
	struct dialog_env   env;
	struct dialog      *d;
	struct invite_out   once = { .s = s, .cseq = o->cseq,
				     .auth = o->auth };

	if (!u)
		return;
	env = env_of(s);
	d = find_dialog(&u->losers, m);
	buf_init(&once.ack, SIP_MSG_MAX);
	if (d) {
		if (invite_ack(&once, d, STR_NULL))
			goto out;       /* the next 2xx tries again */
	} else if (u->n_losers < MAX_LOSERS &&
		   dialog_new_uac(&d, &env, m) == 0) {
		if (invite_ack(&once, d, STR_NULL)) {
			dialog_free(d);
			goto out;
		}
		list_append(&u->losers, &d->node);
		u->n_losers++;
		in_dialog_bye(s, d, 0);
	}
out:
	buf_fini(&once.ack);
	dialog_free(once.dialog);
}

/* The dialog of the first 2xx becomes the session's. */
static int win(struct sip_session *s, const struct sip_msg *m)
{
	struct uac       *u = s->uac;
	struct dialog_env env = env_of(s);
	struct dialog    *d = find_dialog(&u->early, m);
	int               err;

	if (d) {
		err = dialog_confirm(d, m);
		if (err)
			return err;
		list_unlink(&d->node);
		u->n_early--;
	} else {
		err = dialog_new_uac(&d, &env, m);
		if (err)
			return err;
	}
	d->local_cseq = s->cseq;
	s->dialog = d;
	drop_dialogs(&u->early, &u->n_early);
	/* the rest waits for other forks, half a minute */
	buf_fini(&u->body);
	u->targets = mem_free(u->targets);
	u->n_targets = 0;
	return 0;
}

static void on_2xx(struct invite_out *o, const struct sip_msg *m)
{
	struct sip_session *s = o->s;
	int                 err;

	if (s->dialog && dialog_has(s->dialog, m)) {
		invite_ack_again(o);
		return;
	}
	if (s->state != SESSION_CALLING) {
		on_unwanted(o, m);
		return;
	}
	o->final = true;
	err = win(s, m);
	if (err) {
		/* its repetition is unwanted, then */
		session_finish_by(s, SIP_END_MEMORY, NULL);
		return;
	}
	s->state = SESSION_CONFIRMED;
	/* a lost ACK is sent again when the 2xx is */
	if (o->offered && invite_ack(o, s->dialog, STR_NULL))
		log_warn(&s->tag, "ACK not sent", "%s", "");
	s->cb.on_answer(m, s->arg);
}

/* A failure that another server may not have: RFC 3263 section 4.3. */
static bool try_other(struct sip_session *s)
{
	struct uac *u = s->uac;

	if (u->next && u->next <= u->n_targets)
		locate_failed(s->ss->conf.locator, &u->targets[u->next - 1]);
	if (u->n_early || u->next >= u->n_targets)
		return false;
	if (s->out)
		invite_forget(s->out);
	u->ringing = false;
	try_next(s);
	return true;
}

static void on_failure(struct invite_out *o, const struct sip_msg *m)
{
	struct sip_session *s = o->s;

	o->final = true;
	s->uac->last_status = m->status;
	if (session_take_challenge(s, m)) {
		invite_forget(o);
		if (send_invite(s))
			session_finish_by(s, SIP_END_MEMORY, m);
		return;
	}
	if (m->status == 503 && try_other(s))
		return;
	session_finish_by(s, SIP_END_REFUSED, m);
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct invite_out  *o = arg;
	struct sip_session *s = o->s;

	obj_ref(s);
	if (s->uac->next && s->uac->next <= s->uac->n_targets)
		locate_answered(s->ss->conf.locator,
				&s->uac->targets[s->uac->next - 1]);
	if (m->status >= 200 && m->status < 300)
		on_2xx(o, m);
	else if (s->state != SESSION_CALLING)
		o->final = o->final || m->status >= 300;
	else if (m->status < 200)
		on_provisional(s, m);
	else
		on_failure(o, m);
	obj_unref(s);
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct invite_out  *o = arg;
	struct sip_session *s = o->s;

	o->txn = NULL;
	obj_ref(s);
	if (s->state == SESSION_CALLING && !o->final) {
		bool ringing = s->uac->ringing;

		if (why == TXN_TIMEOUT)
			s->uac->last_status = 0;
		if (ringing || !try_other(s))
			fail(s, ringing ? SIP_END_LOST
					: SIP_END_UNREACHABLE);
		else
			o = NULL;       /* gone with the new try */
	}
	if (o && list_is_linked(&o->node)) {
		if (s->state != SESSION_CALLING)
			uac_fini(s);
		invite_over(o);
	}
	obj_unref(s);
}
