/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The composition root. Order: loop, DNS, media, SIP, lines, routes, calls,
 * control; down in reverse. Nothing here decides anything.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "dsp/dsp.h"
#include "gateway/app_conf.h"
#include "gateway/app_guard.h"
#include "gateway/app_impl.h"
#include "gateway/app_plan.h"
#include "gateway/app_route.h"
#include "gateway/call/leg_line.h"
#include "gateway/call/leg_sip.h"
#include "gateway/line/group.h"
#include "gateway/line/line_conf.h"
#include "gateway/sip/locate.h"
#include "gateway/sip/trace.h"
#include "media/file_port.h"

enum {
	STOP_MS = 5000,         /* calls that hang are cut then */
	CUT_MS = 1000,
	LIMIT_SOURCES = 10000,
	BLOCK_SOURCES = 4096,
	TRACE_BYTES = 256 << 20,        /* of one trace file */
};

static const struct log_tag tag = { .module = "app" };

static const void *conf_of(const struct app *a, const struct conf_section *s)
{
	return conf_get(a->conf, s);
}

/* --- media ------------------------------------------------------------- */

static int open_media(struct app *a, const struct app_params *p)
{
	const struct media_conf *mc = conf_of(a, &media_conf_section);
	const struct call_conf *cc = conf_of(a, &call_conf_section);
	int err = dsp_global_init();

	if (!err)
		err = media_engine_new(&a->engine, a->loop, mc);
	if (!err)
		err = rtp_ports_new(&a->ports, p->net, (uint16_t)mc->port_min,
				    (uint16_t)mc->port_max);
	if (err)
		return err;
	err = cdr_open(&a->cdr, cc->cdr_file);
	if (err)
		log_err(&tag, "records cannot be written", "file=%s error=%s",
			cc->cdr_file, strerror(err));
	return err;
}

/* --- SIP --------------------------------------------------------------- */

static bool is_peer(const struct addr *src, void *arg)
{
	struct app *a = arg;

	return peer_find_source(a->peers, src) != NULL;
}

/* Who can be named by a forged datagram, and must not be blocked: our peers,
 * our phones where they are, the registrars we are at. */
static bool is_known(const struct addr *src, void *arg)
{
	struct app *a = arg;
	const struct location_phone *p;
	struct sip_register_info info;
	struct sip_register *r;

	if (is_peer(src, a))
		return true;
	for (size_t i = 0; (p = location_at(a->location, i)); i++)
		LIST_EACH(n, &p->bindings)
			if (addr_eq_ip(src, &CONTAINER(n, struct binding,
						node)->flow->remote))
				return true;
	for (size_t i = 0; a->registrations &&
	     (r = registrations_at(a->registrations, i)); i++) {
		sip_register_info(r, &info);
		if (addr_eq_ip(src, &info.server))
			return true;
	}
	return false;
}

static int open_block(struct app *a, const struct sip_conf *c)
{
	int err = sip_block_new(&a->block, a->loop, c->block_ms,
				BLOCK_SOURCES);

	if (!err)
		sip_block_on_known(a->block, is_known, a);
	return err;
}

static int open_limit(struct app *a, const struct sip_conf *c)
{
	uint32_t rate = (uint32_t)c->source_rate;
	int err = sip_limit_new(&a->limit, a->loop, rate, 4 * rate,
				LIMIT_SOURCES);

	if (!err)
		sip_limit_on_known(a->limit, is_peer, a);
	return err;
}

static int open_stack(struct app *a, const struct app_params *p,
		      const struct sip_conf *c)
{
	const struct cidr *nets = c->local_nets.v;
	const struct sip_tls_params tls = {
		.cert_file = c->certificate, .key_file = c->key,
		.ca_file = c->ca_file, .require_client = c->verify_clients,
	};
	struct sip_stack_params sp = {
		.loop = a->loop, .net = p->net, .resolver = a->dns.resolver,
		.user_agent = c->user_agent, .limit = a->limit,
		.block = a->block,
		.force_rport = true,
	};
	int err = sip_trace_new(&a->trace, a->loop);

	if (err)
		return err;
	sp.trace = a->trace;
	if (c->certificate[0] && c->key[0])
		sp.tls = &tls;
	if (c->external_address[0] &&
	    addr_parse_ip(&sp.external, str_z(c->external_address)))
		return EINVAL;
	for (size_t i = 0; i < c->local_nets.n && i < 8; i++)
		sp.local_nets[sp.n_local_nets++] = nets[i];
	return sip_stack_new(&a->stack, &sp);
}

