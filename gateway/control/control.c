/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: sessions of one command each, bounded in number, time
 * and bytes. */
#include "gateway/control/control.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/tmr.h"

enum {
	SESSIONS_MAX = 16,
	LINE_MAX_BYTES = 2048,
	OUT_MAX = 1 << 20,
	IDLE_MS = 10000,
	WORK_MS = 60000,        /* a command under way */
};

struct session {
	struct list_node node;
	struct control  *control;
	int              fd;
	struct io        io;
	struct tmr       tmr;
	size_t           n, sent;
	char             line[LINE_MAX_BYTES];
	struct buf       text, out;
	struct control_wait wait;
};

struct control {
	struct control_env env;
	int                fd;
	struct io          io;
	struct list        sessions;
	unsigned           n;
	char               path[108];
};

static const struct log_tag tag = { .module = "control" };
static METRIC_COUNT(m_commands, "tipring_control_commands_total",
		    "Commands given on the control socket");

static void session_free(struct session *s)
{
	io_stop(&s->io);
	tmr_stop(&s->tmr);
	if (s->wait.job)
		s->wait.cancel(&s->wait);
	buf_fini(&s->text);
	close(s->fd);
	list_unlink(&s->node);
	s->control->n--;
	buf_fini(&s->out);
	mem_free(s);
}

static void on_idle(void *arg)
{
	session_free(arg);
}

/* True: all is sent, or nothing more can be. */
static bool flush(struct session *s)
{
	ssize_t n = send(s->fd, s->out.p + s->sent, s->out.len - s->sent,
			 MSG_NOSIGNAL);

	if (n > 0)
		s->sent += (size_t)n;
	return (n < 0 && errno != EAGAIN) || s->sent == s->out.len;
}

static void on_write(unsigned ready, void *arg)
{
	(void)ready;
	if (flush(arg))
		session_free(arg);
}

static void reply(struct session *s, const char *head)
{
	struct str text = buf_str(&s->text);

	buf_addz(&s->out, head);
	buf_adds(&s->out, text);
	if (text.l && text.p[text.l - 1] != '\n')
		buf_addc(&s->out, '\n');
	/* at once: the command may have stopped the loop */
	if (s->out.err || flush(s) ||
	    io_start(s->control->env.loop, &s->io, s->fd, IO_WRITE, on_write,
		     s))
		session_free(s);
}

static void on_done(struct control_wait *w, enum control_end end)
{
	static const char *const heads[] = {
		[CONTROL_OK] = "ok\n", [CONTROL_NO] = "no\n",
		[CONTROL_ERROR] = "error: ",
	};

	reply(CONTAINER(w, struct session, wait), heads[end]);
}

static void answer(struct session *s)
{
	int err;

	metric_add(&m_commands, 1);
	s->wait = (struct control_wait){ .out = &s->text, .done = on_done };
	err = control_run(&s->control->env, s->line, &s->text, &s->wait);
	if (err == EINPROGRESS) {
		io_stop(&s->io);        /* one command is all there is */
		tmr_start(s->control->env.loop, &s->tmr, WORK_MS, on_idle, s);
	} else {
		reply(s, err ? "error: " : "ok\n");
	}
}

static void on_read(unsigned ready, void *arg)
{
	struct session *s = arg;
	ssize_t n = recv(s->fd, s->line + s->n, sizeof(s->line) - s->n - 1,
			 0);
	char *end;

	(void)ready;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		session_free(s);
		return;
	}
	s->n += (size_t)n;
	s->line[s->n] = '\0';
	end = strchr(s->line, '\n');
	if (end) {
		*end = '\0';
		answer(s);
	} else if (s->n + 1 == sizeof(s->line)) {
		session_free(s);
	}
}

static void on_connect(unsigned ready, void *arg)
{
	struct control *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct session *s;

	(void)ready;
	if (fd < 0)
		return;
	s = c->n < SESSIONS_MAX ? mem_alloc(sizeof(*s)) : NULL;
	if (!s) {
		close(fd);
		return;
	}
	s->control = c;
	s->fd = fd;
	buf_init(&s->text, OUT_MAX);
	buf_init(&s->out, OUT_MAX + 64);
	list_append(&c->sessions, &s->node);
	c->n++;
	tmr_start(c->env.loop, &s->tmr, IDLE_MS, on_idle, s);
	if (io_start(c->env.loop, &s->io, fd, IO_READ, on_read, s))
		session_free(s);
}

static void control_destroy(void *obj)
{
	struct control *c = obj;

	LIST_EACH_SAFE(n, &c->sessions)
		session_free(CONTAINER(n, struct session, node));
	io_stop(&c->io);
	if (c->fd >= 0) {
		close(c->fd);
		unlink(c->path);
	}
}

/* Is a gateway behind the file? */
static bool is_alive(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && !connect(fd, (const struct sockaddr *)sun,
					 sizeof(*sun));

	if (fd >= 0)
		close(fd);
	return alive;
}

static int bind_path(struct control *c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	mode_t mask;
	int err = 0;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", c->path);
	if (!lstat(c->path, &st) && S_ISSOCK(st.st_mode)) {
		if (is_alive(&sun))
			return EADDRINUSE;
		unlink(c->path);
	}
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	if (c->fd < 0)
		return errno;
	mask = umask(0177);
	if (bind(c->fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    listen(c->fd, SESSIONS_MAX))
		err = errno;
	umask(mask);
	if (err) {
		close(c->fd);
		c->fd = -1;
	}
	return err;
}

int control_open(struct control **cp, const struct control_env *env,
		 const char *path)
{
	struct control *c = obj_new(sizeof(*c), control_destroy);
	int err;

	if (!c)
		return ENOMEM;
	c->env = *env;
	c->fd = -1;
	list_init(&c->sessions);
	err = str_copy(c->path, sizeof(c->path), str_z(path));
	if (!err)
		err = bind_path(c);
	if (!err)
		err = io_start(env->loop, &c->io, c->fd, IO_READ, on_connect,
			       c);
	if (err) {
		obj_unref(c);
		return err;
	}
	log_info(&tag, "listening", "path=%s", path);
	*cp = c;
	return 0;
}

void control_set_conf(struct control *c, const struct conf_snapshot *conf)
{
	c->env.conf = conf;
}

void control_close(struct control *c)
{
	obj_unref(c);
}
