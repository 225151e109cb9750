/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the echo canceller: what echo.c, echo_filter.c, echo_nlp.c and
 * their tests share. Spectra have ECHO_BINS bins of 50 Hz, of blocks of
 * ECHO_POINTS samples; a power is |X|^2 of such a spectrum.
 */
#ifndef DSP_ECHO_CORE_H
#define DSP_ECHO_CORE_H

#include "dsp/echo.h"

enum {
	ECHO_BINS      = ECHO_BLOCK,
	ECHO_POINTS    = 2 * ECHO_BLOCK,
	ECHO_PARTS_MAX = 13,    /* blocks in the longest tail */
	ECHO_ALIGN     = 32,    /* bytes, of all arrays */
};

#define ECHO_ALIGNED __attribute__((aligned(ECHO_ALIGN)))

/* What one block computes on its way. */
struct echo_block {
	ECHO_ALIGNED float echo[ECHO_POINTS];   /* estimate, second half */
	float error[ECHO_POINTS];       /* near - echo; first half zero */
	float error_re[ECHO_BINS], error_im[ECHO_BINS];
	float error_power[ECHO_BINS];
	float expected[ECHO_BINS];      /* of error_power: residual echo */
	float far_energy, near_energy, error_energy, echo_energy;
	float cross_energy;             /* error times echo */
	float far_total, far_square;    /* sums of far power and its square */
	bool  active;                   /* the far end was heard lately */
};

/*
 * The adaptive filter. Of far the partitions are a ring, the newest at head;
 * those of tap and cov stand for p blocks of delay. Bin b of partition p is
 * at [(b / L * parts + p) * L + b % L], L being the lanes of the engine.
 */
struct echo_filter {
	unsigned parts, head, next_constrained;
	float   *far_re, *far_im;
	float   *tap_re, *tap_im;
	float   *cov;                   /* variance of the error of a tap */
	ECHO_ALIGNED float far[ECHO_POINTS];
	float    near_power[ECHO_BINS]; /* near end and noise */
	float    prior[ECHO_PARTS_MAX]; /* variance of taps, nothing known */
};

struct echo_nlp {
	ECHO_ALIGNED float noise_power[ECHO_BINS];
	float    error_power[ECHO_BINS];        /* smoothed */
	float    last_noise[ECHO_BLOCK];        /* for the cross-fade */
	float    gain;                          /* 0 closed .. 1 open */
	unsigned hangover;                      /* blocks, of the near end */
	uint32_t random;
};

/*
 * The arithmetic, once for every kind of machine. The arrays are aligned
 * unless said otherwise.
 */
struct echo_ops {
	const char *name;
	/* Real FFT and its exact inverse; x may lie anywhere. */
	void (*forward)(const float *x, float *re, float *im);
	void (*inverse)(const float *re, const float *im, float *x);
	/* Takes ECHO_BLOCK samples of the far end in; fills b->far_. */
	void (*push_far)(struct echo_filter *f, const int16_t *far,
			 struct echo_block *b);
	/* Fills the rest of b but active. */
	void (*cancel)(const struct echo_filter *f, const int16_t *near,
		       struct echo_block *b);
	/* near_power follows what in the error is no echo. */
	void (*track_near)(struct echo_filter *f, const struct echo_block *b);
	/* For tones: near_power beyond all bounds where nothing is to be
	 * learnt. How much of the far end is left, 0 to 1. */
	float (*hold_tones)(struct echo_filter *f, const struct echo_block *b);
	/* One step of the taps by the error of b. */
	void (*update)(struct echo_filter *f, const struct echo_block *b);
	/* Takes away what of partition p is no response of ECHO_BLOCK taps,
	 * and judges anew how much is to be expected there. */
	void (*constrain)(struct echo_filter *f, unsigned p);
	/* Follows the noise floor. */
	void (*track_noise)(struct echo_nlp *n, const struct echo_block *b);
	/* Sum of ECHO_BINS floats. */
	float (*sum)(const float *v);
	/* ECHO_BLOCK samples, rounded and clipped; out may lie anywhere. */
	void (*store)(int16_t *out, const float *x);
};

/* For any machine. */
extern const struct echo_ops echo_ops_portable;
/* For processors with AVX2 and FMA; name is NULL where not compiled in. */
extern const struct echo_ops echo_ops_avx2;

/* The best of them for this machine. */
const struct echo_ops *echo_best_ops(void);

/* As echo_new, on the arithmetic given. */
int echo_new_on(struct echo **ep, const struct echo_ops *ops,
		unsigned tail_ms, unsigned flags) MUST_CHECK;

/* Bytes the arrays of a filter of parts partitions take. */
size_t echo_filter_size(unsigned parts);
/* Lays the arrays into mem, aligned, and starts from nothing known. */
void echo_filter_init(struct echo_filter *f, unsigned parts, float *mem);
/* Nothing is known of the path, the far end stays as it was. */
void echo_filter_restart(struct echo_filter *f);
/* Does it expect no echo worth the name, less than 30 dB below far? */
bool echo_filter_is_asleep(const struct echo_filter *f);
/* Makes it doubt its taps a little. */
void echo_filter_wake(struct echo_filter *f);

/* Open, over a quiet line. */
void echo_nlp_init(struct echo_nlp *n);
/* One block: x (b's output) on the way to the listener, in place. */
void echo_nlp_run(struct echo_nlp *n, const struct echo_ops *ops,
		  const struct echo_block *b, unsigned flags, float *x);

#endif