static int listen_all(struct app *a, const struct app_params *p,
		      const struct sip_conf *c)
{
	const struct sip_listen_conf *l = c->listen.v;

	for (size_t i = 0; i < c->listen.n; i++) {
		enum sip_tp kind = (enum sip_tp)l[i].transport;
		char text[ADDR_TEXT_MAX];
		int err;

		if (kind != SIP_UDP && !p->tcp)
			continue;
		err = sip_stack_listen(a->stack, kind, &l[i].address, NULL);
		if (err) {
			log_err(&tag, "cannot listen", "transport=%s "
				"address=%s error=%s", sip_tp_name(kind),
				addr_print(text, &l[i].address),
				strerror(err));
			return err;
		}
		a->has[kind] = true;
	}
	return sip_stack_add_domain(a->stack, c->domain);
}

void app_set_expires(struct app *a, const struct sip_conf *c)
{
	a->registrar.min_s = c->expires_min_ms / 1000;
	a->registrar.max_s = c->expires_max_ms / 1000;
	a->registrar.default_s = c->expires_max_ms / 1000;
}

static int open_registrar(struct app *a, const struct sip_conf *c)
{
	int err = auth_server_new(&a->auth, a->loop, c->domain, 0);

	if (!err)
		err = location_new(&a->location, a->loop,
				   conf_of(a, &phone_conf_section));
	if (err)
		return err;
	a->registrar = (struct registrar){
		.location = a->location, .auth = a->auth,
	};
	app_set_expires(a, c);
	return sip_stack_serve(a->stack, &registrar_method, &a->registrar);
}

static int open_sessions(struct app *a)
{
	const struct locate_params lp = {
		.loop = a->loop, .resolver = a->dns.resolver,
		.has = { a->has[0], a->has[1], a->has[2] },
		.v4 = true, .v6 = true,
	};
	struct sip_sessions_conf sc = {
		.on_invite = leg_sip_on_invite, .arg = a->calls,
	};
	int err = locate_new(&a->locator, &lp);

	if (err)
		return err;
	peers_watch(a->peers, a->stack, a->locator);
	sc.stack = a->stack;
	sc.locator = a->locator;
	err = sip_sessions_new(&a->sessions, &sc);
	a->calls->env.sessions = a->sessions;
	if (err)
		return err;
	err = registrations_new(&a->registrations, a->stack, a->locator,
				conf_of(a, &sip_registrations_section));
	peers_registered(a->peers, a->registrations);
	return err;
}

static int open_sip(struct app *a, const struct app_params *p)
{
	const struct sip_conf *c = conf_of(a, &sip_conf_section);
	int err = peers_new(&a->peers, conf_of(a, &sip_peers_section));

	if (!err)
		err = open_limit(a, c);
	if (!err)
		err = open_block(a, c);
	if (!err)
		err = open_stack(a, p, c);
	if (!err)
		err = listen_all(a, p, c);
	if (!err)
		err = open_registrar(a, c);
	return err;
}

/* --- calls ------------------------------------------------------------- */

/* A number of the house: a phone's, else a telephone's. */
static bool find_local(struct route_target *t, const char *number, void *arg)
{
	struct app *a = arg;
	const struct location_phone *p = location_number(a->location, number);

	if (p) {
		t->kind = ROUTE_PHONE;
		snprintf(t->dest, sizeof(t->dest), "%s", p->conf->user);
		return true;
	}
	LIST_EACH(n, &a->lines.lines) {
		const struct line *l = CONTAINER(n, const struct line, node);

		if (l->kind != LINE_FXS || strcmp(l->conf->number, number))
			continue;
		t->kind = ROUTE_LINE;
		snprintf(t->dest, sizeof(t->dest), "%s", l->conf->name);
		return true;
	}
	return false;
}

