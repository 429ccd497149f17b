// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Open files and directories.
 *
 * A plain one is an FD; reading it needs no state.  One of an archive is a handle of AVFS
 * with a position, and void in a child of fork(): it is opened again at its first use
 * there, and must be the same file still.
 */
#include "avfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <virtual.h>

/**
 * struct file - the handle
 * @fd:   of a plain file, private; -1: of an archive, and then:
 * @path: as it was opened; @inner: its end, within the archive
 * @st:   attributes then
 * @base: of the archive file then
 * @lock: around all below; nests inside instance_enter()
 * @generation: in which @av is valid
 * @av:   AVFS's handle, -1 for a directory
 * @at:   its position
 * @names: of a directory, @count of them, once it was read
 */
struct file {
	int fd;
	char *path;
	const char *inner;
	struct stat st, base;
	pthread_mutex_t lock;
	unsigned int generation;
	int av;
	off_t at;
	char **names;
	size_t count;
};

/* What save() leaves: which file it was. */
struct mark {
	uint64_t device, inode;
};

static struct file *file_of(uint64_t fh)
{
	return (struct file *)(uintptr_t)fh;
}

static void names_free(struct file *f)
{
	while (f->count)
		free(f->names[--f->count]);
	free(f->names);
	f->names = NULL;
}

static void file_free(struct file *f)
{
	names_free(f);
	pthread_mutex_destroy(&f->lock);
	free(f->path);
	free(f);
}

static int open_archived(struct file *f, const struct name *n)
{
	f->generation = instance_generation();
	f->at = 0;
	f->av = S_ISDIR(f->st.st_mode) ? -1 : virt_open(n->virt, O_RDONLY, 0);
	return f->av < 0 && !S_ISDIR(f->st.st_mode) ? -errno : 0;
}

/* Inside of AVFS, lock held. */
static int revive(struct avfs *a, struct file *f)
{
	struct name n;
	struct stat st;
	int ret;

	if (f->generation == instance_generation())
		return 0;
	ret = name_find(a, f->path, &n);
	if (!ret)
		ret = name_stat(a, &n, &st);
	if (ret)
		return ret;
	if (st.st_ino != f->st.st_ino || st.st_dev != f->st.st_dev)
		return -ESTALE;
	return open_archived(f, &n);
}

/* May it be opened in this way? */
static int check_open(int flags, const struct stat *st)
{
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return -EOPNOTSUPP;
	if ((flags & O_DIRECTORY) && !S_ISDIR(st->st_mode))
		return -ENOTDIR;
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EROFS;
	return (flags & O_CREAT) && S_ISDIR(st->st_mode) ? -EISDIR : 0;
}

static int open_plain(struct avfs *a, const struct name *n, int flags, struct file *f)
{
	const int keep = O_DIRECTORY | O_NOATIME | O_DIRECT;
	int fd = name_open_plain(a, n->plain, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
				 (flags & keep));

	if (fd < 0)
		return fd;
	fd = a->host->private_fd(fd);
	if (fd < 0)
		return fd;
	f->fd = fd;
	return 0;
}

int file_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	struct avfs *a = fs;
	struct name n;
	struct file *f;
	int ret;

	(void)mode;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->fd = f->av = -1;
	pthread_mutex_init(&f->lock, NULL);
	ret = name_find(a, path, &n);
	if (!ret)
		ret = name_stat(a, &n, &f->st);
	if (!ret)
		ret = check_open(flags, &f->st);
	else if (ret == -ENOENT && (flags & O_CREAT))
		ret = -EROFS;
	if (!ret && !n.inner) {
		ret = open_plain(a, &n, flags, f);
	} else if (!ret) {
		f->path = strdup(path);
		f->base = n.base;
		f->inner = f->path ? f->path + (n.inner - path) : NULL;
		instance_enter();
		ret = f->path ? open_archived(f, &n) : -ENOMEM;
		instance_leave();
	}
	if (ret) {
		file_free(f);
		return ret;
	}
	*fh = (uintptr_t)f;
	return 0;
}

int file_close(void *fs, uint64_t fh)
{
	struct avfs *a = fs;
	struct file *f = file_of(fh);

	if (f->fd >= 0) {
		a->host->close_fd(f->fd);
	} else if (f->av >= 0) {
		instance_enter();
		if (f->generation == instance_generation())
			virt_close(f->av);
		instance_leave();
	}
	file_free(f);
	return 0;
}

static int read_plain(int fd, char *buf, size_t size, off_t offset, size_t *got)
{
	*got = 0;
	while (*got < size) {
		ssize_t n = pread(fd, buf + *got, size - *got, offset + *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return *got ? 0 : -errno;
		if (n == 0)
			break;
		*got += n;
	}
	return 0;
}

static int read_archived(struct file *f, char *buf, size_t size, off_t offset, size_t *got)
{
	const size_t most = 1 << 30;	/* its sizes are 32 bits wide */

	*got = 0;
	if (f->at != offset && virt_lseek(f->av, offset, SEEK_SET) != offset)
		return -errno;
	f->at = offset;
	while (*got < size) {
		size_t want = size - *got < most ? size - *got : most;
		ssize_t n = virt_read(f->av, buf + *got, want);

		if (n < 0)
			return *got ? 0 : -errno;
		if (n == 0)
			break;
		*got += n;
		f->at += n;
	}
	return 0;
}

int file_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
	      size_t *bytes_read)
{
	struct file *f = file_of(fh);
	int ret;

	if (f->fd >= 0)
		return read_plain(f->fd, buf, size, offset, bytes_read);
	if (S_ISDIR(f->st.st_mode))
		return -EISDIR;
	instance_enter();
	pthread_mutex_lock(&f->lock);
	ret = revive(fs, f);
	if (!ret)
		ret = read_archived(f, buf, size, offset, bytes_read);
	pthread_mutex_unlock(&f->lock);
	instance_leave();
	return ret;
}

