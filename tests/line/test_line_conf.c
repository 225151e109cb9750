/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/line/line_conf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&line_section, &group_section, NULL
};

static int cross(struct conf_snapshot *s, struct conf_diag *d)
{
	line_conf_cross(s, d);
	return 0;
}

static int load(struct conf_snapshot **sp, const char *text,
		struct buf *errors)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "t.yaml", str_z(text), sections, cross,
			     &d);
	if (err)
		conf_diag_print(&d, errors);
	conf_diag_fini(&d);
	return err;
}

static const char good[] =
	"lines:\n"
	"  - name: phone1\n"
	"    kind: fxs\n"
	"    number: \"201\"\n"
	"    display: Hall\n"
	"    tone_plan: jp\n"
	"    flash_max_ms: 0\n"
	"    howler_after_ms: 30s\n"
	"  - name: pstn1\n"
	"    kind: fxo\n"
	"    in_db: -3.5\n"
	"    dial: pulse\n"
	"    answer_by: voice\n"
	"    sim:\n"
	"      echo: d5\n"
	"      erl_db: 10\n"
	"      echo_delay_ms: 30ms\n"
	"      numbers:\n"
	"        - { digits: \"110\", result: ring }\n"
	"        - { digits: 0x., talk_hz: 440, talk_file: v.wav }\n"
	"groups:\n"
	"  - name: pstn\n"
	"    hunt: round-robin\n"
	"    lines: [pstn1, phone1]\n";

static int test_good(void)
{
	struct conf_snapshot *s = NULL;
	const struct conf_list *lines, *groups;
	const struct line_conf *c;
	const struct group_conf *g;
	const struct sim_number_conf *v;
	struct buf errors;
	int err;

	buf_init(&errors, 10000);
	TRY(load(&s, good, &errors));
	lines = conf_get(s, &line_section);
	groups = conf_get(s, &group_section);
	CHECK_INT(lines->n, 2);
	c = lines->v;
	CHECK_STR(str_z(c[0].name), "phone1");
	CHECK_INT(c[0].kind, LINE_FXS);
	CHECK_STR(str_z(c[0].display), "Hall");
	CHECK_INT(c[0].flash_max_ms, 0);
	CHECK_INT(c[0].howler_after_ms, 30000);
	CHECK_INT(c[1].kind, LINE_FXO);
	CHECK_NEAR(c[1].in_db, -3.5, 0.001);
	CHECK_INT(c[1].dial, LINE_DIAL_PULSE);
	CHECK_INT(c[1].answer_by, LINE_ANSWER_VOICE);
	CHECK_INT(c[1].sim.echo, SIM_ECHO_D2 + 3);
	CHECK_INT(c[1].sim.echo_delay_ms, 30);
	CHECK_INT(c[1].sim.numbers.n, 2);
	v = c[1].sim.numbers.v;
	CHECK_INT(v[0].result, SIM_RING);
	CHECK_STR(str_z(v[1].digits), "0x.");
	CHECK_INT(v[1].talk_hz, 440);
	CHECK_NEAR(v[1].talk_dbm0, -16, 0);
	CHECK_INT(groups->n, 1);
	g = groups->v;
	CHECK_INT(g->hunt, GROUP_ROUND_ROBIN);
	CHECK_INT(g->lines.n, 2);
	CHECK_STR(str_z(((char (*)[LINE_NAME_MAX])g->lines.v)[1]),
		  "phone1");
out:
	obj_unref(s);
	buf_fini(&errors);
	return err;
}

