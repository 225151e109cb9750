/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of caller ID: known messages, own ones, malformed ones. */
#include <string.h>

#include "dsp/caller_id_msg.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

/* Examples of GR-30 messages as application notes have them, with the
 * checksums of the last two put right. */
static const uint8_t sdmf[] = {
	0x04, 0x12, '0', '9', '3', '0', '1', '2', '2', '4',
	'6', '0', '9', '5', '5', '5', '1', '2', '1', '2', 0x51,
};
static const uint8_t sdmf_private[] = {
	0x04, 0x09, '0', '9', '3', '0', '1', '2', '2', '4', 'P', 0x0e,
};
static const uint8_t mdmf[] = {
	0x80, 0x20, 0x01, 0x08, '0', '3', '2', '4', '0', '9', '0', '2',
	0x07, 0x08, 'J', 'O', 'H', 'N', ' ', 'D', 'O', 'E',
	0x02, 0x0a, '8', '0', '0', '5', '5', '5', '1', '2', '1', '2', 0x84,
};

static int test_known(void)
{
	struct caller_id c;
	int err = 0;

	TRY(caller_id_msg_parse(&c, CALLER_ID_CLASS, sdmf, sizeof(sdmf)));
	CHECK_STR(str_z(c.number), "6095551212");
	CHECK(c.month == 9 && c.day == 30 && c.hour == 12 &&
	      c.minute == 24);
	TRY(caller_id_msg_parse(&c, CALLER_ID_CLASS, sdmf_private,
				sizeof(sdmf_private)));
	CHECK_STR(str_z(c.number), "");
	CHECK(c.number_private && !c.number_unavailable);
	TRY(caller_id_msg_parse(&c, CALLER_ID_CLIP, mdmf, sizeof(mdmf)));
	CHECK_STR(str_z(c.number), "8005551212");
	CHECK_STR(str_z(c.name), "JOHN DOE");
	CHECK(c.month == 3 && c.day == 24 && c.hour == 9 && c.minute == 2);
	CHECK(!c.number_private && !c.number_unavailable);
out:
	return err;
}

/* Ours for the same contents as mdmf, which has another order. */
static int test_build(void)
{
	static const struct caller_id john = { .number = "8005551212",
		.name = "JOHN DOE", .month = 3, .day = 24, .hour = 9,
		.minute = 2 };
	uint8_t out[CALLER_ID_MSG_MAX];
	size_t n = 0;
	int err = 0;

	TRY(caller_id_msg_build(out, &n, CALLER_ID_CLASS, &john));
	CHECK_INT(n, sizeof(mdmf));
	CHECK(!memcmp(out, mdmf, 12));
	CHECK(!memcmp(out + 12, mdmf + 22, 12));
	CHECK(!memcmp(out + 24, mdmf + 12, 10));
	CHECK_INT(out[34], 0x84);
	CHECK_INT(caller_id_msg_build(out, &n, CALLER_ID_NONE, &john),
		  EINVAL);
out:
	return err;
}

static int trip(enum caller_id_standard s, const struct caller_id *in,
		struct caller_id *out)
{
	uint8_t msg[CALLER_ID_MSG_MAX];
	size_t n = 0, skip = s == CALLER_ID_JCLIP ? 2 : 0;
	int err = caller_id_msg_build(msg, &n, s, in);

	return err ? err : caller_id_msg_parse(out, s, msg + skip, n - skip);
}

static const enum caller_id_standard standards[] = {
	CALLER_ID_CLASS, CALLER_ID_CLIP, CALLER_ID_JCLIP, CALLER_ID_DTMF,
};
enum { STANDARDS = sizeof(standards) / sizeof(*standards) };

/* What is withheld never goes out, even if it is known here. */
static int test_private(void)
{
	static const struct caller_id secret = { .number = "123456",
		.name = "MATA HARI", .number_private = true,
		.name_private = true };
	struct caller_id c;
	uint8_t msg[CALLER_ID_MSG_MAX];
	size_t n = 0;
	int err = 0;

	for (int i = 0; i < STANDARDS; i++) {
		TRY(caller_id_msg_build(msg, &n, standards[i], &secret));
		for (size_t k = 0; k < n; k++)
			msg[k] &= 0x7f;
		CHECK(!memmem(msg, n, "123456", 6));
		CHECK(!memmem(msg, n, "HARI", 4));
		TRY(trip(standards[i], &secret, &c));
		CHECK(c.number_private && !c.number[0] && !c.name[0]);
		CHECK(!c.number_unavailable);
		CHECK(c.name_private == (standards[i] != CALLER_ID_DTMF));
	}
out:
	return err;
}

