/* SPDX-License-Identifier: Apache-2.0 */
/* Reads number tables: RFC 4180 with the habits of spreadsheets. */
#include "gateway/route/number_csv.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"

enum {
	CHUNK = 65536, FIELDS_MAX = 16, SLOTS = 1024,
	MONEY_MAX = 1000000000,         /* whole units */
};

enum column {
	COL_SKIP, COL_PREFIX, COL_TARGET, COL_PRICE, COL_SETUP, COL_WEIGHT,
	COL_ROUTING,
};

struct csv {
	struct number_rows      t;      /* what is read */
	struct number_csv_diag *d;
	unsigned                line;
	const char             *begin;  /* of the line */
	char                    comma;  /* 0: not known yet */
	bool                    named;  /* the columns were */
	enum column             cols[FIELDS_MAX];
	unsigned                n_cols;
	size_t                  cap;    /* of t.v */
	uint8_t                 slots[SLOTS];   /* by text: index + 1 */
	uint64_t                hash_of[NUMBER_TARGETS_MAX];
	int                     err;    /* ENOMEM */
};

static void complain(struct csv *c, const char *at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static void complain(struct csv *c, const char *at, const char *fmt, ...)
{
	struct number_csv_error *e;
	va_list ap;

	if (c->d->n == NUMBER_CSV_ERRORS) {
		c->d->more++;
		return;
	}
	e = &c->d->v[c->d->n++];
	e->line = c->line;
	e->column = at ? (unsigned)(at - c->begin) + 1 : 1;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

/* --- columns ----------------------------------------------------------- */

static const struct { const char *name; enum column col; } names[] = {
	{ "prefix", COL_PREFIX }, { "number", COL_PREFIX },
	{ "target", COL_TARGET }, { "carrier", COL_TARGET },
	{ "price", COL_PRICE }, { "price-per-minute", COL_PRICE },
	{ "setup", COL_SETUP }, { "weight", COL_WEIGHT },
	{ "routing", COL_ROUTING }, { "rn", COL_ROUTING },
	{ "comment", COL_SKIP }, { "name", COL_SKIP },
};

static const struct {
	enum column cols[5];
	unsigned    n, needed;
} usual[] = {
	[NUMBER_TABLE_LIST]     = { { COL_PREFIX, COL_SKIP }, 2, 1 },
	[NUMBER_TABLE_CARRIERS] = { { COL_PREFIX, COL_TARGET, COL_PRICE,
				      COL_SETUP, COL_WEIGHT }, 5, 3 },
	[NUMBER_TABLE_RATES]    = { { COL_PREFIX, COL_PRICE, COL_SETUP,
				      COL_SKIP }, 4, 2 },
	[NUMBER_TABLE_PORTED]   = { { COL_PREFIX, COL_ROUTING, COL_SKIP },
				    3, 2 },
};

static bool has_col(const struct csv *c, enum column col)
{
	for (unsigned i = 0; i < c->n_cols; i++)
		if (c->cols[i] == col)
			return true;
	return false;
}

static const char *name_of(enum column col)
{
	size_t i = 0;

	while (names[i].col != col)
		i++;
	return names[i].name;
}

/* The columns are those of the type. */
static void take_usual(struct csv *c)
{
	c->n_cols = usual[c->t.type].n;
	memcpy(c->cols, usual[c->t.type].cols, sizeof(usual[0].cols));
}

static void take_name(struct csv *c, struct str f)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_ieqz(f, names[i].name))
			continue;
		if (names[i].col != COL_SKIP && has_col(c, names[i].col))
			complain(c, f.p, "column %s again", names[i].name);
		c->cols[c->n_cols++] = names[i].col;
		return;
	}
	complain(c, f.p, "there is no column of this name");
	c->cols[c->n_cols++] = COL_SKIP;
}

static void take_names(struct csv *c, const struct str *f, unsigned n)
{
	c->named = true;
	for (unsigned i = 0; i < n; i++)
		take_name(c, f[i]);
	for (unsigned i = 0; i < usual[c->t.type].needed; i++)
		if (!has_col(c, usual[c->t.type].cols[i]))
			complain(c, NULL, "there is no column %s",
				 name_of(usual[c->t.type].cols[i]));
}

