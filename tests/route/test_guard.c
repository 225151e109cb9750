/* SPDX-License-Identifier: Apache-2.0 */
/* The judgements, on a virtual clock. */
#include "gateway/route/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/route/zone.h"
#include "tests/lib/guard_rig.h"
#include "tests/lib/test.h"

/* Why a call is refused, "" if it is not. */
static const char *try_target(struct guard_rig *d, int i,
			      enum route_source_kind from, enum route_kind to,
			      const char *number)
{
	struct route_target t = { .kind = to, .dest = "x" };
	struct route_query q = { .from = { .kind = from, .name = "a" } };
	const struct guard_ask ask = { &q, &d->result, &t, &d->tag };
	const char *why;

	snprintf(q.called.number, sizeof(q.called.number), "%s", number);
	t.called = q.called;
	why = guard_admit(d->guard, &d->calls[i], &ask);
	return why ? why : "";
}

/* Another call, that is answered at once. */
static const char *try_call(struct guard_rig *d, int i,
			    enum route_source_kind from, enum route_kind to,
			    const char *number)
{
	const char *why;

	guard_done(&d->calls[i]);
	memset(&d->calls[i], 0, sizeof(d->calls[i]));
	why = try_target(d, i, from, to, number);
	if (!*why)
		guard_answered(&d->calls[i]);
	return why;
}

/* From phone:a to a line. */
static const char *dial(struct guard_rig *d, int i, const char *number)
{
	return try_call(d, i, ROUTE_FROM_PHONE, ROUTE_LINE, number);
}

#define OK(why) CHECK_STR(str_z(why), "")
#define NO(why, reason) CHECK_STR(str_z(why), reason)

/* The wall: nobody unknown to the PSTN, with the guard on or off. */
static int test_internet(void)
{
	static const char *const texts[] = {
		"guard: {}", "guard: { enabled: no }",
		"guard: { premium: off, action: off, free: ['line:x'] }",
	};
	struct guard_rig d;
	int err = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		TRY(guard_rig_open(&d, texts[i]));
		NO(try_call(&d, 0, ROUTE_FROM_INTERNET, ROUTE_LINE, "0311"),
		   "internet");
		OK(try_call(&d, 0, ROUTE_FROM_INTERNET, ROUTE_PHONE, "101"));
		d.result.pstn_for_internet = true;
		OK(try_call(&d, 0, ROUTE_FROM_INTERNET, ROUTE_LINE, "0311"));
		guard_rig_close(&d);
	}
	return 0;
out:
	guard_rig_close(&d);
	return err;
}

/* A question is answered as the call would be, and leaves no trace. */
static int test_would(void)
{
	static const struct {
		const char *number, *why;
	} t[] = {
		{ "+979112345678", "premium" },
		{ "+442079460000", "new_country" }, { "0312345678", NULL },
		{ "010442079460000#", "new_country" },
		{ "*21*010442079460000#", "new_country" },
		{ "0312345678#", NULL },
		{ "reception", NULL }, { "", NULL }, { "#", NULL },
	};
	struct route_target to = { .kind = ROUTE_LINE, .dest = "x" };
	struct route_query q = { .from = { ROUTE_FROM_PHONE, "a" } };
	struct guard_rig d;
	const struct guard_ask ask = { &q, &d.result, &to, NULL };
	const char *why;
	int err;

	TRY(guard_rig_open(&d, "guard: { max_calls: 1, action: block,\n"
			  "         new_country: block }"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		strcpy(to.called.number, t[i].number);
		why = guard_would(d.guard, &ask);
		CHECK_STR(str_z(why ? why : "-"), t[i].why ? t[i].why : "-");
	}
	guard_print(d.guard, &d.out);
	CHECK_INT(d.out.len, 0);
	strcpy(to.called.number, "0312345678");
	OK(dial(&d, 0, "0312345678"));
	why = guard_would(d.guard, &ask);
	CHECK_STR(str_z(why ? why : "-"), "max_calls");
	q.from.kind = ROUTE_FROM_INTERNET;
	why = guard_would(d.guard, &ask);
	CHECK_STR(str_z(why ? why : "-"), "internet");
	CHECK_INT(d.n_lines, 0);
out:
	guard_rig_close(&d);
	return err;
}

static int test_premium(void)
{
	static const char *const dear[] = {
		"+979112345678", "010881612345678", "+88213300000",
		"+979112345678#", "+979112345678*1", "010881612345678901234",
		"+979112345678x", "*70010979112345678", "*21*+88213300000#",
	};
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: {}"));
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		NO(dial(&d, 0, dear[i]), "premium");
		NO(try_call(&d, 0, ROUTE_FROM_PEER, ROUTE_PEER, dear[i]),
		   "premium");
		OK(try_call(&d, 0, ROUTE_FROM_PHONE, ROUTE_PHONE, dear[i]));
	}
	OK(dial(&d, 0, "0312345678"));
	TRY(guard_rig_reload(&d, "guard: { premium: alarm, "
				 "new_country: off }"));
	d.n_lines = 0;
	OK(dial(&d, 0, dear[0]));
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "alarm source=phone:a reason=premium call=x "
		     "+979112345678"));
	/* never an emergency call, whatever its number */
	d.result.for_help = true;
	OK(dial(&d, 0, dear[0]));
	CHECK(!d.calls[0].guard);
