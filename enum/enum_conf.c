/* SPDX-License-Identifier: Apache-2.0 */
/* The table of `enum:`. */
#include "enum/enum_conf.h"

#include <string.h>

#include "enum/enum.h"
#include "enum/enum_profile.h"
#include "enum/enum_static.h"
#include "enum/resolver_pool.h"

static const struct conf_key server_item = { .type = CONF_ADDR, .min = 53 };

/* in the order of the bits of enum naptr_service, but for cnam */
static const char *const service_names[] = {
	"sip", "voice", "pstn", "cnam", NULL
};

static const struct conf_key service_item = {
	.type = CONF_NAME, .names = service_names };
static const struct conf_key site_item = {
	.type = CONF_STR, .min = 1, .max = ENUM_SITE_TEXT - 1 };
static const struct conf_key zone_item = {
	.type = CONF_STR, .min = 1, .max = ENUM_SITE_TEXT - 1 };
static const struct conf_key uri_item = {
	.type = CONF_STR, .min = 5, .max = ENUM_STATIC_URI_TEXT - 1 };

static const char *const profile_names[] = { "none", "gsma", "ttc", NULL };
static const char *const kind_names[] = { "e164", "isn", NULL };
static const char *const dnssec_names[] = {
	"profile", "ignored", "preferred", "required", NULL
};
static const char *const tel_names[] = {
	"profile", "same", "never", "ported", "any", NULL
};
static const char *const unallocated_names[] = {
	"profile", "reject", "continue", NULL
};

static const struct conf_key tree_keys[] = {
	{ CONF_FIELD(struct enum_tree_conf, apex), .type = CONF_STR,
	  .max = 127, .dflt = "",
	  .doc = "Domain under which the numbers stand: e164.arpa; empty: "
		 "that of the profile." },
	{ CONF_FIELD(struct enum_tree_conf, profile), .type = CONF_NAME,
	  .names = profile_names, .dflt = "none",
	  .doc = "Ready settings: gsma (carrier ENUM on the IPX: "
		 "e164enum.net), ttc (carrier ENUM in Japan); every other "
		 "key given here goes before them." },
	{ CONF_FIELD(struct enum_tree_conf, kind), .type = CONF_NAME,
	  .names = kind_names, .dflt = "e164",
	  .doc = "Which numbers: e164, or isn (ITAD subscriber numbers, "
		 "dialled 1234*256)." },
	{ CONF_FIELD(struct enum_tree_conf, rank), .type = CONF_INT,
	  .min = 0, .max = 1000, .dflt = "0",
	  .doc = "All trees are asked at once; the answer of the lowest "
		 "rank counts." },
	{ CONF_FIELD(struct enum_tree_conf, servers), .type = CONF_LIST,
	  .item = &server_item, .max = POOL_LINKS_MAX, .dflt = "[]",
	  .doc = "Name servers of this tree; none: those of enum." },
	{ CONF_FIELD(struct enum_tree_conf, tcp), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "Ask them by TCP only; no: by UDP, and by TCP what UDP "
		 "cuts." },
	{ CONF_FIELD(struct enum_tree_conf, zones), .type = CONF_LIST,
	  .item = &zone_item, .max = ENUM_ZONES_MAX, .dflt = "[]",
	  .doc = "Domains that the servers of this tree know and others do "
		 "not: to reach a host below them, these servers are asked; "
		 "none: those of the profile." },
	{ CONF_FIELD(struct enum_tree_conf, dnssec), .type = CONF_NAME,
	  .names = dnssec_names, .dflt = "profile",
	  .doc = "The servers' word that an answer is validated (AD bit): "
		 "ignored; preferred: without it an answer counts only when "
		 "no other tree knows the number; required. Without "
		 "profile: ignored." },
	{ CONF_FIELD(struct enum_tree_conf, services), .type = CONF_LIST,
	  .item = &service_item, .max = 4, .dflt = "[]",
	  .doc = "Enumservices that count: sip, voice, pstn, and cnam for "
		 "the names of callers; none: those of the profile, without "
		 "profile sip, voice and pstn." },
	{ CONF_FIELD(struct enum_tree_conf, domains), .type = CONF_LIST,
	  .item = &site_item, .max = ENUM_SITES_MAX, .dflt = "[]",
	  .doc = "Where SIP results may point: domains (with all below "
		 "them), networks, addresses; none: those of the profile, "
		 "without profile anywhere." },
	{ CONF_FIELD(struct enum_tree_conf, tel), .type = CONF_NAME,
	  .names = tel_names, .dflt = "profile",
	  .doc = "tel: results: same (only the number that was asked for), "
		 "never, ported (the same number with its routing number), "
		 "any (other numbers go through all rules as if the caller "
		 "had dialled them). Without profile: same." },
	{ CONF_FIELD(struct enum_tree_conf, unallocated), .type = CONF_NAME,
	  .names = unallocated_names, .dflt = "profile",
	  .doc = "Numbers the tree calls unused or void: reject (the call "
		 "ends with cause 1), continue (with the next rule). Without "
		 "profile: reject." },
	{ CONF_FIELD(struct enum_tree_conf, branch), .type = CONF_STR,
	  .max = 31, .dflt = "",
	  .doc = "Label of a branch, i for infrastructure ENUM "
		 "(RFC 5527): it stands behind the country code." },
	{ CONF_FIELD(struct enum_tree_conf, branch_position),
	  .type = CONF_INT, .min = 0, .max = 15, .dflt = "0",
	  .doc = "Digits of the number before the branch; 0: those of the "
		 "country code, as RFC 5527 section 5 says." },
	{ 0 }
};

