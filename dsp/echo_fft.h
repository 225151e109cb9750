/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real FFT of 160 points with split real and imaginary parts, included by
 * the two builds of dsp/echo_filter.h. The bin at half the sampling rate is
 * dropped forward and taken as zero backward: no telephone line passes it.
 *
 * It is a complex FFT of 80 points on (even, odd) samples and one pass that
 * untangles them. 80 = 8 rows x 10 columns:
 *	n = 10 a + b,  k = k1 + 8 k2
 *	Z[k] = sum_b w80^(b k1) w10^(b k2) [ sum_a w8^(a k1) z[10 a + b] ]
 * The inner DFT has b in the lanes, the outer one k1, with a transpose in
 * between, so the result lies in natural order.
 */
#ifndef DSP_ECHO_FFT_H
#define DSP_ECHO_FFT_H

#include <string.h>

#include "dsp/echo_twiddle.h"
#include "dsp/echo_vec.h"

enum {
	FFT_POINTS = 160,
	FFT_BINS   = 80,
	FFT_ROWS   = 8,
	FFT_COLS   = 10,
	FFT_PAD    = 8, /* read and thrown away behind the last row */
};

/* DFT of 4, in place, one transform per lane. */
VEC_INLINE void dft4(vec r[4], vec m[4])
{
	vec a0 = r[0] + r[2], b0 = m[0] + m[2];
	vec a1 = r[0] - r[2], b1 = m[0] - m[2];
	vec a2 = r[1] + r[3], b2 = m[1] + m[3];
	vec a3 = r[1] - r[3], b3 = m[1] - m[3];

	r[0] = a0 + a2;
	m[0] = b0 + b2;
	r[1] = a1 + b3;
	m[1] = b1 - a3;
	r[2] = a0 - a2;
	m[2] = b0 - b2;
	r[3] = a1 - b3;
	m[3] = b1 + a3;
}

/* DFT of 8 by one of the even and one of the odd rows. */
VEC_INLINE void dft8(vec r[8], vec m[8])
{
	const float c = 0.70710678f;
	vec er[4], em[4], or[4], om[4], p;

	for (unsigned i = 0; i < 4; i++) {
		er[i] = r[2 * i];
		em[i] = m[2 * i];
		or[i] = r[2 * i + 1];
		om[i] = m[2 * i + 1];
	}
	dft4(er, em);
	dft4(or, om);
	p = c * (or[1] + om[1]);
	om[1] = c * (om[1] - or[1]);
	or[1] = p;
	p = or[2];
	or[2] = om[2];
	om[2] = -p;
	p = c * (om[3] - or[3]);
	om[3] = -c * (or[3] + om[3]);
	or[3] = p;
	for (unsigned i = 0; i < 4; i++) {
		r[i] = er[i] + or[i];
		m[i] = em[i] + om[i];
		r[i + 4] = er[i] - or[i];
		m[i + 4] = em[i] - om[i];
	}
}

/* DFT of 5, in place, one transform per lane. */
VEC_INLINE void dft5(vec r[5], vec m[5])
{
	const float c1 = 0.30901699f, c2 = -0.80901699f;
	const float s1 = 0.95105652f, s2 = 0.58778525f;
	vec p1 = r[1] + r[4], q1 = m[1] + m[4];
	vec d1 = r[1] - r[4], e1 = m[1] - m[4];
	vec p2 = r[2] + r[3], q2 = m[2] + m[3];
	vec d2 = r[2] - r[3], e2 = m[2] - m[3];
	vec a1 = r[0] + c1 * p1 + c2 * p2, b1 = m[0] + c1 * q1 + c2 * q2;
	vec a2 = r[0] + c2 * p1 + c1 * p2, b2 = m[0] + c2 * q1 + c1 * q2;
	vec u1 = s1 * d1 + s2 * d2, v1 = s1 * e1 + s2 * e2;
	vec u2 = s2 * d1 - s1 * d2, v2 = s2 * e1 - s1 * e2;

	r[0] += p1 + p2;
	m[0] += q1 + q2;
	r[1] = a1 + v1;
	m[1] = b1 - u1;
	r[4] = a1 - v1;
	m[4] = b1 + u1;
	r[2] = a2 + v2;
	m[2] = b2 - u2;
	r[3] = a2 - v2;
	m[3] = b2 + u2;
}

/* DFT of 10 by the prime factors 2 x 5, no twiddles:
 * n = 5 n1 + 2 n2, k = 5 k1 + 6 k2 (mod 10). */
VEC_INLINE void dft10(vec r[10], vec m[10])
{
	vec er[5], em[5], or[5], om[5];

	for (unsigned n = 0; n < 5; n++) {
		er[n] = r[2 * n];
		em[n] = m[2 * n];
		or[n] = r[(5 + 2 * n) % 10];
		om[n] = m[(5 + 2 * n) % 10];
	}
	dft5(er, em);
	dft5(or, om);
	for (unsigned k = 0; k < 5; k++) {
		unsigned same = 6 * k % 10, other = (5 + 6 * k) % 10;

		r[same] = er[k] + or[k];
		m[same] = em[k] + om[k];
		r[other] = er[k] - or[k];
		m[other] = em[k] - om[k];
	}
}

