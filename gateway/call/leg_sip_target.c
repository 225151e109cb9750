/* SPDX-License-Identifier: Apache-2.0 */
/* What an INVITE to a target looks like: URIs, identity, credentials. */
#include <stdio.h>
#include <string.h>

#include "enum/tel_port.h"
#include "gateway/call/leg_sip.h"
#include "gateway/call/numbers.h"
#include "gateway/service/location.h"
#include "gateway/sip/peer.h"

enum { USER_MAX = 256 };

/* The user part, escaped. */
static int user_of(char out[USER_MAX], const char *user)
{
	struct buf b;
	int err;

	buf_init(&b, USER_MAX);
	sip_escape_user(&b, str_z(user));
	err = b.err ? b.err : str_copy(out, USER_MAX, buf_str(&b));
	buf_fini(&b);
	return err;
}

static int uri_with(char *out, size_t cap, const char *user, struct str host)
{
	char esc[USER_MAX];
	int err = user_of(esc, user);
	int n;

	if (err)
		return EINVAL;
	n = snprintf(out, cap, "sip:%s%s%.*s", esc, *esc ? "@" : "",
		     STR_FMT(host));
	return n > 0 && (size_t)n < cap ? 0 : EINVAL;
}

/* RFC 3323 section 4.1: nobody learns a number that is withheld. */
static int set_from(struct sip_invite *inv, struct leg_sip_text *text,
		    const struct party *p, struct str domain)
{
	int err;

	if (p->presentation != PARTY_ALLOWED || !p->number[0]) {
		inv->from = STR_LIT("sip:anonymous@anonymous.invalid");
		inv->from_name = STR_LIT("Anonymous");
		return 0;
	}
	err = uri_with(text->from, sizeof(text->from), p->number, domain);
	inv->from = str_z(text->from);
	snprintf(text->name, sizeof(text->name), "%s", p->name);
	inv->from_name = str_z(text->name);
	return err;
}

static int set_identity(struct sip_invite *inv, struct leg_sip_text *text,
			const struct sip_peer_conf *c, const struct party *p,
			struct str domain)
{
	int err;

	if (c->identity == SIP_IDENTITY_NONE || !p->number[0])
		return 0;
	if (c->identity == SIP_IDENTITY_PPI &&
	    p->presentation != PARTY_ALLOWED)
		return 0;
	err = uri_with(text->pai, sizeof(text->pai), p->number, domain);
	if (c->identity == SIP_IDENTITY_PAI)
		inv->pai = str_z(text->pai);
	else
		inv->ppi = str_z(text->pai);
	return err;
}

/* The number and what the peer may know of it: RFC 4694, RFC 4759. True:
 * there is something. */
static bool add_port(char user[USER_MAX], const struct sip_peer_conf *c,
		     const char *number, const struct tel_port *port)
{
	struct tel_port p = { .npdi = false };
	struct buf b;
	bool any;

	if (port && c->portability)
		p = *port;
	p.enumdi = port && port->enumdi && c->enumdi;
	buf_init(&b, USER_MAX);
	buf_addz(&b, number);
	if (number[0] == '+')
		tel_port_print(&b, &p);
	any = b.len > strlen(number);
	str_clip(user, USER_MAX, b.err ? str_z(number)
				       : buf_str(&b));
	buf_fini(&b);
	return any;
}

/* "sip:host:5061;transport=tls" with the called number in front of the
 * host; a URN (emergency service) is asked for as it is, by that host. */
static int peer_uri(struct sip_invite *inv, struct leg_sip_text *text,
		    const struct sip_peer_conf *c, const char *number,
		    const struct tel_port *port)
{
	struct str host = str_z(c->uri), scheme, rest;
	char esc[USER_MAX], user[USER_MAX];
	bool phone;
	int n;

	if (str_istarts(str_z(number), "urn:")) {
		str_clip(text->uri, sizeof(text->uri), str_z(number));
		inv->target = str_z(text->uri);
		inv->route = str_z(c->uri);
		return 0;
	}
	if (!number[0]) {       /* a line without a number of its own */
		inv->target = str_z(c->uri);
		return 0;
	}
	phone = add_port(user, c, number, port);
	if (!str_cut(host, ':', &scheme, &host) || user_of(esc, user))
		return EINVAL;
	if (str_cut(host, '@', &rest, &scheme))
		host = scheme;
	n = snprintf(text->uri, sizeof(text->uri), "%s:%s@%.*s%s",
		     str_istarts(str_z(c->uri), "sips:") ? "sips" : "sip",
		     esc, STR_FMT(host), phone ? ";user=phone" : "");
	inv->target = str_z(text->uri);
	return n > 0 && (size_t)n < sizeof(text->uri) ? 0 : EINVAL;
}

/* Who calls for help is not withheld from those who help. */
static struct party shown(const struct calls *cs, const struct route_query *q)
{
	struct party p = q->calling;