static void check_tree(const void *sec, struct conf_diag *d)
{
	const struct enum_tree_conf *c = sec;
	const char *what = "", *key = enum_profile_check(c, &what);

	/* some of it is about two keys */
	if (key && !conf_diag_doubts(d, sec))
		conf_diag_at(d, sec, key, "%s", what);
}

static const struct conf_section tree_section = {
	.name = "trees", .size = sizeof(struct enum_tree_conf),
	.keys = tree_keys, .check = check_tree,
	.doc = "A tree of numbers in DNS.",
};

static const struct conf_key static_keys[] = {
	{ CONF_FIELD(struct enum_static_conf, number), .type = CONF_STR,
	  .min = 2, .max = CONF_E164_SIZE, .flags = CONF_UNIQUE,
	  .doc = "A number, +815012345678, or all that begin so: +8150*." },
	{ CONF_FIELD(struct enum_static_conf, to), .type = CONF_LIST,
	  .item = &uri_item, .min = 1, .max = ENUM_URIS_MAX,
	  .doc = "sip:, sips: or tel: URIs to try in this order; \\1 stands "
		 "for the number." },
	{ 0 }
};

static void check_static(const void *sec, struct conf_diag *d)
{
	const struct enum_static_conf *c = sec;
	const char (*to)[ENUM_STATIC_URI_TEXT] = c->to.v;

	if (!enum_static_number_ok(c->number))
		conf_diag_at(d, sec, "number", "'%s' is not like "
			     "+815012345678 or +8150*", c->number);
	for (size_t i = 0; i < c->to.n; i++)
		if (!enum_static_uri_ok(to[i]))
			conf_diag_at(d, sec, "to", "'%s' is no sip:, sips: "
				     "or tel: URI", to[i]);
}

