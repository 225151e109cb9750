/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack object and the dispatch of messages: to transactions, to the
 * dialog that a request belongs to, to the method's row. Requests that are
 * broken, or that nobody here understands, are answered here (RFC 3261
 * section 8.2).
 */
#include "gateway/sip/sip_stack.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/limit.h"

#define REQUESTS(m) METRIC(m, METRIC_COUNTER, "tipring_sip_requests_total", \
	"method=\"" #m "\"", "Requests that came in, retransmissions left out")

static REQUESTS(INVITE);
static REQUESTS(ACK);
static REQUESTS(BYE);
static REQUESTS(CANCEL);
static REQUESTS(OPTIONS);
static REQUESTS(REGISTER);
static REQUESTS(OTHER);
static METRIC_COUNT(refused, "tipring_sip_refused_total",
		    "Requests answered by the stack itself with an error");
static METRIC_COUNT(dropped, "tipring_sip_dropped_total",
		    "Responses and requests that were thrown away");

static void count(const struct sip_msg *m)
{
	static struct metric *const by_method[SIP_OTHER + 1] = {
		[SIP_INVITE] = &INVITE, [SIP_ACK] = &ACK, [SIP_BYE] = &BYE,
		[SIP_CANCEL] = &CANCEL, [SIP_OPTIONS] = &OPTIONS,
		[SIP_REGISTER] = &REGISTER,
	};
	struct metric *c = by_method[m->method];

	metric_add(c ? c : &OTHER, 1);
}

static void set_defaults(struct sip_stack *s)
{
	struct sip_stack_params *p = &s->p;

	if (!p->t1_ms)
		p->t1_ms = 500;
	if (!p->t2_ms)
		p->t2_ms = 4000;
	if (!p->t4_ms)
		p->t4_ms = 5000;
	if (!p->max_txns)
		p->max_txns = 20000;
	if (!p->max_flows)
		p->max_flows = 4096;
	if (!p->idle_ms)
		p->idle_ms = 600000;
	if (!p->net)
		p->net = &udp_os;
	str_clip(s->user_agent, sizeof(s->user_agent),
		 str_z(p->user_agent ? p->user_agent : "Tipring"));
	p->user_agent = s->user_agent;
	if (p->tls) {
		s->tls = *p->tls;
		p->tls = &s->tls;
	}
}

static int serve_own(struct sip_stack *s)
{
	int err = 0;

	for (int i = 0; !err && sip_methods[i]; i++)
		err = sip_stack_serve(s, sip_methods[i], NULL);
	return err;
}

int sip_stack_new(struct sip_stack **sp, const struct sip_stack_params *p)
{
	struct sip_stack *s = mem_alloc(sizeof(*s));

	if (!s)
		return ENOMEM;
	s->p = *p;
	s->tag.module = "sip";
	set_defaults(s);
	list_init(&s->transports);
	list_init(&s->flow_lru);
	list_init(&s->client_list);
	list_init(&s->server_list);
	list_init(&s->served);
	buf_init(&s->out, SIP_MSG_MAX);
	if (hash_init(&s->flows, 64) || hash_init(&s->clients, 64) ||
	    hash_init(&s->servers, 64) || hash_init(&s->merges, 64) ||
	    serve_own(s)) {
		sip_stack_free(s);
		return ENOMEM;
	}
	sip_flows_sweep(s);
	*sp = s;
	return 0;
}

void sip_stack_free(struct sip_stack *s)
{
	if (!s)
		return;
	s->on_dialog = NULL;
	txn_clients_close(s);
	txn_servers_close(s);
	sip_flows_close(s);
	LIST_EACH_SAFE(n, &s->transports) {
		struct sip_transport *t =
			CONTAINER(n, struct sip_transport, node);

		t->ops->close(t);
		mem_free(t);
	}
	LIST_EACH_SAFE(n, &s->served)
		mem_free(CONTAINER(n, struct sip_served, node));
	hash_fini(&s->flows);
	hash_fini(&s->clients);
	hash_fini(&s->servers);
	hash_fini(&s->merges);
	buf_fini(&s->out);
	mem_free(s);
}

