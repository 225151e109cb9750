/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of one lookup through one tree (RFC 6116, 5.2): asks for the
 * NAPTR records of the number's domain, judges them (naptr.c) and follows
 * non-terminal ones from domain to domain; where one leads nowhere it goes
 * on with the record after it. For enum.c only.
 */
#ifndef ENUM_ENUM_WALK_H
#define ENUM_ENUM_WALK_H

#include "enum/enum.h"

enum {
	ENUM_ASKED_MAX = 12,    /* domains, in all of a walk */
};

/* What the walks of one lookup have in common; constant while they run. */
struct enum_walk_job {
	struct loop             *loop;
	const struct enum_query *query;
	char                     number[ENUM_NUMBER_MAX];
	uint64_t                 begun_us;
	uint64_t                 secret[2];
	enum_self_fn            *self;
	void                    *self_arg;
	/* A walk is no longer ASKING. */
	void                   (*ended)(void *arg);
	void                    *arg;
};

enum enum_walk_state { WALK_ASKING, WALK_FOUND, WALK_ABSENT, WALK_FAILED };

struct enum_walk_rest;

/* Members may be read. */
struct enum_walk {
	const struct enum_walk_job *job;
	const struct enum_tree *tree;
	enum enum_walk_state    state;
	struct dns_query        query;
	uint64_t                asked_us;
	unsigned                hop, n_asked;
	uint64_t                asked[ENUM_ASKED_MAX]; /* hashes of names */
	uint32_t                ttl_s;
	bool                    cached, stale;
	bool                    weak;   /* not validated, and should be */
	bool                    failed; /* some of it was unavailable */
	struct enum_answer     *answer; /* FOUND */
	struct enum_walk_rest  *rest;   /* what comes next, should this lead
					 * nowhere */
	char                    domain[DNS_NAME_MAX];
};

/* Begins at the number's domain in tree; w is zeroed. May end at once. */
void enum_walk_begin(struct enum_walk *w, const struct enum_walk_job *job,
		     const struct enum_tree *tree);
/* Time is up: what stands beside the records that are still followed is the
 * answer, if there is any. ended() is not called. */
void enum_walk_expire(struct enum_walk *w);
/* No callback any more. Idempotent. */
void enum_walk_stop(struct enum_walk *w);
/* Stops it and frees what it holds. */
void enum_walk_fini(struct enum_walk *w);
/* Tells who asked for the lookup; fills in what is common to all steps. */
void enum_walk_trace(const struct enum_walk *w, struct enum_step *s);

#endif
