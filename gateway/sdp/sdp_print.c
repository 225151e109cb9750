/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of session descriptions that we write, RFC 8866 section 5. */
#include "gateway/sdp/sdp.h"

#include <inttypes.h>

static void print_addr(struct buf *out, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	buf_addf(out, "IN %s %s\r\n", a->family == AF_INET6 ? "IP6" : "IP4",
		 addr_print_ip(text, a));
}

void sdp_print_origin(struct buf *out, uint64_t id, uint64_t version,
		      const struct addr *a)
{
	buf_addf(out, "v=0\r\no=- %" PRIu64 " %" PRIu64 " ", id, version);
	print_addr(out, a);
}

void sdp_print_conn(struct buf *out, const struct addr *a)
{
	buf_addz(out, "c=");
	print_addr(out, a);
}

void sdp_print_media(struct buf *out, struct str type, uint16_t port,
		     struct str proto)
{
	buf_addf(out, "m=%.*s %u %.*s", STR_FMT(type), (unsigned)port,
		 STR_FMT(proto));
}
