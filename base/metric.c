/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics: relaxed atomics, linked into two lists at first use. Readers
 * walk the lists without a lock: entries are only ever put in front.
 */
#include "base/metric.h"

#include <string.h>

static struct metric *_Atomic metrics;
static struct metric_hist *_Atomic hists;

/* The flag is read first: the usual case writes nothing shared. */
static bool first_use(_Atomic bool *listed)
{
	return !atomic_load_explicit(listed, memory_order_relaxed) &&
	       !atomic_exchange_explicit(listed, true, memory_order_relaxed);
}

static void list_metric(struct metric *m)
{
	struct metric *head;

	if (!first_use(&m->listed))
		return;
	head = atomic_load(&metrics);
	do
		m->next = head;
	while (!atomic_compare_exchange_weak(&metrics, &head, m));
}

void metric_add(struct metric *m, int64_t n)
{
	list_metric(m);
	atomic_fetch_add_explicit(&m->v, n, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t v)
{
	list_metric(m);
	atomic_store_explicit(&m->v, v, memory_order_relaxed);
}

int64_t metric_get(const struct metric *m)
{
	return atomic_load_explicit(&m->v, memory_order_relaxed);
}

static void list_hist(struct metric_hist *h)
{
	struct metric_hist *head;

	if (!first_use(&h->listed))
		return;
	head = atomic_load(&hists);
	do
		h->next = head;
	while (!atomic_compare_exchange_weak(&hists, &head, h));
}

void metric_observe(struct metric_hist *h, double v)
{
	unsigned i = 0;

	list_hist(h);
	while (i < METRIC_BUCKETS && h->le[i] != 0 && v > h->le[i])
		i++;
	/* beyond the last bound: only the +Inf bucket, which is n */
	if (i == METRIC_BUCKETS || h->le[i] == 0)
		i = METRIC_BUCKETS;
	atomic_fetch_add_explicit(&h->count[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->n, 1, memory_order_relaxed);
	if (v > 0)
		atomic_fetch_add_explicit(&h->sum_micro, (uint64_t)(v * 1e6),
					  memory_order_relaxed);
}

static void dump_head(struct buf *out, const char *name, const char *help,
		      const char *type)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void dump_metric(struct buf *out, const struct metric *m)
{
	buf_addz(out, m->name);
	if (m->labels)
		buf_addf(out, "{%s}", m->labels);
	buf_addf(out, " %lld\n", (long long)metric_get(m));
}

static void dump_hist(struct buf *out, const struct metric_hist *h)
{
	uint64_t sum = 0, n = atomic_load(&h->n);
	double total = (double)atomic_load(&h->sum_micro) / 1e6;

	dump_head(out, h->name, h->help, "histogram");
	for (unsigned i = 0; i < METRIC_BUCKETS && h->le[i] != 0; i++) {
		sum += atomic_load(&h->count[i]);
		buf_addf(out, "%s_bucket{le=\"%g\"} %llu\n", h->name,
			 h->le[i], (unsigned long long)sum);
	}
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n"
		 "%s_count %llu\n", h->name, (unsigned long long)n, h->name,
		 total, h->name, (unsigned long long)n);
}

/* The next name behind after in the alphabet; the format wants all rows of
 * a name together. */
static const struct metric *next_name(const struct metric *all,
				      const char *after)
{
	const struct metric *best = NULL;

	for (const struct metric *m = all; m; m = m->next)
		if (strcmp(m->name, after) > 0 &&
		    (!best || strcmp(m->name, best->name) < 0))
			best = m;
	return best;
}

void metric_dump(struct buf *out)
{
	const struct metric *all = atomic_load(&metrics);
	const char *after = "";

	for (;;) {
		const struct metric *m = next_name(all, after);

		if (!m)
			break;
		after = m->name;
		dump_head(out, m->name, m->help, m->kind == METRIC_COUNTER ?
			  "counter" : "gauge");
		for (m = all; m; m = m->next)
			if (!strcmp(m->name, after))
				dump_metric(out, m);
	}
	for (const struct metric_hist *h = atomic_load(&hists); h;
	     h = h->next)
		dump_hist(out, h);
}
