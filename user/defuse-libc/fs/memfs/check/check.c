// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counts everything in a segment, and compares with what the segment says. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

/**
 * struct count - what was found
 * @block:  by number: who has it, 0: nobody
 * @names:  by inode: names that lead there
 * @orphan: by inode: it is in that list
 */
struct count {
	struct memfs *m;
	unsigned int bad;
	bool loud;
	uint8_t *block;
	uint32_t *names;
	uint8_t *orphan;
	uint64_t all_names;
};

enum { NOBODY, A_FILE, RECORDS };

#define SOUND(c, condition, ...) do {						\
	if (!(condition)) {							\
		(c)->bad++;							\
		if ((c)->loud && (c)->bad < 20) {				\
			fprintf(stderr, "memfs: not true: %s: ", #condition);	\
			fprintf(stderr, __VA_ARGS__);				\
			fputc('\n', stderr);					\
		}								\
	}									\
} while (0)

static void own(struct count *c, uint32_t b, uint32_t index)
{
	SOUND(c, mf_block(c->m, b), "block %u of %u", b, index);
	if (!mf_block(c->m, b))
		return;
	SOUND(c, c->block[b] == NOBODY, "block %u of %u has an owner", b, index);
	c->block[b] = A_FILE;
}

static void tree_of_blocks(struct count *c, uint32_t at, int level, uint32_t index,
			   uint64_t *data)
{
	const uint32_t *table;
	unsigned int n;

	if (!at)
		return;
	own(c, at & ~MF_UNWRITTEN, index);
	if (!level) {
		++*data;
		return;
	}
	table = mf_block(c->m, at);
	for (n = 0; table && n < MF_FANOUT && c->bad < 1000; n++)
		tree_of_blocks(c, table[n], level - 1, index, data);
}

static void blocks_of_file(struct count *c, const struct mf_inode *i)
{
	uint64_t data = 0;
	int n;

	for (n = 0; n < MF_DIRECT; n++)
		tree_of_blocks(c, i->direct[n], 0, mf_index(c->m, i), &data);
	for (n = 1; n <= 3; n++)
		tree_of_blocks(c, i->indirect[n - 1], n, mf_index(c->m, i), &data);
	SOUND(c, data == i->blocks, "inode %u: %llu", mf_index(c->m, i),
	      (unsigned long long)data);
}

static void own_record(struct count *c, uint32_t number)
{
	uint32_t b = (uint64_t)number * MF_DENT_UNIT >> MF_BLOCK_SHIFT;

	SOUND(c, c->block[b] != A_FILE, "record %u in block %u", number, b);
	c->block[b] = RECORDS;
}

static void names_of(struct count *c, const struct mf_inode *dir)
{
	uint32_t index = mf_index(c->m, dir), at = dir->first, last = 0, n = 0, subdirs = 0;
	uint64_t order = MF_COOKIE_FIRST - 1;
	int err;

	for (; at; n++) {
		const struct mf_dent *d = mf_dent(c->m, at);
		const struct mf_inode *child = d ? mf_inode(c->m, d->child) : NULL;

		SOUND(c, child && child->serial && n < c->m->ninodes, "%u in %u", at, index);
		if (!child || n >= c->m->ninodes)
			return;
		own_record(c, at);
		SOUND(c, d->dir == index && d->prev == last && d->order > order, "%u", at);
		SOUND(c, mf_dir_find(c->m, dir, d->name, d->len, &err) == at, "%.*s", d->len,
		      d->name);
		c->names[d->child]++;
		if (S_ISDIR(child->mode)) {
			subdirs++;
			SOUND(c, child->parent == index, "%u", d->child);
		}
		order = d->order;
		last = at;
		at = d->next;
	}
	c->all_names += n;
	SOUND(c, dir->last == last && dir->entries == n && dir->subdirs == subdirs,
	      "inode %u: %u names, %u directories", index, n, subdirs);
	SOUND(c, dir->order >= order, "inode %u", index);
}

static void below_root(struct count *c, uint32_t index)
{
	uint32_t steps = 0, at = index;

	while (at != MF_ROOT && mf_inode(c->m, at) && steps++ < c->m->ninodes)
		at = c->m->inodes[at].parent;
	SOUND(c, at == MF_ROOT, "directory %u", index);
}

