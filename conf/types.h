/* SPDX-License-Identifier: Apache-2.0 */
/* One parser, comparison and printer per scalar type of conf.h. */
#ifndef CONF_TYPES_H
#define CONF_TYPES_H

#include "conf/conf.h"

enum { CONF_WHY_SIZE = 160 };

/* Bytes of the member that holds k; 0: any (texts, LIST, MAP). */
size_t conf_type_size(const struct conf_key *k);

/* Bytes of one element of a list of scalars. */
size_t conf_item_size(const struct conf_key *item);

/* "whole number", "duration": what the user reads. */
const char *conf_type_name(enum conf_type t);

/* Text to value at out, range checked. dir: what a relative CONF_FILE counts
 * from, may be "". EBADMSG: why says what is wrong, as part of a sentence.
 * Not for SECRET, LIST, MAP. */
int conf_scalar_parse(const struct conf_key *k, void *out, struct str text,
		      const char *dir, char why[CONF_WHY_SIZE]) MUST_CHECK;

/* Do two values (SECRET too) equal? */
bool conf_scalar_eq(const struct conf_key *k, const void *a, const void *b);

/* Is the value all zero: left out where "" is the default? */
bool conf_scalar_is_unset(const struct conf_key *k, const void *v);

/* As it may stand in a file; a secret is masked. */
void conf_scalar_print(const struct conf_key *k, const void *v,
		       struct buf *out);

/* The one of names nearest to text, or NULL if none is near. */
const char *conf_nearest(struct str text, const char *(*name)(const void *of,
			 size_t i), const void *of);

#endif
