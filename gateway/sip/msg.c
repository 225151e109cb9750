/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses SIP messages (RFC 3261 sections 7 and 25). One pass over a copy of
 * the text: start line, header lines (unfolded in place, lists split),
 * then the headers that every message needs, then the body. The first flaw
 * is kept and the rest is read as far as it goes, because the answer needs
 * Via, From, To, Call-ID and CSeq.
 */
#include "gateway/sip/msg.h"

#include <string.h>

#include "base/mem.h"

struct parser {
	struct sip_msg *m;
	struct sip_hdr *hdrs;
	unsigned        cap;
	char           *p, *end;        /* what is left of the text */
};

static const char *const mid_names[] = {
	"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO",
	"PRACK", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH",
	"MESSAGE", "",
};

static void msg_destroy(void *obj)
{
	struct sip_msg *m = obj;

	obj_unref(m->flow);
}

const char *sip_mid_name(enum sip_mid id)
{
	return mid_names[id];
}

enum sip_mid sip_mid_of(struct str name)
{
	unsigned i;

	for (i = 0; i < SIP_OTHER; i++)
		if (str_eqz(name, mid_names[i]))
			break;
	return (enum sip_mid)i;
}

/* Keeps the first flaw only. */
static void flaw(struct parser *ps, uint16_t status, const char *what,
		 const char *at)
{
	struct sip_flaw *f = &ps->m->flaw;
	struct scan s = scan_of(ps->m->text);

	if (f->status)
		return;
	if (at >= s.begin && at <= s.end)
		s.p = at;
	f->status = status;
	f->pos = scan_pos(&s, what);
}

/* The next line without its end; false: no line end is left. */
static bool take_line(struct parser *ps, struct str *line)
{
	char *nl = memchr(ps->p, '\n', (size_t)(ps->end - ps->p));

	if (!nl)
		return false;
	*line = str_pl(ps->p, (size_t)(nl - ps->p));
	if (line->l && line->p[line->l - 1] == '\r')
		line->l--;
	ps->p = nl + 1;
	return true;
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.l; i++)
		if (!sip_token_chars[(unsigned char)s.p[i]])
			return false;
	return s.l > 0;
}

/* "SIP/2.0 200 OK"; RFC 3261 section 7.2. */
static int read_status_line(struct parser *ps, struct str line)
{
	struct sip_msg *m = ps->m;
	struct str rest = str_sub(line, 7, line.l);
	uint32_t code;

	if (!str_istarts(line, "SIP/2.0") || rest.l < 4 || rest.p[0] != ' ' ||
	    str_u32(&code, str_sub(rest, 1, 3), 699) || code < 100 ||
	    (rest.l > 4 && rest.p[4] != ' '))
		return EBADMSG;
	m->status = (uint16_t)code;
	m->reason = str_sub(rest, 5, rest.l);
	return 0;
}

static void read_ruri(struct parser *ps, struct str uri)
{
	struct sip_msg *m = ps->m;

	m->ruri.raw = uri;
	m->ruri.scheme = SIP_URI_OTHER;
	if (uri.l > SIP_URI_MAX)
		flaw(ps, 414, "request-URI is too long", uri.p);
	else if (sip_uri_parse(&m->ruri, uri))
		flaw(ps, 400, "bad request-URI", uri.p);
	else if (!str_is_empty(m->ruri.headers))
		flaw(ps, 400, "headers in the request-URI", uri.p);
}

/* "INVITE sip:x SIP/2.0"; RFC 3261 section 7.1: single spaces only. */
static int read_request_line(struct parser *ps, struct str line)
{
	struct sip_msg *m = ps->m;
	struct str rest, trimmed = str_trim(line), version;
	size_t i = trimmed.l;

	if (!str_cut(trimmed, ' ', &m->method_name, &rest) ||
	    !is_token(m->method_name))
		return EBADMSG;
	while (i && trimmed.p[i - 1] != ' ')
		i--;
	version = str_sub(trimmed, i, trimmed.l);
	if (!str_istarts(version, "SIP/"))
		return EBADMSG;
	m->request = true;
	m->method = sip_mid_of(m->method_name);
	if (!str_ieqz(version, "SIP/2.0"))
		flaw(ps, 505, "unknown version of SIP", version.p);
	if (trimmed.l != line.l)
		flaw(ps, 400, "blanks around the request line", line.p);
	if (rest.l < version.l + 1) {
		flaw(ps, 400, "no request-URI", version.p);
		return 0;
	}
	read_ruri(ps, str_sub(rest, 0, rest.l - version.l - 1));
	return 0;
}

