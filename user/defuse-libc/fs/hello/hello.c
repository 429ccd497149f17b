// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hello: the smallest useful file-system library; docs/writing-a-library.md walks
 * through it.  Each file of a fixed, read-only tree is made when it is read:
 *
 *	/greeting	the backend= text
 *	/pid		the process that reads it: the library runs inside it
 */
#include <defuse/fs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOT, GREETING, PID, NFILES };

static const char *const names[NFILES] = { "/", "/greeting", "/pid" };

static int find(const char *path)
{
	int i;

	for (i = 0; i < NFILES; i++)
		if (strcmp(path, names[i]) == 0)
			return i;
	return -ENOENT;
}

/* Contents of @file in @text; its length. */
static size_t contents(void *fs, int file, char *text, size_t size)
{
	int n = 0;

	if (file == GREETING)
		n = snprintf(text, size, "%s\n", (const char *)fs);
	if (file == PID)
		n = snprintf(text, size, "%d\n", (int)getpid());
	return (size_t)n < size ? (size_t)n : size - 1;
}

static int hello_init(const char *mount_point, const char *backend,
		      const struct defuse_host *host, void **fs)
{
	(void)mount_point;
	host->log("hello: at your service");
	*fs = strdup(backend);
	return *fs ? 0 : -ENOMEM;
}

static int hello_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	char text[4096];

	memset(st, 0, sizeof(*st));
	st->st_ino = fh + 1;
	st->st_mode = fh == ROOT ? S_IFDIR | 0555 : S_IFREG | 0444;
	st->st_nlink = fh == ROOT ? 2 : 1;
	st->st_size = contents(fs, fh, text, sizeof(text));
	st->st_blksize = 4096;
	return 0;
}

static int hello_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	int file = find(path);

	(void)flags;
	return file < 0 ? file : hello_fgetattr(fs, file, st);
}

/* A handle is any number: here it is the number of the file. */
static int hello_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	int file = find(path);

	(void)fs;
	(void)mode;
	if (file < 0)
		return flags & O_CREAT ? -EROFS : file;
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (file == ROOT ? (flags & O_ACCMODE) != O_RDONLY : flags & O_DIRECTORY)
		return file == ROOT ? -EISDIR : -ENOTDIR;
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return -EROFS;
	*fh = file;
	return 0;
}

static int hello_close(void *fs, uint64_t fh)
{
	(void)fs;
	(void)fh;
	return 0;
}

static int hello_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		      size_t *bytes_read)
{
	char text[4096];
	size_t len = contents(fs, fh, text, sizeof(text));

	*bytes_read = 0;
	if (fh == ROOT)
		return -EISDIR;
	if ((size_t)offset >= len)
		return 0;
	*bytes_read = len - offset < size ? len - offset : size;
	memcpy(buf, text + offset, *bytes_read);
	return 0;
}

/* The program after exec(), or a process that got the FD: the same file again. */
static int hello_restore(void *fs, const char *path, int flags, const void *blob,
			 size_t len, int lower_fd, uint64_t *fh)
{
	(void)blob;
	(void)len;
	(void)lower_fd;
	return hello_open(fs, path, flags, 0, fh);
}

/* Entry number @cookie follows; "." and ".." are the first two. */
static int hello_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			    size_t *written)
{
	static const char *const entries[] = { ".", "..", "greeting", "pid" };
	const off_t count = sizeof(entries) / sizeof(entries[0]);

	(void)fs;
	*written = 0;
	if (fh != ROOT)
		return -ENOTDIR;
	while (*cookie < count) {
		const char *name = entries[*cookie];
		size_t len = offsetof(struct dirent64, d_name) + strlen(name) + 1;
		struct dirent64 *e = (struct dirent64 *)((char *)buf + *written);

		len = (len + 7) & ~7UL;
		if (len > size - *written)
			return *written ? 0 : -EINVAL;
		e->d_ino = *cookie < 2 ? ROOT + 1 : *cookie;
		e->d_off = ++*cookie;
		e->d_reclen = len;
		e->d_type = name[0] == '.' ? DT_DIR : DT_REG;
		memcpy(e->d_name, name, strlen(name) + 1);
		*written += len;
	}
	return 0;
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "hello",
	.init = hello_init,
	.open = hello_open,
	.close = hello_close,
	.read = hello_read,
	.getattr = hello_getattr,
	.fgetattr = hello_fgetattr,
	.restore = hello_restore,
	.getdirents = hello_getdirents,
};
