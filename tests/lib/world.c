/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "gateway/app_conf.h"
#include "tests/lib/test.h"

enum { CONF_MAX = 16384, ENDS_MS = 45000 };

/* --- configuration ----------------------------------------------------- */

static const char *or_none(const char *s)
{
	return s ? s : "";
}

static void base_conf(struct buf *b, const struct world *w,
		      const struct world_params *p)
{
	const char *level = getenv("TEST_LOG") && !test_oom ? "debug" : "err";

	buf_addf(b, "log: { level: %s }\n", level);
	buf_addf(b, "sip: { domain: home.test, source_rate: 0, listen: [ { "
		 "transport: udp, address: \"192.0.2.1:5060\" } ]%s%s }\n",
		 p->sip ? ", " : "", or_none(p->sip));
	buf_addf(b, "media: { workers: %d, port_min: 20000, "
		 "port_max: %d%s%s }\n",
		 p->real ? p->workers ? p->workers : 2 : 0,
		 p->rtp_ports ? 20000 + 2 * p->rtp_ports - 1 : 23999,
		 p->media ? ", " : "", or_none(p->media));
	buf_addf(b, "calls: { cdr_file: \"/proc/self/fd/%d\"%s%s }\n",
		 w->cdr_fd, p->calls ? ", " : "", or_none(p->calls));
	buf_addz(b, or_none(p->conf));
}

/* 192.0.2. becomes the prefix of a real run. */
static void put_prefix(struct buf *out, struct str text, const char *prefix)
{
	static const char from[] = "192.0.2.";
	const char *end = text.p + text.l, *s = text.p, *hit;

	while (s < end && (hit = memmem(s, (size_t)(end - s), from,
					sizeof(from) - 1))) {
		buf_add(out, s, (size_t)(hit - s));
		buf_addz(out, prefix);
		s = hit + sizeof(from) - 1;
	}
	buf_add(out, s, (size_t)(end - s));
}

int world_set_file(struct world *w, struct str text)
{
	if (ftruncate(w->conf_fd, 0) ||
	    pwrite(w->conf_fd, text.p, text.l, 0) != (ssize_t)text.l)
		return EIO;
	return 0;
}

int world_set_conf(struct world *w, const struct world_params *p)
{
	struct buf raw, text;
	int err;

	buf_init(&raw, CONF_MAX);
	buf_init(&text, CONF_MAX);
	base_conf(&raw, w, p);
	put_prefix(&text, buf_str(&raw), w->net_prefix);
	err = raw.err ? raw.err : text.err;
	if (!err)
		err = world_set_file(w, buf_str(&text));
	buf_fini(&raw);
	buf_fini(&text);
	return err;
}

static void say_errors(const struct conf_diag *diag)
{
	struct buf b;

	buf_init(&b, CONF_MAX);
	conf_diag_print(diag, &b);
	printf("%.*s", STR_FMT(buf_str(&b)));
	buf_fini(&b);
}

static int load(struct world *w, const struct world_params *p)
{
	struct conf_diag diag;
	char path[32];
	int err = world_set_conf(w, p);

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->conf_fd);
	conf_diag_init(&diag);
	err = conf_load(&w->conf, path, app_sections, app_conf_cross, &diag);
	if (err == EINVAL && !test_oom)
		say_errors(&diag);
	conf_diag_fini(&diag);
	return err;
}

/* --- life -------------------------------------------------------------- */

static int open_net(struct world *w, bool real)
{
	unsigned pid = (unsigned)getpid();
	int err = 0;

	snprintf(w->net_prefix, sizeof(w->net_prefix), "192.0.2.");
	if (real) {
		/* one net of 127/8 for each process */
		w->udp = &udp_os;
		snprintf(w->net_prefix, sizeof(w->net_prefix), "127.%u.%u.",
			 128 + (pid >> 8) % 127, pid & 255);
	} else {
		err = fake_net_new(&w->net, 1);
		if (!err)
			w->udp = fake_net_udp(w->net);
	}
	snprintf(w->gateway, sizeof(w->gateway), "%s1", w->net_prefix);
	return err;
}

