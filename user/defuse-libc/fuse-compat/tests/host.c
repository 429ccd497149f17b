// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PRIVATE	500

int host_private;

static int private_fd(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, PRIVATE);

	close(fd);
	if (high < 0)
		return -EMFILE;
	__atomic_add_fetch(&host_private, 1, __ATOMIC_RELAXED);
	return high;
}

static void close_fd(int fd)
{
	close(fd);
	__atomic_sub_fetch(&host_private, 1, __ATOMIC_RELAXED);
}

static mode_t current_umask(void)
{
	return 022;
}

static void note(const char *text)
{
	fprintf(stderr, "host: %s\n", text);
}

const struct defuse_host test_host = {
	.size = sizeof(test_host),
	.private_fd = private_fd,
	.close_fd = close_fd,
	.umask = current_umask,
	.log = note,
};

const struct defuse_fs_operations *host_load(const char *library)
{
	int flags = RTLD_NOW | RTLD_LOCAL;
	void *handle;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	flags |= RTLD_DEEPBIND;
#endif
	handle = dlopen(library, flags);
	if (!handle) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	return dlsym(handle, "defuse_fs_operations");
}
