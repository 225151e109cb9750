/* SPDX-License-Identifier: Apache-2.0 */
/* A search for people: each step as a line. */
#include "base/buf.h"
#include "gateway/route/number_table.h"

static void print_target(struct buf *out, const struct route_target *t)
{
	char text[ROUTE_TARGET_TEXT];

	buf_addz(out, route_target_print(text, t));
	if (t->called.number[0] && t->kind != ROUTE_REJECT)
		buf_addf(out, ", dialling %s", t->called.number);
}

void route_step_print(struct buf *out, const struct route_step *s)
{
	switch (s->kind) {
	case ROUTE_STEP_NUMBER:
		buf_addf(out, "number %s", s->number);
		if (s->e164[0])
			buf_addf(out, ", internationally %s", s->e164);
		if (s->rn[0])
			buf_addf(out, ", ported to %s", s->rn);
		break;
	case ROUTE_STEP_SKIP:
		buf_addf(out, "rule %s: no, it wants %s", s->rule, s->why);
		break;
	case ROUTE_STEP_FIT:
		buf_addf(out, "rule %s: fits (%s)", s->rule, s->why);
		break;
	case ROUTE_STEP_ENUM:
		buf_addz(out, "  ");
		enum_step_print(out, s->dns);
		return;
	case ROUTE_STEP_LEAVE:
		buf_addz(out, "  not ");
		print_target(out, s->target);
		buf_addf(out, ": %s", s->why);
		break;
	case ROUTE_STEP_TARGET:
		buf_addz(out, "  -> ");
		print_target(out, s->target);
		if (s->target->has_price)
			buf_addf(out, ", %.4f a minute",
				 (double)s->target->price / NUMBER_MONEY);
		if (s->why)
			buf_addf(out, " (behind others: %s)", s->why);
		break;
	case ROUTE_STEP_EMPTY:
		buf_addf(out, "rule %s: yields no target (%s)", s->rule,
			 s->why);
		break;
	case ROUTE_STEP_END:
		buf_addz(out, "no further rule");
		break;
	}
	buf_addc(out, '\n');
}
