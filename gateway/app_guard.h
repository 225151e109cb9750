/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard asks of the program. */
#ifndef GATEWAY_APP_GUARD_H
#define GATEWAY_APP_GUARD_H

#include "gateway/route/guard.h"

/* Where a target leads; arg: struct app. For struct guard_env. */
enum guard_way app_guard_way(const struct route_target *t, void *arg);

#endif
