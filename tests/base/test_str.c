/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_compare(void)
{
	int err = 0;

	CHECK(str_eq(str_z("abc"), str_z("abc")));
	CHECK(!str_eq(str_z("abc"), str_z("abd")));
	CHECK(!str_eq(str_z("abc"), str_z("ab")));
	CHECK(str_eq(STR_NULL, str_z("")));
	CHECK(str_ieq(str_z("ViA"), str_z("vIa")));
	CHECK(!str_ieq(str_z("@"), str_z("`")));
	CHECK(str_eqz(STR_LIT("BYE"), "BYE") && !str_eqz(STR_LIT("BYE"), "By"));
	CHECK(str_ieqz(STR_LIT("BYE"), "bye"));
	CHECK(str_starts(str_z("sip:x"), "sip:"));
	CHECK(!str_starts(str_z("si"), "sip:"));
	CHECK(!str_starts(str_z("SIP:x"), "sip:"));
	CHECK(str_istarts(str_z("SIP:x"), "sip:"));
	CHECK(str_z(NULL).p == NULL && str_is_empty(str_z(NULL)));
out:
	return err;
}

static int test_parts(void)
{
	struct str h, t;
	int err = 0;

	CHECK_INT(str_chr(str_z("a=b"), '='), 1);
	CHECK_INT(str_chr(STR_NULL, '='), -1);
	CHECK_STR(str_trim(str_z(" \t x y\r\n")), "x y");
	CHECK_STR(str_trim(str_z("  ")), "");
	CHECK_STR(str_sub(str_z("abcdef"), 2, 3), "cde");
	CHECK_STR(str_sub(str_z("abc"), 2, SIZE_MAX), "c");
	CHECK_STR(str_sub(str_z("abc"), 9, 1), "");
	CHECK(str_is_empty(str_sub(STR_NULL, 0, 5)));
	CHECK(str_cut(str_z("a=b=c"), '=', &h, &t));
	CHECK_STR(h, "a");
	CHECK_STR(t, "b=c");
	CHECK(!str_cut(str_z("abc"), '=', &h, &t));
	CHECK_STR(h, "abc");
	CHECK_STR(t, "");
	CHECK(str_cut(str_z("="), '=', &h, &t) && !h.l && !t.l);
out:
	return err;
}

static int test_copy(void)
{
	char b[4] = "zzz", *d = NULL;
	int err = 0;

	TRY(str_copy(b, sizeof(b), str_z("abc")));
	CHECK(!strcmp(b, "abc"));
	CHECK_INT(str_copy(b, sizeof(b), str_z("abcd")), ENAMETOOLONG);
	CHECK(!strcmp(b, ""));
	CHECK_INT(str_copy(b, sizeof(b), str_pl("a\0b", 3)), EBADMSG);
	TRY(str_copy(b, sizeof(b), STR_NULL));
	str_clip(b, sizeof(b), str_z("abcdef"));
	CHECK(!strcmp(b, "abc"));
	d = str_dup(str_sub(str_z("telephone"), 0, 4));
	if (!d)
		err = ENOMEM;
	else
		CHECK(!strcmp(d, "tele"));
out:
	mem_free(d);
	return err;
}

static int test_numbers(void)
{
	uint32_t v = 7;
	uint64_t w = 7;
	int err = 0;

	TRY(str_u32(&v, str_z("5060"), 65535));
	CHECK_INT(v, 5060);
	CHECK_INT(str_u32(&v, str_z("65536"), 65535), ERANGE);
	CHECK_INT(str_u32(&v, str_z(""), 9), EBADMSG);
	CHECK_INT(str_u32(&v, str_z("-1"), 9), EBADMSG);
	CHECK_INT(str_u32(&v, str_z("99x"), 9), EBADMSG);
	CHECK_INT(str_u32(&v, str_z("4294967296"), UINT32_MAX), ERANGE);
	CHECK_INT(v, 5060);
	TRY(str_u64(&w, str_z("18446744073709551615"), UINT64_MAX));
	CHECK(w == UINT64_MAX);
	CHECK_INT(str_u64(&w, str_z("18446744073709551616"), UINT64_MAX),
		  ERANGE);
	TRY(str_u32(&v, str_z("0000000000000012"), 12));
	CHECK_INT(v, 12);
out:
	return err;
}

static int test_unescape(void)
{
	static const char *const bad[] = { "%", "a%4", "%4g", "%G4", "%%41" };
	char out[4];
	size_t n = 9;
	int err = 0;

	CHECK(str_hex('0') == 0 && str_hex('f') == 15 && str_hex('F') == 15);
	CHECK(str_hex('g') < 0 && str_hex('/') < 0 && str_hex('\0') < 0);
	TRY(str_unescape(out, sizeof(out), &n, STR_LIT("%41b%c3%BC")));
	CHECK(str_eqz(str_pl(out, n), "Ab\xc3\xbc"));
	TRY(str_unescape(out, 0, &n, STR_NULL));
	CHECK_INT(n, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(str_unescape(out, sizeof(out), &n, str_z(bad[i])),
			  EBADMSG);
	CHECK_INT(str_unescape(out, 3, &n, STR_LIT("%41b%41%41")),
		  ENAMETOOLONG);
out:
	return err;
}

static int test_distance(void)
{
	char lng[200];
	int err = 0;

	memset(lng, 'a', sizeof(lng));
	lng[sizeof(lng) - 1] = '\0';
	CHECK_INT(str_distance("port", "port", 9), 0);
	CHECK_INT(str_distance("prot", "port", 9), 2);
	CHECK_INT(str_distance("", "abc", 9), 3);
	CHECK_INT(str_distance("kitten", "sitting", 9), 3);
	CHECK_INT(str_distance("kitten", "sitting", 2), 2);
	CHECK_INT(str_distance(lng, "a", 5), 5);
	CHECK_INT(str_distance(lng, lng, 5), 0);
out:
	return err;
}

const struct test_suite suite_str = {
	"base/str", (const struct test[]){
		TEST(test_compare),
		TEST(test_parts),
		TEST(test_copy),
		TEST(test_numbers),
		TEST(test_distance),
		TEST(test_unescape),
		TEST_END } };
