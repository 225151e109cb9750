/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A leg over an INVITE session, on either side of the call. Bodies go
 * through media_policy.c; this file turns what the session tells into what
 * the call understands, and back.
 */
#include "gateway/call/leg_sip.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/call/geolocation.h"
#include "gateway/call/info_digit.h"
#include "gateway/call/leg_quality.h"
#include "gateway/call/media_policy.h"
#include "gateway/call/numbers.h"
#include "gateway/sip/peer.h"
#include "gateway/sip/sip.h"

/* An emergency call goes on where only a 100 has come for so long. */
enum { HELP_US = 10000000 };

struct leg_sip {
	struct leg          leg;
	struct calls       *calls;
	struct sip_session *session;    /* NULL: ended */
	struct sip_peer    *peer;       /* counts this call; NULL: none */
	struct media_policy media;
	struct leg_quality  quality;
	struct geolocation *place;      /* emergency, called side; or NULL */
	struct route_query *query;      /* caller's side, until told */
	struct leg_end      end;        /* our own reason, if we ended it */
	struct party        named;      /* by the URI of an ENUM result */
	struct tmr          tmr;        /* caller: the first upcall, outside
					 * the INVITE; called: a response */
	struct sip_msg     *invite;     /* caller's side, until answered */
	struct buf          sdp;        /* our answer to it, once told */
	uint64_t            trying_us;  /* called side: until then a 100 is
					 * enough; 0: none came, or nobody
					 * else could be tried */
	bool                late;       /* no offer came in the INVITE */
	bool                answered, releasing;
};

static const struct leg_ops ops;
static const struct sip_session_cb session_cb;

static struct leg_sip *self(struct leg *l)
{
	return CONTAINER(l, struct leg_sip, leg);
}

static void leave_peer(struct leg_sip *g)
{
	if (g->peer)
		peer_call_end(g->peer);
	g->peer = obj_unref(g->peer);
	g->leg.measure = false;
}

static void leg_destroy(void *obj)
{
	struct leg_sip *g = obj;

	tmr_stop(&g->tmr);
	leave_peer(g);
	media_policy_fini(&g->media);
	buf_fini(&g->sdp);
	if (g->place)
		geolocation_fini(g->place);
	mem_free(g->place);
	mem_free(g->query);
	obj_unref(g->invite);
}

static void leg_sip_free(struct leg *l)
{
	struct leg_sip *g = self(l);

	if (g->session)
		sip_session_forget(g->session);
	g->session = NULL;
	obj_unref(g);
}

int leg_sip_new(struct leg **gp, struct calls *cs)
{
	struct leg_sip *g = obj_new(sizeof(*g), leg_destroy);

	if (!g)
		return ENOMEM;
	g->leg.ops = &ops;
	g->calls = cs;
	buf_init(&g->sdp, SDP_MAX_BYTES);
	media_policy_init(&g->media, &g->leg, cs);
	*gp = &g->leg;
	return 0;
}

/* Our own failure ends the session; that status counts. */
static void give_up(struct leg_sip *g, uint16_t status, const char *headers)
{
	g->end.cause = cause_from_sip(status);
	g->end.status = status;
	g->releasing = true;
	sip_session_end(g->session, status, 0, str_z(headers));
}

static void give_up_media(struct leg_sip *g, int err)
{
	give_up(g, media_policy_status(err),
		err == ENOTSUP ? g->media.warning : NULL);
}

static bool has_sdp(const struct sip_msg *m)
{
	return sip_session_sdp(m).l > 0;
}

/* One more call with the peer. EDQUOT: its limit. */
static int join_peer(struct leg_sip *g, const char *name, bool emergency)
{
	struct sip_peer *p = peer_find(g->calls->env.peers, str_z(name));
	int err = p ? peer_call_begin(p, emergency) : ENOENT;

	if (!err) {
		g->peer = obj_ref(p);
		g->leg.measure = p->conf->max_loss || p->conf->max_delay_ms;
	}
	return err;
}

static void leg_sip_measured(struct leg *l, const struct bridge_side_stats *s)
{
	struct leg_sip *g = self(l);

	peer_measured(g->peer, leg_quality_loss(&g->quality, &s->rtp),
		      s->rtp.rtt_us / 1000);
}

/* --- called side ------------------------------------------------------- */

