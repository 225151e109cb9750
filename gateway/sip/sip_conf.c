/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `sip:`, `peers:` and `registrations:`. */
#include "gateway/sip/sip_conf.h"

#include "gateway/sip/transport.h"
#include "gateway/sip/uri.h"

static const char *const transports[] = {
	[SIP_UDP] = "udp", [SIP_TCP] = "tcp", [SIP_TLS] = "tls", NULL
};
static const char *const identities[] = { "none", "pai", "ppi", NULL };

static const char *const srtp_names[] = {
	"default", "off", "allowed", "required", NULL
};

static const struct conf_key listen_keys[] = {
	{ CONF_FIELD(struct sip_listen_conf, transport), .type = CONF_NAME,
	  .names = transports, .dflt = "udp", .doc = "udp, tcp or tls." },
	{ CONF_FIELD(struct sip_listen_conf, address), .type = CONF_ADDR,
	  .min = 5060, .doc = "Local address and port; port 5060 if none." },
	{ 0 }
};

static const struct conf_section listen_section = {
	.name = "listen", .size = sizeof(struct sip_listen_conf),
	.keys = listen_keys,
};

static const struct conf_key cidr_item = { .type = CONF_CIDR };

static const struct conf_key sip_keys[] = {
	{ CONF_FIELD(struct sip_conf, listen), .type = CONF_LIST,
	  .sub = &listen_section, .min = 1, .max = 16,
	  .doc = "Where SIP is received, and sent from." },
	{ CONF_FIELD(struct sip_conf, domain), .type = CONF_STR,
	  .min = 1, .max = 127, .dflt = "tipring.invalid",
	  .doc = "Our domain: in the URIs of our phones, and the realm of "
		 "their passwords." },
	{ CONF_FIELD(struct sip_conf, user_agent), .type = CONF_STR,
	  .max = 63, .dflt = "Tipring", .doc = "User-Agent and Server." },
	{ CONF_FIELD(struct sip_conf, external_address), .type = CONF_STR,
	  .max = 71, .dflt = "",
	  .doc = "Our address on the internet when behind NAT." },
	{ CONF_FIELD(struct sip_conf, local_nets), .type = CONF_LIST,
	  .item = &cidr_item, .max = 8, .dflt = "[]",
	  .doc = "Networks on our side of the NAT, besides private ones." },
	{ CONF_FIELD(struct sip_conf, certificate), .type = CONF_FILE,
	  .max = 255, .dflt = "", .flags = CONF_READABLE,
	  .doc = "TLS: our certificate chain, PEM." },
	{ CONF_FIELD(struct sip_conf, key), .type = CONF_FILE,
	  .max = 255, .dflt = "", .flags = CONF_READABLE,
	  .doc = "TLS: our private key, PEM." },
	{ CONF_FIELD(struct sip_conf, ca_file), .type = CONF_FILE,
	  .max = 255, .dflt = "", .flags = CONF_READABLE,
	  .doc = "TLS: certificates that are believed, PEM; empty: the "
		 "system's." },
	{ CONF_FIELD(struct sip_conf, verify_clients), .type = CONF_BOOL,
	  .dflt = "no", .doc = "TLS: callers need a certificate." },
	{ CONF_FIELD(struct sip_conf, source_rate), .type = CONF_INT,
	  .min = 0, .max = 100000, .dflt = "50", .flags = CONF_RELOAD,
	  .doc = "Requests per second that an unknown source may send; "
		 "0: no limit." },
	{ CONF_FIELD_AS(struct sip_conf, block_ms, "block_time"),
	  .type = CONF_MS, .max = 86400000, .dflt = "10min",
	  .flags = CONF_RELOAD,
	  .doc = "How long a source is not answered that tries unknown "
		 "users, wrong passwords and numbers nobody allows, or names "
		 "itself a scanner; 0: never. Peers and registered phones "
		 "are never blocked; addresses that may be forged are "
		 "only slowed." },
	{ CONF_FIELD_AS(struct sip_conf, expires_min_ms, "expires_min"),
	  .type = CONF_MS, .min = 10000, .max = 86400000, .dflt = "60s",
	  .flags = CONF_RELOAD, .doc = "Shortest registration of a phone." },
	{ CONF_FIELD_AS(struct sip_conf, expires_max_ms, "expires_max"),
	  .type = CONF_MS, .min = 10000, .max = 86400000, .dflt = "1h",
	  .flags = CONF_RELOAD, .doc = "Longest registration of a phone." },
	{ 0 }
};

