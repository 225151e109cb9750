/* SPDX-License-Identifier: Apache-2.0 */
/* The clock is injected: the product reads the monotonic clock, tests
 * bring a virtual one that jumps to the next timer. */
#ifndef BASE_CLK_H
#define BASE_CLK_H

#include <stdint.h>

struct clk {
	uint64_t (*now_us)(void *arg);               /* monotonic */
	void     (*skip_to)(uint64_t t_us, void *arg); /* NULL: real clock */
	uint64_t (*wall_us)(void *arg);              /* since 1970, UTC */
	void      *arg;
};

/* CLOCK_MONOTONIC and CLOCK_REALTIME. Constant. */
extern const struct clk clk_real;

/* A virtual clock: starts at t_us = 1 s, wall time 2026-01-05 09:00 UTC
 * (a Monday) plus the time passed. */
struct clk_virtual {
	struct clk clk;
	uint64_t   t_us, wall_offset_us;
};
void clk_virtual_init(struct clk_virtual *v);

#endif
