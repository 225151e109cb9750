/* SPDX-License-Identifier: Apache-2.0 */
/* Subcommands, signals, exit codes; nothing else. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/app.h"
#include "gateway/app_conf.h"
#include "gateway/control/control.h"
#include "gateway/app_enum_command.h"
#include "gateway/app_route.h"

#ifndef TIPRING_VERSION
#define TIPRING_VERSION "0.1.0"
#endif

enum { EXIT_FAIL = 1, EXIT_USAGE = 2 };

static const char default_conf[] = "/etc/tipring/gateway.yaml";
static const char default_socket[] = "/run/tipring/control.sock";

static const char usage_text[] =
	"usage: tipring COMMAND\n"
	"\n"
	"  run   [-c FILE]                 runs the gateway in the foreground\n"
	"  check [-c FILE]                 checks a configuration\n"
	"  conf  [-c FILE]                 prints it with all defaults\n"
	"  enum  [-c FILE] [--explain] NUMBER\n"
	"                                  looks a number up by ENUM\n"
	"  route [-c FILE] FROM NUMBER [--at TIME] [--caller NUMBER] "
	"[--explain]\n"
	"                                  where a call would go, and why;\n"
	"                                  FROM is phone:NAME, line:NAME,\n"
	"                                  peer:NAME or internet\n"
	"  ctl   [-s SOCKET | -c FILE] COMMAND...\n"
	"                                  a command to the running gateway;\n"
	"                                  tipring ctl --help lists them\n"
	"  doc                             all keys of the file, as Markdown\n"
	"  version\n"
	"\n"
	"FILE is /etc/tipring/gateway.yaml unless given.\n"
	"Exit codes: 0 done; 1 failed; 2 wrong usage or configuration;\n"
	"3 no gateway at the control socket.\n";

/* What the command line says; words are what follows the options. */
struct options {
	const char *conf, *socket;
	bool        explain, help;
	int         n_words;
	char      **words;
};

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

/* Options end at the first word: those of ctl's commands are theirs. */
static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "conf", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "explain", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	memset(o, 0, sizeof(*o));
	o->conf = default_conf;
	while ((c = getopt_long(argc, argv, "+c:s:eh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->conf = optarg;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'e':
			o->explain = true;
			break;
		case 'h':
			o->help = true;
			break;
		default:
			return false;
		}
	}
	o->n_words = argc - optind;
	o->words = argv + optind;
	/* --explain may also stand behind the number */
	if (o->n_words == 2 && !strcmp(o->words[1], "--explain")) {
		o->explain = true;
		o->n_words = 1;
	}
	return true;
}

/* Prints what is wrong; NULL then. */
static struct conf_snapshot *load(const char *path)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	struct buf text;
	int err;

	conf_diag_init(&d);
	err = conf_load(&s, path, app_sections, app_conf_cross, &d);
	if (err) {
		buf_init(&text, 1 << 20);
		conf_diag_print(&d, &text);
		if (!text.len)
			fprintf(stderr, "%s: %s\n", path, strerror(err));
		fwrite(text.p, 1, text.len, stderr);
		buf_fini(&text);
	}
	conf_diag_fini(&d);
	return s;
}

/* --- run --------------------------------------------------------------- */

struct signals {
	struct io   io;
	struct app *app;
};

static void on_signal(unsigned ready, void *arg)
{
	static const struct log_tag tag = { .module = "main" };
	struct signals *s = arg;
	struct signalfd_siginfo si;
	int err;

	(void)ready;
	if (read(s->io.fd, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo != SIGHUP) {
		log_notice(&tag, "stopping", "signal=%u", si.ssi_signo);
		app_stop(s->app);
		return;
	}
	/* how it ends is in the log */
	err = app_reload(s->app, false, NULL, NULL);
	if (err)
		log_err(&tag, "no reload", "error=\"%s\"", strerror(err));
}

static int watch_signals(struct signals *s, struct app *a)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return errno;
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return errno;
	s->app = a;
	return io_start(app_loop(a), &s->io, fd, IO_READ, on_signal, s);
}

static int run(struct conf_snapshot *conf, const char *path)
{
	const struct app_params p = {
		.conf = conf, .path = path, .clk = &clk_real,
		.net = &udp_os, .tcp = true,
	};
	struct signals signals = { .app = NULL };
	struct app *a = NULL;
	int err;

	signal(SIGPIPE, SIG_IGN);
	err = app_new(&a, &p);
	if (!err)
		err = watch_signals(&signals, a);
	if (!err)
		err = app_run(a);
	if (signals.app) {
		io_stop(&signals.io);
		close(signals.io.fd);
	}
	app_free(a);
	return err ? EXIT_FAIL : 0;
}

