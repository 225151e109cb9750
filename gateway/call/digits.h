/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlap collection: digits come one by one from a telephone until the
 * number is complete, by the dial plan, by '#', or by the inter-digit timer.
 */
#ifndef GATEWAY_CALL_DIGITS_H
#define GATEWAY_CALL_DIGITS_H

#include "base/tmr.h"
#include "gateway/party.h"

/* What the routes say of the digits so far. */
enum digits_state {
	DIGITS_MORE,            /* cannot be complete: wait long */
	DIGITS_MAYBE,           /* complete unless more come: wait short */
	DIGITS_COMPLETE,        /* no route wants more */
	DIGITS_NONE,            /* no route can ever take them */
};

typedef enum digits_state digits_ask_fn(const char *digits, void *arg);

enum digits_end {
	DIGITS_END_COMPLETE,    /* dial what there is */
	DIGITS_END_TIMEOUT,     /* nothing dialled, or not enough */
	DIGITS_END_INVALID,     /* no route can take them */
};

/* The last upcall; the collector may be freed inside. */
typedef void digits_done_fn(enum digits_end why, const char *digits,
			    void *arg);

struct digits {
	char            buf[PARTY_NUMBER_MAX];
	unsigned        n;
	struct tmr      tmr;
	struct loop    *loop;
	uint32_t        first_ms, long_ms, short_ms;
	digits_ask_fn  *ask;
	digits_done_fn *done;
	void           *arg;
};

struct digits_times {
	uint32_t first_ms;      /* to the first digit (dial tone) */
	uint32_t long_ms;       /* between digits, number not complete */
	uint32_t short_ms;      /* between digits, number may be complete */
};

/* Starts waiting for the first digit. d is the caller's. */
void digits_start(struct digits *d, struct loop *l,
		  const struct digits_times *t, digits_ask_fn *ask,
		  digits_done_fn *done, void *arg);

/* One digit [0-9*#A-D]; others are ignored. '#' behind at least one digit
 * ends the number. May call done as its last act. */
void digits_put(struct digits *d, char digit);

/* The same, but '#' is a digit like others. */
void digits_add(struct digits *d, char digit);

/* Ends without upcall. Idempotent. */
void digits_stop(struct digits *d);

/* Is it waiting for digits? */
static inline bool digits_is_running(const struct digits *d)
{
	return d->done != NULL;
}

#endif
