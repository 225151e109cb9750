/* SPDX-License-Identifier: Apache-2.0 */
/* URIs: RFC 3261 section 19.1 and 25.1, RFC 3966. Pure. */
#include "gateway/sip/uri.h"

#include <string.h>

#include "base/scan.h"

#define ALNUM ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1
#define MARK ['-'] = 1, ['_'] = 1, ['.'] = 1, ['!'] = 1, ['~'] = 1, \
	['*'] = 1, ['\''] = 1, ['('] = 1, [')'] = 1

static const bool scheme_chars[256] = {
	ALNUM, ['+'] = 1, ['-'] = 1, ['.'] = 1,
};
static const bool user_chars[256] = {
	ALNUM, MARK, ['&'] = 1, ['='] = 1, ['+'] = 1, ['$'] = 1, [','] = 1,
	[';'] = 1, ['?'] = 1, ['/'] = 1, ['#'] = 1,
};
static const bool password_chars[256] = {
	ALNUM, MARK, ['&'] = 1, ['='] = 1, ['+'] = 1, ['$'] = 1, [','] = 1,
};
/* '_' is in no standard and in many private networks */
static const bool host_chars[256] = {
	ALNUM, ['-'] = 1, ['.'] = 1, ['_'] = 1,
};
static const bool param_chars[256] = {
	ALNUM, MARK, ['['] = 1, [']'] = 1, ['/'] = 1, [':'] = 1, ['&'] = 1,
	['+'] = 1, ['$'] = 1,
};
static const bool header_chars[256] = {
	ALNUM, MARK, ['['] = 1, [']'] = 1, ['/'] = 1, ['?'] = 1, [':'] = 1,
	['+'] = 1, ['$'] = 1, ['='] = 1, ['&'] = 1,
};
static const bool tel_chars[256] = {
	['0' ... '9'] = 1, ['A' ... 'F'] = 1, ['a' ... 'f'] = 1, ['+'] = 1,
	['*'] = 1, ['#'] = 1, ['-'] = 1, ['.'] = 1, ['('] = 1, [')'] = 1,
};
static const bool opaque_chars[256] = {
	['!'] = 1, ['#' ... ';'] = 1, ['='] = 1, ['?' ... '~'] = 1,
};

static bool is_letter(char c)
{
	c = str_lower(c);
	return c >= 'a' && c <= 'z';
}

/* Every byte is of the set or part of a %HH. */
static bool all_of(struct str s, const bool set[256])
{
	for (size_t i = 0; i < s.l; i++) {
		if (s.p[i] == '%') {
			if (s.l - i < 3 || str_hex(s.p[i + 1]) < 0 ||
			    str_hex(s.p[i + 2]) < 0)
				return false;
			i += 2;
		} else if (!set[(unsigned char)s.p[i]]) {
			return false;
		}
	}
	return true;
}

static bool params_ok(struct str params)
{
	while (!str_is_empty(params)) {
		struct str one, name, val, rest;
		bool more = str_cut(params, ';', &one, &rest);

		(void)str_cut(one, '=', &name, &val);
		if (str_is_empty(name) || !all_of(name, param_chars) ||
		    !all_of(val, param_chars))
			return false;
		if (more && str_is_empty(rest))
			return false;
		params = rest;
	}
	return true;
}

static bool read_userinfo(struct sip_uri *u, struct str info)
{
	u->has_user = true;
	(void)str_cut(info, ':', &u->user, &u->password);
	return !str_is_empty(u->user) && all_of(u->user, user_chars) &&
	       all_of(u->password, password_chars);
}

static bool read_host(struct sip_uri *u, struct scan *s)
{
	uint32_t port;

	if (scan_opt(s, '[')) {
		struct addr a;

		if (!scan_until(s, ']', &u->host) || !scan_char(s, ']') ||
		    addr_parse_ip(&a, u->host) || a.family != AF_INET6)
			return false;
	} else if (!scan_run(s, host_chars, 1, &u->host)) {
		return false;
	}
	if (scan_opt(s, ':')) {
		if (!scan_u32(s, 65535, &port) || port == 0)
			return false;
		u->port = (uint16_t)port;
	}
	return true;
}

