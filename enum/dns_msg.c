/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages: RFC 1035, 2308 (negative TTL), 2782, 3403, 6891. (pure) */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/scan.h"
#include "enum/dns_msg.h"

enum { HEADER = 12, CLASS_IN = 1, JUMPS_MAX = 32, TYPE_NS = 2 };

/* Queries --------------------------------------------------------------- */

static size_t put_name(uint8_t *out, const char *name, uint64_t case_bits)
{
	size_t n = 1, label = 0;

	for (; *name; name++) {
		uint8_t c = (uint8_t)str_lower(*name);

		if (c == '.') {
			out[label] = (uint8_t)(n - label - 1);
			label = n++;
			continue;
		}
		if (c >= 'a' && c <= 'z') {
			c = (uint8_t)(c ^ (case_bits & 1) << 5);
			case_bits = case_bits >> 1 | case_bits << 63;
		}
		out[n++] = c;
	}
	out[label] = (uint8_t)(n - label - 1);
	out[n++] = 0;
	return n;
}

static size_t put_u16(uint8_t *out, unsigned v)
{
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
	return 2;
}

size_t dns_msg_query(uint8_t out[DNS_QUERY_MAX], uint16_t id,
		     const char *name, uint16_t type, bool edns,
		     uint64_t case_bits)
{
	size_t n = HEADER;

	if (!dns_name_is_valid(name))
		return 0;
	memset(out, 0, HEADER);
	put_u16(out, id);
	out[2] = 0x01;                  /* RD */
	out[3] = 0x20;                  /* AD: RFC 6840, 5.7 */
	out[5] = 1;                     /* QDCOUNT */
	n += put_name(out + n, name, case_bits);
	n += put_u16(out + n, type);
	n += put_u16(out + n, CLASS_IN);
	if (edns) {
		out[11] = 1;            /* ARCOUNT */
		out[n++] = 0;
		n += put_u16(out + n, DNS_OPT);
		n += put_u16(out + n, DNS_EDNS_BYTES);
		memset(out + n, 0, 6);
		n += 6;
	}
	return n;
}

/* The end of the question of a query of ours. */
static size_t question_end(const uint8_t *query, size_t n)
{
	size_t at = HEADER;

	while (at < n && query[at])
		at += query[at] + 1u;
	return at + 5;
}

enum dns_echo dns_msg_echo(const uint8_t *query, size_t n_query,
			   const uint8_t *p, size_t n)
{
	size_t end = question_end(query, n_query);
	bool same = true;

	if (n < end || p[0] != query[0] || p[1] != query[1])
		return DNS_ECHO_OTHER;
	for (size_t i = HEADER; i < end; i++) {
		/* lengths of labels are below the letters */
		if (str_lower((char)p[i]) != str_lower((char)query[i]))
			return DNS_ECHO_OTHER;
		same = same && p[i] == query[i];
	}
	return same ? DNS_ECHO : DNS_ECHO_FOLDED;
}

/* Names ----------------------------------------------------------------- */

enum name_kind { NAME_BAD, NAME_ODD, NAME_FINE };

struct name {
	char   text[DNS_NAME_MAX];
	size_t l;
};

/* Appends a label, in lower case: a pointer may lead into the question, whose
 * case was chosen by chance. False: the name is too long. *odd: bytes that
 * are not of host names; they become "?" and equal nothing. */
static bool put_label(struct name *nm, const uint8_t *p, size_t l, bool *odd)
{
	size_t dot = nm->l > 0;

	if (nm->l + dot + l >= DNS_NAME_MAX)
		return false;
	if (dot)
		nm->text[nm->l++] = '.';
	for (size_t i = 0; i < l; i++) {
		char c = str_lower((char)p[i]);
		bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			  c == '-' || c == '_';

		*odd |= !ok;
		nm->text[nm->l++] = ok ? c : '?';
	}
	return true;
}