/* LANES columns from col: DFT over the rows, twiddles, transpose. */
VEC_INLINE void fft_rows(const float *re, const float *im, unsigned col,
			 float *tr, float *ti)
{
	vec r[FFT_ROWS], m[FFT_ROWS];

	for (unsigned a = 0; a < FFT_ROWS; a++) {
		r[a] = vec_load(re + FFT_COLS * a + col);
		m[a] = vec_load(im + FFT_COLS * a + col);
	}
	dft8(r, m);
	for (unsigned k = 1; k < FFT_ROWS; k++) {
		vec c = vec_load(&TWIDDLE_RE[k][col]);
		vec s = vec_load(&TWIDDLE_IM[k][col]), x = r[k];

		r[k] = x * c - m[k] * s;
		m[k] = x * s + m[k] * c;
	}
	for (unsigned h = 0; h < FFT_ROWS; h += LANES) {
		vec_transpose(r + h);
		vec_transpose(m + h);
		for (unsigned i = 0; i < LANES; i++) {
			vec_store(tr + FFT_ROWS * (col + i) + h, r[h + i]);
			vec_store(ti + FFT_ROWS * (col + i) + h, m[h + i]);
		}
	}
}

/* LANES results k1 of every column. */
VEC_INLINE void fft_cols(const float *tr, const float *ti, float *re,
			 float *im)
{
	vec r[FFT_COLS], m[FFT_COLS];

	for (unsigned c = 0; c < FFT_COLS; c++) {
		r[c] = vec_load(tr + FFT_ROWS * c);
		m[c] = vec_load(ti + FFT_ROWS * c);
	}
	dft10(r, m);
	for (unsigned k = 0; k < FFT_COLS; k++) {
		vec_store(re + FFT_ROWS * k, r[k]);
		vec_store(im + FFT_ROWS * k, m[k]);
	}
}

/* Complex FFT of 80 points, in place. */
VEC_INLINE void fft_complex(float re[FFT_BINS + FFT_PAD],
			    float im[FFT_BINS + FFT_PAD])
{
	float tr[FFT_ROWS * TWIDDLE_COLS], ti[FFT_ROWS * TWIDDLE_COLS];

	for (unsigned col = 0; col < FFT_COLS; col += LANES)
		fft_rows(re, im, col, tr, ti);
	for (unsigned k = 0; k < FFT_ROWS; k += LANES)
		fft_cols(tr + k, ti + k, re + k, im + k);
}

/* X[k] = sum x[n] exp(-2 pi i n k / 160). With z = even + i odd:
 * E = (Z[k] + Z*[80-k]) / 2, i O = (Z[k] - Z*[80-k]) / 2,
 * X[k] = E + w160^k O. */
static void fft_forward(const float x[FFT_POINTS], float re[FFT_BINS],
			float im[FFT_BINS])
{
	float zr[FFT_BINS + FFT_PAD], zi[FFT_BINS + FFT_PAD];

	memset(zr + FFT_BINS, 0, FFT_PAD * sizeof(*zr));
	memset(zi + FFT_BINS, 0, FFT_PAD * sizeof(*zi));
	for (unsigned n = 0; n < FFT_BINS; n += LANES) {
		vec a = vec_load(x + 2 * n), b = vec_load(x + 2 * n + LANES);

		vec_store(zr + n, vec_even(a, b));
		vec_store(zi + n, vec_odd(a, b));
	}
	fft_complex(zr, zi);
	zr[FFT_BINS] = zr[0];
	zi[FFT_BINS] = zi[0];
	for (unsigned k = 0; k < FFT_BINS; k += LANES) {
		const unsigned back = FFT_BINS - LANES + 1 - k;
		vec ar = vec_load(zr + k), ai = vec_load(zi + k);
		vec br = vec_reverse(vec_load(zr + back));
		vec bi = vec_reverse(vec_load(zi + back));
		vec c = vec_load(SPLIT_RE + k), s = vec_load(SPLIT_IM + k);
		vec or = ai + bi, oi = br - ar;

		vec_store(re + k, 0.5f * (ar + br + or * c - oi * s));
		vec_store(im + k, 0.5f * (ai - bi + or * s + oi * c));
	}
	im[0] = 0;
}

/* The inverse, scaled by 1/160. It goes backwards through the same steps;
 * an inverse FFT is a forward one with re and im exchanged. */
static void fft_inverse(const float re[FFT_BINS], const float im[FFT_BINS],
			float x[FFT_POINTS])
{
	const float scale = 1.0f / FFT_POINTS;
	float xr[FFT_BINS + 1], xi[FFT_BINS + 1];
	float zr[FFT_BINS + FFT_PAD], zi[FFT_BINS + FFT_PAD];

	memcpy(xr, re, FFT_BINS * sizeof(*xr));
	memcpy(xi, im, FFT_BINS * sizeof(*xi));
	xr[FFT_BINS] = xi[FFT_BINS] = 0;
	memset(zr + FFT_BINS, 0, FFT_PAD * sizeof(*zr));
	memset(zi + FFT_BINS, 0, FFT_PAD * sizeof(*zi));
	for (unsigned k = 0; k < FFT_BINS; k += LANES) {
		const unsigned back = FFT_BINS - LANES + 1 - k;
		vec ar = vec_load(xr + k), ai = vec_load(xi + k);
		vec br = vec_reverse(vec_load(xr + back));
		vec bi = vec_reverse(vec_load(xi + back));
		vec c = vec_load(SPLIT_RE + k), s = vec_load(SPLIT_IM + k);
		vec dr = ar - br, di = ai + bi;

		vec_store(zr + k, scale * (ar + br - (di * c - dr * s)));
		vec_store(zi + k, scale * (ai - bi + (dr * c + di * s)));
	}
	fft_complex(zi, zr);
	for (unsigned n = 0; n < FFT_BINS; n += LANES) {
		vec a = vec_load(zr + n), b = vec_load(zi + n);

		vec_store(x + 2 * n, vec_zip_low(a, b));
		vec_store(x + 2 * n + LANES, vec_zip_high(a, b));
	}
}

#endif
