/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digest authentication (RFC 7616, RFC 8760), both sides. A nonce is
 * "time random mac"; the mac covers the address that was asked, so that a
 * nonce that comes back shows that its sender hears us. The server keeps no
 * state but a small table of the last counts (nc) seen, against replays.
 * OpenSSL's digests.
 */
#include "gateway/sip/auth.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "base/rand.h"

enum {
	HEX_MAX      = 65,      /* SHA-256 in hex and the NUL */
	NONCE_SEEN   = 4096,    /* nonces whose counts are remembered */
	SECRET_BYTES = 32,
	NONCE_HEX    = 48,      /* 8 time, 24 random, 16 mac */
};

struct nonce_seen {
	uint64_t id;
	uint32_t made;          /* seconds of our clock */
	uint32_t nc;            /* the last count; 0: not used yet */
};

struct auth_server {
	struct loop      *loop;
	uint8_t           secret[SECRET_BYTES];
	uint32_t          nonce_s;
	struct nonce_seen seen[NONCE_SEEN];
	char              realm[];
};

/* What a Digest header line says; views into it. */
struct digest {
	struct str user, realm, nonce, uri, response, algorithm, cnonce, nc,
		   qop, opaque, stale;
};

/* --- grammar ----------------------------------------------------------- */

static bool token_byte(int c)
{
	return c >= 0 && sip_token_chars[c];
}

/* One "name=value" or "name=\"value\"" and the comma behind it. */
static bool next_param(struct scan *s, struct str *name, struct str *val)
{
	const char *p;

	scan_lws(s);
	while (scan_opt(s, ','))
		scan_lws(s);
	p = s->p;
	while (token_byte(scan_peek(s)))
		scan_skip(s, 1);
	*name = str_pl(p, (size_t)(s->p - p));
	scan_lws(s);
	if (!name->l || !scan_char(s, '='))
		return false;
	scan_lws(s);
	if (scan_opt(s, '"')) {
		p = s->p;
		while (!scan_eof(s) && scan_peek(s) != '"')
			scan_skip(s, scan_peek(s) == '\\' ? 2 : 1);
		*val = str_pl(p, (size_t)(s->p - p));
		return scan_char(s, '"');
	}
	p = s->p;
	while (token_byte(scan_peek(s)))
		scan_skip(s, 1);
	*val = str_pl(p, (size_t)(s->p - p));
	return true;
}

static const struct {
	const char *name;
	size_t      offset;
} digest_params[] = {
	{ "username",  offsetof(struct digest, user) },
	{ "realm",     offsetof(struct digest, realm) },
	{ "nonce",     offsetof(struct digest, nonce) },
	{ "uri",       offsetof(struct digest, uri) },
	{ "response",  offsetof(struct digest, response) },
	{ "algorithm", offsetof(struct digest, algorithm) },
	{ "cnonce",    offsetof(struct digest, cnonce) },
	{ "nc",        offsetof(struct digest, nc) },
	{ "qop",       offsetof(struct digest, qop) },
	{ "opaque",    offsetof(struct digest, opaque) },
	{ "stale",     offsetof(struct digest, stale) },
};

/* ENOENT: another scheme than Digest. */
static int parse_digest(struct digest *d, struct str line)
{
	struct scan s = scan_of(line);
	struct str name, val;

	memset(d, 0, sizeof(*d));
	if (!scan_ilit(&s, "digest") || !scan_lws(&s))
		return ENOENT;
	while (!scan_eof(&s)) {
		if (!next_param(&s, &name, &val))
			return EBADMSG;
		for (size_t i = 0; i < sizeof(digest_params) /
					       sizeof(digest_params[0]); i++)
			if (str_ieqz(name, digest_params[i].name))
				*(struct str *)(void *)((char *)d +
					digest_params[i].offset) = val;
		scan_lws(&s);
	}
	return s.failed ? EBADMSG : 0;
}

/* --- digests ----------------------------------------------------------- */

static void to_hex(char *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

/* The hash of the strings, joined by colons, in hex. */
static int hash(char out[HEX_MAX], bool sha256, const struct str *parts,
		unsigned n)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf b;
	int err;

	buf_init(&b, 8192);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			buf_addc(&b, ':');
		buf_adds(&b, parts[i]);
	}
	err = b.err;
	if (!err && !EVP_Digest(b.p, b.len, md, &len,
				sha256 ? EVP_sha256() : EVP_md5(), NULL))
		err = ENOMEM;
	if (!err)
		to_hex(out, md, len);
	if (b.p)
		OPENSSL_cleanse(b.p, b.len);
	buf_fini(&b);
	return err;
}