/* hostport, then parameters, then headers */
static bool read_server(struct sip_uri *u, struct str rest)
{
	struct scan s = scan_of(rest);
	struct str tail;

	if (!read_host(u, &s))
		return false;
	if (scan_eof(&s))
		return true;
	if (scan_peek(&s) == '?') {
		(void)scan_char(&s, '?');
		u->headers = scan_rest(&s);
		return !str_is_empty(u->headers) &&
		       all_of(u->headers, header_chars);
	}
	if (!scan_char(&s, ';'))
		return false;
	tail = scan_rest(&s);
	if (str_cut(tail, '?', &u->params, &u->headers) &&
	    (str_is_empty(u->headers) ||
	     !all_of(u->headers, header_chars)))
		return false;
	return !str_is_empty(u->params) && params_ok(u->params);
}

static bool read_sip(struct sip_uri *u, struct str rest)
{
	ptrdiff_t at = str_chr(rest, '@');

	if (at >= 0) {
		if (!read_userinfo(u, str_sub(rest, 0, (size_t)at)))
			return false;
		rest = str_sub(rest, (size_t)at + 1, rest.l);
	}
	return read_server(u, rest);
}

static bool read_tel(struct sip_uri *u, struct str rest)
{
	bool digit = false, more;

	u->has_user = true;
	more = str_cut(rest, ';', &u->user, &u->params);
	for (size_t i = 0; i < u->user.l; i++) {
		if (!tel_chars[(unsigned char)u->user.p[i]])
			return false;
		digit |= str_hex(u->user.p[i]) >= 0 || u->user.p[i] == '*' ||
			 u->user.p[i] == '#';
	}
	return digit && (!more || (!str_is_empty(u->params) &&
				   params_ok(u->params)));
}

int sip_uri_parse(struct sip_uri *up, struct str s)
{
	struct sip_uri u = { .raw = s };
	struct str rest;
	bool ok;

	if (!str_cut(s, ':', &u.scheme_name, &rest) ||
	    str_is_empty(u.scheme_name) || !is_letter(u.scheme_name.p[0]) ||
	    !all_of(u.scheme_name, scheme_chars) || str_is_empty(rest))
		return EBADMSG;
	if (str_ieqz(u.scheme_name, "sip")) {
		u.scheme = SIP_URI_SIP;
		ok = read_sip(&u, rest);
	} else if (str_ieqz(u.scheme_name, "sips")) {
		u.scheme = SIP_URI_SIPS;
		ok = read_sip(&u, rest);
	} else if (str_ieqz(u.scheme_name, "tel")) {
		u.scheme = SIP_URI_TEL;
		ok = read_tel(&u, rest);
	} else {
		u.scheme = SIP_URI_OTHER;
		u.user = rest;
		ok = all_of(rest, opaque_chars);
	}
	if (!ok)
		return EBADMSG;
	*up = u;
	return 0;
}

