/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and far ends with senseless hands: whatever they do, a call begins
 * and ends once, and a line that is left alone comes to rest.
 */
#include <string.h>

#include "gateway/line/sim/sim_line.h"
#include "tests/line/rig.h"

enum { STEPS = 800 };

static struct rig rig;
static const char *const plans[] = { "jp", "us", "gb", "de" };

static uint32_t roll(uint32_t *s, uint32_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return (*s >> 3) % n;
}

/* What call control might do. */
static int call_control(unsigned i, uint32_t *seed)
{
	struct line *l = rig_line(&rig, i);

	switch (roll(seed, 9)) {
	case 0:
		return rig_setup(&rig, i, l->kind == LINE_FXO ? "12" : "");
	case 1:
		rig_release(&rig, i, CAUSE_NORMAL);
		return 0;
	case 2:
	case 3:
		line_answer(l);
		return 0;
	case 4:
		line_tone(l, (enum tone)roll(seed, TONE_COUNT),
			  roll(seed, 2));
		return 0;
	case 5:
		line_voice(l);
		return 0;
	case 6:
		return line_flash(l);
	case 7:
		return line_digits(l, "5");
	default:
		line_cid_sent(l);
		line_dtmf_sent(l);
		line_caller_id(l, NULL);
		return 0;
	}
}

static int telephone(struct line *l, uint32_t *seed)
{
	switch (roll(seed, 6)) {
	case 0:
	case 1:
		return sim_phone_offhook(l);
	case 2:
		return sim_phone_onhook(l);
	case 3:
		return sim_phone_flash(l);
	case 4:
		return sim_phone_dial(l, "27", true);
	default:
		return sim_phone_dial(l, "27", false);
	}
}

static int exchange(struct line *l, uint32_t *seed)
{
	static const struct party p = { .number = "312" };

	switch (roll(seed, 7)) {
	case 0:
	case 1:
		return sim_exchange_call(l, roll(seed, 2) ? &p : NULL);
	case 2:
		return sim_exchange_hangup(l, roll(seed, 8));
	case 3:
		return sim_exchange_answer(l);
	case 4:
		return roll(seed, 4) ? 0 : sim_exchange_cut(l, true);
	default:
		return sim_exchange_cut(l, false);
	}
}

static int play(uint32_t seed)
{
	int err;

	TRY(rig_init(&rig));
	for (unsigned i = 0; i < RIG_LINES; i++) {
		struct line_conf *c = rig_add(&rig, i == 0 ? "a" : i == 1 ?
			"b" : i == 2 ? "c" : "d", i % 2 ? LINE_FXO :
			LINE_FXS, plans[(seed + i) % 4]);

		c->sim.detect = seed % 3 == 0;
		c->howler_after_ms = 2000;
		c->howler_ms = 1000;
		c->disconnect_ms = seed % 2 ? 400 : 0;
		c->hangup_polarity = seed % 2;
		c->answer_by = (enum line_answer_by)(seed % 4);
		c->wait_dial_tone = seed % 5 != 0;
	}
	TRY(rig_open(&rig));
	for (unsigned n = 0; n < STEPS; n++) {
		unsigned i = roll(&seed, RIG_LINES);
		struct line *l = rig_line(&rig, i);

		/* most of it is refused, and that is well */
		if (roll(&seed, 2))
			err = call_control(i, &seed);
		else
			err = l->kind == LINE_FXS ? telephone(l, &seed) :
						    exchange(l, &seed);
		rig_run(&rig, roll(&seed, 4) ? roll(&seed, 300) :
						roll(&seed, 3000));
	}
	for (unsigned i = 0; i < RIG_LINES; i++) {
		rig_release(&rig, i, CAUSE_NORMAL);
		err = i % 2 ? sim_exchange_cut(rig_line(&rig, i), false) :
			      sim_phone_onhook(rig_line(&rig, i));
		if (i % 2)
			err = sim_exchange_hangup(rig_line(&rig, i), 0);
	}
	rig_run(&rig, 30000);
	for (unsigned i = 0; i < RIG_LINES; i++)
		rig_release(&rig, i, CAUSE_NORMAL);
	rig_run(&rig, 30000);
	err = 0;
	for (unsigned i = 0; i < RIG_LINES; i++) {
		CHECK_INT(rig.call[i].odd, 0);
		CHECK(rig.call[i].calls > 3);
		CHECK(!rig.call[i].active);
		CHECK(line_is_free(rig_line(&rig, i)));
	}
out:
	rig_fini(&rig);
	return err;
}

static int test_play(void)
{
	int err = 0;

	for (uint32_t seed = 1; seed <= 4 && !err; seed++) {
		err = play(seed * 2654435761u);
		if (err)
			test_say(__FILE__, __LINE__, "seed %u", seed);
	}
	return err;
}

const struct test_suite suite_monkey = {
	"line/monkey", (const struct test[]){
		TEST_WITH(test_play, TEST_NO_OOM),
		TEST_END } };
