/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_pair.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Upcalls as words */

static void note(struct sip_end_point *e, const char *word, struct str body)
{
	buf_addf(&e->log, "%s%s", e->log.len ? " " : "", word);
	if (body.l)
		buf_addf(&e->log, "[%.*s]", STR_FMT(body));
}

static int on_target(const struct addr *local, const struct addr *peer,
		     struct buf *body, void *arg)
{
	struct sip_end_point *e = arg;
	char                  text[ADDR_TEXT_MAX];

	(void)peer;
	note(e, "target", str_z(addr_print_ip(text, local)));
	buf_addz(body, "made");
	return body->err;
}

static void on_progress(uint16_t status, const struct sip_msg *m, void *arg)
{
	char word[8];

	(void)snprintf(word, sizeof(word), "%u", (unsigned)status);
	note(arg, word, m->body);
}

static void on_answer(const struct sip_msg *m, void *arg)
{
	struct sip_end_point *e = arg;

	note(e, m->request ? "ack" : "answer", m->body);
	if (!m->request && e->ack &&
	    sip_session_answer(e->s, str_z(e->ack), STR_NULL))
		note(e, "ack-failed", STR_NULL);
}

static void on_offer(const struct sip_msg *m, void *arg)
{
	struct sip_end_point *e = arg;

	note(e, "offer", m->body);
	if (e->re_answer &&
	    sip_session_answer(e->s, str_z(e->re_answer), STR_NULL))
		note(e, "answer-failed", STR_NULL);
}

static void on_refused(uint16_t status, const struct sip_msg *m, void *arg)
{
	char word[16];

	(void)m;
	(void)snprintf(word, sizeof(word), "refused-%u", (unsigned)status);
	note(arg, word, STR_NULL);
}

static void on_info(const struct sip_msg *m, void *arg)
{
	note(arg, "info", m->body);
}

static const char *const how_names[] = {
	[SIP_END_LOCAL] = "end-local",
	[SIP_END_BYE] = "end-bye",
	[SIP_END_CANCEL] = "end-cancel",
	[SIP_END_REFUSED] = "end-refused",
	[SIP_END_LOST] = "end-lost",
	[SIP_END_NO_ACK] = "end-no-ack",
	[SIP_END_UNREACHABLE] = "end-unreachable",
	[SIP_END_MEMORY] = "end-memory",
};

static void on_end(const struct sip_end *why, void *arg)
{
	struct sip_end_point *e = arg;

	note(e, how_names[why->how], STR_NULL);
	e->end = *why;
	e->end.msg = NULL;
	e->end.text = STR_NULL;
	e->s = NULL;
}

static const struct sip_session_cb session_cb = {
	.on_progress = on_progress,
	.on_answer = on_answer,
	.on_offer = on_offer,
	.on_refused = on_refused,
	.on_info = on_info,
	.on_end = on_end,
};

static void on_invite(struct txn_server *t, const struct sip_msg *m,
		      void *arg)
{
	struct sip_end_point *e = arg;

	note(e, "invite", m->body);
	if (e->refuse) {
		(void)txn_server_replyf(t, 603, NULL, "%s", "");
		return;
	}
	if (sip_session_accept(&e->s, e->sessions, t, m, &session_cb, e)) {
		(void)txn_server_replyf(t, 503, NULL, "%s", "");
		return;
	}
	if (e->answer &&
	    sip_session_answer(e->s, str_z(e->answer), STR_NULL))
		note(e, "answer-failed", STR_NULL);
}

/* Building */

static int point_init(struct sip_end_point *e, struct sip_pair *p,
		      const char *at)
{
	struct sip_stack_params sp = { .loop = p->loop,
				       .net = fake_net_udp(p->net) };
	struct locate_params    lp = { .loop = p->loop, .v4 = true,
				       .resolver = fake_resolver_of(p->dns),
				       .has = { [SIP_UDP] = true } };
	struct sip_sessions_conf conf = { .on_invite = on_invite, .arg = e };
	int                     err;

	buf_init(&e->log, 1 << 16);
	err = addr_parse(&e->addr, str_z(at), 5060);
	if (!err)
		err = sip_stack_new(&e->stack, &sp);
	if (!err)
		err = sip_stack_listen(e->stack, SIP_UDP, &e->addr, NULL);
	if (!err)
		err = locate_new(&e->locator, &lp);
	conf.stack = e->stack;
	conf.locator = e->locator;
	if (!err)
		err = sip_sessions_new(&e->sessions, &conf);
	return err;
}

static void point_fini(struct sip_end_point *e)
{
	sip_sessions_free(e->sessions);
	locate_free(e->locator);
	sip_stack_free(e->stack);
	buf_fini(&e->log);
}

