/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a file of conf/plans/. */
#ifndef ENUM_DIAL_PLAN_CONF_H
#define ENUM_DIAL_PLAN_CONF_H

#include "enum/dial_plan.h"
#include "enum/dial_trie.h"

struct dial_plan_conf {
	char             title[64];
	char             country[4];
	char             national[6];
	bool             bare;
	char             local[11];
	struct conf_list international; /* char[DIAL_PATTERN_MAX] */
	struct conf_list withhold, show, carriers;      /* the same */
	struct conf_list emergency;     /* char[DIAL_SHORT_MAX] */
	struct conf_list sos;           /* char[DIAL_SOS_MAX]: "fire 119" */
};

struct dial_range_conf {
	char prefix[DIAL_PATTERN_MAX];
	int  kind;                      /* enum dial_kind */
	char digits[8];                 /* "10", "9-10" */
	char country[4];
};

extern const struct conf_section dial_plan_section;
extern const struct conf_section dial_ranges_section;   /* a list */
extern const struct conf_section dial_short_section;    /* a list */
extern const struct conf_section dial_world_section;    /* a list */
extern const struct conf_section *const dial_sections[];

/* "10" or "9-10". EBADMSG. */
int dial_digits_parse(uint8_t *min, uint8_t *max, const char *text)
	MUST_CHECK;

/* Makes the plan: any of them may be NULL. ENOMEM; EFBIG: too many ranges;
 * EBADMSG cannot happen with what was checked. (dial_build.c) */
int dial_plan_build(struct dial_plan **pp, const struct dial_plan_conf *c,
		    const struct conf_list *ranges,
		    const struct conf_list *codes,
		    const struct dial_keys *keys) MUST_CHECK;

/* Adds the ranges of other countries; the same errors. (dial_build.c) */
int dial_plan_add_world(struct dial_plan *p, const struct conf_list *ranges)
	MUST_CHECK;

#endif
