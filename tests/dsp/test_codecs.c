/* SPDX-License-Identifier: Apache-2.0 */
/* What every row of the table of codecs must do, whatever it is. */
#include <string.h>

#include "dsp/codec.h"
#include "dsp/frame.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { SECOND = 16000, BYTES = 8000 };

/* Runs check for each codec with a fresh state. */
static int each(int (*check)(const struct codec_ops *c, void *state))
{
	int err = 0;

	for (const struct codec_ops *const *c = codecs; *c && !err; c++) {
		void *state = NULL;

		err = (*c)->open(&state, NULL);
		if (err)
			return err;
		err = check(*c, state);
		if (err)
			test_say(__FILE__, __LINE__, "... with %s",
				 (*c)->name);
		(*c)->close(state);
	}
	return err;
}

/* A second of 1004 Hz in packets of ms; the SNR of its second half. */
static int trip(const struct codec_ops *c, void *state, unsigned ms,
		double dbm0, double *snr)
{
	size_t n = c->pcm_hz * ms / 1000;
	static int16_t in[SECOND], out[SECOND];
	uint8_t bytes[BYTES];
	int err = 0;

	memset(in, 0, sizeof(in));
	signal_sine(in, c->pcm_hz, 0, c->pcm_hz, 1004, dbm0);
	for (size_t t = 0; t + n <= c->pcm_hz; t += n) {
		size_t len = c->encode(state, in + t, n, bytes,
				       sizeof(bytes));

		CHECK_INT(len, codec_bytes(c, ms));
		CHECK_INT(c->decode(state, bytes, len, out + t, n), n);
	}
	*snr = signal_snr(out + c->pcm_hz / 2, c->pcm_hz / 2 - n, c->pcm_hz,
			  1004);
out:
	return err;
}

static int check_trip(const struct codec_ops *c, void *state)
{
	/* at -10 dBm0, by bits per sample of the slower codecs */
	double want = c->bit_rate >= 64000 ? 36 : c->bit_rate >= 40000 ? 31 :
		c->bit_rate >= 32000 ? 26 : c->bit_rate >= 24000 ? 18 : 10;
	static const unsigned sizes[] = { 10, 20, 30, 60 };
	int err = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		double snr = 0;

		TRY(trip(c, state, sizes[i], -10, &snr));
		CHECK_NEAR(snr, want + 50, 50);
	}
out:
	return err;
}

static int test_round_trip(void)
{
	return each(check_trip);
}

static int check_level(const struct codec_ops *c, void *state)
{
	static int16_t in[SECOND], out[SECOND];
	uint8_t bytes[BYTES];
	size_t len;
	int err = 0;

	memset(in, 0, sizeof(in));
	signal_sine(in, c->pcm_hz, 0, c->pcm_hz, 1004, -10);
	len = c->encode(state, in, c->pcm_hz, bytes, sizeof(bytes));
	CHECK_INT(c->decode(state, bytes, len, out, c->pcm_hz), c->pcm_hz);
	CHECK_NEAR(signal_level_at(out + c->pcm_hz / 2, c->pcm_hz / 2,
				   c->pcm_hz, 1004), -10, 0.15);
out:
	return err;
}

static int test_level_kept(void)
{
	return each(check_level);
}

static int check_bounds(const struct codec_ops *c, void *state)
{
	size_t n = c->pcm_hz / 50, len = codec_bytes(c, 20);
	int16_t pcm[FRAME_MAX + 1] = { 0 };
	uint8_t bytes[BYTES];
	int err = 0;

	memset(bytes, 0xa5, sizeof(bytes));
	CHECK_INT(c->encode(state, pcm, n, bytes, len - 1), 0);
	for (size_t i = 0; i < len; i++)
		CHECK_INT(bytes[i], 0xa5);
	CHECK_INT(c->encode(state, pcm, n, bytes, len), len);
	CHECK_INT(bytes[len], 0xa5);
	pcm[n] = 4711;
	CHECK_INT(c->decode(state, bytes, len, pcm, n - 1), 0);
	CHECK_INT(c->decode(state, bytes, len, pcm, n), n);
	CHECK_INT(pcm[n], 4711);
	CHECK_INT(c->decode(state, bytes, 0, pcm, n), 0);
out:
	return err;
}

static int test_bounds(void)
{
	return each(check_bounds);
}

/* Foreign bytes of any length: never more than fits, never a crash, and
 * a good stream is understood again afterwards. */
static int check_noise(const struct codec_ops *c, void *state)
{
	int16_t pcm[FRAME_MAX];
	uint8_t bytes[200];
	uint32_t seed = 99;
	double snr = 0;
	int err = 0;

	for (int i = 0; i < 300; i++) {
		size_t n = signal_random(&seed) % sizeof(bytes);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)signal_random(&seed);
		CHECK(c->decode(state, bytes, n, pcm, FRAME_MAX) <=
		      FRAME_MAX);
	}
	TRY(trip(c, state, 20, -10, &snr));
	CHECK(snr > 9);
out:
	return err;
}

static int test_noise_in(void)
{
	return each(check_noise);
}

/* Two streams do not know of each other. */
static int check_apart(const struct codec_ops *c, void *state)
{
	size_t n = c->pcm_hz / 50;
	int16_t tone[FRAME_MAX] = { 0 }, loud[FRAME_MAX] = { 0 };
	uint8_t a[160], b[160], x[160];
	void *other = NULL, *third = NULL;
	int err = 0;

	signal_sine(tone, n, 0, c->pcm_hz, 700, -15);
	signal_sine(loud, n, 0, c->pcm_hz, 2100, 0);
	TRY(c->open(&other, NULL));
	TRY(c->open(&third, NULL));
	for (int i = 0; i < 3; i++) {
		size_t len = c->encode(state, tone, n, a, sizeof(a));

		c->encode(other, loud, n, x, sizeof(x));
		CHECK_INT(c->encode(third, tone, n, b, sizeof(b)), len);
		CHECK(!memcmp(a, b, len));
	}
out:
	c->close(third);
	c->close(other);
	return err;
}

static int test_states_apart(void)
{
	return each(check_apart);
}

static int test_table(void)
{
	int err = 0;

	for (const struct codec_ops *const *c = codecs; *c; c++) {
		CHECK(codec_find((*c)->name, (*c)->rtp_hz) == *c);
		CHECK(!codec_find((*c)->name, 12345));
		CHECK((*c)->pcm_hz * 20 / 1000 <= FRAME_MAX);
		CHECK_INT((*c)->bit_rate * (*c)->frame_ms % 8000, 0);
		if ((*c)->static_pt >= 0)
			CHECK(codec_by_pt((*c)->static_pt) == *c);
		(*c)->close(NULL);
	}
	CHECK_STR(str_z(codec_by_pt(0)->name), "PCMU");
	CHECK_STR(str_z(codec_by_pt(8)->name), "PCMA");
	CHECK_STR(str_z(codec_by_pt(9)->name), "G722");
	CHECK(!codec_by_pt(-1) && !codec_by_pt(2) && !codec_by_pt(101));
	CHECK(codec_find("pcma", 8000) == codec_by_pt(8));
	CHECK(codec_find("g722", 8000)->pcm_hz == 16000);
	CHECK(!codec_find("telephone-event", 8000));
out:
	return err;
}

const struct test_suite suite_codecs = {
	"dsp/codecs", (const struct test[]){
		TEST(test_table),
		TEST(test_round_trip),
		TEST(test_level_kept),
		TEST(test_bounds),
		TEST(test_noise_in),
		TEST(test_states_apart),
		TEST_END } };
