/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receives caller ID: SpanDSP's FSK demodulator gives bits, which are made
 * bytes and messages here. (SpanDSP's own receiver of messages is left out:
 * its threshold of -28 dBm0 is fixed, and it does not undo NTT's stuffing.)
 */
#include <spandsp.h>

#include "base/mem.h"
#include "dsp/caller_id_msg.h"
#include "dsp/dtmf.h"

enum {
	MARKS_MIN = 25,         /* idle before a message; inside one there
				 * are at most 10 in a row */
	DTMF_GAP  = 8000,       /* samples after which digits are no more
				 * one message */
};

#define CUTOFF_DBM0 (-46.0f)

enum rx_state { RX_IDLE, RX_MESSAGE };

struct caller_id_rx {
	enum caller_id_standard standard;
	caller_id_fn    *fn;
	void            *arg;
	fsk_rx_state_t  *modem;         /* NULL: DTMF */
	struct dtmf_det *dtmf;
	unsigned         marks;         /* ones since the last byte */
	unsigned         bit;           /* 0: waits for a start bit */
	uint8_t          byte;
	enum rx_state    state;
	bool             dle;           /* the byte before was a DLE */
	unsigned         crc_left;      /* its bytes to come, behind ETX */
	uint8_t          msg[CALLER_ID_MSG_MAX];
	size_t           len;
	uint32_t         now, last;     /* samples in all; at the last digit */
	bool             digit;         /* one sounds now */
};

/* What came is whole, or (err) is not to be used. */
static void finish(struct caller_id_rx *r, int err)
{
	struct caller_id cid;
	size_t n = r->len;

	r->state = RX_IDLE;
	r->len = 0;
	r->marks = 0;
	if (!err)
		err = caller_id_msg_parse(&cid, r->standard, r->msg, n);
	if (err == ENOMSG)
		return;
	r->fn(err, err ? NULL : &cid, r->arg);
}

static void start(struct caller_id_rx *r)
{
	r->state = RX_MESSAGE;
	r->len = 0;
	r->crc_left = 0;
	r->dle = false;
}

/* CLASS and CLIP: type, length, so many bytes, checksum. */
static void on_byte_fsk(struct caller_id_rx *r, uint8_t byte, bool first)
{
	if (r->state == RX_IDLE) {
		if (!first || !caller_id_msg_is_type(byte))
			return;
		start(r);
	}
	r->msg[r->len++] = byte;
	if (r->len >= 3 && r->len == r->msg[1] + 3u)
		finish(r, 0);
}

/* JCLIP: from behind DLE SOH to two bytes behind DLE ETX. */
static void on_byte_jclip(struct caller_id_rx *r, uint8_t byte)
{
	uint8_t c = byte & 0x7f;
	bool dle = r->dle;

	if (r->state == RX_IDLE) {
		/* any byte of noise may come before */
		r->dle = c == CALLER_ID_DLE;
		if (dle && c == CALLER_ID_SOH)
			start(r);
		return;
	}
	if (r->len == sizeof(r->msg)) {
		finish(r, EBADMSG);
		return;
	}
	r->dle = c == CALLER_ID_DLE && !dle;
	r->msg[r->len++] = byte;
	if (r->crc_left) {
		if (--r->crc_left == 0)
			finish(r, 0);
	} else if (dle && c == CALLER_ID_ETX) {
		r->crc_left = 2;
	}
}

static void on_byte(struct caller_id_rx *r, uint8_t byte, bool first)
{
	if (r->standard == CALLER_ID_JCLIP)
		on_byte_jclip(r, byte);
	else
		on_byte_fsk(r, byte, first);
}

/* The carrier came or went, or the line idled: a message that has begun is
 * cut off. */
static void on_break(struct caller_id_rx *r)
{
	r->bit = 0;
	if (r->state == RX_MESSAGE)
		finish(r, EBADMSG);
}

static void on_bit(void *arg, int bit)
{
	struct caller_id_rx *r = arg;

	if (bit < 0) {
		r->marks = 0;
		on_break(r);
		return;
	}
	if (r->bit == 0) {
		if (bit) {
			if (++r->marks == MARKS_MIN)
				on_break(r);
			return;
		}
		r->bit = 1;
		r->byte = 0;
		return;
	}
	if (r->bit <= 8) {
		r->byte = (uint8_t)(r->byte >> 1 | (bit ? 0x80 : 0));
		r->bit++;
		return;
	}
	r->bit = 0;
	if (bit) {
		bool first = r->marks >= MARKS_MIN;

		r->marks = 0;
		on_byte(r, r->byte, first);
	}
}

static void on_digit(char digit, bool begin, uint32_t at, void *arg)
{
	struct caller_id_rx *r = arg;

	r->digit = begin;
	r->last = at;
	if (begin)
		return;
	r->msg[r->len++] = (uint8_t)digit;
	if (digit == 'C' || digit == '#')
		finish(r, 0);
	else if (r->len == sizeof(r->msg))
		finish(r, EBADMSG);
}

int caller_id_rx_new(struct caller_id_rx **rp, enum caller_id_standard s,
		     caller_id_fn *fn, void *arg)
{
	int spec = s == CALLER_ID_CLASS ? FSK_BELL202 : FSK_V23CH1;
	struct caller_id_rx *r;
	int err = 0;

	if (s == CALLER_ID_NONE)
		return EINVAL;
	r = mem_alloc(sizeof(*r));
	if (!r)
		return ENOMEM;
	r->standard = s;
	r->fn = fn;
	r->arg = arg;
	if (s == CALLER_ID_DTMF) {
		err = dtmf_det_new(&r->dtmf, 0, on_digit, r);
	} else {
		r->modem = fsk_rx_init(NULL, &preset_fsk_specs[spec],
				       FSK_FRAME_MODE_ASYNC, on_bit, r);
		if (r->modem)
			fsk_rx_signal_cutoff(r->modem, CUTOFF_DBM0);
		else
			err = ENOMEM;
	}
	if (err)
		mem_free(r);
	else
		*rp = r;
	return err;
}

void caller_id_rx_free(struct caller_id_rx *r)
{
	if (!r)
		return;
	if (r->modem)
		fsk_rx_free(r->modem);
	dtmf_det_free(r->dtmf);
	mem_free(r);
}

void caller_id_rx_run(struct caller_id_rx *r, const int16_t *pcm, size_t n)
{
	if (r->modem) {
		fsk_rx(r->modem, pcm, (int)n);
		return;
	}
	r->now += (uint32_t)n;
	dtmf_det_run(r->dtmf, pcm, n);
	if (r->len && !r->digit && r->now - r->last > DTMF_GAP)
		finish(r, EBADMSG);
}
