/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"

enum {
	SOON_MS  = 1000,        /* the last write is still under way */
	AGAIN_MS = 30000,       /* it failed */
	PART_MS  = 1,           /* between two parts of the text */
	PART     = 200,         /* accounts */
};

static const struct log_tag tag = { .module = "guard" };

/* --- reading ----------------------------------------------------------- */

/* Waits for nobody who might write into it. */
static int open_to_read(int *fdp, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int err = fd < 0 ? errno : 0;

	if (!err && fstat(fd, &st))
		err = errno;
	else if (!err && !S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	if (!err)
		*fdp = fd;
	else if (fd >= 0)
		close(fd);
	return err;
}

static int read_file(struct buf *b, const char *path)
{
	char part[4096];
	ssize_t n;
	int fd, err = open_to_read(&fd, path);

	if (err)
		return err;
	do {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(b, part, (size_t)n);
	} while (n > 0 && !b->err);
	err = n < 0 ? errno : b->err;
	close(fd);
	return err;
}

static struct guard_now now_of(const struct guard_file *f)
{
	return (struct guard_now){ loop_now_us(f->loop),
				   loop_wall_us(f->loop) };
}

int guard_file_load(struct guard_file *f)
{
	struct guard_now now = now_of(f);
	unsigned line = 0;
	struct buf b;
	int err;

	if (!f->path[0])
		return 0;
	buf_init(&b, GUARD_STATE_BYTES);
	err = read_file(&b, f->path);
	if (!err)
		err = guard_state_read(f->state, buf_str(&b), &now, &line);
	buf_fini(&b);
	if (err == EBADMSG)
		log_err(&tag, "state damaged", "file=%s line=%u", f->path,
			line);
	else if (err && err != ENOENT && err != ENOMEM)
		log_err(&tag, "state not read", "file=%s error=%s", f->path,
			strerror(err));
	return err == ENOMEM ? err : 0;
}

/* --- writing ----------------------------------------------------------- */

/* A path given by mistake costs nobody a file. */
static int check_ours(const char *path)
{
	char head[8];
	ssize_t n;
	int fd, err = open_to_read(&fd, path);

	if (err)
		return err == ENOENT ? 0 : err;
	n = read(fd, head, sizeof(head));
	if (n < 0)
		err = errno;
	else if (n > 0 && !guard_state_is_ours(str_pl(head, (size_t)n)))
		err = EEXIST;
	close(fd);
	return err;
}

static int write_all(int fd, struct str text)
{
	while (text.l) {
		ssize_t n = write(fd, text.p, text.l);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			text = str_sub(text, (size_t)n, text.l);
	}
	return fsync(fd) ? errno : 0;
}

static int write_file(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return errno;
	err = write_all(fd, text);
	if (close(fd) && !err)
		err = errno;
	return err;
}

/* A new name lasts when its folder is on the disk. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[GUARD_PATH_MAX];
	int fd, err = 0;

	snprintf(folder, sizeof(folder), "%.*s",
		 slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fsync(fd))
		err = errno;
	close(fd);
	return err;
}

int guard_file_store(const char *path, struct str text)
{
	char beside[GUARD_PATH_MAX + 4];
	int err = check_ours(path);

	if (err)
		return err;
	snprintf(beside, sizeof(beside), "%s.new", path);
	err = write_file(beside, text);
	if (!err && rename(beside, path))
		err = errno;
	if (!err)
		return sync_folder(path);
	unlink(beside);
	return err;
}

/* --- when -------------------------------------------------------------- */

static void store(void *arg)
{
	struct guard_file *f = arg;

	f->err = guard_file_store(f->to, buf_str(&f->text));
}

static void on_stored(void *arg)
{
	struct guard_file *f = arg;

	buf_fini(&f->text);
	if (!f->err)
		return;
	log_err(&tag, "state not saved", "file=%s error=%s", f->to,
		f->err == EEXIST ? "another program's file" : strerror(f->err));
	guard_file_save_in(f, AGAIN_MS);
}

static void begin_text(struct guard_file *f)
{
	struct guard_now now = now_of(f);

	snprintf(f->to, sizeof(f->to), "%s", f->path);
	buf_init(&f->text, GUARD_STATE_BYTES);
	guard_state_print_begin(&f->text, f->state, &now);
}

/* True: the text is whole, or there is an error. */
static bool add_text(struct guard_file *f, unsigned n)
{
	struct guard_now now = now_of(f);
	bool whole = guard_state_print_more(&f->text, f->state, &now, n);

	f->err = f->text.err;
	return whole || f->err;
}

static void go_on(void *arg)
{
	struct guard_file *f = arg;

	if (!add_text(f, PART))
		tmr_start(f->loop, &f->part, PART_MS, go_on, f);
	else if (f->err)
		on_stored(f);
	else
		work_begin(&f->work, f->loop, store, on_stored, f);
}

static void save(void *arg)
{
	struct guard_file *f = arg;

	if (f->work.loop || tmr_is_running(&f->part)) {
		guard_file_save_in(f, SOON_MS);
	} else if (f->path[0]) {
		begin_text(f);
		go_on(f);
	}
}

void guard_file_init(struct guard_file *f, struct loop *l,
		     struct guard_state *state, const char *path)
{
	memset(f, 0, sizeof(*f));
	f->loop = l;
	f->state = state;
	f->path = path;
}

void guard_file_save_in(struct guard_file *f, uint32_t ms)
{
	if (f->path[0] &&
	    (!tmr_is_running(&f->tmr) || tmr_left_ms(&f->tmr) > ms))
		tmr_start(f->loop, &f->tmr, ms, save, f);
}

void guard_file_close(struct guard_file *f)
{
	if (tmr_is_running(&f->part)) {
		tmr_stop(&f->part);
		buf_fini(&f->text);
		guard_file_save_in(f, 0);
	}
	if (f->work.loop) {
		work_cancel(&f->work);
		on_stored(f);
	}
	if (tmr_is_running(&f->tmr) && f->path[0]) {
		begin_text(f);
		if (add_text(f, UINT_MAX) && !f->err)
			store(f);
		on_stored(f);
	}
	tmr_stop(&f->tmr);
}
