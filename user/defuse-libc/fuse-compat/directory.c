// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Open directories.
 *
 * A directory is read at once, when its beginning is asked for, and kept: cookies are
 * numbers of entries, and what is created or removed meanwhile disturbs nobody.
 */
#include "instance.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct listing - the entries of a directory, each a struct dirent64 record
 * @at: @count offsets into @records
 */
struct listing {
	struct fuse *fuse;
	const char *path;
	char *records;
	size_t used, size;
	size_t *at;
	size_t count, room;
	int error;
};

void listing_free(struct listing *l)
{
	if (!l)
		return;
	free(l->records);
	free(l->at);
	free(l);
}

static bool grow(void **p, size_t *room, size_t need, size_t each)
{
	size_t n = *room ? *room : 64;
	void *q;

	while (n < need)
		n *= 2;
	q = n > *room ? realloc(*p, n * each) : *p;
	if (!q)
		return false;
	*p = q;
	*room = n;
	return true;
}

/* The number that stat() of the entry will tell, where that costs nothing. */
static uint64_t entry_inode(struct listing *l, const char *name, const struct stat *st)
{
	char path[WIRE_PATH];
	size_t n = strlen(l->path);

	if (st && st->st_ino && l->fuse->cfg.use_ino)
		return st->st_ino;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    n + strlen(name) + 2 > sizeof(path))
		return 1;
	stpcpy(stpcpy(stpcpy(path, l->path), l->path[n - 1] == '/' ? "" : "/"), name);
	return name_inode(l->fuse, path);
}

static int fill(void *buf, const char *name, const struct stat *st, off_t off,
		enum fuse_fill_dir_flags flags)
{
	struct listing *l = buf;
	size_t length = offsetof(struct dirent64, d_name) + strlen(name) + 1;
	struct dirent64 *e;

	(void)off;
	(void)flags;
	if (strlen(name) > 255 || !*name || strchr(name, '/')) {
		l->error = -EIO;
		return 1;
	}
	length = (length + 7) & ~(size_t)7;
	if (!grow((void **)&l->records, &l->size, l->used + length, 1) ||
	    !grow((void **)&l->at, &l->room, l->count + 1, sizeof(*l->at))) {
		l->error = -ENOMEM;
		return 1;
	}
	e = (struct dirent64 *)(l->records + l->used);
	memset(e, 0, length);
	e->d_ino = entry_inode(l, name, st);
	e->d_off = l->count + 1;
	e->d_reclen = length;
	e->d_type = st ? (st->st_mode & S_IFMT) >> 12 : DT_UNKNOWN;
	memcpy(e->d_name, name, strlen(name) + 1);
	l->at[l->count++] = l->used;
	l->used += length;
	return 0;
}

static int read_all(struct fuse *f, struct file *file)
{
	struct listing *l;
	int err;

	if (!f->op.readdir)
		return -ENOSYS;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->fuse = f;
	l->path = file->path;
	err = f->op.readdir(file_path(f, file), l, fill, 0, FI(file), 0);
	l->path = NULL;
	if (!err)
		err = l->error;
	if (err) {
		listing_free(l);
		return err;
	}
	listing_free(file->listing);
	file->listing = l;
	return 0;
}

int in_getdents(struct fuse *f, struct file *file, off_t *cookie, void *buf, size_t size,
		size_t *written)
{
	struct listing *l;
	int err = 0;

	*written = 0;
	if (!file->dir)
		return -ENOTDIR;
	in_enter(f);
	pthread_rwlock_rdlock(&f->tree);
	pthread_mutex_lock(&file->lock);
	if (file->gone)
		err = -ENOENT;		/* as Linux has it for a removed directory */
	else if (*cookie == 0 || !file->listing)
		err = read_all(f, file);
	l = file->listing;
	while (!err && *cookie >= 0 && (size_t)*cookie < l->count) {
		const struct dirent64 *e = (void *)(l->records + l->at[*cookie]);

		if (e->d_reclen > size - *written) {
			err = *written ? 0 : -EINVAL;
			break;
		}
		memcpy((char *)buf + *written, e, e->d_reclen);
		*written += e->d_reclen;
		++*cookie;
	}
	pthread_mutex_unlock(&file->lock);
	pthread_rwlock_unlock(&f->tree);
	in_leave(f);
	return err;
}
