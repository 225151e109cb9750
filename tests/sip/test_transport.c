/* SPDX-License-Identifier: Apache-2.0 */
/* The table of flows, and the rules that every transport keeps. */
#include <stdio.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

static int find(struct sip_flow **fp, struct sip_rig *r, const char *to)
{
	struct addr a;
	int err = addr_parse(&a, str_z(to), 5060);

	return err ? err : sip_flow_find(fp, r->stack, SIP_UDP, &a, NULL);
}

static int test_reuse(void)
{
	struct sip_flow *a = NULL, *b = NULL, *c = NULL;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(find(&a, &r, "192.0.2.9"));
	TRY(find(&b, &r, "192.0.2.9"));
	TRY(find(&c, &r, "192.0.2.9:5070"));
	CHECK(a == b);
	CHECK(a != c);
	CHECK_INT(r.stack->n_flows, 2);
	/* a held flow stays, an idle one goes */
	c = obj_unref(c);
	sip_rig_run(&r, 120000);
	CHECK_INT(r.stack->n_flows, 1);
	CHECK(!a->down);
out:
	obj_unref(a);
	obj_unref(b);
	obj_unref(c);
	sip_rig_close(&r);
	return err;
}

static int test_refused(void)
{
	struct sip_flow *f = NULL;
	struct sip_rig r;
	struct addr a;
	int err;

	TRY(sip_rig_open(&r, NULL));
	CHECK_INT(find(&f, &r, "2001:db8::1"), ENETUNREACH);
	CHECK_INT(find(&f, &r, "255.255.255.255"), EINVAL);
	CHECK_INT(find(&f, &r, "0.0.0.0"), EINVAL);
	TRY(addr_parse(&a, STR_LIT("192.0.2.9:5060"), 0));
	CHECK_INT(sip_flow_find(&f, r.stack, SIP_TCP, &a, NULL),
		  ENETUNREACH);
	a.port = 0;
	CHECK_INT(sip_flow_find(&f, r.stack, SIP_UDP, &a, NULL), EINVAL);
out:
	sip_rig_close(&r);
	return err;
}

/* Forged sources cannot fill the table: unheld flows make room. */
static int test_limit(void)
{
	struct sip_stack_params p = { .max_flows = 3 };
	struct sip_flow *f[4] = { NULL };
	struct sip_rig r;
	char to[40];
	int err;

	TRY(sip_rig_open(&r, &p));
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof(to), "192.0.2.%d", 20 + i);
		TRY(find(&f[3], &r, to));
		f[3] = obj_unref(f[3]);
	}
	CHECK_INT(r.stack->n_flows, 3);
	for (int i = 0; i < 3; i++) {
		snprintf(to, sizeof(to), "192.0.2.%d", 70 + i);
		TRY(find(&f[i], &r, to));
	}
	CHECK_INT(find(&f[3], &r, "192.0.2.99"), EAGAIN);
out:
	for (int i = 0; i < 4; i++)
		obj_unref(f[i]);
	sip_rig_close(&r);
	return err;
}

/* Phones that are held do not keep strangers out for ever, nor the other
 * way round. */
static int test_held(void)
{
	enum { HELD = 100 };
	struct sip_stack_params p = { .max_flows = HELD + 2 };
	struct sip_flow *held[HELD] = { NULL }, *f = NULL;
	struct sip_rig r;
	char to[40];
	unsigned refused = 0;
	int err;

	TRY(sip_rig_open(&r, &p));
	for (int i = 0; i < HELD; i++) {
		snprintf(to, sizeof(to), "10.0.0.%d", i);
		TRY(find(&held[i], &r, to));
	}
	for (int i = 0; i < 50; i++) {
		snprintf(to, sizeof(to), "10.0.1.%d", i);
		err = find(&f, &r, to);
		refused += err == EAGAIN;
		f = obj_unref(f);
		CHECK(!err || err == EAGAIN);
		err = 0;
	}
	CHECK(refused < 25);    /* two places for strangers, no more */
	for (int i = 0; i < HELD; i++)
		CHECK(!held[i]->down);
out:
	for (int i = 0; i < HELD; i++)
		obj_unref(held[i]);
	sip_rig_close(&r);
	return err;
}

static void on_down(struct sip_flow *f, int e, void *arg)
{
	(void)f;
	(void)e;
	++*(unsigned *)arg;
}

static int test_watch(void)
{
	struct sip_flow_watch w1 = { .flow = NULL }, w2 = { .flow = NULL };
	struct sip_flow *f = NULL;
	unsigned n1 = 0, n2 = 0;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(find(&f, &r, "192.0.2.9"));
	sip_flow_watch(&w1, f, on_down, &n1);
	sip_flow_watch(&w2, f, on_down, &n2);
	sip_flow_unwatch(&w2);
	sip_flow_down(f, ECONNRESET);
	sip_flow_down(f, ECONNRESET);
	CHECK_INT(n1, 1);
	CHECK_INT(n2, 0);
	CHECK(f->down);
	CHECK_INT(sip_flow_send(f, STR_LIT("x")), EPIPE);
	sip_flow_keepalive(f);
	CHECK_INT(r.stack->n_flows, 0);
out:
	sip_flow_unwatch(&w1);
	obj_unref(f);
	sip_rig_close(&r);
	return err;
}

/* Every row of the table answers for itself. */
static int test_rows(void)
{
	int err = 0;

	for (int i = 0; i < SIP_TP_N; i++) {
		const struct sip_transport_ops *ops =
			sip_tp_ops((enum sip_tp)i);
		enum sip_tp back;

		CHECK(ops && ops->kind == (enum sip_tp)i);
		CHECK_STR(str_z(ops->name), sip_tp_name((enum sip_tp)i));
		CHECK(ops->reliable == sip_tp_reliable((enum sip_tp)i));
		CHECK(ops->secure == (sip_tp_port((enum sip_tp)i) == 5061));
		TRY(sip_tp_of(&back, str_z(ops->name)));
		CHECK_INT(back, i);
	}
	CHECK_INT(sip_tp_of(&(enum sip_tp){ SIP_UDP }, STR_LIT("sctp")),
		  EINVAL);
out:
	return err;
}

const struct test_suite suite_transport = {
	"sip/transport", (const struct test[]){
		TEST(test_reuse),
		TEST(test_refused),
		TEST(test_limit),
		TEST_WITH(test_held, TEST_NO_OOM),
		TEST(test_watch),
		TEST(test_rows),
		TEST_END } };
