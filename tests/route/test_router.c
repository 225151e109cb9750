/* SPDX-License-Identifier: Apache-2.0 */
/* Searches over a configuration read from text, ENUM over scripted DNS. */
#include <string.h>

#include "base/mem.h"
#include "gateway/route/route.h"
#include "gateway/route/route_conf.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&route_emergency_section, &route_rules_section, NULL
};

static const struct e164_plan japan = {
	.country = "81", .national = "0", .international = "010",
	.min_digits = 9, .max_digits = 10,
};

static const char conf_text[] =
	"emergency: { numbers: ['110', '119'], to: ['group:pstn'] }\n"
	"routes:\n"
	"  - { name: house, local: yes }\n"
	"  - { name: never, prefix: '11', to: ['peer:cheap'] }\n"
	"  - { name: echo, prefix: '600', min_digits: 3, max_digits: 3,\n"
	"      to: ['service:echo'] }\n"
	"  - { name: enum, enum: yes }\n"
	"  - { name: outside, prefix: '9', strip: 1, add: '0',\n"
	"      to: ['group:pstn', 'peer:cheap'] }\n"
	"  - { name: world, prefix: '+', strip: 1, add: '00',\n"
	"      to: ['peer:cheap'] }\n"
	"  - { name: open, from: [internet], prefix: '5',\n"
	"      to: ['phone:alice'] }\n";

struct world {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *dns;
	struct enum_client   *client;
	struct conf_snapshot *snap;
	struct route_conf     conf;
	struct router        *router;
	struct route_job      job;
	unsigned              answers;
	char                  got[400];         /* "rule: target target" */
	bool                  emergency;
};

static bool find_local(struct route_target *t, const char *number, void *arg)
{
	(void)arg;
	if (strcmp(number, "201"))
		return false;
	t->kind = ROUTE_LINE;
	strcpy(t->dest, "fxs1");
	return true;
}

static bool begins_local(const char *digits, void *arg)
{
	(void)arg;
	return strlen(digits) < 3 && !strncmp("201", digits, strlen(digits));
}

static int begin(struct world *w)
{
	struct enum_tree tree = { .apex = "e164.arpa" };
	struct route_env env = { .plan = &japan, .find_local = find_local,
				 .begins_local = begins_local };
	struct conf_diag d;
	int err;

	memset(w, 0, sizeof(*w));
	clk_virtual_init(&w->clk);
	conf_diag_init(&d);
	err = conf_load_text(&w->snap, "test.yaml", str_z(conf_text),
			     sections, NULL, &d);
	conf_diag_fini(&d);
	if (!err)
		err = loop_new(&w->loop, &w->clk.clk);
	if (err)
		return err;
	err = fake_resolver_new(&w->dns, w->loop);
	if (err)
		return err;
	tree.resolver = fake_resolver_of(w->dns);
	err = enum_client_new(&w->client, w->loop, &tree, 1);
	if (err)
		return err;
	w->conf.emergency = conf_get(w->snap, &route_emergency_section);
	w->conf.rules = conf_get(w->snap, &route_rules_section);
	env.loop = w->loop;
	env.enum_client = w->client;
	return router_new(&w->router, &w->conf, &env);
}

static void end(struct world *w)
{
	route_cancel(&w->job);
	router_free(w->router);
	enum_client_free(w->client);
	fake_resolver_free(w->dns);
	obj_unref(w->snap);
	loop_free(w->loop);
}

static void on_route(const struct route_result *r, void *arg)
{
	struct world *w = arg;
	size_t n;

	w->answers++;
	if (!r) {
		strcpy(w->got, "none");
		return;
	}
	w->emergency = r->emergency;
	n = (size_t)snprintf(w->got, sizeof(w->got), "%s:", r->rule);
	for (unsigned i = 0; i < r->n; i++) {
		char text[ROUTE_TARGET_TEXT];

		n += (size_t)snprintf(w->got + n, sizeof(w->got) - n,
				      " %.60s(%.30s)",
				      route_target_print(text, &r->v[i]),
				      r->v[i].called.number);
	}
}

static void run(struct world *w)
{
	loop_run_until(w->loop, loop_now_us(w->loop) + 2000000);
}

static void search(struct world *w, const char *number,
		   enum route_source_kind from)
{
	struct route_query q;

	memset(&q, 0, sizeof(q));
	strcpy(q.called.number, number);
	q.from.kind = from;
	route_cancel(&w->job);
	w->answers = 0;
	w->got[0] = '\0';
	w->emergency = false;
	route_find(w->router, &w->job, &q, on_route, w);
	run(w);
}

