/* SPDX-License-Identifier: Apache-2.0 */
/* The media engine: workers, and which of them gets a bridge. */
#include "media/engine.h"

#include <assert.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/bridge_impl.h"

enum { MAX_WORKERS = 64 };

struct media_engine {
	struct loop             *sig;
	const struct media_conf *conf;
	unsigned                 n;
	struct worker           *w[MAX_WORKERS];
};

static unsigned n_threads(const struct media_conf *c)
{
	long n = c->workers;

	if (n < 0)
		n = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	if (n < 1)
		n = 1;
	return n > MAX_WORKERS ? MAX_WORKERS : (unsigned)n;
}

int media_engine_new(struct media_engine **ep, struct loop *sig,
		     const struct media_conf *conf)
{
	struct media_engine *e = mem_alloc(sizeof(*e));
	unsigned n = n_threads(conf);
	int err = 0;

	if (!e)
		return ENOMEM;
	e->sig = sig;
	e->conf = conf;
	while (!err && e->n < n) {
		err = worker_new(&e->w[e->n], sig, conf->workers == 0, conf);
		e->n += !err;
	}
	if (err)
		media_engine_free(e);
	else
		*ep = e;
	return err;
}

void media_engine_free(struct media_engine *e)
{
	if (!e)
		return;
	for (unsigned i = 0; i < e->n; i++) {
		assert(!e->w[i]->n_bridges);
		worker_free(e->w[i]);
	}
	mem_free(e);
}

struct worker *engine_worker(struct media_engine *e)
{
	struct worker *best = e->w[0];

	for (unsigned i = 1; i < e->n; i++)
		if (e->w[i]->n_bridges < best->n_bridges)
			best = e->w[i];
	return best;
}

struct loop *engine_sig(const struct media_engine *e)
{
	return e->sig;
}

const struct media_conf *engine_conf(const struct media_engine *e)
{
	return e->conf;
}

static uint64_t get(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

void media_engine_stats(const struct media_engine *e, struct engine_stats *s)
{
	*s = (struct engine_stats){ .workers = e->n };
	for (unsigned i = 0; i < e->n; i++) {
		const struct worker *w = e->w[i];

		s->bridges += w->n_bridges;
		s->ticks += get(&w->ticks);
		s->late_ticks += get(&w->late);
		s->slow_phases += get(&w->slow);
		s->relayed += get(&w->relayed);
	}
}
