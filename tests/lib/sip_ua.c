/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sip_ua.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/sdp/sdp.h"

enum { SDP_MAX = 1000 };

static const struct sip_session_cb session_cb;

static void note(struct sip_ua *u, const char *word)
{
	size_t n = strlen(u->log);

	snprintf(u->log + n, sizeof(u->log) - n, "%s%s", n ? " " : "", word);
}

const char *sip_ua_log(struct sip_ua *u)
{
	snprintf(u->last_log, sizeof(u->last_log), "%s", u->log);
	u->log[0] = '\0';
	return u->last_log;
}

/* --- descriptions ------------------------------------------------------ */

static void print_sdp(char out[SDP_MAX], const struct sip_ua *u,
		      const char *formats, const char *dir)
{
	char ip[ADDR_TEXT_MAX];

	addr_print_ip(ip, &u->rtp.local);
	snprintf(out, SDP_MAX,
		 "v=0\r\no=%s 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\n"
		 "t=0 0\r\nm=audio %u RTP/AVP %s%s\r\n%sa=%s\r\n", u->user,
		 ip, ip, u->rtp.local.port, formats,
		 u->no_events ? "" : " 101",
		 u->no_events ? "" : "a=rtpmap:101 telephone-event/8000\r\n",
		 dir);
}

/* The first of their formats that we have, too. */
static const struct codec_ops *choose(const struct sip_ua *u,
				      const struct sdp_media *m)
{
	for (unsigned i = 0; i < m->n_formats; i++)
		if (m->formats[i].l == 1 &&
		    strchr(u->codecs, m->formats[i].p[0]))
			return codec_by_pt(m->formats[i].p[0] - '0');
	return NULL;
}

/* Takes their description: where to send, what, and whether. */
static int take_sdp(struct sip_ua *u, struct str text)
{
	const struct codec_ops *codec;
	const struct sdp_media *m;
	struct addr remote;
	struct sdp *sdp = mem_alloc(sizeof(*sdp));
	int err = sdp ? sdp_parse(sdp, text, NULL) : ENOMEM;

	m = err ? NULL : sdp_audio(sdp);
	codec = m ? choose(u, m) : NULL;
	if (!codec) {
		note(u, "bad-sdp");
		goto out;
	}
	u->answered_with[0] = '\0';
	for (unsigned i = 0; i < m->n_formats; i++) {
		size_t n = strlen(u->answered_with);

		snprintf(u->answered_with + n, sizeof(u->answered_with) - n,
			 "%s%.*s", n ? " " : "", STR_FMT(m->formats[i]));
	}
	remote = sdp_media_addr(sdp, m);
	err = sip_ua_rtp_start(&u->rtp, codec, &remote,
			       !sdp_attr_any(sdp, m, "sendonly") &&
			       !sdp_attr_any(sdp, m, "inactive"));
	if (err)
		note(u, "no-sound");
out:
	mem_free(sdp);
	return codec ? err : EBADMSG;
}

/* Our answer to what was taken, or an offer of all we have. */
static void describe(char out[SDP_MAX], const struct sip_ua *u, bool answer)
{
	char pt[8];

	if (answer && u->rtp.codec)
		snprintf(pt, sizeof(pt), "%d", u->rtp.codec->static_pt);
	print_sdp(out, u, answer && u->rtp.codec ? pt : u->codecs,
		  answer && !u->rtp.send ? "recvonly" : "sendrecv");
}

static int send_answer(struct sip_ua *u, bool answer)
{
	char sdp[SDP_MAX];

	describe(sdp, u, answer);
	return sip_session_answer(u->s, str_z(sdp), STR_NULL);
}

/* --- upcalls ----------------------------------------------------------- */

static void on_progress(uint16_t status, const struct sip_msg *m, void *arg)
{
	struct sip_ua *u = arg;
	struct str sdp = sip_session_sdp(m);
	char word[16];

	snprintf(word, sizeof(word), "%u%s", status, sdp.l ? "-sdp" : "");
	note(u, word);
	if (sdp.l)
		(void)take_sdp(u, sdp);         /* noted */
}

static void on_answer(const struct sip_msg *m, void *arg)
{
	struct sip_ua *u = arg;
	struct str sdp = sip_session_sdp(m);

	u->n_answers++;
	note(u, m->request ? "ack" : "answer");
	if (sdp.l)
		(void)take_sdp(u, sdp);
	if (!m->request && u->late && send_answer(u, true))
		note(u, "ack-failed");
}

