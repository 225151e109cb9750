/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tone of the plan is it? The ear (callprog_ear.h) says every 10 ms
 * what sounds; that is cut into segments (a tone, quiet, other sound), and
 * the last segments are held against the cadences of the plan. Other sound,
 * speech above all, breaks a cadence: so speech is no tone.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/callprog.h"
#include "dsp/callprog_ear.h"
#include "dsp/level.h"
#include "dsp/voice.h"

enum {
	HOP_MS      = 10,
	SETTLE      = 4,        /* hops until a change is believed */
	SETTLE_OTHER = 7,       /* at its edges a tone looks like this */
	HISTORY     = 8,
	STEADY_MS   = 600,      /* of a tone that is in no cadence */
	LONG_ON_MS  = 800,      /* a burst that says enough by its length */
	QUIET_MS    = 200,      /* that must follow it */
	QUICK_CYCLE = 400, SHORT_CYCLE = 2000,  /* ms */
	SIT_MIN_MS  = 180, SIT_MAX_MS = 480,
	RULES       = 7,
};

#define QUIET_DBM0 (-42.0f)     /* always quiet */
#define GAP_DB 12.0f            /* so far below the tone: quiet too */
#define SHIFT_HZ 8.0f           /* single tones are looked for beside, too */

/* Segments: a set of the ear, or one of these. */
enum { QUIET = -1, OTHER = -2 };

struct segment {
	int      kind;
	uint32_t hops;
	float    dbm0;          /* loudest window */
};

struct rule_step {
	int      kind;
	uint32_t lo, hi;        /* hops; hi 0: for ever */
};

/* A tone of the plan in terms of segments. */
struct rule {
	enum tone        tone;
	uint8_t          nsteps;
	uint8_t          need;          /* steps in a row that must fit */
	bool             early;         /* one long burst is enough */
	struct rule_step step[TONE_STEPS];
};

struct callprog {
	struct callprog_ear ear;
	struct voice        voice;
	callprog_fn        *fn;
	void               *arg;
	struct rule         rule[RULES];
	unsigned            nrules;
	uint32_t            at;         /* samples */
	uint32_t            silence_hops;
	struct segment      past[HISTORY];      /* [0] the newest */
	struct segment      now;
	int                 next;       /* kind that may follow now */
	unsigned            next_run;   /* for so many hops */
	unsigned            doubt;      /* hops since now was last seen */
	float               tone_dbm0;  /* of the last tone */
	const struct rule  *found;
	bool                silent;     /* told */
	uint32_t            quiet_hops;
};

static uint32_t hops(double ms)
{
	return (uint32_t)lrint(ms / HOP_MS);
}

/* One or two frequencies that matter of a step. */
static int step_kind(struct callprog_ear *e, const struct tone_step *s)
{
	float hz[EAR_NEAR] = { s->f[0].hz, s->f[1].hz };

	if (!(hz[0] > 0))
		return QUIET;
	/* sidebands do not count, they only make the tone warble */
	if (hz[1] > 0 && s->f[1].dbm0 > s->f[0].dbm0 - 5)
		return callprog_ear_add(e, hz, 2, 1);
	for (int i = 1; i < EAR_NEAR; i++)
		hz[i] = hz[0] + (float)(i % 2 ? i / 2 + 1 : -(i / 2)) *
			SHIFT_HZ;
	return callprog_ear_add(e, hz, EAR_NEAR, 0);
}

static uint32_t cycle_ms(const struct tone_def *d)
{
	uint32_t ms = 0;

	for (int i = 0; i < d->nsteps; i++)
		ms += d->step[i].ms;
	return ms;
}

/* How many steps in a row are enough. Short ones happen in speech; and two
 * cadences may have steps in common. */
static uint8_t steps_needed(const struct tone_def *d)
{
	uint32_t ms = cycle_ms(d);

	if (d->nsteps == 1)
		return 1;
	if (ms < QUICK_CYCLE)
		return 5;
	if (ms <= SHORT_CYCLE)
		return d->nsteps > 2 ? 4 : 3;
	return d->nsteps > 2 ? 3 : 2;
}

