// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * differ LIBRARY BACKEND PREFIX PLAIN SEED STEPS [loose|dense]
 *
 * Does the same random operations through a library's table, on names that begin with
 * PREFIX, and by system calls in the directory PLAIN, and compares every result: errors,
 * bytes, attributes, names.  "loose": for a file system that knows no hard links and
 * tells only that something failed, not why; it, and a "dense" one, cannot say where a
 * file has holes, and make none.  Says the step of a difference.
 */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES	8
#define DATA	300000

static const char *const names[] = {
	"/a", "/b", "/c", "/d1", "/d1/x", "/d1/y", "/d2", "/d2/z", "/d2/deep", "/d2/deep/w",
	"/l1", "/l2", "/d1/l3", "/no/way", "/l1/x", "/a/x", "/d2/deep/w/v", "/l2/x",
};

static const char *const targets[] = { "a", "d1", "nothing", "../a" };

static struct {
	const struct defuse_fs_operations *ops;
	void *fs;
	const char *prefix, *plain;
	bool loose, dense;
	unsigned long seed;
	unsigned long same, different;
	int step;
	const char *what;
} d;

static struct pair {
	bool open, dir;
	int flags;
	uint64_t fh;
	int fd;
} files[FILES];

static char ours[DATA], theirs[DATA];

static unsigned int pick(unsigned int n)
{
	d.seed = d.seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(d.seed >> 33) % n;
}

static const char *library_name(const char *name)
{
	static char buf[4][4096];
	static int i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof(buf[i]), "%s%s", d.prefix, name);
	return buf[i];
}

static const char *plain_name(const char *name)
{
	static char buf[4][4096];
	static int i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof(buf[i]), "%s%s", d.plain, name);
	return buf[i];
}

static bool compare(const char *detail, long a, long b)
{
	if (d.loose && a < 0 && b < 0)
		a = b;
	if (a == b) {
		d.same++;
		return true;
	}
	d.different++;
	fprintf(stderr, "step %d: %s %s: library %ld, plain %ld\n", d.step, d.what, detail, a,
		b);
	return false;
}

/* The plain side would follow a link in the middle; a library must not. */
static int middle(const char *name)
{
	char buf[4096];
	const char *at = name;
	struct stat st;

	while ((at = strchr(at + 1, '/'))) {
		snprintf(buf, sizeof(buf), "%s%.*s", d.plain, (int)(at - name), name);
		if (lstat(buf, &st))
			return -errno;
		if (S_ISLNK(st.st_mode))
			return -ELOOP;
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
	}
	return 0;
}

#define PLAIN(name, call)	({						\
	long r_ = middle(name);							\
	if (!r_)								\
		r_ = (call);							\
	r_ == -1 ? -errno : r_; })

static void compare_stat(const struct stat *a, const struct stat *b)
{
	compare("mode", a->st_mode, b->st_mode);
	compare("uid", a->st_uid, b->st_uid);
	compare("gid", a->st_gid, b->st_gid);
	if (S_ISDIR(b->st_mode))
		return;
	compare("size", a->st_size, b->st_size);
	if (!d.loose)
		compare("links", a->st_nlink, b->st_nlink);
	compare("identity", a->st_dev != 0 && a->st_ino != 0, true);
}

static void do_open(void)
{
	static const int extra[] = { 0, 0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_TRUNC,
				     O_CREAT | O_TRUNC, O_DIRECTORY, O_APPEND,
				     O_CREAT | O_APPEND };
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR };
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	int flags = access[pick(3)] | extra[pick(10)], mode = 0600 | (pick(2) ? 044 : 0);
	struct pair *p = &files[pick(FILES)];
	struct stat st;
	long a, b;

	if (p->open)
		return;
	d.what = name;
	a = d.ops->open(d.fs, library_name(name), flags, mode, &p->fh);
	b = PLAIN(name, openat(AT_FDCWD, plain_name(name), flags | O_NOFOLLOW | O_CLOEXEC, mode));
	/* O_DIRECTORY and a link: Linux says ENOTDIR, and our libraries ELOOP. */
	if (a == -ELOOP && b == -ENOTDIR)
		b = a;
	if (!compare("open", a, b < 0 ? b : 0) || a) {
		if (a == 0)
			d.ops->close(d.fs, p->fh);
		if (b >= 0)
			close(b);
		return;
	}
	/* As the core does it. */
	compare("fstat", d.ops->fgetattr(d.fs, p->fh, &st), 0);
	p->open = true;
	p->fd = b;
	p->flags = flags;
	fstat(b, &st);
	p->dir = S_ISDIR(st.st_mode);
}

