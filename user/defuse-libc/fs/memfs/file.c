// SPDX-License-Identifier: LGPL-2.1-or-later
/* Open files.  A handle is a number: place, generation and access mode. */
#include "memfs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <unistd.h>

#define HANDLE_NOATIME	4U

static uint64_t handle(const struct memfs *m, const struct mf_inode *i, int flags)
{
	return (uint64_t)mf_index(m, i) << 32 | (mf_load(&i->gen) & MF_GEN_MASK) << 3 |
	       (flags & O_NOATIME ? HANDLE_NOATIME : 0) | (flags & O_ACCMODE);
}

static bool is_still(const struct mf_inode *i, uint64_t fh)
{
	return (mf_load(&i->gen) & MF_GEN_MASK) == (uint32_t)fh >> 3 && mf_load(&i->serial);
}

struct mf_inode *mf_of(const struct memfs *m, uint64_t fh)
{
	struct mf_inode *i = mf_inode(m, fh >> 32);

	return i && is_still(i, fh) ? i : NULL;
}

static bool reads(uint64_t fh)
{
	return (fh & O_ACCMODE) != O_WRONLY;
}

static bool writes(uint64_t fh)
{
	return (fh & O_ACCMODE) != O_RDONLY;
}

/*
 * Counts us among the users of @i.  From then on it is not freed if it has a name: who
 * frees looks at the count after the last name has gone.  False: it is another by now.
 */
static bool pin(struct mf_inode *i, uint32_t gen, bool named)
{
	mf_store(&i->opened, mf_now());
	__atomic_fetch_add(&i->opens, 1, __ATOMIC_SEQ_CST);
	if (mf_load(&i->gen) == gen && (!named || mf_load(&i->nlink)))
		return true;
	__atomic_fetch_sub(&i->opens, 1, __ATOMIC_SEQ_CST);
	return false;
}

static int may_open(struct mf_cred *c, const struct mf_look *l, int flags)
{
	int mask = (flags & O_ACCMODE) == O_RDONLY ? R_OK :
		   (flags & O_ACCMODE) == O_WRONLY ? W_OK : R_OK | W_OK;
	int err;

	if (S_ISLNK(l->mode))
		return -ELOOP;
	if (S_ISDIR(l->mode) && (mask & W_OK || flags & (O_CREAT | O_TRUNC)))
		return -EISDIR;
	if (!S_ISDIR(l->mode) && flags & O_DIRECTORY)
		return -ENOTDIR;
	if (flags & O_TRUNC)
		mask |= W_OK;
	err = mf_may(c, l->mode, l->uid, l->gid, mask);
	if (!err && flags & O_NOATIME && mf_uid(c) != l->uid && !mf_capable(c, CAP_FOWNER))
		err = -EPERM;
	return err;
}

/* Makes the file, unless somebody was faster: then -EEXIST.  A user is counted. */
static int create(struct memfs *m, struct mf_cred *c, const char *path, mode_t mode,
		  struct mf_inode **out)
{
	struct mf_place p;
	int err;

	mf_uid(c);
	mode &= ~m->host->umask();
	err = mf_begin(m, true);
	if (err)
		return err;
	err = mf_walk(m, c, path, &p);
	if (!err)
		err = mf_make(m, c, &p, S_IFREG | mode, out);
	if (!err) {
		mf_store(&(*out)->opened, mf_now());
		mf_store(&(*out)->opens, 1);
	}
	return mf_end(m, err);
}

static int truncate_to(struct memfs *m, struct mf_inode *i, uint32_t gen, uint64_t size);

static int open_existing(struct memfs *m, struct mf_cred *c, const struct mf_look *l,
			 int flags, uint64_t *fh)
{
	struct mf_inode *i = &m->inodes[l->index];
	int err = may_open(c, l, flags);

	if (err)
		return err;
	if (!pin(i, l->gen, true))
		return -ESTALE;
	*fh = handle(m, i, flags);
	if (flags & O_TRUNC && S_ISREG(l->mode))
		err = truncate_to(m, i, l->gen, 0);
	if (err)
		memfs_close(m, *fh);
	return err;
}

int memfs_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	struct memfs *m = fs;
	struct mf_inode *i;
	struct mf_look l;
	MF_CRED(c);
	int err, tries;

	/* Each new try is because somebody else made or removed the name. */
	for (tries = 0; tries < 100; tries++) {
		err = mf_look(m, &c, path, &l, NULL);
		if (!err && flags & O_CREAT && flags & O_EXCL)
			return -EEXIST;
		if (!err)
			err = open_existing(m, &c, &l, flags, fh);
		if (err == -ENOENT && flags & O_CREAT) {
			err = create(m, &c, path, mode, &i);
			if (err == -ENOSPC && mf_reap(m, true))
				err = create(m, &c, path, mode, &i);
			if (!err) {
				*fh = handle(m, i, flags);
				return 0;
			}
			if (err == -EEXIST && !(flags & O_EXCL))
				err = -ESTALE;
		}
		if (err != -ESTALE)
			return err;
	}
	return err;
}

