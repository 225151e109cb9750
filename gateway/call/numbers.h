/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as peers, lines and phones write them, and which are believed.
 * (pure) */
#ifndef GATEWAY_CALL_NUMBERS_H
#define GATEWAY_CALL_NUMBERS_H

#include "gateway/line/line_conf.h"
#include "gateway/route/route.h"

/* Takes out what stands between digits for people: "+81-3-1234.5678" (RFC
 * 3966 section 5.1.1). A rule that bars 0900 has to see 0-900, and 0,900: a
 * comma is a pause on a line. The keys A to D are in no number, and an
 * exchange may pass over them: it becomes "". A name stays. */
void numbers_strip(char *number);

/* Codes dialled in front of the called number (184, *67) are taken off it
 * and change the presentation of the caller's. For telephones and phones. */
void numbers_take_code(struct route_query *q, const struct dial_plan *p);

/* A call from a peer or line: numbers of the forms that can be told by the
 * form only become E.164, the caller's is screened. */
void numbers_from(struct route_query *q, const struct dial_plan *p,
		  const struct party_numbers_conf *c);

/* A call to a peer or line: both numbers in its forms. */
void numbers_to(struct party *called, struct party *calling,
		const struct dial_plan *p,
		const struct party_numbers_conf *c);

/* A call to a line: both numbers in its forms. What an FXO line dials: the
 * access digits, the code that withholds our number if the caller's is
 * withheld, the number. NULL, or why the line must not dial it: a number is
 * missing, has what no exchange takes, or is one for which the exchange
 * would wait for more, which no rule and no guard would see. */
const char *numbers_to_line(struct party *called, struct party *calling,
			    const struct dial_plan *p,
			    const struct line_conf *c, bool emergency)
	MUST_CHECK;

/* A phone shows its own number, in `calling`; if it claims another one that
 * is on its list (char[PARTY_SHOWN_MAX]), that one. */
void numbers_claim(struct party *calling, const char *claimed,
		   const struct dial_plan *p, const struct conf_list *list);

/* What a request to a SIP URI asks whoever gets it to call: the routing
 * number (rn), else the user part; "" if it is none. Too long a one is one
 * with a beginning. */
void numbers_of_uri(struct party *called, const char *uri);

#endif
