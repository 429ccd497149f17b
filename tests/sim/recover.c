// SPDX-License-Identifier: GPL-2.0
/*
 * A start: the snapshot, the segments in order, and that recovery is over.  The
 * bytes are copies of their exact size.
 */
#include "world.h"

static void feed(struct node *node, struct agree_event event,
		 const uint8_t *bytes, size_t len)
{
	struct packet *p = packet_new(bytes, len);

	event.bytes = p->bytes;
	event.len = len;
	node_step(node, &event);
	packet_put(p);
}

void recover(struct node *node)
{
	struct disk *d = &node->disk;
	uint32_t incarnation = node->incarnation;
	struct segment *s;
	size_t i, nr = d->segment_nr;

	if (d->snapshot)
		feed(node, (struct agree_event){ .kind = AGREE_SNAPSHOT },
		     d->snapshot->bytes, d->snapshot->len);
	for (i = 0; i < nr && node->up; i++) {
		s = d->segment[i];
		feed(node, (struct agree_event){ .kind = AGREE_SEGMENT,
			.segment = s->number }, s->bytes, s->len);
	}
	if (!node->up || node->incarnation != incarnation)
		return;
	node_step(node, &(struct agree_event){ .kind = AGREE_START,
		.formatted = node->formatted,
		.nonce = mix64(prng_next(&node->world->prng), 1) | 1 });
	if (node->update->verdict && !node->damaged)
		violated(node->world, "node %u refuses to start: %s",
			 node->member,
			 agree_err_text(node->update->verdict));
}
