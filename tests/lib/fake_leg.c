/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_leg.h"

#include <stdio.h>
#include <string.h>

static struct fake_leg *self(struct leg *l)
{
	return CONTAINER(l, struct fake_leg, leg);
}

static void note(struct fake_leg *f, const char *word)
{
	size_t n = strlen(f->log);

	snprintf(f->log + n, sizeof(f->log) - n, "%s%s", n ? " " : "", word);
}

static void fake_progress(struct leg *l, enum leg_progress p)
{
	static const char *const words[] = {
		[LEG_PROCEEDING] = "proceeding", [LEG_ALERTING] = "alerting",
		[LEG_EARLY_MEDIA] = "early",
	};

	note(self(l), words[p]);
}

static void fake_answer(struct leg *l)
{
	note(self(l), "answer");
}

static void released(void *arg)
{
	struct fake_leg *f = arg;

	call_on_released(&f->leg, &f->end);
}

static void fake_release(struct leg *l, const struct leg_end *end)
{
	struct fake_leg *f = self(l);
	char word[32];

	snprintf(word, sizeof(word), "release-%d", (int)end->cause);
	note(f, word);
	if (!f->hold_release)
		fake_leg_end(f, end->cause);
}

static void fake_bridge_event(struct leg *l, const struct bridge_event *e)
{
	(void)l;
	(void)e;
}

static void fake_free(struct leg *l)
{
	tmr_stop(&self(l)->tmr);
	self(l)->freed = true;
}

static const struct leg_ops ops = {
	.kind = "fake",
	.progress = fake_progress,
	.answer = fake_answer,
	.release = fake_release,
	.bridge_event = fake_bridge_event,
	.free = fake_free,
};

void fake_leg_init(struct fake_leg *f, struct loop *l)
{
	memset(f, 0, sizeof(*f));
	f->leg.ops = &ops;
	f->loop = l;
}

void fake_leg_dial(struct fake_leg *f, const char *number)
{
	struct route_query q;

	memset(&q, 0, sizeof(q));
	q.from.kind = ROUTE_FROM_PHONE;
	snprintf(q.from.name, sizeof(q.from.name), "test");
	snprintf(q.calling.number, sizeof(q.calling.number), "101");
	snprintf(q.called.number, sizeof(q.called.number), "%s", number);
	q.wall_us = loop_wall_us(f->loop);
	call_on_setup(&f->leg, &q);
}

void fake_leg_end(struct fake_leg *f, enum q850_cause cause)
{
	f->end.cause = cause;
	tmr_start(f->loop, &f->tmr, 0, released, f);
}
