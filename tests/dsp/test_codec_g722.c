/* SPDX-License-Identifier: Apache-2.0 */
/* G.722 carries what lies above the telephone band. */
#include <string.h>

#include "dsp/codec.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 8000 };

static int test_wide_band(void)
{
	static const double hz[] = { 100, 1000, 3000, 5500, 6800 };
	const struct codec_ops *c = codec_find("G722", 8000);
	static int16_t in[N], out[N];
	static uint8_t bytes[N / 2];
	void *state = NULL;
	int err = 0;

	TRY(c->open(&state, NULL));
	for (size_t i = 0; i < sizeof(hz) / sizeof(*hz); i++) {
		memset(in, 0, sizeof(in));
		signal_sine(in, N, 0, 16000, hz[i], -15);
		CHECK_INT(c->encode(state, in, N, bytes, sizeof(bytes)),
			  N / 2);
		CHECK_INT(c->decode(state, bytes, N / 2, out, N), N);
		CHECK_NEAR(signal_level_at(out + N / 2, N / 2, 16000, hz[i]),
			   -15, 0.7);
	}
	CHECK_INT(c->encode(state, in, 3, bytes, sizeof(bytes)), 0);
out:
	c->close(state);
	return err;
}

const struct test_suite suite_codec_g722 = {
	"dsp/codec_g722", (const struct test[]){
		TEST(test_wide_band),
		TEST_END } };
