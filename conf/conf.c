/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading: text -> tree (yaml.c) -> structs by the tables -> checks. An
 * error is noted and the work goes on, so that one run finds them all.
 */
#include "conf/conf.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/load.h"
#include "conf/types.h"

static void fill_section(struct conf_load *ld, const struct conf_section *sec,
			 void *out, const struct yaml_node *node,
			 const struct yaml_node *around);

static size_t n_sections(const struct conf_section *const *all)
{
	size_t n = 0;

	while (all[n])
		n++;
	return n;
}

static void snapshot_free(void *obj)
{
	struct conf_snapshot *s = obj;
	struct conf_block *b, *next;

	/* before the sections: it may look into them */
	for (size_t i = 0; s->kept && s->all[i]; i++)
		obj_unref(s->kept[i]);
	for (b = s->blocks; b; b = next) {
		next = b->next;
		mem_free(b);
	}
	mem_free(s->kept);
	mem_free(s->secs);
	mem_free(s->lines);
}

static void *block_new(struct conf_load *ld, size_t size)
{
	struct conf_block *b = mem_alloc(sizeof(*b) + size);

	if (!b) {
		ld->err = ENOMEM;
		return NULL;
	}
	b->next = ld->snap->blocks;
	ld->snap->blocks = b;
	return b->data;
}

static void add_line(struct conf_load *ld, const void *at, unsigned line)
{
	struct conf_snapshot *s = ld->snap;
	struct conf_line *l = s->lines;

	if (s->n_lines == s->cap_lines) {
		size_t cap = s->cap_lines ? s->cap_lines * 2 : 64;

		l = mem_realloc(l, cap * sizeof(*l));
		if (!l) {
			ld->err = ENOMEM;
			return;
		}
		s->lines = l;
		s->cap_lines = cap;
	}
	l[s->n_lines++] = (struct conf_line){ at, line };
}

unsigned conf_line_of(const struct conf_snapshot *s, const void *at)
{
	for (size_t i = 0; i < s->n_lines; i++)
		if (s->lines[i].at == at)
			return s->lines[i].line;
	return 0;
}

static void add_place(struct conf_load *ld, const void *sec,
		      const struct yaml_node *node,
		      const struct yaml_node *around)
{
	struct conf_place *p = ld->places;

	if (ld->n_places == ld->cap_places) {
		size_t cap = ld->cap_places ? ld->cap_places * 2 : 32;

		p = mem_realloc(p, cap * sizeof(*p));
		if (!p) {
			ld->err = ENOMEM;
			return;
		}
		ld->places = p;
		ld->cap_places = cap;
	}
	/* better where its name stands than where its first key does */
	if (node) {
		around = node->key ? node->key : node;
		add_line(ld, sec, around->line);
	}
	p[ld->n_places++] = (struct conf_place){
		sec, node, around ? around->line : 0,
		around ? around->column : 0, false,
	};
}

static const char *key_name(const void *of, size_t i)
{
	return ((const struct conf_key *)of)[i].name;
}

static const char *section_name(const void *of, size_t i)
{
	const struct conf_section *s =
		((const struct conf_section *const *)of)[i];

	return s ? s->name : NULL;
}

/* Every key of the mapping must be known and stand there once. */
static void check_keys(struct conf_load *ld, const struct yaml_node *map,
		       const char *(*name)(const void *of, size_t i),
		       const void *of)
{
	for (const struct yaml_node *c = map->child; c; c = c->next) {
		const struct yaml_node *key = c->key, *first;
		const char *near;
		char z[48];
		size_t i = 0;

		while (name(of, i) && !str_eqz(key->text, name(of, i)))
			i++;
		str_clip(z, sizeof(z), key->text);
		near = conf_nearest(key->text, name, of);
		first = yaml_tree_get(map, name(of, i) ? name(of, i) : "");
		if (!name(of, i) && near)
			conf_diag_add(ld->diag, key->line, key->column,
				      "unknown key '%s', did you mean '%s'?",
				      z, near);
		else if (!name(of, i))
			conf_diag_add(ld->diag, key->line, key->column,
				      "unknown key '%s'", z);
		else if (first != c)
			conf_diag_add(ld->diag, key->line, key->column,
				      "key '%s' is given twice, first in "
				      "line %u", z, first->key->line);
	}
}

static void wrong(struct conf_load *ld, const struct yaml_node *n,
		  const struct conf_key *k, const char *why)
{
	conf_diag_add(ld->diag, n->line, n->column, "%s%s%s",
		      k->name ? k->name : "", k->name ? ": " : "", why);
}

static void fill_scalar(struct conf_load *ld, const struct conf_key *k,
			void *out, const struct yaml_node *n)
{
	char why[CONF_WHY_SIZE];

	if (n->kind != YAML_SCALAR)
		wrong(ld, n, k, "must be a single value");
	else if (yaml_tree_is_blank(n))
		wrong(ld, n, k, "has no value");
	else if (conf_scalar_parse(k, out, n->text, ld->dir, why))
		wrong(ld, n, k, why);
}

