/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/dialog.h"
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define HEAD "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\n" \
	     "From: \"A\" <sip:a@example.com>;tag=f\r\n" \
	     "Call-ID: c1\r\nCSeq: 5 INVITE\r\nContent-Length: 0\r\n"
#define OK200 "SIP/2.0 200 OK\r\n" HEAD "To: <sip:b@example.com>;tag=t\r\n"
#define INVITE "INVITE sip:b@example.com SIP/2.0\r\n" HEAD \
	       "To: <sip:b@example.com>\r\nMax-Forwards: 70\r\n"
#define CONTACT "Contact: \"B\" <sip:b@192.0.2.7:5070;x=1>;expires=9\r\n"

/* A parsed message as if it had come from 192.0.2.9. */
static int message(struct sip_msg **mp, struct sip_pair *p, const char *text)
{
	struct addr     src;
	struct sip_msg *m;
	int             err = addr_parse(&src, STR_LIT("192.0.2.9"), 5060);

	if (!err)
		err = sip_msg_parse(&m, str_z(text), NULL);
	if (err)
		return err;
	err = sip_flow_find(&m->flow, p->a.stack, SIP_UDP, &src, NULL);
	if (err)
		obj_unref(m);
	else
		*mp = m;
	return err;
}

static struct dialog_env env_of(struct sip_pair *p)
{
	return (struct dialog_env){ .stack = p->a.stack,
				    .locator = p->a.locator };
}

static int lines_are(struct dialog *d, const char *ruri, const char *want)
{
	struct buf b;
	struct str got;
	int        err = 0;

	buf_init(&b, 4096);
	dialog_lines(d, &b, "BYE", 6, &got);
	TRY(b.err);
	CHECK_STR(got, ruri);
	CHECK_STR(buf_str(&b), want);
out:
	buf_fini(&b);
	return err;
}

#define UAC_LINES "Max-Forwards: 70\r\n" \
		  "From: \"A\" <sip:a@example.com>;tag=f\r\n" \
		  "To: <sip:b@example.com>;tag=t\r\n" \
		  "Call-ID: c1\r\nCSeq: 6 BYE\r\n"

static int test_uac(void)
{
	struct sip_pair   p;
	struct dialog_env env;
	struct sip_msg   *m = NULL;
	struct dialog    *d = NULL;
	int               err = 0;

	TRY(sip_pair_init(&p));
	env = env_of(&p);
	TRY(message(&m, &p, OK200 CONTACT
		    "Record-Route: <sip:p1.example;lr>\r\n"
		    "Record-Route: <sip:192.0.2.8;lr>\r\n\r\n"));
	TRY(dialog_new_uac(&d, &env, m));
	CHECK(dialog_has(d, m));
	TRY(lines_are(d, "sip:b@192.0.2.7:5070;x=1",
		      "Route: <sip:192.0.2.8;lr>\r\n"
		      "Route: <sip:p1.example;lr>\r\n" UAC_LINES));
	CHECK(dialog_flow(d) != NULL);
	CHECK_INT(dialog_flow(d)->remote.ip[3], 8);
	/* a strict router in front */
	obj_unref(m);
	m = NULL;
	dialog_free(d);
	d = NULL;
	TRY(message(&m, &p, OK200 CONTACT
		    "Record-Route: <sip:p1.example;lr>, <sip:192.0.2.8>\r\n"
		    "\r\n"));
	TRY(dialog_new_uac(&d, &env, m));
	TRY(lines_are(d, "sip:192.0.2.8",
		      "Route: <sip:p1.example;lr>\r\n"
		      "Route: <sip:b@192.0.2.7:5070;x=1>\r\n" UAC_LINES));
out:
	dialog_free(d);
	obj_unref(m);
	sip_pair_fini(&p);
	return err;
}

