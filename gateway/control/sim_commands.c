/* SPDX-License-Identifier: Apache-2.0 */
/* Hands on simulated telephones and exchanges. */
#include "gateway/control/sim_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/line/line.h"
#include "gateway/line/sim/sim.h"

enum { RECORD_MAX_MS = 600000 };

static struct line *line_of(const struct command *c)
{
	return line_find(c->env->lines, str_z(c->argv[1]));
}

/* Another kind of far end, not at this moment, or an argument. */
static int cannot(const struct command *c)
{
	struct sim_status st;

	if (sim_status(&st, line_of(c)))
		return command_usage(c);
	buf_reset(c->out);
	buf_addf(c->out, "%s (%s) cannot do that; usage: tipring ctl %s %s",
		 st.exchange ? "an exchange" : "a telephone", st.state,
		 c->row->name, c->row->args);
	return EINVAL;
}

static int done(const struct command *c, int err)
{
	switch (err) {
	case 0:
		return 0;
	case ENODEV:
		return command_fail(c, err, "not a simulated line");
	case EINVAL:
		return cannot(c);
	case EBUSY:
		return command_fail(c, err, "the line is in use");
	case EALREADY:
		return command_fail(c, err, "it is so already");
	default:
		return command_fail(c, err, strerror(err));
	}
}

static int done_file(const struct command *c, int err, const char *path)
{
	return err == ENOENT || err == EACCES
		       ? command_fail_file(c, err, path)
		       : done(c, err);
}

static int no_line(const struct command *c)
{
	return command_fail(c, ENOENT, "no such line");
}

static int cmd_offhook(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_phone_offhook(l)) : no_line(c);
}

static int cmd_onhook(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_phone_onhook(l)) : no_line(c);
}

static int cmd_flash(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_phone_flash(l)) : no_line(c);
}

static int cmd_dial(const struct command *c)
{
	struct line *l = line_of(c);
	bool pulse = c->argc > 3;

	if (pulse && strcmp(c->argv[3], "pulse"))
		return command_usage(c);
	return l ? done(c, sim_phone_dial(l, c->argv[2], pulse)) : no_line(c);
}

static int cmd_auto_answer(const struct command *c)
{
	struct line *l = line_of(c);
	uint32_t rings;

	if (str_u32(&rings, str_z(c->argv[2]), 100))
		return command_usage(c);
	return l ? done(c, sim_phone_auto_answer(l, rings)) : no_line(c);
}

static int cmd_incoming(const struct command *c)
{
	struct line *l = line_of(c);
	struct party p = { .presentation = PARTY_ALLOWED };

	if (!l)
		return no_line(c);
	if (c->argc == 2)
		return done(c, sim_exchange_call(l, NULL));
	snprintf(p.number, sizeof(p.number), "%s", c->argv[2]);
	if (!strcmp(c->argv[2], "private"))
		p = (struct party){ .presentation = PARTY_RESTRICTED };
	if (c->argc > 3)
		snprintf(p.name, sizeof(p.name), "%s", c->argv[3]);
	return done(c, sim_exchange_call(l, &p));
}

static int cmd_answer(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_exchange_answer(l)) : no_line(c);
}

static int cmd_far_hangup(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_exchange_hangup(l, SIM_HANGUP_CONF))
		 : no_line(c);
}

static int cmd_cut(const struct command *c)
{
	struct line *l = line_of(c);
	bool mend = !strcmp(c->argv[2], "mend");

	if (!l)
		return no_line(c);
	if (!mend && strcmp(c->argv[2], "cut"))
		return command_usage(c);
	return done(c, sim_exchange_cut(l, !mend));
}

