/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar: REGISTER of the phones (RFC 3261 section 10.3). */
#ifndef GATEWAY_SERVICE_REGISTRAR_H
#define GATEWAY_SERVICE_REGISTRAR_H

#include "gateway/service/location.h"
#include "gateway/sip/auth.h"
#include "gateway/sip/method.h"

struct registrar {
	struct location    *location;
	struct auth_server *auth;
	uint32_t            min_s, max_s, default_s;    /* of a binding */
};

/* The row for sip_stack_serve; arg: struct registrar. */
extern const struct sip_method registrar_method;

/* The algorithms to challenge the sender of a request with (AUTH_MD5 ...),
 * by the user of its From. */
unsigned registrar_digest(const struct location *loc, const struct sip_msg *m);

/* For auth_check: the password of a phone; arg: struct location. */
const char *registrar_password(struct str user, void *arg);

#endif
