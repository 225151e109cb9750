/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `lines:` and `groups:`. */
#include "gateway/line/line_conf.h"

#include <stdio.h>
#include <string.h>

static const char *const driver_names[] = { "sim", NULL };
static const char *const kind_names[] = { "fxs", "fxo", NULL };
static const char *const dial_names[] = { "dtmf", "pulse", NULL };
static const char *const answer_names[] = {
	"polarity", "voice", "timer", "dialled", NULL
};
static const char *const hunt_names[] = {
	"linear", "round-robin", "least-used", NULL
};
static const char *const result_names[] = {
	"answer", "busy", "ring", "congestion", "unallocated", "silent", NULL
};
static const char *const echo_names[] = {
	"none", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", NULL
};

#define F(member) CONF_FIELD(struct sim_number_conf, member)
static const struct conf_key number_keys[] = {
	{ F(digits), .type = CONF_STR, .min = 1, .max = LINE_DIGITS_MAX - 1,
	  .doc = "Digits dialled; x is any digit, a dot at the end any "
		 "further digits." },
	{ F(result), .type = CONF_NAME, .names = result_names,
	  .dflt = "answer", .doc = "What the exchange does with them." },
	{ F(after_ms), .type = CONF_MS, .max = 600000, .dflt = "2s",
	  .doc = "Ringing until the subscriber answers." },
	{ F(reversal), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "The exchange reverses the polarity at the answer." },
	{ F(talk_hz), .type = CONF_INT, .max = 3900, .dflt = "0",
	  .doc = "Tone in Hz that the subscriber says; 0: silence." },
	{ F(talk_dbm0), .type = CONF_DB, .min = -60, .max = 3,
	  .dflt = "-16", .doc = "Its level in dBm0." },
	{ F(talk_file), .type = CONF_FILE, .max = LINE_FILE_MAX, .dflt = "",
	  .doc = "WAV that the subscriber says instead, over and over." },
	{ 0 }
};
#undef F

static void check_number(const void *sec, struct conf_diag *d)
{
	const struct sim_number_conf *c = sec;
	size_t n = strspn(c->digits, "0123456789*#ABCDx");

	if (c->digits[n] == '.')
		n++;
	if (c->digits[n])
		conf_diag_at(d, sec, "digits", "not a digit: \"%c\"",
			     c->digits[n]);
}

static const struct conf_section number_section = {
	.name = "numbers", .size = sizeof(struct sim_number_conf),
	.keys = number_keys, .check = check_number,
	.doc = "Numbering plan of the simulated exchange."
};

#define F(member) CONF_FIELD(struct sim_conf, member)
static const struct conf_key sim_keys[] = {
	{ F(echo), .type = CONF_NAME, .names = echo_names, .dflt = "none",
	  .doc = "Echo path of the two-wire line: models of ITU-T G.168." },
	{ F(erl_db), .type = CONF_DB, .min = 0, .max = 60, .dflt = "12",
	  .doc = "Echo return loss in dB." },
	{ F(echo_delay_ms), .type = CONF_MS, .max = 128, .dflt = "0ms",
	  .doc = "Bulk delay before the echo path." },
	{ F(in_loss_db), .type = CONF_DB, .min = 0, .max = 40, .dflt = "0",
	  .doc = "Loss in dB from the far end to the gateway." },
	{ F(out_loss_db), .type = CONF_DB, .min = 0, .max = 40, .dflt = "0",
	  .doc = "Loss in dB from the gateway to the far end." },
	{ F(noise_dbm0), .type = CONF_DB, .min = -96, .max = -20,
	  .dflt = "-68", .doc = "Line noise in dBm0, both ways; -96: none." },
	{ F(detect), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "The far end decodes tones, digits and caller ID." },
	{ F(offhook), .type = CONF_BOOL, .dflt = "no",
	  .doc = "The telephone is off-hook at the start." },
	{ F(answer_rings), .type = CONF_INT, .max = 20, .dflt = "0",
	  .doc = "The telephone answers after so many rings; 0: by hand." },
	{ F(battery), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "The exchange feeds the line at the start." },
	{ F(dial_tone), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "The exchange gives dial tone." },
	{ F(dial_tone_ms), .type = CONF_MS, .max = 60000, .dflt = "200ms",
	  .doc = "From the seizure to the dial tone." },
	{ F(caller_id), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "The exchange sends caller ID." },
	{ F(hangup_loop_break), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "It breaks the loop when the far end has hung up." },
	{ F(hangup_polarity), .type = CONF_BOOL, .dflt = "no",
	  .doc = "It turns the polarity back then." },
	{ F(hangup_tone), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "It gives busy tone then." },
	{ F(loop_break_ms), .type = CONF_MS, .min = 50, .max = 5000,
	  .dflt = "600ms", .doc = "Length of its loop break." },
	{ F(numbers), .type = CONF_LIST, .max = SIM_NUMBERS_MAX,
	  .sub = &number_section, .dflt = "[]",
	  .doc = "What it does with numbers; empty: all answer." },
	{ 0 }
};
#undef F

