/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/route_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/mem.h"

static const struct conf_section *const sections[] = {
	&route_emergency_section, &number_tables_section,
	&route_rules_section, NULL
};

static const struct dial_keys japan = {
	.country = "81", .national = "0", .international = "010",
	.min_digits = 9, .max_digits = 10,
};

static bool find_local(struct route_target *t, const char *number, void *arg)
{
	(void)arg;
	if (strcmp(number, "201") && strcmp(number, "0355550201"))
		return false;
	t->kind = ROUTE_LINE;
	strcpy(t->dest, "fxs1");
	return true;
}

static const char *poor(const struct route_target *t, void *arg)
{
	const struct route_rig *w = arg;

	return w->poor && !strcmp(t->dest, w->poor) ? "poor" : NULL;
}

static bool begins_local(const char *digits, void *arg)
{
	(void)arg;
	return strlen(digits) < 3 && !strncmp("201", digits, strlen(digits));
}

static void unload(const struct route_conf *conf)
{
	obj_unref(conf->owner);
	obj_unref(conf->plan);
	obj_unref(conf->tables);
}

static void say_table(const struct number_table_conf *c, const char *text,
		      void *arg)
{
	(void)c;
	conf_diag_at(arg, NULL, NULL, "%s", text);
}

static int load_all(struct route_conf *conf, const char *text,
		    struct conf_diag *d)
{
	struct conf_snapshot *s;
	int err = conf_load_text(&s, "test.yaml", str_z(text), sections, NULL,
				 d);

	if (err)
		return err;
	conf->owner = s;
	conf->emergency = conf_get(s, &route_emergency_section);
	conf->rules = conf_get(s, &route_rules_section);
	err = dial_plan_new(&conf->plan, &japan);
	if (!err)
		err = number_tables_load(&conf->tables,
					 conf_get(s, &number_tables_section),
					 say_table, d);
	return err;
}

/* Then unload() it. */
static int load(struct route_conf *conf, const char *text)
{
	struct conf_diag d;
	int err;

	memset(conf, 0, sizeof(*conf));
	conf_diag_init(&d);
	err = load_all(conf, text, &d);
	if (err && d.n && !mem_failed())
		printf("%u:%u: %s\n", d.v[0].line, d.v[0].column,
		       d.v[0].text);
	conf_diag_fini(&d);
	if (err)
		unload(conf);
	return err;
}

static uint32_t draw(uint32_t below, void *arg)
{
	return ((struct route_rig *)arg)->random % below;
}

static int open_router(struct route_rig *w, const char *text)
{
	const struct route_env env = {
		.loop = w->loop, .enum_client = w->client,
		.find_local = find_local, .begins_local = begins_local,
		.poor = poor, .arg = w,
		.random = draw,
	};
	struct route_conf conf;
	int err = load(&conf, text);

	if (err)
		return err;
	conf.caller_name_ms = 50;
	err = router_new(&w->router, &conf, &env);
	unload(&conf);
	return err;
}

int route_rig_begin(struct route_rig *w, const char *conf_text)
{
	struct enum_tree tree = { .apex = "e164.arpa" };
	int err;

	memset(w, 0, sizeof(*w));
	clk_virtual_init(&w->clk);
	err = loop_new(&w->loop, &w->clk.clk);
	if (!err)
		err = fake_resolver_new(&w->dns, w->loop);
	if (err)
		return err;
	tree.resolver = fake_resolver_of(w->dns);
	err = enum_client_new(&w->client, w->loop, &tree, 1);
	if (!err)
		err = open_router(w, conf_text);
	return err;
}

int route_rig_reload(struct route_rig *w, const char *conf_text)
{
	struct route_conf conf;
	struct rule_set *set;
	int err = load(&conf, conf_text);

	if (err)
		return err;
	err = router_prepare(&set, &conf);
	if (!err)
		router_commit(w->router, set);
	unload(&conf);
	return err;
}

int route_rig_file(char path[ROUTE_RIG_PATH], const char *text)
{
	FILE *f;
	int fd;

	strcpy(path, "/tmp/tipring-test-XXXXXX");
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return EIO;
	fputs(text, f);
	return fclose(f) ? EIO : 0;
}

void route_rig_end(struct route_rig *w)
{
	route_cancel(&w->job);
	router_free(w->router);
	enum_client_free(w->client);
	fake_resolver_free(w->dns);
	loop_free(w->loop);
}

static void on_route(const struct route_result *r, void *arg)
{
	struct route_rig *w = arg;
	size_t n;

	w->answers++;
	if (!r) {
		strcpy(w->got, "none");
		return;
	}
	w->emergency = r->emergency;
	n = (size_t)snprintf(w->got, sizeof(w->got), "%s:", r->rule);
	for (unsigned i = 0; i < r->n && n < sizeof(w->got); i++) {
		char text[ROUTE_TARGET_TEXT];

		n += (size_t)snprintf(w->got + n, sizeof(w->got) - n,
				      " %.60s(%.30s)",
				      route_target_print(text, &r->v[i]),
				      r->v[i].called.number);
	}
}

static void on_step(const struct route_step *s, void *arg)
{
	struct route_rig *w = arg;
	size_t n = strlen(w->told);
	struct buf b;

	buf_init(&b, 1000);
	route_step_print(&b, s);
	snprintf(w->told + n, sizeof(w->told) - n, "%.*s",
		 STR_FMT(buf_str(&b)));
	buf_fini(&b);
}

void route_rig_run(struct route_rig *w)
{
	loop_run_until(w->loop, loop_now_us(w->loop) + 2000000);
}

void route_rig_start(struct route_rig *w, const struct route_query *q)
{
	route_cancel(&w->job);
	w->answers = 0;
	w->got[0] = w->told[0] = '\0';
	w->emergency = false;
	w->job.trace = on_step;
	w->job.trace_arg = w;
	route_find(w->router, &w->job, q, on_route, w);
}

void route_rig_find(struct route_rig *w, const struct route_query *q)
{
	route_rig_start(w, q);
	route_rig_run(w);
}

void route_rig_search(struct route_rig *w, const char *number,
		      enum route_source_kind from)
{
	struct route_query q;

	memset(&q, 0, sizeof(q));
	strcpy(q.called.number, number);
	q.from.kind = from;
	route_rig_find(w, &q);
}

void route_rig_next(struct route_rig *w)
{
	route_next(&w->job);
	route_rig_run(w);
}