int memfs_close(void *fs, uint64_t fh)
{
	struct memfs *m = fs;
	struct mf_inode *i = mf_of(m, fh);

	if (!i)
		return 0;
	__atomic_fetch_sub(&i->opens, 1, __ATOMIC_SEQ_CST);
	if (!mf_load(&i->nlink) && mf_reap_due(m))
		mf_reap(m, false);
	return 0;
}

/* As relatime: for programs that ask whether a file was read since it was written. */
static void touch(struct mf_inode *i, uint64_t fh)
{
	int64_t at = mf_load(&i->atime);

	if (!(fh & HANDLE_NOATIME) && (at <= mf_load(&i->mtime) || at <= mf_load(&i->ctime)))
		mf_store(&i->atime, mf_now());
}

static int read_slowly(struct memfs *m, struct mf_inode *i, uint64_t fh, char *buf,
		       size_t size, off_t offset, size_t *done)
{
	int err = mf_lock(m, i);

	if (err)
		return err;
	err = is_still(i, fh) ? mf_copy_out(m, i, buf, size, offset, done) : -ESTALE;
	mf_unlock(m, i);
	return err;
}

int memfs_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *done)
{
	struct memfs *m = fs;
	struct mf_inode *i = mf_inode(m, fh >> 32);
	int try, err = -ESTALE;

	*done = 0;
	if (!i)
		return err;
	if (!reads(fh))
		return -EBADF;
	if (S_ISDIR(mf_load(&i->mode)))
		return -EISDIR;
	for (try = 0; try < MF_ATTEMPTS; try++) {
		uint32_t seq = __atomic_load_n(&i->seq, __ATOMIC_ACQUIRE);

		if (seq & 1)
			continue;
		err = is_still(i, fh) ? mf_copy_out(m, i, buf, size, offset, done) : -ESTALE;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (mf_load(&i->seq) == seq)
			break;
	}
	if (try == MF_ATTEMPTS)
		err = read_slowly(m, i, fh, buf, size, offset, done);
	if (err)
		*done = 0;
	else if (size)
		touch(i, fh);
	return err;
}

/* With the lock of a regular file that is still the one, and readers sent away. */
static int change(struct memfs *m, struct mf_inode *i, uint32_t gen)
{
	int err = mf_lock(m, i);

	if (err)
		return err;
	if (mf_load(&i->gen) != gen) {
		mf_unlock(m, i);
		return -ESTALE;
	}
	mf_change(i);
	return 0;
}

/* The other way; what was written has its time, and no privilege of its owner. */
static int end_change(struct memfs *m, struct mf_inode *i, bool written)
{
	int err = 0;

	if (written) {
		int64_t now = mf_now();

		mf_store(&i->mtime, now);
		mf_store(&i->ctime, now);
	}
	mf_changed(i);
	if (written && mf_load(&i->mode) & (S_ISUID | S_ISGID))
		err = mf_strip(m, i);
	mf_unlock(m, i);
	return err;
}

static int truncate_to(struct memfs *m, struct mf_inode *i, uint32_t gen, uint64_t size)
{
	int err = change(m, i, gen), late;

	if (err)
		return err;
	err = mf_resize_locked(m, i, size);
	late = end_change(m, i, !err);
	return err ? err : late;
}

static int writable(struct memfs *m, uint64_t fh, struct mf_inode **i)
{
	*i = mf_of(m, fh);
	if (!*i)
		return -ESTALE;
	return writes(fh) ? 0 : -EBADF;
}

static int put(struct memfs *m, struct mf_inode *i, const char *buf, size_t size, off_t offset,
	       bool append, size_t *done, off_t *end)
{
	int err = change(m, i, mf_load(&i->gen)), late;

	*done = 0;
	if (err)
		return err;
	if (append)
		offset = mf_load(&i->size);
	err = mf_write_locked(m, i, buf, size, offset, done);
	*end = offset + *done;
	late = end_change(m, i, *done);
	return err ? err : late;
}

/* Space that removed files still hold may do. */
static int write_or_reap(struct memfs *m, uint64_t fh, const char *buf, size_t size,
			 off_t offset, bool append, size_t *done, off_t *end)
{
	struct mf_inode *i;
	int err = writable(m, fh, &i);

	*done = 0;
	*end = offset;
	if (err || !size)
		return err;
	err = put(m, i, buf, size, offset, append, done, end);
	if (err == -ENOSPC && mf_reap(m, true))
		err = put(m, i, buf, size, offset, append, done, end);
	return err;
}

int memfs_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		size_t *done)
{
	off_t end;

	return write_or_reap(fs, fh, buf, size, offset, false, done, &end);
}

int memfs_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done, off_t *end)
{
	return write_or_reap(fs, fh, buf, size, 0, true, done, end);
}

int memfs_fsync(void *fs, uint64_t fh, int data_sync)
{
	(void)data_sync;
	return mf_of(fs, fh) ? 0 : -ESTALE;
}

