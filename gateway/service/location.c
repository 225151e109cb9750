/* SPDX-License-Identifier: Apache-2.0 */
/* The location table (RFC 3261 section 10.3), in memory. */
#include "gateway/service/location.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/uri.h"

struct location {
	struct loop          *loop;
	size_t                n;
	struct location_phone phones[];
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

static void phone_fini(struct location_phone *p)
{
	LIST_EACH_SAFE(n, &p->bindings)
		binding_free(CONTAINER(n, struct binding, node), "stop");
	tmr_stop(&p->tmr);
}

static void location_destroy(void *obj)
{
	struct location *loc = obj;

	for (size_t i = 0; i < loc->n; i++)
		phone_fini(&loc->phones[i]);
}

int location_new(struct location **lp, struct loop *l,
		 const struct conf_list *phones)
{
	const struct phone_conf *conf = phones->v;
	struct location *loc;

	loc = obj_new(sizeof(*loc) + phones->n * sizeof(loc->phones[0]),
		      location_destroy);
	if (!loc)
		return ENOMEM;
	loc->loop = l;
	loc->n = phones->n;
	for (size_t i = 0; i < loc->n; i++) {
		struct location_phone *p = &loc->phones[i];

		p->conf = &conf[i];
		p->loc = loc;
		p->tag.module = "location";
		snprintf(p->tag.id, sizeof(p->tag.id), "phone=%.16s",
			 conf[i].user);
		list_init(&p->bindings);
	}
	*lp = loc;
	return 0;
}

void location_free(struct location *loc)
{
	obj_unref(loc);
}

struct location_phone *location_at(const struct location *loc, size_t i)
{
	return i < loc->n ? (struct location_phone *)(uintptr_t)
				    &loc->phones[i]
			  : NULL;
}

struct location_phone *location_phone(const struct location *loc,
				      struct str user)
{
	for (size_t i = 0; i < loc->n; i++)
		if (str_eqz(user, loc->phones[i].conf->user))
			return location_at(loc, i);
	return NULL;
}

struct location_phone *location_number(const struct location *loc,
				       const char *number)
{
	for (size_t i = 0; i < loc->n; i++)
		if (!strcmp(number, loc->phones[i].conf->number))
			return location_at(loc, i);
	return NULL;
}

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
