/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the guard: what one source has used, within the last hour and
 * the last 24, and which countries it knows. (pure) */
#ifndef GATEWAY_ROUTE_GUARD_ACCOUNT_H
#define GATEWAY_ROUTE_GUARD_ACCOUNT_H

#include "base/hash.h"
#include "gateway/route/guard_country.h"
#include "gateway/route/route.h"

enum { GUARD_SLOTS = 24, GUARD_COUNTRIES_MAX = 128 };

#define GUARD_USED_MAX 100000000000000000ull    /* in one slot: no sum of
						 * them overflows */

/* A sum over the time that has just passed, exact to one slot. */
struct guard_window {
	uint64_t slot_us;               /* length of one */
	uint64_t now;                   /* number of the latest */
	uint64_t sum, v[GUARD_SLOTS];
};

enum guard_reason {
	GUARD_INTERNET,         /* nobody known, to a PSTN line */
	GUARD_PREMIUM, GUARD_COUNTRY, GUARD_CALLS,
	GUARD_MINUTES_HOUR, GUARD_MINUTES_DAY,
	GUARD_MONEY_HOUR, GUARD_MONEY_DAY,
	GUARD_REASONS,
};

struct guard_country {
	char     code[GUARD_COUNTRY_MAX];
	uint16_t calls;                 /* so far, up to what makes it known */
	bool     allowed;               /* by an operator */
};

struct guard_account {
	struct list_node     node;              /* the longest unused first */
	struct hash_node     by_name;
	struct route_source  source;
	char                 name[ROUTE_SOURCE_TEXT];
	unsigned             calls;             /* now */
	struct guard_window  talk_hour, talk_day;       /* microseconds */
	struct guard_window  money_hour, money_day;     /* millionths */
	struct guard_country countries[GUARD_COUNTRIES_MAX];
	unsigned             n_countries;
	uint64_t             told_us[GUARD_REASONS];    /* 0: never */
	unsigned             alarms, refused;
};

/* An account of that source; nothing used, no country known. */
void guard_account_init(struct guard_account *a,
			const struct route_source *s);
/* Nothing used; countries stay. */
void guard_account_clear(struct guard_account *a);

/* Has it used anything within its windows? */
bool guard_account_is_idle(struct guard_account *a, uint64_t now_us);

/* Adds n at this moment, which is not before that of the last call. */
void guard_window_add(struct guard_window *w, uint64_t now_us, uint64_t n);
/* What was added within the window that ends now. */
uint64_t guard_window_sum(struct guard_window *w, uint64_t now_us);
/* What was added in the slot that lies so many, below GUARD_SLOTS, before
 * the moment that was told last. */
uint64_t guard_window_slot(struct guard_window *w, unsigned back);
/* It is n; what lies too far back is forgotten. */
void guard_window_put(struct guard_window *w, uint64_t now_us, uint64_t back,
		      uint64_t n);

/* Talk and money of calls, at this moment. */
void guard_account_use(struct guard_account *a, uint64_t now_us,
		       uint64_t talk_us, uint64_t money);

/* The entry of a country, or NULL. */
struct guard_country *guard_account_find(struct guard_account *a,
					 const char *code);
/* The same, made if it is not there; NULL: too many. */
struct guard_country *guard_account_country(struct guard_account *a,
					    const char *code);

/* "premium", "minutes_hour". */
const char *guard_reason_name(enum guard_reason r);

#endif
