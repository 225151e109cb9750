/* SPDX-License-Identifier: Apache-2.0 */
/* One server on the virtual clock; the test itself is the other end. */
#include <string.h>

#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/dns_server.h"
#include "tests/enum/dns_wire.h"
#include "tests/lib/test.h"

enum { PACKETS_MAX = 400 };

struct packet {
	struct dns_attempt *a;
	uint8_t             p[DNS_QUERY_MAX];
	size_t              n;
};

struct bench {
	struct dns_link    link;
	struct clk_virtual clk;
	struct loop       *loop;
	struct dns_server  s;
	bool               open;
	struct packet      packets[PACKETS_MAX];
	unsigned           n, changes, dones;
	int                err;         /* of the last done */
};

static void fake_send(struct dns_link *link, struct dns_attempt *a,
		      const uint8_t *p, size_t n)
{
	struct bench *b = CONTAINER(link, struct bench, link);
	struct packet *k = &b->packets[b->n++ % PACKETS_MAX];

	k->a = a;
	k->n = n;
	memcpy(k->p, p, n);
}

static void fake_close(struct dns_link *link)
{
	struct bench *b = CONTAINER(link, struct bench, link);

	for (unsigned i = 0; i < b->n; i++)
		if (b->packets[i].a)
			b->packets[i].a->done(b->packets[i].a, EIO, NULL, 0);
}

static const struct dns_link_ops ops = { .send = fake_send,
					 .close = fake_close };

static void on_change(struct dns_server *s, void *arg)
{
	(void)s;
	((struct bench *)arg)->changes++;
}

static int up(struct bench *b, unsigned window)
{
	struct dns_server_conf conf = { .timeout_ms = 300, .window = window,
		.pending_max = 300, .on_change = on_change, .arg = b };
	int err;

	memset(b, 0, sizeof(*b));
	b->link.ops = &ops;
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	if (err)
		return err;
	dns_server_open(&b->s, b->loop, &b->link, &conf);
	b->open = true;
	return 0;
}

static void down(struct bench *b)
{
	if (b->open)
		dns_server_close(&b->s);
	loop_free(b->loop);
}

static void run_ms(struct bench *b, uint64_t ms)
{
	loop_run_until(b->loop, b->clk.t_us + ms * 1000);
}

static void on_done(struct dns_try *t, int err, const uint8_t *p, size_t n)
{
	struct bench *b = t->owner;

	(void)n;
	b->dones++;
	b->err = p ? 0 : err;
}

static struct dns_try *ask(struct bench *b)
{
	struct dns_try *t = dns_try_new(&b->s, "a.example.org", DNS_A, b,
					on_done);

	if (t)
		dns_try_send(t);
	return t;
}

/* How the answer differs from the query. */
enum { SAME, FOLD, OTHER_CASE, OTHER_ID, OTHER_NAME, SHORT };

/* Answers packet i, of all that were sent. */
static void answer(struct bench *b, unsigned i, int how)
{
	struct packet *k = &b->packets[i];
	struct dns_attempt *a = k->a;
	size_t n = k->n;

	k->p[2] |= 0x80;
	k->p[1] ^= how == OTHER_ID;
	for (size_t at = 13; at < 12 + 15; at++) {
		if (how == FOLD)
			k->p[at] = (uint8_t)str_lower((char)k->p[at]);
		if (how == OTHER_CASE && k->p[at] >= 'A')
			k->p[at] ^= 0x20;
	}
	if (how == OTHER_NAME)
		k->p[13] = 'b';
	k->a = NULL;
	if (a)
		a->done(a, 0, k->p, how == SHORT ? 12 : n);
}

static void fail(struct bench *b, unsigned i, int err)
{
	struct dns_attempt *a = b->packets[i].a;

	b->packets[i].a = NULL;
	if (a)
		a->done(a, err, NULL, 0);
}