static const char *secret_key(const void *of, size_t i)
{
	static const char *const names[] = { "file", "env", NULL };

	(void)of;
	return names[i];
}

/* The first line of a file. *len bytes at most, the number read. */
static int read_first_line(const char *path, char *out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return errno;
	n = read(fd, out, *len);
	if (n < 0)
		err = errno;
	else
		*len = (size_t)n;
	close(fd);
	if (!err)
		*len = strcspn(out, "\r\n");
	return err;
}

static void store_secret(struct conf_load *ld, const struct conf_key *k,
			 char *out, const struct yaml_node *n, struct str v)
{
	struct conf_key text = *k;
	char why[CONF_WHY_SIZE];

	text.type = CONF_STR;
	if (!text.min)
		text.min = 1;
	if (conf_scalar_parse(&text, out, v, ld->dir, why))
		wrong(ld, n, k, why);
}

static void fill_secret_file(struct conf_load *ld, const struct conf_key *k,
			     char *out, const struct yaml_node *n)
{
	const struct conf_key path_key = { .type = CONF_FILE, .max = 511 };
	char path[512], line[1024] = "", why[CONF_WHY_SIZE];
	size_t len = sizeof(line) - 1;
	int err;

	if (n->kind != YAML_SCALAR ||
	    conf_scalar_parse(&path_key, path, n->text, ld->dir, why)) {
		wrong(ld, n, k, "file: needs a path");
		return;
	}
	err = read_first_line(path, line, &len);
	if (err) {
		snprintf(why, sizeof(why), "cannot read %.90s: %s", path,
			 strerror(err));
		wrong(ld, n, k, why);
		return;
	}
	store_secret(ld, k, out, n, str_pl(line, len));
	explicit_bzero(line, sizeof(line));
}

static void fill_secret_env(struct conf_load *ld, const struct conf_key *k,
			    char *out, const struct yaml_node *n)
{
	char name[128], why[CONF_WHY_SIZE];
	const char *v;

	if (n->kind != YAML_SCALAR || str_copy(name, sizeof(name), n->text)) {
		wrong(ld, n, k, "env: needs the name of a variable");
		return;
	}
	v = getenv(name);
	if (v) {
		store_secret(ld, k, out, n, str_z(v));
		return;
	}
	snprintf(why, sizeof(why), "the environment has no %.90s", name);
	wrong(ld, n, k, why);
}

/* Never in the file itself: it is shown, copied and mailed around. */
static void fill_secret(struct conf_load *ld, const struct conf_key *k,
			char *out, const struct yaml_node *n)
{
	const struct yaml_node *file = yaml_tree_get(n, "file");
	const struct yaml_node *env = yaml_tree_get(n, "env");

	if (n->kind == YAML_MAP)
		check_keys(ld, n, secret_key, NULL);
	if (!file == !env)
		wrong(ld, n, k, "a secret is given as {file: PATH} or "
		      "{env: NAME}");
	else if (file)
		fill_secret_file(ld, k, out, file);
	else
		fill_secret_env(ld, k, out, env);
}

static void *list_new(struct conf_load *ld, struct conf_list *l, size_t n,
		      size_t size)
{
	if (!n)
		return NULL;
	l->v = block_new(ld, n * size);
	l->n = l->v ? n : 0;
	return l->v;
}

/* No two elements may agree in a key marked so. */
static void check_unique(struct conf_load *ld, const struct conf_key *k,
			 size_t size, const struct conf_list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		const char *a = (const char *)l->v + i * size;

		if (conf_scalar_is_unset(k, a + k->offset))
			continue;
		for (size_t j = 0; j < i; j++) {
			const char *b = (const char *)l->v + j * size;

			if (!conf_scalar_eq(k, a + k->offset, b + k->offset))
				continue;
			conf_diag_at(ld->diag, a, k->name, "%s: the same as "
				     "in entry %zu of this list", k->name,
				     j + 1);
			break;
		}
	}
}

static void fill_sections(struct conf_load *ld, const struct conf_section *s,
			  struct conf_list *l, const struct yaml_node *n)
{
	char *v = list_new(ld, l, n->n, s->size);

	if (!v)
		return;
	for (const struct yaml_node *c = n->child; c; c = c->next) {
		fill_section(ld, s, v, c, n);
		v += s->size;
	}
	for (const struct conf_key *k = s->keys; k->name; k++)
		if (k->flags & CONF_UNIQUE)
			check_unique(ld, k, s->size, l);
}

