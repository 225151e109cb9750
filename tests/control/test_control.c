/* SPDX-License-Identifier: Apache-2.0 */
/* The socket itself: real sockets, the loop turned by hand. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/control/control.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

struct desk {
	struct loop       *loop;
	struct control    *control;
	struct control_env env;
	char               path[64];
	int                fd[20];
	unsigned           n;
};

static int begin(struct desk *d)
{
	int err;

	memset(d, 0, sizeof(*d));
	snprintf(d->path, sizeof(d->path), "/tmp/tipring-control-%d",
		 (int)getpid());
	err = loop_new(&d->loop, &clk_real);
	d->env.loop = d->loop;
	return err ? err : control_open(&d->control, &d->env, d->path);
}

static void end(struct desk *d)
{
	for (unsigned i = 0; i < d->n; i++)
		close(d->fd[i]);
	control_close(d->control);
	loop_free(d->loop);
}

/* Connects; the index of the client, or -1. */
static int dial(struct desk *d)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(sun.sun_path, d->path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		close(fd);
		return -1;
	}
	d->fd[d->n] = fd;
	return (int)d->n++;
}

static void turn(struct desk *d)
{
	for (int i = 0; i < 20; i++)
		loop_turn(d->loop, 1);
}

/* What came back until the end; "" if the connection is still open. */
static const char *answer(struct desk *d, int i)
{
	static _Thread_local char text[8192];
	size_t n = 0;
	ssize_t k;

	turn(d);
	while ((k = recv(d->fd[i], text + n, sizeof(text) - 1 - n, 0)) > 0)
		n += (size_t)k;
	text[n] = '\0';
	return text;
}

