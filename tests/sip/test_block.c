/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/block.h"

#include <stdio.h>
#include <string.h>

#include "base/clk.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/lib/test.h"

struct rig {
	struct clk_virtual clk;
	struct loop       *loop;
	struct sip_block  *block;
	struct addr        friend;
	unsigned           n_lines;
	char               line[200];
	enum log_level     level;
};

static void on_line(enum log_level lv, const char *line, void *arg)
{
	struct rig *r = arg;

	(void)lv;
	r->n_lines++;
	snprintf(r->line, sizeof(r->line), "%s", line);
}

static bool is_friend(const struct addr *src, void *arg)
{
	return addr_eq_ip(src, &((struct rig *)arg)->friend);
}

static int rig_open(struct rig *r, uint32_t sources)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->level = log_get_level();
	log_set_level(LOG_NOTICE);
	log_set_sink(on_line, r);
	clk_virtual_init(&r->clk);
	err = loop_new(&r->loop, &r->clk.clk);
	if (!err)
		err = sip_block_new(&r->block, r->loop, 600000, sources);
	return err;
}

static void rig_close(struct rig *r)
{
	sip_block_free(r->block);
	loop_free(r->loop);
	log_set_level(r->level);
	log_set_sink(NULL, NULL);
}

static struct addr at(const char *ip)
{
	struct addr a;

	if (addr_parse(&a, str_z(ip), 5060))
		memset(&a, 0, sizeof(a));
	return a;
}

/* How many offences until it is blocked; 99: never. */
static int offend(struct rig *r, const char *ip, enum sip_offence what)
{
	struct addr a = at(ip);

	for (int i = 1; i < 99; i++)
		if (sip_block_note(r->block, &a, what, true))
			return i;
	return 99;
}

static bool drops(struct rig *r, const char *ip)
{
	struct addr a = at(ip);

	return sip_block_drops(r->block, &a);
}

static void pass(struct rig *r, uint32_t s)
{
	loop_run_until(r->loop, loop_now_us(r->loop) + s * 1000000ull);
}

static int test_score(void)
{
	struct rig r;
	int err;

	TRY(rig_open(&r, 10));
	CHECK(!drops(&r, "192.0.2.1"));
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	CHECK(drops(&r, "192.0.2.1"));
	CHECK(strstr(r.line, "blocked source=192.0.2.1 why=scanner "
		     "seconds=600"));
	CHECK(!drops(&r, "192.0.2.2"));
	CHECK_INT(offend(&r, "192.0.2.2", SIP_OFFENCE_USER), 10);
	CHECK_INT(offend(&r, "192.0.2.3", SIP_OFFENCE_PASSWORD), 7);
	CHECK_INT(offend(&r, "192.0.2.4", SIP_OFFENCE_NUMBER), 5);
	/* a whole /64 */
	CHECK_INT(offend(&r, "2001:db8::1", SIP_OFFENCE_SCANNER), 1);
	CHECK(drops(&r, "2001:db8::2"));
	CHECK(!drops(&r, "2001:db8:0:1::1"));
	CHECK_INT(r.n_lines, 5);
out:
	rig_close(&r);
	return err;
}

/* Who errs now and then is never blocked; a block ends. */
static int test_time(void)
{
	struct addr a = at("192.0.2.1");
	struct rig r;
	int err;

	TRY(rig_open(&r, 10));
	for (int i = 0; i < 200; i++) {
		CHECK(!sip_block_note(r.block, &a, SIP_OFFENCE_PASSWORD,
				      true));
		pass(&r, 90);
	}
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_PASSWORD), 7);
	CHECK(drops(&r, "192.0.2.1"));
	pass(&r, 590);
	CHECK(drops(&r, "192.0.2.1"));
	pass(&r, 20);
	CHECK(!drops(&r, "192.0.2.1"));
	CHECK(strstr(r.line, "unblocked source=192.0.2.1 why=time "
		     "dropped=2"));
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_PASSWORD), 7);
out:
	rig_close(&r);
	return err;
}

/* Whatever a forged packet says: known ones are not blocked, and one that
 * becomes known is free. */
static int test_known(void)
{
	struct rig r;
	int err;

	TRY(rig_open(&r, 10));
	sip_block_on_known(r.block, is_friend, &r);
	r.friend = at("192.0.2.9");
	CHECK_INT(offend(&r, "192.0.2.9", SIP_OFFENCE_SCANNER), 99);
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	CHECK(drops(&r, "192.0.2.1"));
	r.friend = at("192.0.2.1");
	CHECK(!drops(&r, "192.0.2.1"));
	CHECK(strstr(r.line, "why=known"));
out:
	rig_close(&r);
	return err;
}

static int test_operator(void)
{
	struct addr a = at("192.0.2.1"), b = at("192.0.2.2");
	struct rig r;
	struct buf out;
	int err;

	buf_init(&out, 1000);
	TRY(rig_open(&r, 10));
	CHECK_INT(sip_block_clear(r.block, &a), ENOENT);
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	CHECK_INT(offend(&r, "192.0.2.2", SIP_OFFENCE_NUMBER), 5);
	CHECK(drops(&r, "192.0.2.2"));
	sip_block_print(r.block, &out);
	TRY(out.err);
	CHECK_STR(buf_str(&out),
		  "source=192.0.2.1 state=blocked why=scanner left_s=600 "
		  "dropped=0\n"
		  "source=192.0.2.2 state=blocked why=number left_s=600 "
		  "dropped=1\n");
	TRY(sip_block_clear(r.block, &b));
	CHECK(!drops(&r, "192.0.2.2"));
	TRY(sip_block_clear(r.block, NULL));
	CHECK(!drops(&r, "192.0.2.1"));
	/* switched off: all are free, and stay so */
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	sip_block_set_time(r.block, 0);
	CHECK(!drops(&r, "192.0.2.1"));
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 99);
out:
	rig_close(&r);
	buf_fini(&out);
	return err;
}

