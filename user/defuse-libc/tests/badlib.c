// SPDX-License-Identifier: LGPL-2.1-or-later
/* Libraries with one thing wrong each, chosen by -DBAD_...; none: a correct one. */
#include <defuse/fs.h>

#include <errno.h>
#include <stdlib.h>

static int bad_init(const char *mount_point, const char *backend,
		    const struct defuse_host *host, void **fs)
{
	(void)mount_point;
	(void)backend;
	(void)host;
	*fs = NULL;
#ifdef BAD_CRASH
	*(volatile int *)8 = 1;
#endif
#ifdef BAD_ABORT
	abort();
#endif
#ifdef BAD_INIT
	return -ENODEV;
#endif
	return 0;
}

static int bad_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	(void)fs, (void)path, (void)flags, (void)mode, (void)fh;
	return -ENOENT;
}

static int bad_close(void *fs, uint64_t fh)
{
	(void)fs, (void)fh;
	return 0;
}

static int bad_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *n)
{
	(void)fs, (void)fh, (void)buf, (void)size, (void)offset;
	*n = 0;
	return 0;
}

static int bad_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	(void)fs, (void)path, (void)st, (void)flags;
	return -ENOENT;
}

static int bad_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	(void)fs, (void)fh, (void)st;
	return -EBADF;
}

#ifdef BAD_SYMBOL
const struct defuse_fs_operations other_name
	__attribute__((visibility("default"))) = {
#else
const struct defuse_fs_operations defuse_fs_operations = {
#endif
#ifdef BAD_VERSION
	.version = DEFUSE_FS_VERSION + 1,
#else
	.version = DEFUSE_FS_VERSION,
#endif
#ifdef BAD_SIZE
	.size = 4,
#else
	.size = sizeof(struct defuse_fs_operations),
#endif
	.name = "bad",
	.init = bad_init,
	.open = bad_open,
	.close = bad_close,
#ifndef BAD_MANDATORY
	.read = bad_read,
#endif
	.getattr = bad_getattr,
	.fgetattr = bad_fgetattr,
};
