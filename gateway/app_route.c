/* SPDX-License-Identifier: Apache-2.0 */
/* Where a call would go, by the configuration without a gateway. */
#include "gateway/app_route.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/app_conf.h"
#include "gateway/app_enum.h"
#include "gateway/app_guard.h"
#include "gateway/app_plan.h"
#include "gateway/call/numbers.h"
#include "gateway/line/line_conf.h"
#include "gateway/route/guard.h"
#include "gateway/service/phone_conf.h"
#include "gateway/sip/sip_conf.h"

/* --- who calls --------------------------------------------------------- */

static const struct phone_conf *find_phone(const struct conf_snapshot *s,
					   const char *user)
{
	const struct conf_list *l = conf_get(s, &phone_conf_section);
	const struct phone_conf *c = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(c[i].user, user))
			return &c[i];
	return NULL;
}

static const struct line_conf *find_line(const struct conf_snapshot *s,
					 const char *name)
{
	const struct conf_list *l = conf_get(s, &line_section);
	const struct line_conf *c = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(c[i].name, name))
			return &c[i];
	return NULL;
}

static const struct sip_peer_conf *find_peer(const struct conf_snapshot *s,
					     const char *name)
{
	const struct conf_list *l = conf_get(s, &sip_peers_section);
	const struct sip_peer_conf *c = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(c[i].name, name))
			return &c[i];
	return NULL;
}

static void set_number(struct party *p, const char *number)
{
	snprintf(p->number, sizeof(p->number), "%s", number);
	p->type = number[0] == '+' ? PARTY_E164 : PARTY_UNKNOWN;
	p->presentation = number[0] ? PARTY_ALLOWED : PARTY_UNAVAILABLE;
}

bool app_route_source(struct route_source *s, const char *text,
		      const struct conf_snapshot *conf)
{
	const struct line_conf *line;
	struct route_target t;

	memset(s, 0, sizeof(*s));
	s->kind = ROUTE_FROM_INTERNET;
	if (!strcmp(text, "internet"))
		return true;
	if (route_target_parse(&t, text))
		return false;
	str_clip(s->name, sizeof(s->name), str_z(t.dest));
	switch (t.kind) {
	case ROUTE_PHONE:
		s->kind = ROUTE_FROM_PHONE;
		return find_phone(conf, t.dest);
	case ROUTE_LINE:
		line = find_line(conf, t.dest);
		s->kind = line && line->kind == LINE_FXS
			? ROUTE_FROM_TELEPHONE : ROUTE_FROM_TRUNK;
		return line;
	default:
		s->kind = ROUTE_FROM_PEER;
		return t.kind == ROUTE_PEER && find_peer(conf, t.dest);
	}
}

static bool set_source(struct route_query *q, const char *text,
		       const struct conf_snapshot *s)
{
	struct route_source *from = &q->from;

	if (!app_route_source(from, text, s))
		return false;
	if (from->kind == ROUTE_FROM_PHONE)
		set_number(&q->calling, find_phone(s, from->name)->number);
	else if (from->kind == ROUTE_FROM_TELEPHONE)
		set_number(&q->calling, find_line(s, from->name)->number);
	return true;
}

/* --- numbers at the doors ---------------------------------------------- */

/* The line of that name, or the first one of the group; NULL: a peer, or
 * nobody whose numbers have a form. */
static const struct line_conf *line_of(const struct conf_snapshot *s,
				       enum route_kind kind, const char *name)
{
	const struct conf_list *l = conf_get(s, &group_section);
	const struct group_conf *g = l->v;

	for (size_t i = 0; kind == ROUTE_GROUP && i < l->n; i++)
		if (!strcmp(g[i].name, name) && g[i].lines.n)
			return find_line(s, g[i].lines.v);
	return kind == ROUTE_LINE ? find_line(s, name) : NULL;
}

static void read_numbers(struct route_query *q, const struct conf_snapshot *s)
{
	const struct dial_plan *plan = app_plan_of(s);
	const struct route_source *from = &q->from;

	if (from->kind == ROUTE_FROM_PHONE ||
	    from->kind == ROUTE_FROM_TELEPHONE)
		numbers_take_code(q, plan);
	else if (from->kind == ROUTE_FROM_PEER)
		numbers_from(q, plan, &find_peer(s, from->name)->numbers);
	else if (from->kind == ROUTE_FROM_TRUNK)
		numbers_from(q, plan, &find_line(s, from->name)->numbers);
}

void app_route_door(struct route_door *d, const struct route_job *j,
		    const struct route_target *t,
		    const struct conf_snapshot *conf, struct guard *guard)
{
	const struct dial_plan *plan = app_plan_of(conf);
	const struct guard_ask ask = { .query = &j->q, .result = &j->result,
				       .target = t };
	const struct sip_peer_conf *peer =
		t->kind == ROUTE_PEER ? find_peer(conf, t->dest) : NULL;
	const struct line_conf *line = line_of(conf, t->kind, t->dest);
	struct party calling = j->q.calling;

	memset(d, 0, sizeof(*d));
	d->called = t->called;
	if (peer)
		numbers_to(&d->called, &calling, plan, &peer->numbers);
	if (line)
		d->unusable = numbers_to_line(&d->called, &calling, plan,
					      line, j->result.for_help);
	if (guard && t->kind != ROUTE_REJECT)
		d->refused = guard_would(guard, &ask);
}