/* Thousands of forged sources: those that are blocked stay so longest. */
static int test_full(void)
{
	struct addr a;
	char ip[32];
	struct rig r;
	int err;

	TRY(rig_open(&r, 8));
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	for (int i = 0; i < 2000; i++) {
		snprintf(ip, sizeof(ip), "10.0.%d.%d", i / 250, i % 250);
		a = at(ip);
		CHECK(!sip_block_note(r.block, &a, SIP_OFFENCE_USER,
				      true));
	}
	CHECK(drops(&r, "192.0.2.1"));
	for (int i = 0; i < 8; i++) {
		snprintf(ip, sizeof(ip), "10.1.0.%d", i);
		CHECK_INT(offend(&r, ip, SIP_OFFENCE_SCANNER), 1);
	}
	CHECK(!drops(&r, "192.0.2.1"));
	CHECK(drops(&r, "10.1.0.7"));
	TRY(sip_block_clear(r.block, NULL));
out:
	rig_close(&r);
	return err;
}

/* How many of n requests are served. */
static int served(struct rig *r, const char *ip, int n)
{
	int k = 0;

	while (n--)
		k += !drops(r, ip);
	return k;
}

/* What may be forged slows its address and does no more: a part of the
 * requests is served, connections are. */
static int test_forged(void)
{
	struct addr a = at("192.0.2.1");
	struct rig r;
	struct buf out;
	int err;

	buf_init(&out, 1000);
	TRY(rig_open(&r, 10));
	for (int i = 0; i < 1000; i++)
		CHECK(sip_block_note(r.block, &a, SIP_OFFENCE_SCANNER,
				     false));
	CHECK(strstr(r.line, "slowed source=192.0.2.1 why=scanner "
		     "seconds=600"));
	CHECK_INT(r.n_lines, 1);
	CHECK_INT(served(&r, "192.0.2.1", 100), 25);
	CHECK(!sip_block_bars(r.block, &a));
	sip_block_print(r.block, &out);
	TRY(out.err);
	CHECK_STR(buf_str(&out), "source=192.0.2.1 state=slowed why=scanner "
		  "left_s=600 dropped=75\n");
	/* its own offences count for themselves */
	CHECK_INT(served(&r, "192.0.2.1", 4), 1);
	for (int i = 0; i < 4; i++)
		sip_block_prove(r.block, &a, SIP_OFFENCE_NUMBER);
	CHECK_INT(served(&r, "192.0.2.1", 4), 1);
	sip_block_prove(r.block, &a, SIP_OFFENCE_NUMBER);
	CHECK_INT(served(&r, "192.0.2.1", 100), 0);
	CHECK(sip_block_bars(r.block, &a));
	pass(&r, 610);
	CHECK_INT(served(&r, "192.0.2.1", 100), 100);
	/* nothing was noted of that one */
	a = at("192.0.2.2");
	for (int i = 0; i < 9; i++)
		sip_block_prove(r.block, &a, SIP_OFFENCE_NUMBER);
	CHECK(!sip_block_bars(r.block, &a));
out:
	rig_close(&r);
	buf_fini(&out);
	return err;
}

/* Forged offences by the thousand do not free who is blocked. */
static int test_forged_full(void)
{
	char ip[32];
	struct rig r;
	int err;

	TRY(rig_open(&r, 8));
	CHECK_INT(offend(&r, "192.0.2.1", SIP_OFFENCE_SCANNER), 1);
	for (int i = 0; i < 100; i++) {
		struct addr a;

		snprintf(ip, sizeof(ip), "10.0.0.%d", i);
		a = at(ip);
		CHECK(sip_block_note(r.block, &a, SIP_OFFENCE_SCANNER,
				     false));
	}
	CHECK(drops(&r, "192.0.2.1"));
	TRY(sip_block_clear(r.block, NULL));
out:
	rig_close(&r);
	return err;
}

static int test_agents(void)
{
	static const char *const bad[] = {
		"friendly-scanner", "SIPVicious/0.3", "sipcli/v1.8",
		"Mozilla VaxSIPUserAgent/3.5", "xx Sundayddr",
	};
	static const char *const good[] = {
		"", "Tipring", "Asterisk PBX 18", "baresip v1.0.0", "snom",
		"Yealink SIP-T46S", "friendly", "SIPp",
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(sip_block_is_scanner(str_z(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(!sip_block_is_scanner(str_z(good[i])));
out:
	return err;
}

const struct test_suite suite_block = {
	"sip/block", (const struct test[]){
		TEST(test_score), TEST(test_time), TEST(test_known),
		TEST(test_operator), TEST(test_full), TEST(test_forged),
		TEST(test_forged_full), TEST(test_agents),
		TEST_END } };