/* RFC 7616 section 3.4.1; without qop that of RFC 2069. */
static int response(char out[HEX_MAX], bool sha256, const struct digest *d,
		    struct str password, struct str method)
{
	char ha1[HEX_MAX], ha2[HEX_MAX];
	const struct str a1[] = { d->user, d->realm, password };
	const struct str a2[] = { method, d->uri };
	int err = hash(ha1, sha256, a1, 3);

	if (!err)
		err = hash(ha2, sha256, a2, 2);
	if (err)
		return err;
	if (d->qop.l) {
		const struct str v[] = { str_z(ha1), d->nonce, d->nc,
					 d->cnonce, d->qop, str_z(ha2) };

		return hash(out, sha256, v, 6);
	}
	return hash(out, sha256,
		    (const struct str[]){ str_z(ha1), d->nonce, str_z(ha2) },
		    3);
}

/* --- server ------------------------------------------------------------ */

static void server_destroy(void *obj)
{
	struct auth_server *a = obj;

	OPENSSL_cleanse(a->secret, sizeof(a->secret));
}

int auth_server_new(struct auth_server **ap, struct loop *l,
		    const char *realm, uint32_t nonce_s)
{
	size_t n = strlen(realm) + 1;
	struct auth_server *a = obj_new(sizeof(*a) + n, server_destroy);

	if (!a)
		return ENOMEM;
	a->loop = l;
	a->nonce_s = nonce_s ? nonce_s : 300;
	memcpy(a->realm, realm, n);
	rand_bytes(a->secret, sizeof(a->secret));
	*ap = a;
	return 0;
}

void auth_server_free(struct auth_server *a)
{
	obj_unref(a);
}

static uint32_t now_s(const struct auth_server *a)
{
	return (uint32_t)(loop_now_us(a->loop) / 1000000);
}

/* The mac over time, random part and address, 16 hex digits. */
static void nonce_mac(const struct auth_server *a, const char *head,
		      const struct addr *src, char out[17])
{
	uint8_t in[NONCE_HEX - 16 + 9] = { 0 }, md[EVP_MAX_MD_SIZE] = { 0 };
	unsigned len = 0;

	memcpy(in, head, NONCE_HEX - 16);
	in[NONCE_HEX - 16] = src->family;
	memcpy(in + NONCE_HEX - 15, src->ip, src->family == AF_INET6 ? 8 : 4);
	HMAC(EVP_sha256(), a->secret, sizeof(a->secret), in, sizeof(in), md,
	     &len);
	to_hex(out, md, 8);
}

static void nonce_make(const struct auth_server *a, const struct addr *src,
		       char out[NONCE_HEX + 1])
{
	uint8_t rnd[12];

	rand_bytes(rnd, sizeof(rnd));
	snprintf(out, 9, "%08x", now_s(a));
	to_hex(out + 8, rnd, sizeof(rnd));
	nonce_mac(a, out, src, out + NONCE_HEX - 16);
}