/* --- subcommands ------------------------------------------------------- */

static int cmd_run(const struct options *o)
{
	struct conf_snapshot *s = load(o->conf);
	int code = EXIT_USAGE;

	if (s)
		code = run(s, o->conf);
	obj_unref(s);
	return code;
}

static int cmd_check(const struct options *o)
{
	struct conf_snapshot *s = load(o->conf);

	if (!s)
		return EXIT_USAGE;
	printf("%s: ok\n", o->conf);
	obj_unref(s);
	return 0;
}

static int print(struct buf *b)
{
	int code = b->err || fwrite(b->p, 1, b->len, stdout) != b->len;

	buf_fini(b);
	return code ? EXIT_FAIL : 0;
}

static int cmd_conf(const struct options *o)
{
	struct conf_snapshot *s = load(o->conf);
	struct buf b;

	if (!s)
		return EXIT_USAGE;
	buf_init(&b, 1 << 20);
	conf_dump(&b, s);
	obj_unref(s);
	return print(&b);
}

static int cmd_doc(const struct options *o)
{
	struct buf b;

	(void)o;
	buf_init(&b, 1 << 20);
	conf_doc(&b, app_sections);
	return print(&b);
}

static int cmd_enum(const struct options *o)
{
	struct conf_snapshot *s;
	int code;

	if (o->n_words != 1)
		return usage();
	s = load(o->conf);
	if (!s)
		return EXIT_USAGE;
	code = app_enum_command(s, o->words[0], o->explain);
	obj_unref(s);
	return code;
}

static int cmd_route(const struct options *o)
{
	struct conf_snapshot *s;
	struct route_ask ask;
	int code;

	if (!route_ask_parse(&ask, o->n_words, o->words))
		return usage();
	ask.explain |= o->explain;
	s = load(ask.conf ? ask.conf : o->conf);
	if (!s)
		return EXIT_USAGE;
	code = app_route_command(s, &ask);
	obj_unref(s);
	return code;
}

/* The socket given, or that of the file, or the usual one. */
static int cmd_ctl(const struct options *o)
{
	const char *path = o->socket ? o->socket : default_socket;
	struct conf_snapshot *s = NULL;
	struct buf b;
	int code;

	if (o->help || !o->n_words) {
		buf_init(&b, 65536);
		buf_addz(&b, "usage: tipring ctl [-s SOCKET | -c FILE] "
			 "COMMAND...\n");
		control_help(&b);
		code = print(&b);
		return code || o->help ? code : EXIT_USAGE;
	}
	if (!o->socket && (o->conf != default_conf ||
			   !access(default_conf, R_OK))) {
		const struct control_conf *c;

		s = load(o->conf);
		if (!s)
			return EXIT_USAGE;
		c = conf_get(s, &control_conf_section);
		path = c->socket[0] ? c->socket : path;
	}
	code = control_client(path, o->n_words, o->words);
	obj_unref(s);
	return code;
}

static int cmd_version(const struct options *o)
{
	(void)o;
	puts("tipring " TIPRING_VERSION);
	return 0;
}

static const struct {
	const char *name;
	int       (*fn)(const struct options *o);
	bool        words, own_help;
} commands[] = {
	{ "run", cmd_run, false, false },  { "check", cmd_check, false, false },
	{ "conf", cmd_conf, false, false }, { "enum", cmd_enum, true, false },
	{ "route", cmd_route, true, false }, { "ctl", cmd_ctl, true, true },
	{ "doc", cmd_doc, false, false },
	{ "version", cmd_version, false, false },
};

int main(int argc, char **argv)
{
	struct options o;

	if (argc < 2)
		return usage();
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		fputs(usage_text, stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version"))
		return cmd_version(NULL);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (!parse(&o, argc - 1, argv + 1))
			return EXIT_USAGE;
		if (o.help && !commands[i].own_help) {
			fputs(usage_text, stdout);
			return 0;
		}
		if (o.n_words && !commands[i].words) {
			fprintf(stderr, "tipring %s: what is '%s'? A file is "
				"given as -c FILE\n", argv[1], o.words[0]);
			return EXIT_USAGE;
		}
		return commands[i].fn(&o);
	}
	fprintf(stderr, "tipring: unknown command '%s'\n", argv[1]);
	return usage();
}
