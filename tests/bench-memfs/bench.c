// SPDX-License-Identifier: GPL-2.0
/*
 * usage: bench LIBRARY
 *
 * The table of libdefuse-memfs.so, called as the core calls it, beside the same operations
 * on the machine's own tmpfs by system calls.  Each workload runs ROUNDS times on each,
 * in turns; a line is the median of each and the median of the ratios.
 *
 * No mount, no core: what a program pays for its file descriptors is not in it.
 */
#include <defuse/fs.h>

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ROUNDS		9
#define LARGE		(128L << 20)
#define PIECE		(128L << 10)
#define SMALL_FILES	4096
#define MIXED_FILES	2048

static const struct defuse_fs_operations *t;
static void *fs;
static char plain[64], segment[64];
static char buf[1 << 20];

/* An open file of either kind. */
struct file {
	bool memfs;
	uint64_t fh;
	int fd;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-memfs: %s failed\n", what);
	exit(1);
}

static const char *on_plain(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "%s%s", plain, name);
	return text;
}

static struct file do_open(bool memfs, const char *name, int flags)
{
	struct file f = { .memfs = memfs };

	if (memfs)
		must(!t->open(fs, name, flags, 0644, &f.fh), "open");
	else
		must((f.fd = open(on_plain(name), flags | O_CLOEXEC, 0644)) >= 0, "open");
	return f;
}

static void do_close(const struct file *f)
{
	if (f->memfs)
		t->close(fs, f->fh);
	else
		close(f->fd);
}

static size_t do_read(const struct file *f, size_t size, off_t at)
{
	size_t n = 0;

	if (f->memfs)
		must(!t->read(fs, f->fh, buf, size, at, &n), "read");
	else
		n = pread(f->fd, buf, size, at);
	return n;
}

static void do_write(const struct file *f, size_t size, off_t at)
{
	size_t n = 0;

	if (f->memfs)
		must(!t->write(fs, f->fh, buf, size, at, &n), "write");
	else
		n = pwrite(f->fd, buf, size, at);
	must(n == size, "write");
}

static void do_unlink(bool memfs, const char *name)
{
	must(!(memfs ? t->unlink(fs, name) : unlink(on_plain(name))), "unlink");
}

static void do_stat(bool memfs, const char *name)
{
	struct stat st;

	must(!(memfs ? t->getattr(fs, name, &st, 0) : stat(on_plain(name), &st)), "stat");
}

static void do_mkdir(bool memfs, const char *name)
{
	must(!(memfs ? t->mkdir(fs, name, 0755) : mkdir(on_plain(name), 0755)), "mkdir");
}

static struct file one[2];	/* 64 KiB, open */

#define REPEAT(n, ...) do { for (int i_ = 0; i_ < (n); i_++) { __VA_ARGS__; } return n; } while (0)

static long read_128(bool m) { REPEAT(50000, do_read(&one[m], 128, i_ % 500 * 128)); }
static long read_4k(bool m) { REPEAT(30000, do_read(&one[m], 4096, i_ % 16 * 4096)); }
static long read_64k(bool m) { REPEAT(3000, do_read(&one[m], 65536, 0)); }
static long write_128(bool m) { REPEAT(50000, do_write(&one[m], 128, i_ % 500 * 128)); }
static long write_4k(bool m) { REPEAT(30000, do_write(&one[m], 4096, i_ % 16 * 4096)); }
static long stat_path(bool m) { REPEAT(30000, do_stat(m, "/d/e/f")); }

static long fstat_file(bool m)
{
	struct stat st;

	if (m)
		REPEAT(50000, t->fgetattr(fs, one[1].fh, &st));
	REPEAT(50000, syscall(SYS_fstat, one[0].fd, &st));
}

static long open_close(bool m)
{
	REPEAT(20000, struct file f = do_open(m, "/d/e/f", O_RDONLY); do_close(&f));
}

static long create_unlink(bool m)
{
	REPEAT(5000, struct file f = do_open(m, "/d/new", O_RDWR | O_CREAT | O_EXCL);
	       do_close(&f); do_unlink(m, "/d/new"));
}

static long list(bool m)
{
	struct file f = do_open(m, "/many", O_RDONLY | O_DIRECTORY);
	size_t n = 0;
	off_t at;
	long got;
	int i;

	for (i = 0; i < 50; i++) {
		at = 0;
		if (!m)
			lseek(f.fd, 0, SEEK_SET);
		do {
			if (m)
				t->getdirents(fs, f.fh, &at, buf, 32768, &n);
			got = m ? (long)n : syscall(SYS_getdents64, f.fd, buf, 32768);
		} while (got > 0);
	}
	do_close(&f);
	return 50 * 1000;
}

static const char *numbered(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "/s/%d", i);
	return name;
}