/* Reads the name at s, which moves behind it. Pointers must go backwards
 * from where the last one led, so they cannot loop. */
static enum name_kind get_name(struct name *nm, struct scan *s)
{
	struct scan at = *s;
	const char *floor = s->p;
	bool odd = false, jumped = false;
	unsigned jumps = 0;
	struct str label;
	uint8_t l, low;

	nm->l = 0;
	while (scan_b8(&at, &l) && l != 0) {
		if (l < 64) {
			if (!scan_bytes(&at, l, &label) ||
			    !put_label(nm, (const uint8_t *)label.p, l, &odd))
				break;
			continue;
		}
		if (l < 0xc0 || !scan_b8(&at, &low) ||
		    ++jumps > JUMPS_MAX ||
		    ((l & 0x3f) << 8 | low) >= floor - at.begin)
			break;
		if (!jumped)
			s->p = at.p;
		jumped = true;
		at.p = floor = at.begin + ((l & 0x3f) << 8 | low);
	}
	nm->text[nm->l] = '\0';
	if (at.failed || l != 0) {
		(void)scan_fail(s);     /* known: told by the result */
		return NAME_BAD;
	}
	if (!jumped)
		s->p = at.p;
	return odd ? NAME_ODD : NAME_FINE;
}

/* Walking the message --------------------------------------------------- */

/* A record of the answer section that may matter. */
struct rec {
	uint16_t owner, rdata, rdlen;   /* offsets */
	uint16_t type;
	uint32_t ttl_s;
};

struct walk {
	const uint8_t *p;
	size_t         n;
	uint16_t       type;            /* asked for */
	struct rec     rec[DNS_WALK_MAX];
	unsigned       n_rec;
	unsigned       walked;
	unsigned       unseen;          /* answers beyond DNS_WALK_MAX */
	unsigned       answers;         /* of any type, any owner */
	unsigned       rcode;
	bool           opt, soa, ns;
	struct rec     soa_rec;         /* the first; soa: it counts */
	uint32_t       negative_ttl_s;
};

static struct scan scan_at(const struct walk *w, size_t off)
{
	struct scan s = scan_of(str_pl(w->p, w->n));

	s.p += off;
	return s;
}

/* Is the zone a part of the end of name, or all of it? */
static bool is_below(const struct name *name, const struct name *zone)
{
	size_t cut = name->l - zone->l;

	if (zone->l == 0 || zone->l > name->l)
		return zone->l == 0;
	return !strcasecmp(name->text + cut, zone->text) &&
	       (cut == 0 || name->text[cut - 1] == '.');
}

/* RFC 2308, 5: the lower of the SOA's TTL and its MINIMUM. That of a zone
 * in which the name is not says nothing about it. */
static void see_soa(struct walk *w, const struct name *at)
{
	const struct rec *r = &w->soa_rec;
	struct scan owner = scan_at(w, r->owner), s = scan_at(w, r->rdata);
	struct name nm;
	uint32_t minimum;

	if (r->type != DNS_SOA || get_name(&nm, &owner) != NAME_FINE ||
	    !is_below(at, &nm) || get_name(&nm, &s) == NAME_BAD ||
	    get_name(&nm, &s) == NAME_BAD ||
	    !scan_skip(&s, 16) || !scan_b32(&s, &minimum))
		return;
	w->soa = true;
	w->negative_ttl_s = r->ttl_s < minimum ? r->ttl_s : minimum;
}

enum section { ANSWER, AUTHORITY, ADDITIONAL };

static void see(struct walk *w, enum section sec, const struct rec *r,
		uint16_t class)
{
	if (sec == ADDITIONAL && r->type == DNS_OPT) {
		w->opt = true;
		w->rcode |= r->ttl_s >> 24 << 4;
		return;
	}
	w->answers += sec == ANSWER;
	if (class != CLASS_IN)
		return;
	if (sec == AUTHORITY && r->type == DNS_SOA && !w->soa_rec.type)
		w->soa_rec = *r;
	if (sec == AUTHORITY && r->type == TYPE_NS)
		w->ns = true;
	if (sec == ANSWER && (r->type == w->type || r->type == DNS_CNAME))
		w->rec[w->n_rec++] = *r;
}