static void add_rule(struct callprog *c, enum tone tone,
		     const struct tone_def *d)
{
	struct rule *r = &c->rule[c->nrules];

	if (!d)
		return;
	r->tone = tone;
	r->nsteps = d->nsteps;
	r->need = steps_needed(d);
	for (int i = 0; i < d->nsteps; i++) {
		double ms = d->step[i].ms;

		r->step[i].kind = step_kind(&c->ear, &d->step[i]);
		if (r->step[i].kind == EAR_NONE &&
		    d->step[i].f[0].hz > 0)
			return;         /* too many frequencies */
		r->step[i].lo = hops(fmax(ms * 0.8 - 20, HOP_MS));
		r->step[i].hi = ms > 0 ? hops(ms * 1.2 + 30) : 0;
	}
	c->nrules++;
}

/* SIT: three rising tones; each may be the lower or the higher one of two,
 * short or long, which tells the reason of the failure (E.180). */
static void add_sit(struct callprog *c)
{
	static const float hz[3][3] = {
		{ 913.8f, 950, 985.2f },
		{ 1370.6f, 1400, 1428.5f },
		{ 1776.7f, 1800, 1800 },
	};
	struct rule *r = &c->rule[c->nrules++];

	r->tone = TONE_SIT;
	r->nsteps = r->need = 3;
	for (int i = 0; i < 3; i++)
		r->step[i] = (struct rule_step){
			.kind = callprog_ear_add(&c->ear, hz[i], 3, 0),
			.lo = hops(SIT_MIN_MS), .hi = hops(SIT_MAX_MS),
		};
}

/* Is a burst of this step found in another rule as well? */
static bool is_unique(const struct callprog *c, const struct rule *mine,
		      const struct rule_step *s)
{
	for (unsigned i = 0; i < c->nrules; i++) {
		const struct rule *r = &c->rule[i];

		if (r == mine || r->nsteps == 1)
			continue;
		for (int k = 0; k < r->nsteps; k++)
			if (r->step[k].kind == s->kind &&
			    r->step[k].lo <= s->hi && s->lo <= r->step[k].hi)
				return false;
	}
	return true;
}

/* Longest burst of the same sound in a cadence, so that a steady tone is
 * told from it; hops. */
static uint32_t longest(const struct callprog *c, int kind)
{
	uint32_t best = 0;

	for (unsigned i = 0; i < c->nrules; i++)
		for (int k = 0; k < c->rule[i].nsteps; k++)
			if (c->rule[i].step[k].kind == kind &&
			    c->rule[i].step[k].hi > best)
				best = c->rule[i].step[k].hi;
	return best;
}

static void relate_rules(struct callprog *c)
{
	for (unsigned i = 0; i < c->nrules; i++) {
		struct rule *r = &c->rule[i];
		struct rule_step *s = &r->step[0];

		if (r->nsteps == 1) {
			uint32_t lo = longest(c, s->kind) + hops(60);

			s->lo = lo > hops(STEADY_MS) ? lo : hops(STEADY_MS);
		} else if (r->nsteps == 2) {
			r->early = s->lo >= hops(LONG_ON_MS * 0.8 - 20) &&
				is_unique(c, r, s);
		}
	}
}

int callprog_new(struct callprog **cp, const struct tone_plan *plan,
		 unsigned silence_ms, callprog_fn *fn, void *arg)
{
	static const enum tone tones[] = {
		TONE_DIAL, TONE_DIAL_SPECIAL, TONE_RINGBACK, TONE_BUSY,
		TONE_CONGESTION,
	};
	struct callprog *c = mem_alloc(sizeof(*c));

	if (!c)
		return ENOMEM;
	callprog_ear_init(&c->ear);
	for (size_t i = 0; i < sizeof(tones) / sizeof(*tones); i++)
		add_rule(c, tones[i], tone_plan_def(plan, tones[i]));
	add_sit(c);
	relate_rules(c);
	c->fn = fn;
	c->arg = arg;
	c->silence_hops = hops(silence_ms);
	callprog_reset(c);
	*cp = c;
	return 0;
}

