/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS outside of dialogs: what we can do (RFC 3261 section 11.2). */
#include "gateway/sip/method.h"
#include "gateway/sip/sip.h"

static int on_options(struct sip_stack *s, struct txn_server *t,
		      const struct sip_msg *m, void *arg)
{
	(void)m;
	(void)arg;
	return txn_server_replyf(t, 200, NULL,
				 "Allow: %s\r\n"
				 "Accept: application/sdp\r\n"
				 "Accept-Encoding: identity\r\n"
				 "Accept-Language: en\r\n"
				 "Supported: %s\r\n"
				 "Server: %s\r\n",
				 sip_stack_allowed(s), sip_stack_supported(s),
				 sip_stack_user_agent(s));
}

const struct sip_method method_options = { "OPTIONS", on_options };
