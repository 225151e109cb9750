/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jitter buffer: packets in as they come, out in the order and at the pace
 * of their timestamps. Pure; time is an argument. Adaptive:
 *
 *	late      what should be said now has not come: the buffer says so
 *	          and waits; what comes later is then said, and the delay has
 *	          grown by that. Was it lost, the delay is as before
 *	early     packets lie waiting for longer than they need to (slack),
 *	          for long enough: the buffer asks to be made shorter
 *	skew      slack that slowly vanishes: it asks to be made longer
 *
 * Slack of a packet: from its arrival to the moment it is needed.
 */
#ifndef MEDIA_JBUF_H
#define MEDIA_JBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "media/pool.h"

enum {
	JBUF_SLOTS   = 32,
	JBUF_WINDOWS = 5,       /* of 2 s: what adapting looks at */
};

/* buf NULL: the packet carried no sound (telephone-event, comfort noise);
 * its number is known, so it is not lost. */
struct jbuf_pkt {
	uint32_t         seq;   /* extended */
	uint32_t         ts;
	uint32_t         dur;   /* in RTP clock; 0 without sound */
	uint8_t          fmt;   /* the caller's: which codec */
	bool             used;
	uint64_t         at_us; /* arrival */
	struct pool_buf *buf;
};

struct jbuf {
	struct pool    *pool;
	uint32_t        hz;             /* RTP clock */
	uint32_t        max_ms;
	bool            playing, starting;
	uint8_t         n_stale;        /* new numbers with old times */
	uint32_t        next_seq;       /* extended; all before are done */
	uint32_t        max_seq;
	uint32_t        ts;             /* next to be said */
	uint64_t        due_us;         /* when ts is needed */
	uint32_t        debt;           /* RTP clock said without packets
					 * while waiting for ts */
	struct jbuf_pkt *slot;          /* JBUF_SLOTS of the caller's */
	unsigned        n;              /* packets in the slots */
	uint64_t        window_us;      /* when this window began */
	int32_t         slack_min_us[JBUF_WINDOWS];     /* [0]: current */
	unsigned        windows;        /* complete ones */
	uint64_t        wish_us;        /* since when it wants a change */
	uint32_t        delay_us;       /* mean of arrival to use */
	uint64_t        lost, late, duplicate, overflow, shrunk, grown;
};

/* Empty, and without slots: whoever puts or gets lends zeroed ones before, as
 * j->slot, and takes them away behind a jbuf_reset. hz: RTP clock; max_ms:
 * longest delay (at most 300). */
void jbuf_init(struct jbuf *j, struct pool *pool, uint32_t hz,
	       uint32_t max_ms);

/* Gives all buffers back; the counters stay; begins anew with the next
 * packet. */
void jbuf_reset(struct jbuf *j);

/* A packet came at now_us. The buffer takes k->buf, whatever it decides. */
void jbuf_put(struct jbuf *j, const struct jbuf_pkt *k, uint64_t now_us);

enum jbuf_verdict {
	JBUF_PACKET,            /* *out is next; out->buf is the caller's */
	JBUF_LOST,              /* conceal out->dur */
	JBUF_PAUSE,             /* out->dur in which the sender said nothing */
	JBUF_EMPTY,             /* out->dur until more comes: conceal, then
				 * fade to silence */
};

/* What to say next, called when it is needed; step: of a tick, RTP clock.
 * For all but JBUF_PACKET out->dur is at most step. */
enum jbuf_verdict jbuf_get(struct jbuf *j, struct jbuf_pkt *out,
			   uint32_t step, uint64_t now_us);

/* Is there a packet with sound? */
bool jbuf_has(struct jbuf *j);

/* -1: one tick should be left out; +1: one should be put in; 0: all is
 * well. Do it in a pause, or once jbuf_wish_ms() says it has waited long
 * enough; then tell by jbuf_did(). */
int jbuf_wish(const struct jbuf *j);
/* How long it has wished that. */
uint32_t jbuf_wish_ms(const struct jbuf *j, uint64_t now_us);
/* dir: as jbuf_wish. -1: a packet was taken and not said (or one more was
 * taken than said); +1: step was said without taking one. */
void jbuf_did(struct jbuf *j, int dir, uint32_t step);

/* Mean delay of the last packets, arrival to use. */
uint32_t jbuf_delay_ms(const struct jbuf *j);

#endif
