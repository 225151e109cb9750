/* SPDX-License-Identifier: Apache-2.0 */
/* G.726: order of the code words (RFC 3551 section 4.5.4). */
#include "dsp/codec.h"
#include "tests/lib/test.h"

/* A jump up is the highest code word, then one down the lowest: seen from
 * the least significant bit, 0111 and 1000 for 32 kbit/s. */
static int first_octet(const char *name, unsigned *octet)
{
	const struct codec_ops *c = codec_find(name, 8000);
	int16_t pcm[8] = { 30000, -30000, -30000, -30000, -30000, -30000,
			   -30000, -30000 };
	uint8_t bytes[8] = { 0 };
	void *state = NULL;
	int err = c->open(&state, NULL);

	if (err)
		return err;
	c->encode(state, pcm, 8, bytes, sizeof(bytes));
	c->close(state);
	*octet = bytes[0];
	return 0;
}

static int test_packing(void)
{
	unsigned octet = 0;
	int err = 0;

	TRY(first_octet("G726-16", &octet));
	CHECK_INT(octet & 0x0f, 2 << 2 | 1);
	TRY(first_octet("G726-24", &octet));
	CHECK_INT(octet & 0x3f, 4 << 3 | 3);
	TRY(first_octet("G726-32", &octet));
	CHECK_INT(octet, 8 << 4 | 7);
	TRY(first_octet("G726-40", &octet));
	CHECK_INT(octet, (16 << 5 | 15) & 0xff);
out:
	return err;
}

/* Bits of one packet never wait for the next one. */
static int test_odd_sizes(void)
{
	const struct codec_ops *c = codec_find("G726-24", 8000);
	int16_t pcm[80] = { 0 };
	uint8_t bytes[30] = { 0 };
	void *state = NULL;
	int err = 0;

	TRY(c->open(&state, NULL));
	CHECK_INT(c->encode(state, pcm, 79, bytes, sizeof(bytes)), 0);
	CHECK_INT(c->encode(state, pcm, 80, bytes, sizeof(bytes)), 30);
	CHECK_INT(c->decode(state, bytes, 29, pcm, 80), 0);
	CHECK_INT(c->decode(state, bytes, 30, pcm, 80), 80);
out:
	c->close(state);
	return err;
}

const struct test_suite suite_codec_g726 = {
	"dsp/codec_g726", (const struct test[]){
		TEST(test_packing),
		TEST(test_odd_sizes),
		TEST_END } };
