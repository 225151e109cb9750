/* SPDX-License-Identifier: Apache-2.0 */
/* Jitter buffer. The schedule is: timestamp ts is needed at due_us; ts and
 * due_us move on together with each jbuf_get. */
#include "media/jbuf.h"

#include <string.h>

enum {
	TICK_US      = 20000,
	GUARD_US     = 10000,   /* slack of the first packet, at least */
	SPARE_US     = TICK_US + GUARD_US,      /* slack: one tick too much */
	SCARCE_US    = 2000,    /* slack below: one tick too few */
	WINDOW_US    = 2000000,
	RESTART_MS   = 500,     /* a pause so long begins anew */
	JUMP_MS      = 2000,    /* a gap so long is a jump of the clock */
	STALE        = 3,
	SLACK_NONE   = INT32_MAX,
};

void jbuf_init(struct jbuf *j, struct pool *pool, uint32_t hz,
	       uint32_t max_ms)
{
	*j = (struct jbuf){ .pool = pool, .hz = hz, .max_ms = max_ms };
	j->slack_min_us[0] = SLACK_NONE;
}

static uint32_t units(const struct jbuf *j, uint32_t ms)
{
	return ms * (j->hz / 1000);
}

static int64_t us_of(const struct jbuf *j, int64_t ts)
{
	return ts * 1000000 / (int64_t)j->hz;
}

static void windows_restart(struct jbuf *j, uint64_t now_us)
{
	j->windows = 0;
	j->window_us = now_us;
	j->slack_min_us[0] = SLACK_NONE;
	j->wish_us = 0;
}

static void drop(struct jbuf *j, struct jbuf_pkt *k)
{
	pool_put(j->pool, k->buf);
	k->buf = NULL;
	k->used = false;
	j->n--;
}

void jbuf_reset(struct jbuf *j)
{
	for (unsigned i = 0; j->n && i < JBUF_SLOTS; i++)
		if (j->slot[i].used)
			drop(j, &j->slot[i]);
	j->playing = false;
	j->debt = 0;
	windows_restart(j, 0);
}

/* The first packet: it is needed GUARD_US from now, or at the tick after
 * that; jbuf_get knows when that is. */
static void begin(struct jbuf *j, const struct jbuf_pkt *k, uint64_t now_us)
{
	j->playing = j->starting = true;
	j->n_stale = 0;
	j->next_seq = j->max_seq = k->seq;
	j->ts = k->ts;
	j->due_us = now_us + GUARD_US;
	j->debt = 0;
	windows_restart(j, now_us);
}

static void note_slack(struct jbuf *j, uint32_t ts, uint64_t now_us)
{
	int64_t ahead = (int32_t)(ts - j->ts) - (int64_t)j->debt;
	int64_t slack = (int64_t)(j->due_us - now_us) + us_of(j, ahead);

	if (now_us - j->window_us >= WINDOW_US) {
		memmove(j->slack_min_us + 1, j->slack_min_us,
			(JBUF_WINDOWS - 1) * sizeof(j->slack_min_us[0]));
		j->slack_min_us[0] = SLACK_NONE;
		j->window_us = now_us;
		if (j->windows < JBUF_WINDOWS - 1)
			j->windows++;
	}
	if (slack < j->slack_min_us[0])
		j->slack_min_us[0] = slack > INT32_MIN ? (int32_t)slack
						       : INT32_MIN;
}

/* The smallest slack of the last n complete windows. */
static int32_t slack_min(const struct jbuf *j, unsigned n)
{
	int32_t min = SLACK_NONE;

	for (unsigned i = 1; i <= n; i++)
		if (j->slack_min_us[i] < min)
			min = j->slack_min_us[i];
	return min;
}

int jbuf_wish(const struct jbuf *j)
{
	unsigned full = JBUF_WINDOWS - 1;
	int32_t all = slack_min(j, j->windows);

	if (!j->playing || !j->windows || all == SLACK_NONE)
		return 0;
	if (slack_min(j, 1) < SCARCE_US)
		return 1;
	if (j->slack_min_us[0] < SPARE_US)
		return 0;
	/* the more there is to spare, the less proof it takes */
	if ((j->windows >= full && all >= SPARE_US) ||
	    (j->windows >= 2 && all >= SPARE_US + TICK_US) ||
	    all >= SPARE_US + 3 * TICK_US)
		return -1;
	return 0;
}

