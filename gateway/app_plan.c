/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and loads the dial plan. */
#include "gateway/app_plan.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "enum/enum_conf.h"
#include "gateway/line/line_conf.h"

enum { PATH_SIZE = 1024 };

static int own_folder(char out[PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_SIZE - 1);
	char *slash;

	if (n < 0)
		return errno;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return ENOENT;
	*slash = '\0';
	return 0;
}

int app_plan_path(char *out, size_t cap, const char *name)
{
	static const char *const folders[] = {
		"../share/tipring/plans", "../conf/plans", "../../conf/plans",
	};
	char here[PATH_SIZE];
	int err = own_folder(here);

	for (size_t i = 0; !err && i < sizeof(folders) / sizeof(folders[0]);
	     i++) {
		int n = snprintf(out, cap, "%s/%s/%s.yaml", here, folders[i],
				 name);

		if (n > 0 && (size_t)n < cap && access(out, R_OK) == 0)
			return 0;
	}
	return ENOENT;
}

static void keys_of(struct dial_keys *k, const struct numbering_conf *c)
{
	memset(k, 0, sizeof(*k));
	memcpy(k->country, c->country, sizeof(k->country));
	memcpy(k->national, c->national, sizeof(k->national));
	memcpy(k->international, c->international, sizeof(k->international));
	memcpy(k->area, c->area, sizeof(k->area));
	k->bare = c->bare;
	k->min_digits = (uint8_t)c->min_digits;
	k->max_digits = (uint8_t)c->max_digits;
}

/* Each error of the plan's file as one of the configuration, with the place
 * in that file. */
static void pass_on(const struct numbering_conf *c, struct conf_diag *d,
		    const char *key, const struct conf_diag *of)
{
	for (size_t i = 0; i < of->n; i++) {
		char text[512];

		if (of->v[i].line)
			snprintf(text, sizeof(text), "%s:%u:%u: %s", of->file,
				 of->v[i].line, of->v[i].column,
				 of->v[i].text);
		else
			snprintf(text, sizeof(text), "%s: %s", of->file,
				 of->v[i].text);
		conf_diag_at(d, c, key, "%s", text);
	}
}

/* How long numbers abroad are; it does without where the file is not. */
static int add_world(struct dial_plan **pp, struct conf_diag *d)
{
	char path[PATH_SIZE];
	int err = 0;

	if (!app_plan_path(path, sizeof(path), "world"))
		err = dial_plan_load_world(*pp, path, d);
	if (err)
		*pp = obj_unref(*pp);
	return err;
}

int app_plan_new(struct dial_plan **pp, const struct numbering_conf *c,
		 struct conf_diag *d)
{
	const char *key = c->plan_file[0] ? "plan_file" : "plan";
	const char *path = c->plan_file;
	struct conf_diag of;
	struct dial_keys k;
	char found[PATH_SIZE];
	int err;

	keys_of(&k, c);
	if (!c->plan[0] && !c->plan_file[0])
		return dial_plan_new(pp, &k);
	if (c->plan[0]) {
		path = found;
		if (app_plan_path(found, sizeof(found), c->plan)) {
			conf_diag_at(d, c, key, "there is no such plan; "
				     "plan_file is for one of your own, see "
				     "docs/add-a-dial-plan.md");
			return EINVAL;
		}
	}
	conf_diag_init(&of);
	err = dial_plan_load(pp, path, &k, &of);
	if (!err)
		err = add_world(pp, &of);
	pass_on(c, d, key, &of);
	conf_diag_fini(&of);
	return err == ENOMEM || !err ? err : EINVAL;
}

/* --- emergency calls --------------------------------------------------- */

static const struct line_conf *line_named(const struct conf_list *lines,
					  const char *name)
{
	const struct line_conf *c = lines->v;

	for (size_t i = 0; i < lines->n; i++)
		if (!strcmp(c[i].name, name))
			return &c[i];
	return NULL;
}

static bool leads_out(const struct group_conf *g,
		      const struct conf_list *lines)
{
	const char (*names)[LINE_NAME_MAX] = g->lines.v;

	for (size_t i = 0; i < g->lines.n; i++) {
		const struct line_conf *c = line_named(lines, names[i]);

		if (c && c->kind == LINE_FXO)
			return true;
	}
	return false;
}

static bool is_grouped(const struct conf_list *groups, const char *line)
{
	const struct group_conf *g = groups->v;

	for (size_t i = 0; i < groups->n; i++) {
		const char (*names)[LINE_NAME_MAX] = g[i].lines.v;

		for (size_t k = 0; k < g[i].lines.n; k++)
			if (!strcmp(names[k], line))
				return true;
	}
	return false;
}

static void add_sos(struct route_conf *rc, const char *kind,
		    const char *name)
{
	if (rc->n_sos < ROUTE_TARGETS_MAX)
		snprintf(rc->sos[rc->n_sos++], sizeof(rc->sos[0]), "%s:%.40s",
			 kind, name);
}

struct dial_plan *app_plan_of(const struct conf_snapshot *s)
{
	return conf_kept(s, &numbering_conf_section);
}

struct zone *app_plan_zone(const struct conf_snapshot *s)
{
	return conf_kept(s, &route_rules_section);
}

void app_plan_routes(struct route_conf *rc, const struct conf_snapshot *s)
{
	const struct conf_list *lines = conf_get(s, &line_section);
	const struct conf_list *groups = conf_get(s, &group_section);
	const struct enum_conf *ec = conf_get(s, &enum_conf_section);
	const struct group_conf *g = groups->v;
	const struct line_conf *l = lines->v;

	memset(rc, 0, sizeof(*rc));
	rc->owner = (void *)s;    /* only counted there */
	rc->plan = app_plan_of(s);
	rc->emergency = conf_get(s, &route_emergency_section);
	rc->rules = conf_get(s, &route_rules_section);
	rc->tables = conf_kept(s, &number_tables_section);
	rc->zone = app_plan_zone(s);
	rc->caller_name_ms = ec->caller_name_ms;
	/* by groups first: there a call in the way is pre-empted */
	for (size_t i = 0; i < groups->n; i++)
		if (leads_out(&g[i], lines))
			add_sos(rc, "group", g[i].name);
	for (size_t i = 0; i < lines->n; i++)
		if (l[i].kind == LINE_FXO && !is_grouped(groups, l[i].name))
			add_sos(rc, "line", l[i].name);
}
