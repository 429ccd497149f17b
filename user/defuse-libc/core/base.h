/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base FDs: a directory FD of a mount is what DEFUSE_IOC_OPEN is asked through. */
#ifndef DFL_BASE_H
#define DFL_BASE_H

#include "call.h"

struct dfl_mount;

enum dfl_base_kind {
	DFL_BASE_DIRFD,		/* the application's own */
	DFL_BASE_CACHED,	/* the mount's */
	DFL_BASE_OPENED,	/* made for this call */
};

struct dfl_base {
	int fd;
	enum dfl_base_kind kind;
	struct dfl_handle *dir;	/* DIRFD: keeps it what it is */
};

/**
 * dfl_base_open() - a directory FD of the mount, made from a name on it
 * @id: of the mount
 *
 * Return: a private FD, or -errno: the directory cannot be opened by the caller.
 */
int dfl_base_open(const struct dfl_call *c, uint64_t id, int dirfd, const char *path);

/**
 * dfl_base_get() - the cheapest base FD for this call
 * @fresh: not what is at hand but one opened from the name itself, which is under the
 *         right mount point where a mount has several
 *
 * Return: 0 or -errno.
 */
int dfl_base_get(const struct dfl_call *c, struct dfl_mount *m, int dirfd,
		 const char *path, bool fresh, struct dfl_base *b);
void dfl_base_put(struct dfl_mount *m, struct dfl_base *b);

/**
 * struct dfl_want - a base FD for one call, got when somebody needs it
 * @c, @m, @dirfd, @path: as for dfl_base_get()
 * @base: what it gave, if @have
 */
struct dfl_want {
	const struct dfl_call *c;
	struct dfl_mount *m;
	int dirfd;
	const char *path;
	struct dfl_base base;
	bool have;
};

/* Whether the text of the name begins with the mount point: then it is under that one. */
bool dfl_base_names_point(const struct dfl_want *w);

/* Whether it would cost nothing to get one. */
bool dfl_base_at_hand(const struct dfl_want *w);

/* The FD, or -errno. */
int dfl_base_wanted(struct dfl_want *w);
void dfl_base_done(struct dfl_want *w);

/*
 * Whether a change of @path may be the library's: false where the mount point is
 * read-only (a bind mount can be, of a writable file system), or the directory is.
 */
bool dfl_base_writable(const struct dfl_call *c, struct dfl_mount *m, int dirfd,
		       const char *path);

/*
 * Where the kernel cannot be asked, there being no lower tree: whether the mount point of
 * the wanted name is read-only, or the file system.  Return: 0, 1 or -errno: not reachable.
 */
int dfl_base_readonly(struct dfl_want *w);

/*
 * Whether a link to @old may be made as @name: both under one mount point, which a
 * letter does not tell.  @flags: AT_SYMLINK_FOLLOW as linkat(2).
 */
bool dfl_base_same_point(const struct dfl_call *c, int olddirfd, const char *old, int flags,
			 int dirfd, const char *name);

/* The last handle of the mount is gone. */
void dfl_base_release(struct dfl_mount *m);

/* The working directory is about to change. */
void dfl_base_cwd_changes(void);

void dfl_base_fork_prepare(void);
void dfl_base_fork_parent(void);
void dfl_base_fork_child(void);

#endif /* DFL_BASE_H */