static const struct conf_section static_section = {
	.name = "static", .size = sizeof(struct enum_static_conf),
	.keys = static_keys, .check = check_static,
	.doc = "Numbers without DNS.",
};

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct enum_conf, servers), .type = CONF_LIST,
	  .item = &server_item, .max = POOL_LINKS_MAX, .dflt = "[]",
	  .flags = CONF_RELOAD,
	  .doc = "Name servers, as address or address:port; none: those of "
		 "/etc/resolv.conf." },
	{ CONF_FIELD_AS(struct enum_conf, timeout_ms, "timeout"),
	  .type = CONF_MS, .min = 20, .max = 10000, .dflt = "300ms",
	  .flags = CONF_RELOAD,
	  .doc = "How long one server is waited for before the next is "
		 "asked too, at most; one that usually answers is waited "
		 "for as long as it usually takes." },
	{ CONF_FIELD_AS(struct enum_conf, deadline_ms, "deadline"),
	  .type = CONF_MS, .min = 50, .max = 10000, .dflt = "800ms",
	  .flags = CONF_RELOAD,
	  .doc = "How long a call waits for ENUM at most." },
	{ CONF_FIELD(struct enum_conf, cache_entries), .type = CONF_INT,
	  .min = 1, .max = 1000000, .dflt = "10000",
	  .flags = CONF_RELOAD,
	  .doc = "Answers kept at most; those not used for longest go." },
	{ CONF_FIELD(struct enum_conf, cache_memory_mb), .type = CONF_INT,
	  .min = 1, .max = 4096, .dflt = "16",
	  .flags = CONF_RELOAD,
	  .doc = "Megabytes of answers kept at most." },
	{ CONF_FIELD_AS(struct enum_conf, ttl_min_ms, "ttl_min"),
	  .type = CONF_MS, .max = 3600000, .dflt = "0",
	  .flags = CONF_RELOAD,
	  .doc = "Answers are kept for so long at least, whatever their "
		 "TTL." },
	{ CONF_FIELD_AS(struct enum_conf, ttl_max_ms, "ttl_max"),
	  .type = CONF_MS, .min = 1000, .max = 604800000, .dflt = "24h",
	  .flags = CONF_RELOAD,
	  .doc = "Answers are kept for so long at most." },
	{ CONF_FIELD_AS(struct enum_conf, negative_ttl_max_ms,
			"negative_ttl_max"),
	  .type = CONF_MS, .min = 1000, .max = 604800000, .dflt = "1h",
	  .flags = CONF_RELOAD,
	  .doc = "The same of answers that there is nothing." },
	{ CONF_FIELD_AS(struct enum_conf, stale_ms, "stale"),
	  .type = CONF_MS, .max = 604800000, .dflt = "1h",
	  .flags = CONF_RELOAD,
	  .doc = "Expired answers are used for so long when the servers "
		 "fail (RFC 8767); 0: never." },
	{ CONF_FIELD_AS(struct enum_conf, stale_after_ms, "stale_after"),
	  .type = CONF_MS, .min = 20, .max = 10000, .dflt = "200ms",
	  .flags = CONF_RELOAD,
	  .doc = "Servers that say nothing for so long fail in this sense; "
		 "from deadline on: half of that." },
	{ CONF_FIELD_AS(struct enum_conf, caller_name_ms, "caller_name"),
	  .type = CONF_MS, .max = 2000, .dflt = "0",
	  .flags = CONF_RELOAD,
	  .doc = "How long a call may wait for the name of its caller, of "
		 "the trees that list cnam; 0: it is not asked for." },
	{ CONF_FIELD_AS(struct enum_conf, statics, "static"),
	  .type = CONF_LIST, .sub = &static_section, .dflt = "[]",
	  .flags = CONF_RELOAD,
	  .doc = "Numbers known without DNS, as one more tree." },
	{ CONF_FIELD(struct enum_conf, static_rank), .type = CONF_INT,
	  .min = 0, .max = 1000, .dflt = "0", .flags = CONF_RELOAD,
	  .doc = "The rank of static among the trees; of equal rank it is "
		 "the first." },
	{ CONF_FIELD(struct enum_conf, trees), .type = CONF_LIST,
	  .sub = &tree_section, .dflt = "[]", .flags = CONF_RELOAD,
	  .doc = "Where numbers are looked up; none: ENUM is off." },
	{ 0 }
};

const struct conf_section enum_conf_section = {
	.name = "enum", .size = sizeof(struct enum_conf), .keys = keys,
	.doc = "DNS, and ENUM lookups (RFC 6116).",
};
