/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of the echo canceller, compiled once by echo_filter.c for
 * any machine and once by echo_filter_avx2.c; each sets ECHO_LANES.
 *
 * A Kalman filter in the frequency domain with a diagonal covariance
 * (Enzner and Vary 2006, partitioned by Kuech 2014). Per block of N samples,
 * bin k, partition p:
 *	Y = sum_p X_p W_p             echo estimate (overlap-save, FFT of 2N)
 *	E = FFT [0, near - y]         error, first half zero
 *	D = sum_p P_p |X_p|^2         expected power of residual echo
 *	Q = D / 4 + leakage of D      what the window leaves of it in |E|^2
 *	W_p += P_p X_p* E / 2 (Q + S)          S: near end and noise
 *	P_p -= P_p^2 |X_p|^2 / 4 (Q + S)
 *	P_p += (1 - A) (|W_p|^2 - P_p)         the path may drift
 * Double talk raises S, so the step falls by itself; no detector gates it.
 * docs/echo.md says where it goes beyond the papers: Q, and the prior
 * variance of each partition, which is learnt.
 */
#ifndef DSP_ECHO_FILTER_H
#define DSP_ECHO_FILTER_H

#include "dsp/echo_core.h"
#include "dsp/echo_fft.h"

/* These depend on the length of a block, 10 ms. */
static const float NEAR_RATE = 0.36f;           /* 22 ms */
static const float DRIFT = 3e-4f;               /* 1 - A: 33 s */
static const float NOISE_SMOOTH = 0.123f;       /* 76 ms */
static const float NOISE_RISE = 1.014f;         /* 6 dB/s */
static const float NOISE_FALL = 0.243f;         /* 36 ms */
/* These do not. */
static const float COV_MAX = 1.0f, COV_FLOOR = 1e-8f;
static const float SUM_FLOOR = 8.0f * ECHO_BLOCK;
static const float TONE_BINS = 0.1f;            /* of the strongest */
static const float TONE_ECHO = 0.8f;            /* of the far end */
static const float HELD_POWER = 1e30f;
static const float PRIOR_TAPS = 6.0f, PRIOR_FLOOR = 3e-5f;

/* As echo_ops has them, here and below: one function per member. */
static float sum(const float *v)
{
	vec total = vec_load(v);

	for (unsigned k = LANES; k < ECHO_BINS; k += LANES)
		total += vec_load(v + k);
	return vec_sum(total);
}

/* The newest spectrum of the far end takes the place of the oldest. */
static void push_far(struct echo_filter *f, const int16_t *far,
		     struct echo_block *b)
{
	ECHO_ALIGNED float re[ECHO_BINS], im[ECHO_BINS];
	vec energy = { 0 }, total = { 0 }, square = { 0 };

	memcpy(f->far, f->far + ECHO_BLOCK, ECHO_BLOCK * sizeof(*f->far));
	for (unsigned i = 0; i < ECHO_BLOCK; i += LANES) {
		vec x = vec_load_pcm(far + i);

		vec_store(f->far + ECHO_BLOCK + i, x);
		energy += x * x;
	}
	f->head = (f->head ? f->head : f->parts) - 1;
	fft_forward(f->far, re, im);
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		unsigned at = k * f->parts + f->head * LANES;
		vec xr = vec_load(re + k), xi = vec_load(im + k);
		vec power = (xr * xr + xi * xi) * 1e-6f;

		vec_store(f->far_re + at, xr);
		vec_store(f->far_im + at, xi);
		total += power;
		square += power * power;
	}
	b->far_energy = vec_sum(energy);
	b->far_total = vec_sum(total);
	b->far_square = vec_sum(square);
}

/* Where the runs of one bin group begin: n partitions of taps from tap, of
 * far from far. */
struct run {
	const float *far_re, *far_im;
	unsigned     at, n;
};

/* Partitions p in order meet far in two runs: from head to the end of the
 * ring, and from its begin. */
