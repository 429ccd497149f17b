// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bytes of a file.
 *
 * What lies behind the end in its last block, or in blocks reserved there, is undefined;
 * it is made zero when the file grows over it.  So cutting a file is one store, and the
 * blocks may follow in as many transactions as it takes.
 */
#include "memfs.h"

/* Bytes written under the tree lock at once. */
#define CHUNK_BLOCKS	32U

static uint64_t blocks_of(uint64_t bytes)
{
	return (bytes + MF_BLOCK - 1) >> MF_BLOCK_SHIFT;
}

/* How many of @p, at most @max, are one piece of memory behind @p[0]. */
static uint64_t run(const uint32_t *p, uint64_t max)
{
	uint32_t first = mf_load(&p[0]);
	uint64_t n = 1;

	while (n < max && mf_load(&p[n]) == first + n)
		n++;
	return n;
}

/* A piece of at most @size bytes at @offset: bytes of it, where they are (NULL: zeros). */
static size_t piece(const struct memfs *m, const struct mf_inode *i, uint64_t offset,
		    size_t size, char **at, int *err)
{
	uint64_t block = offset >> MF_BLOCK_SHIFT, count = 0, n;
	uint32_t inside = offset & (MF_BLOCK - 1), b;
	const uint32_t *p = mf_map(m, i, block, &count, err);
	uint64_t most = (size + inside + MF_BLOCK - 1) >> MF_BLOCK_SHIFT;

	*at = NULL;
	n = most < count ? most : count;
	b = p ? mf_load(p) : 0;
	if (p && (!b || b & MF_UNWRITTEN)) {
		n = 1;
	} else if (p) {
		n = run(p, n);
		if (!mf_block(m, b) || !mf_block(m, b + n - 1)) {
			*err = -EIO;
			return size;
		}
		*at = (char *)mf_block(m, b) + inside;
	}
	n = (n << MF_BLOCK_SHIFT) - inside;
	return n < size ? n : size;
}

int mf_copy_out(const struct memfs *m, const struct mf_inode *i, char *buf, size_t size,
		uint64_t offset, size_t *done)
{
	uint64_t end = mf_load(&i->size);
	size_t left, n;
	char *at;
	int err = 0;

	*done = 0;
	if (offset >= end)
		return 0;
	left = end - offset < size ? end - offset : size;
	while (left && !err) {
		n = piece(m, i, offset, left, &at, &err);
		if (at)
			memcpy(buf, at, n);
		else
			memset(buf, 0, n);
		buf += n;
		offset += n;
		left -= n;
		*done += n;
	}
	return err;
}

/* Zeros in [from, to), where there are blocks at all. */
static int wipe(struct memfs *m, struct mf_inode *i, uint64_t from, uint64_t to)
{
	int err = 0;

	while (from < to && !err) {
		char *at;
		size_t n = piece(m, i, from, to - from, &at, &err);

		if (at && !err)
			memset(at, 0, n);
		from += n;
	}
	return err;
}

/* The file is about to grow: nothing old may come to light before @to. */
static int wipe_end(struct memfs *m, struct mf_inode *i, uint64_t to)
{
	uint64_t size = mf_load(&i->size);
	uint64_t edge = blocks_of(size) << MF_BLOCK_SHIFT;

	if (to <= size)
		return 0;
	if (i->flags & MF_BEYOND || to < edge)
		edge = to;
	return wipe(m, i, size, edge);
}

/* A block for @slot.  @near: the one after the last that was taken, and how many follow
 * it that are taken already. */
struct supply {
	uint32_t at, left;
};

static int supply(struct memfs *m, struct supply *s, uint32_t want, uint32_t *block)
{
	if (!s->left) {
		s->left = mf_blocks_take(m, s->at, want, &s->at);
		if (!s->left)
			return -ENOSPC;
	}
	*block = s->at++;
	s->left--;
	return 0;
}

/* What was taken in one piece and not used. */
static int supply_back(struct memfs *m, struct supply *s)
{
	return s->left ? mf_blocks_give(m, s->at, s->left) : 0;
}

