/* SPDX-License-Identifier: Apache-2.0 */
/* Telephone events, RFC 4733. */
#include "media/telev.h"

#include <string.h>

#include "base/scan.h"

enum {
	PER_MS    = 8,          /* units of the RTP clock */
	MIN_MS    = 40,         /* ITU-T Q.24: shorter ones may be missed */
	LONGEST   = 0xffff,     /* of one segment, section 2.5.1.3 */
	N_ENDS    = 3,          /* section 2.5.1.4 */
	VOLUME    = 10,         /* -10 dBm0 */
	SOFTEST   = 55,
};

static const char digits[] = "0123456789*#ABCD";

int telev_parse(struct telev *t, const uint8_t *p, size_t n)
{
	struct scan s = scan_of(str_pl(p, n));
	uint8_t b;

	scan_b8(&s, &t->event);
	if (!scan_b8(&s, &b) || !scan_b16(&s, &t->duration))
		return EBADMSG;
	t->end = b >> 7;
	t->volume = b & 0x3f;
	return 0;
}

void telev_build(uint8_t out[TELEV_BYTES], const struct telev *t)
{
	out[0] = t->event;
	out[1] = (uint8_t)(t->end << 7 | (t->volume & 0x3f));
	out[2] = (uint8_t)(t->duration >> 8);
	out[3] = (uint8_t)t->duration;
}

char telev_digit(uint8_t event)
{
	return event < sizeof(digits) - 1 ? digits[event] : 0;
}

int telev_event(char digit)
{
	const char *p;

	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	p = digit ? strchr(digits, digit) : NULL;
	return p ? (int)(p - digits) : -1;
}

static uint16_t ms_of(uint32_t duration)
{
	uint32_t ms = duration / PER_MS;

	return (uint16_t)(ms > UINT16_MAX ? UINT16_MAX : ms);
}

static void rx_end(struct telev_rx *r, char *digit, uint16_t *ms)
{
	*digit = r->digit;
	*ms = ms_of(r->before + r->duration);
	r->active = false;
}

/* Section 2.5.1.3: an event longer than a duration can tell goes on in a
 * new segment, whose timestamp follows on the last one's end. */
static bool continues(const struct telev_rx *r, char digit, uint32_t ts)
{
	return r->active && r->digit == digit && ts - r->ts == LONGEST;
}

static void rx_begin(struct telev_rx *r, struct telev_news *news, char digit,
		     uint32_t ts)
{
	if (r->active)
		rx_end(r, &news->ended, &news->ended_ms);
	r->active = r->seen = true;
	r->digit = digit;
	r->ts = ts;
	r->before = r->duration = 0;
	news->begun = digit;
}

int telev_rx_packet(struct telev_rx *r, struct telev_news *news,
		    uint32_t ts, const uint8_t *p, size_t n, uint64_t now_us)
{
	struct telev t;
	char digit;
	int err = telev_parse(&t, p, n);

	*news = (struct telev_news){ 0 };
	if (err)
		return err;
	digit = telev_digit(t.event);
	if (!digit || t.volume > SOFTEST)
		return ENOTSUP;
	if (r->seen && (int32_t)(ts - r->ts) < 0)
		return 0;               /* late: of an event that is over */
	if (continues(r, digit, ts)) {
		r->before += LONGEST;
		r->ts = ts;
		r->duration = 0;
	} else if (!r->seen || ts != r->ts) {
		rx_begin(r, news, digit, ts);
	} else if (!r->active) {
		return 0;               /* the end, once more */
	}
	r->last_us = now_us;
	if (t.duration > r->duration)
		r->duration = t.duration;
	if (t.end && news->begun) {
		news->over = true;
		rx_end(r, &digit, &news->over_ms);
	} else if (t.end) {
		rx_end(r, &news->ended, &news->ended_ms);
	}
	return 0;
}

bool telev_rx_poll(struct telev_rx *r, struct telev_news *news,
		   uint64_t now_us)
{
	if (!r->active || now_us - r->last_us < TELEV_TIMEOUT_MS * 1000u)
		return false;
	*news = (struct telev_news){ 0 };
	rx_end(r, &news->ended, &news->ended_ms);
	return true;
}

void telev_tx_init(struct telev_tx *t, unsigned gap_ms)
{
	*t = (struct telev_tx){ .gap = gap_ms * PER_MS };
}

static int put(struct telev_tx *t, char digit, uint16_t ms)
{
	unsigned at = (t->head + t->count) % TELEV_QUEUE;

	if (telev_event(digit) < 0)
		return EINVAL;
	if (t->count == TELEV_QUEUE)
		return ENOBUFS;
	t->queue[at].digit = digit;
	t->queue[at].ms = ms;
	t->count++;
	return 0;
}

int telev_tx_put(struct telev_tx *t, char digit, unsigned ms)
{
	if (ms < MIN_MS)
		ms = MIN_MS;
	return put(t, digit, (uint16_t)(ms > UINT16_MAX ? UINT16_MAX : ms));
}

int telev_tx_hold(struct telev_tx *t, char digit)
{
	return put(t, digit, 0);
}

/* Of a digit that still waits, its least length is what it gets. */
void telev_tx_release(struct telev_tx *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		unsigned at = (t->head + i) % TELEV_QUEUE;

		if (!t->queue[at].ms)
			t->queue[at].ms = MIN_MS;
	}
	if (!t->held)
		return;
	t->held = false;
	t->want = t->total > MIN_MS * PER_MS ? t->total : MIN_MS * PER_MS;
}

bool telev_tx_is_idle(const struct telev_tx *t)
{
	return !t->active && !t->count && !t->gap_left;
}

static void tx_begin(struct telev_tx *t, uint32_t ts)
{
	unsigned ms = t->queue[t->head].ms;

	t->event = (uint8_t)telev_event(t->queue[t->head].digit);
	t->held = !ms;
	t->want = ms * PER_MS;
	t->head = (uint8_t)((t->head + 1) % TELEV_QUEUE);
	t->count--;
	t->active = true;
	t->ts = ts;
	t->total = t->duration = 0;
	t->ends = 0;
}

/* The event is step longer. */
static void tx_grow(struct telev_tx *t, uint32_t step)
{
	t->total += step;
	t->duration += step;
	if (!t->held && t->total >= t->want) {
		t->duration -= t->total - t->want;
		t->total = t->want;
	}
}

/* A segment that is full is followed by the next (section 2.5.1.3). */
static void tx_segment(struct telev_tx *t)
{
	if (t->duration <= LONGEST)
		return;
	t->ts += LONGEST;
	t->duration -= LONGEST;
}

bool telev_tx_step(struct telev_tx *t, struct telev_out *out,
		   uint32_t ts_now, uint32_t step)
{
	struct telev e = { .volume = VOLUME };
	bool first = false;

	if (!t->active) {
		t->gap_left -= step < t->gap_left ? step : t->gap_left;
		if (!t->count || t->gap_left)
			return false;
		tx_begin(t, ts_now);
		first = true;
	}
	if (!t->ends) {
		tx_grow(t, step);
		tx_segment(t);
		e.end = !t->held && t->total >= t->want;
	} else {
		e.end = true;
	}
	e.event = t->event;
	e.duration = (uint16_t)t->duration;
	out->ts = t->ts;
	out->marker = first;
	telev_build(out->payload, &e);
	if (e.end && ++t->ends == N_ENDS) {
		t->active = false;
		/* the repeated ends were part of the gap */
		t->gap_left = t->gap > step * (N_ENDS - 1)
			? t->gap - step * (N_ENDS - 1) : 0;
	}
	return true;
}
