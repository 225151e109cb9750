/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "media/rtcp.h"
#include "tests/lib/test.h"

static int test_round_trip(void)
{
	struct rtcp_out o = {
		.ssrc = 7, .sr = true, .ntp = 0x123456789abcdef0, .ts = 99,
		.packets = 10, .bytes = 1600, .has_report = true,
		.report = { .ssrc = 42, .fraction = 128, .lost = -3,
			    .max_ext = 70000, .jitter = 11, .lsr = 5,
			    .dlsr = 6 },
		.cname = "abc", .bye = true };
	uint8_t d[RTCP_MAX];
	struct rtcp_news w;
	size_t n = rtcp_build(d, &o);
	int err = 0;

	CHECK_INT(n, 28 + 24 + 16 + 8);
	TRY(rtcp_parse(&w, d, n, 42));
	CHECK(w.sr && w.bye && w.has_report);
	CHECK_INT(w.ssrc, 7);
	CHECK(w.ntp == 0x123456789abcdef0);
	CHECK_INT(w.ts, 99);
	CHECK_INT(w.bytes, 1600);
	CHECK_INT(w.report.lost, -3);
	CHECK_INT(w.report.fraction, 128);
	CHECK_INT(w.report.dlsr, 6);
	TRY(rtcp_parse(&w, d, n, 43));
	CHECK(!w.has_report);           /* about somebody else */
	o.sr = o.has_report = o.bye = false;
	n = rtcp_build(d, &o);
	TRY(rtcp_parse(&w, d, n, 42));
	CHECK(!w.sr && !w.bye);
	CHECK_INT(n % 4, 0);
out:
	return err;
}

static int test_broken(void)
{
	struct rtcp_out o = { .ssrc = 7, .sr = true, .has_report = true,
			      .cname = "x" };
	uint8_t d[RTCP_MAX];
	struct rtcp_news w;
	size_t n = rtcp_build(d, &o);
	int err = 0;

	for (size_t i = 0; i < n; i++)
		if (i != 52)            /* there the report alone ends */
			CHECK_INT(rtcp_parse(&w, d, i, 0), EBADMSG);
	d[0] = 0x9f;                    /* 31 reports, one is there */
	CHECK_INT(rtcp_parse(&w, d, n, 0), EBADMSG);
	d[0] = 0xa1;                    /* the first must not be padded */
	CHECK_INT(rtcp_parse(&w, d, n, 0), EBADMSG);
	d[0] = 0x81;
	d[1] = 202;                     /* the first must be a report */
	CHECK_INT(rtcp_parse(&w, d, n, 0), EBADMSG);
out:
	return err;
}

static int test_round_trip_time(void)
{
	uint64_t sent = rtcp_ntp(1767603600000000);
	uint64_t back = rtcp_ntp(1767603600000000 + 150000);
	struct rtcp_report r = { .lsr = rtcp_ntp_mid(sent),
				 .dlsr = 65536 / 10 };
	int err = 0;

	CHECK_NEAR(rtcp_rtt_us(rtcp_ntp_mid(back), &r), 50000, 100);
	r.dlsr = 65536;                 /* longer than all of it */
	CHECK_INT(rtcp_rtt_us(rtcp_ntp_mid(back), &r), 0);
	r.lsr = 0;
	CHECK_INT(rtcp_rtt_us(rtcp_ntp_mid(back), &r), 0);
	CHECK_INT(sent >> 32, 1767603600u + 2208988800u);
out:
	return err;
}

static int test_long_cname(void)
{
	char name[200];
	struct rtcp_out o = { .ssrc = 1, .cname = name, .has_report = true,
			      .sr = true, .bye = true };
	uint8_t d[RTCP_MAX];
	struct rtcp_news w;
	int err = 0;

	for (size_t l = 0; l < 199; l++) {
		size_t n;

		memset(name, 'a', sizeof(name));
		name[l] = 0;
		n = rtcp_build(d, &o);
		CHECK(n <= RTCP_MAX && n % 4 == 0);
		TRY(rtcp_parse(&w, d, n, 0));
	}
out:
	return err;
}

const struct test_suite suite_rtcp = {
	"media/rtcp", (const struct test[]){
		TEST(test_round_trip),
		TEST(test_broken),
		TEST(test_round_trip_time),
		TEST(test_long_cname),
		TEST_END } };