/* Memory for one block of the file that is to be written in [from, to). */
static int fresh(struct memfs *m, struct mf_inode *i, uint32_t *slot, struct supply *s,
		 uint32_t want, uint32_t from, uint32_t to, char **at)
{
	uint32_t block = *slot & ~MF_UNWRITTEN;
	int err;

	if (!block) {
		err = supply(m, s, want, &block);
		if (err)
			return err;
		mf_put64(m, &i->blocks, i->blocks + 1);
	}
	*at = mf_block(m, block);
	if (!*at)
		return -EIO;
	if (*slot != block) {
		memset(*at, 0, from);
		memset(*at + to, 0, MF_BLOCK - to);
		mf_put32(m, slot, block);
	}
	return 0;
}

/* Where to look for a block that continues the file before @block. */
static uint32_t neighbour(const struct memfs *m, const struct mf_inode *i, uint64_t block)
{
	const uint32_t *p;
	uint64_t count;
	int err = 0;

	if (!block)
		return 0;
	p = mf_map(m, i, block - 1, &count, &err);
	return p && *p ? (*p & ~MF_UNWRITTEN) + 1 : 0;
}

/* One transaction: blocks of [offset, offset + size), and the bytes in them. */
static int write_chunk(struct memfs *m, struct mf_inode *i, const char *buf, size_t size,
		       uint64_t offset, size_t *done)
{
	uint64_t block = offset >> MF_BLOCK_SHIFT, last = (offset + size - 1) >> MF_BLOCK_SHIFT;
	struct supply s = { .at = neighbour(m, i, block) };
	uint32_t *slot;
	char *at;
	int err = mf_begin(m, false), back;

	*done = 0;
	if (err)
		return err;
	for (; block <= last; block++) {
		uint32_t from = offset & (MF_BLOCK - 1);
		size_t n = MF_BLOCK - from < size ? MF_BLOCK - from : size;

		err = mf_map_slot(m, i, block, &slot);
		if (!err)
			err = fresh(m, i, slot, &s, last - block + 1, from, from + n, &at);
		if (err)
			break;
		memcpy(at + from, buf, n);
		mf_point("copied");
		buf += n;
		offset += n;
		size -= n;
		*done += n;
	}
	if (err == -ENOSPC && *done)
		err = 0;
	back = supply_back(m, &s);
	if (offset > i->size)
		mf_put64(m, &i->size, offset);
	err = mf_end(m, err ? err : back);
	if (err)
		*done = 0;
	return err;
}

/* Bytes from @offset on that lie in memory the file has already. */
static size_t write_over(struct memfs *m, struct mf_inode *i, const char *buf, size_t size,
			 uint64_t offset, int *err)
{
	size_t done = 0;

	while (done < size) {
		char *at;
		size_t n = piece(m, i, offset + done, size - done, &at, err);

		if (*err || !at)
			break;
		memcpy(at, buf + done, n);
		done += n;
	}
	return done;
}

int mf_write_locked(struct memfs *m, struct mf_inode *i, const char *buf, size_t size,
		    uint64_t offset, size_t *done)
{
	size_t n;
	int err;

	*done = 0;
	if (offset >= MF_FILE_MAX)
		return -EFBIG;
	if (size > MF_FILE_MAX - offset)
		size = MF_FILE_MAX - offset;
	err = wipe_end(m, i, offset);
	while (*done < size && !err) {
		n = write_over(m, i, buf + *done, size - *done, offset + *done, &err);
		mf_point("written over");
		*done += n;
		if (offset + *done > mf_load(&i->size) && n)
			mf_store(&i->size, offset + *done);
		if (err || *done == size)
			break;
		n = ((uint64_t)CHUNK_BLOCKS << MF_BLOCK_SHIFT) -
		    ((offset + *done) & (MF_BLOCK - 1));
		if (n > size - *done)
			n = size - *done;
		err = write_chunk(m, i, buf + *done, n, offset + *done, &n);
		*done += n;
		if (!n && !err)
			err = -EIO;
	}
	return *done ? 0 : err;
}

