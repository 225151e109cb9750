/* SPDX-License-Identifier: Apache-2.0 */
/* Other trees for a client, in one step. */
#ifndef TESTS_LIB_SET_TREES_H
#define TESTS_LIB_SET_TREES_H

#include "base/mem.h"
#include "enum/enum.h"

/* As enum_trees_new() and enum_client_set_trees(). */
static inline int set_trees(struct enum_client *c, const struct enum_tree *t,
			    unsigned n)
{
	struct enum_trees *set;
	int err = enum_trees_new(&set, t, n);

	if (!err) {
		enum_client_set_trees(c, set);
		obj_unref(set);
	}
	return err;
}

#endif
