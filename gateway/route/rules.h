/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: one rule made ready, and its conditions. */
#ifndef GATEWAY_ROUTE_RULES_H
#define GATEWAY_ROUTE_RULES_H

#include "enum/dial_plan.h"
#include "enum/ere.h"
#include "gateway/route/route.h"
#include "gateway/route/route_conf.h"
#include "gateway/route/zone.h"

/* Minutes of the week, Monday 00:00 = 0. */
struct rule_span {
	bool     days[7];       /* Monday first */
	uint16_t from_min, to_min;      /* of the day; to <= from: past
					 * midnight */
};

enum { RULE_SPANS_MAX = 8 };

/* Days: 20260503, or 503 every year; from > to: over New Year. */
struct rule_date {
	uint32_t from, to;
	bool     yearly;
};

/* Calls that a rule carries now; an object that outlives its set. */
struct route_use {
	unsigned calls;
};

struct rule {
	const struct route_rule_conf *conf;
	struct ere                   *re;       /* NULL: no regex */
	struct rule_span              spans[RULE_SPANS_MAX];
	unsigned                      n_spans;
	struct rule_date             *dates;
	size_t                        n_dates;
	struct zone                  *zone;     /* of spans and dates; NULL:
						 * the machine's */
	struct route_target           to[ROUTE_TARGETS_MAX];
	unsigned                      n_to;
	/* NULL where the rule names none */
	const struct number_tables_entry *in, *not_in, *caller_in,
					 *caller_not_in, *table, *ported;
	struct route_use             *use;      /* NULL: no max_calls */
	bool                          leads_out;        /* of the house */
};

/* Makes the rule ready; tables may be NULL: none. EBADMSG: regex, time,
 * zone, dates, target or table unusable (what tells which); ENOMEM. */
int rule_init(struct rule *r, const struct route_rule_conf *conf,
	      const struct number_tables *tables, const char **what)
	MUST_CHECK;
void rule_fini(struct rule *r);

/* Do all conditions of the rule hold? why: text of the deciding one; where
 * they do not, of the one that is missed, for a job that is traced. */
bool rule_fits(const struct rule *r, const struct route_job *j, char *why,
	       size_t cap);

/* Does it fit but for max_calls? */
bool rule_is_full(const struct rule *r, const struct route_job *j);

/* Is the source one of a list like `from`: char[ROUTE_NAME_MAX], "phones",
 * "phone:alice", "known"? */
bool route_source_is(const struct route_source *s,
		     const struct conf_list *list);

/* Is the source one of the rule's `from`? Without `from`: phones and
 * telephones, if the rule leads out of the house, else all but the
 * internet. */
bool rule_from(const struct rule *r, const struct route_source *s);

/* The number of the job in the form of the table; "": it has none. For
 * tables of carriers that of the network a ported number is in. */
const char *rule_number(const struct number_tables_entry *e,
			const struct route_job *j);

/* What is known of digits dialled so far, for all rules alike. */
struct rule_digits {
	const char       *digits;
	const struct dial_plan *plan;
	const char       *e164;         /* their international form, or "" */
	enum route_digits as_e164;      /* can they become, or are they, one? */
	enum route_digits as_dialled;   /* under the plan, short ones too */
	enum route_digits as_local;     /* the same for numbers of the house */
};

/* What the rule says of them. */
enum route_digits rule_digits(const struct rule *r,
			      const struct rule_digits *d);

/* What the dial plan says, in the words of the routes. */
enum route_digits rule_plan_digits(enum dial_state s);

/* "mon-fri 09:00-18:00, sat 09:00-12:00" into spans. EBADMSG. */
int rule_parse_time(struct rule_span *spans, unsigned *n, const char *text)
	MUST_CHECK;
/* Does wall-clock time fall into one of them, there? */
bool rule_in_time(const struct rule_span *spans, unsigned n,
		  const struct zone *zone, uint64_t wall_us);

/* "2026-05-03", "01-01", "12-29..01-03". EBADMSG. */
int rule_parse_date(struct rule_date *out, struct str text) MUST_CHECK;
/* Is the day of that time one of them, there? */
bool rule_in_dates(const struct rule_date *v, size_t n,
		   const struct zone *zone, uint64_t wall_us);
/* All dates of a file, each first on its line; blank lines and # skipped.
 * mem_free(*vp). EBADMSG: *line is no date; what open() says; ENOMEM. */
int rule_load_dates(struct rule_date **vp, size_t *n, const char *path,
		    unsigned *line) MUST_CHECK;

#endif
