/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sip/transport_stream.h"
#include "tests/lib/test.h"

static const char two[] =
	"\r\nOPTIONS sip:a@b SIP/2.0\r\nl : 3\r\n\r\nabc"
	"\r\n\r\n"
	"OPTIONS sip:c@d SIP/2.0\r\nContent-Length:\r\n 2\r\n\r\nxy"
	"\r\n\r\n";

/* Whatever the pieces, the same messages come out. */
static int test_pieces(void)
{
	struct sip_stream s;
	struct sip_stream_msg m;
	int err = 0;

	for (size_t piece = 1; piece <= sizeof(two); piece++) {
		unsigned n_msg = 0, n_ping = 0;
		size_t n = sizeof(two) - 1;

		sip_stream_init(&s);
		for (size_t at = 0; at < n; at += piece) {
			enum sip_stream_got got;

			TRY(sip_stream_add(&s, two + at, n - at < piece ?
					   n - at : piece));
			while ((got = sip_stream_next(&s, &m)) !=
			       SIP_STREAM_MORE) {
				CHECK(got != SIP_STREAM_BAD);
				n_ping += got == SIP_STREAM_PING;
				if (got != SIP_STREAM_MSG)
					continue;
				CHECK(str_starts(m.text, "OPTIONS"));
				CHECK_INT(m.text.l, n_msg++ ? 50 : 37);
			}
		}
		CHECK_INT(n_msg, 2);
		CHECK_INT(n_ping, 2);
		CHECK(!sip_stream_is_partial(&s));
		sip_stream_fini(&s);
	}
out:
	sip_stream_fini(&s);
	return err;
}

static int check_bad(const char *text, uint16_t status)
{
	struct sip_stream s;
	struct sip_stream_msg m;
	int err = 0;

	sip_stream_init(&s);
	TRY(sip_stream_add(&s, text, strlen(text)));
	CHECK_INT(sip_stream_next(&s, &m), SIP_STREAM_BAD);
	CHECK_INT(m.status, status);
out:
	sip_stream_fini(&s);
	return err;
}

static int test_bad(void)
{
	int err;

	TRY(check_bad("A b SIP/2.0\r\nContent-Length: -1\r\n\r\n", 400));
	TRY(check_bad("A b SIP/2.0\r\nContent-Length: 1x\r\n\r\n", 400));
	TRY(check_bad("A b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nxx", 400));
	TRY(check_bad("A b SIP/2.0\r\nContent-Type: a/b\r\n\r\nxx", 400));
	TRY(check_bad("A b SIP/2.0\r\nl: 99999999999\r\n\r\n", 400));
	TRY(check_bad("A b SIP/2.0\r\nl: 65536\r\n\r\n", 413));
out:
	return err;
}

/* Headers without end are refused before they fill the memory. */
static int test_endless(void)
{
	struct sip_stream s;
	struct sip_stream_msg m;
	char line[1000];
	unsigned n = 0;
	int err = 0;

	memset(line, 'x', sizeof(line));
	line[998] = '\r';
	line[999] = '\n';
	sip_stream_init(&s);
	do {
		TRY(sip_stream_add(&s, line, sizeof(line)));
		n++;
	} while (sip_stream_next(&s, &m) == SIP_STREAM_MORE);
	CHECK_INT(m.status, 513);
	CHECK_INT(n, 66);
out:
	sip_stream_fini(&s);
	return err;
}

const struct test_suite suite_transport_stream = {
	"sip/transport_stream", (const struct test[]){
		TEST_WITH(test_pieces, TEST_NO_OOM),
		TEST(test_bad),
		TEST(test_endless),
		TEST_END } };
