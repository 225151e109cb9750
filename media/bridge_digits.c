/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digits: one stream of them, whichever way they come.
 *
 * A peer that sends RFC 4733 may send the tones too. The event comes before
 * its tones (they wait in the jitter buffer and take 25 ms to be known), so
 * after the first event the tones of that side no longer count. Should the
 * tones of the first digit be known first, its event is taken as the copy.
 * [worker]
 */
#include "media/bridge_impl.h"

enum {
	COPY_US    = 300000,    /* an event so soon after its tones */
	PAUSE_TICKS = 1000 / PORT_TICK_MS,      /* a comma */
	/* a detector needs up to 39 ms of a tone, in ticks of 20 ms; the same
	 * digit dialled anew is not known before 65 ms */
	CUT_TICKS  = 3,
	MIN_TONE_MS = 50,
};

static const double LOW_DBM0 = -9, HIGH_DBM0 = -7;

static uint64_t now_us(const struct core_side *s)
{
	return loop_now_us(s->core->worker->loop);
}

static bool has_events(const struct core_side *s)
{
	return rtp_is(s->port) && rtp_port_has_events(rtp_of(s->port));
}

bool bridge_digits_wanted(struct core_side *s)
{
	if (s->heard.proven)
		return s->heard.digit && !s->heard.by_event;
	return s->tell_dtmf || has_events(core_other(s));
}

static void tell(struct core_side *s, char digit, bool begin, unsigned ms)
{
	struct up u = { .ev = BRIDGE_EV_DIGIT, .side = s->side,
			.digit = digit, .begin = begin,
			.ms = (uint16_t)(ms > UINT16_MAX ? UINT16_MAX : ms) };

	if (s->tell_dtmf)
		bridge_core_up(s->core, &u, false);
}

/* What sends tones to the side; NULL: it takes RFC 4733. */
static struct dtmf_gen *gen_of(const struct core_side *s)
{
	struct stage *g = s->stage[STAGE_DIGITS];

	return g ? stage_digits_gen(g) : NULL;
}

static bool tones_idle(const struct core_side *s)
{
	return !gen_of(s) || dtmf_gen_is_idle(gen_of(s));
}

/* The generator for the rate of the side's port, silent. */
static void ready_gen(struct core_side *s, unsigned ms)
{
	const struct media_conf *c = s->core->conf;

	dtmf_gen_init(gen_of(s), s->port->hz, ms, c->digit_gap_ms, LOW_DBM0,
		      HIGH_DBM0);
}

/* A digit of the other side goes on to this one. */
static void pass_begin(struct core_side *s, char digit, bool by_event)
{
	int err;

	if (!s->port || s->core->relaying || s->port->ops->no_digits)
		return;
	if (has_events(s)) {
		err = telev_tx_hold(&rtp_of(s->port)->telev_tx, digit);
	} else if (by_event && gen_of(s)) {
		if (tones_idle(s))
			ready_gen(s, MIN_TONE_MS);
		err = dtmf_gen_hold(gen_of(s), digit);
	} else {
		return;         /* the tones go through as sound */
	}
	/* 32 digits waiting, or a digit within a digit: this one is lost */
	s->passing = !err;
}

static void pass_end(struct core_side *s)
{
	if (!s->passing)
		return;
	s->passing = false;
	if (has_events(s))
		telev_tx_release(&rtp_of(s->port)->telev_tx);
	if (gen_of(s))
		dtmf_gen_release(gen_of(s));
}

static void heard_begin(struct core_side *s, char digit, bool by_event)
{
	struct heard *h = &s->heard;

	h->digit = digit;
	h->by_event = by_event;
	h->began_us = now_us(s);
	tell(s, digit, true, 0);
	pass_begin(core_other(s), digit, by_event);
}

static void heard_end(struct core_side *s, unsigned ms)
{
	struct heard *h = &s->heard;

	h->last = h->digit;
	h->ended_us = now_us(s);
	h->digit = 0;
	h->cut_ticks = 0;
	tell(s, h->last, false, ms);
	pass_end(core_other(s));
}

static unsigned heard_ms(const struct core_side *s)
{
	return (unsigned)((now_us(s) - s->heard.began_us) / 1000);
}

