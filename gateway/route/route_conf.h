/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `routes:` and `emergency:`. */
#ifndef GATEWAY_ROUTE_ROUTE_CONF_H
#define GATEWAY_ROUTE_ROUTE_CONF_H

#include "conf/conf.h"
#include "enum/dial_plan.h"
#include "gateway/route/number_tables.h"
#include "gateway/route/route.h"
#include "gateway/route/zone.h"

enum { ROUTE_NUMBER_MAX = DIAL_SHORT_MAX };

enum { ROUTE_DATE_SIZE = 24, ROUTE_DATES_MAX = 400 };

enum route_anonymous {
	ROUTE_ANON_ANY, ROUTE_ANON_YES, ROUTE_ANON_NO,
};

struct route_rule_conf {
	char             name[48];
	char             prefix[32];    /* "+81": E.164; else as dialled */
	char             regex[256];    /* POSIX ERE over the same form */
	struct conf_list from;          /* char[48]: "phones", "peer:x" */
	char             caller_prefix[32];     /* as prefix */
	int              anonymous;     /* enum route_anonymous */
	char             in_table[ROUTE_NAME_MAX];      /* "": any number */
	char             not_in_table[ROUTE_NAME_MAX];
	char             caller_in_table[ROUTE_NAME_MAX];
	char             caller_not_in_table[ROUTE_NAME_MAX];
	char             time[96];      /* "mon-fri 09:00-18:00" */
	struct conf_list dates;         /* char[24]: "01-01", "2026-05-03" */
	char             dates_file[256];
	char             zone[ZONE_NAME_MAX];   /* of both; "": the default */
	int              max_calls;     /* 0: any */
	int              min_digits, max_digits;        /* 0: any */
	bool             local;         /* numbers of the house */
	bool             enum_lookup;
	char             ported[ROUTE_NAME_MAX];        /* "": not asked */
	char             table[ROUTE_NAME_MAX];         /* "": none */
	int              strip;
	char             add[32];
	char             rewrite[128];  /* "!^0(.*)$!+81\\1!" */
	struct conf_list to;            /* char[256]: "peer:itsp" */
	struct conf_list weights;       /* int: one per target, or none */
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
	struct number_tables              *tables;      /* NULL: none; the
							 * same as for owner */
	struct dial_plan                  *plan;        /* the same, not NULL */
	struct zone                       *zone; /* of rules that name none,
						  * the same; NULL: the
						  * machine's */
	uint32_t caller_name_ms;        /* a call waits so long for the name
					 * of its caller; 0: ENUM is not
					 * asked for it */
	/* where emergency calls go if the configuration does not say */
	char     sos[ROUTE_TARGETS_MAX][ROUTE_NAME_MAX + 8];
	unsigned n_sos;
};

extern const struct conf_section route_emergency_section;
extern const struct conf_section route_rules_section;      /* a list */

#endif
