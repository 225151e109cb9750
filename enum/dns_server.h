/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One DNS server as the pool sees it: packets go to it through its link,
 * and what becomes of them tells whether it lives and how long it usually
 * takes.
 *
 * Circuit breaker: 3 failures in a row, with a second of silence (or a
 * closed port), and it is down: it gets no queries, only probes of its own
 * after 0.25, 0.5, 1, 2, 4, 4, ... s, and is up with its first answer,
 * whatever it says.
 *
 * What it refuses again and again, or never answers while it answers other
 * questions, is not asked for a while (dns_refusal.h), which is nothing
 * against the server.
 *
 * Against forged answers: a random id, letters of the name in random case
 * (draft-vixie-dnsext-dns0x20), which the answer has to repeat; a server
 * that never did so is asked in lower case.
 */
#ifndef ENUM_DNS_SERVER_H
#define ENUM_DNS_SERVER_H

#include "base/log.h"
#include "enum/dns_link.h"
#include "enum/dns_refusal.h"
#include "enum/resolver.h"

struct dns_server;

struct dns_server_conf {
	uint32_t timeout_ms;    /* silence for so long is a failure */
	unsigned window;        /* packets sent within 50 ms and not yet
				 * answered */
	unsigned pending_max;   /* not yet answered in all */
	/* It is down now, or has room again, or an answer has come. */
	void   (*on_change)(struct dns_server *s, void *arg);
	void    *arg;
};

/* Counts since the start. */
struct dns_server_stats {
	uint64_t sent, answers, silent, downs;
};

/* Embedded in the pool. Read only, but for the functions below. */
struct dns_server {
	struct dns_link        *link;
	struct loop            *loop;
	struct dns_server_conf  conf;
	struct log_tag          tag;
	struct dns_server_stats stats;
	struct list             fresh;  /* tries that fill the window */
	unsigned                n_fresh, pending, probes;
	unsigned                strikes;  /* failures since the last answer */
	uint64_t                heard_us; /* the last answer; 0: none yet */
	uint64_t                quiet_us; /* first packet sent since then */
	uint64_t                measured_us;
	uint32_t                usual_us, spread_us; /* RFC 6298; 0: unknown */
	bool                    down, closing;
	bool                    keeps_case, folds_case;
	uint64_t                plain_until_us; /* it speaks no EDNS */
	bool                    speaks_edns, no_ad;
	struct dns_refusals     refusals;
	uint64_t                mute_us;  /* the last query without answer */
	char                    mute_name[DNS_NAME_MAX];
	struct tmr              probe_tmr;
	uint32_t                probe_ms;
	unsigned                n_probes;
	uint16_t                last_type;      /* what a probe asks, */
	char                    last_name[DNS_NAME_MAX];
	uint16_t                good_type;      /* or what was answered */
	char                    good_name[DNS_NAME_MAX];
};

/* One packet at one server. The server's; the owner reads it until done. */
struct dns_try {
	struct dns_attempt base;
	struct list_node   node;        /* the owner's */
	void              *owner;       /* NULL: nobody waits for it */
	/* The last word, may come before dns_try_send() returns; then it is
	 * freed. p: the answer, of the right id and question, valid during
	 * the call; NULL with err: EAGAIN, ECONNREFUSED, ECANCELED,
	 * EIO (as of dns_link.h), EBADMSG: forged; EILSEQ: another server
	 * than it seemed, ask it again. Nothing may be sent inside. */
	void (*done)(struct dns_try *t, int err, const uint8_t *p, size_t n);
	struct dns_server *server;
	struct list_node   fresh;
	uint64_t           sent_us;
	uint64_t           late_us;     /* usually the answer is here */
	uint64_t           silent_us;   /* it counts as failed */
	bool               edns, probe, late, struck;
	size_t             n;
	uint8_t            packet[];
};

/* Takes the link. */
void dns_server_open(struct dns_server *s, struct loop *l,
		     struct dns_link *link,
		     const struct dns_server_conf *conf);
/* Closes the link: all tries are done first. */
void dns_server_close(struct dns_server *s);

/* May it be asked: not down, and room in its window? */
bool dns_server_has_room(struct dns_server *s);

/* A try for the owner, who may link it, and then sends; name is copied.
 * NULL: no memory. */
struct dns_try *dns_try_new(struct dns_server *s, const char *name,
			    uint16_t type, void *owner,
			    void (*done)(struct dns_try *t, int err,
					 const uint8_t *p, size_t n));
/* t may be gone afterwards. */
void dns_try_send(struct dns_try *t);

/* Time has come to t->silent_us: counts as a failure of the server, unless
 * it has answered others meanwhile. t goes on waiting. */
void dns_try_strike(struct dns_try *t);

/* The answer to this made sense: good for probes. */
void dns_server_good(struct dns_server *s, const char *name, uint16_t type);
/* It has no answer to this: rcode, not 0, says why. */
void dns_server_bad(struct dns_server *s, const char *name, uint16_t type,
		    unsigned rcode);
/* Of no use to ask it for this now: the rcode of its refusals; else 0. */
unsigned dns_server_refuses(const struct dns_server *s, const char *name,
			    uint16_t type);

/* The server answered t with rcode, and opt or not. True: an old one, which
 * is to be asked again, for 10 minutes without EDNS. */
bool dns_try_no_edns(struct dns_try *t, uint16_t rcode, bool opt);

/* Asks what was asked last, only to see how long it takes, unless that was
 * done within 10 s. */
void dns_server_measure(struct dns_server *s);

/* One line "dns_server=192.0.2.1:53 up=yes ...", and those of what it
 * refuses, with prefix before them. */
void dns_server_print(const struct dns_server *s, struct buf *out,
		      const char *prefix);

/* Microseconds after which most answers are here; never above timeout_ms,
 * which it is as long as nothing is known. */
uint64_t dns_server_usual_us(const struct dns_server *s);

#endif
