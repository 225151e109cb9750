/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a dial plan: dial_build.c makes it, dial_plan.c asks it. */
#ifndef ENUM_DIAL_PLAN_IMPL_H
#define ENUM_DIAL_PLAN_IMPL_H

#include "enum/dial_plan.h"
#include "enum/dial_trie.h"

/* What begins where a pattern ends. */
enum dial_what {
	DIAL_IS_SHORT,          /* a number by itself */
	DIAL_IS_NATIONAL, DIAL_IS_INTERNATIONAL,        /* after a prefix */
	DIAL_IS_CARRIER, DIAL_IS_WITHHOLD, DIAL_IS_SHOW,        /* a code */
	DIAL_IS_RANGE,          /* national significant numbers */
	DIAL_IS_COUNTRY,        /* another one's, country code first */
};

/* Marks of nodes: what lies below. */
enum { DIAL_BELOW_SHORT = 1, DIAL_BELOW_PREFIX = 2, DIAL_BELOW_CODE = 4 };

struct dial_entry {
	uint8_t what, kind;
	uint8_t min, max;       /* digits, of a short code or a range */
	char    country[4];     /* of a range; "": that of the plan */
};

enum { DIAL_EMERGENCY_MAX = 32, DIAL_ENTRIES_MAX = 4096 };

struct dial_plan {
	char              country[4];
	char              national[DIAL_CODE_MAX];
	char              international[DIAL_CODE_MAX];
	char              area[8];
	char              local[11];    /* first digits of local numbers */
	char              withhold[DIAL_CODE_MAX];
	bool              bare;
	struct dial_trie  dialled, ranges, world;
	struct dial_entry *entry;       /* from 1 */
	unsigned          n_entries, cap;
	char              emergency[DIAL_EMERGENCY_MAX][DIAL_SHORT_MAX];
	struct conf_list  emergency_list;
	char              sos[DIAL_EMERGENCY_MAX][DIAL_SOS_MAX];
	size_t            n_sos;
};

#endif
