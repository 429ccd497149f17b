// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * open(): the library opens the file, the kernel gives the number.
 *
 * It gives it to DEFUSE_IOC_OPEN, which takes a directory FD of the mount; or, where there is no
 * lower tree, to an open that brings a claim along, which takes but one walk more.  And
 * where the text of the path tells the mount, the library is asked before any walk.
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
#include <string.h>
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

/* What an open with a claim may have; O_CREAT and O_TRUNC the library has done by then. */
#define CLAIM_FLAGS								\
	(O_ACCMODE | CREATES | O_EXCL | O_NOCTTY | O_APPEND | O_NONBLOCK | O_SYNC |	\
	 O_NOFOLLOW | O_CLOEXEC)
/* And one that the library is asked about before the kernel. */
#define HINT_FLAGS	(CLAIM_FLAGS & ~(O_TRUNC | O_EXCL))

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

/* The request for a file that the library has opened, and its state for those who inherit. */
static long prepare(const struct dfl_call *c, struct dfl_mount *m,
		    const struct defuse_mailbox *box, int flags, const struct stat *st,
		    uint64_t fh, struct defuse_open *req)
{
	struct dfl_stash *stash = &dfl_post(c)->stash;
	size_t len = 0;
	int err = 0;

	*req = request(m, box, flags, st);
	if (m->ops.save)
		err = m->ops.save(m->fs, fh, stash->blob, sizeof(stash->blob), &len,
				  &req->lower_fd);
	if (err)
		return err;
	if (len > sizeof(stash->blob))
		return -EIO;
	if (!m->lower || m->private)
		req->lower_fd = -1;	/* the kernel has no tree to check it against */
	stash->magic = DFL_STASH_MAGIC;
	stash->length = len;
	req->stash = (uintptr_t)stash;
	req->stash_len = offsetof(struct dfl_stash, blob) + len;
	return 0;
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

/* Through a directory FD of the mount. */
static long number_by_base(struct dfl_want *want, const struct defuse_open *req)
{
	struct dfl_base fresh;
	long ret = dfl_base_wanted(want);

	if (ret >= 0)
		ret = dfl_raw(SYS_ioctl, ret, DEFUSE_IOC_OPEN, req);
	if (ret != -EXDEV ||
	    dfl_base_get(want->c, want->m, want->dirfd, want->path, true, &fresh))
		return ret;
	/* The base is under another mount point, which does not show the file. */
	ret = dfl_raw(SYS_ioctl, fresh.fd, DEFUSE_IOC_OPEN, req);
	dfl_base_put(want->m, &fresh);
	return ret;
}

/* By the walk of an open with a claim.  DFL_DOOR2: it led elsewhere, or to nothing. */
static long number_by_claim(const struct dfl_want *want, int flags,
			    const struct defuse_open *req)
{
	bool taken;
	long ret = dfl_mailbox_claim(want->c, want->dirfd, want->path,
				     flags & ~(CREATES | O_EXCL), req, &taken);

	if (ret >= 0 && !taken) {
		dfl_raw(SYS_close, ret);
		ret = DFL_DOOR2;
	}
	if (taken && dfl_base_names_point(want))
		atomic_store_explicit(&want->m->elsewhere, false, memory_order_relaxed);
	/* What no other way would change. */
	if (ret >= 0 || ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM || ret == -EROFS)
		return ret;
	return DFL_DOOR2;
}

/* The library has opened; what is left is a number. */
static long finish(struct dfl_want *want, const struct defuse_mailbox *box, int flags,
		   uint64_t fh)
{
	struct dfl_mount *m = want->m;
	struct defuse_open req;
	struct stat st = { 0 };
	long ret = m->ops.fgetattr(m->fs, fh, &st);

	if (!ret && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		ret = -EOPNOTSUPP;	/* a special file, made while it was opened */
	if (!ret)
		ret = prepare(want->c, m, box, flags, &st, fh, &req);
	if (!ret) {
		ret = DFL_DOOR2;
		if (!m->lower && S_ISREG(st.st_mode) && !(flags & ~CLAIM_FLAGS) &&
		    !dfl_base_at_hand(want))
			ret = number_by_claim(want, flags, &req);
		if (ret == DFL_DOOR2)
			ret = number_by_base(want, &req);
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

static int open_library(struct dfl_want *want, const char *path, int flags, mode_t mode,
			uint64_t *fh)
{
	struct dfl_mount *m = want->m;
	struct dfl_pages *p = NULL;
	int err = flags & O_TRUNC ? dfl_paged_cut_begin(want, path, &p) : 0;

	if (err)
		return err;
	err = m->ops.open(m->fs, path, flags, mode & 07777, fh);
	if (flags & O_TRUNC)
		dfl_paged_cut_end(want, path, p);
	return err;
}

/* Where there is no lower tree: whether the mount point lets the library make anything. */
static long check_point(struct dfl_want *want, const struct defuse_mailbox *box, int *flags)
{
	int readonly = box->flags & DEFUSE_MOUNT_RDONLY ? 1 : dfl_base_readonly(want);

	return readonly > 0 ? dfl_readonly_open(want->c, want->m, box->path, flags) : readonly;
}

long dfl_open(const struct dfl_call *c, struct dfl_mount *m,
	      const struct defuse_mailbox *box, const struct dfl_name *name, int flags,
	      mode_t mode)
{
	struct dfl_want want = { .c = c, .m = m, .dirfd = name->dirfd, .path = name->path };
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
	if (m->lower && dfl_base_wanted(&want) < 0)
		return DFL_DOOR2;
	ret = !m->lower && changes ? check_point(&want, box, &flags) : 0;
	ret = ret ?: open_library(&want, box->path, flags, mode, &fh);
	if (ret) {
		ret = dfl_mount_error(m, ret);
	} else {
		dfl_point(library_opened);
		ret = finish(&want, box, flags, fh);
		if (ret < 0)
			ret = reopen(c, m, flags, ret);
		else
			dfl_count(m, opens);
	}
	dfl_base_done(&want);
	return ret;
}

/* Has the path, below a mount, the form of the mailbox? */
static bool is_plain(const char *path)
{
	const char *p = path;

	while (*p) {
		const char *name = ++p;
		size_t n = strcspn(name, "/");

		if (!n || (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.'))))
			return false;
		p = name + n;
		if (p - path >= DEFUSE_CLAIM_MAX)
			return false;
	}
	return true;
}

/* The mount that the text of an absolute path tells, and what is left of the path. */
static struct dfl_mount *hinted(const char *path, int flags, const char **rest)
{
	struct dfl_mount *m = dfl_mount_first();

	if (!m || flags & ~HINT_FLAGS || dfl_address_bad(path) || *path != '/')
		return NULL;
	for (; m; m = m->next) {
		size_t n = strlen(m->point);

		if (m->lower || m->state != DFL_MOUNT_READY || atomic_load(&m->elsewhere) ||
		    strncmp(path, m->point, n) || path[n] != '/' || !is_plain(path + n))
			continue;
		*rest = path + n;
		return m;
	}
	return NULL;
}

static bool open_args(long nr, const long a[6], const char **path, int *flags)
{
	int first = nr == SYS_openat;

	*path = (const char *)a[first];
	*flags = a[first + 1] & KNOWN_FLAGS;
	return nr == SYS_open || nr == SYS_openat;
}

bool dfl_open_hinted(long nr, const long a[6])
{
	const char *path, *rest;
	int flags;

	return open_args(nr, a, &path, &flags) && hinted(path, flags, &rest);
}

/*
 * The text is a hint, not the truth: that the name is there the kernel says, by the walk of
 * the open that brings the library's claim along.
 */
long dfl_open_claimed(const struct dfl_call *c)
{
	struct dfl_want want = { .c = c, .dirfd = AT_FDCWD };
	struct dfl_post *post = dfl_mailbox_post(c->thread);
	struct defuse_open req;
	struct stat st = { 0 };
	const char *rest;
	uint64_t fh;
	char *path;
	int flags;
	long ret;

	if (!open_args(c->nr, c->a, &want.path, &flags) || !post || !c->magic)
		return DEFUSE_PASS;
	want.m = hinted(want.path, flags, &rest);
	if (!want.m || !dfl_mount_usable(want.m))
		return DEFUSE_PASS;
	/* The application's memory may change meanwhile: what counts is one copy. */
	path = post->box[0].path;
	*stpncpy(path, rest, DEFUSE_CLAIM_MAX) = '\0';
	if (*path != '/' || !is_plain(path) ||
	    (!(flags & O_NOFOLLOW) && dfl_is_link(want.m, path, &post->follow)) ||
	    want.m->ops.open(want.m->fs, path, flags & ~O_CREAT, 0, &fh))
		return DEFUSE_PASS;
	dfl_point(library_hinted);
	ret = want.m->ops.fgetattr(want.m->fs, fh, &st);
	if (!ret && S_ISREG(st.st_mode))
		ret = prepare(c, want.m, &post->box[0], flags, &st, fh, &req);
	if (!ret)
		ret = S_ISREG(st.st_mode) ? number_by_claim(&want, flags, &req) : DFL_DOOR2;
	if (ret < 0) {
		want.m->ops.close(want.m->fs, fh);
		if (ret == DFL_DOOR2 && S_ISREG(st.st_mode))
			atomic_store(&want.m->elsewhere, true);
		return DEFUSE_PASS;
	}
	dfl_count(want.m, opens);
	enter(want.m, ret, fh, flags, &st);
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