static const struct conf_section sim_section = {
	.name = "sim", .size = sizeof(struct sim_conf), .keys = sim_keys,
	.doc = "The simulated line and its far end."
};

#define F(member) CONF_FIELD(struct line_conf, member)
static const struct conf_key line_keys[] = {
	{ F(name), .type = CONF_STR, .min = 1, .max = LINE_NAME_MAX - 1,
	  .flags = CONF_UNIQUE, .doc = "Name of the line." },
	{ F(driver), .type = CONF_NAME, .names = driver_names, .dflt = "sim",
	  .doc = "Driver of the line." },
	{ F(kind), .type = CONF_NAME, .names = kind_names,
	  .doc = "fxs: a telephone is connected; fxo: an exchange." },
	{ F(number), .type = CONF_STR, .max = PARTY_NUMBER_MAX - 1,
	  .dflt = "", .doc = "Number of the telephone, or of the line in "
			     "the public network." },
	{ F(display), .type = CONF_STR, .max = PARTY_NAME_MAX - 1,
	  .dflt = "", .doc = "Name shown with the number." },
	{ F(tone_plan), .type = CONF_STR, .min = 2, .max = 7, .dflt = "us",
	  .doc = "Country of tones, ringing and caller ID: jp, us, gb, "
		 "de, fr." },
	{ F(numbers), .type = CONF_MAP, .sub = &party_line_numbers_section,
	  .dflt = "{}", .doc = "Forms of numbers, and whose are believed." },
	{ F(in_db), .type = CONF_DB, .min = -30, .max = 20, .dflt = "0",
	  .doc = "Gain in dB of what comes from the line." },
	{ F(out_db), .type = CONF_DB, .min = -30, .max = 20, .dflt = "0",
	  .doc = "Gain in dB of what goes to the line." },
	{ F(echo_ms), .type = CONF_MS, .max = 128, .dflt = "128ms",
	  .doc = "Longest echo that is cancelled, 8 to 128 ms; 0: none." },
	{ F(echo_nlp), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "Remaining echo is replaced by comfort noise." },
	{ F(caller_id), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "Caller ID is sent (fxs), received (fxo)." },
	{ F(pulse), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "fxs: pulse dialling is understood." },
	{ F(hangup_ms), .type = CONF_MS, .min = 150, .max = 3000,
	  .dflt = "300ms", .doc = "fxs: on-hook so long ends a call while "
				  "flash is not listened for." },
	{ F(flash_min_ms), .type = CONF_MS, .min = 40, .max = 2000,
	  .dflt = "80ms", .doc = "fxs: shortest hook flash." },
	{ F(flash_max_ms), .type = CONF_MS, .max = 3000, .dflt = "700ms",
	  .doc = "fxs: longest hook flash; longer ends the call; 0: no "
		 "flash." },
	{ F(howler_after_ms), .type = CONF_MS, .max = 3600000,
	  .dflt = "60s", .doc = "fxs: howler for a receiver left off-hook "
				"so long; 0: none." },
	{ F(howler_ms), .type = CONF_MS, .min = 1000, .max = 3600000,
	  .dflt = "60s", .doc = "fxs: length of the howler." },
	{ F(disconnect_ms), .type = CONF_MS, .max = 3000, .dflt = "0ms",
	  .doc = "fxs: the feed is cut so long when the far end has hung "
		 "up; 0: not." },
	{ F(answer_reversal), .type = CONF_BOOL, .dflt = "no",
	  .doc = "fxs: polarity shows that the far end has answered." },
	{ F(dial), .type = CONF_NAME, .names = dial_names, .dflt = "dtmf",
	  .doc = "fxo: how digits are sent." },
	{ F(incomplete), .type = CONF_BOOL, .dflt = "no",
	  .doc = "fxo: numbers are dialled even where the dial plan waits "
		 "for more digits, such as extensions of a PBX. What a caller "
		 "then dials on by DTMF neither rules nor the guard see." },
	{ F(wait_dial_tone), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "fxo: dial only after the dial tone was heard." },
	{ F(dial_tone_ms), .type = CONF_MS, .min = 500, .max = 60000,
	  .dflt = "5s", .doc = "fxo: how long dial tone is awaited." },
	{ F(dial_delay_ms), .type = CONF_MS, .max = 10000, .dflt = "1s",
	  .doc = "fxo: pause before digits where it is not awaited." },
	{ F(answer_by), .type = CONF_NAME, .names = answer_names,
	  .dflt = "polarity", .doc = "fxo: what shows that a called party "
				     "has answered." },
	{ F(answer_after_ms), .type = CONF_MS, .max = 120000, .dflt = "10s",
	  .doc = "fxo: answer_by timer: so long after the last digit." },
	{ F(hangup_tone), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "fxo: busy tone ends a call." },
	{ F(hangup_polarity), .type = CONF_BOOL, .dflt = "no",
	  .doc = "fxo: a change of polarity ends a call." },
	{ F(loop_break_ms), .type = CONF_MS, .min = 50, .max = 1500,
	  .dflt = "200ms", .doc = "fxo: a loop break so long ends a call." },
	{ F(ring_end_ms), .type = CONF_MS, .min = 2500, .max = 20000,
	  .dflt = "6s", .doc = "fxo: no ring for so long: the caller gave "
			       "up." },
	{ F(flash_ms), .type = CONF_MS, .min = 50, .max = 1000,
	  .dflt = "300ms", .doc = "fxo: length of a hook flash." },
	{ F(guard_ms), .type = CONF_MS, .min = 100, .max = 10000,
	  .dflt = "800ms", .doc = "fxo: on-hook so long after a call." },
	{ F(sim), .type = CONF_MAP, .sub = &sim_section, .dflt = "{}",
	  .doc = "Driver sim: the simulated line and its far end." },
	{ 0 }
};
#undef F

