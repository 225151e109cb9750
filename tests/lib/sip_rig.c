/* SPDX-License-Identifier: Apache-2.0 */
/* A stack and a far end of plain text; see sip_rig.h. */
#include "tests/lib/sip_rig.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void on_datagram(const struct addr *src, uint8_t *data, size_t len,
			void *arg)
{
	struct sip_rig *r = arg;
	struct sip_msg *m;

	if (r->n_got == SIP_RIG_MAX ||
	    sip_msg_parse(&m, str_pl(data, len), NULL))
		return;
	m->src = *src;
	r->at_us[r->n_got] = loop_now_us(r->loop);
	r->got[r->n_got++] = m;
}

int sip_rig_open(struct sip_rig *r, const struct sip_stack_params *p)
{
	struct sip_stack_params own = p ? *p : (struct sip_stack_params){ 0 };
	int err;

	*r = (struct sip_rig){ 0 };
	clk_virtual_init(&r->clk);
	err = addr_parse(&r->addr, STR_LIT("192.0.2.1:5060"), 0);
	err = err ? err : addr_parse(&r->peer_addr,
				     STR_LIT("192.0.2.2:5060"), 0);
	err = err ? err : loop_new(&r->loop, &r->clk.clk);
	err = err ? err : fake_net_new(&r->net, 1);
	if (err)
		return err;
	own.loop = r->loop;
	own.net = fake_net_udp(r->net);
	err = sip_stack_new(&r->stack, &own);
	err = err ? err : sip_stack_listen(r->stack, SIP_UDP, &r->addr,
					   NULL);
	err = err ? err : udp_open(&r->peer, own.net, &r->peer_addr);
	return err ? err : udp_bind(r->peer, r->loop, on_datagram, r);
}

void sip_rig_clear(struct sip_rig *r)
{
	while (r->n_got)
		obj_unref(r->got[--r->n_got]);
}

void sip_rig_close(struct sip_rig *r)
{
	sip_rig_clear(r);
	sip_stack_free(r->stack);
	udp_close(r->peer);
	fake_net_free(r->net);
	loop_free(r->loop);
}

void sip_rig_run(struct sip_rig *r, uint32_t ms)
{
	loop_run_until(r->loop, loop_now_us(r->loop) + ms * 1000ULL);
}

struct sip_msg *sip_rig_last(const struct sip_rig *r)
{
	return r->n_got ? r->got[r->n_got - 1] : NULL;
}

int sip_rig_send_raw(struct sip_rig *r, const void *p, size_t n)
{
	return udp_send(r->peer, &r->addr, p, n);
}

int sip_rig_send(struct sip_rig *r, const char *text)
{
	struct buf b;
	int err;

	buf_init(&b, UDP_MAX);
	for (; *text; text++) {
		if (*text == '\n')
			buf_addc(&b, '\r');
		buf_addc(&b, *text);
	}
	err = b.err ? b.err : sip_rig_send_raw(r, b.p, b.len);
	buf_fini(&b);
	return err;
}

int sip_rig_answer(struct sip_rig *r, const struct sip_msg *req,
		   uint16_t status, const char *lines)
{
	struct sip_response resp = {
		.status = status, .headers = str_z(lines),
	};
	struct buf b;
	int err;

	buf_init(&b, UDP_MAX);
	sip_build_response(&b, req, &resp, STR_LIT("peer"));
	err = b.err ? b.err : udp_send(r->peer, &req->src, b.p, b.len);
	buf_fini(&b);
	return err;
}

static void on_response(const struct sip_msg *m, void *arg)
{
	struct sip_rig *r = arg;

	r->n_responses++;
	r->status = m->status;
}

static void on_end(enum txn_end why, void *arg)
{
	struct sip_rig *r = arg;

	r->n_ends++;
	r->why = why;
}

int sip_rig_request(struct txn_client **tp, struct sip_rig *r,
		    const char *method, const char *body)
{
	static const struct txn_client_cb cb = { on_response, on_end };
	char lines[512];
	struct sip_request req = {
		.method = str_z(method),
		.ruri = STR_LIT("sip:bob@192.0.2.2"),
		.body = str_z(body),
	};
	struct sip_flow *f;
	int err = sip_flow_find(&f, r->stack, SIP_UDP, &r->peer_addr, NULL);

	if (err)
		return err;
	snprintf(lines, sizeof(lines),
		 "Max-Forwards: 70\r\n"
		 "From: <sip:alice@example.com>;tag=a1\r\n"
		 "To: <sip:bob@example.com>\r\n"
		 "Call-ID: rig@192.0.2.1\r\n"
		 "CSeq: 7 %s\r\n", method);
	req.headers = str_z(lines);
	err = txn_client_new(tp, r->stack, f, &req, &cb, r);
	obj_unref(f);
	return err;
}