void callprog_free(struct callprog *c)
{
	mem_free(c);
}

void callprog_reset(struct callprog *c)
{
	callprog_ear_reset(&c->ear);
	voice_init(&c->voice);
	for (int i = 0; i < HISTORY; i++)
		c->past[i] = (struct segment){ .kind = OTHER };
	c->now = (struct segment){ .kind = OTHER };
	c->next = OTHER;
	c->next_run = c->doubt = 0;
	c->tone_dbm0 = LEVEL_MIN_DBM0;
	c->found = NULL;
	c->silent = false;
	c->quiet_hops = 0;
}

enum tone callprog_tone(const struct callprog *c)
{
	return c->found ? c->found->tone : TONE_NONE;
}

static bool fits(const struct segment *g, const struct rule_step *s)
{
	return g->kind == s->kind && g->hops >= s->lo &&
		(!s->hi || g->hops <= s->hi);
}

/* How many of the newest segments fit the rule when the one that goes on
 * is step k. It counts once it is long enough; of a cadence with several
 * lengths not before its end, when its length is sure. 0: it cannot be. */
static unsigned fit_at(const struct callprog *c, const struct rule *r, int k)
{
	const struct rule_step *s = &r->step[k];
	unsigned n, i;

	if (c->now.kind != s->kind || (s->hi && c->now.hops > s->hi))
		return 0;
	n = c->now.hops >= s->lo && (r->nsteps <= 2 || r->tone == TONE_SIT);
	if (r->nsteps == 1)
		return n;
	for (i = 0; i < HISTORY; i++) {
		k = (k + r->nsteps - 1) % r->nsteps;
		if (!fits(&c->past[i], &r->step[k]))
			break;
		n++;
	}
	/* quiet before the first burst proves nothing */
	n -= i && c->past[i - 1].kind == QUIET;
	return i ? n : 0;
}

static unsigned best_fit(const struct callprog *c, const struct rule *r)
{
	unsigned best = 0;

	/* SIT has no second round: it is heard at its last step */
	if (r->tone == TONE_SIT)
		return fit_at(c, r, r->nsteps - 1);
	for (int k = 0; k < r->nsteps; k++) {
		unsigned n = fit_at(c, r, k);

		best = n > best ? n : best;
	}
	return best;
}

static bool is_heard(const struct callprog *c, const struct rule *r)
{
	if (r->early && c->now.kind == QUIET &&
	    c->now.hops >= hops(QUIET_MS) &&
	    c->now.hops <= r->step[1].hi && fits(&c->past[0], &r->step[0]))
		return true;
	return best_fit(c, r) >= r->need;
}

/* Can what sounds now still belong to it? */
static bool goes_on(const struct callprog *c, const struct rule *r)
{
	if (r->tone == TONE_SIT)
		return c->now.kind == r->step[2].kind;
	if (r->nsteps == 1)
		return c->now.kind == r->step[0].kind;
	return best_fit(c, r) > 0;
}

static uint16_t clip16(uint32_t ms)
{
	return (uint16_t)(ms < 65535 ? ms : 65535);
}

static void tell(struct callprog *c, enum tone tone, bool found,
		 unsigned rounds)
{
	/* of a steady tone the past says nothing */
	bool cadence = tone != TONE_NONE && tone != TONE_DIAL;
	struct callprog_event e = {
		.tone = tone, .found = found, .at = c->at,
		.dbm0 = tone == TONE_NONE ? c->now.dbm0 : c->tone_dbm0,
		.rounds = rounds,
	};

	for (int i = HISTORY - 1; i >= 0 && cadence; i--) {
		uint32_t ms = c->past[i].hops * HOP_MS;

		if (c->past[i].kind >= 0)
			e.on_ms = clip16(ms);
		else if (c->past[i].kind == QUIET)
			e.off_ms = clip16(ms);
	}
	c->fn(&e, c->arg);
}

