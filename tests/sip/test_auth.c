/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "gateway/sip/auth.h"
#include "tests/lib/test.h"

struct world {
	struct clk_virtual  clk;
	struct loop        *loop;
	struct auth_server *server;
	struct auth_client  client;
	struct addr         src;
};

static int begin(struct world *w)
{
	int err;

	memset(w, 0, sizeof(*w));
	clk_virtual_init(&w->clk);
	err = loop_new(&w->loop, &w->clk.clk);
	if (!err)
		err = auth_server_new(&w->server, w->loop, "a realm", 60);
	w->client.user = "alice";
	w->client.password = "secret";
	return err;
}

static void end(struct world *w)
{
	auth_server_free(w->server);
	loop_free(w->loop);
}

static const char *password(struct str user, void *arg)
{
	(void)arg;
	return str_eqz(user, "alice") ? "secret" : NULL;
}

/* A message of a first line and extra header lines. */
static int make(struct sip_msg **mp, const char *first, const char *method,
		struct str lines)
{
	struct buf b;
	int err;

	buf_init(&b, 10000);
	buf_addf(&b, "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
		 "From: <sip:alice@example.net>;tag=1\r\n"
		 "To: <sip:example.net>\r\nCall-ID: 1\r\nCSeq: 1 %s\r\n"
		 "Max-Forwards: 70\r\n%.*sContent-Length: 0\r\n\r\n",
		 first, method, STR_FMT(lines));
	err = b.err ? b.err : sip_msg_parse(mp, buf_str(&b), NULL);
	buf_fini(&b);
	return err;
}

static int challenge(struct world *w, bool stale)
{
	struct sip_msg *m = NULL, *req = NULL;
	struct buf b;
	int err;

	buf_init(&b, 2000);
	err = make(&req, "REGISTER sip:example.net SIP/2.0", "REGISTER",
		   STR_NULL);
	if (!err) {
		req->src = w->src;
		auth_challenge(w->server, &b, req, false, stale, AUTH_BOTH);
		err = b.err;
	}
	if (!err)
		err = make(&m, "SIP/2.0 401 Unauthorized", "REGISTER",
			   buf_str(&b));
	if (!err)
		err = auth_client_take(&w->client, m);
	obj_unref(req);
	obj_unref(m);
	buf_fini(&b);
	return err;
}

/* The client's request as the server sees it; edit: replaces one byte. */
static int check(struct world *w, const char *find, enum auth_result *res)
{
	struct sip_msg *m = NULL;
	struct buf b;
	char *at;
	int err;

	buf_init(&b, 2000);
	auth_client_add(&w->client, &b, STR_LIT("REGISTER"),
			STR_LIT("sip:example.net"));
	buf_addc(&b, '\0');
	err = b.err;
	at = !err && find ? strstr((char *)b.p, find) : NULL;
	if (at)
		at[strlen(find)] ^= 1;
	if (!err)
		err = make(&m, "REGISTER sip:example.net SIP/2.0", "REGISTER",
			   str_z((char *)b.p));
	if (!err) {
		m->src = w->src;
		*res = auth_check(w->server, m, false, password, NULL, NULL);
	}
	obj_unref(m);
	buf_fini(&b);
	return err;
}

static int test_round_trip(void)
{
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	TRY(challenge(&w, false));
	CHECK(w.client.sha256);         /* the strongest is taken */
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_OK);
	TRY(check(&w, NULL, &r));       /* nc grows */
	CHECK_INT(r, AUTH_OK);
out:
	end(&w);
	return err;
}

static int test_replay(void)
{
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	TRY(challenge(&w, false));
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_OK);
	w.client.nc = 0;                /* the same count once more */
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_STALE);
out:
	end(&w);
	return err;
}

/* More nonces than there are places: not one can be used a second time. */
static int test_replay_of_many(void)
{
	enum { MANY = 9000 };
	struct auth_client *kept = NULL;
	enum auth_result r;
	struct world w;
	int good = 0, again = 0;
	int err;

	TRY(begin(&w));
	kept = mem_alloc(MANY * sizeof(*kept));
	err = kept ? 0 : ENOMEM;
	for (int i = 0; i < MANY && !err; i++) {
		w.client = (struct auth_client){ .user = "alice",
						 .password = "secret" };
		TRY(challenge(&w, false));
		TRY(check(&w, NULL, &r));
		good += r == AUTH_OK;
		kept[i] = w.client;
		if (i % 1000 == 0)
			loop_run_until(w.loop, loop_now_us(w.loop) + 1000000);
	}
	for (int i = 0; i < MANY && !err; i++) {
		w.client = kept[i];
		w.client.nc = 0;
		TRY(check(&w, NULL, &r));
		again += r == AUTH_OK;
	}
	CHECK(good > MANY / 4);
	CHECK_INT(again, 0);
out:
	mem_free(kept);
	end(&w);
	return err;
}

static int test_old_nonce(void)
{
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	TRY(challenge(&w, false));
	loop_run_until(w.loop, loop_now_us(w.loop) + 61000000);
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_STALE);
	TRY(challenge(&w, true));       /* stale: the client may try again */
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_OK);
out:
	end(&w);
	return err;
}

static int test_tampered(void)
{
	static const char *const fields[] = {
		"response=\"", "nonce=\"", "uri=\"sip", "cnonce=\"", "nc=",
	};
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		w.client.tries = 0;
		TRY(challenge(&w, false));
		TRY(check(&w, fields[i], &r));
		CHECK(r == AUTH_WRONG || r == AUTH_STALE ||
		      r == AUTH_GUESS);
	}
