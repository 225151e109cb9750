/* SPDX-License-Identifier: Apache-2.0 */
/* The location table (RFC 3261 section 10.3), in memory. */
#include "gateway/service/location.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/uri.h"

struct location {
	struct loop            *loop;
	size_t                  n;
	struct location_phone **v;      /* a reference each */
};

/* What comes next: phones that stay, and new ones. */
struct location_next {
	const struct phone_conf *conf;
	void                    *owner;
	size_t                   n;
	struct location_phone  **v;     /* a reference each */
};

static METRIC(m_bindings, METRIC_GAUGE, "tipring_location_bindings", NULL,
	      "Contacts registered now");

static void binding_free(struct binding *b, const char *why)
{
	struct location_phone *p = b->phone;

	log_info(&p->tag, "unregistered", "contact=%s why=%s", b->contact,
		 why);
	list_unlink(&b->node);
	p->n--;
	metric_add(&m_bindings, -1);
	sip_flow_unwatch(&b->watch);
	obj_unref(b->flow);
	mem_free(b);
}

static void drop_bindings(struct location_phone *p, const char *why)
{
	LIST_EACH_SAFE(n, &p->bindings)
		binding_free(CONTAINER(n, struct binding, node), why);
	tmr_stop(&p->tmr);
}

static void phone_destroy(void *obj)
{
	struct location_phone *p = obj;

	drop_bindings(p, "stop");
	obj_unref(p->owner);
}

static void location_destroy(void *obj)
{
	struct location *loc = obj;

	for (size_t i = 0; i < loc->n; i++)
		obj_unref(loc->v[i]);
	mem_free(loc->v);
}

int location_new(struct location **lp, struct loop *l,
		 const struct conf_list *phones)
{
	struct location *loc = obj_new(sizeof(*loc), location_destroy);
	struct location_next *next;
	int err = ENOMEM;

	if (loc) {
		loc->loop = l;
		err = location_prepare(&next, loc, phones, NULL);
	}
	if (err) {
		obj_unref(loc);
		return err;
	}
	location_commit(loc, next);
	*lp = loc;
	return 0;
}

void location_free(struct location *loc)
{
	obj_unref(loc);
}

struct location_phone *location_at(const struct location *loc, size_t i)
{
	return i < loc->n ? loc->v[i] : NULL;
}

struct location_phone *location_phone(const struct location *loc,
				      struct str user)
{
	for (size_t i = 0; i < loc->n; i++)
		if (str_eqz(user, loc->v[i]->conf->user))
			return loc->v[i];
	return NULL;
}

struct location_phone *location_number(const struct location *loc,
				       const char *number)
{
	for (size_t i = 0; i < loc->n; i++)
		if (!strcmp(number, loc->v[i]->conf->number))
			return loc->v[i];
	return NULL;
}

/* --- another table in its place ---------------------------------------- */

static struct location_phone *phone_new(struct location *loc,
					const struct phone_conf *c,
					void *owner)
{
	struct location_phone *p = obj_new(sizeof(*p), phone_destroy);

	if (!p)
		return NULL;
	p->conf = c;
	p->owner = obj_ref(owner);
	p->loc = loc;
	p->tag.module = "location";
	snprintf(p->tag.id, sizeof(p->tag.id), "phone=%.16s", c->user);
	list_init(&p->bindings);
	return p;
}

static void next_destroy(void *obj)
{
	struct location_next *next = obj;

	for (size_t i = 0; i < next->n; i++)
		obj_unref(next->v[i]);
	mem_free(next->v);
	obj_unref(next->owner);
}

static int fill_next(struct location_next *next, struct location *loc,
		     size_t n)
{
	if (!n)
		return 0;
	next->v = mem_alloc(n * sizeof(next->v[0]));
	while (next->v && next->n < n) {
		const struct phone_conf *c = &next->conf[next->n];
		struct location_phone *p = location_phone(loc,
							  str_z(c->user));

		p = p ? obj_ref(p) : phone_new(loc, c, next->owner);
		if (!p)
			return ENOMEM;
		next->v[next->n++] = p;
	}
	return next->v ? 0 : ENOMEM;
}

int location_prepare(struct location_next **np, struct location *loc,
		     const struct conf_list *phones, void *owner)
{
	struct location_next *next = obj_new(sizeof(*next), next_destroy);
	int err;

	if (!next)
		return ENOMEM;
	next->conf = phones->v;
	next->owner = obj_ref(owner);
	err = fill_next(next, loc, phones->n);
	if (err)
		obj_unref(next);
	else
		*np = next;
	return err;
}

void location_discard(struct location_next *next)
{
	obj_unref(next);
}

/* Whoever registered by an old password may not know the new one. */
static void adopt(struct location_phone *p, const struct phone_conf *c,
		  void *owner)
{
	if (strcmp(p->conf->password, c->password))
		drop_bindings(p, "new password");
	p->conf = c;
	obj_ref(owner);
	obj_unref(p->owner);
	p->owner = owner;
}

static bool stays(const struct location_next *next,
		  const struct location_phone *p)
{
	for (size_t i = 0; i < next->n; i++)
		if (next->v[i] == p)
			return true;
	return false;
}

void location_commit(struct location *loc, struct location_next *next)
{
	struct location_phone **was = loc->v;
	size_t n = loc->n;

	for (size_t i = 0; i < n; i++)
		if (!stays(next, was[i]))
			drop_bindings(was[i], "no longer configured");
	loc->v = next->v;
	loc->n = next->n;
	for (size_t i = 0; i < loc->n; i++)
		adopt(loc->v[i], &next->conf[i], next->owner);
	next->v = was;
	next->n = n;
	obj_unref(next);
}

/* --- bindings ---------------------------------------------------------- */

