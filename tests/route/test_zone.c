/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/route/zone.h"
#include "tests/lib/test.h"

/* A block's header; counts as in RFC 9636, 3.1. */
static void add_header(struct buf *b, char version, const uint32_t count[6])
{
	static const char unused[15];

	buf_addz(b, "TZif");
	buf_addc(b, version);
	buf_add(b, unused, sizeof(unused));
	for (int i = 0; i < 6; i++)
		buf_add_u32(b, count[i]);
}

struct step {
	int64_t  at;
	uint8_t  type;
};

/* A file with types at UTC (0) and an hour east of it (1), and a footer. */
static void add_file(struct buf *b, const struct step *v, unsigned n,
		     const char *footer)
{
	add_header(b, '2', (const uint32_t[6]){ 0 });
	add_header(b, '2', (const uint32_t[6]){ 0, 0, 0, n, 2, 1 });
	for (unsigned i = 0; i < n; i++) {
		buf_add_u32(b, (uint32_t)((uint64_t)v[i].at >> 32));
		buf_add_u32(b, (uint32_t)v[i].at);
	}
	for (unsigned i = 0; i < n; i++)
		buf_add_u8(b, v[i].type);
	for (unsigned i = 0; i < 2; i++) {
		buf_add_u32(b, i * 3600);
		buf_add_u16(b, 0);
	}
	buf_addc(b, '\0');
	buf_addf(b, "\n%s\n", footer);
}

/* Local minus UTC, in seconds; the zone has to say the rest, too. */
static long offset(const struct zone *z, int64_t t)
{
	struct tm tm;

	if (!zone_local(z, (uint64_t)t * 1000000, &tm))
		return -1;
	return (long)(timegm(&tm) - t);
}

/* --- against the C library --------------------------------------------- */

static void set_tz(const char *name)
{
	if (name)
		setenv("TZ", name, 1);
	else
		unsetenv("TZ");
	tzset();
}

static long libc_offset(time_t t)
{
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : -2;
}

/* The offsets at both ends differ: where ours changes, that of the C
 * library has to change. */
static bool same_change(const struct zone *z, int64_t from, int64_t to)
{
	long before = offset(z, from);

	while (to - from > 1) {
		int64_t mid = from + (to - from) / 2;

		if (offset(z, mid) == before)
			from = mid;
		else
			to = mid;
	}
	return libc_offset(from) == offset(z, from) &&
	       libc_offset(to) == offset(z, to);
}

static bool same_years(const struct zone *z)
{
	const int64_t step = 49 * 3600 + 13 * 60;
	int64_t from = 0, to;

	for (; from < 4102444800 /* 2100 */; from = to) {
		to = from + step;
		if (offset(z, to) != libc_offset(to) ||
		    (offset(z, from) != offset(z, to) &&
		     !same_change(z, from, to))) {
			test_say(__FILE__, __LINE__, "%s at %lld",
				 zone_name(z), (long long)to);
			return false;
		}
	}
	return true;
}

/* With and without DST, at the other end of the year, by half an hour, with
 * DST as standard time, without a month's rule, odd offsets. */
static int test_like_libc(void)
{
	static const char *const names[] = {
		"Asia/Tokyo", "Europe/Berlin", "America/New_York",
		"Australia/Lord_Howe", "Europe/Dublin", "America/Nuuk",
		"Africa/Casablanca", "Asia/Kathmandu", "America/Santiago",
		"UTC",
	};
	const char *old = getenv("TZ"), *why;
	char *kept = old ? strdup(old) : NULL;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(names[0]);
	     i++) {
		struct zone *z = NULL;

		err = zone_open(&z, names[i], &why);
		set_tz(names[i]);
		if (!err && !same_years(z))
			err = EINVAL;
		obj_unref(z);
	}
	set_tz(kept);
	free(kept);
	return err;
}

/* --- files of our own -------------------------------------------------- */

/* Seconds of a day and an hour, UTC. */
static int64_t utc(int year, int month, int day, int hour)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_hour = hour };

	return timegm(&tm);
}

