/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codecs: bytes of RTP payload <-> linear 16-bit samples. A codec is one
 * file dsp/codec_x.c and one row in dsp/codecs.c; SDP and RTP read all they
 * need from the row (docs/add-a-codec.md).
 */
#ifndef DSP_CODEC_H
#define DSP_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct codec_ops {
	const char *name;       /* SDP encoding name, "PCMA" */
	int         static_pt;  /* RFC 3551 payload type, or -1 */
	unsigned    rtp_hz;     /* RTP clock; 8000 for G.722 */
	unsigned    pcm_hz;     /* rate of the samples; 16000 for G.722 */
	unsigned    bit_rate;   /* payload bits per second of sound */
	unsigned    frame_ms;   /* smallest unit; packets are multiples */

	/* A state for both directions of one stream. *state may become NULL
	 * for a codec without memory: that is no error. fmtp may be NULL.
	 * ENOMEM, EINVAL: fmtp this codec cannot do. */
	int    (*open)(void **state, const char *fmtp);
	/* NULL-safe. */
	void   (*close)(void *state);
	/* n samples, a multiple of frame_ms, to at most cap bytes. Returns
	 * bytes written; 0: nothing to send, or cap is too small. */
	size_t (*encode)(void *state, const int16_t *pcm, size_t n,
			 uint8_t *out, size_t cap);
	/* n bytes (untrusted, any length) to at most cap samples. Returns
	 * samples written; 0: no valid payload, or cap is too small. */
	size_t (*decode)(void *state, const uint8_t *in, size_t n,
			 int16_t *pcm, size_t cap);
	/* Makes n samples for a lost packet. NULL: use dsp/plc.h. */
	size_t (*conceal)(void *state, int16_t *pcm, size_t n);
	/* May an offer with their fmtp be answered with ours? Either may be
	 * NULL. NULL: any fmtp will do. */
	bool   (*fmtp_ok)(const char *ours, const char *theirs);
};

/* All codecs, the preferred first; ends with NULL. */
extern const struct codec_ops *const codecs[];

/* By SDP encoding name (any ASCII case) and RTP clock; NULL: not ours. */
const struct codec_ops *codec_find(const char *name, unsigned rtp_hz);

/* By static payload type of RFC 3551; NULL: not ours, or not static. */
const struct codec_ops *codec_by_pt(int pt);

/* Bytes that ms milliseconds take when encoded. */
static inline size_t codec_bytes(const struct codec_ops *c, unsigned ms)
{
	return (size_t)c->bit_rate * ms / 8000;
}

#endif