static void add_hdr(struct parser *ps, enum sip_hid id, struct str name,
		    struct str val)
{
	struct sip_msg *m = ps->m;

	if (m->n_hdrs == ps->cap) {
		flaw(ps, 400, "too many headers", name.p);
		return;
	}
	ps->hdrs[m->n_hdrs++] = (struct sip_hdr){ id, name, str_trim(val) };
}

/* Length of the first value of a list: up to a comma that is neither quoted
 * nor inside of <>. */
static size_t value_len(struct str s)
{
	bool quoted = false, angle = false;

	for (size_t i = 0; i < s.l; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"' && !angle)
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '<')
			angle = true;
		else if (c == '>')
			angle = false;
		else if (c == ',' && !angle)
			return i;
	}
	return s.l;
}

static void add_list(struct parser *ps, enum sip_hid id, struct str name,
		     struct str val)
{
	size_t n = value_len(val);

	if (n >= val.l) {
		add_hdr(ps, id, name, val);
		return;
	}
	for (;;) {
		struct str one = str_trim(str_sub(val, 0, n));

		/* "a, , b" has two values */
		if (!str_is_empty(one))
			add_hdr(ps, id, name, one);
		if (n >= val.l)
			return;
		val = str_sub(val, n + 1, val.l);
		n = value_len(val);
	}
}

static void read_hdr(struct parser *ps, struct str line)
{
	struct str name, val;
	enum sip_hid id;

	if (!str_cut(line, ':', &name, &val)) {
		flaw(ps, 400, "header line without colon", line.p);
		return;
	}
	while (name.l && (name.p[name.l - 1] == ' ' ||
			  name.p[name.l - 1] == '\t'))
		name.l--;
	if (!is_token(name)) {
		flaw(ps, 400, "bad header name", line.p);
		return;
	}
	id = sip_hdr_id(name);
	if (sip_hdr_is_list(id))
		add_list(ps, id, name, val);
	else
		add_hdr(ps, id, name, val);
}

/* Lines that begin with a blank belong to the one before; their line ends
 * become blanks. RFC 3261 section 7.3.1. */
static void read_hdrs(struct parser *ps)
{
	struct str line, more;

	for (;;) {
		char *start = ps->p;

		if (!take_line(ps, &line)) {
			flaw(ps, 400, "headers without end", ps->end);
			ps->p = ps->end;
			return;
		}
		if (str_is_empty(line))
			return;
		while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\t') &&
		       take_line(ps, &more)) {
			char *gap = start + line.l;

			for (; gap < more.p; gap++)
				*gap = ' ';
			line.l = (size_t)(more.p - line.p) + more.l;
		}
		read_hdr(ps, line);
	}
}

/* These stand once at most. */
static bool is_single(enum sip_hid id)
{
	return id == SIP_HDR_FROM || id == SIP_HDR_TO ||
	       id == SIP_HDR_CALL_ID || id == SIP_HDR_CSEQ ||
	       id == SIP_HDR_MAX_FORWARDS || id == SIP_HDR_CONTENT_TYPE ||
	       id == SIP_HDR_CONTENT_LENGTH;
}

static void read_via(struct parser *ps, const struct sip_hdr *h,
		     unsigned *n_vias)
{
	struct sip_via v = { .raw = h->val }, *vp = &v;

	if (++*n_vias == 1)
		vp = &ps->m->via;
	vp->raw = h->val;
	if (*n_vias == SIP_VIAS_MAX + 1)
		flaw(ps, 400, "too many Via headers", h->val.p);
	if (sip_via_parse(vp, h->val))
		flaw(ps, 400, "bad Via", h->val.p);
}

