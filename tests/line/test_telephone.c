/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated telephone: hook, bell, dial, ear. */
#include "gateway/line/sim/sim_line.h"
#include "tests/line/rig.h"

static struct rig rig;

static struct line *line(void)
{
	return rig_line(&rig, 0);
}

static const char *state(void)
{
	return rig_far(&rig, 0).state;
}

static int open_one(const char *plan)
{
	int err = rig_init(&rig);

	if (err)
		return err;
	rig_add(&rig, "p1", LINE_FXS, plan);
	return rig_open(&rig);
}

static int test_hook(void)
{
	int err;

	TRY(open_one("us"));
	CHECK_STR(str_z(state()), "on-hook");
	CHECK_INT(sim_phone_onhook(line()), EALREADY);
	CHECK_INT(sim_phone_flash(line()), EINVAL);
	CHECK_INT(sim_phone_dial(line(), "1", false), EINVAL);
	CHECK_INT(sim_phone_dial(line(), "1", true), EINVAL);
	TRY(sim_phone_offhook(line()));
	CHECK_INT(sim_phone_offhook(line()), EALREADY);
	CHECK_STR(str_z(state()), "off-hook");
	rig_run(&rig, 100);
	CHECK_INT(sim_phone_dial(line(), "1x", false), EINVAL);
	CHECK_INT(sim_phone_dial(line(), "", false), EINVAL);
	CHECK_INT(sim_phone_dial(line(), "*", true), EINVAL);
	TRY(sim_phone_dial(line(), "22", true));
	CHECK_INT(sim_phone_dial(line(), "1", true), EBUSY);
	rig_run(&rig, 200);
	CHECK_STR(str_z(state()), "dialling");
	/* hung up while it dials */
	TRY(sim_phone_onhook(line()));
	rig_run(&rig, 3000);
	CHECK_STR(str_z(state()), "on-hook");
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16");
	TRY(sim_phone_offhook(line()));
	rig_run(&rig, 100);
	TRY(sim_phone_flash(line()));
	CHECK_STR(str_z(state()), "flash");
	CHECK_INT(sim_phone_flash(line()), EINVAL);
	rig_run(&rig, 600);
	CHECK_STR(str_z(state()), "off-hook");
out:
	rig_fini(&rig);
	return err;
}

static int test_auto_answer(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_auto_answer(line(), 2));
	for (unsigned i = 0; i < 2; i++) {
		TRY(rig_setup(&rig, 0, ""));
		rig_run(&rig, 7900);
		CHECK_INT(rig_far(&rig, 0).rings, 2);
		CHECK_STR(str_z(state()), "ringing");
		rig_run(&rig, 200);
		CHECK(rig_await(&rig, 0, "ANSWERED", 10));
		TRY(sim_phone_onhook(line()));
		rig_run(&rig, 1000);
		rig.call[0].log[0] = '\0';
	}
	TRY(sim_phone_auto_answer(line(), 0));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 29000);
	CHECK_INT(rig_far(&rig, 0).rings, 5);
	CHECK_LOG(&rig, 0, "ALERTING CID_WINDOW");
out:
	rig_fini(&rig);
	return err;
}

/* Tones and digits that the gateway sends are heard, off-hook only. */
static int test_ear(void)
{
	struct rig_call *c = &rig.call[0];
	int err;

	TRY(open_one("de"));
	TRY(sim_phone_offhook(line()));
	rig_run(&rig, 100);
	tonegen_start(&c->tone, tone_plan_def(line()->plan, TONE_DIAL), 0);
	rig_run(&rig, 1500);
	CHECK_INT(rig_far(&rig, 0).hears, TONE_DIAL);
	tonegen_start(&c->tone, tone_plan_def(line()->plan, TONE_BUSY), 0);
	rig_run(&rig, 4000);
	CHECK_INT(rig_far(&rig, 0).hears, TONE_BUSY);
	tonegen_sine(&c->tone, 1000, -20, 0);
	rig_run(&rig, 3000);
	CHECK_INT(rig_far(&rig, 0).hears, TONE_NONE);
	CHECK_NEAR(rig_far(&rig, 0).level_dbm0, -20, 0.1);
	for (const char *d = "159D"; *d; d++)
		TRY(dtmf_gen_put(&c->gen, *d));
	c->sending_dtmf = true;
	rig_run(&rig, 2000);
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "159D");
	TRY(sim_forget(line()));
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "");
	TRY(sim_phone_onhook(line()));
	CHECK_INT(rig_far(&rig, 0).hears, TONE_NONE);
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_telephone = {
	"line/telephone", (const struct test[]){
		TEST(test_hook),
		TEST(test_auto_answer),
		TEST(test_ear),
		TEST_END } };
