/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Number tables from CSV. A row per line, fields parted by commas (or
 * semicolons, if the first line has them and no comma), "quoted" where they
 * hold one. Lines that are blank or begin with # are skipped; so is a byte
 * order mark. The first line may name the columns, in any order:
 *
 *	prefix (number)  digits, "+" may stand before, "$" behind: no longer
 *	target (carrier) peer:NAME, group:NAME ...      CARRIERS
 *	price (price-per-minute)  decimal; "-": not served, CARRIERS
 *	setup            decimal, per call
 *	weight           0 to 65535, 1 if not given
 *	routing (rn)     digits                         PORTED
 *	comment (name)   not read
 *
 * Without names they are: LIST prefix, comment; CARRIERS prefix, target,
 * price, setup, weight; RATES prefix, price, setup, comment; PORTED prefix,
 * routing, comment. Only the columns up to price and routing must be given.
 */
#ifndef GATEWAY_ROUTE_NUMBER_CSV_H
#define GATEWAY_ROUTE_NUMBER_CSV_H

#include "base/str.h"
#include "gateway/route/number_table.h"

enum {
	NUMBER_CSV_ERRORS   = 20,
	NUMBER_CSV_LINE_MAX = 1000,     /* bytes */
	NUMBER_CSV_ROWS_MAX = 10000000,
};

struct number_csv_error {
	unsigned line, column;          /* from 1; line 0: the file */
	char     text[96];
};

/* What is wrong, in the order of the file. */
struct number_csv_diag {
	struct number_csv_error v[NUMBER_CSV_ERRORS];
	size_t                  n, more;        /* more: not kept */
	/* of the first prefix with a 0 in front, else line 0: an error in a
	 * table of E.164 numbers only */
	struct number_csv_error zero;
};

/* Reads text. EBADMSG: d says why; ENOMEM. */
int number_csv_parse(struct number_table **tp, enum number_table_type type,
		     struct str text, struct number_csv_diag *d) MUST_CHECK;
/* The same from a file, 64 kB at a time; also what open() and read() say,
 * then without a word in d. */
int number_csv_load(struct number_table **tp, enum number_table_type type,
		    const char *path, struct number_csv_diag *d) MUST_CHECK;

#endif