int sip_stack_listen(struct sip_stack *s, enum sip_tp kind,
		     const struct addr *at, struct addr *got)
{
	struct sip_transport *t;
	char text[ADDR_TEXT_MAX];
	int err;

	if (!sip_tp_ops(kind))
		return ENOTSUP;
	t = mem_alloc(sizeof(*t));
	if (!t)
		return ENOMEM;
	t->ops = sip_tp_ops(kind);
	t->stack = s;
	t->local = *at;
	err = t->ops->listen(t);
	if (err) {
		mem_free(t);
		return err;
	}
	list_append(&s->transports, &t->node);
	log_notice(&s->tag, "listening", "transport=%s at=%s", t->ops->name,
		   addr_print(text, &t->local));
	if (got)
		*got = t->local;
	return 0;
}

/* Adds a word to a list of words, once. */
static int add_word(char *list, size_t cap, const char *word)
{
	size_t n = strlen(list);

	if (sip_list_has(str_z(list), word))
		return 0;
	if (n + strlen(word) + 3 > cap)
		return ENOMEM;
	snprintf(list + n, cap - n, "%s%s", n ? ", " : "", word);
	return 0;
}

int sip_stack_allow(struct sip_stack *s, const char *method)
{
	return add_word(s->allowed, sizeof(s->allowed), method);
}

int sip_stack_support(struct sip_stack *s, const char *option)
{
	return add_word(s->supported, sizeof(s->supported), option);
}

static struct sip_served *served_of(const struct sip_stack *s,
				    struct str method)
{
	LIST_EACH(n, &s->served) {
		struct sip_served *v = CONTAINER(n, struct sip_served, node);

		if (str_eqz(method, v->row->name))
			return v;
	}
	return NULL;
}

int sip_stack_serve(struct sip_stack *s, const struct sip_method *m,
		    void *arg)
{
	struct sip_served *v = served_of(s, str_z(m->name));

	if (!v) {
		v = mem_alloc(sizeof(*v));
		if (!v)
			return ENOMEM;
		list_append(&s->served, &v->node);
	}
	v->row = m;
	v->arg = arg;
	return sip_stack_allow(s, m->name);
}

void sip_stack_on_dialog(struct sip_stack *s, sip_dialog_fn *fn, void *arg)
{
	s->on_dialog = fn;
	s->dialog_arg = arg;
}

void sip_stack_on_stray(struct sip_stack *s, sip_stray_fn *fn, void *arg)
{
	s->on_stray = fn;
	s->stray_arg = arg;
}

bool sip_stack_admits(struct sip_stack *s, const struct addr *src,
		      struct str text)
{
	/* answers are wanted: we asked for them */
	if (str_istarts(text, "SIP/2.0 "))
		return true;
	return !s->p.limit || sip_limit_take(s->p.limit, src);
}

bool sip_stack_accepts(struct sip_stack *s, const struct addr *src)
{
	return !(s->p.block && sip_block_bars(s->p.block, src)) &&
	       sip_stack_admits(s, src, STR_NULL);
}

bool sip_stack_offence(struct sip_stack *s, const struct sip_msg *m,
		       enum sip_offence what)
{
	/* a wrong password came with a nonce made for that address */
	bool heard = what == SIP_OFFENCE_PASSWORD ||
		     m->flow->tp->ops->reliable;

	if (!s->p.block)
		return false;
	if (!heard)
		txn_server_blame(s, m, what);
	return sip_block_note(s->p.block, &m->src, what, heard);
}

/* Part of a call or a transaction that we know: a block does not concern it,
 * or a stranger's running call could not be hung up. */
static bool is_of_call(struct sip_stack *s, const struct sip_msg *m)
{
	if (m->method == SIP_CANCEL)
		return txn_server_cancelled(s, m) != NULL;
	if (m->method == SIP_ACK)
		return true;            /* is never answered */
	return !str_is_empty(m->to.tag) && s->on_dialog &&
	       s->on_dialog(s, NULL, m, s->dialog_arg);
}