static bool call_id_ok(struct str s)
{
	for (size_t i = 0; i < s.l; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    s.p[i] == ',' || s.p[i] == ';')
			return false;
	return s.l > 0;
}

static void read_max_forwards(struct parser *ps, const struct sip_hdr *h)
{
	if (str_u32(&ps->m->max_forwards, h->val, 255))
		flaw(ps, 400, "bad Max-Forwards", h->val.p);
}

static void read_addr(struct parser *ps, struct sip_addr *a,
		      const struct sip_hdr *h, const char *what)
{
	a->raw = h->val;
	if (sip_addr_parse(a, h->val))
		flaw(ps, 400, what, h->val.p);
}

static void read_value(struct parser *ps, const struct sip_hdr *h,
		       unsigned *n_vias)
{
	struct sip_msg *m = ps->m;
	struct sip_addr a;

	switch (h->id) {
	case SIP_HDR_VIA:
		read_via(ps, h, n_vias);
		break;
	case SIP_HDR_FROM:
		read_addr(ps, &m->from, h, "bad From");
		break;
	case SIP_HDR_TO:
		read_addr(ps, &m->to, h, "bad To");
		break;
	case SIP_HDR_CALL_ID:
		m->call_id = h->val;
		if (!call_id_ok(h->val))
			flaw(ps, 400, "bad Call-ID", h->val.p);
		break;
	case SIP_HDR_CSEQ:
		if (sip_cseq_parse(&m->cseq, h->val))
			flaw(ps, 400, "bad CSeq", h->val.p);
		break;
	case SIP_HDR_MAX_FORWARDS:
		read_max_forwards(ps, h);
		break;
	case SIP_HDR_CONTACT:
		if (!str_eqz(h->val, "*") && !str_is_empty(h->val))
			read_addr(ps, &a, h, "bad Contact");
		break;
	case SIP_HDR_ROUTE:
		read_addr(ps, &a, h, "bad Route");
		break;
	case SIP_HDR_RECORD_ROUTE:
		read_addr(ps, &a, h, "bad Record-Route");
		break;
	case SIP_HDR_CONTENT_TYPE:
		m->body_type = h->val;
		break;
	default:
		break;
	}
}

static void read_values(struct parser *ps)
{
	struct sip_msg *m = ps->m;
	const struct sip_hdr *seen[SIP_HDR_OTHER + 1] = { NULL };
	unsigned n_vias = 0;

	for (unsigned i = 0; i < m->n_hdrs; i++) {
		const struct sip_hdr *h = &m->hdrs[i], *before = seen[h->id];

		seen[h->id] = h;
		if (before && is_single(h->id)) {
			if (h->id != SIP_HDR_CONTENT_LENGTH ||
			    !str_eq(h->val, before->val))
				flaw(ps, 400, "header stands twice",
				     h->name.p);
			continue;
		}
		read_value(ps, h, &n_vias);
	}
	if (!n_vias)
		flaw(ps, 400, "no Via", ps->p);
	if (!seen[SIP_HDR_FROM])
		flaw(ps, 400, "no From", ps->p);
	if (!seen[SIP_HDR_TO])
		flaw(ps, 400, "no To", ps->p);
	if (!seen[SIP_HDR_CALL_ID])
		flaw(ps, 400, "no Call-ID", ps->p);
	if (!seen[SIP_HDR_CSEQ])
		flaw(ps, 400, "no CSeq", ps->p);
}

static void read_body(struct parser *ps)
{
	struct sip_msg *m = ps->m;
	const struct sip_hdr *h = sip_msg_hdr(m, SIP_HDR_CONTENT_LENGTH, 0);
	size_t left = (size_t)(ps->end - ps->p);
	uint32_t n = (uint32_t)left;

	if (h && str_u32(&n, h->val, UINT32_MAX))
		flaw(ps, 400, "bad Content-Length", h->val.p);
	else if (n > left)
		flaw(ps, 400, "body is shorter than Content-Length",
		     h->val.p);
	m->body = str_pl(ps->p, n > left ? left : n);
}

