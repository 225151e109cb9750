/* SPDX-License-Identifier: Apache-2.0 */
/* With messages of the test's own, and with the kernel's, in a network
 * namespace. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net_watch.h"
#include "tests/lib/test.h"

static void on_change(void *arg)
{
	++*(unsigned *)arg;
}

static int test_settles(void)
{
	struct net_watch w = { .loop = NULL };
	struct clk_virtual clk;
	struct loop *l = NULL;
	unsigned n = 0;
	int fd[2] = { -1, -1 };
	int err = 0;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) < 0);
	TRY(net_watch_start_on(&w, l, fd[0], on_change, &n));
	for (int i = 0; i < 100; i++)
		CHECK(send(fd[1], "change", 6, 0) == 6);
	loop_run_until(l, clk.t_us + 200000);
	CHECK_INT(n, 0);
	loop_run_until(l, clk.t_us + 100000);
	CHECK_INT(n, 1);
	CHECK(send(fd[1], "more", 4, 0) == 4);
	loop_run_until(l, clk.t_us + 1800000);
	CHECK_INT(n, 1);                /* not so soon again */
	loop_run_until(l, clk.t_us + 300000);
	CHECK_INT(n, 2);
	loop_run_until(l, clk.t_us + 60000000);
	CHECK_INT(n, 2);
	CHECK(send(fd[1], "more", 4, 0) == 4);
	loop_run_until(l, clk.t_us + 10000);
	net_watch_stop(&w);
	net_watch_stop(&w);
	loop_run_until(l, clk.t_us + 10000000);
	CHECK_INT(n, 2);
out:
	net_watch_stop(&w);
	if (fd[1] >= 0)
		close(fd[1]);
	loop_free(l);
	return err;
}

/* A socket that is of no use any more does not keep the loop busy. */
static int test_broken(void)
{
	struct net_watch w = { .loop = NULL };
	struct clk_virtual clk;
	struct loop *l = NULL;
	unsigned n = 0;
	int fd[2], err = 0;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) < 0);
	close(fd[1]);
	TRY(net_watch_start_on(&w, l, fd[0], on_change, &n));
	loop_run_until(l, clk.t_us + 10000000);
	CHECK_INT(n, 1);
out:
	net_watch_stop(&w);
	loop_free(l);
	return err;
}

/* Sets lo up, which gives it its address. */
static int lo_up(void)
{
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_LOOPBACK };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	memcpy(r.ifr_name, "lo", 3);
	err = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

static int watch_lo(void)
{
	struct net_watch w = { .loop = NULL };
	struct loop *l = NULL;
	unsigned n = 0;
	int err;

	err = loop_new(&l, &clk_real);
	if (!err)
		err = net_watch_start(&w, l, on_change, &n);
	if (!err)
		err = lo_up();
	for (int i = 0; i < 100 && !err && n == 0; i++)
		loop_turn(l, 50);
	net_watch_stop(&w);
	loop_free(l);
	return err ? err : n == 1 ? 0 : ETIME;
}

static int test_kernel(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err = 0;

	CHECK(home >= 0);
	if (unshare(CLONE_NEWNET) < 0) {
		CHECK_INT(errno, EPERM);        /* only root may */
		goto out;
	}
	err = watch_lo();
	if (setns(home, CLONE_NEWNET) < 0)
		err = errno;
out:
	if (home >= 0)
		close(home);
	return err;
}

const struct test_suite suite_net_watch = {
	"base/net_watch", (const struct test[]){
		TEST(test_settles),
		TEST(test_broken),
		TEST_WITH(test_kernel, TEST_REAL),
		TEST_END } };
