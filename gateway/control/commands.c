/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of commands. Each prints lines of key=value, so that people and
 * scripts read the same text. To add one: a function and a row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metric.h"
#include "conf/conf.h"
#include "gateway/call/call_table.h"
#include "gateway/control/control.h"
#include "gateway/control/enum_command.h"
#include "gateway/control/route_command.h"
#include "gateway/control/sim_commands.h"
#include "gateway/line/line.h"
#include "gateway/route/guard.h"
#include "gateway/service/location.h"
#include "gateway/sip/block.h"

enum { WORDS_MAX = 12 };

static int cmd_status(const struct command *c)
{
	struct engine_stats e;
	struct calls *cs = c->env->calls;

	media_engine_stats(c->env->engine, &e);
	buf_addf(c->out, "calls=%u total=%llu draining=%s\n", cs->n,
		 (unsigned long long)cs->total,
		 cs->draining || cs->refusing ? "yes" : "no");
	buf_addf(c->out, "workers=%u bridges=%u ticks=%llu late=%llu "
		 "relayed=%llu\n", e.workers, e.bridges,
		 (unsigned long long)e.ticks,
		 (unsigned long long)e.late_ticks,
		 (unsigned long long)e.relayed);
	buf_addf(c->out, "loop_stalls=%llu\n",
		 (unsigned long long)loop_stalls(c->env->loop));
	if (c->env->more_status)
		c->env->more_status(c->out, c->env->arg);
	return 0;
}

static void print_call(struct buf *out, const struct call *c)
{
	uint64_t now = loop_wall_us(c->calls->env.loop);

	buf_addf(out, "call=%s state=%s source=%s calling=%s called=%s "
		 "route=%s target=%s line=%s tried=%u emergency=%s "
		 "age_s=%.1f\n",
		 c->id, call_state_name(c->state), c->cdr.source,
		 c->cdr.calling.number, c->cdr.called.number, c->cdr.route,
		 c->cdr.target, c->cdr.line, c->cdr.tried,
		 c->emergency ? "yes" : "no",
		 (double)(now - c->cdr.start_us) / 1e6);
}

static int cmd_calls(const struct command *c)
{
	LIST_EACH(n, &c->env->calls->list)
		print_call(c->out, CONTAINER(n, const struct call, node));
	return 0;
}

static int cmd_hangup(const struct command *c)
{
	struct call *call;

	if (!strcmp(c->argv[1], "all")) {
		LIST_EACH_SAFE(n, &c->env->calls->list)
			call_hangup(CONTAINER(n, struct call, node),
				    CAUSE_NORMAL);
		return 0;
	}
	call = calls_find(c->env->calls, str_z(c->argv[1]));
	if (!call)
		return command_fail(c, ENOENT, "no such call");
	call_hangup(call, CAUSE_NORMAL);
	return 0;
}

static int cmd_lines(const struct command *c)
{
	LIST_EACH(n, &c->env->lines->lines) {
		const struct line *l = CONTAINER(n, const struct line, node);

		buf_addf(c->out, "line=%s kind=%s state=%s alarm=%s "
			 "number=%s calls_out=%llu calls_in=%llu\n", l->name,
			 line_kind_name(l->kind), line_state_name(l->state),
			 l->alarm ? "yes" : "no", l->own.number,
			 (unsigned long long)l->calls,
			 (unsigned long long)l->calls_in);
	}
	return 0;
}

static int cmd_phones(const struct command *c)
{
	const struct location_phone *p;

	for (size_t i = 0; (p = location_at(c->env->location, i)); i++) {
		const struct binding *b = location_best(p);

		buf_addf(c->out, "phone=%s number=%s contacts=%u contact=%s "
			 "expires=%u\n", p->conf->user, p->conf->number, p->n,
			 b ? b->contact : "-", b ? binding_left_s(b) : 0);
	}
	return 0;
}

static int cmd_metrics(const struct command *c)
{
	metric_dump(c->out);
	return 0;
}

static int cmd_conf(const struct command *c)
{
	conf_dump(c->out, c->env->conf);
	return 0;
}

static int cmd_reload(const struct command *c)
{
	const struct control_env *env = c->env;
	bool dry_run = c->argc > 1;
	int err;

	if (dry_run && strcmp(c->argv[1], "--dry-run"))
		return command_usage(c);
	err = env->reload && c->wait
		? env->reload(dry_run, c->wait, env->arg) : ENOTSUP;
	if (err == EINPROGRESS)
		return err;
	return command_fail(c, err, err == ENOTSUP ? "there is no file"
						   : strerror(err));
}

static int guard_error(const struct command *c, int err, const char *nobody)
{
	switch (err) {
	case 0:
		return 0;
	case ENOENT:
		return command_fail(c, err, nobody);
	case EBADMSG:
		return command_fail(c, err, "no country code");
	case ENOSPC:
		return command_fail(c, err, "it knows too many countries");
	default:
		return command_fail(c, err, strerror(err));
	}
}

static int cmd_guard(const struct command *c)
{
	struct guard *g = c->env->guard;
	const char *what = c->argc > 1 ? c->argv[1] : "";

	if (c->argc == 1)
		guard_print(g, c->out);
	else if (c->argc == 3 && !strcmp(what, "clear"))
		return guard_error(c, guard_clear(g, c->argv[2]),
				   "nothing is known of that source; "
				   "ctl guard lists them");
	else if (c->argc == 4 && !strcmp(what, "allow"))
		return guard_error(c, guard_allow(g, c->argv[2], c->argv[3],
						  c->out),
				   "there is no such caller; one is like "
				   "phone:NAME, line:NAME, peer:NAME, "
				   "internet");
	else
		return command_usage(c);
	return 0;
}

