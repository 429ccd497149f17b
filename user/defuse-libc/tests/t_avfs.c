// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libdefuse-avfs.so, its table called directly: what is behind "archive#" is compared with
 * the tree that went into the archive.
 */
#include "check.h"
#include "unit.h"

#include <defuse/fs.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED	1
#else
#define SANITIZED	0
#endif

#define PRIVATE	300
#define BIG	(1 << 20)

static const struct defuse_fs_operations *ops;
static void *fs;
static char dir[] = "/tmp/avfs-unit.XXXXXX";
static int closed_private;

static int private_fd(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, PRIVATE);

	close(fd);
	return high < 0 ? -EMFILE : high;
}

static void close_fd(int fd)
{
	closed_private++;
	close(fd);
}

static mode_t no_umask(void)
{
	return 022;
}

static void silent(const char *text)
{
	(void)text;
}

static const struct defuse_host host = {
	.size = sizeof(host), .private_fd = private_fd, .close_fd = close_fd,
	.umask = no_umask, .log = silent,
};

/* A shell in @dir. */
static int run(const char *command)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (chdir(dir) == 0)
			execl("/bin/sh", "sh", "-ec", command, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static const char trees[] =
	"mkdir -p tree/a/b tree/empty; seq 1 20000 > tree/a/numbers;"
	"echo hello > tree/hello; ln -s hello tree/link; ln -s a tree/dirlink;"
	"echo sharp > 'tree/a/c#.txt'; : > tree/a/b/nothing; chmod 640 tree/hello;"
	"head -c 300000 /dev/urandom > tree/a/b/random; touch -d 2001-02-03 tree/a/numbers;"
	"i=0; while [ $i -lt 120 ]; do echo $i > tree/a/b/file-with-a-name-$i; i=$((i+1)); done;"
	"tar cf t.tar -C tree .; gzip -k -c t.tar > t.tar.gz; bzip2 -k -c t.tar > t.tar.bz2;"
	"xz -1 -k -c t.tar > t.tar.xz; cp t.tar.gz t.tgz;"
	"gzip -c tree/a/numbers > numbers.gz; mkdir outer; cp t.tar.gz outer; tar cf o.tar outer;"
	"cd tree; /usr/bin/python3 -m zipfile -c ../t.zip hello a empty";

static int get(const char *path, struct stat *st)
{
	return ops->getattr(fs, path, st, 0);
}

/* A handle; 0 is an error, counted. */
static uint64_t must_open(const char *path, int flags)
{
	uint64_t fh = 0;

	CHECK_IS(ops->open(fs, path, flags, 0, &fh), 0);
	return fh;
}

/* Whether the file of the mount has the content of the file below the directory. */
static int same_content(const char *path, const char *real)
{
	char *have = malloc(BIG + 1), *want = malloc(BIG + 1);
	int fd = open(real, O_RDONLY), ret = 0;
	ssize_t n = read(fd, want, BIG + 1);
	uint64_t fh = 0;
	size_t got = 0;

	if (!ops->open(fs, path, O_RDONLY, 0, &fh)) {
		ret = !ops->read(fs, fh, have, BIG + 1, 0, &got) && (ssize_t)got == n &&
			!memcmp(have, want, got);
		/* From the middle, then again from the start: seeks. */
		if (n > 10)
			ret = ret && !ops->read(fs, fh, have, 5, n / 2, &got) && got == 5 &&
				!memcmp(have, want + n / 2, 5) &&
				!ops->read(fs, fh, have, 5, 0, &got) && got == 5 &&
				!memcmp(have, want, 5);
		ret = ret && !ops->read(fs, fh, have, 5, n, &got) && got == 0;
		ops->close(fs, fh);
	}
	close(fd);
	free(have);
	free(want);
	return ret;
}

static char *names[1000];

/* Names of a directory but "." and "..", in names[]; a small buffer, many calls. */
static int list(const char *path)
{
	uint64_t fh = must_open(path, O_RDONLY | O_DIRECTORY);
	char buf[600];
	off_t cookie = 0;
	size_t size, at;
	int n = 0, dots = 0;
	struct stat st;

	while (fh && !ops->getdirents(fs, fh, &cookie, buf, sizeof(buf), &size) && size) {
		for (at = 0; at < size;) {
			struct dirent64 *e = (struct dirent64 *)(buf + at);
			char child[PATH_MAX];

			at += e->d_reclen;
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) {
				dots++;
				continue;
			}
			snprintf(child, sizeof(child), "%s/%s", path[1] ? path : "",
				 e->d_name);
			if (n % 50 == 0)
				CHECK(!get(child, &st) && st.st_ino == e->d_ino);
			if (n < 1000)
				names[n++] = strdup(e->d_name);
		}
	}
	CHECK_IS(dots, 2);
	CHECK_IS(ops->getdirents(fs, fh, &(off_t){ 0 }, buf, 10, &size), -EINVAL);
	ops->close(fs, fh);
	return n;
}

