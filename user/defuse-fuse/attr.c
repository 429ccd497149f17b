// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes.  A file without a name is reached by one of its open files; what a library
 * can do by path alone (it has chmod, but no fchmod) is ESTALE there.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Asks an optional function of the library. */
#define ASK(function, ...)	(server.ops.function ?					\
				 server.ops.function(server.fs, __VA_ARGS__) : -ENOSYS)

static int attr_of_file(uint32_t file, struct stat *st)
{
	uint64_t fh;
	int err = file_get(file, &fh);

	if (err)
		return err;
	memset(st, 0, sizeof(*st));
	err = server.ops.fgetattr(server.fs, fh, st);
	file_put(file);
	return err;
}

static int attr_of_any_file(uint32_t node, struct stat *st)
{
	uint32_t file;
	uint64_t fh;
	int err = file_of_node(node, &file, &fh);

	if (err)
		return err;
	memset(st, 0, sizeof(*st));
	err = server.ops.fgetattr(server.fs, fh, st);
	file_put(file);
	return err;
}

int attr_of_node(uint32_t node, struct stat *st)
{
	char path[SERVER_PATH_MAX];
	int err = node_where(node, path, st);

	return err == -ESTALE && node_by_file(node) ? attr_of_any_file(node, st) : err;
}

static void reply_attr(fuse_req_t req, uint32_t node, struct stat *st)
{
	if (!st->st_ino)
		st->st_ino = node;
	fuse_reply_attr(req, st, server.timeout);
}

void attr_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;
	int err;

	if (fi) {
		err = attr_of_file(fi->fh, &st);
	} else {
		caller_enter(req);
		err = attr_of_node(ino, &st);
		caller_leave();
	}
	if (err)
		fuse_reply_err(req, -err);
	else
		reply_attr(req, ino, &st);
}

/**
 * struct target - the file whose attributes are set
 * @req:   of whom
 * @node:  which
 * @path:  where it is; NULL: it has no name any more
 * @file:  the open file that the kernel names; 0: none
 * @fh:    the library's handle of an open file, where there is no name
 * @now:   its attributes
 */
struct target {
	fuse_req_t req;
	uint32_t node;
	const char *path;
	uint32_t file;
	uint64_t fh;
	const struct stat *now;
};

/* By name, or for a file that has none, by an open file. */
#define ASK_EITHER(t, by_path, by_file, ...) ((t)->path ?				\
	ASK(by_path, (t)->path, __VA_ARGS__) : server.ops.by_file ?			\
	server.ops.by_file(server.fs, (t)->fh, __VA_ARGS__) : -ESTALE)

static int set_size(const struct target *t, off_t size)
{
	uint32_t file = t->file;
	uint64_t fh;
	int err;

	if (!file && t->path)
		return ASK(trunc, t->path, size);
	if (!file) {
		err = file_open_again(t->node, O_WRONLY, &file);
		if (err)
			return err;
	}
	err = file_get(file, &fh);
	if (!t->file)
		file_put(file);
	if (err)
		return err;
	err = ASK(ftruncate, fh, size);
	file_put(file);
	return err;
}

/*
 * The kernel takes setuid and setgid bits away from what somebody else writes, makes
 * shorter or gives away.  It has decided that, and the requester need not be the owner.
 */
static bool kills_bits(const struct stat *now, mode_t mode)
{
	return server.default_permissions && now->st_mode & (S_ISUID | S_ISGID) &&
	       (now->st_mode & 01777) == (mode & 01777) &&
	       !(mode & ~now->st_mode & 07777);
}

static int set_mode(const struct target *t, mode_t mode)
{
	bool kernels = kills_bits(t->now, mode);
	int err;

	if (kernels)
		caller_leave();
	err = ASK_EITHER(t, chmod, fchmod, mode & 07777);
	if (kernels)
		caller_enter(t->req);
	return err;
}

static struct timespec time_to_set(const struct timespec *at, int to_set, int set, int now)
{
	struct timespec t = { .tv_nsec = UTIME_OMIT };

	if (to_set & now)
		t.tv_nsec = UTIME_NOW;
	else if (to_set & set)
		t = *at;
	return t;
}

static int set_attributes(const struct target *t, const struct stat *attr, int to_set)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW |
			  FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW;
	int err = 0;

	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		err = ASK_EITHER(t, chown, fchown,
				 to_set & FUSE_SET_ATTR_UID ? attr->st_uid : (uid_t)-1,
				 to_set & FUSE_SET_ATTR_GID ? attr->st_gid : (gid_t)-1);
	if (!err && to_set & FUSE_SET_ATTR_MODE)
		err = set_mode(t, attr->st_mode);
	if (!err && to_set & FUSE_SET_ATTR_SIZE)
		err = set_size(t, attr->st_size);
	if (!err && to_set & times) {
		const struct timespec at[2] = {
			time_to_set(&attr->st_atim, to_set, FUSE_SET_ATTR_ATIME,
				    FUSE_SET_ATTR_ATIME_NOW),
			time_to_set(&attr->st_mtim, to_set, FUSE_SET_ATTR_MTIME,
				    FUSE_SET_ATTR_MTIME_NOW),
		};

		err = ASK_EITHER(t, utime, futime, at);
	}
	return err;
}

/* The same for a file that has no name. */
static int set_without_name(struct target *t, struct stat *now, const struct stat *attr,
			    int to_set)
{
	uint32_t file;
	int err = file_of_node(t->node, &file, &t->fh);

	if (err)
		return err;
	t->path = NULL;
	memset(now, 0, sizeof(*now));
	err = server.ops.fgetattr(server.fs, t->fh, now);
	if (!err)
		err = set_attributes(t, attr, to_set);
	file_put(file);
	return err;
}

void attr_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		  struct fuse_file_info *fi)
{
	char path[SERVER_PATH_MAX];
	struct stat st;
	struct target t = {
		.req = req, .node = ino, .path = path, .file = fi ? fi->fh : 0, .now = &st,
	};
	int err;

	caller_enter(req);
	err = node_where(ino, path, &st);
	if (!err)
		err = set_attributes(&t, attr, to_set);
	else if (err == -ESTALE)
		err = set_without_name(&t, &st, attr, to_set);
	if (!err)
		err = fi ? attr_of_file(fi->fh, &st) : attr_of_node(ino, &st);
	caller_leave();
	if (err)
		fuse_reply_err(req, -err);
	else
		reply_attr(req, ino, &st);
}

/* Only without default_permissions. */
void attr_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	char path[SERVER_PATH_MAX];
	struct stat st;
	int err;

	if (!server.ops.access) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	caller_enter(req);
	err = node_where(ino, path, &st);
	if (!err)
		err = server.ops.access(server.fs, path, mask, AT_EACCESS);
	caller_leave();
	fuse_reply_err(req, -err);
}

/* Of a library that cannot tell: no sizes, as of file systems that have none. */
void attr_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = STORE_NAME };
	struct statfs said = { 0 };
	int err = 0;

	(void)ino;
	if (server.ops.statfs) {
		caller_enter(req);
		err = server.ops.statfs(server.fs, &said);
		caller_leave();
		st = (struct statvfs){
			.f_bsize = said.f_bsize,
			.f_frsize = said.f_frsize ? said.f_frsize : said.f_bsize,
			.f_blocks = said.f_blocks, .f_bfree = said.f_bfree,
			.f_bavail = said.f_bavail, .f_files = said.f_files,
			.f_ffree = said.f_ffree, .f_favail = said.f_ffree,
			.f_namemax = said.f_namelen,
		};
	}
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_statfs(req, &st);
}