int memfs_ftruncate(void *fs, uint64_t fh, off_t length)
{
	struct mf_inode *i;
	int err = writable(fs, fh, &i);

	if (err)
		return err == -EBADF ? -EINVAL : err;
	return truncate_to(fs, i, mf_load(&i->gen), length);
}

int memfs_trunc(void *fs, const char *path, off_t length)
{
	struct memfs *m = fs;
	struct mf_look l;
	MF_CRED(c);
	int err = mf_look(m, &c, path, &l, NULL);

	if (err)
		return err;
	if (!S_ISREG(l.mode))
		return S_ISDIR(l.mode) ? -EISDIR : S_ISLNK(l.mode) ? -ELOOP : -EINVAL;
	err = mf_may(&c, l.mode, l.uid, l.gid, W_OK);
	return err ? err : truncate_to(m, &m->inodes[l.index], l.gen, length);
}

int memfs_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	struct mf_inode *i = mf_of(fs, fh);

	if (!i)
		return -ESTALE;
	mf_fill(fs, i, st);
	return is_still(i, fh) ? 0 : -ESTALE;
}

/* What another process needs to find the file, and to know that it is the one. */
struct blob {
	uint64_t dev;
	uint64_t serial;
	uint32_t index;
	uint32_t gen;
};

int memfs_save(void *fs, uint64_t fh, void *out, size_t size, size_t *len, int *lower_fd)
{
	struct memfs *m = fs;
	struct mf_inode *i = mf_of(m, fh);
	struct blob b;

	if (!i)
		return -ESTALE;
	if (size < sizeof(b))
		return -ENOSPC;
	b = (struct blob){ m->head->dev, mf_load(&i->serial), mf_index(m, i),
			   mf_load(&i->gen) };
	memcpy(out, &b, sizeof(b));
	*len = sizeof(b);
	*lower_fd = -1;
	return 0;
}

int memfs_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		  int lower_fd, uint64_t *fh)
{
	struct memfs *m = fs;
	struct mf_inode *i;
	struct blob b;

	(void)path;
	if (lower_fd >= 0)
		m->host->close_fd(lower_fd);
	if (len != sizeof(b))
		return -EINVAL;
	memcpy(&b, blob, sizeof(b));
	i = mf_inode(m, b.index);
	if (!i || b.dev != m->head->dev || mf_load(&i->serial) != b.serial ||
	    !pin(i, b.gen, false))
		return -ESTALE;
	*fh = handle(m, i, flags);
	return 0;
}

int memfs_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		     size_t *written)
{
	struct memfs *m = fs;
	struct mf_inode *i = mf_of(m, fh);
	int err;

	*written = 0;
	if (!i)
		return -ESTALE;
	if (!S_ISDIR(mf_load(&i->mode)))
		return -ENOTDIR;
	if (!mf_load(&i->nlink))
		return -ENOENT;
	err = mf_dir_read(m, i, cookie, buf, size, written);
	if (!err)
		touch(i, fh);
	return err;
}

int memfs_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len)
{
	struct memfs *m = fs;
	struct mf_inode *i;
	bool punch = mode & FALLOC_FL_PUNCH_HOLE;
	int err, late;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) ||
	    (punch && !(mode & FALLOC_FL_KEEP_SIZE)))
		return -EOPNOTSUPP;
	err = writable(m, fh, &i);
	if (err)
		return err;
	if (!S_ISREG(mf_load(&i->mode)))
		return S_ISDIR(mf_load(&i->mode)) ? -EISDIR : -ENODEV;
	if (len > INT64_MAX - offset)
		return -EFBIG;
	err = change(m, i, mf_load(&i->gen));
	if (err)
		return err;
	err = punch ? mf_punch_locked(m, i, offset, len) :
		      mf_reserve_locked(m, i, offset, len, mode & FALLOC_FL_KEEP_SIZE);
	late = end_change(m, i, !err);
	return err ? err : late;
}

static int seek(struct memfs *m, struct mf_inode *i, uint64_t offset, bool data, off_t *result)
{
	uint64_t size = mf_load(&i->size), block;

	if (offset >= size)
		return -ENXIO;
	block = mf_map_next(m, i, offset >> MF_BLOCK_SHIFT,
			    (size + MF_BLOCK - 1) >> MF_BLOCK_SHIFT, data) << MF_BLOCK_SHIFT;
	if (block < offset)
		block = offset;
	if (data && block >= size)
		return -ENXIO;
	*result = block < size ? block : size;
	return 0;
}

int memfs_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result)
{
	struct memfs *m = fs;
	struct mf_inode *i = mf_of(m, fh);
	int err;

	if (!i)
		return -ESTALE;
	if (!S_ISREG(mf_load(&i->mode)) || (whence != SEEK_DATA && whence != SEEK_HOLE))
		return -EINVAL;
	if (offset < 0)
		return -ENXIO;
	err = mf_lock(m, i);
	if (err)
		return err;
	err = is_still(i, fh) ? seek(m, i, offset, whence == SEEK_DATA, result) : -ESTALE;
	mf_unlock(m, i);
	return err;
}