static bool walk_record(struct walk *w, struct scan *s, enum section sec)
{
	struct rec r = { .owner = (uint16_t)(s->p - s->begin) };
	struct name nm;
	uint16_t class;

	if (get_name(&nm, s) == NAME_BAD || !scan_b16(s, &r.type) ||
	    !scan_b16(s, &class) || !scan_b32(s, &r.ttl_s) ||
	    !scan_b16(s, &r.rdlen))
		return false;
	r.rdata = (uint16_t)(s->p - s->begin);
	if (!scan_skip(s, r.rdlen))
		return false;
	see(w, sec, &r, class);
	return true;
}

/* The header and the question, which must be ours. */
static bool walk_head(struct scan *s, const char *name, uint16_t type,
		      uint16_t count[3], uint16_t *flags)
{
	uint16_t id, qd, qtype, qclass;
	struct name nm;

	return scan_b16(s, &id) && scan_b16(s, flags) && scan_b16(s, &qd) &&
	       scan_b16(s, &count[ANSWER]) &&
	       scan_b16(s, &count[AUTHORITY]) &&
	       scan_b16(s, &count[ADDITIONAL]) &&
	       (*flags & 0xf800) == 0x8000 &&   /* QR, opcode QUERY */
	       qd == 1 && get_name(&nm, s) == NAME_FINE &&
	       scan_b16(s, &qtype) && scan_b16(s, &qclass) &&
	       qtype == type && qclass == CLASS_IN &&
	       !strcasecmp(nm.text, name);
}

static bool walk_all(struct walk *w, struct scan *s, const uint16_t count[3])
{
	for (int sec = ANSWER; sec <= ADDITIONAL; sec++) {
		for (unsigned i = 0; i < count[sec]; i++) {
			if (w->walked++ == DNS_WALK_MAX) {
				w->unseen = sec == ANSWER ?
					count[sec] - i : 0u;
				return true;
			}
			if (!walk_record(w, s, (enum section)sec))
				return false;
		}
	}
	return true;
}

static bool owned_by(const struct walk *w, const struct rec *r,
		     const char *name)
{
	struct scan s = scan_at(w, r->owner);
	struct name nm;

	return get_name(&nm, &s) == NAME_FINE && !strcasecmp(nm.text, name);
}

/* Follows the CNAMEs from name: *at becomes the last name. */
static int walk_chain(const struct walk *w, struct name *at, uint32_t *ttl_s)
{
	unsigned hops = 0;
	bool moved = true;

	while (moved) {
		moved = false;
		for (unsigned i = 0; i < w->n_rec && !moved; i++) {
			const struct rec *r = &w->rec[i];
			struct scan s = scan_at(w, r->rdata);

			if (r->type != DNS_CNAME || !owned_by(w, r, at->text))
				continue;
			if (++hops > DNS_CHAIN_MAX ||
			    get_name(at, &s) != NAME_FINE)
				return EBADMSG;
			if (r->ttl_s < *ttl_s)
				*ttl_s = r->ttl_s;
			moved = true;
		}
	}
	return 0;
}

/* Records --------------------------------------------------------------- */

/* Texts behind the records; p NULL: only measured. What was measured fits;
 * a bad record, which is taken back, may not: it is not written then. */
struct pool { char *p; size_t l, cap; };

static const char *keep(struct pool *k, const void *p, size_t n, bool nul)
{
	bool fits = k->p && n + nul <= k->cap && k->l <= k->cap - n - nul;
	char *at = fits ? k->p + k->l : NULL;

	if (at && n > 0)
		memcpy(at, p, n);
	if (at && nul)
		at[n] = '\0';
	k->l += n + nul;
	return at;
}

