/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memfs: a tree in memory that all processes of the machine share.
 *
 * Locks, in their order: the lock of an inode, then the tree lock.  Both are robust:
 * when their holder is killed, the next one undoes what was begun (tx.c).  Readers of
 * names and of data take none; they compare a sequence counter, and take the lock after
 * a few vain attempts.
 */
#ifndef MEMFS_H
#define MEMFS_H

#include "layout.h"

#include <defuse/fs.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/vfs.h>

/**
 * struct memfs - a mount in this process
 * @base:    where the segment is mapped
 * @size:    bytes of it
 * @host:    services of the core
 * @head:    = @base
 * @undo:    the undo log
 * @bitmap:  one bit for each block of the segment, 1: in use
 * @buckets: of names, by hash
 * @inodes:  by index; 0 is none, 1 the root
 * @nblocks, @nbuckets, @ninodes: how many; @nbuckets is a power of 2
 * @first:   first data block
 * @kind:    what a sound lock says of itself
 * @patience: milliseconds a lock may be held by others before that is an error
 * @broken:  (under the tree lock) the transaction cannot be finished
 */
struct memfs {
	char *base;
	uint64_t size;
	const struct defuse_host *host;
	struct mf_head *head;
	struct mf_undo *undo;
	uint64_t *bitmap;
	uint32_t *buckets;
	struct mf_inode *inodes;
	uint32_t nblocks, nbuckets, ninodes, first;
	int kind;
	long patience;
	bool broken;
};

#define MF_ROOT		1U
/* How often a reader tries without a lock. */
#define MF_ATTEMPTS	8

/* What the test build calls at each step of a change. */
#ifdef MEMFS_POINTS
void mf_point(const char *label);
#else
#define mf_point(label)	((void)0)
#endif

#define mf_load(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define mf_store(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

/* NULL: no such thing, the segment is corrupt. */
static inline struct mf_inode *mf_inode(const struct memfs *m, uint32_t index)
{
	return index && index < m->ninodes ? &m->inodes[index] : NULL;
}

static inline void *mf_block(const struct memfs *m, uint32_t block)
{
	return block >= m->first && block < m->nblocks ?
	       m->base + ((uint64_t)block << MF_BLOCK_SHIFT) : NULL;
}

/* The record, so that what it says of its length stays inside the segment. */
static inline struct mf_dent *mf_dent(const struct memfs *m, uint32_t number)
{
	uint64_t at = (uint64_t)number * MF_DENT_UNIT;

	return at >= (uint64_t)m->first << MF_BLOCK_SHIFT && at <= m->size - MF_DENT_WIDE ?
	       (struct mf_dent *)(m->base + at) : NULL;
}

static inline uint32_t mf_dent_number(const struct memfs *m, const struct mf_dent *d)
{
	return ((const char *)d - m->base) / MF_DENT_UNIT;
}

static inline uint32_t mf_index(const struct memfs *m, const struct mf_inode *i)
{
	return i - m->inodes;
}

/* segment.c */
/**
 * mf_attach() - map a segment, made now if there is none
 * @text: of backend=, see docs/writing-a-library.md
 *
 * Return: 0, -EINVAL the text or the segment is bad, -EPERM somebody else made it, ...
 */
int mf_attach(struct memfs *m, const char *text);
/* -ENOENT: there is none. */
int mf_attach_only(struct memfs *m, const char *text);
void mf_detach(struct memfs *m);
void mf_mutex_init(pthread_mutex_t *lock);

/* tx.c */
int mf_begin(struct memfs *m, bool names);
void mf_put64(struct memfs *m, uint64_t *p, uint64_t value);
void mf_put32(struct memfs *m, uint32_t *p, uint32_t value);
/* @size bytes, a multiple of 8, may be changed by plain stores. */
void mf_keep(struct memfs *m, void *p, size_t size);
/* @err 0: what was put is in force; else it is undone.  Return: @err. */
int mf_end(struct memfs *m, int err);
/* Room for @n more entries in the undo log? */
bool mf_room(const struct memfs *m, unsigned int n);

