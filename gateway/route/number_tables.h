/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of numbers of a configuration, by name: `tables:`. */
#ifndef GATEWAY_ROUTE_NUMBER_TABLES_H
#define GATEWAY_ROUTE_NUMBER_TABLES_H

#include "conf/conf.h"
#include "gateway/route/number_table.h"

enum number_form {
	NUMBER_FORM_E164,       /* prefixes of the international number */
	NUMBER_FORM_DIALLED,    /* of what was dialled, or what a caller's
				 * side shows */
};

struct number_table_conf {
	char name[ROUTE_NAME_MAX];
	char file[256];
	int  type;                      /* enum number_table_type */
	int  form;                      /* enum number_form */
};

extern const struct conf_section number_tables_section;    /* a list */

struct number_tables_entry {
	const struct number_table_conf *conf;
	struct number_table            *table;
};

/* An object (obj_ref, obj_unref); conf's list outlives it. */
struct number_tables {
	unsigned                   n;
	struct number_tables_entry v[];
};

/* Its file's name without the folders, for errors: where it is the
 * configuration says. */
const char *number_tables_file(const struct number_table_conf *c);

/* One thing wrong with a table: "carriers.csv:12:4: no target ...". */
typedef void number_tables_say_fn(const struct number_table_conf *c,
				  const char *text, void *arg);

/* Reads all tables (struct number_table_conf; conf NULL: none). EBADMSG: say
 * was told what is wrong, of all of them; ENOMEM. */
int number_tables_load(struct number_tables **tp,
		       const struct conf_list *conf,
		       number_tables_say_fn *say, void *arg) MUST_CHECK;

/* By name, or NULL; t may be NULL. */
const struct number_tables_entry *
number_tables_find(const struct number_tables *t, const char *name);

#endif
