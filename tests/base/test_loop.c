/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/tmr.h"
#include "tests/lib/test.h"

struct bed {
	struct clk_virtual clk;
	struct loop       *loop;
	int                fd[2][2];    /* two socket pairs */
	struct io          io[2];
	struct tmr         tmr;
	unsigned           ready;
	int                calls;
};

static void bed_close(struct bed *d)
{
	for (int i = 0; i < 2; i++) {
		io_stop(&d->io[i]);
		for (int j = 0; j < 2; j++)
			if (d->fd[i][j] >= 0)
				close(d->fd[i][j]);
	}
	loop_free(d->loop);
}

static int bed_open(struct bed *d)
{
	int err;

	memset(d, 0, sizeof(*d));
	memset(d->fd, -1, sizeof(d->fd));
	clk_virtual_init(&d->clk);
	err = loop_new(&d->loop, &d->clk.clk);
	for (int i = 0; !err && i < 2; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
			       SOCK_NONBLOCK, 0, d->fd[i]) < 0)
			err = errno;
	if (err)
		bed_close(d);
	return err;
}

static void on_ready(unsigned ready, void *arg)
{
	struct bed *d = arg;

	d->ready = ready;
	d->calls++;
}

static int test_ready(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	TRY(io_start(d.loop, &d.io[0], d.fd[0][0], IO_READ, on_ready, &d));
	loop_turn(d.loop, 7);
	CHECK_INT(d.calls, 0);
	CHECK_INT(loop_now_us(d.loop), 1007000);
	CHECK_INT(write(d.fd[0][1], "x", 1), 1);
	loop_turn(d.loop, 7);
	CHECK_INT(d.calls, 1);
	CHECK_INT(d.ready, IO_READ);
	/* something was ready: the virtual clock stood still */
	CHECK_INT(loop_now_us(d.loop), 1007000);
	TRY(io_want(&d.io[0], IO_READ | IO_WRITE));
	loop_turn(d.loop, 0);
	CHECK_INT(d.ready, IO_READ | IO_WRITE);
	TRY(io_want(&d.io[0], 0));
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 2);
	TRY(io_want(&d.io[0], IO_WRITE));
	close(d.fd[0][1]);
	d.fd[0][1] = -1;
	loop_turn(d.loop, 0);
	CHECK_INT(d.ready, IO_WRITE);           /* a hang-up: all wanted */
	io_stop(&d.io[0]);
	io_stop(&d.io[0]);
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 3);
out:
	bed_close(&d);
	return err;
}

/* Whichever runs first stops and closes the other, and a new descriptor
 * with the same number starts at once: no call may come for the old one. */
static void on_kill_other(unsigned ready, void *arg)
{
	struct bed *d = arg;
	int pair[2];

	(void)ready;
	d->calls++;
	for (int i = 0; i < 2; i++) {
		io_stop(&d->io[i]);
		close(d->fd[i][0]);
		d->fd[i][0] = -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return;
	d->fd[0][0] = pair[0];
	d->fd[1][0] = pair[1];
	for (int i = 0; i < 2; i++)
		if (io_start(d->loop, &d->io[i], pair[i], IO_READ, on_ready, d))
			d->calls = -100;
}

static int test_stale_events(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		TRY(io_start(d.loop, &d.io[i], d.fd[i][0], IO_READ,
			     on_kill_other, &d));
		CHECK_INT(write(d.fd[i][1], "x", 1), 1);
	}
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 1);
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 1);
out:
	bed_close(&d);
	return err;
}

static int test_restart_changes(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	CHECK(io_start(d.loop, &d.io[0], -1, IO_READ, on_ready, &d) == EBADF ||
	      test_oom);
	CHECK(!d.io[0].loop);
	TRY(io_start(d.loop, &d.io[0], d.fd[0][0], IO_READ, on_kill_other,
		     &d));
	TRY(io_start(d.loop, &d.io[0], d.fd[0][0], IO_READ, on_ready, &d));
	TRY(io_start(d.loop, &d.io[0], d.fd[1][0], IO_READ, on_ready, &d));
	CHECK_INT(write(d.fd[0][1], "x", 1), 1);
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 0);
	CHECK_INT(write(d.fd[1][1], "x", 1), 1);
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, 1);
	loop_free(d.loop);
	d.loop = NULL;
	CHECK(!d.io[0].loop);