static void on_raw(const struct addr *src, uint8_t *data, size_t len,
		   void *arg)
{
	struct sip_pair *p = arg;
	struct sip_msg  *m;

	p->n_raw++;
	if (sip_msg_parse(&m, str_pl(data, len), NULL))
		return;
	m->src = *src;
	obj_unref(p->got);
	p->got = m;
}

int sip_pair_init(struct sip_pair *p)
{
	struct addr at;
	int         err;

	memset(p, 0, sizeof(*p));
	clk_virtual_init(&p->clk);
	err = loop_new(&p->loop, &p->clk.clk);
	if (!err)
		err = fake_net_new(&p->net, 1);
	if (!err)
		err = fake_resolver_new(&p->dns, p->loop);
	if (!err)
		err = point_init(&p->a, p, "192.0.2.1");
	if (!err)
		err = point_init(&p->b, p, "192.0.2.2");
	if (!err)
		err = addr_parse(&at, STR_LIT("192.0.2.9"), 5060);
	if (!err)
		err = udp_open(&p->raw, fake_net_udp(p->net), &at);
	if (!err)
		err = udp_bind(p->raw, p->loop, on_raw, p);
	return err;
}

void sip_pair_fini(struct sip_pair *p)
{
	point_fini(&p->a);
	point_fini(&p->b);
	udp_close(p->raw);
	obj_unref(p->got);
	fake_resolver_free(p->dns);
	fake_net_free(p->net);
	loop_free(p->loop);
}

void sip_pair_run(struct sip_pair *p, uint32_t ms)
{
	loop_run_until(p->loop,
		       p->clk.clk.now_us(p->clk.clk.arg) + ms * 1000ull);
}

int sip_pair_call(struct sip_pair *p, const char *uri, const char *body)
{
	struct sip_session_cb cb = session_cb;
	struct sip_invite     inv = {
		.target = str_z(uri),
		.from = STR_LIT("sip:alice@example.com"),
		.from_name = STR_LIT("Alice \"A\""),
		.contact_user = STR_LIT("alice"),
		.auth_user = STR_LIT("alice"),
		.auth_secret = STR_LIT("secret"),
		.body = str_z(body),
	};

	if (p->a.make_offer)
		cb.on_target = on_target;
	return sip_session_invite(&p->a.s, p->a.sessions, &inv, &cb, &p->a);
}

int sip_pair_connect(struct sip_pair *p)
{
	int err = sip_pair_call(p, "sip:bob@192.0.2.2", "offer");

	if (err)
		return err;
	sip_pair_run(p, 10);
	if (!p->b.s)
		return ENOMEM;
	err = sip_session_ring(p->b.s, 180, STR_NULL);
	if (!err)
		err = sip_session_answer(p->b.s, STR_LIT("answer"), STR_NULL);
	sip_pair_run(p, 10);
	if (!err && (!p->a.s || !p->b.s))
		err = ENOMEM;
	buf_reset(&p->a.log);
	buf_reset(&p->b.log);
	return err;
}

struct str sip_pair_log(struct sip_end_point *e)
{
	struct str s = buf_str(&e->log);

	/* the bytes stay until the next upcall */
	e->log.len = 0;
	return s;
}

int sip_pair_raw_reply(struct sip_pair *p, uint16_t status, const char *tag,
		       const char *headers, const char *body)
{
	struct sip_response r = { .status = status, .headers = str_z(headers),
				  .body = str_z(body) };
	struct buf          b;
	int                 err;

	if (!p->got || !p->got->request)
		return ENOMEM;
	buf_init(&b, SIP_MSG_MAX);
	sip_build_response(&b, p->got, &r, str_z(tag));
	err = b.err ? b.err : udp_send(p->raw, &p->got->src, b.p, b.len);
	buf_fini(&b);
	return err;
}

int sip_pair_raw_send(struct sip_pair *p, const struct sip_end_point *to,
		      const char *fmt, ...)
{
	struct buf b;
	va_list    ap;
	int        err;

	buf_init(&b, SIP_MSG_MAX);
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	err = b.err ? b.err : udp_send(p->raw, &to->addr, b.p, b.len);
	buf_fini(&b);
	return err;
}

const char *sip_pair_raw_got(const struct sip_pair *p)
{
	static const char *const finals[] = { "200", "481", "482", "487",
					      "491", "500", "603" };

	if (!p->got)
		return "";
	if (p->got->request)
		return sip_mid_name(p->got->method);
	for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
		uint32_t n;

		if (str_u32(&n, str_z(finals[i]), 999) == 0 &&
		    n == p->got->status)
			return finals[i];
	}
	return "?";
}
