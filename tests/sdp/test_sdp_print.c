/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sdp/sdp.h"
#include "tests/lib/test.h"

/* What is written is read again as the same. */
static int test_lines(void)
{
	struct parse_pos where;
	struct sdp       s;
	struct addr      v4, v6;
	struct buf       b;
	int              err = 0;

	buf_init(&b, 1000);
	TRY(addr_parse(&v4, STR_LIT("192.0.2.1:4000"), 0));
	TRY(addr_parse_ip(&v6, STR_LIT("2001:db8::1")));
	sdp_print_origin(&b, 11, 22, &v4);
	sdp_print_conn(&b, &v6);
	sdp_print_media(&b, STR_LIT("audio"), 4000, STR_LIT("RTP/AVP"));
	buf_addz(&b, " 0\r\n");
	TRY(b.err);
	CHECK_STR(buf_str(&b), "v=0\r\no=- 11 22 IN IP4 192.0.2.1\r\n"
		  "c=IN IP6 2001:db8::1\r\nm=audio 4000 RTP/AVP 0\r\n");
	TRY(sdp_parse(&s, buf_str(&b), &where));
	CHECK(addr_eq_ip(&s.origin.addr, &v4));
	CHECK(addr_eq_ip(&s.conn.addr, &v6));
	CHECK_STR(s.version, "22");
	CHECK_INT(s.media[0].port, 4000);
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_sdp_print = {
	"sdp/sdp_print", (const struct test[]){
		TEST(test_lines),
		TEST_END } };