out:
	bed_close(&d);
	return err;
}

/* More than the first table of slots holds. */
static int test_many(void)
{
	enum { N = 40 };
	struct io io[N] = { 0 };
	int fd[N], n = 0, err;
	struct bed d;

	err = bed_open(&d);
	if (err)
		return err;
	for (; n < N; n++) {
		fd[n] = dup(d.fd[0][0]);
		CHECK(fd[n] >= 0);
		err = io_start(d.loop, &io[n], fd[n], IO_READ, on_ready, &d);
		if (err) {
			close(fd[n]);
			goto out;
		}
	}
	CHECK_INT(write(d.fd[0][1], "x", 1), 1);
	loop_turn(d.loop, 0);
	CHECK_INT(d.calls, N);
out:
	while (n-- > 0) {
		io_stop(&io[n]);
		close(fd[n]);
	}
	bed_close(&d);
	return err;
}

static void stop_loop(void *arg)
{
	struct bed *d = arg;

	d->calls++;
	loop_stop(d->loop);
}

static int test_run_and_stop(void)
{
	struct bed d;
	struct tmr later = { 0 };
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.tmr, 60000, stop_loop, &d);
	tmr_start(d.loop, &later, 60000, stop_loop, &d);
	TRY(loop_run(d.loop));
	/* the second, due at the same moment, is left for the next run */
	CHECK_INT(d.calls, 1);
	CHECK_INT(loop_now_us(d.loop), 61000000);
	TRY(loop_run(d.loop));
	CHECK_INT(d.calls, 2);
	loop_stop(d.loop);
	TRY(loop_run(d.loop));                  /* stopped before it ran */
	CHECK_INT(d.calls, 2);
out:
	bed_close(&d);
	return err;
}

static int test_wall_time(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	loop_run_until(d.loop, 3600000000 + 1000000);
	CHECK_INT(loop_wall_us(d.loop), (1767603600 + 3600) * 1000000LL);
	CHECK(loop_clk(d.loop) == &d.clk.clk);
out:
	bed_close(&d);
	return err;
}

static void dawdle(void *arg)
{
	struct bed *d = arg;

	d->clk.t_us += 21000;
}

static int test_stall(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	tmr_start(d.loop, &d.tmr, 1, dawdle, &d);
	loop_turn(d.loop, 1);
	CHECK_INT(loop_stalls(d.loop), 1);
out:
	bed_close(&d);
	return err;
}

/* Late is the machine's affair, early would be ours. */
static int test_fine_wait(void)
{
	static const uint64_t waits_us[] = { 1, 250, 1500, 2999 };
	struct tmr t = { 0 };
	struct loop *l = NULL;
	struct bed d;
	uint64_t at;
	int err = bed_open(&d);

	if (err)
		return err;
	TRY(loop_new(&l, &clk_real));
	for (int i = 0; i < 4; i++) {
		at = loop_now_us(l) + waits_us[i];
		tmr_start_at(l, &t, at, dawdle, &d);
		loop_turn(l, 1000);
		while (tmr_is_running(&t))
			loop_turn(l, 1000);
		CHECK(loop_now_us(l) >= at);
	}
out:
	loop_free(l);
	bed_close(&d);
	return err;
}

static int test_real_clock(void)
{
	struct bed d;
	struct loop *l = NULL;
	uint64_t t0;
	int err = bed_open(&d);

	if (err)
		return err;
	TRY(loop_new(&l, &clk_real));
	t0 = loop_now_us(l);
	loop_turn(l, 5);
	CHECK(loop_now_us(l) >= t0 + 5000);
	tmr_start(l, &d.tmr, 3, dawdle, &d);
	loop_run_until(l, loop_now_us(l) + 10000);
	CHECK(!tmr_is_running(&d.tmr));
out:
	loop_free(l);
	bed_close(&d);
	return err;
}

const struct test_suite suite_loop = {
	"base/loop", (const struct test[]){
		TEST(test_ready),
		TEST(test_stale_events),
		TEST(test_restart_changes),
		TEST(test_many),
		TEST(test_run_and_stop),
		TEST(test_wall_time),
		TEST(test_stall),
		TEST_WITH(test_real_clock, TEST_REAL),
		TEST_WITH(test_fine_wait, TEST_REAL),
		TEST_END } };
