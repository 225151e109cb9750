/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to send a request: RFC 3263 over the resolver interface. NAPTR
 * chooses the transport, SRV the servers, A and AAAA their addresses;
 * numeric hosts need no DNS. The resolver remembers answers by their TTL
 * (enum/dns_cache.h); here only targets that failed are remembered, and
 * put last for a while. Signalling thread.
 */
#ifndef GATEWAY_SIP_LOCATE_H
#define GATEWAY_SIP_LOCATE_H

#include "gateway/sip/transport.h"
#include "gateway/sip/uri.h"

struct loop;
struct resolver;
struct sip_locator;
struct locate;

enum {
	LOCATE_MAX_TARGETS = 16,        /* of one answer */
	LOCATE_NAME_MAX    = 254,
	LOCATE_REST_MS     = 30000,     /* a failed target is tried last */
};

/* One place to try. */
struct sip_target {
	enum sip_tp kind;
	struct addr addr;               /* with port */
	char        name[LOCATE_NAME_MAX];      /* host of the URI: what a
						 * TLS certificate must show */
};

/* n targets in the order to try them. err: 0 (n > 0), ENOENT (DNS says
 * there is none), EAGAIN (DNS gave no answer), EPROTONOSUPPORT (only
 * transports that we lack), ENOMEM. The query is over when it is called. */
typedef void locate_fn(int err, const struct sip_target *v, unsigned n,
		       void *arg);

struct locate_params {
	struct loop     *loop;
	struct resolver *resolver;      /* NULL: numeric hosts only */
	bool             has[SIP_TP_N]; /* transports we may use */
	bool             v4, v6;        /* address families we may use */
};

/* ENOMEM. */
int locate_new(struct sip_locator **lp, const struct locate_params *p)
	MUST_CHECK;
/* Running queries end without upcall; NULL-safe. */
void locate_free(struct sip_locator *l);

/* Finds the targets of a SIP or SIPS URI (host, port, transport and maddr
 * are looked at; it is copied). *qp is valid until the upcall. EBADMSG: not
 * a sip: or sips: URI. ENOMEM. */
int locate_start(struct locate **qp, struct sip_locator *l,
		 const struct sip_uri *uri, locate_fn *fn, void *arg)
	MUST_CHECK;
/* No upcall any more; NULL-safe. */
void locate_cancel(struct locate *q);

/* The target of a URI with a numeric host, at once. False: a name, or a
 * transport we lack. */
bool locate_numeric(struct sip_target *t, const struct sip_locator *l,
		    const struct sip_uri *uri);

/* Tells how a target did; a failed one is put last for LOCATE_REST_MS. */
void locate_failed(struct sip_locator *l, const struct sip_target *t);
void locate_answered(struct sip_locator *l, const struct sip_target *t);

#endif
