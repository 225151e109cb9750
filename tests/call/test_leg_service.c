/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/call/leg_service.h"
#include "media/file_port.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"phones: [ { user: alice, number: '101', " \
	"password: { env: TEST_WORLD_PW } } ]\n" \
	"routes:\n" \
	"  - { name: echo, prefix: '600', to: ['service:echo'] }\n" \
	"  - { name: mw, prefix: '601', to: ['service:milliwatt'] }\n"

static int dial_with(struct world **wp, struct sip_ua **up,
		     const struct world_params *p, const char *uri)
{
	int err;

	TRY(world_new(wp, p));
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
	static const struct world_params p = { .conf = CONF };

	return dial_with(wp, up, &p, uri);
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

/* A folder with tipring-test.wav, which 602 plays. */
struct folder {
	char                path[32], file[64], calls[64];
	struct world_params p;
};

static int folder_make(struct folder *f)
{
	static int16_t pcm[8000];

	for (int i = 0; i < 8000; i++)
		pcm[i] = (int16_t)(i % 16 < 8 ? 8000 : -8000);
	strcpy(f->path, "/tmp/tipring-say-XXXXXX");
	if (!mkdtemp(f->path))
		return errno;
	snprintf(f->file, sizeof(f->file), "%s/tipring-test.wav", f->path);
	snprintf(f->calls, sizeof(f->calls), "announcements: %s", f->path);
	f->p = (struct world_params){
		.conf = CONF "  - { name: say, prefix: '602', "
			"to: ['service:play:tipring-test.wav'] }\n",
		.calls = f->calls };
	return file_save(f->file, pcm, 8000, 8000);
}

static void folder_remove(const struct folder *f)
{
	unlink(f->file);
	rmdir(f->path);
}

/* The announcement is heard, and its end ends the call. */
static int test_announcement(void)
{
	struct world *w = NULL;
	struct sip_ua *a;
	struct folder f = { .path = "" };
	int err;

	TRY(folder_make(&f));
	TRY(dial_with(&w, &a, &f.p, "sip:602@home.test"));
	CHECK_STR(str_z(sip_ua_log(a)), "answer bye");
	CHECK(world_cdr_count(w, "\"ended_by\":\"called\"") == 1);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	folder_remove(&f);
	return err;
}

/* The file was there when the gateway started. */
static int test_no_file(void)
{
	struct world *w = NULL;
	struct sip_ua *a;
	struct folder f = { .path = "" };
	int err;

	TRY(folder_make(&f));
	TRY(world_new(&w, &f.p));
	TRY(world_phone(&a, w, "alice", 10));
	unlink(f.file);
	TRY(sip_ua_call(a, "sip:602@home.test", w->gateway));
	world_run(w, 2000);
	CHECK(a->end.status >= 400);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	folder_remove(&f);
	return err;
}

static int test_file(void)
{
	char out[LEG_SERVICE_FILE], deep[LEG_SERVICE_FILE];
	int err;

	TRY(leg_service_file(out, "/var/x", "a.wav"));
	CHECK_STR(str_z(out), "/var/x/a.wav");
	CHECK_INT(leg_service_file(out, "", "a.wav"), ENOENT);
	CHECK_INT(leg_service_file(out, "/var/x", "../etc/passwd"), ENOENT);
	CHECK_INT(leg_service_file(out, "/var/x", "..wav"), ENOENT);
	CHECK_INT(leg_service_file(out, "/var/x", "/a.wav"), ENOENT);
	memset(deep, 'x', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	CHECK_INT(leg_service_file(out, "/var/x", deep), ENAMETOOLONG);
out:
	return err;
}

const struct test_suite suite_leg_service = {
	"call/leg_service", (const struct test[]){
		TEST_WITH(test_echo, TEST_NO_OOM),
		TEST_WITH(test_milliwatt, TEST_NO_OOM),
		TEST_WITH(test_announcement, TEST_NO_OOM),
		TEST_WITH(test_no_file, TEST_NO_OOM), TEST(test_file),
		TEST_END } };
