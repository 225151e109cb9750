/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanners: sources that ask for unknown users, guess passwords, call
 * numbers nobody allows, or say what they are. Each offence adds to the
 * score of an address (IPv6: of its /64), time takes away; at the limit it
 * is blocked for a while: its requests are dropped in silence.
 *
 * Datagrams can be forged. So nobody known (a peer, a registered phone, a
 * registrar of ours) is ever blocked, and only offences of a sender who was
 * seen to hear us (a connection, a nonce of ours, the ACK of our answer)
 * block. By all others an address is only slowed: every fourth request is
 * served, and what is repeated, as UDP does, gets through. What belongs to a
 * call or transaction always does; the stack asks for new ones only.
 * Signalling thread.
 */
#ifndef GATEWAY_SIP_BLOCK_H
#define GATEWAY_SIP_BLOCK_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/loop.h"

enum sip_offence {
	SIP_OFFENCE_SCANNER,    /* its User-Agent is that of a scanner */
	SIP_OFFENCE_USER,       /* a user we do not have */
	SIP_OFFENCE_PASSWORD,
	SIP_OFFENCE_NUMBER,     /* a stranger's call that no rule takes */
	SIP_OFFENCES,
};

enum { SIP_BLOCK_SCORE = 100 };         /* blocks */

struct sip_block;

/* At most max_sources addresses are remembered; the longest quiet ones are
 * forgotten first, blocked ones last. block_ms 0: never blocks. ENOMEM. */
int sip_block_new(struct sip_block **bp, struct loop *l, uint32_t block_ms,
		  uint32_t max_sources) MUST_CHECK;
/* NULL-safe. */
void sip_block_free(struct sip_block *b);

/* How long from now on; 0: never, and all are free. */
void sip_block_set_time(struct sip_block *b, uint32_t block_ms);

/* Asks who is known: never blocked. fn may be NULL. */
typedef bool sip_block_known_fn(const struct addr *src, void *arg);
void sip_block_on_known(struct sip_block *b, sip_block_known_fn *fn,
			void *arg);

/* Notes an offence; heard: its sender hears us. True: the source is blocked
 * or slowed now. */
bool sip_block_note(struct sip_block *b, const struct addr *src,
		    enum sip_offence what, bool heard);
/* The sender of an offence that was noted has heard us since. */
void sip_block_prove(struct sip_block *b, const struct addr *src,
		     enum sip_offence what);

/* Is a new request of the source to be dropped? It is counted. */
bool sip_block_drops(struct sip_block *b, const struct addr *src);
/* Is a connection of it to be closed? Slowed ones may connect. */
bool sip_block_bars(struct sip_block *b, const struct addr *src);

/* One line of key=value per blocked or slowed source. */
void sip_block_print(const struct sip_block *b, struct buf *out);
/* Frees a source, NULL: all. ENOENT: it is not blocked. */
int sip_block_clear(struct sip_block *b, const struct addr *src) MUST_CHECK;

/* Does the User-Agent name a known scanner? */
bool sip_block_is_scanner(struct str agent);

#endif