static struct pair *an_open(void)
{
	struct pair *p = &files[pick(FILES)];

	d.what = "an open file";
	return p->open ? p : NULL;
}

static void do_close(void)
{
	struct pair *p = an_open();

	if (!p)
		return;
	compare("close", d.ops->close(d.fs, p->fh), 0);
	close(p->fd);
	p->open = false;
}

static void do_read(void)
{
	struct pair *p = an_open();
	size_t size = pick(4) ? pick(5000) : pick(DATA), got = 0;
	off_t at = pick(2) ? 0 : pick(200000);
	long a, b;

	if (!p || p->dir || (p->flags & O_ACCMODE) == O_WRONLY)
		return;
	a = d.ops->read(d.fs, p->fh, ours, size, at, &got);
	b = pread(p->fd, theirs, size, at);
	if (compare("read", a ? a : (long)got, b < 0 ? -errno : b) && b > 0)
		compare("bytes", memcmp(ours, theirs, b), 0);
}

static void do_write(void)
{
	struct pair *p = an_open();
	size_t size = pick(4) ? pick(5000) : pick(DATA), put = 0, i;
	off_t at = pick(2) ? 0 : pick(200000), end = 0;
	long a, b;

	if (!p || p->dir || (p->flags & O_ACCMODE) == O_RDONLY || !size)
		return;
	for (i = 0; i < size; i++)
		ours[i] = pick(256);
	if (p->flags & O_APPEND) {
		if (size > 100000)
			size = 100000;	/* in one piece */
		a = d.ops->append(d.fs, p->fh, ours, size, &put, &end);
		b = write(p->fd, ours, size);
		compare("end", end, lseek(p->fd, 0, SEEK_END));
	} else {
		a = d.ops->write(d.fs, p->fh, ours, size, at, &put);
		b = pwrite(p->fd, ours, size, at);
	}
	compare("write", a ? a : (long)put, b < 0 ? -errno : b);
}

static void do_file(void)
{
	struct pair *p = an_open();
	struct stat a, b;
	off_t length;

	if (!p)
		return;
	switch (pick(4)) {
	case 0:
		if (compare("fstat", d.ops->fgetattr(d.fs, p->fh, &a),
			    fstat(p->fd, &b) ? -errno : 0))
			compare_stat(&a, &b);
		break;
	case 1:
		compare("fsync", d.ops->fsync(d.fs, p->fh, pick(2)), 0);
		break;
	case 2:
		compare("flush", d.ops->flush(d.fs, p->fh), 0);
		break;
	default:
		length = pick(100000);
		if (!p->dir && (p->flags & O_ACCMODE) != O_RDONLY)
			compare("ftruncate", d.ops->ftruncate(d.fs, p->fh, length),
				ftruncate(p->fd, length) ? -errno : 0);
	}
}

/* Owner, mode and times of what is open, whether it has a name or not. */
static void do_attributes(void)
{
	struct timespec times[2] = { { 1000000000 + pick(100000), 0 },
				     { 1000000000 + pick(100000), pick(2) ? UTIME_OMIT : 0 } };
	struct pair *p = an_open();
	int mode = 0700 | pick(0100), owner = pick(3) - 1;
	struct stat a, b;

	if (!p)
		return;
	switch (pick(3)) {
	case 0:
		compare("fchmod", d.ops->fchmod(d.fs, p->fh, mode), fchmod(p->fd, mode));
		break;
	case 1:
		compare("fchown", d.ops->fchown(d.fs, p->fh, owner, -owner),
			fchown(p->fd, owner, -owner));
		break;
	default:
		compare("futime", d.ops->futime(d.fs, p->fh, times), futimens(p->fd, times));
		if (!d.loose && times[1].tv_nsec == 0 && !d.ops->fgetattr(d.fs, p->fh, &a))
			compare("its mtime", a.st_mtime, times[1].tv_sec);
	}
	if (compare("fstat", d.ops->fgetattr(d.fs, p->fh, &a), fstat(p->fd, &b) ? -errno : 0))
		compare_stat(&a, &b);
}

