/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `enum:`: DNS servers and ENUM trees. */
#ifndef ENUM_ENUM_CONF_H
#define ENUM_ENUM_CONF_H

#include "conf/conf.h"

struct enum_tree_conf {
	char             apex[128];
	int              rank;
	struct conf_list servers;       /* struct addr; none: the common */
	bool             require_ad;
	struct conf_list services;      /* int: 0 sip, 1 voice, 2 pstn */
};

struct enum_conf {
	struct conf_list servers;       /* struct addr; none: resolv.conf */
	uint32_t         timeout_ms;    /* until the next server is asked */
	uint32_t         deadline_ms;   /* of a lookup */
	int              cache_entries;
	struct conf_list trees;         /* enum_tree_conf; none: no ENUM */
};

extern const struct conf_section enum_conf_section;

#endif