static int cmd_blocked(const struct command *c)
{
	sip_block_print(c->env->block, c->out);
	return 0;
}

static int cmd_unblock(const struct command *c)
{
	bool all = !strcmp(c->argv[1], "all");
	struct addr a;

	if (!all && addr_parse_ip(&a, str_z(c->argv[1])))
		return command_fail(c, EBADMSG, "not an IP address");
	if (sip_block_clear(c->env->block, all ? NULL : &a))
		return command_fail(c, ENOENT, "it is not blocked");
	return 0;
}

static int cmd_trace(const struct command *c)
{
	bool off = !strcmp(c->argv[1], "off");
	int err;

	if (!c->env->trace)
		return command_fail(c, ENOTSUP, "there is no trace");
	err = c->env->trace(off ? NULL : c->argv[1], c->env->arg);
	return err ? command_fail_file(c, err, c->argv[1]) : 0;
}

static int cmd_stop(const struct command *c)
{
	c->env->stop(c->env->arg);
	return 0;
}

static int cmd_help(const struct command *c)
{
	control_help(c->out);
	return 0;
}

static const struct command_row rows[] = {
	{ "status",  0, 0, "", "calls, media, peers and registrations",
	  cmd_status },
	{ "calls",   0, 0, "", "calls at this moment", cmd_calls },
	{ "hangup",  1, 1, "CALL|all", "ends a call, or all of them",
	  cmd_hangup },
	{ "lines",   0, 0, "", "lines and their states", cmd_lines },
	{ "phones",  0, 0, "", "phones and where they are", cmd_phones },
	{ "metrics", 0, 0, "", "all counters, Prometheus text", cmd_metrics },
	{ "conf",    0, 0, "", "the configuration in force, secrets masked",
	  cmd_conf },
	{ "guard",   0, 3, "[clear SOURCE|allow SOURCE COUNTRY]",
	  "what sources have used, and the countries they know", cmd_guard },
	{ "blocked", 0, 0, "", "scanners that are not answered", cmd_blocked },
	{ "unblock", 1, 1, "ADDRESS|all", "they are answered again",
	  cmd_unblock },
	{ "reload",  0, 1, "[--dry-run]", "the file again, while calls run; "
	  "only tells what would change", cmd_reload },
	{ "trace",   1, 1, "FILE|off", "writes all SIP messages to a file",
	  cmd_trace },
	{ "route",   2, 7, "FROM NUMBER [--at TIME] [--caller NUMBER] "
	  "[--explain]", "where a call would go now, and why",
	  route_command },
	{ "enum",    1, 1, "NUMBER", "looks a number up, and tells each "
	  "step", enum_command },
	{ "stop",    0, 0, "", "ends all calls and the gateway", cmd_stop },
	{ "help",    0, 0, "", "this list", cmd_help },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

int command_fail(const struct command *c, int err, const char *why)
{
	buf_reset(c->out);
	buf_addz(c->out, why);
	return err;
}

int command_fail_file(const struct command *c, int err, const char *path)
{
	buf_reset(c->out);
	buf_addf(c->out, "%s: %s", path, strerror(err));
	return err;
}

int command_usage(const struct command *c)
{
	buf_reset(c->out);
	buf_addf(c->out, COMMAND_USAGE "%s%s%s", c->row->name,
		 *c->row->args ? " " : "", c->row->args);
	return EINVAL;
}

/* Splits in place: blanks part words, "..." holds one, \ escapes. */
static int split(char *line, char *argv[WORDS_MAX], int *argc)
{
	char *r = line, *w;
	bool quoted;

	*argc = 0;
	for (;;) {
		while (*r == ' ' || *r == '\t' || *r == '\r')
			r++;
		if (!*r)
			return 0;
		if (*argc == WORDS_MAX)
			return E2BIG;
		argv[(*argc)++] = w = r;
		quoted = false;
		for (; *r && (quoted || !strchr(" \t\r", *r)); r++) {
			if (*r == '"')
				quoted = !quoted;
			else if (*r == '\\' && r[1])
				*w++ = *++r;
			else
				*w++ = *r;
		}
		if (quoted)
			return EBADMSG;
		if (*r)
			r++;
		*w = '\0';
	}
}

static const struct command_row *find(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	for (const struct command_row *r = sim_commands; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

int control_run(const struct control_env *env, const char *line,
		struct buf *out, struct control_wait *w)
{
	char copy[2048], *argv[WORDS_MAX];
	struct command c = { .env = env, .out = out, .wait = w,
			     .argv = argv };
	const struct command_row *r;

	if (str_copy(copy, sizeof(copy), str_z(line)))
		return command_fail(&c, E2BIG, "line too long");
	if (split(copy, argv, &c.argc))
		return command_fail(&c, EBADMSG, COMMAND_USAGE "balanced "
				    "quotes, and fewer words");
	if (!c.argc)
		return command_fail(&c, EBADMSG, COMMAND_USAGE "COMMAND");
	r = find(argv[0]);
	if (!r)
		return command_fail(&c, ENOENT, COMMAND_USAGE "COMMAND; there "
				    "is none of that name, try help");
	c.row = r;
	if (c.argc - 1 < r->min_args || c.argc - 1 > r->max_args)
		return command_usage(&c);
	return r->fn(&c);
}

static void help_rows(struct buf *out, const struct command_row *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char head[64];

		snprintf(head, sizeof(head), "%s %s", r[i].name, r[i].args);
		buf_addf(out, "  %-34s %s\n", head, r[i].doc);
	}
}

void control_help(struct buf *out)
{
	size_t n = 0;

	while (sim_commands[n].name)
		n++;
	help_rows(out, rows, N_ROWS);
	buf_addz(out, "simulated lines:\n");
	help_rows(out, sim_commands, n);
}
