// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files: made, freed, and what stat(2) shows of them.
 *
 * A file without a name is an orphan until nobody has it open.  The kernel alone knows
 * who has: a process that got the descriptor by exec() or by fork() and was never here
 * counts too.  So orphans are collected, and the kernel is asked about many at once.
 */
#include "memfs.h"

#include <time.h>

#define BATCH		64U	/* files asked about at once, as host->held() */
#define REAP_BLOCKS	256U
/* An open() that is under way has no descriptor yet. */
#define OPENING_NS	2000000000LL

int64_t mf_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct timespec to_time(int64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += 1000000000;
	}
	return t;
}

/* As tmpfs shows it: a directory is as large as it has names, "." and ".." among them. */
#define BYTES_A_NAME	20

void mf_fill(const struct memfs *m, const struct mf_inode *i, struct stat *st)
{
	uint32_t mode = mf_load(&i->mode);

	memset(st, 0, sizeof(*st));
	st->st_dev = m->head->dev;
	st->st_ino = mf_load(&i->serial);
	st->st_mode = mode;
	st->st_nlink = mf_load(&i->nlink);
	st->st_uid = mf_load(&i->uid);
	st->st_gid = mf_load(&i->gid);
	st->st_size = mf_load(&i->size);
	if (S_ISDIR(mode))
		st->st_size = ((off_t)mf_load(&i->entries) + 2) * BYTES_A_NAME;
	st->st_blksize = MF_BLOCK;
	st->st_blocks = S_ISREG(mode) ? mf_load(&i->blocks) * (MF_BLOCK / 512) : 0;
	st->st_atim = to_time(mf_load(&i->atime));
	st->st_mtim = to_time(mf_load(&i->mtime));
	st->st_ctim = to_time(mf_load(&i->ctime));
}

/* A free place, or NULL: *@err is -ENOSPC or -EIO. */
static struct mf_inode *place(struct memfs *m, int *err)
{
	struct mf_head *h = m->head;
	struct mf_inode *i = mf_inode(m, h->inode_free);

	*err = -EIO;
	if (i) {
		if (i->serial)
			return NULL;
		mf_put32(m, &h->inode_free, i->link);
		return i;
	}
	if (h->inode_free)
		return NULL;
	i = mf_inode(m, h->fresh);
	if (!i) {
		*err = -ENOSPC;
		return NULL;
	}
	mf_mutex_init(&i->lock);
	mf_put32(m, &h->fresh, h->fresh + 1);
	return i;
}

int mf_inode_take(struct memfs *m, struct mf_inode **out)
{
	struct mf_head *h = m->head;
	struct mf_inode *i;
	int err = -ENOSPC;

	if (!h->inodes_free)
		return err;
	i = place(m, &err);
	if (!i)
		return err;
	mf_put64(m, &h->inodes_free, h->inodes_free - 1);
	mf_put64(m, &h->serial, h->serial + 1);
	mf_put64(m, &i->serial, h->serial);
	/* Nobody looks at the rest of a free place, also after this was undone. */
	mf_store(&i->flags, 0);
	mf_store(&i->nlink, 0);
	mf_store(&i->entries, 0);
	mf_store(&i->subdirs, 0);
	mf_store(&i->first, 0);
	mf_store(&i->last, 0);
	mf_store(&i->order, MF_COOKIE_FIRST - 1);
	mf_store(&i->blocks, 0);
	mf_store(&i->size, 0);
	memset(i->direct, 0, sizeof(i->direct) + sizeof(i->indirect));
	mf_store(&i->parent, 0);
	mf_store(&i->opens, 0);
	mf_store(&i->opened, 0);
	i->atime = i->mtime = i->ctime = mf_now();
	mf_put32(m, &i->link, 0);
	*out = i;
	return 0;
}

int mf_inode_orphan(struct memfs *m, struct mf_inode *i)
{
	struct mf_head *h = m->head;

	mf_put32(m, &i->link, h->orphans);
	mf_put32(m, &h->orphans, mf_index(m, i));
	mf_put32(m, &h->orphan_count, h->orphan_count + 1);
	mf_put64(m, &h->orphan_blocks, h->orphan_blocks + i->blocks);
	return 0;
}

