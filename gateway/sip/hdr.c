/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields: names (RFC 3261 section 7.3.3 and the registry) and the
 * grammar of their values (section 25.1). Pure. */
#include "gateway/sip/hdr.h"

#include <string.h>

#include "base/scan.h"

struct hdr_name {
	const char *name;
	char        compact;    /* 0: none */
	bool        list;
};

static const struct hdr_name names[SIP_HDR_OTHER] = {
	[SIP_HDR_ACCEPT] = { "Accept", 0, true },
	[SIP_HDR_ACCEPT_CONTACT] = { "Accept-Contact", 'a', true },
	[SIP_HDR_ACCEPT_ENCODING] = { "Accept-Encoding", 0, true },
	[SIP_HDR_ACCEPT_LANGUAGE] = { "Accept-Language", 0, true },
	[SIP_HDR_ALERT_INFO] = { "Alert-Info", 0, true },
	[SIP_HDR_ALLOW] = { "Allow", 0, true },
	[SIP_HDR_ALLOW_EVENTS] = { "Allow-Events", 'u', true },
	[SIP_HDR_AUTHENTICATION_INFO] = { "Authentication-Info", 0, false },
	[SIP_HDR_AUTHORIZATION] = { "Authorization", 0, false },
	[SIP_HDR_CALL_ID] = { "Call-ID", 'i', false },
	[SIP_HDR_CALL_INFO] = { "Call-Info", 0, true },
	[SIP_HDR_CONTACT] = { "Contact", 'm', true },
	[SIP_HDR_CONTENT_DISPOSITION] = { "Content-Disposition", 0, false },
	[SIP_HDR_CONTENT_ENCODING] = { "Content-Encoding", 'e', true },
	[SIP_HDR_CONTENT_LANGUAGE] = { "Content-Language", 0, true },
	[SIP_HDR_CONTENT_LENGTH] = { "Content-Length", 'l', false },
	[SIP_HDR_CONTENT_TYPE] = { "Content-Type", 'c', false },
	[SIP_HDR_CSEQ] = { "CSeq", 0, false },
	[SIP_HDR_DATE] = { "Date", 0, false },
	[SIP_HDR_DIVERSION] = { "Diversion", 0, true },
	[SIP_HDR_ERROR_INFO] = { "Error-Info", 0, true },
	[SIP_HDR_EVENT] = { "Event", 'o', false },
	[SIP_HDR_EXPIRES] = { "Expires", 0, false },
	[SIP_HDR_FLOW_TIMER] = { "Flow-Timer", 0, false },
	[SIP_HDR_FROM] = { "From", 'f', false },
	[SIP_HDR_GEOLOCATION] = { "Geolocation", 0, true },
	[SIP_HDR_HISTORY_INFO] = { "History-Info", 0, true },
	[SIP_HDR_IDENTITY] = { "Identity", 'y', false },
	[SIP_HDR_IDENTITY_INFO] = { "Identity-Info", 'n', false },
	[SIP_HDR_IN_REPLY_TO] = { "In-Reply-To", 0, true },
	[SIP_HDR_INFO_PACKAGE] = { "Info-Package", 0, false },
	[SIP_HDR_JOIN] = { "Join", 0, false },
	[SIP_HDR_MAX_FORWARDS] = { "Max-Forwards", 0, false },
	[SIP_HDR_MIME_VERSION] = { "MIME-Version", 0, false },
	[SIP_HDR_MIN_EXPIRES] = { "Min-Expires", 0, false },
	[SIP_HDR_MIN_SE] = { "Min-SE", 0, false },
	[SIP_HDR_ORGANIZATION] = { "Organization", 0, false },
	[SIP_HDR_P_ASSERTED_IDENTITY] = { "P-Asserted-Identity", 0, true },
	[SIP_HDR_P_ASSOCIATED_URI] = { "P-Associated-URI", 0, true },
	[SIP_HDR_P_CALLED_PARTY_ID] = { "P-Called-Party-ID", 0, false },
	[SIP_HDR_P_PREFERRED_IDENTITY] = { "P-Preferred-Identity", 0, true },
	[SIP_HDR_PATH] = { "Path", 0, true },
	[SIP_HDR_PRIORITY] = { "Priority", 0, false },
	[SIP_HDR_PRIVACY] = { "Privacy", 0, false },
	[SIP_HDR_PROXY_AUTHENTICATE] = { "Proxy-Authenticate", 0, false },
	[SIP_HDR_PROXY_AUTHORIZATION] = { "Proxy-Authorization", 0, false },
	[SIP_HDR_PROXY_REQUIRE] = { "Proxy-Require", 0, true },
	[SIP_HDR_RACK] = { "RAck", 0, false },
	[SIP_HDR_REASON] = { "Reason", 0, true },
	[SIP_HDR_RECORD_ROUTE] = { "Record-Route", 0, true },
	[SIP_HDR_RECV_INFO] = { "Recv-Info", 0, true },
	[SIP_HDR_REFER_SUB] = { "Refer-Sub", 0, false },
	[SIP_HDR_REFER_TO] = { "Refer-To", 'r', false },
	[SIP_HDR_REFERRED_BY] = { "Referred-By", 'b', false },
	[SIP_HDR_REJECT_CONTACT] = { "Reject-Contact", 'j', true },
	[SIP_HDR_REMOTE_PARTY_ID] = { "Remote-Party-ID", 0, true },
	[SIP_HDR_REPLACES] = { "Replaces", 0, false },
	[SIP_HDR_REPLY_TO] = { "Reply-To", 0, false },
	[SIP_HDR_REQUEST_DISPOSITION] = { "Request-Disposition", 'd', true },
	[SIP_HDR_REQUIRE] = { "Require", 0, true },
	[SIP_HDR_RETRY_AFTER] = { "Retry-After", 0, false },
	[SIP_HDR_ROUTE] = { "Route", 0, true },
	[SIP_HDR_RSEQ] = { "RSeq", 0, false },
	[SIP_HDR_SERVER] = { "Server", 0, false },
	[SIP_HDR_SERVICE_ROUTE] = { "Service-Route", 0, true },
	[SIP_HDR_SESSION_EXPIRES] = { "Session-Expires", 'x', false },
	[SIP_HDR_SIP_ETAG] = { "SIP-ETag", 0, false },
	[SIP_HDR_SIP_IF_MATCH] = { "SIP-If-Match", 0, false },
	[SIP_HDR_SUBJECT] = { "Subject", 's', false },
	[SIP_HDR_SUBSCRIPTION_STATE] = { "Subscription-State", 0, false },
	[SIP_HDR_SUPPORTED] = { "Supported", 'k', true },
	[SIP_HDR_TARGET_DIALOG] = { "Target-Dialog", 0, false },
	[SIP_HDR_TIMESTAMP] = { "Timestamp", 0, false },
	[SIP_HDR_TO] = { "To", 't', false },
	[SIP_HDR_UNSUPPORTED] = { "Unsupported", 0, true },
	[SIP_HDR_USER_AGENT] = { "User-Agent", 0, false },
	[SIP_HDR_VIA] = { "Via", 'v', true },
	[SIP_HDR_WARNING] = { "Warning", 0, true },
	[SIP_HDR_WWW_AUTHENTICATE] = { "WWW-Authenticate", 0, false },
};

