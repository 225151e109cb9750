/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/metric.h"
#include "gateway/call/cdr.h"
#include "tests/lib/test.h"

static void example(struct cdr_record *r)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->id, "7f3a");
	strcpy(r->source, "phone:alice");
	strcpy(r->target, "sip:\"x\\y\"\n");
	strcpy(r->line, "pstn2");
	strcpy(r->route, "enum");
	strcpy(r->calling.number, "+815012345678");
	strcpy(r->called.number, "0312345678");
	strcpy(r->ended_by, "caller");
	r->start_us = 1767603600000000;
	r->answer_us = r->start_us + 2500000;
	r->end_us = r->answer_us + 61234000;
	r->tried = 2;
	r->setup_ms = 1.25;
	r->cause = CAUSE_NORMAL;
	strcpy(r->media[0].codec, "PCMA");
	r->media[0].loss_percent = 0.5;
	r->media[0].jitter_ms = -1;
}

static int test_print(void)
{
	struct cdr_record r;
	char line[4096];
	int err = 0;

	example(&r);
	if (!cdr_print(line, sizeof(line), &r))
		return ENOMEM;
	CHECK(strstr(line, "{\"id\":\"7f3a\",\"start\":"
			   "\"2026-01-05T09:00:00.000Z\""));
	CHECK(strstr(line, "\"ringing\":null"));
	CHECK(strstr(line, "\"talk_s\":61.234"));
	CHECK(strstr(line, "\"target\":\"sip:\\\"x\\\\y\\\"\\u000a\","
			   "\"line\":\"pstn2\""));
	CHECK(strstr(line, "\"calling\":\"+815012345678\""));
	CHECK(strstr(line, "\"setup_ms\":1.25"));
	CHECK(strstr(line, "\"loss_percent\":0.50,\"jitter_ms\":null"));
	CHECK(!strstr(line, "media_called"));
	CHECK(line[strlen(line) - 1] == '}');
out:
	return err;
}

/* The record is JSON whatever a peer escaped into its URI. */
static int test_not_utf8(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e" },
		{ "a\xff\xc3", "a\\ufffd\\ufffd" },
		{ "\xc0\xaf", "\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
	};
	char line[4096], want[64];
	struct cdr_record r;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		example(&r);
		strcpy(r.called.number, t[i].in);
		if (!cdr_print(line, sizeof(line), &r))
			return ENOMEM;
		snprintf(want, sizeof(want), "\"called\":\"%s\"", t[i].out);
		CHECK(strstr(line, want));
	}
out:
	return err;
}

static int test_withheld(void)
{
	struct cdr_record r;
	char line[4096];
	int err = 0;

	example(&r);
	r.calling.presentation = PARTY_RESTRICTED;
	if (!cdr_print(line, sizeof(line), &r))
		return ENOMEM;
	CHECK(strstr(line, "\"calling\":\"\""));
out:
	return err;
}

static int test_does_not_fit(void)
{
	struct cdr_record r;
	char line[100];
	int err = 0;

	example(&r);
	CHECK_INT(cdr_print(line, sizeof(line), &r), 0);
out:
	return err;
}

static int count_lines(const char *path, unsigned *n)
{
	FILE *f = fopen(path, "r");
	int ch;

	*n = 0;
	if (!f)
		return errno;
	while ((ch = getc(f)) != EOF)
		*n += ch == '\n';
	fclose(f);
	return 0;
}

static int test_file(void)
{
	char path[] = "/tmp/cdr.XXXXXX";
	struct cdr *c = NULL;
	struct cdr_record r;
	int fd = mkstemp(path), err = 0;
	unsigned n;

	if (fd < 0)
		return errno;
	close(fd);
	example(&r);
	TRY(cdr_open(&c, path));
	cdr_write(c, &r);
	cdr_write(c, &r);
	TRY(cdr_reopen(c));
	cdr_write(c, &r);
	TRY(count_lines(path, &n));
	CHECK(n == 3 || test_oom);
out:
	cdr_close(c);
	unlink(path);
	return err;
}

static int test_full_disk(void)
{
	struct cdr *c = NULL;
	struct cdr_record r;
	int err = 0;

	example(&r);
	TRY(cdr_open(&c, "/dev/full"));
	cdr_write(c, &r);       /* lost, and nothing else happens */
out:
	cdr_close(c);
	return err;
}

static int test_no_folder(void)
{
	struct cdr *c = NULL;
	int err = 0;

	CHECK_INT(cdr_open(&c, "/nonexistent/cdr.json"), ENOENT);
	CHECK(!c);
out:
	return err;
}

const struct test_suite suite_cdr = {
	"call/cdr", (const struct test[]){
		TEST(test_print), TEST(test_not_utf8),
		TEST(test_withheld),
		TEST(test_does_not_fit), TEST(test_file),
		TEST(test_full_disk), TEST(test_no_folder), TEST_END } };