/* The lock of an inode.  mf_change(): and readers are sent away. */
int mf_lock(struct memfs *m, struct mf_inode *i);
/* -EBUSY: somebody has it. */
int mf_trylock(struct memfs *m, struct mf_inode *i);
void mf_unlock(struct memfs *m, struct mf_inode *i);
void mf_change(struct mf_inode *i);
void mf_changed(struct mf_inode *i);

/* Reading names without the lock. */
uint32_t mf_read_begin(const struct memfs *m);
bool mf_read_retry(const struct memfs *m, uint32_t seq);

/* block.c: inside a transaction */
/* A run of at most @want blocks, near @near if that is not 0.  Return: how many, 0: none. */
uint32_t mf_blocks_take(struct memfs *m, uint32_t near, uint32_t want, uint32_t *start);
int mf_blocks_give(struct memfs *m, uint32_t start, uint32_t count);

/* map.c: block pointers of a file */
/* Pointers from @block on, *@count of them in a row; NULL: a hole of *@count blocks, or
 * *@err is -EIO. */
const uint32_t *mf_map(const struct memfs *m, const struct mf_inode *i, uint64_t block,
		       uint64_t *count, int *err);
/* The pointer itself, indirect blocks made on the way; inside a transaction. */
int mf_map_slot(struct memfs *m, struct mf_inode *i, uint64_t block, uint32_t **slot);
/* Takes blocks [*@from, @to) from the file, as many as one transaction can hold, and
 * moves *@from.  Return: 0 or -EIO. */
int mf_map_cut(struct memfs *m, struct mf_inode *i, uint64_t *from, uint64_t to);
/* The next block in [@from, @to) that is data (or is not); @to: none. */
uint64_t mf_map_next(const struct memfs *m, const struct mf_inode *i, uint64_t from,
		     uint64_t to, bool data);

/* inode.c */
int mf_inode_take(struct memfs *m, struct mf_inode **out);
int mf_inode_orphan(struct memfs *m, struct mf_inode *i);
/* Frees files without a name and without users; @pressed: also those that only killed
 * processes had open.  Takes the tree lock.  Return: whether any was. */
bool mf_reap(struct memfs *m, bool pressed);
/* Whether there is enough to be reaped for it to be worth while. */
bool mf_reap_due(const struct memfs *m);
int64_t mf_now(void);
void mf_fill(const struct memfs *m, const struct mf_inode *i, struct stat *st);

/* cred.c */
/**
 * struct mf_cred - the caller, asked for when it matters
 */
struct mf_cred {
	bool known, caps_known;
	bool real;		/* for access(): the real user */
	uid_t uid;
	gid_t gid;
	uint64_t caps;
};

#define MF_CRED(name)	struct mf_cred name = { .known = false, .caps_known = false, .real = false }

/* R_OK, W_OK, X_OK as bits of @mask; 0 or -EACCES */
int mf_may(struct mf_cred *c, uint32_t mode, uid_t uid, gid_t gid, int mask);
int mf_may_inode(struct mf_cred *c, const struct mf_inode *i, int mask);
bool mf_owner(struct mf_cred *c, const struct mf_inode *i);
bool mf_in_group(struct mf_cred *c, gid_t gid);
bool mf_capable(struct mf_cred *c, int cap);
uid_t mf_uid(struct mf_cred *c);
gid_t mf_gid(struct mf_cred *c);
void mf_cred_real(struct mf_cred *c);

/* dir.c */
/* Return: record, or 0 and *@err -ENOENT or -EIO */
uint32_t mf_dir_find(const struct memfs *m, const struct mf_inode *dir, const char *name,
		     size_t len, int *err);
int mf_dir_add(struct memfs *m, struct mf_inode *dir, const char *name, size_t len,
	       struct mf_inode *child);
int mf_dir_remove(struct memfs *m, struct mf_dent *d);
uint32_t mf_hash(const struct memfs *m, uint32_t dir, const char *name, size_t len);
int mf_dir_read(struct memfs *m, const struct mf_inode *dir, off_t *cookie, void *buf,
		size_t size, size_t *written);

/**
 * struct mf_place - where a path leads
 * @dir:  directory of the last component; NULL for "/"
 * @name: last component, @len bytes
 * @dent: its record; NULL: there is none
 * @inode: what it leads to; NULL: nothing
 */
