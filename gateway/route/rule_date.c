/* SPDX-License-Identifier: Apache-2.0 */
/* The condition `dates` of a rule: days of the calendar. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/scan.h"
#include "gateway/route/rules.h"

/* "2026-05-03" or, every year, "05-03". */
static bool scan_date(struct scan *s, uint32_t *year, uint32_t *day)
{
	static const uint8_t days[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	uint32_t a, b, d;

	*year = 0;
	if (!scan_u32(s, 9999, &a) || !scan_char(s, '-') ||
	    !scan_u32(s, 99, &b))
		return false;
	if (scan_opt(s, '-')) {
		*year = a;
		a = b;
		if (*year < 1970 || !scan_u32(s, 31, &b))
			return false;
	}
	d = b;
	if (a < 1 || a > 12 || d < 1 || d > days[a - 1])
		return false;
	*day = a * 100 + d;
	return true;
}

int rule_parse_date(struct rule_date *out, struct str text)
{
	struct scan s = scan_of(str_trim(text));
	uint32_t y1, d1, y2, d2;

	if (!scan_date(&s, &y1, &d1))
		return EBADMSG;
	y2 = y1;
	d2 = d1;
	if (!scan_eof(&s) && (!scan_lit(&s, "..") || !scan_date(&s, &y2, &d2)))
		return EBADMSG;
	if (!scan_eof(&s) || s.failed || !y1 != !y2)
		return EBADMSG;
	out->from = y1 * 10000 + d1;
	out->to = y2 * 10000 + d2;
	out->yearly = !y1;
	return !out->yearly && out->to < out->from ? EBADMSG : 0;
}

bool rule_in_dates(const struct rule_date *v, size_t n,
		   const struct zone *zone, uint64_t wall_us)
{
	struct tm tm;
	uint32_t day, date;

	if (!zone_local(zone, wall_us, &tm))
		return false;
	day = (uint32_t)(tm.tm_mon + 1) * 100 + (uint32_t)tm.tm_mday;
	date = (uint32_t)(tm.tm_year + 1900) * 10000 + day;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = v[i].yearly ? day : date;
		bool turned = v[i].to < v[i].from;      /* over New Year */

		if (turned ? at >= v[i].from || at <= v[i].to
			   : at >= v[i].from && at <= v[i].to)
			return true;
	}
	return false;
}

/* The first word of the line, if it is to be a date. */
static bool date_word(const char *line, struct str *word)
{
	struct str s = str_trim(str_z(line));
	size_t n = 0;

	if (!s.l || s.p[0] == '#')
		return false;
	while (n < s.l && !strchr(" \t,;", s.p[n]))
		n++;
	*word = str_sub(s, 0, n);
	return true;
}

/* What did not fit into the text is no line of its own. */
static void skip_rest(FILE *f, const char *text)
{
	int c = 0;

	while (!strchr(text, '\n') && c != '\n' && c != EOF)
		c = getc(f);
}

int rule_load_dates(struct rule_date **vp, size_t *n, const char *path,
		    unsigned *line)
{
	struct rule_date *v = mem_alloc(ROUTE_DATES_MAX * sizeof(*v));
	FILE *f = v ? fopen(path, "re") : NULL;
	int err = f ? 0 : v ? errno : ENOMEM;
	char text[200];
	size_t k = 0;

	for (*line = 1; !err && fgets(text, sizeof(text), f); (*line)++) {
		struct str word;

		skip_rest(f, text);
		if (!date_word(text, &word))
			continue;
		err = k < ROUTE_DATES_MAX ? rule_parse_date(&v[k++], word)
					  : EBADMSG;
		if (err)
			break;
	}
	if (f)
		fclose(f);
	if (err) {
		mem_free(v);
		return err;
	}
	*vp = v;
	*n = k;
	return 0;
}
