// SPDX-License-Identifier: GPL-2.0
/*
 * The FUSE mount, made but attached to no directory: only who has its FD can reach it,
 * and nothing is left of it when the last user is gone.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int set(int fs, const char *name, const char *value)
{
	return value ? fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0) :
		       fsconfig(fs, FSCONFIG_SET_FLAG, name, NULL, 0);
}

int hidden_mount(int fuse_fd)
{
	int fs = fsopen("fuse", FSOPEN_CLOEXEC), mount = -1;
	char fd[12];

	snprintf(fd, sizeof(fd), "%d", fuse_fd);
	if (fs < 0) {
		say("fsopen fuse: %s", strerror(errno));
		return -1;
	}
	if (set(fs, "source", "defuse-fuse") || set(fs, "fd", fd) ||
	    set(fs, "rootmode", "40000") || set(fs, "user_id", "0") ||
	    set(fs, "group_id", "0") || set(fs, "subtype", "defuse-fuse") ||
	    set(fs, "allow_other", NULL) ||
	    (server.default_permissions && set(fs, "default_permissions", NULL)) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		say("cannot make a FUSE file system: %s", strerror(errno));
	else
		mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return mount;
}
