// SPDX-License-Identifier: LGPL-2.1-or-later
/* Open files: data and attributes. */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Names must stand still only where the file system is told one.  A file that was
 * removed has none to tell.  Return: 0, to be ended with leave(), or -ESTALE.
 */
static int enter(struct fuse *f, const struct file *file)
{
	in_enter(f);
	if (!file_by_name(f, file))
		return 0;
	pthread_rwlock_rdlock(&f->tree);
	if (!file->gone)
		return 0;
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	return -ESTALE;
}

static void leave(struct fuse *f, const struct file *file)
{
	if (file_by_name(f, file))
		pthread_rwlock_unlock(&f->tree);
	in_leave(f);
}

static ssize_t read_some(struct fuse *f, struct file *file, char *buf, size_t size,
			 off_t offset)
{
	const char *path = file_path(f, file);
	struct fuse_bufvec to = FUSE_BUFVEC_INIT(size), *from = NULL;
	ssize_t n;
	size_t i;

	if (f->op.read)
		return f->op.read(path, buf, size, offset, FI(file));
	if (!f->op.read_buf)
		return -ENOSYS;
	n = f->op.read_buf(path, &from, size, offset, FI(file));
	if (n == 0) {
		to.buf[0].mem = buf;
		n = fuse_buf_copy(&to, from, 0);
	}
	for (i = 0; from && i < from->count; i++)
		if (!(from->buf[i].flags & FUSE_BUF_IS_FD))
			free(from->buf[i].mem);
	free(from);
	return n;
}

/* Less than was asked for is the end of the file only if the next is nothing. */
int in_read(struct fuse *f, struct file *file, char *buf, size_t size, off_t offset,
	    size_t *done)
{
	size_t got = 0;
	ssize_t n = 0;
	int err;

	*done = 0;
	if (file->dir)
		return -EISDIR;
	if ((file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	err = enter(f, file);
	if (err)
		return err;
	while (got < size) {
		n = read_some(f, file, buf + got, size - got, offset + got);
		if (n <= 0 || (size_t)n > size - got)
			break;
		got += n;
	}
	leave(f, file);
	if (n > 0 && got < size)
		return -EIO;		/* more than was asked for */
	*done = got;
	return got ? 0 : n;
}

static ssize_t write_some(struct fuse *f, struct file *file, const char *buf, size_t size,
			  off_t offset)
{
	struct fuse_bufvec from = FUSE_BUFVEC_INIT(size);
	const char *path = file_path(f, file);

	if (f->op.write)
		return f->op.write(path, buf, size, offset, FI(file));
	if (!f->op.write_buf)
		return -ENOSYS;
	from.buf[0].mem = (void *)buf;
	return f->op.write_buf(path, &from, offset, FI(file));
}

static int write_all(struct fuse *f, struct file *file, const char *buf, size_t size,
		     off_t offset, size_t *done)
{
	size_t put = 0;
	ssize_t n = 0;

	while (put < size) {
		n = write_some(f, file, buf + put, size - put, offset + put);
		if (n <= 0 || (size_t)n > size - put)
			break;
		put += n;
	}
	*done = put;
	if (n > 0 && put < size)
		return -EIO;
	return put ? 0 : n;
}

/* Before each call that changes data. */
static int writable(struct fuse *f, struct file *file)
{
	if (file->dir || (file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	atomic_store(&file->flushed, false);
	return f->read_only ? -EROFS : 0;
}

int in_write(struct fuse *f, struct file *file, const char *buf, size_t size, off_t offset,
	     size_t *done)
{
	int err = writable(f, file);

	*done = 0;
	if (err)
		return err;
	/* Its descriptor may append whatever the offset; see flags_below(). */
	if (!f->shared && (file->flags & O_APPEND))
		return -EOPNOTSUPP;
	err = enter(f, file);
	if (err)
		return err;
	err = write_all(f, file, buf, size, offset, done);
	leave(f, file);
	return err;
}

/*
 * In a server all who append to a file meet at one lock, and take turns.  In a process
 * by itself the file system's own descriptor does it.
 */
int in_append(struct fuse *f, struct file *file, const char *buf, size_t size, size_t *done,
	      off_t *end)
{
	pthread_mutex_t *appending = &f->appending[file->inode % APPENDERS];
	int err = writable(f, file);
	struct stat st;

	*done = 0;
	if (err)
		return err;
	if (!f->shared && !(file->flags & O_APPEND))
		return -EOPNOTSUPP;
	err = enter(f, file);
	if (err)
		return err;
	pthread_mutex_lock(appending);
	err = name_stat(f, file->path, file, &st);
	if (!err)
		err = write_all(f, file, buf, size, st.st_size, done);
	*end = st.st_size + *done;
	if (!err && !f->shared && name_stat(f, file->path, file, &st) == 0)
		*end = st.st_size;
	pthread_mutex_unlock(appending);
	leave(f, file);
	return err;
}

int in_fsync(struct fuse *f, struct file *file, int data_only)
{
	int (*sync)(const char *, int, struct fuse_file_info *) =
		file->dir ? f->op.fsyncdir : f->op.fsync;
	int err;

	if (!sync)
		return 0;
	err = enter(f, file);
	if (err)
		return err;
	err = sync(file_path(f, file), data_only, FI(file));
	leave(f, file);
	return err == -ENOSYS ? 0 : err;
}

int in_ftruncate(struct fuse *f, struct file *file, off_t length)
{
	int err = writable(f, file);

	if (err)
		return err == -EBADF ? -EINVAL : err;
	if (!f->op.truncate)
		return -ENOSYS;
	err = enter(f, file);
	if (err)
		return err;
	err = f->op.truncate(file_path(f, file), length, FI(file));
	leave(f, file);
	return err;
}

/* What a kernel and its file systems accept; a FUSE kernel knows three flags. */
static int allocatable(struct fuse *f, struct file *file, int mode, off_t offset, off_t len)
{
	const int special = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) ||
	    special == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) ||
	    (special == FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE)))
		return -EOPNOTSUPP;
	err = writable(f, file);
	if (err)
		return err;
	return len > INT64_MAX - offset ? -EFBIG : 0;
}

