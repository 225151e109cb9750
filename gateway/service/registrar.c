/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REGISTER (RFC 3261 section 10.3): who is it, may it, which contacts; all
 * of a request's contacts are taken, or none.
 */
#include "gateway/service/registrar.h"

#include <string.h>

#include "base/metric.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/sip.h"

static METRIC_COUNT(m_ok, "tipring_registrar_accepted_total",
		    "REGISTER requests accepted");
static METRIC_COUNT(m_refused, "tipring_registrar_refused_total",
		    "REGISTER requests refused, challenges not counted");
static const struct log_tag tag = { .module = "registrar" };

const char *registrar_password(struct str user, void *arg)
{
	struct location_phone *p = location_phone(arg, user);

	return p ? p->conf->password : NULL;
}

unsigned registrar_digest(const struct location *loc, const struct sip_msg *m)
{
	const struct location_phone *p;
	char user[64];

	if (sip_uri_user(user, sizeof(user), &m->from.uri))
		return AUTH_BOTH;
	p = location_phone(loc, str_z(user));
	return p && p->conf->digest ? AUTH_MD5 : AUTH_BOTH;
}

static int refuse(struct txn_server *t, uint16_t status, const char *why)
{
	char src[ADDR_TEXT_MAX];

	metric_add(&m_refused, 1);
	log_info(&tag, "refused", "status=%u why=\"%s\" source=%s", status,
		 why, addr_print(src, &txn_server_request(t)->src));
	txn_server_replyf(t, status, NULL, "%s", "");
	return 0;
}

static int challenge(const struct registrar *r, struct txn_server *t,
		     bool stale)
{
	const struct sip_msg *m = txn_server_request(t);
	struct sip_response resp = { .status = 401 };
	struct buf lines;
	int err;

	buf_init(&lines, 4096);
	auth_challenge(r->auth, &lines, m, false, stale,
		       registrar_digest(r->location, m));
	resp.headers = buf_str(&lines);
	err = lines.err ? lines.err : txn_server_reply(t, &resp);
	buf_fini(&lines);
	return err;
}

/* A user we do not have is challenged as others are; whoever asks for many
 * of them is noticed. */
static void look_at_user(struct sip_stack *s, const struct registrar *r,
			 const struct sip_msg *m)
{
	char aor[64];

	if (sip_uri_user(aor, sizeof(aor), &m->to.uri) ||
	    !location_phone(r->location, str_z(aor)))
		(void)sip_stack_offence(s, m, SIP_OFFENCE_USER);
}

/* The phone that the To names and whose password was proven; NULL: it has
 * been answered. */
static struct location_phone *authorise(const struct registrar *r,
					struct sip_stack *s,
					struct txn_server *t,
					const struct sip_msg *m, int *err)
{
	char aor[64];
	struct str user;
	struct location_phone *p;

	*err = 0;
	switch (auth_check(r->auth, m, false, registrar_password, r->location,
			   &user)) {
	case AUTH_NONE:
		look_at_user(s, r, m);
		*err = challenge(r, t, false);
		return NULL;
	case AUTH_STALE:
	case AUTH_GUESS:
		*err = challenge(r, t, true);
		return NULL;
	case AUTH_BAD:
		*err = refuse(t, 400, "malformed credentials");
		return NULL;
	case AUTH_WRONG:
		(void)sip_stack_offence(s, m, SIP_OFFENCE_PASSWORD);
		*err = refuse(t, 403, "wrong password or unknown user");
		return NULL;
	case AUTH_OK:
		break;
	}
	p = sip_uri_user(aor, sizeof(aor), &m->to.uri)
		    ? NULL : location_phone(r->location, str_z(aor));
	if (!p)
		*err = refuse(t, 404, "no such phone");
	else if (!str_eqz(user, p->conf->user)) {
		*err = refuse(t, 403, "another user's phone");
		p = NULL;
	}
	return p;
}

/* "0.7" in thousandths; 1000 when there is none. */
static uint16_t q_of(const struct sip_addr *a)
{
	struct str v, whole, frac;
	uint32_t n = 0, f = 0;

	if (!sip_param(a->params, "q", &v))
		return 1000;
	str_cut(v, '.', &whole, &frac);
	if (str_u32(&n, whole, 1) || n)
		return 1000;
	frac = str_sub(frac, 0, 3);
	if (frac.l && str_u32(&f, frac, 999))
		return 1000;
	for (size_t i = frac.l; i < 3; i++)
		f *= 10;
	return (uint16_t)f;
}