static void on_offer(const struct sip_msg *m, void *arg)
{
	struct sip_ua *u = arg;
	struct str sdp = sip_session_sdp(m);

	note(u, "offer");
	if (sdp.l)
		(void)take_sdp(u, sdp);
	if (send_answer(u, sdp.l > 0))
		note(u, "answer-failed");
}

static void on_refused(uint16_t status, const struct sip_msg *m, void *arg)
{
	char word[24];

	(void)m;
	snprintf(word, sizeof(word), "refused-%u", status);
	note(arg, word);
}

static void on_info(const struct sip_msg *m, void *arg)
{
	(void)m;
	note(arg, "info");
}

static void on_end(const struct sip_end *why, void *arg)
{
	static const char *const words[] = {
		[SIP_END_LOCAL] = "end", [SIP_END_BYE] = "bye",
		[SIP_END_CANCEL] = "cancel", [SIP_END_REFUSED] = "",
		[SIP_END_LOST] = "lost", [SIP_END_NO_ACK] = "no-ack",
		[SIP_END_UNREACHABLE] = "unreachable",
		[SIP_END_MEMORY] = "memory",
	};
	struct sip_ua *u = arg;
	char word[16];

	snprintf(word, sizeof(word), "%u", why->status);
	note(u, why->how == SIP_END_REFUSED ? word : words[why->how]);
	u->end = *why;
	u->end.msg = NULL;
	u->end.text = STR_NULL;
	u->s = NULL;
	tmr_stop(&u->tmr);
	sip_ua_rtp_stop(&u->rtp);
}

static const struct sip_session_cb session_cb = {
	.on_progress = on_progress,
	.on_answer = on_answer,
	.on_offer = on_offer,
	.on_refused = on_refused,
	.on_info = on_info,
	.on_end = on_end,
};

/* --- calls that come --------------------------------------------------- */

static void answer_now(void *arg)
{
	struct sip_ua *u = arg;

	if (sip_ua_answer(u))
		note(u, "answer-failed");
}

static void note_invite(struct sip_ua *u, const struct sip_msg *m)
{
	const struct sip_hdr *place = sip_msg_hdr_name(m, "Geolocation", 0);

	str_clip(u->place, sizeof(u->place), place ? place->val : STR_NULL);
	u->has_place = sip_session_part(m, "application/pidf+xml").l > 0;
	u->n_invites++;
	note(u, "invite");
	str_clip(u->called, sizeof(u->called),
		 m->ruri.scheme == SIP_URI_OTHER ? m->ruri.raw
						 : m->ruri.user);
	str_clip(u->from, sizeof(u->from),
		 sip_msg_val(m, SIP_HDR_FROM));
}

static void on_invite(struct txn_server *t, const struct sip_msg *m,
		      void *arg)
{
	struct sip_ua *u = arg;
	int err = 0;

	note_invite(u, m);
	if (u->does >= 300 || u->s) {
		(void)txn_server_replyf(t, u->s ? 486 : u->does, NULL, "%s",
					"");
		return;
	}
	if (sip_session_accept(&u->s, u->sessions, t, m, &session_cb, u)) {
		(void)txn_server_replyf(t, 503, NULL, "%s", "");
		return;
	}
	if (sip_session_sdp(m).l)
		(void)take_sdp(u, sip_session_sdp(m));
	if (u->does == 180 || u->does == 183)
		err = sip_ua_ring(u, u->does);
	else if (u->does == 200)
		err = sip_ua_answer(u);
	if (err)
		note(u, "reply-failed");
	if (u->answer_ms)
		tmr_start(u->loop, &u->tmr, u->answer_ms, answer_now, u);
}

/* --- life -------------------------------------------------------------- */

int sip_ua_init(struct sip_ua *u, struct loop *l, struct udp_net *net,
		struct resolver *dns, const char *user, const char *ip)
{
	const struct sip_stack_params sp = { .loop = l, .net = net,
					     .user_agent = "UA" };
	struct locate_params lp = { .loop = l, .v4 = true, .resolver = dns,
				    .has = { [SIP_UDP] = true } };
	struct sip_sessions_conf conf = { .on_invite = on_invite, .arg = u };
	int err;