static bool keep_name(struct pool *k, struct scan *s, const char **out)
{
	struct name nm;

	if (get_name(&nm, s) != NAME_FINE)
		return false;
	*out = keep(k, nm.text, nm.l, true);
	return true;
}

static bool keep_string(struct pool *k, struct scan *s, struct str *out)
{
	struct str raw;
	uint8_t l;

	if (!scan_b8(s, &l) || !scan_bytes(s, l, &raw))
		return false;
	*out = (struct str){ keep(k, raw.p, raw.l, false), raw.l };
	return true;
}

static bool read_naptr(struct dns_naptr *d, struct pool *k, struct scan *s)
{
	return scan_b16(s, &d->order) && scan_b16(s, &d->preference) &&
	       keep_string(k, s, &d->flags) &&
	       keep_string(k, s, &d->services) &&
	       keep_string(k, s, &d->regexp) &&
	       keep_name(k, s, &d->replacement);
}

static bool read_srv(struct dns_srv *d, struct pool *k, struct scan *s)
{
	return scan_b16(s, &d->priority) && scan_b16(s, &d->weight) &&
	       scan_b16(s, &d->port) && keep_name(k, s, &d->target);
}

static bool read_addr(struct addr *a, struct scan *s, uint8_t family,
		      size_t n)
{
	struct str raw;

	if (!scan_bytes(s, n, &raw))
		return false;
	memset(a, 0, sizeof(*a));
	a->family = family;
	memcpy(a->ip, raw.p, n);
	return true;
}

/* The record's data; it must fill RDLENGTH exactly. Names may point out of
 * it, strings may not leave it. */
static bool read_rdata(const struct walk *w, const struct rec *r,
		       struct dns_rr *rr, struct pool *k)
{
	struct scan s = scan_at(w, r->rdata);
	bool ok = false;

	s.end = s.p + r->rdlen;
	rr->ttl_s = r->ttl_s;
	switch (r->type) {
	case DNS_A:
		ok = read_addr(&rr->addr, &s, AF_INET, 4);
		break;
	case DNS_AAAA:
		ok = read_addr(&rr->addr, &s, AF_INET6, 16);
		break;
	case DNS_SRV:
		ok = read_srv(&rr->srv, k, &s);
		break;
	case DNS_NAPTR:
		ok = read_naptr(&rr->naptr, k, &s);
		break;
	}
	return ok && s.p == s.end;
}

/* Where the record stands among its like: order and preference, priority
 * and weight; then as in the answer. */
static uint64_t place(const struct walk *w, const struct rec *r)
{
	struct scan s = scan_at(w, r->rdata);
	uint32_t v = 0;

	if ((r->type != DNS_NAPTR && r->type != DNS_SRV) || r->rdlen < 4 ||
	    !scan_b32(&s, &v))
		v = 0;
	return (uint64_t)v << 16 | r->rdata;
}

/* With more records than are kept, those that count first are: the best one
 * may be the last of the answer (RFC 3403, 4.1: order). */
static void lowest_first(struct walk *w)
{
	if (w->n_rec <= DNS_RR_MAX)
		return;
	for (unsigned gap = w->n_rec / 2; gap > 0; gap /= 2) {
		for (unsigned i = gap; i < w->n_rec; i++) {
			struct rec r = w->rec[i];
			uint64_t at = place(w, &r);
			unsigned k = i;

			for (; k >= gap && place(w, &w->rec[k - gap]) > at;
			     k -= gap)
				w->rec[k] = w->rec[k - gap];
			w->rec[k] = r;
		}
	}
}

