/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of control/: `enum NUMBER`, the first command that has to wait. */
#ifndef GATEWAY_CONTROL_ENUM_COMMAND_H
#define GATEWAY_CONTROL_ENUM_COMMAND_H

#include "gateway/control/sim_commands.h"

/* Looks a number up as the running gateway does, with each step: its cache,
 * its servers, its policies. */
int enum_command(const struct command *c);

#endif
