/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of floats for the arithmetic of the echo canceller, in the syntax
 * that gcc and clang share. The includer sets ECHO_LANES: 4 (SSE2, NEON, or
 * what the compiler makes of it) or 8 (AVX2). Wider vectors than the machine
 * has are lowered badly by gcc, so this is no matter of taste.
 */
#ifndef DSP_ECHO_VEC_H
#define DSP_ECHO_VEC_H

#include <stdint.h>

enum { LANES = ECHO_LANES };

typedef float vec __attribute__((vector_size(4 * ECHO_LANES)));
typedef int32_t vec_int __attribute__((vector_size(4 * ECHO_LANES)));
typedef int16_t vec_pcm __attribute__((vector_size(2 * ECHO_LANES)));
/* The same anywhere in memory. */
typedef float vec_any __attribute__((vector_size(4 * ECHO_LANES), aligned(4),
				     may_alias));
typedef int16_t vec_pcm_any __attribute__((vector_size(2 * ECHO_LANES),
					   aligned(2), may_alias));

#define VEC_INLINE static inline __attribute__((always_inline))
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* LANES floats, wherever they lie. */
VEC_INLINE vec vec_load(const float *p)
{
	return *(const vec_any *)(const void *)p;
}

/* The way back. */
VEC_INLINE void vec_store(float *p, vec v)
{
	*(vec_any *)(void *)p = v;
}

/* LANES samples as floats. */
VEC_INLINE vec vec_load_pcm(const int16_t *p)
{
	vec_pcm v = *(const vec_pcm_any *)(const void *)p;

	return __builtin_convertvector(v, vec);
}

/* x in every lane. */
VEC_INLINE vec vec_all(float x)
{
	return x - (vec){ 0 };
}

/* Lane by lane yes where mask is -1, no where it is 0. */
VEC_INLINE vec vec_choose(vec_int mask, vec yes, vec no)
{
	return (vec)((mask & (vec_int)yes) | (~mask & (vec_int)no));
}

/* The smaller, lane by lane. */
VEC_INLINE vec vec_min(vec a, vec b)
{
	return vec_choose(a < b, a, b);
}

/* The larger, lane by lane. */
VEC_INLINE vec vec_max(vec a, vec b)
{
	return vec_choose(a > b, a, b);
}

/* Rounded to the nearest and clipped to 16 bits. */
VEC_INLINE void vec_store_pcm(int16_t *p, vec x)
{
	vec_int i;

	x = vec_min(vec_max(x, vec_all(-32768)), vec_all(32767));
	/* truncation rounds down only above 0 */
	i = __builtin_convertvector(x + 32768.5f, vec_int) - 32768;
	*(vec_pcm_any *)(void *)p = __builtin_convertvector(i, vec_pcm);
}

/* The lanes added up. */
VEC_INLINE float vec_sum(vec v)
{
	float total = 0;

	for (unsigned i = 0; i < LANES; i++)
		total += v[i];
	return total;
}

#if ECHO_LANES == 8

/* Last lane first. */
VEC_INLINE vec vec_reverse(vec v)
{
	return PICK(v, v, 7, 6, 5, 4, 3, 2, 1, 0);
}

/* Elements 0, 2, 4... of a and b in a row. */
VEC_INLINE vec vec_even(vec a, vec b)
{
	return PICK(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}

/* Elements 1, 3, 5... of them. */
VEC_INLINE vec vec_odd(vec a, vec b)
{
	return PICK(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/* a and b by turns, element by element: the first half. */
VEC_INLINE vec vec_zip_low(vec a, vec b)
{
	return PICK(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/* The second half of that. */
VEC_INLINE vec vec_zip_high(vec a, vec b)
{
	return PICK(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/* Rows become columns, by pairs of rows. */
VEC_INLINE void vec_transpose(vec r[LANES])
{
	vec t[LANES];

	for (unsigned i = 0; i < LANES; i += 2) {
		vec a = r[i], b = r[i + 1];

		t[i] = PICK(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
		t[i + 1] = PICK(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
	}
	for (unsigned i = 0; i < LANES; i += 4) {
		vec a = t[i], b = t[i + 1], c = t[i + 2], d = t[i + 3];

		r[i] = PICK(a, c, 0, 1, 8, 9, 4, 5, 12, 13);
		r[i + 1] = PICK(a, c, 2, 3, 10, 11, 6, 7, 14, 15);
		r[i + 2] = PICK(b, d, 0, 1, 8, 9, 4, 5, 12, 13);
		r[i + 3] = PICK(b, d, 2, 3, 10, 11, 6, 7, 14, 15);
	}
	for (unsigned i = 0; i < LANES / 2; i++) {
		vec low = r[i], high = r[i + 4];

		r[i] = PICK(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
		r[i + 4] = PICK(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
	}
}

#else

/* Last lane first. */
VEC_INLINE vec vec_reverse(vec v)
{
	return PICK(v, v, 3, 2, 1, 0);
}

/* Elements 0, 2, 4... of a and b in a row. */
VEC_INLINE vec vec_even(vec a, vec b)
{
	return PICK(a, b, 0, 2, 4, 6);
}

/* Elements 1, 3, 5... of them. */
VEC_INLINE vec vec_odd(vec a, vec b)
{
	return PICK(a, b, 1, 3, 5, 7);
}

/* a and b by turns, element by element: the first half. */
VEC_INLINE vec vec_zip_low(vec a, vec b)
{
	return PICK(a, b, 0, 4, 1, 5);
}

/* The second half of that. */
VEC_INLINE vec vec_zip_high(vec a, vec b)
{
	return PICK(a, b, 2, 6, 3, 7);
}

/* Rows become columns, by pairs of rows. */
VEC_INLINE void vec_transpose(vec r[LANES])
{
	vec a = vec_zip_low(r[0], r[1]), b = vec_zip_high(r[0], r[1]);
	vec c = vec_zip_low(r[2], r[3]), d = vec_zip_high(r[2], r[3]);

	r[0] = PICK(a, c, 0, 1, 4, 5);
	r[1] = PICK(a, c, 2, 3, 6, 7);
	r[2] = PICK(b, d, 0, 1, 4, 5);
	r[3] = PICK(b, d, 2, 3, 6, 7);
}

#endif
#endif
