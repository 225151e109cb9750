/* SPDX-License-Identifier: Apache-2.0 */
/*
 * National tone plans. Frequencies and cadences: ITU-T E.180 Supplement 2;
 * Japan: NTT technical reference of the telephone service interface; USA:
 * GR-506 precise tone plan; UK: SIN 350; levels within E.180's -10 +- 5
 * dBm0 unless the national document says otherwise.
 */
#include <strings.h>

#include "dsp/tone_plan.h"

/* One frequency, two at the same level, nothing. */
#define F1(m, h, l)     { .ms = (m), .f = { { (h), (l) } } }
#define F2(m, h, k, l)  { .ms = (m), .f = { { (h), (l) }, { (k), (l) } } }
#define OFF(m)          { .ms = (m) }

#define FOREVER(s)      { .nsteps = 1, .step = { s } }
#define CADENCE2(a, b)  { .nsteps = 2, .step = { a, b } }
#define CADENCE4(a, b, c, d) { .nsteps = 4, .step = { a, b, c, d } }

/* E.180: three tones of 330 ms, a pause of 1 s. */
#define SIT_TONE CADENCE4(F1(330, 950, -13), F1(330, 1400, -13), \
			  F1(330, 1800, -13), OFF(1000))
#define MILLIWATT FOREVER(F1(0, 1004, 0))
/* Where no howler is laid down: the four frequencies of GR-506. */
#define HOWLER CADENCE2( \
	((struct tone_step){ .ms = 100, .f = { { 1400, -10 }, \
		{ 2060, -10 }, { 2450, -10 }, { 2600, -10 } } }), OFF(100))

/* 400 Hz modulated by 16 Hz to 85 %: a carrier and two sides. */
#define JP_RING(m) { .ms = (m), .f = { { 400, -13 }, \
	{ 384, -20.4f }, { 416, -20.4f } } }

static const struct tone_plan jp = {
	.country = "jp", .name = "Japan",
	.tone = {
		[TONE_DIAL] = FOREVER(F1(0, 400, -13)),
		[TONE_DIAL_SPECIAL] =
			CADENCE2(F1(125, 400, -13), OFF(125)),
		[TONE_RINGBACK] = CADENCE2(JP_RING(1000), OFF(2000)),
		[TONE_BUSY] = CADENCE2(F1(500, 400, -13), OFF(500)),
		[TONE_CONGESTION] = CADENCE2(F1(500, 400, -13), OFF(500)),
		[TONE_CALL_WAITING] =
			CADENCE4(JP_RING(500), OFF(500), JP_RING(500),
				 OFF(4000)),
		[TONE_CONFIRM] = { .nsteps = 2, .repeat = 3,
			.step = { F1(100, 400, -13), OFF(100) } },
		[TONE_SIT] = SIT_TONE,
		[TONE_HOWLER] = HOWLER,
		[TONE_MILLIWATT] = MILLIWATT,
	},
	.ring_hz = 16,
	.ring = { { 1000, 2000 }, { 300, 300, 300, 2100 },
		  { 250, 250, 250, 250, 250, 1750 }, { 500, 500 } },
	.ring_cid = { 500, 500 },
	.caller_id = CALLER_ID_JCLIP,
	.caller_id_when = CALLER_ID_OFF_HOOK_FIRST,
};

static const struct tone_plan us = {
	.country = "us", .name = "USA",
	.tone = {
		[TONE_DIAL] = FOREVER(F2(0, 350, 440, -13)),
		[TONE_DIAL_SPECIAL] = CADENCE2(F2(100, 350, 440, -13),
					       OFF(100)),
		[TONE_RINGBACK] = CADENCE2(F2(2000, 440, 480, -19),
					   OFF(4000)),
		[TONE_BUSY] = CADENCE2(F2(500, 480, 620, -24), OFF(500)),
		[TONE_CONGESTION] = CADENCE2(F2(250, 480, 620, -24),
					     OFF(250)),
		[TONE_CALL_WAITING] = CADENCE2(F1(300, 440, -13),
					       OFF(9700)),
		[TONE_CONFIRM] = { .nsteps = 2, .repeat = 3,
			.step = { F2(100, 350, 440, -13), OFF(100) } },
		/* the intercept form: short, short, long */
		[TONE_SIT] = CADENCE4(F1(274, 913.8f, -14),
			F1(274, 1370.6f, -14), F1(380, 1776.7f, -14),
			OFF(1000)),
		[TONE_HOWLER] = HOWLER,
		[TONE_MILLIWATT] = MILLIWATT,
	},
	.ring_hz = 20,
	.ring = { { 2000, 4000 }, { 800, 400, 800, 4000 },
		  { 400, 200, 400, 200, 800, 4000 },
		  { 300, 200, 1000, 200, 300, 4000 } },
	.caller_id = CALLER_ID_CLASS,
	.caller_id_when = CALLER_ID_AFTER_RING,
};

