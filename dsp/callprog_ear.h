/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ear of call-progress detection: every 10 ms it says which of a few
 * tones fills the last 40 ms, or that none does. For callprog.c.
 *
 *	samples -> Goertzel of 10 ms per frequency -> sum of four of them
 *	-> least squares per tone -> share of the power that it explains
 */
#ifndef DSP_CALLPROG_EAR_H
#define DSP_CALLPROG_EAR_H

#include <stddef.h>
#include <stdint.h>

enum {
	EAR_HOP   = 80,                 /* samples between decisions */
	EAR_HOPS  = 4,                  /* hops in the window */
	EAR_FREQS = 40, EAR_SETS = 12,
	EAR_NEAR  = 5,                  /* places of one tone */
};

enum { EAR_NONE = -1 };

/* One of a few frequencies, or two of them at once. */
struct ear_set {
	uint8_t pair;                   /* else: any of n */
	uint8_t n;
	uint8_t f[EAR_NEAR];            /* index into the frequencies */
	float   g_re, g_im;             /* pair: what one leaks into the
					 * other over the window */
};

struct callprog_ear {
	unsigned       nfreqs, nsets, in_hop;
	float          hz[EAR_FREQS];
	float          coef[EAR_FREQS];         /* 2 cos w */
	float          w_re[EAR_FREQS], w_im[EAR_FREQS];        /* e^-jw */
	float          hop_re[EAR_FREQS], hop_im[EAR_FREQS];    /* e^-jwN */
	float          s1[EAR_FREQS], s2[EAR_FREQS];
	float          re[EAR_HOPS][EAR_FREQS], im[EAR_HOPS][EAR_FREQS];
	double         energy[EAR_HOPS];
	double         sum;                     /* of squares in this hop */
	unsigned       newest;                  /* row of re, im, energy */
	struct ear_set set[EAR_SETS];
};

struct ear_hop {
	int   set;      /* of callprog_ear_add, or EAR_NONE */
	float dbm0;     /* of all that is heard in the window */
};

/* Deaf until something is added. */
void callprog_ear_init(struct callprog_ear *e);

/* Any of n (1 to 5) frequencies (pair 0), or two at once (pair 1, n 2).
 * Returns the number of the set, the same for the same frequencies;
 * EAR_NONE: no room. */
int callprog_ear_add(struct callprog_ear *e, const float *hz, unsigned n,
		     int pair);

/* Forgets the sound, not the sets. */
void callprog_ear_reset(struct callprog_ear *e);

/* Takes at most n samples, and no more than to the end of the hop. Returns
 * how many. *hop is written, and *done true, at the end of a hop. */
size_t callprog_ear_run(struct callprog_ear *e, const int16_t *pcm, size_t n,
			struct ear_hop *hop, int *done);

#endif
