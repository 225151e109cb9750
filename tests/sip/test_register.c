/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "gateway/sip/locate.h"
#include "gateway/sip/register.h"
#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

struct reg_rig {
	struct sip_rig               sip;
	struct sip_locator          *locator;
	struct sip_registration_conf conf;
	struct sip_register         *reg;
	struct sip_register_info     info;
	unsigned                     n_changes;
};

static void on_change(struct sip_register *reg, void *arg)
{
	struct reg_rig *r = arg;

	r->n_changes++;
	sip_register_info(reg, &r->info);
}

static int reg_open(struct reg_rig *r)
{
	struct locate_params lp = { .has[SIP_UDP] = true, .v4 = true };
	struct sip_register_params p = {
		.conf = &r->conf, .on_change = on_change, .arg = r,
	};
	int err;

	*r = (struct reg_rig){ .conf = {
		.name = "provider", .registrar = "sip:192.0.2.2",
		.aor = "sip:+815012345678@example.com", .password = "secret",
		.expires_ms = 600000, .keepalive_ms = 25000,
	} };
	TRY(sip_rig_open(&r->sip, NULL));
	lp.loop = r->sip.loop;
	TRY(locate_new(&r->locator, &lp));
	p.stack = r->sip.stack;
	p.locator = r->locator;
	TRY(sip_register_new(&r->reg, &p));
out:
	return err;
}

static void reg_close(struct reg_rig *r)
{
	sip_register_free(r->reg);
	locate_free(r->locator);
	sip_rig_close(&r->sip);
}

/* Runs until the registrar has got the n-th request. */
static bool wait_for(struct reg_rig *r, unsigned n, uint32_t max_ms)
{
	for (uint32_t ms = 0; ms < max_ms && r->sip.n_got < n; ms += 10)
		sip_rig_run(&r->sip, 10);
	return r->sip.n_got >= n;
}

static int answer(struct reg_rig *r, unsigned i, uint16_t status,
		  const char *lines)
{
	int err = sip_rig_answer(&r->sip, r->sip.got[i], status, lines);

	sip_rig_run(&r->sip, 5);
	return err;
}

static int answer_ok(struct reg_rig *r, unsigned i, unsigned expires)
{
	char line[400];
	struct sip_addr c;
	int err = sip_msg_addr(&c, r->sip.got[i], SIP_HDR_CONTACT, 0);

	if (err)
		return err;
	snprintf(line, sizeof(line), "Contact: <sip:other@192.0.2.77>;"
		 "expires=20\r\nContact: <%.*s>;expires=%u\r\n",
		 STR_FMT(c.uri.raw), expires);
	return answer(r, i, 200, line);
}

static const char challenge[] =
	"WWW-Authenticate: Digest realm=\"example.com\", nonce=\"abc\", "
	"qop=\"auth\", algorithm=MD5\r\n";

static int test_registers(void)
{
	struct reg_rig r;
	const struct sip_msg *m;
	int err;

	TRY(reg_open(&r));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	m = r.sip.got[0];
	CHECK_INT(m->method, SIP_REGISTER);
	CHECK_STR(m->ruri.raw, "sip:192.0.2.2");
	CHECK_STR(m->to.uri.raw, "sip:+815012345678@example.com");
	CHECK_STR(sip_msg_val(m, SIP_HDR_CONTACT),
		  "<sip:+815012345678@192.0.2.1:5060>;expires=600");
	CHECK(!sip_msg_hdr(m, SIP_HDR_AUTHORIZATION, 0));
	TRY(answer(&r, 0, 401, challenge));
	CHECK(wait_for(&r, 2, 100));
	m = r.sip.got[1];
	CHECK(sip_msg_hdr(m, SIP_HDR_AUTHORIZATION, 0) != NULL);
	CHECK(str_eq(m->call_id, r.sip.got[0]->call_id));
	CHECK_INT(m->cseq.num, r.sip.got[0]->cseq.num + 1);
	TRY(answer_ok(&r, 1, 300));
	CHECK_INT(r.info.state, REGISTER_ACTIVE);
	CHECK(r.info.registered);
	CHECK(r.info.left_s >= 299 && r.info.left_s <= 300);
	/* refreshed before it ends, with the nonce it has */
	CHECK(!wait_for(&r, 3, 235000));
	CHECK(wait_for(&r, 3, 25000));
	CHECK(sip_msg_hdr(r.sip.got[2], SIP_HDR_AUTHORIZATION, 0) != NULL);
out:
	reg_close(&r);
	return err;
}

/* Behind NAT: the second REGISTER tells the address the first one showed. */
static int test_learns_address(void)
{
	struct addr public_ip = { 0 };
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	TRY(addr_parse_ip(&public_ip, STR_LIT("198.51.100.7")));
	fake_net_nat(r.sip.net, &r.sip.addr, &public_ip);
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer_ok(&r, 0, 300));
	CHECK(wait_for(&r, 2, 100));
	CHECK(str_starts(sip_msg_val(r.sip.got[1], SIP_HDR_CONTACT),
			 "<sip:+815012345678@198.51.100.7:15060>"));
	/* the private one is taken back */
	CHECK_STR(sip_msg_hdr(r.sip.got[1], SIP_HDR_CONTACT, 1)->val,
		  "<sip:+815012345678@192.0.2.1:5060>;expires=0");
	TRY(answer_ok(&r, 1, 300));
	CHECK_INT(r.info.state, REGISTER_ACTIVE);
	CHECK(strstr(r.info.contact, "198.51.100.7:15060") != NULL);