	u->loop = l;
	u->codecs = "8 0 9";
	u->does = 200;
	snprintf(u->user, sizeof(u->user), "%s", user);
	err = addr_parse(&u->addr, str_z(ip), 5060);
	if (!err)
		err = sip_ua_rtp_init(&u->rtp, l, net, &u->addr);
	if (!err)
		err = sip_stack_new(&u->stack, &sp);
	if (!err)
		err = sip_stack_listen(u->stack, SIP_UDP, &u->addr, NULL);
	if (!err)
		err = locate_new(&u->locator, &lp);
	conf.stack = u->stack;
	conf.locator = u->locator;
	if (!err)
		err = sip_sessions_new(&u->sessions, &conf);
	return err;
}

void sip_ua_fini(struct sip_ua *u)
{
	tmr_stop(&u->tmr);
	sip_register_free(u->reg);
	sip_sessions_free(u->sessions);
	locate_free(u->locator);
	sip_stack_free(u->stack);
	sip_ua_rtp_fini(&u->rtp);
}

int sip_ua_call(struct sip_ua *u, const char *uri, const char *gateway)
{
	char ip[ADDR_TEXT_MAX], from[128], route[128], sdp[SDP_MAX];
	struct sip_invite inv = { .target = str_z(uri) };

	addr_print_ip(ip, &u->addr);
	snprintf(from, sizeof(from), "sip:%s@%s", u->user, ip);
	snprintf(route, sizeof(route), "<sip:%s;lr>", gateway);
	print_sdp(sdp, u, u->codecs, "sendrecv");
	inv.from = str_z(from);
	inv.contact_user = str_z(u->user);
	inv.route = str_z(route);
	if (u->password[0]) {
		inv.auth_user = str_z(u->user);
		inv.auth_secret = str_z(u->password);
	}
	inv.body = u->late ? STR_NULL : str_z(sdp);
	inv.max_forwards = u->max_forwards;
	inv.headers = u->headers ? str_z(u->headers) : STR_NULL;
	return sip_session_invite(&u->s, u->sessions, &inv, &session_cb, u);
}

int sip_ua_ring(struct sip_ua *u, uint16_t status)
{
	char sdp[SDP_MAX] = "";

	if (!u->s)
		return ENOTCONN;
	if (status == 183 || u->ring_sdp)
		describe(sdp, u, true);
	return sip_session_ring(u->s, status, str_z(sdp));
}

int sip_ua_answer(struct sip_ua *u)
{
	return u->s ? send_answer(u, true) : ENOTCONN;
}

void sip_ua_hangup(struct sip_ua *u, uint16_t status)
{
	if (u->s)
		sip_session_end(u->s, status, 0, STR_NULL);
}

int sip_ua_reinvite(struct sip_ua *u, const char *dir)
{
	char sdp[SDP_MAX];

	if (!u->s)
		return ENOTCONN;
	print_sdp(sdp, u, u->codecs, dir);
	return sip_session_offer(u->s, str_z(sdp));
}

int sip_ua_info(struct sip_ua *u, char digit)
{
	char body[64];

	if (!u->s)
		return ENOTCONN;
	snprintf(body, sizeof(body), "Signal=%c\r\nDuration=160\r\n", digit);
	return sip_session_info(u->s, STR_LIT("application/dtmf-relay"),
				str_z(body));
}

int sip_ua_register(struct sip_ua *u, const char *gateway,
		    const char *password, uint32_t expires_s)
{
	struct sip_registration_conf *c = &u->reg_conf;
	const struct sip_register_params p = {
		.stack = u->stack, .locator = u->locator, .conf = c,
	};

	snprintf(u->password, sizeof(u->password), "%s", password);
	snprintf(c->name, sizeof(c->name), "%s", u->user);
	snprintf(c->registrar, sizeof(c->registrar), "sip:%s", gateway);
	snprintf(c->aor, sizeof(c->aor), "sip:%s@%s", u->user, gateway);
	snprintf(c->auth_user, sizeof(c->auth_user), "%s", u->user);
	snprintf(c->password, sizeof(c->password), "%s", password);
	c->expires_ms = expires_s * 1000;
	return sip_register_new(&u->reg, &p);
}
