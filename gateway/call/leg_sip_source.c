/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls whom, by an INVITE. A configured peer is known by its address,
 * a phone proves its password, anybody else is "internet".
 */
#include <stdio.h>
#include <string.h>

#include "enum/tel_port.h"
#include "gateway/call/leg_sip.h"
#include "gateway/call/numbers.h"
#include "gateway/service/registrar.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/peer.h"
#include "gateway/sip/sip.h"

static const struct log_tag tag = { .module = "call" };

static void refuse(struct txn_server *t, uint16_t status, const char *why)
{
	char src[ADDR_TEXT_MAX];

	log_info(&tag, "invite refused", "status=%u why=\"%s\" source=%s",
		 status, why, addr_print(src, &txn_server_request(t)->src));
	txn_server_replyf(t, status, NULL, "%s", "");
}

static void challenge(struct calls *cs, struct txn_server *t, bool stale)
{
	const struct sip_msg *m = txn_server_request(t);
	struct sip_response resp = { .status = 401 };
	struct buf lines;
	int err;

	buf_init(&lines, 4096);
	auth_challenge(cs->env.auth, &lines, m, false, stale,
		       registrar_digest(cs->env.location, m));
	resp.headers = buf_str(&lines);
	err = lines.err ? lines.err : txn_server_reply(t, &resp);
	buf_fini(&lines);
	if (err)
		txn_server_replyf(t, 503, NULL, "%s", "");
}

/* --- parties ----------------------------------------------------------- */

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "+0123456789*#")];
}

/* Blanks and control bytes would forge what is read of logs and calls. */
static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127)
			return false;
	return true;
}

static void set_number(struct party *p, const struct sip_uri *u)
{
	if (sip_uri_user(p->number, sizeof(p->number), u) ||
	    !is_printable(p->number))
		p->number[0] = '\0';
	numbers_strip(p->number);
	p->type = p->number[0] == '+' ? PARTY_E164
		  : is_number(p->number) ? PARTY_UNKNOWN : PARTY_LOCAL;
}

static bool wants_privacy(const struct sip_msg *m)
{
	return sip_msg_has(m, SIP_HDR_PRIVACY, "id") ||
	       sip_msg_has(m, SIP_HDR_PRIVACY, "user") ||
	       sip_msg_has(m, SIP_HDR_PRIVACY, "header");
}

/* From, or what a trusted peer asserts (RFC 3325). */
static void caller_by_headers(struct party *p, const struct sip_msg *m,
			      bool trusted)
{
	struct sip_addr a = m->from;

	if (trusted && sip_msg_addr(&a, m, SIP_HDR_P_ASSERTED_IDENTITY, 0))
		a = m->from;
	set_number(p, &a.uri);
	sip_addr_name(p->name, sizeof(p->name), &a);
	if (wants_privacy(m))
		p->presentation = PARTY_RESTRICTED;
	else if (!strcmp(p->number, "anonymous") || !is_number(p->number))
		p->presentation = PARTY_UNAVAILABLE;
}

/* What it would like to show. */
static void claim(struct party *p, const struct phone_conf *c,
		  const struct dial_plan *plan, const struct sip_msg *m)
{
	struct sip_addr a = m->from;
	struct party said;

	if (!c->may_show.n)
		return;
	if (sip_msg_addr(&a, m, SIP_HDR_P_PREFERRED_IDENTITY, 0))
		a = m->from;
	memset(&said, 0, sizeof(said));
	set_number(&said, &a.uri);
	numbers_claim(p, said.number, plan, &c->may_show);
}

static void caller_by_phone(struct party *p, const struct phone_conf *c,
			    const struct sip_msg *m)
{
	snprintf(p->number, sizeof(p->number), "%s", c->number);
	snprintf(p->name, sizeof(p->name), "%s", c->display);
	if (wants_privacy(m))
		p->presentation = PARTY_RESTRICTED;
}

/* Parameters behind the number: of tel:, or of the user part of sip:
 * (RFC 3261 section 19.1.6). */