struct mf_place {
	struct mf_inode *dir;
	const char *name;
	size_t len;
	struct mf_dent *dent;
	struct mf_inode *inode;
};

/* walk.c */
/* With the tree lock held, or between mf_read_begin() and mf_read_retry().
 * Return: 0, also if the last component does not exist; -ENOENT, -ENOTDIR, -EACCES ... */
int mf_walk(const struct memfs *m, struct mf_cred *c, const char *path, struct mf_place *p);
/*
 * Without a lock if possible: the inode of a path, what it said of itself at one
 * moment in @copy, and the number of the generation.
 */
struct mf_look {
	uint32_t index, gen;
	uint32_t mode;
	uid_t uid;
	gid_t gid;
};

int mf_look(struct memfs *m, struct mf_cred *c, const char *path, struct mf_look *l,
	    struct stat *st);

/* data.c: under the lock of the inode */
/* Also without: then what it gives is worth as much as the counter says afterwards. */
int mf_copy_out(const struct memfs *m, const struct mf_inode *i, char *buf, size_t size,
		uint64_t offset, size_t *done);
int mf_write_locked(struct memfs *m, struct mf_inode *i, const char *buf, size_t size,
		    uint64_t offset, size_t *done);
int mf_resize_locked(struct memfs *m, struct mf_inode *i, uint64_t size);
int mf_reserve_locked(struct memfs *m, struct mf_inode *i, uint64_t offset, uint64_t len,
		      bool keep_size);
int mf_punch_locked(struct memfs *m, struct mf_inode *i, uint64_t offset, uint64_t len);

/* Of a handle, beside the index, access mode and O_NOATIME. */
#define MF_GEN_MASK	0x1fffffffU

/* file.c, attr.c, tree.c: the table */
int memfs_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh);
int memfs_close(void *fs, uint64_t fh);
int memfs_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *done);
int memfs_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		size_t *done);
int memfs_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done,
		 off_t *end);
int memfs_fsync(void *fs, uint64_t fh, int data_sync);
int memfs_ftruncate(void *fs, uint64_t fh, off_t length);
int memfs_fgetattr(void *fs, uint64_t fh, struct stat *st);
int memfs_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len, int *lower_fd);
int memfs_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		  int lower_fd, uint64_t *fh);
int memfs_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		     size_t *written);
int memfs_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len);
int memfs_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result);

int memfs_getattr(void *fs, const char *path, struct stat *st, int flags);
int memfs_access(void *fs, const char *path, int mode, int flags);
int memfs_chmod(void *fs, const char *path, mode_t mode);
int memfs_chown(void *fs, const char *path, uid_t uid, gid_t gid);
int memfs_utime(void *fs, const char *path, const struct timespec times[2]);
int memfs_fchmod(void *fs, uint64_t fh, mode_t mode);
int memfs_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid);
int memfs_futime(void *fs, uint64_t fh, const struct timespec times[2]);
int memfs_statfs(void *fs, struct statfs *buf);

int memfs_trunc(void *fs, const char *path, off_t length);
int memfs_readlink(void *fs, const char *path, char *buf, size_t size, size_t *written);
int memfs_unlink(void *fs, const char *path);
int memfs_mkdir(void *fs, const char *path, mode_t mode);
int memfs_rmdir(void *fs, const char *path);
int memfs_getdircnt(void *fs, const char *path, int *count);
int memfs_rename(void *fs, const char *oldpath, const char *newpath, unsigned int flags);
int memfs_symlink(void *fs, const char *target, const char *linkpath);
int memfs_link(void *fs, const char *oldpath, const char *newpath);
/* A new file in @p->dir, inside a transaction. */
int mf_make(struct memfs *m, struct mf_cred *c, struct mf_place *p, uint32_t mode,
	    struct mf_inode **out);

/* attr.c: after a write by one who may not give its owner's rights away; under the lock
 * of the inode. */
int mf_strip(struct memfs *m, struct mf_inode *i);

/* file.c: the inode of a handle if it is still the one; NULL: -ESTALE */
struct mf_inode *mf_of(const struct memfs *m, uint64_t fh);

#endif /* MEMFS_H */
