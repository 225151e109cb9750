/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of control/: the shape of a command, and the commands on the far
 * ends of simulated lines. */
#ifndef GATEWAY_CONTROL_SIM_COMMANDS_H
#define GATEWAY_CONTROL_SIM_COMMANDS_H

#include "gateway/control/control.h"

struct command_row;

/* One command under way. argv[0] is its name. */
struct command {
	const struct command_row *row;
	const struct control_env *env;
	struct buf               *out;
	struct control_wait      *wait;         /* NULL: none can wait */
	int                       argc;
	char                    **argv;
};

struct command_row {
	const char *name;
	int         min_args, max_args;
	const char *args, *doc;
	int       (*fn)(const struct command *c);
};

/* Ends with a row without a name. */
extern const struct command_row sim_commands[];

/* The answer becomes this text; returns err. */
int command_fail(const struct command *c, int err, const char *why);
/* The same for a file: its name, and what err means. */
int command_fail_file(const struct command *c, int err, const char *path);
/* The answer becomes how the command is given; returns EINVAL. */
int command_usage(const struct command *c);

#endif
