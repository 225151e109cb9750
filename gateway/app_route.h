/* SPDX-License-Identifier: Apache-2.0 */
/* `tipring route`, and what it has in common with `ctl route`. */
#ifndef GATEWAY_APP_ROUTE_H
#define GATEWAY_APP_ROUTE_H

#include "conf/conf.h"
#include "gateway/route/route_report.h"

struct guard;

/* The source of the configuration that is called so: "phone:alice",
 * "internet". False: there is none. */
bool app_route_source(struct route_source *s, const char *text,
		      const struct conf_snapshot *conf);

/* The call that is asked about, from a source of the configuration: with
 * its number, unless the caller's is given, and numbers read as from that
 * source. q->wall_us is the time now, to begin with. EINVAL: *why says what
 * is wrong. */
int app_route_query(struct route_query *q, const struct route_ask *ask,
		    const struct conf_snapshot *conf,
		    const char **why) MUST_CHECK;

/* How the target gets the call; a group: as the first of its lines. guard
 * may be NULL. */
void app_route_door(struct route_door *d, const struct route_job *j,
		    const struct route_target *t,
		    const struct conf_snapshot *conf, struct guard *guard);

/* Prints where the call would go by the file alone. The exit code: 0 there
 * is a target; 1 there is none, or an error was printed. */
int app_route_command(struct conf_snapshot *conf,
		      const struct route_ask *ask);

#endif
