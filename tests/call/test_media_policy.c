/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the SDP of a leg, and what comes of theirs. */
#include "gateway/call/media_policy.h"

#include <string.h>

#include "media/rtp_impl.h"
#include "tests/lib/fake_leg.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SDP(proto, formats, more) \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns=-\r\nc=IN IP4 192.0.2.77\r\n" \
	"t=0 0\r\nm=audio 4000 " proto " " formats "\r\n" more
#define CRYPTO "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" \
	"d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"

struct house {
	struct world       *w;
	struct fake_leg     leg;
	struct call        *c;
	struct media_policy m;
	struct buf          out;
	bool                up;
};

/* What the port was set to; it has no worker of its own here. */
static const struct rtp_params *params_of(const struct port *p)
{
	return &rtp_of(p)->setup->prm;
}

static int house_open(struct house *h, const char *calls, const char *peer)
{
	const struct world_params p = { .calls = calls };
	struct addr local, to;
	int err;

	memset(h, 0, sizeof(*h));
	buf_init(&h->out, SDP_MAX_BYTES);
	TRY(world_new(&h->w, &p));
	fake_leg_init(&h->leg, h->w->loop);
	TRY(call_new(&h->c, app_calls(h->w->app), &h->leg.leg, false));
	media_policy_init(&h->m, &h->leg.leg, app_calls(h->w->app));
	h->up = true;
	TRY(addr_parse(&local, STR_LIT("192.0.2.1"), 5060));
	TRY(addr_parse(&to, str_z(peer), 5060));
	media_policy_path(&h->m, &local, &to);
out:
	return err;
}

static int house_close(struct house *h)
{
	int err = 0;

	if (h->up)
		media_policy_fini(&h->m);
	buf_fini(&h->out);
	if (h->c)
		call_hangup(h->c, CAUSE_NORMAL);
	if (h->w && !world_is_idle(h->w))
		err = EBUSY;
	world_free(h->w);
	return err;
}

static bool says(struct house *h, const char *text)
{
	buf_addc(&h->out, '\0');
	h->out.len--;
	return !h->out.err && strstr((const char *)h->out.p, text);
}

/* Our codecs in their order, digits, the signalling address. */
static int test_offer(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, NULL, "192.0.2.77"));
	TRY(media_policy_offer(&h.m, &h.out));
	CHECK(says(&h, " RTP/AVP 8 0 9 101\r\n"));
	CHECK(says(&h, "c=IN IP4 192.0.2.1\r\n"));
	CHECK(says(&h, "a=rtpmap:101 telephone-event/8000"));
	CHECK(h.m.rtp.port >= 20000 && h.m.rtp.port % 2 == 0);
	CHECK(!h.m.agreed && !h.leg.leg.attached);
	/* their answer puts it into force */
	TRY(media_policy_finish(&h.m, STR_LIT(SDP("RTP/AVP", "0", ""))));
	CHECK(h.m.agreed && h.leg.leg.attached);
	CHECK_STR(str_z(h.m.codec->name), "PCMU");
	CHECK_INT(params_of(h.m.port)->remote.port, 4000);
	CHECK_INT(params_of(h.m.port)->event_tx_pt, RTP_NO_PT);
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

static int test_keys(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, "codecs: [ G722, PCMU ], ptime_ms: 30, srtp: off",
		       "192.0.2.77"));
	TRY(media_policy_offer(&h.m, &h.out));
	CHECK(says(&h, " RTP/AVP 9 0 101\r\n"));
	CHECK(says(&h, "a=ptime:30\r\n"));
	CHECK(!says(&h, "crypto"));
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

