/* SPDX-License-Identifier: Apache-2.0 */
/* Session descriptions: parse, answer, take as an answer. */
#include <stdlib.h>

#include "gateway/sdp/offer_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void try_both(const struct sdp *s, const struct sdp_caps *caps)
{
	struct offer_answer oa;
	struct sdp_result   res;
	struct parse_pos    where;
	static struct sdp   again;      /* too big for a fuzzer's stack */
	struct buf          b;

	offer_answer_init(&oa);
	buf_init(&b, SDP_MAX_BYTES * 2);
	if (offer_answer_answer(&oa, caps, s, &b, &res) == 0 &&
	    (sdp_parse(&again, buf_str(&b), &where) ||
	     again.n_media != s->n_media))
		abort();        /* what we write must be sound */
	buf_reset(&b);
	if (offer_answer_offer(&oa, caps, &b) == 0 &&
	    offer_answer_finish(&oa, s, &res) == 0 && !res.n_recv)
		abort();
	offer_answer_fini(&oa);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sdp_caps caps = {
		.codecs = { { codec_find("PCMA", 8000), 8 },
			    { codec_find("PCMU", 8000), 0 } },
		.n_codecs = 2, .telev_pt = 101, .ptime_ms = 20,
		.dir = SDP_SENDRECV, .srtp = SDP_SRTP_ALLOWED,
		.rtp = { .family = AF_INET, .port = 4000 },
		.suites = { CRYPTO_AES_CM_128_HMAC_SHA1_80 },
		.n_suites = 1 };
	struct parse_pos  where;
	static struct sdp s;

	if (sdp_parse(&s, str_pl(p, n), &where))
		return 0;
	try_both(&s, &caps);
	caps.srtp = SDP_SRTP_REQUIRED;
	caps.prefer_ours = true;
	try_both(&s, &caps);
	return 0;
}
