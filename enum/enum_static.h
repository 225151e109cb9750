/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for those without DNS: a resolver that answers out of a list of
 * the configuration. Each number, or prefix of numbers, becomes NAPTR
 * records, so that all that lookups do with trees holds for it too.
 */
#ifndef ENUM_ENUM_STATIC_H
#define ENUM_ENUM_STATIC_H

#include "enum/enum_conf.h"
#include "enum/resolver.h"

/* The apex under which it answers. */
#define ENUM_STATIC_APEX "static.invalid"

/* A resolver over list (of struct enum_static_conf), which lives in owner
 * (an object: a reference is kept) or, if that is NULL, outlives it. The
 * longest entry that fits a number answers, an exact one first; its URIs in
 * their order. ENOMEM; EINVAL: an entry that is not well formed. */
int enum_static_new(struct resolver **rp, struct loop *l,
		    const struct conf_list *list, void *owner) MUST_CHECK;

/* "+815012345678", "+8150*". */
bool enum_static_number_ok(const char *number);
/* A sip:, sips: or tel: URI in which "\1" may stand for the number. */
bool enum_static_uri_ok(const char *uri);

#endif
