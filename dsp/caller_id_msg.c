/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of caller ID. CLASS and CLIP: type, length, parameters (each
 * type, length, text), checksum (GR-30; EN 300 659-3). JCLIP: the same kind
 * of parameters inside DLE SOH header DLE STX ... DLE ETX CRC, seven bits
 * and even parity (NTT, technical reference of the telephone service
 * interface). DTMF: EN 300 659-1 annex B.
 */
#include <ctype.h>
#include <string.h>

#include "dsp/caller_id_msg.h"

enum {
	SDMF_CALL = 0x04, SDMF_WAITING = 0x06,
	MDMF_CALL = 0x80, MDMF_WAITING = 0x82,
	JCLIP_CALL = 0x40, JCLIP_HEADER = 0x07,

	/* parameters */
	DATE_TIME = 0x01, CALLING_NUMBER = 0x02, CALLED_NUMBER = 0x03,
	NUMBER_ABSENT = 0x04, CALLING_NAME = 0x07, NAME_ABSENT = 0x08,
	JCLIP_CALLED_NUMBER = 0x09,

	CLASS_NAME_MAX = 15, CLIP_NAME_MAX = 50, JCLIP_NAME_MAX = 30,
};

/* Output that never goes beyond its end. */
struct out {
	uint8_t *p;
	size_t   n, cap;
	bool     full;
};

static void put(struct out *o, unsigned byte)
{
	if (o->n < o->cap)
		o->p[o->n++] = (uint8_t)byte;
	else
		o->full = true;
}

static void put_param(struct out *o, unsigned type, const char *text,
		      size_t max)
{
	size_t n = strlen(text);

	n = n < max ? n : max;
	put(o, type);
	put(o, (unsigned)n);
	for (size_t i = 0; i < n; i++)
		put(o, (unsigned char)text[i]);
}

static bool only(const char *text, const char *set)
{
	return text[strspn(text, set)] == 0;
}

static void put_date(struct out *o, const struct caller_id *cid)
{
	const uint8_t v[] = { cid->month, cid->day, cid->hour, cid->minute };
	char text[9];

	if (!cid->month)
		return;
	for (int i = 0; i < 4; i++) {
		text[2 * i] = (char)('0' + v[i] / 10 % 10);
		text[2 * i + 1] = (char)('0' + v[i] % 10);
	}
	text[8] = 0;
	put_param(o, DATE_TIME, text, 8);
}

/* Parameters of CLASS and CLIP. */
static void put_params(struct out *o, const struct caller_id *cid,
		       size_t name_max)
{
	put_date(o, cid);
	if (cid->number_private)
		put_param(o, NUMBER_ABSENT, "P", 1);
	else if (!cid->number[0])
		put_param(o, NUMBER_ABSENT, "O", 1);
	else
		put_param(o, CALLING_NUMBER, cid->number,
			  CALLER_ID_NUMBER_MAX);
	if (cid->name_private)
		put_param(o, NAME_ABSENT, "P", 1);
	else if (cid->name[0])
		put_param(o, CALLING_NAME, cid->name, name_max);
	else if (cid->name_unavailable)
		put_param(o, NAME_ABSENT, "O", 1);
}

static int build_mdmf(struct out *o, const struct caller_id *cid,
		      size_t name_max)
{
	uint8_t sum = 0;

	if (!only(cid->number, "0123456789*#+ABCD"))
		return EINVAL;
	put(o, MDMF_CALL);
	put(o, 0);
	put_params(o, cid, name_max);
	o->p[1] = (uint8_t)(o->n - 2);
	for (size_t i = 0; i < o->n; i++)
		sum = (uint8_t)(sum + o->p[i]);
	put(o, (uint8_t)-sum);
	return 0;
}

static const char *jclip_reason(const struct caller_id *cid)
{
	return cid->number_private ? "P" : cid->payphone ? "C" : "O";
}

static uint8_t with_parity(uint8_t c)
{
	return (uint8_t)((c & 0x7f) |
			 (__builtin_parity(c & 0x7f) ? 0x80 : 0));
}

