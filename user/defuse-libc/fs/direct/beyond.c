// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What only a mount without a lower tree, or the FUSE server, asks of a library: elsewhere
 * the kernel does it on the lower file.
 */
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

int direct_statfs(void *fs, struct statfs *buf)
{
	const struct direct *d = fs;

	return fstatfs(d->root, buf) ? -errno : 0;
}

int direct_fchmod(void *fs, uint64_t fh, mode_t mode)
{
	(void)fs;
	return fchmod(fh, mode) ? -errno : 0;
}

int direct_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid)
{
	(void)fs;
	return fchown(fh, uid, gid) ? -errno : 0;
}

int direct_futime(void *fs, uint64_t fh, const struct timespec times[2])
{
	(void)fs;
	return futimens(fh, times) ? -errno : 0;
}

/* All of the file is data, as far as anybody knows. */
static int one_piece(int fd, off_t offset, int whence, off_t *result)
{
	struct stat st;
	int err = direct_stat_fd(fd, &st);

	if (err)
		return err;
	if (offset >= st.st_size)
		return -ENXIO;
	*result = whence == SEEK_DATA ? offset : st.st_size;
	return 0;
}

/*
 * Through an open file description of its own, because a seek moves the position, by which
 * direct_append() learns where it was.
 */
int direct_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result)
{
	char name[sizeof("/proc/self/fd/") + 10];
	int fd, err;

	(void)fs;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", (int)fh);
	fd = open(name, (fcntl(fh, F_GETFL) & O_ACCMODE) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)	/* no /proc, or no right to open it once more */
		return one_piece(fh, offset, whence, result);
	*result = lseek(fd, offset, whence);
	err = *result < 0 ? -errno : 0;
	close(fd);
	return err;
}
