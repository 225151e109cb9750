/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SRTP through libsrtp2. The receiving side learns the peer's SSRC from its
 * first authentic packet; each new SSRC makes the library keep a stream
 * more, so their number is limited.
 */
#include "media/srtp.h"

#include <srtp2/srtp.h>

#include "base/mem.h"

enum {
	MAX_SSRCS = 8,
	WINDOW    = 1024,       /* packets that replay is looked for in */
	SSRC_AT   = 8,          /* in an RTP packet */
};

struct srtp_pair {
	srtp_t   tx, rx;
	uint32_t ssrc[MAX_SSRCS];       /* that have come */
	unsigned n_ssrc;
};

static int err_of(srtp_err_status_t st)
{
	switch (st) {
	case srtp_err_status_ok:
		return 0;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
		return EALREADY;
	case srtp_err_status_alloc_fail:
		return ENOMEM;
	case srtp_err_status_key_expired:
	case srtp_err_status_pkt_idx_old:
		return EIO;
	default:
		return EBADMSG;
	}
}

int srtp_pair_global_init(void)
{
	srtp_err_status_t st = srtp_init();

	/* a second time the library refuses to load its modules again */
	return st == srtp_err_status_ok || st == srtp_err_status_bad_param
		? 0 : EIO;
}

static void set_suite(srtp_policy_t *p, enum rtp_suite suite)
{
	switch (suite) {
	case RTP_SUITE_AES_CM_128_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&p->rtp);
		/* RFC 4568 section 6.2.2: SRTCP keeps the long tag */
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&p->rtcp);
		break;
	case RTP_SUITE_AES_256_CM_HMAC_SHA1_80:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
		break;
	case RTP_SUITE_AES_256_CM_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&p->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
		break;
	default:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&p->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&p->rtcp);
		break;
	}
}

static size_t key_len(enum rtp_suite suite)
{
	switch (suite) {
	case RTP_SUITE_AES_CM_128_HMAC_SHA1_80:
	case RTP_SUITE_AES_CM_128_HMAC_SHA1_32:
		return 30;
	case RTP_SUITE_AES_256_CM_HMAC_SHA1_80:
	case RTP_SUITE_AES_256_CM_HMAC_SHA1_32:
		return 46;
	default:
		return 0;
	}
}

static int make(srtp_t *out, const struct rtp_key *key, srtp_ssrc_t ssrc)
{
	srtp_policy_t p = { 0 };
	uint8_t k[RTP_KEY_MAX];

	if (!key_len(key->suite) || key->len != key_len(key->suite))
		return EINVAL;
	for (unsigned i = 0; i < key->len; i++)
		k[i] = key->key[i];
	set_suite(&p, key->suite);
	p.ssrc = ssrc;
	p.key = k;
	p.window_size = WINDOW;
	return err_of(srtp_create(out, &p));
}

int srtp_pair_new(struct srtp_pair **sp, const struct rtp_key *tx,
		  const struct rtp_key *rx, uint32_t tx_ssrc)
{
	srtp_ssrc_t ours = { ssrc_specific, tx_ssrc };
	srtp_ssrc_t theirs = { ssrc_any_inbound, 0 };
	struct srtp_pair *s = mem_alloc(sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	err = make(&s->tx, tx, ours);
	if (!err)
		err = make(&s->rx, rx, theirs);
	if (err)
		srtp_pair_free(s);
	else
		*sp = s;
	return err;
}

void srtp_pair_free(struct srtp_pair *s)
{
	if (!s)
		return;
	if (s->tx)
		srtp_dealloc(s->tx);
	if (s->rx)
		srtp_dealloc(s->rx);
	mem_free(s);
}

int srtp_pair_protect(struct srtp_pair *s, uint8_t *p, size_t *n, size_t cap)
{
	int len = (int)*n;
	int err;

	if (*n + SRTP_PAIR_TRAILER > cap)
		return ENOBUFS;
	err = err_of(srtp_protect(s->tx, p, &len));
	if (!err)
		*n = (size_t)len;
	return err ? EIO : 0;
}

int srtp_pair_protect_rtcp(struct srtp_pair *s, uint8_t *p, size_t *n,
			   size_t cap)
{
	int len = (int)*n;
	int err;

	if (*n + SRTP_PAIR_TRAILER > cap)
		return ENOBUFS;
	err = err_of(srtp_protect_rtcp(s->tx, p, &len));
	if (!err)
		*n = (size_t)len;
	return err ? EIO : 0;
}

static bool has_ssrc(const struct srtp_pair *s, uint32_t ssrc)
{
	for (unsigned i = 0; i < s->n_ssrc; i++)
		if (s->ssrc[i] == ssrc)
			return true;
	return false;
}

static uint32_t ssrc_of(const uint8_t *p)
{
	return (uint32_t)p[SSRC_AT] << 24 | (uint32_t)p[SSRC_AT + 1] << 16 |
	       (uint32_t)p[SSRC_AT + 2] << 8 | p[SSRC_AT + 3];
}

int srtp_pair_unprotect(struct srtp_pair *s, uint8_t *p, size_t *n)
{
	int len = (int)*n;
	uint32_t ssrc;
	bool known;
	int err;

	if (*n < SSRC_AT + 4)
		return EBADMSG;
	ssrc = ssrc_of(p);
	known = has_ssrc(s, ssrc);
	if (!known && s->n_ssrc == MAX_SSRCS)
		return EBADMSG;
	err = err_of(srtp_unprotect(s->rx, p, &len));
	if (err)
		return err;
	if (!known)
		s->ssrc[s->n_ssrc++] = ssrc;
	*n = (size_t)len;
	return 0;
}

int srtp_pair_unprotect_rtcp(struct srtp_pair *s, uint8_t *p, size_t *n)
{
	int len = (int)*n;
	int err;

	if (*n < 8)
		return EBADMSG;
	err = err_of(srtp_unprotect_rtcp(s->rx, p, &len));
	if (!err)
		*n = (size_t)len;
	return err;
}