out:
	reg_close(&r);
	return err;
}

/* A wrong password is not tried again and again. */
static int test_wrong_password(void)
{
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer(&r, 0, 401, challenge));
	CHECK(wait_for(&r, 2, 100));
	TRY(answer(&r, 1, 401, challenge));
	CHECK_INT(r.info.state, REGISTER_WAITING);
	CHECK_INT(r.info.status, 401);
	CHECK(!wait_for(&r, 3, 149000));
	CHECK(wait_for(&r, 3, 160000));
out:
	reg_close(&r);
	return err;
}

static int test_min_expires(void)
{
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer(&r, 0, 423, "Min-Expires: 1800\r\n"));
	CHECK(wait_for(&r, 2, 100));
	CHECK_STR(sip_msg_val(r.sip.got[1], SIP_HDR_EXPIRES), "1800");
	/* a server that never has enough */
	TRY(answer(&r, 1, 423, "Min-Expires: 1800\r\n"));
	CHECK_INT(r.info.state, REGISTER_WAITING);
out:
	reg_close(&r);
	return err;
}

static int test_retry_after(void)
{
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer(&r, 0, 503, "Retry-After: 100\r\n"));
	CHECK_INT(r.info.state, REGISTER_WAITING);
	CHECK(!wait_for(&r, 2, 99000));
	CHECK(wait_for(&r, 2, 12000));
out:
	reg_close(&r);
	return err;
}

/* Nobody answers: pauses grow, no state is without a timer. */
static int test_silence(void)
{
	uint64_t first, gap, before = 0;
	struct reg_rig r;
	unsigned n = 0;
	int err;

	TRY(reg_open(&r));
	fake_net_cut(r.sip.net, &r.sip.peer_addr, true);
	for (int i = 0; i < 8; i++) {
		n = r.n_changes;
		first = loop_now_us(r.sip.loop);
		for (int s = 0; s < 1300 && r.n_changes == n; s++) {
			sip_rig_run(&r.sip, 1000);
			sip_register_info(r.reg, &r.info);
			CHECK(r.info.next_s > 0);
		}
		CHECK_INT(r.info.state, REGISTER_WAITING);
		gap = loop_now_us(r.sip.loop) - first;
		CHECK(i < 3 || i > 6 || gap > before);
		if (i > 1)
			before = gap * 2 / 3;
	}
	CHECK_INT(r.info.failures, 8);
	/* back again: it recovers by itself */
	fake_net_cut(r.sip.net, &r.sip.peer_addr, false);
	CHECK(wait_for(&r, 1, 700000));
	TRY(answer_ok(&r, 0, 300));
	CHECK_INT(r.info.state, REGISTER_ACTIVE);
	CHECK_INT(r.info.failures, 0);
out:
	reg_close(&r);
	return err;
}

static int test_stop(void)
{
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer_ok(&r, 0, 300));
	sip_register_stop(r.reg);
	CHECK(wait_for(&r, 2, 100));
	CHECK_STR(sip_msg_val(r.sip.got[1], SIP_HDR_EXPIRES), "0");
	TRY(answer(&r, 1, 200, ""));
	CHECK_INT(r.info.state, REGISTER_STOPPED);
	CHECK(!r.info.registered);
	CHECK(!wait_for(&r, 3, 600000));
out:
	reg_close(&r);
	return err;
}

static bool tap(const struct addr *src, const struct addr *dst,
		uint8_t *data, size_t len, void *arg)
{
	(void)src;
	(void)dst;
	*(unsigned *)arg += len == 4 && !memcmp(data, "\r\n\r\n", 4);
	return true;
}

static int test_keepalive(void)
{
	struct reg_rig r;
	unsigned pings = 0;
	int err;

	TRY(reg_open(&r));
	fake_net_tap(r.sip.net, tap, &pings);
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	TRY(answer_ok(&r, 0, 600));
	sip_rig_run(&r.sip, 101000);
	CHECK_INT(pings, 4);
out:
	reg_close(&r);
	return err;
}

static int test_outbound_refused(void)
{
	struct reg_rig r;
	int err;

	TRY(reg_open(&r));
	sip_register_free(r.reg);
	r.reg = NULL;
	r.conf.outbound = true;
	TRY(sip_register_new(&r.reg, &(struct sip_register_params){
		.conf = &r.conf, .stack = r.sip.stack,
		.locator = r.locator, .on_change = on_change, .arg = &r }));
	CHECK(wait_for(&r, 1, REGISTER_JITTER_MS + 100));
	CHECK(sip_msg_has(r.sip.got[0], SIP_HDR_SUPPORTED, "outbound"));
	TRY(answer(&r, 0, 439, ""));
	CHECK(wait_for(&r, 2, 100));
	CHECK(!sip_msg_has(r.sip.got[1], SIP_HDR_SUPPORTED, "outbound"));
out:
	reg_close(&r);
	return err;
}

const struct test_suite suite_register = {
	"sip/register", (const struct test[]){
		TEST(test_registers),
		TEST(test_learns_address),
		TEST(test_wrong_password),
		TEST(test_min_expires),
		TEST(test_retry_after),
		TEST_WITH(test_silence, TEST_NO_OOM),
		TEST(test_stop),
		TEST(test_keepalive),
		TEST(test_outbound_refused),
		TEST_END } };