static bool is_dropped(struct sip_stack *s, const struct sip_msg *m)
{
	return s->p.block && sip_block_drops(s->p.block, &m->src);
}

/* It says so itself; answered, it would only come again. */
static bool is_scanner(struct sip_stack *s, const struct sip_msg *m)
{
	return sip_block_is_scanner(sip_msg_val(m, SIP_HDR_USER_AGENT)) &&
	       sip_stack_offence(s, m, SIP_OFFENCE_SCANNER);
}

int sip_stack_answer_flow(struct sip_flow **fp, struct sip_stack *s,
			  const struct sip_msg *req)
{
	const struct sip_via *v = &req->via;
	enum sip_tp kind = sip_flow_kind(req->flow);
	struct addr to = req->src;

	if (!req->flow->tp->ops->reliable) {
		/* a broken Via goes back to where it came from */
		if (v->has_rport || s->p.force_rport ||
		    str_is_empty(v->host)) {
			*fp = obj_ref(req->flow);
			return 0;
		}
	} else if (!req->flow->down) {
		*fp = obj_ref(req->flow);
		return 0;
	}
	/* maddr is not honoured: it would let anybody aim our answers */
	to.port = v->port ? v->port : sip_tp_port(kind);
	return sip_flow_find(fp, s, kind, &to, NULL);
}

void sip_stack_refuse(struct sip_stack *s, const struct sip_msg *req,
		      uint16_t status, const char *headers)
{
	struct sip_response r = {
		.status = status, .headers = str_z(headers),
	};
	char tag[SIP_TAG_MAX];
	struct sip_flow *f;

	metric_add(&refused, 1);
	/* a Via must be there, or nobody would know the answer for his */
	if (req->method == SIP_ACK || str_is_empty(req->via.raw) ||
	    sip_stack_answer_flow(&f, s, req))
		return;
	sip_new_tag(tag);
	buf_reset(&s->out);
	sip_build_response(&s->out, req, &r, str_z(tag));
	if (!s->out.err)
		(void)sip_flow_send(f, buf_str(&s->out)); /* may be lost */
	obj_unref(f);
}

/* What is wrong, for the one who reads the answer. */
static void refuse_flaw(struct sip_stack *s, const struct sip_msg *m)
{
	const struct sip_flaw *f = &m->flaw;
	char src[ADDR_TEXT_MAX], lines[200];

	log_info(&s->tag, "malformed message",
		 "from=%s line=%u column=%u error=\"%s\"",
		 addr_print(src, &m->src), f->pos.line, f->pos.column,
		 f->pos.what);
	if (!m->request) {
		metric_add(&dropped, 1);
		return;
	}
	snprintf(lines, sizeof(lines),
		 "Warning: 399 tipring \"line %u, column %u: %s\"\r\n",
		 f->pos.line, f->pos.column, f->pos.what);
	sip_stack_refuse(s, m, f->status, lines);
}

/* RFC 3261 section 8.2.2.3. */
static bool lacks_extension(struct sip_stack *s, const struct sip_msg *m,
			    struct buf *missing)
{
	const struct sip_hdr *h;

	for (unsigned i = 0; (h = sip_msg_hdr(m, SIP_HDR_REQUIRE, i)); i++) {
		char tag[64];

		str_clip(tag, sizeof(tag), h->val);
		if (h->val.l && !sip_list_has(str_z(s->supported), tag))
			buf_addf(missing, "%s%.*s",
				 missing->len ? ", " : "", STR_FMT(h->val));
	}
	return missing->len > 0;
}

static bool scheme_ok(const struct sip_uri *u)
{
	return u->scheme != SIP_URI_OTHER || str_ieqz(u->scheme_name, "urn");
}

