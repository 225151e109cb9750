/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters, gauges and histograms with Prometheus names. One writer thread
 * each (or atomic adds), relaxed readers, no lock. A metric is a static
 * object that links itself into the list at its first use.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
	const char      *name, *help;
	const char      *labels;        /* "method=\"INVITE\"" or NULL */
	enum metric_kind kind;
	_Atomic int64_t  v;
	struct metric   *next;
	_Atomic bool     listed;
};

#define METRIC(var, k, n, lab, h) \
	struct metric var = { .name = (n), .help = (h), .labels = (lab), \
		.kind = (k) }
#define METRIC_COUNT(var, n, h) METRIC(var, METRIC_COUNTER, n, NULL, h)

/* [any thread] */
void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t v);
int64_t metric_get(const struct metric *m);

/* Fixed buckets, cumulative on output; values in the unit of the name. */
enum { METRIC_BUCKETS = 12 };
struct metric_hist {
	const char          *name, *help;
	double               le[METRIC_BUCKETS];        /* ends with 0 */
	_Atomic uint64_t     count[METRIC_BUCKETS + 1];
	_Atomic uint64_t     n;
	_Atomic uint64_t     sum_micro;
	struct metric_hist  *next;
	_Atomic bool         listed;
};
void metric_observe(struct metric_hist *h, double v);

/* All metrics used so far, Prometheus text format. */
void metric_dump(struct buf *out);

#endif
