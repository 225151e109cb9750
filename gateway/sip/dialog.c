/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialogs, RFC 3261 section 12: made by a 1xx or 2xx (UAC) or by an INVITE
 * (UAS), they know whom to address in the next request and by which way.
 */
#include "gateway/sip/dialog.h"

#include <string.h>

#include "base/mem.h"

static void dialog_gone(void *obj)
{
	struct dialog *d = obj;

	locate_cancel(d->query);
	obj_unref(d->flow);
	mem_free(d->target);
	mem_free(d->text);
}

void dialog_free(struct dialog *d)
{
	obj_unref(d);
}

/* The part of a dialog's text for one of its strings. */
static void put(struct str *to, char **at, struct str from)
{
	if (from.l)
		memcpy(*at, from.p, from.l);
	*to = str_pl(*at, from.l);
	*at += from.l;
}

static size_t routes_size(const struct sip_msg *m, unsigned *n)
{
	const struct sip_hdr *h;
	size_t                size = 0;

	for (*n = 0; (h = sip_msg_hdr(m, SIP_HDR_RECORD_ROUTE, *n)); ++*n)
		size += h->val.l;
	return size;
}

/* Our side and theirs, as the message that makes the dialog shows them. */
struct identity {
	struct str call_id, local_tag, remote_tag, local, remote;
	bool       reverse;             /* UAC: Record-Route backwards */
};

/* Fills the strings from id and Record-Route of m into a new text, behind
 * the table of routes. */
static int set_text(struct dialog *d, const struct identity *id,
		    const struct sip_msg *m)
{
	unsigned    n;
	size_t      size = routes_size(m, &n) + id->call_id.l +
			   id->local_tag.l + id->remote_tag.l + id->local.l +
			   id->remote.l + 1;
	struct str *routes;
	char       *at;

	if (n > DIALOG_MAX_ROUTES)
		return EBADMSG;
	routes = mem_alloc(n * sizeof(*routes) + size);
	if (!routes)
		return ENOMEM;
	at = (char *)(routes + n);
	put(&d->call_id, &at, id->call_id);
	put(&d->local_tag, &at, id->local_tag);
	put(&d->remote_tag, &at, id->remote_tag);
	put(&d->local, &at, id->local);
	put(&d->remote, &at, id->remote);
	for (unsigned i = 0; i < n; i++)
		put(&routes[i], &at,
		    sip_msg_hdr(m, SIP_HDR_RECORD_ROUTE,
				id->reverse ? n - 1 - i : i)->val);
	d->n_routes = n;
	mem_free(d->text);
	d->text = d->routes = routes;
	return 0;
}

/* The path */

static bool next_hop(const struct dialog *d, struct sip_uri *u)
{
	struct sip_addr a;

	if (d->n_routes) {
		if (sip_addr_parse(&a, d->routes[0]))
			return false;
		*u = a.uri;
		return true;
	}
	return d->target && sip_uri_parse(u, str_z(d->target)) == 0;
}

/* Does the flow we have lead to the next hop? A private address that is
 * not the sender's own stands behind a NAT: only the flow leads there. */
static bool flow_fits(const struct dialog *d, const struct sip_target *t)
{
	const struct addr *to;

	if (!d->flow || d->flow->down)
		return false;
	to = &d->flow->remote;
	if (addr_eq_ip(to, &t->addr))
		return sip_flow_kind(d->flow) == t->kind &&
		       (to->port == t->addr.port ||
			sip_tp_reliable(t->kind));
	return addr_is_private(&t->addr) && !addr_is_private(to) &&
	       !addr_is_loopback(to);
}

static void take_flow(struct dialog *d, const struct sip_target *t)
{
	struct sip_flow *f;

	if (sip_flow_find(&f, d->stack, t->kind, &t->addr,
			  t->name[0] ? t->name : NULL))
		return;         /* the old one stays */
	obj_unref(d->flow);
	d->flow = f;
}

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct dialog *d = arg;

	d->query = NULL;
	if (!err && n && !flow_fits(d, &v[0]))
		take_flow(d, &v[0]);
}

/* Finds the way to the next hop. Until DNS has answered, requests go the
 * way the last message came. */
static void find_path(struct dialog *d)
{
	struct sip_target t;
	struct sip_uri    u;

	if (d->fixed_flow || !next_hop(d, &u))
		return;
	locate_cancel(d->query);
	d->query = NULL;
	if (locate_numeric(&t, d->locator, &u)) {
		if (!flow_fits(d, &t))
			take_flow(d, &t);
	} else if (locate_start(&d->query, d->locator, &u, on_located, d)) {
		d->query = NULL;        /* the flow we have must do */
	}
}

struct sip_flow *dialog_flow(struct dialog *d)
{
	if (!d->flow || d->flow->down)
		find_path(d);
	return d->flow;
}

static void set_flow(struct dialog *d, struct sip_flow *f)
{
	obj_ref(f);
	obj_unref(d->flow);
	d->flow = f;
}

/* Takes Contact as the target. ENOENT: there is none. */
static int set_target(struct dialog *d, const struct sip_msg *m)
{
	struct sip_addr a;
	char           *target;
	int             err = sip_msg_addr(&a, m, SIP_HDR_CONTACT, 0);

	if (err)
		return err;
	target = str_dup(a.uri.raw);
	if (!target)
		return ENOMEM;
	mem_free(d->target);
	d->target = target;
	return 0;
}