/* The offer, and beside it where the caller of an emergency call is. */
static int make_offer(struct leg_sip *g, struct buf *body)
{
	struct buf sdp;
	int err;

	if (!g->place || !g->place->document.len)
		return media_policy_offer(&g->media, body);
	buf_init(&sdp, SDP_MAX_BYTES);
	err = media_policy_offer(&g->media, &sdp);
	if (!err)
		geolocation_body(body, buf_str(&sdp), g->place);
	buf_fini(&sdp);
	return err ? err : body->err;
}

static int on_target(const struct addr *local, const struct addr *peer,
		     struct buf *body, void *arg)
{
	struct leg_sip *g = arg;
	int err;

	media_policy_path(&g->media, local, peer);
	err = make_offer(g, body);
	/* not the network's fault */
	if (!g->releasing)
		g->end.cause = err ? CAUSE_RESOURCE_UNAVAILABLE : CAUSE_NONE;
	return err;
}

/* An answer of the called side, whatever it says. */
static void heard(struct leg_sip *g)
{
	if (!tmr_is_running(&g->tmr))
		return;
	tmr_stop(&g->tmr);
	if (g->peer && g->leg.side == BRIDGE_B)
		peer_alive(g->peer);
}

static void no_response(void *arg);

static void on_trying(void *arg)
{
	struct leg_sip *g = arg;

	heard(g);
	if (!g->leg.hurry || (g->peer && !g->peer->up))
		return;
	if (call_is_emergency(&g->leg))
		g->trying_us = loop_now_us(g->calls->env.loop) + HELP_US;
	else if (g->peer)
		g->trying_us = UINT64_MAX;
	if (g->trying_us)
		no_response(g);
}

static void on_progress(uint16_t status, const struct sip_msg *m, void *arg)
{
	struct leg_sip *g = arg;
	bool early = false;

	heard(g);
	if (g->releasing)
		return;
	if (has_sdp(m) && !g->media.agreed)
		early = media_policy_finish(&g->media, sip_session_sdp(m)) == 0;
	if (status == 180)
		call_on_progress(&g->leg, early ? LEG_ALERTING_MEDIA
						: LEG_ALERTING);
	else
		call_on_progress(&g->leg, early ? LEG_EARLY_MEDIA
						: LEG_PROCEEDING);
}

/* A provider that was restarted has forgotten us, and says 403 to a call
 * with the right password; one that is silent may have moved. */
static void doubt(const struct leg_sip *g, uint16_t status)
{
	if ((status == 403 || status == 408) && g->peer &&
	    g->leg.side == BRIDGE_B)
		peer_forgot(g->peer);
}

/* A target that is down would hold the call for 64 T1; one that goes down
 * behind its 100, for as long as a telephone may ring. */
static void no_response(void *arg)
{
	struct leg_sip *g = arg;

	if (loop_now_us(g->calls->env.loop) < g->trying_us &&
	    (!g->peer || g->peer->up)) {
		tmr_start(g->calls->env.loop, &g->tmr,
			  g->calls->env.conf->failover_ms, no_response, g);
		return;
	}
	log_info(call_tag(&g->leg), "no response in time", "side=%s", "B");
	if (g->peer)
		peer_silent(g->peer);
	doubt(g, 408);
	give_up(g, 408, NULL);
}

/* NULL: he calls from a line. */
static const struct sip_msg *callers_invite(const struct leg_sip *g)
{
	struct leg *other = call_other(&g->leg);

	return other && other->ops == &ops ? self(other)->invite : NULL;
}

/* An emergency call tells the place of its caller: what its phone says, else
 * what the configuration knows. Without memory for it the call goes on. */
static void tell_place(struct leg_sip *g, struct sip_invite *inv)
{
	const struct sip_msg *m = callers_invite(g);
	struct str domain = str_z(g->calls->env.domain);
	const struct place_conf *p = call_place(&g->leg);
	int err = 0;

	g->place = mem_alloc(sizeof(*g->place));
	if (!g->place)
		return;
	geolocation_init(g->place);
	if (m)
		err = geolocation_of_invite(g->place, m, domain);
	if (!err && !g->place->headers.len && p)
		err = geolocation_of_place(g->place, p, domain);
	if (err) {
		geolocation_fini(g->place);
		g->place = mem_free(g->place);
		return;
	}
	inv->headers = buf_str(&g->place->headers);
	if (g->place->document.len)
		inv->body_type = str_z(g->place->body_type);
}

/* A server says 100 within 200 ms (RFC 3261 section 17.2.1); a phone may
 * have to wake up first. */
