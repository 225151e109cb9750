/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of numbers: carriers and what they cost, rates, ported numbers,
 * lists of numbers. Read from CSV (number_csv.h), constant afterwards,
 * counted, fit for millions of prefixes: the longest one is found by one
 * search in a sorted array. Any thread may read.
 *
 *	const struct number_table *t;
 *	struct number_match m;
 *
 *	if (number_table_find(t, "+819012345678", &m))
 *		price = number_table_row(t, &m, 0)->price;
 */
#ifndef GATEWAY_ROUTE_NUMBER_TABLE_H
#define GATEWAY_ROUTE_NUMBER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gateway/route/route.h"

enum number_table_type {
	NUMBER_TABLE_LIST,      /* numbers: is one in it? */
	NUMBER_TABLE_CARRIERS,  /* a target and its price per prefix */
	NUMBER_TABLE_RATES,     /* a price per prefix */
	NUMBER_TABLE_PORTED,    /* a routing number per prefix */
};

enum {
	NUMBER_DIGITS_MAX   = 15,       /* of a prefix */
	NUMBER_CARRIERS_MAX = 16,       /* of one prefix */
	NUMBER_TARGETS_MAX  = 250,      /* of one table */
	NUMBER_MONEY        = 1000000,  /* prices are counted in millionths */
};

/* This carrier does not serve the prefix: "-" in the file. */
#define NUMBER_NOT_SERVED UINT64_MAX

struct number_row {
	uint64_t key;           /* number_key() of the prefix */
	union {
		uint64_t price; /* per minute, in millionths */
		uint64_t routing;       /* number_key() of it: PORTED */
	};
	uint64_t setup;         /* per call, in millionths */
	uint32_t line;          /* of the file */
	uint16_t target;        /* number_table_target(): CARRIERS */
	uint16_t weight;        /* among carriers of one price */
};

struct number_table;

/* A prefix that a number begins with. */
struct number_match {
	size_t   index;         /* of the prefix */
	unsigned digits;        /* of the prefix */
	unsigned n;             /* rows, at least 1; CARRIERS: cheapest
				 * first */
};

/* What a table is made of; memory of mem_alloc, NULL where there is none. */
struct number_rows {
	enum number_table_type type;
	struct number_row     *v;
	size_t                 n;
	struct route_target   *targets;
	unsigned               n_targets;
};

/*
 * Makes the table; what rows holds is the table's from now on, and freed on
 * an error. ENOMEM. EEXIST: two rows of the same prefix, where only one may
 * be, or more than NUMBER_CARRIERS_MAX carriers of one, or the same carrier
 * twice: *line is that of the second one. An object: obj_ref, obj_unref.
 */
int number_table_new(struct number_table **tp, const struct number_rows *rows,
		     uint32_t *line) MUST_CHECK;

/* As it was made. */
enum number_table_type number_table_type(const struct number_table *t);
/* Rows, and different prefixes. */
size_t number_table_rows(const struct number_table *t);
size_t number_table_prefixes(const struct number_table *t);

/* The longest prefix that the number ("+" and digits, or digits) begins
 * with; false: none, m is as it was. */
bool number_table_find(const struct number_table *t, const char *number,
		       struct number_match *m);
/* The next shorter one; false: none. */
bool number_table_shorter(const struct number_table *t,
			  struct number_match *m);
/* The i-th row of the match, i < m->n. */
const struct number_row *number_table_row(const struct number_table *t,
					  const struct number_match *m,
					  unsigned i);
/* The i-th different target, NULL behind the last. */
const struct route_target *number_table_target(const struct number_table *t,
					       unsigned i);
/* The line of the file that names it first, for who finds it wrong; reads
 * the whole table. */
uint32_t number_table_target_line(const struct number_table *t, unsigned i);

/*
 * Least cost: for each carrier its own longest prefix counts. Writes at most
 * max rows to out, cheapest first (of one price: the longer prefix, then the
 * heavier); those that do not serve the number are left out. Returns how
 * many.
 */
unsigned number_table_carriers(const struct number_table *t,
			       const char *number,
			       const struct number_row **out, unsigned max);

/* --- digits packed, four bits each, left-aligned --- */

/* "+" may stand before 1 to NUMBER_DIGITS_MAX of [0-9*#]; "$" behind them:
 * the number is no longer. 0: it is no such prefix. */
uint64_t number_key(const char *digits, size_t n);
/* The digits of a key, without "+". Returns out. */
char *number_key_print(char out[NUMBER_DIGITS_MAX + 2], uint64_t key);

#endif
