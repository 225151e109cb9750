/* SPDX-License-Identifier: Apache-2.0 */
/* SRTP and SRTCP (RFC 3711) for one leg: two keys, packets in place.
 * libsrtp2 stays in srtp.c. */
#ifndef MEDIA_SRTP_H
#define MEDIA_SRTP_H

#include <stddef.h>
#include <stdint.h>

#include "media/rtp_port.h"

struct srtp_pair;

enum { SRTP_PAIR_TRAILER = 32 };        /* a packet may grow by so much */

/* Before the first pair; takes some 20 ms, each time. EIO: the library's
 * self-test failed. [signalling] */
int srtp_pair_global_init(void) MUST_CHECK;

/* tx_ssrc: of what we send. EINVAL: suite or length of a key; ENOMEM. */
int srtp_pair_new(struct srtp_pair **sp, const struct rtp_key *tx,
		  const struct rtp_key *rx, uint32_t tx_ssrc) MUST_CHECK;

/* NULL-safe. */
void srtp_pair_free(struct srtp_pair *s);

/* Encrypts the packet of *n bytes at p in place; cap is the room there.
 * ENOBUFS; EIO: what must never be sent (numbers used up). */
int srtp_pair_protect(struct srtp_pair *s, uint8_t *p, size_t *n,
		      size_t cap) MUST_CHECK;
int srtp_pair_protect_rtcp(struct srtp_pair *s, uint8_t *p, size_t *n,
			   size_t cap) MUST_CHECK;

/* Checks and decrypts in place. EBADMSG: not authentic; EALREADY: came
 * before, or is too old to tell. */
int srtp_pair_unprotect(struct srtp_pair *s, uint8_t *p, size_t *n)
	MUST_CHECK;
int srtp_pair_unprotect_rtcp(struct srtp_pair *s, uint8_t *p, size_t *n)
	MUST_CHECK;

#endif
