/* SPDX-License-Identifier: Apache-2.0 */
/* Configured trunks: who they are by their source address, whether they are
 * up, how many calls they carry. Signalling thread. */
#ifndef GATEWAY_SIP_PEER_H
#define GATEWAY_SIP_PEER_H

#include "base/log.h"
#include "gateway/sip/sip_conf.h"

struct sip_peer {
	const struct sip_peer_conf *conf;
	unsigned                    calls;      /* now, both ways */
	bool                        up;         /* as far as known */
	struct log_tag              tag;
};

struct peers;

/* conf: struct sip_peer_conf, outlives the table. ENOMEM. */
int peers_new(struct peers **pp, const struct conf_list *conf) MUST_CHECK;
/* NULL-safe. */
void peers_free(struct peers *ps);

/* By name, or NULL. */
struct sip_peer *peer_find(const struct peers *ps, struct str name);
/* Whose calls come from this address: the narrowest network wins; NULL:
 * nobody's. */
struct sip_peer *peer_find_source(const struct peers *ps,
				  const struct addr *src);
/* The i-th peer, NULL behind the last. */
struct sip_peer *peer_at(const struct peers *ps, size_t i);

/* One more call with it. EBUSY: its limit. */
int peer_call_begin(struct sip_peer *p) MUST_CHECK;
void peer_call_end(struct sip_peer *p);

#endif
