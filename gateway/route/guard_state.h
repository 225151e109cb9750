/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the guard: the accounts of all sources, and their text, which
 * outlives a restart. After a line with the time a line for each source:
 * the countries it knows, with how many calls went there or "ok", and what
 * it has used in each piece of the last hour and the last day, counted back
 * from now (talk in seconds, money in millionths); last a line that says
 * that nothing is missing:
 *
 *	at 1795392000
 *	phone:alice 81:2 44:ok talk_hour-3=240 talk_day-0=240
 *	end
 */
#ifndef GATEWAY_ROUTE_GUARD_STATE_H
#define GATEWAY_ROUTE_GUARD_STATE_H

#include "base/buf.h"
#include "gateway/route/guard_account.h"

enum {
	GUARD_ACCOUNTS_MAX = 20000,
	GUARD_STATE_BYTES  = GUARD_ACCOUNTS_MAX * 4000, /* of the text */
};

struct guard_state {
	struct hash by_name;
	struct list used;       /* accounts, the longest unused first */
	struct list_node *next; /* that is to be printed */
};

/* The same moment by two clocks: what windows count by, and what outlives a
 * restart. */
struct guard_now {
	uint64_t us, wall_us;
};

/* ENOMEM. */
int guard_state_init(struct guard_state *st) MUST_CHECK;
/* Frees the accounts. Idempotent for one that is zeroed. */
void guard_state_fini(struct guard_state *st);

/* The account of that name, or NULL. */
struct guard_account *guard_state_find(const struct guard_state *st,
				       const char *name);
/* Makes an account. With GUARD_ACCOUNTS_MAX of them the one that was unused
 * for longest and has no call goes, at best one that has used nothing of
 * late. NULL: no memory, or all have calls. */
struct guard_account *guard_state_add(struct guard_state *st,
				      const struct route_source *s,
				      const char *name, uint64_t now_us);
/* It is used now. */
void guard_state_touch(struct guard_state *st, struct guard_account *a);

/* Adds what the text says to the accounts. EBADMSG: *line is the first that
 * is none, the others count; a text without our first line counts for
 * nothing. ENOMEM. */
int guard_state_read(struct guard_state *st, struct str text,
		     const struct guard_now *now, unsigned *line) MUST_CHECK;
/* The text, of a few accounts at a time: 20,000 take longer than a call can
 * wait. What comes or is used meanwhile is in it, some of it twice. */
void guard_state_print_begin(struct buf *out, struct guard_state *st,
			     const struct guard_now *now);
/* The next n accounts. True: that was all. */
bool guard_state_print_more(struct buf *out, struct guard_state *st,
			    const struct guard_now *now, unsigned n);
/* All at once. */
void guard_state_print(struct buf *out, struct guard_state *st,
		       const struct guard_now *now);
/* Does a text that begins so come from guard_state_print()? */
bool guard_state_is_ours(struct str text);

#endif
