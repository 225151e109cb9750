/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of session descriptions, RFC 8866 section 9. Strict in the lines
 * that say where media go; lenient in those that say nothing to us.
 */
#include "gateway/sdp/sdp.h"

#include <string.h>

struct reader {
	struct sdp       *sdp;
	struct sdp_media *media;        /* NULL: session part */
	const char       *what;         /* what is wrong */
	bool              has_origin;
	int               err;
};

static int wrong(struct reader *r, const char *what)
{
	r->what = what;
	r->err = EBADMSG;
	return r->err;
}

static int too_much(struct reader *r, const char *what)
{
	r->what = what;
	r->err = EMSGSIZE;
	return r->err;
}

/* The next word of a line; empty at its end. Several blanks count as one:
 * RFC 2327 devices write them. */
static struct str word(struct str *line)
{
	struct str w;
	size_t     n = 0;

	*line = str_trim(*line);
	while (n < line->l && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	w = str_sub(*line, 0, n);
	*line = str_sub(*line, n, line->l);
	return w;
}

/* token of RFC 8866: visible ASCII without separators */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.l; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]", c))
			return false;
	}
	return s.l > 0;
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.l; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.l > 0;
}

static bool is_host_name(struct str s)
{
	for (size_t i = 0; i < s.l; i++) {
		char c = str_lower(s.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '-' && c != '_')
			return false;
	}
	return s.l > 0 && s.l <= 255;
}

/* nettype SP addrtype SP address, as in c= and o= */
static int read_address(struct reader *r, struct sdp_conn *c, struct str line)
{
	struct str net = word(&line), type = word(&line);
	struct str host = word(&line), ttl;
	uint8_t    family;

	if (!str_ieqz(net, "IN"))
		return wrong(r, "network type is not IN");
	if (str_ieqz(type, "IP4"))
		family = AF_INET;
	else if (str_ieqz(type, "IP6"))
		family = AF_INET6;
	else
		return wrong(r, "address type is neither IP4 nor IP6");
	(void)str_cut(host, '/', &host, &ttl);  /* unicast has none */
	c->given = true;
	c->host = host;
	c->addr = (struct addr){ .family = AF_UNSPEC };
	if (host.l && addr_parse_ip(&c->addr, host) == 0) {
		if (c->addr.family != family)
			return wrong(r, "address and its type differ");
		c->addr.port = 0;
		return 0;
	}
	c->addr.family = AF_UNSPEC;
	return is_host_name(host) ? 0 : wrong(r, "malformed address");
}

/* o=user id version nettype addrtype address */
static int read_origin(struct reader *r, struct str line)
{
	struct sdp *s = r->sdp;

	if (r->media || r->has_origin)
		return wrong(r, "misplaced o= line");
	r->has_origin = true;
	s->user = word(&line);
	s->id = word(&line);
	s->version = word(&line);
	if (!s->user.l || !is_digits(s->id) || !is_digits(s->version))
		return wrong(r, "malformed o= line");
	return read_address(r, &s->origin, line);
}

static int read_conn(struct reader *r, struct str line)
{
	struct sdp_conn *c = r->media ? &r->media->conn : &r->sdp->conn;

	/* several c= lines stand for multicast layers: the first counts */
	return c->given ? 0 : read_address(r, c, line);
}

static int read_port(struct reader *r, struct sdp_media *m, struct str s)
{
	struct str port, n;
	uint32_t   v;

	m->n_ports = 1;
	if (str_cut(s, '/', &port, &n)) {
		if (str_u32(&v, n, 65535) || !v)
			return wrong(r, "malformed number of ports");
		m->n_ports = (uint16_t)v;
	}
	if (str_u32(&v, port, 65535))
		return wrong(r, "malformed port");
	m->port = (uint16_t)v;
	return 0;
}

static bool is_proto(struct str s)
{
	struct str part, rest = s;
	bool       more;

	do {
		more = str_cut(rest, '/', &part, &rest);
		if (!is_token(part))
			return false;
	} while (more);
	return true;
}

/* m=type port["/" n] proto 1*(SP format) */
static int read_media(struct reader *r, struct str line)
{
	struct sdp       *s = r->sdp;
	struct sdp_media *m = &s->media[s->n_media];
	struct str        w;

	if (s->n_media == SDP_MAX_MEDIA)
		return too_much(r, "too many m= lines");
	if (!r->media)
		s->n_session_attrs = s->n_attrs;
	memset(m, 0, sizeof(*m));
	m->attr_first = s->n_attrs;
	m->type = word(&line);
	if (!is_token(m->type))
		return wrong(r, "malformed media type");
	if (read_port(r, m, word(&line)))
		return r->err;
	m->proto = word(&line);
	if (!is_proto(m->proto))
		return wrong(r, "malformed media protocol");
	while (w = word(&line), w.l) {
		if (m->n_formats == SDP_MAX_FORMATS)
			return too_much(r, "too many media formats");
		m->formats[m->n_formats++] = w;
	}
	if (!m->n_formats)
		return wrong(r, "m= line without a format");
	s->n_media++;
	r->media = m;
	return 0;
}

