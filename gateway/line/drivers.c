/* SPDX-License-Identifier: Apache-2.0 */
/* The table of line drivers; its order is that of `driver:` in
 * line_conf.c. */
#include "gateway/line/line.h"
#include "gateway/line/sim/sim_line.h"

const struct line_driver *const line_drivers[] = {
	&sim_driver,
	NULL
};
