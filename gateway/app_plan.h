/* SPDX-License-Identifier: Apache-2.0 */
/* The dial plan of `numbering:`: where its file is, and what is wrong. */
#ifndef GATEWAY_APP_PLAN_H
#define GATEWAY_APP_PLAN_H

#include "enum/dial_plan.h"
#include "gateway/app_conf.h"
#include "gateway/route/route_conf.h"

/* Reads the plan: from the file of c->plan or c->plan_file, or from the
 * other keys alone. d gets what is wrong with it, at the key of c; then
 * EINVAL. Also ENOMEM. */
int app_plan_new(struct dial_plan **pp, const struct numbering_conf *c,
		 struct conf_diag *d) MUST_CHECK;

/* The plan that was read with the configuration; it stays the snapshot's. */
struct dial_plan *app_plan_of(const struct conf_snapshot *s);

/* The time zone of numbering, as read then; NULL: the machine's. */
struct zone *app_plan_zone(const struct conf_snapshot *s);

/* What the router is made of: the sections of s, its plan and tables.
 * Emergency calls go to the groups and lines to the PSTN if s does not say
 * where. */
void app_plan_routes(struct route_conf *rc, const struct conf_snapshot *s);

/* Path of the data file of a plan by name ("jp"): beside the program as
 * installed (../share/tipring/plans) or as built (../conf/plans). ENOENT. */
int app_plan_path(char *out, size_t cap, const char *name) MUST_CHECK;

#endif
