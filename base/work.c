/* SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

#include <assert.h>
#include <signal.h>

static void join(struct work *w)
{
	if (w->threaded)
		pthread_join(w->thread, NULL);
	w->threaded = false;
	w->loop = NULL;
}

static void on_done(struct note *n, void *arg)
{
	struct work *w = arg;

	(void)n;
	join(w);
	w->done(w->arg);
}

static void run(struct work *w)
{
	w->run(w->arg);
	loop_post(w->loop, &w->note, on_done, w);
}

static void *thread_main(void *arg)
{
	sigset_t all;

	/* signals are the signalling thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_setname_np(pthread_self(), "work");
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
	join(w);
	loop_unpost(l, &w->note);
}
