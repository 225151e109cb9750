/* SPDX-License-Identifier: Apache-2.0 */
/* Configured trunks: who they are by their source address, whether they are
 * up, how many calls they carry. Signalling thread. */
#ifndef GATEWAY_SIP_PEER_H
#define GATEWAY_SIP_PEER_H

#include "base/log.h"
#include "base/tmr.h"
#include "gateway/sip/peer_health.h"
#include "gateway/sip/peer_where.h"
#include "gateway/sip/sip_conf.h"
#include "gateway/sip/uri.h"

struct locate;
struct peers;
struct sip_locator;
struct sip_stack;
struct txn_client;

enum {
	PEER_DOWN_AFTER = 2,    /* pings in a row without an answer */
	PEER_UP_AFTER   = 2,    /* pings in a row with one */
	PEER_WAIT_MS    = 8000, /* for the answer to a ping */
	PEER_AGAIN_MS   = 2000, /* to the next ping when in doubt, */
	PEER_AGAIN_MAX_MS = 30000,      /* longer each time without `ping` */
	PEER_DOUBT_MS   = 60000, /* a peer that answers no ping gets another
				 * call after so long */
};

/* An object: whoever counts a call with it holds a reference, since a
 * reload may take it out of the table. */
struct registrations;
struct sip_flow;

struct sip_peer {
	const struct sip_peer_conf *conf;
	void                       *owner;      /* of conf: a reference */
	unsigned                    calls;      /* now, both ways */
	bool                        removed;    /* by a reload; its calls go
						 * on */
	bool                        up;         /* as far as known */
	bool                        doubtful;   /* a call got no answer */
	struct peer_health          health;
	struct peer_where           where;      /* of its first hop */
	struct log_tag              tag;
	/* the ping's */
	struct peers               *table;
	struct tmr                  tmr;        /* next ping, or its limit */
	struct locate              *query;
	struct txn_client          *txn;
	unsigned                    contrary;   /* pings in a row that speak
						 * against up */
	uint64_t                    doubt_us;   /* since then */
	uint64_t                    ping_us;    /* sent */
	uint32_t                    again_ms;   /* to the next ping */
	uint32_t                    cseq;
	char                        call_id[33], local_tag[17];
};

/* conf: struct sip_peer_conf, outlives the table and the calls. ENOMEM. */
int peers_new(struct peers **pp, const struct conf_list *conf) MUST_CHECK;
/* Begins to look where they are, and to send OPTIONS to those with ping_ms. A
 * peer goes down after
 * PEER_DOWN_AFTER pings in a row without an answer (or with 503), and up
 * again after PEER_UP_AFTER with one. Stack and locator outlive the table. */
void peers_watch(struct peers *ps, struct sip_stack *stack,
		 struct sip_locator *locator);
/* NULL-safe. */
void peers_free(struct peers *ps);

/* Another configuration in two steps, of which only the first can fail:
 * peers known by name stay, with their calls; those of conf that are new
 * come, those that are not there go (calls with them go on). owner: the
 * object (base/mem.h) that conf lies in; references are taken. ENOMEM. */
struct peers_next;
int peers_prepare(struct peers_next **np, struct peers *ps,
		  const struct conf_list *conf, void *owner) MUST_CHECK;
/* Puts it in force and frees it. */
void peers_commit(struct peers *ps, struct peers_next *next);
/* Gives it up; NULL-safe. */
void peers_discard(struct peers_next *next);

/* By name, or NULL. */
struct sip_peer *peer_find(const struct peers *ps, struct str name);
/* Whose calls come from this address: the narrowest network wins; NULL:
 * nobody's. */
struct sip_peer *peer_find_source(const struct peers *ps,
				  const struct addr *src);
/* Whose address it is to send to: that of its sources, or where its first
 * hop was found. */
struct sip_peer *peer_find_at(const struct peers *ps, const struct addr *a);
enum { PEER_MATCH_HOST = 129 };

/* Would a request to the URI reach the peer? By the host (or maddr) of the
 * URI: that of the peer's uri or outbound_proxy (PEER_MATCH_HOST), or an
 * address of its sources (the bits of that network); -1: no. What DNS makes
 * of other names is not looked at. */
int peer_conf_match_uri(const struct sip_peer_conf *c,
			const struct sip_uri *uri);
/* May it ask for money: does it know us by an account? */
bool peer_conf_has_account(const struct sip_peer_conf *c);
/* The i-th peer, NULL behind the last. */
struct sip_peer *peer_at(const struct peers *ps, size_t i);

/* Our registrations, for the two below; they outlive the calls. */
void peers_registered(struct peers *ps, struct registrations *r);
/* The flow of our registration there, see registrations_flow(); NULL: none. */
struct sip_flow *peer_flow(const struct sip_peer *p);
/* It seems to have forgotten our registration, see registrations_doubt(). */
void peer_forgot(const struct sip_peer *p);

/* One more call with it. EDQUOT: its limit, which counts an emergency call,
 * too, and never stops it. */
int peer_call_begin(struct sip_peer *p, bool emergency) MUST_CHECK;
void peer_call_end(struct sip_peer *p);


/* A call there got no answer at all in time: other targets come first until
 * it answers a ping or a call. It is pinged at once. */
void peer_silent(struct sip_peer *p);
/* A call there got an answer. */
void peer_alive(struct sip_peer *p);
/* What a running call measured: percent of packets lost (below 0: not
 * known), ms there and back (0: not known). */
void peer_measured(struct sip_peer *p, float loss_percent,
		   uint32_t delay_ms);
/* Up, not in doubt, not poor: may come before other targets. */
bool peer_is_good(struct sip_peer *p);
/* "up", "down", "doubtful", "poor" */
const char *peer_state_name(struct sip_peer *p);

#endif