const bool sip_token_chars[256] = {
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['-'] = 1,
	['.'] = 1, ['!'] = 1, ['%'] = 1, ['*'] = 1, ['_'] = 1, ['+'] = 1,
	['`'] = 1, ['\''] = 1, ['~'] = 1,
};
/* display names without quotes: tokens and blanks; bytes of UTF-8 are
 * common and do no harm */
static const bool dname_chars[256] = {
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['-'] = 1,
	['.'] = 1, ['!'] = 1, ['%'] = 1, ['*'] = 1, ['_'] = 1, ['+'] = 1,
	['`'] = 1, ['\''] = 1, ['~'] = 1, [' '] = 1, ['\t'] = 1,
	[0x80 ... 0xff] = 1,
};
/* parameter values: token, host, IPv6 with or without brackets */
static const bool value_chars[256] = {
	['!'] = 1, ['#' ... '+'] = 1, ['-' ... ':'] = 1, ['='] = 1,
	['?' ... '['] = 1, [']' ... '~'] = 1, [0x80 ... 0xff] = 1,
};
static const bool sent_by_chars[256] = {
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['-'] = 1,
	['.'] = 1, ['_'] = 1,
};

static int name_cmp(struct str a, const char *z)
{
	size_t i;

	for (i = 0; i < a.l && z[i]; i++) {
		int d = str_lower(a.p[i]) - str_lower(z[i]);

		if (d)
			return d;
	}
	return i < a.l ? 1 : z[i] ? -1 : 0;
}