/* Section 8.2.1 to 8.2.3; true: answered. */
static bool inspect(struct sip_stack *s, struct txn_server *t,
		    const struct sip_msg *m)
{
	struct buf missing;
	bool bad;

	if (!sip_list_has(str_z(s->allowed), sip_mid_name(m->method))) {
		txn_server_replyf(t, m->method == SIP_OTHER ? 501 : 405,
				  NULL, "Allow: %s\r\n", s->allowed);
		return true;
	}
	if (!scheme_ok(&m->ruri)) {
		txn_server_replyf(t, 416, NULL, "%s", "");
		return true;
	}
	if (txn_client_is_own(s, m) ||
	    (str_is_empty(m->to.tag) && txn_server_merged(s, t))) {
		txn_server_replyf(t, 482, NULL, "%s", "");
		return true;
	}
	if (m->method == SIP_CANCEL)
		return false;
	buf_init(&missing, 1024);
	bad = lacks_extension(s, m, &missing);
	if (bad)
		txn_server_replyf(t, 420, NULL, "Unsupported: %.*s\r\n",
				  STR_FMT(buf_str(&missing)));
	buf_fini(&missing);
	return bad;
}

static void on_cancel(struct sip_stack *s, struct txn_server *t,
		      const struct sip_msg *m)
{
	struct txn_server *invite = txn_server_cancelled(s, m);

	if (invite)
		txn_server_cancel(invite, t);
	else
		txn_server_replyf(t, 481, NULL, "%s", "");
}

/* True: answered here. */
static bool dispatch(struct sip_stack *s, struct txn_server *t,
		     const struct sip_msg *m)
{
	struct sip_served *v = served_of(s, m->method_name);
	int err;

	if (m->method == SIP_CANCEL) {
		on_cancel(s, t, m);
		return true;
	}
	if (!str_is_empty(m->to.tag) || !v) {
		if (s->on_dialog && s->on_dialog(s, t, m, s->dialog_arg))
			return false;
		txn_server_replyf(t, 481, NULL, "%s", "");
		return true;
	}
	err = v->row->on_request(s, t, m, v->arg);
	if (err && !txn_server_is_answered(t))
		txn_server_replyf(t, err == ENOMEM || err == EAGAIN ?
				     503 : 500, NULL, "%s", "");
	return err != 0;
}

static void on_request(struct sip_stack *s, struct sip_msg *m)
{
	struct txn_server *t;

	if (txn_server_receive(s, m))
		return;
	count(m);
	if (!is_of_call(s, m) && (is_dropped(s, m) || is_scanner(s, m)))
		return;
	if (m->method == SIP_ACK) {
		if (!s->on_dialog || !s->on_dialog(s, NULL, m, s->dialog_arg))
			metric_add(&dropped, 1);
		return;
	}
	if (s->n_txns >= s->p.max_txns || txn_server_new(&t, s, m)) {
		sip_stack_refuse(s, m, 503, "Retry-After: 10\r\n");
		return;
	}
	obj_ref(t);
	/* without memory for our answer the request shall come again */
	if ((inspect(s, t, m) || dispatch(s, t, m)) &&
	    !txn_server_is_answered(t))
		txn_forget_server(t);
	txn_server_settle(t);
	obj_unref(t);
}

static void on_response(struct sip_stack *s, struct sip_msg *m)
{
	if (txn_client_receive(s, m))
		return;
	if (s->on_stray && m->method == SIP_INVITE && m->status >= 200 &&
	    m->status < 300)
		s->on_stray(s, m, s->stray_arg);
	else
		metric_add(&dropped, 1);
}

void sip_stack_receive(struct sip_stack *s, struct sip_msg *m)
{
	if (m->flaw.status && m->request && is_dropped(s, m))
		return;
	if (m->flaw.status)
		refuse_flaw(s, m);
	else if (m->request)
		on_request(s, m);
	else
		on_response(s, m);
}

void sip_stack_build(struct sip_stack *s, struct buf *b, struct sip_flow *f,
		     const struct sip_request *r)
{
	char text[ADDR_TEXT_MAX];
	struct addr local;

	buf_reset(b);
	sip_stack_local(&local, s, f);
	sip_build_request(b, r, f->tp->ops->name,
			  str_z(addr_print(text, &local)));
}

/* Is that network reached without the translator? */
static bool is_near(const struct sip_stack *s, const struct addr *a)
{
	for (unsigned i = 0; i < s->p.n_local_nets; i++)
		if (cidr_has(&s->p.local_nets[i], a))
			return true;
	return addr_is_private(a) || addr_is_loopback(a);
}

