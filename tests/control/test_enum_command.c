/* SPDX-License-Identifier: Apache-2.0 */
/* `enum NUMBER`, over scripted DNS. */
#include <string.h>

#include "gateway/control/control.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

#define NAME "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa"

struct desk {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *dns;
	struct enum_client   *client;
	struct control_env    env;
	struct control_wait   wait;
	struct buf            out;
	unsigned              done;
};

static int look(struct enum_query *q, const char *number, enum_fn *fn,
		void *fn_arg, void *arg)
{
	struct desk *d = arg;

	return d->client ? enum_lookup(d->client, q, number, 0, fn, fn_arg)
			 : ENOENT;
}

static void status(struct buf *out, void *arg)
{
	(void)arg;
	buf_addz(out, "dns_server=192.0.2.1:53 up=yes\n");
}

static void on_done(struct control_wait *w, enum control_end end)
{
	struct desk *d = CONTAINER(w, struct desk, wait);

	d->done += end == CONTROL_OK;
}

static int begin(struct desk *d)
{
	struct enum_tree t = { .apex = "e164.arpa" };
	int err;

	memset(d, 0, sizeof(*d));
	buf_init(&d->out, 10000);
	clk_virtual_init(&d->clk);
	d->wait = (struct control_wait){ .out = &d->out, .done = on_done };
	err = loop_new(&d->loop, &d->clk.clk);
	if (!err)
		err = fake_resolver_new(&d->dns, d->loop);
	if (err)
		return err;
	d->env.loop = d->loop;
	d->env.enum_lookup = look;
	d->env.enum_status = status;
	d->env.arg = d;
	t.resolver = fake_resolver_of(d->dns);
	return enum_client_new(&d->client, d->loop, &t, 1);
}

static void end(struct desk *d)
{
	if (d->wait.job)
		d->wait.cancel(&d->wait);
	enum_client_free(d->client);
	fake_resolver_free(d->dns);
	loop_free(d->loop);
	buf_fini(&d->out);
}

static int test_steps(void)
{
	const struct dns_naptr rr = { 10, 20, STR_LIT("u"),
		STR_LIT("E2U+sip"), STR_LIT("!^.*$!sip:bob@example.com!"),
		"" };
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(fake_resolver_naptr(d.dns, NAME, &rr));
	CHECK_INT(control_run(&d.env, "enum +815012345678", &d.out, &d.wait),
		  EINPROGRESS);
	CHECK_INT(d.done, 0);
	loop_run_until(d.loop, d.clk.t_us + 1000);
	CHECK_INT(d.done, 1);
	CHECK(!d.wait.job);
	buf_addc(&d.out, '\0');
	CHECK_INT(d.out.err, 0);
	CHECK(strstr((char *)d.out.p, "query " NAME " NAPTR\n"));
	CHECK(strstr((char *)d.out.p, "result: found in e164.arpa\n"));
	CHECK(strstr((char *)d.out.p, "\n10 20 E2U+sip sip:bob@example.com\n"
		     "dns_server="));
out:
	end(&d);
	return err;
}

static int test_cancelled(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(fake_resolver_script(d.dns, NAME, 0, FAKE_SILENT, 0));
	CHECK_INT(control_run(&d.env, "enum +815012345678", &d.out, &d.wait),
		  EINPROGRESS);
	d.wait.cancel(&d.wait);
	CHECK(!d.wait.job);
	loop_run_until(d.loop, d.clk.t_us + 3000000);
	CHECK_INT(d.done, 0);
out:
	end(&d);
	return err;
}

static int test_refused(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	CHECK_INT(control_run(&d.env, "enum 110", &d.out, &d.wait), EBADMSG);
	CHECK_STR(buf_str(&d.out), "no number that ENUM could know");
	CHECK_INT(control_run(&d.env, "enum", &d.out, &d.wait), EINVAL);
	CHECK_INT(control_run(&d.env, "enum +815012345678", &d.out, NULL),
		  ENOTSUP);
	enum_client_free(d.client);
	d.client = NULL;
	CHECK_INT(control_run(&d.env, "enum +815012345678", &d.out, &d.wait),
		  ENOENT);
	CHECK_STR(buf_str(&d.out), "no trees are configured");
out:
	end(&d);
	return err;
}

const struct test_suite suite_enum_command = {
	"control/enum_command", (const struct test[]){
		TEST(test_steps), TEST(test_cancelled), TEST(test_refused),
		TEST_END } };