/* The address outside of NAT is told to those outside. */
static int external(const char *peer, const char *told)
{
	struct house h;
	int err;

	TRY(house_open(&h, "external_address: 198.51.100.7", peer));
	TRY(media_policy_offer(&h.m, &h.out));
	CHECK(says(&h, told));
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

static int test_external(void)
{
	int err;

	TRY(external("203.0.113.5", "c=IN IP4 198.51.100.7\r\n"));
	TRY(external("10.1.2.3", "c=IN IP4 192.0.2.1\r\n"));
out:
	return err;
}

static int test_answer(void)
{
	static const char offer[] = SDP("RTP/AVP", "3 0 8 96", "a=rtpmap:96 "
		"telephone-event/8000\r\na=sendonly\r\n");
	const struct codec_ops *v[LEG_CODECS_MAX];
	struct house h;
	int err;

	TRY(house_open(&h, NULL, "192.0.2.77"));
	TRY(media_policy_peek(&h.m, str_z(offer)));
	CHECK(!h.m.agreed);
	CHECK_INT(media_policy_codecs(&h.m, v), 2);
	CHECK_STR(str_z(v[0]->name), "PCMU");      /* in their order */
	CHECK_STR(str_z(v[1]->name), "PCMA");
	TRY(media_policy_answer(&h.m, str_z(offer), &h.out));
	CHECK(says(&h, "a=recvonly\r\n"));
	CHECK(says(&h, "a=rtpmap:96 telephone-event/8000"));
	CHECK_INT(media_policy_codecs(&h.m, v), 1);
	CHECK(v[0] == h.m.codec);
	CHECK(h.m.held);        /* they send only */
	CHECK_INT(params_of(h.m.port)->event_rx_pt, 96);
	CHECK(!params_of(h.m.port)->send);
	CHECK(h.leg.leg.attached);
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

static int refused(const char *calls, const char *offer, int want)
{
	struct house h;
	int err;

	TRY(house_open(&h, calls, "192.0.2.77"));
	CHECK_INT(media_policy_peek(&h.m, str_z(offer)), want);
	CHECK_INT(media_policy_answer(&h.m, str_z(offer), &h.out), want);
	CHECK(!h.m.agreed && !h.leg.leg.attached);
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

static int test_refused(void)
{
	int err;

	TRY(refused(NULL, "v=0\r\nnonsense\r\n", EBADMSG));
	TRY(refused(NULL, SDP("RTP/AVP", "3 18", ""), ENOTSUP));
	TRY(refused("srtp: required", SDP("RTP/AVP", "8", ""), ENOTSUP));
	TRY(refused("srtp: off", SDP("RTP/SAVP", "8", CRYPTO), ENOTSUP));
out:
	return err;
}

static int test_srtp(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, NULL, "192.0.2.77"));
	TRY(media_policy_answer(&h.m, STR_LIT(SDP("RTP/SAVP", "8", CRYPTO)),
				&h.out));
	CHECK_INT(params_of(h.m.port)->tx_key.suite,
		  RTP_SUITE_AES_CM_128_HMAC_SHA1_80);
	CHECK(says(&h, "RTP/SAVP 8\r\n"));
	CHECK(says(&h, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
	CHECK(!says(&h, "d0RmdmcmVCspeEc3QGZi"));       /* a key of ours */
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

/* A refusal says why; of their names none comes into the header. */
static int test_warning(void)
{
	static const struct { const char *offer, *says; } rows[] = {
		{ SDP("RTP/AVP", "97", "a=rtpmap:97 op\"us/48000\r\n"),
		  "Warning: 305 tipring \"No common codec, here: "
		  "PCMA PCMU G722\"\r\n" },
		{ SDP("RTP/SAVP", "8", ""), "Warning: 302 tipring \"No common "
		  "SRTP, codecs here: PCMA PCMU G722\"\r\n" },
		{ "v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns=-\r\nt=0 0\r\n"
		  "m=audio 4000 RTP/AVP 8\r\n", "Warning: 301 tipring "
		  "\"Address unusable, codecs here: PCMA PCMU G722\"\r\n" },
		{ "v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns=-\r\nt=0 0\r\n",
		  "Warning: 304 tipring \"No audio over RTP, here: "
		  "PCMA PCMU G722\"\r\n" },
	};
	struct house h;
	int err;

	TRY(house_open(&h, NULL, "192.0.2.77"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(media_policy_answer(&h.m, str_z(rows[i].offer),
					      &h.out), ENOTSUP);
		CHECK_STR(str_z(h.m.warning), rows[i].says);
	}
out:
	if (house_close(&h) && !err)
		err = EBUSY;
	return err;
}

static int test_status(void)
{
	int err = 0;

	CHECK_INT(media_policy_status(EBADMSG), 400);
	CHECK_INT(media_policy_status(ENOTSUP), 488);
	CHECK_INT(media_policy_status(EALREADY), 491);
	CHECK_INT(media_policy_status(EADDRNOTAVAIL), 503);
	CHECK_INT(media_policy_status(ENOMEM), 500);
out:
	return err;
}

const struct test_suite suite_media_policy = {
	"call/media_policy", (const struct test[]){
		TEST(test_offer),
		TEST_WITH(test_keys, TEST_NO_OOM),
		TEST_WITH(test_external, TEST_NO_OOM),
		TEST_WITH(test_warning, TEST_NO_OOM),
		TEST(test_answer),
		TEST_WITH(test_refused, TEST_NO_OOM),
		TEST_WITH(test_srtp, TEST_NO_OOM),
		TEST_WITH(test_status, TEST_NO_OOM),
		TEST_END } };