/* play LINE FILE [loop] | play LINE tone HZ DBM0 | play LINE off */
static int cmd_play(const struct command *c)
{
	struct line *l = line_of(c);

	if (!l)
		return no_line(c);
	if (!strcmp(c->argv[2], "off"))
		return done(c, sim_play_stop(l));
	if (!strcmp(c->argv[2], "tone"))
		return done(c, c->argc == 5
				       ? sim_play_tone(l, atof(c->argv[3]),
						       atof(c->argv[4]))
				       : EINVAL);
	return done_file(c, sim_play_file(l, c->argv[2], c->argc > 3),
			 c->argv[2]);
}

static int cmd_send(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_send_dtmf(l, c->argv[2])) : no_line(c);
}

static int cmd_record(const struct command *c)
{
	struct line *l = line_of(c);

	if (!l)
		return no_line(c);
	if (c->argc == 3 && !strcmp(c->argv[2], "start"))
		return done(c, sim_record_start(l, RECORD_MAX_MS));
	if (strcmp(c->argv[2], "stop"))
		return command_usage(c);
	if (c->argc == 3)
		return done(c, sim_record_stop(l, NULL));
	return done_file(c, sim_record_stop(l, c->argv[3]), c->argv[3]);
}

static int cmd_far(const struct command *c)
{
	struct line *l = line_of(c);
	struct sim_status st;
	int err = l ? sim_status(&st, l) : ENOENT;

	if (err)
		return l ? done(c, err) : no_line(c);
	buf_addf(c->out, "line=%s far=%s state=%s offhook=%s ringing=%s "
		 "rings=%u digits=%s hears=%s level_dbm0=%.1f caller=%s "
		 "caller_name=\"%s\" samples=%llu zero_us=%lld "
		 "recorded_from=%llu "
		 "played_from=%llu\n", l->name,
		 st.exchange ? "exchange" : "telephone", st.state,
		 st.offhook ? "yes" : "no", st.ringing ? "yes" : "no",
		 st.rings, st.digits[0] ? st.digits : "-",
		 tone_name(st.hears), st.level_dbm0,
		 !st.caller_id ? "-"
		 : st.caller.presentation == PARTY_RESTRICTED ? "private"
		 : st.caller.number[0] ? st.caller.number : "unknown",
		 st.caller.name, (unsigned long long)st.samples_heard,
		 (long long)st.zero_us,
		 (unsigned long long)st.recorded_from,
		 (unsigned long long)st.played_from);
	return 0;
}

static int cmd_forget(const struct command *c)
{
	struct line *l = line_of(c);

	return l ? done(c, sim_forget(l)) : no_line(c);
}

const struct command_row sim_commands[] = {
	{ "far",         1, 1, "LINE", "what the far end knows", cmd_far },
	{ "forget",      1, 1, "LINE", "it forgets digits, rings, caller ID",
	  cmd_forget },
	{ "off-hook",    1, 1, "LINE", "lifts the telephone", cmd_offhook },
	{ "on-hook",     1, 1, "LINE", "hangs the telephone up", cmd_onhook },
	{ "flash",       1, 1, "LINE", "hook flash", cmd_flash },
	{ "dial",        2, 3, "LINE DIGITS [pulse]", "dials", cmd_dial },
	{ "auto-answer", 2, 2, "LINE RINGS", "lifts by itself; 0: never",
	  cmd_auto_answer },
	{ "incoming",    1, 3, "LINE [NUMBER|private [NAME]]",
	  "a call from the exchange", cmd_incoming },
	{ "answer",      1, 1, "LINE", "the far subscriber answers",
	  cmd_answer },
	{ "far-hangup",  1, 1, "LINE", "the far subscriber hangs up",
	  cmd_far_hangup },
	{ "cut",         2, 2, "LINE cut|mend", "takes the battery away",
	  cmd_cut },
	{ "play",        2, 4, "LINE FILE [loop]|tone HZ DBM0|off",
	  "the far end speaks", cmd_play },
	{ "send",        2, 2, "LINE DIGITS", "DTMF in a call", cmd_send },
	{ "record",      2, 3, "LINE start|stop|stop FILE",
	  "records what the far end hears", cmd_record },
	{ NULL, 0, 0, NULL, NULL, NULL }
};
