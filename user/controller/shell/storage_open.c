// SPDX-License-Identifier: GPL-2.0
/*
 * Making a storage directory, taking possession of it, and reading what is there.
 */
#include "storage_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Offset 0 magic 16 | 16 identity 32 | 48 lost 1 | 49 zero 15 */
enum { IDENTITY_FILE_LEN = 64, IDENTITY_LOST = 48, READ_PIECE = 4096 };

static const char magic[16] = "ashlar-storage1";

static bool cannot(struct words *why, const char *dir, const char *what,
		   const char *name)
{
	return words_set(why, "%s: cannot %s %s: %s", dir, what, name,
			 strerror(errno));
}

bool storage_format(const char *dir,
		    const uint8_t identity[STORAGE_IDENTITY_LEN], bool lost,
		    struct words *why)
{
	uint8_t file[IDENTITY_FILE_LEN] = { 0 };
	bool ok;
	int dir_fd, fd;

	memcpy(file, magic, sizeof(magic));
	memcpy(file + sizeof(magic), identity, STORAGE_IDENTITY_LEN);
	file[IDENTITY_LOST] = lost;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return cannot(why, dir, "create", "the directory");
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return cannot(why, dir, "open", "the directory");
	fd = openat(dir_fd, "identity", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0) {
		cannot(why, dir, "create", "identity");
		close(dir_fd);
		return false;
	}
	ok = storage_write_all(fd, file, sizeof(file), 0) && !fsync(fd) &&
		!fsync(dir_fd);
	if (!ok)
		cannot(why, dir, "write", "identity");
	close(fd);
	close(dir_fd);
	return ok;
}

/*
 * The bytes of a file.  read(), not mmap(): a sector that cannot be read is then an
 * error for that piece, and not a signal for the process.
 */
static bool read_file(struct storage *s, const char *name, size_t *len,
		      struct words *why)
{
	struct stat st;
	size_t at = 0;
	int fd;

	free(s->read);
	s->read = NULL;
	fd = openat(s->dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		cannot(why, s->dir, "open", name);
		if (fd >= 0)
			close(fd);
		return false;
	}
	*len = (size_t)st.st_size;
	s->read = malloc(*len + 1);
	if (!s->read) {
		close(fd);
		return words_set(why, "%s: no memory to read %s", s->dir, name);
	}
	while (at < *len) {
		size_t want = READ_PIECE - at % READ_PIECE;
		ssize_t n;

		if (want > *len - at)
			want = *len - at;
		n = pread(fd, s->read + at, want, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		/* Not zeros, which look like room that was never written. */
		if (n <= 0) {
			memset(s->read + at, 0xa5, want);
			n = (ssize_t)want;
		}
		at += (size_t)n;
	}
	close(fd);
	return true;
}

static bool read_identity(struct storage *s,
			  const uint8_t identity[STORAGE_IDENTITY_LEN],
			  struct words *why)
{
	size_t len;

	if (!read_file(s, "identity", &len, why))
		return false;
	if (len != IDENTITY_FILE_LEN || memcmp(s->read, magic, sizeof(magic)))
		return words_set(why, "%s: identity is not one of ours", s->dir);
	if (memcmp(s->read + sizeof(magic), identity, STORAGE_IDENTITY_LEN))
		return words_set(why, "%s: this directory is another member's",
				 s->dir);
	s->lost = s->read[IDENTITY_LOST];
	return true;
}

bool storage_check(const char *dir,
		   const uint8_t identity[STORAGE_IDENTITY_LEN],
		   struct words *why)
{
	struct storage *s = calloc(1, sizeof(*s));
	bool ok = false;

	if (!s)
		return words_set(why, "%s: no memory", dir);
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0) {
		cannot(why, dir, "open", "the directory");
	} else {
		ok = read_identity(s, identity, why);
		close(s->dir_fd);
	}
	free(s->read);
	free(s);
	return ok;
}