static void lists(struct count *c)
{
	const struct mf_head *h = c->m->head;
	uint32_t at, n, chained = 0, b;
	int wide;

	for (at = h->orphans, n = 0; at && n <= c->m->ninodes; n++) {
		const struct mf_inode *i = mf_inode(c->m, at);

		SOUND(c, i && i->serial && !i->nlink, "orphan %u", at);
		if (!i)
			return;
		c->orphan[at] = 1;
		at = i->link;
	}
	SOUND(c, n == h->orphan_count, "%u", n);
	for (at = h->inode_free, n = 0; at && n <= c->m->ninodes; n++) {
		const struct mf_inode *i = mf_inode(c->m, at);

		SOUND(c, i && !i->serial && at < h->fresh, "free inode %u", at);
		if (!i)
			return;
		at = i->link;
	}
	SOUND(c, n + (c->m->ninodes - h->fresh) == h->inodes_free, "%u", n);
	for (wide = 0; wide < 2; wide++) {
		for (at = h->dent_free[wide], n = 0; at && n <= c->m->size / 64; n++) {
			const struct mf_dent *d = mf_dent(c->m, at);

			SOUND(c, d && !d->dir && d->wide == wide, "free record %u", at);
			if (!d)
				return;
			own_record(c, at);
			at = d->chain;
		}
	}
	for (b = 0; b < c->m->nbuckets; b++)
		for (at = c->m->buckets[b]; mf_dent(c->m, at) && chained <= h->names;
		     chained++)
			at = mf_dent(c->m, at)->chain;
	SOUND(c, chained == c->all_names && h->names == chained, "%u", chained);
}

static void inodes(struct count *c)
{
	uint32_t index;
	int err;

	for (index = 1; index < c->m->ninodes; index++) {
		struct mf_inode *i = &c->m->inodes[index];

		if (!i->serial)
			continue;
		/* The lock of a dead process. */
		err = mf_lock(c->m, i);
		SOUND(c, !err, "inode %u", index);
		if (!err)
			mf_unlock(c->m, i);
		SOUND(c, index < c->m->head->fresh && i->serial <= c->m->head->serial,
		      "inode %u", index);
		if (S_ISDIR(i->mode)) {
			names_of(c, i);
			if (i->nlink)
				below_root(c, index);
		}
		blocks_of_file(c, i);
		SOUND(c, !(i->seq & 1), "inode %u", index);
	}
}

static void links(struct count *c)
{
	uint32_t index;

	for (index = 1; index < c->m->ninodes; index++) {
		const struct mf_inode *i = &c->m->inodes[index];
		uint32_t want = c->names[index];

		if (!i->serial) {
			SOUND(c, !want, "free inode %u has a name", index);
			continue;
		}
		if (S_ISDIR(i->mode) && (want || index == MF_ROOT))
			want = 2 + i->subdirs;
		SOUND(c, i->nlink == want && !!i->nlink == !c->orphan[index], "inode %u: %u",
		      index, want);
	}
}

static void bitmap(struct count *c)
{
	uint64_t free = 0;
	uint32_t b;

	for (b = 0; b < c->m->nblocks; b++) {
		bool used = c->m->bitmap[b / 64] >> b % 64 & 1;

		SOUND(c, used == (b < c->m->first || c->block[b]), "block %u", b);
		SOUND(c, used || b >= c->m->head->hint, "free block %u", b);
		SOUND(c, !used || b < c->m->head->backed, "block %u", b);
		free += !used;
	}
	SOUND(c, free == c->m->head->blocks_free, "%llu", (unsigned long long)free);
}

unsigned int mf_check(struct memfs *m, bool loud)
{
	struct count c = { .m = m, .loud = loud };
	int err = mf_begin(m, false);	/* undoes what a dead process began */

	if (err || mf_end(m, 0))
		return 1;
	c.block = calloc(m->nblocks, 1);
	c.names = calloc(m->ninodes, sizeof(*c.names));
	c.orphan = calloc(m->ninodes, 1);
	SOUND(&c, !m->head->undone && !(m->head->seq & 1), "-");
	inodes(&c);
	lists(&c);
	links(&c);
	bitmap(&c);
	free(c.block);
	free(c.names);
	free(c.orphan);
	return c.bad;
}