void bridge_digits_event(struct core_side *s, char digit, bool begin,
			 uint16_t ms)
{
	struct heard *h = &s->heard;
	bool first = !h->proven;

	h->proven = true;
	if (!begin) {
		if (!h->ignored && h->digit == digit && h->by_event)
			heard_end(s, ms);
		h->ignored = false;
		return;
	}
	/* the tones of this very digit came first */
	if (first && ((h->digit == digit && !h->by_event) ||
		      (!h->digit && h->last == digit &&
		       now_us(s) - h->ended_us < COPY_US))) {
		h->ignored = true;
		return;
	}
	if (h->digit)
		heard_end(s, heard_ms(s));
	heard_begin(s, digit, true);
}

void bridge_digits_tone(struct core_side *s, char digit, bool begin)
{
	struct heard *h = &s->heard;

	if (!begin) {
		if (h->digit == digit && !h->by_event)
			heard_end(s, heard_ms(s));
		return;
	}
	if (h->cut_ticks) {
		h->cut_ticks = 0;
		if (h->digit == digit)
			return;         /* the rest of it */
		heard_end(s, heard_ms(s));
	}
	if (h->proven || h->digit)
		return;
	heard_begin(s, digit, false);
}

void bridge_digits_cut(struct core_side *s)
{
	if (s->heard.digit && !s->heard.by_event)
		s->heard.cut_ticks = CUT_TICKS;
}

/* Nobody has found the rest of the digit that was cut. */
static void step_cut(struct core_side *s)
{
	struct heard *h = &s->heard;

	if (h->cut_ticks && !--h->cut_ticks)
		heard_end(s, heard_ms(s));
}

/* --- sending ----------------------------------------------------------- */

void bridge_digits_put(struct core_side *s, char digit, unsigned ms)
{
	struct digit_queue *q = &s->queue;
	unsigned at = (q->head + q->count) % BRIDGE_DIGITS;

	if (!digit) {
		q->report = true;
		return;
	}
	if (q->count == BRIDGE_DIGITS)
		return;
	q->v[at].digit = digit;
	q->v[at].ms = (uint16_t)ms;
	q->count++;
}

bool bridge_digits_idle(const struct core_side *s)
{
	return !s->queue.count && !s->queue.busy && !s->queue.report &&
	       tones_idle(s) &&
	       (!has_events(s) || telev_tx_is_idle(&rtp_of(s->port)->telev_tx));
}

/* Is the last digit, or pause, still going out? */
static bool is_sending(struct core_side *s)
{
	if (s->queue.pause) {
		s->queue.pause--;
		return true;
	}
	return !tones_idle(s) ||
	       (has_events(s) &&
		!telev_tx_is_idle(&rtp_of(s->port)->telev_tx));
}

static void send_next(struct core_side *s)
{
	struct digit_queue *q = &s->queue;
	char digit = q->v[q->head].digit;
	unsigned ms = q->v[q->head].ms;
	int err = 0;

	q->head = (uint8_t)((q->head + 1) % BRIDGE_DIGITS);
	q->count--;
	q->busy = true;
	if (digit == ',') {
		q->pause = PAUSE_TICKS;
	} else if (has_events(s)) {
		err = telev_tx_put(&rtp_of(s->port)->telev_tx, digit, ms);
	} else if (gen_of(s)) {
		ready_gen(s, ms);
		err = dtmf_gen_put(gen_of(s), digit);
	}
	q->busy = !err;
}

void bridge_digits_step(struct core_side *s)
{
	struct digit_queue *q = &s->queue;
	struct up u = { .ev = BRIDGE_EV_DIGITS_SENT, .side = s->side };

	step_cut(s);
	if (!q->count && !q->busy && !q->report)
		return;
	if (is_sending(s))
		return;
	q->busy = false;
	if (q->count) {
		send_next(s);
	} else if (q->report) {
		q->report = false;
		bridge_core_up(s->core, &u, false);
	}
}

void bridge_digits_reset(struct core_side *s)
{
	if (s->heard.digit)
		heard_end(s, heard_ms(s));
	s->heard = (struct heard){ 0 };
	s->queue = (struct digit_queue){ 0 };
	if (gen_of(s))
		dtmf_gen_stop(gen_of(s));
	s->passing = false;
}