out:
	guard_rig_close(&d);
	return err;
}

/* A rule puts a carrier's prefix before a number, or takes one away. */
static int test_rewritten(void)
{
	struct route_target t = { .kind = ROUTE_PEER, .dest = "x" };
	struct route_query q = { .from = { ROUTE_FROM_PHONE, "a" } };
	struct guard_rig d;
	const struct guard_ask ask = { &q, &d.result, &t, &d.tag };
	const char *why;
	int err;

	TRY(guard_rig_open(&d, "guard: {}"));
	strcpy(q.called.number, "+979112345678");
	strcpy(t.called.number, "9999979112345678");
	why = guard_admit(d.guard, &d.calls[0], &ask);
	NO(why, "premium");
	/* what it becomes looks harmless */
	strcpy(t.called.number, "0312345678");
	why = guard_admit(d.guard, &d.calls[0], &ask);
	NO(why, "premium");
	strcpy(q.called.number, "9010979112345678");
	strcpy(t.called.number, "010979112345678");
	why = guard_admit(d.guard, &d.calls[0], &ask);
	NO(why, "premium");
out:
	guard_rig_close(&d);
	return err;
}

/* The first calls to a country are told, then it is known; or it is closed
 * until somebody allows it. */
static int test_countries(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { countries: ['1'], night: '' }"));
	OK(dial(&d, 0, "0312345678"));
	OK(dial(&d, 0, "+12125550100"));
	CHECK_INT(d.n_lines, 0);
	for (int i = 0; i < 4; i++) {
		OK(dial(&d, 0, "+441632960000"));
		CHECK_INT(d.n_lines, i < 2 ? i + 1 : 2);
	}
	CHECK(strstr(d.line, "alarm source=phone:a reason=new_country "
		     "call=x country=44"));
	OK(dial(&d, 0, "+18765550100"));        /* an island is not the USA */
	CHECK_INT(d.n_lines, 3);
	TRY(guard_rig_reload(&d, "guard: { new_country: block, night: '' }"));
	OK(dial(&d, 0, "+441632960000"));
	NO(dial(&d, 0, "+37112345678"), "new_country");
	NO(dial(&d, 0, "+37112345678"), "new_country");
	NO(dial(&d, 0, "+37112345678"), "new_country");
	TRY(guard_allow(d.guard, "phone:a", "371", &d.out));
	buf_reset(&d.out);
	OK(dial(&d, 0, "+37112345678"));
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	CHECK_STR(buf_str(&d.out), "source=phone:a calls=1 minutes_hour=0 "
		  "minutes_day=0 money_hour=5.00 money_day=5.00 alarms=3 "
		  "refused=3 countries=44,371\n");
out:
	guard_rig_close(&d);
	return err;
}

