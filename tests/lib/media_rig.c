/* SPDX-License-Identifier: Apache-2.0 */
/* Two bridges over a simulated network. */
#include "tests/lib/media_rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/dsp.h"
#include "tests/lib/sine.h"

static struct rig_line *line_of(struct port *p)
{
	return (struct rig_line *)(void *)p;
}

static int line_pull(struct port *p, struct frame *f)
{
	struct rig_line *l = line_of(p);

	f->hz = p->hz;
	f->n = (uint16_t)port_samples(p);
	memset(f->pcm, 0, sizeof(f->pcm));
	if (l->say) {
		size_t left = l->say_n > l->at ? l->say_n - l->at : 0;
		size_t n = left < f->n ? left : f->n;

		memcpy(f->pcm, l->say + l->at, n * sizeof(f->pcm[0]));
	} else if (l->hz > 0) {
		sine_make(f->pcm, f->n, p->hz, l->hz, l->dbm0, l->at);
	}
	for (unsigned i = 0; i < f->n; i++)
		f->pcm[i] = (int16_t)(f->pcm[i] + lrint(l->echo * l->far[i]));
	l->at += f->n;
	return 0;
}

static int line_push(struct port *p, const struct frame *f)
{
	struct rig_line *l = line_of(p);

	memcpy(l->far, f->pcm, f->n * sizeof(f->pcm[0]));
	if (!l->heard || l->n + f->n > RIG_HEARD)
		return EAGAIN;
	memcpy(l->heard + l->n, f->pcm, f->n * sizeof(f->pcm[0]));
	l->n += f->n;
	return 0;
}

static int line_bind(struct port *p, struct loop *worker)
{
	(void)worker;
	if (line_of(p)->bind_err)
		return line_of(p)->bind_err;
	line_of(p)->bound++;
	return 0;
}

static void line_unbind(struct port *p)
{
	line_of(p)->bound--;
}

static void line_free(struct port *p)
{
	line_of(p)->freed++;
}

static const struct port_ops line_ops = {
	.name = "rig", .pull = line_pull, .push = line_push,
	.bind = line_bind, .unbind = line_unbind, .free = line_free,
};

void rig_line_init(struct rig_line *l, unsigned hz)
{
	*l = (struct rig_line){ .port = { &line_ops, (uint16_t)hz } };
}

static void on_event(struct bridge *b, const struct bridge_event *e,
		     void *arg)
{
	struct rig *r = arg;
	unsigned i = b == r->bridge[1];
	struct rig_event *v = &r->ev[r->n_ev];

	if (e->stats)
		r->stats[i] = *e->stats;
	if (e->ev == BRIDGE_EV_CLOSED) {
		r->closed[i]++;
		r->bridge[i] = NULL;
	}
	if (e->port)
		r->taken = e->port;
	if (r->n_ev == RIG_EVENTS)
		return;
	r->n_ev++;
	v->bridge = i;
	v->e = *e;
	v->at_us = loop_now_us(r->loop);
	if (e->ev == BRIDGE_EV_DIGIT)
		snprintf(v->digits, sizeof(v->digits), "%c%c",
			 e->begin ? '+' : '-', e->digit);
}

static struct addr host(unsigned i)
{
	struct addr a = { .family = AF_INET,
			  .ip = { 10, 0, 0, (uint8_t)(1 + i) } };

	return a;
}

static int make(struct rig *r)
{
	int err;

	clk_virtual_init(&r->clk);
	r->conf = media_conf_default;
	r->conf.workers = 0;
	r->conf.packet_buffers = 256;
	err = loop_new(&r->loop, &r->clk.clk);
	if (!err)
		err = fake_net_new(&r->net, 1);
	if (!err)
		err = media_engine_new(&r->engine, r->loop, &r->conf);
	if (!err)
		err = rtp_ports_new(&r->ports, fake_net_udp(r->net), 20000,
				    20099);
	for (unsigned i = 0; !err && i < 2; i++) {
		struct addr ip = host(i);

		rig_line_init(&r->line[i], 8000);
		r->line[i].heard = mem_alloc(RIG_HEARD * sizeof(int16_t));
		err = r->line[i].heard
			? bridge_open(&r->bridge[i], r->engine, on_event, r)
			: ENOMEM;
		if (!err)
			err = rtp_port_open(&r->rtp[i], r->ports, &ip,
					    &r->conf);
	}
	return err;
}

static void default_params(struct rig *r)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rtp_params *p = &r->prm[i];

		*p = (struct rtp_params){
			.symmetric = true, .send = true, .recv = true,
			.n_fmt = 1, .ptime_ms = 20, .event_tx_pt = 101,
			.event_rx_pt = 101 };
		p->fmt[0] = (struct rtp_format){
			.codec = codec_find("PCMA", 8000), .tx_pt = 8,
			.rx_pt = 8 };
		rtp_port_local(r->rtp[!i], &p->remote);
	}
}

int rig_new(struct rig **rp)
{
	struct rig *r;
	int err = dsp_global_init();

	if (err)
		return err;
	r = mem_alloc(sizeof(*r));
	if (!r)
		return ENOMEM;
	err = make(r);
	if (err) {
		rig_free(r);
		return err;
	}
	default_params(r);
	*rp = r;
	return 0;
}

int rig_attach(struct rig *r)
{
	int err = 0;

	for (unsigned i = 0; !err && i < 2; i++) {
		err = rtp_port_set(r->rtp[i], &r->prm[i]);
		if (!err)
			err = bridge_attach(r->bridge[i], BRIDGE_B,
					    r->rtp[i]);
		if (!err)
			r->rtp[i] = NULL;       /* the bridge's now */
		if (!err)
			err = bridge_attach(r->bridge[i], BRIDGE_A,
					    &r->line[i].port);
	}
	return err;
}

void rig_free(struct rig *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (r->bridge[i])
			bridge_close(r->bridge[i]);
	if (r->loop)
		rig_run_ms(r, 100);
	for (unsigned i = 0; i < 2; i++)
		port_free(r->rtp[i]);
	media_engine_free(r->engine);
	rtp_ports_free(r->ports);
	fake_net_free(r->net);
	loop_free(r->loop);
	for (unsigned i = 0; i < 2; i++)
		mem_free(r->line[i].heard);
	mem_free(r);
}

void rig_run_ms(struct rig *r, unsigned ms)
{
	loop_run_until(r->loop, r->clk.t_us + (uint64_t)ms * 1000);
}

const int16_t *rig_last(const struct rig *r, unsigned line, unsigned ms,
			size_t *n)
{
	const struct rig_line *l = &r->line[line];

	*n = l->port.hz / 1000u * ms;
	if (*n > l->n)
		*n = l->n;
	return l->heard + l->n - *n;
}

void rig_digits(const struct rig *r, unsigned bridge, char *out)
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned i = 0; i < r->n_ev; i++)
		if (r->ev[i].bridge == bridge &&
		    r->ev[i].e.ev == BRIDGE_EV_DIGIT && n < 190)
			n += (size_t)snprintf(out + n, 200 - n, "%s ",
					      r->ev[i].digits);
}

unsigned rig_count(const struct rig *r, unsigned bridge, enum bridge_ev ev)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_ev; i++)
		n += r->ev[i].bridge == bridge && r->ev[i].e.ev == ev;
	return n;
}

int rig_stats(struct rig *r)
{
	int err = 0;

	for (unsigned i = 0; !err && i < 2; i++)
		err = bridge_stats(r->bridge[i]);
	rig_run_ms(r, 1);
	return err;
}
