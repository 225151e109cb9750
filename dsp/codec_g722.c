/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G.722 at 64 kbit/s over SpanDSP. Its RTP clock is 8 kHz by an old error
 * that RFC 3551 section 4.5.2 keeps; the sound has 16 kHz.
 */
#include <spandsp.h>

#include "base/mem.h"
#include "dsp/codecs.h"

struct g722 {
	g722_encode_state_t *enc;
	g722_decode_state_t *dec;
};

static void g722_close(void *state)
{
	struct g722 *s = state;

	if (!s)
		return;
	if (s->enc)
		g722_encode_free(s->enc);
	if (s->dec)
		g722_decode_free(s->dec);
	mem_free(s);
}

static int g722_open(void **state, const char *fmtp)
{
	struct g722 *s = mem_alloc(sizeof(*s));

	(void)fmtp;             /* RFC 3551 defines none */
	if (!s)
		return ENOMEM;
	s->enc = g722_encode_init(NULL, 64000, 0);
	s->dec = g722_decode_init(NULL, 64000, 0);
	if (!s->enc || !s->dec) {
		g722_close(s);
		return ENOMEM;
	}
	*state = s;
	return 0;
}

static size_t g722_enc(void *state, const int16_t *pcm, size_t n,
		       uint8_t *out, size_t cap)
{
	struct g722 *s = state;

	if (n % 2 || n / 2 > cap)
		return 0;
	return (size_t)g722_encode(s->enc, out, pcm, (int)n);
}

static size_t g722_dec(void *state, const uint8_t *in, size_t n,
		       int16_t *pcm, size_t cap)
{
	struct g722 *s = state;

	if (n > cap / 2)
		return 0;
	return (size_t)g722_decode(s->dec, pcm, in, (int)n);
}

const struct codec_ops codec_g722 = {
	.name = "G722", .static_pt = 9,
	.rtp_hz = 8000, .pcm_hz = 16000, .bit_rate = 64000, .frame_ms = 10,
	.open = g722_open, .close = g722_close,
	.encode = g722_enc, .decode = g722_dec,
};
