/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table-driven state machine: rows { state, event, action, next }. Only
 * fsm_event() writes the state. The table is constant and is read by tests
 * and drawings alike.
 */
#ifndef BASE_FSM_H
#define BASE_FSM_H

#include <stdbool.h>

#include "base/log.h"

/* Runs after the state was set; may raise further events, last statement
 * only, because the object may be gone after an upcall. */
typedef void fsm_action_fn(void *obj, void *event_arg);

enum { FSM_ANY = 255, FSM_SAME = 254 };

struct fsm_row {
	unsigned char  state;   /* or FSM_ANY: for every state */
	unsigned char  event;
	fsm_action_fn *action;  /* NULL: nothing to do */
	unsigned char  next;    /* or FSM_SAME */
};

struct fsm_table {
	const char           *name;
	const char *const    *states;  /* names, n_states of them */
	unsigned              n_states;
	const char *const    *events;
	unsigned              n_events;
	const struct fsm_row *rows;
	unsigned              n_rows;
};

struct fsm {
	const struct fsm_table *table;
	const struct log_tag   *tag;    /* of the object; may be NULL */
	unsigned char           state;
};

/* In the given state, no action. The tag must outlive f; may be NULL. */
void fsm_init(struct fsm *f, const struct fsm_table *t, unsigned char state,
	      const struct log_tag *tag);

/* Runs the first row that fits. False: no row; logged at debug level and
 * counted, the state stays. obj is not touched after the action. */
bool fsm_event(struct fsm *f, unsigned char event, void *obj, void *arg);

/* The row for a state and event, or NULL (for tests and drawings). */
const struct fsm_row *fsm_find(const struct fsm_table *t,
			       unsigned char state, unsigned char event);

/* Events without a row, since start. */
unsigned long fsm_unexpected(void);

#endif
