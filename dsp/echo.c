/* SPDX-License-Identifier: Apache-2.0 */
/* The canceller around the filter: what state the two ends and the path are
 * in, and what the listener gets. */
#include "dsp/echo.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/echo_core.h"

/* These depend on the length of a block, 10 ms. */
static const float LEVEL_RATE = 0.154f;         /* 60 ms */
static const float STATS_RATE = 0.01f;          /* 1 s */
static const float FAR_PEAK_DECAY = 0.926f;     /* 130 ms */
enum {
	DIVERGED_BLOCKS = 5,
	NARROW_BLOCKS   = 25,
	YOUNG_BLOCKS    = 200,
	ASLEEP_BLOCKS   = 50,
	TONE_BLOCKS     = 200,  /* enough to learn a tone */
	TONE_REST       = 50,
};
/* These do not. */
static const float NARROW_BINS = 4.0f;          /* of a few tones */
static const float ACTIVE_POWER = 2500.0f;      /* -50 dBm0, per sample */
static const float QUIET_POWER = 50.0f;         /* -67 dBm0, per sample */
static const float LEAST_SHARE = 0.3f;          /* of the far tones */

struct echo {
	const struct echo_ops *ops;
	unsigned           flags;
	float              near_level, error_level, echo_level, cross_level;
	float              far_peak;
	float              far_mean, near_mean, error_mean;     /* of stats */
	unsigned           diverged, narrow, asleep;
	unsigned           learnt, rest;        /* blocks, of this tone */
	unsigned           age;         /* updates since the taps were 0 */
	struct echo_stats  stats;
	struct echo_filter filter;
	struct echo_nlp    nlp;
	ECHO_ALIGNED float mem[];       /* of the filter */
};

int echo_new_on(struct echo **ep, const struct echo_ops *ops,
		unsigned tail_ms, unsigned flags)
{
	unsigned parts = (tail_ms * 8 + ECHO_BLOCK - 1) / ECHO_BLOCK;
	struct echo *e;

	if (tail_ms < ECHO_TAIL_MIN_MS || tail_ms > ECHO_TAIL_MAX_MS ||
	    flags & ~(unsigned)(ECHO_NLP | ECHO_COMFORT_NOISE))
		return EINVAL;
	e = mem_alloc_aligned(ECHO_ALIGN,
			      sizeof(*e) + echo_filter_size(parts));
	if (!e)
		return ENOMEM;
	e->ops = ops;
	e->flags = flags;
	e->filter.parts = parts;
	echo_reset(e);
	*ep = e;
	return 0;
}

int echo_new(struct echo **ep, unsigned tail_ms, unsigned flags)
{
	return echo_new_on(ep, echo_best_ops(), tail_ms, flags);
}

void echo_free(struct echo *e)
{
	mem_free(e);
}

void echo_reset(struct echo *e)
{
	const struct echo_ops *ops = e->ops;
	unsigned flags = e->flags, parts = e->filter.parts;

	memset(e, 0, sizeof(*e));
	e->ops = ops;
	e->flags = flags;
	echo_filter_init(&e->filter, parts, e->mem);
	echo_nlp_init(&e->nlp);
}

void echo_set_flags(struct echo *e, unsigned flags)
{
	e->flags = flags;
}

const char *echo_engine(const struct echo *e)
{
	return e->ops->name;
}

static void smooth(float *level, float now, float rate)
{
	*level += (now - *level) * rate;
}

static void take_levels(struct echo *e, const struct echo_block *b)
{
	smooth(&e->near_level, b->near_energy, LEVEL_RATE);
	smooth(&e->error_level, b->error_energy, LEVEL_RATE);
	smooth(&e->echo_level, b->echo_energy, LEVEL_RATE);
	smooth(&e->cross_level, b->cross_energy, LEVEL_RATE);
	if (!b->active)
		return;
	smooth(&e->far_mean, b->far_energy, STATS_RATE);
	smooth(&e->near_mean, b->near_energy, STATS_RATE);
	smooth(&e->error_mean, b->error_energy, STATS_RATE);
}

/* An estimate of an echo that is no more shows in the error with its sign
 * turned. When that lasts, the path changed and the taps are worth nothing:
 * starting anew is quicker than turning them round. True: started anew. */
static bool path_changed(struct echo *e)
{
	float scale = sqrtf(e->error_level * e->echo_level + 1);
	float likeness = -e->cross_level / scale;

	if (e->error_level > 0.7f * e->near_level && likeness > 0.5f)
		e->diverged++;
	else if (e->diverged)
		e->diverged--;
	if (e->diverged <= DIVERGED_BLOCKS)
		return false;
	e->diverged = 0;
	e->echo_level = e->cross_level = 0;
	e->stats.path_changes++;
	e->age = 0;
	echo_filter_restart(&e->filter);
	return true;
}

/* Tones tell nothing of the other bins, where adapting would drift. They are
 * few bins by the participation ratio (sum |X|^2)^2 / sum |X|^4. */
static bool far_is_narrow(struct echo *e, const struct echo_block *b)
{
	if (b->far_total * b->far_total < NARROW_BINS * b->far_square)
		e->narrow += e->narrow < 2 * NARROW_BLOCKS;
	else if (e->narrow > NARROW_BLOCKS)
		e->narrow = NARROW_BLOCKS;
	else
		e->narrow -= e->narrow > 3 ? 3 : e->narrow;
	return e->narrow > NARROW_BLOCKS;
}

/* A filter that found no echo for long has faded out and takes a new one for
 * the near end. While it does not help it is told now and then to listen. */
