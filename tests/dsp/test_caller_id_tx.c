/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out on the line: level, frequencies, length. */
#include <string.h>

#include "dsp/caller_id.h"
#include "dsp/level.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { MAX = 40000 };

static const struct caller_id cid = { .number = "0355501234" };

static int generate(enum caller_id_standard s, unsigned flags, int16_t *pcm,
		    size_t *np)
{
	struct caller_id_tx *tx;
	int err = caller_id_tx_new(&tx, s, &cid, flags);
	size_t n = 0, k;

	if (err)
		return err;
	while (n < MAX && (k = caller_id_tx_run(tx, pcm + n, MAX - n)) > 0)
		n += k;
	caller_id_tx_free(tx);
	*np = n;
	return 0;
}

static int test_fsk(void)
{
	static int16_t pcm[MAX];
	size_t n = 0, bits;
	int err = 0;

	/* 300 + 180 bits, 2 + 2 + 10 + 1 bytes of 10, 10 */
	TRY(generate(CALLER_ID_CLASS, 0, pcm, &n));
	bits = 300 + 180 + 15 * 10 + 10;
	CHECK_NEAR(n, bits * 8000 / 1200.0, 10);
	CHECK_NEAR(level_of(pcm, n), -13.5, 0.3);
	/* the marks */
	CHECK_NEAR(signal_level_at(pcm + 2100, 1000, 8000, 1200), -13.5,
		   0.3);
	TRY(generate(CALLER_ID_CLIP, 0, pcm, &n));
	CHECK_NEAR(signal_level_at(pcm + 2100, 1000, 8000, 1300), -13.5,
		   0.3);
	/* 80 bits, 5 + 2 + 2 + 10 + 4 bytes of 13, 10 */
	TRY(generate(CALLER_ID_JCLIP, 0, pcm, &n));
	CHECK_NEAR(n, (80 + 23 * 13 + 10) * 8000 / 1200.0, 10);
out:
	return err;
}

static int test_alert(void)
{
	static int16_t pcm[MAX];
	size_t n = 0;
	int err = 0;

	TRY(generate(CALLER_ID_CLIP, CALLER_ID_ALERT, pcm, &n));
	CHECK_NEAR(signal_level_at(pcm, 800, 8000, 2130), -15, 0.2);
	CHECK_NEAR(signal_level_at(pcm, 800, 8000, 2750), -15, 0.2);
	CHECK_NEAR(level_of(pcm + 800, 800), LEVEL_MIN_DBM0, 0);
	CHECK_NEAR(level_of(pcm + 1600, 2000), -13.5, 0.3);
out:
	return err;
}

static int test_dtmf(void)
{
	static int16_t pcm[MAX];
	size_t n = 0;
	int err = 0;

	TRY(generate(CALLER_ID_DTMF, 0, pcm, &n));
	CHECK_INT(n, 12 * 140 * 8);
	CHECK_NEAR(signal_level_at(pcm, 560, 8000, 697), -9, 0.2);
	CHECK_NEAR(signal_level_at(pcm, 560, 8000, 1633), -7, 0.2);
out:
	return err;
}

/* More digits than the generator's queue holds. */
static int test_long_number(void)
{
	struct caller_id long_one = { .month = 0 };
	struct caller_id_tx *tx = NULL;
	int16_t pcm[100];
	size_t n = 0, k;
	int err = 0;

	memset(long_one.number, '9', CALLER_ID_NUMBER_MAX - 1);
	TRY(caller_id_tx_new(&tx, CALLER_ID_DTMF, &long_one, 0));
	while ((k = caller_id_tx_run(tx, pcm, 100)) > 0)
		n += k;
	CHECK_INT(n, 33 * 140 * 8);
out:
	caller_id_tx_free(tx);
	return err;
}

static int test_refused(void)
{
	struct caller_id bad = { .number = "call me" };
	struct caller_id_tx *tx = NULL;
	int err = 0;

	CHECK(caller_id_tx_new(&tx, CALLER_ID_NONE, &cid, 0) != 0);
	CHECK(caller_id_tx_new(&tx, CALLER_ID_CLASS, &bad, 0) != 0);
	CHECK(!tx);
	caller_id_tx_free(NULL);
out:
	return err;
}

const struct test_suite suite_caller_id_tx = {
	"dsp/caller_id_tx", (const struct test[]){
		TEST(test_fsk),
		TEST(test_alert),
		TEST(test_dtmf),
		TEST(test_long_number),
		TEST(test_refused),
		TEST_END } };
