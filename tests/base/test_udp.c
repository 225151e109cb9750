/* SPDX-License-Identifier: Apache-2.0 */
#include "base/udp.h"

#include <fcntl.h>
#include <string.h>

#include "tests/lib/test.h"

struct bed {
	struct loop *loop;
	struct udp  *a, *b;
	struct addr  at_a, at_b, from;
	char         got[64];
	size_t       len;
	int          n;
};

static void on_datagram(const struct addr *src, uint8_t *data, size_t len,
			void *arg)
{
	struct bed *d = arg;

	d->from = *src;
	d->len = len;
	str_clip(d->got, sizeof(d->got), str_pl(data, len));
	d->n++;
}

static void on_close(const struct addr *src, uint8_t *data, size_t len,
		     void *arg)
{
	struct bed *d = arg;

	on_datagram(src, data, len, arg);
	udp_close(d->b);
	d->b = NULL;
}

static void bed_close(struct bed *d)
{
	udp_close(d->a);
	udp_close(d->b);
	loop_free(d->loop);
}

static int bed_open(struct bed *d, const char *ip)
{
	struct addr any;
	int err;

	memset(d, 0, sizeof(*d));
	err = addr_parse(&any, str_z(ip), 0);
	if (!err)
		err = loop_new(&d->loop, &clk_real);
	if (!err)
		err = udp_open(&d->a, &udp_os, &any);
	if (!err)
		err = udp_open(&d->b, &udp_os, &any);
	if (err) {
		bed_close(d);
		return err;
	}
	udp_local(d->a, &d->at_a);
	udp_local(d->b, &d->at_b);
	return 0;
}

static void wait_for(struct bed *d, int n)
{
	for (int i = 0; i < 100 && d->n < n; i++)
		loop_turn(d->loop, 20);
}

static int there_and_back(const char *ip)
{
	struct bed d;
	int err = bed_open(&d, ip);

	/* a machine without IPv6 has nothing to test here */
	if (err == EADDRNOTAVAIL || err == EAFNOSUPPORT)
		return 0;
	if (err)
		return err;
	CHECK(d.at_a.port && d.at_b.port);
	TRY(udp_bind(d.a, d.loop, on_datagram, &d));
	TRY(udp_bind(d.b, d.loop, on_datagram, &d));
	TRY(udp_send(d.a, &d.at_b, "ping", 4));
	wait_for(&d, 1);
	CHECK_STR(str_z(d.got), "ping");
	CHECK(addr_eq(&d.from, &d.at_a));
	TRY(udp_send(d.b, &d.from, "pong", 4));
	TRY(udp_send(d.b, &d.from, "", 0));
	wait_for(&d, 3);
	CHECK(addr_eq(&d.from, &d.at_b));
	CHECK_INT(d.len, 0);
	udp_unbind(d.a);
	udp_unbind(d.a);
	TRY(udp_send(d.b, &d.at_a, "x", 1));
	loop_turn(d.loop, 0);
	CHECK_INT(d.n, 3);
	TRY(udp_bind(d.a, d.loop, on_datagram, &d));
	wait_for(&d, 4);
	CHECK_INT(d.n, 4);
out:
	bed_close(&d);
	return err;
}

static int test_v4(void)
{
	return there_and_back("127.0.0.1");
}

static int test_v6(void)
{
	return there_and_back("[::1]");
}

static int test_closed_inside(void)
{
	struct bed d;
	int err = bed_open(&d, "127.0.0.1");

	if (err)
		return err;
	for (int i = 0; i < 3; i++)
		TRY(udp_send(d.a, &d.at_b, "x", 1));
	TRY(udp_bind(d.b, d.loop, on_close, &d));
	wait_for(&d, 1);
	CHECK_INT(d.n, 1);
	CHECK(!d.b);
	/* nobody listens any more: no error of ours */
	for (int i = 0; i < 3; i++)
		TRY(udp_send(d.a, &d.at_b, "x", 1));
out:
	bed_close(&d);
	return err;
}

static int test_refused(void)
{
	struct addr far = { 0 };
	struct udp *u = NULL;
	struct bed d;
	int err = bed_open(&d, "127.0.0.1");

	if (err)
		return err;
	CHECK_INT(udp_open(&u, &udp_os, &d.at_a), EADDRINUSE);
	CHECK_INT(udp_open(&u, &udp_os, &far), EAFNOSUPPORT);
	TRY(addr_parse(&far, str_z("203.0.113.9"), 0));
	CHECK_INT(udp_open(&u, &udp_os, &far), EADDRNOTAVAIL);
	CHECK(!u);
	udp_close(NULL);
out:
	bed_close(&d);
	return err;
}

/* More at once than a socket holds that was not asked to. */
static int test_room(void)
{
	struct bed d;
	int err = bed_open(&d, "127.0.0.1");

	if (err)
		return err;
	udp_room(d.b, 4 << 20);
	for (int i = 0; i < 400; i++)
		TRY(udp_send(d.a, &d.at_b, "x", 1));
	TRY(udp_bind(d.b, d.loop, on_datagram, &d));
	wait_for(&d, 400);
	CHECK_INT(d.n, 400);
out:
	bed_close(&d);
	return err;
}

const struct test_suite suite_udp = {
	"base/udp", (const struct test[]){
		TEST_WITH(test_v4, TEST_REAL),
		TEST_WITH(test_v6, TEST_REAL),
		TEST_WITH(test_closed_inside, TEST_REAL),
		TEST_WITH(test_room, TEST_REAL),
		TEST_WITH(test_refused, TEST_REAL),
		TEST_END } };