static int test_usual(void)
{
	static struct bench b;
	uint64_t us;
	int err = 0;

	TRY(up(&b, 10));
	CHECK_INT(dns_server_usual_us(&b.s), 300000);
	for (unsigned i = 0; i < 40; i++) {
		CHECK(ask(&b));
		run_ms(&b, 20);
		answer(&b, i, SAME);
		us = dns_server_usual_us(&b.s);
		CHECK(i > 0 || us == 60000);    /* 20 ms and 4 times 10 */
	}
	CHECK(us >= 20000 && us < 21000);
	for (unsigned i = 40; i < 80; i++) {
		CHECK(ask(&b));
		answer(&b, i, SAME);
	}
	CHECK_INT(dns_server_usual_us(&b.s), 10000);    /* not below */
	for (unsigned i = 80; i < 120; i++) {
		CHECK(ask(&b));
		run_ms(&b, 500);
		answer(&b, i, SAME);
	}
	CHECK_INT(dns_server_usual_us(&b.s), 300000);   /* not above */
	CHECK(!b.s.down);
	CHECK_INT(b.s.stats.answers, 120);
out:
	down(&b);
	return err;
}

/* Each query has its own id and case; only their repetition counts. */
static int test_forged(void)
{
	static const int forged[] = { OTHER_CASE, FOLD, OTHER_ID, OTHER_NAME,
				      SHORT };
	static struct bench b;
	unsigned upper = 0, lower = 0, ids = 0;
	int err = 0;

	TRY(up(&b, 100));
	for (unsigned i = 0; i < 50; i++) {
		CHECK(ask(&b));
		CHECK(b.packets[i].p[3] & 0x20);        /* AD is wanted */
		for (size_t at = 13; at < 12 + 15; at++) {
			uint8_t c = b.packets[i].p[at];

			upper += c >= 'A' && c <= 'Z';
			lower += c >= 'a' && c <= 'z';
		}
		ids += i > 0 && !memcmp(b.packets[i].p, b.packets[0].p, 2);
	}
	CHECK(upper > 150 && lower > 150 && ids < 3);
	answer(&b, 0, SAME);
	CHECK(b.err == 0 && b.s.heard_us == b.clk.t_us);
	b.s.heard_us = 1;
	for (unsigned i = 0; i < 5; i++) {
		answer(&b, 1 + i, forged[i]);
		CHECK_INT(b.err, EBADMSG);
	}
	/* what is forged is no sign of life */
	CHECK(b.s.heard_us == 1 && b.dones == 6);
out:
	down(&b);
	return err;
}

/* A server that never repeats the case is asked in lower case. */
static int test_folds_case(void)
{
	static struct bench b;
	int err = 0;

	TRY(up(&b, 100));
	CHECK(ask(&b));
	b.packets[0].p[13] = 'A';       /* else it could be all lower */
	CHECK(b.packets[0].a);
	answer(&b, 0, OTHER_CASE);
	CHECK_INT(b.err, EILSEQ);
	CHECK(b.s.heard_us == b.clk.t_us && b.s.folds_case);
	CHECK(ask(&b));
	CHECK(!memcmp(b.packets[1].p + 12, "\1a\7example\3org", 15));
	answer(&b, 1, FOLD);
	CHECK_INT(b.err, 0);
	CHECK(!b.s.keeps_case);
out:
	down(&b);
	return err;
}

/* The random case may be all lower: its echo is no sign of a server that
 * keeps the case. */
static int test_all_lower(void)
{
	static const char name[] = "\1a\7example\3org";
	static struct bench b;
	struct dns_try *t;
	int err = 0;

	TRY(up(&b, 100));
	t = ask(&b);
	CHECK(t);
	memcpy(t->packet + 12, name, sizeof(name));
	memcpy(b.packets[0].p + 12, name, sizeof(name));
	answer(&b, 0, SAME);
	CHECK(b.err == 0 && !b.s.keeps_case);
	CHECK(ask(&b));
	answer(&b, 1, OTHER_CASE);
	CHECK_INT(b.err, EILSEQ);
	CHECK(b.s.folds_case);
	b.s.folds_case = false;         /* as if it were the first */
	t = ask(&b);
	CHECK(t);
	t->packet[13] = b.packets[2].p[13] = 'A';
	answer(&b, 2, SAME);
	CHECK(b.err == 0 && b.s.keeps_case);
out:
	down(&b);
	return err;
}