uint32_t jbuf_wish_ms(const struct jbuf *j, uint64_t now_us)
{
	if (!j->wish_us || !jbuf_wish(j))
		return 0;
	return (uint32_t)((now_us - j->wish_us) / 1000);
}

static void note_wish(struct jbuf *j, uint64_t now_us)
{
	if (!jbuf_wish(j))
		j->wish_us = 0;
	else if (!j->wish_us)
		j->wish_us = now_us;
}

void jbuf_did(struct jbuf *j, int dir, uint32_t step)
{
	uint64_t us = (uint64_t)us_of(j, step);

	if (dir < 0) {
		j->shrunk++;
	} else {
		j->grown++;
		j->due_us += us;
	}
	windows_restart(j, j->due_us);
}

static bool is_late(const struct jbuf *j, const struct jbuf_pkt *k)
{
	if ((int32_t)(k->seq - j->next_seq) < 0)
		return true;
	return k->dur && (int32_t)(k->ts + k->dur - j->ts) <= 0 &&
	       (int32_t)(k->ts - j->ts) > -(int32_t)units(j, JUMP_MS);
}

/* Numbers or times that do not go on from where they were: the sender
 * began anew. */
static bool is_jump(struct jbuf *j, const struct jbuf_pkt *k)
{
	int32_t ahead = (int32_t)(k->seq - j->next_seq);
	int64_t d = (int32_t)(k->ts - j->ts);

	if (ahead >= JBUF_SLOTS || ahead < -1000)
		return true;
	/* new numbers with old times, again and again */
	if (ahead >= 0 && k->dur && d + k->dur <= 0)
		return ++j->n_stale >= STALE;
	j->n_stale = 0;
	return !j->n && k->dur && (d > (int32_t)units(j, JUMP_MS) ||
				   d < -(int32_t)units(j, JUMP_MS));
}

void jbuf_put(struct jbuf *j, const struct jbuf_pkt *k, uint64_t now_us)
{
	struct jbuf_pkt *s = &j->slot[k->seq % JBUF_SLOTS];

	if (j->playing && is_jump(j, k))
		jbuf_reset(j);
	if (!j->playing) {
		if (!k->dur)
			goto refuse;
		begin(j, k, now_us);
	}
	if (k->dur)
		note_slack(j, k->ts, now_us);
	if (is_late(j, k)) {
		j->late++;
		goto refuse;
	}
	if (s->used) {
		j->duplicate++;
		goto refuse;
	}
	*s = *k;
	s->used = true;
	s->at_us = now_us;
	j->n++;
	if ((int32_t)(k->seq - j->max_seq) > 0)
		j->max_seq = k->seq;
	return;
refuse:
	pool_put(j->pool, k->buf);
}

/* The first packet with sound that is there; those without are done on the
 * way as far as no number is missing. NULL: none. */
static struct jbuf_pkt *first(struct jbuf *j)
{
	bool whole = true;

	for (uint32_t q = j->next_seq; j->n &&
	     (int32_t)(q - j->max_seq) <= 0; q++) {
		struct jbuf_pkt *s = &j->slot[q % JBUF_SLOTS];

		if (s->used && s->dur)
			return s;
		if (s->used && whole) {
			drop(j, s);
			j->next_seq = q + 1;
		}
		whole = whole && j->next_seq == q + 1;
	}
	return NULL;
}

bool jbuf_has(struct jbuf *j)
{
	return first(j) != NULL;
}

/* Are all numbers before k known? Then silence before it was meant. */
static bool is_whole(const struct jbuf *j, const struct jbuf_pkt *k)
{
	for (uint32_t q = j->next_seq; q != k->seq; q++)
		if (!j->slot[q % JBUF_SLOTS].used)
			return false;
	return true;
}

