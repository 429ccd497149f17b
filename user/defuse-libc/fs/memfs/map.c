// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which blocks a file has: eight pointers in the inode, then blocks of pointers, of one,
 * two and three levels.
 */
#include "memfs.h"

/* Levels above the pointer of @block, which becomes the index below that root. */
static int depth(uint64_t *block)
{
	uint64_t span = MF_FANOUT;
	int level;

	if (*block < MF_DIRECT)
		return 0;
	*block -= MF_DIRECT;
	for (level = 1; level < 3 && *block >= span; level++) {
		*block -= span;
		span *= MF_FANOUT;
	}
	return level;
}

static uint64_t span_of(int level)
{
	uint64_t span = 1;

	while (level-- > 0)
		span *= MF_FANOUT;
	return span;
}

const uint32_t *mf_map(const struct memfs *m, const struct mf_inode *i, uint64_t block,
		       uint64_t *count, int *err)
{
	int level = depth(&block);
	const uint32_t *table;
	uint32_t pointer;

	if (!level) {
		*count = MF_DIRECT - block;
		return &i->direct[block];
	}
	pointer = mf_load(&i->indirect[level - 1]);
	for (;; level--) {
		uint64_t below = span_of(level);

		if (!pointer) {
			*count = below - block;
			return NULL;
		}
		table = mf_block(m, pointer);
		if (!table) {
			*count = 1;
			*err = -EIO;
			return NULL;
		}
		below /= MF_FANOUT;
		if (level == 1)
			break;
		pointer = mf_load(&table[block / below]);
		block %= below;
	}
	*count = MF_FANOUT - block;
	return &table[block];
}

int mf_map_slot(struct memfs *m, struct mf_inode *i, uint64_t block, uint32_t **slot)
{
	int level = depth(&block);
	uint32_t *table, *at, new;

	if (!level) {
		*slot = &i->direct[block];
		return 0;
	}
	at = &i->indirect[level - 1];
	for (; level; level--) {
		uint64_t below = span_of(level - 1);

		if (!*at) {
			if (!mf_blocks_take(m, 0, 1, &new))
				return -ENOSPC;
			memset(m->base + ((uint64_t)new << MF_BLOCK_SHIFT), 0, MF_BLOCK);
			mf_put32(m, at, new);
		}
		table = mf_block(m, *at);
		if (!table)
			return -EIO;
		at = &table[block / below];
		block %= below;
	}
	*slot = at;
	return 0;
}

/* A cut under way: blocks [*@from, @to) of the file go, from the front. */
struct cut {
	struct memfs *m;
	struct mf_inode *i;
	uint64_t from, to;
};

/* Entries of the undo log that giving one block takes at most. */
#define CUT_ENTRIES	8

static int give(struct cut *c, uint32_t *at)
{
	int err = mf_blocks_give(c->m, *at & ~MF_UNWRITTEN, 1);

	mf_put32(c->m, at, 0);
	return err;
}

/*
 * Below *@at, the root of a tree of @level whose first block is @base.  A block of
 * pointers goes when all behind it goes.  Return: 1: no room for more, 0, -EIO.
 */
static int cut_tree(struct cut *c, uint32_t *at, int level, uint64_t base)
{
	uint64_t span = span_of(level), below;
	bool whole = c->from <= base && c->to >= base + span;
	uint32_t *table;
	int err;

	if (!*at || c->from >= base + span || c->to <= base) {
		if (c->from < base + span && c->to > base)
			c->from = base + span < c->to ? base + span : c->to;
		return 0;
	}
	if (!mf_room(c->m, 4 * CUT_ENTRIES))
		return 1;
	if (!level) {
		mf_put64(c->m, &c->i->blocks, c->i->blocks - 1);
		err = give(c, at);
		c->from = base + 1;
		return err;
	}
	table = mf_block(c->m, *at);
	if (!table)
		return -EIO;
	below = span / MF_FANOUT;
	while (c->from < c->to && c->from < base + span) {
		uint64_t n = c->from > base ? (c->from - base) / below : 0;

		err = cut_tree(c, &table[n], level - 1, base + n * below);
		if (err)
			return err;
	}
	/* Cut in several transactions: what is left in front says whether it may go. */
	for (below = 0; !whole && below < MF_FANOUT; below++)
		if (table[below])
			return 0;
	return give(c, at);
}

int mf_map_cut(struct memfs *m, struct mf_inode *i, uint64_t *from, uint64_t to)
{
	struct cut c = { .m = m, .i = i, .from = *from, .to = to };
	uint64_t base = MF_DIRECT;
	int n, err = 0;

	for (n = 0; n < MF_DIRECT && !err; n++)
		err = cut_tree(&c, &i->direct[n], 0, n);
	for (n = 1; n <= 3 && !err; n++) {
		err = cut_tree(&c, &i->indirect[n - 1], n, base);
		base += span_of(n);
	}
	*from = err > 0 ? c.from : to;
	return err < 0 ? err : 0;
}

uint64_t mf_map_next(const struct memfs *m, const struct mf_inode *i, uint64_t from,
		     uint64_t to, bool data)
{
	uint64_t count, n, steps = 0;
	int err = 0;

	while (from < to) {
		const uint32_t *p = mf_map(m, i, from, &count, &err);

		/* More pointers than blocks: somebody leads us in circles. */
		if (err || steps++ > m->nblocks)
			return to;
		if (!p) {
			if (!data)
				return from;
			from += count;
			continue;
		}
		for (n = 0; n < count && from < to; n++, from++) {
			uint32_t b = mf_load(&p[n]);

			if ((b && !(b & MF_UNWRITTEN)) == data)
				return from;
		}
	}
	return to;
}
