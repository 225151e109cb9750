/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dsp/callprog_ear.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

/* What is said once the window is full. */
static struct ear_hop listen(struct callprog_ear *e, const int16_t *pcm,
			     size_t n)
{
	struct ear_hop hop = { EAR_NONE, 0 };
	int done;

	callprog_ear_reset(e);
	while (n) {
		size_t k = callprog_ear_run(e, pcm, n, &hop, &done);

		pcm += k;
		n -= k;
	}
	return hop;
}

static int test_sets(void)
{
	static const float dial[] = { 350, 440 }, busy[] = { 480, 620 };
	static const float ring[] = { 440, 480 }, one[] = { 440, 428, 452 };
	struct callprog_ear e;
	int err = 0;

	callprog_ear_init(&e);
	CHECK_INT(callprog_ear_add(&e, dial, 2, 1), 0);
	CHECK_INT(callprog_ear_add(&e, ring, 2, 1), 1);
	CHECK_INT(callprog_ear_add(&e, busy, 2, 1), 2);
	CHECK_INT(callprog_ear_add(&e, one, 3, 0), 3);
	CHECK_INT(callprog_ear_add(&e, ring, 2, 1), 1);
	CHECK_INT(e.nfreqs, 6);
	for (int i = 0; i < 4; i++) {
		static const float *const pair[] = { dial, ring, busy, one };
		int16_t pcm[800] = { 0 };
		struct ear_hop h;

		for (int k = 0; k < (i < 3 ? 2 : 1); k++)
			signal_sine(pcm, 800, 0, 8000, (double)pair[i][k],
				    -20);
		h = listen(&e, pcm, 800);
		CHECK_INT(h.set, i);
		CHECK_NEAR(h.dbm0, i < 3 ? -17 : -20, 0.5);
	}
out:
	return err;
}

/* Half of a pair, a pair out of balance, noise, silence. */
static int test_none(void)
{
	static const float dial[] = { 350, 440 };
	struct callprog_ear e;
	int16_t pcm[800] = { 0 };
	uint32_t seed = 6;
	int err = 0;

	callprog_ear_init(&e);
	CHECK_INT(callprog_ear_add(&e, dial, 2, 1), 0);
	CHECK_INT(listen(&e, pcm, 800).set, EAR_NONE);
	signal_sine(pcm, 800, 0, 8000, 350, -10);
	CHECK_INT(listen(&e, pcm, 800).set, EAR_NONE);
	signal_sine(pcm, 800, 0, 8000, 440, -22);
	CHECK_INT(listen(&e, pcm, 800).set, EAR_NONE);
	signal_sine(pcm, 800, 0, 8000, 440, -15);
	CHECK_INT(listen(&e, pcm, 800).set, 0);
	memset(pcm, 0, sizeof(pcm));
	signal_noise(pcm, 800, -10, &seed);
	CHECK_INT(listen(&e, pcm, 800).set, EAR_NONE);
	memset(pcm, 0, sizeof(pcm));
	signal_sine(pcm, 800, 0, 8000, 350, -45);
	signal_sine(pcm, 800, 0, 8000, 440, -45);
	CHECK_INT(listen(&e, pcm, 800).set, EAR_NONE);
out:
	return err;
}

static int test_full(void)
{
	struct callprog_ear e;
	int err = 0, n = 0;

	callprog_ear_init(&e);
	for (int i = 0; i < 40; i++) {
		float hz[EAR_NEAR];

		for (int k = 0; k < EAR_NEAR; k++)
			hz[k] = (float)(300 + 600 * k + 10 * i);
		n += callprog_ear_add(&e, hz, EAR_NEAR, 0) != EAR_NONE;
	}
	CHECK_INT(n, EAR_FREQS / EAR_NEAR);
	CHECK(e.nfreqs <= EAR_FREQS && e.nsets <= EAR_SETS);
out:
	return err;
}

const struct test_suite suite_callprog_ear = {
	"dsp/callprog_ear", (const struct test[]){
		TEST(test_sets),
		TEST(test_none),
		TEST(test_full),
		TEST_END } };
