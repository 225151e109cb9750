/* SPDX-License-Identifier: Apache-2.0 */
/* Digest authentication, both sides (RFC 3261 section 22, RFC 7616,
 * RFC 8760): MD5 and SHA-256, qop=auth. Passwords are never logged. */
#ifndef GATEWAY_SIP_AUTH_H
#define GATEWAY_SIP_AUTH_H

#include "base/loop.h"
#include "gateway/sip/msg.h"

/* Server: challenges and checks. */
struct auth_server;

/* realm is copied; it holds no quote or backslash. nonce_s: lifetime of a
 * nonce, 0: 300. ENOMEM. */
int auth_server_new(struct auth_server **ap, struct loop *l,
		    const char *realm, uint32_t nonce_s) MUST_CHECK;
void auth_server_free(struct auth_server *a);

enum auth_result {
	AUTH_OK,
	AUTH_NONE,              /* no credentials for our realm */
	AUTH_STALE,             /* right, but the nonce is too old or used */
	AUTH_WRONG,             /* unknown user or wrong password, with a nonce
				 * that was made for this source */
	AUTH_GUESS,             /* wrong with another nonce: who never heard
				 * our challenge; answered as AUTH_STALE */
	AUTH_BAD,               /* malformed: 400 */
};

/* The password of a user, or NULL: unknown. */
typedef const char *auth_password_fn(struct str user, void *arg);

/* Looks at Authorization (proxy: Proxy-Authorization) of the request. On
 * AUTH_OK *user is the user name (a view into m); may be NULL. */
enum auth_result auth_check(struct auth_server *a, const struct sip_msg *m,
			    bool proxy, auth_password_fn *fn, void *arg,
			    struct str *user);

enum { AUTH_SHA256 = 1, AUTH_MD5 = 2, AUTH_BOTH = 3 };

/* Adds the WWW-Authenticate (proxy: Proxy-Authenticate) lines of the
 * algorithms in which, SHA-256 first (RFC 8760); stale after AUTH_STALE and
 * AUTH_GUESS. The nonce is good for the source of the request only (IPv6:
 * its /64). */
void auth_challenge(struct auth_server *a, struct buf *lines,
		    const struct sip_msg *req, bool proxy, bool stale,
		    unsigned which);

/* Client: state of one account or call. Zeroed: no challenge seen. */
struct auth_client {
	const char *user, *password;    /* the owner's; NULL: cannot answer */
	char        realm[128], nonce[256], opaque[128];
	bool        proxy, sha256, qop, sess;
	bool        have;               /* a challenge is stored */
	uint32_t    nc;
	unsigned    tries;              /* answers to fresh challenges */
};

/* Takes the strongest challenge of a 401 or 407 that can be answered.
 * EACCES: our last answer was refused (same realm, not stale), or there is
 * no password; ENOTSUP: none we can answer; EBADMSG. */
int auth_client_take(struct auth_client *c, const struct sip_msg *resp)
	MUST_CHECK;

/* Adds the Authorization or Proxy-Authorization line for a request, if a
 * challenge is stored; counts nc. */
void auth_client_add(struct auth_client *c, struct buf *lines,
		     struct str method, struct str uri);

#endif
