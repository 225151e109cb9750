/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_state.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define WALL_S 1000000ull

/* --- the accounts ------------------------------------------------------- */

int guard_state_init(struct guard_state *st)
{
	list_init(&st->used);
	return hash_init(&st->by_name, 64);
}

static struct guard_account *account_of(struct list_node *n)
{
	return CONTAINER(n, struct guard_account, node);
}

static void unlink_account(struct guard_state *st, struct guard_account *a)
{
	if (st->next == &a->node)
		st->next = a->node.next;
	list_unlink(&a->node);
}

static void drop(struct guard_state *st, struct guard_account *a)
{
	hash_remove(&st->by_name, &a->by_name);
	unlink_account(st, a);
	mem_free(a);
}

void guard_state_fini(struct guard_state *st)
{
	if (!st->by_name.buckets)
		return;
	LIST_EACH_SAFE(n, &st->used)
		drop(st, account_of(n));
	hash_fini(&st->by_name);
}

static bool is_named(const struct hash_node *n, const void *key)
{
	return !strcmp(CONTAINER(n, const struct guard_account,
				 by_name)->name, key);
}

struct guard_account *guard_state_find(const struct guard_state *st,
				       const char *name)
{
	struct hash_node *n = hash_find(&st->by_name,
					hash_str(&st->by_name, str_z(name)),
					is_named, name);

	return n ? CONTAINER(n, struct guard_account, by_name) : NULL;
}

void guard_state_touch(struct guard_state *st, struct guard_account *a)
{
	if (a->node.next == &st->used.head)
		return;         /* the last already, maybe to be printed */
	unlink_account(st, a);
	list_append(&st->used, &a->node);
}

/* Whom nobody misses most. */
static bool make_room(struct guard_state *st, uint64_t now_us)
{
	struct guard_account *second = NULL;

	LIST_EACH(n, &st->used) {
		struct guard_account *a = account_of(n);

		if (guard_account_is_idle(a, now_us)) {
			drop(st, a);
			return true;
		}
		if (!second && !a->calls)
			second = a;
	}
	if (second)
		drop(st, second);
	return second;
}

struct guard_account *guard_state_add(struct guard_state *st,
				      const struct route_source *s,
				      const char *name, uint64_t now_us)
{
	struct guard_account *a;

	if (st->by_name.n >= GUARD_ACCOUNTS_MAX && !make_room(st, now_us))
		return NULL;
	a = mem_alloc(sizeof(*a));
	if (!a)
		return NULL;
	guard_account_init(a, s);
	snprintf(a->name, sizeof(a->name), "%s", name);
	hash_insert(&st->by_name, &a->by_name,
		    hash_str(&st->by_name, str_z(name)));
	list_append(&st->used, &a->node);
	return a;
}

/* --- as text ----------------------------------------------------------- */

/* The windows of an account by their words; units of the file per unit of
 * the window. */
static const struct {
	const char *word;
	size_t      at;
	uint64_t    unit;
} windows[] = {
	{ "talk_hour", offsetof(struct guard_account, talk_hour), WALL_S },
	{ "talk_day", offsetof(struct guard_account, talk_day), WALL_S },
	{ "money_hour", offsetof(struct guard_account, money_hour), 1 },
	{ "money_day", offsetof(struct guard_account, money_day), 1 },
};

enum { N_WINDOWS = sizeof(windows) / sizeof(windows[0]) };

static struct guard_window *window_of(struct guard_account *a, unsigned i)
{
	return (struct guard_window *)(void *)((char *)a + windows[i].at);
}

/* What is read: who, what time it is, and how old the text is. */
struct reading {
	struct guard_state     *st;
	const struct guard_now *now;
	uint64_t                age_us;
	unsigned                line, bad;      /* bad: the first, or 0 */
};

/* "talk_day-3=240" */
static int read_usage(const struct reading *r, struct guard_account *a,
		      struct str word)
{
	struct str head, tail, name, back;
	uint32_t slots;
	uint64_t n;

	if (!str_cut(word, '=', &head, &tail) ||
	    !str_cut(head, '-', &name, &back) ||
	    str_u32(&slots, back, GUARD_SLOTS - 1))
		return EBADMSG;
	for (unsigned i = 0; i < N_WINDOWS; i++) {
		struct guard_window *w = window_of(a, i);
		uint64_t unit = windows[i].unit;

		if (!str_eqz(name, windows[i].word))
			continue;
		if (str_u64(&n, tail, GUARD_USED_MAX / unit))
			return EBADMSG;
		guard_window_put(w, r->now->us,
				 slots + r->age_us / w->slot_us, n * unit);
		return 0;
	}
	return EBADMSG;
}

/* "44:3", "44:ok" */
static int read_country(struct guard_account *a, struct str word)
{
	char code[GUARD_COUNTRY_MAX];
	struct guard_country *c;
	struct str head, tail;
	uint32_t calls = 0;
	bool allowed;

	if (!str_cut(word, ':', &head, &tail) ||
	    str_copy(code, sizeof(code), head) ||
	    !guard_country_is_valid(code))
		return EBADMSG;
	allowed = str_eqz(tail, "ok");
	if (!allowed && str_u32(&calls, tail, UINT16_MAX))
		return EBADMSG;
	c = guard_account_country(a, code);
	if (!c)
		return EBADMSG;
	c->calls = (uint16_t)calls;
	c->allowed = allowed;
	return 0;
}

