/* SPDX-License-Identifier: Apache-2.0 */
/* The filter for processors with AVX2 and FMA; mk/dsp.mk compiles this file
 * for them, and echo_best_ops asks before it is called. */
#define ECHO_LANES 8

#if defined(__AVX2__)
#include "dsp/echo_filter.h"

const struct echo_ops echo_ops_avx2 = ECHO_OPS("avx2");
#else
#include "dsp/echo_core.h"

const struct echo_ops echo_ops_avx2 = { 0 };
#endif
