/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks over real TLS connections on the loopback. tests/data/tls:
 * certificates of a test CA whose key is gone; "good" is for
 * sip.example.com and 127.0.0.1. */
#include <stdio.h>
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

static int side(struct sip_stack **sp, struct addr *at, struct pair *p,
		const struct sip_tls_params *tls)
{
	struct sip_stack_params sp_ = { .loop = p->loop, .tls = tls };
	int err = sip_stack_new(sp, &sp_);

	if (!err)
		err = addr_parse(at, STR_LIT("127.0.0.1:0"), 0);
	return err ? err : sip_stack_listen(*sp, SIP_TLS, at, at);
}

static int pair_open(struct pair *p, const char *cert, bool ask_client)
{
	char cert_file[100], key_file[100];
	struct sip_tls_params ours = {
		.cert_file = "tests/data/tls/good.pem",
		.key_file = "tests/data/tls/good.key",
		.ca_file = "tests/data/tls/ca.pem",
	};
	struct sip_tls_params theirs = {
		.cert_file = cert_file, .key_file = key_file,
		.ca_file = "tests/data/tls/ca.pem",
		.require_client = ask_client,
	};
	int err;

	*p = (struct pair){ 0 };
	snprintf(cert_file, sizeof(cert_file), "tests/data/tls/%s.pem", cert);
	snprintf(key_file, sizeof(key_file), "tests/data/tls/%s.key", cert);
	TRY(loop_new(&p->loop, &clk_real));
	TRY(side(&p->a, &p->addr_a, p, &ours));
	TRY(side(&p->b, &p->addr_b, p, &theirs));
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

	/* the end of an answered one is no news */
	if (why == TXN_DONE)
		return;
	p->n_ends++;
	p->why = why;
}

/* OPTIONS to the other side, which must show the name. */
static int request(struct pair *p, const char *name)
{
	static const struct txn_client_cb cb = { on_response, on_end };
	struct sip_request r = {
		.method = STR_LIT("OPTIONS"), .ruri = STR_LIT("sip:b@b"),
		.headers = STR_LIT(
			"Max-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\n"
			"To: <sip:b@b>\r\nCall-ID: x@y\r\n"
			"CSeq: 1 OPTIONS\r\n"),
	};
	struct txn_client *t;
	struct sip_flow *f;
	int err;

	p->n_responses = p->n_ends = 0;
	err = sip_flow_find(&f, p->a, SIP_TLS, &p->addr_b, name);
	if (err)
		return err;
	err = txn_client_new(&t, p->a, f, &r, &cb, p);
	obj_unref(f);
	for (int i = 0; !err && i < 300 && !p->n_responses && !p->n_ends; i++)
		loop_turn(p->loop, 10);
	return err;
}

static int test_good(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, "good", false));
	TRY(request(&p, "sip.example.com"));
	CHECK_INT(p.status, 200);
	CHECK_INT(p.b->n_flows, 1);
	/* the same connection for the same name, another for another */
	TRY(request(&p, "sip.example.com"));
	CHECK_INT(p.n_responses, 1);
	CHECK_INT(p.a->n_flows, 1);
	TRY(request(&p, NULL));
	CHECK_INT(p.n_responses, 1);
out:
	pair_close(&p);
	return err;
}

static int check_refused(const char *cert, const char *name)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, cert, false));
	TRY(request(&p, name));
	CHECK_INT(p.n_responses, 0);
	CHECK(p.why == TXN_SEND_FAILED);
	CHECK_INT(p.a->n_flows, 0);
out:
	pair_close(&p);
	return err;
}

/* RFC 5922: the name, no wildcards, sip URIs before DNS names. */
static int test_refused(void)
{
	int err;

	TRY(check_refused("good", "other.example.com"));
	TRY(check_refused("stranger", "sip.example.com"));
	TRY(check_refused("wild", "sip.example.com"));
	TRY(check_refused("uri", "sip.example.com"));
out:
	return err;
}

static int test_sip_uri(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, "uri", false));
	TRY(request(&p, "example.com"));
	CHECK_INT(p.status, 200);
out:
	pair_close(&p);
	return err;
}

static int test_client_certificate(void)
{
	struct pair p;
	int err;

	TRY(pair_open(&p, "good", true));
	TRY(request(&p, "sip.example.com"));
	CHECK_INT(p.status, 200);
out:
	pair_close(&p);
	return err;
}

/* Bytes that are no TLS: the connection ends, nothing else. */
static int test_garbage(void)
{
	struct sockaddr_storage ss;
	socklen_t len;
	struct pair p;
	int fd = -1, err;

	TRY(pair_open(&p, "good", false));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd >= 0);
	len = addr_to_sa(&p.addr_b, &ss);
	CHECK(!connect(fd, (struct sockaddr *)&ss, len));
	CHECK(send(fd, "OPTIONS sip:a SIP/2.0\r\n\r\n", 25, 0) == 25);
	loop_turn(p.loop, 10);
	for (int i = 0; i < 100 && p.b->n_flows; i++)
		loop_turn(p.loop, 10);
	CHECK_INT(p.b->n_flows, 0);
	TRY(request(&p, "sip.example.com"));
	CHECK_INT(p.status, 200);
out:
	if (fd >= 0)
		close(fd);
	pair_close(&p);
	return err;
}

static int test_no_files(void)
{
	struct sip_tls_params none = {
		.cert_file = "tests/data/tls/none.pem",
		.key_file = "tests/data/tls/none.key",
	};
	struct pair p = { 0 };
	int err;

	TRY(loop_new(&p.loop, &clk_real));
	CHECK_INT(side(&p.a, &p.addr_a, &p, NULL), EINVAL);
	CHECK_INT(side(&p.b, &p.addr_b, &p, &none), EINVAL);
out:
	pair_close(&p);
	return err;
}

const struct test_suite suite_transport_tls = {
	"sip/transport_tls", (const struct test[]){
		TEST_WITH(test_good, TEST_REAL),
		TEST_WITH(test_refused, TEST_REAL),
		TEST_WITH(test_sip_uri, TEST_REAL),
		TEST_WITH(test_client_certificate, TEST_REAL),
		TEST_WITH(test_garbage, TEST_REAL),
		TEST_WITH(test_no_files, TEST_REAL),
		TEST_END } };
