/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SDES: the a=crypto attribute, RFC 4568. The grammar of its value:
 *
 *	tag SP suite SP key-params *(SP session-param)
 *	key-params = "inline:" key||salt ["|" lifetime] ["|" MKI ":" length]
 */
#include "gateway/sdp/crypto_attr.h"

#include <string.h>

#include "base/rand.h"
#include "base/scan.h"

struct suite {
	const char *name;
	uint8_t     key, salt;  /* bytes */
};

static const struct suite suites[CRYPTO_N_SUITES] = {
	[CRYPTO_NONE]                    = { "none", 0, 0 },
	/* RFC 4568 section 6.2 */
	[CRYPTO_AES_CM_128_HMAC_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80",
					     16, 14 },
	[CRYPTO_AES_CM_128_HMAC_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32",
					     16, 14 },
	/* RFC 6188 section 4 */
	[CRYPTO_AES_256_CM_HMAC_SHA1_80] = { "AES_256_CM_HMAC_SHA1_80",
					     32, 14 },
	[CRYPTO_AES_256_CM_HMAC_SHA1_32] = { "AES_256_CM_HMAC_SHA1_32",
					     32, 14 },
	/* RFC 7714 section 14.2 */
	[CRYPTO_AEAD_AES_128_GCM]        = { "AEAD_AES_128_GCM", 16, 12 },
	[CRYPTO_AEAD_AES_256_GCM]        = { "AEAD_AES_256_GCM", 32, 12 },
};

static const char base64_chars[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const char *crypto_suite_name(enum crypto_suite s)
{
	return suites[s < CRYPTO_N_SUITES ? s : CRYPTO_NONE].name;
}

enum crypto_suite crypto_suite_find(struct str name)
{
	for (int i = CRYPTO_NONE + 1; i < CRYPTO_N_SUITES; i++)
		if (str_ieqz(name, suites[i].name))
			return (enum crypto_suite)i;
	/* the spelling of RFC 6188 section 4.1 before its erratum */
	if (str_ieqz(name, "AES_CM_256_HMAC_SHA1_80"))
		return CRYPTO_AES_256_CM_HMAC_SHA1_80;
	return CRYPTO_NONE;
}

size_t crypto_suite_key_len(enum crypto_suite s)
{
	return s < CRYPTO_N_SUITES ? suites[s].key + suites[s].salt : 0u;
}

void crypto_key_make(struct crypto_key *k, enum crypto_suite s, uint32_t tag)
{
	*k = (struct crypto_key){ .suite = s, .tag = tag };
	k->len = (uint8_t)crypto_suite_key_len(s);
	rand_bytes(k->key, k->len);
}

void crypto_attr_base64(struct buf *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t   left = n - i;
		uint32_t v = (uint32_t)p[i] << 16;

		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		buf_addc(out, base64_chars[v >> 18]);
		buf_addc(out, base64_chars[v >> 12 & 63]);
		buf_addc(out, left > 1 ? base64_chars[v >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? base64_chars[v & 63] : '=');
	}
}

static int base64_value(char c)
{
	const char *at = c ? memchr(base64_chars, c, 64) : NULL;

	return at ? (int)(at - base64_chars) : -1;
}

int crypto_attr_unbase64(uint8_t *out, size_t cap, size_t *len, struct str s)
{
	size_t   n = 0, pad = 0;
	uint32_t v = 0, bits = 0;

	while (pad < 2 && s.l && s.p[s.l - 1] == '=') {
		s.l--;
		pad++;
	}
	if (pad && (s.l + pad) % 4)
		return EBADMSG;
	if (s.l % 4 == 1)
		return EBADMSG;
	if (s.l / 4 * 3 + (s.l % 4 ? s.l % 4 - 1 : 0) > cap)
		return EMSGSIZE;
	for (size_t i = 0; i < s.l; i++) {
		int d = base64_value(s.p[i]);

		if (d < 0)
			return EBADMSG;
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(v >> bits);
		}
	}
	/* the bits left over must be zero: one text for each key */
	if (v & ((1u << bits) - 1))
		return EBADMSG;
	*len = n;
	return 0;
}

/* lifetime = ["2^"] 1*DIGIT; the rekeying it asks for comes with a new
 * offer of theirs, so that it is only checked. */
static bool is_lifetime(struct str s)
{
	uint64_t n;

	if (str_starts(s, "2^"))
		return str_u64(&n, str_sub(s, 2, s.l), 48) == 0;
	return str_u64(&n, s, UINT64_C(1) << 48) == 0;
}

static int read_inline(struct crypto_key *k, struct str s)
{
	struct str key, rest, field;
	size_t     len;
	bool       more = str_cut(s, '|', &key, &rest);
	int        err;

	err = crypto_attr_unbase64(k->key, sizeof(k->key), &len, key);
	if (err)
		return EBADMSG;
	if (len != crypto_suite_key_len(k->suite))
		return EBADMSG;
	k->len = (uint8_t)len;
	if (!more)
		return 0;
	more = str_cut(rest, '|', &field, &rest);
	if (str_chr(field, ':') >= 0)
		return more ? EBADMSG : ENOTSUP;        /* an MKI */
	if (!is_lifetime(field))
		return EBADMSG;
	return more ? ENOTSUP : 0;
}

/* Window size hints are free to be ignored; anything else changes the
 * packets (RFC 4568 section 6.3). */
static bool is_harmless_param(struct str s)
{
	return str_istarts(s, "WSH=");
}

static int read_params(struct crypto_key *k, struct scan *s)
{
	struct str key, param;
	int        err = 0;

	if (!str_cut(scan_rest(s), ' ', &key, &param))
		param = STR_NULL;
	if (str_chr(key, ';') >= 0 || !str_istarts(key, "inline:"))
		return ENOTSUP;         /* several keys, another method */
	err = read_inline(k, str_sub(key, 7, key.l));
	while (!err && param.l) {
		struct str one;

		param = str_trim(param);
		(void)str_cut(param, ' ', &one, &param); /* last has no SP */
		if (one.l && !is_harmless_param(one))
			err = ENOTSUP;
	}
	return err;
}

int crypto_attr_parse(struct crypto_key *k, struct str value)
{
	struct scan       s = scan_of(str_trim(value));
	struct str        name;
	struct crypto_key got = { .suite = CRYPTO_NONE };
	int               err;

	if (!scan_u32(&s, 999999999, &got.tag) || !scan_blanks(&s) ||
	    !scan_until(&s, ' ', &name) || !name.l || !scan_blanks(&s))
		return EBADMSG;
	got.suite = crypto_suite_find(name);
	if (got.suite == CRYPTO_NONE)
		return ENOTSUP;
	err = read_params(&got, &s);
	if (!err)
		*k = got;
	return err;
}

void crypto_attr_print(struct buf *out, const struct crypto_key *k)
{
	buf_addf(out, "a=crypto:%u %s inline:", (unsigned)k->tag,
		 crypto_suite_name(k->suite));
	crypto_attr_base64(out, k->key, k->len);
	buf_addz(out, "\r\n");
}
