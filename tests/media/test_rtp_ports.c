/* SPDX-License-Identifier: Apache-2.0 */
#include "media/rtp_impl.h"
#include "tests/lib/fake_net.h"
#include "tests/lib/test.h"

static int test_pool(void)
{
	struct addr ip = { .family = AF_INET, .ip = { 10, 0, 0, 1 } }, a, b;
	struct udp *rtp[4] = { NULL }, *rtcp[4] = { NULL };
	struct udp *taken = NULL;
	struct rtp_ports *p = NULL;
	struct fake_net *n = NULL;
	int err = 0;

	TRY(fake_net_new(&n, 1));
	TRY(rtp_ports_new(&p, fake_net_udp(n), 20000, 20007));
	a = ip;
	a.port = 20003;
	TRY(udp_open(&taken, fake_net_udp(n), &a));
	for (unsigned i = 0; i < 3; i++) {
		TRY(rtp_ports_open(p, &ip, &rtp[i], &rtcp[i]));
		udp_local(rtp[i], &a);
		udp_local(rtcp[i], &b);
		CHECK_INT(a.port % 2, 0);
		CHECK_INT(b.port, a.port + 1);
		CHECK(a.port != 20002);         /* its odd one is taken */
	}
	CHECK_INT(rtp_ports_used(p), 3);
	CHECK_INT(rtp_ports_open(p, &ip, &rtp[3], &rtcp[3]), test_oom ? 0 :
		  EADDRNOTAVAIL);
	rtp_ports_close(p, rtp[0], rtcp[0]);
	rtp[0] = NULL;
	TRY(rtp_ports_open(p, &ip, &rtp[0], &rtcp[0]));
	udp_local(rtp[0], &a);
	CHECK_INT(a.port, 20000);
out:
	for (unsigned i = 0; i < 4; i++)
		if (rtp[i])
			rtp_ports_close(p, rtp[i], rtcp[i]);
	udp_close(taken);
	rtp_ports_free(p);
	fake_net_free(n);
	return err;
}

static int test_ranges(void)
{
	struct rtp_ports *p = NULL;
	int err = 0;

	CHECK_INT(rtp_ports_new(&p, &udp_os, 20001, 20010), EINVAL);
	CHECK_INT(rtp_ports_new(&p, &udp_os, 20000, 20010), EINVAL);
	CHECK_INT(rtp_ports_new(&p, &udp_os, 20000, 20001), EINVAL);
	CHECK_INT(rtp_ports_new(&p, &udp_os, 0, 99), EINVAL);
out:
	return err;
}

const struct test_suite suite_rtp_ports = {
	"media/rtp_ports", (const struct test[]){
		TEST(test_pool),
		TEST(test_ranges),
		TEST_END } };