static int test_footer(void)
{
	static const struct {
		const char *footer;
		int         y, m, d, h;
		int         hours;      /* local minus UTC */
	} t[] = {
		{ "JST-9", 2050, 1, 1, 0, 9 },
		{ "<-03>3", 2050, 1, 1, 0, -3 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 2050, 3, 27, 0, 1 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 2050, 3, 27, 1, 2 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 2050, 10, 30, 0, 2 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 2050, 10, 30, 1, 1 },
		{ "AAA-0BBB-2,M2.1.1/0,M5.4.6/0", 2049, 2, 1, 0, 2 },
		{ "AAA-0BBB-2,M2.1.1/0,M5.4.6/0", 2049, 5, 21, 22, 0 },
		/* the south: over New Year */
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 2050, 1, 1, 0, 11 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 2050, 7, 1, 0, 10 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 2050, 1, 1, 0, 0 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 2050, 7, 1, 0, 1 },
		/* RFC 8536, 3.3.1: always DST */
		{ "EST5EDT,0/0,J365/25", 2050, 1, 1, 5, -4 },
		{ "EST5EDT,0/0,J365/25", 2050, 12, 31, 23, -4 },
		/* J60 is 1 March, 59 is 29 February where there is one */
		{ "AAA-0BBB-1,J60/0,J90/0", 2048, 2, 29, 23, 0 },
		{ "AAA-0BBB-1,J60/0,J90/0", 2048, 3, 1, 0, 1 },
		{ "AAA-0BBB-1,J60/0,J90/0", 2049, 3, 1, 0, 1 },
		{ "AAA-0BBB-1,J59/0,J90/0", 2048, 2, 28, 0, 1 },
		{ "AAA-0BBB-1,59/0,90/0", 2048, 2, 28, 23, 0 },
		{ "AAA-0BBB-1,59/0,90/0", 2048, 2, 29, 0, 1 },
		{ "AAA-0BBB-1,59/0,90/0", 2049, 3, 1, 0, 1 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2050, 3, 27, 0, -2 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2050, 3, 27, 1, -1 },
	};
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct zone *z = NULL;
		long got;

		buf_reset(&b);
		add_file(&b, NULL, 0, t[i].footer);
		TRY(b.err);
		TRY(zone_read(&z, "x", buf_str(&b)));
		got = offset(z, utc(t[i].y, t[i].m, t[i].d, t[i].h));
		obj_unref(z);
		if (got != t[i].hours * 3600L) {
			test_say(__FILE__, __LINE__, "row %zu: %ld", i, got);
			err = EINVAL;
		}
	}
out:
	buf_fini(&b);
	return err;
}

/* Before, between and behind the steps of a file without a rule. */
static int test_steps(void)
{
	static const struct step v[] = { { 1000, 1 }, { 2000, 0 },
					 { 5000000000, 1 } };
	struct zone *z = NULL;
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	add_file(&b, v, 3, "");
	TRY(b.err);
	TRY(zone_read(&z, "x", buf_str(&b)));
	CHECK_INT(offset(z, 999), 0);
	CHECK_INT(offset(z, 1000), 3600);
	CHECK_INT(offset(z, 1999), 3600);
	CHECK_INT(offset(z, 2000), 0);
	CHECK_INT(offset(z, 4999999999), 0);
	CHECK_INT(offset(z, 6000000000), 3600);
out:
	obj_unref(z);
	buf_fini(&b);
	return err;
}