/* @modes: the archive keeps them. */
static void compare(const char *path, const char *real, int modes)
{
	struct stat have, want;
	char link[100], target[100];
	size_t n = 0;
	DIR *d;
	struct dirent *e;
	int count, seen = 0, i;

	CHECK(!get(path, &have) && !lstat(real, &want));
	CHECK_IS(have.st_mode & (modes ? ~0 : S_IFMT), want.st_mode & (modes ? ~0 : S_IFMT));
	if (S_ISREG(want.st_mode)) {
		CHECK_IS(have.st_size, want.st_size);
		CHECK(!modes || have.st_mtime == want.st_mtime);
		CHECK(same_content(path, real));
	} else if (S_ISLNK(want.st_mode)) {
		CHECK_IS(ops->readlink(fs, path, link, sizeof(link), &n), 0);
		CHECK((ssize_t)n == readlink(real, target, sizeof(target)) &&
		      !memcmp(link, target, n));
	}
	if (!S_ISDIR(want.st_mode))
		return;
	count = list(path);
	for (i = 0; i < count; i++)
		free(names[i]);
	d = opendir(real);
	while ((e = readdir(d))) {
		char a[PATH_MAX], b[PATH_MAX];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!modes && !strcmp(e->d_name, "link"))
			continue;
		seen++;
		if (!strncmp(e->d_name, "file-", 5) && seen % 50)
			continue;	/* enough of them */
		snprintf(a, sizeof(a), "%s/%s", path, e->d_name);
		snprintf(b, sizeof(b), "%s/%s", real, e->d_name);
		compare(a, b, modes);
	}
	closedir(d);
	CHECK_IS(count, seen);
}

static void archives(void)
{
	static const char *const tars[] = { "/t.tar#", "/t.tar.gz#", "/t.tgz#",
		"/t.tar.bz2#", "/t.tar.xz#", "/o.tar#/outer/t.tar.gz#" };
	char tree[PATH_MAX], path[PATH_MAX];
	size_t i;

	snprintf(tree, sizeof(tree), "%s/tree", dir);
	for (i = 0; i < sizeof(tars) / sizeof(tars[0]); i++)
		compare(tars[i], tree, 1);
	snprintf(path, sizeof(path), "%s/tree/a", dir);
	compare("/t.zip#/a", path, 0);
	compare("/tree", tree, 1);	/* plain */
	snprintf(path, sizeof(path), "%s/tree/a/numbers", dir);
	CHECK(same_content("/numbers.gz#", path));
	snprintf(path, sizeof(path), "%s/tree/hello", dir);
	CHECK(!same_content("/t.tar#/a/numbers", path));	/* it can say no */
}

