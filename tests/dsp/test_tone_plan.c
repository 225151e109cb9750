/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/level.h"
#include "dsp/tone_plan.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 16000 };

/* What a plan must have, and what a step may be. */
static int check_plan(const struct tone_plan *p)
{
	static const enum tone needed[] = {
		TONE_DIAL, TONE_DIAL_SPECIAL, TONE_RINGBACK, TONE_BUSY,
		TONE_CONGESTION, TONE_CALL_WAITING, TONE_CONFIRM, TONE_SIT,
		TONE_HOWLER, TONE_MILLIWATT,
	};
	int err = 0;

	CHECK(tone_plan_find(p->country) == p);
	CHECK(!tone_plan_def(p, TONE_NONE));
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const struct tone_def *d = tone_plan_def(p, needed[i]);

		CHECK(d && d->nsteps <= TONE_STEPS);
		for (int s = 0; s < d->nsteps; s++) {
			CHECK(d->step[s].ms || d->nsteps == 1);
			for (int f = 0; f < TONE_FREQS; f++)
				CHECK(d->step[s].f[f].hz < 3400);
		}
	}
	CHECK(p->ring_hz >= 15 && p->ring_hz <= 50);
	for (int i = 0; i < RING_PATTERNS; i++) {
		int steps = 0;

		while (steps < RING_STEPS && p->ring[i][steps])
			steps++;
		CHECK(steps >= 2 && steps % 2 == 0);
	}
	CHECK(p->caller_id != CALLER_ID_NONE);
	CHECK((p->caller_id_when == CALLER_ID_OFF_HOOK_FIRST) ==
	      (p->ring_cid[0] != 0));
out:
	return err;
}

static int test_all_plans(void)
{
	static const char *const want[] = { "jp", "us", "gb", "de", "fr" };
	int err = 0;

	for (const struct tone_plan *const *p = tone_plans; *p; p++)
		TRY(check_plan(*p));
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		CHECK(tone_plan_find(want[i]));
	CHECK(tone_plan_find("JP") == tone_plan_find("jp"));
	CHECK(!tone_plan_find("xx") && !tone_plan_find(""));
	CHECK_STR(str_z(tone_name(TONE_BUSY)), "busy");
	CHECK_STR(str_z(tone_name(TONE_COUNT)), "?");
out:
	return err;
}

/* As a telephone would measure them: frequencies, level, cadence. */
struct measured {
	const char *country;
	enum tone   tone;
	double      hz[2], dbm0;        /* of each */
	unsigned    on_ms, off_ms;      /* first step; 0: continuous */
};

static const struct measured table[] = {
	{ "jp", TONE_DIAL,       { 400, 400 }, -13, 0, 0 },
	{ "jp", TONE_RINGBACK,   { 400, 400 }, -13, 1000, 2000 },
	{ "jp", TONE_BUSY,       { 400, 400 }, -13, 500, 500 },
	{ "us", TONE_DIAL,       { 350, 440 }, -13, 0, 0 },
	{ "us", TONE_RINGBACK,   { 440, 480 }, -19, 2000, 4000 },
	{ "us", TONE_BUSY,       { 480, 620 }, -24, 500, 500 },
	{ "us", TONE_CONGESTION, { 480, 620 }, -24, 250, 250 },
	{ "us", TONE_SIT,        { 913.8, 913.8 }, -14, 274, 0 },
	{ "gb", TONE_RINGBACK,   { 400, 450 }, -16, 400, 200 },
	{ "gb", TONE_BUSY,       { 400, 400 }, -13, 375, 375 },
	{ "de", TONE_DIAL,       { 425, 425 }, -13, 0, 0 },
	{ "de", TONE_BUSY,       { 425, 425 }, -13, 480, 480 },
	{ "fr", TONE_RINGBACK,   { 440, 440 }, -13, 1500, 3500 },
	{ "jp", TONE_MILLIWATT,  { 1004, 1004 }, 0, 0, 0 },
};

/* Length of the sound at pcm, or of the silence, in samples. */
static size_t run_length(const int16_t *pcm, size_t n, bool sound)
{
	size_t k = 0;

	/* five samples of a tone are never all 0 */
	for (; k + 5 <= n; k++) {
		bool zero = !pcm[k] && !pcm[k + 1] && !pcm[k + 2] &&
			!pcm[k + 3] && !pcm[k + 4];

		if (zero == sound)
			break;
	}
	return k + 5 > n ? n : k;
}

static int check_measured(const struct measured *m)
{
	static int16_t pcm[N * 8];
	const struct tone_plan *p = tone_plan_find(m->country);
	size_t on, off, total = sizeof(pcm) / sizeof(*pcm), n = 2000;
	struct tonegen g;
	int err = 0;

	tonegen_init(&g, 8000);
	tonegen_start(&g, tone_plan_def(p, m->tone), 0);
	CHECK_INT(tonegen_run(&g, pcm, total), total);
	for (int i = 0; i < 2; i++)
		CHECK_NEAR(signal_level_at(pcm, n, 8000, m->hz[i]), m->dbm0,
			   0.6);
	on = run_length(pcm, total, true);
	off = run_length(pcm + on, total - on, false);
	if (!m->on_ms)
		CHECK_INT(on, total);
	else if (m->off_ms)
		CHECK_NEAR(on, m->on_ms * 8, 5);
	if (m->off_ms)
		CHECK_NEAR(off, m->off_ms * 8, 5);
out:
	if (err)
		test_say(__FILE__, __LINE__, "... %s %s", m->country,
			 tone_name(m->tone));
	return err;
}

static int test_measured(void)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		TRY(check_measured(&table[i]));
out:
	return err;
}

const struct test_suite suite_tone_plan = {
	"dsp/tone_plan", (const struct test[]){
		TEST(test_all_plans),
		TEST(test_measured),
		TEST_END } };
