/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "gateway/sip/limit.h"
#include "tests/lib/test.h"

struct rig {
	struct clk_virtual clk;
	struct loop       *loop;
	struct sip_limit  *limit;
};

static int rig_open(struct rig *r, uint32_t sources)
{
	int err;

	*r = (struct rig){ 0 };
	clk_virtual_init(&r->clk);
	err = loop_new(&r->loop, &r->clk.clk);
	return err ? err : sip_limit_new(&r->limit, r->loop, 10, 3, sources);
}

static void rig_close(struct rig *r)
{
	sip_limit_free(r->limit);
	loop_free(r->loop);
}

static unsigned take(struct rig *r, const char *ip, unsigned n)
{
	struct addr a;
	unsigned got = 0;

	if (addr_parse(&a, str_z(ip), 5060))
		return 999;
	while (n--)
		got += sip_limit_take(r->limit, &a);
	return got;
}

static int test_bucket(void)
{
	struct rig r;
	int err;

	TRY(rig_open(&r, 10));
	CHECK_INT(take(&r, "192.0.2.1", 5), 3);
	CHECK_INT(take(&r, "192.0.2.2", 1), 1);
	loop_run_until(r.loop, loop_now_us(r.loop) + 100000);
	CHECK_INT(take(&r, "192.0.2.1", 5), 1);
	loop_run_until(r.loop, loop_now_us(r.loop) + 100000000);
	CHECK_INT(take(&r, "192.0.2.1", 9), 3);
	/* one line has a whole /64 */
	CHECK_INT(take(&r, "2001:db8::1", 2), 2);
	CHECK_INT(take(&r, "2001:db8::2", 2), 1);
	CHECK_INT(take(&r, "2001:db8:0:1::1", 1), 1);
out:
	rig_close(&r);
	return err;
}

static int test_allowed(void)
{
	struct rig r;
	struct cidr net;
	struct addr one;
	int err;

	TRY(rig_open(&r, 10));
	TRY(cidr_parse(&net, STR_LIT("198.51.100.0/24")));
	TRY(addr_parse(&one, STR_LIT("203.0.113.9:5060"), 0));
	TRY(sip_limit_allow(r.limit, &net));
	TRY(sip_limit_allow_addr(r.limit, &one));
	CHECK_INT(take(&r, "198.51.100.77", 50), 50);
	CHECK_INT(take(&r, "203.0.113.9", 50), 50);
	CHECK_INT(take(&r, "203.0.113.8", 50), 3);
out:
	rig_close(&r);
	return err;
}

static bool is_known(const struct addr *src, void *arg)
{
	return addr_eq_ip(src, arg);
}

static int test_known(void)
{
	struct addr friend;
	struct rig r;
	int err;

	TRY(rig_open(&r, 10));
	TRY(addr_parse(&friend, STR_LIT("203.0.113.9:5060"), 0));
	sip_limit_on_known(r.limit, is_known, &friend);
	CHECK_INT(take(&r, "203.0.113.9", 50), 50);
	CHECK_INT(take(&r, "203.0.113.8", 50), 3);
	sip_limit_on_known(r.limit, NULL, NULL);
	CHECK_INT(take(&r, "203.0.113.9", 50), 3);
	/* another rate holds from now on; none at all, too */
	sip_limit_set_rate(r.limit, 1, 5);
	CHECK_INT(take(&r, "203.0.113.7", 50), 5);
	sip_limit_set_rate(r.limit, 0, 0);
	CHECK_INT(take(&r, "203.0.113.8", 50), 50);
out:
	rig_close(&r);
	return err;
}

/* More sources than entries: the longest silent one is forgotten. */
static int test_full(void)
{
	char ip[40];
	struct rig r;
	int err;

	TRY(rig_open(&r, 4));
	for (int i = 0; i < 300; i++) {
		snprintf(ip, sizeof(ip), "10.0.%d.1", i % 256);
		CHECK(take(&r, ip, 1) == 1);
		CHECK_INT(take(&r, "192.0.2.1", 1), i < 3);
	}
out:
	rig_close(&r);
	return err;
}

const struct test_suite suite_limit = {
	"sip/limit", (const struct test[]){
		TEST(test_bucket),
		TEST(test_allowed),
		TEST(test_known),
		TEST(test_full),
		TEST_END } };
