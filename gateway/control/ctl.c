/* SPDX-License-Identifier: Apache-2.0 */
/* `tipring ctl`: one command to the running gateway. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/control/control.h"

enum {
	EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_GATEWAY = 3,
};

static int connect_to(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (str_copy(sun.sun_path, sizeof(sun.sun_path), str_z(path))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

/* Words with blanks or quotes travel in quotes. */
static void add_word(struct buf *b, const char *w)
{
	if (b->len)
		buf_addc(b, ' ');
	if (*w && !strpbrk(w, " \t\"\\")) {
		buf_addz(b, w);
		return;
	}
	buf_addc(b, '"');
	for (; *w; w++) {
		if (*w == '"' || *w == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *w);
	}
	buf_addc(b, '"');
}

static bool send_all(int fd, struct str s)
{
	while (s.l) {
		ssize_t n = send(fd, s.p, s.l, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		s.p += n;
		s.l -= (size_t)n;
	}
	return true;
}

static bool read_all(int fd, struct buf *b)
{
	char chunk[4096];
	ssize_t n;

	while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		buf_add(b, chunk, (size_t)n);
	return n == 0 && !b->err && b->len;
}

static int exchange(int fd, struct str line)
{
	struct str head, text;
	struct buf answer;
	int code;

	buf_init(&answer, 2 << 20);
	if (!send_all(fd, line) || !read_all(fd, &answer)) {
		fprintf(stderr, "tipring ctl: the gateway did not answer\n");
		buf_fini(&answer);
		return EXIT_NO_GATEWAY;
	}
	str_cut(buf_str(&answer), '\n', &head, &text);
	code = str_eqz(head, "ok") ? EXIT_OK : EXIT_REFUSED;
	if (code == EXIT_OK || str_eqz(head, "no")) {
		fwrite(text.p, 1, text.l, stdout);
	} else {
		str_cut(buf_str(&answer), ' ', &head, &text);   /* "error:" */
		if (str_starts(text, COMMAND_USAGE))
			code = EXIT_USAGE;
		fprintf(stderr, "%s%.*s", code == EXIT_USAGE ? ""
			: "tipring ctl: ", STR_FMT(text));
	}
	buf_fini(&answer);
	return code;
}

int control_client(const char *path, int argc, char **argv)
{
	struct buf line;
	int fd = connect_to(path);
	int code;

	if (fd < 0) {
		fprintf(stderr, "tipring ctl: no gateway at %s: %s\n", path,
			strerror(errno));
		return EXIT_NO_GATEWAY;
	}
	buf_init(&line, 2048);
	for (int i = 0; i < argc; i++)
		add_word(&line, argv[i]);
	buf_addc(&line, '\n');
	if (line.err) {
		fprintf(stderr, "tipring ctl: the command is too long\n");
		code = EXIT_USAGE;
	} else {
		code = exchange(fd, buf_str(&line));
	}
	buf_fini(&line);
	close(fd);
	return code;
}
