/* SPDX-License-Identifier: Apache-2.0 */
/* One lookup for a name, bounded in time. */
#include "gateway/route/caller_name.h"

#include <string.h>

#include "gateway/route/rule_set.h"

static void on_name(int err, const struct enum_answer *a, void *arg)
{
	struct route_job *j = arg;

	j->caller.asking = false;
	if (!err)
		memcpy(j->caller.name, a->name, sizeof(j->caller.name));
	j->caller.done(j);
}

void caller_name_ask(struct route_job *j, const struct route_env *env,
		     const char *e164, void (*done)(struct route_job *j))
{
	const struct party *p = &j->q.calling;
	uint32_t ms = j->set->conf.caller_name_ms;

	if (!ms || !env->enum_client || p->name[0] ||
	    p->presentation != PARTY_ALLOWED || !e164[0])
		return;
	j->caller.query.name = true;
	j->caller.done = done;
	j->caller.asking = !enum_lookup(env->enum_client, &j->caller.query,
					e164, ms, on_name, j);
}

void caller_name_cancel(struct route_job *j)
{
	if (j->caller.asking)
		enum_cancel(&j->caller.query);
	j->caller.asking = false;
}
