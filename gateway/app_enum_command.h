/* SPDX-License-Identifier: Apache-2.0 */
/* `tipring enum NUMBER [--explain]`. */
#ifndef GATEWAY_APP_ENUM_COMMAND_H
#define GATEWAY_APP_ENUM_COMMAND_H

#include <stdbool.h>

struct conf_snapshot;

/* Looks the number up and prints its URIs, with explain also each step. The
 * exit code: 0 found; 1 not found, unavailable or no number. */
int app_enum_command(const struct conf_snapshot *conf, const char *number,
		 bool explain);

#endif
