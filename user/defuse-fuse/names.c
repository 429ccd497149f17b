// SPDX-License-Identifier: GPL-2.0
/* Names: lookup, and all that makes, moves or removes them. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define RENAME_EXCHANGE_BIT	2

/* With the path of a name, as the requester: @call gives 0 or -errno. */
#define AT_NAME(req, parent, name, path, call) ({				\
	char path[SERVER_PATH_MAX];						\
	int err_;								\
										\
	caller_enter(req);							\
	err_ = node_child_path(parent, name, path);				\
	if (!err_)								\
		err_ = (call);							\
	caller_leave();								\
	err_; })

#define ASK(function, ...)	(server.ops.function ?					\
				 server.ops.function(server.fs, __VA_ARGS__) : -ENOSYS)

/* Seconds; see name_timeout(). */
#define DIRECTORY_TIMEOUT	3600

/*
 * Below a defuse mount the names of directories may be kept although others may change them.
 * Attributes are not kept, so nobody gets through a directory without a GETATTR, which looks
 * whether its name still leads there (ESTALE: the kernel begins again and believes nothing);
 * and what the path ends in, the module always has looked up.
 */
static double name_timeout(const struct stat *st)
{
	return server.lower && server.shared && server.default_permissions &&
	       S_ISDIR(st->st_mode) ? DIRECTORY_TIMEOUT : server.timeout;
}

int name_entry(uint32_t parent, const char *name, const char *path,
	       struct fuse_entry_param *e)
{
	uint32_t node = 0;
	int err;

	memset(e, 0, sizeof(*e));
	err = server.ops.getattr(server.fs, path, &e->attr, 0);
	if (!err)
		err = node_found(parent, name, &e->attr, &node);
	e->ino = node;
	if (!e->attr.st_ino)
		e->attr.st_ino = node;
	e->attr_timeout = server.timeout;
	e->entry_timeout = name_timeout(&e->attr);
	return err;
}

static void reply_entry(fuse_req_t req, int err, const struct fuse_entry_param *e)
{
	if (err)
		fuse_reply_err(req, -err);
	/* Nobody was told after all. */
	else if (fuse_reply_entry(req, e))
		node_forget(e->ino, 1);
}

void name_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { 0 };
	int err = AT_NAME(req, parent, name, path, name_entry(parent, name, path, &e));

	if (err == -ENOENT)
		node_lost(parent, name);
	reply_entry(req, err, &e);
}

void name_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	node_forget(ino, lookups);
	fuse_reply_none(req);
}

void name_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	size_t i;

	for (i = 0; i < count; i++)
		node_forget(forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/*
 * Makes a regular file and leaves it open: the open() that follows belongs to the same
 * open(2), which a mode without write permission does not concern.
 */
static int make_file(uint32_t parent, const char *name, const char *path, mode_t mode,
		     struct fuse_entry_param *e)
{
	const int flags = O_CREAT | O_EXCL | O_RDWR;
	uint32_t file;
	uint64_t fh;
	int err = server.ops.open(server.fs, path, flags, mode & 07777, &fh);

	if (err)
		return err;
	err = name_entry(parent, name, path, e);
	if (!err)
		err = file_opened(e->ino, fh, flags, &file);
	if (err)
		server.ops.close(server.fs, fh);
	else
		file_keep(e->ino, file);
	return err;
}

void name_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		dev_t rdev)
{
	struct fuse_entry_param e = { 0 };
	int err = -EPERM;		/* as file systems without special files */

	(void)rdev;
	if (S_ISREG(mode))
		err = AT_NAME(req, parent, name, path,
			      make_file(parent, name, path, mode, &e));
	reply_entry(req, err, &e);
}

void name_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct fuse_entry_param e = { 0 };
	int err = AT_NAME(req, parent, name, path, ASK(mkdir, path, mode & 07777) ?:
			  name_entry(parent, name, path, &e));

	reply_entry(req, err, &e);
}

void name_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		  const char *name)
{
	struct fuse_entry_param e = { 0 };
	int err = AT_NAME(req, parent, name, path, ASK(symlink, target, path) ?:
			  name_entry(parent, name, path, &e));

	reply_entry(req, err, &e);
}

static int link_node(uint32_t node, uint32_t parent, const char *name, const char *path,
		     struct fuse_entry_param *e)
{
	char old[SERVER_PATH_MAX];
	struct stat st;
	int err = node_where(node, old, &st);

