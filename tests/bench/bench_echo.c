/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line echo canceller, tail of 128 ms: CPU time per sample on one
 * channel and on 500 in turn (20 ms each, so the state comes from memory),
 * and how much it takes off, NLP off.
 *
 *	bench_echo [CHANNELS]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "dsp/echo_core.h"
#include "tests/dsp/echo_line.h"

enum { FRAME = 160, RUNS = 7, TAIL_MS = 128, DELAY = 240 };

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One run: every channel hears its frame of the line in turn. */
static double run(struct echo **e, unsigned n, const struct echo_line *l,
		  unsigned frames)
{
	int16_t clean[FRAME];
	double from = cpu_ns();

	for (unsigned f = 0; f < frames; f++)
		for (unsigned i = 0; i < n; i++)
			echo_process(e[i], l->far + f * FRAME,
				     l->near + f * FRAME, clean, FRAME);
	return (cpu_ns() - from) / frames / n / FRAME;
}

static int cost(const struct echo_line *l, const struct echo_ops *ops,
		unsigned n, unsigned flags)
{
	struct echo **e = calloc(n, sizeof(*e));
	unsigned frames = n < 10 ? LINE_LEN / FRAME : 50;
	double ns[RUNS];
	int err = e ? 0 : ENOMEM;

	for (unsigned i = 0; !err && i < n; i++)
		err = echo_new_on(&e[i], ops, TAIL_MS, flags);
	for (unsigned i = 0; !err && i < RUNS; i++)
		ns[i] = run(e, n, l, frames);
	if (!err) {
		qsort(ns, RUNS, sizeof(*ns), by_value);
		printf("%-9s %4u ch %-9s  %5.1f %5.1f %5.1f ns/sample\n",
		       ops->name, n, flags ? "NLP, CNG" : "plain", ns[0],
		       ns[RUNS / 2], ns[RUNS - 1]);
	}
	for (unsigned i = 0; e && i < n; i++)
		echo_free(e[i]);
	free(e);
	return err;
}

/* Of all line models: the mean and the least, over three spans. */
static int quality(struct echo_line *l, const char *name, double erl_db)
{
	static const double at[] = { 1, 2, 3, 8, 10, 20 };
	double sum[3] = { 0 }, least[3] = { 99, 99, 99 }, louder = -99;
	struct echo *e = NULL;
	int err = 0;

	for (unsigned m = 0; !err && m < G168_MODELS; m++) {
		echo_line_path(l, 0, LINE_LEN, m, erl_db, DELAY);
		echo_line_mix(l);
		err = echo_new(&e, TAIL_MS, 0);
		if (err)
			break;
		echo_process(e, l->far, l->near, l->clean, LINE_LEN);
		for (unsigned i = 0; i < 3; i++) {
			double x = echo_line_erle(l, at[2 * i], at[2 * i + 1]);

			sum[i] += x / G168_MODELS;
			least[i] = fmin(least[i], x);
		}
		louder = fmax(louder, echo_line_louder(l, 0, 20));
		echo_free(e);
	}
	printf("%-7s ERL %2.0f: 1-2 s %4.1f (%4.1f)  3-8 s %4.1f (%4.1f)  "
	       "10-20 s %4.1f (%4.1f) dB; louder by %4.1f dB\n", name, erl_db,
	       sum[0], least[0], sum[1], least[1], sum[2], least[2], louder);
	return err;
}

int main(int argc, char **argv)
{
	unsigned many = argc > 1 ? (unsigned)atoi(argv[1]) : 500;
	struct echo_line *l = echo_line_new();
	int err = l ? 0 : ENOMEM;

	if (err || !many)
		return 1;
	printf("echo canceller, 128 ms; min, median, max of %d runs\n", RUNS);
	echo_line_css(l, -12);
	echo_line_path(l, 0, LINE_LEN, 2, 10, DELAY);
	echo_line_mix(l);
	for (unsigned f = 0; f < 4 && !err; f += 3) {
		err |= cost(l, echo_best_ops(), 1, f);
		err |= cost(l, echo_best_ops(), many, f);
		err |= cost(l, &echo_ops_portable, 1, f);
		err |= cost(l, &echo_ops_portable, many, f);
	}
	printf("memory per canceller %zu bytes\n",
	       echo_filter_size(ECHO_PARTS_MAX) + sizeof(struct echo_filter) +
	       sizeof(struct echo_nlp) + 128);
	printf("echo taken off, mean (least) of line models D.2 to D.9\n");
	err |= quality(l, "css", 6) | quality(l, "css", 10);
	err |= echo_line_speech(l->far, LINE_LEN, 0, -12);
	if (!err)
		err = quality(l, "speech", 6) | quality(l, "speech", 10);
	mem_free(l);
	return err != 0;
}
