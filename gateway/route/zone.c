/* SPDX-License-Identifier: Apache-2.0 */
/* Reads TZif: transitions, and behind the last of them the rule of its
 * footer, a POSIX TZ string (RFC 9636, 3.3). */
#include "gateway/route/zone.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/scan.h"

#define ZONE_DIR "/usr/share/zoneinfo/"

enum {
	FILE_MAX_BYTES = 65536,
	TYPE_BYTES = 6,         /* offset, is DST, name */
	DAY_S = 86400,
	OFFSET_MIN_S = -89999, OFFSET_MAX_S = 93599,    /* RFC 9636, 3.2 */
};

/* A day of each year, and when on it. */
struct zone_day {
	char     form;                  /* 'M', 'J', or 0: from 0, with 29
					 * February */
	uint32_t month, week, wday;     /* 'M' */
	uint32_t day;
	int32_t  at_s;
};

/* The footer. */
struct zone_rule {
	bool            given, has_dst;
	int32_t         std_s, dst_s;   /* east of Greenwich */
	struct zone_day start, end;     /* of DST */
};

struct zone_step {
	int64_t from;
	int32_t offset_s;
};

struct zone {
	char             name[ZONE_NAME_MAX];
	struct zone_rule rule;
	int32_t          first_s;       /* before the first step */
	size_t           n;
	struct zone_step v[];           /* ascending */
};

/* --- the footer -------------------------------------------------------- */

/* "9", "-5:30", "+2:00:00" */
static int32_t scan_hms(struct scan *s, uint32_t max_h)
{
	bool minus = scan_opt(s, '-');
	uint32_t h = 0, m = 0, sec = 0;
	int32_t all;

	if (!minus)
		(void)scan_opt(s, '+');
	scan_u32(s, max_h, &h);
	if (scan_opt(s, ':'))
		scan_u32(s, 59, &m);
	if (scan_opt(s, ':'))
		scan_u32(s, 59, &sec);
	all = (int32_t)(h * 3600 + m * 60 + sec);
	return minus ? -all : all;
}

