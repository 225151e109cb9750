/* SPDX-License-Identifier: Apache-2.0 */
/* The real clocks and the virtual one. */
#include "base/clk.h"

#include <stddef.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t real_now(void *arg)
{
	(void)arg;
	return read_us(CLOCK_MONOTONIC);
}

static uint64_t real_wall(void *arg)
{
	(void)arg;
	return read_us(CLOCK_REALTIME);
}

const struct clk clk_real = { real_now, NULL, real_wall, NULL };

static uint64_t virtual_now(void *arg)
{
	return ((struct clk_virtual *)arg)->t_us;
}

static void virtual_skip(uint64_t t_us, void *arg)
{
	struct clk_virtual *v = arg;

	if (t_us > v->t_us)
		v->t_us = t_us;
}

static uint64_t virtual_wall(void *arg)
{
	struct clk_virtual *v = arg;

	return v->t_us + v->wall_offset_us;
}

void clk_virtual_init(struct clk_virtual *v)
{
	const uint64_t start_us = 1000000;
	const uint64_t monday_us = 1767603600000000;  /* 2026-01-05 09:00 */

	*v = (struct clk_virtual){
		.clk = { virtual_now, virtual_skip, virtual_wall, v },
		.t_us = start_us, .wall_offset_us = monday_us - start_us,
	};
}
