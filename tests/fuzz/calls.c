// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls: correct requests, damaged ones and noise; and what may be
 * said of their answers in any case.
 */
#define _GNU_SOURCE
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/defuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STASH_ROOM 70000
#define HELD_MAX 64

static _Thread_local char path_buf[NAME_MAX_LEN];
static _Thread_local char stash_buf[STASH_ROOM];
static _Thread_local char back_buf[STASH_ROOM];

/* The errnos that <linux/defuse.h> promises; EINTR where a signal may come. */
static const int open_errnos[] = {
	EINVAL, EXDEV, ENAMETOOLONG, ENOTDIR, EBADF, EMEDIUMTYPE, EROFS, EMFILE,
	ENFILE, E2BIG, ENOMEM, EFAULT, EINTR, EISDIR, ESTALE, EBUSY, ENOENT, 0
};
static const int info_errnos[] = { ERANGE, EINVAL, EFAULT, ENOMEM, EBADF, 0 };
static const int fetch_errnos[] = {
	ERANGE, EINVAL, EFAULT, ENOMEM, ENOENT, ENAMETOOLONG, EBADF, 0
};
static const int held_errnos[] = { EINVAL, EFAULT, 0 };
static const int give_errnos[] = { ENOENT, EMFILE, ENFILE, EBADF, 0 };

static const struct {
	const char *name;
	const int *errnos;
} promises[FUZZ_IOCTLS + 1] = {
	{ "unknown", (const int[]){ ENOTTY, EBADF, 0 } },
	{ "OPEN", open_errnos },
	{ "INFO", info_errnos },
	{ "FETCH", fetch_errnos },
	{ "LIBRARY", give_errnos },
	{ "LOWER", give_errnos },
	{ "HELD", held_errnos },
};

/* Counts the answer; @ours: the FD is of the mount, so the promise holds. */
static int note(const struct fuzz_thread *t, int nr, int rc, int ours)
{
	int err = rc < 0 ? errno : 0;
	const int *e = promises[nr].errnos;

	if (err < FUZZ_ERRNOS)
		__atomic_fetch_add(&board->done[nr][err], 1, __ATOMIC_RELAXED);
	/* In a common FD table any number may mean something else by now. */
	if (!err || !ours || !t->private)
		return err;
	while (*e && *e != err)
		e++;
	if (!*e)
		violation(t, "%s: undocumented errno %d (%s)", promises[nr].name,
			  err, strerrorname_np(err));
	return err;
}

static int base_fd(struct fuzz_thread *t)
{
	return rng_one_in(&t->rng, 5) ? fd_kept(t) : t->root;
}

/* A request that is in order, as far as the racing tree allows. */
static void valid_open(struct fuzz_thread *t, struct defuse_open *o)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	char name[NAME_MAX_LEN];
	struct stat st;

	name_valid(&t->rng, path_buf);
	*o = (struct defuse_open){
		.size = sizeof(*o),
		.open_flags = modes[rng_below(&t->rng, 3)] | O_CLOEXEC,
		.mount_id = t->id,
		.path = (uintptr_t)path_buf,
		.mode = S_IFREG | 0644,
		.lower_fd = -1,
		.uid = rng_below(&t->rng, 3),
		.stash = (uintptr_t)stash_buf,
		.stash_len = rng_below(&t->rng, 200),
	};
	rng_bytes(&t->rng, stash_buf, o->stash_len);
	if (rng_one_in(&t->rng, 2))
		o->lower_fd = fd_any_kind(t, path_buf, (int)o->open_flags);
	if (o->lower_fd >= 0 ? fstat(o->lower_fd, &st) :
			       lstat(name_below(fuzz_backend, path_buf, name), &st))
		return;
	o->device = st.st_dev;
	o->inode = st.st_ino;
	if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))
		o->mode = st.st_mode;
	if (S_ISDIR(st.st_mode))
		o->open_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
}

static void damage_open(struct fuzz_thread *t, struct defuse_open *o)
{
	switch (rng_below(&t->rng, 6)) {
	case 0:
		name_odd(&t->rng, path_buf);
		break;
	case 1:	/* runs into a page that is not there */
		memcpy(t->hole + 4096 - 8, "/a/b/dir", 8);
		o->path = (uintptr_t)t->hole + 4096 - rng_below(&t->rng, 9);
		break;
	case 2:
		o->path = rng_odd_number(&t->rng);
		break;
	case 3:
		o->stash_len = rng_odd_number(&t->rng);
		if (rng_one_in(&t->rng, 2))
			o->stash = rng_odd_number(&t->rng);
		break;
	default:
		rng_mutate(&t->rng, o, sizeof(*o));
	}
}

