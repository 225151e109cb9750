/* SPDX-License-Identifier: Apache-2.0 */
/*
 * G.711 A-law and mu-law by table. The tables are constant expressions of
 * the rule in G.711 (as in the software tool library G.191), so that they
 * lie in read-only memory and need no start-up: 4 KiB and 16 KiB to encode,
 * since A-law looks at 12 bits of a sample and mu-law at 14. They are filled
 * by interval, 128 of either sign, not by sample: quick to compile.
 */
#include "dsp/codecs.h"

/* F(0) .. F(n - 1) for the initialiser of a table. */
#define T4(F, i)     F(i), F((i) + 1), F((i) + 2), F((i) + 3)
#define T16(F, i)    T4(F, i), T4(F, (i) + 4), T4(F, (i) + 8), T4(F, (i) + 12)
#define T64(F, i)    T16(F, i), T16(F, (i) + 16), T16(F, (i) + 32), \
		     T16(F, (i) + 48)
#define T256(F, i)   T64(F, i), T64(F, (i) + 64), T64(F, (i) + 128), \
		     T64(F, (i) + 192)

/* A-law: interval k of the magnitude, which has 11 bits, and for negative
 * samples is the ones' complement. */
#define A_WIDTH(k) ((1 << (k) / 16 >> 1) | ((k) < 16))
#define A_LOW(k)   ((((k) < 16 ? 0 : 16) + ((k) & 15)) * A_WIDTH(k))
#define A_HIGH(k)  (A_LOW(k) + A_WIDTH(k) - 1)
#define A_ENC(k)   [A_LOW(k) ... A_HIGH(k)] = (k) ^ 0xd5, \
		   [0xfff - A_HIGH(k) ... 0xfff - A_LOW(k)] = (k) ^ 0x55

#define A_VALUE(c) (((((c) & 0x0f) << 4) + 8 + ((c) & 0x70 ? 256 : 0)) << \
	(((c) & 0x70) > 0x10 ? (((c) & 0x70) >> 4) - 1 : 0))
#define A_DEC(i) (((i) ^ 0x55) & 0x80 ? A_VALUE((i) ^ 0x55) : \
	-A_VALUE((i) ^ 0x55))

/* mu-law: of 13 bits; the rule adds 33 and clips. */
#define U_EDGE(k) (((16 + ((k) & 15)) << ((k) / 16 + 1)) - 33)
#define U_LOW(k)  ((k) ? U_EDGE(k) : 0)
#define U_HIGH(k) ((k) < 127 ? U_EDGE((k) + 1) - 1 : 0x1fff)
#define U_ENC(k)  [U_LOW(k) ... U_HIGH(k)] = (k) ^ 0xff, \
		  [0x3fff - U_HIGH(k) ... 0x3fff - U_LOW(k)] = (k) ^ 0x7f

#define U_VALUE(c) (((((c) & 0x0f) << 3) + 0x84) << (((c) & 0x70) >> 4))
#define U_DEC(i) ((i) & 0x80 ? U_VALUE(~(i)) - 0x84 : 0x84 - U_VALUE(~(i)))

static const uint8_t alaw_of[4096] = { T64(A_ENC, 0), T64(A_ENC, 64) };
static const uint8_t ulaw_of[16384] = { T64(U_ENC, 0), T64(U_ENC, 64) };
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
