// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request of a process that may be hostile.
 *
 * What it wrote is copied once, to where it cannot write any more, and checked there:
 * handles are looked up in a table of the connection's own, paths must be in the form
 * that <defuse/fs.h> promises, sizes must fit.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A file whose owner vanished waits so long for the next image, or the receiver. */
#define LINGER_MS	3000

#define OPEN_FLAGS								\
	(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |	\
	 O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_NOCTTY | O_CLOEXEC)

/**
 * struct job - a request being served
 * @data: the request's, private; @size bytes, with a NUL behind them
 * @buf:  for the answer's data, private
 */
struct job {
	struct conn *conn;
	struct fuse *fuse;
	const struct ring_in *in;
	unsigned char *data;
	size_t size;
	struct ring_out out;
};

static int handle_new(struct conn *c, struct file *file, uint64_t *id)
{
	unsigned int i;
	int err = 0;

	pthread_mutex_lock(&c->lock);
	for (i = 0; i < c->room && c->table[i]; i++)
		;
	if (i == c->room) {
		unsigned int room = c->room ? 2 * c->room : 16;
		struct file **table = NULL;

		if (room <= CONN_FILES)
			table = realloc(c->table, room * sizeof(*table));
		if (table) {
			memset(table + c->room, 0, (room - c->room) * sizeof(*table));
			c->table = table;
			c->room = room;
		} else {
			err = room > CONN_FILES ? -EMFILE : -ENOMEM;
		}
	}
	if (!err) {
		c->table[i] = file;
		*id = i;
	}
	pthread_mutex_unlock(&c->lock);
	return err;
}

/* @take: it leaves the table, with its reference; else with one more.  NULL: no such. */
static struct file *handle_file(struct conn *c, uint64_t id, bool take)
{
	struct file *file = NULL;

	pthread_mutex_lock(&c->lock);
	if (id < c->room)
		file = c->table[id];
	if (file && take)
		c->table[id] = NULL;
	else if (file)
		file_hold(c->fuse, file);
	pthread_mutex_unlock(&c->lock);
	return file;
}