uint16_t caller_id_msg_crc(uint16_t crc, uint8_t byte)
{
	crc = (uint16_t)(crc ^ byte);
	for (int i = 0; i < 8; i++)
		crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1);
	return crc;
}

/* The frame around msg; a DLE inside is sent twice. */
static void put_frame(struct out *o, const uint8_t *msg, size_t n)
{
	uint16_t crc = 0;

	put(o, CALLER_ID_DLE);
	put(o, CALLER_ID_SOH);
	put(o, JCLIP_HEADER);
	put(o, CALLER_ID_DLE);
	put(o, CALLER_ID_STX);
	for (size_t i = 0; i < n; i++) {
		if ((msg[i] & 0x7f) == CALLER_ID_DLE)
			put(o, CALLER_ID_DLE);
		put(o, msg[i]);
	}
	put(o, CALLER_ID_DLE);
	put(o, CALLER_ID_ETX);
	for (size_t i = 0; i < o->n; i++) {
		o->p[i] = with_parity(o->p[i]);
		if (i >= 2)
			crc = caller_id_msg_crc(crc, o->p[i]);
	}
	put(o, crc & 0xff);
	put(o, crc >> 8);
}

static int build_jclip(struct out *o, const struct caller_id *cid)
{
	uint8_t msg[127];
	struct out m = { msg, 0, sizeof(msg), false };

	if (!only(cid->number, "0123456789*#") ||
	    !only(cid->called, "0123456789*#"))
		return EINVAL;
	put(&m, JCLIP_CALL);
	put(&m, 0);
	put_date(&m, cid);
	if (cid->number_private || !cid->number[0])
		put_param(&m, NUMBER_ABSENT, jclip_reason(cid), 1);
	else
		put_param(&m, CALLING_NUMBER, cid->number,
			  CALLER_ID_NUMBER_MAX);
	if (cid->name_private)
		put_param(&m, NAME_ABSENT, "P", 1);
	else if (cid->name[0])
		put_param(&m, CALLING_NAME, cid->name, JCLIP_NAME_MAX);
	if (cid->called[0])
		put_param(&m, JCLIP_CALLED_NUMBER, cid->called,
			  CALLER_ID_NUMBER_MAX);
	msg[1] = (uint8_t)(m.n - 2);
	put_frame(o, msg, m.n);
	o->full |= m.full;
	return 0;
}

static int build_dtmf(struct out *o, const struct caller_id *cid)
{
	const char *text = cid->number;

	/* an international number loses its +, there is no digit for it */
	text += *text == '+';
	if (!only(text, "0123456789"))
		return EINVAL;
	if (cid->number_private || !*text) {
		put(o, 'B');
		put(o, cid->number_private ? '1' : '0');
		put(o, '0');
	} else {
		put(o, 'A');
		for (; *text; text++)
			put(o, (unsigned char)*text);
	}
	put(o, 'C');
	return 0;
}

int caller_id_msg_build(uint8_t out[CALLER_ID_MSG_MAX], size_t *len,
			enum caller_id_standard s,
			const struct caller_id *cid)
{
	struct out o = { out, 0, CALLER_ID_MSG_MAX, false };
	int err = EINVAL;

	if (s == CALLER_ID_CLASS)
		err = build_mdmf(&o, cid, CLASS_NAME_MAX);
	else if (s == CALLER_ID_CLIP)
		err = build_mdmf(&o, cid, CLIP_NAME_MAX);
	else if (s == CALLER_ID_JCLIP)
		err = build_jclip(&o, cid);
	else if (s == CALLER_ID_DTMF)
		err = build_dtmf(&o, cid);
	if (!err && o.full)
		err = EMSGSIZE;
	if (!err)
		*len = o.n;
	return err;
}

/* Copies the dialable characters. EBADMSG: more than fit, and a number cut
 * short is another number. */
