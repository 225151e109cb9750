/* SPDX-License-Identifier: Apache-2.0 */
/* The media engine: the workers, and what all bridges share. */
#ifndef MEDIA_ENGINE_H
#define MEDIA_ENGINE_H

#include <stdint.h>

#include "base/loop.h"
#include "media/media_conf.h"

struct media_engine;

/* Starts the workers conf->workers asks for; each has a loop on the clock
 * of sig. With 0 workers all runs on sig, on its clock, virtual or not.
 * Call dsp_global_init() before. conf must outlive the engine. ENOMEM,
 * EAGAIN: no thread. [signalling, like all of this header] */
int media_engine_new(struct media_engine **ep, struct loop *sig,
		     const struct media_conf *conf) MUST_CHECK;

/* Stops the workers and frees. All bridges have told BRIDGE_EV_CLOSED
 * before. NULL-safe. */
void media_engine_free(struct media_engine *e);

struct engine_stats {
	unsigned workers;
	unsigned bridges;
	uint64_t ticks;         /* of bridges */
	uint64_t late_ticks;    /* begun more than 20 ms after their time */
	uint64_t slow_phases;   /* phases that took longer than their 2 ms */
	uint64_t relayed;       /* packets forwarded as they came */
};

/* What all workers have counted since the start. */
void media_engine_stats(const struct media_engine *e,
			struct engine_stats *s);

#endif
