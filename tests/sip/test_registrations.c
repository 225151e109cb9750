/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/registrations.h"

#include <string.h>

#include "gateway/sip/locate.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

static void on_done(void *arg)
{
	++*(unsigned *)arg;
}

/* Two of them, at one registrar that says yes to everything. */
static int test_all(void)
{
	struct sip_registration_conf v[2] = {
		{ .name = "one", .registrar = "sip:192.0.2.2",
		  .aor = "sip:1@x", .expires_ms = 600000 },
		{ .name = "two", .registrar = "sip:192.0.2.2",
		  .aor = "sip:2@x", .expires_ms = 600000 },
	};
	const struct conf_list conf = { v, 2 };
	struct locate_params lp = { .has[SIP_UDP] = true, .v4 = true };
	struct registrations *all = NULL;
	struct sip_locator *locator = NULL;
	unsigned n_done = 0;
	struct sip_rig r;
	struct buf out;
	int err;

	buf_init(&out, 5000);
	TRY(sip_rig_open(&r, NULL));
	lp.loop = r.loop;
	TRY(locate_new(&locator, &lp));
	TRY(registrations_new(&all, r.stack, locator, &conf));
	for (unsigned i = 0; i < 4; i++) {
		for (int ms = 0; ms < 3200 && r.n_got <= i; ms += 10)
			sip_rig_run(&r, 10);
		CHECK(r.n_got > i);
		TRY(sip_rig_answer(&r, r.got[i], 200, ""));
		sip_rig_run(&r, 5);
		if (i != 1)
			continue;
		registrations_print(all, &out);
		buf_addc(&out, '\0');
		TRY(out.err);
		CHECK(strstr((char *)out.p, "registration=one state=ACTIVE"));
		CHECK(strstr((char *)out.p, "registration=two state=ACTIVE"));
		CHECK(registrations_flow(all, STR_LIT("sip:192.0.2.2"),
					 STR_LIT("2")));
		CHECK(!registrations_flow(all, STR_LIT("sip:192.0.2.3"),
					  STR_LIT("2")));
		CHECK(!registrations_flow(all, STR_LIT("sip:192.0.2.2:5070"),
					  STR_LIT("2")));
		CHECK(!registrations_flow(all, STR_LIT("sips:192.0.2.2"),
					  STR_LIT("2")));
		CHECK(!registrations_flow(all, STR_LIT(
			"sip:192.0.2.2;transport=tcp"), STR_NULL));
		registrations_stop(all, on_done, &n_done);
	}
	sip_rig_run(&r, 10);
	CHECK_INT(n_done, 1);
	CHECK(registrations_at(all, 1) && !registrations_at(all, 2));
out:
	registrations_free(all);
	locate_free(locator);
	sip_rig_close(&r);
	buf_fini(&out);
	return err;
}

/* None configured: done is called all the same. */
static int test_none(void)
{
	const struct conf_list conf = { NULL, 0 };
	struct registrations *all = NULL;
	unsigned n_done = 0;
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(registrations_new(&all, r.stack, NULL, &conf));
	registrations_stop(all, on_done, &n_done);
	CHECK_INT(n_done, 0);
	sip_rig_run(&r, 1);
	CHECK_INT(n_done, 1);
out:
	registrations_free(all);
	sip_rig_close(&r);
	return err;
}

const struct test_suite suite_registrations = {
	"sip/registrations", (const struct test[]){
		TEST(test_all),
		TEST(test_none),
		TEST_END } };
