/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "gateway/sip/sip_stack.h"
#include "gateway/sip/limit.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

static int send_request(struct sip_rig *r, const char *line,
			const char *cseq_method, const char *lines)
{
	static unsigned long n;
	char text[1000];
	int err;

	snprintf(text, sizeof(text), "%s SIP/2.0\n"
		 "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-%lu\n"
		 "From: <sip:a@b>;tag=f%lu\n"
		 "Call-ID: c1\nCSeq: 1 %s\n%s\n",
		 line, n, n, cseq_method, lines);
	n++;
	err = sip_rig_send(r, text);
	sip_rig_run(r, 5);
	return err;
}

#define TO "To: <sip:bob@192.0.2.1>\n"

/* Section 8.2: what the stack answers by itself. */
static int test_refusals(void)
{
	static const struct {
		const char *line, *method, *lines;
		uint16_t    status;
	} v[] = {
		{ "OPTIONS sip:b@192.0.2.1", "OPTIONS", TO, 200 },
		{ "FOO sip:b@192.0.2.1", "FOO", TO, 501 },
		{ "SUBSCRIBE sip:b@192.0.2.1", "SUBSCRIBE", TO, 405 },
		{ "OPTIONS mailto:b@192.0.2.1", "OPTIONS", TO, 416 },
		{ "OPTIONS sip:b@192.0.2.1", "OPTIONS", TO
		  "Require: path, nonsense, timer\n", 420 },
		{ "OPTIONS sip:b@192.0.2.1", "OPTIONS",
		  "To: <sip:bob@x>;tag=9\n", 481 },
		{ "OPTIONS sip:b@192.0.2.1", "INVITE", TO, 400 },
		{ "BYE sip:b@192.0.2.1", "BYE", TO, 481 },
	};
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_stack_support(r.stack, "timer"));
	TRY(sip_stack_allow(r.stack, "BYE"));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		TRY(send_request(&r, v[i].line, v[i].method, v[i].lines));
		CHECK_INT(r.n_got, 1);
		CHECK_INT(r.got[0]->status, v[i].status);
		if (v[i].status == 405 || v[i].status == 501)
			CHECK(sip_msg_has(r.got[0], SIP_HDR_ALLOW,
					  "OPTIONS"));
		if (v[i].status == 420) {
			CHECK_STR(sip_msg_hdr(r.got[0], SIP_HDR_UNSUPPORTED,
					      1)->val, "nonsense");
			CHECK(!sip_msg_has(r.got[0], SIP_HDR_UNSUPPORTED,
					   "timer"));
		}
		sip_rig_clear(&r);
	}
	/* nothing is ever said to an ACK */
	TRY(send_request(&r, "ACK mailto:x", "INVITE", TO));
	CHECK_INT(r.n_got, 0);
out:
	sip_rig_close(&r);
	return err;
}

/* Too much at once: 503 without a transaction. */
static int test_overload(void)
{
	struct sip_stack_params p = { .max_txns = 2 };
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, &p));
	for (int i = 0; i < 4; i++)
		TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
				 TO));
	CHECK_INT(r.n_got, 4);
	CHECK_INT(r.got[1]->status, 200);
	CHECK_INT(r.got[2]->status, 503);
	CHECK(sip_msg_hdr(r.got[3], SIP_HDR_RETRY_AFTER, 0) != NULL);
	CHECK_INT(sip_stack_txns(r.stack), 2);
out:
	sip_rig_close(&r);
	return err;
}

static int test_flood(void)
{
	struct sip_stack_params p = { 0 };
	struct sip_limit *limit = NULL;
	struct sip_rig r;
	int err;

	/* the limit wants the loop: the stack learns of it afterwards */
	TRY(sip_rig_open(&r, &p));
	TRY(sip_limit_new(&limit, r.loop, 10, 5, 100));
	r.stack->p.limit = limit;
	for (int i = 0; i < 8; i++)
		TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
				 TO));
	CHECK_INT(r.n_got, 5);
	sip_rig_run(&r, 1000);
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS", TO));
	CHECK_INT(r.n_got, 6);
out:
	sip_rig_close(&r);
	sip_limit_free(limit);
	return err;
}

/* Who says that it is a scanner gets no answer. Anybody may have sent that
 * datagram: of other requests from there every fourth is answered. */
