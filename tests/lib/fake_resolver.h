/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripted DNS on the clock of the test: answers are set per name and type,
 * with delay, rcode or silence. A name without a script is NXDOMAIN.
 *
 *	fake_resolver_new(&f, loop);
 *	fake_resolver_a(f, "gw.example.com", "192.0.2.1");
 *	fake_resolver_srv(f, "_sip._udp.example.com", &(struct dns_srv){
 *		10, 60, 5060, "gw.example.com" });
 *	fake_resolver_naptr(f, "8.7.6.e164.arpa", &(struct dns_naptr){
 *		10, 100, STR_LIT("u"), STR_LIT("E2U+sip"),
 *		STR_LIT("!^.*$!sip:a@example.com!"), "" });
 *	fake_resolver_script(f, "dead.example.com", DNS_A, FAKE_SILENT, 0);
 *	... fake_resolver_of(f) ...
 *	fake_resolver_free(f);
 */
#ifndef TESTS_LIB_FAKE_RESOLVER_H
#define TESTS_LIB_FAKE_RESOLVER_H

#include "enum/resolver.h"

struct fake_resolver;

/* What a script may do instead of answering with its records; or a
 * DNS_ rcode: DNS_SERVFAIL, DNS_REFUSED (both: EAGAIN), DNS_NXDOMAIN. */
enum {
	FAKE_RECORDS = 0,       /* the records added (none: ENOENT) */
	FAKE_SILENT  = 1000,    /* EAGAIN after 2 s */
	FAKE_GARBAGE = 1001,    /* EBADMSG */
	FAKE_REFUSE  = 1002,    /* the query cannot be started: ENOBUFS */
};

/* A resolver on the loop's clock. ENOMEM. */
int fake_resolver_new(struct fake_resolver **fp, struct loop *l) MUST_CHECK;
/* The resolver to hand out; resolver_free() of it does nothing. */
struct resolver *fake_resolver_of(struct fake_resolver *f);
/* Queries still running are dropped. NULL-safe. */
void fake_resolver_free(struct fake_resolver *f);

/* How name and type (0: every type) are answered; delay_ms from the query
 * to the answer. A later script for the same pair replaces it and keeps the
 * records. ENOMEM. */
int fake_resolver_script(struct fake_resolver *f, const char *name,
			 uint16_t type, int how, uint32_t delay_ms)
	MUST_CHECK;

/* Add one record. ENOMEM; EBADMSG: no address. */
int fake_resolver_a(struct fake_resolver *f, const char *name,
		    const char *ip) MUST_CHECK;         /* A or AAAA */
int fake_resolver_srv(struct fake_resolver *f, const char *name,
		      const struct dns_srv *srv) MUST_CHECK;
int fake_resolver_naptr(struct fake_resolver *f, const char *name,
			const struct dns_naptr *rr) MUST_CHECK;
/* Removes all scripts and records of name, every type. */
void fake_resolver_forget(struct fake_resolver *f, const char *name);

/* TTL of the records and answers from now on (60 s at first). */
void fake_resolver_ttl(struct fake_resolver *f, uint32_t ttl_s);
/* AD bit of answers from now on. */
void fake_resolver_ad(struct fake_resolver *f, bool ad);

/* Queries seen so far; for name (NULL: any) and type (0: any). */
unsigned fake_resolver_asked(const struct fake_resolver *f, const char *name,
			     uint16_t type);
/* Queries not yet answered. */
unsigned fake_resolver_waiting(const struct fake_resolver *f);

#endif