VEC_INLINE struct run run_of(const struct echo_filter *f, unsigned k,
			     bool second)
{
	unsigned first = f->parts - f->head, base = k * f->parts;
	unsigned far = base + (second ? 0 : f->head * LANES);

	return (struct run){
		.far_re = f->far_re + far,
		.far_im = f->far_im + far,
		.at = base + (second ? first * LANES : 0),
		.n = second ? f->head : first,
	};
}

/* Adds what a run gives to Y and D. */
VEC_INLINE void estimate_run(const struct echo_filter *f, struct run r,
			     vec *yr, vec *yi, vec *doubt)
{
	for (unsigned i = 0; i < r.n * LANES; i += LANES) {
		vec xr = vec_load(r.far_re + i), xi = vec_load(r.far_im + i);
		vec wr = vec_load(f->tap_re + r.at + i);
		vec wi = vec_load(f->tap_im + r.at + i);

		*yr += xr * wr - xi * wi;
		*yi += xr * wi + xi * wr;
		*doubt += vec_load(f->cov + r.at + i) * (xr * xr + xi * xi);
	}
}

/* The error is seen through a window, its second half: of the power at a
 * bin a quarter stays there and as much leaks to the bins at odd distances d,
 * 1 / (pi d)^2 of it to each. Unless this is reckoned with, a strong harmonic
 * teaches nonsense to the weak bins beside it. */
static void expect_power(const float doubt[ECHO_BINS],
			 float expected[ECHO_BINS])
{
	enum { REACH = 7 };
	static const float LEAK[] = { 0.1013f, 0.01126f, 0.00405f, 0.00207f };
	float padded[ECHO_BINS + 2 * REACH], *d = padded + REACH;

	memcpy(d, doubt, ECHO_BINS * sizeof(*d));
	for (int i = 1; i <= REACH; i++) {
		d[-i] = d[i];
		d[ECHO_BINS - 1 + i] = d[ECHO_BINS - i];
	}
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec q = 0.25f * vec_load(d + k);

		for (unsigned i = 0; i < 4; i++)
			q += LEAK[i] * (vec_load(d + k - (2 * i + 1)) +
					vec_load(d + k + (2 * i + 1)));
		vec_store(expected + k, q);
	}
}

/* The echo of this block, and the error power to be expected. */
static void estimate(const struct echo_filter *f, struct echo_block *b)
{
	ECHO_ALIGNED float re[ECHO_BINS], im[ECHO_BINS], doubt[ECHO_BINS];

	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec yr = { 0 }, yi = { 0 }, d = { 0 };

		estimate_run(f, run_of(f, k, false), &yr, &yi, &d);
		estimate_run(f, run_of(f, k, true), &yr, &yi, &d);
		vec_store(re + k, yr);
		vec_store(im + k, yi);
		vec_store(doubt + k, d);
	}
	fft_inverse(re, im, b->echo);
	expect_power(doubt, b->expected);
}

/* Takes the estimate off near and measures what is left. */
static void cancel(const struct echo_filter *f, const int16_t *near,
		   struct echo_block *b)
{
	vec near_sum = { 0 }, error_sum = { 0 };
	vec echo_sum = { 0 }, cross_sum = { 0 };

	estimate(f, b);
	for (unsigned i = 0; i < ECHO_BLOCK; i += LANES) {
		vec d = vec_load_pcm(near + i);
		vec y = vec_load(b->echo + ECHO_BLOCK + i), e = d - y;

		vec_store(b->error + i, (vec){ 0 });
		vec_store(b->error + ECHO_BLOCK + i, e);
		near_sum += d * d;
		error_sum += e * e;
		echo_sum += y * y;
		cross_sum += e * y;
	}
	b->near_energy = vec_sum(near_sum);
	b->error_energy = vec_sum(error_sum);
	b->echo_energy = vec_sum(echo_sum);
	b->cross_energy = vec_sum(cross_sum);
	fft_forward(b->error, b->error_re, b->error_im);
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec er = vec_load(b->error_re + k);
		vec ei = vec_load(b->error_im + k);

		vec_store(b->error_power + k, er * er + ei * ei);
	}
}