/* Somebody has it open: we. */
static void must_be_held(struct fuzz_thread *t, const struct defuse_open *o)
{
	uint64_t inodes[HELD_MAX];
	struct defuse_held h = {
		.size = sizeof(h),
		.count = 1 + rng_below(&t->rng, HELD_MAX),
		.device = o->device,
		.inodes = (uintptr_t)inodes,
	};
	uint32_t at = rng_below(&t->rng, h.count);

	/* With a donated file it may be one that was known by name alone before. */
	if (!S_ISREG(o->mode) || !o->inode || o->lower_fd >= 0)
		return;
	rng_bytes(&t->rng, inodes, sizeof(inodes));
	inodes[at] = o->inode;
	if (note(t, 6, ioctl(t->root, DEFUSE_IOC_HELD, &h), 1) == 0 && !(h.held >> at & 1))
		violation(t, "HELD: an open file is not");
}

static void call_held(struct fuzz_thread *t)
{
	char name[NAME_MAX_LEN];
	struct stat st = { 0 };
	struct defuse_held h = { .size = sizeof(h), .count = rng_below(&t->rng, 70) };

	name_valid(&t->rng, path_buf);
	lstat(name_below(fuzz_backend, path_buf, name), &st);
	h.device = st.st_dev;
	rng_bytes(&t->rng, back_buf, sizeof(uint64_t) * HELD_MAX);
	memcpy(back_buf, &st.st_ino, sizeof(uint64_t));
	/* Runs into a page that is not there, or is none at all. */
	h.inodes = rng_one_in(&t->rng, 2) ? (uintptr_t)back_buf :
		   (uintptr_t)t->hole + 4096 - rng_below(&t->rng, 600);
	if (rng_one_in(&t->rng, 3))
		rng_mutate(&t->rng, &h, sizeof(h));
	if (rng_one_in(&t->rng, 2))
		note(t, 6, ioctl(t->root, DEFUSE_IOC_HELD, &h), 1);
	else
		note(t, 6, ioctl(fd_kept(t), DEFUSE_IOC_HELD, &h), 0);
}

/* What was put in must come out, of the very FD that OPEN gave. */
static void round_trip(struct fuzz_thread *t, int fd, const struct defuse_open *o)
{
	struct defuse_fetch f = {
		.size = sizeof(f),
		.stash = (uintptr_t)back_buf,
		.stash_len = STASH_ROOM,
	};
	struct stat given, got;
	int lower;

	if (note(t, 3, ioctl(fd, DEFUSE_IOC_FETCH, &f), 1))
		return violation(t, "FETCH on a fresh FD: errno %d", errno);
	if (f.mount_id != t->id || !(f.flags & DEFUSE_FD_SHADOW) ||
	    (f.mode ^ o->mode) & S_IFMT || f.uid != geteuid())
		violation(t, "FETCH: id %lu flags %#x mode %#o uid %u",
			  (unsigned long)f.mount_id, f.flags, f.mode, f.uid);
	if (f.stash_len != o->stash_len ||
	    memcmp(back_buf, stash_buf, o->stash_len) != 0)
		violation(t, "stash: %u bytes in, %u out", o->stash_len,
			  f.stash_len);
	must_be_held(t, o);
	lower = ioctl(fd, DEFUSE_IOC_LOWER);
	if (note(t, 5, lower, 1) == ENOENT && o->lower_fd >= 0)
		violation(t, "the donated FD is lost");
	if (lower < 0)
		return;
	if (o->lower_fd < 0)
		violation(t, "a lower FD from nowhere");
	else if (fstat(o->lower_fd, &given) || fstat(lower, &got) ||
		 given.st_ino != got.st_ino || given.st_dev != got.st_dev ||
		 (fcntl(lower, F_GETFL) & O_ACCMODE) !=
		 (int)(o->open_flags & O_ACCMODE))
		violation(t, "the lower FD is another file, or opened otherwise");
	close(lower);
	__atomic_fetch_add(&board->round_trips, 1, __ATOMIC_RELAXED);
}

static void call_open(struct fuzz_thread *t)
{
	struct defuse_open o;
	int lower, fd, intact = 1;

	valid_open(t, &o);
	lower = o.lower_fd;
	if (rng_one_in(&t->rng, 2)) {
		intact = 0;
		damage_open(t, &o);
	}
	fd = ioctl(base_fd(t), DEFUSE_IOC_OPEN, &o);
	note(t, 1, fd, 0);
	if (fd < 0 && intact) {
		/* Again on an FD that is surely of the mount. */
		fd = ioctl(t->root, DEFUSE_IOC_OPEN, &o);
		note(t, 1, fd, 1);
	}
	if (fd >= 0) {
		if (intact && t->private)
			round_trip(t, fd, &o);
		fd_keep(t, fd);
	}
	if (lower >= 0)
		close(lower);
}

