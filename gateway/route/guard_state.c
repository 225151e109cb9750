/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct guard_account *guard_state_find(const struct list *accounts,
				       const char *name)
{
	LIST_EACH(n, accounts) {
		struct guard_account *a = CONTAINER(n, struct guard_account,
						    node);

		if (!strcmp(a->name, name))
			return a;
	}
	return NULL;
}

static bool is_full(const struct list *accounts)
{
	unsigned n = 0;

	LIST_EACH(node, accounts)
		n++;
	return n >= GUARD_ACCOUNTS_MAX;
}

struct guard_account *guard_state_add(struct list *accounts,
				      const struct route_source *s,
				      const char *name)
{
	struct guard_account *a = is_full(accounts) ? NULL :
						      mem_alloc(sizeof(*a));

	if (!a)
		return NULL;
	guard_account_init(a, s);
	snprintf(a->name, sizeof(a->name), "%s", name);
	list_append(accounts, &a->node);
	return a;
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

static int read_line(struct list *accounts, struct str line)
{
	static const struct route_source unknown;
	struct str word = next_word(&line);
	char name[ROUTE_SOURCE_TEXT];
	struct guard_account *a;
	int err = 0;

	if (!word.l)
		return 0;
	if (str_copy(name, sizeof(name), word))
		return EBADMSG;
	a = guard_state_find(accounts, name);
	if (!a)
		a = guard_state_add(accounts, &unknown, name);
	if (!a)
		return ENOMEM;
	while (!err && line.l) {
		word = next_word(&line);
		if (word.l)
			err = read_country(a, word);
	}
	return err;
}

int guard_state_read(struct list *accounts, struct str text, unsigned *line)
{
	struct str head;
	int err = 0;

	for (*line = 1; !err && text.l; ++*line) {
		str_cut(text, '\n', &head, &text);
		err = read_line(accounts, head);
		if (err)
			break;
	}
	return err;
}

void guard_state_print(struct buf *out, const struct list *accounts)
{
	LIST_EACH(n, accounts) {
		const struct guard_account *a =
			CONTAINER(n, const struct guard_account, node);

		if (!a->n_countries)
			continue;
		buf_addz(out, a->name);
		for (unsigned i = 0; i < a->n_countries; i++) {
			const struct guard_country *c = &a->countries[i];

			if (c->allowed)
				buf_addf(out, " %s:ok", c->code);
			else
				buf_addf(out, " %s:%u", c->code, c->calls);
		}
		buf_addc(out, '\n');
	}
}

int guard_state_load(struct list *accounts, const char *path, unsigned *line)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 0;
	struct buf b;
	int err = 0;

	*line = 0;
	if (fd < 0)
		return errno;
	buf_init(&b, GUARD_STATE_BYTES);
	do {
		char part[4096];

		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(&b, part, (size_t)n);
	} while (n > 0 && !b.err);
	if (n < 0)
		err = errno;
	if (!err)
		err = b.err;
	if (!err)
		err = guard_state_read(accounts, buf_str(&b), line);
	buf_fini(&b);
	close(fd);
	return err;
}

static int write_file(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text.p, text.l) != (ssize_t)text.l)
		err = ENOSPC;
	if (close(fd) && !err)
		err = errno;
	return err;
}

int guard_state_save(const struct list *accounts, const char *path)
{
	char beside[300];
	struct buf b;
	int err;

	snprintf(beside, sizeof(beside), "%s.new", path);
	buf_init(&b, GUARD_STATE_BYTES);
	guard_state_print(&b, accounts);
	err = b.err;
	if (!err)
		err = write_file(beside, buf_str(&b));
	if (!err && rename(beside, path))
		err = errno;
	buf_fini(&b);
	return err;
}
