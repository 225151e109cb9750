/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stream of bytes into messages (RFC 3261 section 18.3, RFC 5626
 * section 4.4.1). Shared by TCP and TLS; knows no sockets. */
#ifndef GATEWAY_SIP_TRANSPORT_STREAM_H
#define GATEWAY_SIP_TRANSPORT_STREAM_H

#include "base/buf.h"

struct sip_stream {
	struct buf in;
	size_t     pos;         /* first byte that is not handed out yet */
	size_t     looked;      /* no end of the headers before it */
	size_t     total;       /* length of the message at pos; 0: not known */
};

enum sip_stream_got {
	SIP_STREAM_MORE,        /* nothing whole is there */
	SIP_STREAM_MSG,
	SIP_STREAM_PING,        /* wants a CRLF back */
	SIP_STREAM_BAD,         /* answer with status, then close: nobody
				 * knows where the next message begins */
};

struct sip_stream_msg {
	struct str  text;       /* valid until the next call */
	uint16_t    status;     /* BAD */
	const char *what;
};

/* Empty; allocates nothing yet. */
void sip_stream_init(struct sip_stream *s);
/* Frees what it holds. */
void sip_stream_fini(struct sip_stream *s);

/* Adds what was received. ENOMEM, ENOBUFS. */
int sip_stream_add(struct sip_stream *s, const void *p, size_t n) MUST_CHECK;

/* Takes the next message; call until MORE or BAD. */
enum sip_stream_got sip_stream_next(struct sip_stream *s,
				    struct sip_stream_msg *m);

/* Has a message begun that is not whole? */
static inline bool sip_stream_is_partial(const struct sip_stream *s)
{
	return s->in.len > s->pos;
}

#endif
