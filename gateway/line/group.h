/* SPDX-License-Identifier: Apache-2.0 */
/* Hunt groups: a free line out of several. Signalling thread. */
#ifndef GATEWAY_LINE_GROUP_H
#define GATEWAY_LINE_GROUP_H

#include "base/list.h"
#include "base/str.h"

struct line;
struct line_env;
struct group_conf;

enum group_hunt {
	GROUP_LINEAR,           /* always from the first on */
	GROUP_ROUND_ROBIN,      /* from the one after the last seized on */
	GROUP_LEAST_USED,       /* the one that carried the fewest calls */
};

/* What kind of call asks for a line. */
enum group_call {
	GROUP_NORMAL,           /* free lines only */
	GROUP_EMERGENCY,        /* as many calls as there are lines */
	GROUP_PREEMPT,          /* and a line in use where none is free */
};

struct group;

/* A group of the configuration (which must live on); its lines are open
 * already. Appended to env->groups. ENOMEM. */
int group_open(struct group **gp, struct line_env *env,
	       const struct group_conf *conf) MUST_CHECK;
void group_close(struct group *g);
/* Those of env->groups. */
void group_close_all(struct line_env *env);

/* The group of that name, or NULL. */
struct group *group_find(const struct line_env *env, struct str name);
const char *group_name(const struct group *g);
/* Is l one of the group's lines? */
bool group_has(const struct group *g, const struct line *l);
/* The n-th line, or NULL. */
struct line *group_line(const struct group *g, unsigned n);
/* How many lines it has. */
unsigned group_size(const struct group *g);
/* Lines that are free now. */
unsigned group_free(const struct group *g);
/* Is one free, or will it be when its guard time is over? */
bool group_has_room(const struct group *g);
/* Does it carry all the calls that it may? */
bool group_is_full(const struct group *g);

/* Finds a line for an outgoing call; line_setup(), which is told the group,
 * is called on it in the same turn. Lines in tried[] (n_tried of them; may be
 * NULL) are skipped: this call tried them before. EMERGENCY: where no line is
 * free, one in its guard time is taken; PREEMPT: then an FXO line with an
 * outgoing call (the longest first), then one with an incoming call, never
 * one that holds an emergency call: its call is released with
 * CAUSE_PREEMPTION in the next turn, and line_setup() waits for the guard
 * time. EBUSY: none; EDQUOT:
 * its limit of calls, which an emergency call ignores; ENODEV: all are out of
 * service. */
int group_seize(struct line **lp, struct group *g, enum group_call kind,
		struct line *const *tried, unsigned n_tried) MUST_CHECK;

#endif
