/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/service/location.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

static const struct phone_conf phones[] = {
	{ .user = "alice", .number = "201", .password = "pa" },
	{ .user = "bob", .number = "202", .password = "pb" },
};
static const struct conf_list list = { (void *)(uintptr_t)phones, 2 };

struct table {
	struct sip_rig         sip;
	struct location       *loc;
	struct location_phone *alice;
	struct sip_flow       *flow;
};

static int table_open(struct table *t)
{
	int err;

	*t = (struct table){ 0 };
	TRY(sip_rig_open(&t->sip, NULL));
	TRY(location_new(&t->loc, t->sip.loop, &list));
	t->alice = location_phone(t->loc, STR_LIT("alice"));
	TRY(sip_flow_find(&t->flow, t->sip.stack, SIP_UDP,
			  &t->sip.peer_addr, NULL));
out:
	return err;
}

static void table_close(struct table *t)
{
	location_free(t->loc);
	obj_unref(t->flow);
	sip_rig_close(&t->sip);
}

static int set(struct table *t, const char *contact, uint32_t cseq,
	       uint32_t expires_s, uint16_t q)
{
	struct location_update u = {
		.contact = str_z(contact), .call_id = STR_LIT("c"),
		.cseq = cseq, .expires_s = expires_s, .q = q,
		.flow = t->flow,
	};

	return location_set(t->alice, &u);
}

static int test_find(void)
{
	struct table t;
	int err;

	TRY(table_open(&t));
	CHECK(t.alice && t.alice->conf == &phones[0]);
	CHECK(location_number(t.loc, "202") == location_at(t.loc, 1));
	CHECK(!location_phone(t.loc, STR_LIT("Alice")));
	CHECK(!location_number(t.loc, "20"));
	CHECK(!location_at(t.loc, 2));
	CHECK(!location_best(t.alice));
out:
	table_close(&t);
	return err;
}

/* The best: highest q, then the latest. */
static int test_order(void)
{
	struct table t;
	int err;

	TRY(table_open(&t));
	TRY(set(&t, "sip:alice@192.0.2.10", 1, 60, 500));
	TRY(set(&t, "sip:alice@192.0.2.11", 2, 60, 900));
	TRY(set(&t, "sip:alice@192.0.2.12", 3, 60, 500));
	CHECK_STR(str_z(location_best(t.alice)->contact),
		  "sip:alice@192.0.2.11");
	TRY(set(&t, "sip:alice@192.0.2.11", 4, 0, 900));
	CHECK_STR(str_z(location_best(t.alice)->contact),
		  "sip:alice@192.0.2.12");
	/* the same contact in other words */
	TRY(set(&t, "sip:%61lice@192.0.2.10", 5, 60, 1000));
	CHECK_INT(t.alice->n, 2);
	CHECK_STR(str_z(location_best(t.alice)->contact),
		  "sip:alice@192.0.2.10");
out:
	table_close(&t);
	return err;
}

static int test_expiry(void)
{
	struct table t;
	int err;

	TRY(table_open(&t));
	TRY(set(&t, "sip:a@192.0.2.10", 1, 60, 1000));
	TRY(set(&t, "sip:b@192.0.2.10", 1, 90, 1000));
	CHECK_INT(binding_left_s(location_best(t.alice)), 90);
	sip_rig_run(&t.sip, 61000);
	CHECK_INT(t.alice->n, 1);
	/* the binding holds its flow, however quiet it is */
	t.flow = obj_unref(t.flow);
	sip_rig_run(&t.sip, 28000);
	CHECK_INT(t.alice->n, 1);
	CHECK(!location_best(t.alice)->flow->down);
	sip_rig_run(&t.sip, 2000);
	CHECK_INT(t.alice->n, 0);
out:
	table_close(&t);
	return err;
}

static int test_refused(void)
{
	struct table t;
	char contact[40];
	int err;

	TRY(table_open(&t));
	TRY(set(&t, "sip:a@192.0.2.10", 5, 60, 1000));
	CHECK_INT(set(&t, "sip:a@192.0.2.10", 5, 60, 1000), ESTALE);
	CHECK_INT(set(&t, "mailto:a@b", 6, 60, 1000), EBADMSG);
	CHECK_INT(set(&t, "nonsense", 6, 60, 1000), EBADMSG);
	CHECK_INT(location_clear(t.alice, STR_LIT("c"), 5), ESTALE);
	CHECK_INT(t.alice->n, 1);
	TRY(location_clear(t.alice, STR_LIT("c"), 6));
	CHECK_INT(t.alice->n, 0);
	for (int i = 0; i < LOCATION_CONTACTS; i++) {
		snprintf(contact, sizeof(contact), "sip:a@192.0.2.%d", i);
		TRY(set(&t, contact, 7, 60, 1000));
	}
	CHECK_INT(set(&t, "sip:one@too.many", 7, 60, 1000), ENOSPC);
out:
	table_close(&t);
	return err;
}

/* A connection that ends takes its bindings along. */
static int test_flow_down(void)
{
	struct table t;
	int err;

	TRY(table_open(&t));
	TRY(set(&t, "sip:a@192.0.2.10", 1, 60, 1000));
	sip_flow_down(t.flow, ECONNRESET);
	CHECK_INT(t.alice->n, 0);
out:
	table_close(&t);
	return err;
}

/* Phones known by user stay with their bindings, others come and go; also
 * with every allocation failing in turn. */
static int test_reload(void)
{
	struct location_next *next = NULL;
	struct conf_list now = { NULL, 2 };
	struct phone_conf *c = obj_new(2 * sizeof(*c), NULL);
	struct table t;
	int err;

	TRY(table_open(&t));
	TRY(c ? 0 : ENOMEM);
	TRY(set(&t, "sip:a@192.0.2.10", 1, 60, 1000));
	now.v = c;
	c[0] = (struct phone_conf){ .user = "carol", .number = "203" };
	c[1] = phones[0];
	strcpy(c[1].number, "301");
	TRY(location_prepare(&next, t.loc, &now, c));
	CHECK(!location_phone(t.loc, STR_LIT("carol")));
	location_discard(next);
	TRY(location_prepare(&next, t.loc, &now, c));
	location_commit(t.loc, next);
	CHECK(location_at(t.loc, 1) == t.alice && t.alice->n == 1);
	CHECK(location_number(t.loc, "301") == t.alice);
	CHECK(location_phone(t.loc, STR_LIT("carol")));
	CHECK(!location_phone(t.loc, STR_LIT("bob")));
	/* the next ones again, by another password */
	strcpy(c[1].password, "new");
	TRY(location_prepare(&next, t.loc, &list, NULL));
	location_commit(t.loc, next);
	CHECK(location_at(t.loc, 0) == t.alice && !t.alice->n);
	CHECK(location_phone(t.loc, STR_LIT("bob")));
	now.n = 0;
	TRY(location_prepare(&next, t.loc, &now, NULL));
	location_commit(t.loc, next);
	CHECK(!location_at(t.loc, 0));
out:
	obj_unref(c);
	table_close(&t);
	return err;
}

const struct test_suite suite_location = {
	"service/location", (const struct test[]){
		TEST(test_find),
		TEST(test_order),
		TEST(test_expiry),
		TEST(test_refused),
		TEST(test_flow_down),
		TEST(test_reload),
		TEST_END } };
