// SPDX-License-Identifier: GPL-2.0
/*
 * The library: loaded into a process of root, so it is looked at first, as the module
 * does (kernel/defuse/library.c).
 */
#include "server.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/defuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int host_private_fd(int fd)
{
	return fd;
}

static void host_close_fd(int fd)
{
	close(fd);
}

/* The kernel has applied the requester's. */
static mode_t host_umask(void)
{
	return 0;
}

static void host_log(const char *text)
{
	if (getenv("DEFUSE_DEBUG"))
		say("%s", text);
}

/*
 * To ask, a directory of the mount is opened, which is a request to this very server: so one
 * thread at a time, and the others serve it.  Only for a requester, who makes the mount busy
 * anyway: else umount(8) would now and then find it so.
 */
static int host_held(const struct defuse_host *host, uint64_t device, const uint64_t *inodes,
		     unsigned int count, uint64_t *mask)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	struct defuse_held held = {
		.size = sizeof(held),
		.count = count,
		.device = device,
		.inodes = (uintptr_t)inodes,
	};
	fuse_req_t req = caller_now();
	int fd, err = 0;

	(void)host;
	if (!req || pthread_mutex_trylock(&one))
		return -EAGAIN;
	caller_leave();
	fd = open(server.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, DEFUSE_IOC_HELD, &held))
		err = -errno;
	if (fd >= 0)
		close(fd);
	caller_enter(req);
	pthread_mutex_unlock(&one);
	*mask = held.held;
	return err;
}

static struct defuse_host host = {
	.size = sizeof(host),
	.private_fd = host_private_fd,
	.close_fd = host_close_fd,
	.umask = host_umask,
	.log = host_log,
};

static bool trusted(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_uid == 0 && !(st.st_mode & 0022);
}

const char *library_untrusted(const char *path)
{
	char real[PATH_MAX], *slash;

	if (path[0] != '/' || !realpath(path, real))
		return "not an absolute path of a file";
	if (!trusted(real))
		return "not root's alone to write";
	while ((slash = strrchr(real, '/')) != real) {
		*slash = '\0';
		if (!trusted(real))
			return "in a directory that is not root's alone to write";
	}
	return trusted("/") ? NULL : "in a root directory that others can write";
}

const char *library_load(void)
{
	static char text[256];
	void *object = dlopen(server.library, RTLD_NOW | RTLD_LOCAL);
	const struct defuse_fs_operations *table;
	struct defuse_fs_operations *ops = &server.ops;
	int err;

	if (!object)
		return dlerror();
	table = dlsym(object, "defuse_fs_operations");
	if (!table)
		return "exports no symbol defuse_fs_operations";
	if (table->version != DEFUSE_FS_VERSION)
		return "was built for another version of the interface";
	if (table->size < offsetof(struct defuse_fs_operations, init) || table->size > 65536)
		return "has a table of impossible size";
	memcpy(ops, table, table->size < sizeof(*ops) ? table->size : sizeof(*ops));
	if (!ops->init || !ops->open || !ops->close || !ops->read || !ops->getattr ||
	    !ops->fgetattr)
		return "lacks a mandatory function";
	/* Where nobody else opens files, the library knows of all that are open. */
	if (server.shared)
		host.held = host_held;
	err = ops->init(server.place, server.backend, &host, &server.fs);
	if (!err)
		return NULL;
	snprintf(text, sizeof(text), "init() failed: %s", strerror(-err));
	return text;
}
