/* SPDX-License-Identifier: Apache-2.0 */
/* Overlap digit collection with inter-digit timers (ITU-T Q.118, E.131). */
#include "gateway/call/digits.h"

#include <string.h>

static void finish(struct digits *d, enum digits_end why)
{
	digits_done_fn *done = d->done;

	tmr_stop(&d->tmr);
	d->done = NULL;
	done(why, d->buf, d->arg);
}

static void on_timeout(void *arg)
{
	struct digits *d = arg;

	if (d->n && d->ask(d->buf, d->arg) != DIGITS_NONE)
		finish(d, DIGITS_END_COMPLETE);
	else
		finish(d, DIGITS_END_TIMEOUT);
}

void digits_start(struct digits *d, struct loop *l,
		  const struct digits_times *t, digits_ask_fn *ask,
		  digits_done_fn *done, void *arg)
{
	memset(d->buf, 0, sizeof(d->buf));
	d->n = 0;
	d->loop = l;
	d->first_ms = t->first_ms;
	d->long_ms = t->long_ms;
	d->short_ms = t->short_ms;
	d->ask = ask;
	d->done = done;
	d->arg = arg;
	tmr_start(l, &d->tmr, d->first_ms, on_timeout, d);
}

static bool is_digit(char c)
{
	return c && strchr("0123456789*#ABCD", c);
}

void digits_put(struct digits *d, char digit)
{
	if (d->done && digit == '#' && d->n)
		finish(d, DIGITS_END_COMPLETE);
	else
		digits_add(d, digit);
}

void digits_add(struct digits *d, char digit)
{
	if (!d->done || !is_digit(digit))
		return;
	if (d->n + 1 >= sizeof(d->buf)) {
		finish(d, DIGITS_END_INVALID);
		return;
	}
	d->buf[d->n++] = digit;
	d->buf[d->n] = '\0';
	switch (d->ask(d->buf, d->arg)) {
	case DIGITS_COMPLETE:
		finish(d, DIGITS_END_COMPLETE);
		break;
	case DIGITS_NONE:
		finish(d, DIGITS_END_INVALID);
		break;
	case DIGITS_MAYBE:
		tmr_start(d->loop, &d->tmr, d->short_ms, on_timeout, d);
		break;
	case DIGITS_MORE:
		tmr_start(d->loop, &d->tmr, d->long_ms, on_timeout, d);
		break;
	}
}

void digits_stop(struct digits *d)
{
	tmr_stop(&d->tmr);
	d->done = NULL;
}
