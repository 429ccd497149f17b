// SPDX-License-Identifier: GPL-2.0
/* Opening, reading and writing, files and directories. */
#include "server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The rest of open(2) is the kernel's affair, or an execve(2) in disguise. */
#define LIBRARY_FLAGS								\
	(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_SYNC | O_DSYNC |	\
	 O_DIRECT | O_DIRECTORY | O_NOATIME)

/* Appending for libraries that cannot: one at a time. */
static pthread_mutex_t append_lock = PTHREAD_MUTEX_INITIALIZER;

static int library_flags(const struct fuse_file_info *fi)
{
	int flags = fi->flags & LIBRARY_FLAGS;

	/* The mount above says by it how the kernel shall treat the file. */
	if (server.shared)
		flags &= ~O_DIRECT;
	/* The page cache reads pages before it changes a part of them. */
	if (server.writeback) {
		if ((flags & O_ACCMODE) == O_WRONLY)
			flags = (flags & ~O_ACCMODE) | O_RDWR;
		flags &= ~O_APPEND;
	}
	return flags;
}

/* Below a defuse mount the module sees to it: session_init(). */
static void caching(struct fuse_file_info *fi)
{
	fi->direct_io = server.direct_io && (!server.shared || fi->flags & O_DIRECT);
	fi->keep_cache = server.keep_cache || fi->direct_io || (server.lower && server.shared);
}

static int open_node(uint32_t node, const struct fuse_file_info *fi, uint32_t *file)
{
	int flags = library_flags(fi) & ~(O_CREAT | O_EXCL), err;
	char path[SERVER_PATH_MAX];
	struct stat st;
	uint64_t fh;

	*file = fi->flags & O_DIRECTORY ? 0 : file_take(node);
	if (*file)
		return 0;
	err = server.shared ? node_where(node, path, &st) : node_path(node, 0, path);
	/* Mapped, or reached through /proc, after its name was removed. */
	if (err == -ESTALE && node_by_file(node))
		return file_open_again(node, flags, file);
	if (err)
		return err;
	err = server.ops.open(server.fs, path, flags, 0, &fh);
	if (err)
		return err;
	err = file_opened(node, fh, flags, file);
	if (err)
		server.ops.close(server.fs, fh);
	return err;
}

static void open_any(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, bool dir)
{
	uint32_t file;
	int err;

	caller_enter(req);
	err = open_node(ino, fi, &file);
	caller_leave();
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	fi->fh = file;
	if (!dir)
		caching(fi);
	if (fuse_reply_open(req, fi))
		file_put(file);		/* the open was interrupted */
}

void io_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	open_any(req, ino, fi, false);
}

void io_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	fi->flags |= O_DIRECTORY;
	open_any(req, ino, fi, true);
}

static int create(uint32_t parent, const char *name, mode_t mode,
		  const struct fuse_file_info *fi, struct fuse_entry_param *e,
		  uint32_t *file)
{
	char path[SERVER_PATH_MAX];
	int flags = library_flags(fi), err = node_child_path(parent, name, path);
	uint64_t fh;

	if (err)
		return err;
	err = server.ops.open(server.fs, path, flags, mode & 07777, &fh);
	if (err)
		return err;
	err = name_entry(parent, name, path, e);
	if (!err)
		err = file_opened(e->ino, fh, flags, file);
	if (err)
		server.ops.close(server.fs, fh);
	return err;
}

void io_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	struct fuse_entry_param e;
	uint32_t file;
	int err;

	fi->flags |= O_CREAT;
	caller_enter(req);
	err = create(parent, name, mode, fi, &e, &file);
	caller_leave();
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	fi->fh = file;
	caching(fi);
	if (fuse_reply_create(req, &e, fi)) {
		file_put(file);
		node_forget(e.ino, 1);
	}
}

void io_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
	     struct fuse_file_info *fi)
{
	char *buf = malloc(size);
	size_t got = 0;
	uint64_t fh;
	int err;

	(void)ino;
	err = buf ? file_get(fi->fh, &fh) : -ENOMEM;
	if (!err) {
		err = server.ops.read(server.fs, fh, buf, size, offset, &got);
		file_put(fi->fh);
	}
	if (!err && got > size)
		err = -EIO;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, buf, got);
	free(buf);
}

static int append(uint64_t fh, const char *buf, size_t size, size_t *put)
{
	struct stat st = { 0 };
	off_t end;
	int err;

	if (server.ops.append)
		return server.ops.append(server.fs, fh, buf, size, put, &end);
	pthread_mutex_lock(&append_lock);
	err = server.ops.fgetattr(server.fs, fh, &st);
	if (!err)
		err = server.ops.write(server.fs, fh, buf, size, st.st_size, put);
	pthread_mutex_unlock(&append_lock);
	return err;
}

void io_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t offset,
	      struct fuse_file_info *fi)
{
	size_t put = 0;
	uint64_t fh;
	int err;