/* Bytes at a place of a good file that make it a bad one. */
static int test_bad_files(void)
{
	static const struct { size_t at; uint8_t byte; } t[] = {
		{ 0, 'X' }, { 4, 0 }, { 4, '1' }, { 44, 'X' },
		{ 44 + 31, 1 },         /* leap seconds */
		{ 44 + 39, 0 },         /* no type */
		{ 44 + 32, 0xff },      /* more steps than bytes */
		{ 88 + 15, 1 },         /* steps out of order */
		{ 88 + 16, 2 },         /* a type that is not there */
		{ 88 + 18, 0x7f },      /* an offset of years */
	};
	static const struct step v[] = { { 1, 1 }, { 2, 0 } };
	struct zone *z = NULL;
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	add_file(&b, v, 2, "JST-9");
	TRY(b.err);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t good = b.p[t[i].at];

		b.p[t[i].at] = t[i].byte;
		if (zone_read(&z, "x", buf_str(&b)) != EBADMSG) {
			test_say(__FILE__, __LINE__, "row %zu", i);
			err = EINVAL;
			goto out;
		}
		b.p[t[i].at] = good;
	}
	for (size_t n = 0; n < b.len; n++)
		CHECK_INT(zone_read(&z, "x", str_pl(b.p, n)), EBADMSG);
	TRY(zone_read(&z, "x", buf_str(&b)));
out:
	obj_unref(z);
	buf_fini(&b);
	return err;
}

static int test_bad_footers(void)
{
	static const char *const t[] = {
		"J", "JST", "JS-9", "JST-25", "JST-9:60", "<+09-9", "JST-9 ",
		"CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J90", "CET-1CEST,0,366", "CET-1CEST,0/168,1",
		"CET-1CEST,M3.5.0,M10.5.0,",
	};
	struct zone *z = NULL;
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_reset(&b);
		add_file(&b, NULL, 0, t[i]);
		TRY(b.err);
		err = zone_read(&z, "x", buf_str(&b));
		if (err == ENOMEM)
			goto out;
		if (err != EBADMSG)
			test_say(__FILE__, __LINE__, "taken: %s", t[i]);
		CHECK_INT(err, EBADMSG);
	}
	err = 0;
out:
	obj_unref(z);
	buf_fini(&b);
	return err;
}

static int test_names(void)
{
	static const char *const t[] = {
		"", "Asia/Nowhere", "Asia", "../zoneinfo/Asia/Tokyo",
		"/usr/share/zoneinfo/Asia/Tokyo", "zone.tab", "Asia/Tokyo ",
		"right/Asia/Tokyo",
	};
	struct zone *z = NULL;
	const char *why = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		err = zone_open(&z, t[i], &why);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EBADMSG);
		CHECK(strstr(why, "/usr/share/zoneinfo"));
	}
	TRY(zone_open(&z, "Asia/Tokyo", &why));
	CHECK_STR(str_z(zone_name(z)), "Asia/Tokyo");
	CHECK_STR(str_z(zone_name(NULL)), "");
out:
	obj_unref(z);
	return err;
}

/* And back: what the clock of the wall shows is the instant again, but in
 * the hour that comes twice and the one that never comes. */
static int test_instant(void)
{
	struct zone *z = NULL;
	const char *why;
	int err;

	TRY(zone_open(&z, "Europe/Berlin", &why));
	for (int64_t t = utc(2026, 1, 1, 0); t < utc(2027, 1, 1, 0);
	     t += 1800) {
		int64_t off = t - utc(2026, 10, 25, 0), back;
		struct tm tm;

		CHECK(zone_local(z, (uint64_t)t * 1000000, &tm));
		back = zone_instant(z, &tm);
		CHECK(off >= 0 && off < 7200 ? llabs(back - t) <= 3600
					     : back == t);
	}
	CHECK_INT(zone_instant(z, &(struct tm){ .tm_year = 126, .tm_mon = 2,
						.tm_mday = 29, .tm_hour = 2,
						.tm_min = 30 }),
		  utc(2026, 3, 29, 1) + 1800);
out:
	obj_unref(z);
	return err;
}

const struct test_suite suite_zone = {
	"route/zone", (const struct test[]){
		TEST_WITH(test_like_libc, TEST_NO_OOM),
		TEST(test_footer), TEST(test_steps),
		TEST(test_bad_files), TEST(test_bad_footers),
		TEST(test_names), TEST(test_instant), TEST_END } };