/* What the operator hears. */
static int test_allow(void)
{
	static const struct { const char *source, *country; int err; } bad[] = {
		{ "phone:a", "37", EBADMSG }, { "phone:a", "", EBADMSG },
		{ "phone:a", "+44", EBADMSG },
		{ "phone", "371", ENOENT }, { "phone:b", "371", ENOENT },
	};
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { countries: ['1'] }"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(guard_allow(d.guard, bad[i].source, bad[i].country,
				      &d.out), bad[i].err);
	TRY(guard_allow(d.guard, "phone:a", "1", &d.out));
	TRY(guard_allow(d.guard, "phone:a", "81", &d.out));
	CHECK_STR(buf_str(&d.out), "country 1 is new to nobody\n"
				   "country 81 is new to nobody\n");
	buf_reset(&d.out);
	guard_print(d.guard, &d.out);
	CHECK_INT(d.out.len, 0);
	TRY(guard_allow(d.guard, "peer:a", "44", &d.out));
	TRY(guard_allow(d.guard, "phone:a", "881", &d.out));
	CHECK_STR(buf_str(&d.out),
		  "peer:a may call country 44 until a restart: there is no "
		  "state_file\n"
		  "phone:a may call country 881, but premium: block refuses "
		  "it\n");
	for (int code = 211; code < 999; code++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", code);
		err = guard_allow(d.guard, "phone:a", text, &d.out);
		if (err == ENOSPC)
			break;
	}
	CHECK_INT(err, ENOSPC);
	err = 0;
out:
	guard_rig_close(&d);
	return err;
}

/* Two carriers are tried for one call: that is one call to the country. */
static int test_failover(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { night: '' }"));
	for (int i = 0; i < 3; i++) {
		OK(try_target(&d, 0, ROUTE_FROM_PHONE, ROUTE_PEER,
			      "+441632960000"));
		CHECK_INT(d.n_lines, 1);
	}
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	CHECK(str_starts(buf_str(&d.out), "source=phone:a calls=1 "));
	guard_answered(&d.calls[0]);
	guard_done(&d.calls[0]);
	OK(dial(&d, 0, "+441632960000"));
	CHECK_INT(d.n_lines, 2);
	OK(dial(&d, 0, "+441632960000"));
	CHECK_INT(d.n_lines, 2);
	/* the second goes elsewhere */
	OK(try_target(&d, 1, ROUTE_FROM_PHONE, ROUTE_PEER, "+37112345678"));
	OK(try_target(&d, 1, ROUTE_FROM_PHONE, ROUTE_PEER, "+37212345678"));
	CHECK_INT(d.n_lines, 4);
out:
	guard_rig_close(&d);
	return err;
}

/* Calls that are refused make no country known, nor fill its places; who
 * never called may be allowed one. */
static int test_refused_countries(void)
{
	char number[20];
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { new_country: block, night: '' }"));
	TRY(guard_allow(d.guard, "phone:a", "371", &d.out));
	for (int code = 211; code < 999; code++) {
		snprintf(number, sizeof(number), "+%d12345678", code);
		if (code != 371 && code / 10 != 81)
			(void)dial(&d, 0, number);
	}
	OK(dial(&d, 0, "+37112345678"));
	TRY(guard_allow(d.guard, "phone:a", "44", &d.out));
	OK(dial(&d, 0, "+441632960000"));
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	buf_addc(&d.out, '\0');
	CHECK(strstr((char *)d.out.p, " countries=371,44\n"));
out:
	guard_rig_close(&d);
	return err;
}

