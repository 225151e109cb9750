/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to a provider that we are registered at. */
#include <stdio.h>
#include <string.h>

#include "gateway/sip/method.h"
#include "gateway/sip/txn.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "peers:\n"
		"  - { name: a, uri: 'sip:192.0.2.10',\n"
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: itsp, uri: 'sip:itsp.test', user: '0355' }\n"
		"registrations:\n"
		"  - { name: itsp, registrar: 'sip:itsp.test',\n"
		"      aor: 'sip:0355@itsp.test' }\n"
		"routes: [ { name: out, from: [ peers ], "
		"            to: [ 'peer:itsp' ] } ]\n",
};

/* The registrar says yes, and counts. */
static int on_register(struct sip_stack *s, struct txn_server *t,
		       const struct sip_msg *m, void *arg)
{
	struct str contact = sip_msg_val(m, SIP_HDR_CONTACT);

	(void)s;
	++*(unsigned *)arg;
	txn_server_replyf(t, 200, NULL, "Contact: %.*s\r\nExpires: 3600\r\n",
			  STR_FMT(contact));
	return 0;
}

static const struct sip_method registrar = {
	.name = "REGISTER", .on_request = on_register,
};

struct house {
	struct world  *w;
	struct sip_ua *a, *itsp, *other;
	unsigned       registers;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &params));
	TRY(fake_resolver_a(h->w->dns, "itsp.test", "192.0.2.40"));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->itsp, h->w, "itsp", 40));
	TRY(world_ua(&h->other, h->w, "other", 41));
	TRY(sip_stack_serve(h->itsp->stack, &registrar, &h->registers));
	world_run(h->w, 5000);
	CHECK_INT(h->registers, 1);
out:
	return err;
}

static int call(struct house *h)
{
	int err = sip_ua_call(h->a, "sip:0312345678@home.test",
			      h->w->gateway);

	world_run(h->w, 500);
	return err;
}

/* DNS names another server meanwhile, which knows nothing of us: the call
 * goes where the registration stands. */
static int test_same_flow(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_resolver_forget(h.w->dns, "itsp.test");
	TRY(fake_resolver_a(h.w->dns, "itsp.test", "192.0.2.41"));
	world_run(h.w, 120000);         /* no cache helps */
	TRY(call(&h));
	CHECK_INT(h.itsp->n_invites, 1);
	CHECK_INT(h.other->n_invites, 0);
	CHECK_STR(str_z(h.itsp->called), "0312345678");
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* It was restarted and has forgotten us: registered again at once, but not
 * for each call that is refused. */
static int test_forgotten(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.itsp->does = 403;
	TRY(call(&h));
	CHECK_STR(str_z(sip_ua_log(h.a)), "403");
	CHECK_INT(h.registers, 2);
	TRY(call(&h));
	CHECK_INT(h.registers, 2);
	world_run(h.w, 60000);
	TRY(call(&h));
	CHECK_INT(h.registers, 3);
	h.itsp->does = 404;             /* a wrong number is no such sign */
	world_run(h.w, 60000);
	TRY(call(&h));
	CHECK_INT(h.registers, 3);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_provider = {
	"scenario/provider", (const struct test[]){
		TEST_WITH(test_same_flow, TEST_NO_OOM),
		TEST_WITH(test_forgotten, TEST_NO_OOM),
		TEST_END } };