/* Where data are, and room for them. */
static void do_holes(void)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE, FALLOC_FL_PUNCH_HOLE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE };
	struct pair *p = an_open();
	off_t at = pick(300000), len = pick(100000), to = 0;
	int mode = modes[pick(6)], whence = pick(2) ? SEEK_DATA : SEEK_HOLE;
	long a, b;

	if (!p || p->dir || d.dense)
		return;
	if (pick(2)) {
		a = d.ops->fallocate(d.fs, p->fh, mode, at, len);
		compare("fallocate", a, fallocate(p->fd, mode, at, len) ? -errno : 0);
	} else {
		a = d.ops->seek(d.fs, p->fh, at, whence, &to);
		b = lseek(p->fd, at, whence);
		compare("seek", a ? a : to, b < 0 ? -errno : b);
	}
}

/* A sum over the names and types of a directory: order is nobody's. */
static unsigned long sum(const char *name, int type)
{
	unsigned long h = 14695981039346656037UL;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211UL;
	return h * (type + 1);
}

static long list_library(const char *name, unsigned long *total)
{
	char buf[700];
	size_t written = 0, at;
	off_t cookie = 0;
	uint64_t fh;
	long err = d.ops->open(d.fs, library_name(name), O_RDONLY | O_DIRECTORY, 0, &fh);

	*total = 0;
	if (err)
		return err;
	do {
		err = d.ops->getdirents(d.fs, fh, &cookie, buf, sizeof(buf), &written);
		for (at = 0; !err && at < written;) {
			struct dirent64 *e = (struct dirent64 *)(buf + at);

			*total += sum(e->d_name, 0);
			at += e->d_reclen;
		}
	} while (!err && written);
	d.ops->close(d.fs, fh);
	return err;
}