	return err ?: ASK(link, old, path) ?: name_entry(parent, name, path, e);
}

void name_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent,
	       const char *new_name)
{
	struct fuse_entry_param e = { 0 };
	int err = AT_NAME(req, new_parent, new_name, path,
			  link_node(ino, new_parent, new_name, path, &e));

	reply_entry(req, err, &e);
}

static int remove_name(uint32_t parent, const char *name, const char *path)
{
	struct stat st = { 0 };
	int err = server.ops.getattr(server.fs, path, &st, 0) ?: ASK(unlink, path);

	if (!err)
		node_removed(parent, name, &st);
	else if (err == -ENOENT)
		node_lost(parent, name);
	return err;
}

/*
 * Somebody may be in a directory that is removed, and the kernel goes on asking about it: so
 * it is held open until it is forgotten.  By root, since he who removes it may not be allowed
 * to open it.
 */
struct victim {
	bool open;
	uint64_t fh;
};

#define VICTIM_FLAGS	(O_RDONLY | O_DIRECTORY)

static struct victim victim_open(fuse_req_t req, const char *path)
{
	struct victim v = { 0 };

	caller_leave();
	v.open = !server.ops.open(server.fs, path, VICTIM_FLAGS, 0, &v.fh);
	caller_enter(req);
	return v;
}

/* @node 0: it is still there. */
static void victim_put(const struct victim *v, uint32_t node)
{
	uint32_t file;

	if (!v->open)
		return;
	if (node && !file_opened(node, v->fh, VICTIM_FLAGS, &file))
		file_keep(node, file);
	else
		server.ops.close(server.fs, v->fh);
}

static int remove_directory(fuse_req_t req, uint32_t parent, const char *name,
			    const char *path)
{
	struct victim v = victim_open(req, path);
	struct stat st = { 0 };
	uint32_t node = 0;
	int err = server.ops.getattr(server.fs, path, &st, 0) ?: ASK(rmdir, path);

	if (!err)
		node = node_removed(parent, name, &st);
	else if (err == -ENOENT)
		node_lost(parent, name);
	victim_put(&v, node);
	return err;
}

void name_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, -AT_NAME(req, parent, name, path,
				     remove_name(parent, name, path)));
}

void name_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, -AT_NAME(req, parent, name, path,
				     remove_directory(req, parent, name, path)));
}

static int rename_name(fuse_req_t req, uint32_t parent, const char *name, const char *path,
		       uint32_t new_parent, const char *new_name, unsigned int flags)
{
	char new_path[SERVER_PATH_MAX];
	struct stat replaced = { 0 }, moved = { 0 };
	struct victim v = { 0 };
	uint32_t node = 0;
	bool replaces;
	int err = node_child_path(new_parent, new_name, new_path);

	if (err)
		return err;
	replaces = !(flags & RENAME_EXCHANGE_BIT) &&
		   !server.ops.getattr(server.fs, new_path, &replaced, 0);
	if (replaces && S_ISDIR(replaced.st_mode))
		v = victim_open(req, new_path);
	err = server.ops.getattr(server.fs, path, &moved, 0) ?:
	      ASK(rename, path, new_path, flags);
	/* Two names of one file: rename() does nothing. */
	if (!err && !(replaces && replaced.st_ino && replaced.st_ino == moved.st_ino &&
		      replaced.st_dev == moved.st_dev)) {
		if (replaces)
			node = node_removed(new_parent, new_name, &replaced);
		node_renamed(parent, name, new_parent, new_name,
			     flags & RENAME_EXCHANGE_BIT);
	}
	victim_put(&v, node);
	return err;
}

void name_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		 fuse_ino_t new_parent, const char *new_name, unsigned int flags)
{
	fuse_reply_err(req, -AT_NAME(req, parent, name, path,
				     rename_name(req, parent, name, path, new_parent,
						 new_name, flags)));
}

void name_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char path[SERVER_PATH_MAX], target[PATH_MAX];
	struct stat st;
	size_t len = 0;
	int err;

	caller_enter(req);
	err = node_where(ino, path, &st);
	if (!err)
		err = ASK(readlink, path, target, sizeof(target) - 1, &len);
	caller_leave();
	if (!err && len >= sizeof(target))
		err = -EIO;
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	target[len] = '\0';
	fuse_reply_readlink(req, target);
}
