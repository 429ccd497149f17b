// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Symbolic links of mounts without a lower tree.  There the kernel takes every
 * component for a directory, and the library alone knows better.
 *
 * A link with an absolute target is followed if that is below the mount point; what
 * leads elsewhere cannot be reached from here.
 */
#include "serve.h"

#include <errno.h>
#include <string.h>

#define LINKS_MAX	40	/* as the kernel */

/* Cuts the last component off. */
static void pop(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* Target of the link @path in @buf; -EINVAL: it is none. */
static int target_of(struct dfl_mount *m, const char *path, char *buf, size_t size)
{
	size_t n = 0;
	int err = m->ops.readlink(m->fs, path, buf, size - 1, &n);

	if (err)
		return err;
	if (n >= size - 1)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return n ? 0 : -ENOENT;
}

/* Where @target goes on from, given that it stood in directory @done. */
static const char *restart(const struct dfl_mount *m, char *done, const char *target)
{
	size_t n = strlen(m->point);

	if (target[0] != '/')
		return target;
	if (strncmp(target, m->point, n) || (target[n] && target[n] != '/'))
		return NULL;
	done[0] = '\0';
	return target + n;
}

/* One component of @rest more in @done.  Return: what is left of @rest. */
static char *step(char *done, char *rest)
{
	size_t n = strcspn(rest, "/");

	if (n == 2 && rest[0] == '.' && rest[1] == '.') {
		pop(done);
	} else if (n && !(n == 1 && rest[0] == '.')) {
		size_t len = strlen(done);

		/* @done and @rest together are shorter than a path: see dfl_follow(). */
		done[len] = '/';
		memcpy(done + len + 1, rest, n);
		done[len + 1 + n] = '\0';
	}
	rest += n;
	return rest + strspn(rest, "/");
}

int dfl_follow(struct dfl_mount *m, char *path, bool last, struct dfl_follow *f)
{
	const char *from;
	char *rest;
	size_t n;
	int links = 0;

	if (!m->ops.readlink)
		return 0;
	f->done[0] = '\0';
	memcpy(f->rest, path, strlen(path) + 1);
	for (rest = f->rest + 1; *rest;) {
		rest = step(f->done, rest);
		if (!*f->done || (!*rest && !last) ||
		    target_of(m, f->done, f->target, sizeof(f->target)))
			continue;
		if (++links > LINKS_MAX)
			return -ELOOP;
		pop(f->done);
		from = restart(m, f->done, f->target);
		if (!from)
			return -EXDEV;
		/* All of it, with slashes between, is not longer than a path may be. */
		if (strlen(f->done) + strlen(from) + strlen(rest) + 3 > DEFUSE_PATH_MAX)
			return -ENAMETOOLONG;
		n = strlen(from);
		memcpy(f->spare, from, n);
		f->spare[n] = '/';
		memcpy(f->spare + n + 1, rest, strlen(rest) + 1);
		memcpy(f->rest, f->spare, strlen(f->spare) + 1);
		rest = f->rest + strspn(f->rest, "/");
	}
	from = *f->done ? f->done : "/";
	memcpy(path, from, strlen(from) + 1);
	return 0;
}

bool dfl_is_link(struct dfl_mount *m, const char *path, struct dfl_follow *f)
{
	return m->ops.readlink && target_of(m, path, f->target, sizeof(f->target)) == 0;
}
