/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of numbers at the doors of the house, and screening. (pure) */
#include "gateway/call/numbers.h"

#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "enum/tel_port.h"
#include "gateway/sip/sip.h"

static METRIC_COUNT(m_screened, "tipring_numbers_screened_total",
		    "Callers' numbers that their source may not show");

static void set_number(struct party *p, const char *number)
{
	snprintf(p->number, sizeof(p->number), "%s", number);
	p->type = number[0] == '+' ? PARTY_E164 : PARTY_UNKNOWN;
}

void numbers_strip(char *s)
{
	char *w = s;

	if (!*s || !strchr("+0123456789*#(", *s) ||
	    s[strspn(s, "+0123456789*#ABCD-.(),")])
		return;         /* a name */
	if (strpbrk(s, "ABCD"))
		*s = '\0';
	for (; *s; s++)
		if (!strchr("-.(),", *s))
			*w++ = *s;
	*w = '\0';
}

void numbers_take_code(struct route_query *q, const struct dial_plan *p)
{
	char *number = q->called.number;
	struct dial_number n;

	dial_plan_look(p, number, &n);
	if (!n.code || !number[n.code])
		return;
	memmove(number, number + n.code, strlen(number + n.code) + 1);
	if (n.privacy == DIAL_WITHHOLD &&
	    q->calling.presentation == PARTY_ALLOWED)
		q->calling.presentation = PARTY_RESTRICTED;
	if (n.privacy == DIAL_SHOW &&
	    q->calling.presentation == PARTY_RESTRICTED)
		q->calling.presentation = PARTY_ALLOWED;
}

/* --- from outside ------------------------------------------------------ */

static void read_form(struct party *p, const struct dial_plan *plan,
		      int form)
{
	char e164[E164_MAX];

	if (form != DIAL_FORM_PLAIN && form != DIAL_FORM_BARE)
		return;
	if (!dial_plan_read(plan, (enum dial_form)form, p->number, e164))
		set_number(p, e164);
}

static bool is_accepted(const char *number, const struct dial_plan *p,
			const struct conf_list *accept)
{
	const char (*v)[PARTY_SHOWN_MAX] = accept->v;
	char e164[E164_MAX];

	if (e164_normalise(e164, str_z(number), p))
		e164[0] = '\0';
	for (size_t i = 0; i < accept->n; i++)
		if (str_starts(str_z(number), v[i]) ||
		    str_starts(str_z(e164), v[i]))
			return true;
	return false;
}

static void screen(struct party *p, const struct dial_plan *plan,
		   const struct party_numbers_conf *c)
{
	if (c->screen == PARTY_SCREEN_PASS ||
	    (p->number[0] && is_accepted(p->number, plan, &c->accept)))
		return;
	if (p->number[0])
		metric_add(&m_screened, 1);
	if (c->screen == PARTY_SCREEN_WITHHOLD) {
		if (p->presentation == PARTY_ALLOWED)
			p->presentation = PARTY_RESTRICTED;
		return;
	}
	set_number(p, c->main);
	p->name[0] = '\0';
	if (p->presentation == PARTY_UNAVAILABLE)
		p->presentation = PARTY_ALLOWED;
}

void numbers_from(struct route_query *q, const struct dial_plan *p,
		  const struct party_numbers_conf *c)
{
	read_form(&q->called, p, c->called);
	read_form(&q->calling, p, c->calling);
	screen(&q->calling, p, c);
}

static bool is_same(const char *a, const char *b, const struct dial_plan *p)
{
	char ea[E164_MAX], eb[E164_MAX];

	return !strcmp(a, b) || (!e164_normalise(ea, str_z(a), p) &&
				 !e164_normalise(eb, str_z(b), p) &&
				 !strcmp(ea, eb));
}

void numbers_claim(struct party *calling, const char *claimed,
		   const struct dial_plan *p, const struct conf_list *list)
{
	const char (*v)[PARTY_SHOWN_MAX] = list->v;

	for (size_t i = 0; i < list->n; i++)
		if (is_same(claimed, v[i], p)) {
			set_number(calling, v[i]);
			return;
		}
}

/* --- to the outside ---------------------------------------------------- */

