// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Sorted arrays of pointers, in leaves. */
#include "index.h"

static size_t index_size(uint32_t leaf_max)
{
	return sizeof(struct gate_index) + leaf_max * sizeof(void *);
}

/* As gate_index_seek(), but the slot may be the one behind the leaf's last. */
static struct gate_place index_search(const struct gate_index *ix,
				      gate_compare *cmp, const void *key,
				      bool behind)
{
	uint32_t low = 0, high = ix->leaf_nr, mid;
	const int limit = behind ? 1 : 0;
	const struct gate_leaf *leaf;
	struct gate_place at;

	/* The last leaf whose first item is before the place; or the first leaf. */
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (cmp(ix->leaf[mid]->item[0], key) < limit)
			low = mid;
		else
			high = mid;
	}
	at.leaf = low;
	leaf = ix->leaf[low];
	low = 0;
	high = leaf->nr;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (cmp(leaf->item[mid], key) < limit)
			low = mid + 1;
		else
			high = mid;
	}
	at.slot = low;
	return at;
}

struct gate_place gate_index_seek(const struct gate_index *ix,
				  gate_compare *cmp, const void *key,
				  bool behind)
{
	struct gate_place at = { 0, 0 };

	if (!ix)
		return at;
	at = index_search(ix, cmp, key, behind);
	if (at.slot == ix->leaf[at.leaf]->nr) {
		at.leaf++;
		at.slot = 0;
	}
	return at;
}

void *gate_index_at(const struct gate_index *ix, struct gate_place at)
{
	if (!ix || at.leaf == ix->leaf_nr)
		return NULL;
	return ix->leaf[at.leaf]->item[at.slot];
}

void gate_index_step(const struct gate_index *ix, struct gate_place *at)
{
	if (++at->slot == ix->leaf[at->leaf]->nr) {
		at->leaf++;
		at->slot = 0;
	}
}

uint32_t gate_index_distance(const struct gate_index *ix,
			     struct gate_place from, struct gate_place to)
{
	if (from.leaf == to.leaf)
		return to.slot - from.slot;
	return ix->leaf[from.leaf]->nr - from.slot + to.slot +
	       (to.leaf - from.leaf - 1) * (GATE_LEAF_MAX / 2);
}

void *gate_index_find(const struct gate_index *ix, gate_compare *cmp,
		      const void *key)
{
	void *item = gate_index_at(ix, gate_index_seek(ix, cmp, key, false));

	return item && !cmp(item, key) ? item : NULL;
}

/* Make the index and one of its leaves this transaction's own. */
static struct gate_leaf *index_write(struct gate_change *c,
				     struct gate_index **ix, uint32_t leaf)
{
	const size_t size = index_size((*ix)->leaf_max);
	struct gate_index *own = gate_mem_write(c, *ix, size, size);
	struct gate_leaf *l;

	if (!own)
		return NULL;
	*ix = own;
	l = gate_mem_write(c, own->leaf[leaf], sizeof(*l), sizeof(*l));
	if (l)
		own->leaf[leaf] = l;
	return l;
}

/* A new leaf before place @at, with room made for it; the index is our own. */
static struct gate_leaf *index_new_leaf(struct gate_change *c,
					struct gate_index **ix, uint32_t at)
{
	const uint32_t max = (*ix)->leaf_max;
	struct gate_leaf *leaf;
	struct gate_index *own = *ix;

	if (own->leaf_nr == max) {
		own = gate_mem_write(c, own, index_size(max),
				     index_size(2 * max));
		if (!own)
			return NULL;
		own->leaf_max = 2 * max;
		*ix = own;
	}
	leaf = gate_mem_new(c, sizeof(*leaf));
	if (!leaf)
		return NULL;
	memmove(own->leaf + at + 1, own->leaf + at,
		(own->leaf_nr - at) * sizeof(*own->leaf));
	own->leaf[at] = leaf;
	own->leaf_nr++;
	return leaf;
}

static enum gate_err index_first(struct gate_change *c, struct gate_index **ix,
				 void *item)
{
	struct gate_index *own = gate_mem_new(c, index_size(1));
	struct gate_leaf *leaf;

	if (!own)
		return GATE_ENOMEM;
	own->leaf_max = 1;
	*ix = own;
	leaf = index_new_leaf(c, ix, 0);
	if (!leaf) {
		*ix = NULL;
		gate_mem_drop(c, own);
		return GATE_ENOMEM;
	}
	leaf->item[leaf->nr++] = item;
	own->nr = 1;
	return GATE_OK;
}

enum gate_err gate_index_insert(struct gate_change *c, struct gate_index **ix,
				gate_compare *cmp, const void *key, void *item)
{
	struct gate_leaf *leaf, *next;
	struct gate_place at;
	uint32_t keep;

	if (!*ix)
		return index_first(c, ix, item);
	at = index_search(*ix, cmp, key, false);
	leaf = index_write(c, ix, at.leaf);
	if (!leaf)
		return GATE_ENOMEM;
	if (leaf->nr == GATE_LEAF_MAX) {
		next = index_new_leaf(c, ix, at.leaf + 1);
		if (!next)
			return GATE_ENOMEM;
		/* Ascending insertion, which is usual, leaves full leaves. */
		keep = at.slot == GATE_LEAF_MAX ? at.slot : GATE_LEAF_MAX / 2;
		next->nr = GATE_LEAF_MAX - keep;
		memcpy(next->item, leaf->item + keep,
		       next->nr * sizeof(*next->item));
		leaf->nr = keep;
		if (at.slot > keep || keep == GATE_LEAF_MAX) {
			leaf = next;
			at.slot -= keep;
		}
	}
	memmove(leaf->item + at.slot + 1, leaf->item + at.slot,
		(leaf->nr - at.slot) * sizeof(*leaf->item));
	leaf->item[at.slot] = item;
	leaf->nr++;
	(*ix)->nr++;
	return GATE_OK;
}

enum gate_err gate_index_remove(struct gate_change *c, struct gate_index **ix,
				gate_compare *cmp, const void *key)
{
	struct gate_place at = gate_index_seek(*ix, cmp, key, false);
	struct gate_leaf *leaf = index_write(c, ix, at.leaf);
	struct gate_index *own;

	if (!leaf)
		return GATE_ENOMEM;
	own = *ix;
	own->nr--;
	leaf->nr--;
	memmove(leaf->item + at.slot, leaf->item + at.slot + 1,
		(leaf->nr - at.slot) * sizeof(*leaf->item));
	if (leaf->nr)
		return GATE_OK;
	gate_mem_drop(c, leaf);
	own->leaf_nr--;
	memmove(own->leaf + at.leaf, own->leaf + at.leaf + 1,
		(own->leaf_nr - at.leaf) * sizeof(*own->leaf));
	if (!own->leaf_nr) {
		gate_mem_drop(c, own);
		*ix = NULL;
	}
	return GATE_OK;
}

enum gate_err gate_index_replace(struct gate_change *c, struct gate_index **ix,
				 gate_compare *cmp, const void *key,
				 void *item)
{
	struct gate_place at = gate_index_seek(*ix, cmp, key, false);
	struct gate_leaf *leaf = index_write(c, ix, at.leaf);

	if (!leaf)
		return GATE_ENOMEM;
	leaf->item[at.slot] = item;
	return GATE_OK;
}

void gate_index_free(struct gate_index *ix)
{
	uint32_t i;

	if (!ix)
		return;
	for (i = 0; i < ix->leaf_nr; i++)
		gate_free(ix->leaf[i]);
	gate_free(ix);
}
