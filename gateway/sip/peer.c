/* SPDX-License-Identifier: Apache-2.0 */
/* The table of peers. */
#include "gateway/sip/peer.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"

struct peers {
	size_t          n;
	struct sip_peer v[];
};

int peers_new(struct peers **pp, const struct conf_list *conf)
{
	const struct sip_peer_conf *c = conf->v;
	struct peers *ps = obj_new(sizeof(*ps) + conf->n * sizeof(ps->v[0]),
				   NULL);

	if (!ps)
		return ENOMEM;
	ps->n = conf->n;
	for (size_t i = 0; i < ps->n; i++) {
		ps->v[i].conf = &c[i];
		ps->v[i].up = true;
		ps->v[i].tag.module = "peer";
		snprintf(ps->v[i].tag.id, sizeof(ps->v[i].tag.id),
			 "peer=%.16s", c[i].name);
	}
	*pp = ps;
	return 0;
}

void peers_free(struct peers *ps)
{
	obj_unref(ps);
}

struct sip_peer *peer_at(const struct peers *ps, size_t i)
{
	return i < ps->n ? (struct sip_peer *)(uintptr_t)&ps->v[i] : NULL;
}

struct sip_peer *peer_find(const struct peers *ps, struct str name)
{
	for (size_t i = 0; i < ps->n; i++)
		if (str_eqz(name, ps->v[i].conf->name))
			return peer_at(ps, i);
	return NULL;
}

/* Bits of the narrowest of its networks that holds src, or -1. */
static int match_bits(const struct sip_peer_conf *c, const struct addr *src)
{
	const struct cidr *nets = c->sources.v;
	int best = -1;

	for (size_t i = 0; i < c->sources.n; i++)
		if (cidr_has(&nets[i], src) && nets[i].bits > best)
			best = nets[i].bits;
	return best;
}

struct sip_peer *peer_find_source(const struct peers *ps,
				  const struct addr *src)
{
	struct sip_peer *found = NULL;
	int best = -1;

	for (size_t i = 0; i < ps->n; i++) {
		int bits = match_bits(ps->v[i].conf, src);

		if (bits > best) {
			best = bits;
			found = peer_at(ps, i);
		}
	}
	return found;
}

int peer_call_begin(struct sip_peer *p)
{
	if (p->conf->max_calls && p->calls >= (unsigned)p->conf->max_calls)
		return EBUSY;
	p->calls++;
	return 0;
}

void peer_call_end(struct sip_peer *p)
{
	assert(p->calls);
	p->calls--;
}