/* @len may be a lie: never more than there is room for. */
static uint32_t some_len(struct fuzz_thread *t)
{
	return rng_one_in(&t->rng, 3) ? STASH_ROOM : rng_below(&t->rng, 64);
}

static void call_info(struct fuzz_thread *t)
{
	struct defuse_info i = {
		.size = sizeof(i),
		.library = (uintptr_t)path_buf,
		.library_len = 4096,
		.backend = (uintptr_t)back_buf,
		.backend_len = some_len(t),
		.mount_point = (uintptr_t)t->hole + 4096 - rng_below(&t->rng, 40),
		.mount_point_len = 40,
	};
	int intact = rng_one_in(&t->rng, 2);

	if (!intact)
		i.backend = rng_odd_number(&t->rng);
	if (note(t, 2, ioctl(t->root, DEFUSE_IOC_INFO, &i), 1) == 0 &&
	    t->private &&
	    (i.mount_id != t->id || !(i.flags & DEFUSE_MOUNT_LOWER)))
		violation(t, "INFO: id %lu flags %#x", (unsigned long)i.mount_id,
			  i.flags);
	if (rng_one_in(&t->rng, 3)) {
		/* Outputs go where the request says: only what is ours. */
		rng_mutate(&t->rng, &i, 32);
		i.library = i.backend = i.mount_point = 0;
		note(t, 2, ioctl(base_fd(t), DEFUSE_IOC_INFO, &i), 0);
	}
}

static void call_fetch(struct fuzz_thread *t)
{
	struct defuse_fetch f = {
		.size = sizeof(f),
		.path = (uintptr_t)path_buf,
		.path_len = some_len(t) % NAME_MAX_LEN,
		.stash = (uintptr_t)back_buf,
		.stash_len = some_len(t),
	};

	if (rng_one_in(&t->rng, 4))
		f.stash = (uintptr_t)t->hole + 4096;
	if (rng_one_in(&t->rng, 4))
		f.path = 0xffff888000000000ULL;
	if (rng_one_in(&t->rng, 4))
		f.size = (uint32_t)rng_odd_number(&t->rng);
	if (rng_one_in(&t->rng, 3))
		note(t, 3, ioctl(t->root, DEFUSE_IOC_FETCH, &f), 1);
	else
		note(t, 3, ioctl(fd_kept(t), DEFUSE_IOC_FETCH, &f), 0);
}

static void call_give(struct fuzz_thread *t, int nr)
{
	unsigned long cmd = nr == 4 ? DEFUSE_IOC_LIBRARY : DEFUSE_IOC_LOWER;
	int at_root = rng_one_in(&t->rng, 2);
	int fd = ioctl(at_root ? t->root : fd_kept(t), cmd,
		       rng_odd_number(&t->rng));

	note(t, nr, fd, at_root);
	if (fd < 0)
		return;
	if (nr == 4 && at_root && t->private &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		violation(t, "the library is writable");
	/* At 0 some other driver's idea of this number succeeded. */
	if (fd > 2)
		close(fd);
}

/* Numbers and sizes around ours; the argument is memory to write to. */
static void call_unknown(struct fuzz_thread *t)
{
	unsigned long cmd = DEFUSE_IOC_OPEN ^ 1UL << rng_below(&t->rng, 32);

	if (cmd == DEFUSE_IOC_INFO || cmd == DEFUSE_IOC_FETCH)
		return;
	if (rng_one_in(&t->rng, 2))
		cmd = DEFUSE_IOC_MAGIC << 8 | rng_below(&t->rng, 1 << 30) << 16 |
		      (6 + rng_below(&t->rng, 250));
	memset(back_buf, 0, 256);
	note(t, 0, ioctl(t->root, cmd, back_buf), 1);
}

void call_random(struct fuzz_thread *t)
{
	switch (rng_below(&t->rng, 13)) {
	case 0:
		call_info(t);
		break;
	case 1:
	case 2:
		call_fetch(t);
		break;
	case 3:
		call_give(t, 4);
		break;
	case 4:
		call_give(t, 5);
		break;
	case 5:
		call_unknown(t);
		break;
	case 6:
		call_held(t);
		break;
	default:
		call_open(t);
	}
}
