/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP (RFC 3550 section 6): sender and receiver reports, SDES with CNAME,
 * BYE. Pure. */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { RTCP_MAX = 256 };        /* bytes of what we build */

struct rtcp_report {
	uint32_t ssrc;          /* of whom it speaks */
	uint8_t  fraction;      /* loss since the last report, 1/256 */
	int32_t  lost;          /* since the start, 24 bits signed */
	uint32_t max_ext;       /* highest extended sequence number */
	uint32_t jitter;        /* RTP clock */
	uint32_t lsr, dlsr;     /* last SR; delay since, 1/65536 s */
};

/* What a compound packet said. */
struct rtcp_news {
	uint32_t ssrc;          /* of its sender */
	bool     sr;
	uint64_t ntp;           /* SR: 32.32 seconds since 1900 */
	uint32_t ts, packets, bytes;
	bool     has_report;    /* about us: */
	struct rtcp_report report;
	bool     bye;
};

/* Reads a compound packet; our_ssrc: whose report is wanted. EBADMSG: not
 * one that RFC 3550 appendix A.2 accepts. */
int rtcp_parse(struct rtcp_news *w, const uint8_t *p, size_t n,
	       uint32_t our_ssrc) MUST_CHECK;

/* What to send. */
struct rtcp_out {
	uint32_t    ssrc;
	bool        sr;         /* SR, else RR */
	uint64_t    ntp;
	uint32_t    ts, packets, bytes;
	bool        has_report;
	struct rtcp_report report;
	const char *cname;      /* at most 64 bytes */
	bool        bye;
};

/* Writes the compound packet; returns its length. */
size_t rtcp_build(uint8_t out[RTCP_MAX], const struct rtcp_out *o);

/* Unix time as NTP 32.32. */
uint64_t rtcp_ntp(uint64_t unix_us);
/* Its middle 32 bits, as reports carry it. */
static inline uint32_t rtcp_ntp_mid(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

/* Round trip from a report that came at now (middle of NTP); 0: the peer
 * has seen no SR of ours, or the times are nonsense. */
uint32_t rtcp_rtt_us(uint32_t now_mid, const struct rtcp_report *r);

#endif