static void errors(void)
{
	struct stat st, other;
	uint64_t fh;

	CHECK_IS(get("/none.tar#", &st), -ENOENT);
	CHECK_IS(get("/t.tar#/none", &st), -ENOENT);
	CHECK_IS(get("/t.tar#/hello/x", &st), -ENOTDIR);
	CHECK_IS(get("/t.tar#/dirlink/numbers", &st), -ELOOP);
	CHECK_IS(get("/tree/dirlink/numbers", &st), -ELOOP);
	CHECK_IS(get("/#avfsstat/version", &st), -ENOENT);
	CHECK_IS(get("/t.tar#ugz", &st), -ENOENT);
	CHECK_IS(get("/outer#", &st), -ENOENT);
	CHECK_IS(ops->open(fs, "/t.tar#/link", O_RDONLY, 0, &fh), -ELOOP);
	CHECK_IS(ops->open(fs, "/t.tar#/hello", O_RDWR, 0, &fh), -EROFS);
	CHECK_IS(ops->open(fs, "/t.tar#/new", O_WRONLY | O_CREAT, 0600, &fh), -EROFS);
	CHECK_IS(ops->open(fs, "/tree/hello", O_WRONLY | O_TRUNC, 0, &fh), -EROFS);
	CHECK_IS(ops->open(fs, "/t.tar#/hello", O_CREAT | O_EXCL, 0, &fh), -EEXIST);
	CHECK_IS(ops->open(fs, "/t.tar#/hello", O_DIRECTORY, 0, &fh), -ENOTDIR);
	CHECK_IS(ops->open(fs, "/t.tar#", O_RDWR, 0, &fh), -EISDIR);
	CHECK_IS(ops->unlink(fs, "/t.tar#/hello"), -EROFS);
	CHECK_IS(ops->unlink(fs, "/tree/none"), -ENOENT);
	CHECK_IS(ops->mkdir(fs, "/t.tar#/d", 0700), -EROFS);
	CHECK_IS(ops->mkdir(fs, "/tree", 0700), -EEXIST);
	CHECK_IS(ops->access(fs, "/t.tar#/hello", R_OK, 0), 0);
	CHECK_IS(ops->access(fs, "/t.tar#/hello", W_OK, 0), -EROFS);
	CHECK_IS(ops->access(fs, "/t.tar#/hello", X_OK, 0), -EACCES);
	CHECK_IS(ops->readlink(fs, "/t.tar#/hello", (char[8]){ 0 }, 8, &(size_t){ 0 }),
		 -EINVAL);
	CHECK_IS(ops->readlink(fs, "/tree/hello", (char[8]){ 0 }, 8, &(size_t){ 0 }),
		 -EINVAL);
	/* The same numbers whichever archive was looked at before. */
	CHECK(!get("/t.tar#/hello", &st) && !get("/t.zip#/hello", &other) &&
	      st.st_ino != other.st_ino && st.st_dev == other.st_dev);
	CHECK(!get("/t.tar#/hello", &other) && st.st_ino == other.st_ino);
}

static void numbers_taken(void)
{
	int before = dup(0), after;
	uint64_t a, b;

	close(before);
	a = must_open("/t.tar.gz#/a/numbers", O_RDONLY);
	b = must_open("/tree/hello", O_RDONLY);
	after = dup(0);
	CHECK_IS(after, before);	/* the lowest number is free */
	close(after);
	ops->close(fs, a);
	ops->close(fs, b);
}

static void stashed(void)
{
	struct stat st;
	uint64_t fh = must_open("/t.zip#/hello", O_RDONLY), again = 0;
	char blob[64], buf[8];
	size_t len = 0, got = 0;
	int lower = 0;

	CHECK_IS(ops->save(fs, fh, blob, sizeof(blob), &len, &lower), 0);
	CHECK_IS(lower, -1);
	ops->close(fs, fh);
	CHECK_IS(ops->restore(fs, "/t.zip#/hello", O_RDONLY, blob, len, -1, &again), 0);
	CHECK(!ops->read(fs, again, buf, 8, 0, &got) && got == 6 &&
	      !memcmp(buf, "hello\n", 6) && !ops->fgetattr(fs, again, &st));
	ops->close(fs, again);
	CHECK_IS(ops->restore(fs, "/t.tar#/hello", O_RDONLY, blob, len, -1, &again), -ESTALE);
	CHECK_IS(ops->restore(fs, NULL, O_RDONLY, blob, len, -1, &again), -ESTALE);
	CHECK_IS(ops->restore(fs, "/t.zip#/hello", O_RDONLY, blob, 3, -1, &again), -ESTALE);
}

static char *expected;		/* tree/a/numbers */
static size_t expected_size;