static uint32_t patience_ms(const struct leg_sip *g,
			    const struct route_target *t)
{
	const struct call_conf *c = g->calls->env.conf;

	return g->leg.hurry && t->kind != ROUTE_PHONE ? c->failover_ms
						      : c->response_ms;
}

/* ENUM belongs to strangers, too: a name of theirs may have the address of a
 * peer of ours, who takes our calls by that alone. It is then a call to that
 * peer, as app_guard_peer_of() finds others, and may not be made if the peer
 * or the guard says no. */
static bool is_closed(const struct addr *a, void *arg)
{
	struct leg_sip *g = arg;
	const struct sip_peer *p = peer_find_at(g->calls->env.peers, a);
	struct route_target t = { .kind = ROUTE_URI, .called = g->named };

	leave_peer(g);          /* of the address before */
	if (p)
		str_clip(t.peer, sizeof(t.peer), str_z(p->conf->name));
	if (p ? join_peer(g, t.peer, call_is_emergency(&g->leg)) != 0
	      : leg_sip_leads_inside(call_query(&g->leg), callers_invite(g),
				     a))
		return true;
	if (call_may_lead(&g->leg, &t))
		return false;
	leave_peer(g);
	return true;
}

static void look_at_peers(struct leg_sip *g, const struct route_target *t,
			  struct sip_invite *inv)
{
	/* for a peer that is known the guard has been asked */
	if (t->kind != ROUTE_URI || route_target_peer(t))
		return;
	numbers_of_uri(&g->named, t->dest);
	inv->avoid = is_closed;
	inv->avoid_arg = g;
}

static int leg_sip_start(struct leg *l, const struct route_target *t)
{
	struct leg_sip *g = self(l);
	struct leg_sip_text text;
	struct sip_invite inv;
	int err;

	memset(&inv, 0, sizeof(inv));
	err = leg_sip_target(&inv, &text, g->calls, call_query(l), t);
	if (!err && route_target_peer(t))
		err = join_peer(g, route_target_peer(t),
				call_is_emergency(l));
	if (err)
		return err;
	if (text.srtp)
		g->media.srtp = (enum sdp_srtp)(text.srtp - 1);
	if (call_is_emergency(l) && t->kind != ROUTE_PHONE)
		tell_place(g, &inv);
	look_at_peers(g, t, &inv);
	err = sip_session_invite(&g->session, g->calls->env.sessions, &inv,
				 &session_cb, g);
	if (!err)
		tmr_start(g->calls->env.loop, &g->tmr, patience_ms(g, t),
			  no_response, g);
	return err;
}

/* --- caller's side ----------------------------------------------------- */

/* Makes our description, once: an early answer is repeated in the 2xx. */
static int describe(struct leg_sip *g)
{
	if (g->sdp.len)
		return 0;
	if (g->late)
		return media_policy_offer(&g->media, &g->sdp);
	return media_policy_answer(&g->media, sip_session_sdp(g->invite),
				   &g->sdp);
}

static void leg_sip_progress(struct leg *l, enum leg_progress p)
{
	struct leg_sip *g = self(l);
	bool sdp = l->call->early && !g->late;
	int err = 0;

	if (g->releasing || g->answered || p == LEG_PROCEEDING)
		return;
	if (sdp)
		err = describe(g);
	if (!err)
		err = sip_session_ring(g->session,
				       p == LEG_ALERTING ? 180 : 183,
				       sdp ? buf_str(&g->sdp) : STR_NULL);
	if (err)
		give_up_media(g, err);
}

static void leg_sip_answer(struct leg *l)
{
	struct leg_sip *g = self(l);
	int err;

	if (g->releasing)
		return;
	g->answered = true;
	err = describe(g);
	if (!err)
		err = sip_session_answer(g->session, buf_str(&g->sdp),
					 STR_NULL);
	/* neither is asked for any more */
	g->invite = obj_unref(g->invite);
	buf_fini(&g->sdp);
	if (err)
		give_up_media(g, err);
}

static void begin(void *arg)
{
	struct leg_sip *g = arg;

	struct route_query q = *g->query;

	g->query = mem_free(g->query);
	call_on_setup(&g->leg, &q);
}