/* In the form of <defuse/fs.h>. */
static bool is_clean(const char *path)
{
	const char *at = path;
	size_t n;

	if (*at != '/')
		return false;
	if (!at[1])
		return true;
	while (*at) {
		at++;
		n = strcspn(at, "/");
		if (n == 0 || (n == 1 && at[0] == '.') ||
		    (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += n;
	}
	return true;
}

/* The first text of the data, which must be a path. */
static const char *path_of(const struct job *j)
{
	const char *path = (const char *)j->data;

	if (j->in->first == 0 || j->in->first > j->size || j->in->first > WIRE_PATH ||
	    strnlen(path, j->in->first) != j->in->first - 1 || !is_clean(path))
		return NULL;
	return path;
}

/* What follows it, a text that fills the rest. */
static const char *second_of(const struct job *j)
{
	size_t rest = j->size - j->in->first;
	const char *text = (const char *)j->data + j->in->first;

	if (rest == 0 || rest > WIRE_PATH || strnlen(text, rest) != rest - 1)
		return NULL;
	return text;
}

static void answer_stat(struct job *j, size_t at, const struct stat *st)
{
	memcpy(j->data + at, st, sizeof(*st));
	j->out.size = at + sizeof(*st);
}

/* The answer to WIRE_OPEN and WIRE_ATTACH; @file's reference goes to the table. */
static int give(struct job *j, struct file *file, const struct stat *st)
{
	int err = handle_new(j->conn, file, &j->out.a);

	if (err) {
		file_put(j->fuse, file, 0);
		return err;
	}
	memcpy(j->data, file->token, WIRE_TOKEN);
	answer_stat(j, offsetof(struct wire_file, st), st);
	return 0;
}

static int do_open(struct job *j)
{
	const char *path = path_of(j);
	struct file *file;
	struct stat st;
	int err;

	if (!path || (j->in->a & ~(uint64_t)OPEN_FLAGS))
		return -EINVAL;
	err = in_open(j->fuse, path, j->in->a, j->in->b & 07777, &file, &st);
	return err ? err : give(j, file, &st);
}

/* The token is a capability: it was given to who opened the file, and passed on. */
static int do_attach(struct job *j)
{
	const char *path = (const char *)j->data + WIRE_TOKEN;
	int flags = j->in->a & OPEN_FLAGS & ~(O_CREAT | O_EXCL | O_TRUNC);
	size_t rest = j->size - WIRE_TOKEN;
	struct file *file;
	struct stat st;
	int err;

	if (j->size <= WIRE_TOKEN || rest > WIRE_PATH || strnlen(path, rest) != rest - 1)
		return -EINVAL;
	file = file_by_token(j->fuse, j->data);
	if (!file && !is_clean(path))
		return -ESTALE;
	if (!file)
		err = in_open(j->fuse, path, flags, 0, &file, &st);
	else
		err = in_fgetattr(j->fuse, file, &st);
	if (err && file)
		file_put(j->fuse, file, 0);
	return err ? err : give(j, file, &st);
}

static int do_close(struct job *j)
{
	struct file *file = handle_file(j->conn, j->in->file, true);
	int err = 0;

	if (!file)
		return -EBADF;
	if (!j->in->a)
		err = in_flush(j->fuse, file);
	file_put(j->fuse, file, 0);
	return err;
}

static int do_read(struct job *j, struct file *file)
{
	size_t n = 0;
	int err = in_read(j->fuse, file, (char *)j->data, j->in->a, j->in->offset, &n);

	j->out.size = n;
	return err;
}

static int do_write(struct job *j, struct file *file)
{
	size_t n = 0;
	int err = in_write(j->fuse, file, (char *)j->data, j->size, j->in->offset, &n);

	j->out.a = n;
	return err;
}

static int do_append(struct job *j, struct file *file)
{
	size_t n = 0;
	off_t end = 0;
	int err = in_append(j->fuse, file, (char *)j->data, j->size, &n, &end);

	j->out.a = n;
	j->out.b = end;
	return err;
}

static int do_fgetattr(struct job *j, struct file *file)
{
	struct stat st;
	int err = in_fgetattr(j->fuse, file, &st);

	if (!err)
		answer_stat(j, 0, &st);
	return err;
}

static int do_getdents(struct job *j, struct file *file)
{
	off_t cookie = j->in->offset;
	size_t n = 0;
	int err = in_getdents(j->fuse, file, &cookie, j->data, j->in->a, &n);

	j->out.size = n;
	j->out.a = cookie;
	return err;
}

/* Two times that fill what follows the first @at bytes. */
static int times_of(const struct job *j, size_t at, struct timespec times[2])
{
	const size_t size = 2 * sizeof(*times);
	int i;

	if (j->size - at != size)
		return -EINVAL;
	memcpy(times, j->data + at, size);
	for (i = 0; i < 2; i++)
		if ((times[i].tv_nsec < 0 || times[i].tv_nsec > 999999999) &&
		    times[i].tv_nsec != UTIME_NOW && times[i].tv_nsec != UTIME_OMIT)
			return -EINVAL;
	return 0;
}

static int do_futime(struct job *j, struct file *file)
{
	struct timespec times[2];
	int err = times_of(j, 0, times);

	return err ? err : in_futime(j->fuse, file, times);
}

static int do_fallocate(struct job *j, struct file *file)
{
	const struct ring_in *in = j->in;

	if (in->a > INT64_MAX || in->b > INT32_MAX)
		return -EINVAL;
	return in_fallocate(j->fuse, file, in->b, in->offset, in->a);
}

static int do_seek(struct job *j, struct file *file)
{
	off_t result = 0;
	int err;

	if (j->in->a > INT32_MAX)
		return -EINVAL;
	err = in_seek(j->fuse, file, j->in->offset, j->in->a, &result);
	j->out.a = result;
	return err;
}

/* What changes no data. */
static int serve_attributes(struct job *j, struct file *file)
{
	const struct ring_in *in = j->in;

	switch (in->op) {
	case WIRE_FGETATTR:
		return do_fgetattr(j, file);
	case WIRE_FCHMOD:
		return in_fchmod(j->fuse, file, in->a & 07777);
	case WIRE_FCHOWN:
		return in_fchown(j->fuse, file, in->a, in->b);
	case WIRE_FUTIME:
		return do_futime(j, file);
	case WIRE_SEEK:
		return do_seek(j, file);
	case WIRE_GETDENTS:
		return do_getdents(j, file);
	}
	return -ENOSYS;
}

/* Requests about open files. */
static int serve_file(struct job *j)
{
	const struct ring_in *in = j->in;
	struct file *file;
	int err;

	if (in->op == WIRE_CLOSE)
		return do_close(j);
	if (in->offset < 0)
		return -EINVAL;
	if ((in->op == WIRE_READ || in->op == WIRE_WRITE) &&
	    in->offset > INT64_MAX - RING_DATA)
		return -EINVAL;
	if ((in->op == WIRE_READ || in->op == WIRE_GETDENTS) && in->a > RING_DATA)
		return -EINVAL;
	file = handle_file(j->conn, in->file, false);
	if (!file)
		return -EBADF;
	switch (in->op) {
	case WIRE_READ:
		err = do_read(j, file);
		break;
	case WIRE_WRITE:
		err = do_write(j, file);
		break;
	case WIRE_APPEND:
		err = do_append(j, file);
		break;
	case WIRE_FSYNC:
		err = in_fsync(j->fuse, file, in->a != 0);
		break;
	case WIRE_FTRUNCATE:
		err = in_ftruncate(j->fuse, file, in->offset);
		break;
	case WIRE_FLUSH:
		err = in_flush(j->fuse, file);
		break;
	case WIRE_FALLOCATE:
		err = do_fallocate(j, file);
		break;
	default:
		err = serve_attributes(j, file);
	}
	file_put(j->fuse, file, 0);
	return err;
}

static int do_getattr(struct job *j, const char *path)
{
	struct stat st;
	int err = in_getattr(j->fuse, path, &st);

	if (!err)
		answer_stat(j, 0, &st);
	return err;
}

static int do_readlink(struct job *j, const char *path)
{
	char text[WIRE_PATH];
	size_t n = 0;
	int err = in_readlink(j->fuse, path, text, sizeof(text), &n);

	memcpy(j->data, text, n);
	j->out.size = n;
	return err;
}

static int do_utime(struct job *j, const char *path)
{
	struct timespec times[2];
	int err = times_of(j, j->in->first, times);

	return err ? err : in_utime(j->fuse, path, times);
}

/* Requests about two texts. */
static int serve_pair(struct job *j, const char *path)
{
	const char *second = second_of(j);

	if (!second || (j->in->op != WIRE_SYMLINK && !is_clean(second)))
		return -EINVAL;
	switch (j->in->op) {
	case WIRE_RENAME:
		return j->in->a >> 32 ? -EINVAL : in_rename(j->fuse, path, second, j->in->a);
	case WIRE_SYMLINK:
		return in_symlink(j->fuse, second, path);
	}
	return in_link(j->fuse, path, second);
}

/* Requests about names. */
static int serve_path(struct job *j)
{
	const struct ring_in *in = j->in;
	const char *path = path_of(j);

	if (!path)
		return -EINVAL;
	switch (in->op) {
	case WIRE_GETATTR:
		return do_getattr(j, path);
	case WIRE_TRUNC:
		return in->offset < 0 ? -EINVAL : in_trunc(j->fuse, path, in->offset);
	case WIRE_READLINK:
		return do_readlink(j, path);
	case WIRE_UNLINK:
		return in_unlink(j->fuse, path);
	case WIRE_MKDIR:
		return in_mkdir(j->fuse, path, in->a & 07777);
	case WIRE_RMDIR:
		return in_rmdir(j->fuse, path);
	case WIRE_CHOWN:
		return in_chown(j->fuse, path, in->a, in->b);
	case WIRE_CHMOD:
		return in_chmod(j->fuse, path, in->a & 07777);
	case WIRE_ACCESS:
		return in_access(j->fuse, path, in->a & (R_OK | W_OK | X_OK));
	case WIRE_UTIME:
		return do_utime(j, path);
	case WIRE_RENAME:
	case WIRE_SYMLINK:
	case WIRE_LINK:
		return serve_pair(j, path);
	}
	return -ENOSYS;
}

static int do_statfs(struct job *j)
{
	struct statfs st;
	int err = in_statfs(j->fuse, &st);

	memcpy(j->data, &st, sizeof(st));
	j->out.size = sizeof(st);
	return err;
}

static void flush_all(struct conn *c)
{
	struct file *file;
	unsigned int i;
	bool more = true;

	for (i = 0; more; i++) {
		file = handle_file(c, i, false);
		if (file) {
			in_flush(c->fuse, file);
			file_put(c->fuse, file, 0);
		}
		pthread_mutex_lock(&c->lock);
		more = i + 1 < c->room;
		pthread_mutex_unlock(&c->lock);
	}
}

/* What follows the last word: it was flushed. */
static int do_leave(struct job *j)
{
	flush_all(j->conn);
	atomic_store(&j->conn->left, true);
	return 0;
}

static int serve_any(struct job *j)
{
	const uint32_t op = j->in->op;

	if (op != WIRE_LEAVE)
		atomic_store(&j->conn->left, false);
	switch (op) {
	case WIRE_OPEN:
		return do_open(j);
	case WIRE_ATTACH:
		return do_attach(j);
	case WIRE_STATFS:
		return do_statfs(j);
	case WIRE_LEAVE:
		return do_leave(j);
	}
	return op >= WIRE_CLOSE && op <= WIRE_GETDENTS ? serve_file(j) : serve_path(j);
}

void serve(struct conn *c, unsigned int slot, const struct ring_in *in, void *buffer)
{
	struct job j = { .conn = c, .fuse = c->fuse, .in = in, .data = buffer };
	int err = -EINVAL;

	if (in->size <= RING_DATA) {
		j.size = in->size;
		memcpy(j.data, ring_data(c->ring, slot), j.size);
		caller = c->caller;
		caller.umask = in->umask & 0777;
		err = serve_any(&j);
	}
	/* What a file system says is not always an errno. */
	j.out.error = err <= 0 && err > -4096 ? err : -EIO;
	if (j.out.error)
		j.out.size = 0;
	memcpy(ring_data(c->ring, slot), j.data, j.out.size);
	ring_answer(c->ring, slot, &j.out);
}

void serve_end(struct conn *c)
{
	unsigned int i;

	caller = c->caller;
	for (i = 0; i < c->room; i++) {
		if (!c->table[i])
			continue;
		if (!atomic_load(&c->left))
			in_flush(c->fuse, c->table[i]);
		file_put(c->fuse, c->table[i], LINGER_MS);
	}
	free(c->table);
	c->table = NULL;
	c->room = 0;
}