out:
	end(&w);
	return err;
}

static int test_wrong_password(void)
{
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	w.client.password = "Secret";
	TRY(challenge(&w, false));
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_WRONG);
	/* the server refuses again: the client must not ask for ever */
	err = challenge(&w, false);
	CHECK(err == EACCES || test_oom);
	err = 0;
	w.client.user = "bob";
	w.client.tries = 0;
	TRY(challenge(&w, false));
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_WRONG);
out:
	end(&w);
	return err;
}

/* A nonce is good for the address that was asked only: what came with it
 * from elsewhere proves nothing, and guesses nothing. */
static int test_other_source(void)
{
	struct world w;
	enum auth_result r;
	int err;

	TRY(begin(&w));
	TRY(addr_parse(&w.src, str_z("192.0.2.1"), 5060));
	TRY(challenge(&w, false));
	w.src.port = 6060;
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_OK);
	w.src.ip[3]++;
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_STALE);
	w.client.password = "guess";
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_GUESS);
	w.src.ip[3]--;
	TRY(check(&w, NULL, &r));
	CHECK_INT(r, AUTH_WRONG);
out:
	end(&w);
	return err;
}

/* The example of RFC 7616 section 3.9.1 through a server of that realm: the
 * nonce there is not ours, so the right response shows as stale and a wrong
 * one as a guess. */
static const char *mufasa(struct str user, void *arg)
{
	(void)arg;
	return str_eqz(user, "Mufasa") ? "Circle of Life" : NULL;
}

static int test_rfc7616(void)
{
	static const struct { const char *alg, *resp; } v[] = {
		{ "MD5", "8ca523f5e9506fed4657c9700eebdbec" },
		{ "SHA-256", "753927fa0e85d155564e2e272a28d180"
			     "2ca10daf4496794697cf8db5856cb6c1" },
	};
	struct auth_server *server = NULL;
	struct sip_msg *m = NULL;
	struct world w;
	char line[800];
	int err;

	TRY(begin(&w));
	TRY(auth_server_new(&server, w.loop, "http-auth@example.org", 0));
	for (int i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "Authorization: Digest "
			 "username=\"Mufasa\", uri=\"/dir/index.html\", "
			 "realm=\"http-auth@example.org\", algorithm=%s, "
			 "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/"
			 "xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
			 "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/"
			 "H5QzzpXusqGemxURZJ\", qop=auth, "
			 "response=\"%s\"\r\n", v[i % 2].alg,
			 v[i % 2].resp);
		if (i >= 2)
			*strstr(strstr(line, "response="), "9") = '8';
		m = obj_unref(m);
		TRY(make(&m, "GET /dir/index.html SIP/2.0", "GET",
			 str_z(line)));
		CHECK_INT(auth_check(server, m, false, mufasa, NULL, NULL),
			  i < 2 ? AUTH_STALE : AUTH_GUESS);
	}
out:
	obj_unref(m);
	auth_server_free(server);
	end(&w);
	return err;
}

/* Right credentials, but for another number than the one that is called. */
static int test_other_number(void)
{
	static const struct {
		const char      *uri, *line;
		enum auth_result want;
	} t[] = {
		{ "sip:100@example.net", "INVITE sip:0900@example.net SIP/2.0",
		  AUTH_BAD },
		{ "sip:example.net", "INVITE sip:0900@example.net SIP/2.0",
		  AUTH_BAD },
		{ "sip:100@192.0.2.1;transport=udp",
		  "INVITE sip:%3100@example.net SIP/2.0", AUTH_OK },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sip_msg *m = NULL;
		struct world w;
		struct buf b;

		buf_init(&b, 2000);
		TRY(begin(&w));
		TRY(challenge(&w, false));
		auth_client_add(&w.client, &b, STR_LIT("INVITE"),
				str_z(t[i].uri));
		TRY(b.err);
		TRY(make(&m, t[i].line, "INVITE", buf_str(&b)));
		CHECK_INT(auth_check(w.server, m, false, password, NULL,
				     NULL), t[i].want);
out:
		obj_unref(m);
		buf_fini(&b);
		end(&w);
		if (err)
			return err;
	}
	return err;
}

static int test_no_credentials(void)
{
	struct world w;
	struct sip_msg *m = NULL;
	int err;

	TRY(begin(&w));
	TRY(make(&m, "REGISTER sip:example.net SIP/2.0", "REGISTER",
		 STR_LIT("Authorization: Basic YTpi\r\n"
			 "Authorization: Digest realm=\"other\", "
			 "username=\"alice\"\r\n")));
	CHECK_INT(auth_check(w.server, m, false, password, NULL, NULL),
		  AUTH_NONE);
	m = obj_unref(m);
	TRY(make(&m, "REGISTER sip:example.net SIP/2.0", "REGISTER",
		 STR_LIT("Authorization: Digest realm=\"open\r\n")));
	CHECK_INT(auth_check(w.server, m, false, password, NULL, NULL),
		  AUTH_BAD);
out:
	obj_unref(m);
	end(&w);
	return err;
}

const struct test_suite suite_auth = {
	"sip/auth", (const struct test[]){
		TEST(test_round_trip), TEST(test_replay),
		TEST(test_old_nonce),
		TEST_WITH(test_replay_of_many, TEST_NO_OOM),
		TEST(test_tampered),
		TEST(test_wrong_password), TEST(test_other_source),
		TEST(test_rfc7616),
		TEST(test_no_credentials), TEST(test_other_number),
		TEST_END } };