static int accept_call(struct leg_sip *g, struct txn_server *t,
		       const struct sip_msg *m)
{
	const struct route_query *q = g->query;
	bool emergency = calls_for_help(g->calls, q);
	struct addr local, peer;
	struct call *c;
	int err;

	g->invite = obj_ref((void *)(uintptr_t)m);
	g->late = !has_sdp(m);
	err = call_new(&c, g->calls, &g->leg, emergency);
	if (err) {
		leg_sip_free(&g->leg);
		return err;
	}
	err = sip_session_accept(&g->session, g->calls->env.sessions, t, m,
				 &session_cb, g);
	if (err) {
		call_abandon(c);
		return err;
	}
	sip_session_path(g->session, &local, &peer);
	media_policy_path(&g->media, &local, &peer);
	if (!g->late)
		err = media_policy_peek(&g->media, sip_session_sdp(m));
	if (err)
		give_up_media(g, err);
	else
		tmr_start(g->calls->env.loop, &g->tmr, 0, begin, g);
	return 0;
}

/* The call did not come about. What the caller can do nothing about is worth
 * another attempt soon: our limits, those of its peer, our memory. */
static void refuse(struct txn_server *t, int err)
{
	if (err == EBADMSG)
		txn_server_replyf(t, 400, "Bad Contact or Record-Route", "%s",
				  "");
	else
		txn_server_replyf(t, 503, NULL, "Retry-After: 5\r\n");
}

void leg_sip_on_invite(struct txn_server *t, const struct sip_msg *m,
		       void *arg)
{
	struct calls *cs = arg;
	struct route_query q;
	struct leg *l;
	int err;

	memset(&q, 0, sizeof(q));
	if (!leg_sip_source(&q, cs, t, m))
		return;
	err = leg_sip_new(&l, cs);
	if (!err) {
		self(l)->query = mem_alloc(sizeof(q));
		if (!self(l)->query)
			err = ENOMEM;
		else
			*self(l)->query = q;
		if (!err && q.from.kind == ROUTE_FROM_PEER)
			err = join_peer(self(l), q.from.name,
					calls_for_help(cs, &q));
		if (err)
			leg_sip_free(l);
		else
			err = accept_call(self(l), t, m);
	}
	if (err)
		refuse(t, err);
}

/* --- both sides -------------------------------------------------------- */

/* The answer to our offer: in the 2xx, in the ACK after a late offer, or to
 * a re-INVITE. A 2xx after early media may say the same again, or be that
 * of another fork. */
static void on_answer(const struct sip_msg *m, void *arg)
{
	struct leg_sip *g = arg;
	bool ours = g->media.oa.offered ||
		    (g->leg.side == BRIDGE_B && !g->answered);
	int err = 0;

	heard(g);
	if (g->releasing)
		return;
	if (has_sdp(m) && ours)
		err = media_policy_finish(&g->media, sip_session_sdp(m));
	else if (!g->media.agreed)
		err = ENOTSUP;
	if (err) {
		give_up_media(g, err);
		return;
	}
	offer_answer_settle(&g->media.oa);
	if (g->leg.side == BRIDGE_A || g->answered)
		return;
	g->answered = true;
	call_on_answer(&g->leg);
}

/* A re-INVITE: hold, another address, or "what do you offer?". */
static void on_offer(const struct sip_msg *m, void *arg)
{
	struct leg_sip *g = arg;
	struct buf out;
	int err;

	buf_init(&out, SDP_MAX_BYTES);
	if (has_sdp(m))
		err = media_policy_answer(&g->media, sip_session_sdp(m), &out);
	else
		err = media_policy_offer(&g->media, &out);
	if (!err)
		err = sip_session_answer(g->session, buf_str(&out), STR_NULL);
	if (err && sip_session_refuse(g->session, media_policy_status(err),
				      err == ENOTSUP ? str_z(g->media.warning)
						     : STR_NULL))
		log_warn(call_tag(&g->leg), "re-invite not answered",
			 "error=%d", err);
	buf_fini(&out);
}

static void on_refused(uint16_t status, const struct sip_msg *m, void *arg)
{
	struct leg_sip *g = arg;

	(void)m;
	log_info(call_tag(&g->leg), "re-invite refused", "status=%u", status);
	offer_answer_drop(&g->media.oa);
}

static void on_info(const struct sip_msg *m, void *arg)
{
	struct leg_sip *g = arg;
	struct bridge *b;
	unsigned ms;
	char digit;
	int err;

	if (!info_digit_read(m, &digit, &ms) || !g->media.agreed)
		return;
	err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_digit(b, !g->leg.side, digit, ms);
	if (err)
		log_info(call_tag(&g->leg), "digit of INFO lost", "error=%s",
			 strerror(err));
}