/* S follows |E|^2 less the residual echo expected in it. */
static void track_near(struct echo_filter *f, const struct echo_block *b)
{
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec e2 = vec_load(b->error_power + k), now = e2;
		vec s = vec_load(f->near_power + k);

		if (b->active)
			now = vec_max(e2 - vec_load(b->expected + k),
				      0.2f * e2);
		vec_store(f->near_power + k, s + (now - s) * NEAR_RATE);
	}
}

/* Of one bin group: E / 2 (Q + S) and 1 / 4 (Q + S). */
struct gain {
	vec re, im, half;
};

/* W and P of a run, one step. */
VEC_INLINE void update_run(struct echo_filter *f, struct run r, struct gain g)
{
	for (unsigned i = 0; i < r.n * LANES; i += LANES) {
		vec xr = vec_load(r.far_re + i), xi = vec_load(r.far_im + i);
		vec wr = vec_load(f->tap_re + r.at + i);
		vec wi = vec_load(f->tap_im + r.at + i);
		vec p = vec_load(f->cov + r.at + i);

		wr += p * (xr * g.re + xi * g.im);
		wi += p * (xr * g.im - xi * g.re);
		p -= p * p * (g.half * (xr * xr + xi * xi));
		p += (wr * wr + wi * wi - p) * DRIFT + COV_FLOOR;
		vec_store(f->tap_re + r.at + i, wr);
		vec_store(f->tap_im + r.at + i, wi);
		vec_store(f->cov + r.at + i, vec_min(p, vec_all(COV_MAX)));
	}
}

/* All taps, one step. */
static void update(struct echo_filter *f, const struct echo_block *b)
{
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec step = 0.5f / (vec_load(b->expected + k) +
				   vec_load(f->near_power + k) + SUM_FLOOR);
		struct gain g = { vec_load(b->error_re + k) * step,
				  vec_load(b->error_im + k) * step,
				  0.5f * step };

		update_run(f, run_of(f, k, false), g);
		update_run(f, run_of(f, k, true), g);
	}
}

/* |X|^2 of the newest block, and the greatest of it. */
static float far_power(const struct echo_filter *f, float power[ECHO_BINS])
{
	vec most = { 0 };
	float top = 0;

	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		unsigned at = k * f->parts + f->head * LANES;
		vec xr = vec_load(f->far_re + at);
		vec xi = vec_load(f->far_im + at);
		vec p = xr * xr + xi * xi;

		vec_store(power + k, p);
		most = vec_max(most, p);
	}
	for (unsigned i = 0; i < LANES; i++)
		top = most[i] > top ? most[i] : top;
	return top;
}

/* |NEAR|^2, seen through the window of the error. */
static void near_power(const struct echo_block *b, float power[ECHO_BINS])
{
	ECHO_ALIGNED float near[ECHO_POINTS] = { 0 }, im[ECHO_BINS];

	for (unsigned i = ECHO_BLOCK; i < ECHO_POINTS; i += LANES)
		vec_store(near + i, vec_load(b->error + i) +
				    vec_load(b->echo + i));
	fft_forward(near, power, im);
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec nr = vec_load(power + k), ni = vec_load(im + k);

		vec_store(power + k, nr * nr + ni * ni);
	}
}

/* A bin teaches when a tone of the far end is there, and no more from the
 * line than its echo can be. At the others S is put beyond all bounds. */
static float hold_tones(struct echo_filter *f, const struct echo_block *b)
{
	ECHO_ALIGNED float far[ECHO_BINS], near[ECHO_BINS], most[ECHO_BINS];
	float least = TONE_BINS * far_power(f, far);
	vec total = { 0 }, left = { 0 };

	expect_power(far, most);
	near_power(b, near);
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec x2 = vec_load(far + k), n2 = vec_load(near + k);
		vec limit = TONE_ECHO * vec_load(most + k);
		vec_int teaches = (x2 > least) & (n2 < limit);
		vec s = vec_load(f->near_power + k);

		vec_store(f->near_power + k,
			  vec_choose(teaches, s, vec_all(HELD_POWER)));
		total += x2;
		left += vec_choose(teaches, x2, (vec){ 0 });
	}
	return vec_sum(left) / (vec_sum(total) + 1);
}