int in_fallocate(struct fuse *f, struct file *file, int mode, off_t offset, off_t len)
{
	int err = allocatable(f, file, mode, offset, len);

	if (err)
		return err;
	if (!f->op.fallocate)
		return -EOPNOTSUPP;
	err = enter(f, file);
	if (err)
		return err;
	err = f->op.fallocate(file_path(f, file), mode, offset, len, FI(file));
	leave(f, file);
	return err == -ENOSYS ? -EOPNOTSUPP : err;
}

/* A file system that cannot tell has files of one piece. */
static int seek_in_one(struct fuse *f, struct file *file, off_t offset, int whence,
		       off_t *result)
{
	struct stat st;
	int err = in_fgetattr(f, file, &st);

	if (err)
		return err;
	if (offset >= st.st_size)
		return -ENXIO;
	*result = whence == SEEK_DATA ? offset : st.st_size;
	return 0;
}

int in_seek(struct fuse *f, struct file *file, off_t offset, int whence, off_t *result)
{
	off_t at = -ENOSYS;
	int err;

	if (file->dir || (whence != SEEK_DATA && whence != SEEK_HOLE))
		return -EINVAL;
	if (offset < 0)
		return -ENXIO;
	if (f->op.lseek) {
		err = enter(f, file);
		if (err)
			return err;
		at = f->op.lseek(file_path(f, file), offset, whence, FI(file));
		leave(f, file);
	}
	if (at == -ENOSYS)
		return seek_in_one(f, file, offset, whence, result);
	if (at < 0)
		return at < -4095 ? -EIO : at;
	*result = at;
	return at < offset ? -EIO : 0;
}

int file_stat(struct fuse *f, struct file *file, struct stat *st)
{
	int err = name_stat(f, file->path, file, st);

	if (!err && file->hidden && st->st_nlink > 0)
		st->st_nlink--;
	/* By its path: another file has it now, or none. */
	if (err == -ENOENT)
		return -ESTALE;
	if (!err && f->cfg.use_ino && file->identity && st->st_ino != file->identity)
		return -ESTALE;
	return err;
}

int in_fgetattr(struct fuse *f, struct file *file, struct stat *st)
{
	int err = enter(f, file);

	if (err)
		return err;
	err = file_stat(f, file, st);
	leave(f, file);
	return err;
}