/* An upper bound of the values: each takes a line or a comma. */
static unsigned count_values(struct str text)
{
	unsigned n = 0;
	bool blank = false;

	for (size_t i = 0; i < text.l && n < SIP_HDRS_MAX; i++) {
		char c = text.p[i];

		if (c == '\n' && blank)
			break;
		if (c == '\n' || c == ',')
			n++;
		if (c != '\r')
			blank = c == '\n';
	}
	return n;
}

static int read_start_line(struct parser *ps)
{
	struct str line;

	if (!take_line(ps, &line))
		return EBADMSG;
	if (str_istarts(line, "SIP/"))
		return read_status_line(ps, line);
	return read_request_line(ps, line);
}

static int refuse(struct sip_flaw *why, const char *what)
{
	if (why)
		*why = (struct sip_flaw){ 0, { 1, 1, what } };
	return EBADMSG;
}

static void read_all(struct parser *ps)
{
	struct sip_msg *m = ps->m;

	read_hdrs(ps);
	read_values(ps);
	read_body(ps);
	if (!m->request)
		m->method_name = m->cseq.method;
	else if (m->cseq.method.l &&
		 !str_eq(m->cseq.method, m->method_name))
		flaw(ps, 400, "CSeq names another method", m->cseq.method.p);
	if (!m->request)
		m->method = sip_mid_of(m->method_name);
}

int sip_msg_parse(struct sip_msg **mp, struct str text, struct sip_flaw *why)
{
	struct parser ps = { .cap = count_values(text) };
	struct sip_msg *m;
	size_t at = sizeof(*m) + ps.cap * sizeof(struct sip_hdr);
	char *copy;

	if (text.l > SIP_MSG_MAX)
		return refuse(why, "message is too long");
	if (str_is_empty(text))
		return refuse(why, "empty message");
	m = obj_new(at + text.l, msg_destroy);
	if (!m)
		return ENOMEM;
	copy = (char *)m + at;
	memcpy(copy, text.p, text.l);
	m->text = str_pl(copy, text.l);
	m->max_forwards = 70;
	ps.m = m;
	ps.hdrs = (struct sip_hdr *)(m + 1);
	m->hdrs = ps.hdrs;
	ps.p = copy;
	ps.end = copy + text.l;
	if (read_start_line(&ps)) {
		obj_unref(m);
		return refuse(why, "no SIP start line");
	}
	read_all(&ps);
	if (why)
		*why = m->flaw;
	*mp = m;
	return 0;
}

const struct sip_hdr *sip_msg_hdr(const struct sip_msg *m, enum sip_hid id,
				  unsigned nth)
{
	for (unsigned i = 0; i < m->n_hdrs; i++)
		if (m->hdrs[i].id == id && nth-- == 0)
			return &m->hdrs[i];
	return NULL;
}

const struct sip_hdr *sip_msg_hdr_name(const struct sip_msg *m,
				       const char *name, unsigned nth)
{
	for (unsigned i = 0; i < m->n_hdrs; i++)
		if (str_ieqz(m->hdrs[i].name, name) && nth-- == 0)
			return &m->hdrs[i];
	return NULL;
}

struct str sip_msg_val(const struct sip_msg *m, enum sip_hid id)
{
	const struct sip_hdr *h = sip_msg_hdr(m, id, 0);

	return h ? h->val : STR_NULL;
}

int sip_msg_addr(struct sip_addr *a, const struct sip_msg *m,
		 enum sip_hid id, unsigned nth)
{
	const struct sip_hdr *h = sip_msg_hdr(m, id, nth);

	return h ? sip_addr_parse(a, h->val) : ENOENT;
}

int sip_msg_num(uint32_t *n, const struct sip_msg *m, enum sip_hid id)
{
	const struct sip_hdr *h = sip_msg_hdr(m, id, 0);

	return h ? sip_num_parse(n, h->val) : ENOENT;
}

bool sip_msg_has(const struct sip_msg *m, enum sip_hid id, const char *tok)
{
	const struct sip_hdr *h;

	for (unsigned i = 0; (h = sip_msg_hdr(m, id, i)); i++)
		if (sip_list_has(h->val, tok))
			return true;
	return false;
}
