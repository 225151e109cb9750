/* SPDX-License-Identifier: Apache-2.0 */
/* `tables:`, and the files it names. */
#include "gateway/route/number_tables.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/route/number_csv.h"

static const char *const types[] = {
	[NUMBER_TABLE_LIST]     = "list",
	[NUMBER_TABLE_CARRIERS] = "carriers",
	[NUMBER_TABLE_RATES]    = "rates",
	[NUMBER_TABLE_PORTED]   = "ported",
	NULL
};
static const char *const forms[] = { "e164", "dialled", NULL };

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct number_table_conf, name), .type = CONF_STR,
	  .min = 1, .max = ROUTE_NAME_MAX - 1, .flags = CONF_UNIQUE,
	  .doc = "Name for the routes." },
	{ CONF_FIELD(struct number_table_conf, file), .type = CONF_FILE,
	  .max = 255, .flags = CONF_READABLE | CONF_RELOAD,
	  .doc = "CSV, a prefix per line; each reload reads it again." },
	{ CONF_FIELD(struct number_table_conf, type), .type = CONF_NAME,
	  .names = types, .dflt = "list", .flags = CONF_RELOAD,
	  .doc = "Columns of the file: list prefix; carriers prefix, target, "
		 "price per minute, setup, weight; rates prefix, price, "
		 "setup; ported prefix, routing number." },
	{ CONF_FIELD(struct number_table_conf, form), .type = CONF_NAME,
	  .names = forms, .dflt = "e164", .flags = CONF_RELOAD,
	  .doc = "Its numbers are e164 (with or without +) or as dialled." },
	{ 0 }
};

const struct conf_section number_tables_section = {
	.name = "tables",
	.size = sizeof(struct number_table_conf),
	.keys = keys,
	.list = true,
	.flags = CONF_RELOAD,
	.doc = "Tables of numbers for the routes: carriers by price, rates, "
	       "ported numbers, lists.",
};

static void destroy(void *obj)
{
	struct number_tables *t = obj;

	for (unsigned i = 0; i < t->n; i++)
		obj_unref(t->v[i].table);
}

const char *number_tables_file(const struct number_table_conf *c)
{
	const char *slash = strrchr(c->file, '/');

	return slash ? slash + 1 : c->file;
}

static void tell(const struct number_table_conf *c, int err,
		 const struct number_csv_diag *d, number_tables_say_fn *say,
		 void *arg)
{
	const char *file = number_tables_file(c);
	char text[200];

	for (size_t i = 0; i < d->n; i++) {
		snprintf(text, sizeof(text), "%.80s:%u:%u: %s", file,
			 d->v[i].line, d->v[i].column, d->v[i].text);
		say(c, text, arg);
	}
	if (d->more) {
		snprintf(text, sizeof(text), "%.80s: and %zu more errors",
			 file, d->more);
		say(c, text, arg);
	}
	if (!d->n) {
		snprintf(text, sizeof(text), "%.80s: %s", file,
			 strerror(err));
		say(c, text, arg);
	}
}

static int load(struct number_table **tp, const struct number_table_conf *c,
		struct number_csv_diag *d)
{
	int err = number_csv_load(tp, (enum number_table_type)c->type,
				  c->file, d);

	if (err || c->form != NUMBER_FORM_E164 || !d->zero.line)
		return err;
	/* a list of barred numbers that bars none is worse than an error */
	*tp = obj_unref(*tp);
	d->v[0] = d->zero;
	d->n = 1;
	return EBADMSG;
}

int number_tables_load(struct number_tables **tp,
		       const struct conf_list *conf,
		       number_tables_say_fn *say, void *arg)
{
	const struct number_table_conf *c = conf ? conf->v : NULL;
	size_t n = conf ? conf->n : 0;
	struct number_tables *t = obj_new(sizeof(*t) + n * sizeof(t->v[0]),
					  destroy);
	struct number_csv_diag *d = mem_alloc(sizeof(*d));
	int err = t && d ? 0 : ENOMEM;

	for (size_t i = 0; i < n && err != ENOMEM; i++) {
		int e;

		if (!c[i].file[0])
			continue;       /* the configuration has been told */
		e = load(&t->v[t->n].table, &c[i], d);
		if (!e)
			t->v[t->n++].conf = &c[i];
		else if (e != ENOMEM)
			tell(&c[i], e, d, say, arg);
		if (e)
			err = e == ENOMEM ? ENOMEM : EBADMSG;
	}
	mem_free(d);
	if (err)
		obj_unref(t);
	else
		*tp = t;
	return err;
}

const struct number_tables_entry *
number_tables_find(const struct number_tables *t, const char *name)
{
	for (unsigned i = 0; t && i < t->n; i++)
		if (!strcmp(t->v[i].conf->name, name))
			return &t->v[i];
	return NULL;
}
