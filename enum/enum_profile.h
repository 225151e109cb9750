/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of the configuration as the lookups know it: what its keys say,
 * and where they are silent its profile. (pure)
 */
#ifndef ENUM_ENUM_PROFILE_H
#define ENUM_ENUM_PROFILE_H

#include "enum/enum.h"
#include "enum/enum_conf.h"

enum { ENUM_ZONES_MAX = 16 };

/* Domains whose hosts the servers of a tree are asked for. */
struct enum_zones {
	unsigned n;
	char     v[ENUM_ZONES_MAX][ENUM_SITE_TEXT];
};

/* All of t but its resolver, which is NULL. EINVAL: what
 * enum_profile_check() refuses. */
int enum_profile_tree(struct enum_tree *t, const struct enum_tree_conf *c)
	MUST_CHECK;

/* The key that is wrong, *what then says how; NULL: all is well. */
const char *enum_profile_check(const struct enum_tree_conf *c,
			       const char **what);

/* Those of c, which enum_profile_check() has let pass. */
void enum_profile_zones(struct enum_zones *z, const struct enum_tree_conf *c);
/* How long is the longest zone that name is in? 0: it is in none. */
size_t enum_profile_zone(const struct enum_zones *z, const char *name);

#endif
