/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies in the segment.
 *
 * The segment is a file in /dev/shm that every process maps at an address of its own:
 * it holds numbers and never pointers.  Block 0 on is
 *
 *	header | undo log | block bitmap | name buckets | inodes | data blocks
 *
 * The geometry follows from the size alone, and a process computes it once: what the
 * segment says of it is compared, never used.  Every other number read from here is
 * checked against it (mf_inode(), mf_block(), mf_dent()).
 *
 * Owners.  "tree": changed under the tree lock, by mf_put32() and mf_put64(), so that
 * a transaction can be undone.  "inode": changed under the lock of the inode.  Words of
 * 64 bits, the unit of the undo log, have one owner each.
 */
#ifndef MEMFS_LAYOUT_H
#define MEMFS_LAYOUT_H

#include <pthread.h>
#include <stdint.h>

#define MF_MAGIC	0x31736664656d656dULL	/* "memedfs1" */
#define MF_BLOCK_SHIFT	12
#define MF_BLOCK	(1U << MF_BLOCK_SHIFT)
#define MF_SIZE_MIN	(1ULL << 20)
#define MF_SIZE_MAX	(1ULL << 40)
#define MF_UNDO_MAX	8192			/* entries: 128 KiB */
#define MF_NAME_MAX	255

/* Block pointers.  0: a hole. */
#define MF_UNWRITTEN	0x80000000U		/* allocated, reads as zeros */
#define MF_DIRECT	8
#define MF_FANOUT	(MF_BLOCK / 4)
/* Bytes that the pointers reach, and the largest file. */
#define MF_FILE_BLOCKS	(MF_DIRECT + (uint64_t)MF_FANOUT + (uint64_t)MF_FANOUT * MF_FANOUT + \
			 (uint64_t)MF_FANOUT * MF_FANOUT * MF_FANOUT)
#define MF_FILE_MAX	(MF_FILE_BLOCKS << MF_BLOCK_SHIFT)

struct mf_undo {
	uint64_t at;		/* offset in the segment, a multiple of 8 */
	uint64_t old;
};

/**
 * struct mf_head - the first block
 * @magic:   MF_MAGIC, written last when the segment is made
 * @size:    of the segment, bytes
 * @dev:     random; st_dev of all files, so that the kernel never mixes two segments
 * @seed:    of the name hash
 * @lock:    the tree lock
 * @seq:     odd while the tree of names changes; for readers without the lock
 * @undone:  entries of the undo log in force
 * @serial:  (tree) the last inode number given out; never used again
 * @fresh:   (tree) inodes from this index on were never used
 * @inode_free: (tree) list of free inodes by their @link
 * @blocks_free: (tree) blocks
 * @hint:    (tree) where to look for a free block first
 * @orphans: (tree) list of inodes without a name by their @link
 * @orphan_count: (tree)
 * @orphan_blocks: (tree) blocks of those that came since the last look
 * @inodes_free: (tree) free ones, fresh ones among them
 * @dent_free: (tree) free name records by class
 * @names:   (tree) name records in use
 * @backed:  (tree) blocks below have memory: touching them cannot fail
 * @reap_count: how many orphans are worth a look; a plain store
 */
struct mf_head {
	uint64_t magic;
	uint64_t size;
	uint64_t dev;
	uint64_t seed;
	pthread_mutex_t lock;
	uint32_t seq;
	uint32_t pad;
	uint64_t undone;
	uint64_t serial;
	uint32_t fresh;
	uint32_t inode_free;
	uint64_t blocks_free;
	uint64_t hint;
	uint32_t orphans;
	uint32_t orphan_count;
	uint64_t orphan_blocks;
	uint64_t inodes_free;
	uint32_t dent_free[2];
	uint64_t names;
	uint64_t backed;
	uint32_t reap_count, spare;
};

/* mf_inode.flags */
#define MF_BEYOND	(1U << 0)	/* may have blocks behind its end */

/**
 * struct mf_inode - a file
 * @serial:  (tree) inode number; 0: free
 * @gen:     (tree) how often this place was given out
 * @flags:   (tree) MF_*
 * @mode, @uid, @gid, @nlink: (tree)
 * @link:    (tree) next in the free or orphan list
 * @parent:  (tree) of a directory
 * @entries: (tree) names in a directory
 * @subdirs: (tree) directories among them
 * @first, @last: (tree) their list, in the order of creation
 * @order:   (tree) what the last one was given
 * @blocks:  (tree and inode) data blocks it has
 * @size:    (tree and inode where blocks change with it, else inode)
 * @direct, @indirect: (tree and inode) block pointers
 * @atime, @mtime, @ctime: nanoseconds since 1970; plain stores, never undone
 * @opened:  nanoseconds, when it was opened last
 * @opens:   handles that processes have; those of the killed are not taken off
 * @seq:     (inode) odd while data or pointers change
 * @lock:    of the inode; never destroyed
 */
struct mf_inode {
	uint64_t serial;
	uint32_t gen, flags;
	uint32_t mode, uid;
	uint32_t gid, nlink;
	uint32_t link, parent;
	uint32_t entries, subdirs;
	uint32_t first, last;
	uint64_t order;
	uint64_t blocks;
	uint64_t size;
	uint32_t direct[MF_DIRECT];
	uint32_t indirect[4];		/* single, double, triple, 0 */
	int64_t atime, mtime, ctime, opened;
	uint32_t opens, seq;
	pthread_mutex_t lock;
	uint64_t spare[6];
};

_Static_assert(sizeof(struct mf_inode) == 256, "inodes fill blocks");
_Static_assert(sizeof(struct mf_head) <= MF_BLOCK, "one block");

/**
 * struct mf_dent - a name, (tree) throughout
 * @chain: next in the bucket
 * @dir:   inode of the directory; 0: free
 * @child: inode it leads to
 * @hash:  of the name and the directory
 * @prev, @next: neighbours in the directory
 * @order: grows within a directory; with the place of the record it is the cookie
 * @len:   bytes of @name
 * @wide:  class: 0 of 64 bytes, 1 of 320
 *
 * Records are numbered by their offset in the segment in units of 64 bytes.
 */
struct mf_dent {
	uint32_t chain, dir;
	uint32_t child, hash;
	uint32_t prev, next;
	uint64_t order;
	uint16_t len;
	uint16_t wide;
	char name[];
};

#define MF_DENT_UNIT	64
#define MF_DENT_NARROW	64
#define MF_DENT_WIDE	320
#define MF_DENT_HEAD	offsetof(struct mf_dent, name)
#define MF_NAME_NARROW	(MF_DENT_NARROW - MF_DENT_HEAD)

/* d_off: order and record, so that reading goes on without a search. */
#define MF_COOKIE_BITS	28
#define MF_COOKIE_FIRST	3		/* 1 and 2 are "." and ".." */

#endif /* MEMFS_LAYOUT_H */