/* The defaults of the file are those that tests and benches get. */
static int test_defaults(void)
{
	struct conf_snapshot *s = NULL;
	struct line_conf want;
	const struct line_conf *c;
	struct buf errors;
	int err;

	buf_init(&errors, 10000);
	TRY(load(&s, "lines: [{name: a, kind: fxo}]\ngroups: []\n",
		 &errors));
	c = ((const struct conf_list *)conf_get(s, &line_section))->v;
	memset(&want, 0, sizeof(want));
	line_conf_default(&want, "a", LINE_FXO);
	CHECK_INT(c->echo_ms, want.echo_ms);
	CHECK_INT(c->hangup_ms, want.hangup_ms);
	CHECK_INT(c->flash_min_ms, want.flash_min_ms);
	CHECK_INT(c->flash_max_ms, want.flash_max_ms);
	CHECK_INT(c->howler_after_ms, want.howler_after_ms);
	CHECK_INT(c->howler_ms, want.howler_ms);
	CHECK_INT(c->wait_dial_tone, want.wait_dial_tone);
	CHECK_INT(c->dial_tone_ms, want.dial_tone_ms);
	CHECK_INT(c->dial_delay_ms, want.dial_delay_ms);
	CHECK_INT(c->answer_by, want.answer_by);
	CHECK_INT(c->answer_after_ms, want.answer_after_ms);
	CHECK_INT(c->hangup_tone, want.hangup_tone);
	CHECK_INT(c->loop_break_ms, want.loop_break_ms);
	CHECK_INT(c->ring_end_ms, want.ring_end_ms);
	CHECK_INT(c->flash_ms, want.flash_ms);
	CHECK_INT(c->guard_ms, want.guard_ms);
	CHECK_NEAR(c->sim.erl_db, want.sim.erl_db, 0);
	CHECK_NEAR(c->sim.noise_dbm0, want.sim.noise_dbm0, 0);
	CHECK_INT(c->sim.detect, want.sim.detect);
	CHECK_INT(c->sim.battery, want.sim.battery);
	CHECK_INT(c->sim.dial_tone_ms, want.sim.dial_tone_ms);
	CHECK_INT(c->sim.hangup_loop_break, want.sim.hangup_loop_break);
	CHECK_INT(c->sim.hangup_tone, want.sim.hangup_tone);
	CHECK_INT(c->sim.loop_break_ms, want.sim.loop_break_ms);
	CHECK_STR(str_z(c->tone_plan), want.tone_plan);
out:
	obj_unref(s);
	buf_fini(&errors);
	return err;
}

static const struct { const char *text, *says; } bad[] = {
	{ "lines: [{name: a, kind: fxx}]\ngroups: []\n", "1:25: " },
	{ "lines: [{name: a, kind: fxs}, {name: a, kind: fxs}]\n"
	  "groups: []\n", "1:" },
	{ "lines: [{name: a, kind: fxs, tone_plan: xx}]\ngroups: []\n",
	  "no such plan: \"xx\"" },
	{ "lines: [{name: a, kind: fxs, flash_min_ms: 800ms}]\n"
	  "groups: []\n", "not above flash_min_ms (800 ms)" },
	{ "lines: [{name: a, kind: fxs, echo_ms: 4ms}]\ngroups: []\n",
	  "0, or 8 to 128 ms" },
	{ "lines: [{name: a, kind: fxs, sim: {ecko: d2}}]\ngroups: []\n",
	  "'echo'" },
	{ "lines: [{name: a, kind: fxo, sim: {numbers: "
	  "[{digits: 1y}]}}]\ngroups: []\n", "not a digit: \"y\"" },
	{ "lines: []\ngroups:\n  - name: g\n    lines: [b]\n",
	  "no such line: \"b\"" },
};

static int test_bad(void)
{
	struct conf_snapshot *s = NULL;
	struct buf errors;
	int err = 0;

	buf_init(&errors, 10000);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&errors);
		CHECK_INT(load(&s, bad[i].text, &errors), EINVAL);
		buf_addc(&errors, '\0');
		CHECK(!errors.err);
		if (!strstr((char *)errors.p, bad[i].says))
			test_say(__FILE__, __LINE__, "%s", errors.p);
		CHECK(strstr((char *)errors.p, bad[i].says) != NULL);
	}
out:
	buf_fini(&errors);
	return err;
}

const struct test_suite suite_line_conf = {
	"line/line_conf", (const struct test[]){
		TEST(test_good),
		TEST(test_defaults),
		TEST(test_bad),
		TEST_END } };
