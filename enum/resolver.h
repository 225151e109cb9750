/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS, asynchronous, behind an interface: the product stacks dns_cache.h on
 * resolver_cares.h, tests bring tests/lib/fake_resolver.h. ENUM and the
 * location of SIP servers (RFC 3263) know only this header. Names are asked
 * as they are: no search list, no hosts file, and a text that is an IP
 * address is not for DNS (see addr_parse_ip). [signalling thread]
 */
#ifndef ENUM_RESOLVER_H
#define ENUM_RESOLVER_H

#include "base/addr.h"
#include "base/list.h"
#include "base/tmr.h"

enum dns_type {
	DNS_A = 1, DNS_CNAME = 5, DNS_SOA = 6, DNS_AAAA = 28, DNS_SRV = 33,
	DNS_NAPTR = 35, DNS_OPT = 41
};

enum dns_rcode {
	DNS_NOERROR, DNS_FORMERR, DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NOTIMP,
	DNS_REFUSED, DNS_BADVERS = 16
};

enum {
	DNS_NAME_MAX   = 254,   /* text without the last dot, and the NUL */
	DNS_RR_MAX     = 100,   /* records kept of one answer */
};

/* RFC 3403. The strings are the bytes of the wire, any byte may be in
 * them; replacement is "" for the root. */
struct dns_naptr {
	uint16_t    order, preference;
	struct str  flags, services, regexp;
	const char *replacement;
};

/* RFC 2782. target is "" for the root: service not offered. */
struct dns_srv {
	uint16_t    priority, weight, port;
	const char *target;
};

struct dns_rr {
	uint32_t ttl_s;
	union {
		struct dns_naptr naptr;
		struct dns_srv   srv;
		struct addr      addr;  /* A, AAAA; port 0 */
	};
};

/*
 * All records of the asked type at the name, or at the end of its chain of
 * CNAMEs, in the order of the answer; of more than DNS_RR_MAX those of the
 * lowest order or priority, lowest first. A counted object, constant: keep it
 * with dns_rrset_ref(). All names in it hold only letters, digits, "-" and
 * "_" between the dots; records with other names are skipped.
 */
struct dns_rrset {
	uint16_t       type;    /* enum dns_type */
	uint16_t       rcode;   /* enum dns_rcode */
	bool           ad;      /* validated, says the server (RFC 4035) */
	bool           chased;  /* the answer stood behind a CNAME */
	uint32_t       ttl_s;   /* lowest of the chain; n == 0: RFC 2308 */
	unsigned       n_skipped; /* malformed, or beyond DNS_RR_MAX */
	unsigned       n;
	size_t         size_bytes; /* what it costs in memory */
	const char    *cname;   /* end of the CNAMEs, or "": none */
	struct dns_rr  v[];
};

/* References to a set; NULL-safe. unref returns NULL. */
const struct dns_rrset *dns_rrset_ref(const struct dns_rrset *s);
const struct dns_rrset *dns_rrset_unref(const struct dns_rrset *s);

struct resolver;

/*
 * How a query ended:
 * 0        set->n > 0
 * ENOENT   definitely nothing there: no such name, or none of the type
 *          (set->rcode tells which; set->ttl_s: how long that holds)
 * EAGAIN   unavailable: silence, SERVFAIL, REFUSED, no server, no memory;
 *          set may be NULL
 * EBADMSG  only malformed answers came; set is NULL
 * set is valid during the call (dns_rrset_ref to keep it). The query is
 * over: it may be started again or freed inside.
 */
typedef void dns_fn(int err, const struct dns_rrset *set, void *arg);

/* Embedded in its owner; zeroed: not running. */
struct dns_query {
	struct list_node        node;   /* these belong to the resolver ... */
	struct resolver        *r;      /* NULL: not running */
	dns_fn                 *fn;
	void                   *arg;
	void                   *job;
	int                     err;
	const struct dns_rrset *set;
	/* ... and these are read by the owner inside fn. */
	bool                    cached; /* not asked for this query */
	bool                    stale;  /* expired, for want of a fresh one
					 * (RFC 8767) */
	uint32_t                left_s; /* the answer holds for so long */
};

struct resolver_ops {
	int  (*query)(struct resolver *r, struct dns_query *q,
		      const char *name, uint16_t type);
	void (*cancel)(struct dns_query *q);
	void (*close)(struct resolver *r);
};

struct resolver { const struct resolver_ops *ops; };

/*
 * Asks for all records of a type (DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR) at
 * name (a last dot is allowed; the name is copied). On 0, fn is called
 * exactly once, never before this returns, unless resolver_cancel() comes
 * first. Else nothing was started: EBADMSG: not a host name (other bytes
 * than LDH and "_", an empty or a long label); ENOBUFS: too many waiting;
 * ENOMEM. The resolver ends every query by itself; an owner that needs it
 * sooner has its own timer and cancels.
 */
int resolver_query(struct resolver *r, struct dns_query *q, const char *name,
		   uint16_t type, dns_fn *fn, void *arg) MUST_CHECK;

/* No callback after this. Idempotent, legal in any callback. */
void resolver_cancel(struct dns_query *q);

/* Ends the resolver; queries still running are dropped without callback.
 * Legal in any callback. NULL-safe. */
void resolver_free(struct resolver *r);

/* Started, and neither answered nor cancelled yet. */
static inline bool resolver_is_running(const struct dns_query *q)
{
	return q->r != NULL;
}

/* "A", "NAPTR"; "TYPE77" is not spelled: "?" */
const char *dns_type_name(uint16_t type);
/* "NOERROR", "NXDOMAIN", "SERVFAIL"; "?" */
const char *dns_rcode_name(uint16_t rcode);

/* Is name fit to be asked (see resolver_query)? */
bool dns_name_is_valid(const char *name);

/*
 * For implementations of resolvers: queries that are over and wait for the
 * next turn of the loop, so that no callback comes too early.
 */
struct resolver_ready {
	struct loop *loop;
	struct list  queries;
	struct tmr   tmr;
	struct list_node mark;  /* end of what this turn answers */
	bool        *gone;      /* set when freed inside a callback */
};
void resolver_ready_init(struct resolver_ready *y, struct loop *l);
/* Drops what waits, without callbacks. */
void resolver_ready_fini(struct resolver_ready *y);
/* Takes q over and calls its fn in the next turn; takes an own reference
 * to set (may be NULL). q may be cancelled with resolver_ready_drop(). */
void resolver_ready_add(struct resolver_ready *y, struct dns_query *q,
			int err, const struct dns_rrset *set);
/* Unlinks q, whether it waits or not, and marks it as not running. */
void resolver_ready_drop(struct dns_query *q);

#endif