/* --- fields ------------------------------------------------------------ */

/* A quoted field: the bytes between its quotes; "" inside stays as it is,
 * nothing that is read here has quotes. */
static bool quoted(struct csv *c, const char **p, const char *end,
		   struct str *f)
{
	const char *from = *p + 1, *q = from;

	for (; q < end; q++) {
		if (*q != '"')
			continue;
		if (q + 1 == end || q[1] != '"')
			break;
		q++;
	}
	if (q == end) {
		complain(c, *p, "a quote is not closed");
		return false;
	}
	*f = str_trim(str_pl(from, (size_t)(q - from)));
	for (q++; q < end && (*q == ' ' || *q == '\t'); q++)
		;
	if (q < end && *q != c->comma) {
		complain(c, q, "text behind a quote");
		return false;
	}
	*p = q;
	return true;
}

/* Cuts the line into fields; 0: it cannot be. */
static unsigned cut(struct csv *c, struct str line,
		    struct str f[FIELDS_MAX])
{
	const char *p = line.p, *end = line.p + line.l;
	unsigned n = 0;

	for (;; p++) {
		if (n == FIELDS_MAX) {
			complain(c, p, "too many fields");
			return 0;
		}
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p < end && *p == '"') {
			if (!quoted(c, &p, end, &f[n]))
				return 0;
		} else {
			const char *q = memchr(p, c->comma,
					       (size_t)(end - p));

			q = q ? q : end;
			f[n] = str_trim(str_pl(p, (size_t)(q - p)));
			if (!f[n].l)
				f[n].p = p;
			p = q;
		}
		n++;
		if (p == end)
			return n;
	}
}

/* "0.0125" in millionths. */
static bool money(struct csv *c, struct str f, uint64_t *out)
{
	uint64_t whole = 0, part = 0, scale = NUMBER_MONEY;
	size_t i = 0, digits = 0;
	bool tiny = false;

	for (; i < f.l && f.p[i] >= '0' && f.p[i] <= '9'; i++, digits++)
		if (whole <= MONEY_MAX)
			whole = whole * 10 + (uint64_t)(f.p[i] - '0');
	if (i < f.l && f.p[i] == '.')
		for (i++; i < f.l && f.p[i] >= '0' && f.p[i] <= '9'; i++) {
			digits++;
			scale /= 10;
			tiny |= !scale && f.p[i] != '0';
			part += scale * (uint64_t)(f.p[i] - '0');
		}
	if (i != f.l || !digits) {
		complain(c, f.p, "not an amount like 0.0125");
		return false;
	}
	if (whole > MONEY_MAX) {
		complain(c, f.p, "too much");
		return false;
	}
	*out = whole * NUMBER_MONEY + part;
	if (!*out && tiny) {
		complain(c, f.p, "less than 0.000001 would count as nothing");
		return false;
	}
	return true;
}

static bool key_of(struct csv *c, struct str f, const char *what,
		   uint64_t *key)
{
	*key = number_key(f.p, f.l);
	if (!*key)
		complain(c, f.p, f.l ? "not a %s of 1 to 15 digits"
				     : "no %s", what);
	return *key;
}

/* --- targets ----------------------------------------------------------- */

static bool add_target(struct csv *c, struct str f, uint16_t *out)
{
	struct route_target *grown, *t;
	char text[ROUTE_TARGET_TEXT];

	if (c->t.n_targets == NUMBER_TARGETS_MAX) {
		complain(c, f.p, "more than %d targets", NUMBER_TARGETS_MAX);
		return false;
	}
	if (!(c->t.n_targets & 7)) {
		grown = mem_realloc(c->t.targets, (c->t.n_targets + 8) *
						sizeof(*grown));
		if (!grown) {
			c->err = ENOMEM;
			return false;
		}
		c->t.targets = grown;
	}
	t = &c->t.targets[c->t.n_targets];
	if (str_copy(text, sizeof(text), f) || route_target_parse(t, text)) {
		complain(c, f.p, "no target; one is like peer:NAME");
		return false;
	}
	*out = (uint16_t)c->t.n_targets++;
	return true;
}

