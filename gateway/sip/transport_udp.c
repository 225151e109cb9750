/* SPDX-License-Identifier: Apache-2.0 */
/* SIP over UDP (RFC 3261 section 18, RFC 3581): one socket per listening
 * address; a flow is a pair of addresses and costs nothing but memory. */
#include <string.h>

#include "base/mem.h"
#include "base/udp.h"
#include "gateway/sip/sip_stack.h"

/* A thousand calls in one moment, as after an outage elsewhere: what finds no
 * room comes again half a second later. */
enum { ROOM_BYTES = 4 << 20 };

/* Bytes that keep a NAT binding open: CRLFs or zeros. */
static bool is_keepalive(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' && p[i] != '\n' && p[i] != 0 && p[i] != ' ')
			return false;
	return true;
}

static void on_datagram(const struct addr *src, uint8_t *data, size_t len,
			void *arg)
{
	struct sip_transport *t = arg;
	struct addr from = *src;
	struct sip_flow *f;

	addr_unmap(&from);
	if (is_keepalive(data, len))
		return;
	f = obj_ref(sip_flow_at(t, &from));
	if (!f && sip_flow_new(&f, t, &from, NULL))
		return;
	f->up = true;
	sip_flow_receive(f, str_pl(data, len), 0, NULL);
	obj_unref(f);
}

static int udp_listen(struct sip_transport *t)
{
	struct udp *u;
	int err = udp_open(&u, t->stack->p.net, &t->local);

	if (err)
		return err;
	udp_room(u, ROOM_BYTES);
	err = udp_bind(u, t->stack->p.loop, on_datagram, t);
	if (err) {
		udp_close(u);
		return err;
	}
	udp_local(u, &t->local);
	t->priv = u;
	return 0;
}

static int udp_connect(struct sip_flow *f, const char *name)
{
	(void)name;
	f->up = true;
	return 0;
}

static int udp_send_msg(struct sip_flow *f, struct str msg)
{
	return udp_send(f->tp->priv, &f->remote, msg.p, msg.l);
}

static void udp_close_flow(struct sip_flow *f)
{
	(void)f;
}

static void udp_close_transport(struct sip_transport *t)
{
	udp_close(t->priv);
	t->priv = NULL;
}

const struct sip_transport_ops sip_udp_ops = {
	.name = "UDP", .kind = SIP_UDP, .reliable = false, .secure = false,
	.listen = udp_listen, .connect = udp_connect, .send = udp_send_msg,
	.close_flow = udp_close_flow, .close = udp_close_transport,
};
