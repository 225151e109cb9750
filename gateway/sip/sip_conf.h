/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `sip:`, `peers:` and `registrations:`. */
#ifndef GATEWAY_SIP_SIP_CONF_H
#define GATEWAY_SIP_SIP_CONF_H

#include "conf/conf.h"
#include "gateway/party_conf.h"

struct sip_listen_conf {
	int         transport;          /* enum sip_tp */
	struct addr address;
};

struct sip_conf {
	struct conf_list listen;        /* sip_listen_conf */
	char             domain[128];   /* ours: realm, host of From */
	char             user_agent[64];
	char             external_address[72];
	struct conf_list local_nets;    /* struct cidr */
	char             certificate[256], key[256], ca_file[256];
	bool             verify_clients;
	int              source_rate;   /* requests per second and source */
	uint32_t         block_ms;      /* of scanners; 0: never */
	uint32_t         expires_min_ms, expires_max_ms;
};

enum sip_identity {             /* how we tell a peer who calls */
	SIP_IDENTITY_NONE,
	SIP_IDENTITY_PAI,       /* P-Asserted-Identity: it trusts us */
	SIP_IDENTITY_PPI,       /* P-Preferred-Identity: it decides */
};

struct sip_peer_conf {
	char             name[48];
	char             uri[256];              /* next hop: sip:host:port */
	struct conf_list sources;               /* struct cidr */
	char             outbound_proxy[256];
	char             user[64];              /* of From; "": the caller */
	char             auth_user[64], password[128];
	int              identity;              /* enum sip_identity */
	bool             trusted;               /* its identity headers are
						 * believed */
	int              srtp;                  /* 0: as in `calls:`; else
						 * 1 + enum sdp_srtp */
	bool             portability;           /* it is told npdi, rn, cic */
	bool             enumdi;                /* it is told that ENUM was
						 * asked */
	int              max_calls;             /* 0: no limit */
	uint32_t         ping_ms;               /* OPTIONS; 0: none */
	int              max_loss;              /* percent; 0: no bound */
	uint32_t         max_delay_ms;          /* there and back; 0 */
	struct party_numbers_conf numbers;
};

struct sip_registration_conf {
	char     name[48];
	char     registrar[256];        /* sip:host:port */
	char     aor[256];              /* sip:user@domain */
	char     contact_user[64];      /* "": the user of aor */
	char     outbound_proxy[256];
	char     auth_user[64], password[128];
	uint32_t expires_ms;
	uint32_t keepalive_ms;
	bool     outbound;              /* RFC 5626 */
};

extern const struct conf_section sip_conf_section;
extern const struct conf_section sip_peers_section;             /* lists */
extern const struct conf_section sip_registrations_section;

#endif
