/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVITE sessions against a hostile peer. The input is a row of datagrams,
 * divided by lines of "@@". @C @F @B @N stand for Call-ID, From tag, branch
 * and CSeq of the INVITE we sent, @T for the To tag of our last answer.
 * Whatever comes: at the end no session and no transaction is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clk.h"
#include "base/mem.h"
#include "gateway/sip/locate.h"
#include "gateway/sip/session.h"
#include "gateway/sip/sip.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { MAX_SESSIONS = 8, MAX_DATAGRAMS = 24 };

/* A socket that takes what we send and gives what the input says. */
struct wire {
	struct udp     udp;
	struct udp_net net;
	udp_recv_fn   *fn;
	void          *arg;
	struct addr    local;
	struct sip_msg *invite;         /* the first one we sent */
	char           tag[64];         /* of our last answer */
};

struct run {
	struct clk_virtual   clk;
	struct loop         *loop;
	struct wire          wire;
	struct sip_stack    *stack;
	struct sip_locator  *locator;
	struct sip_sessions *sessions;
	struct sip_session  *s[MAX_SESSIONS];
	unsigned             n;
};

static struct wire *wire_of(struct udp *u)
{
	return (struct wire *)(void *)u;
}

static int wire_open(struct udp **up, struct udp_net *net,
		     const struct addr *local)
{
	struct wire *w = (struct wire *)(void *)((char *)net -
						 offsetof(struct wire, net));

	w->local = *local;
	*up = &w->udp;
	return 0;
}

static int wire_bind(struct udp *u, struct loop *l, udp_recv_fn *fn,
		     void *arg)
{
	(void)l;
	wire_of(u)->fn = fn;
	wire_of(u)->arg = arg;
	return 0;
}

static void wire_unbind(struct udp *u)
{
	wire_of(u)->fn = NULL;
}

/* What we write must be sound. */
static int wire_send(struct udp *u, const struct addr *dst, const void *p,
		     size_t n)
{
	struct wire    *w = wire_of(u);
	struct sip_msg *m;

	(void)dst;
	if (sip_msg_parse(&m, str_pl(p, n), NULL))
		return 0;
	if (!m->request)
		str_clip(w->tag, sizeof(w->tag), m->to.tag);
	if (!w->invite && m->request && m->method == SIP_INVITE)
		w->invite = obj_ref(m);
	obj_unref(m);
	return 0;
}

static void wire_local(const struct udp *u, struct addr *a)
{
	*a = ((const struct wire *)(const void *)u)->local;
}

static void wire_close(struct udp *u)
{
	wire_of(u)->fn = NULL;
}

static const struct udp_ops wire_ops = { wire_open, wire_bind, wire_unbind,
					 wire_send, wire_local, wire_close,
					 NULL };

/* The owner of the sessions: agrees to everything. */

static void answer(struct sip_session **sp)
{
	if (*sp && sip_session_answer(*sp, STR_LIT("sdp"), STR_NULL))
		return;         /* nothing to be answered */
}

static void on_progress(uint16_t status, const struct sip_msg *m, void *arg)
{
	(void)status;
	(void)m;
	(void)arg;
}

static void on_msg(const struct sip_msg *m, void *arg)
{
	(void)m;
	answer(arg);
}

static void on_info(const struct sip_msg *m, void *arg)
{
	struct sip_session **sp = arg;

	(void)m;
	if (*sp && sip_session_offer(*sp, STR_LIT("sdp")))
		return;         /* one is pending */
}

static void on_end(const struct sip_end *why, void *arg)
{
	struct sip_session **sp = arg;

	(void)why;
	if (!*sp)
		abort();        /* ended twice */
	*sp = NULL;
}

static const struct sip_session_cb session_cb = {
	.on_progress = on_progress,
	.on_answer = on_msg,
	.on_offer = on_msg,
	.on_refused = on_progress,
	.on_info = on_info,
	.on_end = on_end,
};

static void on_invite(struct txn_server *t, const struct sip_msg *m,
		      void *arg)
{
	struct run *r = arg;

	if (r->n == MAX_SESSIONS ||
	    sip_session_accept(&r->s[r->n], r->sessions, t, m, &session_cb,
			       &r->s[r->n])) {
		txn_server_replyf(t, 486, NULL, "%s", "");
		return;
	}
	if (sip_session_ring(r->s[r->n], 180, STR_NULL))
		return;
	/* every second one waits for CANCEL */
	if (!(r->n & 1))
		answer(&r->s[r->n]);
	r->n++;
}

