/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/info_digit.h"

#include <string.h>

#include "gateway/sip/sip.h"
#include "tests/lib/test.h"

static int test_bodies(void)
{
	static const struct {
		const char *type, *body;
		char        digit;      /* 0: none */
		unsigned    ms;
	} t[] = {
		{ "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n",
		  '5', 160 },
		{ "application/dtmf-relay", "Signal= #\nDuration= 90",
		  '#', 90 },
		{ "Application/DTMF-Relay", "duration=10001\r\nsignal=*\r\n",
		  '*', 0 },
		{ "application/dtmf-relay", "Signal=12\r\n", 0, 0 },
		{ "application/dtmf-relay", "Duration=160\r\n", 0, 160 },
		{ "application/dtmf-relay", "nonsense", 0, 0 },
		{ "application/dtmf-relay", "", 0, 0 },
		{ "application/dtmf", " 7\r\n", '7', 0 },
		{ "application/dtmf", "", 0, 0 },
		{ "text/plain", "Signal=5\r\n", 0, 0 },
	};
	struct sip_msg m;
	int err = 0;

	memset(&m, 0, sizeof(m));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned ms = 99;
		char digit = 'x';

		m.body_type = str_z(t[i].type);
		m.body = str_z(t[i].body);
		CHECK(info_digit_read(&m, &digit, &ms) == (t[i].digit != 0));
		CHECK_INT(digit, t[i].digit);
		CHECK_INT(ms, t[i].ms);
	}
out:
	return err;
}

const struct test_suite suite_info_digit = {
	"call/info_digit", (const struct test[]){
		TEST(test_bodies), TEST_END } };
