/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of control/: `route FROM NUMBER`. */
#ifndef GATEWAY_CONTROL_ROUTE_COMMAND_H
#define GATEWAY_CONTROL_ROUTE_COMMAND_H

#include "gateway/control/sim_commands.h"

/* Where a call would go at this moment, with the peers' health, calls and
 * caches of the running gateway. ENOENT: nowhere. */
int route_command(const struct command *c);

#endif