int app_route_query(struct route_query *q, const struct route_ask *ask,
		    const struct conf_snapshot *conf, const char **why)
{
	uint64_t now_us = q->wall_us;

	memset(q, 0, sizeof(*q));
	q->wall_us = now_us;
	set_number(&q->called, ask->number);
	set_number(&q->calling, "");
	if (!set_source(q, ask->from, conf)) {
		*why = "there is no such caller; one is like phone:NAME, "
		       "line:NAME, peer:NAME, internet";
		return EINVAL;
	}
	if (strlen(ask->number) >= sizeof(q->called.number) ||
	    (ask->caller && strlen(ask->caller) >=
			    sizeof(q->calling.number))) {
		*why = "the number is too long";
		return EINVAL;
	}
	numbers_strip(q->called.number);
	if (ask->caller)
		set_number(&q->calling, ask->caller);
	if (ask->at && route_ask_time(&q->wall_us, ask->at,
				      app_plan_zone(conf), now_us)) {
		*why = "not a time like \"2026-05-03 12:30\" or 12:30";
		return EINVAL;
	}
	read_numbers(q, conf);
	return 0;
}

/* --- a router without a gateway ---------------------------------------- */

struct dry {
	const struct conf_snapshot *conf;
	struct loop                *loop;
	struct app_enum             dns;
	struct router              *router;
	struct guard               *guard;
	struct route_report         report;
	struct buf                  out;
	bool                        found;
};

static bool find_local(struct route_target *t, const char *number, void *arg)
{
	const struct dry *d = arg;
	const struct conf_list *pl = conf_get(d->conf, &phone_conf_section);
	const struct conf_list *ll = conf_get(d->conf, &line_section);
	const struct phone_conf *p = pl->v;
	const struct line_conf *l = ll->v;

	for (size_t i = 0; i < pl->n; i++)
		if (!strcmp(p[i].number, number)) {
			t->kind = ROUTE_PHONE;
			snprintf(t->dest, sizeof(t->dest), "%s", p[i].user);
			return true;
		}
	for (size_t i = 0; i < ll->n; i++)
		if (l[i].kind == LINE_FXS && !strcmp(l[i].number, number)) {
			t->kind = ROUTE_LINE;
			snprintf(t->dest, sizeof(t->dest), "%s", l[i].name);
			return true;
		}
	return false;
}

static bool begins_local(const char *digits, void *arg)
{
	(void)digits;
	(void)arg;
	return false;           /* nobody dials digit by digit here */
}

static bool is_self(struct str host, uint16_t port, void *arg)
{
	const struct dry *d = arg;

	return app_enum_is_self(conf_get(d->conf, &sip_conf_section), host,
				port);
}

static void on_done(bool found, void *arg)
{
	struct dry *d = arg;

	d->found = found;
	loop_stop(d->loop);
}

static void door(struct route_door *out, const struct route_job *j,
		 const struct route_target *t, void *arg)
{
	const struct dry *d = arg;

	app_route_door(out, j, t, d->conf, d->guard);
}

static enum guard_way way(const struct route_target *t, void *arg)
{
	return app_guard_way_of(t, ((const struct dry *)arg)->conf);
}

static int open_guard(struct dry *d)
{
	const struct guard_env env = { .loop = d->loop, .way = way,
				       .arg = d };
	struct guard_setup setup;

	app_guard_setup(&setup, d->conf);
	return guard_new(&d->guard, &env, &setup);
}

static void peer_of(struct route_target *t, void *arg)
{
	app_guard_peer_of(t, ((const struct dry *)arg)->conf);
}

static int open_dry(struct dry *d)
{
	struct route_env env = {
		.find_local = find_local, .begins_local = begins_local,
		.peer_of = peer_of, .arg = d,
	};
	struct route_conf rc;
	int err = loop_new(&d->loop, &clk_real);

	if (!err)
		err = app_enum_open(&d->dns, d->loop, d->conf, NULL);
	if (!err)
		err = open_guard(d);
	if (err)
		return err;
	enum_client_set_self(d->dns.client, is_self, d);
	app_plan_routes(&rc, d->conf);
	env.loop = d->loop;
	env.enum_client = d->dns.client;
	return router_new(&d->router, &rc, &env);
}

static void close_dry(struct dry *d)
{
	route_report_cancel(&d->report);
	router_free(d->router);
	guard_free(d->guard);
	if (d->loop)
		app_enum_close(&d->dns);
	buf_fini(&d->out);
	loop_free(d->loop);
}

static int search(struct dry *d, const struct route_ask *ask)
{
	struct route_query q;
	const char *why;
	int err;

	q.wall_us = loop_wall_us(d->loop);
	if (app_route_query(&q, ask, d->conf, &why)) {
		fprintf(stderr, "tipring route: %s\n", why);
		return 1;
	}
	d->report.out = &d->out;
	d->report.explain = ask->explain;
	d->report.door = door;
	d->report.door_arg = d;
	d->report.done = on_done;
	d->report.arg = d;
	route_report_begin(&d->report, d->router, &q);
	err = loop_run(d->loop);
	if (err)
		fprintf(stderr, "tipring route: %s\n", strerror(err));
	fwrite(d->out.p, 1, d->out.len, stdout);
	return d->found ? 0 : 1;
}

int app_route_command(struct conf_snapshot *conf,
		      const struct route_ask *ask)
{
	struct dry *d = mem_alloc(sizeof(*d));
	int err, code = 1;

	if (!d)
		return 1;
	log_set_level(LOG_WARN);
	d->conf = conf;
	buf_init(&d->out, 1 << 20);
	err = open_dry(d);
	if (err)
		fprintf(stderr, "tipring route: %s\n", strerror(err));
	else
		code = search(d, ask);
	close_dry(d);
	mem_free(d);
	return code;
}