static int test_absent(void)
{
	static const struct caller_id nothing = { .number_unavailable = true };
	static const struct caller_id phone_box = { .payphone = true };
	struct caller_id c;
	int err = 0;

	for (int i = 0; i < STANDARDS; i++) {
		TRY(trip(standards[i], &nothing, &c));
		CHECK(c.number_unavailable && !c.number_private);
		CHECK(!c.number[0] && !c.name[0] && !c.month);
	}
	TRY(trip(CALLER_ID_JCLIP, &phone_box, &c));
	CHECK(c.payphone && c.number_unavailable);
out:
	return err;
}

/* Numbers of every length; 16 is DLE as a length and must be stuffed. */
static int test_lengths(void)
{
	struct caller_id in, c;
	int err = 0;

	for (int i = 0; i < STANDARDS; i++)
		for (size_t n = 1; n < CALLER_ID_NUMBER_MAX; n++) {
			memset(&in, 0, sizeof(in));
			memset(in.number, '7', n);
			TRY(trip(standards[i], &in, &c));
			CHECK_STR(str_z(c.number), in.number);
		}
	/* the whole message 16 bytes long, then a parameter */
	for (size_t n = 10; n < 18; n++) {
		memset(&in, 0, sizeof(in));
		memset(in.number, '1', n);
		strcpy(in.called, "0312345678");
		TRY(trip(CALLER_ID_JCLIP, &in, &c));
		CHECK_STR(str_z(c.number), in.number);
		CHECK_STR(str_z(c.called), in.called);
	}
out:
	return err;
}

/* Seven bits, even parity, frame, CRC. */
static int test_jclip_frame(void)
{
	static const struct caller_id in = { .number = "03555012345678" };
	uint8_t m[CALLER_ID_MSG_MAX];
	uint16_t crc = 0;
	size_t n = 0;
	int err = 0;

	TRY(caller_id_msg_build(m, &n, CALLER_ID_JCLIP, &in));
	/* 14 digits: the length of the message is 16, sent as DLE DLE */
	CHECK_INT(n, 5 + 3 + 2 + 14 + 4);
	CHECK_INT(m[0], 0x90);
	CHECK_INT(m[1], 0x81);
	CHECK_INT(m[2], 0x87);
	CHECK_INT(m[3], 0x90);
	CHECK_INT(m[4], 0x82);
	CHECK_INT(m[5], 0xc0);
	CHECK_INT(m[6], 0x90);
	CHECK_INT(m[7], 0x90);
	CHECK_INT(m[8], 0x82);
	CHECK_INT(m[9], 0x8e);
	CHECK_INT(m[n - 4], 0x90);
	CHECK_INT(m[n - 3], 0x03);
	for (size_t i = 0; i < n - 2; i++)
		CHECK(!__builtin_parity(m[i]));
	for (size_t i = 2; i < n; i++)
		crc = caller_id_msg_crc(crc, m[i]);
	CHECK_INT(crc, 0);
out:
	return err;
}

/* CRC-16 with x^16 + x^12 + x^5 + 1, reflected: the published check value
 * of "123456789" is 2189. */
static int test_crc(void)
{
	uint16_t crc = 0;
	int err = 0;

	for (const char *p = "123456789"; *p; p++)
		crc = caller_id_msg_crc(crc, (uint8_t)*p);
	CHECK_INT(crc, 0x2189);
out:
	return err;
}

static int parse_dtmf(struct caller_id *c, const char *digits)
{
	return caller_id_msg_parse(c, CALLER_ID_DTMF,
				   (const uint8_t *)digits, strlen(digits));
}

static int test_dtmf_forms(void)
{
	struct caller_id c;
	int err = 0;

	TRY(parse_dtmf(&c, "A12345C"));
	CHECK_STR(str_z(c.number), "12345");
	TRY(parse_dtmf(&c, "A12345D678B99C"));
	CHECK_STR(str_z(c.number), "12345");
	TRY(parse_dtmf(&c, "D12345C"));
	CHECK_STR(str_z(c.number), "12345");
	TRY(parse_dtmf(&c, "A12345#"));
	CHECK_STR(str_z(c.number), "12345");
	TRY(parse_dtmf(&c, "12345#"));
	CHECK_STR(str_z(c.number), "12345");
	TRY(parse_dtmf(&c, "D1#"));
	CHECK(c.number_private && !c.number_unavailable);
	TRY(parse_dtmf(&c, "D3#"));
	CHECK(!c.number_private && c.number_unavailable);
	TRY(parse_dtmf(&c, "B10C"));
	CHECK(c.number_private);
	TRY(parse_dtmf(&c, "B00C"));
	CHECK(c.number_unavailable);
	CHECK_INT(parse_dtmf(&c, "A12345"), EBADMSG);
	CHECK_INT(parse_dtmf(&c, "C"), EBADMSG);
	CHECK_INT(parse_dtmf(&c, "A12*45C"), EBADMSG);
	CHECK_INT(parse_dtmf(&c, "A12#45C"), EBADMSG);
	CHECK_INT(parse_dtmf(&c, ""), EBADMSG);
out:
	return err;
}

