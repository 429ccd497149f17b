// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opening, creating, closing. */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What a kernel keeps from a FUSE file system. */
#define NOT_BELOW	(O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW)

/*
 * In a server appending is done here, atomic for all users of the mount.  A process by
 * itself must leave it to the file system's own descriptor.
 */
static int flags_below(const struct fuse *f, int flags)
{
	flags &= ~NOT_BELOW;
	return f->shared ? flags & ~O_APPEND : flags;
}

static int wanted(int flags)
{
	int mask = 0;

	if ((flags & O_ACCMODE) != O_WRONLY)
		mask |= R_OK;
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		mask |= W_OK;
	return mask;
}

static int check(const struct fuse *f, const struct stat *st, int flags)
{
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (S_ISDIR(st->st_mode) &&
	    ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC))))
		return -EISDIR;
	if (!S_ISDIR(st->st_mode) && (flags & O_DIRECTORY))
		return -ENOTDIR;
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode))
		return -EOPNOTSUPP;
	if (f->read_only && (wanted(flags) & W_OK))
		return -EROFS;
	return f->default_permissions ? may_access(st, wanted(flags)) : 0;
}

/* Opens what is there. */
static int open_existing(struct fuse *f, const char *path, int flags, bool dir,
			 struct fuse_file_info *fi)
{
	int err;

	memset(fi, 0, sizeof(*fi));
	fi->flags = flags_below(f, flags);
	if (dir)
		return f->op.opendir ? f->op.opendir(path, fi) : 0;
	if ((flags & O_TRUNC) && !(f->conn.want & FUSE_CAP_ATOMIC_O_TRUNC)) {
		err = f->op.truncate ? f->op.truncate(path, 0, NULL) : -ENOSYS;
		if (err)
			return err;
		fi->flags &= ~O_TRUNC;
	}
	return f->op.open ? f->op.open(path, fi) : 0;
}

static int create(struct fuse *f, const char *path, int flags, mode_t mode,
		  const struct stat *parent, struct fuse_file_info *fi)
{
	int err = -ENOSYS;

	if (f->read_only)
		return -EROFS;
	if (f->default_permissions && may_access(parent, W_OK | X_OK))
		return -EACCES;
	if (!(f->conn.want & FUSE_CAP_DONT_MASK))
		mode &= ~caller.umask;
	memset(fi, 0, sizeof(*fi));
	fi->flags = flags_below(f, flags) | (flags & (O_CREAT | O_EXCL));
	if (f->op.create)
		err = f->op.create(path, S_IFREG | (mode & 07777), fi);
	if (err != -ENOSYS)
		return err;
	if (!f->op.mknod)
		return -ENOSYS;
	err = f->op.mknod(path, S_IFREG | (mode & 07777), 0);
	return err ? err : open_existing(f, path, flags & ~O_TRUNC, false, fi);
}

/* With fuse.tree held.  @dir: out, if it is one. */
static int open_locked(struct fuse *f, const char *path, int flags, mode_t mode, bool *dir,
		       struct fuse_file_info *fi)
{
	struct stat parent, st;
	int err = name_walk(f, path, &parent);

	if (err)
		return err;
	err = name_stat(f, path, NULL, &st);
	if (err == -ENOENT && (flags & O_CREAT)) {
		err = create(f, path, flags, mode, &parent, fi);
		if (err != -EEXIST || (flags & O_EXCL))
			return err;
		/* Somebody else made it just now. */
		err = name_stat(f, path, NULL, &st);
	}
	if (!err)
		err = check(f, &st, flags);
	if (err)
		return err;
	*dir = S_ISDIR(st.st_mode);
	return open_existing(f, path, flags, *dir, fi);
}

static void give_up(struct fuse *f, const char *path, bool dir, struct fuse_file_info *fi)
{
	if (dir && f->op.releasedir)
		f->op.releasedir(path, fi);
	else if (!dir && f->op.release)
		f->op.release(path, fi);
}

int in_open(struct fuse *f, const char *path, int flags, mode_t mode, struct file **file,
	    struct stat *st)
{
	struct fuse_file_info fi;
	bool dir = false;
	int err;

	*file = NULL;
	in_enter(f);
	pthread_rwlock_rdlock(&f->tree);
	err = open_locked(f, path, flags, mode, &dir, &fi);
	if (err)
		goto out;
	*file = file_new(f, path, flags, dir);
	if (!*file) {
		give_up(f, path, dir, &fi);
		err = -ENOMEM;
		goto out;
	}
	/* The flags of one call are not those of the file. */
	fi.flags &= ~(O_CREAT | O_EXCL | O_TRUNC);
	(*file)->fi = fi;
	err = name_stat(f, path, *file, st);
	(*file)->identity = st->st_ino;
out:
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	if (err && *file)
		file_put(f, *file, 0);
	return err > 0 ? -EIO : err;
}

int in_flush(struct fuse *f, struct file *file)
{
	struct fuse_file_info fi = file->fi;
	int err = 0;

	if (file->dir || !f->op.flush || fi.noflush)
		return 0;
	fi.flush = 1;
	in_enter(f);
	pthread_rwlock_rdlock(&f->tree);
	err = f->op.flush(file_path(f, file), &fi);
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	return err == -ENOSYS ? 0 : err > 0 || err < -4095 ? -EIO : err;
}

void file_release(struct fuse *f, struct file *file)
{
	const char *path;

	in_enter(f);
	pthread_rwlock_rdlock(&f->tree);
	path = file_path(f, file);
	if (file->dir) {
		if (f->op.releasedir)
			f->op.releasedir(path, FI(file));
	} else if (f->op.release) {
		f->op.release(path, FI(file));
	}
	if (file->hidden && !file_is_open(f, file->path) && f->op.unlink) {
		f->op.unlink(file->path);
		name_moved(f, file->path, NULL, false);
	}
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
}
