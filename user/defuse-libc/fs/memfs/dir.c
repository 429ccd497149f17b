// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names.  One hash table for all directories finds a name; a list for each directory,
 * in the order of creation, is what getdents64(2) reads.
 *
 * Every walk along a chain is bounded: a reader without the lock may be led astray by a
 * change, anybody by a corrupt segment.
 */
#include "memfs.h"

#include <dirent.h>

uint32_t mf_hash(const struct memfs *m, uint32_t dir, const char *name, size_t len)
{
	uint64_t h = m->head->seed ^ (dir + len * 0x100000001ULL), word = 0;

	for (; len >= 8; len -= 8, name += 8) {
		memcpy(&word, name, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, name, len);
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h >> 32;
}

static bool is_name(const struct mf_dent *d, uint32_t dir, uint32_t hash, const char *name,
		    size_t len)
{
	return d->hash == hash && d->dir == dir && d->len == len &&
	       !memcmp(d->name, name, len);
}

uint32_t mf_dir_find(const struct memfs *m, const struct mf_inode *dir, const char *name,
		     size_t len, int *err)
{
	uint32_t index = mf_index(m, dir), hash = mf_hash(m, index, name, len);
	uint32_t number = mf_load(&m->buckets[hash & (m->nbuckets - 1)]), steps = 0;

	*err = -ENOENT;
	while (number) {
		const struct mf_dent *d = mf_dent(m, number);

		if (!d || steps++ > m->ninodes) {
			*err = -EIO;
			return 0;
		}
		if (is_name(d, index, hash, name, len)) {
			*err = 0;
			return number;
		}
		number = mf_load(&d->chain);
	}
	return 0;
}

/* A block of new records of one class, all of them free. */
static int more_records(struct memfs *m, int wide)
{
	uint32_t size = wide ? MF_DENT_WIDE : MF_DENT_NARROW, block, at;
	uint32_t next = m->head->dent_free[wide];
	char *base;

	if (!mf_blocks_take(m, 0, 1, &block))
		return -ENOSPC;
	base = mf_block(m, block);
	memset(base, 0, MF_BLOCK);
	for (at = MF_BLOCK / size; at--;) {
		struct mf_dent *d = (struct mf_dent *)(base + at * size);

		d->wide = wide;
		d->chain = next;
		next = mf_dent_number(m, d);
	}
	mf_put32(m, &m->head->dent_free[wide], next);
	return 0;
}

static int record(struct memfs *m, size_t len, struct mf_dent **out)
{
	int wide = len > MF_NAME_NARROW, err;
	struct mf_dent *d;

	if (!m->head->dent_free[wide]) {
		err = more_records(m, wide);
		if (err)
			return err;
	}
	d = mf_dent(m, m->head->dent_free[wide]);
	if (!d || d->dir || d->wide != wide)
		return -EIO;
	mf_put32(m, &m->head->dent_free[wide], d->chain);
	*out = d;
	return 0;
}

int mf_dir_add(struct memfs *m, struct mf_inode *dir, const char *name, size_t len,
	       struct mf_inode *child)
{
	uint32_t index = mf_index(m, dir), number;
	struct mf_dent *d, *last = NULL;
	uint32_t *bucket;
	int err;

	if (len > MF_NAME_MAX)
		return -ENAMETOOLONG;
	err = record(m, len, &d);
	if (err)
		return err;
	number = mf_dent_number(m, d);
	if (dir->last) {
		last = mf_dent(m, dir->last);
		if (!last)
			return -EIO;
	}
	mf_put64(m, &dir->order, dir->order + 1);
	/* A rename may have freed this very record a moment ago. */
	mf_keep(m, d, d->wide ? MF_DENT_WIDE : MF_DENT_NARROW);
	mf_store(&d->dir, index);
	mf_store(&d->child, mf_index(m, child));
	mf_store(&d->hash, mf_hash(m, index, name, len));
	mf_store(&d->prev, dir->last);
	mf_store(&d->next, 0);
	mf_store(&d->order, dir->order);
	mf_store(&d->len, len);
	memcpy(d->name, name, len);
	bucket = &m->buckets[d->hash & (m->nbuckets - 1)];
	mf_store(&d->chain, *bucket);
	mf_put32(m, bucket, number);
	mf_put32(m, last ? &last->next : &dir->first, number);
	mf_put32(m, &dir->last, number);
	mf_put32(m, &dir->entries, dir->entries + 1);
	mf_put64(m, &m->head->names, m->head->names + 1);
	if (S_ISDIR(child->mode)) {
		mf_put32(m, &dir->subdirs, dir->subdirs + 1);
		mf_put32(m, &dir->nlink, dir->nlink + 1);
		mf_put32(m, &child->parent, index);
	}
	return 0;
}

/* Where @number is hung up in its bucket. */
static uint32_t *chain_to(struct memfs *m, uint32_t hash, uint32_t number)
{
	uint32_t *at = &m->buckets[hash & (m->nbuckets - 1)], steps = 0;

	while (*at != number) {
		struct mf_dent *d = mf_dent(m, *at);

		if (!d || steps++ > m->ninodes)
			return NULL;
		at = &d->chain;
	}
	return at;
}

int mf_dir_remove(struct memfs *m, struct mf_dent *d)
{
	uint32_t number = mf_dent_number(m, d);
	uint32_t *at = chain_to(m, d->hash, number);
	struct mf_inode *dir = mf_inode(m, d->dir), *child = mf_inode(m, d->child);
	struct mf_dent *prev = mf_dent(m, d->prev), *next = mf_dent(m, d->next);
	int wide = d->wide & 1;

	if (!at || !dir || !child || (!prev && d->prev) || (!next && d->next))
		return -EIO;
	mf_put32(m, at, d->chain);
	mf_put32(m, prev ? &prev->next : &dir->first, d->next);
	mf_put32(m, next ? &next->prev : &dir->last, d->prev);
	mf_put32(m, &dir->entries, dir->entries - 1);
	mf_put64(m, &m->head->names, m->head->names - 1);
	if (S_ISDIR(child->mode)) {
		mf_put32(m, &dir->subdirs, dir->subdirs - 1);
		mf_put32(m, &dir->nlink, dir->nlink - 1);
	}
	mf_put32(m, &d->dir, 0);
	mf_put32(m, &d->chain, m->head->dent_free[wide]);
	mf_put32(m, &m->head->dent_free[wide], number);
	return 0;
}

struct listing {
	char *buf;
	size_t size, used;
};

/* False: no room. */
static bool emit(struct listing *l, const char *name, size_t len, uint64_t ino, uint32_t mode,
		 off_t cookie)
{
	size_t need = (offsetof(struct dirent64, d_name) + len + 1 + 7) & ~7UL;
	struct dirent64 *e = (struct dirent64 *)(l->buf + l->used);

	if (need > l->size - l->used)
		return false;
	e->d_ino = ino;
	e->d_off = cookie;
	e->d_reclen = need;
	e->d_type = IFTODT(mode);
	memcpy(e->d_name, name, len);
	memset(e->d_name + len, 0, need - offsetof(struct dirent64, d_name) - len);
	l->used += need;
	return true;
}

static off_t cookie_of(const struct memfs *m, const struct mf_dent *d)
{
	uint32_t number = mf_dent_number(m, d);

	if (number >> MF_COOKIE_BITS)
		number = 0;
	return (off_t)(d->order << MF_COOKIE_BITS | number);
}

/* The record behind @cookie: at once if the one of the cookie is still there. */
static uint32_t resume(const struct memfs *m, const struct mf_inode *dir, off_t cookie)
{
	uint64_t order = (uint64_t)cookie >> MF_COOKIE_BITS;
	uint32_t number = cookie & ((1U << MF_COOKIE_BITS) - 1), steps = 0;
	const struct mf_dent *d = mf_dent(m, number);

	if (d && d->dir == mf_index(m, dir) && d->order == order)
		return mf_load(&d->next);
	number = mf_load(&dir->first);
	while ((d = mf_dent(m, number)) && d->order <= order && steps++ < m->ninodes)
		number = mf_load(&d->next);
	return number;
}

static int list(const struct memfs *m, const struct mf_inode *dir, off_t *cookie,
		struct listing *l)
{
	uint64_t self = mf_load(&dir->serial), up = self;
	const struct mf_inode *parent = mf_inode(m, mf_load(&dir->parent));
	uint32_t number, steps = 0;

	if (parent && mf_load(&parent->serial))
		up = mf_load(&parent->serial);
	if (*cookie < 1) {
		if (!emit(l, ".", 1, self, S_IFDIR, 1))
			return -EINVAL;
		*cookie = 1;
	}
	if (*cookie < 2) {
		if (!emit(l, "..", 2, up, S_IFDIR, 2))
			return l->used ? 0 : -EINVAL;
		*cookie = 2;
	}
	for (number = resume(m, dir, *cookie); number; steps++) {
		const struct mf_dent *d = mf_dent(m, number);
		const struct mf_inode *child = d ? mf_inode(m, mf_load(&d->child)) : NULL;

		if (!child || d->len > MF_NAME_MAX || steps > m->ninodes)
			return -EIO;
		if (!emit(l, d->name, d->len, mf_load(&child->serial), mf_load(&child->mode),
			  cookie_of(m, d)))
			return l->used ? 0 : -EINVAL;
		*cookie = cookie_of(m, d);
		number = mf_load(&d->next);
	}
	return 0;
}

int mf_dir_read(struct memfs *m, const struct mf_inode *dir, off_t *cookie, void *buf,
		size_t size, size_t *written)
{
	struct listing l;
	uint32_t seq;
	off_t at = 0;
	int try, err = -EIO;

	for (try = 0; try < MF_ATTEMPTS; try++) {
		l = (struct listing){ .buf = buf, .size = size };
		at = *cookie;
		seq = mf_read_begin(m);
		err = list(m, dir, &at, &l);
		if (!mf_read_retry(m, seq))
			break;
	}
	if (try == MF_ATTEMPTS) {
		err = mf_begin(m, false);
		if (err)
			return err;
		l = (struct listing){ .buf = buf, .size = size };
		at = *cookie;
		err = list(m, dir, &at, &l);
		err = mf_end(m, 0) ? -EIO : err;
	}
	if (err)
		return err;
	*cookie = at;
	*written = l.used;
	return 0;
}