/* False: it has no such form. */
static bool in_form(struct party *p, const struct dial_plan *plan, int form)
{
	char out[DIAL_DIGITS_MAX];

	if (form == DIAL_FORM_AS_IS ||
	    (form == DIAL_FORM_DIALLED && p->number[0] != '+'))
		return true;
	if (!dial_plan_present(plan, (enum dial_form)form, p->number, out))
		return false;
	set_number(p, out);
	return true;
}

void numbers_to(struct party *called, struct party *calling,
		const struct dial_plan *p,
		const struct party_numbers_conf *c)
{
	int form = c->calling;

	(void)in_form(called, p, c->called);    /* 110 is 110 everywhere */
	/* people read a number as they would dial it, in the short way */
	if (form == DIAL_FORM_DIALLED && calling->number[0] == '+' &&
	    dial_plan_is_bare(p))
		form = DIAL_FORM_BARE;
	if (in_form(calling, p, form) || !c->main[0])
		return;
	set_number(calling, c->main);
	(void)in_form(calling, p, form);
}

static void to_exchange(struct party *called, const struct party *calling,
			const struct dial_plan *p,
			const struct party_numbers_conf *c, bool emergency)
{
	bool hide = calling->presentation == PARTY_RESTRICTED && !emergency &&
		    c->called != DIAL_FORM_AS_IS;
	char number[sizeof(c->access) + DIAL_CODE_MAX +
		    sizeof(called->number)];
	int n = snprintf(number, sizeof(number), "%s%s%s", c->access,
			 hide ? dial_plan_withhold(p) : "", called->number);

	if (n > 0 && (size_t)n < sizeof(called->number))
		memcpy(called->number, number, (size_t)n + 1);
}

/* A "#" or "*" behind digits adds nothing: an exchange may let it be. */
static bool is_incomplete(const char *number, const struct dial_plan *p)
{
	const char *pause = strrchr(number, ',');
	char digits[PARTY_NUMBER_MAX];
	struct dial_number n;

	str_clip(digits, sizeof(digits), str_z(pause ? pause + 1 : number));
	if (strchr("+0123456789", digits[0]))
		digits[strcspn(digits, "*#")] = '\0';
	dial_plan_look(p, digits, &n);
	return n.state == DIAL_MORE;
}

static const char *why_not(const char *number, const struct dial_plan *p,
			   const struct line_conf *c, bool emergency)
{
	if (!number[strspn(number, ",")])
		return "there is no number to dial";
	if (emergency || c->incomplete)
		return NULL;
	return is_incomplete(number, p) ? "the number is not complete" : NULL;
}

const char *numbers_to_line(struct party *called, struct party *calling,
			    const struct dial_plan *p,
			    const struct line_conf *c, bool emergency)
{
	const char *why = NULL;

	if (c->kind == LINE_FXO)
		why = why_not(called->number, p, c, emergency);
	numbers_to(called, calling, p, &c->numbers);
	if (c->kind != LINE_FXO)
		return NULL;
	to_exchange(called, calling, p, &c->numbers, emergency);
	return why || line_conf_dials(c, called->number)
		       ? why : "a line cannot dial what is no digit";
}

/* The routing number in the parameters of a user part, "" without. */
static void read_rn(char rn[TEL_PORT_DIGITS], struct str escaped)
{
	char user[ROUTE_DEST_MAX];
	struct str number, params;
	struct tel_port port;
	size_t n;

	rn[0] = '\0';
	if (!str_unescape(user, sizeof(user), &n, escaped) &&
	    str_cut(str_pl(user, n), ';', &number, &params) &&
	    tel_port_read(&port, params))
		str_clip(rn, TEL_PORT_DIGITS, str_z(port.rn));
}

void numbers_of_uri(struct party *called, const char *uri)
{
	char user[ROUTE_DEST_MAX], rn[TEL_PORT_DIGITS] = "";
	struct sip_uri u;

	memset(called, 0, sizeof(*called));
	if (sip_uri_parse(&u, str_z(uri)) ||
	    sip_uri_user(user, sizeof(user), &u))
		user[0] = '\0';
	else
		read_rn(rn, u.user);
	str_clip(called->number, sizeof(called->number),
		 str_z(rn[0] ? rn : user));
	called->type = called->number[0] == '+' ? PARTY_E164 : PARTY_UNKNOWN;
}
