/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A member's disk: journal segments and one snapshot, what of them is synced,
 * and a queue of operations, one at a time.  What a crash may leave of the
 * operation that was under way is decided here; what never started left nothing.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "heap.h"
#include "prng.h"

enum { SECTOR_LEN = 512, SEGMENTS_MAX = 512 };

enum disk_kind {
	DISK_CREATE = 1,	/* a segment, synced, and its directory */
	DISK_APPEND,		/* and sync; neighbours in the queue share it */
	DISK_SNAPSHOT,		/* write, sync, rename, sync the directory */
	DISK_DROP,		/* segments below */
};

struct disk_op {
	struct disk_op *next;
	enum disk_kind kind;
	uint64_t number;	/* segment; height of a snapshot */
	uint64_t height;	/* APPEND: that the writer works on: it is of none above */
	uint64_t decided;	/* APPEND: by the writer */
	struct packet *packet;
};

struct batch {
	size_t at, len;
	bool head_rot, tail_rot, body_rot;
};

struct segment {
	uint64_t number;
	uint64_t top;		/* the greatest height of an append */
	uint64_t since;		/* decided at the first append */
	uint8_t *bytes;
	size_t len, room;
	struct batch *batch;
	size_t batch_nr, batch_room;
	bool nowhere;		/* its directory entry was never synced */
};

struct disk {
	struct segment *segment[SEGMENTS_MAX];	/* ascending */
	size_t segment_nr;
	struct packet *snapshot;
	uint64_t snapshot_height;
	struct disk_op *head, **tail;
	size_t queued, started;	/* operations; of them under way: the first ones */
	bool forgets_directory;	/* a driver that does not sync directories */
	bool tears_groups;	/* batches of one sync may be lost in any order */
	size_t segment_max;	/* a segment of this size takes nothing more; 0: any */
	uint64_t bytes, syncs;
	const char *wrong;	/* what no operation may do, was done */
};

/* What can rot */
enum rot { ROT_HEAD, ROT_BODY, ROT_VOTES, ROT_SNAPSHOT };

void disk_init(struct disk *d);
void disk_free(struct disk *d);
struct disk_op *disk_put(struct disk *d, enum disk_kind kind, uint64_t number,
			 struct packet *packet);

/* Begin the next operation; how many of the queue it takes.  0: nothing to do, or busy. */
size_t disk_start(struct disk *d);

/* What was started is done and durable; how many it was. */
size_t disk_done(struct disk *d);

/* Power fails, or the process is killed: the queue is gone. */
void disk_crash(struct disk *d, struct prng *prng);

/* Everything is gone; or the segments alone. */
void disk_lose(struct disk *d);
void disk_lose_journal(struct disk *d);

/* Let something rot within what the protocol promises to survive; false: nothing there that may. */
bool disk_rot(struct disk *d, struct prng *prng, enum rot rot);

/*
 * What is being appended reaches the disk, but for the first body: a tear that leaves whole
 * batches behind one that is not.  How many batches it was
 */
size_t disk_tear_body(struct disk *d);

size_t disk_journal_len(const struct disk *d);

#endif