static void fill_items(struct conf_load *ld, const struct conf_key *k,
		       struct conf_list *l, const struct yaml_node *n)
{
	size_t size = conf_item_size(k->item);
	char *v = list_new(ld, l, n->n, size);
	struct conf_key item = *k->item;

	if (!v)
		return;
	item.name = k->name;            /* for the messages */
	for (const struct yaml_node *c = n->child; c; c = c->next) {
		fill_scalar(ld, &item, v, c);
		v += size;
	}
}

static void fill_list(struct conf_load *ld, const struct conf_key *k,
		      struct conf_list *l, const struct yaml_node *n)
{
	size_t max = k->max ? (size_t)k->max : CONF_LIST_MAX;
	size_t have = n->kind == YAML_LIST ? n->n : 0;
	char why[CONF_WHY_SIZE];

	if (n->kind != YAML_LIST && !yaml_tree_is_blank(n)) {
		wrong(ld, n, k, "must be a list");
		return;
	}
	if (have < (size_t)k->min || have > max) {
		snprintf(why, sizeof(why), "has %zu entries, not %ld to %zu",
			 have, k->min, max);
		wrong(ld, n, k, why);
		return;
	}
	if (have && k->sub)
		fill_sections(ld, k->sub, l, n);
	else if (have)
		fill_items(ld, k, l, n);
}

/* "[a, b]" of a table, as the file would have it. */
static void fill_default_list(struct conf_load *ld, const struct conf_key *k,
			      struct conf_list *l)
{
	struct parse_pos pos;
	struct yaml_node *n = NULL;
	int err = yaml_tree_parse(&n, str_z(k->dflt), &pos);

	if (err)
		ld->err = err;
	else if (n)
		fill_list(ld, k, l, n);
	yaml_tree_free(n);
}

static void fill_default(struct conf_load *ld, const struct conf_key *k,
			 void *out, const struct yaml_node *around)
{
	char why[CONF_WHY_SIZE];

	if (!k->dflt)
		conf_diag_add(ld->diag, around ? around->line : 0,
			      around ? around->column : 0,
			      "key '%s' is missing", k->name);
	else if (!k->dflt[0])
		return;
	else if (k->type == CONF_MAP)
		fill_section(ld, k->sub, out, NULL, around);
	else if (k->type == CONF_LIST)
		fill_default_list(ld, k, out);
	else if (conf_scalar_parse(k, out, str_z(k->dflt), ld->dir, why))
		conf_diag_add(ld->diag, 0, 0, "default of '%s': %s", k->name,
			      why);
}

static size_t n_errors(const struct conf_load *ld)
{
	return ld->diag->n + ld->diag->more;
}

static void fill_key(struct conf_load *ld, const struct conf_key *k,
		     void *out, struct yaml_node *n,
		     const struct yaml_node *around)
{
	size_t before = n_errors(ld);

	if (n && k->type != CONF_MAP)
		add_line(ld, out, n->key ? n->key->line : n->line);
	if (!n)
		fill_default(ld, k, out, around);
	else if (k->type == CONF_MAP)
		fill_section(ld, k->sub, out, n, around);
	else if (k->type == CONF_LIST)
		fill_list(ld, k, out, n);
	else if (k->type == CONF_SECRET)
		fill_secret(ld, k, out, n);
	else
		fill_scalar(ld, k, out, n);
	if (n)
		n->refused = n_errors(ld) > before;
}

/* The table must fit the struct it fills. */
static void assert_key(const struct conf_key *k)
{
	size_t want = conf_type_size(k);

	assert(k->type != CONF_NONE && k->size > 0);
	assert(!want || want == k->size);
	assert(k->type != CONF_LIST || !k->sub != !k->item);
	assert(k->type != CONF_NAME || k->names);
	(void)want;
}

static void fill_section(struct conf_load *ld, const struct conf_section *sec,
			 void *out, const struct yaml_node *node,
			 const struct yaml_node *around)
{
	size_t before = n_errors(ld), place = ld->n_places;

	if (node && yaml_tree_is_blank(node)) {
		around = node->key ? node->key : node;
		node = NULL;
	} else if (node && node->kind != YAML_MAP) {
		conf_diag_add(ld->diag, node->line, node->column,
			      "must be a section: keys with values");
		return;
	}
	add_place(ld, out, node, around);
	if (node)
		check_keys(ld, node, key_name, sec->keys);
	for (const struct conf_key *k = sec->keys; k->name; k++) {
		assert_key(k);
		fill_key(ld, k, (char *)out + k->offset,
			 yaml_tree_get(node, k->name), node ? node : around);
	}
	if (ld->err)
		return;
	ld->places[place].doubt = n_errors(ld) > before;
	if (sec->check)
		sec->check(out, ld->diag);
}

