/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver and what is no message. */
#include <string.h>

#include "dsp/caller_id.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { MAX = 40000 };

struct heard {
	struct caller_id last;
	unsigned good, bad;
};

static void on_message(int err, const struct caller_id *cid, void *arg)
{
	struct heard *h = arg;

	h->bad += err != 0;
	h->good += err == 0;
	if (!err)
		h->last = *cid;
}

static const struct caller_id cid = { .number = "0355501234" };

static int generate(enum caller_id_standard s, int16_t *pcm, size_t *np)
{
	struct caller_id_tx *tx;
	int err = caller_id_tx_new(&tx, s, &cid, 0);

	if (err)
		return err;
	*np = caller_id_tx_run(tx, pcm, MAX);
	caller_id_tx_free(tx);
	return 0;
}

/* Cut off in the middle: one error, and the next message is heard. */
static int check_cut(enum caller_id_standard s)
{
	static int16_t pcm[MAX], quiet[9000];
	struct caller_id_rx *rx = NULL;
	struct heard h = { .good = 0 };
	size_t n = 0;
	int err = 0;

	TRY(generate(s, pcm, &n));
	TRY(caller_id_rx_new(&rx, s, on_message, &h));
	caller_id_rx_run(rx, pcm, n - n / 8);
	caller_id_rx_run(rx, quiet, 9000);
	CHECK_INT(h.good, 0);
	CHECK_INT(h.bad, 1);
	caller_id_rx_run(rx, pcm, n);
	caller_id_rx_run(rx, quiet, 1000);
	CHECK_INT(h.good, 1);
	CHECK_INT(h.bad, 1);
	CHECK_STR(str_z(h.last.number), cid.number);
out:
	if (err)
		test_say(__FILE__, __LINE__, "... %s", caller_id_name(s));
	caller_id_rx_free(rx);
	return err;
}

static int test_cut(void)
{
	int err = 0;

	TRY(check_cut(CALLER_ID_CLASS));
	TRY(check_cut(CALLER_ID_CLIP));
	TRY(check_cut(CALLER_ID_JCLIP));
	TRY(check_cut(CALLER_ID_DTMF));
out:
	return err;
}

/* A hit of noise in the middle is found by checksum or CRC. */
static int check_damaged(enum caller_id_standard s)
{
	static int16_t pcm[MAX], quiet[2000];
	struct caller_id_rx *rx = NULL;
	struct heard h = { .good = 0 };
	uint32_t seed = 5;
	size_t n = 0;
	int err = 0;

	TRY(generate(s, pcm, &n));
	TRY(caller_id_rx_new(&rx, s, on_message, &h));
	signal_noise(pcm + n - 600, 60, 0, &seed);
	caller_id_rx_run(rx, pcm, n);
	caller_id_rx_run(rx, quiet, 2000);
	CHECK_INT(h.good, 0);
	CHECK_INT(h.bad, 1);
out:
	caller_id_rx_free(rx);
	return err;
}

static int test_damaged(void)
{
	int err = 0;

	TRY(check_damaged(CALLER_ID_CLASS));
	TRY(check_damaged(CALLER_ID_CLIP));
	TRY(check_damaged(CALLER_ID_JCLIP));
out:
	return err;
}

/* Ten seconds of noise, and of the other standard's message. */
static int test_nothing(void)
{
	static int16_t pcm[MAX];
	int err = 0;

	for (int s = CALLER_ID_CLASS; s <= CALLER_ID_DTMF; s++) {
		struct caller_id_rx *rx = NULL;
		struct heard h = { .good = 0 };
		uint32_t seed = 11;
		int e = caller_id_rx_new(&rx, (enum caller_id_standard)s,
					 on_message, &h);

		for (int i = 0; !e && i < 2; i++) {
			memset(pcm, 0, sizeof(pcm));
			signal_noise(pcm, MAX, -20, &seed);
			caller_id_rx_run(rx, pcm, MAX);
		}
		caller_id_rx_free(rx);
		TRY(e);
		CHECK_INT(h.good, 0);
		CHECK(h.bad < 20);
	}
	caller_id_rx_free(NULL);
out:
	return err;
}

static int test_refused(void)
{
	struct caller_id_rx *rx = NULL;
	int err = 0;

	CHECK_INT(caller_id_rx_new(&rx, CALLER_ID_NONE, on_message, NULL),
		  EINVAL);
	CHECK(!rx);
out:
	return err;
}

const struct test_suite suite_caller_id_rx = {
	"dsp/caller_id_rx", (const struct test[]){
		TEST(test_cut),
		TEST(test_damaged),
		TEST(test_nothing),
		TEST(test_refused),
		TEST_END } };
