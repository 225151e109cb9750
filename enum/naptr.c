/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAPTR evaluation for ENUM: RFC 3402 (substitution), RFC 3403 (order,
 * preference), RFC 6116 (enumservices, flags). Pure.
 */
#include <string.h>

#include "base/utf8.h"
#include "enum/naptr.h"

/* Substitution expressions --------------------------------------------- */

struct subst {
	struct str ere, repl;
	char       delim;
	bool       icase;
};

/* The part up to the next delimiter that is not escaped. */
static bool part(struct str *rest, char delim, struct str *out)
{
	for (size_t i = 0; i < rest->l; i++) {
		if (rest->p[i] == '\\') {
			i++;
			continue;
		}
		if (rest->p[i] == delim) {
			*out = str_sub(*rest, 0, i);
			*rest = str_sub(*rest, i + 1, rest->l);
			return true;
		}
	}
	return false;
}

static int subst_split(struct subst *s, struct str expr, const char **why)
{
	struct str rest = str_sub(expr, 1, expr.l);

	s->delim = expr.l > 0 ? expr.p[0] : '\\';
	s->icase = false;
	if (expr.l == 0) {
		*why = "no expression";
		return EBADMSG;
	}
	/* RFC 3402, 3.2: no digit, no flag, and not the escape itself */
	if (s->delim == '\\' || s->delim == 'i' || s->delim == 'I' ||
	    (s->delim >= '0' && s->delim <= '9')) {
		*why = "delimiter is not allowed";
		return EBADMSG;
	}
	if (!part(&rest, s->delim, &s->ere) ||
	    !part(&rest, s->delim, &s->repl)) {
		*why = "delimiter is missing";
		return EBADMSG;
	}
	for (size_t i = 0; i < rest.l; i++) {
		if (str_lower(rest.p[i]) != 'i') {
			*why = "unknown flag of the expression";
			return EBADMSG;
		}
		s->icase = true;
	}
	return 0;
}

/* The ERE without the escapes that only protect the delimiter. If that is
 * a special character of EREs, its escape stays: it means itself. */
static int subst_compile(struct ere *re, const struct subst *s,
			 const char **why)
{
	char buf[ERE_PATTERN_MAX];
	size_t n = 0;
	bool drop = !strchr(".[]()*+?{}|^$", s->delim);

	if (s->ere.l > sizeof(buf)) {
		*why = "expression is too long";
		return EBADMSG;
	}
	for (size_t i = 0; i < s->ere.l; i++) {
		bool pair = s->ere.p[i] == '\\' && i + 1 < s->ere.l;

		if (pair && !(drop && s->ere.p[i + 1] == s->delim))
			buf[n++] = s->ere.p[i];
		if (pair)
			i++;
		buf[n++] = s->ere.p[i];
	}
	return ere_compile(re, str_pl(buf, n), s->icase, why);
}

/* The piece of text that stands for repl[*i]; *i moves to its last byte. */
static int subst_piece(struct str *out, const struct subst *s, size_t *i,
		       const struct str group[ERE_GROUPS], unsigned n_groups,
		       const char **why)
{
	unsigned no;

	*out = str_sub(s->repl, *i, 1);
	if (out->p[0] != '\\')
		return 0;
	if (++*i == s->repl.l) {
		*why = "backslash at the end of the replacement";
		return EBADMSG;
	}
	*out = str_sub(s->repl, *i, 1);
	if (out->p[0] < '0' || out->p[0] > '9')
		return 0;
	no = (unsigned)(out->p[0] - '0');
	if (no == 0 || no > n_groups) {
		*why = "reference to a group that is not there";
		return EBADMSG;
	}
	*out = group[no];
	return 0;
}

static int subst_expand(char *out, size_t cap, const struct subst *s,
			const struct str group[ERE_GROUPS],
			unsigned n_groups, const char **why)
{
	size_t n = 0;

	for (size_t i = 0; i < s->repl.l; i++) {
		struct str piece;
		int err = subst_piece(&piece, s, &i, group, n_groups, why);

		if (err)
			return err;
		if (piece.l >= cap - n)
			return ENAMETOOLONG;
		if (piece.l > 0)
			memcpy(out + n, piece.p, piece.l);
		n += piece.l;
	}
	out[n] = '\0';
	return 0;
}

/* A replacement is good or bad whatever the number is. */
static int subst_check(const struct subst *s, unsigned n_groups,
		       const char **why)
{
	const struct str none[ERE_GROUPS] = { STR_NULL };
	struct str piece;
	int err = 0;

	for (size_t i = 0; !err && i < s->repl.l; i++)
		err = subst_piece(&piece, s, &i, none, n_groups, why);
	return err;
}

int naptr_substitute(char *out, size_t cap, struct str expr, struct str key,
		     const char **why)
{
	struct str group[ERE_GROUPS];
	struct subst s;
	struct ere re;
	int err;

	err = subst_split(&s, expr, why);
	if (!err)
		err = subst_compile(&re, &s, why);
	if (!err)
		err = subst_check(&s, re.n_groups, why);
	if (err)
		return err;
	if (!ere_match(&re, key, group))
		return ENOENT;
	return subst_expand(out, cap, &s, group, re.n_groups, why);
}