	if (p.presentation == PARTY_RESTRICTED && calls_for_help(cs, q))
		p.presentation = PARTY_ALLOWED;
	return p;
}

static bool is_reachable(const struct calls *cs, const struct route_query *q,
			 const struct sip_peer *p)
{
	/* down as far as we know: an emergency call tries all the same */
	return p->up || calls_for_help(cs, q);
}

static int to_peer(struct sip_invite *inv, struct leg_sip_text *text,
		   struct calls *cs, const struct route_query *q,
		   const struct route_target *t)
{
	const struct sip_peer *p = peer_find(cs->env.peers, str_z(t->dest));
	struct party calling = shown(cs, q), called = t->called, from;
	struct sip_uri uri;
	int err;

	if (!p)
		return ENOENT;
	if (!is_reachable(cs, q, p))
		return ENODEV;
	numbers_to(&called, &calling, cs->env.plan, &p->conf->numbers);
	from = calling;
	if (p->conf->user[0]) {
		snprintf(from.number, sizeof(from.number), "%s",
			 p->conf->user);
		/* the account is no secret to its provider, the person is */
		if (from.presentation != PARTY_ALLOWED)
			from.name[0] = '\0';
		from.presentation = PARTY_ALLOWED;
	}
	if (sip_uri_parse(&uri, str_z(p->conf->uri)))
		return EINVAL;
	err = peer_uri(inv, text, p->conf, called.number, t->port);
	if (!err)
		err = set_from(inv, text, &from,
			       p->conf->user[0] ? uri.host
						: str_z(cs->env.domain));
	if (!err)
		err = set_identity(inv, text, p->conf, &calling,
				   str_z(cs->env.domain));
	if (calling.presentation == PARTY_RESTRICTED)
		inv->privacy = STR_LIT("id");
	if (p->conf->outbound_proxy[0])
		inv->route = str_z(p->conf->outbound_proxy);
	inv->contact_user = str_z(p->conf->user);
	inv->flow = peer_flow(p);
	text->srtp = p->conf->srtp;
	inv->auth_user = str_z(p->conf->auth_user);
	inv->auth_secret = str_z(p->conf->password);
	return err;
}

static int to_phone(struct sip_invite *inv, struct leg_sip_text *text,
		    struct calls *cs, const struct route_query *q,
		    const struct route_target *t)
{
	const struct location_phone *p = location_phone(cs->env.location,
							str_z(t->dest));
	const struct binding *b = p ? location_best(p) : NULL;
	int err;

	if (!b)
		return ENOENT;
	inv->target = str_z(b->contact);
	inv->flow = b->flow;
	text->srtp = p->conf->srtp;
	err = uri_with(text->to, sizeof(text->to), p->conf->user,
		       str_z(cs->env.domain));
	inv->to = str_z(text->to);
	if (!err)
		err = set_from(inv, text, &q->calling, str_z(cs->env.domain));
	return err;
}

/* Found by ENUM, somewhere in the world: only E.164 can be called back. One
 * of our peers may ask for our password there, too. */
static int to_uri(struct sip_invite *inv, struct leg_sip_text *text,
		  struct calls *cs, const struct route_query *q,
		  const struct route_target *t)
{
	static const struct party_numbers_conf forms = {
		.called = DIAL_FORM_AS_IS, .calling = DIAL_FORM_E164,
	};
	struct party calling = q->calling, called = t->called;
	const struct sip_peer *p = peer_find(cs->env.peers, str_z(t->peer));

	if (p) {
		if (!is_reachable(cs, q, p))
			return ENODEV;
		text->srtp = p->conf->srtp;
		inv->auth_user = str_z(p->conf->auth_user);
		inv->auth_secret = str_z(p->conf->password);
	}
	inv->target = str_z(t->dest);
	numbers_to(&called, &calling, cs->env.plan, &forms);
	return set_from(inv, text, &calling, str_z(cs->env.domain));
}

int leg_sip_target(struct sip_invite *inv, struct leg_sip_text *text,
		   struct calls *cs, const struct route_query *q,
		   const struct route_target *t)
{
	text->srtp = 0;
	inv->max_forwards = q->max_forwards;
	switch (t->kind) {
	case ROUTE_PEER:
		return to_peer(inv, text, cs, q, t);
	case ROUTE_PHONE:
		return to_phone(inv, text, cs, q, t);
	case ROUTE_URI:
		return to_uri(inv, text, cs, q, t);
	default:
		return EINVAL;
	}
}

static bool is_inside(const struct addr *a)
{
	struct addr v4 = *a;

	addr_unmap(&v4);
	return addr_is_private(&v4) || addr_is_loopback(&v4) ||
	       addr_is_any(&v4) || addr_is_multicast(&v4);
}

bool leg_sip_leads_inside(const struct route_query *q,
			  const struct sip_msg *invite, const struct addr *to)
{
	return q->from.kind == ROUTE_FROM_INTERNET && invite &&
	       !is_inside(&invite->src) && is_inside(to);
}
