/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SpanDSP's canceller on the same line as bench_echo, for comparison only.
 * In a process of its own: it prints every sample to stdout (give it
 * /dev/null) and writes outside its memory. Results go to stderr.
 */
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "tests/dsp/echo_line.h"

enum { RUNS = 3, SPAN = 10 * SECOND, DELAY = 240 };

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ns per sample; l->clean is filled. */
static double run(struct echo_line *l, int taps)
{
	int mode = ECHO_CAN_USE_ADAPTION;
	echo_can_state_t *e = echo_can_init(taps, mode);
	double from = cpu_ns();

	if (!e)
		return 0;
	for (size_t i = 0; i < SPAN; i++)
		l->clean[i] = echo_can_update(e, l->far[i], l->near[i]);
	from = (cpu_ns() - from) / SPAN;
	echo_can_free(e);
	return from;
}

static void show(struct echo_line *l, int taps, unsigned delay, double erl_db)
{
	double erle = 0, ns[RUNS];

	for (unsigned m = 0; m < G168_MODELS; m++) {
		echo_line_path(l, 0, SPAN, m, erl_db, delay);
		echo_line_mix(l);
		ns[m % RUNS] = run(l, taps);
		erle += echo_line_erle(l, 3, 8) / G168_MODELS;
	}
	for (unsigned i = 1; i < RUNS; i++)
		if (ns[i] < ns[0])
			ns[0] = ns[i];
	fprintf(stderr, "SpanDSP %4d taps, ERL %2.0f: %6.0f ns/sample, "
		"3-8 s %5.1f dB\n", taps, erl_db, ns[0], erle);
}

int main(void)
{
	struct echo_line *l = echo_line_new();

	if (!l)
		return 1;
	echo_line_css(l, -12);
	show(l, 1024, DELAY, 6);
	show(l, 1024, DELAY, 10);
	show(l, 128, 0, 6);
	show(l, 128, 0, 10);
	if (!echo_line_speech(l->far, LINE_LEN, 0, -12)) {
		fprintf(stderr, "speech:\n");
		show(l, 1024, DELAY, 10);
		show(l, 128, 0, 10);
	}
	mem_free(l);
	return 0;
}
