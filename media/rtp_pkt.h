/* SPDX-License-Identifier: Apache-2.0 */
/* RTP packets (RFC 3550 section 5.1), parse and build. Pure. */
#ifndef MEDIA_RTP_PKT_H
#define MEDIA_RTP_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	RTP_HDR      = 12,      /* bytes without CSRCs and extension */
	RTP_PT_CN    = 13,      /* comfort noise, RFC 3389 */
	RTP_SEND_MAX = 2048,    /* largest packet we build, SRTP included */
};

struct rtp_pkt {
	bool           marker;
	uint8_t        pt;              /* 0..127 */
	uint16_t       seq;
	uint32_t       ts, ssrc;
	const uint8_t *payload;         /* inside the packet */
	size_t         len;             /* of the payload, padding taken off */
};

/* Reads n bytes at p; the views of *k live as long as they do. EBADMSG:
 * not RTP version 2, or lengths that do not fit. */
int rtp_pkt_parse(struct rtp_pkt *k, const uint8_t *p, size_t n) MUST_CHECK;

/* Writes the 12 bytes of the header (no CSRC, extension, padding). */
void rtp_pkt_head(uint8_t out[RTP_HDR], const struct rtp_pkt *k);

/* On a port shared by both (RFC 5761 section 4): is this RTCP? */
bool rtp_pkt_is_rtcp(const uint8_t *p, size_t n);

#endif