static int test_exchange(void)
{
	struct desk d;
	struct stat st;
	int err;

	TRY(begin(&d));
	CHECK(stat(d.path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(dial(&d) == 0);
	CHECK(send(d.fd[0], "he", 2, 0) == 2);  /* in two pieces */
	turn(&d);
	CHECK(send(d.fd[0], "lp\n", 3, 0) == 3);
	CHECK(!strncmp(answer(&d, 0), "ok\n", 3));
	CHECK(dial(&d) == 1);
	CHECK(send(d.fd[1], "nonsense\n", 9, 0) == 9);
	CHECK(!strncmp(answer(&d, 1), "error: usage: ", 14));
out:
	end(&d);
	CHECK(err || access(d.path, F_OK) != 0 || test_oom);
	return err;
}

static void stop(void *arg)
{
	struct desk *d = arg;

	loop_stop(d->loop);
}

/* Nothing is left to end: the loop stops inside the command, and the answer
 * is out all the same. */
static int test_stop(void)
{
	char got[16] = "";
	struct desk d;
	int err;

	TRY(begin(&d));
	d.env.stop = stop;
	d.env.arg = &d;
	control_close(d.control);
	d.control = NULL;
	TRY(control_open(&d.control, &d.env, d.path));
	CHECK(dial(&d) == 0);
	CHECK(send(d.fd[0], "stop\n", 5, 0) == 5);
	TRY(loop_run(d.loop));
	CHECK(recv(d.fd[0], got, sizeof(got) - 1, 0) > 0);
	CHECK(!strncmp(got, "ok\n", 3));
out:
	end(&d);
	return err;
}

/* A line that never ends, and too many who come and say nothing. */
static int test_bounds(void)
{
	static char junk[4096];
	struct desk d;
	int err;

	memset(junk, 'x', sizeof(junk));
	TRY(begin(&d));
	CHECK(dial(&d) == 0);
	CHECK(send(d.fd[0], junk, sizeof(junk), 0) > 0);
	turn(&d);
	CHECK(recv(d.fd[0], junk, 1, 0) <= 0 && errno != EAGAIN);
	for (int i = 1; i < 19; i++) {
		CHECK(dial(&d) == i);
		turn(&d);
	}
	CHECK(recv(d.fd[18], junk, 1, 0) == 0);         /* the 18th */
	CHECK(recv(d.fd[2], junk, 1, 0) < 0 && errno == EAGAIN);
	CHECK(send(d.fd[2], "help\n", 5, 0) == 5);
	CHECK(!strncmp(answer(&d, 2), "ok\n", 3));
out:
	end(&d);
	return err;
}

/* A dead gateway's file is taken over, a living one's is not. */
static int test_takeover(void)
{
	struct control *other = NULL;
	struct desk d;
	int err, fd;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	TRY(begin(&d));
	CHECK_INT(control_open(&other, &d.env, d.path), EADDRINUSE);
	control_close(d.control);
	d.control = NULL;
	strcpy(sun.sun_path, d.path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	close(fd);                      /* the file stays behind */
	TRY(control_open(&d.control, &d.env, d.path));
	CHECK(dial(&d) == 0);
out:
	end(&d);
	return err;
}

/* A lookup answers later; a client that goes, or a socket that closes,
 * takes it along. */
static int enum_later(struct enum_query *q, const char *number, enum_fn *fn,
		      void *fn_arg, void *arg)
{
	struct enum_client **c = arg;

	return enum_lookup(*c, q, number, 0, fn, fn_arg);
}

/* Asked, and nothing said yet: an answer takes another turn. */
static bool has_to_wait(struct desk *d, int i, struct fake_resolver *dns)
{
	char c;

	for (int k = 0; k < 200 && !fake_resolver_waiting(dns); k++)
		loop_turn(d->loop, 10);
	return fake_resolver_waiting(dns) == 1 &&
	       recv(d->fd[i], &c, 1, 0) < 0;
}

static int test_wait(void)
{
	struct fake_resolver *dns = NULL;
	struct enum_client *c = NULL;
	struct enum_tree t = { .apex = "e164.arpa" };
	struct desk d;
	int i, err;

	TRY(begin(&d));
	TRY(fake_resolver_new(&dns, d.loop));
	t.resolver = fake_resolver_of(dns);
	TRY(enum_client_new(&c, d.loop, &t, 1));
	control_close(d.control);
	d.control = NULL;
	d.env.enum_lookup = enum_later;
	d.env.arg = &c;
	TRY(control_open(&d.control, &d.env, d.path));
	TRY(fake_resolver_script(dns, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", 0,
				 FAKE_RECORDS, 100));
	i = dial(&d);
	CHECK(i >= 0 && send(d.fd[i], "enum +815012345678\n", 19, 0) == 19);
	CHECK(has_to_wait(&d, i, dns));
	for (int k = 0; k < 200 && fake_resolver_waiting(dns); k++)
		loop_turn(d.loop, 10);
	CHECK(strstr(answer(&d, i), "ok\n"));
	i = dial(&d);
	CHECK(i >= 0 && send(d.fd[i], "enum 110\n", 9, 0) == 9);
	CHECK_STR(str_z(answer(&d, i)),
		  "error: no number that ENUM could know\n");
	i = dial(&d);
	CHECK(i >= 0 && send(d.fd[i], "enum +815012345678\n", 19, 0) == 19);
	CHECK(has_to_wait(&d, i, dns));
	control_close(d.control);
	d.control = NULL;
	CHECK_INT(fake_resolver_waiting(dns), 0);
out:
	control_close(d.control);
	d.control = NULL;
	enum_client_free(c);
	fake_resolver_free(dns);
	end(&d);
	return err;
}

const struct test_suite suite_control = {
	"control/control", (const struct test[]){
		TEST_WITH(test_exchange, TEST_REAL),
		TEST_WITH(test_stop, TEST_REAL),
		TEST_WITH(test_bounds, TEST_REAL),
		TEST_WITH(test_wait, TEST_REAL),
		TEST_WITH(test_takeover, TEST_REAL), TEST_END } };