static bool begins_local(const char *digits, void *arg)
{
	struct app *a = arg;
	const struct location_phone *p;
	size_t n = strlen(digits);

	for (size_t i = 0; (p = location_at(a->location, i)); i++)
		if (!strncmp(p->conf->number, digits, n) &&
		    p->conf->number[n])
			return true;
	LIST_EACH(node, &a->lines.lines) {
		const struct line *l = CONTAINER(node, const struct line,
						 node);

		if (l->kind == LINE_FXS &&
		    !strncmp(l->conf->number, digits, n) &&
		    l->conf->number[n])
			return true;
	}
	return false;
}

/* A peer that is down, in doubt, full, or serves its calls badly. */
static const char *poor_peer(const struct app *a, const char *name)
{
	struct sip_peer *p = peer_find(a->peers, str_z(name));

	if (p && !peer_is_good(p))
		return peer_state_name(p);
	return p && p->conf->max_calls &&
	       p->calls >= (unsigned)p->conf->max_calls ? "full" : NULL;
}

static const char *poor(const struct route_target *t, void *arg)
{
	const struct app *a = arg;
	const char *peer = route_target_peer(t);
	const struct group *g =
		t->kind == ROUTE_GROUP ? group_find(&a->lines, str_z(t->dest))
				       : NULL;

	if (g)
		return group_is_full(g) ? "full" : NULL;
	return peer ? poor_peer(a, peer) : NULL;
}

static void peer_of(struct route_target *t, void *arg)
{
	app_guard_peer_of(t, ((struct app *)arg)->conf);
}

static bool is_self(struct str host, uint16_t port, void *arg)
{
	struct app *a = arg;

	return app_enum_is_self(conf_of(a, &sip_conf_section), host, port);
}

static int open_router(struct app *a)
{
	const struct route_env env = {
		.loop = a->loop, .enum_client = a->dns.client,
		.find_local = find_local, .begins_local = begins_local,
		.poor = poor, .peer_of = peer_of, .arg = a,
	};
	struct route_conf rc;

	enum_client_set_self(a->dns.client, is_self, a);
	app_plan_routes(&rc, a->conf);
	return router_new(&a->router, &rc, &env);
}

static int open_guard(struct app *a)
{
	const struct guard_env env = {
		.loop = a->loop, .way = app_guard_way, .rate = app_guard_rate,
		.end = call_not_allowed, .source = app_guard_source, .arg = a,
	};
	struct guard_setup setup;

	app_guard_setup(&setup, a->conf);
	return guard_new(&a->guard, &env, &setup);
}

static int open_calls(struct app *a)
{
	const struct sip_conf *c = conf_of(a, &sip_conf_section);
	const struct calls_env env = {
		.loop = a->loop, .engine = a->engine, .router = a->router,
		.ports = a->ports, .media = conf_of(a, &media_conf_section),
		.lines = &a->lines, .stack = a->stack, .peers = a->peers,
		.location = a->location, .auth = a->auth,
		.domain = c->domain, .cdr = a->cdr,
		.conf = conf_of(a, &call_conf_section),
		.plan = app_plan_of(a->conf),
		.guard = a->guard,
	};

	return calls_new(&a->calls, &env);
}

static int open_lines(struct app *a)
{
	int err;

	a->lines.loop = a->loop;
	a->lines.on_line = leg_line_on_line;
	a->lines.arg = a->calls;
	a->lines.wav_load = file_load;
	a->lines.wav_save = file_save;
	err = lines_open(&a->lines, conf_of(a, &line_section),
			 conf_of(a, &group_section));
	a->lines_open = !err;
	return err;
}

/* --- control ----------------------------------------------------------- */

