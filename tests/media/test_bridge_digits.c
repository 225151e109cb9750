/* SPDX-License-Identifier: Apache-2.0 */
/* Digits through bridges: RFC 4733, tones, both at once; each digit once. */
#include <string.h>

#include "dsp/dtmf.h"
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

struct found {
	char   text[100];
	size_t n;
};

static void on_digit(char digit, bool begin, uint32_t at, void *arg)
{
	struct found *f = arg;

	(void)at;
	if (begin && f->n < sizeof(f->text) - 1)
		f->text[f->n++] = digit;
}

/* The digits in what a line heard since sample from. */
static int digits_heard(struct rig *r, unsigned line, size_t from,
			struct found *f)
{
	struct dtmf_det *d;
	int err;

	*f = (struct found){ .n = 0 };
	err = dtmf_det_new(&d, 0, on_digit, f);
	if (err)
		return err;
	dtmf_det_run(d, r->line[line].heard + from, r->line[line].n - from);
	dtmf_det_free(d);
	return 0;
}

/* Makes DTMF of the text, 80 ms on and off, behind 200 ms of silence. */
static int make_tones(int16_t **pcm, size_t *n, const char *text)
{
	struct dtmf_gen g;

	*n = (strlen(text) * 160 + 600) * 8;
	*pcm = mem_alloc(*n * sizeof(**pcm));
	if (!*pcm)
		return ENOMEM;
	dtmf_gen_init(&g, 8000, 80, 80, -9, -7);
	for (const char *p = text; *p; p++)
		if (dtmf_gen_put(&g, *p))
			break;
	dtmf_gen_run(&g, *pcm + 1600, *n - 1600);
	return 0;
}

