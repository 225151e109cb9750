/* SPDX-License-Identifier: Apache-2.0 */
/* Pulse dialling. Signalling thread. */
#include "gateway/line/analog/pulse.h"

#include <string.h>

static void next_digit(void *arg);

static void half(void *arg)
{
	struct pulse *p = arg;

	p->open = !p->open;
	if (p->open) {
		tmr_start(p->loop, &p->tmr, PULSE_BREAK_MS, half, p);
	} else if (--p->left > 0) {
		tmr_start(p->loop, &p->tmr, PULSE_MAKE_MS, half, p);
	} else {
		p->at++;
		tmr_start(p->loop, &p->tmr, PULSE_PAUSE_MS, next_digit, p);
	}
	p->hook(!p->open, p->arg);
}

static void next_digit(void *arg)
{
	struct pulse *p = arg;
	char d = p->digits[p->at];

	if (!d) {
		p->done(p->arg);
		return;
	}
	if (d == ',') {
		p->at++;
		tmr_start(p->loop, &p->tmr, PULSE_COMMA_MS, next_digit, p);
		return;
	}
	p->left = d == '0' ? 10 : (unsigned)(d - '0');
	half(p);
}

int pulse_start(struct pulse *p, struct loop *loop, const char *digits,
		pulse_hook_fn *hook, pulse_done_fn *done, void *arg)
{
	size_t n = strlen(digits);

	if (pulse_is_busy(p))
		return EBUSY;
	if (n > PULSE_MAX)
		return ENOBUFS;
	if (n == 0 || strspn(digits, "0123456789,") != n)
		return EINVAL;
	memset(p, 0, sizeof(*p));
	memcpy(p->digits, digits, n);
	p->loop = loop;
	p->hook = hook;
	p->done = done;
	p->arg = arg;
	tmr_start(loop, &p->tmr, 0, next_digit, p);
	return 0;
}

void pulse_stop(struct pulse *p)
{
	bool open = p->open;

	tmr_stop(&p->tmr);
	p->open = false;
	if (open)
		p->hook(true, p->arg);
}

bool pulse_is_busy(const struct pulse *p)
{
	return tmr_is_running(&p->tmr);
}
