// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a path to a file, with search permission on every directory on the way. */
#include "memfs.h"

#include <unistd.h>

static int step_in(const struct memfs *m, struct mf_cred *c, struct mf_place *p)
{
	uint32_t number;
	int err;

	if (!S_ISDIR(mf_load(&p->dir->mode)))
		return S_ISLNK(mf_load(&p->dir->mode)) ? -ELOOP : -ENOTDIR;
	err = mf_may_inode(c, p->dir, X_OK);
	if (err)
		return err;
	if (p->len > MF_NAME_MAX)
		return -ENAMETOOLONG;
	number = mf_dir_find(m, p->dir, p->name, p->len, &err);
	if (err)
		return err;
	p->dent = mf_dent(m, number);
	p->inode = mf_inode(m, mf_load(&p->dent->child));
	return p->inode ? 0 : -EIO;
}

int mf_walk(const struct memfs *m, struct mf_cred *c, const char *path, struct mf_place *p)
{
	int err;

	*p = (struct mf_place){ .inode = &m->inodes[MF_ROOT] };
	while (*path == '/' && path[1]) {
		const char *end = strchrnul(path + 1, '/');

		if (!p->inode)
			return -ENOENT;
		*p = (struct mf_place){ .dir = p->inode, .name = path + 1,
					.len = end - path - 1 };
		err = step_in(m, c, p);
		if (err && err != -ENOENT)
			return err;
		path = end;
	}
	return 0;
}

static int look(const struct memfs *m, struct mf_cred *c, const char *path,
		struct mf_look *l, struct stat *st)
{
	struct mf_place p;
	int err = mf_walk(m, c, path, &p);

	if (err)
		return err;
	if (!p.inode)
		return -ENOENT;
	l->index = mf_index(m, p.inode);
	l->gen = mf_load(&p.inode->gen);
	l->mode = mf_load(&p.inode->mode);
	l->uid = mf_load(&p.inode->uid);
	l->gid = mf_load(&p.inode->gid);
	if (st)
		mf_fill(m, p.inode, st);
	return 0;
}

int mf_look(struct memfs *m, struct mf_cred *c, const char *path, struct mf_look *l,
	    struct stat *st)
{
	int try, err;

	for (try = 0; try < MF_ATTEMPTS; try++) {
		uint32_t seq = mf_read_begin(m);

		err = look(m, c, path, l, st);
		if (!mf_read_retry(m, seq))
			return err;
	}
	err = mf_begin(m, false);
	if (err)
		return err;
	err = look(m, c, path, l, st);
	return mf_end(m, 0) ? -EIO : err;
}
