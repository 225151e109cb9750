/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sdp/crypto_attr.h"
#include "tests/lib/test.h"

/* RFC 4648 section 10 */
static int test_base64(void)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	struct buf b;
	uint8_t    got[8];
	size_t     n;
	int        err = 0;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buf_reset(&b);
		crypto_attr_base64(&b, (const uint8_t *)pairs[i][0],
				   strlen(pairs[i][0]));
		TRY(b.err);
		CHECK_STR(buf_str(&b), pairs[i][1]);
		TRY(crypto_attr_unbase64(got, sizeof(got), &n, buf_str(&b)));
		CHECK_STR(str_pl(got, n), pairs[i][0]);
	}
	TRY(crypto_attr_unbase64(got, sizeof(got), &n, STR_LIT("Zm8")));
	CHECK_STR(str_pl(got, n), "fo");
out:
	buf_fini(&b);
	return err;
}

static int test_base64_bad(void)
{
	static const char *const bad[] = {
		"Z", "Zg=", "Zg===", "=", "Zh==", "Zm9=", "Z g=", "Zm9v\n",
		"Zm-_", "Zm9vYg=a",
	};
	uint8_t got[8];
	size_t  n = 77;
	int     err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(crypto_attr_unbase64(got, sizeof(got), &n,
					       str_z(bad[i])), EBADMSG);
	CHECK_INT(crypto_attr_unbase64(got, 4, &n, STR_LIT("Zm9vYmE=")),
		  EMSGSIZE);
	CHECK_INT(n, 77);
out:
	return err;
}

/* The example of RFC 4568 section 9.1, without its MKI. */
static int test_parse(void)
{
	struct crypto_key k;
	int               err = 0;

	TRY(crypto_attr_parse(&k, STR_LIT(
		"1 AES_CM_128_HMAC_SHA1_80 "
		"inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20 "
		"WSH=64")));
	CHECK_INT(k.suite, CRYPTO_AES_CM_128_HMAC_SHA1_80);
	CHECK_INT(k.tag, 1);
	CHECK_INT(k.len, 30);
	CHECK_STR(str_pl(k.key, k.len), "=-n@%^x!Bjufr9)?,#5h\\`=&]{qiPQ");
	TRY(crypto_attr_parse(&k, STR_LIT(
		"23  aead_aes_128_gcm  "
		"INLINE:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")));
	CHECK_INT(k.suite, CRYPTO_AEAD_AES_128_GCM);
	CHECK_INT(k.len, 28);
out:
	return err;
}

#define KEY30 "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static int test_parse_bad(void)
{
	static const struct { const char *text; int err; } bad[] = {
		{ "", EBADMSG },
		{ "x AES_CM_128_HMAC_SHA1_80 " KEY30, EBADMSG },
		{ "9999999999 AES_CM_128_HMAC_SHA1_80 " KEY30, EBADMSG },
		{ "1 AES_CM_128_HMAC_SHA1_80", EBADMSG },
		{ "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", EBADMSG },
		{ "1 AES_256_CM_HMAC_SHA1_80 " KEY30, EBADMSG },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 "|2^99", EBADMSG },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 "|2^20|1:4", ENOTSUP },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 "|1:4", ENOTSUP },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 ";" KEY30, ENOTSUP },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 " KDR=1", ENOTSUP },
		{ "1 AES_CM_128_HMAC_SHA1_80 " KEY30 " UNENCRYPTED_SRTP",
		  ENOTSUP },
		{ "1 F8_128_HMAC_SHA1_80 " KEY30, ENOTSUP },
		{ "1 AES_CM_128_HMAC_SHA1_80 mikey:AAAA", ENOTSUP },
	};
	struct crypto_key k;
	int               err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int got = crypto_attr_parse(&k, str_z(bad[i].text));

		if (got != bad[i].err)
			test_say(__FILE__, __LINE__, "%s", bad[i].text);
		CHECK_INT(got, bad[i].err);
	}
out:
	return err;
}

static int test_make_print(void)
{
	struct crypto_key k, again;
	struct buf        b;
	struct str        s;
	int               err = 0;

	buf_init(&b, 200);
	for (int i = CRYPTO_NONE + 1; i < CRYPTO_N_SUITES; i++) {
		enum crypto_suite suite = (enum crypto_suite)i;

		CHECK_INT(crypto_suite_find(str_z(crypto_suite_name(suite))),
			  suite);
		crypto_key_make(&k, suite, 7);
		crypto_key_make(&again, suite, 7);
		CHECK(memcmp(k.key, again.key, k.len) != 0);
		buf_reset(&b);
		crypto_attr_print(&b, &k);
		TRY(b.err);
		s = buf_str(&b);
		CHECK(str_starts(s, "a=crypto:7 "));
		TRY(crypto_attr_parse(&again, str_sub(s, 9, s.l - 11)));
		CHECK_INT(again.suite, suite);
		CHECK_INT(again.len, crypto_suite_key_len(suite));
		CHECK(memcmp(k.key, again.key, k.len) == 0);
	}
	CHECK_INT(crypto_suite_find(STR_LIT("none")), CRYPTO_NONE);
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_crypto_attr = {
	"sdp/crypto_attr", (const struct test[]){
		TEST(test_base64),
		TEST(test_base64_bad),
		TEST(test_parse),
		TEST(test_parse_bad),
		TEST(test_make_print),
		TEST_END } };
