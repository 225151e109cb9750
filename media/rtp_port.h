/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTP (RFC 3550) as a port: socket, jitter buffer, codec, concealment,
 * RTCP, telephone-event (RFC 4733), SRTP by SDES.
 *
 *	rtp_port_open    a pair of sockets; its address goes into the SDP
 *	rtp_port_set     what was agreed; again with bridge_update() once a
 *	                 bridge has the port
 *	bridge_attach    packets flow
 */
#ifndef MEDIA_RTP_PORT_H
#define MEDIA_RTP_PORT_H

#include "base/addr.h"
#include "dsp/codec.h"
#include "media/media_conf.h"
#include "media/port.h"
#include "media/rtp_ports.h"

enum {
	RTP_FORMATS = 4,        /* codecs that may be received */
	RTP_NO_PT   = 255,
	RTP_KEY_MAX = 46,
};

/* SRTP suites (RFC 4568, RFC 6188). */
enum rtp_suite {
	RTP_SUITE_NONE,
	RTP_SUITE_AES_CM_128_HMAC_SHA1_80,
	RTP_SUITE_AES_CM_128_HMAC_SHA1_32,
	RTP_SUITE_AES_256_CM_HMAC_SHA1_80,
	RTP_SUITE_AES_256_CM_HMAC_SHA1_32,
};

/* Master key and salt, one after the other. */
struct rtp_key {
	enum rtp_suite suite;
	uint8_t        len;     /* 30 or 46 bytes, as the suite wants */
	uint8_t        key[RTP_KEY_MAX];
};

/* A codec agreed. The payload types may differ by direction: what we send
 * carries the number of their SDP, what we get the one of ours. */
struct rtp_format {
	const struct codec_ops *codec;
	uint8_t                 tx_pt, rx_pt;
	char                    fmtp[32];       /* theirs; "" : none */
};

struct rtp_params {
	struct addr       remote;       /* AF_UNSPEC or port 0: not known
					 * yet, nothing is sent */
	struct addr       remote_rtcp;  /* AF_UNSPEC: port + 1 of remote */
	bool              rtcp_mux;     /* RFC 5761: RTCP on the same port */
	bool              symmetric;    /* send to where packets come from:
					 * learns, locks, and learns anew
					 * only when set again */
	bool              send, recv;   /* SDP direction, seen from us */
	struct rtp_format fmt[RTP_FORMATS];     /* fmt[0] is sent */
	unsigned          n_fmt;
	unsigned          ptime_ms;     /* 10..60, of what we send */
	uint8_t           event_tx_pt, event_rx_pt;     /* RFC 4733, clock
					 * 8000; RTP_NO_PT: not agreed */
	struct rtp_key    tx_key, rx_key;       /* both or none */
	char              cname[32];    /* RTCP; "": made up */
};

/* A port on a fresh pair of sockets on the local address ip. conf and ports
 * must outlive it. Nothing is received before attach. ENOMEM, and what
 * rtp_ports_open says. */
int rtp_port_open(struct port **pp, struct rtp_ports *ports,
		  const struct addr *ip, const struct media_conf *conf)
	MUST_CHECK;

/* The local address of RTP, for the SDP. */
void rtp_port_local(const struct port *p, struct addr *a);

/* What was agreed; copied. Only before attach (then: bridge_update). The
 * port's rate becomes that of fmt[0]. The SSRC and the sequence of packets
 * go on for the life of the port. EINVAL: codec or key that cannot be;
 * ENOMEM. On an error all stays as it was. */
int rtp_port_set(struct port *p, const struct rtp_params *params)
	MUST_CHECK;

/* The parameters in force; NULL: none yet. [holder] */
const struct rtp_params *rtp_port_params(const struct port *p);

/* Of one port since it was opened. */
struct rtp_stats {
	uint64_t rx_packets, rx_bytes;  /* payload bytes, good packets */
	uint64_t tx_packets, tx_bytes;
	uint64_t lost, late, duplicate, reordered;
	uint64_t bad;                   /* not RTP, wrong source, bad length */
	uint64_t unknown_pt;
	uint64_t relayed;               /* sent as they came elsewhere */
	uint64_t bad_auth, replayed;    /* SRTP */
	uint64_t concealed_ms;          /* played instead of what was lost */
	uint64_t shrunk, grown;         /* frames the jitter buffer took out
					 * or put in */
	uint32_t jitter_us;             /* RFC 3550, of what comes */
	uint32_t delay_ms;              /* of the jitter buffer, now */
	uint32_t rtt_us;                /* by RTCP; 0: not known */
	uint32_t far_lost;              /* what the peer reports */
	uint32_t far_jitter_us;
	float    far_loss;              /* 0..1, of its last interval */
	uint8_t  r_factor;              /* 0..100, of what comes (E-model) */
	char     codec[12];             /* sent; "" : none */
	struct addr remote;             /* where it sends now */
};

#endif
