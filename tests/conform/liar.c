// SPDX-License-Identifier: GPL-2.0
/*
 * liar: a file-system library that tells one lie, to see it caught.
 *
 * Everything is passed to the honest library of the environment variable
 * LIAR_TRUTH (a path); LIAR names the lie, and none at all is the control.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defuse/fs.h"

static const struct defuse_fs_operations *truth;

static int lies(const char *about)
{
	const char *lie = getenv("LIAR");

	return lie && !strcmp(lie, about);
}

static int init(const char *mount_point, const char *backend,
		const struct defuse_host *host, void **fs)
{
	const char *path = getenv("LIAR_TRUTH");
	void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;

	truth = library ? dlsym(library, "defuse_fs_operations") : NULL;
	if (!truth)
		return -ELIBBAD;
	return truth->init(mount_point, backend, host, fs);
}

static void finalize(void *fs)
{
	if (truth->finalize)
		truth->finalize(fs);
}

static int open_(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	int r = truth->open(fs, path, flags, mode, fh);

	return r == -EEXIST && lies("errno") ? -EACCES : r;
}

static int close_(void *fs, uint64_t fh)
{
	return truth->close(fs, fh);
}

static int read_(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		 size_t *n)
{
	int r = truth->read(fs, fh, buf, size, offset, n);

	if (!r && *n > 1 && lies("short read"))
		--*n;
	if (!r && *n && lies("data"))
		buf[*n - 1] ^= 1;
	return r;
}

static int write_(void *fs, uint64_t fh, const char *buf, size_t size,
		  off_t offset, size_t *n)
{
	if (lies("lost write") && offset > 0) {
		*n = size;
		return 0;
	}
	return truth->write(fs, fh, buf, size, offset, n);
}

static int append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *n,
		  off_t *end)
{
	int r = truth->append(fs, fh, buf, size, n, end);

	if (!r && lies("position"))
		++*end;
	return r;
}

static int fsync_(void *fs, uint64_t fh, int data_sync)
{
	return truth->fsync(fs, fh, data_sync);
}

static int ftruncate_(void *fs, uint64_t fh, off_t length)
{
	return truth->ftruncate(fs, fh, lies("truncate") ? length + 1 : length);
}

static int changed(struct stat *st, int r)
{
	if (!r && S_ISREG(st->st_mode) && lies("size"))
		st->st_size++;
	if (!r && lies("mode"))
		st->st_mode ^= 1;
	return r;
}

static int fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	return changed(st, truth->fgetattr(fs, fh, st));
}

static int getattr(void *fs, const char *path, struct stat *st, int flags)
{
	return changed(st, truth->getattr(fs, path, st, flags));
}

static int trunc_(void *fs, const char *path, off_t length)
{
	return truth->trunc(fs, path, length);
}

static int readlink_(void *fs, const char *path, char *buf, size_t size, size_t *n)
{
	int r = truth->readlink(fs, path, buf, size, n);

	if (!r && *n && lies("link"))
		buf[0] ^= 1;
	return r;
}

static int unlink_(void *fs, const char *path)
{
	return lies("unlink") ? 0 : truth->unlink(fs, path);
}

static int mkdir_(void *fs, const char *path, mode_t mode)
{
	return truth->mkdir(fs, path, mode);
}

static int rmdir_(void *fs, const char *path)
{
	return truth->rmdir(fs, path);
}

static int getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf,
		      size_t size, size_t *written)
{
	int first = *cookie == 0;
	int r = truth->getdirents(fs, fh, cookie, buf, size, written);

	/* Loses the first record. */
	if (!r && first && *written && lies("list")) {
		unsigned short len;

		memcpy(&len, (char *)buf + 16, sizeof(len));
		memmove(buf, (char *)buf + len, *written - len);
		*written -= len;
	}
	return r;
}

static int chown_(void *fs, const char *path, uid_t uid, gid_t gid)
{
	return truth->chown(fs, path, uid, gid);
}

static int chmod_(void *fs, const char *path, mode_t mode)
{
	return truth->chmod(fs, path, mode);
}

static int access_(void *fs, const char *path, int mode, int flags)
{
	return lies("access") ? 0 : truth->access(fs, path, mode, flags);
}

static int rename_(void *fs, const char *from, const char *to, unsigned int flags)
{
	return truth->rename(fs, from, to, lies("rename") ? 0 : flags);
}

static int utime_(void *fs, const char *path, const struct timespec times[2])
{
	return lies("time") ? 0 : truth->utime(fs, path, times);
}

static int symlink_(void *fs, const char *target, const char *path)
{
	return truth->symlink(fs, target, path);
}

static int link_(void *fs, const char *from, const char *to)
{
	return truth->link(fs, from, to);
}

static int save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len,
		int *lower_fd)
{
	return truth->save(fs, fh, blob, size, len, lower_fd);
}

static int restore(void *fs, const char *path, int flags, const void *blob,
		   size_t len, int lower_fd, uint64_t *fh)
{
	return truth->restore(fs, path, flags, blob, len, lower_fd, fh);
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "liar",
	.init = init, .finalize = finalize,
	.open = open_, .close = close_, .read = read_, .write = write_,
	.append = append, .fsync = fsync_, .ftruncate = ftruncate_,
	.fgetattr = fgetattr, .getattr = getattr, .trunc = trunc_,
	.readlink = readlink_, .unlink = unlink_, .mkdir = mkdir_,
	.rmdir = rmdir_, .getdirents = getdirents, .chown = chown_,
	.chmod = chmod_, .access = access_, .rename = rename_,
	.utime = utime_, .symlink = symlink_, .link = link_,
	.save = save, .restore = restore,
};
