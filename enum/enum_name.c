/* SPDX-License-Identifier: Apache-2.0 */
/* Names in URIs: RFC 2397 (data:), draft-ietf-enum-cnam (pstndata:). */
#include "enum/enum_name.h"

#include <string.h>

#include "base/utf8.h"

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* In place: what comes out is shorter. */
static bool decode_base64(char *p, size_t *np)
{
	size_t n = 0, len = *np;
	unsigned bits = 0, acc = 0;

	while (len > 0 && p[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		int v = base64_value(p[i]);

		if (v < 0)
			return false;
		acc = acc << 6 | (unsigned)v;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		p[n++] = (char)(acc >> bits & 0xff);
	}
	*np = n;
	return true;
}

/* "text/plain;charset=utf-8;base64": false: a charset that is not ours. */
static bool read_type(struct str type, bool *base64)
{
	struct str one, name, val;

	*base64 = false;
	while (!str_is_empty(type)) {
		(void)str_cut(type, ';', &one, &type);
		if (str_ieqz(one, "base64"))
			*base64 = true;
		if (str_cut(one, '=', &name, &val) &&
		    str_ieqz(name, "charset") && !str_ieqz(val, "us-ascii") &&
		    !str_ieqz(val, "utf-8"))
			return false;
	}
	return true;
}

/* The text behind the scheme, and how it is written. */
static bool split(const char *uri, struct str *text, bool *base64)
{
	struct str scheme, rest, type;

	*base64 = false;
	if (!str_cut(str_z(uri), ':', &scheme, &rest))
		return false;
	if (str_ieqz(scheme, "data"))
		return str_cut(rest, ',', &type, text) &&
		       read_type(type, base64);
	if (!str_ieqz(scheme, "pstndata") || !str_istarts(rest, "cnam"))
		return false;
	rest = str_sub(rest, 4, rest.l);
	if (rest.l > 0 && rest.p[0] == '/')
		rest = str_sub(rest, 1, rest.l);
	*text = rest;
	if (rest.l == 0 || rest.p[0] != ';')
		return true;
	return str_cut(rest, ',', &type, text) && read_type(type, base64);
}

/* Cuts at a whole character. */
static int take(char out[ENUM_NAME_MAX], struct str s)
{
	size_t n = 0, len;

	for (size_t i = 0; i < s.l; i += len) {
		unsigned char c = (unsigned char)s.p[i];

		len = utf8_len(s.p + i, s.l - i);
		if (len == 0 || c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0))
			return EBADMSG;
		if (n == i && n + len < ENUM_NAME_MAX)
			n += len;
	}
	s = str_trim(str_sub(s, 0, n));
	return s.l > 0 ? str_copy(out, ENUM_NAME_MAX, s) : EBADMSG;
}

int enum_name_read(char out[ENUM_NAME_MAX], const char *uri)
{
	char buf[NAPTR_URI_MAX];
	struct str text;
	bool base64;
	size_t n;

	if (!split(uri, &text, &base64) ||
	    str_unescape(buf, sizeof(buf), &n, text) ||
	    (base64 && !decode_base64(buf, &n)))
		return EBADMSG;
	return take(out, str_trim(str_pl(buf, n)));
}