static int test_scanner(void)
{
	struct sip_block *block = NULL;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_block_new(&block, r.loop, 600000, 10));
	r.stack->p.block = block;
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
			 TO "User-Agent: snom\n"));
	CHECK_INT(r.n_got, 1);
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
			 TO "User-Agent: Friendly-Scanner\n"));
	for (int i = 0; i < 3; i++)
		TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
				 TO));
	/* nor is what is broken */
	TRY(sip_block_clear(block, &r.peer_addr));
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS",
			 TO "User-Agent: sipvicious\n"));
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "INVITE", TO));
	CHECK_INT(r.n_got, 1);
	TRY(sip_block_clear(block, &r.peer_addr));
	TRY(send_request(&r, "OPTIONS sip:b@192.0.2.1", "OPTIONS", TO));
	CHECK_INT(r.n_got, 2);
out:
	sip_rig_close(&r);
	sip_block_free(block);
	return err;
}

static int check_contact(struct sip_rig *r, const struct addr *to,
			 const char *want)
{
	struct sip_flow *f = NULL;
	struct buf b;
	int err;

	buf_init(&b, 200);
	TRY(sip_flow_find(&f, r->stack, SIP_UDP, to, NULL));
	sip_stack_add_contact(r->stack, &b, f, STR_LIT("al ice"));
	CHECK_STR(buf_str(&b), want);
out:
	obj_unref(f);
	buf_fini(&b);
	return err;
}

/* Behind NAT: the external address outside, our own inside. */
static int test_contact(void)
{
	struct sip_stack_params p = { 0 };
	struct addr far, near;
	struct sip_rig r = { 0 };
	int err;

	TRY(addr_parse(&far, STR_LIT("203.0.113.1:5060"), 0));
	TRY(addr_parse(&near, STR_LIT("192.168.1.20:5060"), 0));
	TRY(addr_parse_ip(&p.external, STR_LIT("198.51.100.9")));
	TRY(sip_rig_open(&r, &p));
	TRY(check_contact(&r, &far, "<sip:al%20ice@198.51.100.9:5060>"));
	TRY(check_contact(&r, &near, "<sip:al%20ice@192.0.2.1:5060>"));
out:
	sip_rig_close(&r);
	return err;
}

static int test_is_us(void)
{
	static const struct { const char *uri; bool us; } v[] = {
		{ "sip:a@192.0.2.1", true }, { "sip:192.0.2.1:5060", true },
		{ "sip:a@192.0.2.1:5070", false }, { "sip:192.0.2.2", false },
		{ "sip:a@Home.Example", true }, { "sip:a@example", false },
	};
	struct sip_rig r;
	struct sip_uri u;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_stack_add_domain(r.stack, "home.example"));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		TRY(sip_uri_parse(&u, str_z(v[i].uri)));
		CHECK(sip_stack_is_us(r.stack, &u) == v[i].us);
	}
out:
	sip_rig_close(&r);
	return err;
}

static void on_stray(struct sip_stack *s, const struct sip_msg *m, void *arg)
{
	(void)s;
	(void)m;
	++*(unsigned *)arg;
}

static int test_stray(void)
{
	unsigned n = 0;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	sip_stack_on_stray(r.stack, on_stray, &n);
	for (int i = 0; i < 2; i++)
		TRY(sip_rig_send(&r, i ?
			"SIP/2.0 486 Busy\nVia: SIP/2.0/UDP h;branch=z9hG4bKq"
			"\nFrom: <sip:a@b>;tag=1\n" TO
			"Call-ID: q\nCSeq: 1 INVITE\n\n" :
			"SIP/2.0 200 OK\nVia: SIP/2.0/UDP h;branch=z9hG4bKq"
			"\nFrom: <sip:a@b>;tag=1\n" TO
			"Call-ID: q\nCSeq: 1 INVITE\n\n"));
	sip_rig_run(&r, 5);
	CHECK_INT(n, 1);
out:
	sip_rig_close(&r);
	return err;
}

static int test_words(void)
{
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_stack_allow(r.stack, "BYE"));
	TRY(sip_stack_allow(r.stack, "BYE"));
	CHECK_STR(str_z(sip_stack_allowed(r.stack)), "OPTIONS, BYE");
	CHECK(sip_stack_has(r.stack, SIP_UDP));
	CHECK(!sip_stack_has(r.stack, SIP_TCP));
	CHECK_STR(str_z(sip_stack_user_agent(r.stack)), "Tipring");
out:
	sip_rig_close(&r);
	return err;
}

const struct test_suite suite_sip_stack = {
	"sip/sip_stack", (const struct test[]){
		TEST(test_refusals),
		TEST(test_overload),
		TEST(test_flood),
		TEST_WITH(test_scanner, TEST_NO_OOM),
		TEST(test_contact),
		TEST(test_is_us),
		TEST(test_stray),
		TEST(test_words),
		TEST_END } };
