// SPDX-License-Identifier: GPL-2.0
/*
 * Changes the tree under everybody's feet, through the mount or behind its
 * back.  Nothing is expected of any single call.
 */
#define _GNU_SOURCE
#include "ioctl_fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static void write_some(struct rng *r, const char *path)
{
	char buf[5000];
	int fd = open(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK |
		      (rng_one_in(r, 3) ? O_TRUNC : 0), 0644);

	if (fd < 0)
		return;
	memset(buf, 'd', sizeof(buf));
	if (pwrite(fd, buf, rng_below(r, sizeof(buf)), rng_below(r, 20000)) < 0)
		close(fd);
	else
		close(fd);
}

void disturb(struct rng *r, const char *dir)
{
	static const unsigned int flags[] = {
		0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE,
	};
	char name[NAME_MAX_LEN], a[NAME_MAX_LEN], b[NAME_MAX_LEN];
	struct stat st;

	name_valid(r, name);
	name_below(dir, name, a);
	name_valid(r, name);
	name_below(dir, name, b);
	switch (rng_below(r, 14)) {
	case 0:
		unlink(a);
		break;
	case 1:
		rmdir(a);
		break;
	case 2:
		renameat2(AT_FDCWD, a, AT_FDCWD, b, flags[rng_below(r, 4)]);
		break;
	case 3:
		(void)!symlink(name, a);
		break;
	case 4:
		(void)!link(a, b);
		break;
	case 5:
	case 6:
	case 7:
		mkdir(a, 0755);
		break;
	case 8:
		stat(a, &st);
		break;
	case 9:
		(void)!truncate(a, (off_t)rng_below(r, 10000));
		break;
	case 10:
		setxattr(a, "user.fuzz", b, rng_below(r, 100), 0);
		break;
	default:
		write_some(r, a);
	}
	__atomic_fetch_add(&board->disturbances, 1, __ATOMIC_RELAXED);
}
