/* SPDX-License-Identifier: Apache-2.0 */
/* `tipring route`, and what it has in common with `ctl route`. */
#ifndef GATEWAY_APP_ROUTE_H
#define GATEWAY_APP_ROUTE_H

#include "conf/conf.h"
#include "gateway/route/route_report.h"

/* The call that is asked about, from a source of the configuration: with
 * its number, unless the caller's is given. EINVAL: *why says what is
 * wrong. */
int app_route_query(struct route_query *q, const struct route_ask *ask,
		    const struct conf_snapshot *conf, uint64_t now_us,
		    const char **why) MUST_CHECK;

/* Prints where the call would go by the file alone. The exit code: 0 there
 * is a target; 1 there is none, or an error was printed. */
int app_route_command(struct conf_snapshot *conf,
		      const struct route_ask *ask);

#endif