static void lose_tone(struct callprog *c)
{
	enum tone tone = c->found->tone;

	c->found = NULL;
	tell(c, tone, false, 0);
}

static void look_for_tone(struct callprog *c)
{
	if (c->found && goes_on(c, c->found))
		return;
	if (c->found)
		lose_tone(c);
	for (unsigned i = 0; i < c->nrules; i++) {
		const struct rule *r = &c->rule[i];

		if (!is_heard(c, r))
			continue;
		if (c->silent) {
			c->silent = false;
			tell(c, TONE_NONE, false, 0);
		}
		c->found = r;
		tell(c, r->tone, true,
		     (best_fit(c, r) + r->nsteps - 1u) / r->nsteps);
		return;
	}
}

static void look_for_silence(struct callprog *c, float dbm0)
{
	if (dbm0 < QUIET_DBM0) {
		c->quiet_hops++;
		if (c->silence_hops && !c->silent && !c->found &&
		    c->quiet_hops >= c->silence_hops) {
			c->silent = true;
			tell(c, TONE_NONE, true, 0);
		}
		return;
	}
	/* a click does not end a silence, a tenth of a second does */
	if (c->doubt || c->now.kind == QUIET)
		return;
	c->quiet_hops = 0;
	if (c->silent) {
		c->silent = false;
		tell(c, TONE_NONE, false, 0);
	}
}

static void look_for_voice(struct callprog *c, float dbm0)
{
	struct callprog_event e = { .tone = TONE_NONE, .voice = true,
				    .found = true, .at = c->at,
				    .dbm0 = dbm0 };

	if (voice_hop(&c->voice, c->now.kind >= 0))
		c->fn(&e, c->arg);
}

static int kind_of(const struct callprog *c, const struct ear_hop *h)
{
	if (h->set != EAR_NONE)
		return h->set;
	if (h->dbm0 < QUIET_DBM0 || h->dbm0 < c->tone_dbm0 - GAP_DB)
		return QUIET;
	return OTHER;
}

/* `doubt` hops ago the segment ended; what followed is the next one. */
static void next_segment(struct callprog *c, const struct ear_hop *h)
{
	memmove(c->past + 1, c->past, sizeof(c->past) - sizeof(*c->past));
	c->past[0] = c->now;
	c->now = (struct segment){ .kind = c->next, .hops = c->doubt,
				   .dbm0 = h->dbm0 };
	c->doubt = c->next_run = 0;
}

static void on_hop(struct callprog *c, const struct ear_hop *h)
{
	int kind = kind_of(c, h);

	if (kind == c->now.kind) {
		c->now.hops += c->doubt + 1;
		c->doubt = c->next_run = 0;
		c->now.dbm0 = fmaxf(c->now.dbm0, h->dbm0);
	} else {
		c->doubt++;
		c->next_run = kind == c->next ? c->next_run + 1 : 1;
		c->next = kind;
		if (c->next_run >= (kind == OTHER ? SETTLE_OTHER : SETTLE))
			next_segment(c, h);
	}
	if (!c->doubt && c->now.kind >= 0)
		c->tone_dbm0 = c->now.dbm0;
	look_for_tone(c);
	look_for_silence(c, h->dbm0);
	look_for_voice(c, h->dbm0);
}

void callprog_run(struct callprog *c, const int16_t *pcm, size_t n)
{
	while (n) {
		struct ear_hop h;
		int done;
		size_t k = callprog_ear_run(&c->ear, pcm, n, &h, &done);

		/* in step with the ear */
		voice_take(&c->voice, pcm, k);
		c->at += (uint32_t)k;
		pcm += k;
		n -= k;
		if (done)
			on_hop(c, &h);
	}
}
