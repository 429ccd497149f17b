// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fallocate() of a file that is mapped by the library's way, beside one that the kernel
 * maps: after every call both maps, both files and what is read must be equal.
 */
#include "check.h"
#include "fakekernel.h"
#include "mapped.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the file ever has. */
#define MAP	(3L * PAGES * PAGE)

/**
 * struct pair - one file on the mount, one beside it
 * @name: on the mount
 * @fd, @map: of the core; @asks: who calls fallocate()
 * @native, @native_map: of the kernel
 */
struct pair {
	const char *name;
	int fd, asks;
	char *map;
	int native;
	char *native_map;
};

static void pair_open(struct pair *p, int flags)
{
	static char copy[MAP];
	ssize_t n;
	int fd;

	p->name = mapped_make();
	fd = open(unit_back(p->name), O_RDONLY);
	n = read(fd, copy, sizeof(copy));
	close(fd);
	p->native = open(unit_back("/native"), O_CREAT | O_TRUNC | O_RDWR, 0600);
	CHECK(write(p->native, copy, n) == n);
	p->native_map = mmap(NULL, MAP, RW, MAP_SHARED, p->native, 0);
	p->fd = mapped_open(p->name, O_RDWR);
	p->asks = mapped_open(p->name, flags);
	p->map = mapped_map(p->fd, RW, MAP_SHARED, MAP, 0);
	CHECK(p->map != MAP_FAILED && p->native_map != MAP_FAILED);
}

static void pair_close(struct pair *p)
{
	CHECK_IS(fk_sys(SYS_munmap, p->map, MAP), 0);
	fk_sys(SYS_close, p->asks);
	fk_sys(SYS_close, p->fd);
	munmap(p->native_map, MAP);
	close(p->native);
}

static void pair_store(struct pair *p, long at, const char *text)
{
	memcpy(p->map + at, text, strlen(text));
	memcpy(p->native_map + at, text, strlen(text));
}

/* @all: also what is in the file, to which stores are written first. */
static bool pair_equal(struct pair *p, bool all)
{
	static char got[MAP], file[MAP];
	struct stat st, native;
	int fd;

	if (fk_sys(SYS_fstat, p->fd, &st) || fstat(p->native, &native) ||
	    st.st_size != native.st_size)
		return false;
	if (memcmp(p->map, p->native_map, st.st_size) ||
	    fk_sys(SYS_pread64, p->fd, got, MAP, 0) != st.st_size ||
	    memcmp(got, p->native_map, st.st_size))
		return false;
	/* The rest of the last page, and no page more. */
	if (st.st_size % PAGE && p->map[st.st_size] != p->native_map[st.st_size])
		return false;
	if (st.st_size <= MAP - PAGE &&
	    mapped_touch(p->map + ((st.st_size + PAGE - 1) & -PAGE)) == 0)
		return false;
	if (!all)
		return true;
	if (fk_sys(SYS_msync, p->map, MAP, MS_SYNC))
		return false;
	fd = open(unit_back(p->name), O_RDONLY);
	if (read(fd, file, MAP) != st.st_size)
		st.st_size = -1;
	close(fd);
	return st.st_size >= 0 && !memcmp(file, p->native_map, st.st_size);
}

static void pair_fallocate(struct pair *p, int mode, long at, long len)
{
	int want = fallocate(p->native, mode, at, len) ? -errno : 0;
	bool equal;

	CHECK_IS(fk_sys(SYS_fallocate, p->asks, mode, at, len), want);
	equal = pair_equal(p, false);
	CHECK(equal);
	if (!equal)
		fprintf(stderr, "\tfallocate mode %#x at %ld, %ld bytes\n", mode, at, len);
}

#define KEEP	FALLOC_FL_KEEP_SIZE
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ZERO	FALLOC_FL_ZERO_RANGE
#define COLLAPSE FALLOC_FL_COLLAPSE_RANGE
#define INSERT	FALLOC_FL_INSERT_RANGE

