/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * A sorted array of pointers that is cheap to change a copy of: it is cut into
 * leaves, and only the array of leaves and the leaf in question are copied.
 */
#ifndef GATE_INDEX_H
#define GATE_INDEX_H

#include "change.h"

enum { GATE_LEAF_MAX = 124 };		/* a leaf is 1 KiB */

struct gate_leaf {
	struct gate_mem mem;
	uint32_t nr;			/* 1 .. GATE_LEAF_MAX */
	void *item[GATE_LEAF_MAX];
};

/* Never empty: an index without items is NULL. */
struct gate_index {
	struct gate_mem mem;
	uint32_t nr;			/* items */
	uint32_t leaf_nr, leaf_max;
	struct gate_leaf *leaf[];
};

/* An item, or the end {leaf_nr, 0} */
struct gate_place {
	uint32_t leaf, slot;
};

/* Negative: @item goes before what @key describes; 0: it is part of that. */
typedef int gate_compare(const void *item, const void *key);

/* The first item that does not go before the key; @behind: that goes behind. */
struct gate_place gate_index_seek(const struct gate_index *ix,
				  gate_compare *cmp, const void *key,
				  bool behind);

/* NULL: the end */
void *gate_index_at(const struct gate_index *ix, struct gate_place at);
void gate_index_step(const struct gate_index *ix, struct gate_place *at);

/* About how many items are there from one place to a later one? */
uint32_t gate_index_distance(const struct gate_index *ix,
			     struct gate_place from, struct gate_place to);

/* The first item that the key describes, or NULL */
void *gate_index_find(const struct gate_index *ix, gate_compare *cmp,
		      const void *key);

/*
 * GATE_OK or GATE_ENOMEM.  @key describes one item: @item, or the one that is
 * there.  *ix may move, and become NULL or cease to be.
 */
enum gate_err gate_index_insert(struct gate_change *c, struct gate_index **ix,
				gate_compare *cmp, const void *key, void *item);
enum gate_err gate_index_remove(struct gate_change *c, struct gate_index **ix,
				gate_compare *cmp, const void *key);
enum gate_err gate_index_replace(struct gate_change *c, struct gate_index **ix,
				 gate_compare *cmp, const void *key,
				 void *item);

/* At the end of a pipeline: the index, not the items. */
void gate_index_free(struct gate_index *ix);

#endif
