/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offer and answer (RFC 3264) for one audio stream: what we can do plus
 * their description gives ours and what was agreed. One struct
 * offer_answer lives as long as its session and carries what must stay the
 * same from one exchange to the next (o=, order of m= lines, keys).
 */
#ifndef GATEWAY_SDP_OFFER_ANSWER_H
#define GATEWAY_SDP_OFFER_ANSWER_H

#include "dsp/codec.h"
#include "gateway/sdp/crypto_attr.h"
#include "gateway/sdp/sdp.h"

enum { SDP_MAX_CODECS = 16 };

/* Direction of the stream as seen by its writer; two bits. */
enum sdp_dir {
	SDP_INACTIVE = 0,
	SDP_SENDONLY = 1,
	SDP_RECVONLY = 2,
	SDP_SENDRECV = 3,
};

enum sdp_srtp {
	SDP_SRTP_OFF,           /* RTP/AVP only */
	SDP_SRTP_ALLOWED,       /* offers RTP/AVP; answers RTP/SAVP with it */
	SDP_SRTP_REQUIRED,      /* RTP/SAVP only */
};

/* A codec under a payload number. */
struct sdp_codec {
	const struct codec_ops *ops;
	uint8_t                 pt;
};

/* What we can and want now. */
struct sdp_caps {
	struct sdp_codec  codecs[SDP_MAX_CODECS];  /* in our preference */
	unsigned          n_codecs;
	uint8_t           telev_pt;     /* telephone-event; 0: none */
	uint16_t          ptime_ms;     /* what we want to receive */
	enum sdp_dir      dir;          /* SDP_SENDRECV; hold: sendonly */
	struct addr       rtp;          /* address and port to be told */
	uint16_t          rtcp_port;    /* 0: RTP port + 1 */
	bool              prefer_ours;  /* answers: our order, not theirs */
	enum sdp_srtp     srtp;
	enum crypto_suite suites[CRYPTO_N_SUITES]; /* in our preference */
	unsigned          n_suites;
};

/* What was agreed. */
struct sdp_result {
	struct addr      rtp, rtcp;     /* theirs; AF_UNSPEC: send nothing */
	struct sdp_codec send;          /* our packets: their number */
	struct sdp_codec recv[SDP_MAX_CODECS];  /* theirs: our numbers; the */
	unsigned         n_recv;                /* first is the expected */
	uint8_t          telev_send_pt, telev_recv_pt;  /* 0: none */
	uint32_t         telev_hz;
	uint16_t         ptime_ms;      /* of our packets */
	enum sdp_dir     dir;           /* ours: may we send, will we hear */
	bool             held;          /* they put us on hold */
	bool             srtp;
	struct crypto_key srtp_send, srtp_recv; /* ours, theirs */
};

/* Our offer, as long as it may be answered. */
struct sdp_offer {
	struct sdp_caps   caps;
	struct crypto_key keys[CRYPTO_N_SUITES];
	unsigned          n_keys;
};

/* An m= line of another stream. */
struct sdp_line {
	char type[12], proto[20], format[20];
};

struct offer_answer {
	uint64_t          id, version;
	uint64_t          last_hash;    /* of our last description */
	bool              described;    /* we sent one already */
	bool              offered;      /* our offer waits for its answer */
	struct sdp_offer *offer;        /* that one; also an answered one,
					 * until it is settled */
	struct crypto_key send_key;     /* kept while the suite stays */
	struct sdp_line  *lines;        /* the m= lines so far; NULL: ours
					 * is the only one */
	unsigned          n_lines;
	unsigned          audio;        /* the index of our stream in them */
};

/* A new session: random id. */
void offer_answer_init(struct offer_answer *oa);
/* Frees what it holds. Zeroed: no effect. */
void offer_answer_fini(struct offer_answer *oa);

/* Writes our offer. The version of o= grows if the text differs from our
 * last one; m= lines agreed earlier stay in place, all but the audio one
 * with port 0. EALREADY: an offer is pending. ENOMEM, ENOBUFS. */
int offer_answer_offer(struct offer_answer *oa, const struct sdp_caps *caps,
		       struct buf *out) MUST_CHECK;

/* Their offer, our answer: writes it and says what is agreed. ENOTSUP: no
 * common codec or transport, nothing written (488). EALREADY: our own
 * offer is pending (491). ENOMEM, ENOBUFS. */
int offer_answer_answer(struct offer_answer *oa, const struct sdp_caps *caps,
			const struct sdp *offer, struct buf *out,
			struct sdp_result *res) MUST_CHECK;

/* Their answer in a provisional response: the same as below, but the offer
 * stays pending, because another fork may answer it otherwise. */
int offer_answer_preview(const struct offer_answer *oa,
			 const struct sdp *answer, struct sdp_result *res)
	MUST_CHECK;

/* Their answer to our offer. EPROTO: none is pending. EBADMSG: it does not
 * fit the offer. ENOTSUP: they refused the audio line or left no codec. On
 * an error the offer stays pending; offer_answer_drop() forgets it. */
int offer_answer_finish(struct offer_answer *oa, const struct sdp *answer,
			struct sdp_result *res) MUST_CHECK;

/* Our offer, answered already, waits for an answer once more: another fork
 * may give it. No effect once it is settled. */
void offer_answer_reopen(struct offer_answer *oa);
/* No more answers to an answered offer can come: lets it go. */
void offer_answer_settle(struct offer_answer *oa);
/* Our offer was refused or came to nothing. */
void offer_answer_drop(struct offer_answer *oa);

/* "sendrecv", "sendonly", "recvonly", "inactive". */
const char *sdp_dir_name(enum sdp_dir d);

#endif
