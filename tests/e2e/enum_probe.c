/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENUM lookups by hand, for the end-to-end tests:
 *	enum_probe CONFIG
 * reads numbers from standard input, a line each, and prints for each the
 * steps of the lookup, the URIs ("uri sip:..."), a line "done ERR MS
 * CACHED" (0, ENOENT or EAGAIN by name), and an empty line. The caches live
 * as long as the process.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "enum/enum_setup.h"

struct probe {
	struct loop       *loop;
	struct enum_setup *setup;
	struct io          in;
	struct enum_query  q;
	uint64_t           begun_us;
	char               line[64];
	size_t             n;
};

static void on_step(const struct enum_step *s, void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 4096);
	enum_step_print(&b, s);
	printf("%.*s", STR_FMT(buf_str(&b)));
	buf_fini(&b);
}

static const char *name_of(int err)
{
	return err == 0 ? "0" : err == ENOENT ? "ENOENT" :
		err == EAGAIN ? "EAGAIN" : "EBADMSG";
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct probe *p = arg;

	for (unsigned i = 0; a && i < a->n; i++)
		printf("uri %s\n", a->v[i].uri);
	printf("done %s %.3f %d\n\n", name_of(err),
	       (double)(clk_real.now_us(NULL) - p->begun_us) / 1000,
	       a && a->cached);
	fflush(stdout);
}

static void look_up(struct probe *p)
{
	int err;

	p->begun_us = clk_real.now_us(NULL);
	p->q.trace = on_step;
	p->q.trace_arg = p;
	err = enum_lookup(enum_setup_client(p->setup), &p->q, p->line, 0,
			  on_enum, p);
	if (err)
		on_enum(err, NULL, p);
}

static void on_input(unsigned ready, void *arg)
{
	struct probe *p = arg;
	char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);

	(void)ready;
	if (n <= 0) {
		loop_stop(p->loop);
	} else if (c == '\n') {
		p->line[p->n] = '\0';
		p->n = 0;
		look_up(p);
	} else if (p->n < sizeof(p->line) - 1) {
		p->line[p->n++] = c;
	}
}

static int load(struct conf_snapshot **sp, const char *path)
{
	/* the snapshot keeps it */
	static const struct conf_section *const sections[] = {
		&enum_conf_section, NULL };
	struct conf_diag d;
	struct buf said;
	int err;

	conf_diag_init(&d);
	buf_init(&said, 65536);
	err = conf_load(sp, path, sections, NULL, &d);
	conf_diag_print(&d, &said);
	fprintf(stderr, "%.*s", STR_FMT(buf_str(&said)));
	buf_fini(&said);
	conf_diag_fini(&d);
	return err;
}

int main(int argc, char **argv)
{
	struct conf_snapshot *s = NULL;
	struct probe p = { 0 };
	int err;

	signal(SIGPIPE, SIG_IGN);
	if (argc != 2 || load(&s, argv[1]))
		return 2;
	err = loop_new(&p.loop, &clk_real);
	if (!err)
		err = enum_setup_new(&p.setup, p.loop,
				     conf_get(s, &enum_conf_section), s, NULL);
	if (!err)
		err = io_start(p.loop, &p.in, STDIN_FILENO, IO_READ,
			       on_input, &p);
	if (!err)
		err = loop_run(p.loop);
	enum_cancel(&p.q);
	enum_setup_free(p.setup);
	loop_free(p.loop);
	obj_unref(s);
	return err || mem_live() ? 1 : 0;
}