/* Each limit tells once an hour, and blocks at four times its value. */
static int test_calls(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { max_calls: 2, minutes_hour: 0,\n"
			  "         minutes_day: 0, night: '' }"));
	for (int i = 0; i < 8; i++) {
		OK(dial(&d, i, "0312345678"));
		CHECK_INT(d.n_lines, i >= 2);
	}
	CHECK(strstr(d.line, "reason=max_calls"));
	NO(dial(&d, 8, "0312345678"), "max_calls");
	CHECK_INT(d.n_lines, 2);
	guard_rig_pass(&d, 3601);
	CHECK(strstr(d.line, "refused source=phone:a"));
	NO(dial(&d, 8, "0312345678"), "max_calls");
	CHECK_INT(d.n_lines, 4);        /* told again, and refused */
	guard_done(&d.calls[0]);
	OK(dial(&d, 8, "0312345678"));
	/* peers are limited where they are named */
	for (int i = 10; i < 30; i++)
		OK(try_call(&d, i, ROUTE_FROM_PEER, ROUTE_PEER,
				  "0311112222"));
out:
	guard_rig_close(&d);
	return err;
}

static int test_minutes(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { minutes_hour: 10, minutes_day: 100, "
		      "action: block, end_calls: no, night: '' }"));
	OK(dial(&d, 0, "0312345678"));
	guard_rig_pass(&d, 590);
	OK(dial(&d, 1, "0312345678"));
	CHECK_INT(d.n_lines, 0);
	guard_rig_pass(&d, 20);
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "reason=minutes_hour"));
	CHECK_INT(d.n_ended, 0);
	NO(dial(&d, 2, "0312345678"), "minutes_hour");
	guard_done(&d.calls[0]);
	guard_done(&d.calls[1]);
	guard_rig_pass(&d, 3700);
	OK(dial(&d, 0, "0312345678"));
	CHECK_INT(guard_clear(d.guard, "phone:z"), ENOENT);
	TRY(guard_clear(d.guard, "phone:a"));
out:
	guard_rig_close(&d);
	return err;
}

/* 1.00 + 3.50 a minute: 20.00 are gone within six minutes. */
static int test_money(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { money_hour: 20, action: block, "
		      "end_calls: yes, new_country: off, night: '' }"));
	OK(dial(&d, 0, "+441632960000"));
	OK(dial(&d, 1, "0312345678"));
	guard_rig_pass(&d, 320);
	CHECK_INT(d.n_ended, 0);
	guard_rig_pass(&d, 15);
	CHECK_INT(d.n_ended, 2);
	CHECK(!d.calls[0].guard && !d.calls[1].guard);
	NO(dial(&d, 0, "0312345678"), "money_hour");
	guard_print(d.guard, &d.out);
	CHECK(strstr((const char *)d.out.p, " money_hour=20."));
	TRY(guard_clear(d.guard, "phone:a"));
	OK(dial(&d, 0, "+441632960000"));
	guard_rig_pass(&d, 30);
	guard_done(&d.calls[0]);
	buf_reset(&d.out);
	guard_print(d.guard, &d.out);
	CHECK(strstr((const char *)d.out.p, " money_hour=2.75 "));
	/* a price without end does not begin anew at 0 */
	TRY(guard_clear(d.guard, "phone:a"));
	OK(dial(&d, 0, "+4512345678"));
	guard_rig_pass(&d, 10);
	CHECK_INT(d.n_ended, 3);
	buf_reset(&d.out);
	guard_print(d.guard, &d.out);
	CHECK(strstr((const char *)d.out.p, " money_hour=100000000000.00 "));
out:
	guard_rig_close(&d);
	return err;
}

/* Half of the limits at night, and other actions. The clock begins on
 * Thursday, 1970-01-01 00:00 UTC. */