static const struct conf_key peer_keys[] = {
	{ CONF_FIELD(struct sip_peer_conf, name), .type = CONF_STR,
	  .min = 1, .max = 47, .flags = CONF_UNIQUE,
	  .doc = "Name in routes and records." },
	{ CONF_FIELD(struct sip_peer_conf, uri), .type = CONF_STR,
	  .min = 5, .max = 255,
	  .doc = "Where calls to it go, as sip:host or sip:host:port; its "
		 "domain." },
	{ CONF_FIELD(struct sip_peer_conf, sources), .type = CONF_LIST,
	  .item = &cidr_item, .max = 64, .dflt = "[]",
	  .doc = "Addresses from which its calls come; others are not "
		 "taken for it." },
	{ CONF_FIELD(struct sip_peer_conf, outbound_proxy),
	  .type = CONF_STR, .max = 255, .dflt = "",
	  .doc = "URI that requests to it pass first." },
	{ CONF_FIELD(struct sip_peer_conf, user), .type = CONF_STR,
	  .max = 63, .dflt = "",
	  .doc = "User part of From in calls to it; empty: the caller's "
		 "number." },
	{ CONF_FIELD(struct sip_peer_conf, auth_user), .type = CONF_STR,
	  .max = 63, .dflt = "", .doc = "User name for its challenges." },
	{ CONF_FIELD(struct sip_peer_conf, password), .type = CONF_SECRET,
	  .max = 127, .dflt = "", .doc = "Password for its challenges." },
	{ CONF_FIELD(struct sip_peer_conf, identity), .type = CONF_NAME,
	  .names = identities, .dflt = "none",
	  .doc = "How the caller is told: none, pai, ppi." },
	{ CONF_FIELD(struct sip_peer_conf, trusted), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "P-Asserted-Identity from it is believed." },
	{ CONF_FIELD(struct sip_peer_conf, numbers), .type = CONF_MAP,
	  .sub = &party_peer_numbers_section, .dflt = "{}",
	  .doc = "Forms of numbers, and whose are believed." },
	{ CONF_FIELD(struct sip_peer_conf, srtp), .type = CONF_NAME,
	  .names = srtp_names, .dflt = "default",
	  .doc = "SRTP in calls to it: default (as in calls), off, allowed, "
		 "required." },
	{ CONF_FIELD(struct sip_peer_conf, portability), .type = CONF_BOOL,
	  .dflt = "yes",
	  .doc = "What is known of a ported number (npdi, rn, cic) goes with "
		 "it." },
	{ CONF_FIELD(struct sip_peer_conf, enumdi), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "Numbers that ENUM was asked for carry enumdi, so that the "
		 "peer does not ask again." },
	{ CONF_FIELD(struct sip_peer_conf, max_calls), .type = CONF_INT,
	  .min = 0, .max = 100000, .dflt = "0",
	  .doc = "Calls at a time with it, both ways; 0: no limit." },
	{ CONF_FIELD_AS(struct sip_peer_conf, ping_ms, "ping"),
	  .type = CONF_MS, .max = 3600000, .dflt = "0",
	  .doc = "OPTIONS is sent so often, every second at most, to see "
		 "whether it is up; 0: only while in doubt." },
	{ CONF_FIELD(struct sip_peer_conf, max_loss), .type = CONF_INT,
	  .min = 0, .max = 100, .dflt = "10",
	  .doc = "Percent of packets that calls with it may lose; beyond, "
		 "other targets come first for a while; 0: any." },
	{ CONF_FIELD_AS(struct sip_peer_conf, max_delay_ms, "max_delay"),
	  .type = CONF_MS, .max = 60000, .dflt = "1s",
	  .doc = "How long packets or OPTIONS may take to it and back; "
		 "beyond, other targets come first for a while; 0: any." },
	{ 0 }
};