/* Reads all records of name into v (NULL: counts and measures only). */
static void read_all(const struct walk *w, const char *name,
		     struct dns_rrset *set, struct dns_rr *v, struct pool *k)
{
	set->n = 0;
	set->n_skipped = w->unseen;
	for (unsigned i = 0; i < w->n_rec; i++) {
		const struct rec *r = &w->rec[i];
		struct pool before = *k;
		struct dns_rr rr;

		if (r->type != w->type || !owned_by(w, r, name))
			continue;
		if (set->n == DNS_RR_MAX || !read_rdata(w, r, &rr, k)) {
			*k = before;
			set->n_skipped++;
			continue;
		}
		if (v)
			v[set->n] = rr;
		if (r->ttl_s < set->ttl_s)
			set->ttl_s = r->ttl_s;
		set->n++;
	}
}

static struct dns_rrset *build(const struct walk *w, struct dns_rrset *head,
			       const char *name)
{
	struct pool k = { NULL, 0, 0 };
	struct dns_rrset *set;
	size_t size;

	(void)keep(&k, name, strlen(name), true); /* measured */
	read_all(w, name, head, NULL, &k);
	size = sizeof(*set) + head->n * sizeof(set->v[0]) + k.l;
	set = obj_new(size, NULL);
	if (!set)
		return NULL;
	*set = *head;
	set->size_bytes = size;
	k = (struct pool){ (char *)&set->v[head->n], 0, k.l };
	set->cname = keep(&k, name, strlen(name), true);
	read_all(w, name, set, set->v, &k);
	return set;
}

/* Walks the whole message; the last name of the chain goes to *at. */
static int read_message(struct walk *w, struct name *at,
			struct dns_rrset *head, struct dns_msg_info *info,
			const char *name)
{
	struct scan s = scan_of(str_pl(w->p, w->n));
	uint16_t count[3], flags;

	if (w->n > 65535 || !walk_head(&s, name, w->type, count, &flags))
		return EBADMSG;
	w->rcode = flags & 15;
	info->tc = flags & 0x0200;
	if (!walk_all(w, &s, count) && !info->tc)
		return EBADMSG;
	at->l = strlen(name);
	memcpy(at->text, name, at->l + 1);
	if (walk_chain(w, at, &head->ttl_s))
		return EBADMSG;
	see_soa(w, at);
	head->type = w->type;
	head->rcode = (uint16_t)w->rcode;
	head->ad = flags & 0x20;
	head->chased = strcasecmp(at->text, name) != 0;
	info->opt = w->opt;
	info->referral = w->rcode == DNS_NOERROR && w->ns && !w->soa &&
			 !(flags & 0x0400);
	return 0;
}

int dns_msg_parse(struct dns_rrset **sp, struct dns_msg_info *info,
		  const uint8_t *p, size_t n, const char *name, uint16_t type)
{
	struct dns_rrset head = { .ttl_s = 0x7fffffff }, *set;
	struct walk w = { .p = p, .n = n, .type = type };
	struct name at;
	int err;

	err = read_message(&w, &at, &head, info, name);
	if (err)
		return err;
	lowest_first(&w);
	set = build(&w, &head, at.text);
	if (!set)
		return ENOMEM;
	if (!set->chased)
		set->cname = "";
	info->referral = info->referral && set->n == 0 && !set->chased;
	info->chase = set->chased && set->n == 0 && set->n_skipped == 0 &&
		      set->rcode == DNS_NOERROR && !w.soa;
	/* neither records nor the SOA that says there are none: without it
	 * the section is empty (RFC 2308, 2.2); another question's answer */
	if (set->n == 0 && !set->chased && !w.soa)
		set->n_skipped += w.answers;
	if (set->n == 0 && !info->chase && w.negative_ttl_s < set->ttl_s)
		set->ttl_s = w.negative_ttl_s;
	*sp = set;
	return 0;
}

int dns_msg_verdict(const struct dns_rrset *set)
{
	if (set->rcode == DNS_NXDOMAIN)
		return ENOENT;
	if (set->rcode != DNS_NOERROR)
		return EAGAIN;
	if (set->n > 0)
		return 0;
	return set->n_skipped > 0 ? EBADMSG : ENOENT;
}
