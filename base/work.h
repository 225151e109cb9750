/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work off the loop: a function on a thread of its own, whose end is told on
 * the loop. For what takes longer than others can wait (files of a million
 * lines) and touches nothing that others change.
 *
 *	work_begin(&j->work, loop, read_it, on_read, j);
 */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include <pthread.h>

#include "base/tmr.h"

typedef void work_fn(void *arg);

/* Embedded in its owner. Zeroed: idle. */
struct work {
	struct loop *loop;      /* NULL: idle */
	struct note  note;
	struct tmr   tmr;
	pthread_t    thread;
	bool         threaded;
	work_fn     *run, *done;
	void        *arg;
};

/* Runs run(arg) on another thread, then done(arg) on the loop, where w is
 * idle again; never before this returns. On a virtual clock, and where there
 * is no thread to be had, run is called here. The thread has a lower
 * priority than those that signal and carry sound. w is idle. [the
 * loop's] */
void work_begin(struct work *w, struct loop *l, work_fn *run, work_fn *done,
		void *arg);
/* Waits for the end of run; done is not called any more. Idempotent. [the
 * loop's] */
void work_cancel(struct work *w);

#endif