static const struct conf_key registration_keys[] = {
	{ CONF_FIELD(struct sip_registration_conf, name), .type = CONF_STR,
	  .min = 1, .max = 47, .flags = CONF_UNIQUE, .doc = "Its name." },
	{ CONF_FIELD(struct sip_registration_conf, registrar),
	  .type = CONF_STR, .min = 5, .max = 255,
	  .doc = "URI of the provider's registrar." },
	{ CONF_FIELD(struct sip_registration_conf, aor), .type = CONF_STR,
	  .min = 5, .max = 255,
	  .doc = "Our address there, as sip:user@domain." },
	{ CONF_FIELD(struct sip_registration_conf, contact_user),
	  .type = CONF_STR, .max = 63, .dflt = "",
	  .doc = "User part of our contact; empty: that of aor." },
	{ CONF_FIELD(struct sip_registration_conf, outbound_proxy),
	  .type = CONF_STR, .max = 255, .dflt = "",
	  .doc = "URI that requests pass first." },
	{ CONF_FIELD(struct sip_registration_conf, auth_user),
	  .type = CONF_STR, .max = 63, .dflt = "",
	  .doc = "User name; empty: that of aor." },
	{ CONF_FIELD(struct sip_registration_conf, password),
	  .type = CONF_SECRET, .max = 127, .dflt = "",
	  .doc = "Password." },
	{ CONF_FIELD_AS(struct sip_registration_conf, expires_ms, "expires"),
	  .type = CONF_MS, .min = 30000, .max = 86400000, .dflt = "1h",
	  .doc = "Lifetime asked for." },
	{ CONF_FIELD_AS(struct sip_registration_conf, keepalive_ms,
			"keepalive"),
	  .type = CONF_MS, .max = 600000, .dflt = "25s",
	  .doc = "Empty packets that keep a NAT open are sent so often, "
		 "every second at most; 0: none." },
	{ CONF_FIELD(struct sip_registration_conf, outbound),
	  .type = CONF_BOOL, .dflt = "no",
	  .doc = "Ask for client-initiated connections (RFC 5626)." },
	{ 0 }
};

static void check_uri(const void *sec, const char *key, const char *text,
		      struct conf_diag *d)
{
	struct sip_uri u;

	if (text[0] && (sip_uri_parse(&u, str_z(text)) ||
			(u.scheme != SIP_URI_SIP && u.scheme != SIP_URI_SIPS)))
		conf_diag_at(d, sec, key, "not a SIP URI like "
			     "sip:host:5060");
}

/* What goes out again and again floods nobody. */
static void check_pace(const void *sec, const char *key, uint32_t ms,
		       struct conf_diag *d)
{
	if (ms && ms < 1000)
		conf_diag_at(d, sec, key, "0, or 1s at least");
}

static void check_sip(const void *sec, struct conf_diag *d)
{
	const struct sip_conf *c = sec;
	const struct sip_listen_conf *l = c->listen.v;
	struct addr a;

	for (size_t i = 0; i < c->listen.n; i++)
		if (l[i].transport == SIP_TLS && !conf_diag_doubts(d, c) &&
		    (!c->certificate[0] || !c->key[0]))
			conf_diag_at(d, c, "certificate", "tls needs "
				     "certificate and key");
	if (c->external_address[0] &&
	    addr_parse_ip(&a, str_z(c->external_address)))
		conf_diag_at(d, c, "external_address", "not an IP address");
	if (c->expires_min_ms > c->expires_max_ms && !conf_diag_doubts(d, c))
		conf_diag_at(d, c, "expires_min", "is longer than "
			     "expires_max");
	if (str_chr(str_z(c->domain), '"') >= 0 ||
	    str_chr(str_z(c->domain), '\\') >= 0)
		conf_diag_at(d, c, "domain", "not a domain name");
}

static void check_peer(const void *sec, struct conf_diag *d)
{
	const struct sip_peer_conf *c = sec;

	check_uri(c, "uri", c->uri, d);
	check_pace(c, "ping", c->ping_ms, d);
	check_uri(c, "outbound_proxy", c->outbound_proxy, d);
}

static void check_registration(const void *sec, struct conf_diag *d)
{
	const struct sip_registration_conf *c = sec;

	check_uri(c, "registrar", c->registrar, d);
	check_uri(c, "aor", c->aor, d);
	check_pace(c, "keepalive", c->keepalive_ms, d);
	check_uri(c, "outbound_proxy", c->outbound_proxy, d);
}

const struct conf_section sip_conf_section = {
	.name = "sip", .size = sizeof(struct sip_conf), .keys = sip_keys,
	.check = check_sip, .doc = "The SIP side of the gateway.",
};

const struct conf_section sip_peers_section = {
	.name = "peers", .size = sizeof(struct sip_peer_conf),
	.keys = peer_keys, .check = check_peer, .list = true,
	.flags = CONF_RELOAD,
	.doc = "SIP servers and gateways that we call, or that call us.",
};

const struct conf_section sip_registrations_section = {
	.name = "registrations",
	.size = sizeof(struct sip_registration_conf),
	.keys = registration_keys, .check = check_registration,
	.list = true, .doc = "Where this gateway registers, as a phone does.",
};
