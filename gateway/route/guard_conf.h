/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `guard:`. */
#ifndef GATEWAY_ROUTE_GUARD_CONF_H
#define GATEWAY_ROUTE_GUARD_CONF_H

#include "conf/conf.h"

enum guard_action { GUARD_OFF, GUARD_ALARM, GUARD_BLOCK };

/* What one source may; 0: no limit. */
struct guard_limits {
	int  premium, new_country, night_new_country;   /* enum guard_action */
	int  new_country_calls;         /* so many make it known */
	int  max_calls;                 /* at a time */
	int  minutes_hour, minutes_day;
	int  money_hour, money_day;     /* units of the rate table */
	int  action, night_action;      /* enum guard_action, of limits */
	int  night_percent;             /* limits at night */
	int  block_percent;             /* of a limit: blocks in any case */
	bool end_calls;
};

struct guard_source_conf {
	struct conf_list    from;       /* char[48], as in routes */
	struct guard_limits limits;
};

struct guard_conf {
	bool                enabled;
	char                night[96];  /* "22:00-06:00" */
	struct conf_list    countries;  /* char[GUARD_COUNTRY_MAX] */
	struct conf_list    free;       /* char[256]: targets */
	char                rates[48];  /* a table of prices */
	struct guard_limits limits;     /* of sources not in the list */
	struct conf_list    sources;    /* struct guard_source_conf */
	char                state_file[256];
};

extern const struct conf_section guard_conf_section;

#endif
