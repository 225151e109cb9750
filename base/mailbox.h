/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only door between threads: a lock-free queue of notes (many senders,
 * one receiver) with an eventfd. The note is embedded in what it is about,
 * so posting allocates nothing and cannot fail.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdatomic.h>

struct loop;
struct note;

typedef void note_fn(struct note *n, void *arg);

/* Zeroed: free. A note is posted at most once until its fn has begun. */
struct note {
	struct note *_Atomic next;
	note_fn             *fn;
	void                *arg;
};

/* Runs fn(n, arg) on the loop's thread, in order of posting per sender. The
 * note may be posted again, or freed, inside fn. Inside a turn of another
 * loop the receiver is woken when that turn ends: never wait there for an
 * answer. [any thread] */
void loop_post(struct loop *to, struct note *n, note_fn *fn, void *arg);

/* Takes back a note that was posted; its fn is not called. Idempotent, but
 * nobody may be posting it meanwhile. [the loop's thread] */
void loop_unpost(struct loop *l, struct note *n);

#endif