static void more_status(struct buf *out, void *arg)
{
	struct app *a = arg;
	struct sip_peer *p;

	for (size_t i = 0; (p = peer_at(a->peers, i)); i++)
		buf_addf(out, "peer=%s state=%s calls=%u\n", p->conf->name,
			 peer_state_name(p), p->calls);
	registrations_print(a->registrations, out);
	enum_setup_print(a->dns.setup, out);
	buf_addf(out, "sip_transactions=%u sip_sessions=%zu rtp_ports=%u\n",
		 sip_stack_txns(a->stack), sip_sessions_count(a->sessions),
		 rtp_ports_used(a->ports));
}

static int trace_by_control(const char *path, void *arg)
{
	return sip_trace_file(((struct app *)arg)->trace, path, TRACE_BYTES);
}

static void stop_by_control(void *arg)
{
	app_stop(arg);
}

static void enum_status(struct buf *out, void *arg)
{
	const struct app *a = arg;

	enum_setup_print(a->dns.setup, out);
}

static int enum_by_control(struct enum_query *q, const char *number,
			   enum_fn *fn, void *fn_arg, void *arg)
{
	struct app *a = arg;
	char text[ENUM_NUMBER_MAX];
	int err = enum_client_has_trees(a->dns.client)
		? app_enum_number(text, number, app_plan_of(a->conf)) : ENOENT;

	return err ? err : enum_lookup(a->dns.client, q, text, 0, fn, fn_arg);
}

static int route_by_control(struct route_query *q,
			    const struct route_ask *ask, const char **why,
			    void *arg)
{
	struct app *a = arg;

	q->wall_us = loop_wall_us(a->loop);
	return app_route_query(q, ask, a->conf, why);
}

static void door_by_control(struct route_door *d, const struct route_job *j,
			    const struct route_target *t, void *arg)
{
	const struct app *a = arg;

	app_route_door(d, j, t, a->conf, a->guard);
}

static int open_control(struct app *a)
{
	const struct control_conf *c = conf_of(a, &control_conf_section);
	const struct control_env env = {
		.loop = a->loop, .calls = a->calls, .lines = &a->lines,
		.location = a->location, .engine = a->engine,
		.router = a->router, .guard = a->guard, .conf = a->conf,
		.block = a->block,
		.more_status = more_status, .trace = trace_by_control,
		.reload = app_reload_by_control, .stop = stop_by_control,
		.enum_lookup = enum_by_control,
		.enum_status = enum_status, .route_query = route_by_control,
		.route_door = door_by_control,
		.arg = a,
	};
	int err;

	if (!c->socket[0])
		return 0;
	err = control_open(&a->control, &env, c->socket);
	if (err)
		log_err(&tag, "no control socket", "path=%s error=%s",
			c->socket, strerror(err));
	return err;
}

/* --- life -------------------------------------------------------------- */

static int open_all(struct app *a, const struct app_params *p)
{
	int err = app_enum_open(&a->dns, a->loop, a->conf, p->resolver);

	if (!err)
		err = open_media(a, p);
	if (!err)
		err = open_sip(a, p);
	if (!err)
		err = open_router(a);
	if (!err)
		err = open_guard(a);
	if (!err)
		err = open_calls(a);
	if (!err)
		err = open_sessions(a);
	if (!err)
		err = open_lines(a);
	if (!err)
		err = open_control(a);
	return err;
}

int app_new(struct app **ap, const struct app_params *p)
{
	const struct log_conf *lc;
	struct app *a = obj_new(sizeof(*a), NULL);
	int err;

	if (!a)
		return ENOMEM;
	list_init(&a->reloads);
	list_init(&a->leftovers);
	a->conf = obj_ref(p->conf);
	a->first = obj_ref(p->conf);
	if (p->path)
		str_clip(a->path, sizeof(a->path), str_z(p->path));
	lc = conf_of(a, &log_conf_section);
	log_set_level((enum log_level)lc->level);
	a->loop = p->loop;
	err = p->loop ? 0 : loop_new(&a->own_loop, p->clk);
	if (!p->loop)
		a->loop = a->own_loop;
	if (!err)
		err = open_all(a, p);
	if (err) {
		log_err(&tag, "start failed", "error=%s", strerror(err));
		app_free(a);
		return err;
	}
	log_notice(&tag, "ready", "lines=%zu enum=%s",
		   list_len(&a->lines.lines),
		   enum_client_has_trees(a->dns.client) ? "on" : "off");
	*ap = a;
	return 0;
}