static int get_number(char out[CALLER_ID_NUMBER_MAX], const uint8_t *p,
		      size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (!p[i] || !strchr("0123456789*#+ABCD", p[i]))
			continue;
		if (k == CALLER_ID_NUMBER_MAX - 1)
			return EBADMSG;
		out[k++] = (char)p[i];
	}
	out[k] = 0;
	return 0;
}

static void get_name(char out[CALLER_ID_NAME_MAX], const uint8_t *p,
		     size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k < CALLER_ID_NAME_MAX - 1; i++)
		out[k++] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	while (k && out[k - 1] == ' ')
		k--;
	out[k] = 0;
}

static void get_absence(struct caller_id *cid, char reason)
{
	cid->number_private = reason == 'P';
	cid->payphone = reason == 'C';
	cid->number_unavailable = !cid->number_private;
}

static void get_date(struct caller_id *cid, const uint8_t *p, size_t n)
{
	uint8_t v[4];

	if (n < 8)
		return;
	for (int i = 0; i < 8; i++)
		if (!isdigit(p[i]))
			return;
	for (int i = 0; i < 4; i++)
		v[i] = (uint8_t)((p[2 * i] - '0') * 10 + p[2 * i + 1] - '0');
	if (v[0] < 1 || v[0] > 12 || v[1] < 1 || v[1] > 31 || v[2] > 23 ||
	    v[3] > 59)
		return;
	cid->month = v[0];
	cid->day = v[1];
	cid->hour = v[2];
	cid->minute = v[3];
}

static int get_param(struct caller_id *cid, enum caller_id_standard s,
		     unsigned type, const uint8_t *p, size_t n)
{
	switch (type) {
	case DATE_TIME:
		get_date(cid, p, n);
		return 0;
	case CALLING_NUMBER:
		return get_number(cid->number, p, n);
	case CALLED_NUMBER:
		/* in CLASS it is the caller's number, ready to be dialled */
		if (s == CALLER_ID_CLIP)
			return get_number(cid->called, p, n);
		return s == CALLER_ID_CLASS && !cid->number[0] ?
			get_number(cid->number, p, n) : 0;
	case JCLIP_CALLED_NUMBER:
		return s == CALLER_ID_JCLIP ?
			get_number(cid->called, p, n) : 0;
	case NUMBER_ABSENT:
		get_absence(cid, n ? (char)p[0] : 'O');
		return 0;
	case CALLING_NAME:
		get_name(cid->name, p, n);
		return 0;
	case NAME_ABSENT:
		cid->name_private = n && p[0] == 'P';
		cid->name_unavailable = !cid->name_private;
		return 0;
	default:
		return 0;       /* charges, call types and the like */
	}
}

static int get_params(struct caller_id *cid, enum caller_id_standard s,
		      const uint8_t *p, size_t n)
{
	while (n) {
		size_t len = n > 1 ? p[1] : 0;
		int err;

		if (n < 2 || len > n - 2)
			return EBADMSG;
		err = get_param(cid, s, p[0], p + 2, len);
		if (err)
			return err;
		p += 2 + len;
		n -= 2 + len;
	}
	return 0;
}

static int get_sdmf(struct caller_id *cid, const uint8_t *p, size_t n)
{
	if (n < 8)
		return EBADMSG;
	get_date(cid, p, 8);
	if (n == 9 && isupper(p[8])) {
		get_absence(cid, (char)p[8]);
		return 0;
	}
	return get_number(cid->number, p + 8, n - 8);
}

bool caller_id_msg_is_type(uint8_t byte)
{
	return byte == MDMF_CALL || byte == SDMF_CALL ||
		byte == MDMF_WAITING || byte == SDMF_WAITING;
}

static int parse_fsk(struct caller_id *cid, enum caller_id_standard s,
		     const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	if (n < 3 || p[1] != n - 3)
		return EBADMSG;
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + p[i]);
	if (sum)
		return EBADMSG;
	if (p[0] == SDMF_CALL)
		return get_sdmf(cid, p + 2, n - 3);
	if (p[0] != MDMF_CALL)
		return caller_id_msg_is_type(p[0]) ? ENOMSG : EBADMSG;
	return get_params(cid, s, p + 2, n - 3);
}