/* Enumservices ---------------------------------------------------------- */

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.l; i++) {
		char c = str_lower(s.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != ':')
			return false;
	}
	return s.l > 0 && s.p[0] != ':' && s.p[s.l - 1] != ':';
}

static unsigned service_of(struct str s)
{
	struct str type, sub;
	bool bare = !str_cut(s, ':', &type, &sub);
	bool call = bare || str_ieqz(sub, "sip") || str_ieqz(sub, "tel") ||
		    str_ieqz(sub, "sips");

	if (str_ieqz(type, "sip") || str_ieqz(type, "sips"))
		return NAPTR_SIP;
	if (str_ieqz(type, "voice") && call)
		return NAPTR_VOICE;
	if (str_ieqz(type, "tel") && bare)      /* RFC 2916 */
		return NAPTR_VOICE;
	if (str_ieqz(type, "pstn") && call && !bare)
		return NAPTR_PSTN;
	if (str_ieqz(type, "void") || str_ieqz(type, "unused"))
		return NAPTR_VOID;
	if (str_ieqz(type, "cnam") ||
	    (str_ieqz(type, "pstndata") && str_ieqz(sub, "cnam")))
		return NAPTR_CNAM;
	return 0;
}

bool naptr_services(struct str field, unsigned *mask)
{
	struct str head, rest = field;
	unsigned n = 0, n_e2u = 0;
	bool more = true, private = false;

	*mask = 0;
	while (more) {
		more = str_cut(rest, '+', &head, &rest);
		head = str_trim(head);
		/* first today, last in RFC 2916 */
		if (str_ieqz(head, "E2U") && (n == 0 || !more)) {
			n_e2u++;
			continue;
		}
		if (!is_token(head))
			return false;
		/* of somebody's own network (RFC 6116, 3.4.3.1) */
		private |= str_istarts(head, "P-");
		*mask |= service_of(head);
		n++;
	}
	if (private)
		*mask = 0;
	return n_e2u == 1 && n > 0;
}

/* Results --------------------------------------------------------------- */

/* Fit to be written into a SIP message: no blank, control, quote, angle
 * bracket or broken UTF-8. */
static bool is_printable(struct str s)
{
	static const bool unfit[128] = {
		[0 ... ' '] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1,
		['#'] = 1,      /* no fragment: RFC 6116, 3.3 */
		['\\'] = 1, ['^'] = 1, ['`'] = 1, ['{' ... '}'] = 1,
		[0x7f] = 1,
	};
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;

	for (size_t i = 0; i < s.l; i += n) {
		n = p[i] < 0x80 ? !unfit[p[i]] : utf8_len(p + i, s.l - i);
		if (n == 0)
			return false;
	}
	return true;
}

static bool has_scheme(struct str uri, struct str *scheme)
{
	struct str rest;

	if (!str_cut(uri, ':', scheme, &rest) || scheme->l == 0 ||
	    rest.l == 0)
		return false;
	for (size_t i = 0; i < scheme->l; i++) {
		char c = str_lower(scheme->p[i]);

		if (!(c >= 'a' && c <= 'z') &&
		    (i == 0 || (!(c >= '0' && c <= '9') && c != '+' &&
				c != '-' && c != '.')))
			return false;
	}
	return true;
}

static void verdict(struct naptr_verdict *v, enum naptr_use use,
		    const char *why)
{
	v->use = use;
	v->why = why;
}

static bool is_dialled(struct str scheme)
{
	return str_ieqz(scheme, "sip") || str_ieqz(scheme, "sips") ||
	       str_ieqz(scheme, "tel");
}

/* URIs are of ASCII only: other characters become %C3%BC (RFC 5483, 2.1.1.1
 * and RFC 3987, 3.1). False: no room. */
static bool escape_utf8(char uri[NAPTR_URI_MAX])
{
	size_t n = strlen(uri), to, high = 0;

	for (size_t i = 0; i < n; i++)
		high += (unsigned char)uri[i] >= 0x80;
	if (n + 2 * high >= NAPTR_URI_MAX)
		return false;
	to = n + 2 * high + 1;
	for (size_t i = n + 1; high > 0 && i-- > 0;) {
		unsigned char c = (unsigned char)uri[i];

		if (c < 0x80) {
			uri[--to] = (char)c;
			continue;
		}
		uri[--to] = "0123456789ABCDEF"[c & 15];
		uri[--to] = "0123456789ABCDEF"[c >> 4];
		uri[--to] = '%';
	}
	return true;
}

static void judge_dialled(struct naptr_verdict *v,
			  const struct naptr_wish *wish)
{
	const char *why = NULL;

	if (!escape_utf8(v->uri)) {
		verdict(v, NAPTR_BAD, "result is too long");
		v->uri[0] = '\0';
		return;
	}
	if (wish->filter)
		why = wish->filter(v->uri, wish->arg);
	verdict(v, why ? NAPTR_REFUSED : NAPTR_USED, why ? why : "fits");
}

