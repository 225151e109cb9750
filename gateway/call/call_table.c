/* SPDX-License-Identifier: Apache-2.0 */
/* The table of calls: limit, search, drain. */
#include "gateway/call/call_table.h"

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/call/leg_line.h"
#include "gateway/call/leg_service.h"
#include "gateway/call/leg_sip.h"

static METRIC(m_active, METRIC_GAUGE, "tipring_calls_active", NULL,
	      "Calls at this moment");
static METRIC_COUNT(m_total, "tipring_calls_total", "Calls since the start");
static METRIC_COUNT(m_refused, "tipring_calls_refused_total",
		    "Calls refused at the limit, or while stopping");

int calls_new(struct calls **cp, const struct calls_env *env)
{
	struct calls *cs = obj_new(sizeof(*cs), NULL);

	if (!cs)
		return ENOMEM;
	cs->env = *env;
	list_init(&cs->list);
	*cp = cs;
	return 0;
}

void calls_free(struct calls *cs)
{
	obj_unref(cs);
}

static void tell_empty(struct calls *cs)
{
	void (*fn)(void *arg) = cs->on_empty;

	cs->on_empty = NULL;
	if (fn)
		fn(cs->arg);
}

void calls_drain(struct calls *cs, void (*on_empty)(void *arg), void *arg)
{
	cs->draining = true;
	cs->on_empty = on_empty;
	cs->arg = arg;
	LIST_EACH_SAFE(n, &cs->list)
		call_hangup(CONTAINER(n, struct call, node),
			    CAUSE_TEMPORARY_FAILURE);
	if (list_is_empty(&cs->list))
		tell_empty(cs);
}

void calls_cut(struct calls *cs)
{
	cs->draining = true;
	LIST_EACH_SAFE(n, &cs->list)
		call_cut(CONTAINER(n, struct call, node));
}

bool calls_are_ending(const struct calls *cs)
{
	return cs->on_empty != NULL;
}

void calls_refuse(struct calls *cs, bool refuse)
{
	cs->refusing = refuse;
}

struct call *calls_find(const struct calls *cs, struct str id)
{
	LIST_EACH(n, &cs->list) {
		struct call *c = CONTAINER(n, struct call, node);

		if (str_eqz(id, c->id))
			return c;
	}
	return NULL;
}

int calls_leg_new(struct leg **gp, struct calls *cs, enum route_kind kind)
{
	switch (kind) {
	case ROUTE_LINE:
	case ROUTE_GROUP:
		return leg_line_new(gp, cs);
	case ROUTE_SERVICE:
		return leg_service_new(gp, cs);
	default:
		return leg_sip_new(gp, cs);
	}
}

bool calls_for_help(const struct calls *cs, const struct route_query *q)
{
	return q->from.kind != ROUTE_FROM_INTERNET &&
	       route_is_emergency(cs->env.router, q->called.number);
}

bool calls_over_limit(const struct calls *cs)
{
	return cs->n > (unsigned)cs->env.conf->max_calls;
}

int calls_add(struct calls *cs, struct call *c, bool beyond)
{
	bool full = cs->n >= (unsigned)cs->env.conf->max_calls;

	if (cs->draining || cs->refusing || (full && !beyond)) {
		metric_add(&m_refused, 1);
		return EAGAIN;
	}
	list_append(&cs->list, &c->node);
	cs->n++;
	cs->total++;
	metric_add(&m_total, 1);
	metric_set(&m_active, cs->n);
	return 0;
}

void calls_remove(struct calls *cs, struct call *c)
{
	list_unlink(&c->node);
	cs->n--;
	metric_set(&m_active, cs->n);
	if (!cs->n && cs->draining)
		tell_empty(cs);
}