static enum sip_hid compact_id(char c)
{
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++)
		if (names[i].compact == c)
			return (enum sip_hid)i;
	return SIP_HDR_OTHER;
}

enum sip_hid sip_hdr_id(struct str name)
{
	unsigned lo = 0, hi = SIP_HDR_OTHER;

	if (name.l == 1)
		return compact_id(str_lower(name.p[0]));
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		int d = name_cmp(name, names[mid].name);

		if (d == 0)
			return (enum sip_hid)mid;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return SIP_HDR_OTHER;
}

const char *sip_hdr_name(enum sip_hid id)
{
	return id < SIP_HDR_OTHER ? names[id].name : "";
}

bool sip_hdr_is_list(enum sip_hid id)
{
	return id < SIP_HDR_OTHER && names[id].list;
}

/* The text between quotes; the reader stands on the first one. */
static bool read_quoted(struct scan *s, struct str *out)
{
	const char *from;

	if (!scan_char(s, '"'))
		return false;
	from = s->p;
	while (s->p < s->end && *s->p != '"')
		s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : 1;
	*out = str_pl(from, (size_t)(s->p - from));
	return scan_char(s, '"');
}

static bool read_value(struct scan *s)
{
	struct str v;

	if (scan_peek(s) == '"')
		return read_quoted(s, &v);
	return scan_run(s, value_chars, 1, &v);
}

/* *( SEMI token [ EQUAL value ] ) up to the end */
static bool read_params(struct scan *s, struct str *params)
{
	struct str name;

	scan_lws(s);
	if (scan_eof(s))
		return !s->failed;
	if (!scan_char(s, ';'))
		return false;
	*params = scan_rest(s);
	for (;;) {
		scan_lws(s);
		if (!scan_run(s, sip_token_chars, 1, &name))
			return false;
		scan_lws(s);
		if (scan_opt(s, '=')) {
			scan_lws(s);
			if (!read_value(s))
				return false;
			scan_lws(s);
		}
		if (scan_eof(s))
			return !s->failed;
		if (!scan_char(s, ';'))
			return false;
	}
}

static bool read_slash(struct scan *s)
{
	scan_lws(s);
	if (!scan_char(s, '/'))
		return false;
	scan_lws(s);
	return true;
}

static bool read_sent_by(struct scan *s, struct sip_via *v)
{
	uint32_t port;

	if (scan_opt(s, '[')) {
		struct addr a;

		if (!scan_until(s, ']', &v->host) || !scan_char(s, ']') ||
		    addr_parse_ip(&a, v->host))
			return false;
	} else if (!scan_run(s, sent_by_chars, 1, &v->host)) {
		return false;
	}
	scan_lws(s);
	if (!scan_opt(s, ':'))
		return true;
	scan_lws(s);
	if (!scan_u32(s, 65535, &port))
		return false;
	v->port = (uint16_t)port;
	return true;
}

static int read_via_params(struct sip_via *v)
{
	struct str rest = v->params, name, val;

	while (sip_param_next(&rest, &name, &val)) {
		if (str_ieqz(name, "branch")) {
			v->branch = val;
		} else if (str_ieqz(name, "received")) {
			if (val.l > 1 && val.p[0] == '[')
				val = str_sub(val, 1, val.l - 2);
			if (addr_parse_ip(&v->received, val))
				return EBADMSG;
		} else if (str_ieqz(name, "rport")) {
			uint32_t n = 0;

			v->has_rport = true;
			if (!str_is_empty(val) && str_u32(&n, val, 65535))
				return EBADMSG;
			v->rport = (uint16_t)n;
		}
	}
	return 0;
}

