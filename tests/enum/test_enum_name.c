/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum_name.h"
#include "tests/lib/test.h"

static int test_names(void)
{
	static const struct { const char *uri, *want; } rows[] = {
		{ "pstndata:cnam/Harold%20Smith", "Harold Smith" },
		{ "PSTNDATA:CNAM/Harold", "Harold" },
		{ "pstndata:cnam/;charset=UTF-8,%E5%B1%B1%E7%94%B0",
		  "\xe5\xb1\xb1\xe7\x94\xb0" },
		{ "data:,Harold%20Smith", "Harold Smith" },
		{ "data:text/plain;charset=utf-8,J%C3%B6rg", "J\xc3\xb6rg" },
		{ "data:text/plain;charset=us-ascii;base64,SGFyb2xkIFM%3D",
		  "Harold S" },
		{ "data:;base64,SGFyb2xk", "Harold" },
		{ "data:,%20%20A%20", "A" },
		{ "data:,a,b", "a,b" },
		{ "data:,0123456789012345678901234567890123456789012345678901"
		  "23456789%E3%81%82x",
		  "01234567890123456789012345678901234567890123456789012345"
		  "6789\xe3\x81\x82" },
		{ "data:,01234567890123456789012345678901234567890123456789012"
		  "3456789%E3%81%82x",
		  "01234567890123456789012345678901234567890123456789012345"
		  "6789\xe3\x81\x82" },
		{ "data:,012345678901234567890123456789012345678901234567890123"
		  "4567890%E3%81%82x",
		  "01234567890123456789012345678901234567890123456789012345"
		  "67890" },
	};
	char out[ENUM_NAME_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (enum_name_read(out, rows[i].uri))
			test_say(__FILE__, __LINE__, "%s", rows[i].uri);
		TRY(enum_name_read(out, rows[i].uri));
		CHECK_STR(str_z(out), rows[i].want);
	}
out:
	return err;
}

static int test_refused(void)
{
	static const char *const bad[] = {
		"", "data:", "data:text", "data:,", "data:,%20", "data:,%0d%0a",
		"data:,a%0aFrom:b", "data:,%zz", "data:,%4", "data:,%ff",
		"data:,%00", "data:,%c2%85", "data:text/plain;charset=big5,a",
		"data:;base64,S!", "pstndata:", "pstndata:cnam",
		"pstndata:cnam/", "pstndata:other/x", "http://a/b",
		"pstndata:cnam/;charset=x,a", "sip:a@b",
	};
	char out[ENUM_NAME_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (enum_name_read(out, bad[i]) != EBADMSG)
			test_say(__FILE__, __LINE__, "%s", bad[i]);
		CHECK_INT(enum_name_read(out, bad[i]), EBADMSG);
	}
out:
	return err;
}

const struct test_suite suite_enum_name = {
	"enum/enum_name", (const struct test[]){
		TEST(test_names), TEST(test_refused), TEST_END } };