static int test_uas(void)
{
	struct sip_pair   p;
	struct dialog_env env;
	struct sip_msg   *m = NULL, *other = NULL;
	struct dialog    *d = NULL;
	int               err = 0;

	TRY(sip_pair_init(&p));
	env = env_of(&p);
	TRY(message(&m, &p, INVITE CONTACT
		    "Record-Route: <sip:192.0.2.8;lr>, <sip:p2.example;lr>"
		    "\r\n\r\n"));
	TRY(dialog_new_uas(&d, &env, m, STR_LIT("mine")));
	TRY(lines_are(d, "sip:b@192.0.2.7:5070;x=1",
		      "Route: <sip:192.0.2.8;lr>\r\n"
		      "Route: <sip:p2.example;lr>\r\n"
		      "Max-Forwards: 70\r\n"
		      "From: <sip:b@example.com>;tag=mine\r\n"
		      "To: \"A\" <sip:a@example.com>;tag=f\r\n"
		      "Call-ID: c1\r\nCSeq: 6 BYE\r\n"));
	CHECK(!dialog_has(d, m));
	CHECK(!dialog_cseq_ok(d, m));
	TRY(message(&other, &p, "BYE sip:x@192.0.2.1 SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKy\r\n"
		    "From: <sip:a@example.com>;tag=f\r\nCSeq: 6 BYE\r\n"
		    "To: <sip:b@example.com>;tag=mine\r\nCall-ID: c1\r\n"
		    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"));
	CHECK(dialog_has(d, other));
	CHECK(dialog_cseq_ok(d, other));
	CHECK(!dialog_cseq_ok(d, other));
	/* RFC 2543: without Contact, From is where they are */
	obj_unref(m);
	m = NULL;
	dialog_free(d);
	d = NULL;
	TRY(message(&m, &p, INVITE "\r\n"));
	TRY(dialog_new_uas(&d, &env, m, STR_LIT("mine")));
	TRY(lines_are(d, "sip:a@example.com",
		      "Max-Forwards: 70\r\n"
		      "From: <sip:b@example.com>;tag=mine\r\n"
		      "To: \"A\" <sip:a@example.com>;tag=f\r\n"
		      "Call-ID: c1\r\nCSeq: 6 BYE\r\n"));
out:
	dialog_free(d);
	obj_unref(other);
	obj_unref(m);
	sip_pair_fini(&p);
	return err;
}

/* The way to the next hop: its own address, or the flow of the message for
 * a private address behind a NAT. */
static int test_path(void)
{
	static const struct { const char *contact; const char *to; } rows[] = {
		{ "Contact: <sip:b@192.0.2.7>\r\n\r\n", "192.0.2.7:5060" },
		{ "Contact: <sip:b@192.0.2.9>\r\n\r\n", "192.0.2.9:5060" },
		{ "Contact: <sip:b@10.0.0.7>\r\n\r\n", "192.0.2.9:5060" },
		{ "Contact: <sip:b@no.example>\r\n\r\n", "192.0.2.9:5060" },
	};
	struct sip_pair   p;
	struct dialog_env env;
	struct sip_msg   *m = NULL;
	struct dialog    *d = NULL;
	struct buf        b;
	int               err = 0;

	buf_init(&b, 4096);
	TRY(sip_pair_init(&p));
	env = env_of(&p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ADDR_TEXT_MAX];

		buf_reset(&b);
		buf_addf(&b, "%s%s%c", OK200, rows[i].contact, 0);
		TRY(b.err);
		TRY(message(&m, &p, (const char *)b.p));
		TRY(dialog_new_uac(&d, &env, m));
		sip_pair_run(&p, 10);
		CHECK(dialog_flow(d) != NULL);
		CHECK_STR(str_z(addr_print(text, &dialog_flow(d)->remote)),
			  rows[i].to);
		m = obj_unref(m);
		d = obj_unref(d);
	}
	/* a registered phone: its flow, whatever it says */
	env.fixed_flow = true;
	TRY(message(&m, &p, OK200 CONTACT "\r\n"));
	TRY(dialog_new_uac(&d, &env, m));
	CHECK(dialog_flow(d) == m->flow);
	/* a target refresh moves the other kind */
	d->fixed_flow = false;
	TRY(dialog_refresh(d, m));
	CHECK_STR(str_z(d->target), "sip:b@192.0.2.7:5070;x=1");
	CHECK(dialog_flow(d) != m->flow);
out:
	dialog_free(d);
	obj_unref(m);
	buf_fini(&b);
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_dialog = {
	"sip/dialog", (const struct test[]){
		TEST(test_uac),
		TEST(test_uas),
		TEST(test_path),
		TEST_END } };
