// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Free blocks: a bitmap, the lowest first, so that memory that was never used stays
 * unused.  All inside a transaction.
 */
#include "memfs.h"

#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE	23
#endif

/* Memory is asked for in steps: fewer calls, and pages come mapped. */
#define STEP	512U

static bool used(const struct memfs *m, uint32_t block)
{
	return m->bitmap[block / 64] >> block % 64 & 1;
}

/*
 * Memory up to block @to.  Touching a page of a full /dev/shm would be a fatal signal, so
 * it is asked for first.
 */
static bool back(struct memfs *m, uint64_t to)
{
	struct mf_head *h = m->head;
	uint64_t from = mf_load(&h->backed);

	if (to <= from)
		return true;
	if (from < m->first)
		return false;
	if (to < from + STEP)
		to = from + STEP < m->nblocks ? from + STEP : m->nblocks;
	while (madvise(m->base + (from << MF_BLOCK_SHIFT), (to - from) << MF_BLOCK_SHIFT,
		       MADV_POPULATE_WRITE))
		if (errno != EINTR && errno != EAGAIN)
			return false;
	mf_put64(m, &h->backed, to);
	return true;
}

/* The first free block from @from on; m->nblocks: none. */
static uint32_t find(const struct memfs *m, uint32_t from)
{
	uint32_t w = from / 64;
	uint64_t word;

	if (from >= m->nblocks)
		return m->nblocks;
	word = ~m->bitmap[w] & ~0ULL << from % 64;
	while (!word && ++w <= (m->nblocks - 1) / 64)
		word = ~m->bitmap[w];
	if (!word)
		return m->nblocks;
	from = w * 64 + __builtin_ctzll(word);
	return from < m->nblocks ? from : m->nblocks;
}

static void mark(struct memfs *m, uint32_t start, uint32_t count, bool use)
{
	while (count) {
		uint32_t bit = start % 64, n = 64 - bit < count ? 64 - bit : count;
		uint64_t mask = (n < 64 ? (1ULL << n) - 1 : ~0ULL) << bit;
		uint64_t *word = &m->bitmap[start / 64];

		mf_put64(m, word, use ? *word | mask : *word & ~mask);
		start += n;
		count -= n;
	}
}

uint32_t mf_blocks_take(struct memfs *m, uint32_t near, uint32_t want, uint32_t *start)
{
	struct mf_head *h = m->head;
	uint64_t hint = mf_load(&h->hint);
	uint32_t at = near, n;

	if (hint < m->first || hint > m->nblocks)
		hint = m->first;
	if (at < m->first || at >= m->nblocks || used(m, at)) {
		at = find(m, hint);
		hint = at;	/* everything below is in use */
	}
	for (n = 0; n < want && at + n < m->nblocks && !used(m, at + n);)
		n++;
	if (n && !back(m, (uint64_t)at + n)) {
		n = mf_load(&h->backed) > at ? mf_load(&h->backed) - at : 0;
		if (!n && near && near == at)
			return mf_blocks_take(m, 0, want, start);
	}
	if (!n || n > mf_load(&h->blocks_free))
		return 0;
	mark(m, at, n, true);
	mf_put64(m, &h->hint, hint == at ? at + n : hint);
	mf_put64(m, &h->blocks_free, h->blocks_free - n);
	*start = at;
	return n;
}

int mf_blocks_give(struct memfs *m, uint32_t start, uint32_t count)
{
	struct mf_head *h = m->head;
	uint32_t i;

	if (start < m->first || start >= m->nblocks || count > m->nblocks - start)
		return -EIO;
	for (i = 0; i < count; i++)
		if (!used(m, start + i))
			return -EIO;
	mark(m, start, count, false);
	mf_put64(m, &h->blocks_free, h->blocks_free + count);
	if (start < h->hint)
		mf_put64(m, &h->hint, start);
	return 0;
}