/* Takes all blocks of [from, to) away, in as many transactions as needed. */
static int cut(struct memfs *m, struct mf_inode *i, uint64_t from, uint64_t to)
{
	int err = 0;

	while (from < to && !err) {
		err = mf_begin(m, false);
		if (err)
			break;
		err = mf_end(m, mf_map_cut(m, i, &from, to));
	}
	return err;
}

static int set_size(struct memfs *m, struct mf_inode *i, uint64_t size, uint32_t flags)
{
	int err = mf_begin(m, false);

	if (err)
		return err;
	mf_put64(m, &i->size, size);
	mf_put32(m, &i->flags, flags);
	return mf_end(m, 0);
}

int mf_resize_locked(struct memfs *m, struct mf_inode *i, uint64_t size)
{
	int err;

	if (size > MF_FILE_MAX)
		return -EFBIG;
	if (size > i->size) {
		err = wipe_end(m, i, size);
		if (!err)
			mf_store(&i->size, size);
		return err;
	}
	if (blocks_of(size) == blocks_of(i->size) && !(i->flags & MF_BEYOND)) {
		mf_store(&i->size, size);
		return 0;
	}
	err = set_size(m, i, size, i->flags | MF_BEYOND);
	if (!err)
		err = cut(m, i, blocks_of(size), MF_FILE_BLOCKS);
	return err ? err : set_size(m, i, size, i->flags & ~MF_BEYOND);
}

/* Blocks that read as zeros, for what of [from, to) has none, in one transaction. */
static int reserve(struct memfs *m, struct mf_inode *i, uint64_t *from, uint64_t to)
{
	struct supply s = { .at = neighbour(m, i, *from) };
	uint32_t *slot, block;
	int err = 0, back;

	while (*from < to && !err && mf_room(m, 64)) {
		err = mf_map_slot(m, i, *from, &slot);
		if (!err && !*slot) {
			err = supply(m, &s, to - *from < 1024 ? to - *from : 1024, &block);
			if (!err) {
				mf_put32(m, slot, block | MF_UNWRITTEN);
				mf_put64(m, &i->blocks, i->blocks + 1);
			}
		}
		if (!err)
			++*from;
	}
	back = supply_back(m, &s);
	/* What was reserved stays so; the caller has seen to it that all of it fits. */
	return back ? back : err;
}

int mf_reserve_locked(struct memfs *m, struct mf_inode *i, uint64_t offset, uint64_t len,
		      bool keep_size)
{
	uint64_t from = offset >> MF_BLOCK_SHIFT, to = blocks_of(offset + len);
	uint64_t end = offset + len;
	int err = 0;

	if (end > MF_FILE_MAX)
		return -EFBIG;
	if (to - from > i->blocks + mf_load(&m->head->blocks_free))
		return -ENOSPC;
	if (end > i->size) {
		err = keep_size ? set_size(m, i, i->size, i->flags | MF_BEYOND) :
				  wipe_end(m, i, end);
	}
	while (from < to && !err) {
		err = mf_begin(m, false);
		if (err)
			return err;
		err = mf_end(m, reserve(m, i, &from, to));
	}
	if (!err && !keep_size && end > i->size)
		mf_store(&i->size, end);
	return err;
}

int mf_punch_locked(struct memfs *m, struct mf_inode *i, uint64_t offset, uint64_t len)
{
	uint64_t end = offset + len < i->size ? offset + len : i->size;
	uint64_t first = blocks_of(offset), last = (offset + len) >> MF_BLOCK_SHIFT;
	int err;

	if (first > last)		/* inside of one block */
		return wipe(m, i, offset, end);
	err = wipe(m, i, offset, first << MF_BLOCK_SHIFT);
	if (!err)
		err = wipe(m, i, last << MF_BLOCK_SHIFT, end);
	return err ? err : cut(m, i, first, last);
}
