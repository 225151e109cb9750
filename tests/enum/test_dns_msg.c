/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clk.h"
#include "enum/dns_msg.h"
#include "tests/enum/dns_wire.h"
#include "tests/lib/test.h"

/* Too large for the stack of a test, refilled by each. */
static struct wire w;

static int parse(struct dns_rrset **sp, struct dns_msg_info *i,
		 const char *name, uint16_t type)
{
	return dns_msg_parse(sp, i, w.p, w.n, name, type);
}

static int test_query(void)
{
	static const uint8_t want[] = {
		0x12, 0x34, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1,
		1, '8', 4, 'e', '1', '6', '4', 0, 0, 35, 0, 1,
		0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0,
	};
	uint8_t out[DNS_QUERY_MAX];
	char name[DNS_NAME_MAX + 2];
	int err = 0;

	CHECK_INT(dns_msg_query(out, 0x1234, "8.e164", DNS_NAPTR, true, 0),
		  sizeof(want));
	CHECK(!memcmp(out, want, sizeof(want)));
	CHECK_INT(dns_msg_query(out, 1, "8.e164", DNS_NAPTR, false, 0),
		  sizeof(want) - 11);
	CHECK_INT(out[11], 0);
	CHECK_INT(dns_msg_query(out, 1, "", DNS_A, true, 0), 0);
	CHECK_INT(dns_msg_query(out, 1, "a..b", DNS_A, true, 0), 0);
	CHECK_INT(dns_msg_query(out, 1, "a b", DNS_A, true, 0), 0);
	memset(name, 'a', sizeof(name));
	for (int i = 63; i < DNS_NAME_MAX; i += 64)
		name[i] = '.';
	name[253] = '\0';
	CHECK_INT(dns_msg_query(out, 1, name, DNS_A, true, 0), DNS_QUERY_MAX);
	name[63] = 'a';
	CHECK_INT(dns_msg_query(out, 1, name, DNS_A, true, 0), 0);
out:
	return err;
}

static int test_naptr(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	int err = 0;

	wire_begin(&w, 7, 0x81a0, "8.1.e164.arpa", DNS_NAPTR);
	wire_naptr(&w, "8.1.E164.arpa", 100, 10, "!^.*$!sip:a@b!");
	wire_naptr(&w, "other.arpa", 1, 1, "!^.*$!sip:evil@b!");
	wire_naptr(&w, "8.1.e164.arpa", 100, 20, "!^.*$!sip:c@d!");
	wire_opt(&w, 0);
	TRY(parse(&s, &i, "8.1.e164.arpa", DNS_NAPTR));
	CHECK_INT(dns_msg_verdict(s), 0);
	CHECK_INT(s->n, 2);
	CHECK_INT(s->ttl_s, 300);
	CHECK(s->ad && i.opt && !i.tc && !s->chased);
	CHECK_INT(s->v[1].naptr.order, 100);
	CHECK_INT(s->v[1].naptr.preference, 20);
	CHECK_STR(s->v[1].naptr.flags, "u");
	CHECK_STR(s->v[1].naptr.services, "E2U+sip");
	CHECK_STR(s->v[1].naptr.regexp, "!^.*$!sip:c@d!");
	CHECK_STR(str_z(s->v[1].naptr.replacement), "");
out:
	obj_unref(s);
	return err;
}

static int test_srv_and_addresses(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	char text[ADDR_TEXT_MAX];
	size_t at;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "_sip._udp.x.org", DNS_SRV);
	at = wire_rr(&w, 1, "_sip._udp.x.org", DNS_SRV, 60);
	wire_u16(&w, 10);
	wire_u16(&w, 60);
	wire_u16(&w, 5060);
	wire_u8(&w, 2);
	wire_u8(&w, 'g');
	wire_u8(&w, 'w');
	wire_u16(&w, 0xc000 | (12 + 10));       /* pointer to "x.org" */
	wire_end(&w, at);
	TRY(parse(&s, &i, "_sip._udp.x.org", DNS_SRV));
	CHECK_INT(s->n, 1);
	CHECK_INT(s->v[0].srv.port, 5060);
	CHECK_STR(str_z(s->v[0].srv.target), "gw.x.org");
	s = obj_unref(s);

	wire_begin(&w, 7, 0x8180, "x.org", DNS_AAAA);
	at = wire_rr(&w, 1, "x.org", DNS_AAAA, 0x80000001);
	for (int k = 0; k < 15; k++)
		wire_u8(&w, 0);
	wire_u8(&w, 1);
	wire_end(&w, at);
	TRY(parse(&s, &i, "x.org", DNS_AAAA));
	CHECK_STR(str_z(addr_print_ip(text, &s->v[0].addr)), "::1");
	CHECK_INT(s->ttl_s, 0x7fffffff);        /* RFC 8767, 4: long */