static void fill_top(struct conf_load *ld, const struct conf_section *sec,
		     void **out, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_tree_get(root, sec->name);
	const struct conf_key as_list = {
		.name = sec->name, .type = CONF_LIST, .sub = sec,
	};

	*out = block_new(ld, sec->list ? sizeof(struct conf_list) : sec->size);
	if (!*out)
		return;
	if (n && sec->list)
		add_line(ld, *out, n->key->line);
	if (!sec->list)
		fill_section(ld, sec, *out, n, NULL);
	else if (n)
		fill_list(ld, &as_list, *out, n);
}

static void fill_all(struct conf_load *ld, const struct yaml_node *root,
		     conf_cross_fn *cross)
{
	const struct conf_section *const *all = ld->snap->all;

	if (root && root->kind != YAML_MAP && !yaml_tree_is_blank(root)) {
		conf_diag_add(ld->diag, root->line, root->column,
			      "the file must hold sections: keys with values");
		return;
	}
	if (root && root->kind == YAML_MAP)
		check_keys(ld, root, section_name, all);
	for (size_t i = 0; all[i] && !ld->err; i++)
		fill_top(ld, all[i], &ld->snap->secs[i], root);
	if (cross && !ld->err)
		ld->err = cross(ld->snap, ld->diag);
}

static void set_file(struct conf_load *ld, const char *path)
{
	const char *slash = strrchr(path, '/');

	str_clip(ld->diag->file, sizeof(ld->diag->file), str_z(path));
	if (slash)
		str_clip(ld->dir, sizeof(ld->dir),
			 str_pl(path, slash == path ? 1 :
				(size_t)(slash - path)));
}

static int load_text(struct conf_load *ld, struct str text,
		     conf_cross_fn *cross)
{
	struct yaml_node *root = NULL;
	struct parse_pos pos;
	int err = yaml_tree_parse(&root, text, &pos);

	if (err == EBADMSG)
		conf_diag_add(ld->diag, pos.line, pos.column, "%s", pos.what);
	else if (err)
		ld->err = err;
	else
		fill_all(ld, root, cross);
	yaml_tree_free(root);
	if (ld->err)
		return ld->err;
	return ld->diag->n || ld->diag->more ? EINVAL : 0;
}

int conf_load_text(struct conf_snapshot **sp, const char *path,
		   struct str text, const struct conf_section *const *all,
		   conf_cross_fn *cross, struct conf_diag *d)
{
	struct conf_load ld = { .diag = d };
	int err = ENOMEM;

	set_file(&ld, path);
	ld.snap = obj_new(sizeof(*ld.snap), snapshot_free);
	if (!ld.snap)
		return ENOMEM;
	ld.snap->all = all;
	ld.snap->secs = mem_alloc((n_sections(all) + 1) * sizeof(void *));
	ld.snap->kept = mem_alloc((n_sections(all) + 1) * sizeof(void *));
	d->load = &ld;
	if (ld.snap->secs && ld.snap->kept)
		err = load_text(&ld, text, cross);
	d->load = NULL;
	mem_free(ld.places);
	if (err)
		obj_unref(ld.snap);
	else
		*sp = ld.snap;
	return err;
}

/* The whole file, bounded, into b. */
static int read_file(struct buf *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char part[4096];
	int err = 0;

	if (fd < 0)
		return errno;
	while (!err) {
		ssize_t n = read(fd, part, sizeof(part));

		if (n == 0)
			break;
		if (n < 0)
			err = errno == EINTR ? 0 : errno;
		else
			buf_add(b, part, (size_t)n);
		if (!err)
			err = b->err == ENOBUFS ? EFBIG : b->err;
	}
	close(fd);
	return err;
}

int conf_load(struct conf_snapshot **sp, const char *path,
	      const struct conf_section *const *all, conf_cross_fn *cross,
	      struct conf_diag *d)
{
	struct buf b;
	int err;

	buf_init(&b, YAML_TEXT_MAX);
	str_clip(d->file, sizeof(d->file), str_z(path));
	err = read_file(&b, path);
	if (err && err != ENOMEM)
		conf_diag_add(d, 0, 0, "cannot read it: %s", strerror(err));
	if (!err)
		err = conf_load_text(sp, path, buf_str(&b), all, cross, d);
	buf_fini(&b);
	return err;
}

static size_t place_of(const struct conf_snapshot *s,
		       const struct conf_section *which)
{
	size_t i = 0;

	while (s->all[i] && s->all[i] != which)
		i++;
	assert(s->all[i]);
	return i;
}

const void *conf_get(const struct conf_snapshot *s,
		     const struct conf_section *which)
{
	return s->secs[place_of(s, which)];
}

void conf_keep(struct conf_snapshot *s, const struct conf_section *which,
	       void *obj)
{
	void **at = &s->kept[place_of(s, which)];

	obj_unref(*at);
	*at = obj;
}

void *conf_kept(const struct conf_snapshot *s,
		const struct conf_section *which)
{
	return s->kept[place_of(s, which)];
}
