/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a million prefixes cost: reading them from CSV, memory, one decision.
 *
 *	bench_route [FILE.csv]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "gateway/route/number_csv.h"
#include "gateway/route/rule_set.h"

enum { PREFIXES = 1000000, NUMBERS = 65536, ROUNDS = 40,
       RULES = 1000, DECISIONS = 2000 };

static char numbers[NUMBERS][16];

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double rss_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

/* The same numbers in each run. */
static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Every number from 1 to a million as a prefix, in no order: each number
 * that is looked for has six or seven of them, of several carriers. */
static void write_csv(FILE *f)
{
	uint32_t state = 1;

	fputs("prefix,target,price,setup\n", f);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		/* no common factor with a million: all come once */
		uint32_t n = (uint32_t)((uint64_t)i * 700001 % PREFIXES);
		uint32_t r = next(&state);

		fprintf(f, "%u,peer:carrier%u,0.%04u,0\n", n + 1, r % 40,
			r / 64 % 10000);
	}
}

static struct number_table *load(const char *path)
{
	struct number_csv_diag d = { .n = 0 };
	struct number_table *t = NULL;
	double s = cpu_s();
	int err = number_csv_load(&t, NUMBER_TABLE_CARRIERS, path, &d);

	if (err) {
		printf("load: %s; %u:%u %s\n", strerror(err), d.v[0].line,
		       d.v[0].column, d.v[0].text);
		exit(1);
	}
	printf("load_s=%.2f goal=2 prefixes=%zu rows=%zu peak_mb=%.0f "
	       "goal=100\n", cpu_s() - s, number_table_prefixes(t),
	       number_table_rows(t), rss_mb());
	return t;
}

static void bench_find(const struct number_table *t)
{
	const struct number_row *row[ROUTE_TARGETS_MAX];
	double s = cpu_s(), n = (double)NUMBERS * ROUNDS;
	uint64_t sum = 0, found = 0;
	struct number_match m;

	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < NUMBERS; i++)
			if (number_table_find(t, numbers[i], &m))
				sum += number_table_row(t, &m, 0)->price;
	printf("find_ns=%.0f goal=1000 sum=%" PRIu64 "\n",
	       (cpu_s() - s) * 1e9 / n, sum);
	s = cpu_s();
	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < NUMBERS; i++)
			found += number_table_carriers(t, numbers[i], row,
						       ROUTE_TARGETS_MAX);
	printf("least_cost_ns=%.0f goal=1000 carriers_each=%.2f\n",
	       (cpu_s() - s) * 1e9 / n, (double)found / n);
}

struct dry {
	struct loop         *loop;
	struct router       *router;
	struct route_job     job;
	unsigned             hits;
};

static bool find_local(struct route_target *t, const char *number, void *arg)
{
	(void)t;
	(void)number;
	(void)arg;
	return false;
}

static bool begins_local(const char *digits, void *arg)
{
	(void)digits;
	(void)arg;
	return false;
}

static void on_route(const struct route_result *r, void *arg)
{
	struct dry *d = arg;

	d->hits += r && r->n > 0;
}

static int open_dry(struct dry *d, const struct conf_list *rules,
		    struct number_tables *tables)
{
	static const struct route_emergency_conf none;
	const struct dial_keys keys = { .country = "81", .national = "0",
					.international = "010" };
	const struct route_env env = {
		.loop = d->loop, .find_local = find_local,
		.begins_local = begins_local,
	};
	struct route_conf conf = {
		.emergency = &none, .rules = rules, .tables = tables,
	};
	int err = dial_plan_new(&conf.plan, &keys);

	if (err)
		return err;
	err = router_new(&d->router, &conf, &env);
	obj_unref(conf.plan);
	return err;
}

/* All of n searches: rules, table, targets, the turn of the loop. */
static void searches(const char *what, const struct conf_list *rules,
		     struct number_tables *tables, int n)
{
	struct route_query q = { .from.kind = ROUTE_FROM_PHONE,
				 .calling.number = "0312345678" };
	struct dry d = { .hits = 0 };
	double s;

	if (loop_new(&d.loop, &clk_real) || open_dry(&d, rules, tables))
		exit(1);
	s = cpu_s();
	for (int i = 0; i < n; i++) {
		strcpy(q.called.number, numbers[i]);
		route_find(d.router, &d.job, &q, on_route, &d);
		loop_turn(d.loop, 0);
		route_cancel(&d.job);
	}
	printf("%s_ns=%.0f hits=%u of %d\n", what,
	       (cpu_s() - s) * 1e9 / n, d.hits, n);
	router_free(d.router);
	loop_free(d.loop);
}

static void bench_least_cost(const char *path)
{
	static struct number_table_conf table = {
		.name = "carriers", .type = NUMBER_TABLE_CARRIERS,
	};
	static struct route_rule_conf rule = {
		.name = "least-cost", .table = "carriers",
	};
	const struct conf_list rules = { &rule, 1 }, list = { &table, 1 };
	struct number_tables *tables;

	snprintf(table.file, sizeof(table.file), "%s", path);
	if (number_tables_load(&tables, &list, NULL, NULL))
		exit(1);
	searches("search", &rules, tables, NUMBERS);
	obj_unref(tables);
}

/* A thousand rules of which only the last takes the call; the others look
 * at its source, its number and the time, and say no at the last of it. */
static void bench_rules(void)
{
	static char to[1][256] = { "peer:carrier" };
	static char from[2][48] = { "trunks", "phones" };
	static struct route_rule_conf rule[RULES];
	const struct conf_list rules = { rule, RULES };

	for (int i = 0; i < RULES; i++) {
		snprintf(rule[i].name, sizeof(rule[i].name), "rule%d", i);
		rule[i].from = (struct conf_list){ from, 2 };
		rule[i].to = (struct conf_list){ to, 1 };
		if (i == RULES - 1)
			break;
		strcpy(rule[i].prefix, "+");
		rule[i].min_digits = 3;
		strcpy(rule[i].caller_prefix, i % 2 ? "03" : "0312345678");
		snprintf(rule[i].regex, sizeof(rule[i].regex),
			 "^\\+[1-9]([0-9]*)0%03d[0-9]?x$", i);
	}
	searches("rules", &rules, NULL, DECISIONS);
	for (int i = 0; i < RULES - 1; i++) {
		rule[i].regex[0] = '\0';
		strcpy(rule[i].time, "mon-sun 03:00-03:01");
	}
	searches("conditions", &rules, NULL, DECISIONS);
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/tipring-route-XXXXXX";
	int fd = argc > 1 ? -1 : mkstemp(path);
	uint32_t state = 7;
	struct number_table *t;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (argc < 2 && !f)
		return 1;
	if (f) {
		write_csv(f);
		fclose(f);
	}
	for (int i = 0; i < NUMBERS; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "+%06u%05u",
			 100000 + next(&state) % 900000, next(&state) % 100000);
	t = load(argc > 1 ? argv[1] : path);
	bench_find(t);
	obj_unref(t);
	log_set_level(LOG_WARN);
	bench_least_cost(argc > 1 ? argv[1] : path);
	bench_rules();
	if (f)
		unlink(path);
	return 0;
}
