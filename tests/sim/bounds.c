// SPDX-License-Identifier: GPL-2.0
/*
 * A journal may not grow for ever (R17): a segment takes no more than it is made for, what
 * a durable snapshot covers goes with it, and there is a new snapshot for every so
 * many blocks.  So what is left is of at most two checkpoints' blocks and of
 * the heights above.
 */
#include "world.h"

/* A step's records that are no blocks: certificates, and evidence at the start of a segment */
enum { SMALL_MAX = 1 << 16, BLOCKS_MAX = 3 };

void bounds_batch(struct node *node, size_t len)
{
	if (len > BLOCKS_MAX * (size_t)node->config.block_max + SMALL_MAX)
		violated(node->world, "bounds: node %u writes %zu bytes in one step",
			 node->member, len);
}

/* A segment that has nothing above the snapshot's height, and was left before it was taken */
void bounds_dropped(struct node *node, uint64_t height)
{
	const struct disk *d = &node->disk;

	if (d->segment_nr < 2)
		return;
	if (d->segment[0]->top <= height && d->segment[1]->len &&
	    d->segment[1]->since < height)
		violated(node->world,
			 "bounds: node %u keeps segment %llu, of heights up to %llu, with a snapshot of %llu",
			 node->member,
			 (unsigned long long)d->segment[0]->number,
			 (unsigned long long)d->segment[0]->top,
			 (unsigned long long)height);
}

/* R17: as many blocks are decided between two checkpoints at most. */
static uint64_t blocks_max(const struct agree_config *c)
{
	uint64_t half = c->history / 2;

	return half && half < c->checkpoint_blocks ? half :
						     c->checkpoint_blocks;
}

static const struct node *laggard(const struct world *w)
{
	const struct node *node;
	unsigned int i;

	for (i = 0; i < w->instances; i++) {
		node = w->node[i];
		if (!node->liar &&
		    history_blocks(w, node->disk.snapshot_height,
				   node->seen_decided) >= blocks_max(&node->config))
			return node;
	}
	return NULL;
}

bool bounds_settled(struct world *w)
{
	return !laggard(w);
}

void bounds_say(struct world *w)
{
	const struct node *node = laggard(w);

	if (node)
		violated(w, "bounds: node %u decided %llu, and its snapshot is of %llu",
			 node->member, (unsigned long long)node->seen_decided,
			 (unsigned long long)node->disk.snapshot_height);
}
