/* SPDX-License-Identifier: Apache-2.0 */
/* Caller ID from end to end: modem, A-law, loss, noise. */
#include <string.h>

#include "dsp/caller_id.h"
#include "dsp/level.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { BLOCK = 160 };

struct heard {
	struct caller_id last;
	unsigned good, bad;
};

static void on_message(int err, const struct caller_id *cid, void *arg)
{
	struct heard *h = arg;

	if (err) {
		h->bad++;
		return;
	}
	h->good++;
	h->last = *cid;
}

/* A line between the two ends. */
struct path {
	double   loss, snr;             /* dB; snr 0: no noise */
	unsigned flags;
	size_t   tx_block;
};

static const struct caller_id tanaka = { .number = "0355501234",
	.name = "TANAKA TARO", .month = 11, .day = 22, .hour = 17,
	.minute = 5 };

static void line(struct caller_id_rx *rx, int16_t *pcm, size_t n,
		 const struct path *p, double dbm0, uint32_t *seed)
{
	level_gain_run(level_gain(-p->loss), pcm, n);
	if (p->snr > 0)
		signal_noise(pcm, n, dbm0 - p->loss - p->snr, seed);
	signal_alaw(pcm, n);
	caller_id_rx_run(rx, pcm, n);
}

static int send(enum caller_id_standard s, const struct caller_id *cid,
		const struct path *p, uint32_t seed, struct heard *h)
{
	double dbm0 = s == CALLER_ID_DTMF ? -7 : -13.5;
	struct caller_id_tx *tx = NULL;
	struct caller_id_rx *rx = NULL;
	int16_t pcm[BLOCK] = { 0 };
	size_t n;
	int err = 0;

	TRY(caller_id_tx_new(&tx, s, cid, p->flags));
	TRY(caller_id_rx_new(&rx, s, on_message, h));
	for (unsigned i = 0; i < 5 + seed % 10; i++) {
		line(rx, pcm, BLOCK, p, dbm0, &seed);
		memset(pcm, 0, sizeof(pcm));
	}
	while ((n = caller_id_tx_run(tx, pcm, p->tx_block)) > 0)
		line(rx, pcm, n, p, dbm0, &seed);
	CHECK_INT(caller_id_tx_run(tx, pcm, BLOCK), 0);
	for (int i = 0; i < 20; i++) {
		memset(pcm, 0, sizeof(pcm));
		line(rx, pcm, BLOCK, p, dbm0, &seed);
	}
out:
	caller_id_tx_free(tx);
	caller_id_rx_free(rx);
	return err;
}

static const enum caller_id_standard standards[] = {
	CALLER_ID_CLASS, CALLER_ID_CLIP, CALLER_ID_JCLIP, CALLER_ID_DTMF,
};
enum { STANDARDS = sizeof(standards) / sizeof(*standards) };

static int check(enum caller_id_standard s, const struct path *p,
		 uint32_t seed)
{
	struct heard h = { .good = 0 };
	int err = 0;

	TRY(send(s, &tanaka, p, seed, &h));
	CHECK_INT(h.good, 1);
	CHECK_INT(h.bad, 0);
	CHECK_STR(str_z(h.last.number), tanaka.number);
	if (s != CALLER_ID_DTMF) {
		CHECK_STR(str_z(h.last.name), tanaka.name);
		CHECK(h.last.month == 11 && h.last.day == 22 &&
		      h.last.hour == 17 && h.last.minute == 5);
	}
out:
	if (err)
		test_say(__FILE__, __LINE__, "... %s, loss %g, SNR %g",
			 caller_id_name(s), p->loss, p->snr);
	return err;
}

static int test_clean(void)
{
	static const struct path clean = { .tx_block = BLOCK };
	static const struct path alert = { .tx_block = BLOCK,
		.flags = CALLER_ID_ALERT };
	static const struct path odd = { .tx_block = 37 };
	int err = 0;

	for (int i = 0; i < STANDARDS; i++) {
		TRY(check(standards[i], &clean, 1));
		TRY(check(standards[i], &alert, 2));
		TRY(check(standards[i], &odd, 3));
	}
out:
	return err;
}

/* Down to about -40 dBm0, and 15 dB above noise. */
static int test_loss_and_noise(void)
{
	static const struct path paths[] = {
		{ .loss = 6, .snr = 15, .tx_block = BLOCK },
		{ .loss = 20, .snr = 20, .tx_block = BLOCK },
		{ .loss = 26, .snr = 0, .tx_block = BLOCK },
		{ .loss = 26, .snr = 20, .tx_block = BLOCK },
	};
	int err = 0;

	for (int i = 0; i < STANDARDS; i++)
		for (int k = 0; k < 4; k++)
			for (uint32_t seed = 1; seed < 4; seed++)
				TRY(check(standards[i], &paths[k],
					  seed * 177));
out:
	return err;
}

/* Too much noise: nothing, or an error, but never a wrong number. */
static int test_never_wrong(void)
{
	static const struct path noisy = { .snr = 6, .tx_block = BLOCK };
	struct heard h = { .good = 0 };
	int err = 0;

	for (int i = 0; i < 3; i++)
		for (uint32_t seed = 1; seed < 6; seed++) {
			unsigned good = h.good;

			TRY(send(standards[i], &tanaka, &noisy, seed * 99,
				 &h));
			if (h.good > good)
				CHECK_STR(str_z(h.last.number),
					  tanaka.number);
		}
	CHECK(h.bad > 0);
out:
	return err;
}

static int test_names(void)
{
	int err = 0;

	CHECK_STR(str_z(caller_id_name(CALLER_ID_JCLIP)), "jclip");
	CHECK_STR(str_z(caller_id_name(CALLER_ID_NONE)), "none");
	CHECK_STR(str_z(caller_id_name((enum caller_id_standard)99)), "?");
out:
	return err;
}

const struct test_suite suite_caller_id = {
	"dsp/caller_id", (const struct test[]){
		TEST(test_clean),
		TEST(test_loss_and_noise),
		TEST(test_never_wrong),
		TEST(test_names),
		TEST_END } };