static void keep_awake(struct echo *e)
{
	bool useless = e->error_level > 0.7f * e->near_level &&
		       echo_filter_is_asleep(&e->filter);

	e->asleep = useless ? e->asleep + 1 : 0;
	if (e->asleep <= ASLEEP_BLOCKS)
		return;
	e->asleep = 0;
	echo_filter_wake(&e->filter);
}

/* One step by a tone, at its own bins only. When the near end sounds at the
 * same bins the two cannot be told apart, and the taps rest for a while; for
 * good when it was learnt for long, as what is left then is not echo and
 * would be worked into the taps little by little. False: they rested. */
static bool learn_tones(struct echo *e, const struct echo_block *b)
{
	ECHO_ALIGNED float kept[ECHO_BINS];
	struct echo_filter *f = &e->filter;
	float share;

	if (e->learnt >= TONE_BLOCKS ||
	    e->error_level < 0.06f * e->near_level)
		return false;
	memcpy(kept, f->near_power, sizeof(kept));
	share = e->ops->hold_tones(f, b);
	e->rest -= e->rest > 0;
	if (share < LEAST_SHARE && b->far_energy > 0.25f * e->far_peak)
		e->rest = TONE_REST;
	if (!e->rest && share >= LEAST_SHARE) {
		e->learnt++;
		e->ops->update(f, b);
	} else {
		share = 0;
	}
	memcpy(f->near_power, kept, sizeof(kept));
	return share > 0;
}

/* A tone begins: what young taps made of its first blocks is of no use at
 * other frequencies, and can howl where two lines echo to each other. True:
 * started anew. */
static bool tone_begins(struct echo *e)
{
	e->learnt = e->rest = 0;
	if (e->age >= YOUNG_BLOCKS)
		return false;
	e->age = 0;
	echo_filter_restart(&e->filter);
	return true;
}

/* One step of the taps. False: they rested. */
static bool learn(struct echo *e, const struct echo_block *b)
{
	if (e->stats.narrow)
		return learn_tones(e, b);
	/* no echo is that loud, so there is nothing to be learnt from it */
	if (e->near_level > 16 * e->far_peak)
		return false;
	e->ops->update(&e->filter, b);
	e->age += e->age < YOUNG_BLOCKS;
	return true;
}

static void adapt(struct echo *e, const struct echo_block *b)
{
	struct echo_filter *f = &e->filter;
	bool was_narrow = e->stats.narrow;
	/* b was made with taps that are gone after a restart */
	bool restarted = path_changed(e);

	keep_awake(e);
	e->stats.narrow = far_is_narrow(e, b);
	if (e->stats.narrow && !was_narrow)
		restarted |= tone_begins(e);
	e->ops->track_near(f, b);
	if (restarted || !learn(e, b))
		return;
	/* while they learn most, twice as many partitions per block */
	for (unsigned i = e->age < YOUNG_BLOCKS ? 0 : 1; i < 2; i++) {
		e->ops->constrain(f, f->next_constrained);
		f->next_constrained = (f->next_constrained + 1) % f->parts;
	}
}

/* Does the estimate make this block louder? While the taps are young they
 * send ghosts into the pauses of the far end. Old ones get the benefit of
 * the doubt: near end and echo may be alike by chance in so short a time. */
static bool makes_louder(const struct echo *e, const struct echo_block *b)
{
	float limit = 1.2f * b->near_energy + ECHO_BLOCK * QUIET_POWER;
	float unsure = e->ops->sum(b->expected) / ECHO_BLOCK;

	return b->error_energy > limit &&
	       (unsure > 0.2f * b->echo_energy ||
		b->error_energy > 2 * limit ||
		e->error_level > 1.25f * e->near_level);
}

/* Lets the near end through as it is when the filter makes it worse. */
static void bypass(const struct echo *e, struct echo_block *b)
{
	float *error = b->error + ECHO_BLOCK;
	const float *echo = b->echo + ECHO_BLOCK;

	if (makes_louder(e, b))
		for (unsigned i = 0; i < ECHO_BLOCK; i++)
			error[i] += echo[i];
}

static void process_block(struct echo *e, const int16_t *far,
			  const int16_t *near, int16_t *clean)
{
	struct echo_block b;

	e->ops->push_far(&e->filter, far, &b);
	e->far_peak *= FAR_PEAK_DECAY;
	if (b.far_energy > e->far_peak)
		e->far_peak = b.far_energy;
	b.active = e->far_peak > ECHO_BLOCK * ACTIVE_POWER;
	e->ops->cancel(&e->filter, near, &b);
	take_levels(e, &b);
	if (b.active)
		adapt(e, &b);
	else
		e->ops->track_near(&e->filter, &b);
	e->stats.far_active = b.active;
	bypass(e, &b);
	echo_nlp_run(&e->nlp, e->ops, &b, e->flags, b.error + ECHO_BLOCK);
	e->stats.double_talk = b.active && e->nlp.hangover;
	e->ops->store(clean, b.error + ECHO_BLOCK);
}

void echo_process(struct echo *e, const int16_t *far, const int16_t *near,
		  int16_t *clean, size_t n)
{
	for (size_t i = 0; i + ECHO_BLOCK <= n; i += ECHO_BLOCK)
		process_block(e, far + i, near + i, clean + i);
}

static float ratio_db(float a, float b)
{
	return a > 1 && b > 0 ? 10 * log10f(a / (b > 1 ? b : 1)) : 0;
}

void echo_get_stats(const struct echo *e, struct echo_stats *st)
{
	*st = e->stats;
	st->erl_db = ratio_db(e->far_mean, e->near_mean);
	st->erle_db = ratio_db(e->near_mean, e->error_mean);
	st->suppressing = e->nlp.gain < 1;
}
