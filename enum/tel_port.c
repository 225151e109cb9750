/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4694 section 4 and RFC 4759 section 3: parameters of numbers. */
#include "enum/tel_port.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "+1-215-555-0199" without separators: "+" and a digit begin a global
 * number, the rest may be hexadecimal. False: no such thing. */
static bool read_digits(char *out, size_t cap, struct str s)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s.l; i++) {
		char c = s.p[i];
		bool first = out[0] == '+' && n == 1;

		if (i > 0 && !first && strchr("-.()", c) && c)
			continue;
		if (!(c == '+' && i == 0) &&
		    !(first ? is_digit(c) : str_hex(c) >= 0))
			return false;
		if (n + 1 == cap)
			return false;
		out[n++] = c;
		out[n] = '\0';
	}
	return n > (out[0] == '+');
}

/* A context: the digits of a global number, or a domain name. */
static bool read_context(char *out, struct str s)
{
	if (s.l == 0 || s.l >= TEL_PORT_CONTEXT)
		return false;
	if (s.p[0] == '+')
		return read_digits(out, TEL_PORT_CONTEXT, s);
	for (size_t i = 0; i < s.l; i++) {
		char c = str_lower(s.p[i]);

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
		    c != '.')
			return false;
	}
	memcpy(out, s.p, s.l);
	out[s.l] = '\0';
	return true;
}

/* One parameter off the front. */
static bool next(struct str *rest, struct str *name, struct str *val)
{
	struct str one;

	if (str_is_empty(*rest))
		return false;
	(void)str_cut(*rest, ';', &one, rest);          /* last: no ';' */
	(void)str_cut(one, '=', name, val);             /* npdi: no '=' */
	return true;
}

static bool find(struct str params, const char *want, struct str *val)
{
	struct str name;

	while (next(&params, &name, val))
		if (str_ieqz(name, want))
			return true;
	return false;
}

/* A local number without context could mean anything: RFC 4694, 5. */
static void read_number(char *num, char *context, struct str params,
			const char *const names[2])
{
	struct str val;

	num[0] = context[0] = '\0';
	if (!find(params, names[0], &val) ||
	    !read_digits(num, TEL_PORT_DIGITS, val)) {
		num[0] = '\0';
		return;
	}
	if (num[0] == '+')
		return;
	if (!find(params, names[1], &val) || !read_context(context, val))
		num[0] = context[0] = '\0';
}

bool tel_port_read(struct tel_port *p, struct str params)
{
	static const char *const rn[2] = { "rn", "rn-context" };
	static const char *const cic[2] = { "cic", "cic-context" };
	struct str val;

	memset(p, 0, sizeof(*p));
	read_number(p->rn, p->rn_context, params, rn);
	read_number(p->cic, p->cic_context, params, cic);
	p->npdi = find(params, "npdi", &val);
	p->enumdi = find(params, "enumdi", &val);
	return p->rn[0] || p->cic[0] || p->npdi || p->enumdi;
}

static void print_number(struct buf *out, const char *name, const char *num,
			 const char *context)
{
	if (num[0])
		buf_addf(out, ";%s=%s", name, num);
	if (num[0] && context[0])
		buf_addf(out, ";%s-context=%s", name, context);
}

void tel_port_print(struct buf *out, const struct tel_port *p)
{
	if (p->npdi)
		buf_addz(out, ";npdi");
	print_number(out, "rn", p->rn, p->rn_context);
	print_number(out, "cic", p->cic, p->cic_context);
	if (p->enumdi)
		buf_addz(out, ";enumdi");
}

const char *tel_port_rule(char out[TEL_PORT_RULE], const struct tel_port *p)
{
	out[0] = '\0';
	if (p->rn[0] == '+' || p->rn_context[0] == '+')
		snprintf(out, TEL_PORT_RULE, "%s%s", p->rn_context, p->rn);
	return out;
}