static long list_plain(const char *name, unsigned long *total)
{
	int fd = openat(AT_FDCWD, plain_name(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	struct dirent *e;
	DIR *dir;

	*total = 0;
	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	while ((e = readdir(dir)))
		*total += sum(e->d_name, 0);
	closedir(dir);
	return 0;
}

/* .fuse_hidden names stand for what is open: only while nothing is, all must be equal. */
static void do_list(void)
{
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	unsigned long a, b;
	long x, y;
	int i;

	d.what = name;
	for (i = 0; i < FILES; i++)
		if (files[i].open)
			return;
	x = list_library(name, &a);
	y = PLAIN(name, list_plain(name, &b));
	if (x == -ELOOP && y == -ENOTDIR)
		y = x;
	if (compare("list", x, y) && !y)
		compare("names", a == b, true);
}

static void do_look(void)
{
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	struct stat a, b;
	size_t n = 0;
	long x, y;

	d.what = name;
	switch (pick(3)) {
	case 0:
	case 1:
		if (compare("stat", d.ops->getattr(d.fs, library_name(name), &a, 0),
			    PLAIN(name, lstat(plain_name(name), &b))) &&
		    middle(name) == 0 && lstat(plain_name(name), &b) == 0)
			compare_stat(&a, &b);
		break;
	default:
		x = d.ops->readlink(d.fs, library_name(name), ours, 100, &n);
		y = PLAIN(name, readlink(plain_name(name), theirs, 100));
		if (compare("readlink", x ? x : (long)n, y) && y > 0)
			compare("target", memcmp(ours, theirs, y), 0);
	}
}

static void do_make(void)
{
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	const char *other = names[pick(sizeof(names) / sizeof(names[0]))];
	/* sshfs refuses to tell of links that lead up. */
	const char *target = targets[pick(d.loose ? 3 : 4)];
	int mode = 0700 | (pick(2) ? 055 : 0);

	d.what = name;
	switch (pick(4)) {
	case 0:
	case 1:
		compare("mkdir", d.ops->mkdir(d.fs, library_name(name), mode),
			PLAIN(name, mkdir(plain_name(name), mode)));
		break;
	case 2:
		compare("symlink", d.ops->symlink(d.fs, target, library_name(name)),
			PLAIN(name, symlink(target, plain_name(name))));
		break;
	default:
		if (!d.loose)
			compare("link", d.ops->link(d.fs, library_name(other), library_name(name)),
				PLAIN(other, PLAIN(name, link(plain_name(other),
							      plain_name(name)))));
	}
}

static void do_remove(void)
{
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	const char *to = names[pick(sizeof(names) / sizeof(names[0]))];
	long a, b;

	d.what = name;
	switch (pick(4)) {
	case 0:
		compare("unlink", d.ops->unlink(d.fs, library_name(name)),
			PLAIN(name, unlink(plain_name(name))));
		break;
	case 1:
		a = d.ops->rmdir(d.fs, library_name(name));
		b = PLAIN(name, rmdir(plain_name(name)));
		/* With hidden files in it, as libfuse has it: then undo. */
		if (a == -ENOTEMPTY && b == 0)
			b = mkdir(plain_name(name), 0700) ? -errno : a;
		compare("rmdir", a, b);
		break;
	default:
		if (d.loose && (strstr(to, "/d") || strstr(name, "/d")))
			break;
		a = PLAIN(name, 0);
		b = PLAIN(to, 0);
		compare("rename", d.ops->rename(d.fs, library_name(name), library_name(to), 0),
			a ? a : b ? b : PLAIN(name, rename(plain_name(name), plain_name(to))));
	}
}

static void do_change(void)
{
	const char *name = names[pick(sizeof(names) / sizeof(names[0]))];
	struct timespec times[2] = { { 1000000000 + pick(100000), 0 },
				     { 1000000000 + pick(100000), 0 } };
	int mode = 0600 | pick(0200), mask = pick(8);
	off_t length = pick(10000);
	struct stat st;

	d.what = name;
	if (middle(name) || lstat(plain_name(name), &st) || S_ISLNK(st.st_mode))
		return;
	switch (pick(4)) {
	case 0:
		compare("chmod", d.ops->chmod(d.fs, library_name(name), mode | 0100),
			chmod(plain_name(name), mode | 0100) ? -errno : 0);
		break;
	case 1:
		compare("utime", d.ops->utime(d.fs, library_name(name), times),
			utimensat(AT_FDCWD, plain_name(name), times, 0) ? -errno : 0);
		if (d.ops->getattr(d.fs, library_name(name), &st, 0) == 0)
			compare("mtime", st.st_mtime, times[1].tv_sec);
		break;
	case 2:
		compare("truncate", d.ops->trunc(d.fs, library_name(name), length),
			truncate(plain_name(name), length) ? -errno : 0);
		break;
	default:
		if (!d.loose)
			compare("access", d.ops->access(d.fs, library_name(name), mask, 0),
				access(plain_name(name), mask) ? -errno : 0);
	}
}

int main(int argc, char **argv)
{
	static void (*const steps[])(void) = {
		do_open, do_open, do_open, do_close, do_close, do_read, do_read, do_write,
		do_write, do_file, do_attributes, do_holes, do_list, do_look, do_make, do_remove, do_change,
	};
	int n, i;

	if (argc < 7) {
		fprintf(stderr, "usage: differ LIBRARY BACKEND PREFIX PLAIN SEED STEPS "
				"[loose|dense]\n");
		return 2;
	}
	umask(022);
	d.ops = host_load(argv[1]);
	n = d.ops ? d.ops->init("/mnt", argv[2], &test_host, &d.fs) : -ENOENT;
	if (n) {
		fprintf(stderr, "init: %s\n", strerror(-n));
		return 2;
	}
	d.prefix = argv[3];
	d.plain = argv[4];
	d.seed = strtoul(argv[5], NULL, 10);
	d.loose = argc > 7 && !strcmp(argv[7], "loose");
	d.dense = argc > 7;
	n = atoi(argv[6]);
	for (d.step = 0; d.step < n && d.different < 20; d.step++) {
		/* Everything closed now and then: see do_list(). */
		for (i = 0; d.step % 200 == 199 && i < FILES; i++) {
			if (!files[i].open)
				continue;
			d.ops->close(d.fs, files[i].fh);
			close(files[i].fd);
			files[i].open = false;
		}
		if (d.step % 200 == 199)
			for (i = 0; i < 10; i++)
				do_list();
		steps[pick(sizeof(steps) / sizeof(steps[0]))]();
	}
	printf("%lu passed, %lu failed\n", d.same, d.different);
	return d.different || d.same < (unsigned long)n / 4;
}
