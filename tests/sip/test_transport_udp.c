/* SPDX-License-Identifier: Apache-2.0 */
/* Where answers go (RFC 3261 section 18.2, RFC 3581). */
#include <stdio.h>
#include <string.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

struct last {
	struct addr dst;
	unsigned    n;
	char        text[1500];
};

static bool tap(const struct addr *src, const struct addr *dst,
		uint8_t *data, size_t len, void *arg)
{
	struct last *l = arg;

	if (src->port != 5060 || src->ip[3] != 1)
		return true;
	l->dst = *dst;
	l->n++;
	str_clip(l->text, sizeof(l->text), str_pl(data, len));
	return true;
}

static int ask(struct sip_rig *r, struct udp *from, const char *sent_by)
{
	static unsigned long n;
	char text[600];
	int err;

	snprintf(text, sizeof(text),
		 "OPTIONS sip:x@192.0.2.1 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s;branch=z9hG4bKu%lu\r\n"
		 "From: <sip:a@b>;tag=%lu\r\nTo: <sip:x@y>\r\nCall-ID: u\r\n"
		 "CSeq: 1 OPTIONS\r\n\r\n", sent_by, n, n);
	n++;
	err = udp_send(from, &r->addr, text, strlen(text));
	sip_rig_run(r, 5);
	return err;
}

static int test_answers(void)
{
	struct last last = { .n = 0 };
	struct udp *odd = NULL;
	struct addr at, want;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(addr_parse(&at, STR_LIT("192.0.2.3:7777"), 0));
	TRY(udp_open(&odd, fake_net_udp(r.net), &at));
	fake_net_tap(r.net, tap, &last);
	/* rport: to the source port */
	TRY(ask(&r, odd, "inside.example:5099;rport"));
	CHECK(addr_eq(&last.dst, &at));
	CHECK(strstr(last.text, ";received=192.0.2.3;rport=7777\r\n"));
	/* without it: to the port of sent-by, at the source's address */
	TRY(ask(&r, odd, "inside.example:5099"));
	TRY(addr_parse(&want, STR_LIT("192.0.2.3:5099"), 0));
	CHECK(addr_eq(&last.dst, &want));
	CHECK(strstr(last.text, ";received=192.0.2.3\r\n"));
	TRY(ask(&r, odd, "192.0.2.3"));
	want.port = 5060;
	CHECK(addr_eq(&last.dst, &want));
	CHECK(!strstr(last.text, "received"));
	/* maddr aims at nobody else */
	TRY(ask(&r, odd, "192.0.2.3:7777;maddr=192.0.2.2"));
	CHECK(addr_eq(&last.dst, &at));
	CHECK_INT(last.n, 4);
out:
	udp_close(odd);
	sip_rig_close(&r);
	return err;
}

/* Keep-alives are not messages; rubbish is counted and gone. */
static int test_rubbish(void)
{
	static const char *const rubbish[] = {
		"\r\n\r\n", "\r\n", "x", "SIP/2.0", "INVITE sip:x SIP/2.0",
		"GET / HTTP/1.1\r\n\r\n",
	};
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		TRY(sip_rig_send_raw(&r, rubbish[i], strlen(rubbish[i])));
	TRY(sip_rig_send_raw(&r, "\0\0\0\0", 4));
	sip_rig_run(&r, 10);
	CHECK_INT(r.n_got, 0);
	CHECK_INT(sip_stack_txns(r.stack), 0);
out:
	sip_rig_close(&r);
	return err;
}

const struct test_suite suite_transport_udp = {
	"sip/transport_udp", (const struct test[]){
		TEST(test_answers),
		TEST(test_rubbish),
		TEST_END } };