/* Mean over the bins of |W|^2 and of P. */
static void tap_power(const struct echo_filter *f, unsigned p, const float *re,
		      const float *im, float *power, float *cov)
{
	vec w2 = { 0 }, c = { 0 };

	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec wr = vec_load(re + k), wi = vec_load(im + k);

		w2 += wr * wr + wi * wi;
		c += vec_load(f->cov + k * f->parts + p * LANES);
	}
	*power = vec_sum(w2) / ECHO_BINS;
	*cov = vec_sum(c) / ECHO_BINS;
}

/* A line echoes in two or three partitions and is silent in the others. The
 * prior variance of a partition is estimated anew from its taps and their
 * doubt (expectation maximisation); a posterior under a wider prior becomes
 * one under a narrower: 1/P += 1/new - 1/old, W in proportion. Partitions
 * that nothing speaks for fade out, and the others are learnt the faster. */
static void learn_prior(struct echo_filter *f, unsigned p, float re[ECHO_BINS],
			float im[ECHO_BINS])
{
	float power, cov, old = f->prior[p], now, narrowed;

	tap_power(f, p, re, im, &power, &cov);
	now = PRIOR_TAPS * power + cov + PRIOR_FLOOR;
	narrowed = 1 / now - 1 / old;
	f->prior[p] = now;
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		float *at = f->cov + k * f->parts + p * LANES;
		vec c = vec_min(vec_load(at), vec_all(old));
		vec keep = 1.0f / (1.0f + narrowed * c);

		vec_store(at, c * keep);
		keep = vec_min(keep, vec_all(1));
		vec_store(re + k, vec_load(re + k) * keep);
		vec_store(im + k, vec_load(im + k) * keep);
	}
}

/* The response of a partition is ECHO_BLOCK samples: the other half is
 * wrap-around. */
static void constrain(struct echo_filter *f, unsigned p)
{
	ECHO_ALIGNED float re[ECHO_BINS], im[ECHO_BINS], w[ECHO_POINTS];

	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		unsigned at = k * f->parts + p * LANES;

		vec_store(re + k, vec_load(f->tap_re + at));
		vec_store(im + k, vec_load(f->tap_im + at));
	}
	fft_inverse(re, im, w);
	memset(w + ECHO_BLOCK, 0, ECHO_BLOCK * sizeof(*w));
	fft_forward(w, re, im);
	learn_prior(f, p, re, im);
	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		unsigned at = k * f->parts + p * LANES;

		vec_store(f->tap_re + at, vec_load(re + k));
		vec_store(f->tap_im + at, vec_load(im + k));
	}
}

/* Up slowly, down fast; and not up while the error is rather what is left of
 * an echo. */
static void track_noise(struct echo_nlp *n, const struct echo_block *b)
{
	bool echo = b->active && b->echo_energy > b->error_energy;
	float rise = echo ? 1 : NOISE_RISE;

	for (unsigned k = 0; k < ECHO_BINS; k += LANES) {
		vec e2 = vec_load(b->error_power + k);
		vec level = vec_load(n->error_power + k);
		vec noise = vec_load(n->noise_power + k), down, up;

		level += (e2 - level) * NOISE_SMOOTH;
		down = noise + (level - noise) * NOISE_FALL;
		up = vec_min(noise * rise, level);
		vec_store(n->error_power + k, level);
		vec_store(n->noise_power + k,
			  vec_choose(level < noise, down, up));
	}
}

/* Floats to samples. */
static void store(int16_t *out, const float *x)
{
	for (unsigned i = 0; i < ECHO_BLOCK; i += LANES)
		vec_store_pcm(out + i, vec_load(x + i));
}

#define ECHO_OPS(engine) { \
	.name = engine, .forward = fft_forward, .inverse = fft_inverse, \
	.push_far = push_far, .cancel = cancel, .track_near = track_near, \
	.hold_tones = hold_tones, .update = update, \
	.constrain = constrain, \
	.track_noise = track_noise, .sum = sum, .store = store }

#endif
