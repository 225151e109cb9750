/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in ends: echo, a sine, silence. */
#include "media/loop_port.h"

#include <string.h>

#include "base/mem.h"
#include "dsp/tonegen.h"

struct loop_port {
	struct port    port;
	bool           echo, sine;
	struct frame   heard;
	struct tonegen gen;
};

static int loop_pull(struct port *port, struct frame *f)
{
	struct loop_port *p = (struct loop_port *)(void *)port;

	f->hz = port->hz;
	f->n = (uint16_t)port_samples(port);
	if (p->sine)
		tonegen_run(&p->gen, f->pcm, f->n);
	else if (p->echo)
		memcpy(f->pcm, p->heard.pcm, f->n * sizeof(f->pcm[0]));
	else
		memset(f->pcm, 0, f->n * sizeof(f->pcm[0]));
	return p->sine || p->echo ? 0 : EAGAIN;
}

static int loop_push(struct port *port, const struct frame *f)
{
	struct loop_port *p = (struct loop_port *)(void *)port;

	if (p->echo)
		p->heard = *f;
	return 0;
}

static void loop_free_port(struct port *port)
{
	mem_free(port);
}

static const struct port_ops loop_ops = {
	.name = "loop", .pull = loop_pull, .push = loop_push,
	.free = loop_free_port, .no_digits = true,
};

static struct loop_port *make(unsigned hz)
{
	struct loop_port *p = mem_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->port.ops = &loop_ops;
	p->port.hz = (uint16_t)hz;
	return p;
}

int loop_port_echo(struct port **pp, unsigned hz)
{
	struct loop_port *p = make(hz);

	if (!p)
		return ENOMEM;
	p->echo = true;
	*pp = &p->port;
	return 0;
}

int loop_port_tone(struct port **pp, unsigned hz, double tone_hz, double dbm0)
{
	struct loop_port *p = make(hz);

	if (!p)
		return ENOMEM;
	p->sine = true;
	tonegen_init(&p->gen, hz);
	tonegen_sine(&p->gen, tone_hz, dbm0, 0);
	*pp = &p->port;
	return 0;
}

int loop_port_silence(struct port **pp, unsigned hz)
{
	struct loop_port *p = make(hz);

	if (!p)
		return ENOMEM;
	*pp = &p->port;
	return 0;
}
