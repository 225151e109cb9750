/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENUM (RFC 6116): from an E.164 number to the URIs to call, in the order
 * to try them.
 *
 *	struct enum_query q;     // zeroed, in the owner
 *	err = enum_lookup(client, &q, "+815012345678", 0, on_enum, job);
 *	...
 *	static void on_enum(int err, const struct enum_answer *a, void *arg)
 *
 * All trees (apex zones) are asked at once. The result is that of the tree
 * with the lowest rank which knows the number: it comes as soon as every
 * tree before it has said no or failed, at the latest at the deadline, when
 * the best one of those that answered is taken. [signalling thread]
 */
#ifndef ENUM_ENUM_H
#define ENUM_ENUM_H

#include "base/buf.h"
#include "enum/e164.h"
#include "enum/enum_domain.h"
#include "enum/enum_policy.h"
#include "enum/naptr.h"
#include "enum/resolver.h"
#include "enum/tel_port.h"

struct enum_client;
struct enum_trees;

enum {
	ENUM_URIS_MAX     = 8,
	ENUM_HOPS_MAX     = 5,          /* non-terminal records in a row */
	ENUM_DEADLINE_MS  = 800,
	ENUM_NAME_MAX     = 64,         /* of a caller, with the NUL */
};

/* One apex zone. */
struct enum_tree {
	char             apex[128];     /* "e164.arpa" */
	int              rank;          /* lower is asked for first; equal:
					 * in the order of the list */
	unsigned         services;      /* mask of naptr_service; 0: all
					 * that are dialled */
	bool             isn;           /* for ITAD subscriber numbers, not
					 * for E.164 */
	struct enum_branch branch;
	struct enum_policy policy;
	struct resolver *resolver;      /* outlives the client, or lives in */
	void            *owner;         /* an object: a reference is kept for
					 * as long as lookups go on in the
					 * tree; may be NULL */
};

struct enum_uri {
	char     uri[NAPTR_URI_MAX];    /* sip:, sips: or tel: and printable;
					 * nothing else is promised: the SIP
					 * room parses it */
	char     service[NAPTR_SERVICE_MAX];    /* "E2U+sip" as published */
	uint16_t order, preference;
	bool     tel;                   /* see enum_uri_number() */
	bool     ported;                /* the tree is trusted with the rn
					 * and cic of a number */
};

struct enum_answer {
	unsigned        n;              /* try them in turn */
	bool            vacant;         /* n is 0: the number is not
					 * allocated, says the tree */
	char            name[ENUM_NAME_MAX]; /* of a lookup for a name */
	struct enum_uri v[ENUM_URIS_MAX];
	char            apex[128];      /* of the tree that answered */
	uint32_t        ttl_s;
	bool            cached;
	bool            stale;          /* expired: the servers are down */
};

/*
 * The last call of a lookup, never before enum_lookup() returns:
 * 0       a->n URIs, at least 1, unless a->vacant; of a lookup for a name:
 *         a->name; valid during the call
 * ENOENT  not in ENUM: every tree said so, or has only records that a call
 *         cannot use
 * EAGAIN  unavailable: no URI, and at least one tree gave no (usable)
 *         answer by the deadline; the number may well be in ENUM
 * a is NULL in both other cases: go on to the next rule.
 */
typedef void enum_fn(int err, const struct enum_answer *a, void *arg);

enum enum_step_kind {
	ENUM_STEP_QUERY,        /* domain is asked for in tree apex */
	ENUM_STEP_ANSWER,       /* err, rcode, elapsed_us, ttl_s ... */
	ENUM_STEP_RECORD,       /* one record and what became of it */
	ENUM_STEP_BACK,         /* this way led nowhere (why), another comes */
	ENUM_STEP_RESULT,       /* the tree's last word: err */
	ENUM_STEP_END,          /* the lookup's last word: err, apex */
};

/* What happened; all pointers are valid during the call only. */
struct enum_step {
	enum enum_step_kind         kind;
	const char                 *apex, *domain;
	unsigned                    hop;        /* 0: the number itself */
	uint64_t                    at_us;      /* since the lookup began */
	uint64_t                    elapsed_us; /* since the query */
	int                         err;
	const char                 *why;        /* or NULL */
	const struct dns_rrset     *set;        /* ANSWER; may be NULL */
	bool                        cached, stale;
	uint32_t                    ttl_s;
	const struct naptr_verdict *record;     /* RECORD */
};
typedef void enum_trace_fn(const struct enum_step *s, void *arg);

/* Embedded in its owner; zeroed: not running. The owner may set name and
 * trace before enum_lookup(); trace is called synchronously, must not start or
 * cancel lookups. */
struct enum_query {
	struct enum_lookup *job;        /* NULL: not running */
	bool                name;       /* the name of who has the number is
					 * wanted, of the trees that list
					 * NAPTR_CNAM; no URIs */
	enum_trace_fn      *trace;
	void               *trace_arg;
};

/* n trees (0: no number is in ENUM), copied. ENOMEM; EINVAL: an apex that is
 * no domain name. */
int enum_client_new(struct enum_client **cp, struct loop *l,
		    const struct enum_tree *trees, unsigned n) MUST_CHECK;
/* Trees as a client takes them: a constant object. Errors as above. */
int enum_trees_new(struct enum_trees **tp, const struct enum_tree *trees,
		   unsigned n) MUST_CHECK;
/* Other trees from now on (a reference is kept); lookups under way go on
 * with the old ones, so their resolvers must stay until those have ended:
 * then the references to their owners are given back. */
void enum_client_set_trees(struct enum_client *c, struct enum_trees *trees);
/* Is there any tree? */
bool enum_client_has_trees(const struct enum_client *c);
/* The deadline of lookups that name none; 0: ENUM_DEADLINE_MS. */
void enum_client_set_deadline(struct enum_client *c, uint32_t ms);
/* Results that lead back to this gateway are refused from now on. */
void enum_client_set_self(struct enum_client *c, enum_self_fn *self,
			  void *arg);
/* Is any tree for ITAD subscriber numbers? */
bool enum_client_has_isn(const struct enum_client *c);
/* Lookups still running are cancelled. NULL-safe. */
void enum_client_free(struct enum_client *c);

/*
 * Looks number up: E.164 ("+" and digits; e164_normalise() makes it) or an
 * ITAD subscriber number ("1234*256"). deadline_ms 0: that of the client.
 * 0: fn will be called exactly once. EBADMSG: neither of them (short codes
 * and emergency numbers are never asked for); ENOMEM; nothing was started
 * then.
 */
int enum_lookup(struct enum_client *c, struct enum_query *q,
		const char *number, uint32_t deadline_ms, enum_fn *fn,
		void *arg) MUST_CHECK;

/* The number of a tel: URI ("+..."), and what is known of its portability
 * as far as the tree is trusted with that. */
void enum_uri_number(const struct enum_uri *u, char number[E164_MAX],
		     struct tel_port *port);

/* No callback after this. Idempotent, legal in any callback. */
void enum_cancel(struct enum_query *q);

/* The step as one line of text, for --explain: what was asked, what came,
 * and why each record was taken or not. Foreign bytes are escaped. */
void enum_step_print(struct buf *out, const struct enum_step *s);

/* The result as lines of text: "100 10 E2U+sip sip:bob@example.com", "name
 * Harold", or why there is none. */
void enum_answer_print(struct buf *out, int err, const struct enum_answer *a);

#endif
