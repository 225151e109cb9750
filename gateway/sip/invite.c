/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing INVITE transactions and the ACK of their 2xx, RFC 3261 section
 * 13.2.2.4: the ACK is the session's, is kept, and goes out again with each
 * repeated 2xx.
 */
#include "gateway/sip/session_impl.h"

#include <string.h>

#include "base/mem.h"

static void invite_gone(void *obj)
{
	struct invite_out *o = obj;

	if (o->txn)
		txn_forget_client(o->txn);
	if (o->s->out == o)
		o->s->out = NULL;
	list_unlink(&o->node);
	mem_free(o->auth);
	buf_fini(&o->ack);
	dialog_free(o->dialog);
}

void invite_forget(struct invite_out *o)
{
	obj_unref(o);
}

void invite_over(struct invite_out *o)
{
	struct sip_session *s = o->s;

	o->txn = NULL;
	obj_unref(o);
	session_try_free(s);
}

int invite_send(struct sip_session *s, const struct invite_send *p)
{
	struct invite_out *o = obj_new(sizeof(*o), invite_gone);
	struct buf         lines, auth;
	struct sip_request r = { .method = STR_LIT("INVITE"),
				 .ruri = p->ruri, .body = p->body };
	int                err;

	if (!o)
		return ENOMEM;
	o->s = s;
	o->cseq = p->cseq;
	o->offered = p->body.l > 0;
	buf_init(&o->ack, SIP_MSG_MAX);
	list_append(&s->outs, &o->node);
	buf_init(&lines, SIP_MSG_MAX);
	buf_init(&auth, SIP_MSG_MAX);
	session_add_auth(s, &auth, "INVITE", p->ruri);
	buf_adds(&lines, p->lines);
	buf_adds(&lines, buf_str(&auth));
	session_add_type(&lines, p->body, p->body_type);
	r.headers = buf_str(&lines);
	err = auth.err ? auth.err : lines.err;
	if (!err && auth.len) {
		o->auth = str_dup(buf_str(&auth));
		err = o->auth ? 0 : ENOMEM;
	}
	if (!err)
		err = txn_client_new(&o->txn, s->ss->conf.stack, p->flow, &r,
				     p->cb, o);
	buf_fini(&lines);
	buf_fini(&auth);
	if (err)
		obj_unref(o);
	else
		s->out = o;
	return err;
}

int invite_ack(struct invite_out *o, struct dialog *d, struct str body)
{
	struct sip_stack  *stack = o->s->ss->conf.stack;
	struct sip_flow   *f = dialog_flow(d);
	struct sip_request r = { .method = STR_LIT("ACK"), .body = body };
	struct buf         lines;
	int                err;

	if (!f)
		return EHOSTUNREACH;
	buf_init(&lines, SIP_MSG_MAX);
	dialog_lines(d, &lines, "ACK", o->cseq, &r.ruri);
	/* section 22.1: the ACK shows the credentials of the INVITE */
	if (o->auth)
		buf_addz(&lines, o->auth);
	session_add_type(&lines, body, STR_NULL);
	r.headers = buf_str(&lines);
	buf_reset(&o->ack);
	if (!lines.err)
		sip_stack_build(stack, &o->ack, f, &r);
	err = lines.err ? lines.err : o->ack.err;
	buf_fini(&lines);
	if (err) {
		buf_reset(&o->ack);
		return err;
	}
	obj_ref(d);
	dialog_free(o->dialog);
	o->dialog = d;
	if (o->s->out == o)
		o->s->out = NULL;
	invite_ack_again(o);
	return 0;
}

void invite_ack_again(struct invite_out *o)
{
	struct sip_flow *f = o->dialog ? dialog_flow(o->dialog) : NULL;

	if (f && o->ack.len && sip_flow_send(f, buf_str(&o->ack)))
		return;         /* the next 2xx asks for it again */
}
