/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVITEs of theirs, the first and later ones, RFC 3261 section 13.3: 1xx,
 * the 2xx repeated until its ACK, CANCEL.
 */
#include "gateway/sip/session_impl.h"

#include "base/mem.h"

enum { PROGRESS_MS = 60000 };   /* section 13.3.1.1: once a minute */

static void on_cancel(const struct sip_msg *m, void *arg);
static void on_txn_end(enum txn_end why, void *arg);

static const struct txn_server_cb txn_cb = { on_cancel, on_txn_end };

static struct loop *loop_of(const struct sip_session *s)
{
	return sip_stack_loop(s->ss->conf.stack);
}

void uas_fini(struct sip_session *s)
{
	struct txn_server *t = s->in.txn;

	tmr_stop(&s->in.resend);
	tmr_stop(&s->in.limit);
	s->in.txn = NULL;
	s->in.answered = false;
	if (t)
		txn_forget_server(t);
}

void uas_take(struct sip_session *s, struct txn_server *t,
	      const struct sip_msg *m, bool initial)
{
	uas_fini(s);
	s->in.txn = t;
	s->in.cseq = m->cseq.num;
	s->in.initial = initial;
	txn_server_listen(t, &txn_cb, s);
}

int uas_reply(struct sip_session *s, uint16_t status, struct str headers,
	      struct str body)
{
	struct sip_response r = { .status = status, .body = body };
	struct buf          lines;
	int                 err;

	if (!s->in.txn || s->in.answered)
		return EPROTO;
	buf_init(&lines, SIP_MSG_MAX);
	if (status < 300)
		session_add_contact(s, &lines, txn_server_flow(s->in.txn),
				    status >= 200);
	buf_adds(&lines, headers);
	session_add_type(&lines, body, STR_NULL);
	r.headers = buf_str(&lines);
	err = lines.err ? lines.err : txn_server_reply(s->in.txn, &r);
	buf_fini(&lines);
	return err;
}

void uas_refuse(struct sip_session *s, uint16_t status, struct str headers)
{
	/* unanswered, the stack says 500 when it is forgotten */
	if (uas_reply(s, status, headers, STR_NULL))
		log_warn(&s->tag, "answer not sent", "status=%u", status);
	uas_fini(s);
}

/* The 2xx, section 13.3.1.4 */

static void on_resend(void *arg)
{
	struct sip_session *s = arg;
	uint32_t            t2_ms = sip_stack_t2(s->ss->conf.stack);

	txn_server_resend(s->in.txn);
	s->in.resend_ms *= 2;
	if (s->in.resend_ms > t2_ms)
		s->in.resend_ms = t2_ms;
	tmr_start(loop_of(s), &s->in.resend, s->in.resend_ms, on_resend, s);
}

/* The 2xx was never acknowledged: the dialog ends by BYE. */
static void no_ack(struct sip_session *s)
{
	bool ended = s->state == SESSION_ENDED;

	uas_fini(s);
	in_dialog_bye(s, s->dialog, s->bye_q850);
	s->bye_owed = false;
	if (ended)
		session_try_free(s);
	else
		session_finish_by(s, SIP_END_NO_ACK, NULL);
}

static void on_limit(void *arg)
{
	no_ack(arg);
}

static void start_resending(struct sip_session *s)
{
	uint32_t t1_ms = sip_stack_t1(s->ss->conf.stack);

	s->in.answered = true;
	s->in.resend_ms = t1_ms;
	tmr_start(loop_of(s), &s->in.resend, t1_ms, on_resend, s);
	tmr_start(loop_of(s), &s->in.limit, 64 * t1_ms, on_limit, s);
}

void uas_on_ack(struct sip_session *s, const struct sip_msg *m)
{
	if (!s->in.answered || m->cseq.num != s->in.cseq)
		return;         /* again, or of a refusal */
	uas_fini(s);
	if (s->state == SESSION_ENDED) {
		if (s->bye_owed)
			in_dialog_bye(s, s->dialog, s->bye_q850);
		s->bye_owed = false;
		session_try_free(s);
		return;
	}
	s->state = SESSION_CONFIRMED;
	s->cb.on_answer(m, s->arg);
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct sip_session *s = arg;
	bool                unacked = s->in.answered;

	(void)why;
	s->in.txn = NULL;
	if (unacked)
		no_ack(s);
	else
		session_try_free(s);
}

/* 18x, as long as it rings */

static void on_progress_tmr(void *arg)
{
	struct sip_session *s = arg;

	txn_server_resend(s->in.txn);
	tmr_start(loop_of(s), &s->in.resend, PROGRESS_MS, on_progress_tmr, s);
}

int sip_session_ring(struct sip_session *s, uint16_t status, struct str body)
{
	int err;

	if (s->state != SESSION_RINGING)
		return EPROTO;
	err = uas_reply(s, status, STR_NULL, body);
	if (!err)
		tmr_start(loop_of(s), &s->in.resend, PROGRESS_MS,
			  on_progress_tmr, s);
	return err;
}

/* In the ACK of a 2xx that held their offer. */
static int answer_in_ack(struct sip_session *s, struct str body)
{
	struct invite_out *o = s->out;

	if (!o || !o->final || o->offered || s->state != SESSION_CONFIRMED)
		return EPROTO;
	return invite_ack(o, s->dialog, body);
}

int sip_session_answer(struct sip_session *s, struct str body,
		       struct str headers)
{
	int err;

	if (s->state == SESSION_ENDED)
		return EPROTO;
	if (!s->in.txn || s->in.answered)
		return answer_in_ack(s, body);
	err = uas_reply(s, 200, headers, body);
	if (err)
		return err;
	start_resending(s);
	if (s->state == SESSION_RINGING)
		s->state = SESSION_ANSWERED;
	return 0;
}

/* The peer gave up. A re-INVITE that is cancelled changes nothing. */
static void on_cancel(const struct sip_msg *m, void *arg)
{
	struct sip_session *s = arg;

	if (!s->in.txn || s->in.answered)
		return;         /* too late */
	uas_refuse(s, 487, STR_NULL);
	if (s->state == SESSION_RINGING)
		session_finish_by(s, SIP_END_CANCEL, m);
}

int sip_session_accept(struct sip_session **sp, struct sip_sessions *ss,
		       struct txn_server *t, const struct sip_msg *invite,
		       const struct sip_session_cb *cb, void *arg)
{
	struct dialog_env   env = { .stack = ss->conf.stack,
				    .locator = ss->conf.locator };
	struct sip_session *s;
	int                 err = session_new(&s, ss, cb, arg);

	if (err)
		return err;
	err = dialog_new_uas(&s->dialog, &env, invite, txn_server_tag(t));
	if (!err)
		err = str_copy(s->local_tag, sizeof(s->local_tag),
			       txn_server_tag(t));
	if (!err) {
		s->contact_user = str_dup(invite->ruri.user);
		err = s->contact_user ? 0 : ENOMEM;
	}
	if (err) {
		session_discard(s);
		return err == ENAMETOOLONG ? EBADMSG : err;
	}
	s->state = SESSION_RINGING;
	session_enter(s);
	uas_take(s, t, invite, true);
	if (ss->invited == t)
		ss->invited = NULL;
	*sp = s;
	return 0;
}
