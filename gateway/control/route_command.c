/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the router of the running gateway, and calls nobody. */
#include "gateway/control/route_command.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/route/route_report.h"

struct ask {
	struct control_wait *w;
	struct route_report  report;
};

static void ask_cancel(struct control_wait *w)
{
	struct ask *a = w->job;

	route_report_cancel(&a->report);
	w->job = mem_free(a);
}

static void on_done(bool found, void *arg)
{
	struct ask *a = arg;
	struct control_wait *w = a->w;

	w->job = mem_free(a);
	w->done(w, found ? CONTROL_OK : CONTROL_NO);
}

int route_command(const struct command *c)
{
	const struct control_env *env = c->env;
	const char *why = "";
	struct route_query q;
	struct route_ask ask;
	struct ask *a;

	if (!route_ask_parse(&ask, c->argc - 1, c->argv + 1) || ask.conf)
		return command_usage(c);
	if (!env->route_query || !c->wait)
		return command_fail(c, ENOTSUP, "there are no routes");
	if (env->route_query(&q, &ask, &why, env->arg))
		return command_fail(c, EINVAL, why);
	a = mem_alloc(sizeof(*a));
	if (!a)
		return command_fail(c, ENOMEM, strerror(ENOMEM));
	a->w = c->wait;
	a->report.out = c->wait->out;
	a->report.explain = ask.explain;
	a->report.door = env->route_door;
	a->report.door_arg = env->arg;
	a->report.done = on_done;
	a->report.arg = a;
	c->wait->job = a;
	c->wait->cancel = ask_cancel;
	route_report_begin(&a->report, env->router, &q);
	return EINPROGRESS;
}
