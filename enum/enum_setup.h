/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The room put together from its configuration: resolvers on c-ares, a
 * cache before each, the client over the trees. For the gateway and for
 * `tipring enum` alike.
 */
#ifndef ENUM_ENUM_SETUP_H
#define ENUM_ENUM_SETUP_H

#include "enum/enum.h"
#include "enum/enum_conf.h"

struct enum_setup;

/* Builds all of it. No packet is sent yet. conf lives in owner (an object,
 * of which references are kept; may be NULL: then conf outlives the setup).
 * instead: takes the place of all servers, behind the cache (tests), and
 * stays the caller's; NULL: c-ares.
 * ENOMEM, EIO; EINVAL: a server or apex that cannot be used
 * (enum_conf_section refuses those). */
int enum_setup_new(struct enum_setup **sp, struct loop *l,
		   const struct enum_conf *conf, void *owner,
		   struct resolver *instead)
	MUST_CHECK;

struct enum_setup_next;

/* Readies what another conf (and owner, as above) changes. Nothing changes
 * yet. Errors as above. Then one of the other two. */
int enum_setup_prepare(struct enum_setup_next **np,
		       const struct enum_setup *s,
		       const struct enum_conf *conf, void *owner) MUST_CHECK;
/* Puts it to use: lookups go on in the trees they began in; what caches
 * hold stays, but for trees with servers of their own that are gone; queries
 * at servers that go are asked again at those that come. Cannot fail. */
void enum_setup_commit(struct enum_setup *s, struct enum_setup_next *n);
/* Forgets it. NULL-safe. */
void enum_setup_drop(struct enum_setup_next *n);

/* Ends lookups and queries without callbacks. NULL-safe. */
void enum_setup_free(struct enum_setup *s);

/* Lines of "key=value" for the status of the gateway: the common servers
 * and those of trees that have their own, with their cache; circuit=open:
 * none of them answers, lookups end at once. */
void enum_setup_print(const struct enum_setup *s, struct buf *out);

/* For locating SIP servers: asks the common servers, with cache, and for the
 * zones of a tree those of the tree. Stays the setup's. */
struct resolver *enum_setup_resolver(struct enum_setup *s);

/* The client. Stays the setup's. */
struct enum_client *enum_setup_client(const struct enum_setup *s);

#endif
