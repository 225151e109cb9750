/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard asks of the program. */
#ifndef GATEWAY_APP_GUARD_H
#define GATEWAY_APP_GUARD_H

#include "gateway/route/guard.h"

/* Where a target leads, by the configuration. */
enum guard_way app_guard_way_of(const struct route_target *t,
				const struct conf_snapshot *s);
/* By the one in force; arg: struct app. For struct guard_env. */
enum guard_way app_guard_way(const struct route_target *t, void *arg);

/* What the guard is made of: the sections of s, its plan and zone. */
void app_guard_setup(struct guard_setup *g, const struct conf_snapshot *s);

/* The target is a URI: if it leads to a peer of s, that is filled in, and
 * what is called there. For struct route_env. */
void app_guard_peer_of(struct route_target *t, const struct conf_snapshot *s);

/* What a minute and a call to a number cost, by the table `guard: rates`;
 * false: not known. arg: struct app. For struct guard_env. */
bool app_guard_rate(struct guard_rate *r, const char *e164, void *arg);

/* The source of that name in the configuration; arg: struct app. For struct
 * guard_env. */
bool app_guard_source(struct route_source *s, const char *name, void *arg);

#endif
