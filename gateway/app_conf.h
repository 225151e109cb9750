/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that belong to no room: `log:`, `control:`, `numbering:`; and the
 * table of all sections. */
#ifndef GATEWAY_APP_CONF_H
#define GATEWAY_APP_CONF_H

#include "conf/conf.h"

struct log_conf {
	int level;                      /* enum log_level */
};

struct control_conf {
	char socket[104];               /* path; "": none */
};

struct numbering_conf {
	char plan[32];                  /* name of a file in conf/plans */
	char plan_file[256];
	char country[4], national[6], international[6], area[8];
	bool bare;
	int  min_digits, max_digits;
	char zone[48];                  /* "": the machine's; an object of
					 * it is kept: app_plan_zone() */
};

extern const struct conf_section log_conf_section;
extern const struct conf_section control_conf_section;
extern const struct conf_section numbering_conf_section;

/* Every section of the file; ends with NULL. */
extern const struct conf_section *const app_sections[];

struct route_target;

/* Is the target there? A URI always is. */
bool app_conf_has(const struct conf_snapshot *s, const struct route_target *t);
/* Is it a line of the exchange, a group with one, or a peer that knows us
 * by an account: a provider? */
bool app_conf_is_pstn(const struct conf_snapshot *s,
		      const struct route_target *t);

/* Rules across sections: what routes name is there. Keeps the dial plan
 * with its section, and the tables of numbers with theirs. A
 * conf_cross_fn. */
int app_conf_cross(struct conf_snapshot *s, struct conf_diag *d);

#endif
