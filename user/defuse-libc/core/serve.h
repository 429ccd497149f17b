/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system calls as the core serves them, one file per family.
 *
 * All return the result, -errno, or DFL_DOOR2.  All run inside the core (enter.h),
 * with a usable mount.
 */
#ifndef DFL_SERVE_H
#define DFL_SERVE_H

#include "call.h"
#include "handle.h"
#include "mailbox.h"
#include "mount.h"

#include <fcntl.h>
#include <sys/stat.h>

struct statfs;

/* The text argument(s) of a path call as the application wrote them. */
struct dfl_name {
	int dirfd;
	const char *path;
};

/* path.c */
/* The name the mailbox is about; false: not a path call. */
bool dfl_path_name(const struct dfl_call *c, struct dfl_name *name);
/* @path: mailbox form, in box[0]. */
long dfl_path_serve(const struct dfl_call *c, struct dfl_mount *m,
		    struct defuse_mailbox *box);

/* open.c */
long dfl_open(const struct dfl_call *c, struct dfl_mount *m,
	      const struct defuse_mailbox *box, const struct dfl_name *name, int flags,
	      mode_t mode);

/* Whether the text of an open's path tells a mount, whose library is then asked at once. */
bool dfl_open_hinted(long nr, const long a[6]);
/* DEFUSE_PASS: it is an open like others. */
long dfl_open_claimed(const struct dfl_call *c);

/* chdir() where the kernel cannot ask a lower tree. */
long dfl_chdir(const struct dfl_call *c, struct dfl_mount *m,
	       const struct defuse_mailbox *box, const struct dfl_name *name);

/**
 * dfl_follow() - resolve the symbolic links of a path; see follow.c
 * @path: in and out, mailbox form, DEFUSE_PATH_MAX bytes
 * @last: the last component too
 *
 * Return: 0, -ELOOP, -ENAMETOOLONG or -EXDEV.
 */
int dfl_follow(struct dfl_mount *m, char *path, bool last, struct dfl_follow *f);
bool dfl_is_link(struct dfl_mount *m, const char *path, struct dfl_follow *f);

/* restore.c: the handle of a shadow FD that this process does not know, entered in
 * the table, with a reference.  NULL: door 2. */
struct dfl_handle *dfl_restore(const struct dfl_call *c, int fd, uint64_t mount_id);
#define DFL_STASH_MAGIC	0x31534644	/* "DFS1" */

/* io.c: calls whose first argument is an FD with a handle. */
long dfl_io_serve(const struct dfl_call *c, struct dfl_handle *h);

/* none.c: where there is no lower tree */
/* Whether the library is asked about an open file, since there is nobody else; false: *@ret. */
bool dfl_none_asked(const struct dfl_call *c, const struct dfl_handle *h, long *ret);
long dfl_none_statfs(struct dfl_mount *m, struct statfs *out);
long dfl_none_statfs_path(struct dfl_mount *m, const char *path, struct statfs *out);
/* fchmod, fchown, futimens, fallocate, fstatfs */
long dfl_none_fd(const struct dfl_call *c, struct dfl_handle *h);
/* SEEK_DATA, SEEK_HOLE: the new position; the library has the function. */
long dfl_none_seek(struct dfl_handle *h, off_t offset, int whence);
/* Whether a name that ends in a slash will do: 0 or -errno. */
long dfl_none_insists(const struct dfl_call *c, struct dfl_mount *m, const char *path);

/* stat.c */
long dfl_stat_fd(const struct dfl_call *c, struct dfl_handle *h);
long dfl_stat_path(struct dfl_mount *m, const char *path, struct stat *st);
long dfl_statx_path(struct dfl_mount *m, const char *path, int flags, unsigned int mask,
		    void *buf);

/* dup.c: what FD numbers mean: close, dup, fcntl, close_range. */
long dfl_dup_serve(const struct dfl_call *c);

#endif /* DFL_SERVE_H */
