/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/file_port.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "phones: [ { user: alice, number: '101', "
		"password: { env: TEST_WORLD_PW } } ]\n"
		"routes:\n"
		"  - { name: echo, prefix: '600', to: ['service:echo'] }\n"
		"  - { name: mw, prefix: '601', to: ['service:milliwatt'] }\n"
		"  - { name: say, prefix: '602', "
		"      to: ['service:play:tipring-test.wav'] }\n"
		"  - { name: out, prefix: '603', "
		"      to: ['service:play:../etc/passwd'] }\n"
		"  - { name: none, prefix: '604', "
		"      to: ['service:play:nothing.wav'] }\n",
};

static int dial_with(struct world **wp, struct sip_ua **up,
		     const char *folder, const char *uri)
{
	struct world_params p = params;
	char calls[64];
	int err;

	snprintf(calls, sizeof(calls), "announcements: %s", folder);
	p.calls = calls;
	TRY(world_new(wp, &p));
	TRY(world_phone(up, *wp, "alice", 10));
	(*up)->rtp.hz = 1000;
	(*up)->rtp.dbm0 = -10;
	TRY(sip_ua_call(*up, uri, (*wp)->gateway));
	world_run(*wp, 2000);
out:
	return err;
}

static int dial(struct world **wp, struct sip_ua **up, const char *uri)
{
	return dial_with(wp, up, "/tmp", uri);
}

static int test_echo(void)
{
	struct world *w = NULL;
	struct sip_ua *a;
	struct sine s;
	int err;

	TRY(dial(&w, &a, "sip:600@home.test"));
	CHECK_STR(str_z(sip_ua_log(a)), "answer");
	sip_ua_rtp_fit(&s, &a->rtp, 1000, 500);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 33);
	sip_ua_hangup(a, 0);
	world_run(w, 500);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

static int test_milliwatt(void)
{
	struct world *w = NULL;
	struct sip_ua *a;
	struct sine s;
	int err;

	TRY(dial(&w, &a, "sip:601@home.test"));
	sip_ua_rtp_fit(&s, &a->rtp, 1004, 500);
	CHECK_NEAR(s.dbm0, 0, 0.2);
	CHECK(s.snr_db > 33);
	sip_ua_hangup(a, 0);
	world_run(w, 500);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

/* The announcement is heard, and its end ends the call. */
static int test_announcement(void)
{
	char folder[] = "/tmp/tipring-say-XXXXXX", file[64];
	static int16_t pcm[8000];
	struct world *w = NULL;
	struct sip_ua *a;
	int err;

	for (int i = 0; i < 8000; i++)
		pcm[i] = (int16_t)(i % 16 < 8 ? 8000 : -8000);
	if (!mkdtemp(folder))
		return errno;
	snprintf(file, sizeof(file), "%s/tipring-test.wav", folder);
	TRY(file_save(file, pcm, 8000, 8000));
	TRY(dial_with(&w, &a, folder, "sip:602@home.test"));
	CHECK_STR(str_z(sip_ua_log(a)), "answer bye");
	CHECK(world_cdr_count(w, "\"ended_by\":\"called\"") == 1);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	unlink(file);
	rmdir(folder);
	return err;
}

/* A file outside of the folder, and one that is not there. */
static int test_no_file(void)
{
	static const char *const uris[] = {
		"sip:603@home.test", "sip:604@home.test"
	};
	int err = 0;

	for (int i = 0; i < 2; i++) {
		struct world *w = NULL;
		struct sip_ua *a;

		TRY(dial(&w, &a, uris[i]));
		CHECK(a->end.status >= 400);
		CHECK(world_is_idle(w));
out:
		world_free(w);
		if (err)
			return err;
	}
	return err;
}

const struct test_suite suite_leg_service = {
	"call/leg_service", (const struct test[]){
		TEST_WITH(test_echo, TEST_NO_OOM),
		TEST_WITH(test_milliwatt, TEST_NO_OOM),
		TEST_WITH(test_announcement, TEST_NO_OOM),
		TEST_WITH(test_no_file, TEST_NO_OOM), TEST_END } };
