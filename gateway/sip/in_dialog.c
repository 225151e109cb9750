/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests inside the dialog other than INVITE: BYE and INFO both ways,
 * OPTIONS; RFC 3261 sections 12.2 and 15, RFC 6086.
 */
#include "gateway/sip/session_impl.h"

#include "base/mem.h"

/* One of ours under way. */
struct job {
	struct list_node    node;
	struct sip_session *s;
	struct dialog      *dialog;
	struct txn_client  *txn;
	const char         *method;
	struct buf          lines, body;        /* lines: its own headers */
	bool                authed;             /* challenge answered once */
};

static void on_response(const struct sip_msg *m, void *arg);
static void on_txn_end(enum txn_end why, void *arg);

static const struct txn_client_cb txn_cb = { on_response, on_txn_end };

static void job_gone(void *obj)
{
	struct job *j = obj;

	if (j->txn)
		txn_forget_client(j->txn);
	list_unlink(&j->node);
	dialog_free(j->dialog);
	buf_fini(&j->lines);
	buf_fini(&j->body);
}

void in_dialog_fini(struct sip_session *s)
{
	LIST_EACH_SAFE(n, &s->jobs)
		obj_unref(CONTAINER(n, struct job, node));
}

static int job_send(struct job *j)
{
	struct sip_session *s = j->s;
	struct sip_flow    *f = dialog_flow(j->dialog);
	struct sip_request  r = { .method = str_z(j->method),
				  .body = buf_str(&j->body) };
	struct buf          lines;
	int                 err;

	if (!f)
		return EHOSTUNREACH;
	buf_init(&lines, SIP_MSG_MAX);
	dialog_lines(j->dialog, &lines, j->method, ++j->dialog->local_cseq,
		     &r.ruri);
	session_add_auth(s, &lines, j->method, r.ruri);
	buf_adds(&lines, buf_str(&j->lines));
	r.headers = buf_str(&lines);
	err = j->lines.err ? j->lines.err : j->body.err;
	if (!err)
		err = lines.err;
	if (!err)
		err = txn_client_new(&j->txn, s->ss->conf.stack, f, &r,
				     &txn_cb, j);
	buf_fini(&lines);
	return err;
}

/* A new one, not sent yet. */
static int job_new(struct job **jp, struct sip_session *s, struct dialog *d,
		   const char *method)
{
	struct job *j = obj_new(sizeof(*j), job_gone);

	if (!j)
		return ENOMEM;
	j->s = s;
	j->dialog = obj_ref(d);
	j->method = method;
	buf_init(&j->lines, SIP_MSG_MAX);
	buf_init(&j->body, SIP_MSG_MAX);
	list_append(&s->jobs, &j->node);
	*jp = j;
	return 0;
}

void in_dialog_bye(struct sip_session *s, struct dialog *d, uint16_t q850)
{
	struct job *j;
	int         err = job_new(&j, s, d, "BYE");

	if (!err) {
		session_add_reason(&j->lines, q850);
		err = job_send(j);
		if (err)
			obj_unref(j);
	}
	if (err)
		log_warn(&s->tag, "BYE not sent", "errno=%d", err);
}

int in_dialog_info(struct sip_session *s, struct str type, struct str body)
{
	struct job *j;
	int         err = job_new(&j, s, s->dialog, "INFO");

	if (err)
		return err;
	buf_adds(&j->body, body);
	session_add_type(&j->lines, body, type);
	err = job_send(j);
	if (err)
		obj_unref(j);
	return err;
}

int sip_session_info(struct sip_session *s, struct str type, struct str body)
{
	if (s->state != SESSION_CONFIRMED)
		return EPROTO;
	return in_dialog_info(s, type, body);
}

/* The dialog is gone at the peer (section 12.2.1.2). */
static void lose(struct sip_session *s, const struct sip_msg *m)
{
	if (s->state != SESSION_CONFIRMED)
		return;
	if (!m || m->status != 481)
		in_dialog_bye(s, s->dialog, 0);
	session_finish_by(s, SIP_END_LOST, m);
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct job         *j = arg;
	struct sip_session *s = j->s;

	if (m->status < 300)
		return;
	if (!j->authed && session_take_challenge(s, m)) {
		struct txn_client *old = j->txn;

		j->authed = true;
		j->txn = NULL;
		txn_forget_client(old);
		if (job_send(j) == 0)
			return;
		obj_unref(j);
		session_try_free(s);
		return;
	}
	if (m->status == 408 || m->status == 481)
		lose(s, m);
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct job         *j = arg;
	struct sip_session *s = j->s;

	j->txn = NULL;
	obj_unref(j);
	obj_ref(s);
	if (why == TXN_DONE)
		session_try_free(s);
	else if (s->state == SESSION_CONFIRMED)
		lose(s, NULL);
	else
		session_try_free(s);
	obj_unref(s);
}

/* Theirs */

static void on_bye(struct sip_session *s, struct txn_server *t,
		   const struct sip_msg *m)
{
	(void)txn_server_replyf(t, 200, NULL, "%s", "");
	if (s->state == SESSION_ENDED)
		return;         /* both hung up */
	if (s->in.answered)
		uas_fini(s);    /* no ACK is to be waited for */
	if (s->out && s->out->final && !s->out->ack.len &&
	    invite_ack(s->out, s->dialog, STR_NULL))
		log_warn(&s->tag, "ACK not sent", "%s", "");
	session_finish_by(s, SIP_END_BYE, m);
}

static void on_info(struct sip_session *s, struct txn_server *t,
		    const struct sip_msg *m)
{
	if (sip_msg_hdr(m, SIP_HDR_INFO_PACKAGE, 0)) {
		/* RFC 6086 section 4.2.2: we named no package */
		(void)txn_server_replyf(t, 469, "Bad Info Package",
					"Recv-Info:\r\n");
		return;
	}
	(void)txn_server_replyf(t, 200, NULL, "%s", "");
	s->cb.on_info(m, s->arg);
}

void in_dialog_on_request(struct sip_session *s, struct txn_server *t,
			  const struct sip_msg *m)
{
	struct sip_stack *stack = s->ss->conf.stack;

	switch (m->method) {
	case SIP_BYE:
		on_bye(s, t, m);
		break;
	case SIP_INFO:
		on_info(s, t, m);
		break;
	case SIP_OPTIONS:
		(void)txn_server_replyf(t, 200, NULL, "Allow: %s\r\n"
					"Accept: application/sdp\r\n",
					sip_stack_allowed(stack));
		break;
	default:
		(void)txn_server_replyf(t, 405, NULL, "Allow: %s\r\n",
					sip_stack_allowed(stack));
		break;
	}
}