/* A line dials by tones: RFC 4733 on the way, tones at the other line. */
static int test_line_to_line(void)
{
	int16_t *pcm = NULL;
	struct rig *r = NULL;
	struct found f;
	char text[200];
	size_t n;
	int err = 0;

	TRY(make_tones(&pcm, &n, "0123456789*#"));
	TRY(rig_new(&r));
	TRY(rig_attach(r));
	TRY(bridge_listen(r->bridge[0], BRIDGE_A, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	TRY(bridge_listen(r->bridge[1], BRIDGE_B, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	r->line[0].say = pcm;
	r->line[0].say_n = n;
	rig_run_ms(r, 3500);
	rig_digits(r, 0, text);
	CHECK_STR(str_z(text), "+0 -0 +1 -1 +2 -2 +3 -3 +4 -4 +5 -5 +6 -6 "
		  "+7 -7 +8 -8 +9 -9 +* -* +# -# ");
	rig_digits(r, 1, text);
	CHECK_STR(str_z(text), "+0 -0 +1 -1 +2 -2 +3 -3 +4 -4 +5 -5 +6 -6 "
		  "+7 -7 +8 -8 +9 -9 +* -* +# -# ");
	TRY(digits_heard(r, 1, 0, &f));
	CHECK_STR(str_pl(f.text, f.n), "0123456789*#");
out:
	rig_free(r);
	mem_free(pcm);
	return err;
}

/* Without RFC 4733 the tones go through as sound and are found there. */
static int test_in_band(void)
{
	int16_t *pcm = NULL;
	struct rig *r = NULL;
	struct found f;
	char text[200];
	size_t n;
	int err = 0;

	TRY(make_tones(&pcm, &n, "0055#"));
	TRY(rig_new(&r));
	for (unsigned i = 0; i < 2; i++)
		r->prm[i].event_tx_pt = r->prm[i].event_rx_pt = RTP_NO_PT;
	TRY(rig_attach(r));
	TRY(bridge_listen(r->bridge[1], BRIDGE_B, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	r->line[0].say = pcm;
	r->line[0].say_n = n;
	rig_run_ms(r, 2000);
	rig_digits(r, 1, text);
	CHECK_STR(str_z(text), "+0 -0 +0 -0 +5 -5 +5 -5 +# -# ");
	TRY(digits_heard(r, 1, 0, &f));
	CHECK_STR(str_pl(f.text, f.n), "0055#");
	TRY(digits_heard(r, 0, 0, &f));
	CHECK_INT(f.n, 0);
out:
	rig_free(r);
	mem_free(pcm);
	return err;
}

/* bridge_digits: to a line as tones, to RTP as events; a comma waits. */
static int test_send(void)
{
	struct rig *r = NULL;
	struct found f;
	char text[200];
	uint64_t gap_us = 0;
	int err = 0;

	TRY(rig_new(&r));
	TRY(rig_attach(r));
	TRY(bridge_listen(r->bridge[1], BRIDGE_B, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	TRY(bridge_digits(r->bridge[0], BRIDGE_A, "19*", 60));
	TRY(bridge_digits(r->bridge[0], BRIDGE_B, "7,77D", 0));
	TRY(bridge_digit(r->bridge[0], BRIDGE_B, '#', 500));
	rig_run_ms(r, 4000);
	TRY(digits_heard(r, 0, 0, &f));
	CHECK_STR(str_pl(f.text, f.n), "19*");
	rig_digits(r, 1, text);
	CHECK_STR(str_z(text), "+7 -7 +7 -7 +7 -7 +D -D +# -# ");
	TRY(digits_heard(r, 1, 0, &f));
	CHECK_STR(str_pl(f.text, f.n), "777D#");
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_DIGITS_SENT), 2);
	for (unsigned i = 0; i < r->n_ev; i++) {
		struct rig_event *v = &r->ev[i];

		if (v->bridge == 1 && !strcmp(v->digits, "-7") && !gap_us)
			gap_us = v->at_us;
		if (v->bridge == 1 && !strcmp(v->digits, "+7") && gap_us) {
			gap_us = v->at_us - gap_us;
			break;
		}
	}
	CHECK(gap_us > 1000000 && gap_us < 1500000);
	for (unsigned i = 0; i < r->n_ev; i++)
		if (!strcmp(r->ev[i].digits, "-#"))
			CHECK_INT(r->ev[i].e.ms, 500);
	CHECK_INT(bridge_digits(r->bridge[0], BRIDGE_A,
		"123456789012345678901234567890123", 0), ENOBUFS);
out:
	rig_free(r);
	return err;
}

/* The worst of both: events, and the same tones in the sound. Told once,
 * heard once. */
static int test_both_at_once(void)
{
	struct rig *r = NULL;
	struct rtp_port *tx;
	struct dtmf_gen g;
	int16_t *pcm = NULL;
	struct found f;
	char text[200];
	int err = 0;

	/* the sender agreed to no events with its bridge, so that its tones
	 * pass; the test sends the events in its place */
	TRY(rig_new(&r));
	pcm = mem_alloc(8000 * 2 * 3);
	CHECK(pcm);
	r->prm[0].event_tx_pt = r->prm[0].event_rx_pt = RTP_NO_PT;
	tx = rtp_of(r->rtp[0]);
	TRY(rig_attach(r));
	TRY(bridge_listen(r->bridge[1], BRIDGE_B, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	dtmf_gen_init(&g, 8000, 100, 100, -9, -7);
	TRY(dtmf_gen_put(&g, '4'));
	TRY(dtmf_gen_put(&g, '4'));
	TRY(dtmf_gen_put(&g, '2'));
	dtmf_gen_run(&g, pcm + 8000, 8000);
	r->line[0].say = pcm;
	r->line[0].say_n = 24000;
	rig_run_ms(r, 1000);
	for (unsigned d = 0; d < 3; d++)
		for (unsigned i = 0; i < 10; i++) {
			struct telev e = { .event = d < 2 ? 4 : 2,
				.end = i >= 4, .volume = 10,
				.duration = (uint16_t)(160 * (i < 4 ? i + 1
								: 5)) };
			struct rtp_pkt k = { .pt = 101, .ssrc = tx->ssrc,
				.ts = 0x10000 + d * 1600,
				.seq = tx->tx_seq };
			uint8_t data[RTP_HDR + TELEV_BYTES];

			if (i < 7) {
				tx->tx_seq++;
				rtp_pkt_head(data, &k);
				telev_build(data + RTP_HDR, &e);
				TRY(udp_send(tx->rtp, &tx->learn.dst, data,
					     sizeof(data)));
			}
			rig_run_ms(r, 20);
		}
	rig_run_ms(r, 500);
	rig_digits(r, 1, text);
	CHECK_STR(str_z(text), "+4 -4 +4 -4 +2 -2 ");
	TRY(digits_heard(r, 1, 0, &f));
	CHECK_STR(str_pl(f.text, f.n), "442");
out:
	rig_free(r);
	mem_free(pcm);
	return err;
}

/* Whoever listens is changed in the middle of a digit, as when a number is
 * complete: that digit ends, once, and those behind it are heard. */
static int cut_at(unsigned ms, const int16_t *pcm, size_t n)
{
	struct rig *r = NULL;
	char text[200];
	int err = 0;

	TRY(rig_new(&r));
	TRY(rig_attach(r));
	for (unsigned i = 0; i < 2; i++)
		TRY(bridge_listen(r->bridge[i], (enum bridge_side)i,
				  BRIDGE_LISTEN_DTMF, NULL, 0));
	r->line[0].say = pcm;
	r->line[0].say_n = n;
	rig_run_ms(r, ms);
	TRY(bridge_listen(r->bridge[0], BRIDGE_A, BRIDGE_LISTEN_DTMF |
			  BRIDGE_LISTEN_DIAL_FILTER, NULL, 0));
	rig_run_ms(r, 1500 - ms);
	for (unsigned i = 0; i < 2; i++) {
		rig_digits(r, i, text);
		CHECK_STR(str_z(text), "+8 -8 +8 -8 +2 -2 +8 -8 ");
	}
out:
	rig_free(r);
	return err;
}

static int test_cut(void)
{
	int16_t *pcm = NULL;
	size_t n;
	int err = 0;

	TRY(make_tones(&pcm, &n, "8828"));
	/* the first sounds from 200 to 280 ms, the second from 360 on */
	for (unsigned ms = 180; ms < 480; ms += 20)
		TRY(cut_at(ms, pcm, n));
out:
	mem_free(pcm);
	return err;
}

const struct test_suite suite_bridge_digits = {
	"media/bridge_digits", (const struct test[]){
		TEST_WITH(test_line_to_line, TEST_NO_OOM),
		TEST_WITH(test_in_band, TEST_NO_OOM),
		TEST_WITH(test_send, TEST_NO_OOM),
		TEST_WITH(test_both_at_once, TEST_NO_OOM),
		TEST_WITH(test_cut, TEST_NO_OOM),
		TEST_END } };
