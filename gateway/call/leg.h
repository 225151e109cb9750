/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a call: a SIP dialog, a line, a built-in service. call.c
 * knows only this. Commands go down through the ops; what happens comes up
 * through the call_on_ functions, always from the loop, never out of a
 * command. Signalling thread.
 *
 * A leg owns its port until bridge_attach; it sets `attached` then. The
 * call detaches it when the leg has gone.
 */
#ifndef GATEWAY_CALL_LEG_H
#define GATEWAY_CALL_LEG_H

#include "base/log.h"
#include "dsp/codec.h"
#include "gateway/call/cause.h"
#include "gateway/route/route.h"
#include "media/bridge.h"

struct call;
struct leg;

enum { LEG_CODECS_MAX = 16 };

enum leg_progress {
	LEG_PROCEEDING,         /* the number was taken */
	LEG_ALERTING,           /* it rings at the far end */
	LEG_EARLY_MEDIA,        /* there is something to be heard */
	LEG_ALERTING_MEDIA,     /* both; the caller's side hears of the former,
				 * with call->early set */
};

struct leg_ops {
	const char *kind;                       /* "sip" "line" "service" */
	/* Called side: calls the target. On an error no upcall follows.
	 * ENOENT: unknown, not registered; EISCONN: the called one is busy;
	 * EBUSY: no line or place free; EDQUOT: it has all the calls it may;
	 * ENODEV: out of order. */
	int  (*start)(struct leg *g, const struct route_target *t);
	/* Caller's side: passes on what the called side told. */
	void (*progress)(struct leg *g, enum leg_progress p);
	/* Caller's side: connects. */
	void (*answer)(struct leg *g);
	/* Ends the leg; call_on_released follows, always. A second time:
	 * no more waiting for a tone to end. */
	void (*release)(struct leg *g, const struct leg_end *end);
	/* An event of the bridge about this side. */
	void (*bridge_event)(struct leg *g, const struct bridge_event *e);
	/* How its sound fares, now and then while the call is connected; may
	 * be NULL. */
	void (*measured)(struct leg *g, const struct bridge_side_stats *s);
	/* The codecs this side would like best, in its order; at most
	 * LEG_CODECS_MAX. 0: any. */
	unsigned (*codecs)(const struct leg *g,
			   const struct codec_ops *v[LEG_CODECS_MAX]);
	/* After call_on_released, or in place of it when the program ends:
	 * frees it, and its port if it was never attached. No upcall. */
	void (*free)(struct leg *g);
};

struct leg {
	const struct leg_ops *ops;
	struct call          *call;
	enum bridge_side      side;             /* A: caller, B: called */
	bool                  attached;         /* its port is in the bridge */
	bool                  hurry;            /* called side: others could be
						 * tried instead */
	bool                  measure;          /* wants to be measured */
};

/* Upcalls of a leg. call_on_released is the last one: the leg is freed
 * inside it. Nothing of the leg is touched after any of them. */

/* Caller's side: who is called is complete. The query is copied. */
void call_on_setup(struct leg *g, const struct route_query *q);
/* Called side. */
void call_on_progress(struct leg *g, enum leg_progress p);
void call_on_answer(struct leg *g);
void call_on_released(struct leg *g, const struct leg_end *end);

/* What a leg may ask of its call. */

/* The bridge, opened at the first use. ENOMEM. */
int call_bridge(struct call *c, struct bridge **bp) MUST_CHECK;
/* Gives the port to the bridge and marks the leg. On an error the port
 * stays the leg's. */
int call_attach(struct leg *g, struct port *p) MUST_CHECK;
/* What the other side would like best; 0: it does not care. */
unsigned call_peer_codecs(const struct leg *g,
			  const struct codec_ops *v[LEG_CODECS_MAX]);
struct calls *call_table_of(const struct leg *g);
const struct log_tag *call_tag(const struct leg *g);
/* The parties and source of the call. */
const struct route_query *call_query(const struct leg *g);
bool call_is_emergency(const struct leg *g);
/* An emergency call whose target has no free line: may it take one in use?
 * Not while a target behind it has a free one; then this comes again. */
bool call_may_preempt(const struct leg *g);
/* The call turns out to lead to that target: may it? It then counts for the
 * guard as a call there. */
bool call_may_lead(const struct leg *g, const struct route_target *t)
	MUST_CHECK;
/* Where the caller of an emergency call is, by the configuration; NULL: not
 * known, or no emergency call. Called side, while it starts. */
const struct place_conf *call_place(const struct leg *g);
/* Called side: the target's line, for the record. */
void call_took_line(struct leg *g, const char *name);
/* The leg on the other side, NULL: gone. */
struct leg *call_other(const struct leg *g);

#endif
