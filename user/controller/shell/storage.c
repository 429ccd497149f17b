// SPDX-License-Identifier: GPL-2.0
/*
 * Appending and syncing.  What is read at the start is in storage_open.c.
 */
#include "storage_dir.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The words, and no further call. */
static bool fail(struct storage *s, struct words *why, const char *what,
		 const char *name)
{
	s->failed = true;
	return words_set(why, "%s: cannot %s %s: %s", s->dir, what, name,
			 strerror(errno));
}

static bool usable(const struct storage *s, struct words *why)
{
	return !s->failed ||
		words_set(why, "%s: an earlier write failed; what is on the disk is unknown",
			  s->dir);
}

bool storage_write_all(int fd, const uint8_t *bytes, size_t len, off_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, bytes, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ENOSPC;
			return false;
		}
		bytes += n;
		len -= (size_t)n;
		at += n;
	}
	return true;
}

/* Behind the first segment, before its first byte: from now on an empty journal is a lost one. */
static bool mark_used(struct storage *s, struct words *why)
{
	int fd;

	if (s->used)
		return true;
	fd = openat(s->dir_fd, "used", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(s, why, "create", "used");
	close(fd);
	if (fsync(s->dir_fd))
		return fail(s, why, "sync", "the directory");
	s->used = true;
	return true;
}

static bool remember_segment(struct storage *s, uint64_t number)
{
	if (s->segment_nr == STORAGE_SEGMENTS_MAX) {
		errno = EOVERFLOW;
		return false;
	}
	s->segment[s->segment_nr++] = number;
	return true;
}

/*
 * Is the page cache passed by?  A sync then costs the processor a third, and the disk
 * less.  Where the disk wants larger pieces than ours, or does not say, it is not.
 */
static void set_direct(struct storage *s, bool on)
{
	int flags = fcntl(s->fd, F_GETFL);

	s->direct = flags >= 0 &&
		!fcntl(s->fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) &&
		on;
}

static bool takes_sectors(int fd)
{
	struct statx st;

	return !statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) &&
		st.stx_mask & STATX_DIOALIGN && st.stx_dio_mem_align &&
		st.stx_dio_mem_align <= STORAGE_ALIGN &&
		st.stx_dio_offset_align &&
		st.stx_dio_offset_align <= STORAGE_SECTOR;
}

bool storage_new_segment(struct storage *s, uint64_t number,
			 struct words *why)
{
	char name[STORAGE_NAME_MAX];
	int fd, err;

	if (!storage_sync(s, why))
		return false;
	assert(!s->segment_nr || number > s->segment[s->segment_nr - 1]);
	snprintf(name, sizeof(name), "journal-%016llx",
		 (unsigned long long)number);
	fd = openat(s->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0 || !remember_segment(s, number))
		return fail(s, why, "create", name);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->at = 0;
	s->zeros_end = 0;
	/* A disk that is full says so now. */
	err = posix_fallocate(fd, 0, (off_t)s->segment_max);
	if (err && err != EOPNOTSUPP && err != EINVAL) {
		errno = err;
		return fail(s, why, "set room aside for", name);
	}
	set_direct(s, takes_sectors(fd));
	if (fsync(fd))
		return fail(s, why, "sync", name);
	if (fsync(s->dir_fd))
		return fail(s, why, "sync", "the directory");
	return mark_used(s, why);
}

/*
 * Zeros behind what is appended now and then: what goes over them changes no metadata,
 * and its sync is two waits for the disk instead of three.
 */
static bool write_ahead(struct storage *s, off_t end)
{
	static const uint8_t zeros[STORAGE_AHEAD]
		__attribute__((aligned(STORAGE_ALIGN)));

	if (end <= s->zeros_end)
		return true;
	s->zeros_end = end + (off_t)sizeof(zeros);
	return storage_write_all(s->fd, zeros, sizeof(zeros), end);
}

/* What is in the buffer, in one piece */
static bool write_out(struct storage *s, struct words *why)
{
	off_t from = s->at - (off_t)s->buffered;

	if (!s->buffered)
		return true;
	if (s->direct && (from | s->at) % STORAGE_SECTOR)
		set_direct(s, false);
	if (!write_ahead(s, s->at) ||
	    !storage_write_all(s->fd, s->buffer, s->buffered, from))
		return fail(s, why, "append to", "the journal");
	s->buffered = 0;
	return true;
}

bool storage_append(struct storage *s, const uint8_t *bytes, size_t len,
		    struct words *why)
{
	if (!usable(s, why))
		return false;
	assert(s->fd >= 0);
	s->dirty = true;
	while (len) {
		size_t part = STORAGE_BUFFER - s->buffered;

		if (!part) {
			if (!write_out(s, why))
				return false;
			continue;
		}
		part = part < len ? part : len;
		memcpy(s->buffer + s->buffered, bytes, part);
		s->buffered += part;
		s->at += (off_t)part;
		bytes += part;
		len -= part;
	}
	return true;
}

bool storage_sync(struct storage *s, struct words *why)
{
	if (!usable(s, why))
		return false;
	if (!s->dirty)
		return true;
	if (!write_out(s, why))
		return false;
	if (fdatasync(s->fd))
		return fail(s, why, "sync", "the journal");
	s->dirty = false;
	return true;
}

bool storage_snapshot(struct storage *s, uint64_t height,
		      const uint8_t *bytes, size_t len, struct words *why)
{
	char name[STORAGE_NAME_MAX], before[STORAGE_NAME_MAX];
	bool written;
	int fd;

	/* What it replaces may be all that the journal rests on. */
	if (!storage_sync(s, why))
		return false;
	fd = openat(s->dir_fd, "snapshot.new",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(s, why, "create", "snapshot.new");
	written = storage_write_all(fd, bytes, len, 0) && !fsync(fd);
	if (close(fd) || !written)
		return fail(s, why, "write", "snapshot.new");
	snprintf(name, sizeof(name), "snapshot-%016llx",
		 (unsigned long long)height);
	if (renameat(s->dir_fd, "snapshot.new", s->dir_fd, name))
		return fail(s, why, "rename", "snapshot.new");
	if (fsync(s->dir_fd))
		return fail(s, why, "sync", "the directory");
	if (s->snapshot && s->snapshot != height) {
		snprintf(before, sizeof(before), "snapshot-%016llx",
			 (unsigned long long)s->snapshot);
		if (unlinkat(s->dir_fd, before, 0) && errno != ENOENT)
			return fail(s, why, "remove", before);
	}
	s->snapshot = height;
	return true;
}

bool storage_drop_below(struct storage *s, uint64_t number,
			struct words *why)
{
	char name[STORAGE_NAME_MAX];
	unsigned int nr = 0;

	if (!usable(s, why))
		return false;
	/* The segment being written stays, whatever is asked. */
	while (nr + 1 < s->segment_nr && s->segment[nr] < number) {
		snprintf(name, sizeof(name), "journal-%016llx",
			 (unsigned long long)s->segment[nr]);
		if (unlinkat(s->dir_fd, name, 0) && errno != ENOENT)
			return fail(s, why, "remove", name);
		nr++;
	}
	s->segment_nr -= nr;
	memmove(s->segment, s->segment + nr,
		s->segment_nr * sizeof(s->segment[0]));
	return true;
}
