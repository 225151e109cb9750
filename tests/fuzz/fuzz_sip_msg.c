/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a message: parsed, cut from a stream, answered. What was
 * parsed without a flaw gives an answer that parses too. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/transport_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void answer(const struct sip_msg *m)
{
	struct sip_response r = { .status = 180 };
	struct sip_msg *back;
	struct buf b;

	buf_init(&b, 4 * SIP_MSG_MAX);
	sip_build_response(&b, m, &r, STR_LIT("t"));
	if (!m->flaw.status && !b.err && b.len <= SIP_MSG_MAX) {
		if (sip_msg_parse(&back, buf_str(&b), NULL))
			abort();
		if (back->flaw.status || back->cseq.num != m->cseq.num ||
		    !str_eq(back->call_id, m->call_id) ||
		    !str_eq(back->from.tag, m->from.tag) ||
		    !str_eq(back->via.branch, m->via.branch))
			abort();
		obj_unref(back);
	}
	if (m->request && !m->flaw.status) {
		buf_reset(&b);
		sip_build_same(&b, m, "ACK", m->to.raw, STR_NULL);
	}
	buf_fini(&b);
}

/* The typed readers over every value. */
static void read_values(const struct sip_msg *m)
{
	for (unsigned i = 0; i < m->n_hdrs; i++) {
		struct sip_addr a;
		struct sip_via v;
		struct sip_cseq c;
		char name[20];
		uint32_t num;

		if (!sip_addr_parse(&a, m->hdrs[i].val))
			sip_addr_name(name, sizeof(name), &a);
		if (sip_via_parse(&v, m->hdrs[i].val) |
		    sip_cseq_parse(&c, m->hdrs[i].val) |
		    sip_num_parse(&num, m->hdrs[i].val))
			continue;
	}
	(void)sip_msg_has(m, SIP_HDR_SUPPORTED, "timer");
	(void)sip_msg_num(&(uint32_t){ 0 }, m, SIP_HDR_EXPIRES);
}

/* The same bytes in two pieces give the same first message as in one. */
static void stream(const uint8_t *p, size_t n)
{
	struct sip_stream one, two;
	struct sip_stream_msg a, b;
	enum sip_stream_got got_a, got_b;
	size_t half = n / 2;

	sip_stream_init(&one);
	sip_stream_init(&two);
	if (sip_stream_add(&one, p, n) || sip_stream_add(&two, p, half))
		goto out;
	while ((got_a = sip_stream_next(&one, &a)) == SIP_STREAM_PING)
		;
	while ((got_b = sip_stream_next(&two, &b)) == SIP_STREAM_PING)
		;
	if (got_b == SIP_STREAM_MORE) {
		if (sip_stream_add(&two, p + half, n - half))
			goto out;
		while ((got_b = sip_stream_next(&two, &b)) ==
		       SIP_STREAM_PING)
			;
	}
	if (got_a == SIP_STREAM_MSG &&
	    (got_b != SIP_STREAM_MSG || !str_eq(a.text, b.text)))
		abort();
out:
	sip_stream_fini(&one);
	sip_stream_fini(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sip_msg *m;

	if (!sip_msg_parse(&m, str_pl(p, n), NULL)) {
		read_values(m);
		answer(m);
		obj_unref(m);
	}
	stream(p, n);
	return 0;
}
