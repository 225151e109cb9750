/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `routes:` and `emergency:`. */
#ifndef GATEWAY_ROUTE_ROUTE_CONF_H
#define GATEWAY_ROUTE_ROUTE_CONF_H

#include "conf/conf.h"
#include "enum/dial_plan.h"
#include "gateway/route/route.h"

enum { ROUTE_NUMBER_MAX = DIAL_SHORT_MAX };

struct route_rule_conf {
	char             name[48];
	char             prefix[32];    /* "+81": E.164; else as dialled */
	char             regex[256];    /* POSIX ERE over the same form */
	struct conf_list from;          /* char[48]: "phones", "peer:x" */
	char             time[96];      /* "mon-fri 09:00-18:00" */
	int              min_digits, max_digits;        /* 0: any */
	bool             local;         /* numbers of the house */
	bool             enum_lookup;
	int              strip;
	char             add[32];
	struct conf_list to;            /* char[256]: "peer:itsp" */
	uint32_t         answer_ms;     /* 0: that of `calls:` */
	bool             pstn_for_internet;
};

struct route_emergency_conf {
	struct conf_list numbers;       /* char[ROUTE_NUMBER_MAX]; none: those
					 * of the dial plan */
	struct conf_list to;            /* char[256] */
	struct conf_list places;        /* struct place_conf */
};

/* All of one snapshot. */
struct route_conf {
	void *owner;    /* the snapshot (or any object that they live in): a
			 * reference is kept as long as rules of it are in
			 * use; NULL: they outlive the router */
	const struct route_emergency_conf *emergency;
	const struct conf_list            *rules;       /* route_rule_conf */
	struct dial_plan                  *plan;        /* the same as for
							 * owner, not NULL */
	/* where emergency calls go if the configuration does not say */
	char     sos[ROUTE_TARGETS_MAX][ROUTE_NAME_MAX + 8];
	unsigned n_sos;
};

extern const struct conf_section route_emergency_section;
extern const struct conf_section route_rules_section;      /* a list */

#endif
