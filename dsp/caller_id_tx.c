/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends caller ID: an alerting tone if asked for, then the message by
 * SpanDSP's FSK modem, or as DTMF.
 */
#include <spandsp.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/caller_id_msg.h"
#include "dsp/dtmf.h"

enum {
	SEIZURE_BITS = 300, MARK_BITS = 180,    /* GR-30, EN 300 659-1 */
	JCLIP_MARK_BITS = 80, JCLIP_STOP_BITS = 4,
	LAST_MARK_BITS = 10,
	DTMF_MS = 70,
};

#define FSK_DBM0 (-13.5f)

/* DT-AS and the pause behind it (EN 300 659-1: 90 to 110 ms, 45 to 500). */
static const struct tone_def alert = {
	.nsteps = 2, .repeat = 1,
	.step = {
		{ .ms = 100, .f = { { 2130, -15 }, { 2750, -15 } } },
		{ .ms = 100 },
	},
};

struct caller_id_tx {
	enum caller_id_standard standard;
	struct tonegen  alert;
	fsk_tx_state_t *modem;          /* NULL: DTMF */
	struct dtmf_gen dtmf;
	uint8_t         msg[CALLER_ID_MSG_MAX];
	size_t          len, sent;      /* bytes or digits */
	unsigned        seizure, mark;  /* bits still to come */
	unsigned        bit, stop_bits; /* place in the byte; stop bits */
	unsigned        last;
};

/* One byte: start bit 0, eight bits from the least, stop bits 1. */
static int next_of_byte(struct caller_id_tx *t)
{
	unsigned bit = t->bit++;

	if (bit == 0)
		return 0;
	if (bit <= 8)
		return t->msg[t->sent] >> (bit - 1) & 1;
	if (bit == 8 + t->stop_bits) {
		t->bit = 0;
		t->sent++;
	}
	return 1;
}

static int get_bit(void *arg)
{
	struct caller_id_tx *t = arg;

	if (t->seizure)
		return t->seizure-- & 1;        /* 0 first, 1 last */
	if (t->mark) {
		t->mark--;
		return 1;
	}
	if (t->sent < t->len)
		return next_of_byte(t);
	if (t->last) {
		t->last--;
		return 1;
	}
	return SIG_STATUS_END_OF_DATA;
}

static int start_modem(struct caller_id_tx *t)
{
	int spec = t->standard == CALLER_ID_CLASS ? FSK_BELL202 : FSK_V23CH1;

	t->modem = fsk_tx_init(NULL, &preset_fsk_specs[spec], get_bit, t);
	if (!t->modem)
		return ENOMEM;
	fsk_tx_power(t->modem, FSK_DBM0);
	t->seizure = SEIZURE_BITS;
	t->mark = MARK_BITS;
	t->stop_bits = 1;
	t->last = LAST_MARK_BITS;
	if (t->standard == CALLER_ID_JCLIP) {
		t->seizure = 0;
		t->mark = JCLIP_MARK_BITS;
		t->stop_bits = JCLIP_STOP_BITS;
	}
	return 0;
}

int caller_id_tx_new(struct caller_id_tx **tp, enum caller_id_standard s,
		     const struct caller_id *cid, unsigned flags)
{
	struct caller_id_tx *t = mem_alloc(sizeof(*t));
	int err;

	if (!t)
		return ENOMEM;
	t->standard = s;
	err = caller_id_msg_build(t->msg, &t->len, s, cid);
	if (err)
		goto out;
	tonegen_init(&t->alert, 8000);
	if (flags & CALLER_ID_ALERT)
		tonegen_start(&t->alert, &alert, 0);
	if (s == CALLER_ID_DTMF)
		dtmf_gen_init(&t->dtmf, 8000, DTMF_MS, DTMF_MS, -9, -7);
	else
		err = start_modem(t);
out:
	if (err)
		mem_free(t);
	else
		*tp = t;
	return err;
}

void caller_id_tx_free(struct caller_id_tx *t)
{
	if (!t)
		return;
	if (t->modem)
		fsk_tx_free(t->modem);
	mem_free(t);
}

static size_t run_dtmf(struct caller_id_tx *t, int16_t *pcm, size_t n)
{
	while (t->sent < t->len && !dtmf_gen_put(&t->dtmf,
						 (char)t->msg[t->sent]))
		t->sent++;
	return dtmf_gen_run(&t->dtmf, pcm, n);
}

size_t caller_id_tx_run(struct caller_id_tx *t, int16_t *pcm, size_t n)
{
	size_t done = 0;

	if (tonegen_is_on(&t->alert))
		done = tonegen_run(&t->alert, pcm, n);
	if (done == n)
		return done;
	if (!t->modem)
		return done + run_dtmf(t, pcm + done, n - done);
	return done + (size_t)fsk_tx(t->modem, pcm + done, (int)(n - done));
}
