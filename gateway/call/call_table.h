/* SPDX-License-Identifier: Apache-2.0 */
/* All calls of the gateway, and what they share. Signalling thread. */
#ifndef GATEWAY_CALL_CALL_TABLE_H
#define GATEWAY_CALL_CALL_TABLE_H

#include "gateway/call/call.h"
#include "gateway/call/call_conf.h"
#include "media/engine.h"

struct dial_plan;
struct line_env;
struct location;
struct peers;
struct router;
struct rtp_ports;
struct sip_sessions;

/* What calls stand on; made and owned by app.c, outlives the calls. */
struct calls_env {
	struct loop            *loop;
	struct media_engine    *engine;
	struct router          *router;
	struct rtp_ports       *ports;
	const struct media_conf *media;
	struct line_env        *lines;
	struct sip_sessions    *sessions;
	struct sip_stack       *stack;
	struct peers           *peers;
	struct location        *location;
	struct auth_server     *auth;           /* challenges of phones */
	const char             *domain;         /* ours, in From */
	struct cdr             *cdr;
	const struct call_conf *conf;
	const struct dial_plan *plan;           /* in force */
	struct guard           *guard;          /* NULL: none (tests) */
};

struct calls {
	struct calls_env env;
	struct list      list;          /* struct call.node, oldest first */
	unsigned         n;
	uint64_t         total;
	bool             draining;      /* the end: never taken back */
	bool             refusing;
	void           (*on_empty)(void *arg);
	void            *arg;
};

/* Copies env. ENOMEM. */
int calls_new(struct calls **cp, const struct calls_env *env) MUST_CHECK;
/* No call is left. NULL-safe. */
void calls_free(struct calls *cs);

/* Ends all calls and refuses new ones; on_empty once none is left (from the
 * loop, even if there was none). */
void calls_drain(struct calls *cs, void (*on_empty)(void *arg), void *arg);
/* Ends what calls_drain could not end in time, see call_cut(). */
void calls_cut(struct calls *cs);
/* Is it draining: no time for tones and the like? */
bool calls_are_ending(const struct calls *cs);
/* Refuses new calls, lets the others go on. */
void calls_refuse(struct calls *cs, bool refuse);

/* By id, or NULL. */
struct call *calls_find(const struct calls *cs, struct str id);

/* --- for call.c --- */
/* A leg of the kind that serves such targets. ENOMEM. */
int calls_leg_new(struct leg **gp, struct calls *cs, enum route_kind kind)
	MUST_CHECK;
/* beyond: past the limit, too. EAGAIN. */
int calls_add(struct calls *cs, struct call *c, bool beyond) MUST_CHECK;
/* Does somebody of the house or a peer call an emergency number? Strangers
 * do not: anybody out there could fill the lines by that. */
bool calls_for_help(const struct calls *cs, const struct route_query *q);
/* Are there more calls than the limit allows? */
bool calls_over_limit(const struct calls *cs);
void calls_remove(struct calls *cs, struct call *c);

#endif
