/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_account.h"

#include <stdio.h>
#include <string.h>

#define HOUR_US 3600000000ull

const char *guard_reason_name(enum guard_reason r)
{
	static const char *const names[] = {
		[GUARD_INTERNET] = "internet", [GUARD_PREMIUM] = "premium",
		[GUARD_COUNTRY] = "new_country", [GUARD_CALLS] = "max_calls",
		[GUARD_MINUTES_HOUR] = "minutes_hour",
		[GUARD_MINUTES_DAY] = "minutes_day",
		[GUARD_MONEY_HOUR] = "money_hour",
		[GUARD_MONEY_DAY] = "money_day",
	};

	return names[r];
}

static void window_init(struct guard_window *w, uint64_t length_us)
{
	memset(w, 0, sizeof(*w));
	w->slot_us = length_us / GUARD_SLOTS;
}

/* Forgets the slots that are out of the window. */
static void window_move(struct guard_window *w, uint64_t now_us)
{
	uint64_t to = now_us / w->slot_us;

	if (to >= w->now + GUARD_SLOTS) {
		memset(w->v, 0, sizeof(w->v));
		w->sum = 0;
		w->now = to;
	}
	while (w->now < to) {
		uint64_t *v = &w->v[++w->now % GUARD_SLOTS];

		w->sum -= *v;
		*v = 0;
	}
}

void guard_window_add(struct guard_window *w, uint64_t now_us, uint64_t n)
{
	window_move(w, now_us);
	guard_window_put(w, now_us, 0, w->v[w->now % GUARD_SLOTS] +
			 (n < GUARD_USED_MAX ? n : GUARD_USED_MAX));
}

static uint64_t *slot_of(struct guard_window *w, uint64_t back)
{
	return &w->v[(w->now + GUARD_SLOTS - back) % GUARD_SLOTS];
}

uint64_t guard_window_slot(struct guard_window *w, unsigned back)
{
	return *slot_of(w, back);
}

void guard_window_put(struct guard_window *w, uint64_t now_us, uint64_t back,
		      uint64_t n)
{
	uint64_t *v;

	window_move(w, now_us);
	if (back >= GUARD_SLOTS)
		return;
	if (n > GUARD_USED_MAX)
		n = GUARD_USED_MAX;
	v = slot_of(w, back);
	w->sum += n - *v;
	*v = n;
}

uint64_t guard_window_sum(struct guard_window *w, uint64_t now_us)
{
	window_move(w, now_us);
	return w->sum;
}

void guard_account_init(struct guard_account *a,
			const struct route_source *s)
{
	memset(a, 0, sizeof(*a));
	a->source = *s;
	route_source_print(a->name, s);
	guard_account_clear(a);
}

void guard_account_clear(struct guard_account *a)
{
	window_init(&a->talk_hour, HOUR_US);
	window_init(&a->talk_day, 24 * HOUR_US);
	window_init(&a->money_hour, HOUR_US);
	window_init(&a->money_day, 24 * HOUR_US);
	memset(a->told_us, 0, sizeof(a->told_us));
	a->alarms = a->refused = 0;
}

void guard_account_use(struct guard_account *a, uint64_t now_us,
		       uint64_t talk_us, uint64_t money)
{
	guard_window_add(&a->talk_hour, now_us, talk_us);
	guard_window_add(&a->talk_day, now_us, talk_us);
	guard_window_add(&a->money_hour, now_us, money);
	guard_window_add(&a->money_day, now_us, money);
}

bool guard_account_is_idle(struct guard_account *a, uint64_t now_us)
{
	return !a->calls && !guard_window_sum(&a->talk_day, now_us) &&
	       !guard_window_sum(&a->money_day, now_us);
}

struct guard_country *guard_account_find(struct guard_account *a,
					 const char *code)
{
	for (unsigned i = 0; i < a->n_countries; i++)
		if (!strcmp(a->countries[i].code, code))
			return &a->countries[i];
	return NULL;
}

struct guard_country *guard_account_country(struct guard_account *a,
					    const char *code)
{
	struct guard_country *c = guard_account_find(a, code);

	if (c)
		return c;
	if (a->n_countries == GUARD_COUNTRIES_MAX)
		return NULL;
	c = &a->countries[a->n_countries++];
	memset(c, 0, sizeof(*c));
	snprintf(c->code, sizeof(c->code), "%s", code);
	return c;
}
