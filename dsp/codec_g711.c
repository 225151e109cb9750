/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G.711 A-law and mu-law by table. The tables are constant expressions of
 * the rule in G.711 (as in the software tool library G.191), so that they
 * lie in read-only memory and need no start-up: 4 KiB and 16 KiB to encode,
 * since A-law looks at 12 bits of a sample and mu-law at 14.
 */
#include "dsp/codecs.h"

/* F(0) .. F(n - 1) for the initialiser of a table. */
#define T4(F, i)     F(i), F((i) + 1), F((i) + 2), F((i) + 3)
#define T16(F, i)    T4(F, i), T4(F, (i) + 4), T4(F, (i) + 8), T4(F, (i) + 12)
#define T64(F, i)    T16(F, i), T16(F, (i) + 16), T16(F, (i) + 32), \
		     T16(F, (i) + 48)
#define T256(F, i)   T64(F, i), T64(F, (i) + 64), T64(F, (i) + 128), \
		     T64(F, (i) + 192)
#define T1024(F, i)  T256(F, i), T256(F, (i) + 256), T256(F, (i) + 512), \
		     T256(F, (i) + 768)
#define T4096(F, i)  T1024(F, i), T1024(F, (i) + 1024), \
		     T1024(F, (i) + 2048), T1024(F, (i) + 3072)
#define T16384(F, i) T4096(F, i), T4096(F, (i) + 4096), \
		     T4096(F, (i) + 8192), T4096(F, (i) + 12288)

/* A-law: magnitude in 11 bits, of negative samples the ones' complement. */
#define A_MAG(i) ((i) & 0x800 ? ~(i) & 0x7ff : (i))
#define A_SEG(m) ((m) < 32 ? 0 : (m) < 64 ? 1 : (m) < 128 ? 2 : \
	(m) < 256 ? 3 : (m) < 512 ? 4 : (m) < 1024 ? 5 : 6)
#define A_CODE(m) (((m) >> A_SEG(m)) + (A_SEG(m) << 4))
#define A_ENC(i) ((A_CODE(A_MAG(i)) | ((i) & 0x800 ? 0 : 0x80)) ^ 0x55)

#define A_VALUE(c) (((((c) & 0x0f) << 4) + 8 + ((c) & 0x70 ? 256 : 0)) << \
	(((c) & 0x70) > 0x10 ? (((c) & 0x70) >> 4) - 1 : 0))
#define A_DEC(i) (((i) ^ 0x55) & 0x80 ? A_VALUE((i) ^ 0x55) : \
	-A_VALUE((i) ^ 0x55))

/* mu-law: magnitude in 13 bits plus 33, clipped. */
#define U_ABS(i) (((i) & 0x2000 ? ~(i) & 0x1fff : (i)) + 33)
#define U_MAG(i) (U_ABS(i) > 0x1fff ? 0x1fff : U_ABS(i))
#define U_SEG(m) ((m) < 64 ? 0 : (m) < 128 ? 1 : (m) < 256 ? 2 : \
	(m) < 512 ? 3 : (m) < 1024 ? 4 : (m) < 2048 ? 5 : \
	(m) < 4096 ? 6 : 7)
#define U_CODE(m) (U_SEG(m) << 4 | (((m) >> (U_SEG(m) + 1)) & 0x0f))
#define U_ENC(i) ((U_CODE(U_MAG(i)) ^ 0x7f) | ((i) & 0x2000 ? 0 : 0x80))

#define U_VALUE(c) (((((c) & 0x0f) << 3) + 0x84) << (((c) & 0x70) >> 4))
#define U_DEC(i) ((i) & 0x80 ? U_VALUE(~(i)) - 0x84 : 0x84 - U_VALUE(~(i)))

static const uint8_t alaw_of[4096] = { T4096(A_ENC, 0) };
static const uint8_t ulaw_of[16384] = { T16384(U_ENC, 0) };
static const int16_t of_alaw[256] = { T256(A_DEC, 0) };
static const int16_t of_ulaw[256] = { T256(U_DEC, 0) };

static int g711_open(void **state, const char *fmtp)
{
	(void)fmtp;             /* G.711 has no parameters */
	*state = NULL;
	return 0;
}

static void g711_close(void *state)
{
	(void)state;
}

static size_t alaw_encode(void *state, const int16_t *pcm, size_t n,
			  uint8_t *out, size_t cap)
{
	(void)state;
	if (n > cap)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = alaw_of[(uint16_t)pcm[i] >> 4];
	return n;
}

static size_t ulaw_encode(void *state, const int16_t *pcm, size_t n,
			  uint8_t *out, size_t cap)
{
	(void)state;
	if (n > cap)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = ulaw_of[(uint16_t)pcm[i] >> 2];
	return n;
}

static size_t alaw_decode(void *state, const uint8_t *in, size_t n,
			  int16_t *pcm, size_t cap)
{
	(void)state;
	if (n > cap)
		return 0;
	for (size_t i = 0; i < n; i++)
		pcm[i] = of_alaw[in[i]];
	return n;
}

static size_t ulaw_decode(void *state, const uint8_t *in, size_t n,
			  int16_t *pcm, size_t cap)
{
	(void)state;
	if (n > cap)
		return 0;
	for (size_t i = 0; i < n; i++)
		pcm[i] = of_ulaw[in[i]];
	return n;
}

const struct codec_ops codec_pcma = {
	.name = "PCMA", .static_pt = 8,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 64000, .frame_ms = 10,
	.open = g711_open, .close = g711_close,
	.encode = alaw_encode, .decode = alaw_decode,
};

const struct codec_ops codec_pcmu = {
	.name = "PCMU", .static_pt = 0,
	.rtp_hz = 8000, .pcm_hz = 8000, .bit_rate = 64000, .frame_ms = 10,
	.open = g711_open, .close = g711_close,
	.encode = ulaw_encode, .decode = ulaw_decode,
};