static int open_all(struct world *w, const struct world_params *p)
{
	struct app_params ap = { .clk = p->real ? &clk_real : &w->clk.clk };
	char path[32];
	int err = loop_new(&w->loop, ap.clk);

	if (!err)
		err = open_net(w, p->real);
	if (!err)
		err = fake_resolver_new(&w->dns, w->loop);
	w->cdr_fd = memfd_create("cdr", MFD_CLOEXEC);
	w->conf_fd = memfd_create("conf", MFD_CLOEXEC);
	if (!err && (w->cdr_fd < 0 || w->conf_fd < 0))
		err = errno;
	if (!err)
		err = load(w, p);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->conf_fd);
	ap.path = path;
	ap.conf = w->conf;
	ap.net = w->udp;
	ap.resolver = fake_resolver_of(w->dns);
	ap.loop = w->loop;
	return app_new(&w->app, &ap);
}

int world_new(struct world **wp, const struct world_params *p)
{
	struct world *w = obj_new(sizeof(*w), NULL);
	int err;

	if (!w)
		return ENOMEM;
	setenv("TEST_WORLD_PW", "secret", 1);
	clk_virtual_init(&w->clk);
	list_init(&w->uas);
	err = open_all(w, p);
	if (err)
		world_free(w);
	else
		*wp = w;
	return err;
}

struct told {
	struct buf *out;
	int         err;
	bool        done;
};

static void on_reloaded(int err, struct str text, void *arg)
{
	struct told *t = arg;

	if (t->out)
		buf_adds(t->out, text);
	t->err = err;
	t->done = true;
}

int world_reload(struct world *w, bool dry_run, struct buf *out)
{
	struct told t = { .out = out };
	int err = app_reload(w->app, dry_run, on_reloaded, &t);

	while (!err && !t.done)
		loop_turn(w->loop, 0);
	return err ? err : t.err;
}

static void on_empty(void *arg)
{
	*(bool *)arg = true;
}

/* Calls end in an orderly way, as at the end of the program. */
static void drain(struct world *w)
{
	bool empty = false;

	calls_drain(app_calls(w->app), on_empty, &empty);
	for (int i = 0; i < 600 && !empty; i++)
		world_run(w, 100);
	if (!empty)
		test_say(__FILE__, __LINE__, "%u calls left",
			 world_calls(w));
}

void world_free(struct world *w)
{
	if (!w)
		return;
	if (w->app)
		drain(w);
	app_free(w->app);
	LIST_EACH_SAFE(n, &w->uas) {
		struct sip_ua *u = CONTAINER(n, struct sip_ua, node);

		list_unlink(n);
		sip_ua_fini(u);
		obj_unref(u);
	}
	obj_unref(w->conf);
	fake_resolver_free(w->dns);
	fake_net_free(w->net);
	loop_free(w->loop);
	if (w->cdr_fd > 0)
		close(w->cdr_fd);
	if (w->conf_fd > 0)
		close(w->conf_fd);
	log_set_level(getenv("TEST_LOG") ? LOG_DEBUG : LOG_ERR);
	obj_unref(w);
}

void world_run(struct world *w, uint32_t ms)
{
	const struct clk *c = loop_clk(w->loop);

	loop_run_until(w->loop, c->now_us(c->arg) + ms * 1000ull);
}

int world_wait(struct world *w, uint32_t ms, bool (*check)(void *arg),
	       void *arg)
{
	for (uint32_t t = 0; t < ms; t += 5) {
		if (check(arg))
			return 0;
		world_run(w, 5);
	}
	return check(arg) ? 0 : ETIMEDOUT;
}

/* --- around it --------------------------------------------------------- */

