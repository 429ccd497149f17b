/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which error says that a mount without a lower tree is read-only, or something else before. */
#ifndef DFL_READONLY_H
#define DFL_READONLY_H

#include "call.h"
#include "mount.h"

/**
 * dfl_readonly_path() - a call about a name that would change something
 * @path:   mailbox form, as the call follows links
 * @second: likewise the new name of link(); NULL: not on this mount
 *
 * Return: -EROFS, or what comes before it.  Uses the path of the thread's post.
 */
long dfl_readonly_path(const struct dfl_call *c, struct dfl_mount *m, const char *path,
		       const char *second);

/* An open(): 0 if it changes nothing, then without O_CREAT in *@flags; else -errno. */
long dfl_readonly_open(const struct dfl_call *c, struct dfl_mount *m, const char *path,
		       int *flags);

/* Whether the mount, or the mount point, by which @fd was opened is read-only now. */
bool dfl_readonly_fd(int fd);

#endif /* DFL_READONLY_H */
