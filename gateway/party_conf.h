/* SPDX-License-Identifier: Apache-2.0 */
/* The key `numbers:` of peers and lines: what form numbers have there, and
 * which callers are believed. */
#ifndef GATEWAY_PARTY_CONF_H
#define GATEWAY_PARTY_CONF_H

#include "conf/conf.h"
#include "enum/dial_plan.h"

enum party_screen { PARTY_SCREEN_PASS, PARTY_SCREEN_REPLACE,
		    PARTY_SCREEN_WITHHOLD };

enum { PARTY_SHOWN_MAX = 32 };

struct party_numbers_conf {
	int  called, calling;           /* enum dial_form, both ways */
	char main[PARTY_SHOWN_MAX];
	int  screen;                    /* enum party_screen */
	struct conf_list accept;        /* char[PARTY_SHOWN_MAX] */
	char access[8];                 /* lines */
};

/* For peers: numbers as they are. For lines: as they are dialled here. */
extern const struct conf_section party_peer_numbers_section;
extern const struct conf_section party_line_numbers_section;

#endif