/* The dissertation's small files: written, read, removed. */
static long files(bool m, int count, long (*size)(int))
{
	struct file f;
	long at, n;
	int i;

	for (i = 0; i < count; i++) {
		f = do_open(m, numbered(i), O_WRONLY | O_CREAT | O_EXCL);
		for (at = 0, n = size(i); at < n; at += PIECE / 2)
			do_write(&f, n - at < PIECE / 2 ? n - at : PIECE / 2, at);
		do_close(&f);
	}
	for (i = 0; i < count; i++) {
		f = do_open(m, numbered(i), O_RDONLY);
		for (at = 0; (n = do_read(&f, PIECE / 2, at)) > 0; at += n)
			;
		do_close(&f);
	}
	for (i = 0; i < count; i++)
		do_unlink(m, numbered(i));
	return count;
}

static long size_small(int i) { (void)i; return 128; }
static long size_mixed(int i) { return 64 + (long)(i * 2654435761U % (128 * 1024 - 64)); }
static long small_files(bool m) { return files(m, SMALL_FILES, size_small); }
static long mixed_files(bool m) { return files(m, MIXED_FILES, size_mixed); }

static long large_write(bool m)
{
	struct file f = do_open(m, "/large", O_WRONLY | O_CREAT);
	long at;

	for (at = 0; at < LARGE; at += PIECE)
		do_write(&f, PIECE, at);
	do_close(&f);
	return LARGE / PIECE;
}

static long large_read(bool m)
{
	struct file f = do_open(m, "/large", O_RDONLY);
	long at;

	for (at = 0; at < LARGE; at += PIECE)
		do_read(&f, PIECE, at);
	do_close(&f);
	return LARGE / PIECE;
}

static long large_new(bool m)
{
	do_unlink(m, "/large");
	return large_write(m);
}

static const struct { const char *name; long (*run)(bool); } workloads[] = {
	{ "read 128 B", read_128 }, { "read 4 KiB", read_4k }, { "read 64 KiB", read_64k },
	{ "write 128 B over", write_128 }, { "write 4 KiB over", write_4k },
	{ "stat, three names", stat_path }, { "fstat", fstat_file },
	{ "open, close", open_close }, { "create, close, unlink", create_unlink },
	{ "readdir, a name of 1000", list },
	{ "small: a file of 128 B", small_files }, { "mixed: a file to 128 KiB", mixed_files },
	{ "large: write 128 KiB over", large_write }, { "large: read 128 KiB", large_read },
	{ "large: write 128 KiB new", large_new },
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static double timed(long (*run)(bool), bool memfs)
{
	double start = now();
	long n = run(memfs);

	return (now() - start) / n;
}

static void compare(const char *name, long (*run)(bool))
{
	double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS];
	int i;

	timed(run, false);
	timed(run, true);
	for (i = 0; i < ROUNDS; i++) {
		theirs[i] = timed(run, false);
		ours[i] = timed(run, true);
		ratio[i] = theirs[i] / ours[i];
	}
	printf("%-28s %10.0f %10.0f %7.2f\n", name, median(theirs), median(ours), median(ratio));
	fflush(stdout);
}

static void fill(bool m)
{
	char name[64];
	struct file f;
	int i;

	do_mkdir(m, "/d");
	do_mkdir(m, "/d/e");
	do_mkdir(m, "/s");
	do_mkdir(m, "/many");
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/many/name-%d", i);
		f = do_open(m, name, O_WRONLY | O_CREAT);
		do_close(&f);
	}
	one[m] = do_open(m, "/d/e/f", O_RDWR | O_CREAT);
	do_write(&one[m], 65536, 0);
	f = do_open(m, "/large", O_WRONLY | O_CREAT);
	do_close(&f);
}

static mode_t get_umask(void)
{
	return 022;
}

static void start(const char *library)
{
	static const struct defuse_host host = { .size = sizeof(host), .umask = get_umask };
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	char text[100];

	if (!handle) {
		fprintf(stderr, "bench-memfs: %s\n", dlerror());
		exit(2);
	}
	t = dlsym(handle, "defuse_fs_operations");
	must(t, "dlsym");
	snprintf(plain, sizeof(plain), "/dev/shm/bench-plain-%d", (int)getpid());
	snprintf(segment, sizeof(segment), "/dev/shm/bench-memfs-%d", (int)getpid());
	snprintf(text, sizeof(text), "%s:size=512M", segment);
	must(!t->init("/mnt", text, &host, &fs), "init");
	unlink(segment);	/* the mapping keeps it */
	must(!mkdir(plain, 0700), "mkdir");
	umask(022);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 2) {
		fprintf(stderr, "usage: bench LIBRARY\n");
		return 2;
	}
	start(argv[1]);
	fill(false);
	fill(true);
	printf("%-28s %10s %10s %7s\n", "ns an operation", "tmpfs", "memfs", "ratio");
	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		compare(workloads[i].name, workloads[i].run);
	return 0;
}