/* Each different text is read once. */
static bool target_of(struct csv *c, struct str f, uint16_t *out)
{
	static const uint64_t secret[2] = { 0 };
	uint64_t h = siphash(secret, f.p, f.l);
	size_t i = h % SLOTS;

	for (; c->slots[i]; i = (i + 1) % SLOTS)
		if (c->hash_of[c->slots[i] - 1] == h) {
			*out = (uint16_t)(c->slots[i] - 1);
			return true;
		}
	if (!add_target(c, f, out))
		return false;
	c->hash_of[*out] = h;
	c->slots[i] = (uint8_t)(*out + 1);
	return true;
}

/* --- rows -------------------------------------------------------------- */

static bool price(struct csv *c, struct str f, struct number_row *r)
{
	if (c->t.type == NUMBER_TABLE_CARRIERS && str_eqz(f, "-")) {
		r->price = NUMBER_NOT_SERVED;
		return true;
	}
	return money(c, f, &r->price);
}

static void note_zero(struct csv *c, struct str f)
{
	struct number_csv_error *e = &c->d->zero;

	if (e->line || f.p[f.p[0] == '+'] != '0')
		return;
	e->line = c->line;
	e->column = (unsigned)(f.p - c->begin) + 1;
	snprintf(e->text, sizeof(e->text), "no E.164 number begins with 0; "
		 "the table may be form: dialled");
}

static bool field(struct csv *c, enum column col, struct str f,
		  struct number_row *r)
{
	uint32_t weight;

	switch (col) {
	case COL_PREFIX:
		if (!key_of(c, f, "prefix", &r->key))
			return false;
		note_zero(c, f);
		return true;
	case COL_TARGET:
		return c->t.type != NUMBER_TABLE_CARRIERS ||
		       target_of(c, f, &r->target);
	case COL_PRICE:
		return c->t.type == NUMBER_TABLE_PORTED || price(c, f, r);
	case COL_SETUP:
		return !f.l || money(c, f, &r->setup);
	case COL_WEIGHT:
		if (!f.l)
			return true;
		if (str_u32(&weight, f, UINT16_MAX)) {
			complain(c, f.p, "not a weight of 0 to 65535");
			return false;
		}
		r->weight = (uint16_t)weight;
		return true;
	case COL_ROUTING:
		return c->t.type != NUMBER_TABLE_PORTED ||
		       key_of(c, f, "routing number", &r->routing);
	default:
		return true;
	}
}

static bool grow(struct csv *c)
{
	size_t cap = c->cap ? 2 * c->cap : 1024;
	struct number_row *v;

	if (c->t.n < c->cap)
		return true;
	v = mem_realloc(c->t.v, cap * sizeof(*v));
	if (!v) {
		c->err = ENOMEM;
		return false;
	}
	c->t.v = v;
	c->cap = cap;
	return true;
}

static void take_row(struct csv *c, const struct str *f, unsigned n)
{
	struct number_row r = { .line = c->line, .weight = 1 };
	uint32_t given = 0;

	if (n > c->n_cols) {
		complain(c, f[c->n_cols].p, "more fields than columns");
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (!field(c, c->cols[i], f[i], &r))
			return;
		given |= 1u << c->cols[i];
	}
	for (unsigned i = 0; i < usual[c->t.type].needed; i++)
		if (!(given >> usual[c->t.type].cols[i] & 1)) {
			complain(c, f[n - 1].p + f[n - 1].l,
				 "there is no %s",
				 name_of(usual[c->t.type].cols[i]));
			return;
		}
	if (c->t.n == NUMBER_CSV_ROWS_MAX)
		complain(c, NULL, "more than %d rows", NUMBER_CSV_ROWS_MAX);
	else if (grow(c))
		c->t.v[c->t.n++] = r;
}

static bool is_letter(char c)
{
	c = str_lower(c);
	return c >= 'a' && c <= 'z';
}

/* The first line that counts tells commas from semicolons, and names. True:
 * there is no row in it. */
