// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * open(): the library opens the file, the kernel gives the number.
 *
 * Everything that can make the core give up is done before the library creates or
 * truncates, because door 2 cannot be asked to repeat that (O_EXCL).
 */
#include "base.h"
#include "fdtable.h"
#include "mailbox.h"
#include "maps.h"
#include "pages.h"
#include "point.h"
#include "private_fd.h"
#include "readonly.h"
#include "serve.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* O_TMPFILE without its O_DIRECTORY bit; the C library has no name for it. */
#define TMPFILE_BIT	020000000
#define CREATES		(O_CREAT | O_TRUNC)
/* open(2) ignores the others, and what a library uses below it may not. */
#define KNOWN_FLAGS								\
	(O_ACCMODE | CREATES | O_EXCL | O_NOCTTY | O_APPEND | O_NONBLOCK | O_SYNC |	\
	 O_ASYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC |	\
	 O_PATH | TMPFILE_BIT)

static bool serves(const struct dfl_mount *m, const struct defuse_mailbox *box, int flags)
{
	int mode = flags & O_ACCMODE;

	if (!m->lower && box->flags & DEFUSE_MOUNT_RDONLY)
		return true;
	if (flags & (O_PATH | TMPFILE_BIT) || mode == O_ACCMODE)
		return false;
	if ((flags & O_CREAT) && ((flags & O_DIRECTORY) || dfl_private_tight()))
		return false;
	if ((box->flags & DEFUSE_MOUNT_RDONLY) && (mode != O_RDONLY || flags & CREATES))
		return false;
	return true;
}