out:
	obj_unref(s);
	return err;
}

static int test_cname(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	int err = 0;

	/* in the wrong order, lowest TTL in the chain */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_a(&w, "c.org", 30, 0x01020304);
	wire_cname(&w, "b.org", 10, "c.org");
	wire_cname(&w, "A.org", 20, "b.org");
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(s->n, 1);
	CHECK_INT(s->ttl_s, 10);
	CHECK(s->chased && !i.chase);
	CHECK_STR(str_z(s->cname), "c.org");
	s = obj_unref(s);
	/* without data: to be asked for */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_cname(&w, "a.org", 20, "b.org");
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK(i.chase && s->n == 0);
	CHECK_STR(str_z(s->cname), "b.org");
	s = obj_unref(s);
	/* without data, and the server is sure of it */
	wire_soa(&w, "org", 9, 5);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK(!i.chase);
	CHECK_INT(dns_msg_verdict(s), ENOENT);
	CHECK_INT(s->ttl_s, 5);
	s = obj_unref(s);
	/* a loop */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_cname(&w, "a.org", 20, "b.org");
	wire_cname(&w, "b.org", 20, "a.org");
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
out:
	obj_unref(s);
	return err;
}

static void other_record(struct wire *m, unsigned section, const char *owner,
			 unsigned type)
{
	size_t at = wire_rr(m, section, owner, type, 1);

	for (unsigned i = 0; i < 40; i++)
		wire_u8(m, i);
	wire_end(m, at);
}

/* RFC 6116, 7.1: signatures, and records that nobody knows yet, beside those
 * that were asked for; RFC 5527, 6: a DNAME and the CNAME made of it. */
static int test_other_records(void)
{
	static const char branch[] = "3.2.1.0.6.4.9.7.0.2.i.4.4.e164.arpa",
			  beyond[] = "3.2.1.0.6.4.9.7.0.2.4.4.ienum.example."
				     "net";
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	size_t at;
	int err = 0;

	wire_begin(&w, 7, 0x81a0, branch, DNS_NAPTR);
	at = wire_rr(&w, 1, "i.4.4.e164.arpa", 39, 60);
	wire_name(&w, "4.4.ienum.example.net");
	wire_end(&w, at);
	other_record(&w, 1, "i.4.4.e164.arpa", 46);
	wire_cname(&w, branch, 60, beyond);
	wire_naptr(&w, beyond, 1, 1, "!^.*$!sip:a@x!");
	other_record(&w, 1, beyond, 46);
	other_record(&w, 1, beyond, 65280);
	other_record(&w, 2, "ienum.example.net", 47);
	wire_opt(&w, 0);
	TRY(parse(&s, &i, branch, DNS_NAPTR));
	CHECK_INT(dns_msg_verdict(s), 0);
	CHECK_INT(s->n, 1);
	CHECK_INT(s->n_skipped, 0);
	CHECK_STR(str_z(s->cname), beyond);
	CHECK(s->ad && s->ttl_s == 60);
out:
	obj_unref(s);
	return err;
}

static int test_negative(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	int err = 0;

	wire_begin(&w, 7, 0x8183, "a.org", DNS_A);
	wire_soa(&w, "org", 3600, 900);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(dns_msg_verdict(s), ENOENT);
	CHECK_INT(s->rcode, DNS_NXDOMAIN);
	CHECK_INT(s->ttl_s, 900);
	s = obj_unref(s);
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);      /* no SOA */
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(dns_msg_verdict(s), ENOENT);
	CHECK_INT(s->ttl_s, 0);
	CHECK(!i.referral);
	s = obj_unref(s);
	/* others know: no answer at all */
	wire_end(&w, wire_rr(&w, 2, "org", 2, 60));
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK(i.referral);
	s = obj_unref(s);
	/* answers to what was not asked say nothing about it (RFC 2308, 2.2:
	 * without SOA the answer section is empty) */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_end(&w, wire_rr(&w, 1, "a.org", DNS_AAAA, 60));
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(dns_msg_verdict(s), EBADMSG);
	s = obj_unref(s);
	wire_soa(&w, "org", 60, 60);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(dns_msg_verdict(s), ENOENT);
	s = obj_unref(s);
	/* the SOA of a zone that has not the name */
	wire_begin(&w, 7, 0x8183, "a.org", DNS_A);
	wire_soa(&w, "xa.org", 3600, 900);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK(dns_msg_verdict(s) == ENOENT && s->ttl_s == 0);
	s = obj_unref(s);
	for (int k = 0; k < 2; k++) {
		wire_begin(&w, 7, 0x8183, "a.org", DNS_A);
		wire_soa(&w, k ? "" : "A.Org", 3600, 900);
		TRY(parse(&s, &i, "a.org", DNS_A));
		CHECK_INT(s->ttl_s, 900);
		s = obj_unref(s);
	}
	for (unsigned rcode = 1; rcode < 11; rcode++) {
		wire_begin(&w, 7, 0x8180 | rcode, "a.org", DNS_A);
		TRY(parse(&s, &i, "a.org", DNS_A));
		CHECK_INT(dns_msg_verdict(s), rcode == 3 ? ENOENT : EAGAIN);
		s = obj_unref(s);
	}
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_opt(&w, 1);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(s->rcode, DNS_BADVERS);
	CHECK_INT(dns_msg_verdict(s), EAGAIN);