/* Closed, open, half-open, closed. */
static int test_circuit(void)
{
	static struct bench b;
	unsigned n;
	int err = 0;

	TRY(up(&b, 100));
	for (unsigned i = 0; i < 3; i++)
		CHECK(ask(&b));
	run_ms(&b, 300);
	for (unsigned i = 0; i < 3; i++)
		dns_try_strike(CONTAINER(b.packets[i].a, struct dns_try,
					 base));
	CHECK(!b.s.down);               /* silent for 0.3 s only */
	run_ms(&b, 800);
	CHECK(b.n > 3);                 /* it is probed already */
	CHECK(ask(&b));
	fail(&b, b.n - 1, EAGAIN);
	CHECK(b.s.down && !dns_server_has_room(&b.s));
	CHECK_INT(b.s.stats.downs, 1);
	n = b.n;
	run_ms(&b, 60000);              /* the first ones never come back */
	CHECK(b.n <= n + 3);
	for (unsigned i = 0; i < b.n; i++)
		if (b.packets[i].a)
			fail(&b, i, EAGAIN);
	CHECK_INT(b.s.probes, 0);
	run_ms(&b, 60000);
	CHECK(b.s.down);
	answer(&b, b.n - 1, SAME);
	CHECK(!b.s.down && dns_server_has_room(&b.s));
	n = b.n;
	run_ms(&b, 60000);
	CHECK_INT(b.n, n);              /* the living is not probed */
	/* a closed port is known at once */
	for (unsigned i = 0; i < 3; i++) {
		CHECK(ask(&b));
		fail(&b, b.n - 1, ECONNREFUSED);
	}
	CHECK(b.s.down);
out:
	down(&b);
	return err;
}

/* No further query has to find out that the server is gone; and an answer
 * in that second keeps it. */
static int test_silence_alone(void)
{
	static struct bench b;
	unsigned changes;
	int err = 0;

	TRY(up(&b, 100));
	for (unsigned round = 0; round < 2; round++) {
		unsigned first = b.n;

		for (unsigned i = 0; i < 3; i++)
			CHECK(ask(&b));
		run_ms(&b, 300);
		for (unsigned i = first; i < first + 3; i++)
			dns_try_strike(CONTAINER(b.packets[i].a,
						 struct dns_try, base));
		CHECK(!b.s.down);
		changes = b.changes;
		if (round == 0)
			answer(&b, first, SAME);
		run_ms(&b, 1000);
		CHECK(b.s.down == (round == 1));
	}
	CHECK(b.changes > changes);     /* those who wait are told */
out:
	down(&b);
	return err;
}

/* Probes ask what was answered once, in turn with what was asked last; and
 * without EDNS sometimes, if it never said anything. */
static int test_probes(void)
{
	static struct bench b;
	unsigned plain = 0, good = 0;
	struct dns_try *t;
	int err = 0;

	TRY(up(&b, 100));
	for (unsigned i = 0; i < 3; i++) {
		CHECK(ask(&b));
		fail(&b, b.n - 1, ECONNREFUSED);
	}
	dns_server_good(&b.s, "good", DNS_SRV);
	for (int i = 0; i < 30 && b.n < 11; i++) {
		run_ms(&b, 4000);
		plain += b.packets[b.n - 1].p[11] == 0;
		good += b.packets[b.n - 1].p[12] == 4;
		if (b.n < 11)
			fail(&b, b.n - 1, EAGAIN);
	}
	CHECK(plain > 0 && plain < 4 && good > 1 && good < 7);
	for (int i = 0; i < 5 && b.packets[b.n - 1].p[11] != 0; i++) {
		fail(&b, b.n - 1, EAGAIN);
		run_ms(&b, 4000);
	}
	CHECK(b.packets[b.n - 1].p[11] == 0);
	answer(&b, b.n - 1, SAME);
	CHECK(!b.s.down);
	t = ask(&b);
	CHECK(t && !t->edns);           /* it seems to know no EDNS */
	run_ms(&b, 601000);
	t = ask(&b);
	CHECK(t && t->edns);            /* or was that long ago? */
	CHECK(!dns_try_no_edns(t, DNS_SERVFAIL, false));
	CHECK(dns_try_no_edns(t, DNS_FORMERR, false));
	t = ask(&b);
	CHECK(t && !t->edns && (t->packet[3] & 0x20));
	CHECK(!dns_try_no_edns(t, DNS_FORMERR, false));
	run_ms(&b, 601000);
	t = ask(&b);
	CHECK(t && dns_try_no_edns(t, DNS_NOTIMP, false));
	t = ask(&b);
	CHECK(t && !t->edns && !t->packet[3]);  /* nor AD */
	/* one that has spoken EDNS means something else */
	run_ms(&b, 601000);
	t = ask(&b);
	CHECK(t && (t->packet[3] & 0x20));
	CHECK(!dns_try_no_edns(t, DNS_NOERROR, true));
	CHECK(!dns_try_no_edns(t, DNS_NOTIMP, false));
out:
	down(&b);
	return err;
}