int file_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	struct file *f = file_of(fh);

	(void)fs;
	if (f->fd >= 0)
		return fstat(f->fd, st) ? -errno : 0;
	*st = f->st;
	return 0;
}

int file_fsync(void *fs, uint64_t fh, int data_sync)
{
	(void)fs, (void)fh, (void)data_sync;
	return 0;	/* nothing was written */
}

int file_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len, int *lower_fd)
{
	struct stat st;
	struct mark mark;
	int ret = file_fgetattr(fs, fh, &st);

	if (ret)
		return ret;
	if (size < sizeof(mark))
		return -E2BIG;
	mark = (struct mark){ .device = st.st_dev, .inode = st.st_ino };
	memcpy(blob, &mark, sizeof(mark));
	*len = sizeof(mark);
	*lower_fd = -1;
	return 0;
}

int file_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		 int lower_fd, uint64_t *fh)
{
	struct avfs *a = fs;
	struct mark mark;
	struct stat st;
	int ret;

	if (lower_fd >= 0)
		a->host->close_fd(lower_fd);
	if (len != sizeof(mark) || !path)
		return -ESTALE;
	memcpy(&mark, blob, sizeof(mark));
	ret = file_open(fs, path, flags, 0, fh);
	if (ret)
		return ret;
	ret = file_fgetattr(fs, *fh, &st);
	if (!ret && (st.st_dev != mark.device || st.st_ino != mark.inode))
		ret = -ESTALE;
	if (ret)
		file_close(fs, *fh);
	return ret;
}

static int dirents_plain(int fd, off_t *cookie, void *buf, size_t size, size_t *written)
{
	const struct dirent64 *last;
	long n, at;

	if (lseek(fd, *cookie, SEEK_SET) < 0)
		return -errno;
	n = syscall(SYS_getdents64, fd, buf, size);
	if (n < 0)
		return -errno;
	for (at = 0; at < n; at += last->d_reclen) {
		last = (const void *)((char *)buf + at);
		*cookie = last->d_off;
	}
	*written = n;
	return 0;
}

/* All names; inside of AVFS. */
static int names_read(struct avfs *a, struct file *f)
{
	struct dirent *entry;
	size_t room = 0;
	struct name n;
	int ret;
	DIR *dir;

	names_free(f);
	ret = name_find(a, f->path, &n);
	if (ret)
		return ret;
	dir = virt_opendir(n.virt);
	if (!dir)
		return -errno;
	while (!ret && (entry = virt_readdir(dir))) {
		char **names = f->names;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (f->count == room) {
			room = room ? 2 * room : 64;
			names = realloc(f->names, room * sizeof(*names));
		}
		if (names)
			f->names = names;
		f->names[f->count] = names ? strdup(entry->d_name) : NULL;
		if (!names || !f->names[f->count])
			ret = -ENOMEM;
		else
			f->count++;
	}
	virt_closedir(dir);
	return ret;
}

static uint64_t inode_of(const struct file *f, const char *name)
{
	char inner[2 * PATH_MAX];
	size_t length = strlen(f->inner), more = strlen(name);
	const char *slash;

	if (!strcmp(name, "."))
		return f->st.st_ino;
	if (!strcmp(name, "..")) {
		slash = strrchr(f->inner, '/');
		if (!slash)
			return f->base.st_ino;
		length = slash - f->inner;
		more = 0;
	}
	if (length + more + 2 > sizeof(inner))
		return f->st.st_ino;
	memcpy(inner, f->inner, length);
	if (more) {
		inner[length++] = '/';
		memcpy(inner + length, name, more);
	}
	inner[length + more] = '\0';
	return name_inode(&f->base, inner);
}

/* A cookie is a number of entries: "." is the first, the names come after "..". */
static int dirents_archived(struct file *f, off_t *cookie, char *buf, size_t size,
			    size_t *written)
{
	const size_t head = offsetof(struct dirent64, d_name);

	*written = 0;
	for (; *cookie >= 0 && (size_t)*cookie < f->count + 2; ++*cookie) {
		const char *name = *cookie == 0 ? "." : *cookie == 1 ? ".." :
			f->names[*cookie - 2];
		size_t length = (head + strlen(name) + 1 + 7) & ~(size_t)7;
		struct dirent64 *entry = (struct dirent64 *)(buf + *written);

		if (length > size - *written)
			return *written ? 0 : -EINVAL;
		memset(entry, 0, length);
		entry->d_ino = inode_of(f, name);
		entry->d_off = *cookie + 1;
		entry->d_reclen = length;
		entry->d_type = *cookie < 2 ? DT_DIR : DT_UNKNOWN;
		memcpy((char *)entry + head, name, strlen(name) + 1);
		*written += length;
	}
	return 0;
}

int file_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		    size_t *written)
{
	struct file *f = file_of(fh);
	int ret = 0;

	*written = 0;
	pthread_mutex_lock(&f->lock);
	if (f->fd >= 0) {
		ret = dirents_plain(f->fd, cookie, buf, size, written);
		pthread_mutex_unlock(&f->lock);
		return ret;
	}
	pthread_mutex_unlock(&f->lock);
	if (!S_ISDIR(f->st.st_mode))
		return -ENOTDIR;
	instance_enter();
	pthread_mutex_lock(&f->lock);
	if (*cookie == 0 || !f->names)
		ret = names_read(fs, f);
	if (!ret)
		ret = dirents_archived(f, cookie, buf, size, written);
	pthread_mutex_unlock(&f->lock);
	instance_leave();
	return ret;
}
