/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lookup costs:
 *	bench_enum [PORT [SECONDS]]
 * from a warm cache, and with PORT uncached from the name server there,
 * which has a wildcard record under *.0.0.7.7.4.4.e164.arpa. Processor time
 * is that of the whole process, lookup to last call.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "enum/dns_cache.h"
#include "enum/enum.h"
#include "enum/resolver_cares.h"
#include "tests/lib/fake_resolver.h"

enum { NUMBERS = 1000, WARM = 300000, SLOTS = 200,
       CROWD = 10000, MUTE = 1000, BESIDE = 1000 };

struct bench {
	struct loop        *loop;
	struct resolver    *cares, *cache;
	struct enum_client *c;
	struct enum_query   q[SLOTS];
	unsigned long       next, last, done, found;
	unsigned            running;
	bool                distinct;
};

/* In the unit of the bench: microseconds. */
static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct bench *b = arg;

	(void)a;
	b->done++;
	b->running--;
	b->found += err == 0;
}

static int ask(struct bench *b, struct enum_query *q)
{
	char number[E164_MAX];
	unsigned long n = b->next++;

	snprintf(number, sizeof(number), "+447700%07lu",
		 b->distinct ? n % 10000000 : n % NUMBERS);
	b->running++;
	return enum_lookup(b->c, q, number, 5000, on_enum, b);
}

/* Keeps width lookups running until last have been started. */
static int run(struct bench *b, unsigned width)
{
	int err = 0;

	while (!err && (b->next < b->last || b->running > 0)) {
		for (unsigned i = 0; i < width && !err; i++)
			if (!b->q[i].job && b->next < b->last)
				err = ask(b, &b->q[i]);
		loop_turn(b->loop, 100);
	}
	return err;
}

static int client(struct bench *b, struct resolver *below)
{
	static const struct dns_cache_conf conf;
	struct enum_tree t = { .apex = "e164.arpa" };
	int err = dns_cache_new(&b->cache, b->loop, &conf, below);

	if (err)
		return err;
	t.resolver = b->cache;
	return enum_client_new(&b->c, b->loop, &t, 1);
}

static void down(struct bench *b)
{
	enum_client_free(b->c);
	resolver_free(b->cache);
	resolver_free(b->cares);
	loop_free(b->loop);
}

static int fill(struct fake_resolver *f)
{
	const struct dns_naptr rr = { 10, 100, STR_LIT("u"),
		STR_LIT("E2U+sip"),
		STR_LIT("!^\\+44(.*)$!sip:0\\1@gw.example.com!"), "" };
	int err = 0;

	for (unsigned i = 0; i < NUMBERS && !err; i++) {
		char number[E164_MAX], domain[DNS_NAME_MAX];

		snprintf(number, sizeof(number), "+447700%07u", i);
		err = enum_domain_of(domain, sizeof(domain), number,
				     "e164.arpa", NULL);
		if (!err)
			err = fake_resolver_naptr(f, domain, &rr);
	}
	fake_resolver_ttl(f, 3600);
	return err;
}

static int bench_cached(void)
{
	static struct bench b;
	struct fake_resolver *f = NULL;
	double t0;
	int err = loop_new(&b.loop, &clk_real);

	if (!err)
		err = fake_resolver_new(&f, b.loop);
	if (!err)
		err = fill(f);
	if (!err)
		err = client(&b, fake_resolver_of(f));
	b.last = NUMBERS;
	if (!err)
		err = run(&b, 50);
	for (unsigned width = 1; width <= 50 && !err; width += 49) {
		b.next = b.done = b.found = 0;
		b.last = WARM;
		t0 = cpu_us();
		err = run(&b, width);
		printf("enum from the cache, %2u at once: %.2f us of CPU per "
		       "lookup (%lu of %lu found)\n", width,
		       (cpu_us() - t0) / (double)b.done, b.found, b.done);
	}
	down(&b);
	fake_resolver_free(f);
	return err;
}

/* A client of the server at that port of loopback. */
static int served(struct bench *b, unsigned port)
{
	struct resolver_conf conf = { .n_servers = 1, .servers = { {
		.family = AF_INET, .ip = { 127, 0, 0, 1 },
		.port = (uint16_t)port } } };
	int err = resolver_cares_new(&b->cares, b->loop, &conf);

	return err ? err : client(b, b->cares);
}

static int bench_uncached(unsigned port, unsigned seconds)
{
	static struct bench b;
	uint64_t t0, took;
	double c0;
	int err = loop_new(&b.loop, &clk_real);

	if (!err)
		err = served(&b, port);
	b.distinct = true;
	c0 = cpu_us();
	t0 = clk_real.now_us(NULL);
	do {
		b.last = b.next + 20000;
		if (!err)
			err = run(&b, SLOTS);
		took = clk_real.now_us(NULL) - t0;
	} while (!err && took < seconds * 1000000ULL &&
		 b.next < 9000000);
	printf("enum from the server: %.0f lookups per second, %.2f us of "
	       "CPU each (%lu of %lu found)\n",
	       (double)b.done * 1e6 / (double)took,
	       (cpu_us() - c0) / (double)b.done, b.found, b.done);
	down(&b);
	return err;
}

struct crowd {
	struct enum_query q;
	struct bench     *b;
	uint64_t          us;   /* how long it waited */
	int               err;
};

static void on_crowd(int err, const struct enum_answer *a, void *arg)
{
	struct crowd *c = arg;

	(void)a;
	c->us = clk_real.now_us(NULL) - c->us;
	c->err = err;
	c->b->running--;
	c->b->found += err == 0;
}