int world_ua(struct sip_ua **up, struct world *w, const char *user,
	     unsigned host)
{
	struct sip_ua *u = obj_new(sizeof(*u), NULL);
	char ip[32];
	int err;

	if (!u)
		return ENOMEM;
	list_append(&w->uas, &u->node);
	snprintf(ip, sizeof(ip), "%s%u", w->net_prefix, host);
	err = sip_ua_init(u, w->loop, w->udp, fake_resolver_of(w->dns), user,
			  ip);
	if (!err)
		*up = u;
	return err;
}

static bool is_registered(void *arg)
{
	struct sip_register_info i;

	sip_register_info(((struct sip_ua *)arg)->reg, &i);
	return i.registered;
}

int world_phone(struct sip_ua **up, struct world *w, const char *user,
		unsigned host)
{
	int err = world_ua(up, w, user, host);

	if (!err)
		err = sip_ua_register(*up, w->gateway, "secret", 3600);
	if (!err)
		err = world_wait(w, 10000, is_registered, *up);
	return err;
}

struct line *world_line(const struct world *w, const char *name)
{
	return line_find(app_lines(w->app), str_z(name));
}

struct sim_status world_sim(const struct world *w, const char *name)
{
	struct line *l = world_line(w, name);
	struct sim_status st;

	memset(&st, 0, sizeof(st));
	if (!l || sim_status(&st, l))
		memset(&st, 0, sizeof(st));
	return st;
}

int world_sim_fit(struct sine *s, const struct world *w, const char *name,
		  double hz, unsigned ms)
{
	const int16_t *pcm;
	size_t n, want = 8 * (size_t)ms;
	int err = sim_record_get(&pcm, &n, world_line(w, name));

	if (err)
		return err;
	if (want > n)
		want = n;
	sine_fit(s, pcm + n - want, want, 8000, hz);
	return 0;
}

struct call *world_call(const struct world *w)
{
	struct calls *cs = app_calls(w->app);

	LIST_EACH(n, &cs->list)
		return CONTAINER(n, struct call, node);
	return NULL;
}

unsigned world_calls(const struct world *w)
{
	return app_calls(w->app)->n;
}

const char *world_cdr(struct world *w)
{
	ssize_t n = pread(w->cdr_fd, w->cdr, sizeof(w->cdr) - 1, 0);

	w->cdr[n > 0 ? n : 0] = '\0';
	return w->cdr;
}

unsigned world_cdr_count(struct world *w, const char *text)
{
	unsigned count = 0;

	for (const char *s = world_cdr(w); *s; ) {
		const char *end = strchrnul(s, '\n');

		count += memmem(s, (size_t)(end - s), text, strlen(text)) !=
			 NULL;
		s = *end ? end + 1 : end;
	}
	return count;
}

/* --- nothing left ------------------------------------------------------ */

/* The first line in use, or NULL. */
static const struct line *line_in_use(struct world *w)
{
	LIST_EACH(n, &app_lines(w->app)->lines) {
		const struct line *l = CONTAINER(n, const struct line, node);

		if (l->state != LINE_IDLE && l->state != LINE_DOWN)
			return l;
	}
	return NULL;
}

static bool is_over(void *arg)
{
	struct world *w = arg;

	return !world_calls(w) && !sip_stack_txns(app_stack(w->app)) &&
	       !line_in_use(w);
}

bool world_is_idle(struct world *w)
{
	struct app_counts c;
	bool ok = world_wait(w, ENDS_MS, is_over, w) == 0;

	app_counts(&c, w->app);
	if (!ok || c.sessions || c.rtp_ports)
		test_say(__FILE__, __LINE__, "left: calls=%u txns=%u "
			 "sessions=%zu rtp_ports=%u", world_calls(w),
			 sip_stack_txns(app_stack(w->app)), c.sessions,
			 c.rtp_ports);
	if (line_in_use(w))
		test_say(__FILE__, __LINE__, "line %s is %s",
			 line_in_use(w)->name,
			 line_state_name(line_in_use(w)->state));
	return ok && !c.sessions && !c.rtp_ports;
}
