/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another configuration while calls run, in three steps:
 *
 *	read and check the file -> compare -> prepare all -> put in force
 *
 * Everything that can fail comes before the last step, so that a reload
 * does all of it or nothing. What cannot change while running still lies in
 * the first snapshot, and is the same in the next one: else we refuse.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "gateway/app_conf.h"
#include "gateway/app_impl.h"
#include "gateway/app_plan.h"

enum { TELL_MAX = 200, TEXT_MAX = 1 << 17 };

struct reload {
	struct app           *app;
	struct conf_snapshot *next;
	struct conf_change   *v;
	size_t                n;
	struct peers_next    *peers;
	struct location_next *location;
	struct enum_setup_next *dns;
};

static const struct log_tag tag = { .module = "reload" };
static METRIC_COUNT(m_done, "tipring_reloads_total",
		    "Configurations put in force while running");
static METRIC_COUNT(m_refused, "tipring_reloads_refused_total",
		    "Configurations that were not put in force");

/* --- the file ---------------------------------------------------------- */

static void tell_errors(const struct conf_diag *d, int err, struct buf *out)
{
	for (size_t i = 0; i < d->n; i++)
		log_err(&tag, "configuration error", "at=%s:%u:%u text=\"%s\"",
			d->file, d->v[i].line, d->v[i].column, d->v[i].text);
	conf_diag_print(d, out);
	if (!d->n)
		buf_addf(out, "%s: %s\n", d->file, strerror(err));
}

static int load(struct reload *r, struct buf *out)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load(&r->next, r->app->path, app_sections, app_conf_cross,
			&d);
	if (err)
		tell_errors(&d, err, out);
	conf_diag_fini(&d);
	return err;
}

/* --- what differs ------------------------------------------------------ */

static int compare(struct reload *r)
{
	const struct conf_snapshot *old = r->app->conf;

	r->n = conf_diff(old, r->next, NULL, 0);
	if (!r->n)
		return 0;
	r->v = mem_alloc(r->n * sizeof(r->v[0]));
	if (!r->v)
		return ENOMEM;
	return conf_diff(old, r->next, r->v, r->n) == r->n ? 0 : EFAULT;
}

static void tell_change(const struct conf_change *c, enum log_level level,
			const char *event)
{
	struct buf b;

	buf_init(&b, 1000);
	conf_change_print(&b, c);
	log_at(&tag, level, event, "change=\"%.*s\"",
	       STR_FMT(str_trim(buf_str(&b))));
	buf_fini(&b);
}

/* Changes that need a restart: then nothing is changed. */
static int refuse_fixed(const struct reload *r, struct buf *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->n && n < TELL_MAX; i++) {
		if (r->v[i].reload)
			continue;
		if (!n++)
			buf_addz(out, "needs a restart, nothing was "
				 "changed:\n");
		conf_change_print(out, &r->v[i]);
		tell_change(&r->v[i], LOG_WARN, "needs a restart");
	}
	return n ? ENOTSUP : 0;
}

static void tell_changes(const struct reload *r, bool dry_run,
			 struct buf *out)
{
	if (!r->n)
		buf_addz(out, "no changes\n");
	for (size_t i = 0; i < r->n && i < TELL_MAX; i++) {
		conf_change_print(out, &r->v[i]);
		if (!dry_run)
			tell_change(&r->v[i], LOG_INFO, "changed");
	}
	if (r->n > TELL_MAX)
		buf_addf(out, "and %zu more\n", r->n - TELL_MAX);
}

/* --- all or nothing ---------------------------------------------------- */

/* Swaps its rules by itself. */
static int reload_router(const struct reload *r)
{
	struct route_conf rc;

	app_plan_routes(&rc, r->next);
	return router_reload(r->app->router, &rc);
}

static int prepare(struct reload *r)
{
	struct app *a = r->app;
	int err = peers_prepare(&r->peers, a->peers,
				conf_get(r->next, &sip_peers_section),
				r->next);

	if (!err)
		err = location_prepare(&r->location, a->location,
				       conf_get(r->next, &phone_conf_section),
				       r->next);
	if (!err)
		err = enum_setup_prepare(&r->dns, a->dns.setup,
				conf_get(r->next, &enum_conf_section),
				r->next);
	if (!err)
		err = reload_router(r); /* the last that can fail */
	return err;
}

static void commit_sip(struct app *a)
{
	const struct sip_conf *c = conf_get(a->conf, &sip_conf_section);
	uint32_t rate = (uint32_t)c->source_rate;

	sip_limit_set_rate(a->limit, rate, 4 * rate);
	sip_block_set_time(a->block, c->block_ms);
	app_set_expires(a, c);
}

/* Cannot fail. */
static void commit(struct reload *r)
{
	struct app *a = r->app;
	struct conf_snapshot *old = a->conf;
	const struct log_conf *lc = conf_get(r->next, &log_conf_section);

	a->conf = obj_ref(r->next);
	log_set_level((enum log_level)lc->level);
	a->plan = app_plan_of(r->next);
	a->calls->env.plan = a->plan;
	peers_commit(a->peers, r->peers);
	location_commit(a->location, r->location);
	enum_setup_commit(a->dns.setup, r->dns);
	r->peers = NULL;
	r->location = NULL;
	r->dns = NULL;
	commit_sip(a);
	guard_reload(a->guard, &(struct guard_setup){
		.conf = conf_get(a->conf, &guard_conf_section),
		.plan = a->plan, .owner = a->conf,
		.zone = app_plan_zone(a->conf) });
	a->calls->env.conf = conf_get(a->conf, &call_conf_section);
	if (a->control)
		control_set_conf(a->control, a->conf);
	/* the first snapshot lives on, not all that was read with it */
	conf_keep(old, &number_tables_section, NULL);
	conf_keep(old, &numbering_conf_section, NULL);
	obj_unref(old);
}

static int change(struct reload *r, bool dry_run, struct buf *out)
{
	int err = load(r, out);

	if (err)
		return err;
	err = compare(r);
	if (!err)
		err = refuse_fixed(r, out);
	if (err)
		return err;
	if (!dry_run) {
		err = prepare(r);
		if (!err)
			commit(r);
		else
			buf_addf(out, "%s\n", strerror(err));
	}
	if (!err)
		tell_changes(r, dry_run, out);
	return err;
}

static int run(struct app *a, bool dry_run, struct buf *out)
{
	struct reload *r = mem_alloc(sizeof(*r));
	int err;

	if (!r)
		return ENOMEM;
	r->app = a;
	err = change(r, dry_run, out);
	if (!err && !dry_run) {
		metric_add(&m_done, 1);
		log_notice(&tag, "done", "file=%s changes=%zu", a->path,
			   r->n);
	}
	peers_discard(r->peers);
	location_discard(r->location);
	enum_setup_drop(r->dns);
	obj_unref(r->next);
	mem_free(r->v);
	mem_free(r);
	return err;
}

int app_reload(struct app *a, bool dry_run, struct buf *out)
{
	struct buf own;
	int err = ENOTSUP;

	buf_init(&own, TEXT_MAX);
	if (!out)
		out = &own;
	if (!a->path[0])
		buf_addz(out, "no file to read again\n");
	else
		err = run(a, dry_run, out);
	if (err && !dry_run) {
		metric_add(&m_refused, 1);
		log_err(&tag, "refused", "file=%s error=\"%s\"", a->path,
			strerror(err));
	}
	buf_fini(&own);
	return err;
}
