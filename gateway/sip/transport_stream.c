/* SPDX-License-Identifier: Apache-2.0 */
/* Framing by Content-Length. Bounded: a message that would not fit is bad
 * as soon as that is known. */
#include "gateway/sip/transport_stream.h"

#include <string.h>

#include "base/scan.h"
#include "gateway/sip/msg.h"

enum { STREAM_MAX = 2 * SIP_MSG_MAX };

void sip_stream_init(struct sip_stream *s)
{
	*s = (struct sip_stream){ .pos = 0 };
	buf_init(&s->in, STREAM_MAX);
}

void sip_stream_fini(struct sip_stream *s)
{
	buf_fini(&s->in);
}

int sip_stream_add(struct sip_stream *s, const void *p, size_t n)
{
	if (s->pos) {
		buf_consume(&s->in, s->pos);
		s->pos = 0;
	}
	buf_add(&s->in, p, n);
	return s->in.err;
}

static struct str rest_of(const struct sip_stream *s)
{
	return str_sub(buf_str(&s->in), s->pos, SIZE_MAX);
}

static void take(struct sip_stream *s, size_t n)
{
	s->pos += n;
	s->looked = s->total = 0;
}

/* Line ends between messages. True: they were a ping. */
static bool skip_line_ends(struct sip_stream *s)
{
	for (;;) {
		struct str r = rest_of(s);

		if (str_starts(r, "\r\n\r\n")) {
			take(s, 4);
			return true;
		}
		if (r.l && r.p[0] == '\n')
			take(s, 1);
		else if (r.l > 2 && str_starts(r, "\r\n") &&
			 !str_starts(r, "\r\n\r"))
			take(s, 2);
		else
			return false;
	}
}

/* Length of the headers with the empty line; 0: its end is not there. */
static size_t head_len(struct sip_stream *s, struct str r)
{
	size_t i = s->looked > 2 ? s->looked - 2 : 0;

	for (; i < r.l; i++) {
		if (r.p[i] != '\n')
			continue;
		if (i + 1 < r.l && r.p[i + 1] == '\n')
			return i + 2;
		if (i + 2 < r.l && r.p[i + 1] == '\r' && r.p[i + 2] == '\n')
			return i + 3;
	}
	s->looked = r.l;
	return 0;
}

static enum sip_stream_got bad(struct sip_stream_msg *m, struct str text,
			       uint16_t status, const char *what)
{
	*m = (struct sip_stream_msg){ text, status, what };
	return SIP_STREAM_BAD;
}

struct length {
	bool     found, typed, broken;
	uint32_t n;
};

static void read_line(struct length *len, struct str line)
{
	struct str name, val;
	enum sip_hid id;
	uint32_t n;

	if (!str_cut(line, ':', &name, &val))
		return;
	id = sip_hdr_id(str_trim(name));
	len->typed |= id == SIP_HDR_CONTENT_TYPE;
	if (id != SIP_HDR_CONTENT_LENGTH)
		return;
	if (str_u32(&n, str_trim(val), UINT32_MAX) ||
	    (len->found && n != len->n))
		len->broken = true;
	len->found = true;
	len->n = n;
}

static struct length read_length(struct str head)
{
	struct length len = { .found = false };
	struct scan s = scan_of(head);
	struct str line, more;

	while (!scan_eof(&s) && scan_line(&s, &line)) {
		/* a folded line; blanks and line ends fall to str_trim */
		while (scan_peek(&s) == ' ' || scan_peek(&s) == '\t') {
			if (!scan_line(&s, &more))
				break;
			line.l = (size_t)(more.p + more.l - line.p);
		}
		read_line(&len, line);
	}
	return len;
}

static enum sip_stream_got begin(struct sip_stream *s,
				 struct sip_stream_msg *m)
{
	struct str r = rest_of(s);
	size_t head = head_len(s, r);
	struct length len;

	if (!head)
		return r.l > SIP_MSG_MAX ?
			bad(m, r, 513, "headers are too long") :
			SIP_STREAM_MORE;
	r = str_sub(r, 0, head);
	len = read_length(r);
	if (len.broken)
		return bad(m, r, 400, "bad Content-Length");
	if (!len.found && len.typed)
		return bad(m, r, 400, "no Content-Length");
	if (len.n > SIP_MSG_MAX || head + len.n > SIP_MSG_MAX)
		return bad(m, r, head > SIP_MSG_MAX ? 513 : 413,
			   "message is too long");
	s->total = head + len.n;
	return SIP_STREAM_MSG;
}

enum sip_stream_got sip_stream_next(struct sip_stream *s,
				    struct sip_stream_msg *m)
{
	struct str r;

	if (!s->total) {
		enum sip_stream_got got;

		if (skip_line_ends(s))
			return SIP_STREAM_PING;
		got = begin(s, m);
		if (got != SIP_STREAM_MSG)
			return got;
	}
	r = rest_of(s);
	if (r.l < s->total)
		return SIP_STREAM_MORE;
	*m = (struct sip_stream_msg){ .text = str_sub(r, 0, s->total) };
	take(s, s->total);
	return SIP_STREAM_MSG;
}
