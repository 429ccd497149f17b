// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "descriptors.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int opened;

static void want_room(void)
{
	struct rlimit limit = { 2 * DESCRIPTORS_MAX + 1000, 2 * DESCRIPTORS_MAX + 1000 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "setrlimit");
}

void descriptors_open(const char *dir, int n)
{
	char path[PATH_MAX];
	char byte = 'x';

	if (n > DESCRIPTORS_MAX)
		errx(2, "%d files are too many", n);
	want_room();
	snprintf(path, sizeof(path), "%s/fds", dir);
	if (mkdir(path, 0755) && errno != EEXIST)
		err(1, "mkdir %s", path);
	for (; opened < n; opened++) {
		int fd;

		snprintf(path, sizeof(path), "%s/fds/f%04d", dir, opened);
		fd = open(path, O_RDWR | O_CREAT, 0644);
		/* Used, so that a library that opens late has it open. */
		if (fd < 0 || write(fd, &byte, 1) != 1)
			err(1, "%s", path);
	}
}

void descriptors_exec(const char *program)
{
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		err(1, "vfork");
	if (pid == 0) {
		execl(program, program, "nothing", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (status)
		errx(1, "the new image ended with %#x", status);
}