/* Takes @i, without blocks by now, out of the orphans and off the world. */
static int release(struct memfs *m, struct mf_inode *i)
{
	struct mf_head *h = m->head;
	uint32_t index = mf_index(m, i), steps = 0;
	uint32_t *at = &h->orphans;

	while (*at != index) {
		struct mf_inode *other = mf_inode(m, *at);

		if (!other || steps++ > m->ninodes)
			return -EIO;
		at = &other->link;
	}
	mf_put32(m, at, i->link);
	mf_put32(m, &h->orphan_count, h->orphan_count - 1);
	mf_put32(m, &i->link, h->inode_free);
	mf_put32(m, &h->inode_free, index);
	mf_put64(m, &h->inodes_free, h->inodes_free + 1);
	mf_put64(m, &i->serial, 0);
	mf_put32(m, &i->gen, i->gen + 1);
	return 0;
}

static int free_orphan(struct memfs *m, struct mf_inode *i, uint64_t serial, bool force)
{
	uint64_t from = 0;
	int err = mf_trylock(m, i);

	if (err)
		return err;
	if (mf_load(&i->serial) != serial || mf_load(&i->nlink) ||
	    (!force && mf_load(&i->opens))) {
		mf_unlock(m, i);
		return -EBUSY;
	}
	mf_change(i);
	do {
		err = mf_begin(m, false);
		if (err)
			break;
		err = mf_map_cut(m, i, &from, MF_FILE_BLOCKS);
		if (!err && from == MF_FILE_BLOCKS)
			err = release(m, i);
		err = mf_end(m, err);
	} while (!err && from < MF_FILE_BLOCKS);
	mf_changed(i);
	mf_unlock(m, i);
	return err;
}

struct batch {
	unsigned int n;
	uint32_t index[BATCH];
	uint64_t serial[BATCH];
	uint32_t type[BATCH];
	uint64_t old;		/* bits: opened some time ago, yet not closed */
	uint64_t open;
};

/* Orphans from number @skip on.  Return: how many there are at all. */
static uint32_t collect(struct memfs *m, uint32_t skip, struct batch *b)
{
	uint32_t at = m->head->orphans, seen = 0;
	int64_t now = mf_now();
	struct mf_inode *i;

	b->n = 0;
	b->old = b->open = 0;
	for (; (i = mf_inode(m, at)) && seen <= m->ninodes; at = i->link, seen++) {
		if (seen < skip || b->n == BATCH)
			continue;
		b->index[b->n] = at;
		b->serial[b->n] = i->serial;
		b->type[b->n] = i->mode & S_IFMT;
		if (i->opens)
			b->open |= 1ULL << b->n;
		if (i->opens && now - i->opened > OPENING_NS)
			b->old |= 1ULL << b->n;
		b->n++;
	}
	return seen;
}

/* Which of the batch somebody holds, as far as the kernel can tell. */
static uint64_t held(const struct memfs *m, const struct batch *b)
{
	uint64_t mask = 0;

	if (m->host->size < offsetof(struct defuse_host, held) + sizeof(m->host->held) ||
	    !m->host->held)
		return b->open;
	return m->host->held(m->host, m->head->dev, b->serial, b->n, &mask) ? ~0ULL : mask;
}

bool mf_reap(struct memfs *m, bool pressed)
{
	uint32_t skip = 0, all, left;
	bool any = false;
	struct batch b;
	unsigned int n;

	do {
		uint64_t users;

		if (mf_begin(m, false))
			return any;
		all = collect(m, skip, &b);
		if (mf_end(m, 0) || !b.n)
			break;
		users = held(m, &b);
		for (n = 0, left = 0; n < b.n; n++) {
			uint64_t bit = 1ULL << n;
			bool stale = pressed && (b.old & bit) && !(users & bit);
			bool user = S_ISREG(b.type[n]) ? users & bit : false;

			if (((b.open & bit) && !stale) || user ||
			    free_orphan(m, &m->inodes[b.index[n]], b.serial[n], stale))
				left++;
			else
				any = true;
		}
		skip += left;
	} while (skip < all && b.n == BATCH);
	if (mf_begin(m, false))
		return any;
	/* Those that stay are not asked about again soon. */
	mf_store(&m->head->reap_count, 2 * m->head->orphan_count + BATCH);
	mf_put64(m, &m->head->orphan_blocks, 0);
	mf_end(m, 0);
	return any;
}

bool mf_reap_due(const struct memfs *m)
{
	const struct mf_head *h = m->head;

	return mf_load(&h->orphan_count) >= mf_load(&h->reap_count) ||
	       mf_load(&h->orphan_blocks) >= REAP_BLOCKS;
}
