/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX extended regular expressions, bounded: a recursive-descent compiler
 * to a small program, and a machine that follows all its ways at once
 * (Thompson's construction with captures, after Pike). All jumps are
 * relative, so that a piece of program is repeated by copying it.
 */
#include <string.h>

#include "enum/ere.h"

enum op { OP_CHAR, OP_ANY, OP_SET, OP_BOL, OP_EOL, OP_SPLIT, OP_JMP,
	  OP_SAVE, OP_MATCH };

enum { NO_POS = 0xffff, N_CAPS = 2 * ERE_GROUPS };

/* Compiler ------------------------------------------------------------ */

struct comp {
	struct ere *re;
	const char *p, *end;
	const char *why;        /* set: failed */
	unsigned    depth;
};

static bool alternation(struct comp *c);

static bool fail(struct comp *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static int peek(const struct comp *c)
{
	return c->p < c->end ? (unsigned char)*c->p : -1;
}

static bool is_digit(int ch)
{
	return ch >= '0' && ch <= '9';
}

static bool is_letter(int ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool emit(struct comp *c, enum op op, int x, int y)
{
	struct ere *re = c->re;

	if (re->n_prog == ERE_PROG_MAX)
		return fail(c, "expression is too large");
	re->prog[re->n_prog++] = (struct ere_insn){
		.op = (uint8_t)op, .x = (int16_t)x, .y = (int16_t)y };
	return true;
}

static bool emit_char(struct comp *c, int ch)
{
	if (!emit(c, OP_CHAR, 0, 0))
		return false;
	c->re->prog[c->re->n_prog - 1].c = (uint8_t)
		(c->re->icase ? str_lower((char)ch) : ch);
	return true;
}

/* Makes room for one instruction at index at, before a finished piece. */
static bool insert(struct comp *c, unsigned at, enum op op, int x, int y)
{
	struct ere *re = c->re;

	if (!emit(c, op, x, y))
		return false;
	memmove(&re->prog[at + 1], &re->prog[at],
		(re->n_prog - 1 - at) * sizeof(re->prog[0]));
	re->prog[at] = (struct ere_insn){
		.op = (uint8_t)op, .x = (int16_t)x, .y = (int16_t)y };
	return true;
}

/* The piece from index at becomes piece*, piece+ or piece? */
static bool star(struct comp *c, unsigned at)
{
	int len = (int)(c->re->n_prog - at);

	return insert(c, at, OP_SPLIT, 1, len + 2) &&
	       emit(c, OP_JMP, -(len + 1), 0);
}

static bool plus(struct comp *c, unsigned at)
{
	int len = (int)(c->re->n_prog - at);

	return emit(c, OP_SPLIT, -len, 1);
}

static bool optional(struct comp *c, unsigned at)
{
	int len = (int)(c->re->n_prog - at);

	return insert(c, at, OP_SPLIT, 1, len + 1);
}

static bool append(struct comp *c, const struct ere_insn *piece, size_t len)
{
	struct ere *re = c->re;

	if (len > ERE_PROG_MAX - re->n_prog)
		return fail(c, "expression is too large");
	memcpy(&re->prog[re->n_prog], piece, len * sizeof(*piece));
	re->n_prog += (unsigned)len;
	return true;
}

/* The piece from index at, min to max times (max < 0: no end), written
 * out: x{2,4} is xx(x(x)?)? and x{2,} is xx+. */
static bool repeat(struct comp *c, unsigned at, int min, int max)
{
	struct ere_insn piece[ERE_PROG_MAX];
	size_t len = c->re->n_prog - at;
	unsigned last = at;
	bool ok = true;

	if (len == 0)
		return true;
	memcpy(piece, &c->re->prog[at], len * sizeof(piece[0]));
	c->re->n_prog = at;
	for (int i = 0; ok && i < min; i++) {
		last = c->re->n_prog;
		ok = append(c, piece, len);
	}
	if (!ok)
		return false;
	if (max < 0 && min > 0)
		return plus(c, last);
	if (max < 0)
		return append(c, piece, len) && star(c, at);
	for (int i = min; ok && i < max; i++)
		ok = emit(c, OP_SPLIT, 1,
			  (int)(len + 1) * (max - i)) &&
		     append(c, piece, len);
	return ok;
}

static bool number(struct comp *c, int *out)
{
	int v = 0;

	if (!is_digit(peek(c)))
		return false;
	while (is_digit(peek(c)) && v <= ERE_REPEAT_MAX)
		v = v * 10 + (*c->p++ - '0');
	*out = v;
	return v <= ERE_REPEAT_MAX;
}

/* "{m}", "{m,}", "{m,n}"; p stands behind the brace. */
static bool interval(struct comp *c, unsigned at)
{
	int min, max;

	if (!number(c, &min))
		return fail(c, "interval above 255");
	max = min;
	if (peek(c) == ',') {
		c->p++;
		max = -1;
		if (is_digit(peek(c)) && !number(c, &max))
			return fail(c, "interval above 255");
	}
	if (peek(c) != '}')
		return fail(c, "malformed interval");
	c->p++;
	if (max >= 0 && max < min)
		return fail(c, "interval runs backwards");
	return repeat(c, at, min, max);
}

/* Does an interval begin here? Else the brace stands for itself. */
static bool at_interval(const struct comp *c)
{
	return c->end - c->p >= 2 && c->p[0] == '{' && is_digit(c->p[1]);
}

static void set_add(uint32_t set[8], int ch, bool icase)
{
	set[ch / 32] |= 1u << (ch % 32);
	if (icase && is_letter(ch)) {
		ch ^= 32;
		set[ch / 32] |= 1u << (ch % 32);
	}
}

static bool in_class(struct str name, int ch, bool *known)
{
	bool digit = is_digit(ch), alpha = is_letter(ch);
	bool upper = ch >= 'A' && ch <= 'Z', graph = ch > 32 && ch < 127;
	const struct { const char *name; bool in; } classes[] = {
		{ "alpha", alpha }, { "digit", digit },
		{ "alnum", alpha || digit }, { "upper", upper },
		{ "lower", alpha && !upper }, { "graph", graph },
		{ "print", graph || ch == 32 },
		{ "punct", graph && !alpha && !digit },
		{ "space", ch == 32 || (ch >= 9 && ch <= 13) },
		{ "blank", ch == 32 || ch == 9 },
		{ "cntrl", ch < 32 || ch == 127 },
		{ "xdigit", digit || ((ch | 32) >= 'a' && (ch | 32) <= 'f') },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if ((*known = str_eqz(name, classes[i].name)))
			return classes[i].in;
	return false;
}

/* "[:name:]"; p stands on the name. */
static bool set_class(struct comp *c, uint32_t set[8])
{
	struct str name = { c->p, 0 };
	bool known = false;

	while (is_letter(peek(c)))
		c->p++;
	name.l = (size_t)(c->p - name.p);
	if (c->end - c->p < 2 || c->p[0] != ':' || c->p[1] != ']')
		return fail(c, "malformed character class");
	c->p += 2;
	for (int ch = 0; ch < 256; ch++)
		if (in_class(name, ch, &known))
			set_add(set, ch, c->re->icase);
	return known || fail(c, "unknown character class");
}

/* One member of a bracket expression: a byte, "[.x.]" or "[=x=]". */
static bool set_member(struct comp *c, int *ch)
{
	if (c->end - c->p >= 2 && c->p[0] == '[' &&
	    (c->p[1] == '.' || c->p[1] == '=')) {
		if (c->end - c->p < 5 || c->p[3] != c->p[1] ||
		    c->p[4] != ']')
			return fail(c, "unknown collating element");
		*ch = (unsigned char)c->p[2];
		c->p += 5;
		return true;
	}
	if (c->p == c->end)
		return fail(c, "bracket is not closed");
	*ch = (unsigned char)*c->p++;
	return true;
}

static bool set_range(struct comp *c, uint32_t set[8])
{
	int from, to;

	if (c->end - c->p >= 2 && c->p[0] == '[' && c->p[1] == ':') {
		c->p += 2;
		return set_class(c, set);
	}
	if (!set_member(c, &from))
		return false;
	to = from;
	if (c->end - c->p >= 2 && c->p[0] == '-' && c->p[1] != ']') {
		c->p++;
		if (!set_member(c, &to))
			return false;
	}
	if (to < from)
		return fail(c, "range runs backwards");
	for (int ch = from; ch <= to; ch++)
		set_add(set, ch, c->re->icase);
	return true;
}

static bool emit_set(struct comp *c, const uint32_t set[8])
{
	struct ere *re = c->re;
	unsigned i = 0;

	while (i < re->n_sets && memcmp(re->sets[i], set, 32) != 0)
		i++;
	if (i == ERE_SETS_MAX)
		return fail(c, "too many bracket expressions");
	if (i == re->n_sets)
		memcpy(re->sets[re->n_sets++], set, 32);
	return emit(c, OP_SET, (int)i, 0);
}

/* p stands behind the opening bracket. */
static bool bracket(struct comp *c)
{
	uint32_t set[8] = { 0 };
	bool negate = peek(c) == '^';

	if (negate)
		c->p++;
	do {                    /* a "]" in the first place is a member */
		if (!set_range(c, set))
			return false;
	} while (peek(c) != ']' && peek(c) >= 0);
	if (peek(c) < 0)
		return fail(c, "bracket is not closed");
	c->p++;
	for (int i = 0; negate && i < 8; i++)
		set[i] = ~set[i];
	return emit_set(c, set);
}

static bool group(struct comp *c)
{
	unsigned no = ++c->re->n_groups;
	bool saved = no < ERE_GROUPS;

	if (++c->depth > ERE_DEPTH_MAX)
		return fail(c, "groups too deep");
	if (saved && !emit(c, OP_SAVE, (int)(2 * no), 0))
		return false;
	if (!alternation(c))
		return false;
	if (peek(c) != ')')
		return fail(c, "parenthesis is not closed");
	c->p++;
	c->depth--;
	return !saved || emit(c, OP_SAVE, (int)(2 * no + 1), 0);
}

static bool escape(struct comp *c)
{
	int ch = peek(c);

	if (ch < 0)
		return fail(c, "backslash at the end");
	if (is_letter(ch) || is_digit(ch))
		return fail(c, "unknown escape");
	c->p++;
	return emit_char(c, ch);
}

/* One atom; *anchor: it cannot be repeated. */
static bool atom(struct comp *c, bool *anchor)
{
	int ch = (unsigned char)*c->p++;

	*anchor = false;
	switch (ch) {
	case '(':
		return group(c);
	case '[':
		return bracket(c);
	case '\\':
		return escape(c);
	case '.':
		return emit(c, OP_ANY, 0, 0);
	case '^':
		*anchor = true;
		return emit(c, OP_BOL, 0, 0);
	case '$':
		*anchor = true;
		return emit(c, OP_EOL, 0, 0);
	default:
		return emit_char(c, ch);
	}
}

static bool piece(struct comp *c)
{
	unsigned at = c->re->n_prog;
	bool ok, anchor;

	ok = atom(c, &anchor);
	while (ok && !anchor) {
		if (at_interval(c)) {
			c->p++;
			ok = interval(c, at);
			continue;
		}
		switch (peek(c)) {
		case '*':
			ok = star(c, at);
			break;
		case '+':
			ok = plus(c, at);
			break;
		case '?':
			ok = optional(c, at);
			break;
		default:
			return true;
		}
		c->p++;
	}
	return ok;
}

static bool branch(struct comp *c)
{
	while (peek(c) >= 0 && peek(c) != '|' &&
	       !(peek(c) == ')' && c->depth > 0))
		if (!piece(c))
			return false;
	return true;
}

static bool alternation(struct comp *c)
{
	unsigned at = c->re->n_prog, jmp;

	if (!branch(c))
		return false;
	while (peek(c) == '|') {
		int len = (int)(c->re->n_prog - at);

		c->p++;
		if (!insert(c, at, OP_SPLIT, 1, len + 2) ||
		    !emit(c, OP_JMP, 0, 0))
			return false;
		jmp = c->re->n_prog - 1;
		if (!branch(c))
			return false;
		c->re->prog[jmp].x = (int16_t)(c->re->n_prog - jmp);
	}
	return true;
}

int ere_compile(struct ere *re, struct str pattern, bool icase,
		const char **why)
{
	struct comp c = { .re = re, .p = pattern.p,
			  .end = pattern.p + pattern.l };

	re->n_prog = re->n_sets = re->n_groups = 0;
	re->icase = icase;
	if (pattern.l > ERE_PATTERN_MAX)
		(void)fail(&c, "expression is too long"); /* in c.why */
	else if (alternation(&c))
		(void)emit(&c, OP_MATCH, 0, 0);         /* in c.why */
	if (!c.why)
		return 0;
	*why = c.why;
	return EBADMSG;
}

/* Machine ------------------------------------------------------------- */

struct way {
	uint16_t pc;
	uint16_t cap[N_CAPS];   /* cap[0]: where it began */
};

/* The ways alive at one position, best first. */
struct ways {
	struct way v[ERE_PROG_MAX];
	unsigned   n;
	bool       at[ERE_PROG_MAX];    /* instruction is taken already */
};

struct undo {
	uint16_t pc, old;
	int8_t   slot;          /* -1: go on at pc; else give old back */
};

struct machine {
	const struct ere *re;
	struct str        text;
	struct ways       ways[2];
	struct undo       stack[2 * ERE_PROG_MAX + 2];
	bool              found;
	uint16_t          best[N_CAPS];
};

/* Follows what consumes nothing from pc on; ways that wait for a byte (or
 * have matched) go to the list. cap is as before at the end. */
static void follow(struct machine *m, struct ways *w, unsigned pc0,
		   unsigned pos, uint16_t cap[N_CAPS])
{
	unsigned n = 0;

	m->stack[n++] = (struct undo){ (uint16_t)pc0, 0, -1 };
	while (n > 0) {
		struct undo u = m->stack[--n];
		const struct ere_insn *i = &m->re->prog[u.pc];

		if (u.slot >= 0) {
			cap[u.slot] = u.old;
			continue;
		}
		if (w->at[u.pc])
			continue;
		w->at[u.pc] = true;
		switch (i->op) {
		case OP_SPLIT:
			m->stack[n++] = (struct undo){
				(uint16_t)(u.pc + i->y), 0, -1 };
			/* fall through */
		case OP_JMP:
			m->stack[n++] = (struct undo){
				(uint16_t)(u.pc + i->x), 0, -1 };
			break;
		case OP_SAVE:
			m->stack[n++] = (struct undo){
				0, cap[i->x], (int8_t)i->x };
			cap[i->x] = (uint16_t)pos;
			/* fall through */
		case OP_BOL:
		case OP_EOL:
			if ((i->op == OP_BOL && pos != 0) ||
			    (i->op == OP_EOL && pos != m->text.l))
				break;
			m->stack[n++] = (struct undo){
				(uint16_t)(u.pc + 1), 0, -1 };
			break;
		default:
			w->v[w->n].pc = u.pc;
			memcpy(w->v[w->n++].cap, cap, sizeof(w->v[0].cap));
		}
	}
}

static bool takes(const struct ere *re, const struct ere_insn *i,
		  unsigned char ch)
{
	switch (i->op) {
	case OP_CHAR:
		return i->c == (re->icase ?
				(uint8_t)str_lower((char)ch) : ch);
	case OP_SET:
		return re->sets[i->x][ch / 32] >> (ch % 32) & 1;
	default:
		return true;    /* OP_ANY */
	}
}

/* One position: matches are noted, the others consume the byte. */
static void step(struct machine *m, struct ways *now, struct ways *next,
		 unsigned pos)
{
	for (unsigned i = 0; i < now->n; i++) {
		struct way *t = &now->v[i];
		const struct ere_insn *in = &m->re->prog[t->pc];

		if (m->found && t->cap[0] > m->best[0])
			continue;       /* began later: not the leftmost */
		if (in->op != OP_MATCH) {
			if (pos < m->text.l && takes(m->re, in,
			    (unsigned char)m->text.p[pos]))
				follow(m, next, t->pc + 1u, pos + 1, t->cap);
			continue;
		}
		if (m->found && t->cap[0] == m->best[0] &&
		    pos <= m->best[1])
			continue;       /* not longer */
		m->found = true;
		memcpy(m->best, t->cap, sizeof(m->best));
		m->best[1] = (uint16_t)pos;
	}
}

static void clear(struct ways *w, unsigned n_prog)
{
	w->n = 0;
	memset(w->at, 0, n_prog * sizeof(w->at[0]));
}

static void take_groups(struct str group[ERE_GROUPS], struct str text,
			const uint16_t cap[N_CAPS])
{
	for (int i = 0; i < ERE_GROUPS; i++) {
		uint16_t a = cap[2 * i], b = cap[2 * i + 1];

		group[i] = a == NO_POS || b == NO_POS ? STR_NULL :
			str_pl(text.p + a, (size_t)(b - a));
	}
}

/* "any bytes" at pc, and nothing behind it that takes another one? */
static bool is_tail(const struct ere *re, unsigned pc)
{
	const struct ere_insn *i = &re->prog[pc];

	if (i->op != OP_SPLIT || i[0].x != 1 || i[0].y != 3 ||
	    i[1].op != OP_ANY || i[2].op != OP_JMP || i[2].x != -2)
		return false;
	for (i += 3; i->op == OP_SAVE || i->op == OP_EOL; i++)
		;
	return i->op == OP_MATCH;
}

enum sure { SURE_NO, SURE_YES, UNSURE };

/* One instruction of the only way; *pos moves on. */
static enum sure walk(const struct ere *re, const struct ere_insn *i,
		      struct str text, unsigned *pos, uint16_t cap[N_CAPS])
{
	switch (i->op) {
	case OP_SAVE:
		cap[i->x] = (uint16_t)*pos;
		return SURE_YES;
	case OP_BOL:
		return *pos == 0 ? SURE_YES : SURE_NO;
	case OP_EOL:
		return *pos == text.l ? SURE_YES : SURE_NO;
	case OP_CHAR:
	case OP_ANY:
	case OP_SET:
		if (*pos == text.l ||
		    !takes(re, i, (unsigned char)text.p[*pos]))
			return SURE_NO;
		++*pos;
		return SURE_YES;
	default:
		return UNSURE;
	}
}

/* Nearly all expressions of ENUM ("^.*$", "^\\+44(.*)$") leave no choice
 * of ways, so the machine with its lists is not needed. What matches from
 * the first byte on is the leftmost; what does not might match later. */
static enum sure only_way(const struct ere *re, struct str text,
			  struct str group[ERE_GROUPS])
{
	bool anchored = re->prog[0].op == OP_BOL;
	enum sure sure = SURE_YES;
	uint16_t cap[N_CAPS];
	unsigned pos = 0, pc = 0;

	memset(cap, 0xff, sizeof(cap));
	while (sure == SURE_YES && re->prog[pc].op != OP_MATCH) {
		if (is_tail(re, pc)) {
			pos = (unsigned)text.l;
			pc += 3;
		} else {
			sure = walk(re, &re->prog[pc++], text, &pos, cap);
		}
	}
	if (sure == SURE_NO && !anchored)
		return UNSURE;
	cap[0] = 0;
	cap[1] = (uint16_t)pos;
	if (sure == SURE_YES)
		take_groups(group, text, cap);
	return sure;
}

bool ere_match(const struct ere *re, struct str text,
	       struct str group[ERE_GROUPS])
{
	struct machine m;
	bool anchored = re->prog[0].op == OP_BOL;
	unsigned pos = 0, cur = 0;
	enum sure sure;

	if (text.l > ERE_TEXT_MAX)
		return false;
	sure = only_way(re, text, group);
	if (sure != UNSURE)
		return sure == SURE_YES;
	m.re = re;
	m.text = text;
	m.found = false;
	clear(&m.ways[0], re->n_prog);
	do {
		if (!m.found && (pos == 0 || !anchored)) {
			uint16_t cap[N_CAPS];

			memset(cap, 0xff, sizeof(cap));
			cap[0] = (uint16_t)pos;
			follow(&m, &m.ways[cur], 0, pos, cap);
		}
		clear(&m.ways[!cur], re->n_prog);
		step(&m, &m.ways[cur], &m.ways[!cur], pos);
		cur = !cur;
	} while (pos++ < text.l &&
		 ((!m.found && !anchored) || m.ways[cur].n > 0));
	if (m.found)
		take_groups(group, text, m.best);
	return m.found;
}