static void skip_blanks(struct str *s)
{
	while (s->l && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = str_sub(*s, 1, s->l);
}

static struct str take_quoted(struct str *s)
{
	size_t i = 1;
	struct str v;

	while (i < s->l && s->p[i] != '"')
		i += s->p[i] == '\\' ? 2 : 1;
	if (i > s->l)
		i = s->l;
	v = str_sub(*s, 1, i - 1);
	*s = str_sub(*s, i + 1, s->l);
	return v;
}

static struct str take_until(struct str *s, const char *stops)
{
	size_t i = 0;
	struct str v;

	while (i < s->l && !(s->p[i] && strchr(stops, s->p[i])))
		i++;
	v = str_sub(*s, 0, i);
	*s = str_sub(*s, i, s->l);
	return v;
}

bool sip_param_next(struct str *params, struct str *name, struct str *val)
{
	struct str s = *params;

	*val = STR_NULL;
	do {
		skip_blanks(&s);
		if (str_is_empty(s))
			return false;
		*name = take_until(&s, "=; \t");
		skip_blanks(&s);
		if (s.l && s.p[0] == '=') {
			s = str_sub(s, 1, s.l);
			skip_blanks(&s);
			*val = s.l && s.p[0] == '"' ?
				take_quoted(&s) : take_until(&s, "; \t");
		}
		(void)take_until(&s, ";");
		if (s.l)
			s = str_sub(s, 1, s.l);
	} while (str_is_empty(*name));
	*params = s;
	return true;
}

bool sip_param(struct str params, const char *name, struct str *val)
{
	struct str n, v;

	while (sip_param_next(&params, &n, &v)) {
		if (!str_ieqz(n, name))
			continue;
		if (val)
			*val = v;
		return true;
	}
	return false;
}

bool sip_uri_param(const struct sip_uri *u, const char *name,
		   struct str *val)
{
	return sip_param(u->params, name, val);
}

/* One character; escaped reserved ones are not the same as bare ones. */
static int next_char(struct str *s, bool fold)
{
	char c = s->p[0];
	int v;

	if (c != '%' || s->l < 3) {
		*s = str_sub(*s, 1, s->l);
		return (unsigned char)(fold ? str_lower(c) : c);
	}
	v = str_hex(s->p[1]) << 4 | str_hex(s->p[2]);
	*s = str_sub(*s, 3, s->l);
	if (v && strchr(";/?:@&=+$,", v))
		return v | 0x100;
	return fold ? (unsigned char)str_lower((char)v) : v;
}

static bool esc_eq(struct str a, struct str b, bool fold)
{
	while (a.l && b.l)
		if (next_char(&a, fold) != next_char(&b, fold))
			return false;
	return !a.l && !b.l;
}

/* Each parameter of a that b has too must be equal; some must be in both. */
static bool params_match(struct str a, struct str b)
{
	static const char *const both[] = {
		"user", "ttl", "method", "maddr", "transport", NULL,
	};
	struct str rest = a, name, va, vb;

	while (sip_param_next(&rest, &name, &va)) {
		char z[32];

		/* one that stands twice counts once */
		if (str_copy(z, sizeof(z), name) || !sip_param(a, z, &va))
			continue;
		if (sip_param(b, z, &vb)) {
			if (!esc_eq(va, vb, true))
				return false;
			continue;
		}
		for (int i = 0; both[i]; i++)
			if (str_ieqz(name, both[i]))
				return false;
	}
	return true;
}

static bool headers_in(struct str a, struct str b)
{
	while (!str_is_empty(a)) {
		struct str one, rest = b, other;
		bool found = false;

		(void)str_cut(a, '&', &one, &a);
		while (!found && !str_is_empty(rest)) {
			(void)str_cut(rest, '&', &other, &rest);
			found = esc_eq(one, other, true);
		}
		if (!found)
			return false;
	}
	return true;
}

bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == SIP_URI_OTHER)
		return str_eq(a->raw, b->raw);
	return a->has_user == b->has_user &&
	       esc_eq(a->user, b->user, false) &&
	       esc_eq(a->password, b->password, false) &&
	       str_ieq(a->host, b->host) && a->port == b->port &&
	       params_match(a->params, b->params) &&
	       params_match(b->params, a->params) &&
	       headers_in(a->headers, b->headers) &&
	       headers_in(b->headers, a->headers);
}

int sip_uri_addr(struct addr *a, const struct sip_uri *u)
{
	struct addr x;

	if (str_is_empty(u->host) || addr_parse_ip(&x, u->host))
		return ENOENT;
	x.port = u->port;
	*a = x;
	return 0;
}

int sip_uri_user(char *out, size_t cap, const struct sip_uri *u)
{
	struct str user = u->user, number, rest;
	size_t n = 0;
	int err;

	if (str_cut(user, ';', &number, &rest)) {
		bool tel = !str_is_empty(number);

		for (size_t i = 0; i < number.l; i++)
			tel &= tel_chars[(unsigned char)number.p[i]];
		if (tel)
			user = number;
	}
	if (cap == 0)
		return ENAMETOOLONG;
	out[0] = '\0';
	err = str_unescape(out, cap - 1, &n, user);
	if (!err && memchr(out, 0, n))
		err = EBADMSG;
	out[err ? 0 : n] = '\0';
	return err;
}

void sip_escape_user(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.l; i++) {
		unsigned char c = (unsigned char)s.p[i];

		/* '#' is dialled, but no URI may hold it */
		if (user_chars[c] && c != '#')
			buf_addc(b, (char)c);
		else
			buf_addf(b, "%%%02X", c);
	}
}

void sip_add_host(struct buf *b, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	if (a->port) {
		buf_addz(b, addr_print(text, a));
		return;
	}
	addr_print_ip(text, a);
	buf_addf(b, a->family == AF_INET6 ? "[%s]" : "%s", text);
}