	(void)ino;
	err = server.ops.write ? file_get(fi->fh, &fh) : -ENOSYS;
	if (!err) {
		/* The writer's rights decide whether setuid bits go, as everywhere. */
		caller_enter(req);
		if (fi->flags & O_APPEND && !server.writeback)
			err = append(fh, buf, size, &put);
		else
			err = server.ops.write(server.fs, fh, buf, size, offset, &put);
		caller_leave();
		file_put(fi->fh);
	}
	if (!err && put > size)
		err = -EIO;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_write(req, put);
}

void io_fsync(fuse_req_t req, fuse_ino_t ino, int data_sync, struct fuse_file_info *fi)
{
	uint64_t fh;
	int err;

	(void)ino;
	err = server.ops.fsync ? file_get(fi->fh, &fh) : -ENOSYS;
	if (!err) {
		err = server.ops.fsync(server.fs, fh, data_sync);
		file_put(fi->fh);
	}
	fuse_reply_err(req, -err);
}

/* A library that has nothing to flush is not asked again: the kernel understands ENOSYS. */
void io_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	uint64_t fh;
	int err;

	(void)ino;
	err = server.ops.flush ? file_get(fi->fh, &fh) : -ENOSYS;
	if (!err) {
		caller_enter(req);
		err = server.ops.flush(server.fs, fh);
		caller_leave();
		file_put(fi->fh);
	}
	fuse_reply_err(req, -err);
}

/* ENOSYS becomes EOPNOTSUPP for whoever asked, now and later. */
void io_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		  struct fuse_file_info *fi)
{
	uint64_t fh;
	int err;

	(void)ino;
	err = server.ops.fallocate ? file_get(fi->fh, &fh) : -ENOSYS;
	if (!err) {
		caller_enter(req);
		err = server.ops.fallocate(server.fs, fh, mode, offset, length);
		caller_leave();
		file_put(fi->fh);
	}
	fuse_reply_err(req, -err);
}

/*
 * The kernel asks without writing back what is dirty in its page cache, so what the library
 * calls a hole may be data by now.  Unless there are no dirty pages, or the module has seen to
 * them, the kernel shall know no holes: that is what ENOSYS says.
 */
void io_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence,
	      struct fuse_file_info *fi)
{
	off_t result = 0;
	uint64_t fh;
	int err = -ENOSYS;

	(void)ino;
	if (server.ops.seek && !server.writeback &&
	    (server.lower ? server.shared : server.direct_io && !server.shared))
		err = file_get(fi->fh, &fh);
	if (!err) {
		caller_enter(req);
		err = server.ops.seek(server.fs, fh, offset, whence, &result);
		caller_leave();
		file_put(fi->fh);
	}
	if (!err && result < offset)
		err = -EIO;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_lseek(req, result);
}

void io_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	file_put(fi->fh);
	fuse_reply_err(req, 0);
}

/* Where the record after the one with @offset begins, or -1: not in this batch. */
static ssize_t find_offset(const struct batch *batch, off_t offset)
{
	size_t at = 0;

	while (at < batch->size) {
		const struct dirent64 *d = (const void *)(batch->records + at);

		at += d->d_reclen;
		if (d->d_off == offset)
			return at < batch->size ? (ssize_t)at : -1;
	}
	return -1;
}

/*
 * The kernel asks again for entries of a reply that its caller had no room for.  A library
 * is not asked to go back for them: many can go on better than they can seek.
 */
static ssize_t more_records(struct batch *batch, uint64_t fh, off_t offset, size_t size)
{
	ssize_t at = find_offset(batch, offset);
	int err;

	if (at >= 0)
		return at;
	if (batch->room < size) {
		free(batch->records);
		batch->records = malloc(size);
		batch->room = batch->records ? size : 0;
	}
	batch->size = 0;
	if (!batch->records)
		return -ENOMEM;
	err = server.ops.getdirents(server.fs, fh, &offset, batch->records, size,
				    &batch->size);
	if (!err && batch->size > size)
		err = -EIO;
	if (err)
		batch->size = 0;
	return err;
}

/* As many of the records from @at on as fit @out. */
static size_t convert(fuse_req_t req, const struct batch *batch, size_t at, char *out,
		      size_t room)
{
	size_t used = 0, n;

	while (at < batch->size) {
		const struct dirent64 *d = (const void *)(batch->records + at);
		struct stat st = { .st_ino = d->d_ino, .st_mode = d->d_type << 12 };

		n = fuse_add_direntry(req, out + used, room - used, d->d_name, &st, d->d_off);
		if (n > room - used)
			break;
		used += n;
		at += d->d_reclen;
	}
	return used;
}

void io_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		struct fuse_file_info *fi)
{
	char *out = malloc(size);
	struct batch *batch;
	ssize_t at = 0;
	size_t used = 0;
	uint64_t fh;
	int err;

	(void)ino;
	err = !out ? -ENOMEM : server.ops.getdirents ? file_get(fi->fh, &fh) : -ENOSYS;
	if (!err) {
		batch = batch_get(fi->fh);
		at = batch ? more_records(batch, fh, offset, size) : -ENOMEM;
		if (at >= 0)
			used = convert(req, batch, at, out, size);
		batch_put(fi->fh);
		file_put(fi->fh);
		err = at < 0 ? at : 0;
	}
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, out, used);
	free(out);
}