static void check_line(const void *sec, struct conf_diag *d)
{
	const struct line_conf *c = sec;

	if (!tone_plan_find(c->tone_plan))
		conf_diag_at(d, sec, "tone_plan", "no such plan: \"%s\"",
			     c->tone_plan);
	if (c->flash_max_ms && c->flash_max_ms <= c->flash_min_ms)
		conf_diag_at(d, sec, "flash_max_ms",
			     "not above flash_min_ms (%u ms)",
			     c->flash_min_ms);
	if (c->echo_ms && c->echo_ms < 8)
		conf_diag_at(d, sec, "echo_ms", "0, or 8 to 128 ms");
}

const struct conf_section line_section = {
	.name = "lines", .size = sizeof(struct line_conf), .keys = line_keys,
	.check = check_line, .list = true,
	.doc = "Telephone lines: fxs and fxo."
};

static const struct conf_key member_key = {
	.name = "line", .type = CONF_STR, .min = 1, .max = LINE_NAME_MAX - 1
};

#define F(member) CONF_FIELD(struct group_conf, member)
static const struct conf_key group_keys[] = {
	{ F(name), .type = CONF_STR, .min = 1, .max = LINE_NAME_MAX - 1,
	  .flags = CONF_UNIQUE, .doc = "Name of the group." },
	{ F(hunt), .type = CONF_NAME, .names = hunt_names, .dflt = "linear",
	  .doc = "Order in which a free line is sought." },
	{ F(max_calls), .type = CONF_INT, .min = 0, .max = GROUP_LINES_MAX,
	  .dflt = "0",
	  .doc = "Calls to the group at once, but for emergency calls; what "
		 "its lines carry otherwise does not count; 0: as many as it "
		 "has lines." },
	{ F(lines), .type = CONF_LIST, .min = 1, .max = GROUP_LINES_MAX,
	  .item = &member_key, .doc = "Names of its lines." },
	{ 0 }
};
#undef F

const struct conf_section group_section = {
	.name = "groups", .size = sizeof(struct group_conf),
	.keys = group_keys, .list = true, .doc = "Hunt groups of lines."
};

static bool has_line(const struct conf_list *lines, const char *name)
{
	const struct line_conf *c = lines->v;

	for (size_t i = 0; i < lines->n; i++) {
		if (!c[i].name[0] || !strcmp(c[i].name, name))
			return true;    /* "": refused, it may be this */
	}
	return false;
}

bool line_conf_dials(const struct line_conf *c, const char *digits)
{
	const char *set = c->dial == LINE_DIAL_PULSE ? "0123456789,"
						     : "0123456789*#ABCD,";

	return digits[strspn(digits, set)] == '\0';
}

void line_conf_cross(const struct conf_snapshot *s, struct conf_diag *d)
{
	const struct conf_list *lines = conf_get(s, &line_section);
	const struct conf_list *groups = conf_get(s, &group_section);
	const struct group_conf *g = groups->v;

	for (size_t i = 0; i < groups->n; i++) {
		const char (*names)[LINE_NAME_MAX] = g[i].lines.v;

		for (size_t k = 0; k < g[i].lines.n; k++) {
			if (!has_line(lines, names[k]))
				conf_diag_at(d, &g[i], "lines",
					     "no such line: \"%s\"",
					     names[k]);
		}
	}
}

void line_conf_default(struct line_conf *c, const char *name,
		       enum line_kind kind)
{
	*c = (struct line_conf){
		.numbers = { .called = DIAL_FORM_DIALLED,
			     .calling = DIAL_FORM_DIALLED },
		.kind = kind, .tone_plan = "us", .echo_ms = 128,
		.echo_nlp = true, .caller_id = true, .pulse = true,
		.hangup_ms = 300, .flash_min_ms = 80, .flash_max_ms = 700,
		.howler_after_ms = 60000, .howler_ms = 60000,
		.wait_dial_tone = true, .dial_tone_ms = 5000,
		.dial_delay_ms = 1000, .answer_after_ms = 10000,
		.hangup_tone = true, .loop_break_ms = 200,
		.ring_end_ms = 6000, .flash_ms = 300, .guard_ms = 800,
		.sim = { .erl_db = 12, .noise_dbm0 = -68, .detect = true,
			 .battery = true, .dial_tone = true,
			 .dial_tone_ms = 200, .caller_id = true,
			 .hangup_loop_break = true, .hangup_tone = true,
			 .loop_break_ms = 600 },
	};
	snprintf(c->name, sizeof(c->name), "%s", name);
}