/* "JST" or "<+09>": nobody asks for it. */
static void scan_abbreviation(struct scan *s)
{
	static const bool letters[256] = {
		['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
	};
	struct str name;

	if (!scan_opt(s, '<'))
		scan_run(s, letters, 3, &name);
	else if (scan_until(s, '>', &name))
		scan_char(s, '>');
}

static void scan_number(struct scan *s, uint32_t min, uint32_t max,
			uint32_t *out)
{
	if (!scan_u32(s, max, out) || *out < min)
		scan_fail(s);
}

/* ",M10.5.0/3", ",J60", ",59" */
static void scan_day(struct scan *s, struct zone_day *d)
{
	scan_char(s, ',');
	if (scan_opt(s, 'M')) {
		d->form = 'M';
		scan_number(s, 1, 12, &d->month);
		scan_char(s, '.');
		scan_number(s, 1, 5, &d->week);
		scan_char(s, '.');
		scan_number(s, 0, 6, &d->wday);
	} else {
		d->form = scan_opt(s, 'J') ? 'J' : 0;
		scan_number(s, d->form ? 1 : 0, 365, &d->day);
	}
	d->at_s = scan_opt(s, '/') ? scan_hms(s, 167) : 2 * 3600;
}

/* West of Greenwich is positive there. Nothing: no rule. */
static bool read_rule(struct zone_rule *r, struct str text)
{
	struct scan s = scan_of(text);

	r->given = text.l;
	if (!r->given)
		return true;
	scan_abbreviation(&s);
	r->std_s = -scan_hms(&s, 24);
	r->has_dst = !scan_eof(&s);
	if (r->has_dst) {
		scan_abbreviation(&s);
		r->dst_s = scan_peek(&s) == ',' ? r->std_s + 3600
						: -scan_hms(&s, 24);
		scan_day(&s, &r->start);
		scan_day(&s, &r->end);
	}
	return !s.failed && scan_eof(&s);
}

/* The first day of a month (from 0; 12: of the next year). */
static int64_t first_of(int year, int month, int *wday)
{
	struct tm tm = { .tm_year = year, .tm_mon = month, .tm_mday = 1 };
	int64_t t = timegm(&tm);

	*wday = tm.tm_wday;
	return t;
}

static int64_t month_day(const struct zone_day *d, int year)
{
	int wday, ignored, month = (int)d->month - 1;
	int64_t first = first_of(year, month, &wday);
	int64_t end = first_of(year, month + 1, &ignored);
	int64_t t = first + (((int)d->wday - wday + 7) % 7 +
			     ((int)d->week - 1) * 7) * (int64_t)DAY_S;

	return t < end ? t : t - 7 * DAY_S;     /* week 5: the last one */
}

/* When it comes in that year (from 1900), by the clock of the wall. */
static int64_t day_at(const struct zone_day *d, int year)
{
	int wday;
	int64_t march, first;
	bool leap;

	if (d->form == 'M')
		return month_day(d, year) + d->at_s;
	first = first_of(year, 0, &wday);
	march = first_of(year, 2, &wday);
	leap = march - first == 60 * DAY_S;
	if (d->form == 'J')     /* 60 is the first of March in any year */
		return first + (d->day - 1 + (leap && d->day >= 60)) *
			       (int64_t)DAY_S + d->at_s;
	return first + d->day * (int64_t)DAY_S + d->at_s;
}

static int32_t rule_offset(const struct zone_rule *r, int64_t t)
{
	time_t local = t + r->std_s;
	int64_t start, end;
	struct tm tm;
	bool dst;

	if (!r->has_dst || !gmtime_r(&local, &tm))
		return r->std_s;
	start = day_at(&r->start, tm.tm_year) - r->std_s;
	end = day_at(&r->end, tm.tm_year) - r->dst_s;
	dst = start < end ? t >= start && t < end : t >= start || t < end;
	return dst ? r->dst_s : r->std_s;
}

/* --- the file ---------------------------------------------------------- */

/* What stands in a block, in its order but for leap and the indicators. */
struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static bool scan_header(struct scan *s, struct counts *c)
{
	uint8_t version;

	return scan_lit(s, "TZif") && scan_b8(s, &version) &&
	       version >= '2' && scan_skip(s, 15) && scan_b32(s, &c->isut) &&
	       scan_b32(s, &c->isstd) && scan_b32(s, &c->leap) &&
	       scan_b32(s, &c->time) && scan_b32(s, &c->type) &&
	       scan_b32(s, &c->chars);
}

/* The block with times of 32 bits is for others. */
static bool skip_old(struct scan *s)
{
	struct counts c;

	return scan_header(s, &c) &&
	       scan_skip(s, c.time * (size_t)5 +
			 c.type * (size_t)TYPE_BYTES + c.chars +
			 c.leap * (size_t)8 + c.isstd + c.isut);
}

static bool read_offset(struct str types, uint8_t type, int32_t *offset_s)
{
	struct scan s = scan_of(str_sub(types, type * (size_t)TYPE_BYTES,
					TYPE_BYTES));
	uint32_t v;

	if (!scan_b32(&s, &v))
		return false;
	*offset_s = (int32_t)v;
	return *offset_s >= OFFSET_MIN_S && *offset_s <= OFFSET_MAX_S;
}

static bool read_step(struct zone_step *v, struct scan *times,
		      struct scan *indexes, struct str types)
{
	uint32_t high, low;
	uint8_t type;

	if (!scan_b32(times, &high) || !scan_b32(times, &low) ||
	    !scan_b8(indexes, &type))
		return false;
	v->from = (int64_t)((uint64_t)high << 32 | low);
	return read_offset(types, type, &v->offset_s);
}

int zone_read(struct zone **zp, const char *name, struct str tzif)
{
	struct scan s = scan_of(tzif), at, indexes;
	struct str times, types, idx, footer;
	struct counts c;
	struct zone *z;
	bool good;

	if (!skip_old(&s) || !scan_header(&s, &c) || c.leap ||
	    !scan_bytes(&s, c.time * (size_t)8, &times) ||
	    !scan_bytes(&s, c.time, &idx) ||
	    !scan_bytes(&s, c.type * (size_t)TYPE_BYTES, &types) ||
	    !scan_skip(&s, (size_t)c.chars + c.isstd + c.isut) ||
	    !scan_char(&s, '\n') || !scan_until(&s, '\n', &footer))
		return EBADMSG;
	z = obj_new(sizeof(*z) + c.time * sizeof(z->v[0]), NULL);
	if (!z)
		return ENOMEM;
	str_clip(z->name, sizeof(z->name), str_z(name));
	good = read_rule(&z->rule, footer) &&
	       read_offset(types, 0, &z->first_s);
	at = scan_of(times);
	indexes = scan_of(idx);
	for (z->n = 0; good && z->n < c.time; z->n++)
		good = read_step(&z->v[z->n], &at, &indexes, types) &&
		       (!z->n || z->v[z->n - 1].from < z->v[z->n].from);
	if (!good) {
		obj_unref(z);
		return EBADMSG;
	}
	*zp = z;
	return 0;
}

/* No dots: it stays below the folder. */
static bool is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/");

	return n && !name[n] && n < ZONE_NAME_MAX && name[0] != '/';
}

int zone_open(struct zone **zp, const char *name, const char **why)
{
	char path[sizeof(ZONE_DIR) + ZONE_NAME_MAX];
	FILE *f = NULL;
	char *p = NULL;
	int err = 0;

	snprintf(path, sizeof(path), ZONE_DIR "%s", name);
	if (is_name(name))
		f = fopen(path, "re");
	if (!f) {
		*why = "there is no such time zone in /usr/share/zoneinfo; "
		       "one is like Asia/Tokyo";
		return EBADMSG;
	}
	p = mem_alloc(FILE_MAX_BYTES);
	if (p)
		err = zone_read(zp, name, str_pl(p, fread(p, 1,
							  FILE_MAX_BYTES, f)));
	else
		err = ENOMEM;
	if (err == EBADMSG)
		*why = "its file in /usr/share/zoneinfo is no time zone "
		       "without leap seconds";
	mem_free(p);
	fclose(f);
	return err;
}

/* --- the time ---------------------------------------------------------- */

const char *zone_name(const struct zone *z)
{
	return z ? z->name : "";
}

static int32_t offset_at(const struct zone *z, int64_t t)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (z->v[mid].from <= t)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->n && z->rule.given)
		return rule_offset(&z->rule, t);
	return low ? z->v[low - 1].offset_s : z->first_s;
}

bool zone_local(const struct zone *z, uint64_t wall_us, struct tm *tm)
{
	time_t t = (time_t)(wall_us / 1000000);

	if (!z)
		return localtime_r(&t, tm);
	t += offset_at(z, t);
	return gmtime_r(&t, tm);
}

int64_t zone_instant(const struct zone *z, struct tm *tm)
{
	int64_t local, t;

	tm->tm_isdst = -1;
	if (!z)
		return mktime(tm);
	local = timegm(tm);
	t = local - offset_at(z, local);
	return local - offset_at(z, t);
}
