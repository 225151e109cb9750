/* SPDX-License-Identifier: Apache-2.0 */
/* A worker thread and its tick. */
#include "media/worker.h"

#include <assert.h>
#include <signal.h>

#include "base/mem.h"

enum {
	TICK_US     = WORKER_PHASES * WORKER_PHASE_US,
	CATCH_UP_US = 200000,   /* what is later than that is left out */
};

static uint64_t phase_us(const struct worker *w, uint64_t k)
{
	return w->epoch_us + k * WORKER_PHASE_US;
}

static uint64_t true_now_us(const struct worker *w)
{
	const struct clk *c = loop_clk(w->loop);

	return c->now_us(c->arg);
}

static void run_phase(struct worker *w, uint64_t k, uint64_t now_us)
{
	struct list *l = &w->phase[k % WORKER_PHASES];
	unsigned n_ticks = w->n_phase[k % WORKER_PHASES];
	uint64_t began;

	if (w->n_polled)
		loop_turn(w->poll, 0);
	if (list_is_empty(l))
		return;
	began = true_now_us(w);
	LIST_EACH_SAFE(n, l) {
		struct tick *t = CONTAINER(n, struct tick, node);

		t->fn(t);
	}
	worker_count(&w->ticks, n_ticks);
	if (now_us > phase_us(w, k) + TICK_US)
		worker_count(&w->late, n_ticks);
	if (true_now_us(w) - began > WORKER_PHASE_US)
		worker_count(&w->slow, 1);
}

static void on_tick(void *arg);

/* The next phase with something to do, from w->next on. */
static void arm(struct worker *w)
{
	for (unsigned i = 0; i < WORKER_PHASES; i++) {
		uint64_t k = w->next + i;

		if (!w->n_polled && !w->n_phase[k % WORKER_PHASES])
			continue;
		w->next = k;
		tmr_start_at(w->loop, &w->tick, phase_us(w, k), on_tick, w);
		return;
	}
	tmr_stop(&w->tick);
}

static void on_tick(void *arg)
{
	struct worker *w = arg;
	uint64_t now_us = loop_now_us(w->loop);

	/* a machine that stood still: the time is gone */
	if (phase_us(w, w->next) + CATCH_UP_US < now_us) {
		uint64_t to = (now_us - w->epoch_us) / WORKER_PHASE_US;

		for (; w->next < to; w->next++)
			worker_count(&w->late,
				     w->n_phase[w->next % WORKER_PHASES]);
	}
	/* what is late is caught up with, so that no sample is lost */
	for (; phase_us(w, w->next) <= now_us; w->next++)
		run_phase(w, w->next, now_us);
	arm(w);
}

/* From sleep: the next phase is one yet to come. */
static void wake(struct worker *w)
{
	uint64_t now_us = loop_now_us(w->loop);

	if (!tmr_is_running(&w->tick))
		w->next = (now_us - w->epoch_us) / WORKER_PHASE_US + 1;
	else
		w->next = now_us < phase_us(w, w->next)
			? (now_us - w->epoch_us) / WORKER_PHASE_US + 1
			: w->next;
	arm(w);
}

void worker_add(struct worker *w, struct tick *t)
{
	unsigned best = 0;

	for (unsigned i = 1; i < WORKER_PHASES; i++)
		if (w->n_phase[i] < w->n_phase[best])
			best = i;
	t->phase = best;
	t->on = true;
	list_append(&w->phase[best], &t->node);
	w->n_phase[best]++;
	wake(w);
}

void worker_remove(struct worker *w, struct tick *t)
{
	if (!t->on)
		return;
	t->on = false;
	list_unlink(&t->node);
	w->n_phase[t->phase]--;
}

struct loop *worker_join_port(struct worker *w)
{
	if (++w->n_ports <= WORKER_POLL_MIN || !w->poll)
		return w->loop;
	w->n_polled++;
	wake(w);
	return w->poll;
}

void worker_leave_port(struct worker *w, struct loop *l)
{
	w->n_ports--;
	if (l == w->poll)
		w->n_polled--;
}

static void *thread_main(void *arg)
{
	const struct sched_param prio = { .sched_priority = 10 };
	struct worker *w = arg;
	sigset_t all;
	int err;

	/* signals are the signalling thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_setname_np(pthread_self(), "media");    /* for top -H */
	if (w->realtime)
		/* where it is not allowed, it works as well as it can */
		(void)pthread_setschedparam(pthread_self(), SCHED_RR, &prio);
	err = loop_run(w->loop);
	(void)err;              /* it has no way to fail once it runs */
	return NULL;
}

static int start_thread(struct worker *w, const struct clk *clk)
{
	int err = loop_new(&w->loop, clk);

	if (!err)
		err = loop_new(&w->poll, clk);
	if (!err)
		err = pthread_create(&w->thread, NULL, thread_main, w);
	w->threaded = !err;
	return err;
}

int worker_new(struct worker **wp, struct loop *sig, bool inline_on_sig,
	       const struct media_conf *conf)
{
	const struct clk *clk = loop_clk(sig);
	struct worker *w = mem_alloc(sizeof(*w));
	int err;

	if (!w)
		return ENOMEM;
	w->realtime = conf->realtime;
	w->epoch_us = clk->now_us(clk->arg);
	for (unsigned i = 0; i < WORKER_PHASES; i++)
		list_init(&w->phase[i]);
	err = pool_init(&w->pool, (size_t)conf->packet_buffers);
	if (!err && inline_on_sig)
		w->loop = sig;
	else if (!err)
		err = start_thread(w, clk);
	if (err) {
		if (w->loop != sig)
			loop_free(w->loop);
		loop_free(w->poll);
		pool_fini(&w->pool);
		mem_free(w);
		return err;
	}
	*wp = w;
	return 0;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->threaded) {
		loop_stop(w->loop);
		pthread_join(w->thread, NULL);
	}
	tmr_stop(&w->tick);
	assert(!w->pool.used);
	if (w->threaded) {
		loop_free(w->poll);
		loop_free(w->loop);
	}
	pool_fini(&w->pool);
	mem_free(w);
}
