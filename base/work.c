/* SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

#include <assert.h>
#include <signal.h>
#include <sys/resource.h>

enum { NICE = 10 };

/* The thread may be held up on its last steps: nobody waits for that. */
static void end(void *arg)
{
	struct work *w = arg;

	if (w->threaded && pthread_tryjoin_np(w->thread, NULL)) {
		tmr_start(w->loop, &w->tmr, 1, end, w);
		return;
	}
	w->loop = NULL;
	w->done(w->arg);
}

static void on_note(struct note *n, void *arg)
{
	(void)n;
	end(arg);
}

static void run(struct work *w)
{
	w->run(w->arg);
	loop_post(w->loop, &w->note, on_note, w);
}

static void *thread_main(void *arg)
{
	sigset_t all;

	/* signals are the signalling thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_setname_np(pthread_self(), "work");
	/* on Linux of this thread alone: calls go first */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	run(arg);
	return NULL;
}

void work_begin(struct work *w, struct loop *l, work_fn *fn, work_fn *done,
		void *arg)
{
	assert(!w->loop);
	w->loop = l;
	w->run = fn;
	w->done = done;
	w->arg = arg;
	/* who skips time would not wait for us */
	w->threaded = !loop_clk(l)->skip_to &&
		      !pthread_create(&w->thread, NULL, thread_main, w);
	if (!w->threaded)
		run(w);
}

void work_cancel(struct work *w)
{
	struct loop *l = w->loop;

	if (!l)
		return;
	if (w->threaded)
		pthread_join(w->thread, NULL);
	loop_unpost(l, &w->note);
	tmr_stop(&w->tmr);
	w->loop = NULL;
}
