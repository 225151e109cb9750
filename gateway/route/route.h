/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a call go? The emergency rule first, then the rules of the
 * configuration in their order. A rule that fits yields targets; when the
 * call cannot be completed by any of them it asks for the next rule.
 * Signalling thread only.
 */
#ifndef GATEWAY_ROUTE_ROUTE_H
#define GATEWAY_ROUTE_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/tmr.h"
#include "enum/e164.h"
#include "enum/enum.h"
#include "gateway/party.h"

struct number_table;
struct place_conf;
struct route_conf;

enum route_kind {
	ROUTE_PEER,             /* dest: name of a peer */
	ROUTE_URI,              /* dest: a sip: URI, from ENUM */
	ROUTE_PHONE,            /* dest: user of a registered phone */
	ROUTE_LINE,             /* dest: name of a line */
	ROUTE_GROUP,            /* dest: name of a group of lines */
	ROUTE_SERVICE,          /* dest: "echo", "milliwatt", "play:FILE" */
	ROUTE_REJECT,           /* cause says why */
};

/* Who is calling: decides which rules apply. */
enum route_source_kind {
	ROUTE_FROM_INTERNET,    /* a source nobody configured */
	ROUTE_FROM_PHONE,       /* a phone that proved its password */
	ROUTE_FROM_TELEPHONE,   /* an analog telephone (FXS) */
	ROUTE_FROM_TRUNK,       /* a PSTN line (FXO, B-channel) */
	ROUTE_FROM_PEER,        /* a configured SIP peer */
};

enum { ROUTE_DEST_MAX = 256, ROUTE_NAME_MAX = 48, ROUTE_TARGETS_MAX = 8 };

struct route_source {
	enum route_source_kind kind;
	char                   name[ROUTE_NAME_MAX];
};

struct route_query {
	struct party        called, calling;
	struct route_source from;
	uint64_t            wall_us;    /* time of the call, 1970 UTC */
	uint8_t             max_forwards;       /* RFC 3261; 0: not by SIP */
	struct tel_port     port;       /* of the called number: with rn the
					 * rules match that; with enumdi ENUM
					 * is not asked again */
};

struct route_target {
	enum route_kind kind;
	char            dest[ROUTE_DEST_MAX];
	struct party    called;         /* as the target wants it */
	uint32_t        answer_ms;      /* give up after; 0: the default */
	enum q850_cause cause;          /* ROUTE_REJECT */
	bool            has_price;      /* from a table of carriers: */
	uint64_t        price;          /* per minute, in millionths */
	const struct tel_port *port;    /* what to tell a peer of the
					 * number; the job's; NULL: nothing */
	char            peer[ROUTE_NAME_MAX];   /* ROUTE_URI: the configured
						 * peer it leads to, or "" */
};

struct route_use;

struct route_result {
	char                rule[ROUTE_NAME_MAX];
	char                why[96];    /* "prefix +81", "enum: found" */
	bool                emergency;  /* by the emergency rule */
	bool                for_help;   /* by any rule, to such a number: no
					 * limit stops it */
	const struct place_conf *place; /* of an emergency call's caller, or
					 * NULL */
	bool                pstn_for_internet;  /* the rule says so */
	struct route_use   *use;        /* for route_use_begin */
	struct route_target v[ROUTE_TARGETS_MAX];
	unsigned            n;
};

/* r NULL: no (further) rule. Otherwise r is valid until the job goes on or
 * is cancelled. Never called before route_find or route_next returned. */
typedef void route_fn(const struct route_result *r, void *arg);

/* Fills kind and dest for a number of the house (a phone's, a telephone's);
 * false: nobody has it. */
typedef bool route_local_fn(struct route_target *t, const char *number,
			    void *arg);

/* Does a longer number of the house begin so? */
typedef bool route_begins_fn(const char *digits, void *arg);

/* Why the target should stand behind others, "down", "poor"; NULL: it is
 * as good as is known. */
typedef const char *route_poor_fn(const struct route_target *t, void *arg);

/* t is a URI. If a request to it reaches a configured peer: fills in its
 * name and, as t->called, what is called there. */
typedef void route_peer_of_fn(struct route_target *t, void *arg);

struct route_env {
	struct loop            *loop;
	struct enum_client     *enum_client;    /* NULL: no ENUM */
	route_local_fn         *find_local;
	route_begins_fn        *begins_local;
	route_poor_fn          *poor;           /* NULL: all are good */
	route_peer_of_fn       *peer_of;        /* NULL: no peers */
	/* 0 .. below - 1, for weights; NULL: that of base/rand.h */
	uint32_t              (*random)(uint32_t below, void *arg);
	void                   *arg;
};

struct router;
struct route_job;
struct rule;
struct rule_set;

/* What the search does, step by step, for those who ask why. */
enum route_step_kind {
	ROUTE_STEP_NUMBER,      /* number: is looked for; e164: its form, rn:
				 * what rules match instead, or "" */
	ROUTE_STEP_SKIP,        /* rule does not fit; why: what it wants */
	ROUTE_STEP_FIT,         /* rule fits; why: the deciding condition */
	ROUTE_STEP_ENUM,        /* rule's lookup: dns */
	ROUTE_STEP_LEAVE,       /* target is left out; why */
	ROUTE_STEP_TARGET,      /* target is one to be called, in order;
				 * why: it was put behind others, or NULL */
	ROUTE_STEP_EMPTY,       /* rule fits and yields no target; why */
	ROUTE_STEP_END,         /* no further rule */
};

/* Pointers are valid during the call; those that do not belong to the kind
 * are NULL. */