static int test_rules(void)
{
	static const struct { const char *number, *got; } t[] = {
		{ "201", "house: line:fxs1(201)" },
		{ "600", "echo: service:echo(600)" },
		{ "115", "never: peer:cheap(115)" },
		{ "9312345678", "outside: group:pstn(0312345678) "
				"peer:cheap(0312345678)" },
		{ "+12125550100", "world: peer:cheap(0012125550100)" },
		{ "777", "none" },
	};
	struct world w;
	int err;

	TRY(begin(&w));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		search(&w, t[i].number, ROUTE_FROM_PHONE);
		CHECK_INT(w.answers, 1);
		CHECK_STR(str_z(w.got), t[i].got);
	}
out:
	end(&w);
	return err;
}

/* What failed is not offered again: the next rule, then nothing. */
static int test_next(void)
{
	struct world w;
	int err;

	TRY(begin(&w));
	search(&w, "0312345678", ROUTE_FROM_PHONE);     /* not in ENUM */
	CHECK_STR(str_z(w.got), "world: peer:cheap(0081312345678)");
	route_next(&w.job);
	run(&w);
	CHECK_INT(w.answers, 2);
	CHECK_STR(str_z(w.got), "none");
out:
	end(&w);
	return err;
}

/* Emergency calls come before every rule, for the house only. */
static int test_emergency(void)
{
	struct world w;
	int err;

	TRY(begin(&w));
	search(&w, "110", ROUTE_FROM_TELEPHONE);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	CHECK(w.emergency);
	route_next(&w.job);             /* no line: the rules after all */
	run(&w);
	CHECK_STR(str_z(w.got), "never: peer:cheap(110)");
	search(&w, "urn:service:sos.police", ROUTE_FROM_PHONE);
	CHECK(w.emergency);
	CHECK_STR(str_z(w.got), "emergency: group:pstn(110)");
	search(&w, "110", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
out:
	end(&w);
	return err;
}

static int test_internet(void)
{
	struct world w;
	int err;

	TRY(begin(&w));
	search(&w, "9312345678", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	search(&w, "201", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "none");
	search(&w, "55", ROUTE_FROM_INTERNET);
	CHECK_STR(str_z(w.got), "open: phone:alice(55)");
out:
	end(&w);
	return err;
}

/* No upcall after cancelling, in whatever moment. */
static int test_cancel(void)
{
	struct route_query q = { .called.number = "0312345678",
				 .from.kind = ROUTE_FROM_PHONE };
	struct world w;
	int err;

	TRY(begin(&w));
	route_find(w.router, &w.job, &q, on_route, &w);
	route_cancel(&w.job);
	run(&w);
	CHECK_INT(w.answers, 0);
	route_find(w.router, &w.job, &q, on_route, &w);
	loop_turn(w.loop, 0);           /* ENUM is being asked now */
	route_cancel(&w.job);
	route_cancel(&w.job);
	run(&w);
	CHECK_INT(w.answers, 0);
out:
	end(&w);
	return err;
}

static int test_digits(void)
{
	const struct route_source s = { ROUTE_FROM_TELEPHONE, "fxs1" };
	static const struct { const char *digits; enum route_digits is; }
	t[] = {
		{ "2", ROUTE_DIGITS_MORE }, { "201", ROUTE_DIGITS_COMPLETE },
		{ "202", ROUTE_DIGITS_NONE }, { "60", ROUTE_DIGITS_MORE },
		{ "600", ROUTE_DIGITS_COMPLETE },
		{ "110", ROUTE_DIGITS_COMPLETE }, /* though 11... is a rule */
		{ "11", ROUTE_DIGITS_MAYBE }, { "03", ROUTE_DIGITS_MORE },
		{ "0312345678", ROUTE_DIGITS_MAYBE },
		{ "09012345678", ROUTE_DIGITS_COMPLETE },
		{ "93", ROUTE_DIGITS_MAYBE },
	};
	struct world w;
	int err;

	TRY(begin(&w));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (route_digits(w.router, &s, t[i].digits) != t[i].is) {
			test_say(__FILE__, __LINE__, "%s", t[i].digits);
			err = EINVAL;
			goto out;
		}
	}
out:
	end(&w);
	return err;
}

const struct test_suite suite_router = {
	"route/router", (const struct test[]){
		TEST(test_rules), TEST(test_next), TEST(test_emergency),
		TEST(test_internet), TEST(test_cancel), TEST(test_digits),
		TEST_END } };