/* NAME-16 hexadecimal digits, in lower case and nothing after */
static bool number_of(const char *name, const char *prefix, uint64_t *number)
{
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len) || strlen(name + len) != 16 ||
	    strspn(name + len, "0123456789abcdef") != 16)
		return false;
	*number = strtoull(name + len, NULL, 16);
	return true;
}

/* The newest stays.  An older one is there after a crash between rename and removal. */
static bool keep_newest(struct storage *s, uint64_t number, struct words *why)
{
	uint64_t older = number < s->snapshot ? number : s->snapshot;
	char name[STORAGE_NAME_MAX];

	if (number > s->snapshot)
		s->snapshot = number;
	snprintf(name, sizeof(name), "snapshot-%016llx",
		 (unsigned long long)older);
	return !older || !unlinkat(s->dir_fd, name, 0) ||
		cannot(why, s->dir, "remove", name);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool list(struct storage *s, struct words *why)
{
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	uint64_t number;
	bool ok = true;

	if (!dir) {
		cannot(why, s->dir, "list", "the directory");
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (errno = 0; ok && (e = readdir(dir)); errno = 0) {
		if (!strcmp(e->d_name, "used"))
			s->used = true;
		else if (number_of(e->d_name, "snapshot-", &number))
			ok = keep_newest(s, number, why);
		else if (!number_of(e->d_name, "journal-", &number))
			continue;
		else if (s->segment_nr < STORAGE_SEGMENTS_MAX)
			s->segment[s->segment_nr++] = number;
		else
			ok = words_set(why, "%s: more than %d segments",
				       s->dir, STORAGE_SEGMENTS_MAX);
	}
	if (ok && errno)
		ok = cannot(why, s->dir, "list", "the directory");
	closedir(dir);
	qsort(s->segment, s->segment_nr, sizeof(s->segment[0]), ascending);
	return ok;
}

struct storage *storage_open(const char *dir,
			     const uint8_t identity[STORAGE_IDENTITY_LEN],
			     size_t segment_max, struct words *why)
{
	struct storage *s = calloc(1, sizeof(*s));

	if (!s) {
		words_set(why, "%s: no memory", dir);
		return NULL;
	}
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	s->fd = -1;
	s->dir_fd = -1;
	s->lock_fd = -1;
	s->segment_max = segment_max;
	s->buffer = aligned_alloc(STORAGE_ALIGN, STORAGE_BUFFER);
	if (!s->buffer) {
		words_set(why, "%s: no memory", dir);
		goto err;
	}
	s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0) {
		cannot(why, dir, "open", "the directory");
		goto err;
	}
	s->lock_fd = openat(s->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC,
			    0600);
	if (s->lock_fd < 0) {
		cannot(why, dir, "open", "lock");
		goto err;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
		words_set(why, "%s: another process uses this directory", dir);
		goto err;
	}
	if (!read_identity(s, identity, why) || !list(s, why))
		goto err;
	return s;
err:
	storage_close(s);
	return NULL;
}

void storage_close(struct storage *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	free(s->buffer);
	free(s->read);
	free(s);
}

bool storage_formatted(const struct storage *s)
{
	return !s->lost && (s->segment_nr || !s->used);
}

unsigned int storage_segments(const struct storage *s)
{
	return s->segment_nr;
}

bool storage_read_segment(struct storage *s, unsigned int i, uint64_t *number,
			  const uint8_t **bytes, size_t *len,
			  struct words *why)
{
	char name[STORAGE_NAME_MAX];

	*number = s->segment[i];
	snprintf(name, sizeof(name), "journal-%016llx",
		 (unsigned long long)*number);
	if (!read_file(s, name, len, why))
		return false;
	*bytes = s->read;
	return true;
}

bool storage_read_snapshot(struct storage *s, const uint8_t **bytes,
			   size_t *len, struct words *why)
{
	char name[STORAGE_NAME_MAX];

	*bytes = NULL;
	*len = 0;
	if (!s->snapshot)
		return true;
	snprintf(name, sizeof(name), "snapshot-%016llx",
		 (unsigned long long)s->snapshot);
	if (!read_file(s, name, len, why))
		return false;
	*bytes = s->read;
	return true;
}