int sip_via_parse(struct sip_via *vp, struct str text)
{
	struct sip_via v = { .raw = text };
	struct scan s = scan_of(text);
	struct str proto, version;

	if (!scan_run(&s, sip_token_chars, 1, &proto) || !read_slash(&s) ||
	    !scan_run(&s, sip_token_chars, 1, &version) || !read_slash(&s) ||
	    !scan_run(&s, sip_token_chars, 1, &v.transport) ||
	    scan_lws(&s) == 0 || !str_ieqz(proto, "SIP") ||
	    !str_eqz(version, "2.0") || !read_sent_by(&s, &v) ||
	    !read_params(&s, &v.params) || read_via_params(&v))
		return EBADMSG;
	*vp = v;
	return 0;
}

/* The part before '<'; the reader then stands on it. */
static bool read_dname(struct scan *s, struct sip_addr *a)
{
	if (scan_peek(s) == '"') {
		if (!read_quoted(s, &a->dname))
			return false;
		scan_lws(s);
	} else if (scan_run(s, dname_chars, 0, &a->dname)) {
		a->dname = str_trim(a->dname);
	}
	return scan_peek(s) == '<';
}

int sip_addr_parse(struct sip_addr *ap, struct str text)
{
	struct sip_addr a = { .raw = text };
	struct scan s = scan_of(text);
	struct str uri;
	bool angle = scan_peek(&s) == '"' || str_chr(text, '<') >= 0;

	if (angle) {
		if (!read_dname(&s, &a) || !scan_char(&s, '<') ||
		    !scan_until(&s, '>', &uri) || !scan_char(&s, '>'))
			return EBADMSG;
	} else {
		/* addr-spec: what follows ';' belongs to the header field */
		const char *from = s.p;

		while (s.p < s.end && *s.p != ';' && *s.p != ' ' &&
		       *s.p != '\t')
			s.p++;
		uri = str_pl(from, (size_t)(s.p - from));
	}
	if (sip_uri_parse(&a.uri, uri) || !read_params(&s, &a.params))
		return EBADMSG;
	if (!angle && (!str_is_empty(a.uri.headers) ||
		       str_chr(uri, '?') >= 0 || str_chr(uri, ',') >= 0))
		return EBADMSG;
	(void)sip_param(a.params, "tag", &a.tag);
	*ap = a;
	return 0;
}

int sip_cseq_parse(struct sip_cseq *cp, struct str text)
{
	struct scan s = scan_of(text);
	struct sip_cseq c;

	/* RFC 3261 section 8.1.1.5: less than 2^31 */
	if (!scan_u32(&s, 0x7fffffff, &c.num) || scan_lws(&s) == 0 ||
	    !scan_run(&s, sip_token_chars, 1, &c.method) || !scan_eof(&s))
		return EBADMSG;
	*cp = c;
	return 0;
}

int sip_num_parse(uint32_t *n, struct str text)
{
	size_t i = 0;

	while (i < text.l && text.p[i] >= '0' && text.p[i] <= '9')
		i++;
	if (i == 0 || (i < text.l && !strchr(" \t;(", text.p[i])))
		return EBADMSG;
	return str_u32(n, str_sub(text, 0, i), UINT32_MAX);
}

void sip_addr_name(char *out, size_t cap, const struct sip_addr *a)
{
	size_t n = 0, i;

	for (i = 0; i < a->dname.l && n + 1 < cap; i++) {
		if (a->dname.p[i] == '\\' && i + 1 < a->dname.l)
			i++;
		if (a->dname.p[i])
			out[n++] = a->dname.p[i];
	}
	/* when cut: no half of a UTF-8 character at the end */
	if (i < a->dname.l) {
		while (n && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
			n--;
		if (n && (unsigned char)out[n - 1] >= 0xc0)
			n--;
	}
	out[n] = '\0';
}

void sip_add_quoted(struct buf *b, struct str s)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.l; i++) {
		char c = s.p[i];

		if (c == '"' || c == '\\')
			buf_addc(b, '\\');
		/* no control byte gets out: CRLF would forge a header */
		buf_addc(b, (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c);
	}
	buf_addc(b, '"');
}

bool sip_list_has(struct str list, const char *tok)
{
	while (!str_is_empty(list)) {
		struct str one;

		(void)str_cut(list, ',', &one, &list);
		if (str_ieqz(str_trim(one), tok))
			return true;
	}
	return false;
}

bool sip_type_is(struct str content_type, const char *type)
{
	struct str head, tail;

	(void)str_cut(content_type, ';', &head, &tail);
	return str_ieqz(str_trim(head), type);
}
