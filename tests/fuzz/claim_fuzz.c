// SPDX-License-Identifier: GPL-2.0
/*
 * claim_fuzz MOUNT SECONDS SEED: opens that bring claims along, true and not, on a mount
 * without a lower tree; several processes on a few names.
 *
 * Promises: an open succeeds by a claim alone, and then says so; what it gave has the stash
 * that was claimed; and enough of the honest ones do.
 *
 * Exit status: 0, 1 a promise was broken, 2 it could not run.
 */
#define _GNU_SOURCE
#include "random.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/defuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 4, HOLE = 4096 };

static const char *const names[] = {
	"/a", "/b", "/a/b", "/a/b/c", "/d/../b", "/d/e", "/d/./e", "/d/e/",
	"/0123456789012345678901234567890123456789012345678901234567890123456789/f",
};

static struct defuse_mailbox mailbox;
static struct {
	unsigned long tried, taken, honest, kept;
} *board;
static const char *mount_dir;
static uint64_t mount_id, seed;
static char *hole;		/* a page, and none behind it */

static void declare(uint64_t magic)
{
	struct defuse_able able = { magic, (uintptr_t)&mailbox, 0, 0 };
	char *list;
	size_t size;

	if (syscall(SYS_get_robust_list, 0, &list, &size))
		err(2, "get_robust_list");
	memcpy(list - DEFUSE_ABLE_OFFSET, &able, sizeof(able));
}

static const char *any_name(struct rng *r)
{
	return names[rng_below(r, sizeof(names) / sizeof(names[0]))];
}

static struct defuse_open valid(struct rng *r, const char *path, char *stash)
{
	struct defuse_open o = {
		.size = sizeof(o), .open_flags = O_RDWR, .mount_id = mount_id,
		.path = (uintptr_t)path, .mode = S_IFREG | 0600, .lower_fd = -1,
		.device = 77, .inode = rng_below(r, 4), .stash = (uintptr_t)stash,
		.stash_len = rng_below(r, 64),
	};

	return o;
}

/* A word of it, or where something is. */
static void damage(struct rng *r, struct defuse_open *o)
{
	switch (rng_below(r, 6)) {
	case 0:
		o->path = (uintptr_t)any_name(r);
		break;
	case 1:
		o->path = rng_odd_number(r);
		break;
	case 2:
		o->stash = (uintptr_t)hole + HOLE - rng_below(r, 64);
		break;
	case 3:
		o->stash_len = rng_odd_number(r);
		break;
	default:
		((uint32_t *)o)[rng_below(r, sizeof(*o) / 4)] = rng_odd_number(r);
		break;
	}
}

static int broken(const char *what, const char *path, int error)
{
	printf("seed %lu: %s: %s (errno %d)\n", (unsigned long)seed, path, what, error);
	return 1;
}

/* 1: the promises about an FD that an open gave are broken. */
static int look_at(struct rng *r, int fd, const struct defuse_open *o, const char *path)
{
	char stash[64];
	struct defuse_fetch f = {
		.size = sizeof(f), .stash = (uintptr_t)stash, .stash_len = sizeof(stash),
	};

	if (mailbox.claim)
		return broken("an open without a claim", path, 0);
	if (ioctl(fd, DEFUSE_IOC_FETCH, &f) && errno != ERANGE)
		return broken("FETCH", path, errno);
	if (f.stash_len != o->stash_len || f.mount_id != mount_id || !S_ISREG(f.mode))
		return broken("not what was claimed", path, 0);
	if (rng_one_in(r, 4))
		flock(fd, LOCK_EX | LOCK_NB);
	__atomic_fetch_add(&board->taken, 1, __ATOMIC_RELAXED);
	return 0;
}

static int once(struct rng *r)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDWR | O_CREAT };
	const char *path = any_name(r);
	char stash[64] = "a stash", full[4096];
	struct defuse_open o = valid(r, path, stash);
	int intact = rng_one_in(r, 2), fd, error, ret = 0;

	if (!intact)
		damage(r, &o);
	snprintf(full, sizeof(full), "%s%s", mount_dir, path);
	mailbox.claim = rng_one_in(r, 16) ? rng_odd_number(r) : (uintptr_t)&o;
	intact = intact && mailbox.claim == (uintptr_t)&o && !strchr(path + 1, '.') &&
		 path[strlen(path) - 1] != '/';
	declare(rng_one_in(r, 32) ? 0 : DEFUSE_ABLE_MAGIC);
	fd = open(full, flags[rng_below(r, 4)], 0600);
	error = errno;
	declare(0);
	__atomic_fetch_add(&board->tried, 1, __ATOMIC_RELAXED);
	if (intact)
		__atomic_fetch_add(&board->honest, 1, __ATOMIC_RELAXED);
	if (fd >= 0) {
		ret = look_at(r, fd, &o, path);
		close(fd);
		if (intact)
			__atomic_fetch_add(&board->kept, 1, __ATOMIC_RELAXED);
	} else if (error != DEFUSE_MARKER && error != EOPNOTSUPP && error != EFAULT &&
		   error != ENOTDIR && error != EISDIR && error != ESTALE) {
		ret = broken("an error that nothing explains", path, error);
	}
	return ret;
}

static int process(unsigned int number, time_t until)
{
	struct rng r = { seed + number };
	int ret = 0;

	while (!ret && time(NULL) < until)
		ret = once(&r);
	fflush(stdout);
	return ret;
}

int main(int argc, char **argv)
{
	struct defuse_info info = { .size = sizeof(info) };
	time_t until;
	int root, i, status, ret = 0;

	if (argc != 4)
		errx(2, "usage: claim_fuzz MOUNT SECONDS SEED");
	mount_dir = argv[1];
	until = time(NULL) + atoi(argv[2]);
	seed = strtoul(argv[3], NULL, 0);
	root = open(mount_dir, O_RDONLY | O_DIRECTORY);
	if (root < 0 || ioctl(root, DEFUSE_IOC_INFO, &info))
		err(2, "%s", mount_dir);
	mount_id = info.mount_id;
	hole = mmap(NULL, 2 * HOLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	board = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hole == MAP_FAILED || board == MAP_FAILED || munmap(hole + HOLE, HOLE))
		err(2, "mmap");
	for (i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			_exit(process(i, until));
	while (wait(&status) > 0)
		ret |= status != 0;
	printf("%lu opens, %lu by a claim; %lu of %lu honest ones\n", board->tried,
	       board->taken, board->kept, board->honest);
	return ret || board->kept < board->honest / 2 || !board->kept;
}