out:
	obj_unref(s);
	return err;
}

/* One bad record among good ones is skipped and counted. */
static int test_bad_records(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	size_t at;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "a.org", DNS_NAPTR);
	at = wire_rr(&w, 1, "a.org", DNS_NAPTR, 300);   /* string too long */
	wire_u32(&w, 0);
	wire_u8(&w, 200);
	wire_u8(&w, 'u');
	wire_end(&w, at);
	wire_naptr(&w, "a.org", 1, 1, "!a!b!");
	w.p[w.n - 1] = 63;              /* its name leaves the record */
	wire_naptr(&w, "a.org", 2, 2, "!a!c!");
	at = wire_rr(&w, 1, "a.org", DNS_NAPTR, 300);   /* odd name */
	wire_u32(&w, 0);
	wire_str(&w, "");
	wire_str(&w, "");
	wire_str(&w, "");
	wire_name(&w, "a b.org");
	wire_end(&w, at);
	at = wire_rr(&w, 1, "a.org", DNS_NAPTR, 300);   /* bytes left over */
	wire_u32(&w, 0);
	wire_u32(&w, 0);
	wire_u8(&w, 0);
	wire_end(&w, at);
	TRY(parse(&s, &i, "a.org", DNS_NAPTR));
	CHECK_INT(s->n, 1);
	CHECK_INT(s->n_skipped, 4);
	CHECK_STR(s->v[0].naptr.regexp, "!a!c!");
	s = obj_unref(s);
	/* nothing but bad ones is no answer */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_end(&w, wire_rr(&w, 1, "a.org", DNS_A, 300));
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(dns_msg_verdict(s), EBADMSG);
out:
	obj_unref(s);
	return err;
}

static int test_bad_messages(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	size_t full;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_a(&w, "a.org", 30, 0x01020304);
	CHECK_INT(parse(&s, &i, "b.org", DNS_A), EBADMSG);
	CHECK_INT(parse(&s, &i, "a.org", DNS_AAAA), EBADMSG);
	full = w.n;
	for (w.n = 0; w.n < full; w.n++)        /* cut anywhere */
		CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	w.p[2] = 1;                             /* a query */
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	w.p[2] = 0x91;                          /* another opcode */
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	w.p[2] = 0x81;
	w.p[5] = 0;                             /* no question */
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	/* a pointer to itself, and one forward, as owner */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	wire_count(&w, 1);
	full = w.n;
	wire_u16(&w, 0xc000 | (unsigned)full);
	wire_u32(&w, 0);
	wire_u32(&w, 0);
	wire_u32(&w, 0);
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	w.p[full + 1] += 2;
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	w.p[full] = 0x80;                       /* reserved kind of label */
	CHECK_INT(parse(&s, &i, "a.org", DNS_A), EBADMSG);
	/* cut short by the server: told, not malformed */
	wire_begin(&w, 7, 0x8380, "a.org", DNS_A);
	wire_count(&w, 1);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK(i.tc);
out:
	obj_unref(s);
	return err;
}

/* 64 kB of records, and of pointers that chase pointers: bounded work. */
static int test_floods(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	uint64_t t0;
	size_t prev;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	for (int k = 0; k < 2000; k++)
		wire_a(&w, "a.org", 30, (uint32_t)k);
	TRY(parse(&s, &i, "a.org", DNS_A));
	CHECK_INT(s->n, DNS_RR_MAX);
	CHECK_INT(s->n_skipped, 2000 - DNS_RR_MAX);
	CHECK(s->size_bytes < 20000);
	s = obj_unref(s);

	wire_begin(&w, 7, 0x8180, "a.org", DNS_A);
	prev = 12;
	t0 = clk_real.now_us(NULL);
	for (int k = 0; k < 1500; k++) {
		size_t here = w.n;

		wire_count(&w, 1);
		wire_u16(&w, 0xc000 | (unsigned)prev);
		wire_u16(&w, 5);
		wire_u16(&w, 1);
		wire_u32(&w, 1);
		wire_u16(&w, 2);
		wire_u16(&w, 0xc000 | (unsigned)prev);
		if (k < 30)     /* more jumps than that are refused */
			prev = here;
	}
	err = parse(&s, &i, "a.org", DNS_A);
	CHECK(err == EBADMSG || err == 0);
	err = 0;
	CHECK(clk_real.now_us(NULL) - t0 < 2000000);
out:
	obj_unref(s);
	return err;
}