/* The lifetime asked for this contact, seconds. */
static uint32_t expires_of(const struct registrar *r, const struct sip_msg *m,
			   const struct sip_addr *a)
{
	struct str v;
	uint32_t n;

	if (sip_param(a->params, "expires", &v) &&
	    !str_u32(&n, v, UINT32_MAX))
		return n;
	return sip_msg_num(&n, m, SIP_HDR_EXPIRES) ? r->default_s : n;
}

static uint32_t limit(const struct registrar *r, uint32_t s)
{
	return s > r->max_s ? r->max_s : s;
}

/* Looks before anything changes: 0, or the status to refuse with. */
static uint16_t examine(const struct registrar *r,
			const struct location_phone *p,
			const struct sip_msg *m)
{
	struct sip_addr a;
	unsigned kept = 0;
	int err;

	for (unsigned i = 0; (err = sip_msg_addr(&a, m, SIP_HDR_CONTACT, i))
			     != ENOENT; i++) {
		uint32_t s = err ? 0 : expires_of(r, m, &a);
		struct binding *b;

		if (err || a.uri.raw.l >= LOCATION_CONTACT_MAX ||
		    (a.uri.scheme != SIP_URI_SIP &&
		     a.uri.scheme != SIP_URI_SIPS))
			return 400;
		if (s && s < r->min_s && s < 3600)
			return 423;
		b = location_find(p, a.uri.raw);
		if (b && str_eqz(m->call_id, b->call_id) &&
		    m->cseq.num <= b->cseq)
			return 500;
		kept += s > 0;
	}
	return kept > LOCATION_CONTACTS ? 403 : 0;
}

static int take(const struct registrar *r, struct location_phone *p,
		const struct sip_msg *m)
{
	struct sip_addr a;
	int err = 0;

	for (unsigned i = 0; !sip_msg_addr(&a, m, SIP_HDR_CONTACT, i); i++) {
		const struct location_update u = {
			.contact = a.uri.raw, .call_id = m->call_id,
			.cseq = m->cseq.num, .q = q_of(&a),
			.expires_s = limit(r, expires_of(r, m, &a)),
			.flow = m->flow,
		};

		if (u.expires_s && !location_find(p, u.contact))
			location_make_room(p, u.call_id, u.cseq);
		err = location_set(p, &u);
		if (err)
			break;
	}
	return err;
}

static int answer(struct txn_server *t, const struct location_phone *p)
{
	struct sip_response resp = { .status = 200 };
	struct buf lines;
	int err;

	buf_init(&lines, 8192);
	LIST_EACH(n, &p->bindings) {
		const struct binding *b = CONTAINER(n, const struct binding,
						    node);

		buf_addf(&lines, "Contact: <%s>;expires=%u\r\n", b->contact,
			 binding_left_s(b));
	}
	resp.headers = buf_str(&lines);
	err = lines.err ? lines.err : txn_server_reply(t, &resp);
	buf_fini(&lines);
	metric_add(&m_ok, 1);
	return err;
}

/* "*" with Expires 0 and nothing else. */
static int clear_all(struct txn_server *t, struct location_phone *p,
		     const struct sip_msg *m)
{
	uint32_t s;

	if (sip_msg_num(&s, m, SIP_HDR_EXPIRES) || s ||
	    sip_msg_hdr(m, SIP_HDR_CONTACT, 1))
		return refuse(t, 400, "* without Expires 0");
	if (location_clear(p, m->call_id, m->cseq.num))
		return refuse(t, 500, "older than its binding");
	return answer(t, p);
}

static int on_register(struct sip_stack *s, struct txn_server *t,
		       const struct sip_msg *m, void *arg)
{
	const struct registrar *r = arg;
	struct location_phone *p;
	uint16_t status;
	int err;

	p = authorise(r, s, t, m, &err);
	if (!p)
		return err;
	if (str_eqz(sip_msg_val(m, SIP_HDR_CONTACT), "*"))
		return clear_all(t, p, m);
	status = examine(r, p, m);
	if (status == 423) {
		txn_server_replyf(t, 423, NULL, "Min-Expires: %u\r\n",
				  r->min_s);
		return 0;
	}
	if (status)
		return refuse(t, status, "contacts");
	err = take(r, p, m);
	return err ? err : answer(t, p);
}

const struct sip_method registrar_method = {
	.name = "REGISTER",
	.on_request = on_register,
};