/* All numbers before seq are done with. */
static void skip_to(struct jbuf *j, uint32_t seq)
{
	for (uint32_t q = j->next_seq; q != seq; q++) {
		struct jbuf_pkt *s = &j->slot[q % JBUF_SLOTS];

		if (s->used)
			drop(j, s);
		else
			j->lost++;
	}
	j->next_seq = seq;
}

static enum jbuf_verdict take(struct jbuf *j, struct jbuf_pkt *k,
			      struct jbuf_pkt *out, uint64_t now_us)
{
	int64_t waited = (int64_t)(now_us - k->at_us);

	skip_to(j, k->seq);
	*out = *k;
	k->buf = NULL;          /* the caller's now */
	drop(j, k);
	j->next_seq = out->seq + 1;
	if (j->starting)
		windows_restart(j, now_us);
	j->starting = false;
	j->ts = out->ts + out->dur;
	j->due_us = now_us + (uint64_t)us_of(j, out->dur);
	j->delay_us += ((int32_t)waited - (int32_t)j->delay_us) / 8;
	return JBUF_PACKET;
}

/* What waited in vain was said without packets; k stands gap behind ts. */
static uint32_t pay_debt(struct jbuf *j, uint32_t gap, uint64_t now_us)
{
	uint32_t paid = j->debt < gap ? j->debt : gap;

	if (j->debt > paid) {
		j->grown++;
		windows_restart(j, now_us);
	}
	j->ts += paid;
	j->debt = 0;
	return gap - paid;
}

/* Too much lies waiting: the oldest go. */
static void limit(struct jbuf *j)
{
	for (;;) {
		struct jbuf_pkt *k = first(j), *last;

		last = &j->slot[j->max_seq % JBUF_SLOTS];
		if (!k || !last->used || k == last ||
		    (int32_t)(last->ts + last->dur - k->ts) <=
		    (int32_t)units(j, j->max_ms))
			return;
		skip_to(j, k->seq);
		j->next_seq = k->seq + 1;
		j->ts = k->ts + k->dur;
		j->overflow++;
		drop(j, k);
	}
}

static enum jbuf_verdict wait_on(struct jbuf *j, struct jbuf_pkt *out,
				 uint32_t step, uint64_t now_us)
{
	out->dur = step;
	if (!j->playing)
		return JBUF_EMPTY;
	j->debt += step;
	j->due_us = now_us + (uint64_t)us_of(j, step);
	if (j->debt > units(j, RESTART_MS))
		jbuf_reset(j);
	return JBUF_EMPTY;
}

enum jbuf_verdict jbuf_get(struct jbuf *j, struct jbuf_pkt *out,
			   uint32_t step, uint64_t now_us)
{
	struct jbuf_pkt *k;
	uint32_t gap;
	bool whole;

	*out = (struct jbuf_pkt){ .dur = step };
	limit(j);
	k = first(j);
	if (!k)
		return wait_on(j, out, step, now_us);
	if (j->starting && now_us < j->due_us)
		return JBUF_EMPTY;      /* the guard of the first packet */
	note_wish(j, now_us);
	if ((int32_t)(k->ts - j->ts) <= 0 ||
	    k->ts - j->ts > units(j, JUMP_MS)) {
		(void)pay_debt(j, 0, now_us);
		return take(j, k, out, now_us);
	}
	whole = is_whole(j, k);
	gap = pay_debt(j, k->ts - j->ts, now_us);
	/* a pause is the place to become shorter */
	if (gap >= step && whole && jbuf_wish(j) < 0) {
		j->ts += step;
		gap -= step;
		j->shrunk++;
		windows_restart(j, now_us);
	}
	if (!gap)
		return take(j, k, out, now_us);
	out->dur = gap < step ? gap : step;
	j->ts += out->dur;
	j->due_us = now_us + (uint64_t)us_of(j, out->dur);
	return whole ? JBUF_PAUSE : JBUF_LOST;
}

uint32_t jbuf_delay_ms(const struct jbuf *j)
{
	return (j->delay_us + 500) / 1000;
}
