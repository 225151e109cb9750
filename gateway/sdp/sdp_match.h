/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One m= line of theirs against what we can do: formats, direction,
 * transport, keys. Used by offer_answer.c only.
 */
#ifndef GATEWAY_SDP_SDP_MATCH_H
#define GATEWAY_SDP_SDP_MATCH_H

#include "gateway/sdp/offer_answer.h"

/* A format of an m= line with its rtpmap and fmtp. */
struct sdp_format {
	uint8_t    pt;
	struct str name;        /* "PCMA", "telephone-event" */
	uint32_t   hz;
	struct str fmtp;        /* empty: none */
};

/* The format i of m. False: not an RTP payload number, no rtpmap and not
 * static, or several channels. */
bool sdp_format_get(struct sdp_format *f, const struct sdp *s,
		    const struct sdp_media *m, unsigned i);

/* The index of the format's codec in caps, or -1. */
int sdp_match_codec(const struct sdp_caps *caps, const struct sdp_format *f);

/* The telephone-event format of m that suits a codec's clock: the same
 * clock, else 8,000 Hz. False: none. */
bool sdp_match_telev(struct sdp_format *f, const struct sdp *s,
		     const struct sdp_media *m, uint32_t hz);

/* The direction they state; the address 0.0.0.0 takes RECV away (the hold
 * of RFC 2543). */
enum sdp_dir sdp_match_dir(const struct sdp *s, const struct sdp_media *m);

/* The ptime for our packets with that codec: theirs within 10 to 60 ms in
 * steps of 10 and of the codec's frame, else dflt_ms. */
uint16_t sdp_match_ptime(const struct sdp *s, const struct sdp_media *m,
			 const struct codec_ops *codec, uint16_t dflt_ms);

/* Where their RTP and RTCP want to be; AF_UNSPEC: nowhere (hold). False:
 * an address that cannot be used (host name, multicast, port 0). */
bool sdp_match_addr(struct addr *rtp, struct addr *rtcp,
		    const struct sdp *s, const struct sdp_media *m);

/* Is it a secure (RTP/SAVP), or any, RTP profile we understand? */
bool sdp_match_is_secure(struct str proto);
bool sdp_match_is_rtp(struct str proto);

/* Their first a=crypto, in our or their order, with a suite of caps.
 * False: none. */
bool sdp_match_crypto(struct crypto_key *k, const struct sdp_caps *caps,
		      const struct sdp *s, const struct sdp_media *m);

#endif
