/* SPDX-License-Identifier: Apache-2.0 */
/* G.711 against its rule, written down a second time by segments. */
#include "dsp/codec.h"
#include "tests/lib/test.h"

/* G.711 table 1: decision values of A-law in units of 2048 full scale; the
 * character signal counts up the intervals. */
static int alaw_interval(int mag12)
{
	int step = 1, at = 0, k = 0;

	for (int seg = 0; seg < 8; seg++) {
		if (seg > 1)
			step *= 2;
		for (int i = 0; i < 16; i++, k++) {
			at += step;
			if (mag12 < at)
				return k;
		}
	}
	return 127;
}

static int ulaw_interval(int mag14)
{
	int step = 2, at = 1, k = 0;

	if (mag14 < at)
		return 0;
	for (int seg = 0; seg < 8; seg++) {
		for (int i = seg ? 0 : 1; i < 16; i++) {
			at += step;
			k++;
			if (mag14 < at)
				return k;
		}
		step *= 2;
	}
	return 127;
}

static int test_alaw_encode(void)
{
	const struct codec_ops *c = codec_by_pt(8);
	int err = 0;

	for (int x = -32768; x < 32768; x++) {
		int16_t pcm = (int16_t)x;
		int mag = x < 0 ? ~x : x;
		int want = alaw_interval(mag >> 4) | (x < 0 ? 0 : 0x80);
		uint8_t code = 0;

		CHECK_INT(c->encode(NULL, &pcm, 1, &code, 1), 1);
		CHECK_INT(code, want ^ 0x55);
	}
out:
	return err;
}

static int test_ulaw_encode(void)
{
	const struct codec_ops *c = codec_by_pt(0);
	int err = 0;

	for (int x = -32768; x < 32768; x++) {
		int16_t pcm = (int16_t)x;
		int mag = x < 0 ? ~x : x;
		int want = ulaw_interval(mag >> 2) | (x < 0 ? 0 : 0x80);
		uint8_t code = 0;

		CHECK_INT(c->encode(NULL, &pcm, 1, &code, 1), 1);
		CHECK_INT(code, want ^ 0x7f);
	}
out:
	return err;
}

static int16_t decoded(const struct codec_ops *c, int code)
{
	uint8_t in = (uint8_t)code;
	int16_t out = 0;

	c->decode(NULL, &in, 1, &out, 1);
	return out;
}

/* Values of G.711 tables 1a and 2a, times 8 and 4. */
static int test_decode_values(void)
{
	const struct codec_ops *a = codec_by_pt(8), *u = codec_by_pt(0);
	int err = 0;

	CHECK_INT(decoded(a, 0xd5), 8);
	CHECK_INT(decoded(a, 0x55), -8);
	CHECK_INT(decoded(a, 0xaa), 32256);     /* 4032 */
	CHECK_INT(decoded(a, 0x2a), -32256);
	CHECK_INT(decoded(a, 0xf5), 33 * 16);   /* 66: first of segment 2 */
	CHECK_INT(decoded(u, 0xff), 0);
	CHECK_INT(decoded(u, 0x7f), 0);
	CHECK_INT(decoded(u, 0x80), 32124);     /* 8031 */
	CHECK_INT(decoded(u, 0x00), -32124);
	CHECK_INT(decoded(u, 0xef), 132);       /* 33: first of segment 2 */
	CHECK_INT(decoded(u, 0xfe), 8);         /* 2 */
out:
	return err;
}

/* What was decoded is encoded to the same byte again. */
static int test_stable(void)
{
	const struct codec_ops *a = codec_by_pt(8), *u = codec_by_pt(0);
	int err = 0;

	for (int i = 0; i < 256; i++) {
		int16_t x = decoded(a, i), y = decoded(u, i);
		uint8_t ca = 0, cu = 0;

		a->encode(NULL, &x, 1, &ca, 1);
		u->encode(NULL, &y, 1, &cu, 1);
		CHECK_INT(ca, i);
		CHECK_INT(cu, i == 0x7f ? 0xff : i);    /* two zeros */
	}
out:
	return err;
}

const struct test_suite suite_codec_g711 = {
	"dsp/codec_g711", (const struct test[]){
		TEST(test_alaw_encode),
		TEST(test_ulaw_encode),
		TEST(test_decode_values),
		TEST(test_stable),
		TEST_END } };
