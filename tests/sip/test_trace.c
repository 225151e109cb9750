/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/sip/sip_stack.h"
#include "gateway/sip/trace.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

struct seen {
	unsigned n;
	char     text[2][1000];
};

static void on_text(struct str text, void *arg)
{
	struct seen *s = arg;

	if (s->n < 2)
		str_clip(s->text[s->n], sizeof(s->text[0]), text);
	s->n++;
}

static const char options[] =
	"OPTIONS sip:b@192.0.2.1 SIP/2.0\n"
	"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKq\n"
	"From: <sip:a@b>;tag=1\nTo: <sip:b@c>\nCall-ID: q\n"
	"CSeq: 1 OPTIONS\nAuthorization: Digest response=\"0123\"\n\n";

static int test_messages(void)
{
	struct sip_trace *t = NULL;
	struct seen seen = { 0 };
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_trace_new(&t, r.loop));
	r.stack->p.trace = t;
	TRY(sip_rig_send(&r, options));
	sip_rig_run(&r, 5);
	CHECK_INT(seen.n, 0);
	sip_trace_to(t, on_text, &seen);
	TRY(sip_rig_send(&r, options));
	sip_rig_run(&r, 5);
	CHECK_INT(seen.n, 2);
	CHECK(strstr(seen.text[0], "UDP 192.0.2.1:5060 <- 192.0.2.2:5060"));
	CHECK(strstr(seen.text[0], "OPTIONS sip:b"));
	CHECK(strstr(seen.text[1], " -> "));
	CHECK(strstr(seen.text[1], "SIP/2.0 200 OK"));
	/* digests are for nobody's eyes */
	CHECK(!strstr(seen.text[0], "0123"));
	sip_trace_only(t, &r.addr);
	TRY(sip_rig_send(&r, options));
	sip_rig_run(&r, 5);
	CHECK_INT(seen.n, 2);
out:
	sip_rig_close(&r);
	sip_trace_free(t);
	return err;
}

static int test_file(void)
{
	char path[] = "/tmp/tipring-trace-XXXXXX";
	int fd = mkstemp(path), err;
	struct sip_trace *t = NULL;
	struct sip_rig r;
	off_t size;

	TRY(sip_rig_open(&r, NULL));
	TRY(sip_trace_new(&t, r.loop));
	r.stack->p.trace = t;
	CHECK(fd >= 0);
	CHECK_INT(sip_trace_file(t, "/nonexistent/x", 1), ENOENT);
	TRY(sip_trace_file(t, path, 700));
	for (int i = 0; i < 3; i++) {
		TRY(sip_rig_send(&r, options));
		sip_rig_run(&r, 5);
	}
	size = lseek(fd, 0, SEEK_END);
	CHECK(size > 200 && size <= 700);
	TRY(sip_trace_file(t, NULL, 0));
out:
	sip_rig_close(&r);
	sip_trace_free(t);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return err;
}

const struct test_suite suite_trace = {
	"sip/trace", (const struct test[]){
		TEST(test_messages),
		TEST_WITH(test_file, TEST_REAL),
		TEST_END } };
