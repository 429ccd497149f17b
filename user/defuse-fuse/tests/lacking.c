// SPDX-License-Identifier: GPL-2.0
/*
 * A library for tests: `direct` without what it need not have, but with flush(), which
 * counts the calls in the file "flushed" of the backend and refuses files of 666 bytes.
 */
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The table of `direct`, of whose sources this is built, has another name, and the type. */
#undef defuse_fs_operations
__attribute__((visibility("default")))
struct direct_operations defuse_fs_operations;

static int lacking_flush(void *fs, uint64_t fh)
{
	const struct direct *d = fs;
	int fd = openat(d->root, "flushed", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	struct stat st;
	int err = -EIO;

	if (fd >= 0 && write(fd, "+", 1) == 1)
		err = direct_stat_fd(fh, &st);
	if (fd >= 0)
		close(fd);
	return err ? err : st.st_size == 666 ? -EDQUOT : 0;
}

__attribute__((constructor)) static void set(void)
{
	defuse_fs_operations = direct_operations;
	defuse_fs_operations.name = "lacking";
	defuse_fs_operations.statfs = NULL;
	defuse_fs_operations.fchmod = NULL;
	defuse_fs_operations.fchown = NULL;
	defuse_fs_operations.futime = NULL;
	defuse_fs_operations.fallocate = NULL;
	defuse_fs_operations.seek = NULL;
	defuse_fs_operations.flush = lacking_flush;
}
