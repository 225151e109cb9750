/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks over real connections on the loopback, one loop. */
#include <string.h>
#include <unistd.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/test.h"

struct pair {
	struct loop      *loop;
	struct sip_stack *a, *b;
	struct addr       addr_a, addr_b;
	unsigned          n_responses, n_ends;
	uint16_t          status;
	enum txn_end      why;
};

/* A stack that listens on UDP and, if tcp, on the same TCP port. Another
 * program may hold one of the two: then the next port. */
static int side(struct sip_stack **sp, struct addr *at, struct pair *p,
		bool tcp)
{
	struct sip_stack_params sp_ = { .loop = p->loop };
	int err = EADDRINUSE;

	for (int i = 0; i < 20 && err == EADDRINUSE; i++) {
		sip_stack_free(*sp);
		*sp = NULL;
		err = addr_parse(at, STR_LIT("127.0.0.1:0"), 0);
		if (!err)
			err = sip_stack_new(sp, &sp_);
		if (!err && tcp)
			err = sip_stack_listen(*sp, SIP_TCP, at, at);
		if (!err)
			err = sip_stack_listen(*sp, SIP_UDP, at, at);
	}
	return err;
}

static int pair_open(struct pair *p, bool tcp_b)
{
	int err;

	*p = (struct pair){ 0 };
	TRY(loop_new(&p->loop, &clk_real));
	TRY(side(&p->a, &p->addr_a, p, true));
	TRY(side(&p->b, &p->addr_b, p, tcp_b));
out:
	return err;
}

static void pair_close(struct pair *p)
{
	sip_stack_free(p->a);
	sip_stack_free(p->b);
	loop_free(p->loop);
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct pair *p = arg;

	p->n_responses++;
	p->status = m->status;
}

static void on_end(enum txn_end why, void *arg)
{
	struct pair *p = arg;

	p->n_ends++;
	p->why = why;
}

static int request(struct pair *p, enum sip_tp kind, size_t body_len)
{
	static const struct txn_client_cb cb = { on_response, on_end };
	static char body[40000];
	struct sip_request r = {
		.method = STR_LIT("OPTIONS"), .ruri = STR_LIT("sip:b@b"),
		.headers = STR_LIT(
			"Max-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\n"
			"To: <sip:b@b>\r\nCall-ID: x@y\r\n"
			"CSeq: 1 OPTIONS\r\n"),
		.body = { body, body_len },
	};
	struct txn_client *t;
	struct sip_flow *f;
	int err;

	memset(body, 'x', sizeof(body));
	err = sip_flow_find(&f, p->a, kind, &p->addr_b, NULL);
	if (err)
		return err;
	err = txn_client_new(&t, p->a, f, &r, &cb, p);
	obj_unref(f);
	return err;
}

static void run_until(struct pair *p, const unsigned *n, unsigned want)
{
	for (int i = 0; i < 500 && *n < want; i++)
		loop_turn(p->loop, 10);
}

static int test_options(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, true));
	TRY(request(&p, SIP_TCP, 0));
	run_until(&p, &p.n_responses, 1);
	CHECK_INT(p.status, 200);
	CHECK_INT(p.a->n_flows, 1);
	/* the same connection again */
	TRY(request(&p, SIP_TCP, 40000));
	run_until(&p, &p.n_responses, 2);
	CHECK_INT(p.status, 200);
	CHECK_INT(p.a->n_flows, 1);
	CHECK_INT(p.b->n_flows, 1);
out:
	pair_close(&p);
	return err;
}

/* Nobody listens: the transaction ends at once. */
static int test_refused(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, false));
	TRY(request(&p, SIP_TCP, 0));
	run_until(&p, &p.n_ends, 1);
	CHECK_INT(p.n_ends, 1);
	CHECK(p.why == TXN_SEND_FAILED);
	CHECK_INT(p.a->n_flows, 0);
out:
	pair_close(&p);
	return err;
}

/* RFC 3261 section 18.1.1: over 1300 bytes by TCP; by UDP if that fails. */
static int test_long_request(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, false));
	TRY(request(&p, SIP_UDP, 1500));
	run_until(&p, &p.n_responses, 1);
	CHECK_INT(p.status, 200);
	CHECK_INT(p.b->n_flows, 1);
	CHECK(sip_flow_kind(CONTAINER(list_first(&p.b->flow_lru),
				      struct sip_flow, lru)) == SIP_UDP);
	pair_close(&p);

	TRY(pair_open(&p, true));
	TRY(request(&p, SIP_UDP, 1500));
	run_until(&p, &p.n_responses, 1);
	CHECK_INT(p.status, 200);
	CHECK(sip_flow_kind(CONTAINER(list_first(&p.b->flow_lru),
				      struct sip_flow, lru)) == SIP_TCP);
out:
	pair_close(&p);
	return err;
}

/* What a plain socket gets back for its bytes: so many, or all until the
 * other end closes. */
static int talk(struct pair *p, const char *text, char *out, size_t want,
		bool *closed)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&p->addr_a, &ss);
	int fd = socket(AF_INET, SOCK_STREAM, 0), err = 0;
	size_t n = 0;

	*closed = false;
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&ss, len) ||
	    send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		err = errno;
	for (int i = 0; !err && i < 500 && n < want && !*closed; i++) {
		ssize_t got;

		loop_turn(p->loop, 5);
		got = recv(fd, out + n, want - n, MSG_DONTWAIT);
		*closed = got == 0;
		n += got > 0 ? (size_t)got : 0;
	}
	out[n] = '\0';
	close(fd);
	return err;
}

static int test_ping(void)
{
	struct pair p;
	char out[2000];
	bool closed;
	int err;

	TRY(pair_open(&p, false));
	TRY(talk(&p, "\r\n\r\n", out, 2, &closed));
	CHECK_STR(str_z(out), "\r\n");
	CHECK(!closed);
out:
	pair_close(&p);
	return err;
}

/* Framing lost: an answer, then the end of the connection. */
static int test_bad_length(void)
{
	struct pair p;
	char out[2000];
	bool closed;
	int err;

	TRY(pair_open(&p, false));
	TRY(talk(&p, "OPTIONS sip:b@b SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n"
		 "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\n"
		 "Call-ID: x\r\nCSeq: 1 OPTIONS\r\n"
		 "Content-Length: -5\r\n\r\nhello", out, sizeof(out) - 1,
		 &closed));
	CHECK(str_starts(str_z(out), "SIP/2.0 400 "));
	CHECK(closed);
out:
	pair_close(&p);
	return err;
}

/* The far end goes away: its flow goes, nothing else. */
static int test_hang_up(void)
{
	struct pair p;
	bool closed;
	char out[1];
	int err;

	TRY(pair_open(&p, false));
	TRY(talk(&p, "OPTIONS sip:b", out, 0, &closed));
	for (int i = 0; i < 500 && !p.a->n_flows; i++)
		loop_turn(p.loop, 5);
	CHECK_INT(p.a->n_flows, 1);
	for (int i = 0; i < 500 && p.a->n_flows; i++)
		loop_turn(p.loop, 5);
	CHECK_INT(p.a->n_flows, 0);
out:
	pair_close(&p);
	return err;
}

const struct test_suite suite_transport_tcp = {
	"sip/transport_tcp", (const struct test[]){
		TEST_WITH(test_options, TEST_REAL),
		TEST_WITH(test_refused, TEST_REAL),
		TEST_WITH(test_long_request, TEST_REAL),
		TEST_WITH(test_ping, TEST_REAL),
		TEST_WITH(test_bad_length, TEST_REAL),
		TEST_WITH(test_hang_up, TEST_REAL),
		TEST_END } };