/* The URI is there: what does it mean for who asks? */
static void judge_uri(struct naptr_verdict *v, const struct naptr_wish *wish)
{
	unsigned fit = v->service & wish->services;
	struct str scheme, uri = str_z(v->uri);

	if (!is_printable(uri) || !has_scheme(uri, &scheme)) {
		verdict(v, NAPTR_BAD, "result is not a URI");
		v->uri[0] = '\0';
	} else if (!fit) {
		verdict(v, NAPTR_SHOWN, v->service ?
			"service not wanted here" : "service is not for calls");
	} else if ((fit & NAPTR_ALL) && is_dialled(scheme)) {
		judge_dialled(v, wish);
	} else if (fit & NAPTR_CNAM) {
		verdict(v, NAPTR_USED, "a name");
	} else if (fit & NAPTR_VOID) {
		verdict(v, NAPTR_VACANT, "number is not allocated");
	} else {
		verdict(v, NAPTR_SHOWN, "scheme is not for calls");
	}
}

static void judge_terminal(struct naptr_verdict *v, struct str key,
			   const struct naptr_wish *wish)
{
	const struct dns_naptr *rr = v->rr;
	const char *why = NULL;

	if (rr->replacement[0]) {
		verdict(v, NAPTR_BAD, "terminal, but has a replacement");
		return;
	}
	if (!naptr_services(rr->services, &v->service)) {
		verdict(v, NAPTR_BAD, "no E2U service");
		return;
	}
	switch (naptr_substitute(v->uri, sizeof(v->uri), rr->regexp, key,
				 &why)) {
	case 0:
		judge_uri(v, wish);
		break;
	case ENOENT:
		verdict(v, NAPTR_NO_MATCH, "expression does not match");
		break;
	case ENAMETOOLONG:
		verdict(v, NAPTR_BAD, "result is too long");
		v->uri[0] = '\0';
		break;
	default:
		verdict(v, NAPTR_BAD, why);
		v->uri[0] = '\0';
	}
}

/* RFC 3404 gives "a", "s" and "p" a meaning, RFC 6116 does not. */
static const char *flag_trouble(struct str flags)
{
	bool known = flags.l == 1 && strchr("asp", str_lower(flags.p[0]));

	return known ? "flag has no meaning in ENUM" : "flag is not \"u\"";
}

static void judge(struct naptr_verdict *v, struct str key,
		  const struct naptr_wish *wish)
{
	const struct dns_naptr *rr = v->rr;

	v->service = 0;
	v->uri[0] = '\0';
	if (str_ieqz(rr->flags, "u"))
		judge_terminal(v, key, wish);
	else if (rr->flags.l > 0)
		verdict(v, NAPTR_BAD, flag_trouble(rr->flags));
	else if (!rr->replacement[0])
		verdict(v, NAPTR_BAD, "non-terminal without replacement");
	else
		verdict(v, NAPTR_FOLLOW, "non-terminal");
}

static bool comes_before(const struct dns_naptr *a, const struct dns_naptr *b)
{
	if (a->order != b->order)
		return a->order < b->order;
	return a->preference < b->preference;
}

/* The first NAPTR_REGARDED of the set, sorted; stable. */
static unsigned sort(struct naptr_verdict *v, const struct dns_rrset *set)
{
	unsigned n = 0;

	for (unsigned i = 0; i < set->n; i++) {
		const struct dns_naptr *rr = &set->v[i].naptr;
		unsigned at = n < NAPTR_REGARDED ? n : NAPTR_REGARDED;

		while (at > 0 && comes_before(rr, v[at - 1].rr))
			at--;
		if (at == NAPTR_REGARDED)
			continue;
		if (n < NAPTR_REGARDED)
			n++;
		for (unsigned k = n - 1; k > at; k--)
			v[k].rr = v[k - 1].rr;
		v[at].rr = rr;
	}
	return n;
}

void naptr_eval(struct naptr_verdicts *out, const char *e164,
		const struct dns_rrset *set, const struct naptr_wish *wish)
{
	bool settled = false;
	unsigned order = 0;

	out->n = sort(out->v, set);
	out->n_bad = 0;
	for (unsigned i = 0; i < out->n; i++) {
		struct naptr_verdict *v = &out->v[i];

		if (settled && v->rr->order != order) {
			v->service = 0;
			v->uri[0] = '\0';
			verdict(v, NAPTR_LATER, "a lower order was usable");
			continue;
		}
		judge(v, str_z(e164), wish);
		if (v->use == NAPTR_BAD)
			out->n_bad++;
		if (v->use == NAPTR_USED || v->use == NAPTR_VACANT) {
			settled = true;
			order = v->rr->order;
		}
	}
}

const char *naptr_use_name(enum naptr_use u)
{
	static const char *const names[] = {
		[NAPTR_USED] = "used", [NAPTR_VACANT] = "not allocated",
		[NAPTR_FOLLOW] = "followed", [NAPTR_REFUSED] = "refused",
		[NAPTR_SHOWN] = "not for calls", [NAPTR_LATER] = "not reached",
		[NAPTR_NO_MATCH] = "no match", [NAPTR_BAD] = "bad",
	};

	return names[u];
}
