// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host.h"

#include "base.h"
#include "mailbox.h"
#include "mount.h"
#include "private_fd.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* umask(2) can only be asked by changing it, which other threads would notice. */
static mode_t ask_umask(void)
{
	char text[512];
	long fd, n;
	const char *at;

	fd = dfl_raw(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 022;
	n = dfl_raw(SYS_read, fd, text, sizeof(text) - 1);
	dfl_raw(SYS_close, fd);
	if (n <= 0)
		return 022;
	text[n] = '\0';
	at = strstr(text, "\nUmask:");
	return at ? strtoul(at + strlen("\nUmask:"), NULL, 8) & 0777 : 022;
}

/* The call that the library serves came with a letter, if it is one that makes a file. */
static mode_t host_umask(void)
{
	const struct dfl_post *post = (const struct dfl_post *)dfl_libc->thread()->core;

	return post ? post->box[0].umask & 0777 : ask_umask();
}

static int host_held(const struct defuse_host *host, uint64_t device, const uint64_t *inodes,
		     unsigned int count, uint64_t *mask)
{
	const struct dfl_mount *m = (const struct dfl_mount *)
		((const char *)host - offsetof(struct dfl_mount, host));
	struct defuse_held held = {
		.size = sizeof(held),
		.count = count,
		.device = device,
		.inodes = (uintptr_t)inodes,
	};
	long fd, ret;

	/* The mount point is the one directory that is opened without asking a library. */
	fd = dfl_raw(SYS_openat, AT_FDCWD, m->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_HELD, &held);
	dfl_raw(SYS_close, fd);
	*mask = held.held;
	return ret;
}

static void host_log(const char *text)
{
	if (getenv("DEFUSE_DEBUG"))
		dfl_report_text(text);
}

const struct defuse_host dfl_host = {
	.size = sizeof(dfl_host),
	.private_fd = dfl_private_fd,
	.close_fd = dfl_private_close,
	.umask = host_umask,
	.log = host_log,
	.held = host_held,
};
