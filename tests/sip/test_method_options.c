/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/method.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

/* RFC 3261 section 11.2: what we can do. */
static int test_answer(void)
{
	const struct sip_msg *m;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_stack_support(r.stack, "timer"));
	TRY(sip_rig_send(&r,
		"OPTIONS sip:192.0.2.1 SIP/2.0\n"
		"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKq\n"
		"From: <sip:a@b>;tag=1\nTo: <sip:b@c>\nCall-ID: q\n"
		"CSeq: 1 OPTIONS\nMax-Forwards: 0\n\n"));
	sip_rig_run(&r, 5);
	m = sip_rig_last(&r);
	CHECK(m != NULL);
	CHECK_INT(m->status, 200);
	CHECK(sip_msg_has(m, SIP_HDR_ALLOW, "OPTIONS"));
	CHECK(sip_msg_has(m, SIP_HDR_SUPPORTED, "timer"));
	CHECK_STR(sip_msg_val(m, SIP_HDR_ACCEPT), "application/sdp");
	CHECK(m->to.tag.l > 0);
out:
	sip_rig_close(&r);
	return err;
}

const struct test_suite suite_method_options = {
	"sip/method_options", (const struct test[]){
		TEST(test_answer),
		TEST_END } };
