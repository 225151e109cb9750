/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/peer_where.h"

#include "base/loop.h"

static void look(void *arg);

static void again(struct peer_where *w, uint32_t ms)
{
	tmr_start(w->loop, &w->tmr, ms, look, w);
}

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct peer_where *w = arg;

	w->query = NULL;
	if (err) {
		again(w, PEER_WHERE_AGAIN_MS);
		return;
	}
	for (w->n = 0; w->n < n && w->n < LOCATE_MAX_TARGETS; w->n++) {
		w->at[w->n] = v[w->n].addr;
		addr_unmap(&w->at[w->n]);
	}
	again(w, PEER_WHERE_MS);
}

static void look(void *arg)
{
	struct peer_where *w = arg;
	struct sip_uri u;

	if (sip_uri_parse(&u, str_z(w->uri)) ||
	    locate_start(&w->query, w->locator, &u, on_located, w)) {
		w->query = NULL;
		again(w, PEER_WHERE_AGAIN_MS);
	}
}

void peer_where_start(struct peer_where *w, struct loop *l,
		      struct sip_locator *locator, const char *uri)
{
	peer_where_stop(w);
	w->loop = l;
	w->locator = locator;
	w->uri = uri;
	again(w, 0);
}

void peer_where_stop(struct peer_where *w)
{
	tmr_stop(&w->tmr);
	locate_cancel(w->query);
	w->query = NULL;
}

bool peer_where_has(const struct peer_where *w, const struct addr *a)
{
	struct addr b = *a;

	addr_unmap(&b);
	for (unsigned i = 0; i < w->n; i++)
		if (addr_eq_ip(&w->at[i], &b))
			return true;
	return false;
}