/* What is not answered within 50 ms fills the window no longer. */
static int test_window(void)
{
	static struct bench b;
	int err = 0;

	TRY(up(&b, 10));
	for (unsigned i = 0; i < 10; i++) {
		CHECK(dns_server_has_room(&b.s));
		CHECK(ask(&b));
	}
	CHECK(!dns_server_has_room(&b.s));
	answer(&b, 3, SAME);
	CHECK(dns_server_has_room(&b.s) && b.changes == 1);
	CHECK(ask(&b));
	CHECK(!dns_server_has_room(&b.s));
	run_ms(&b, 51);
	for (unsigned i = 0; i < 10; i++) {
		CHECK(dns_server_has_room(&b.s));
		CHECK(ask(&b));
	}
	CHECK(!dns_server_has_room(&b.s));
	CHECK_INT(b.s.pending, 20);
	while (b.s.pending < 300) {     /* not more in all */
		CHECK(ask(&b));
		run_ms(&b, 20);
	}
	run_ms(&b, 100);
	CHECK(!dns_server_has_room(&b.s));
out:
	down(&b);
	return err;
}

/* Asked only to see how long it takes, and rarely. */
static int test_measure(void)
{
	static struct bench b;
	int err = 0;

	TRY(up(&b, 10));
	dns_server_measure(&b.s);
	CHECK_INT(b.n, 0);              /* nothing to ask yet */
	CHECK(ask(&b));
	answer(&b, 0, SAME);
	run_ms(&b, 11000);
	for (int i = 0; i < 5; i++)
		dns_server_measure(&b.s);
	CHECK_INT(b.n, 2);
	run_ms(&b, 100);
	answer(&b, 1, SAME);
	CHECK(b.s.usual_us >= 12000 && b.dones == 1);
out:
	down(&b);
	return err;
}

/* What comes too late for its owner says something of the name, too. */
static int test_late_refusals(void)
{
	static struct bench b;
	struct dns_try *t;
	int err = 0;

	TRY(up(&b, 10));
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(dns_server_refuses(&b.s, "a.example.org", DNS_A),
			  0);
		t = ask(&b);
		CHECK(t);
		t->owner = NULL;
		t->done = NULL;
		run_ms(&b, 2200);
		b.packets[i].p[3] |= DNS_REFUSED;
		answer(&b, i, SAME);
	}
	CHECK_INT(dns_server_refuses(&b.s, "a.example.org", DNS_A),
		  DNS_REFUSED);
	CHECK_INT(dns_server_refuses(&b.s, "b.example.org", DNS_A), 0);
	dns_server_good(&b.s, "a.example.org", DNS_A);
	CHECK_INT(dns_server_refuses(&b.s, "a.example.org", DNS_A), 0);
out:
	down(&b);
	return err;
}

const struct test_suite suite_dns_server = {
	"enum/dns_server", (const struct test[]){
		TEST(test_usual),
		TEST(test_forged),
		TEST(test_folds_case),
		TEST(test_all_lower),
		TEST(test_circuit),
		TEST(test_silence_alone),
		TEST(test_probes),
		TEST(test_window),
		TEST(test_measure),
		TEST(test_late_refusals),
		TEST_END } };