/* The bytes between STX and ETX without parity, DLE DLE made one. */
static size_t unstuff(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		out[k++] = p[i] & 0x7f;
		if ((p[i] & 0x7f) == CALLER_ID_DLE && i + 1 < n &&
		    (p[i + 1] & 0x7f) == CALLER_ID_DLE)
			i++;
	}
	return k;
}

static int parse_jclip(struct caller_id *cid, const uint8_t *p, size_t n)
{
	static const uint8_t head[] = { JCLIP_HEADER, CALLER_ID_DLE,
					CALLER_ID_STX };
	uint8_t msg[CALLER_ID_MSG_MAX];
	uint16_t crc = 0;
	size_t len;

	/* header, DLE, STX, type, length, DLE, ETX, CRC */
	if (n < 9 || n > sizeof(msg))
		return EBADMSG;
	for (size_t i = 0; i < n; i++)
		crc = caller_id_msg_crc(crc, p[i]);
	if (crc)
		return EBADMSG;
	for (size_t i = 0; i < sizeof(head); i++)
		if ((p[i] & 0x7f) != head[i])
			return EBADMSG;
	if ((p[n - 4] & 0x7f) != CALLER_ID_DLE ||
	    (p[n - 3] & 0x7f) != CALLER_ID_ETX)
		return EBADMSG;
	len = unstuff(msg, p + 3, n - 7);
	if (len < 2 || msg[1] != len - 2)
		return EBADMSG;
	if (msg[0] != JCLIP_CALL)
		return ENOMSG;
	return get_params(cid, CALLER_ID_JCLIP, msg + 2, len - 2);
}

/* "D1#" and its like: a reason instead of a number. */
static void get_dtmf_reason(struct caller_id *cid, char code)
{
	get_absence(cid, code == '1' ? 'P' : 'O');
}

/* One part: a letter and the digits behind it. */
static int get_dtmf_part(struct caller_id *cid, char letter, char end,
			 const uint8_t *p, size_t n)
{
	switch (letter) {
	case 'B':               /* 00: not available, 10: withheld */
		get_dtmf_reason(cid, n ? (char)p[0] : '0');
		return 0;
	case 'D':               /* alone: a reason, or the number (Taiwan);
				 * behind A: who diverted the call */
		if (end == '#' && n == 1) {
			get_dtmf_reason(cid, (char)p[0]);
			return 0;
		}
		return cid->number[0] ? 0 : get_number(cid->number, p, n);
	default:
		return get_number(cid->number, p, n);
	}
}

static int parse_dtmf(struct caller_id *cid, const uint8_t *p, size_t n)
{
	char end, letter = 'A';
	size_t from = 0;
	int err = 0;

	if (n < 2 || (p[n - 1] != 'C' && p[n - 1] != '#'))
		return EBADMSG;
	end = (char)p[n - 1];
	for (size_t i = 0; i < n && !err; i++) {
		if (isdigit(p[i]))
			continue;
		if (i < n - 1 && (!p[i] || !strchr("ABD", p[i])))
			return EBADMSG;
		if (i > 0)
			err = get_dtmf_part(cid, letter, end, p + from,
					    i - from);
		letter = (char)p[i];
		from = i + 1;
	}
	return err;
}

int caller_id_msg_parse(struct caller_id *cid, enum caller_id_standard s,
			const uint8_t *p, size_t n)
{
	struct caller_id got = { .month = 0 };
	int err = EBADMSG;

	if (s == CALLER_ID_CLASS || s == CALLER_ID_CLIP)
		err = parse_fsk(&got, s, p, n);
	else if (s == CALLER_ID_JCLIP)
		err = parse_jclip(&got, p, n);
	else if (s == CALLER_ID_DTMF)
		err = parse_dtmf(&got, p, n);
	if (!err)
		*cid = got;
	return err;
}