static int test_night(void)
{
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { max_calls: 4, block_percent: 0, "
		      "night: '00:00-23:59', night_action: block, "
		      "night_new_country: block }"));
	NO(dial(&d, 0, "+441632960000"), "new_country");
	OK(dial(&d, 0, "0312345678"));
	OK(dial(&d, 1, "0312345678"));
	NO(dial(&d, 2, "0312345678"), "max_calls");
	/* half of one is one */
	TRY(guard_rig_reload(&d, "guard: { max_calls: 1, night_action: block, "
		 "night: '00:00-23:59' }"));
	guard_done(&d.calls[0]);
	NO(dial(&d, 2, "0312345678"), "max_calls");
	guard_done(&d.calls[1]);
	OK(dial(&d, 2, "0312345678"));
	/* who blocks by day need not say it again for the night */
	TRY(guard_rig_reload(&d, "guard: { max_calls: 1, action: block, "
		 "new_country: block, block_percent: 0, "
		 "night: '00:00-23:59' }"));
	NO(dial(&d, 1, "0312345678"), "max_calls");
	guard_done(&d.calls[2]);
	NO(dial(&d, 1, "+441632960000"), "new_country");
out:
	guard_rig_close(&d);
	return err;
}

/* Nine in the morning of London is six in the evening of Tokyo. */
static int test_night_abroad(void)
{
	static const char text[] = "guard: { night: '17:59-18:01', "
				   "night_new_country: block }";
	const char *why;
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, text));
	TRY(zone_open(&d.zone, "Asia/Tokyo", &why));
	for (int i = 0; i < 3; i++) {
		TRY(guard_rig_reload(&d, text));
		CHECK_INT(obj_nrefs(d.zone), 2);        /* its and ours */
	}
	NO(dial(&d, 0, "+37112345678"), "new_country");
out:
	guard_rig_close(&d);
	obj_unref(d.zone);
	return err;
}

/* Some sources have other limits; some targets cost nothing. */
static int test_sources(void)
{
	struct route_target uri = { .kind = ROUTE_URI, .dest = "sip:1@x.y",
				    .peer = "x" };
	struct route_query q = { .from = { ROUTE_FROM_PHONE, "a" } };
	struct guard_rig d;
	const struct guard_ask ask = { &q, &d.result, &uri, NULL };
	int err;

	TRY(guard_rig_open(&d, "guard:\n  night: ''\n  free: ['peer:x']\n"
		      "  max_calls: 1\n  block_percent: 100\n"
		      "  sources:\n"
		      "  - { from: ['peer:a', 'phone:b'], max_calls: 2,\n"
		      "      action: block, premium: off }\n"));
	OK(dial(&d, 0, "0312345678"));
	NO(dial(&d, 1, "0312345678"), "max_calls");
	OK(try_call(&d, 1, ROUTE_FROM_PHONE, ROUTE_PEER, "0312345678"));
	CHECK(!d.calls[1].guard);
	/* also where ENUM has found them */
	uri.called.number[0] = '\0';
	CHECK(!guard_would(d.guard, &ask));
	strcpy(uri.peer, "y");
	NO(guard_would(d.guard, &ask), "max_calls");
	OK(try_call(&d, 2, ROUTE_FROM_PEER, ROUTE_LINE, "+979112345678"));
	OK(try_call(&d, 3, ROUTE_FROM_PEER, ROUTE_LINE, "0312345678"));
	NO(try_call(&d, 4, ROUTE_FROM_PEER, ROUTE_LINE, "0312345678"),
	   "max_calls");
out:
	guard_rig_close(&d);
	return err;
}

/* Who is switched off ends no call; and who called last is last. */
static int test_off(void)
{
	const char *peer, *phone;
	struct guard_rig d;
	int err;

	TRY(guard_rig_open(&d, "guard: { minutes_hour: 1, action: block, "
		      "end_calls: yes, night: '' }"));
	OK(dial(&d, 0, "0312345678"));
	OK(try_call(&d, 1, ROUTE_FROM_PEER, ROUTE_LINE, "0312345678"));
	OK(dial(&d, 2, "0312345678"));
	TRY(guard_rig_reload(&d, "guard: { enabled: no }"));
	guard_rig_pass(&d, 600);
	CHECK_INT(d.n_ended, 0);
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	buf_addc(&d.out, '\0');
	peer = strstr((char *)d.out.p, "source=peer:a calls=1");
	phone = strstr((char *)d.out.p, "source=phone:a calls=2 "
		       "minutes_hour=20 ");
	CHECK(peer && phone && peer < phone);
out:
	guard_rig_close(&d);
	return err;
}

