/* SPDX-License-Identifier: Apache-2.0 */
/* Table-driven state machine. */
#include "base/fsm.h"

#include <assert.h>

#include "base/metric.h"

static METRIC_COUNT(unexpected, "tipring_fsm_unexpected_total",
		    "Events a state machine had no row for");

void fsm_init(struct fsm *f, const struct fsm_table *t, unsigned char state,
	      const struct log_tag *tag)
{
	assert(state < t->n_states);
	*f = (struct fsm){ t, tag, state };
}

const struct fsm_row *fsm_find(const struct fsm_table *t,
			       unsigned char state, unsigned char event)
{
	for (unsigned i = 0; i < t->n_rows; i++) {
		const struct fsm_row *r = &t->rows[i];

		if (r->event == event &&
		    (r->state == state || r->state == FSM_ANY))
			return r;
	}
	return NULL;
}

static void trace(const struct fsm *f, const char *what, unsigned char event,
		  unsigned char next)
{
	const struct fsm_table *t = f->table;
	struct log_tag own = { .module = t->name };

	log_debug(f->tag ? f->tag : &own, what,
		  "machine=%s from=%s to=%s on=%s", t->name,
		  t->states[f->state], t->states[next], t->events[event]);
}

bool fsm_event(struct fsm *f, unsigned char event, void *obj, void *arg)
{
	const struct fsm_row *r = fsm_find(f->table, f->state, event);
	unsigned char next;

	assert(event < f->table->n_events);
	if (!r) {
		metric_add(&unexpected, 1);
		trace(f, "event without a row", event, f->state);
		return false;
	}
	next = r->next == FSM_SAME ? f->state : r->next;
	trace(f, "transition", event, next);
	f->state = next;
	if (r->action)
		r->action(obj, arg);    /* f may be gone after this */
	return true;
}

unsigned long fsm_unexpected(void)
{
	return (unsigned long)metric_get(&unexpected);
}
