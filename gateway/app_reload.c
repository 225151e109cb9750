/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another configuration while calls run, in two steps:
 *
 *	a thread: read and check the file -> compare -> make the rules ready
 *	the loop: prepare what stands on living objects -> put all in force
 *
 * The thread only makes what nobody knows yet, from constants, so that
 * nobody waits for files of a million lines. Everything that can fail comes
 * before the last step: a reload does all of it or nothing. What cannot
 * change while running still lies in the first snapshot, and is the same in
 * the next one: else we refuse.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/work.h"
#include "gateway/app_conf.h"
#include "gateway/app_guard.h"
#include "gateway/app_impl.h"
#include "gateway/app_plan.h"

enum { TELL_MAX = 200, TEXT_MAX = 1 << 17, RELOADS_MAX = 16, ALONE_MS = 1000 };

struct reload {
	struct list_node      node;
	struct app           *app;
	bool                  dry_run;
	app_reload_fn        *fn;
	void                 *arg;
	struct work           work;
	/* made by the thread */
	int                   err;
	struct conf_diag      diag;
	struct conf_snapshot *old, *next;
	struct conf_change   *v;
	size_t                n;
	bool                  fixed;    /* one of them needs a restart */
	struct rule_set      *rules;
	/* made by the loop */
	struct peers_next    *peers;
	struct location_next *location;
	struct enum_setup_next *dns;
	struct buf            out;
};

/* Tables that were in force. To free a million prefixes takes milliseconds,
 * too: the thread does it, once no search holds them any more. */
struct leftover {
	struct list_node      node;
	struct loop          *loop;
	struct number_tables *tables;
	struct tmr            tmr;
	struct work           work;
};

static const struct log_tag tag = { .module = "reload" };
static METRIC_COUNT(m_done, "tipring_reloads_total",
		    "Configurations put in force while running");
static METRIC_COUNT(m_refused, "tipring_reloads_refused_total",
		    "Configurations that were not put in force");

/* --- on the thread ----------------------------------------------------- */

static int compare(struct reload *r)
{
	r->n = conf_diff(r->old, r->next, NULL, 0);
	if (!r->n)
		return 0;
	r->v = mem_alloc(r->n * sizeof(r->v[0]));
	if (!r->v)
		return ENOMEM;
	r->n = conf_diff(r->old, r->next, r->v, r->n);
	for (size_t i = 0; i < r->n; i++)
		r->fixed |= !r->v[i].reload;
	return r->fixed ? ENOTSUP : 0;
}

static int load(struct reload *r)
{
	struct route_conf rc;
	int err = conf_load(&r->next, r->app->path, app_sections,
			    app_conf_cross, &r->diag);

	if (!err)
		err = compare(r);
	if (err)
		return err;
	app_plan_routes(&rc, r->next);
	return router_prepare(&r->rules, &rc);
}

static void drop_next(struct reload *r)
{
	router_discard(r->rules);
	r->rules = NULL;
	r->next = obj_unref(r->next);
}

static void read_it(void *arg)
{
	struct reload *r = arg;

	r->err = load(r);
	if (r->err || r->dry_run)
		drop_next(r);
}

/* --- what is told ------------------------------------------------------ */

