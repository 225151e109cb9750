/* SPDX-License-Identifier: Apache-2.0 */
/* Every DNS server is silent, and a thousand calls want ENUM at once: they
 * wait without a thread, go on at their deadline, and nobody else waits. */
#include <string.h>

#include "enum/e164.h"
#include "enum/enum_domain.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

enum { CALLS = 1000 };

static const struct world_params conf = {
	.conf = "numbering: { country: \"81\", national: \"0\", "
		"  international: \"010\" }\n"
		"enum: { trees: [ { apex: e164.arpa } ] }\n"
		"phones:\n"
		"  - { user: alice, number: \"101\", "
		"      password: { env: TEST_WORLD_PW } }\n"
		"peers:\n"
		"  - { name: a, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: trunk, uri: \"sip:192.0.2.30\" }\n"
		"routes:\n"
		"  - { name: house, local: yes }\n"
		"  - { name: pstn, from: [ known ], prefix: \"00\", "
		"      to: [ \"peer:trunk\" ] }\n"
		"  - { name: enum, from: [ known ], enum: yes }\n"
		"  - { name: next, from: [ known ], prefix: \"+\", "
		"      to: [ \"peer:trunk\" ] }\n",
	.calls = "max_calls: 2000",
};

struct house {
	struct world  *w;
	struct sip_ua *a, *alice, *trunk;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_phone(&h->alice, h->w, "alice", 20));
	TRY(world_ua(&h->trunk, h->w, "trunk", 30));
	h->trunk->does = 486;
	h->alice->does = 180;
out:
	return err;
}

/* One more call by the same UA. */
static int call(struct house *h, const char *number)
{
	char uri[80];

	snprintf(uri, sizeof(uri), "sip:%s@home.test", number);
	h->a->s = NULL;
	return sip_ua_call(h->a, uri, h->w->gateway);
}

static int test_thousand(void)
{
	char number[E164_MAX], domain[DNS_NAME_MAX];
	struct house h;
	int err;

	TRY(house_open(&h));
	for (unsigned i = 0; i < CALLS; i++) {
		snprintf(number, sizeof(number), "+8150%08u", i);
		TRY(enum_domain_of(domain, sizeof(domain), number,
				   "e164.arpa", NULL));
		TRY(fake_resolver_script(h.w->dns, domain, 0, FAKE_SILENT,
					 0));
		TRY(call(&h, number));
	}
	world_run(h.w, 100);
	CHECK_INT(fake_resolver_waiting(h.w->dns), CALLS);
	CHECK_INT(world_calls(h.w), CALLS);
	/* a call in the house, and one to the PSTN: not 50 ms */
	TRY(call(&h, "101"));
	world_run(h.w, 45);
	CHECK_INT(h.alice->n_invites, 1);
	TRY(call(&h, "0012"));
	world_run(h.w, 45);
	CHECK_INT(h.trunk->n_invites, 1);
	world_run(h.w, 550);
	CHECK_INT(h.trunk->n_invites, 1);
	world_run(h.w, 150);            /* the deadline is 800 ms */
	CHECK_INT(h.trunk->n_invites, CALLS + 1);
	sip_ua_hangup(h.alice, 486);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_dns_silent = {
	"scenario/dns_silent", (const struct test[]){
		TEST_WITH(test_thousand, TEST_NO_OOM),
		TEST_END } };
