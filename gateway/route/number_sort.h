/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: rows of a number table into their order. */
#ifndef GATEWAY_ROUTE_NUMBER_SORT_H
#define GATEWAY_ROUTE_NUMBER_SORT_H

#include "gateway/route/number_table.h"

/* By key; of one key by price, then the heavier first, then by line (where
 * they are at most 64; more are left in any order). In place, time
 * proportional to n whatever the order was. (pure) */
void number_sort(struct number_row *rows, size_t n);

#endif
