/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/geolocation.h"

#include <string.h>

#include "gateway/route/place.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/session.h"
#include "tests/lib/test.h"

#define DOMAIN STR_LIT("home.test")

static bool has(struct str s, const char *text)
{
	return memmem(s.p, s.l, text, strlen(text)) != NULL;
}

static int test_civic(void)
{
	struct place_conf p = {
		.country = "JP", .a1 = "Tokyo", .a3 = "Chiyoda",
		.road = "Marunouchi 1", .building = "A & <B>", .floor = "3",
	};
	struct geolocation g;
	struct str doc;
	int err = 0;

	geolocation_init(&g);
	TRY(geolocation_of_place(&g, &p, DOMAIN));
	CHECK_STR(buf_str(&g.headers),
		  "Geolocation: <cid:place@home.test>\r\n"
		  "Geolocation-Routing: yes\r\n");
	doc = buf_str(&g.document);
	CHECK(has(doc, "<ca:country>JP</ca:country>\r\n"
		       "<ca:A1>Tokyo</ca:A1>\r\n<ca:A3>Chiyoda</ca:A3>\r\n"
		       "<ca:RD>Marunouchi 1</ca:RD>\r\n"
		       "<ca:BLD>A &amp; &lt;B&gt;</ca:BLD>\r\n"
		       "<ca:FLR>3</ca:FLR>\r\n"));
	CHECK(!has(doc, "ROOM") && !has(doc, "gml:pos"));
out:
	geolocation_fini(&g);
	return err;
}

static int test_point(void)
{
	struct place_conf p = { .point = "35.681236 139.767125" };
	struct geolocation g, circle;
	int err = 0;

	geolocation_init(&g);
	geolocation_init(&circle);
	TRY(geolocation_of_place(&g, &p, DOMAIN));
	CHECK(has(buf_str(&g.document),
		  "<gml:pos>35.681236 139.767125</gml:pos></gml:Point>"));
	p.radius_m = 30;
	TRY(geolocation_of_place(&circle, &p, DOMAIN));
	CHECK(has(buf_str(&circle.document), ">30</gs:radius></gs:Circle>"));
out:
	geolocation_fini(&g);
	geolocation_fini(&circle);
	return err;
}

static int test_reference(void)
{
	struct place_conf p = { .uri = "https://lis.example/x" };
	struct geolocation g;
	int err = 0;

	geolocation_init(&g);
	TRY(geolocation_of_place(&g, &p, DOMAIN));
	CHECK_STR(buf_str(&g.headers),
		  "Geolocation: <https://lis.example/x>\r\n"
		  "Geolocation-Routing: yes\r\n");
	CHECK_INT(g.document.len, 0);
out:
	geolocation_fini(&g);
	return err;
}

#define HEAD \
	"INVITE sip:110@home.test SIP/2.0\r\n" \
	"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\n" \
	"From: <sip:a@home.test>;tag=1\r\nTo: <sip:110@home.test>\r\n" \
	"Call-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 9\r\n"

/* What our own message says is read as another gateway would read it. */
static int test_body(void)
{
	struct place_conf p = { .country = "JP", .a1 = "Kyoto" };
	struct geolocation g, read;
	struct sip_msg *m = NULL;
	struct buf body, text;
	int err = 0;

	geolocation_init(&g);
	geolocation_init(&read);
	buf_init(&body, 10000);
	buf_init(&text, 20000);
	TRY(geolocation_of_place(&g, &p, DOMAIN));
	geolocation_body(&body, STR_LIT("v=0\r\n"), &g);
	buf_addz(&text, HEAD);
	buf_adds(&text, buf_str(&g.headers));
	buf_addf(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		 g.body_type, body.len);
	buf_adds(&text, buf_str(&body));
	TRY(text.err);
	TRY(sip_msg_parse(&m, buf_str(&text), NULL));
	CHECK_INT(m->flaw.status, 0);
	CHECK_STR(sip_session_sdp(m), "v=0\r\n");
	CHECK(has(m->body, "Content-ID: <place@home.test>\r\n"));
	TRY(geolocation_of_invite(&read, m, STR_LIT("far.test")));
	CHECK_STR(buf_str(&read.headers),
		  "Geolocation: <cid:place@far.test>\r\n"
		  "Geolocation-Routing: yes\r\n");
	CHECK(buf_str(&read.document).l == buf_str(&g.document).l);
	CHECK(has(buf_str(&read.document), "<ca:A1>Kyoto</ca:A1>"));
out:
	obj_unref(m);
	buf_fini(&text);
	buf_fini(&body);
	geolocation_fini(&read);
	geolocation_fini(&g);
	return err;
}

/* Who has seen one call cannot end a part of the next. */
static int test_boundary(void)
{
	struct place_conf p = { .country = "JP" };
	struct geolocation a, b;
	int err = 0;

	geolocation_init(&a);
	geolocation_init(&b);
	TRY(geolocation_of_place(&a, &p, DOMAIN));
	TRY(geolocation_of_place(&b, &p, DOMAIN));
	CHECK_INT(strlen(a.boundary), 24);
	CHECK(!str_eqz(str_z(a.boundary), b.boundary));
	CHECK(has(str_z(a.body_type), a.boundary));
out:
	geolocation_fini(&a);
	geolocation_fini(&b);
	return err;
}

/* References are passed on, nonsense is not. */
static int test_passed_on(void)
{
	static const char text[] = HEAD
		"Geolocation: <https://lis.example/1>\r\n"
		"Geolocation: <cid:lost@x>\r\n"
		"Geolocation: nonsense\r\n"
		"Geolocation: <sips:b@lis.example>;x=y\r\n"
		"Content-Length: 0\r\n\r\n";
	static const char none[] = HEAD "Content-Length: 0\r\n\r\n";
	struct geolocation g;
	struct sip_msg *m = NULL;
	int err = 0;

	geolocation_init(&g);
	TRY(sip_msg_parse(&m, str_z(none), NULL));
	TRY(geolocation_of_invite(&g, m, DOMAIN));
	CHECK_INT(g.headers.len, 0);
	m = obj_unref(m);
	TRY(sip_msg_parse(&m, str_z(text), NULL));
	TRY(geolocation_of_invite(&g, m, DOMAIN));
	CHECK_STR(buf_str(&g.headers),
		  "Geolocation: <https://lis.example/1>\r\n"
		  "Geolocation: <sips:b@lis.example>;x=y\r\n"
		  "Geolocation-Routing: yes\r\n");
	CHECK_INT(g.document.len, 0);
out:
	obj_unref(m);
	geolocation_fini(&g);
	return err;
}

const struct test_suite suite_geolocation = {
	"call/geolocation", (const struct test[]){
		TEST(test_civic), TEST(test_point), TEST(test_reference),
		TEST(test_body), TEST(test_boundary),
		TEST(test_passed_on), TEST_END } };
