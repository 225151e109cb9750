/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "tests/lib/test.h"

struct desk {
	struct clk_virtual clk;
	struct loop       *loop;
	struct guard_state state;
	struct guard_file  file;
	char               folder[32], path[48], beside[56];
	enum log_level     level;
	unsigned           n_lines;
	char               line[200];
};

static const struct route_source alice = { ROUTE_FROM_PHONE, "alice" };

static void on_line(enum log_level lv, const char *line, void *arg)
{
	struct desk *d = arg;

	(void)lv;
	if (strstr(line, "callback took too long"))
		return;         /* the machine stood still */
	d->n_lines++;
	snprintf(d->line, sizeof(d->line), "%s", line);
}

static int desk_open(struct desk *d, const struct clk *clk)
{
	int err;

	memset(d, 0, sizeof(*d));
	log_set_sink(on_line, d);
	d->level = log_get_level();
	log_set_level(LOG_WARN);
	clk_virtual_init(&d->clk);
	strcpy(d->folder, "/tmp/tipring-guard-XXXXXX");
	if (!mkdtemp(d->folder))
		return errno;
	snprintf(d->path, sizeof(d->path), "%s/state", d->folder);
	snprintf(d->beside, sizeof(d->beside), "%s.new", d->path);
	err = loop_new(&d->loop, clk ? clk : &d->clk.clk);
	if (err)
		return err;
	guard_file_init(&d->file, d->loop, &d->state, d->path);
	return guard_state_init(&d->state);
}

static void desk_close(struct desk *d)
{
	if (d->file.loop)
		guard_file_close(&d->file);
	guard_state_fini(&d->state);
	loop_free(d->loop);
	unlink(d->path);
	unlink(d->beside);
	rmdir(d->folder);
	log_set_level(d->level);
	log_set_sink(NULL, NULL);
}

static void pass(struct desk *d, uint32_t ms)
{
	loop_run_until(d->loop, loop_now_us(d->loop) + ms * 1000ull);
}

static int put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return errno;
	fputs(text, f);
	return fclose(f) ? errno : 0;
}

/* It holds this text, all of it. */
static bool holds(const char *path, const char *text)
{
	char got[600] = "";
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(got, 1, sizeof(got) - 1, f) : 0;

	if (f)
		fclose(f);
	return f && n == strlen(text) && !strcmp(got, text);
}

#define TEXT "at 1767603601\nphone:alice 44:ok\nend\n"

static int test_round_trip(void)
{
	struct guard_account *a;
	struct guard_country *c;
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	TRY(guard_file_load(&d.file));          /* none yet */
	a = guard_state_add(&d.state, &alice, "phone:alice", 0);
	c = a ? guard_account_country(a, "44") : NULL;
	if (!c) {
		err = ENOMEM;
		goto out;
	}
	c->allowed = true;
	guard_file_save_in(&d.file, 60000);
	guard_file_save_in(&d.file, 1000);      /* the sooner counts */
	guard_file_save_in(&d.file, 60000);
	CHECK(access(d.path, F_OK));
	pass(&d, 1500);
	CHECK_INT(d.n_lines, 0);
	CHECK(holds(d.path, TEXT));
	CHECK(access(d.beside, F_OK));
	guard_state_fini(&d.state);
	TRY(guard_state_init(&d.state));
	TRY(guard_file_load(&d.file));
	CHECK_INT(d.n_lines, 0);
	CHECK(guard_state_find(&d.state, "phone:alice"));
	unlink(d.path);
	pass(&d, 100000);
	CHECK(access(d.path, F_OK));            /* nothing was to be saved */
	guard_file_save_in(&d.file, 60000);
	guard_file_close(&d.file);              /* but at the end it is */
	CHECK(!access(d.path, F_OK));
out:
	desk_close(&d);
	return err;
}

/* What is wrong with a file is told, and is no reason not to start. */
static int test_bad(void)
{
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	TRY(put(d.path, "at 1767603601\nphone:b 44:ok\nphone:c 4x:1\n"));
	TRY(guard_file_load(&d.file));
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "state damaged file=/tmp/"));
	CHECK(strstr(d.line, "line=3"));
	CHECK(guard_state_find(&d.state, "phone:b"));
	TRY(put(d.path, ""));
	TRY(guard_file_load(&d.file));
	CHECK(strstr(d.line, "state damaged"));
	CHECK(strstr(d.line, "line=1"));
	unlink(d.path);
	CHECK(!mkfifo(d.path, 0600));           /* nobody waits for it */
	TRY(guard_file_load(&d.file));
	CHECK(strstr(d.line, "error=\"Invalid argument\""));
	d.file.path = d.folder;
	TRY(guard_file_load(&d.file));
	CHECK(strstr(d.line, "error=\"Is a directory\""));
	CHECK_INT(d.n_lines, 4);
	d.file.path = "";
	TRY(guard_file_load(&d.file));
	CHECK_INT(d.n_lines, 4);
out:
	desk_close(&d);
	return err;
}

/* A path given by mistake: the file there stays as it is. */
static int test_foreign(void)
{
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	TRY(put(d.path, "phones: []\n"));
	TRY(guard_file_load(&d.file));
	CHECK(strstr(d.line, "state damaged"));
	guard_file_save_in(&d.file, 10);
	pass(&d, 100);
	CHECK_INT(d.n_lines, 2);
	CHECK(strstr(d.line, "state not saved"));
	CHECK(strstr(d.line, "error=\"another program's file\""));
	CHECK(holds(d.path, "phones: []\n"));
	TRY(put(d.path, ""));
	pass(&d, 31000);                        /* it is tried again */
	CHECK_INT(d.n_lines, 2);
	CHECK(holds(d.path, "at 1767603630\nend\n"));
out:
	desk_close(&d);
	return err;
}

