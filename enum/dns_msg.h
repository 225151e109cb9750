/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages (RFC 1035, 6891): builds queries, reads answers. The reader
 * goes forward only, follows at most a few compression pointers per name,
 * and looks at a bounded number of records, whatever a message claims.
 * (pure)
 */
#ifndef ENUM_DNS_MSG_H
#define ENUM_DNS_MSG_H

#include "enum/resolver.h"

enum {
	DNS_OPT_BYTES  = 11,    /* of the OPT record in a query */
	DNS_QUERY_MAX  = 12 + 255 + 4 + DNS_OPT_BYTES,
	DNS_EDNS_BYTES = 1232,  /* the size of answer we ask for */
	DNS_WALK_MAX   = 600,   /* records looked at in one message */
	DNS_CHAIN_MAX  = 8,     /* CNAMEs followed */
};

/* What a resolver must know besides the records. */
struct dns_msg_info {
	bool tc;        /* truncated: do not use */
	bool opt;       /* the server speaks EDNS */
	bool referral;  /* the server points to others: no answer */
	bool chase;     /* set->cname is to be asked for itself */
};

/* Builds a query: recursion desired, AD wanted, with OPT if edns, its
 * letters in the case that the bits say (1: upper; 0: all lower). Returns
 * its length; 0: name is none (see resolver_query). */
size_t dns_msg_query(uint8_t out[DNS_QUERY_MAX], uint16_t id,
		     const char *name, uint16_t type, bool edns,
		     uint64_t case_bits);

enum dns_echo { DNS_ECHO, DNS_ECHO_FOLDED, DNS_ECHO_OTHER };

/* Does the answer p repeat id and question of the query? FOLDED: but for
 * the case of letters. */
enum dns_echo dns_msg_echo(const uint8_t *query, size_t n_query,
			   const uint8_t *p, size_t n);

/*
 * Reads the answer to the question (name without last dot, type, class IN).
 * *sp is a new object of the caller's. EBADMSG: malformed, no answer at
 * all, or that of another question; ENOMEM.
 */
int dns_msg_parse(struct dns_rrset **sp, struct dns_msg_info *info,
		  const uint8_t *p, size_t n, const char *name,
		  uint16_t type) MUST_CHECK;

/* What the set means, in the words of dns_fn: 0, ENOENT, EAGAIN (rcode),
 * EBADMSG (records, but all malformed). */
int dns_msg_verdict(const struct dns_rrset *set);

#endif
