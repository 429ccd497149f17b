// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names: attributes, the way to them, inode numbers.
 *
 * FUSE file systems rely on a kernel that walked to the name: a path they get has no
 * symbolic link in its middle.  Here nobody has, so each directory on the way is
 * looked at, every time.
 */
#include "instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t hash(const char *path)
{
	uint64_t h = 14695981039346656037ULL;		/* FNV-1a */

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 1099511628211ULL;
	return h;
}

static bool is_used(struct fuse *f, uint64_t inode)
{
	const struct name *n = f->numbers[inode % INODE_BUCKETS];

	while (n && n->inode != inode)
		n = n->same;
	return n;
}

static void number_add(struct fuse *f, struct name *n)
{
	struct name **bucket = &f->numbers[n->inode % INODE_BUCKETS];

	n->same = *bucket;
	*bucket = n;
}

static void number_remove(struct fuse *f, struct name *n)
{
	struct name **at = &f->numbers[n->inode % INODE_BUCKETS];

	while (*at != n)
		at = &(*at)->same;
	*at = n->same;
}

/*
 * In a server a name keeps its number as long as it is there, and takes it along when
 * it is renamed.  The number is made of the name, so that the next server gives the same,
 * unless that has become another name's.  A process by itself knows nothing of others'
 * renames: the name is the number.
 */
uint64_t name_inode(struct fuse *f, const char *path)
{
	uint64_t h = hash(path), inode;
	struct name **bucket = &f->names[h % INODE_BUCKETS], *n;

	if (!f->shared)
		return h | 1;
	pthread_mutex_lock(&f->inodes);
	for (n = *bucket; n && strcmp(n->path, path); n = n->next)
		;
	if (!n) {
		size_t size = strlen(path) + 1;

		n = malloc(sizeof(*n) + size);
		if (n) {
			for (n->inode = h | 1; is_used(f, n->inode); n->inode += 2)
				;
			number_add(f, n);
			memcpy(n->path, path, size);
			n->next = *bucket;
			*bucket = n;
		}
	}
	inode = n ? n->inode : h | 1;
	pthread_mutex_unlock(&f->inodes);
	return inode;
}

/* @path is @top or lies below it: what follows @top; else NULL. */
static const char *below(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (strncmp(path, top, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

static void insert(struct fuse *f, struct name *n)
{
	struct name **bucket = &f->names[hash(n->path) % INODE_BUCKETS];

	n->next = *bucket;
	*bucket = n;
}

/* Takes the names at and below @top that are in @bucket out, in front of @out. */
static struct name *cut_bucket(struct name **bucket, const char *top, struct name *out)
{
	struct name **at, *n;

	for (at = bucket; (n = *at);) {
		if (!below(n->path, top)) {
			at = &n->next;
			continue;
		}
		*at = n->next;
		n->next = out;
		out = n;
	}
	return out;
}

/* Takes the name @top out of the table; of a @tree all names below as well. */
static struct name *cut(struct fuse *f, const char *top, bool tree)
{
	struct name *out = NULL;
	int i;

	if (!tree)
		return cut_bucket(&f->names[hash(top) % INODE_BUCKETS], top, NULL);
	for (i = 0; i < INODE_BUCKETS; i++)
		out = cut_bucket(&f->names[i], top, out);
	return out;
}

static void free_list(struct fuse *f, struct name *n)
{
	while (n) {
		struct name *next = n->next;

		number_remove(f, n);
		free(n);
		n = next;
	}
}

void name_moved(struct fuse *f, const char *from, const char *to, bool tree)
{
	struct name *moved, *next, *copy;

	if (!f->shared)
		return;
	pthread_mutex_lock(&f->inodes);
	moved = cut(f, from, tree);
	if (to)
		free_list(f, cut(f, to, false));
	for (; to && moved; moved = next) {
		const char *rest = below(moved->path, from);
		size_t size = strlen(to) + strlen(rest) + 1;

		next = moved->next;
		copy = malloc(sizeof(*copy) + size);
		number_remove(f, moved);
		if (copy) {
			copy->inode = moved->inode;
			stpcpy(stpcpy(copy->path, to), rest);
			number_add(f, copy);
			insert(f, copy);
		}
		free(moved);
	}
	free_list(f, moved);
	pthread_mutex_unlock(&f->inodes);
}

void names_free(struct fuse *f)
{
	int i;

	for (i = 0; i < INODE_BUCKETS; i++)
		free_list(f, f->names[i]);
}

int name_stat(struct fuse *f, const char *path, struct file *file, struct stat *st)
{
	int err;

	if (!f->op.getattr)
		return -ENOSYS;
	memset(st, 0, sizeof(*st));
	/* Directories have handles of their own, of which getattr() knows nothing. */
	if (file && !file->dir)
		err = f->op.getattr(file_path(f, file), st, FI(file));
	else
		err = f->op.getattr(path, st, NULL);
	if (err)
		return err < 0 ? err : -EIO;
	if (f->cfg.set_mode)
		st->st_mode = (st->st_mode & S_IFMT) | (0777 & ~f->cfg.umask);
	if (f->cfg.set_uid)
		st->st_uid = f->cfg.uid;
	if (f->cfg.set_gid)
		st->st_gid = f->cfg.gid;
	if (!f->cfg.use_ino || !st->st_ino) {
		st->st_ino = file ? file->inode : name_inode(f, path);
		st->st_dev = 0;
	}
	/* (0, 0) would say that the file has no identity. */
	if (!st->st_dev)
		st->st_dev = 1;
	if (!st->st_blksize)
		st->st_blksize = 4096;
	return 0;
}

int name_walk(struct fuse *f, const char *path, struct stat *parent)
{
	char dir[WIRE_PATH];
	const char *slash = path;
	int err;

	do {
		size_t n = slash == path ? 1 : (size_t)(slash - path);

		memcpy(dir, path, n);
		dir[n] = '\0';
		err = name_stat(f, dir, NULL, parent);
		if (err)
			return err;
		if (S_ISLNK(parent->st_mode))
			return -ELOOP;
		if (!S_ISDIR(parent->st_mode))
			return -ENOTDIR;
		if (f->default_permissions) {
			err = may_access(parent, X_OK);
			if (err)
				return err;
		}
		slash = strchr(slash + 1, '/');
	} while (slash);
	return 0;
}