const struct binding *location_best(const struct location_phone *p)
{
	const struct list_node *n = list_first(&p->bindings);

	return n ? CONTAINER(n, const struct binding, node) : NULL;
}

struct binding *location_find(const struct location_phone *p,
			      struct str contact)
{
	struct sip_uri want, have;

	if (sip_uri_parse(&want, contact))
		return NULL;
	LIST_EACH(n, &p->bindings) {
		struct binding *b = CONTAINER(n, struct binding, node);

		if (!sip_uri_parse(&have, str_z(b->contact)) &&
		    sip_uri_eq(&want, &have))
			return b;
	}
	return NULL;
}

uint32_t binding_left_s(const struct binding *b)
{
	uint64_t now = loop_now_us(b->phone->loc->loop);

	return b->expires_us > now
		       ? (uint32_t)((b->expires_us - now + 999999) / 1000000)
		       : 0;
}

/* --- expiry ------------------------------------------------------------ */

static void on_expiry(void *arg);

static void set_timer(struct location_phone *p)
{
	uint64_t at = UINT64_MAX;

	LIST_EACH(n, &p->bindings) {
		struct binding *b = CONTAINER(n, struct binding, node);

		if (b->expires_us < at)
			at = b->expires_us;
	}
	if (at == UINT64_MAX)
		tmr_stop(&p->tmr);
	else
		tmr_start_at(p->loc->loop, &p->tmr, at, on_expiry, p);
}

static void on_expiry(void *arg)
{
	struct location_phone *p = arg;
	uint64_t now = loop_now_us(p->loc->loop);

	LIST_EACH_SAFE(n, &p->bindings) {
		struct binding *b = CONTAINER(n, struct binding, node);

		if (b->expires_us <= now)
			binding_free(b, "expired");
	}
	set_timer(p);
}

/* A connection that ended cannot carry calls to the phone any more. */
static void on_flow_down(struct sip_flow *f, int err, void *arg)
{
	struct binding *b = arg;
	struct location_phone *p = b->phone;

	(void)f;
	(void)err;
	binding_free(b, "connection lost");
	set_timer(p);
}

/* --- changes ----------------------------------------------------------- */

/* RFC 3261 section 10.3 step 7: same Call-ID, CSeq not higher. */
static bool is_stale(const struct binding *b, struct str call_id,
		     uint32_t cseq)
{
	return str_eqz(call_id, b->call_id) && cseq <= b->cseq;
}

/* Behind those with a higher q, before those with the same. */
static void insert(struct location_phone *p, struct binding *b)
{
	LIST_EACH(n, &p->bindings) {
		if (CONTAINER(n, struct binding, node)->q <= b->q) {
			list_insert_before(n, &b->node);
			return;
		}
	}
	list_append(&p->bindings, &b->node);
}

static void refresh(struct binding *b, const struct location_update *u)
{
	struct location_phone *p = b->phone;

	str_clip(b->call_id, sizeof(b->call_id), u->call_id);
	b->cseq = u->cseq;
	b->q = u->q;
	b->expires_us = loop_now_us(p->loc->loop) + u->expires_s * 1000000ull;
	if (b->flow != u->flow) {
		sip_flow_unwatch(&b->watch);
		obj_unref(b->flow);
		b->flow = obj_ref(u->flow);
		sip_flow_watch(&b->watch, b->flow, on_flow_down, b);
	}
	list_unlink(&b->node);
	insert(p, b);
	set_timer(p);
}

static int add(struct location_phone *p, const struct location_update *u)
{
	struct sip_uri uri;
	struct binding *b;
	int err;

	if (p->n >= LOCATION_CONTACTS)
		return ENOSPC;
	if (sip_uri_parse(&uri, u->contact) ||
	    (uri.scheme != SIP_URI_SIP && uri.scheme != SIP_URI_SIPS))
		return EBADMSG;
	b = mem_alloc(sizeof(*b));
	if (!b)
		return ENOMEM;
	err = str_copy(b->contact, sizeof(b->contact), u->contact);
	if (err) {
		mem_free(b);
		return err;
	}
	b->phone = p;
	p->n++;
	metric_add(&m_bindings, 1);
	log_info(&p->tag, "registered", "contact=%s expires=%u", b->contact,
		 u->expires_s);
	refresh(b, u);
	return 0;
}

int location_set(struct location_phone *p, const struct location_update *u)
{
	struct binding *b = location_find(p, u->contact);

	if (b && is_stale(b, u->call_id, u->cseq))
		return ESTALE;
	if (!u->expires_s) {
		if (b)
			binding_free(b, "by the phone");
		set_timer(p);
		return 0;
	}
	if (!b)
		return add(p, u);
	refresh(b, u);
	return 0;
}

void location_make_room(struct location_phone *p, struct str call_id,
			uint32_t cseq)
{
	struct binding *first = NULL;

	if (p->n < LOCATION_CONTACTS)
		return;
	LIST_EACH(n, &p->bindings) {
		struct binding *b = CONTAINER(n, struct binding, node);

		if (b->cseq == cseq && str_eqz(call_id, b->call_id))
			continue;
		if (!first || b->expires_us < first->expires_us)
			first = b;
	}
	if (first)
		binding_free(first, "another contact");
	set_timer(p);
}

int location_clear(struct location_phone *p, struct str call_id,
		   uint32_t cseq)
{
	LIST_EACH(n, &p->bindings)
		if (is_stale(CONTAINER(n, struct binding, node), call_id,
			     cseq))
			return ESTALE;
	LIST_EACH_SAFE(n, &p->bindings)
		binding_free(CONTAINER(n, struct binding, node),
			     "by the phone");
	set_timer(p);
	return 0;
}