static int run_open(struct run *r)
{
	static const struct sip_invite inv = {
		.target = STR_LIT("sip:b@192.0.2.9"),
		.from = STR_LIT("sip:a@192.0.2.1"),
		.auth_user = STR_LIT("u"), .auth_secret = STR_LIT("s") };
	struct sip_stack_params  sp = { .net = &r->wire.net };
	struct locate_params     lp = { .v4 = true, .has = { true } };
	struct sip_sessions_conf conf = { .on_invite = on_invite, .arg = r };
	struct addr              at;

	clk_virtual_init(&r->clk);
	r->wire.net.ops = r->wire.udp.ops = &wire_ops;
	if (loop_new(&r->loop, &r->clk.clk))
		return ENOMEM;
	sp.loop = lp.loop = r->loop;
	if (addr_parse(&at, STR_LIT("192.0.2.1"), 5060) ||
	    sip_stack_new(&r->stack, &sp) ||
	    sip_stack_listen(r->stack, SIP_UDP, &at, NULL) ||
	    locate_new(&r->locator, &lp))
		return ENOMEM;
	conf.stack = r->stack;
	conf.locator = r->locator;
	if (sip_sessions_new(&r->sessions, &conf))
		return ENOMEM;
	r->n = 1;
	return sip_session_invite(&r->s[0], r->sessions, &inv, &session_cb,
				  &r->s[0]);
}

static void pass(struct run *r, uint64_t ms)
{
	loop_run_until(r->loop, r->clk.t_us + ms * 1000);
}

static void expand(struct buf *out, const struct run *r, struct str s)
{
	const struct sip_msg *m = r->wire.invite;

	for (size_t i = 0; i < s.l; i++) {
		char c = i + 1 < s.l && s.p[i] == '@' ? s.p[i + 1] : 0;

		if (c == 'C' && m)
			buf_adds(out, m->call_id);
		else if (c == 'F' && m)
			buf_adds(out, m->from.tag);
		else if (c == 'B' && m)
			buf_adds(out, m->via.branch);
		else if (c == 'N' && m)
			buf_addf(out, "%u", (unsigned)m->cseq.num);
		else if (c == 'T')
			buf_addz(out, r->wire.tag);
		else
			c = 0;
		if (c)
			i++;
		else
			buf_addc(out, s.p[i]);
	}
}

static void feed(struct run *r, struct str datagram)
{
	struct addr src = { .family = AF_INET, .port = 5060,
			    .ip = { 192, 0, 2, 9 } };
	struct buf  b;

	buf_init(&b, UDP_MAX);
	expand(&b, r, datagram);
	if (!b.err && b.len && r->wire.fn)
		r->wire.fn(&src, b.p, b.len, r->wire.arg);
	buf_fini(&b);
	pass(r, 100);
}

/* Everybody hangs up; what is owed is paid in time. */
static void run_close(struct run *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->s[i])
			sip_session_end(r->s[i], 486, 16, STR_NULL);
	pass(r, 200000);
	for (unsigned i = 0; i < r->n; i++)
		if (r->s[i])
			abort();        /* never ended */
	if (sip_sessions_count(r->sessions) || sip_stack_txns(r->stack))
		abort();                /* something stays behind */
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct run  r;
	struct str  rest = str_pl(p, n);

	log_set_level(LOG_ERR);
	memset(&r, 0, sizeof(r));
	if (run_open(&r))
		abort();
	pass(&r, 10);
	for (int i = 0; i < MAX_DATAGRAMS && rest.l; i++) {
		const char *end = memmem(rest.p, rest.l, "\n@@\n", 4);
		size_t      len = end ? (size_t)(end - rest.p) + 1 : rest.l;

		feed(&r, str_sub(rest, 0, len));
		rest = str_sub(rest, len + 3, rest.l);
	}
	run_close(&r);
	sip_sessions_free(r.sessions);
	locate_free(r.locator);
	sip_stack_free(r.stack);
	loop_free(r.loop);
	obj_unref(r.wire.invite);
	return 0;
}
