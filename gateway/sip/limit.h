/* SPDX-License-Identifier: Apache-2.0 */
/* Flood protection: a token bucket per source address (IPv6: per /64), with
 * a list of networks that are not limited. */
#ifndef GATEWAY_SIP_LIMIT_H
#define GATEWAY_SIP_LIMIT_H

#include "base/addr.h"
#include "base/loop.h"

struct sip_limit;

/* rate: requests per second, burst: so many at once (0: no limit); at most
 * max_sources addresses are remembered, the longest silent ones are
 * forgotten first. ENOMEM. */
int sip_limit_new(struct sip_limit **lp, struct loop *l, uint32_t rate,
		  uint32_t burst, uint32_t max_sources) MUST_CHECK;
void sip_limit_free(struct sip_limit *m);

/* Another rate and burst from now on. */
void sip_limit_set_rate(struct sip_limit *m, uint32_t rate, uint32_t burst);

/* Asks who is not limited, besides the networks below; fn may be NULL. */
typedef bool sip_limit_known_fn(const struct addr *src, void *arg);
void sip_limit_on_known(struct sip_limit *m, sip_limit_known_fn *fn,
			void *arg);

/* Sources in this network are not limited. ENOMEM. */
int sip_limit_allow(struct sip_limit *m, const struct cidr *net) MUST_CHECK;
/* One address is not limited as long as it is allowed (a registered phone,
 * a peer found by DNS). ENOMEM. */
int sip_limit_allow_addr(struct sip_limit *m, const struct addr *a)
	MUST_CHECK;

/* Takes one token of the source. False: it has none left. */
bool sip_limit_take(struct sip_limit *m, const struct addr *src);

#endif
