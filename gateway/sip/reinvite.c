/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a running session, RFC 3261 section 14: re-INVITEs of both
 * sides and their glare.
 */
#include "gateway/sip/session_impl.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/rand.h"

static void on_response(const struct sip_msg *m, void *arg);
static void on_txn_end(enum txn_end why, void *arg);

static const struct txn_client_cb txn_cb = { on_response, on_txn_end };

void reinvite_fini(struct sip_session *s)
{
	tmr_stop(&s->re.backoff);
	s->re.pending = false;
	buf_fini(&s->re.body);
}

static bool they_are_pending(const struct sip_session *s)
{
	return s->in.txn != NULL;
}

static int send_reinvite(struct sip_session *s)
{
	struct invite_send p = { .flow = dialog_flow(s->dialog),
				 .body = buf_str(&s->re.body),
				 .cb = &txn_cb };
	struct buf         lines;
	int                err;

	if (!p.flow)
		return EHOSTUNREACH;
	p.cseq = ++s->dialog->local_cseq;
	buf_init(&lines, SIP_MSG_MAX);
	dialog_lines(s->dialog, &lines, "INVITE", p.cseq, &p.ruri);
	session_add_contact(s, &lines, p.flow, true);
	p.lines = buf_str(&lines);
	err = lines.err ? lines.err : invite_send(s, &p);
	buf_fini(&lines);
	return err;
}

int sip_session_offer(struct sip_session *s, struct str body)
{
	int err;

	if (s->state != SESSION_CONFIRMED)
		return EPROTO;
	if (s->re.pending || s->out || they_are_pending(s))
		return EALREADY;
	buf_init(&s->re.body, SIP_MSG_MAX);
	buf_adds(&s->re.body, body);
	s->re.authed = false;
	err = s->re.body.err ? s->re.body.err : send_reinvite(s);
	s->re.pending = !err;
	if (err)
		buf_fini(&s->re.body);
	return err;
}

/* The peer is lost: BYE, in case it still listens, and the end. */
static void lose(struct sip_session *s, const struct sip_msg *m)
{
	if (!m || m->status != 481)
		in_dialog_bye(s, s->dialog, 0);
	session_finish_by(s, SIP_END_LOST, m);
}

/* Our own try is over, one way or the other. */
static void done(struct sip_session *s)
{
	s->re.pending = false;
	buf_fini(&s->re.body);
}

static void give_up(struct sip_session *s, uint16_t status,
		    const struct sip_msg *m)
{
	done(s);
	s->cb.on_refused(status, m, s->arg);
}

static void on_backoff(void *arg)
{
	struct sip_session *s = arg;

	if (they_are_pending(s)) {
		/* theirs came first and still runs */
		tmr_start(sip_stack_loop(s->ss->conf.stack), &s->re.backoff,
			  2000, on_backoff, s);
		return;
	}
	if (send_reinvite(s))
		give_up(s, 491, NULL);
}

/* Section 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other side
 * 0 to 2 s, in steps of 10 ms. */
static void back_off(struct sip_session *s)
{
	uint32_t ms = s->uac_side ? 2100 + 10 * rand_below(191)
				  : 10 * rand_below(201);

	tmr_start(sip_stack_loop(s->ss->conf.stack), &s->re.backoff, ms,
		  on_backoff, s);
}

static void on_2xx(struct invite_out *o, const struct sip_msg *m)
{
	struct sip_session *s = o->s;

	if (o->final) {
		invite_ack_again(o);
		return;
	}
	o->final = true;
	if (dialog_refresh(s->dialog, m))
		log_warn(&s->tag, "target not refreshed", "%s", "");
	if (s->state == SESSION_ENDED || o->offered) {
		/* lost here, it goes out again when the 2xx comes again */
		if (invite_ack(o, s->dialog, STR_NULL))
			log_warn(&s->tag, "ACK not sent", "%s", "");
	}
	if (s->state == SESSION_ENDED)
		return;
	done(s);
	s->cb.on_answer(m, s->arg);
}

static void on_failure(struct invite_out *o, const struct sip_msg *m)
{
	struct sip_session *s = o->s;

	o->final = true;
	if (s->out == o)
		s->out = NULL;
	if (s->state == SESSION_ENDED)
		return;
	if (m->status == 408 || m->status == 481) {
		lose(s, m);
	} else if (m->status == 491) {
		back_off(s);
	} else if (!s->re.authed && session_take_challenge(s, m)) {
		s->re.authed = true;
		if (send_reinvite(s))
			give_up(s, m->status, m);
	} else {
		give_up(s, m->status, m);
	}
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct invite_out  *o = arg;
	struct sip_session *s = o->s;

	obj_ref(s);
	if (m->status >= 300)
		on_failure(o, m);
	else if (m->status >= 200)
		on_2xx(o, m);
	obj_unref(s);
}

static void on_txn_end(enum txn_end why, void *arg)
{
	struct invite_out  *o = arg;
	struct sip_session *s = o->s;

	(void)why;
	o->txn = NULL;
	obj_ref(s);
	if (!o->final && s->state != SESSION_ENDED) {
		s->out = NULL;
		lose(s, NULL);
	}
	invite_over(o);
	obj_unref(s);
}

/* Theirs */

void reinvite_on_request(struct sip_session *s, struct txn_server *t,
			 const struct sip_msg *m)
{
	char lines[40];

	if (s->in.txn && !s->in.answered) {
		/* section 14.2: 0 to 10 s, by lot; the buffer is enough */
		(void)snprintf(lines, sizeof(lines), "Retry-After: %u\r\n",
			       (unsigned)rand_below(11));
		session_refuse(t, 500, lines);
		return;
	}
	if (s->state != SESSION_CONFIRMED || s->in.txn || s->out) {
		session_refuse(t, 491, "");
		return;
	}
	if (!session_body_ok(m)) {
		session_refuse(t, 415, "Accept: application/sdp\r\n");
		return;
	}
	if (dialog_refresh(s->dialog, m))
		log_warn(&s->tag, "target not refreshed", "%s", "");
	uas_take(s, t, m, false);
	/* lost, it only makes the peer repeat its request */
	(void)txn_server_replyf(t, 100, NULL, "%s", "");
	s->cb.on_offer(m, s->arg);
}

int sip_session_refuse(struct sip_session *s, uint16_t status,
		       struct str headers)
{
	if (s->state != SESSION_CONFIRMED || !s->in.txn || s->in.answered)
		return EPROTO;
	uas_refuse(s, status, headers);
	return 0;
}
