/* SPDX-License-Identifier: Apache-2.0 */
/* One lookup on a loop of its own, printed for people. */
#include "gateway/app_enum_command.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/app_conf.h"
#include "gateway/app_enum.h"
#include "gateway/app_plan.h"

struct lookup {
	struct loop      *loop;
	struct enum_query query;
	int               err;
};

static void on_step(const struct enum_step *s, void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 4096);
	enum_step_print(&b, s);
	printf("%.*s\n", STR_FMT(str_trim(buf_str(&b))));
	buf_fini(&b);
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct lookup *l = arg;
	struct buf b;

	l->err = err;
	buf_init(&b, 8192);
	enum_answer_print(&b, err, a);
	if (!err)
		printf("%.*s", STR_FMT(buf_str(&b)));
	buf_fini(&b);
	loop_stop(l->loop);
}

static const char *result(int err)
{
	switch (err) {
	case ENOENT:
		return "not found";
	case EAGAIN:
		return "unavailable: no usable answer in time";
	default:
		return strerror(err);
	}
}

static bool is_self(struct str host, uint16_t port, void *arg)
{
	return app_enum_is_self(arg, host, port);
}

static int look_up(struct lookup *l, const struct conf_snapshot *conf,
		   const char *e164, bool explain)
{
	const struct enum_conf *c = conf_get(conf, &enum_conf_section);
	struct app_enum ae;
	int err = app_enum_open(&ae, l->loop, conf, NULL);

	if (err)
		return err;
	if (!enum_client_has_trees(ae.client)) {
		fprintf(stderr, "tipring enum: no trees are configured\n");
		app_enum_close(&ae);
		return ENOENT;
	}
	enum_client_set_self(ae.client, is_self,
			     (void *)(uintptr_t)conf_get(conf,
						&sip_conf_section));
	if (explain)
		l->query.trace = on_step;
	err = enum_lookup(ae.client, &l->query, e164, c->deadline_ms, on_enum,
			  l);
	if (!err)
		err = loop_run(l->loop);
	app_enum_close(&ae);
	return err ? err : l->err;
}

int app_enum_command(const struct conf_snapshot *conf, const char *number,
		 bool explain)
{
	struct lookup l = { .loop = NULL };
	char e164[ENUM_NUMBER_MAX];
	int err = app_enum_number(e164, number, app_plan_of(conf));

	if (err) {
		fprintf(stderr, "tipring enum: %s: neither an E.164 number "
			"under this numbering nor an ITAD number\n", number);
		return 1;
	}
	err = loop_new(&l.loop, &clk_real);
	if (!err)
		err = look_up(&l, conf, e164, explain);
	loop_free(l.loop);
	if (err)
		fprintf(stderr, "tipring enum: %s: %s\n", e164, result(err));
	return err ? 1 : 0;
}
