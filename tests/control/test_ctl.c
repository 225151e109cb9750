/* SPDX-License-Identifier: Apache-2.0 */
/* The client, against the real socket served by a thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/control/control.h"
#include "tests/lib/test.h"

struct server {
	int         fd;
	const char *reply;
	char        line[256];
};

/* Takes one command, answers, hangs up. */
static void *serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->fd, NULL, NULL);
	size_t n = 0;
	ssize_t k;

	while (n + 1 < sizeof(s->line) && !memchr(s->line, '\n', n) &&
	       (k = recv(fd, s->line + n, sizeof(s->line) - 1 - n, 0)) > 0)
		n += (size_t)k;
	s->line[n] = '\0';
	k = send(fd, s->reply, strlen(s->reply), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

/* The exit code of the client when the gateway says reply. */
static int ask(struct server *s, const char *reply, int argc, char **argv)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	pthread_t thread;
	int code;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/tipring-ctl-%d",
		 (int)getpid());
	unlink(sun.sun_path);
	s->reply = reply;
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(s->fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    listen(s->fd, 1) || pthread_create(&thread, NULL, serve, s))
		return -1;
	fflush(stdout);
	code = control_client(sun.sun_path, argc, argv);
	pthread_join(thread, NULL);
	close(s->fd);
	unlink(sun.sun_path);
	return code;
}

static int test_codes(void)
{
	char *argv[] = { (char *)"status" };
	struct server s;
	int err = 0;

	CHECK_INT(ask(&s, "ok\n", 1, argv), 0);
	CHECK_STR(str_z(s.line), "status\n");
	CHECK_INT(ask(&s, "error: no\n", 1, argv), 1);
	CHECK_INT(ask(&s, "error: usage: tipring ctl COMMAND\n", 1, argv), 2);
	CHECK_INT(ask(&s, "no\nno route\n", 1, argv), 1);
	CHECK_INT(ask(&s, "", 1, argv), 3);
	CHECK_INT(control_client("/nonexistent/socket", 1, argv), 3);
out:
	return err;
}

static int test_quoting(void)
{
	char *argv[] = { (char *)"play", (char *)"a b", (char *)"x\"y\\z",
			 (char *)"" };
	struct server s;
	int err = 0;

	CHECK_INT(ask(&s, "ok\n", 4, argv), 0);
	CHECK_STR(str_z(s.line), "play \"a b\" \"x\\\"y\\\\z\" \"\"\n");
out:
	return err;
}

const struct test_suite suite_ctl = {
	"control/ctl", (const struct test[]){
		TEST_WITH(test_codes, TEST_REAL),
		TEST_WITH(test_quoting, TEST_REAL), TEST_END } };