/* a=name or a=name:value */
static int read_attr(struct reader *r, struct str line)
{
	struct sdp      *s = r->sdp;
	struct sdp_attr *a = &s->attrs[s->n_attrs];

	if (s->n_attrs == SDP_MAX_ATTRS)
		return too_much(r, "too many attributes");
	if (!str_cut(line, ':', &a->name, &a->value))
		a->value = STR_NULL;
	a->name = str_trim(a->name);
	if (!is_token(a->name))
		return wrong(r, "malformed attribute");
	if (a->value.p)
		a->value = str_trim(a->value);
	s->n_attrs++;
	if (r->media)
		r->media->n_attrs++;
	return 0;
}

static int read_line(struct reader *r, char type, struct str value)
{
	switch (type) {
	case 'o':
		return read_origin(r, value);
	case 's':
		if (!r->media)
			r->sdp->session_name = value;
		return 0;
	case 'c':
		return read_conn(r, value);
	case 'm':
		return read_media(r, value);
	case 'a':
		return read_attr(r, value);
	default:
		/* t, b, i, u, e, p, r, z, k: nothing for a telephone */
		return 0;
	}
}

static int read_lines(struct reader *r, struct scan *in)
{
	struct str line;
	bool       first = true;

	while (!r->err && !scan_eof(in) && scan_line(in, &line)) {
		if (!line.l)
			continue;       /* blank lines at the end */
		if (line.l < 2 || line.p[1] != '=' || line.p[0] < 'a' ||
		    line.p[0] > 'z')
			return wrong(r, "not a line of type=value");
		if (first != (line.p[0] == 'v'))
			return wrong(r, "v= is not the first line");
		if (first && !str_eqz(str_trim(str_sub(line, 2, line.l)),
				      "0"))
			return wrong(r, "version is not 0");
		first = false;
		(void)read_line(r, line.p[0], str_sub(line, 2, line.l));
	}
	if (!r->err && !r->has_origin)
		return wrong(r, "o= line is missing");
	return r->err;
}

static void init(struct sdp *s)
{
	s->user = s->session_name = s->id = s->version = STR_NULL;
	s->origin = s->conn = (struct sdp_conn){ .given = false };
	s->n_media = s->n_attrs = s->n_session_attrs = 0;
}

int sdp_parse(struct sdp *s, struct str text, struct parse_pos *where)
{
	struct scan   in = scan_of(text.p ? text : STR_LIT(""));
	struct reader r = { .sdp = s };

	init(s);
	if (text.l > SDP_MAX_BYTES)
		(void)too_much(&r, "description is too long");
	else if (text.l && memchr(text.p, 0, text.l))
		(void)wrong(&r, "NUL byte");
	else
		(void)read_lines(&r, &in);
	if (!s->n_media)
		s->n_session_attrs = s->n_attrs;
	if (r.err)
		*where = scan_pos(&in, r.what);
	return r.err;
}

const struct sdp_attr *sdp_attr(const struct sdp *s,
				const struct sdp_media *m, const char *name,
				unsigned nth)
{
	unsigned first = m ? m->attr_first : 0;
	unsigned n = m ? m->n_attrs : s->n_session_attrs;

	for (unsigned i = first; i < first + n; i++)
		if (str_eqz(s->attrs[i].name, name) && nth-- == 0)
			return &s->attrs[i];
	return NULL;
}

const struct sdp_attr *sdp_attr_any(const struct sdp *s,
				    const struct sdp_media *m,
				    const char *name)
{
	const struct sdp_attr *a = sdp_attr(s, m, name, 0);

	return a ? a : sdp_attr(s, NULL, name, 0);
}

struct addr sdp_media_addr(const struct sdp *s, const struct sdp_media *m)
{
	struct addr a = m->conn.given ? m->conn.addr : s->conn.addr;

	if (!m->conn.given && !s->conn.given)
		a = (struct addr){ .family = AF_UNSPEC };
	a.port = m->port;
	return a;
}

const struct sdp_media *sdp_audio(const struct sdp *s)
{
	for (unsigned i = 0; i < s->n_media; i++) {
		const struct sdp_media *m = &s->media[i];

		if (m->port && str_eqz(m->type, "audio") &&
		    str_starts(m->proto, "RTP/"))
			return m;
	}
	return NULL;
}
