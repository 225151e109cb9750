/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G.726 at 16, 24, 32 and 40 kbit/s over SpanDSP. Code words are packed as
 * RFC 3551 section 4.5.4 has it, the first one in the least significant
 * bits (SpanDSP's "right"); the other order is AAL2-G726 and not offered.
 */
#include <spandsp.h>

#include "base/mem.h"
#include "dsp/codecs.h"

struct g726 {
	g726_state_t *enc, *dec;
	unsigned      bits;             /* of a code word */
};

static void g726_close(void *state)
{
	struct g726 *s = state;

	if (!s)
		return;
	if (s->enc)
		g726_free(s->enc);
	if (s->dec)
		g726_free(s->dec);
	mem_free(s);
}

static int g726_open(void **state, unsigned bits)
{
	struct g726 *s = mem_alloc(sizeof(*s));

	if (!s)
		return ENOMEM;
	s->bits = bits;
	s->enc = g726_init(NULL, (int)bits * 8000, G726_ENCODING_LINEAR,
			   G726_PACKING_RIGHT);
	s->dec = g726_init(NULL, (int)bits * 8000, G726_ENCODING_LINEAR,
			   G726_PACKING_RIGHT);
	if (!s->enc || !s->dec) {
		g726_close(s);
		return ENOMEM;
	}
	*state = s;
	return 0;
}

static int g726_open_16(void **state, const char *fmtp)
{
	(void)fmtp;
	return g726_open(state, 2);
}

static int g726_open_24(void **state, const char *fmtp)
{
	(void)fmtp;
	return g726_open(state, 3);
}

static int g726_open_32(void **state, const char *fmtp)
{
	(void)fmtp;
	return g726_open(state, 4);
}

static int g726_open_40(void **state, const char *fmtp)
{
	(void)fmtp;
	return g726_open(state, 5);
}

/* SpanDSP keeps the bits of an octet begun until the next call: only whole
 * octets go in and come out, so that each packet stands for itself. */
static size_t g726_enc(void *state, const int16_t *pcm, size_t n,
		       uint8_t *out, size_t cap)
{
	struct g726 *s = state;

	if (n * s->bits % 8 || n * s->bits / 8 > cap)
		return 0;
	return (size_t)g726_encode(s->enc, out, pcm, (int)n);
}

static size_t g726_dec(void *state, const uint8_t *in, size_t n,
		       int16_t *pcm, size_t cap)
{
	struct g726 *s = state;

	if (n * 8 % s->bits || n * 8 / s->bits > cap)
		return 0;
	return (size_t)g726_decode(s->dec, pcm, in, (int)n);
}

const struct codec_ops codec_g726_16 = {
	.name = "G726-16", .static_pt = -1,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 16000, .frame_ms = 10,
	.open = g726_open_16, .close = g726_close,
	.encode = g726_enc, .decode = g726_dec,
};

const struct codec_ops codec_g726_24 = {
	.name = "G726-24", .static_pt = -1,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 24000, .frame_ms = 10,
	.open = g726_open_24, .close = g726_close,
	.encode = g726_enc, .decode = g726_dec,
};

const struct codec_ops codec_g726_32 = {
	.name = "G726-32", .static_pt = -1,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 32000, .frame_ms = 10,
	.open = g726_open_32, .close = g726_close,
	.encode = g726_enc, .decode = g726_dec,
};

const struct codec_ops codec_g726_40 = {
	.name = "G726-40", .static_pt = -1,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 40000, .frame_ms = 10,
	.open = g726_open_40, .close = g726_close,
	.encode = g726_enc, .decode = g726_dec,
};