/* Text up to the next blank; the rest is left. */
static struct str next_word(struct str *s)
{
	struct str word;

	str_cut(str_trim(*s), ' ', &word, s);
	return word;
}

/* "at 1795392000": seconds since 1970. A clock that went back: as if it was
 * written now. */
static int read_time(struct reading *r, struct str text)
{
	uint64_t at;

	if (str_u64(&at, str_trim(text), UINT32_MAX))
		return EBADMSG;
	at *= WALL_S;
	r->age_us = at < r->now->wall_us ? r->now->wall_us - at : 0;
	return 0;
}

/* "phone:alice", as route_source_print() makes it. */
static bool is_source(const char *name)
{
	struct route_target t;

	return !strcmp(name, "internet") ||
	       (!route_target_parse(&t, name) &&
		(t.kind == ROUTE_PHONE || t.kind == ROUTE_PEER ||
		 t.kind == ROUTE_LINE));
}

static int read_account(const struct reading *r, struct str line)
{
	static const struct route_source unknown;
	struct str word = next_word(&line);
	char name[ROUTE_SOURCE_TEXT];
	struct guard_account *a;
	int err = 0;

	if (str_copy(name, sizeof(name), word) || !is_source(name))
		return EBADMSG;
	a = guard_state_find(r->st, name);
	if (!a)         /* its kind is seen with its first call */
		a = guard_state_add(r->st, &unknown, name, r->now->us);
	if (!a)
		return ENOMEM;
	while (!err && line.l) {
		word = next_word(&line);
		if (str_chr(word, '=') >= 0)
			err = read_usage(r, a, word);
		else if (word.l)
			err = read_country(a, word);
	}
	return err;
}

/* The text up to its last line; a bad line is left out. ENOMEM. */
static int read_lines(struct reading *r, struct str text)
{
	struct str line;
	bool whole = false;

	while (text.l) {
		int err = str_cut(text, '\n', &line, &text) ? 0 : EBADMSG;

		r->line++;
		whole = !err && !text.l && str_eqz(line, "end");
		if (!err && !whole)
			err = read_account(r, line);
		if (err == ENOMEM)
			return err;
		if (err && !r->bad)
			r->bad = r->line;
	}
	if (!whole && !r->bad)
		r->bad = r->line + 1;
	return 0;
}

int guard_state_read(struct guard_state *st, struct str text,
		     const struct guard_now *now, unsigned *line)
{
	struct reading r = { .st = st, .now = now, .line = 1 };
	struct str head;
	int err = 0;

	if (!str_cut(text, '\n', &head, &text) ||
	    !guard_state_is_ours(head) ||
	    read_time(&r, str_sub(head, 3, head.l)))
		r.bad = 1;      /* of another program, or nothing at all */
	else
		err = read_lines(&r, text);
	*line = r.bad;
	return err ? err : r.bad ? EBADMSG : 0;
}

bool guard_state_is_ours(struct str text)
{
	return str_starts(text, "at ");
}

static void print_countries(struct buf *out, const struct guard_account *a)
{
	for (unsigned i = 0; i < a->n_countries; i++) {
		const struct guard_country *c = &a->countries[i];

		if (c->allowed)
			buf_addf(out, " %s:ok", c->code);
		else
			buf_addf(out, " %s:%u", c->code, c->calls);
	}
}

static void print_usage(struct buf *out, struct guard_account *a,
			uint64_t now_us)
{
	for (unsigned i = 0; i < N_WINDOWS; i++) {
		struct guard_window *w = window_of(a, i);
		uint64_t unit = windows[i].unit;
		uint64_t sum = guard_window_sum(w, now_us);

		for (unsigned k = 0; sum && k < GUARD_SLOTS; k++) {
			uint64_t n = guard_window_slot(w, k);

			if (n >= unit)
				buf_addf(out, " %s-%u=%llu", windows[i].word,
					 k, (unsigned long long)(n / unit));
		}
	}
}

static void print_account(struct buf *out, struct guard_account *a,
			  uint64_t now_us)
{
	if (!a->n_countries && guard_account_is_idle(a, now_us))
		return;
	buf_addz(out, a->name);
	print_countries(out, a);
	print_usage(out, a, now_us);
	buf_addc(out, '\n');
}

void guard_state_print_begin(struct buf *out, struct guard_state *st,
			     const struct guard_now *now)
{
	buf_addf(out, "at %llu\n",
		 (unsigned long long)(now->wall_us / WALL_S));
	st->next = st->used.head.next;
}

bool guard_state_print_more(struct buf *out, struct guard_state *st,
			    const struct guard_now *now, unsigned n)
{
	for (; n && st->next != &st->used.head; n--) {
		print_account(out, account_of(st->next), now->us);
		st->next = st->next->next;
	}
	if (st->next != &st->used.head)
		return false;
	buf_addz(out, "end\n");
	return true;
}

void guard_state_print(struct buf *out, struct guard_state *st,
		       const struct guard_now *now)
{
	guard_state_print_begin(out, st, now);
	guard_state_print_more(out, st, now, UINT_MAX);
}
