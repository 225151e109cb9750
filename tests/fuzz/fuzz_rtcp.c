/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP compound packets from the network. */
#include <assert.h>

#include "media/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rtcp_out o = { .ssrc = 1, .cname = "fuzz" };
	uint8_t out[RTCP_MAX];
	struct rtcp_news w, again;

	if (rtcp_parse(&w, p, n, 0x01020304))
		return 0;
	assert(n >= 8);
	assert(!w.has_report || w.report.ssrc == 0x01020304);
	(void)rtcp_rtt_us(w.report.lsr + 100, &w.report);
	/* what was read can be written and read again */
	o.sr = w.sr;
	o.ntp = w.ntp;
	o.ts = w.ts;
	o.has_report = w.has_report;
	o.report = w.report;
	o.bye = w.bye;
	n = rtcp_build(out, &o);
	assert(n <= RTCP_MAX);
	assert(!rtcp_parse(&again, out, n, 0x01020304));
	assert(again.sr == w.sr && again.bye == w.bye);
	assert(again.report.lost == w.report.lost);
	return 0;
}