/* What ended the session, in the words of the call. */
static struct leg_end end_of(const struct sip_end *why)
{
	struct leg_end e = { .cause = CAUSE_NORMAL, .status = why->status };

	switch (why->how) {
	case SIP_END_LOCAL:
	case SIP_END_BYE:
	case SIP_END_CANCEL:
		e.status = 0;
		break;
	case SIP_END_REFUSED:
		e.cause = cause_from_sip(why->status);
		break;
	case SIP_END_LOST:
	case SIP_END_NO_ACK:
		e.cause = CAUSE_TIMER_EXPIRY;
		break;
	case SIP_END_UNREACHABLE:
		e.cause = CAUSE_NETWORK_OUT_OF_ORDER;
		break;
	case SIP_END_MEMORY:
		e.cause = CAUSE_RESOURCE_UNAVAILABLE;
		break;
	}
	if (why->q850 && why->q850 < 128)
		e.cause = (enum q850_cause)why->q850;
	return e;
}

static void on_end(const struct sip_end *why, void *arg)
{
	struct leg_sip *g = arg;
	struct leg_end end = end_of(why);

	g->session = NULL;
	if (why->how == SIP_END_REFUSED) {
		heard(g);
		doubt(g, why->status);
	} else if (why->how == SIP_END_UNREACHABLE && g->peer &&
		   g->leg.side == BRIDGE_B && g->end.cause == CAUSE_NONE) {
		peer_silent(g->peer);
	}
	tmr_stop(&g->tmr);
	if (g->end.cause != CAUSE_NONE)
		end = g->end;
	call_on_released(&g->leg, &end);
}

static const struct sip_session_cb session_cb = {
	.on_target = on_target,
	.on_trying = on_trying,
	.on_progress = on_progress,
	.on_answer = on_answer,
	.on_offer = on_offer,
	.on_refused = on_refused,
	.on_info = on_info,
	.on_end = on_end,
};

/* Strangers who call what no rule takes: one may be wrong once. */
static void look_at_stranger(const struct leg_sip *g,
			     const struct leg_end *end)
{
	if (g->leg.side == BRIDGE_A && g->invite && g->leg.call &&
	    call_query(&g->leg)->from.kind == ROUTE_FROM_INTERNET &&
	    (end->cause == CAUSE_NO_ROUTE || end->cause == CAUSE_REJECTED))
		(void)sip_stack_offence(g->calls->env.stack, g->invite,
					SIP_OFFENCE_NUMBER);
}

static void leg_sip_release(struct leg *l, const struct leg_end *end)
{
	struct leg_sip *g = self(l);
	uint16_t status = end->status;

	if (g->releasing)
		return;
	g->releasing = true;
	g->end = *end;
	tmr_stop(&g->tmr);
	look_at_stranger(g, end);
	if (status < 400 || status == 401 || status == 407)
		status = cause_to_sip(end->cause);
	sip_session_end(g->session, status, (uint16_t)end->cause, STR_NULL);
}

/* Nothing has come for rtp_timeout: the peer is gone without a BYE. Not
 * when we asked it to be silent, and what was before the answer does not
 * count: many callers send nothing while it rings. */
static void leg_sip_bridge_event(struct leg *l, const struct bridge_event *e)
{
	uint64_t limit_us =
		(uint64_t)self(l)->calls->env.media->rtp_timeout_ms * 1000;
	uint64_t now_us = loop_now_us(self(l)->calls->env.loop);

	if (e->ev != BRIDGE_EV_RTP_TIMEOUT || self(l)->media.held ||
	    l->call->state != CALL_CONNECTED ||
	    now_us - l->call->answer_us < limit_us)
		return;
	log_notice(call_tag(l), "no rtp from the peer", "side=%c",
		   l->side == BRIDGE_A ? 'A' : 'B');
	call_hangup(l->call, CAUSE_TIMER_EXPIRY);
}

static unsigned leg_sip_codecs(const struct leg *l,
			       const struct codec_ops *v[LEG_CODECS_MAX])
{
	const struct leg_sip *g = CONTAINER(l, const struct leg_sip, leg);

	return media_policy_codecs(&g->media, v);
}

static const struct leg_ops ops = {
	.kind = "sip",
	.start = leg_sip_start,
	.progress = leg_sip_progress,
	.answer = leg_sip_answer,
	.release = leg_sip_release,
	.bridge_event = leg_sip_bridge_event,
	.measured = leg_sip_measured,
	.codecs = leg_sip_codecs,
	.free = leg_sip_free,
};