/* A write that ends half way: why is told, the old file stays, and nothing
 * lies about. */
static int test_full(void)
{
	struct rlimit old, one = { 10, 0 };
	void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
	struct desk d;
	int err, got;

	getrlimit(RLIMIT_FSIZE, &old);
	one.rlim_max = old.rlim_max;
	TRY(desk_open(&d, NULL));
	TRY(put(d.path, TEXT));
	setrlimit(RLIMIT_FSIZE, &one);
	got = guard_file_store(d.path, STR_LIT("at 1767603602\nend\n"));
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_INT(got, EFBIG);
	CHECK(holds(d.path, TEXT));
	CHECK(access(d.beside, F_OK));
	TRY(guard_file_store(d.path, STR_LIT("at 1767603602\nend\n")));
	CHECK(holds(d.path, "at 1767603602\nend\n"));
	CHECK(access(d.beside, F_OK));
	CHECK_INT(guard_file_store("/nonexistent/x", STR_LIT("at 1\n")),
		  ENOENT);
	CHECK_INT(guard_file_store(d.folder, STR_LIT("at 1\n")), EISDIR);
out:
	signal(SIGXFSZ, was);
	desk_close(&d);
	return err;
}

/* Where there is none; and when it is there later. */
static int test_again(void)
{
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	rmdir(d.folder);
	guard_file_save_in(&d.file, 10);
	pass(&d, 100);
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "error=\"No such file or directory\""));
	CHECK(!mkdir(d.folder, 0700));
	pass(&d, 29000);
	CHECK(access(d.path, F_OK));
	pass(&d, 2000);
	CHECK(!access(d.path, F_OK));
	CHECK_INT(d.n_lines, 1);
	/* nor at the end: told, and that is all */
	unlink(d.path);
	rmdir(d.folder);
	guard_file_save_in(&d.file, 60000);
	guard_file_close(&d.file);
	CHECK_INT(d.n_lines, 2);
	CHECK(!mkdir(d.folder, 0700));
	pass(&d, 100000);
	CHECK(access(d.path, F_OK));
out:
	desk_close(&d);
	return err;
}

/* Of many the text is made in parts; what is not at an end at the end is
 * made anew. */
static int test_many(void)
{
	struct guard_account *a;
	char name[20];
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "phone:%d", i);
		a = guard_state_add(&d.state, &alice, name, 0);
		CHECK(a && guard_account_country(a, "44"));
	}
	guard_file_save_in(&d.file, 10);
	pass(&d, 12);
	CHECK(tmr_is_running(&d.file.part));
	guard_file_save_in(&d.file, 1);         /* one after the other */
	pass(&d, 100);
	CHECK(!tmr_is_running(&d.file.part));
	CHECK(!access(d.path, F_OK));
	unlink(d.path);
	pass(&d, 902);
	CHECK(tmr_is_running(&d.file.part));
	guard_file_close(&d.file);
	guard_state_fini(&d.state);
	TRY(guard_state_init(&d.state));
	TRY(guard_file_load(&d.file));
	CHECK_INT(d.n_lines, 0);
	CHECK_INT(d.state.by_name.n, 1000);
out:
	desk_close(&d);
	return err;
}

/* Without memory it is told, and comes later. */
static int test_memory(void)
{
	struct desk d;
	int err;

	TRY(desk_open(&d, NULL));
	guard_file_save_in(&d.file, 10);
	mem_fail_after(0);
	pass(&d, 100);
	mem_fail_after(-1);
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "error=\"Cannot allocate memory\""));
	CHECK(access(d.path, F_OK));
	pass(&d, 31000);
	CHECK(!access(d.path, F_OK));
	CHECK_INT(d.n_lines, 1);
out:
	desk_close(&d);
	return err;
}

static void *read_late(void *arg)
{
	char part[100];
	int fd = open(arg, O_RDONLY);

	while (fd >= 0 && read(fd, part, sizeof(part)) > 0)
		;
	close(fd);
	return NULL;
}

/* A disk that takes for ever: the loop goes on, and a shutdown waits for
 * it. */
static int test_slow(void)
{
	pthread_t reader;
	struct stat st;
	struct desk d;
	int err;

	TRY(desk_open(&d, &clk_real));
	CHECK(!mkfifo(d.beside, 0600));
	guard_file_save_in(&d.file, 1);
	pass(&d, 50);
	CHECK(d.file.work.loop);
	guard_file_save_in(&d.file, 1);         /* one after the other */
	pass(&d, 50);
	CHECK(d.file.work.loop);
	CHECK_INT(d.n_lines, 0);
	CHECK(!pthread_create(&reader, NULL, read_late, d.beside));
	guard_file_close(&d.file);
	pthread_join(reader, NULL);
	/* a pipe is no file: told, and written anew, as it was due */
	CHECK_INT(d.n_lines, 1);
	CHECK(strstr(d.line, "state not saved"));
	CHECK(!stat(d.path, &st) && S_ISREG(st.st_mode));
out:
	desk_close(&d);
	return err;
}

const struct test_suite suite_guard_file = {
	"route/guard_file", (const struct test[]){
		TEST_WITH(test_round_trip, TEST_NO_OOM),
		TEST_WITH(test_bad, TEST_NO_OOM),
		TEST_WITH(test_foreign, TEST_NO_OOM),
		TEST_WITH(test_full, TEST_NO_OOM),
		TEST_WITH(test_again, TEST_NO_OOM),
		TEST_WITH(test_many, TEST_NO_OOM),
		TEST_WITH(test_memory, TEST_NO_OOM),
		TEST_WITH(test_slow, TEST_NO_OOM | TEST_REAL), TEST_END } };