int dialog_refresh(struct dialog *d, const struct sip_msg *m)
{
	char *old = d->target;
	int   err = set_target(d, m);

	if (err)
		return err == ENOMEM ? err : 0;
	if (d->target != old && !d->n_routes)
		find_path(d);
	return 0;
}

/* Making */

static struct dialog *new_dialog(const struct dialog_env *env,
				 const struct sip_msg *m)
{
	struct dialog *d = obj_new(sizeof(*d), dialog_gone);

	if (!d)
		return NULL;
	d->stack = env->stack;
	d->locator = env->locator;
	d->fixed_flow = env->fixed_flow;
	set_flow(d, m->flow);
	return d;
}

static struct identity uac_identity(const struct sip_msg *m)
{
	return (struct identity){ m->call_id, m->from.tag, m->to.tag,
				  m->from.raw, m->to.raw, true };
}

int dialog_new_uac(struct dialog **dp, const struct dialog_env *env,
		   const struct sip_msg *resp)
{
	struct identity id = uac_identity(resp);
	struct dialog  *d;
	int             err;

	if (!resp->to.tag.l)
		return EBADMSG;
	d = new_dialog(env, resp);
	if (!d)
		return ENOMEM;
	d->local_cseq = resp->cseq.num;
	err = set_text(d, &id, resp);
	if (!err) {
		err = set_target(d, resp);
		if (err == ENOENT || err == EBADMSG)
			err = 0;        /* a provisional one may lack it */
	}
	if (err) {
		obj_unref(d);
		return err;
	}
	find_path(d);
	*dp = d;
	return 0;
}

int dialog_confirm(struct dialog *d, const struct sip_msg *m)
{
	struct identity id = uac_identity(m);
	int             err = set_text(d, &id, m);

	if (!err)
		err = set_target(d, m);
	if (err == ENOENT && !d->target) {
		/* no Contact at all: what they call themselves must do */
		d->target = str_dup(m->to.uri.raw);
		if (!d->target)
			return ENOMEM;
	}
	if (err && err != ENOENT)
		return err;
	if (m->flow && !d->fixed_flow)
		set_flow(d, m->flow);
	find_path(d);
	return 0;
}

int dialog_new_uas(struct dialog **dp, const struct dialog_env *env,
		   const struct sip_msg *m, struct str local_tag)
{
	struct identity id = { m->call_id, local_tag, m->from.tag, STR_NULL,
			       m->from.raw, false };
	struct dialog  *d = new_dialog(env, m);
	struct buf      local;
	int             err;

	if (!d)
		return ENOMEM;
	d->has_remote_cseq = true;
	d->remote_cseq = m->cseq.num;
	buf_init(&local, SIP_MSG_MAX);
	buf_adds(&local, m->to.raw);
	if (!m->to.tag.l) {
		buf_addz(&local, ";tag=");
		buf_adds(&local, local_tag);
	}
	id.local = buf_str(&local);
	err = local.err ? local.err : set_text(d, &id, m);
	buf_fini(&local);
	if (!err)
		err = set_target(d, m);
	if (err == ENOENT) {
		d->target = str_dup(m->from.uri.raw);   /* RFC 2543 */
		err = d->target ? 0 : ENOMEM;
	}
	if (err) {
		obj_unref(d);
		return err == ENOMEM ? err : EBADMSG;
	}
	find_path(d);
	*dp = d;
	return 0;
}

/* Use */

bool dialog_has(const struct dialog *d, const struct sip_msg *m)
{
	const struct sip_addr *ours = m->request ? &m->to : &m->from;
	const struct sip_addr *theirs = m->request ? &m->from : &m->to;

	return str_eq(d->call_id, m->call_id) &&
	       str_eq(d->local_tag, ours->tag) &&
	       str_eq(d->remote_tag, theirs->tag);
}

bool dialog_cseq_ok(struct dialog *d, const struct sip_msg *m)
{
	if (m->method == SIP_ACK || m->method == SIP_CANCEL)
		return true;    /* the number of their INVITE */
	if (d->has_remote_cseq && m->cseq.num <= d->remote_cseq)
		return false;
	d->has_remote_cseq = true;
	d->remote_cseq = m->cseq.num;
	return true;
}

static bool is_loose(struct str route)
{
	struct sip_addr a;

	return sip_addr_parse(&a, route) || sip_uri_param(&a.uri, "lr", NULL);
}

static void add_route(struct buf *b, struct str value)
{
	buf_addf(b, "Route: %.*s\r\n", STR_FMT(value));
}

/* Section 12.2.1.1: a strict router's URI takes the place of the target,
 * which goes to the end of the routes. */
static struct str add_routes(struct buf *b, const struct dialog *d)
{
	struct str      target = str_z(d->target);
	struct sip_addr first;
	bool            loose = !d->n_routes || is_loose(d->routes[0]);

	for (unsigned i = loose ? 0 : 1; i < d->n_routes; i++)
		add_route(b, d->routes[i]);
	if (loose || sip_addr_parse(&first, d->routes[0]))
		return target;
	buf_addf(b, "Route: <%s>\r\n", d->target ? d->target : "");
	return first.uri.raw;
}

void dialog_lines(struct dialog *d, struct buf *lines, const char *method,
		  uint32_t cseq, struct str *ruri)
{
	*ruri = add_routes(lines, d);
	buf_addf(lines, "Max-Forwards: 70\r\nFrom: %.*s\r\nTo: %.*s\r\n"
		 "Call-ID: %.*s\r\nCSeq: %u %s\r\n", STR_FMT(d->local),
		 STR_FMT(d->remote), STR_FMT(d->call_id), (unsigned)cseq,
		 method);
}