/* Neither records of the name nor the SOA that says there are none: that is
 * no "not found", however it looks (RFC 2308, 2.2). */
static int test_strays_only(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "a.org", DNS_NAPTR);
	wire_naptr(&w, "other.org", 1, 1, "!^.*$!sip:evil@b!");
	TRY(parse(&s, &i, "a.org", DNS_NAPTR));
	CHECK_INT(s->n, 0);
	CHECK_INT(dns_msg_verdict(s), EBADMSG);
	s = obj_unref(s);
	wire_soa(&w, "org", 300, 60);
	TRY(parse(&s, &i, "a.org", DNS_NAPTR));
	CHECK_INT(dns_msg_verdict(s), ENOENT);
	s = obj_unref(s);
	/* an empty answer of an old server */
	wire_begin(&w, 7, 0x8180, "a.org", DNS_NAPTR);
	TRY(parse(&s, &i, "a.org", DNS_NAPTR));
	CHECK_INT(dns_msg_verdict(s), ENOENT);
out:
	obj_unref(s);
	return err;
}

/* More records than are kept: the best ones are, wherever they stand. */
static int test_lowest_of_many(void)
{
	struct dns_rrset *s = NULL;
	struct dns_msg_info i;
	int err = 0;

	wire_begin(&w, 7, 0x8180, "a.org", DNS_NAPTR);
	for (unsigned k = 0; k < 500; k++)
		wire_naptr(&w, "a.org", 100 + k, 10, "!^.*$!sip:a@b!");
	wire_naptr(&w, "a.org", 7, 9, "!^.*$!sip:second@b!");
	wire_naptr(&w, "other.org", 1, 1, "!^.*$!sip:evil@b!");
	wire_naptr(&w, "a.org", 7, 8, "!^.*$!sip:first@b!");
	TRY(parse(&s, &i, "a.org", DNS_NAPTR));
	CHECK_INT(s->n, DNS_RR_MAX);
	CHECK_INT(s->n_skipped, 502 - DNS_RR_MAX);
	CHECK_INT(s->v[0].naptr.preference, 8);
	CHECK_INT(s->v[1].naptr.preference, 9);
	for (unsigned k = 2; k < s->n; k++)
		CHECK_INT(s->v[k].naptr.order, 98 + k);
	CHECK(str_eqz(s->v[0].naptr.regexp, "!^.*$!sip:first@b!"));
out:
	obj_unref(s);
	return err;
}

/* Id and question must come back, letters in the same case. */
static int test_echo(void)
{
	uint8_t q[DNS_QUERY_MAX], p[DNS_QUERY_MAX];
	size_t n = dns_msg_query(q, 0x1234, "8.e164.Arpa", DNS_NAPTR, true,
				 0x0a);
	int err = 0;

	/* letters e, a, r, p, a; bits from the lowest */
	CHECK(!memcmp(q + 12, "\0018\004e164\004ArPa", 13));
	memcpy(p, q, n);
	CHECK_INT(dns_msg_echo(q, n, p, n), DNS_ECHO);
	CHECK_INT(dns_msg_echo(q, n, p, n - 11), DNS_ECHO);
	CHECK_INT(dns_msg_echo(q, n, p, n - 12), DNS_ECHO_OTHER);
	p[15] ^= 0x20;
	CHECK_INT(dns_msg_echo(q, n, p, n), DNS_ECHO_FOLDED);
	p[13] = '9';
	CHECK_INT(dns_msg_echo(q, n, p, n), DNS_ECHO_OTHER);
	memcpy(p, q, n);
	p[n - 11 - 3]++;                /* another type */
	CHECK_INT(dns_msg_echo(q, n, p, n), DNS_ECHO_OTHER);
	memcpy(p, q, n);
	p[1]++;
	CHECK_INT(dns_msg_echo(q, n, p, n), DNS_ECHO_OTHER);
	CHECK_INT(dns_msg_echo(q, n, p, 0), DNS_ECHO_OTHER);
	n = dns_msg_query(q, 1, "ABC", DNS_A, false, 0);
	CHECK(n && !memcmp(q + 12, "\3abc", 5));
out:
	return err;
}

const struct test_suite suite_dns_msg = {
	"enum/dns_msg", (const struct test[]){
		TEST(test_query),
		TEST(test_echo),
		TEST(test_naptr),
		TEST(test_srv_and_addresses),
		TEST(test_cname), TEST(test_other_records),
		TEST(test_negative),
		TEST(test_bad_records),
		TEST(test_bad_messages),
		TEST(test_floods),
		TEST(test_strays_only), TEST(test_lowest_of_many),
		TEST_END } };
