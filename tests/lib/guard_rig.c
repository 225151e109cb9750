/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/guard_rig.h"

#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/mem.h"

static void on_line(enum log_level lv, const char *line, void *arg)
{
	struct guard_rig *d = arg;

	(void)lv;
	d->n_lines++;
	snprintf(d->line, sizeof(d->line), "%s", line);
}

static enum guard_way way(const struct route_target *t, void *arg)
{
	(void)arg;
	return t->kind == ROUTE_LINE || t->peer[0] ? GUARD_PSTN :
	       t->kind == ROUTE_PEER ? GUARD_PEER : GUARD_FREE;
}

static bool rate(struct guard_rate *r, const char *e164, void *arg)
{
	(void)arg;
	*r = (struct guard_rate){ 3500000, 1000000 };
	if (!strncmp(e164, "+45", 3)) {
		*r = (struct guard_rate){ UINT64_MAX / 4000, 0 };
		return true;
	}
	return !strncmp(e164, "+44", 3);
}

static bool source(struct route_source *s, const char *name, void *arg)
{
	(void)arg;
	*s = (struct route_source){ name[1] == 'h' ? ROUTE_FROM_PHONE
						   : ROUTE_FROM_PEER, "a" };
	return !strcmp(name, "phone:a") || !strcmp(name, "peer:a");
}

static void end(struct guard_call *gc, void *arg)
{
	struct guard_rig *d = arg;

	d->n_ended++;
	guard_done(gc);
}

static int load(struct guard_rig *d, const char *text)
{
	static const struct conf_section *const sections[] = {
		&guard_conf_section, NULL
	};
	struct conf_snapshot *s;
	struct conf_diag diag;
	int err;

	conf_diag_init(&diag);
	err = conf_load_text(&s, "x", str_z(text), sections, NULL, &diag);
	conf_diag_fini(&diag);
	if (err)
		return err;
	obj_unref(d->conf);
	d->conf = s;
	return 0;
}

static struct guard_setup setup_of(const struct guard_rig *d)
{
	return (struct guard_setup){
		.conf = conf_get(d->conf, &guard_conf_section),
		.plan = d->plan, .owner = d->conf, .zone = d->zone,
	};
}

int guard_rig_open(struct guard_rig *d, const char *text)
{
	static const struct dial_keys keys = {
		.country = "81", .national = "0", .international = "010",
	};
	struct guard_env env = {
		.way = way, .rate = rate, .end = end, .source = source,
		.arg = d,
	};
	struct guard_setup setup;
	int err;

	memset(d, 0, sizeof(*d));
	log_set_sink(on_line, d);
	d->level = log_get_level();
	log_set_level(LOG_WARN);
	buf_init(&d->out, 10000);
	clk_virtual_init(&d->clk);
	snprintf(d->tag.id, sizeof(d->tag.id), "call=x");
	err = loop_new(&d->loop, &d->clk.clk);
	if (!err)
		err = load(d, text);
	if (!err)
		err = dial_plan_new(&d->plan, &keys);
	if (err)
		return err;
	env.loop = d->loop;
	setup = setup_of(d);
	return guard_new(&d->guard, &env, &setup);
}

int guard_rig_reload(struct guard_rig *d, const char *text)
{
	struct guard_setup setup;
	int err = load(d, text);

	if (err)
		return err;
	setup = setup_of(d);
	guard_reload(d->guard, &setup);
	return 0;
}

void guard_rig_close(struct guard_rig *d)
{
	for (int i = 0; i < GUARD_RIG_CALLS; i++)
		guard_done(&d->calls[i]);
	guard_free(d->guard);
	obj_unref(d->plan);
	obj_unref(d->conf);
	loop_free(d->loop);
	buf_fini(&d->out);
	log_set_level(d->level);
	log_set_sink(NULL, NULL);
}

void guard_rig_pass(struct guard_rig *d, uint32_t s)
{
	loop_run_until(d->loop, loop_now_us(d->loop) + s * 1000000ull);
}