static const struct tone_plan gb = {
	.country = "gb", .name = "United Kingdom",
	.tone = {
		[TONE_DIAL] = FOREVER(F2(0, 350, 440, -13)),
		[TONE_DIAL_SPECIAL] = CADENCE2(F2(750, 350, 440, -13),
					       F1(750, 440, -13)),
		[TONE_RINGBACK] = CADENCE4(F2(400, 400, 450, -16), OFF(200),
			F2(400, 400, 450, -16), OFF(2000)),
		[TONE_BUSY] = CADENCE2(F1(375, 400, -13), OFF(375)),
		/* the second pulse is 6 dB louder */
		[TONE_CONGESTION] = CADENCE4(F1(400, 400, -19), OFF(350),
			F1(225, 400, -13), OFF(525)),
		[TONE_CALL_WAITING] = CADENCE2(F1(100, 400, -16),
					       OFF(3000)),
		[TONE_CONFIRM] = { .nsteps = 2, .repeat = 3,
			.step = { F1(100, 400, -13), OFF(100) } },
		[TONE_SIT] = SIT_TONE,
		[TONE_HOWLER] = HOWLER,
		[TONE_MILLIWATT] = MILLIWATT,
	},
	.ring_hz = 25,
	.ring = { { 400, 200, 400, 2000 }, { 1000, 2000 },
		  { 400, 200, 400, 200, 400, 1400 }, { 250, 250, 250, 2250 } },
	.caller_id = CALLER_ID_CLIP,
	.caller_id_when = CALLER_ID_BEFORE_RING,
};

static const struct tone_plan de = {
	.country = "de", .name = "Germany",
	.tone = {
		[TONE_DIAL] = FOREVER(F1(0, 425, -13)),
		[TONE_DIAL_SPECIAL] = FOREVER(F2(0, 400, 425, -16)),
		[TONE_RINGBACK] = CADENCE2(F1(1000, 425, -13), OFF(4000)),
		[TONE_BUSY] = CADENCE2(F1(480, 425, -13), OFF(480)),
		[TONE_CONGESTION] = CADENCE2(F1(240, 425, -13), OFF(240)),
		[TONE_CALL_WAITING] = CADENCE4(F1(200, 425, -16), OFF(200),
			F1(200, 425, -16), OFF(5000)),
		[TONE_CONFIRM] = { .nsteps = 2, .repeat = 3,
			.step = { F1(100, 425, -13), OFF(100) } },
		[TONE_SIT] = SIT_TONE,
		[TONE_HOWLER] = HOWLER,
		[TONE_MILLIWATT] = MILLIWATT,
	},
	.ring_hz = 25,
	.ring = { { 1000, 4000 }, { 400, 200, 400, 4000 },
		  { 250, 250, 250, 250, 250, 3750 }, { 500, 1000 } },
	.caller_id = CALLER_ID_CLIP,
	.caller_id_when = CALLER_ID_AFTER_RING,
};

static const struct tone_plan fr = {
	.country = "fr", .name = "France",
	.tone = {
		[TONE_DIAL] = FOREVER(F1(0, 440, -13)),
		[TONE_DIAL_SPECIAL] = FOREVER(F2(0, 330, 440, -16)),
		[TONE_RINGBACK] = CADENCE2(F1(1500, 440, -13), OFF(3500)),
		[TONE_BUSY] = CADENCE2(F1(500, 440, -13), OFF(500)),
		[TONE_CONGESTION] = CADENCE2(F1(250, 440, -13), OFF(250)),
		[TONE_CALL_WAITING] = CADENCE2(F1(300, 440, -16),
					       OFF(10000)),
		[TONE_CONFIRM] = { .nsteps = 2, .repeat = 3,
			.step = { F1(100, 440, -13), OFF(100) } },
		[TONE_SIT] = CADENCE4(F1(300, 950, -13), F1(300, 1400, -13),
			F1(300, 1800, -13), OFF(1000)),
		[TONE_HOWLER] = HOWLER,
		[TONE_MILLIWATT] = MILLIWATT,
	},
	.ring_hz = 50,
	.ring = { { 1500, 3500 }, { 400, 200, 400, 4000 },
		  { 250, 250, 250, 250, 250, 3750 }, { 500, 1000 } },
	.caller_id = CALLER_ID_CLIP,
	.caller_id_when = CALLER_ID_AFTER_RING,
};

const struct tone_plan *const tone_plans[] = {
	&jp, &us, &gb, &de, &fr, NULL
};

const struct tone_plan *tone_plan_find(const char *country)
{
	for (const struct tone_plan *const *p = tone_plans; *p; p++)
		if (!strcasecmp((*p)->country, country))
			return *p;
	return NULL;
}

const struct tone_def *tone_plan_def(const struct tone_plan *p, enum tone t)
{
	return (unsigned)t < TONE_COUNT && p->tone[t].nsteps ?
		&p->tone[t] : NULL;
}

const char *tone_name(enum tone t)
{
	static const char *const names[TONE_COUNT] = {
		"none", "dial", "dial-special", "ringback", "busy",
		"congestion", "call-waiting", "confirm", "sit", "howler",
		"milliwatt",
	};

	return (unsigned)t < TONE_COUNT ? names[t] : "?";
}
