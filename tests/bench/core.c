// SPDX-License-Identifier: GPL-2.0
/*
 * core LIBRARY [BACKEND]: what a call costs through the core and a library, natively and
 * without the module: user/defuse-libc/core behind the fake kernel of its unit tests,
 * beside the bare system call on a file of tmpfs.  Only calls on files that are open:
 * they do not enter the fake kernel.  BACKEND: of a library without a lower tree.
 * TMPDIR is on tmpfs.
 *
 * Each row ROUNDS times, both sides in turns; medians.
 */
#include "fakekernel.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define TURNS 50000
#define SIZE 65536

static char buf[SIZE];
static int plain, foreign;	/* on tmpfs, without and behind the hook */
static int opened;		/* on the mount */

static long hooked(long nr, long fd, long b, long c, long d)
{
	long ret = fk_core->hook(nr, fd, b, c, d, 0, 0);

	return ret == DEFUSE_PASS ? syscall(nr, fd, b, c, d) : ret;
}

static long rewound(bool ours, int fd, size_t size)
{
	static long at[2];
	long ret;

	at[ours] += size;
	if (at[ours] > SIZE) {
		at[ours] = size;
		if (ours)
			hooked(SYS_lseek, fd, 0, SEEK_SET, 0);
		else
			lseek(fd, 0, SEEK_SET);
	}
	ret = ours ? hooked(SYS_read, fd, (long)buf, size, 0) :
		     syscall(SYS_read, fd, buf, size);
	return ret;
}

static long read_128(bool ours)
{
	return rewound(ours, ours ? opened : plain, 128) == 128;
}

static long pread_128(bool ours)
{
	long ret = ours ? hooked(SYS_pread64, opened, (long)buf, 128, 4096) :
			  syscall(SYS_pread64, plain, buf, 128, 4096);

	return ret == 128;
}

static long pwrite_128(bool ours)
{
	long ret = ours ? hooked(SYS_pwrite64, opened, (long)buf, 128, 4096) :
			  syscall(SYS_pwrite64, plain, buf, 128, 4096);

	return ret == 128;
}

static long look(bool ours)
{
	struct stat st;

	return !(ours ? hooked(SYS_fstat, opened, (long)&st, 0, 0) :
			syscall(SYS_fstat, plain, &st));
}

static long seek(bool ours)
{
	return !(ours ? hooked(SYS_lseek, opened, 0, SEEK_SET, 0) :
			syscall(SYS_lseek, plain, 0, SEEK_SET));
}

static long others(bool ours)
{
	long ret = ours ? hooked(SYS_pread64, foreign, (long)buf, 128, 4096) :
			  syscall(SYS_pread64, plain, buf, 128, 4096);

	return ret == 128;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double timed(long (*turn)(bool), bool ours)
{
	double start = now();

	for (int i = 0; i < TURNS; i++)
		if (!turn(ours))
			errx(1, "a call failed");
	return (now() - start) / TURNS;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static void compare(const char *name, long (*turn)(bool))
{
	double bare[ROUNDS], core[ROUNDS];

	timed(turn, false);
	timed(turn, true);
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = timed(turn, false);
		core[i] = timed(turn, true);
	}
	qsort(bare, ROUNDS, sizeof(bare[0]), by_value);
	qsort(core, ROUNDS, sizeof(core[0]), by_value);
	printf("%-28s %10.0f %10.0f %7.2f\n", name, bare[ROUNDS / 2], core[ROUNDS / 2],
	       bare[ROUNDS / 2] / core[ROUNDS / 2]);
}

static int open_mounted(const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", fk.mount, name);
	fd = fk_sys(SYS_open, path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || fk_sys(SYS_write, fd, buf, SIZE) != SIZE ||
	    fk_sys(SYS_lseek, fd, 0, SEEK_SET))
		errx(1, "%s", path);
	return fd;
}

static int open_plain(void)
{
	const char *dir = getenv("TMPDIR") ?: "/dev/shm";
	int fd = open(dir, O_RDWR | O_TMPFILE, 0600);

	if (fd < 0 || write(fd, buf, SIZE) != SIZE || lseek(fd, 0, SEEK_SET))
		err(1, "%s", dir);
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3)
		errx(2, "usage: core LIBRARY [BACKEND]");
	fk_start(argv[1], argc == 3 ? argv[2] : NULL);
	if (argc == 3)
		fk.flags &= ~DEFUSE_MOUNT_LOWER;
	plain = open_plain();
	foreign = open_plain();
	opened = open_mounted("f");
	printf("%-28s %10s %10s %7s\n", "ns a call", "system", "core", "ratio");
	compare("read 128 B", read_128);
	compare("pread 128 B", pread_128);
	compare("pwrite 128 B", pwrite_128);
	compare("fstat", look);
	compare("lseek", seek);
	compare("pread 128 B, other files", others);
	fk_sys(SYS_close, opened);
	return 0;
}
