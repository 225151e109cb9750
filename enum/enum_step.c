/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a lookup as text, for --explain. */
#include "enum/enum.h"

/* Foreign bytes: printable ASCII and UTF-8 as they are, else \DDD. */
static void add_foreign(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.l; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f || c == '"')
			buf_addf(out, "\\%03u", c);
		else
			buf_addc(out, (char)c);
	}
}

static void add_answer(struct buf *out, const struct enum_step *s)
{
	const struct dns_rrset *set = s->set;

	buf_addf(out, "answer %s: ", s->domain);
	if (!set) {
		buf_addz(out, s->err == EBADMSG ? "malformed" : "none");
	} else {
		buf_addf(out, "%s, %u record%s", dns_rcode_name(set->rcode),
			 set->n, set->n == 1 ? "" : "s");
		if (set->n_skipped > 0)
			buf_addf(out, ", %u skipped", set->n_skipped);
		if (!s->stale && (s->err == 0 || s->err == ENOENT))
			buf_addf(out, ", ttl %us", s->ttl_s);
		if (set->chased)
			buf_addf(out, ", by CNAME%s%s", *set->cname ?
				 " to " : "", set->cname);
		if (set->ad)
			buf_addz(out, ", validated");
	}
	if (s->stale)
		buf_addz(out, ", stale, from cache");
	else if (s->cached)
		buf_addz(out, ", from cache");
	else
		buf_addf(out, ", %.1f ms", (double)s->elapsed_us / 1000);
}

static void add_record(struct buf *out, const struct enum_step *s)
{
	const struct naptr_verdict *v = s->record;
	const struct dns_naptr *rr = v->rr;

	buf_addf(out, "  record %u %u \"", rr->order, rr->preference);
	add_foreign(out, rr->flags);
	buf_addz(out, "\" \"");
	add_foreign(out, rr->services);
	buf_addz(out, "\" \"");
	add_foreign(out, rr->regexp);
	buf_addf(out, "\" %s.: %s", rr->replacement, naptr_use_name(v->use));
	if (v->use != NAPTR_USED)
		buf_addf(out, " (%s)", v->why);
	if (v->uri[0]) {
		buf_addz(out, " -> ");
		add_foreign(out, str_z(v->uri));
	}
}

static const char *outcome(int err)
{
	return err == 0 ? "found" : err == ENOENT ? "not found" :
		"unavailable";
}

void enum_step_print(struct buf *out, const struct enum_step *s)
{
	buf_addf(out, "%7.1f ms  ", (double)s->at_us / 1000);
	switch (s->kind) {
	case ENUM_STEP_QUERY:
		buf_addf(out, "query %s NAPTR", s->domain);
		if (s->hop > 0)
			buf_addf(out, " (non-terminal, hop %u)", s->hop);
		break;
	case ENUM_STEP_ANSWER:
		add_answer(out, s);
		break;
	case ENUM_STEP_RECORD:
		add_record(out, s);
		break;
	case ENUM_STEP_BACK:
		buf_addf(out, "back from %s: %s", s->domain, s->why);
		break;
	case ENUM_STEP_RESULT:
		buf_addf(out, "tree %s: %s", s->apex, outcome(s->err));
		if (s->why)
			buf_addf(out, " (%s)", s->why);
		break;
	case ENUM_STEP_END:
		buf_addf(out, "result: %s", outcome(s->err));
		if (s->err == 0)
			buf_addf(out, " in %s", s->apex);
		break;
	}
	buf_addc(out, '\n');
}

static const char *without(int err)
{
	return err == ENOENT ? "not found" :
		"unavailable: no usable answer in time";
}

void enum_answer_print(struct buf *out, int err, const struct enum_answer *a)
{
	if (err) {
		buf_addf(out, "%s\n", without(err));
		return;
	}
	if (a->vacant)
		buf_addf(out, "not allocated, says %s\n", a->apex);
	if (a->name[0])
		buf_addf(out, "name %s\n", a->name);
	for (unsigned i = 0; i < a->n; i++) {
		buf_addf(out, "%u %u ", a->v[i].order, a->v[i].preference);
		add_foreign(out, str_z(a->v[i].service));
		buf_addc(out, ' ');
		add_foreign(out, str_z(a->v[i].uri));
		buf_addc(out, '\n');
	}
}
