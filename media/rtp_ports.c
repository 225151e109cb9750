/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of local RTP ports: a bit for each pair, taken in turn. */
#include "media/rtp_ports.h"

#include <assert.h>

#include "base/mem.h"
#include "media/rtp_impl.h"

struct rtp_ports {
	struct udp_net *net;
	uint16_t        min;
	unsigned        n, next, used;  /* pairs */
	bool            srtp_ready;
	uint8_t         taken[];        /* one for each pair */
};

int rtp_ports_new(struct rtp_ports **pp, struct udp_net *net, uint16_t min,
		  uint16_t max)
{
	struct rtp_ports *p;
	unsigned n;

	if (min % 2 || max % 2 == 0 || min == 0 || max < min + 3)
		return EINVAL;
	n = (unsigned)(max - min + 1) / 2;
	p = mem_alloc(sizeof(*p) + n);
	if (!p)
		return ENOMEM;
	p->net = net;
	p->min = min;
	p->n = n;
	*pp = p;
	return 0;
}

void rtp_ports_free(struct rtp_ports *p)
{
	assert(!p || !p->used);
	mem_free(p);
}

unsigned rtp_ports_used(const struct rtp_ports *p)
{
	return p->used;
}

int rtp_ports_srtp(struct rtp_ports *p)
{
	int err = p->srtp_ready ? 0 : srtp_pair_global_init();

	p->srtp_ready = !err;
	return err;
}

static int open_pair(struct rtp_ports *p, struct addr a, struct udp **rtp,
		     struct udp **rtcp)
{
	struct udp *u = NULL;
	int err = udp_open(&u, p->net, &a);

	if (err)
		return err;
	a.port++;
	err = udp_open(rtcp, p->net, &a);
	if (err)
		udp_close(u);
	else
		*rtp = u;
	return err;
}

int rtp_ports_open(struct rtp_ports *p, const struct addr *ip,
		   struct udp **rtp, struct udp **rtcp)
{
	struct addr a = *ip;

	for (unsigned i = 0; i < p->n; i++) {
		unsigned at = (p->next + i) % p->n;
		int err;

		if (p->taken[at])
			continue;
		a.port = (uint16_t)(p->min + 2 * at);
		err = open_pair(p, a, rtp, rtcp);
		/* another program has it: the next one */
		if (err == EADDRINUSE)
			continue;
		if (err)
			return err;
		p->taken[at] = 1;
		p->next = (at + 1) % p->n;
		p->used++;
		return 0;
	}
	return EADDRNOTAVAIL;
}

void rtp_ports_close(struct rtp_ports *p, struct udp *rtp, struct udp *rtcp)
{
	struct addr a;
	unsigned at;

	udp_local(rtp, &a);
	at = (unsigned)(a.port - p->min) / 2;
	assert(at < p->n && p->taken[at]);
	p->taken[at] = 0;
	p->used--;
	udp_close(rtp);
	udp_close(rtcp);
}