static bool hex_u32(struct str s, uint32_t *out)
{
	uint32_t v = 0;

	if (!s.l || s.l > 8)
		return false;
	for (size_t i = 0; i < s.l; i++) {
		char c = str_lower(s.p[i]);

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = v;
	return true;
}

/* Ours, for that address, and young enough? *id names it in the table of
 * counts. */
static bool nonce_is_good(const struct auth_server *a, struct str nonce,
			  const struct addr *src, struct nonce_seen *n)
{
	char mac[17];
	uint32_t hi, lo;

	if (nonce.l != NONCE_HEX)
		return false;
	nonce_mac(a, nonce.p, src, mac);
	if (CRYPTO_memcmp(mac, nonce.p + NONCE_HEX - 16, 16))
		return false;
	if (!hex_u32(str_sub(nonce, 0, 8), &n->made) ||
	    !hex_u32(str_sub(nonce, 8, 8), &hi) ||
	    !hex_u32(str_sub(nonce, 16, 8), &lo))
		return false;
	n->id = (uint64_t)hi << 32 | lo;
	return now_s(a) - n->made <= a->nonce_s;
}

/* Counts of one nonce must grow (RFC 7616 section 3.4). Of nonces that share
 * a place the later one has it; the others are stale, as their counts are
 * forgotten. */
static bool count_is_new(struct auth_server *a, const struct nonce_seen *n)
{
	struct nonce_seen *s = &a->seen[n->id % NONCE_SEEN];

	if (!n->nc || (s->id == n->id && n->nc <= s->nc))
		return false;
	if (s->nc && (s->made > n->made ||
		      (s->made == n->made && s->id > n->id)))
		return false;
	*s = *n;
	return true;
}

static bool algorithm_of(const struct digest *d, bool *sha256)
{
	*sha256 = str_ieqz(d->algorithm, "SHA-256");
	return *sha256 || !d->algorithm.l || str_ieqz(d->algorithm, "MD5");
}

/* Our realm's credentials among the header's values. */
static enum auth_result find_credentials(const struct auth_server *a,
					 const struct sip_msg *m,
					 enum sip_hid hid, struct digest *d)
{
	const struct sip_hdr *h;

	for (unsigned i = 0; (h = sip_msg_hdr(m, hid, i)); i++) {
		int err = parse_digest(d, h->val);

		if (err == EBADMSG)
			return AUTH_BAD;
		if (!err && str_eqz(d->realm, a->realm))
			return AUTH_OK;
	}
	return AUTH_NONE;
}

static bool same_response(const char *want, struct str got)
{
	char low[HEX_MAX];

	if (got.l != strlen(want))
		return false;
	for (size_t i = 0; i < got.l; i++)
		low[i] = str_lower(got.p[i]);
	return CRYPTO_memcmp(low, want, got.l) == 0;
}

/* RFC 7616 section 3.4.6: the digest covers its own uri, not the
 * Request-URI. Who relays a challenge to a phone would else call another
 * number with what the phone answers. Only the number has to be the same:
 * phones and proxies write hosts and parameters in many ways. */
static bool is_for_request(const struct digest *d, const struct sip_msg *m)
{
	char asked[256], proven[256] = "";
	struct sip_uri u;

	if (sip_uri_user(asked, sizeof(asked), &m->ruri))
		return false;
	if (!asked[0])
		return true;
	return !sip_uri_parse(&u, d->uri) &&
	       !sip_uri_user(proven, sizeof(proven), &u) &&
	       !strcmp(asked, proven);
}

enum auth_result auth_check(struct auth_server *a, const struct sip_msg *m,
			    bool proxy, auth_password_fn *fn, void *arg,
			    struct str *user)
{
	struct digest d;
	enum auth_result res = find_credentials(
		a, m, proxy ? SIP_HDR_PROXY_AUTHORIZATION
			    : SIP_HDR_AUTHORIZATION, &d);
	const char *password;
	char want[HEX_MAX];
	struct nonce_seen seen = { .nc = 1 };
	bool sha256, heard;

	if (res != AUTH_OK)
		return res;
	if (!algorithm_of(&d, &sha256))
		return AUTH_NONE;
	if (!d.user.l || !d.nonce.l || !d.uri.l || !d.response.l ||
	    (d.qop.l && (!str_ieqz(d.qop, "auth") || !d.cnonce.l ||
			 !hex_u32(d.nc, &seen.nc))) || !is_for_request(&d, m))
		return AUTH_BAD;
	password = fn(d.user, arg);
	/* an unknown user costs the same time as a wrong password */
	if (response(want, sha256, &d, str_z(password ? password : "?"),
		     m->method_name))
		return AUTH_NONE;
	heard = nonce_is_good(a, d.nonce, &m->src, &seen);
	if (!same_response(want, d.response) || !password)
		return heard ? AUTH_WRONG : AUTH_GUESS;
	if (!heard || !count_is_new(a, &seen))
		return AUTH_STALE;
	if (user)
		*user = d.user;
	return AUTH_OK;
}

void auth_challenge(struct auth_server *a, struct buf *lines,
		    const struct sip_msg *req, bool proxy, bool stale,
		    unsigned which)
{
	static const char *const algorithms[] = { "SHA-256", "MD5" };
	char nonce[NONCE_HEX + 1];

	nonce_make(a, &req->src, nonce);
	for (unsigned i = 0; i < 2; i++) {
		if (!(which & 1u << i))
			continue;
		buf_addf(lines, "%s-Authenticate: Digest realm=",
			 proxy ? "Proxy" : "WWW");
		sip_add_quoted(lines, str_z(a->realm));
		buf_addf(lines, ", nonce=\"%s\", qop=\"auth\", algorithm=%s%s"
			 "\r\n", nonce, algorithms[i],
			 stale ? ", stale=true" : "");
	}
}

/* --- client ------------------------------------------------------------ */

static bool offers_auth(struct str qop)
{
	struct str one;

	while (qop.l) {
		str_cut(qop, ',', &one, &qop);
		if (str_ieqz(str_trim(one), "auth"))
			return true;
	}
	return false;
}

/* Stronger than what was found so far, and one we can answer? */
static bool is_better(const struct digest *d, bool have, bool have_sha256)
{
	bool sha256;

	if (!algorithm_of(d, &sha256) || !d->realm.l || !d->nonce.l)
		return false;
	if (d->qop.l && !offers_auth(d->qop))
		return false;
	return !have || (sha256 && !have_sha256);
}

static int find_challenge(struct digest *best, bool *sha256,
			  const struct sip_msg *resp, enum sip_hid hid)
{
	const struct sip_hdr *h;
	bool have = false;

	for (unsigned i = 0; (h = sip_msg_hdr(resp, hid, i)); i++) {
		struct digest d;

		if (parse_digest(&d, h->val) || !is_better(&d, have, *sha256))
			continue;
		*best = d;
		(void)algorithm_of(&d, sha256);
		have = true;
	}
	return have ? 0 : ENOTSUP;
}

int auth_client_take(struct auth_client *c, const struct sip_msg *resp)
{
	bool proxy = resp->status == 407, sha256 = false;
	struct digest d = { .qop = STR_NULL };
	int err;

	err = find_challenge(&d, &sha256, resp,
			     proxy ? SIP_HDR_PROXY_AUTHENTICATE
				   : SIP_HDR_WWW_AUTHENTICATE);
	if (err)
		return err;
	if (!c->user || !c->password || !*c->user)
		return EACCES;
	if (c->have && c->tries && str_eqz(d.realm, c->realm) &&
	    !str_ieqz(d.stale, "true"))
		return EACCES;
	if (c->tries >= 4)      /* a server that finds every nonce stale */
		return EACCES;
	if (str_copy(c->realm, sizeof(c->realm), d.realm) ||
	    str_copy(c->nonce, sizeof(c->nonce), d.nonce) ||
	    str_copy(c->opaque, sizeof(c->opaque), d.opaque))
		return EBADMSG;
	c->proxy = proxy;
	c->sha256 = sha256;
	c->qop = d.qop.l > 0;
	c->have = true;
	c->nc = 0;
	c->tries++;
	return 0;
}

static void add_line(const struct auth_client *c, struct buf *lines,
		     const struct digest *d, const char *resp)
{
	buf_addf(lines, "%s: Digest username=",
		 c->proxy ? "Proxy-Authorization" : "Authorization");
	sip_add_quoted(lines, d->user);
	/* realm, nonce and opaque go back as they came, escapes included */
	buf_addf(lines, ", realm=\"%s\", nonce=\"%s\", uri=\"%.*s\", "
		 "response=\"%s\", algorithm=%s", c->realm, c->nonce,
		 STR_FMT(d->uri), resp, c->sha256 ? "SHA-256" : "MD5");
	if (c->opaque[0])
		buf_addf(lines, ", opaque=\"%s\"", c->opaque);
	if (c->qop)
		buf_addf(lines, ", qop=auth, nc=%.*s, cnonce=\"%.*s\"",
			 STR_FMT(d->nc), STR_FMT(d->cnonce));
	buf_addz(lines, "\r\n");
}

void auth_client_add(struct auth_client *c, struct buf *lines,
		     struct str method, struct str uri)
{
	char nc[9], cnonce[17], resp[HEX_MAX];
	struct digest d = { .uri = uri };
	int err;

	if (!c->have)
		return;
	snprintf(nc, sizeof(nc), "%08x", ++c->nc);
	rand_token(cnonce, sizeof(cnonce));
	d.user = str_z(c->user);
	d.realm = str_z(c->realm);
	d.nonce = str_z(c->nonce);
	d.nc = str_z(nc);
	d.cnonce = str_z(cnonce);
	if (c->qop)
		d.qop = STR_LIT("auth");
	err = response(resp, c->sha256, &d, str_z(c->password), method);
	if (err)
		lines->err = err;
	else
		add_line(c, lines, &d, resp);
}