static void tell_errors(struct reload *r, int err)
{
	const struct conf_diag *d = &r->diag;

	for (size_t i = 0; i < d->n; i++)
		log_err(&tag, "configuration error", "at=%s:%u:%u text=\"%s\"",
			d->file, d->v[i].line, d->v[i].column, d->v[i].text);
	conf_diag_print(d, &r->out);
	if (!d->n)
		buf_addf(&r->out, "%s: %s\n", d->file, strerror(err));
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

static void tell_fixed(struct reload *r)
{
	unsigned n = 0;

	buf_addz(&r->out, "needs a restart, nothing was changed:\n");
	for (size_t i = 0; i < r->n && n < TELL_MAX; i++) {
		if (r->v[i].reload)
			continue;
		n++;
		conf_change_print(&r->out, &r->v[i]);
		tell_change(&r->v[i], LOG_WARN, "needs a restart");
	}
}

static void tell_changes(struct reload *r)
{
	if (!r->n)
		buf_addz(&r->out, "no changes\n");
	for (size_t i = 0; i < r->n && i < TELL_MAX; i++) {
		conf_change_print(&r->out, &r->v[i]);
		if (!r->dry_run)
			tell_change(&r->v[i], LOG_INFO, "changed");
	}
	if (r->n > TELL_MAX)
		buf_addf(&r->out, "and %zu more\n", r->n - TELL_MAX);
}

static void tell(struct reload *r, int err)
{
	if (r->fixed)
		tell_fixed(r);
	else if (err)
		tell_errors(r, err);
	else
		tell_changes(r);
	if (r->dry_run)
		return;
	metric_add(err ? &m_refused : &m_done, 1);
	if (err)
		log_err(&tag, "refused", "file=%s error=\"%s\"",
			r->app->path, strerror(err));
	else
		log_notice(&tag, "done", "file=%s changes=%zu", r->app->path,
			   r->n);
}

/* --- what was in force ------------------------------------------------- */

static void leftover_free(struct leftover *l)
{
	work_cancel(&l->work);
	tmr_stop(&l->tmr);
	list_unlink(&l->node);
	obj_unref(l->tables);
	mem_free(l);
}

static void drop_tables(void *arg)
{
	struct leftover *l = arg;

	l->tables = obj_unref(l->tables);
}

static void on_dropped(void *arg)
{
	leftover_free(arg);
}

/* Who still searches in them holds them. */
static void when_alone(void *arg)
{
	struct leftover *l = arg;

	if (obj_nrefs(l->tables) > 1)
		tmr_start(l->loop, &l->tmr, ALONE_MS, when_alone, l);
	else
		work_begin(&l->work, l->loop, drop_tables, on_dropped, l);
}

static void leave_behind(struct app *a, struct number_tables *t)
{
	struct leftover *l = t && t->n ? mem_alloc(sizeof(*l)) : NULL;

	if (!l) {
		obj_unref(t);
		return;
	}
	l->loop = a->loop;
	l->tables = t;
	list_append(&a->leftovers, &l->node);
	when_alone(l);
}

/* --- all or nothing ---------------------------------------------------- */

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
	struct number_tables *tables =
		obj_ref(conf_kept(old, &number_tables_section));
	const struct log_conf *lc = conf_get(r->next, &log_conf_section);
	struct guard_setup guard;

	a->conf = obj_ref(r->next);
	log_set_level((enum log_level)lc->level);
	a->calls->env.plan = app_plan_of(a->conf);
	peers_commit(a->peers, r->peers);
	location_commit(a->location, r->location);
	enum_setup_commit(a->dns.setup, r->dns);
	router_commit(a->router, r->rules);
	r->rules = NULL;
	r->peers = NULL;
	r->location = NULL;
	r->dns = NULL;
	commit_sip(a);
	app_guard_setup(&guard, a->conf);
	guard_reload(a->guard, &guard);
	a->calls->env.conf = conf_get(a->conf, &call_conf_section);
	if (a->control)
		control_set_conf(a->control, a->conf);
	/* the first snapshot lives on, not all that was read with it */
	conf_keep(old, &number_tables_section, NULL);
	conf_keep(old, &numbering_conf_section, NULL);
	obj_unref(old);
	leave_behind(a, tables);
}

/* --- one after the other ----------------------------------------------- */

static void reload_free(struct reload *r)
{
	work_cancel(&r->work);
	list_unlink(&r->node);
	peers_discard(r->peers);
	location_discard(r->location);
	enum_setup_drop(r->dns);
	drop_next(r);
	obj_unref(r->old);
	conf_diag_fini(&r->diag);
	buf_fini(&r->out);
	mem_free(r->v);
	mem_free(r);
}

static void begin_first(struct app *a);

static void on_read(void *arg)
{
	struct reload *r = arg;
	int err = r->err;

	if (!err && !r->dry_run)
		err = prepare(r);
	if (!err && !r->dry_run)
		commit(r);
	tell(r, err);
	list_unlink(&r->node);
	begin_first(r->app);
	if (r->fn)
		r->fn(err, buf_str(&r->out), r->arg);
	reload_free(r);
}

static void begin_first(struct app *a)
{
	struct list_node *n = list_first(&a->reloads);
	struct reload *r;

	if (!n)
		return;
	r = CONTAINER(n, struct reload, node);
	r->old = obj_ref(a->conf);
	work_begin(&r->work, a->loop, read_it, on_read, r);
}

int app_reload(struct app *a, bool dry_run, app_reload_fn *fn, void *arg)
{
	size_t n = list_len(&a->reloads);
	struct reload *r;

	if (!a->path[0])
		return ENOTSUP;
	if (n == RELOADS_MAX)
		return EBUSY;
	r = mem_alloc(sizeof(*r));
	if (!r)
		return ENOMEM;
	r->app = a;
	r->dry_run = dry_run;
	r->fn = fn;
	r->arg = arg;
	conf_diag_init(&r->diag);
	buf_init(&r->out, TEXT_MAX);
	list_append(&a->reloads, &r->node);
	if (!n)
		begin_first(a);
	return 0;
}

void app_reload_forget(struct app *a, const void *arg)
{
	LIST_EACH(n, &a->reloads) {
		struct reload *r = CONTAINER(n, struct reload, node);

		if (r->arg == arg)
			r->fn = NULL;
	}
}

void app_reload_close(struct app *a)
{
	LIST_EACH_SAFE(n, &a->reloads)
		reload_free(CONTAINER(n, struct reload, node));
	LIST_EACH_SAFE(n, &a->leftovers)
		leftover_free(CONTAINER(n, struct leftover, node));
}

/* --- an operator waits ------------------------------------------------- */

static void on_reloaded(int err, struct str text, void *arg)
{
	struct control_wait *w = arg;

	buf_adds(w->out, text);
	w->job = NULL;
	w->done(w, err ? CONTROL_ERROR : CONTROL_OK);
}

static void stop_waiting(struct control_wait *w)
{
	app_reload_forget(w->job, w);
	w->job = NULL;
}

int app_reload_by_control(bool dry_run, struct control_wait *w, void *arg)
{
	int err = app_reload(arg, dry_run, on_reloaded, w);

	if (err)
		return err;
	w->job = arg;
	w->cancel = stop_waiting;
	return EINPROGRESS;
}
