/* SPDX-License-Identifier: Apache-2.0 */
/* The table of `calls:`. */
#include "gateway/call/call_conf.h"

#include <stdio.h>

#include "dsp/codec.h"
#include "gateway/sdp/offer_answer.h"

static const char *const srtp_names[] = { "off", "allowed", "required", 0 };
static const struct conf_key codec_item = { .type = CONF_STR, .max = 15 };

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct call_conf, max_calls), .type = CONF_INT,
	  .min = 1, .max = 100000, .dflt = "1000", .flags = CONF_RELOAD,
	  .doc = "Calls at a time; more are refused." },
	{ CONF_FIELD_AS(struct call_conf, answer_ms, "answer_timeout"),
	  .type = CONF_MS, .min = 1000, .max = 600000, .dflt = "60s",
	  .flags = CONF_RELOAD,
	  .doc = "How long a target may ring before the next is tried." },
	{ CONF_FIELD_AS(struct call_conf, response_ms, "response_timeout"),
	  .type = CONF_MS, .min = 200, .max = 32000, .dflt = "5s",
	  .flags = CONF_RELOAD,
	  .doc = "How long a SIP target may say nothing at all when there is "
		 "no other." },
	{ CONF_FIELD_AS(struct call_conf, failover_ms, "failover_timeout"),
	  .type = CONF_MS, .min = 200, .max = 32000, .dflt = "900ms",
	  .flags = CONF_RELOAD,
	  .doc = "The same of a server when another target or rule could be "
		 "tried." },
	{ CONF_FIELD_AS(struct call_conf, first_digit_ms,
			"first_digit_timeout"),
	  .type = CONF_MS, .min = 1000, .max = 60000, .dflt = "15s",
	  .flags = CONF_RELOAD,
	  .doc = "How long a telephone hears dial tone." },
	{ CONF_FIELD_AS(struct call_conf, digit_ms, "digit_timeout"),
	  .type = CONF_MS, .min = 1000, .max = 60000, .dflt = "8s",
	  .flags = CONF_RELOAD,
	  .doc = "Longest pause between digits of a number that is not "
		 "complete." },
	{ CONF_FIELD_AS(struct call_conf, digit_end_ms, "digit_end_timeout"),
	  .type = CONF_MS, .min = 500, .max = 60000, .dflt = "3s",
	  .flags = CONF_RELOAD,
	  .doc = "Pause after which a number that may be complete is." },
	{ CONF_FIELD_AS(struct call_conf, busy_tone_ms, "busy_tone_timeout"),
	  .type = CONF_MS, .min = 1000, .max = 120000, .dflt = "30s",
	  .flags = CONF_RELOAD,
	  .doc = "How long a telephone hears why its call ended." },
	{ CONF_FIELD(struct call_conf, cdr_file), .type = CONF_FILE,
	  .max = 255, .dflt = "",
	  .doc = "Call detail records, one JSON object a line; empty: none." },
	{ CONF_FIELD(struct call_conf, codecs), .type = CONF_LIST,
	  .item = &codec_item, .min = 1, .max = 8,
	  .dflt = "[PCMA, PCMU, G722]",
	  .flags = CONF_RELOAD,
	  .doc = "Codecs offered to SIP, the preferred first." },
	{ CONF_FIELD(struct call_conf, srtp), .type = CONF_NAME,
	  .names = srtp_names, .dflt = "allowed",
	  .flags = CONF_RELOAD,
	  .doc = "SRTP by SDES: off, allowed (when the other side asks), "
		 "required." },
	{ CONF_FIELD(struct call_conf, external_address), .type = CONF_STR,
	  .max = 71, .dflt = "",
	  .flags = CONF_RELOAD,
	  .doc = "Our address on the internet when behind NAT, for SDP." },
	{ CONF_FIELD(struct call_conf, ptime_ms), .type = CONF_INT,
	  .min = 10, .max = 60, .dflt = "20",
	  .flags = CONF_RELOAD,
	  .doc = "Sound in one RTP packet, ms: 10, 20, 30, 40 or 60." },
	{ CONF_FIELD(struct call_conf, announcements), .type = CONF_FILE,
	  .max = 255, .dflt = "",
	  .flags = CONF_RELOAD,
	  .doc = "Folder of the WAV files of service:play." },
	{ 0 }
};

static bool is_codec(const char *name)
{
	for (size_t i = 0; codecs[i]; i++)
		if (str_ieqz(str_z(name), codecs[i]->name))
			return true;
	return false;
}

/* " PCMA, PCMU, ..." */
static void list_codecs(char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; codecs[i] && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s %s",
				      i ? "," : "", codecs[i]->name);
}

static void check(const void *sec, struct conf_diag *d)
{
	const struct call_conf *c = sec;
	const char (*names)[16] = c->codecs.v;
	char ours[120];
	struct addr a;

	list_codecs(ours, sizeof(ours));
	for (size_t i = 0; i < c->codecs.n; i++)
		if (!is_codec(names[i]))
			conf_diag_at(d, c, "codecs", "'%s' is no codec of "
				     "ours:%s", names[i], ours);
	if (c->external_address[0] &&
	    addr_parse_ip(&a, str_z(c->external_address)))
		conf_diag_at(d, c, "external_address", "not an IP address");
	if (c->ptime_ms % 10 || c->ptime_ms == 50)
		conf_diag_at(d, c, "ptime_ms", "must be 10, 20, 30, 40 or 60");
}

const struct conf_section call_conf_section = {
	.name = "calls",
	.size = sizeof(struct call_conf),
	.keys = keys,
	.check = check,
	.doc = "What all calls have in common.",
};
