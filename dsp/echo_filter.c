/* SPDX-License-Identifier: Apache-2.0 */
/* The filter for any machine, and what does not depend on it. */
#define ECHO_LANES 4
#include "dsp/echo_filter.h"

static const float FIRST_COV = 1.6f;    /* of the whole path */
static const float ASLEEP_PRIOR = 5e-3f; /* of the whole path */
static const float WAKE_COV = 1e-3f;    /* of a tap */

const struct echo_ops echo_ops_portable = ECHO_OPS("portable");

#if defined(__x86_64__)
const struct echo_ops *echo_best_ops(void)
{
	bool avx2 = __builtin_cpu_supports("avx2") &&
		    __builtin_cpu_supports("fma");

	return avx2 ? &echo_ops_avx2 : &echo_ops_portable;
}
#else
const struct echo_ops *echo_best_ops(void)
{
	return &echo_ops_portable;
}
#endif

size_t echo_filter_size(unsigned parts)
{
	return 5 * parts * ECHO_BINS * sizeof(float);
}

void echo_filter_init(struct echo_filter *f, unsigned parts, float *mem)
{
	const unsigned n = parts * ECHO_BINS;

	memset(f, 0, sizeof(*f));
	memset(mem, 0, echo_filter_size(parts));
	f->parts = parts;
	f->far_re = mem;
	f->far_im = mem + n;
	f->tap_re = mem + 2 * n;
	f->tap_im = mem + 3 * n;
	f->cov = mem + 4 * n;
	for (unsigned k = 0; k < ECHO_BINS; k++)
		f->near_power[k] = ECHO_BLOCK * 1e4f;
	echo_filter_restart(f);
}

void echo_filter_restart(struct echo_filter *f)
{
	const unsigned n = f->parts * ECHO_BINS;
	const float cov = FIRST_COV / (float)f->parts;

	memset(f->tap_re, 0, n * sizeof(*f->tap_re));
	memset(f->tap_im, 0, n * sizeof(*f->tap_im));
	for (unsigned i = 0; i < n; i++)
		f->cov[i] = cov;
	for (unsigned p = 0; p < f->parts; p++)
		f->prior[p] = cov;
}

bool echo_filter_is_asleep(const struct echo_filter *f)
{
	float total = 0;

	for (unsigned p = 0; p < f->parts; p++)
		total += f->prior[p];
	return total < ASLEEP_PRIOR;
}

void echo_filter_wake(struct echo_filter *f)
{
	for (unsigned i = 0; i < f->parts * ECHO_BINS; i++)
		if (f->cov[i] < WAKE_COV)
			f->cov[i] = WAKE_COV;
	for (unsigned p = 0; p < f->parts; p++)
		if (f->prior[p] < WAKE_COV)
			f->prior[p] = WAKE_COV;
}
