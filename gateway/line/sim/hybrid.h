/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A two-wire line as samples: loss both ways, noise both ways, and the echo
 * of what goes out, through a bulk delay and an echo path of ITU-T G.168.
 * 8,000 Hz. [worker]
 */
#ifndef GATEWAY_LINE_SIM_HYBRID_H
#define GATEWAY_LINE_SIM_HYBRID_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/g168.h"

enum {
	HYBRID_BLOCK     = 160,         /* 20 ms */
	HYBRID_DELAY_MAX = 1024,        /* 128 ms */
	HYBRID_PAST      = HYBRID_DELAY_MAX + G168_TAPS_MAX,
};

struct hybrid_conf {
	int      model;         /* 0: no echo; 2 to 9: D.2 to D.9 */
	double   erl_db;        /* echo return loss, 0 and more */
	unsigned delay;         /* samples, at most HYBRID_DELAY_MAX */
	double   in_loss_db, out_loss_db;       /* to us, from us; 0 and more */
	double   noise_dbm0;    /* -96 and less: none */
};

struct hybrid {
	float    taps[G168_TAPS_MAX];
	unsigned n_taps, delay;
	float    in_gain, out_gain, noise;
	uint32_t seed_in, seed_out;
	float    x[HYBRID_PAST + HYBRID_BLOCK]; /* what went out; the last
						 * block at the end */
};

/* Nothing went out yet. */
void hybrid_init(struct hybrid *h, const struct hybrid_conf *c);

/* One block of time: out is what we send, said what the far end says. heard
 * is what the far end hears, in what comes back to us. said may be in. */
void hybrid_run(struct hybrid *h, const int16_t out[HYBRID_BLOCK],
		const int16_t said[HYBRID_BLOCK],
		int16_t heard[HYBRID_BLOCK], int16_t in[HYBRID_BLOCK]);

/* Forgets what went out. */
void hybrid_reset(struct hybrid *h);

#endif
