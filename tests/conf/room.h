/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that the tests of conf/ load: a made-up house. */
#ifndef TESTS_CONF_ROOM_H
#define TESTS_CONF_ROOM_H

#include "conf/conf.h"

enum wall { WALL_RED, WALL_GREEN };

struct tls_conf {
	char             cert[64];
	int              port;
};

struct door_conf {
	struct addr      listen, external;
	uint32_t         answer_ms;
	bool             bell;
	char             name[16];
	int              wall;
	float            gain;
	char             key[32];
	struct conf_list allow, words;
	struct tls_conf  tls;
};

struct guest_conf {
	char             name[16];
	char             number[CONF_E164_SIZE];
	int              rank;
	struct conf_list doors;
};

static const char *const wall_names[] = { "red", "green", NULL };

static const struct conf_key tls_keys[] = {
	{ CONF_FIELD(struct tls_conf, cert), .type = CONF_FILE, .doc = "C." },
	{ CONF_FIELD(struct tls_conf, port), .type = CONF_INT, .min = 1,
	  .max = 65535, .dflt = "5061", .doc = "Port." },
	{ 0 } };
static const struct conf_section tls_section = {
	.name = "tls", .size = sizeof(struct tls_conf), .keys = tls_keys };

static void door_check(const void *sec, struct conf_diag *d)
{
	const struct door_conf *c = sec;

	if (!c->bell || c->answer_ms <= 50000)
		return;
	conf_diag_at(d, sec, "answer", "answer: too long for a bell");
	conf_diag_at(d, sec, NULL, "too long");
}

static const struct conf_key door_keys[] = {
	{ CONF_FIELD(struct door_conf, listen), .type = CONF_ADDR,
	  .min = 5060, .dflt = "0.0.0.0", .doc = "Where." },
	{ CONF_FIELD(struct door_conf, external), .type = CONF_ADDR,
	  .dflt = "", .doc = "Outside | behind NAT." },
	{ CONF_FIELD_AS(struct door_conf, answer_ms, "answer"),
	  .type = CONF_MS, .min = 100, .max = 60000, .dflt = "2s",
	  .flags = CONF_RELOAD, .doc = "How long." },
	{ CONF_FIELD(struct door_conf, bell), .type = CONF_BOOL,
	  .dflt = "yes", .flags = CONF_RELOAD, .doc = "Bell." },
	{ CONF_FIELD(struct door_conf, name), .type = CONF_STR, .min = 1,
	  .dflt = "front", .doc = "Name." },
	{ CONF_FIELD(struct door_conf, wall), .type = CONF_NAME,
	  .names = wall_names, .dflt = "green", .doc = "Colour." },
	{ CONF_FIELD(struct door_conf, gain), .type = CONF_DB, .min = -20,
	  .max = 6, .dflt = "-3", .doc = "Gain." },
	{ CONF_FIELD(struct door_conf, key), .type = CONF_SECRET, .dflt = "",
	  .doc = "Key." },
	{ CONF_FIELD(struct door_conf, allow), .type = CONF_LIST,
	  .item = &(const struct conf_key){ .type = CONF_CIDR }, .max = 3,
	  .dflt = "[]", .doc = "Who." },
	{ CONF_FIELD(struct door_conf, words), .type = CONF_LIST,
	  .item = &(const struct conf_key){ .type = CONF_STR, .max = 7 },
	  .dflt = "[one, two]", .doc = "Words." },
	{ CONF_FIELD(struct door_conf, tls), .type = CONF_MAP,
	  .sub = &tls_section, .dflt = "", .doc = "TLS." },
	{ 0 } };
static const struct conf_section door_section = {
	.name = "door", .size = sizeof(struct door_conf), .keys = door_keys,
	.check = door_check, .doc = "The door." };

static const struct conf_key inner_keys[] = {
	{ CONF_FIELD(struct tls_conf, port), .type = CONF_INT,
	  .doc = "Port." },
	{ 0 } };
static const struct conf_section inner_section = {
	.name = "doors", .size = sizeof(struct tls_conf),
	.keys = inner_keys };

static const struct conf_key guest_keys[] = {
	{ CONF_FIELD(struct guest_conf, name), .type = CONF_STR, .min = 1,
	  .flags = CONF_UNIQUE, .doc = "Name." },
	{ CONF_FIELD(struct guest_conf, number), .type = CONF_E164,
	  .dflt = "", .flags = CONF_UNIQUE, .doc = "Number." },
	{ CONF_FIELD(struct guest_conf, rank), .type = CONF_INT, .min = 0,
	  .max = 9, .dflt = "1", .flags = CONF_RELOAD, .doc = "Rank." },
	{ CONF_FIELD(struct guest_conf, doors), .type = CONF_LIST,
	  .sub = &inner_section, .dflt = "[]", .doc = "Doors." },
	{ 0 } };
static const struct conf_section guest_section = {
	.name = "guests", .size = sizeof(struct guest_conf),
	.keys = guest_keys, .list = true, .flags = CONF_RELOAD,
	.doc = "The guests." };

static const struct conf_section *const room_sections[] = {
	&door_section, &guest_section, NULL };

#endif
