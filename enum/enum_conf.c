/* SPDX-License-Identifier: Apache-2.0 */
/* The table of `enum:`. */
#include "enum/enum_conf.h"

#include <string.h>

#include "enum/enum.h"
#include "enum/resolver_pool.h"

static const struct conf_key server_item = { .type = CONF_ADDR, .min = 53 };

/* in the order of the bits of enum naptr_service */
static const char *const service_names[] = { "sip", "voice", "pstn", NULL };

static const struct conf_key service_item = {
	.type = CONF_NAME, .names = service_names };

static const struct conf_key tree_keys[] = {
	{ CONF_FIELD(struct enum_tree_conf, apex), .type = CONF_STR,
	  .min = 1, .max = 127, .flags = CONF_UNIQUE,
	  .doc = "Domain under which the numbers stand: e164.arpa." },
	{ CONF_FIELD(struct enum_tree_conf, rank), .type = CONF_INT,
	  .min = 0, .max = 1000, .dflt = "0",
	  .doc = "All trees are asked at once; the answer of the lowest "
		 "rank counts." },
	{ CONF_FIELD(struct enum_tree_conf, servers), .type = CONF_LIST,
	  .item = &server_item, .max = POOL_LINKS_MAX, .dflt = "[]",
	  .doc = "Name servers of this tree; none: those of enum." },
	{ CONF_FIELD(struct enum_tree_conf, require_ad), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "Use only answers that the server has validated (DNSSEC, "
		 "AD bit)." },
	{ CONF_FIELD(struct enum_tree_conf, services), .type = CONF_LIST,
	  .item = &service_item, .max = 3, .dflt = "[sip, voice, pstn]",
	  .doc = "Enumservices that calls may use: sip, voice, pstn." },
	{ 0 }
};

static void check_tree(const void *sec, struct conf_diag *d)
{
	const struct enum_tree_conf *c = sec;
	char apex[sizeof(c->apex)];

	str_clip(apex, sizeof(apex), str_z(c->apex));
	if (apex[0] && apex[strlen(apex) - 1] == '.')
		apex[strlen(apex) - 1] = '\0';
	if (!dns_name_is_valid(apex))
		conf_diag_at(d, sec, "apex", "not a domain name: \"%s\"",
			     c->apex);
	if (c->services.n == 0)
		conf_diag_at(d, sec, "services", "none would be used");
}

static const struct conf_section tree_section = {
	.name = "trees", .size = sizeof(struct enum_tree_conf),
	.keys = tree_keys, .check = check_tree,
	.doc = "A tree of numbers in DNS.",
};

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct enum_conf, servers), .type = CONF_LIST,
	  .item = &server_item, .max = POOL_LINKS_MAX, .dflt = "[]",
	  .doc = "Name servers, as address or address:port; none: those of "
		 "/etc/resolv.conf." },
	{ CONF_FIELD_AS(struct enum_conf, timeout_ms, "timeout"),
	  .type = CONF_MS, .min = 20, .max = 10000, .dflt = "300ms",
	  .doc = "How long one server is waited for before the next is "
		 "asked too." },
	{ CONF_FIELD_AS(struct enum_conf, deadline_ms, "deadline"),
	  .type = CONF_MS, .min = 50, .max = 10000, .dflt = "800ms",
	  .doc = "How long a call waits for ENUM at most." },
	{ CONF_FIELD(struct enum_conf, cache_entries), .type = CONF_INT,
	  .min = 1, .max = 1000000, .dflt = "10000",
	  .doc = "Answers kept at most." },
	{ CONF_FIELD(struct enum_conf, trees), .type = CONF_LIST,
	  .sub = &tree_section, .max = ENUM_TREES_MAX, .dflt = "[]",
	  .doc = "Where numbers are looked up; none: ENUM is off." },
	{ 0 }
};

const struct conf_section enum_conf_section = {
	.name = "enum", .size = sizeof(struct enum_conf), .keys = keys,
	.doc = "DNS, and ENUM lookups (RFC 6116).",
};