static struct defuse_open request(const struct dfl_mount *m,
				  const struct defuse_mailbox *box, int flags,
				  const struct stat *st)
{
	return (struct defuse_open){
		.size = sizeof(struct defuse_open),
		.open_flags = flags,
		.mount_id = m->id,
		.path = (uintptr_t)box->path,
		.mode = st->st_mode,
		.lower_fd = -1,
		.device = st->st_dev,
		.inode = st->st_ino,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
}

/*
 * Asks the kernel for an FD.  @st: of the file.  The library's state goes with it,
 * for whoever inherits the FD.
 */
static long shadow(const struct dfl_call *c, struct dfl_mount *m,
		   const struct defuse_mailbox *box, int base, int flags,
		   const struct stat *st, uint64_t fh)
{
	struct dfl_stash *stash = &dfl_post(c)->stash;
	struct defuse_open req = request(m, box, flags, st);
	size_t len = 0;
	int err = 0;

	if (m->ops.save)
		err = m->ops.save(m->fs, fh, stash->blob, sizeof(stash->blob), &len,
				  &req.lower_fd);
	if (err)
		return err;
	if (len > sizeof(stash->blob))
		return -EIO;
	if (!m->lower || m->private)
		req.lower_fd = -1;	/* the kernel has no tree to check it against */
	stash->magic = DFL_STASH_MAGIC;
	stash->length = len;
	req.stash = (uintptr_t)stash;
	req.stash_len = offsetof(struct dfl_stash, blob) + len;
	return dfl_raw(SYS_ioctl, base, DEFUSE_IOC_OPEN, &req);
}

/* Enters @fd in the table.  Without a table entry it works too: see restore.c. */
static void enter(struct dfl_mount *m, long fd, uint64_t fh, int flags,
		  const struct stat *st)
{
	struct dfl_handle *h = dfl_handle_new(m, fh, flags, S_ISDIR(st->st_mode));
	struct dfl_handle *old = NULL;

	if (!h) {
		m->ops.close(m->fs, fh);
		return;
	}
	h->maps = dfl_maps_slot(m, st->st_ino);
	if (dfl_fd_set(fd, h, &old))
		dfl_handle_put(h);
	if (old)
		dfl_handle_put(old);
}

/* The library has opened; what is left is a number. */
static long finish(const struct dfl_call *c, struct dfl_mount *m,
		   const struct defuse_mailbox *box, const struct dfl_name *name,
		   struct dfl_base *base, int flags, uint64_t fh)
{
	struct stat st = { 0 };
	long ret = m->ops.fgetattr(m->fs, fh, &st);

	if (!ret && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		ret = -EOPNOTSUPP;	/* a special file, made while it was opened */
	if (!ret)
		ret = shadow(c, m, box, base->fd, flags, &st, fh);
	if (ret == -EXDEV) {
		/* The base is under another mount point, which does not show the file. */
		struct dfl_base fresh;

		if (dfl_base_get(c, m, name->dirfd, name->path, true, &fresh) == 0) {
			ret = shadow(c, m, box, fresh.fd, flags, &st, fh);
			dfl_base_put(m, &fresh);
		}
	}
	if (ret < 0) {
		m->ops.close(m->fs, fh);
		return ret;
	}
	dfl_point(number_given);
	enter(m, ret, fh, flags, &st);
	dfl_point(number_entered);
	return ret;
}

/* Door 2 after the library has created the file: it exists, and that is no error. */
static long reopen(const struct dfl_call *c, struct dfl_mount *m, int flags, long why)
{
	struct dfl_call again = *c;

	if (!(flags & CREATES))
		return m->lower ? DFL_DOOR2 : why;
	if (why == -EMFILE || why == -ENFILE || why == -ENOMEM || !m->lower)
		return why;
	if (c->nr == SYS_open)
		again.a[1] = flags & ~O_EXCL;
	else if (c->nr == SYS_openat)
		again.a[2] = flags & ~O_EXCL;
	dfl_count(m, door2);
	return dfl_repeat(&again);
}

static int open_library(struct dfl_mount *m, const char *path, int base, int flags,
			mode_t mode, uint64_t *fh)
{
	struct dfl_pages *p = NULL;
	int err = flags & O_TRUNC ? dfl_paged_cut_begin(m, path, base, &p) : 0;

	if (err)
		return err;
	err = m->ops.open(m->fs, path, flags, mode & 07777, fh);
	if (flags & O_TRUNC)
		dfl_paged_cut_end(m, path, base, p);
	return err;
}

long dfl_open(const struct dfl_call *c, struct dfl_mount *m,
	      const struct defuse_mailbox *box, const struct dfl_name *name, int flags,
	      mode_t mode)
{
	struct dfl_base base;
	uint64_t fh = 0;
	bool changes;
	long ret;

	flags &= KNOWN_FLAGS;
	/* The kernel, which could give a mere place, knows none: a descriptor must do. */
	if (flags & O_PATH && !m->lower)
		flags = O_RDONLY | (flags & (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	changes = (flags & O_ACCMODE) != O_RDONLY || flags & CREATES;
	/* Without a lower tree: below, like a read-only mount point. */
	if (!serves(m, box, flags))
		return DFL_DOOR2;
	/* What is mapped is made shorter by the kernel. */
	if (flags & O_TRUNC && dfl_mapped(dfl_maps_of_mount(m)))
		return DFL_DOOR2;
	if (m->lower && changes && !dfl_base_writable(c, m, name->dirfd, name->path))
		return DFL_DOOR2;
	if (dfl_base_get(c, m, name->dirfd, name->path, false, &base))
		return DFL_DOOR2;
	ret = 0;
	if (!m->lower && changes &&
	    dfl_base_readonly(c, m, name->dirfd, name->path, base.fd))
		ret = dfl_readonly_open(c, m, box->path, &flags);
	ret = ret ?: open_library(m, box->path, base.fd, flags, mode, &fh);
	if (ret) {
		ret = dfl_mount_error(m, ret);
	} else {
		dfl_point(library_opened);
		ret = finish(c, m, box, name, &base, flags, fh);
		if (ret < 0)
			ret = reopen(c, m, flags, ret);
		else
			dfl_count(m, opens);
	}
	dfl_base_put(m, &base);
	return ret;
}

/*
 * There is no lower directory to change to: a shadow FD is.  It is nobody's and is
 * gone at once; that the caller may search it, the kernel finds from its mode.
 */
long dfl_chdir(const struct dfl_call *c, struct dfl_mount *m,
	       const struct defuse_mailbox *box, const struct dfl_name *name)
{
	struct stat st = { 0 };
	struct defuse_open req;
	struct dfl_base base;
	long ret;

	ret = m->ops.getattr(m->fs, box->path, &st, 0);
	if (!ret && !S_ISDIR(st.st_mode))
		ret = -ENOTDIR;
	if (!ret && m->ops.access)
		ret = m->ops.access(m->fs, box->path, X_OK, AT_EACCESS);
	if (ret)
		return dfl_mount_error(m, ret);
	if (dfl_base_get(c, m, name->dirfd, name->path, false, &base))
		return DFL_DOOR2;
	req = request(m, box, O_RDONLY | O_DIRECTORY | O_CLOEXEC, &st);
	ret = dfl_raw(SYS_ioctl, base.fd, DEFUSE_IOC_OPEN, &req);
	dfl_base_put(m, &base);
	if (ret >= 0) {
		long fd = ret;

		ret = dfl_raw(SYS_fchdir, fd);
		dfl_raw(SYS_close, fd);
	}
	return ret;
}