struct route_step {
	enum route_step_kind       kind;
	const char                *rule;        /* its name */
	const char                *why;
	const char                *number, *e164, *rn;
	const struct route_target *target;
	const struct enum_step    *dns;
};

/* Called synchronously; must not start or cancel searches. */
typedef void route_trace_fn(const struct route_step *s, void *arg);

/* The step as one line of text, with its end. (route_step.c) */
void route_step_print(struct buf *out, const struct route_step *s);

/* Questions to ENUM; members are rule_enum.c's. */
struct route_enum {
	const struct rule     *rule;    /* that asks; NULL: none */
	struct enum_query      query;
	void                 (*done)(struct route_job *j, int err);
	struct rule_enum_rest *rest;    /* URIs still to try, or NULL */
};

/* The question for the caller's name; members are caller_name.c's. */
struct route_name {
	struct enum_query query;
	bool              asking;
	void            (*done)(struct route_job *j);
	char              name[ENUM_NAME_MAX];
};

/* One call's way through the rules; embedded in the call, zeroed at first.
 * trace and trace_arg may be set before route_find(); the other members are
 * the router's. */
struct route_job {
	route_trace_fn     *trace;
	void               *trace_arg;
	struct router      *router;     /* NULL: not running */
	struct rule_set    *set;        /* a reference */
	struct route_query  q;
	char                e164[E164_MAX];     /* "": no such form */
	char                caller_e164[E164_MAX];      /* the same */
	bool                full;       /* a rule had max_calls already */
	char                rn[TEL_PORT_RULE];  /* "": not ported */
	unsigned            next_rule;
	bool                held;       /* a result waits for the name */
	bool                for_help;   /* an emergency number, called from
					 * the house */
	bool                tried_emergency;
	struct route_result result;
	struct route_enum   dns;
	struct route_name   caller;
	struct tmr          tmr;
	route_fn           *fn;
	void               *arg;
};

/* What env names must outlive the router; conf's structs too, unless it
 * names its owner. Regular expressions are compiled here: EBADMSG cannot
 * happen for a conf that was checked. ENOMEM. */
int router_new(struct router **rp, const struct route_conf *conf,
	       const struct route_env *env) MUST_CHECK;
/* Makes other rules ready; knows no router, so any thread may. Errors as
 * router_new. Then one of the other two. */
int router_prepare(struct rule_set **sp, const struct route_conf *conf)
	MUST_CHECK;
/* Those rules from now on. Searches under way, and calls that still have
 * targets to try, end on the rules they began with. Cannot fail. */
void router_commit(struct router *r, struct rule_set *set);
/* Forgets them. NULL-safe. */
void router_discard(struct rule_set *set);
/* No job may be running. NULL-safe. */
void router_free(struct router *r);

/* Begins with the first rule. Calls fn once. */
void route_find(struct router *r, struct route_job *j,
		const struct route_query *q, route_fn *fn, void *arg);
/* The targets of this result failed: goes on behind its rule. Calls fn once
 * more. Not while a search is under way. */
void route_next(struct route_job *j);
/* Why there was no (further) rule: CAUSE_NO_CIRCUIT where one had all the
 * calls it may carry, else CAUSE_NO_ROUTE. */
enum q850_cause route_none_cause(const struct route_job *j);
/* The caller's name that ENUM knows, from the first result on, or "". */
const char *route_caller_name(const struct route_job *j);
/* Is there a rule behind this result that fits, too? (ENUM may still find
 * nothing.) */
bool route_has_next(const struct route_job *j);
/* Ends the job without upcall. Idempotent. */
void route_cancel(struct route_job *j);

/* A call is counted for the rule of a result (result->use, may be NULL)
 * from begin to end, beyond the search and over a reload. Returns what to
 * hand to end; end returns NULL. NULL-safe. */
struct route_use *route_use_begin(struct route_use *u);
struct route_use *route_use_end(struct route_use *u);

/* A table of the rules in force, by name, or NULL: it lives until the next
 * reload, or as long as the caller holds a reference. */
struct number_table *router_table(const struct router *r, const char *name);

/* For overlap collection: what the rules say of digits dialled so far from
 * this source. */
enum route_digits {
	ROUTE_DIGITS_MORE, ROUTE_DIGITS_MAYBE, ROUTE_DIGITS_COMPLETE,
	ROUTE_DIGITS_NONE,
};
enum route_digits route_digits(const struct router *r,
			       const struct route_source *from,
			       const char *digits);

/* Is it a number of the emergency rule (or urn:service:sos)? */
bool route_is_emergency(const struct router *r, const char *number);

/* "phone:alice", "line:fxs1", "peer:itsp", "internet". Returns out. */
enum { ROUTE_SOURCE_TEXT = ROUTE_NAME_MAX + 16 };
const char *route_source_print(char out[ROUTE_SOURCE_TEXT],
			       const struct route_source *s);
/* Would it be printed so? */
bool route_source_reads(const struct route_source *s, const char *text);

/* "peer:itsp", "sip:..." and so on. Returns out. */
enum { ROUTE_TARGET_TEXT = ROUTE_DEST_MAX + 16 };
const char *route_target_print(char out[ROUTE_TARGET_TEXT],
			       const struct route_target *t);

/* The configured peer it leads to, or NULL. */
const char *route_target_peer(const struct route_target *t);

/* Reads "peer:itsp", "phone:alice", "line:x", "group:x", "service:echo",
 * "reject:21" into kind, dest and cause. EBADMSG. */
int route_target_parse(struct route_target *t, const char *text) MUST_CHECK;

#endif
