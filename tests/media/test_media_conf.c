/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "conf/conf.h"
#include "media/media_conf.h"
#include "tests/lib/test.h"

static const struct conf_section *const all[] = { &media_conf_section, NULL };

static int load(struct conf_snapshot **s, struct conf_diag *d,
		const char *text)
{
	conf_diag_init(d);
	return conf_load_text(s, "t.yaml", str_z(text), all, NULL, d);
}

static int test_defaults(void)
{
	const struct media_conf *c, *d = &media_conf_default;
	struct conf_snapshot *s = NULL;
	struct conf_diag diag;
	int err = 0;

	TRY(load(&s, &diag, "media: {}\n"));
	c = conf_get(s, &media_conf_section);
	CHECK(!memcmp(c, d, sizeof(*c)));
out:
	obj_unref(s);
	conf_diag_fini(&diag);
	return err;
}

static int test_values(void)
{
	const struct media_conf *c;
	struct conf_snapshot *s = NULL;
	struct conf_diag diag;
	int err = 0;

	TRY(load(&s, &diag, "media:\n  workers: 2\n  port_min: 30000\n"
		 "  port_max: 30099\n  rtp_timeout_ms: 2min\n"));
	c = conf_get(s, &media_conf_section);
	CHECK_INT(c->workers, 2);
	CHECK_INT(c->port_max, 30099);
	CHECK_INT(c->rtp_timeout_ms, 120000);
out:
	obj_unref(s);
	conf_diag_fini(&diag);
	return err;
}

static int test_refused(void)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err = load(&s, &d, "media:\n  port_min: 30001\n"
		       "  port_max: 30002\n  jitter_max_ms: 5s\n");

	CHECK_INT(err, test_oom ? ENOMEM : EINVAL);
	err = 0;
	CHECK(d.n >= 1);
	conf_diag_fini(&d);
	err = load(&s, &d, "media:\n  port_min: 30001\n"
		   "  port_max: 30002\n");
	CHECK_INT(err, test_oom ? ENOMEM : EINVAL);
	err = 0;
	CHECK(d.n >= 3);
out:
	obj_unref(s);
	conf_diag_fini(&d);
	return err;
}

const struct test_suite suite_media_conf = {
	"media/media_conf", (const struct test[]){
		TEST(test_defaults),
		TEST(test_values),
		TEST_WITH(test_refused, TEST_NO_OOM),
		TEST_END } };
