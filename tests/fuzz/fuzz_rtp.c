/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams on the socket of an RTP port, with time passing and frames
 * pulled in between. Records: one byte of length, one byte of what to do
 * first, then the datagram; with a header that is right in most cases, so
 * that the fuzzer gets behind the parser.
 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/dsp.h"
#include "media/rtp_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { MEND = 1, TICK = 2, OTHER_SOURCE = 4, JUMP = 8 };

struct sock {
	struct udp  udp;
	struct addr at;
};

static int net_open(struct udp **up, struct udp_net *n,
		    const struct addr *local);

static int net_bind(struct udp *u, struct loop *l, udp_recv_fn *fn, void *arg)
{
	(void)u;
	(void)l;
	(void)fn;
	(void)arg;
	return 0;
}

static void net_unbind(struct udp *u)
{
	(void)u;
}

static int net_send(struct udp *u, const struct addr *dst, const void *p,
		    size_t n)
{
	(void)u;
	assert(dst->port && p && n >= 8 && n <= RTP_SEND_MAX);
	return 0;
}

static void net_local(const struct udp *u, struct addr *a)
{
	*a = ((const struct sock *)(const void *)u)->at;
}

static void net_close(struct udp *u)
{
	mem_free(u);
}

static const struct udp_ops net_ops = {
	net_open, net_bind, net_unbind, net_send, net_local, net_close, NULL,
};

static int net_open(struct udp **up, struct udp_net *n,
		    const struct addr *local)
{
	struct sock *s = mem_alloc(sizeof(*s));

	(void)n;
	if (!s)
		return ENOMEM;
	s->udp.ops = &net_ops;
	s->at = *local;
	*up = &s->udp;
	return 0;
}

static void on_digit(void *arg, char digit, bool begin, uint16_t ms)
{
	(void)begin;
	(void)ms;
	assert(telev_event(digit) >= 0);
	++*(unsigned *)arg;
}

static void on_timeout(void *arg)
{
	(void)arg;
}

static const struct rtp_sink sink = { on_digit, on_timeout };

struct fuzz {
	struct clk_virtual clk;
	struct loop       *loop;
	struct pool        pool;
	struct media_conf  conf;
	struct rtp_ports  *ports;
	struct udp_net     net;
	struct port       *port;
	unsigned           digits;
};

static int setup(struct fuzz *f)
{
	struct addr ip = { .family = AF_INET, .ip = { 10, 0, 0, 1 } };
	struct rtp_params q = { .symmetric = true, .send = true,
		.recv = true, .rtcp_mux = true, .n_fmt = 3, .ptime_ms = 20,
		.event_tx_pt = 101, .event_rx_pt = 101 };
	struct rtp_env env = { .pool = &f->pool, .sink = &sink,
			       .arg = &f->digits };
	struct rtp_sound *sound;
	int err;

	f->net.ops = &net_ops;
	f->conf = media_conf_default;
	clk_virtual_init(&f->clk);
	q.remote = (struct addr){ .family = AF_INET, .ip = { 10, 0, 0, 2 },
				  .port = 5000 };
	q.fmt[0] = (struct rtp_format){ codec_by_pt(8), 8, 8, "" };
	q.fmt[1] = (struct rtp_format){ codec_by_pt(9), 9, 9, "" };
	q.fmt[2] = (struct rtp_format){ codec_find("G726-32", 8000), 96, 96,
					"" };
	err = dsp_global_init();
	if (!err)
		err = loop_new(&f->loop, &f->clk.clk);
	if (!err)
		err = pool_init(&f->pool, 64);
	if (!err)
		err = rtp_ports_new(&f->ports, &f->net, 20000, 20003);
	if (!err)
		err = rtp_port_open(&f->port, f->ports, &ip, &f->conf);
	if (!err)
		err = rtp_port_set(f->port, &q);
	if (!err)
		err = rtp_sound_new(&sound, 8000);
	if (!err)
		(void)rtp_sound_lend(rtp_of(f->port), sound);
	env.poll = f->loop;
	if (!err)
		rtp_port_join(rtp_of(f->port), &env);
	return err ? err : f->port->ops->bind(f->port, f->loop);
}

static void tick(struct fuzz *f)
{
	struct frame fr;

	loop_run_until(f->loop, f->clk.t_us + 20000);
	(void)f->port->ops->pull(f->port, &fr);
	assert(fr.n == 160 && fr.hz == 8000);
	(void)f->port->ops->push(f->port, &fr);
}

static void datagram(struct fuzz *f, unsigned what, const uint8_t *p,
		     size_t n)
{
	struct addr src = { .family = AF_INET, .ip = { 10, 0, 0, 2 },
			    .port = what & OTHER_SOURCE ? 6000 : 5000 };
	uint8_t data[256];

	memcpy(data, p, n);
	if (what & MEND && n >= RTP_HDR) {
		data[0] = 0x80;
		data[1] = (uint8_t)(data[1] & 0x80 ? 101 : data[1] % 14);
		data[2] = 0;
		memset(data + 4, 0, 2);
		memset(data + 8, 7, 4);
	}
	rtp_rx_packet(&src, data, n, rtp_of(f->port));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct fuzz f = { 0 };

	if (setup(&f))
		assert(!"no memory");
	while (n >= 2) {
		size_t len = p[0];
		unsigned what = p[1];

		p += 2;
		n -= 2;
		if (len > n)
			len = n;
		if (what & TICK)
			tick(&f);
		if (what & JUMP)
			loop_run_until(f.loop, f.clk.t_us + 700000);
		datagram(&f, what, p, len);
		p += len;
		n -= len;
	}
	for (unsigned i = 0; i < 5; i++)
		tick(&f);
	f.port->ops->unbind(f.port);
	assert(!f.pool.used);
	port_free(f.port);
	rtp_ports_free(f.ports);
	pool_fini(&f.pool);
	loop_free(f.loop);
	return 0;
}