static void read_port(struct tel_port *p, const struct sip_uri *u)
{
	struct str number, params = u->params;

	if (u->scheme != SIP_URI_TEL)
		(void)str_cut(u->user, ';', &number, &params);
	(void)tel_port_read(p, params);         /* none: zeroed */
}

/* Whoever sets rn or cic chooses where the call goes and what it costs:
 * only a peer we trust may. That ENUM was asked anybody may say. */
static void called_port(struct route_query *q, const struct sip_msg *m,
			bool trusted)
{
	struct tel_port p;

	memset(&q->port, 0, sizeof(q->port));
	if (q->called.number[0] != '+')
		return;
	read_port(&p, &m->ruri);
	if (trusted)
		q->port = p;
	else
		q->port.enumdi = p.enumdi;
}

/* The number asked for. False: answered. */
static bool called_party(struct party *p, struct txn_server *t,
			 const struct sip_msg *m)
{
	const struct sip_uri *u = &m->ruri;

	if (u->scheme == SIP_URI_OTHER) {
		if (!str_istarts(u->raw, "urn:service:sos")) {
			refuse(t, 416, "scheme");
			return false;
		}
		str_clip(p->number, sizeof(p->number), u->raw);
		return true;
	}
	set_number(p, u);
	if (!p->number[0]) {
		refuse(t, 404, "no number");
		return false;
	}
	return true;
}

/* --- sources ----------------------------------------------------------- */

static bool is_phone(struct calls *cs, const struct sip_msg *m)
{
	char user[64];

	return sip_msg_hdr(m, SIP_HDR_AUTHORIZATION, 0) ||
	       (!sip_uri_user(user, sizeof(user), &m->from.uri) &&
		location_phone(cs->env.location, str_z(user)));
}

static bool phone_source(struct route_query *q, struct calls *cs,
			 struct txn_server *t, const struct sip_msg *m)
{
	struct location_phone *p;
	struct str user;

	switch (auth_check(cs->env.auth, m, false, registrar_password,
			   cs->env.location, &user)) {
	case AUTH_NONE:
		challenge(cs, t, false);
		return false;
	case AUTH_STALE:
	case AUTH_GUESS:
		challenge(cs, t, true);
		return false;
	case AUTH_BAD:
		refuse(t, 400, "malformed credentials");
		return false;
	case AUTH_WRONG:
		(void)sip_stack_offence(cs->env.stack, m,
					SIP_OFFENCE_PASSWORD);
		refuse(t, 403, "wrong password or unknown user");
		return false;
	case AUTH_OK:
		break;
	}
	p = location_phone(cs->env.location, user);
	q->from.kind = ROUTE_FROM_PHONE;
	snprintf(q->from.name, sizeof(q->from.name), "%s", p->conf->user);
	caller_by_phone(&q->calling, p->conf, m);
	claim(&q->calling, p->conf, cs->env.plan, m);
	numbers_take_code(q, cs->env.plan);
	return true;
}

bool leg_sip_source(struct route_query *q, struct calls *cs,
		    struct txn_server *t, const struct sip_msg *m)
{
	const struct sip_peer *peer = peer_find_source(cs->env.peers,
						       &m->src);

	q->wall_us = loop_wall_us(cs->env.loop);
	q->max_forwards = (uint8_t)m->max_forwards;
	if (!m->max_forwards) {
		refuse(t, 483, "too many hops");
		return false;
	}
	if (!called_party(&q->called, t, m))
		return false;
	called_port(q, m, peer && peer->conf->trusted);
	if (peer) {
		q->from.kind = ROUTE_FROM_PEER;
		snprintf(q->from.name, sizeof(q->from.name), "%s",
			 peer->conf->name);
		caller_by_headers(&q->calling, m, peer->conf->trusted);
		numbers_from(q, cs->env.plan, &peer->conf->numbers);
		return true;
	}
	if (is_phone(cs, m))
		return phone_source(q, cs, t, m);
	q->from.kind = ROUTE_FROM_INTERNET;
	caller_by_headers(&q->calling, m, false);
	return true;
}
