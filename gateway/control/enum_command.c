/* SPDX-License-Identifier: Apache-2.0 */
/* A lookup for an operator. */
#include "gateway/control/enum_command.h"

#include <string.h>

#include "base/mem.h"
#include "enum/enum.h"

struct ask {
	struct control_wait      *w;
	const struct control_env *env;
	struct enum_query         query;
};

static void ask_cancel(struct control_wait *w)
{
	struct ask *a = w->job;

	enum_cancel(&a->query);
	w->job = mem_free(a);
}

static void on_step(const struct enum_step *s, void *arg)
{
	struct ask *a = arg;

	enum_step_print(a->w->out, s);
}

static void on_enum(int err, const struct enum_answer *answer, void *arg)
{
	struct ask *a = arg;
	struct control_wait *w = a->w;

	enum_answer_print(w->out, err, answer);
	if (a->env->enum_status)
		a->env->enum_status(w->out, a->env->arg);
	w->job = mem_free(a);
	w->done(w, CONTROL_OK);
}

static const char *trouble(int err)
{
	switch (err) {
	case ENOENT:
		return "no trees are configured";
	case EBADMSG:
	case EDOM:
		return "no number that ENUM could know";
	default:
		return strerror(err);
	}
}

int enum_command(const struct command *c)
{
	const struct control_env *env = c->env;
	struct ask *a;
	int err;

	if (!env->enum_lookup || !c->wait)
		return command_fail(c, ENOTSUP, "there is no ENUM");
	a = mem_alloc(sizeof(*a));
	if (!a)
		return command_fail(c, ENOMEM, strerror(ENOMEM));
	a->w = c->wait;
	a->env = env;
	a->query.trace = on_step;
	a->query.trace_arg = a;
	err = env->enum_lookup(&a->query, c->argv[1], on_enum, a, env->arg);
	if (err) {
		mem_free(a);
		return command_fail(c, err, trouble(err));
	}
	c->wait->job = a;
	c->wait->cancel = ask_cancel;
	return EINPROGRESS;
}