/* Stores that were not written back lie inside, across and outside of each range. */
static void ranges(struct pair *p, bool moves)
{
	long end = (long)PAGES * PAGE;

	pair_store(p, 3 * PAGE + 100, "inside");
	pair_store(p, 5 * PAGE - 3, "across");
	pair_store(p, 60 * PAGE, "outside");
	pair_fallocate(p, PUNCH, 2 * PAGE, 3 * PAGE);
	pair_store(p, 3 * PAGE + 50, "again");
	pair_fallocate(p, PUNCH, 3 * PAGE + 10, 100);
	pair_fallocate(p, ZERO | KEEP, 20 * PAGE + 1, 9 * PAGE);
	pair_store(p, 30 * PAGE, "before it grows");
	pair_fallocate(p, KEEP, end, 5 * PAGE);
	pair_fallocate(p, 0, end - 10, 2 * PAGE);
	pair_store(p, end + PAGE, "grown");
	pair_fallocate(p, ZERO, end + PAGE + 2, 4 * PAGE);
	pair_fallocate(p, 0, 0, PAGE);
	pair_fallocate(p, 0, end + 8 * PAGE, PAGE);
	pair_fallocate(p, PUNCH, end, 1L << 40);
	if (moves) {
		pair_store(p, 10 * PAGE, "moves");
		pair_fallocate(p, COLLAPSE, 4 * PAGE, 4 * PAGE);
		pair_store(p, 70 * PAGE + 7, "moves too");
		pair_fallocate(p, INSERT, 2 * PAGE, 8 * PAGE);
	}
	CHECK(pair_equal(p, true));
}

static void refused(struct pair *p)
{
	pair_fallocate(p, 0, -1, 10);
	pair_fallocate(p, 0, 0, 0);
	pair_fallocate(p, 0, 10, -1);
	pair_fallocate(p, 0, INT64_MAX - 10, 100);
	pair_fallocate(p, FALLOC_FL_PUNCH_HOLE, 0, PAGE);
	pair_fallocate(p, 0x4000, 0, PAGE);
}

static void reads_and_writes(void)
{
	struct pair p;

	pair_open(&p, O_RDWR);
	ranges(&p, true);
	refused(&p);
	pair_close(&p);
}

/* Who may not read cannot fetch what he changed, only follow it. */
static void writes_only(void)
{
	struct pair p;

	pair_open(&p, O_WRONLY);
	ranges(&p, false);
	CHECK_IS(fk_sys(SYS_fallocate, p.asks, COLLAPSE, 0, 4 * PAGE), -EOPNOTSUPP);
	CHECK(pair_equal(&p, true));
	pair_close(&p);
}

static void reads_only(void)
{
	struct pair p;

	pair_open(&p, O_RDONLY);
	CHECK_IS(fk_sys(SYS_fallocate, p.asks, 0, 0, PAGE), -EBADF);
	pair_store(&p, 0, "stored");
	CHECK_IS(fk_sys(SYS_fallocate, p.asks, PUNCH, 0, PAGE), -EBADF);
	CHECK(pair_equal(&p, true));
	pair_close(&p);
}

/* A child has no pager: nothing may be absent from what it maps. */
static void grown_for_a_child(void *arg)
{
	struct pair *p = arg;

	CHECK(pair_equal(p, true));
	pair_fallocate(p, 0, (PAGES + 20) * PAGE, PAGE);
	CHECK(pair_equal(p, true));
	if ((fk_sys(SYS_fcntl, p->asks, F_GETFL) & O_ACCMODE) == O_RDWR)
		pair_fallocate(p, INSERT, PAGE, 60 * PAGE);
	CHECK(pair_equal(p, true));
}

static void forked(int flags)
{
	struct pair p;

	pair_open(&p, flags);
	ranges(&p, flags == O_RDWR);
	CHECK_IS(mapped_child(grown_for_a_child, &p), 0);
	CHECK(pair_equal(&p, true));
	pair_close(&p);
}

/* What was stored reaches the file with fsync(), as natively. */
static void synced(void)
{
	struct pair p;

	pair_open(&p, O_RDWR);
	pair_store(&p, 7 * PAGE, "synced");
	CHECK(!mapped_back_is(p.name, 7 * PAGE, "synced"));
	CHECK_IS(fk_sys(SYS_fsync, p.fd), 0);
	CHECK(mapped_back_is(p.name, 7 * PAGE, "synced"));
	pair_close(&p);
}

void test_space(void)
{
	mapped_begin();
	reads_and_writes();
	writes_only();
	reads_only();
	forked(O_RDWR);
	forked(O_WRONLY);
	synced();
	mapped_end();
}
