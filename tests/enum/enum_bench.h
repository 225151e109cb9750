/* SPDX-License-Identifier: Apache-2.0 */
/* A client over scripted trees, for the tests of lookups. */
#ifndef TESTS_ENUM_ENUM_BENCH_H
#define TESTS_ENUM_ENUM_BENCH_H

#include <string.h>

#include "enum/enum.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/set_trees.h"
#include "tests/lib/test.h"

#define NUMBER "+815012345678"
#define DOMAIN "8.7.6.5.4.3.2.1.0.5.1.8."

enum { TREES = 3 };

static const char *const apexes[TREES] = {
	"e164.arpa", "private.example", "carrier.example" };

struct bench {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *f[TREES];
	struct enum_client   *c;
	struct enum_query     q;
	unsigned              calls;
	int                   err;
	uint64_t              at_ms;    /* of the last call */
	struct enum_answer    a;
	struct buf            log;      /* the trace */
};

static inline void on_step(const struct enum_step *s, void *arg)
{
	struct bench *b = arg;

	enum_step_print(&b->log, s);
}

static inline void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct bench *b = arg;

	b->calls++;
	b->err = err;
	b->at_ms = b->clk.t_us / 1000;
	if (a)
		b->a = *a;
}

/* n trees with ranks 1, 2, 3; each its own server. */
static inline int up(struct bench *b, unsigned n)
{
	struct enum_tree t[TREES];
	int err;

	memset(b, 0, sizeof(*b));
	memset(t, 0, sizeof(t));
	buf_init(&b->log, 100000);
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	for (unsigned i = 0; i < n && !err; i++) {
		err = fake_resolver_new(&b->f[i], b->loop);
		strcpy(t[i].apex, apexes[i]);
		t[i].rank = (int)i + 1;
		t[i].resolver = err ? NULL : fake_resolver_of(b->f[i]);
	}
	if (!err)
		err = enum_client_new(&b->c, b->loop, t, n);
	return err;
}

static inline void down(struct bench *b)
{
	enum_client_free(b->c);
	for (int i = 0; i < TREES; i++)
		fake_resolver_free(b->f[i]);
	loop_free(b->loop);
	buf_fini(&b->log);
}

/* Looks NUMBER up; *ms: how long it took. */
static inline int look(struct bench *b, uint64_t *ms)
{
	uint64_t t0 = b->clk.t_us / 1000;
	int err;

	b->calls = 0;
	b->q = (struct enum_query){ .trace = on_step, .trace_arg = b };
	err = enum_lookup(b->c, &b->q, NUMBER, 0, on_enum, b);
	if (err)
		return err;
	if (b->calls)
		return EINVAL;  /* too early */
	loop_run_until(b->loop, b->clk.t_us + 3000000);
	*ms = b->at_ms - t0;
	return b->calls == 1 ? 0 : ETIME;
}

/* One NAPTR record in a tree: next: a non-terminal to there. */
struct rec {
	const char *name;       /* NULL: the number's */
	unsigned    order, preference;
	const char *regexp, *next;
};
#define REC(...) &(const struct rec){ __VA_ARGS__ }

static inline int put(struct bench *b, int tree, const struct rec *r)
{
	char domain[DNS_NAME_MAX];
	struct dns_naptr rr = {
		.order = (uint16_t)r->order,
		.preference = (uint16_t)r->preference,
		.flags = str_z(*r->next ? "" : "u"),
		.services = str_z(*r->next ? "" : "E2U+sip"),
		.regexp = str_z(r->regexp), .replacement = r->next };

	snprintf(domain, sizeof(domain), "%s%s", r->name ? r->name : DOMAIN,
		 r->name ? "" : apexes[tree]);
	return fake_resolver_naptr(b->f[tree], domain, &rr);
}

static inline int script(struct bench *b, int tree, int how, unsigned delay_ms)
{
	char domain[DNS_NAME_MAX];

	snprintf(domain, sizeof(domain), "%s%s", DOMAIN, apexes[tree]);
	return fake_resolver_script(b->f[tree], domain, 0, how, delay_ms);
}

#endif
