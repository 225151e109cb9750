/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a scripted UA: its own RTP, written apart from media/. */
#ifndef TESTS_LIB_SIP_UA_RTP_H
#define TESTS_LIB_SIP_UA_RTP_H

#include "base/str.h"
#include "base/tmr.h"
#include "base/udp.h"
#include "dsp/codec.h"
#include "tests/lib/sine.h"

enum { UA_HEARD = 16000 * 8, UA_DIGITS = 64, UA_EVENT_PT = 101 };

struct sip_ua_rtp {
	struct loop   *loop;
	struct udp    *udp;
	struct addr    local, remote;   /* remote.port 0: not known */
	bool           send;            /* our direction allows it */
	bool           mute;            /* sends nothing at all */
	const struct codec_ops *codec;  /* NULL: not agreed */
	void          *enc, *dec;
	struct tmr     tick;
	uint64_t       next_us;
	uint16_t       seq;
	uint32_t       ts, ssrc;
	double         hz, dbm0;        /* 0 Hz: silence */
	size_t         said;            /* samples */
	char           keys[UA_DIGITS]; /* digits to be sent */
	unsigned       key, key_step;
	uint32_t       key_ts;
	bool           marker;
	/* heard */
	uint64_t       packets;
	uint8_t        pt;              /* of the last sound */
	bool           known;           /* their ssrc */
	uint32_t       their_ssrc, first_ts, event_ts;
	bool           in_event;
	size_t         base, n;
	int16_t       *heard;           /* UA_HEARD samples */
	char           digits[UA_DIGITS];       /* by RFC 4733 */
	unsigned       n_digits;
};

/* Opens a port on ip. */
int sip_ua_rtp_init(struct sip_ua_rtp *r, struct loop *l,
		    struct udp_net *net, const struct addr *ip) MUST_CHECK;
void sip_ua_rtp_fini(struct sip_ua_rtp *r);

/* Sends to remote with the codec from now on. send: as the direction. */
int sip_ua_rtp_start(struct sip_ua_rtp *r, const struct codec_ops *c,
		     const struct addr *remote, bool send) MUST_CHECK;
void sip_ua_rtp_stop(struct sip_ua_rtp *r);

/* The payload type agreed; -1: none. */
static inline int sip_ua_rtp_pt(const struct sip_ua_rtp *r)
{
	return r->codec ? r->codec->static_pt : -1;
}

/* Sends digits by RFC 4733, 100 ms each and 60 ms apart. */
void sip_ua_rtp_dial(struct sip_ua_rtp *r, const char *digits);

/* Forgets what was heard: the next packet begins anew. */
void sip_ua_rtp_listen(struct sip_ua_rtp *r);
/* The sine near hz in the last ms of what was heard since. */
void sip_ua_rtp_fit(struct sine *s, const struct sip_ua_rtp *r, double hz,
		    unsigned ms);

#endif