static int ask_alone(struct bench *b, struct crowd *c, unsigned n,
		     uint32_t ms)
{
	char number[E164_MAX];

	snprintf(number, sizeof(number), "+447700%07u", n);
	c->b = b;
	c->us = clk_real.now_us(NULL);
	b->running++;
	return enum_lookup(b->c, &c->q, number, ms, on_crowd, c);
}

static int by_time(const void *a, const void *b)
{
	const struct crowd *x = a, *y = b;

	return x->us < y->us ? -1 : x->us > y->us;
}

/* All ask at one moment, each for another number. */
static int bench_crowd(unsigned port)
{
	static struct crowd crowd[CROWD];
	static struct bench b;
	uint64_t t0;
	double c0;
	int err = loop_new(&b.loop, &clk_real);

	if (!err)
		err = served(&b, port);
	t0 = clk_real.now_us(NULL);
	c0 = cpu_us();
	for (unsigned i = 0; i < CROWD && !err; i++)
		err = ask_alone(&b, &crowd[i], i + 5000000, 5000);
	while (!err && b.running > 0)
		loop_turn(b.loop, 100);
	t0 = clk_real.now_us(NULL) - t0;
	qsort(crowd, CROWD, sizeof(crowd[0]), by_time);
	printf("%d lookups at one moment: all done in %.0f ms, the middle "
	       "one after %.0f ms, %.2f us of CPU each (%lu found)\n", CROWD,
	       (double)t0 / 1e3, (double)crowd[CROWD / 2].us / 1e3,
	       (cpu_us() - c0) / CROWD, b.found);
	down(&b);
	return err;
}

static int bound_port(unsigned *port, int *fdp)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	*fdp = socket(AF_INET, SOCK_DGRAM, 0);
	if (*fdp < 0 || bind(*fdp, (struct sockaddr *)&a, n) ||
	    getsockname(*fdp, (struct sockaddr *)&a, &n))
		return errno;
	*port = ntohs(a.sin_port);
	return 0;
}

/* One lookup after the other. */
static int in_turn(struct bench *b, struct crowd *c, unsigned from)
{
	int err = 0;

	for (unsigned i = 0; i < BESIDE && !err; i++) {
		err = ask_alone(b, &c[i], from + i, 5000);
		while (!err && b->running > 0)
			loop_turn(b->loop, 100);
	}
	qsort(c, BESIDE, sizeof(c[0]), by_time);
	return err;
}

/* Lookups while others wait for a server that says nothing: how long they
 * take, beside how long they take alone. */
static int bench_beside(unsigned port)
{
	static struct crowd alone[BESIDE], beside[BESIDE], waiting[MUTE];
	static struct bench b, mute;
	unsigned waited = 0, mute_port = 0;
	int fd = -1, err = loop_new(&b.loop, &clk_real);

	mute.loop = b.loop;
	if (!err)
		err = bound_port(&mute_port, &fd);
	if (!err)
		err = served(&b, port);
	if (!err)
		err = served(&mute, mute_port);
	if (!err)
		err = in_turn(&b, alone, 6000000);
	for (unsigned i = 0; i < MUTE && !err; i++)
		err = ask_alone(&mute, &waiting[i], i, 5000);
	if (!err)
		err = in_turn(&b, beside, 6500000);
	waited = mute.running;
	while (!err && mute.running > 0)
		loop_turn(b.loop, 100);
	printf("a lookup alone %.3f ms, beside %u at a silent server %.3f "
	       "ms (slowest %.3f)\n", (double)alone[BESIDE / 2].us / 1e3,
	       waited, (double)beside[BESIDE / 2].us / 1e3,
	       (double)beside[BESIDE - 1].us / 1e3);
	enum_client_free(mute.c);
	resolver_free(mute.cache);
	resolver_free(mute.cares);
	down(&b);
	close(fd);
	return err;
}

/* The longest that one expression of a stranger can hold the gateway up:
 * for each the mean of many runs, compiled and matched, the worst of all. */
static void bench_hostile(void)
{
	static const char *const evil[] = {
		"!(a*)*b!x!", "!((((.*)*)*)*)*x!x!", "!(.*)(.*)(.*)(.*)x!x!",
		"!((((.{3}){3}){3}){3}){3}!x!", "!.{0,250}!x!",
		"!(.?){60}x!x!", "!((.|.)*|(.|.)*|(.|.)*|(.|.)*|.)*x!x!",
		"!(|.|.|.|.|.|.|.|.|.|.){20}x!x!", "!(.{0,9}){24}x!x!",
		"!((((((((.?)*)*)*)*)*)*)*){9}x!x!",
	};
	double worst = 0, t0, one;
	unsigned matched = 0;
	char out[64];
	const char *why;
	int n = 200;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		t0 = cpu_us();
		for (int k = 0; k < n; k++)
			matched += !naptr_substitute(out, sizeof(out),
				str_z(evil[i]), STR_LIT("+815012345678901"),
				&why);
		one = (cpu_us() - t0) / n;
		worst = one > worst ? one : worst;
	}
	printf("hostile expressions: at most %.0f us of CPU each (%u of %zu "
	       "match)\n", worst, matched / (unsigned)n,
	       sizeof(evil) / sizeof(evil[0]));
}

int main(int argc, char **argv)
{
	int err;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_hostile();
	err = bench_cached();
	if (!err && argc > 1)
		err = bench_uncached((unsigned)atoi(argv[1]),
				     argc > 2 ? (unsigned)atoi(argv[2]) : 2);
	if (!err && argc > 1)
		err = bench_crowd((unsigned)atoi(argv[1]));
	if (!err && argc > 1)
		err = bench_beside((unsigned)atoi(argv[1]));
	if (err)
		fprintf(stderr, "bench_enum: %s\n", strerror(err));
	return err ? 1 : 0;
}