static bool first_line(struct csv *c, struct str line)
{
	struct str f[FIELDS_MAX];
	unsigned n;

	c->comma = str_chr(line, ';') >= 0 && str_chr(line, ',') < 0 ? ';'
								     : ',';
	n = cut(c, line, f);
	if (n && f[0].l && is_letter(f[0].p[0])) {
		take_names(c, f, n);
		return true;
	}
	take_usual(c);
	return !n;              /* that it cannot be cut has been said */
}

static void take_line(struct csv *c, struct str line)
{
	struct str f[FIELDS_MAX], text;
	unsigned n;

	c->line++;
	c->begin = line.p;
	if (c->line == 1 && str_starts(line, "\xEF\xBB\xBF"))
		line = str_sub(line, 3, line.l);
	text = str_trim(line);
	if (!text.l || text.p[0] == '#')
		return;
	if (line.l > NUMBER_CSV_LINE_MAX) {
		complain(c, NULL, "longer than %d bytes",
			 NUMBER_CSV_LINE_MAX);
		return;
	}
	if (!c->comma && first_line(c, text))
		return;
	n = cut(c, text, f);
	if (n)
		take_row(c, f, n);
}

/* All whole lines of p[0..n); returns how many bytes they were. */
static size_t take_lines(struct csv *c, const char *p, size_t n)
{
	const char *at = p, *end = p + n, *nl;

	while (at < end && !c->err && c->d->more < NUMBER_CSV_ROWS_MAX) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			break;
		take_line(c, str_pl(at, (size_t)(nl - at)));
		at = nl + 1;
	}
	return (size_t)(at - p);
}

/* --- whole tables ------------------------------------------------------ */

static int finish(struct number_table **tp, struct csv *c)
{
	uint32_t line = 0;
	int err = c->err ? c->err : c->d->n ? EBADMSG : 0;

	if (!err) {
		err = number_table_new(tp, &c->t, &line);
	} else {
		mem_free(c->t.v);
		mem_free(c->t.targets);
	}
	if (err != EEXIST)
		return err;
	c->line = line;
	complain(c, NULL, c->t.type == NUMBER_TABLE_CARRIERS
		 ? "this carrier has the prefix already, or 16 others have"
		 : "the prefix is there already");
	return EBADMSG;
}

static int csv_new(struct csv **cp, enum number_table_type type,
		   struct number_csv_diag *d)
{
	struct csv *c = mem_alloc(sizeof(*c));

	if (!c)
		return ENOMEM;
	memset(d, 0, sizeof(*d));
	c->t.type = type;
	c->d = d;
	*cp = c;
	return 0;
}

int number_csv_parse(struct number_table **tp, enum number_table_type type,
		     struct str text, struct number_csv_diag *d)
{
	struct csv *c;
	size_t used;
	int err = csv_new(&c, type, d);

	if (err)
		return err;
	used = text.l ? take_lines(c, text.p, text.l) : 0;
	if (used < text.l && !c->err)
		take_line(c, str_sub(text, used, text.l));
	err = finish(tp, c);
	mem_free(c);
	return err;
}

/* Reads chunk after chunk; what is left of a line moves to the front. */
static int feed(struct csv *c, int fd, char *chunk)
{
	size_t kept = 0, used;
	ssize_t n;

	while ((n = read(fd, chunk + kept, CHUNK - kept)) > 0 && !c->err) {
		kept += (size_t)n;
		used = take_lines(c, chunk, kept);
		if (!used && kept == CHUNK) {
			c->line++;
			complain(c, NULL, "a line without end");
			return 0;
		}
		memmove(chunk, chunk + used, kept - used);
		kept -= used;
	}
	if (n < 0)
		return errno;
	if (kept)
		take_line(c, str_pl(chunk, kept));
	return 0;
}

int number_csv_load(struct number_table **tp, enum number_table_type type,
		    const char *path, struct number_csv_diag *d)
{
	struct csv *c = NULL;
	char *chunk = mem_alloc(CHUNK);
	int fd = -1, err = chunk ? csv_new(&c, type, d) : ENOMEM;

	if (err)
		goto out;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? errno : feed(c, fd, chunk);
	if (!err) {
		err = finish(tp, c);
	} else {
		mem_free(c->t.v);
		mem_free(c->t.targets);
	}
out:
	if (fd >= 0)
		close(fd);
	mem_free(c);
	mem_free(chunk);
	return err;
}