/* Reads a handle from @at on in small pieces; 1: all as expected. */
static int follow(uint64_t fh, size_t at)
{
	char buf[4096];
	size_t got;

	for (; at < expected_size; at += got)
		if (ops->read(fs, fh, buf, sizeof(buf), at, &got) || !got ||
		    memcmp(buf, expected + at, got))
			return 0;
	return 1;
}

static void *reader(void *fh)
{
	uint64_t own = 0;
	int i, good = 1;

	for (i = 0; i < 4 && good; i++) {
		good = follow((uintptr_t)fh, i * 1000) &&
			!ops->open(fs, i % 2 ? "/t.tgz#/a/numbers" : "/t.zip#/a/numbers",
				   O_RDONLY, 0, &own) && follow(own, 0);
		ops->close(fs, own);
	}
	return (void *)(uintptr_t)good;
}

static void threads(void)
{
	uint64_t fh = must_open("/t.tar.gz#/a/numbers", O_RDONLY);
	pthread_t id[4];
	void *good;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&id[i], NULL, reader, (void *)(uintptr_t)fh);
	for (i = 0; i < 4; i++) {
		pthread_join(id[i], &good);
		CHECK(good);
	}
	ops->close(fs, fh);
}

/*
 * Both go on with the same handles at the same time; and threads fork meanwhile, but not
 * under the address sanitizer, whose allocator does not survive that.
 */
static void forks(void)
{
	uint64_t a = must_open("/t.tar.gz#/a/numbers", O_RDONLY);
	uint64_t b = must_open("/t.zip#/a/numbers", O_RDONLY);
	uint64_t d = must_open("/t.tar#/a/b", O_RDONLY | O_DIRECTORY);
	int i, status, before, good;
	char buf[1000];
	size_t got;
	pthread_t id;
	void *ok;

	CHECK_IS(ops->read(fs, a, buf, 1000, 0, &got), 0);
	CHECK_IS(ops->read(fs, b, buf, 1000, 500, &got), 0);
	before = closed_private;
	if (!SANITIZED)
		pthread_create(&id, NULL, reader, (void *)(uintptr_t)a);
	for (i = 0; i < 8; i++) {
		pid_t pid = fork();

		if (!pid) {
			off_t cookie = 5;

			good = closed_private > before && follow(a, 1000) && follow(b, 1500) &&
				!ops->getdirents(fs, d, &cookie, buf, sizeof(buf), &got) &&
				got > 500 && cookie > 5 && !ops->close(fs, b);
			_exit(!good);
		}
		CHECK(follow(b, 1500));
		waitpid(pid, &status, 0);
		CHECK_IS(status, 0);
	}
	if (!SANITIZED) {
		pthread_join(id, &ok);
		CHECK(ok);
	}
	CHECK(follow(a, 1000));
	/* Another archive of that name: the child must not read it as the old file. */
	CHECK_IS(run("tar cf new.tar tree/hello; mv new.tar t.zip"), 0);
	if (!fork())
		_exit(ops->read(fs, b, buf, 10, 0, &got) >= 0);
	wait(&status);
	CHECK_IS(status, 0);
	ops->close(fs, a);
	ops->close(fs, b);
	ops->close(fs, d);
}

void test_avfs(void)
{
	void *handle = dlopen(unit_library("defuse-avfs"), RTLD_NOW | RTLD_LOCAL);
	char path[PATH_MAX];
	FILE *file;

	CHECK(handle && mkdtemp(dir) && run(trees) == 0);
	ops = handle ? dlsym(handle, "defuse_fs_operations") : NULL;
	CHECK(ops);
	if (!ops)
		return;
	CHECK_IS(ops->init("/mnt", "relative", &host, &fs), -EINVAL);
	CHECK_IS(ops->init("/mnt", "/nonexistent", &host, &fs), -ENOENT);
	CHECK_IS(ops->init("/mnt", dir, &host, &fs), 0);
	snprintf(path, sizeof(path), "%s/tree/a/numbers", dir);
	file = fopen(path, "r");
	expected = malloc(BIG);
	expected_size = fread(expected, 1, BIG, file);
	fclose(file);
	archives();
	errors();
	numbers_taken();
	stashed();
	threads();
	forks();
	free(expected);
	CHECK_IS(run("rm -r \"$PWD\""), 0);
}
