/* SPDX-License-Identifier: Apache-2.0 */
/* A leg over gateway/line: telephones, PSTN lines, B-channels. */
#ifndef GATEWAY_CALL_LEG_LINE_H
#define GATEWAY_CALL_LEG_LINE_H

#include "gateway/call/call_table.h"
#include "gateway/line/line.h"

/* Called side: of a line or a group of lines. ENOMEM. */
int leg_line_new(struct leg **gp, struct calls *cs) MUST_CHECK;

/* Events of lines that nobody uses: a telephone was lifted, the exchange
 * rings. Makes the call. To be handed to lines as on_line; arg: struct
 * calls. */
void leg_line_on_line(struct line *l, const struct line_event *e, void *arg);

/* What caller ID says, as a party. (leg_line_cid.c) */
void leg_line_cid_read(struct party *p, const struct caller_id *cid);
/* And back: what a telephone may show. */
void leg_line_cid_write(struct caller_id *cid, const struct party *p);

/* Its line, for control; NULL: not a line leg, or no line yet. */
struct line *leg_line_of(const struct leg *g);

#endif