static int test_refused(void)
{
	struct caller_id c = { .number = "12a4" };
	uint8_t m[CALLER_ID_MSG_MAX];
	size_t n = 77;
	int err = 0;

	for (int i = 0; i < STANDARDS; i++)
		CHECK_INT(caller_id_msg_build(m, &n, standards[i], &c),
			  EINVAL);
	strcpy(c.number, "+81355501234");
	TRY(caller_id_msg_build(m, &n, CALLER_ID_DTMF, &c));
	CHECK(!memcmp(m, "A81355501234C", 13));
	n = 77;
	CHECK_INT(caller_id_msg_build(m, &n, CALLER_ID_JCLIP, &c), EINVAL);
	CHECK_INT(n, 77);
out:
	return err;
}

/* A parameter that says it is longer than the message; texts too long. */
static int test_malformed(void)
{
	uint8_t m[CALLER_ID_MSG_MAX];
	struct caller_id c = { .number = "untouched" };
	int err = 0;

	for (unsigned len = 0; len < 60; len++) {
		uint8_t sum = 0;
		int want = len <= 31 ? 0 : EBADMSG;

		memset(m, '5', sizeof(m));
		m[0] = 0x80;
		m[1] = 2 + 40;
		m[2] = 0x02;
		m[3] = (uint8_t)len;
		if (len < 40) {         /* the rest: one unknown */
			m[4 + len] = 0x55;
			m[5 + len] = (uint8_t)(38 - len);
		}
		for (int i = 0; i < 44; i++)
			sum = (uint8_t)(sum + m[i]);
		m[44] = (uint8_t)-sum;
		if (len != 39)          /* leaves a type without length */
			CHECK_INT(caller_id_msg_parse(&c, CALLER_ID_CLIP, m,
						      45), want);
		else
			CHECK_INT(caller_id_msg_parse(&c, CALLER_ID_CLIP, m,
						      45), EBADMSG);
	}
	for (size_t n = 0; n < sizeof(mdmf); n++)
		CHECK_INT(caller_id_msg_parse(&c, CALLER_ID_CLASS, mdmf, n),
			  EBADMSG);
	memcpy(m, mdmf, sizeof(mdmf));
	m[20] ^= 4;
	CHECK_INT(caller_id_msg_parse(&c, CALLER_ID_CLASS, m, sizeof(mdmf)),
		  EBADMSG);
out:
	return err;
}

/* Names: what is not printable is shown as such; long ones are cut. */
static int test_names(void)
{
	struct caller_id in = { .number = "1" }, c;
	int err = 0;

	strcpy(in.name, "M\xfcller\n  ");
	TRY(trip(CALLER_ID_CLIP, &in, &c));
	CHECK_STR(str_z(c.name), "M?ller?");
	memset(in.name, 'x', sizeof(in.name) - 1);
	TRY(trip(CALLER_ID_CLASS, &in, &c));
	CHECK_INT(strlen(c.name), 15);
	TRY(trip(CALLER_ID_CLIP, &in, &c));
	CHECK_INT(strlen(c.name), 50);
	TRY(trip(CALLER_ID_JCLIP, &in, &c));
	CHECK_INT(strlen(c.name), 30);
out:
	return err;
}

static int test_other_kind(void)
{
	static const uint8_t waiting[] = { 0x82, 0x03, 0x0b, 0x01, 0xff,
					   0x70 };
	struct caller_id c;
	int err = 0;

	CHECK_INT(caller_id_msg_parse(&c, CALLER_ID_CLASS, waiting,
				      sizeof(waiting)), ENOMSG);
	CHECK(caller_id_msg_is_type(0x80) && caller_id_msg_is_type(0x04));
	CHECK(!caller_id_msg_is_type(0x55));
out:
	return err;
}

const struct test_suite suite_caller_id_msg = {
	"dsp/caller_id_msg", (const struct test[]){
		TEST(test_known),
		TEST(test_build),
		TEST(test_private),
		TEST(test_absent),
		TEST(test_lengths),
		TEST(test_jclip_frame),
		TEST(test_crc),
		TEST(test_dtmf_forms),
		TEST(test_refused),
		TEST(test_malformed),
		TEST(test_names),
		TEST(test_other_kind),
		TEST_END } };
