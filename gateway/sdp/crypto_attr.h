/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SDES, the a=crypto attribute (RFC 4568, RFC 6188, RFC 7714): suites and
 * keys as text. Keys are never logged.
 */
#ifndef GATEWAY_SDP_CRYPTO_ATTR_H
#define GATEWAY_SDP_CRYPTO_ATTR_H

#include "base/buf.h"
#include "base/str.h"

enum crypto_suite {
	CRYPTO_NONE,
	CRYPTO_AES_CM_128_HMAC_SHA1_80,
	CRYPTO_AES_CM_128_HMAC_SHA1_32,
	CRYPTO_AES_256_CM_HMAC_SHA1_80,
	CRYPTO_AES_256_CM_HMAC_SHA1_32,
	CRYPTO_AEAD_AES_128_GCM,
	CRYPTO_AEAD_AES_256_GCM,
	CRYPTO_N_SUITES
};

enum { CRYPTO_KEY_MAX = 46 };

/* Master key and salt, one after the other, as SRTP libraries take them. */
struct crypto_key {
	enum crypto_suite suite;
	uint32_t          tag;          /* 1..999999999 */
	uint8_t           key[CRYPTO_KEY_MAX];
	uint8_t           len;          /* of key and salt together */
};

/* "AES_CM_128_HMAC_SHA1_80"; "none". */
const char *crypto_suite_name(enum crypto_suite s);
/* CRYPTO_NONE: unknown. The case of letters does not count. */
enum crypto_suite crypto_suite_find(struct str name);
/* Bytes of master key and salt together. */
size_t crypto_suite_key_len(enum crypto_suite s);

/* A fresh random key for the suite. */
void crypto_key_make(struct crypto_key *k, enum crypto_suite s, uint32_t tag);

/* Reads the value of a=crypto: "1 SUITE inline:KEY|2^31|1:4". EBADMSG:
 * malformed. ENOTSUP: well formed, but a suite, key method, MKI or session
 * parameter that is not supported; another line may be. */
int crypto_attr_parse(struct crypto_key *k, struct str value) MUST_CHECK;
/* Writes "a=crypto:TAG SUITE inline:KEY" with CRLF. */
void crypto_attr_print(struct buf *out, const struct crypto_key *k);

/* Base64 (RFC 4648) of n bytes, padded. */
void crypto_attr_base64(struct buf *out, const uint8_t *p, size_t n);
/* Decodes; padding may be missing. EBADMSG; EMSGSIZE: over cap bytes. */
int crypto_attr_unbase64(uint8_t *out, size_t cap, size_t *len,
			 struct str s) MUST_CHECK;

#endif