int app_run(struct app *a)
{
	return loop_run(a->loop);
}

static void on_unregistered(void *arg)
{
	struct app *a = arg;

	loop_stop(a->loop);
}

/* The last call is over: now the providers may forget us. */
static void on_empty(void *arg)
{
	struct app *a = arg;

	registrations_stop(a->registrations, on_unregistered, a);
}

static void on_stop_timeout(void *arg)
{
	struct app *a = arg;

	if (a->calls->n)
		log_warn(&tag, "calls left behind", "calls=%u", a->calls->n);
	on_unregistered(a);
}

void app_stop(struct app *a)
{
	tmr_start(a->loop, &a->stop_tmr, STOP_MS, on_stop_timeout, a);
	calls_drain(a->calls, on_empty, a);
}

static void stop_loop(void *arg)
{
	loop_stop(((struct app *)arg)->loop);
}

/* The bridges have told that they are closed: lines and workers can go. */
static void look_for_bridges(void *arg)
{
	struct app *a = arg;
	struct engine_stats s;

	media_engine_stats(a->engine, &s);
	if (s.bridges || a->calls->n)
		tmr_start(a->loop, &a->cut_tmr, 5, look_for_bridges, a);
	else
		stop_loop(a);
}

/* Calls that are left hold sessions, lines and bridges: they end first. */
static void cut_calls(struct app *a)
{
	if (!a->calls || !a->calls->n)
		return;
	calls_cut(a->calls);
	tmr_start(a->loop, &a->stop_tmr, CUT_MS, stop_loop, a);
	tmr_start(a->loop, &a->cut_tmr, 0, look_for_bridges, a);
	if (loop_run(a->loop))
		log_err(&tag, "calls not ended", "calls=%u", a->calls->n);
	tmr_stop(&a->cut_tmr);
	tmr_stop(&a->stop_tmr);
}

void app_free(struct app *a)
{
	if (!a)
		return;
	cut_calls(a);
	app_reload_close(a);
	control_close(a->control);
	if (a->lines_open)
		lines_close(&a->lines);
	sip_sessions_free(a->sessions);
	calls_free(a->calls);
	guard_free(a->guard);
	router_free(a->router);
	registrations_free(a->registrations);
	peers_free(a->peers);
	locate_free(a->locator);
	location_free(a->location);
	sip_stack_free(a->stack);
	auth_server_free(a->auth);
	sip_limit_free(a->limit);
	sip_block_free(a->block);
	sip_trace_free(a->trace);
	cdr_close(a->cdr);
	media_engine_free(a->engine);
	rtp_ports_free(a->ports);
	app_enum_close(&a->dns);
	tmr_stop(&a->stop_tmr);
	loop_free(a->own_loop);
	obj_unref(a->conf);
	obj_unref(a->first);
	obj_unref(a);
}

struct loop *app_loop(struct app *a)
{
	return a->loop;
}

struct calls *app_calls(struct app *a)
{
	return a->calls;
}

struct line_env *app_lines(struct app *a)
{
	return &a->lines;
}

struct location *app_location(struct app *a)
{
	return a->location;
}

struct router *app_router(struct app *a)
{
	return a->router;
}

struct sip_block *app_block(struct app *a)
{
	return a->block;
}

struct sip_stack *app_stack(struct app *a)
{
	return a->stack;
}

void app_counts(struct app_counts *c, struct app *a)
{
	c->rtp_ports = rtp_ports_used(a->ports);
	c->sessions = sip_sessions_count(a->sessions);
}
