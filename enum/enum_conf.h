/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `enum:`: DNS servers and ENUM trees. */
#ifndef ENUM_ENUM_CONF_H
#define ENUM_ENUM_CONF_H

#include "conf/conf.h"

enum { ENUM_SITE_TEXT = 128, ENUM_STATIC_URI_TEXT = 200 };

/* The order of their names in the file. */
enum enum_profile_name { ENUM_PROFILE_NONE, ENUM_PROFILE_GSMA,
			 ENUM_PROFILE_TTC };

struct enum_tree_conf {
	char             apex[128];     /* "": that of the profile */
	int              profile;       /* enum enum_profile_name */
	int              kind;          /* 0 e164, 1 isn */
	int              rank;
	struct conf_list servers;       /* struct addr; none: the common */
	struct conf_list zones;         /* char[ENUM_SITE_TEXT]; none: the
					 * profile's */
	bool             tcp;           /* they are asked by TCP only */
	/* The names of these begin with "profile": as the profile says. */
	int              dnssec;        /* else 1 + enum enum_dnssec */
	int              tel;           /* else 1 + place in the list */
	int              unallocated;   /* else 1 reject, 2 continue */
	struct conf_list services;      /* int: 0 sip, 1 voice, 2 pstn,
					 * 3 cnam; none: the profile's */
	struct conf_list domains;       /* char[ENUM_SITE_TEXT]; likewise */
	char             branch[32];    /* "": none */
	int              branch_position;
};

/* One number ("+815012345678"), or all that begin so ("+8150*"). */
struct enum_static_conf {
	char             number[CONF_E164_SIZE + 1];
	struct conf_list to;            /* char[ENUM_STATIC_URI_TEXT] */
};

struct enum_conf {
	struct conf_list servers;       /* struct addr; none: resolv.conf */
	uint32_t         timeout_ms;    /* until the next server is asked */
	uint32_t         deadline_ms;   /* of a lookup */
	int              cache_entries, cache_memory_mb;
	uint32_t         ttl_min_ms, ttl_max_ms, negative_ttl_max_ms;
	uint32_t         stale_ms;      /* expired answers; 0: none */
	uint32_t         stale_after_ms;
	uint32_t         caller_name_ms; /* 0: callers' names are not asked */
	struct conf_list trees;         /* enum_tree_conf; none: no ENUM */
	struct conf_list statics;       /* enum_static_conf */
	int              static_rank;
};

extern const struct conf_section enum_conf_section;

#endif