/* What is known outlives a restart. */
static int test_state_file(void)
{
	char folder[] = "/tmp/tipring-guard-XXXXXX";
	char path[40], other[40], text[200], moved[80];
	struct guard_rig d;
	int err;

	if (!mkdtemp(folder))
		return errno;
	snprintf(path, sizeof(path), "%s/a", folder);
	snprintf(other, sizeof(other), "%s/b", folder);
	snprintf(text, sizeof(text), "guard: { state_file: %s, night: '', "
		 "new_country_calls: 1, max_calls: 1, action: block }", path);
	snprintf(moved, sizeof(moved), "guard: { state_file: %s }", other);
	TRY(guard_rig_open(&d, text));
	OK(dial(&d, 0, "+441632960000"));
	CHECK_INT(d.n_lines, 1);
	guard_rig_close(&d);
	TRY(guard_rig_open(&d, text));
	OK(dial(&d, 0, "+441632960000"));
	CHECK_INT(d.n_lines, 0);
	/* nor does a restart make a phone something else */
	NO(dial(&d, 1, "+441632960000"), "max_calls");
	OK(dial(&d, 0, "+37112345678"));
	CHECK(!access(path, R_OK));
	unlink(path);
	guard_rig_pass(&d, 10);
	CHECK(!access(path, R_OK));
	/* minutes and money, too */
	OK(dial(&d, 0, "+441632960000"));
	guard_answered(&d.calls[0]);
	guard_rig_pass(&d, 600);
	guard_done(&d.calls[0]);
	guard_rig_close(&d);
	TRY(guard_rig_open(&d, text));
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	buf_addc(&d.out, '\0');
	CHECK(strstr((char *)d.out.p, " minutes_hour=10 minutes_day=10 "
		     "money_hour=38.00 "));
	/* what an operator forgave is forgiven after a restart, too */
	TRY(guard_clear(d.guard, "phone:a"));
	guard_rig_close(&d);
	TRY(guard_rig_open(&d, text));
	guard_print(d.guard, &d.out);
	TRY(d.out.err);
	buf_addc(&d.out, '\0');
	CHECK(strstr((char *)d.out.p, " minutes_day=0 "));
	CHECK(strstr((char *)d.out.p, " countries=44,371\n"));
	/* a reload names another file */
	TRY(guard_rig_reload(&d, moved));
	TRY(guard_clear(d.guard, "phone:a"));
	unlink(path);
	guard_rig_pass(&d, 10);
	CHECK(access(path, F_OK) && !access(other, R_OK));
out:
	guard_rig_close(&d);
	unlink(path);
	unlink(other);
	rmdir(folder);
	return err;
}

const struct test_suite suite_guard = {
	"route/guard", (const struct test[]){
		TEST(test_internet), TEST(test_would),
		TEST_WITH(test_premium, TEST_NO_OOM),
		TEST_WITH(test_rewritten, TEST_NO_OOM),
		TEST_WITH(test_countries, TEST_NO_OOM),
		TEST_WITH(test_allow, TEST_NO_OOM),
		TEST_WITH(test_failover, TEST_NO_OOM),
		TEST_WITH(test_refused_countries, TEST_NO_OOM),
		TEST_WITH(test_calls, TEST_NO_OOM),
		TEST_WITH(test_minutes, TEST_NO_OOM),
		TEST_WITH(test_money, TEST_NO_OOM),
		TEST_WITH(test_night, TEST_NO_OOM),
		TEST_WITH(test_night_abroad, TEST_NO_OOM),
		TEST_WITH(test_sources, TEST_NO_OOM),
		TEST_WITH(test_off, TEST_NO_OOM),
		TEST_WITH(test_state_file, TEST_NO_OOM),
		TEST_END } };
