/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `routes:` and `emergency:`. */
#ifndef GATEWAY_ROUTE_ROUTE_CONF_H
#define GATEWAY_ROUTE_ROUTE_CONF_H

#include "conf/conf.h"

struct route_rule_conf {
	char             name[48];
	char             prefix[32];    /* "+81": E.164; else as dialled */
	char             regex[256];    /* POSIX ERE over the same form */
	struct conf_list from;          /* char[48]: "phones", "peer:x" */
	char             time[96];      /* "mon-fri 09:00-18:00" */
	long             min_digits, max_digits;        /* 0: any */
	bool             local;         /* numbers of the house */
	bool             enum_lookup;
	long             strip;
	char             add[32];
	struct conf_list to;            /* char[256]: "peer:itsp" */
	long             answer_ms;     /* 0: calls.answer_timeout */
};

struct route_emergency_conf {
	struct conf_list numbers;       /* char[16] */
	struct conf_list to;            /* char[256] */
};

struct route_conf {
	struct route_emergency_conf emergency;
	struct conf_list            rules;      /* route_rule_conf */
};

extern const struct conf_section route_emergency_section;
extern const struct conf_section route_rule_section;

#endif
