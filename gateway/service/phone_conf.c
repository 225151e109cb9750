/* SPDX-License-Identifier: Apache-2.0 */
/* The table of `phones:`. */
#include "gateway/service/phone_conf.h"

#include <string.h>

static const char *const digest_names[] = { "both", "md5", NULL };

static const char *const srtp_names[] = {
	"default", "off", "allowed", "required", NULL
};

static const struct conf_key shown_item = {
	.type = CONF_STR, .min = 1, .max = PARTY_SHOWN_MAX - 1
};

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct phone_conf, user), .type = CONF_STR,
	  .min = 1, .max = 47, .flags = CONF_UNIQUE,
	  .doc = "User name of the phone, in its SIP URI and for its "
		 "password." },
	{ CONF_FIELD(struct phone_conf, number), .type = CONF_STR,
	  .min = 1, .max = 63, .flags = CONF_UNIQUE,
	  .doc = "Number by which the phone is called, and which it shows." },
	{ CONF_FIELD(struct phone_conf, may_show), .type = CONF_LIST,
	  .item = &shown_item, .max = 64, .dflt = "[]",
	  .doc = "Other numbers that it may show, by From or "
		 "P-Preferred-Identity; else its own is shown." },
	{ CONF_FIELD(struct phone_conf, display), .type = CONF_STR,
	  .max = 63, .dflt = "",
	  .doc = "Name shown to those it calls." },
	{ CONF_FIELD(struct phone_conf, password), .type = CONF_SECRET,
	  .min = 1, .max = 127,
	  .doc = "Its password, as {file: PATH} or {env: NAME}." },
	{ CONF_FIELD(struct phone_conf, digest), .type = CONF_NAME,
	  .names = digest_names, .dflt = "both",
	  .doc = "Challenges it gets: both (SHA-256 and MD5), or md5 for "
		 "phones that give up when they see SHA-256." },
	{ CONF_FIELD(struct phone_conf, srtp), .type = CONF_NAME,
	  .names = srtp_names, .dflt = "default",
	  .doc = "SRTP in calls to it: default (as in calls), off, allowed, "
		 "required." },
	{ 0 }
};

static void check(const void *sec, struct conf_diag *d)
{
	const struct phone_conf *c = sec;

	if (c->number[strspn(c->number, "+0123456789*#")])
		conf_diag_at(d, c, "number", "may hold + 0-9 * # only");
	if (strpbrk(c->user, "@:;<>\" \\"))
		conf_diag_at(d, c, "user", "may not hold @ : ; < > quotes or "
			     "blanks");
}

const struct conf_section phone_conf_section = {
	.name = "phones",
	.size = sizeof(struct phone_conf),
	.keys = keys,
	.check = check,
	.list = true,
	.flags = CONF_RELOAD,
	.doc = "IP phones that register at this gateway.",
};