void sip_stack_local(struct addr *a, struct sip_stack *s,
		     const struct sip_flow *f)
{
	struct addr local = f->local, src;

	local.port = f->tp->local.port;
	if (addr_is_any(&local) && !addr_route_source(&src, &f->remote)) {
		src.port = local.port;
		local = src;
	}
	if (s->p.external.family == local.family && !is_near(s, &f->remote)) {
		uint16_t port = local.port;

		local = s->p.external;
		local.port = local.port ? local.port : port;
	} else if (f->seen.family == local.family &&
		   !addr_eq_ip(&f->seen, &local)) {
		local = f->seen;
	}
	*a = local;
}

void sip_stack_add_contact(struct sip_stack *s, struct buf *b,
			   const struct sip_flow *f, struct str user)
{
	struct addr local;

	sip_stack_local(&local, s, f);
	buf_addz(b, "<sip:");
	if (!str_is_empty(user)) {
		sip_escape_user(b, user);
		buf_addc(b, '@');
	}
	sip_add_host(b, &local);
	if (sip_flow_kind(f) == SIP_TCP)
		buf_addz(b, ";transport=tcp");
	else if (sip_flow_kind(f) == SIP_TLS)
		buf_addz(b, ";transport=tls");
	buf_addc(b, '>');
}

int sip_stack_add_domain(struct sip_stack *s, const char *domain)
{
	int err;

	if (s->n_domains == SIP_STACK_DOMAINS_MAX)
		return ENOMEM;
	err = str_copy(s->domains[s->n_domains], sizeof(s->domains[0]),
		       str_z(domain));
	if (!err)
		s->n_domains++;
	return err;
}

static bool addr_is_us(const struct sip_stack *s, const struct addr *a)
{
	struct addr src;

	LIST_EACH(n, &s->transports) {
		const struct sip_transport *t =
			CONTAINER(n, struct sip_transport, node);
		uint16_t port = a->port ? a->port :
					  sip_tp_port(t->ops->kind);

		if (port != t->local.port)
			continue;
		if (addr_eq_ip(&t->local, a) ||
		    addr_eq_ip(&s->p.external, a))
			return true;
		/* the kernel answers to its own addresses from themselves */
		if (addr_is_any(&t->local) &&
		    t->local.family == a->family &&
		    !addr_route_source(&src, a) && addr_eq_ip(&src, a))
			return true;
	}
	return s->p.external.family && addr_eq_ip(&s->p.external, a) &&
	       s->p.external.port == a->port;
}

bool sip_stack_is_us(const struct sip_stack *s, const struct sip_uri *u)
{
	struct addr a;

	if (!sip_uri_addr(&a, u))
		return addr_is_us(s, &a);
	for (unsigned i = 0; i < s->n_domains; i++)
		if (str_ieqz(u->host, s->domains[i]))
			return true;
	return false;
}

const char *sip_stack_allowed(const struct sip_stack *s)
{
	return s->allowed;
}

const char *sip_stack_supported(const struct sip_stack *s)
{
	return s->supported;
}

struct loop *sip_stack_loop(const struct sip_stack *s)
{
	return s->p.loop;
}

struct resolver *sip_stack_resolver(const struct sip_stack *s)
{
	return s->p.resolver;
}

const char *sip_stack_user_agent(const struct sip_stack *s)
{
	return s->user_agent;
}

uint32_t sip_stack_t1(const struct sip_stack *s)
{
	return s->p.t1_ms;
}

uint32_t sip_stack_t2(const struct sip_stack *s)
{
	return s->p.t2_ms;
}

bool sip_stack_has(const struct sip_stack *s, enum sip_tp kind)
{
	LIST_EACH(n, &s->transports)
		if (CONTAINER(n, struct sip_transport, node)->ops->kind ==
		    kind)
			return true;
	return false;
}

unsigned sip_stack_txns(const struct sip_stack *s)
{
	return s->n_txns;
}
