/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated network itself: what all other tests rely on. */
#include "base/clk.h"
#include "base/loop.h"
#include "tests/lib/fake_net.h"
#include "tests/lib/test.h"

struct rig {
	struct clk_virtual clk;
	struct loop       *loop;
	struct fake_net   *net;
	struct udp        *a, *b;
	struct addr        addr_a, addr_b, from;
	unsigned           n_got;
	char               got[64];
	uint64_t           at_us;
	bool               drop_all;
};

static void on_datagram(const struct addr *src, uint8_t *data, size_t len,
			void *arg)
{
	struct rig *r = arg;

	r->from = *src;
	if (r->n_got < sizeof(r->got) && len)
		r->got[r->n_got] = (char)data[0];
	r->n_got++;
	r->at_us = loop_now_us(r->loop);
}

static int rig_open(struct rig *r, const char *a, const char *b)
{
	int err;

	*r = (struct rig){ 0 };
	clk_virtual_init(&r->clk);
	err = addr_parse(&r->addr_a, str_z(a), 5060);
	err = err ? err : addr_parse(&r->addr_b, str_z(b), 5060);
	err = err ? err : loop_new(&r->loop, &r->clk.clk);
	err = err ? err : fake_net_new(&r->net, 1);
	err = err ? err : udp_open(&r->a, fake_net_udp(r->net), &r->addr_a);
	err = err ? err : udp_open(&r->b, fake_net_udp(r->net), &r->addr_b);
	err = err ? err : udp_bind(r->a, r->loop, on_datagram, r);
	return err ? err : udp_bind(r->b, r->loop, on_datagram, r);
}

static void rig_close(struct rig *r)
{
	udp_close(r->a);
	udp_close(r->b);
	fake_net_free(r->net);
	loop_free(r->loop);
}

static void run_ms(struct rig *r, unsigned ms)
{
	loop_run_until(r->loop, loop_now_us(r->loop) + ms * 1000ULL);
}

static int test_delay(void)
{
	struct rig r;
	struct fake_link l = { .delay_us = 20000 };
	int err;

	TRY(rig_open(&r, "192.0.2.1", "192.0.2.2"));
	fake_net_set(r.net, &l);
	TRY(udp_send(r.a, &r.addr_b, "x", 1));
	run_ms(&r, 19);
	CHECK_INT(r.n_got, 0);
	run_ms(&r, 2);
	CHECK_INT(r.n_got, 1);
	CHECK(addr_eq(&r.from, &r.addr_a));
	CHECK_INT(r.at_us, 1000000 + 20000);
out:
	rig_close(&r);
	return err;
}

static int test_loss_and_cut(void)
{
	struct rig r;
	struct fake_link l = { .loss_ppm = 250000 };
	struct fake_net_stats st;
	int err;

	TRY(rig_open(&r, "192.0.2.1", "192.0.2.2"));
	fake_net_set(r.net, &l);
	for (int i = 0; i < 1000; i++)
		TRY(udp_send(r.a, &r.addr_b, "x", 1));
	run_ms(&r, 1);
	CHECK(r.n_got > 650 && r.n_got < 850);
	fake_net_cut(r.net, &r.addr_b, true);
	r.n_got = 0;
	TRY(udp_send(r.a, &r.addr_b, "x", 1));
	TRY(udp_send(r.b, &r.addr_a, "x", 1));
	run_ms(&r, 1);
	CHECK_INT(r.n_got, 0);
	fake_net_cut(r.net, &r.addr_b, false);
	l.loss_ppm = 0;
	fake_net_set(r.net, &l);
	TRY(udp_send(r.b, &r.addr_a, "x", 1));
	run_ms(&r, 1);
	CHECK_INT(r.n_got, 1);
	fake_net_get_stats(r.net, &st);
	CHECK_INT(st.sent, 1003);
	CHECK_INT(st.sent, st.delivered + st.lost);
out:
	rig_close(&r);
	return err;
}

/* Jitter keeps the order, reordering does not. */
static int test_order(void)
{
	struct rig r;
	struct fake_link l = { .delay_us = 1000, .jitter_us = 5000 };
	bool sorted = true;
	int err;

	TRY(rig_open(&r, "192.0.2.1", "[2001:db8::2]"));
	for (int pass = 0; pass < 2; pass++) {
		l.reorder_ppm = pass ? 300000 : 0;
		l.reorder_us = 50000;
		fake_net_set(r.net, &l);
		r.n_got = 0;
		for (char c = 'A'; c < 'A' + 40; c++)
			TRY(udp_send(r.a, &r.addr_b, &c, 1));
		run_ms(&r, 100);
		CHECK_INT(r.n_got, 40);
		sorted = true;
		for (int i = 1; i < 40; i++)
			sorted &= r.got[i] > r.got[i - 1];
		CHECK(sorted == !pass);
	}
out:
	rig_close(&r);
	return err;
}

static int test_translation(void)
{
	struct rig r;
	struct addr inside, outside;
	int err;

	TRY(rig_open(&r, "192.168.1.10", "203.0.113.5"));
	TRY(addr_parse_ip(&outside, str_z("198.51.100.1")));
	inside = r.addr_a;
	fake_net_nat(r.net, &inside, &outside);
	TRY(udp_send(r.a, &r.addr_b, "x", 1));
	run_ms(&r, 1);
	outside.port = 15060;
	CHECK(addr_eq(&r.from, &outside));
	r.n_got = 0;
	TRY(udp_send(r.b, &outside, "y", 1));
	run_ms(&r, 1);
	CHECK_INT(r.n_got, 1);
	CHECK(addr_eq(&r.from, &r.addr_b));
	CHECK(r.got[0] == 'y');
out:
	rig_close(&r);
	return err;
}

static bool drop_x(const struct addr *src, const struct addr *dst,
		   uint8_t *data, size_t len, void *arg)
{
	(void)src;
	(void)dst;
	(void)arg;
	return len && data[0] != 'x';
}

static int test_tap_and_ports(void)
{
	struct rig r;
	struct udp *c = NULL, *d = NULL;
	struct addr any_port, got;
	int err;

	TRY(rig_open(&r, "192.0.2.1", "192.0.2.2"));
	fake_net_tap(r.net, drop_x, NULL);
	TRY(udp_send(r.a, &r.addr_b, "x", 1));
	TRY(udp_send(r.a, &r.addr_b, "y", 1));
	run_ms(&r, 1);
	CHECK_INT(r.n_got, 1);
	CHECK(r.got[0] == 'y');
	any_port = r.addr_a;
	CHECK_INT(udp_open(&c, fake_net_udp(r.net), &any_port), EADDRINUSE);
	any_port.port = 0;
	TRY(udp_open(&c, fake_net_udp(r.net), &any_port));
	TRY(udp_open(&d, fake_net_udp(r.net), &any_port));
	udp_local(c, &got);
	CHECK_INT(got.port, 40000);
	udp_local(d, &got);
	CHECK_INT(got.port, 40001);
out:
	udp_close(c);
	udp_close(d);
	rig_close(&r);
	return err;
}

const struct test_suite suite_fake_net = {
	"sip/fake_net", (const struct test[]){
		TEST(test_delay),
		TEST(test_loss_and_cut),
		TEST_WITH(test_order, TEST_NO_OOM),
		TEST(test_translation),
		TEST(test_tap_and_ports),
		TEST_END } };
