// SPDX-License-Identifier: LGPL-2.1-or-later
/* One instance for many processes: who asks, open files of others, death. */
#include "served.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER	65534

unsigned long check_passed, check_failed;

static uint64_t open_file(void *fs, const char *path, int flags)
{
	uint64_t fh = 0;
	struct stat st;

	CHECK_IS(ops->open(fs, path, flags, 0644, &fh), 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	return fh;
}

static void put(void *fs, uint64_t fh, const char *text, off_t at)
{
	size_t n = 0;

	CHECK_IS(ops->write(fs, fh, text, strlen(text), at, &n), 0);
	CHECK_IS(n, strlen(text));
}

static bool holds(void *fs, uint64_t fh, const char *text)
{
	char buf[64];
	size_t n = 0;
	int err = ops->read(fs, fh, buf, sizeof(buf), 0, &n);

	CHECK_IS(err, 0);
	return !err && n == strlen(text) && memcmp(buf, text, n) == 0;
}

/* The kernel says who it is; a change of rights is a new ring. */
static void caller_child(void *fs)
{
	gid_t groups[] = { 11, 12, 13 };
	struct stat st;

	CHECK_IS(ops->getattr(fs, "/.caller", &st, 0), 0);
	CHECK_IS(st.st_uid, 0);
	CHECK_IS(st.st_size, getpid());
	CHECK(setgroups(3, groups) == 0);
	CHECK_IS(ops->getattr(fs, "/.caller", &st, 0), 0);
	CHECK_IS(st.st_nlink, 3);
	CHECK(setgid(OTHER) == 0 && setuid(OTHER) == 0);
	CHECK_IS(ops->getattr(fs, "/.caller", &st, 0), 0);
	CHECK_IS(st.st_uid, OTHER);
	CHECK_IS(st.st_gid, OTHER);
}

static uint64_t inherited;

static void fork_child(void *fs)
{
	CHECK(holds(fs, inherited, "parent"));
	put(fs, inherited, "child!", 0);
	CHECK_IS(ops->close(fs, inherited), 0);
}

static void forks(void *fs)
{
	inherited = open_file(fs, "/forked", O_RDWR | O_CREAT);
	put(fs, inherited, "parent", 0);
	served_child(fs, fork_child);
	CHECK(holds(fs, inherited, "child!"));
	CHECK_IS(ops->unlink(fs, "/forked"), 0);
	/* Removed, and still the same file for both. */
	put(fs, inherited, "parent", 0);
	served_child(fs, fork_child);
	CHECK(holds(fs, inherited, "child!"));
	CHECK_IS(ops->close(fs, inherited), 0);
}

static unsigned char blob[4096];
static size_t blob_len;

/* What a process after exec() does: it has the stash, and nothing else. */
static void exec_child(void *unused)
{
	void *fs = served_mount();
	uint64_t fh = 0;

	(void)unused;
	CHECK_IS(ops->restore(fs, NULL, O_RDWR, blob, blob_len, -1, &fh), 0);
	CHECK(holds(fs, fh, "stash"));
	CHECK_IS(ops->close(fs, fh), 0);
	blob[3] ^= 1;
	CHECK_IS(ops->restore(fs, NULL, O_RDWR, blob, blob_len, -1, &fh), -ESTALE);
	CHECK_IS(ops->restore(fs, "/stale", O_RDWR, blob, blob_len, -1, &fh), -ENOENT);
	CHECK_IS(ops->restore(fs, NULL, O_RDWR, blob, blob_len - 1, -1, &fh), -EPROTO);
}

static void exec_parent(void *unused)
{
	void *fs = served_mount();
	uint64_t fh = open_file(fs, "/stale", O_RDWR | O_CREAT);
	int lower;

	(void)unused;
	put(fs, fh, "stash", 0);
	CHECK_IS(ops->save(fs, fh, blob, sizeof(blob), &blob_len, &lower), 0);
	CHECK_IS(ops->unlink(fs, "/stale"), 0);
	/* Not closed: it calls exec, and the next image finds the file by its token. */
	if (fork() == 0) {
		int status = 0;

		served_child(NULL, exec_child);
		if (check_failed)
			status = 1;
		_exit(status);
	}
	wait(NULL);
}

static void execs(void)
{
	served_child(NULL, exec_parent);
}

static void names(void *fs)
{
	uint64_t fh;
	struct stat st, before;

	CHECK_IS(ops->mkdir(fs, "/dir", 0755), 0);
	fh = open_file(fs, "/dir/open", O_RDWR | O_CREAT);
	put(fs, fh, "text", 0);
	CHECK_IS(ops->fgetattr(fs, fh, &before), 0);
	CHECK_IS(ops->rename(fs, "/dir", "/moved", 0), 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_ino, before.st_ino);
	CHECK_IS(ops->getattr(fs, "/moved/open", &st, 0), 0);
	CHECK_IS(st.st_ino, before.st_ino);
	CHECK_IS(ops->getattr(fs, "/dir/open", &st, 0), -ENOENT);
	CHECK_IS(ops->unlink(fs, "/moved/open"), 0);
	CHECK_IS(ops->getattr(fs, "/moved/open", &st, 0), -ENOENT);
	CHECK(holds(fs, fh, "text"));
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_nlink, 0);
	/* Another file of the name is another file. */
	CHECK_IS(ops->close(fs, open_file(fs, "/moved/open", O_RDWR | O_CREAT)), 0);
	CHECK_IS(ops->getattr(fs, "/moved/open", &st, 0), 0);
	CHECK(st.st_ino != before.st_ino);
	CHECK(holds(fs, fh, "text"));
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->unlink(fs, "/moved/open"), 0);
	CHECK_IS(ops->rmdir(fs, "/moved"), 0);
}

/* A link in the middle: the file system must not be asked to follow it. */
static void links(void *fs)
{
	struct stat st;
	uint64_t fh;

	CHECK(symlink("/etc", served_file("/out")) == 0);
	CHECK_IS(ops->getattr(fs, "/out", &st, 0), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_IS(ops->getattr(fs, "/out/passwd", &st, 0), -ELOOP);
	CHECK_IS(ops->open(fs, "/out/passwd", O_RDONLY, 0, &fh), -ELOOP);
	CHECK_IS(ops->open(fs, "/out", O_RDONLY, 0, &fh), -ELOOP);
	CHECK_IS(ops->unlink(fs, "/out/passwd"), -ELOOP);
	CHECK_IS(ops->unlink(fs, "/out"), 0);
	CHECK(mkfifo(served_file("/fifo"), 0600) == 0);
	CHECK_IS(ops->open(fs, "/fifo", O_RDONLY, 0, &fh), -EOPNOTSUPP);
	CHECK(unlink(served_file("/fifo")) == 0);
}

#define ENTRIES	200

/* Every entry that stays is seen once, though half of them are removed on the way. */
static void listing(void *fs)
{
	static const char set[] = "/list/%d";
	char name[64], buf[200];
	int seen[ENTRIES] = { 0 }, i, wrong = 0;
	size_t written, at;
	off_t cookie = 0;
	uint64_t fh;

	CHECK_IS(ops->mkdir(fs, "/list", 0755), 0);
	for (i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), set, i);
		ops->close(fs, open_file(fs, name, O_WRONLY | O_CREAT));
	}
	fh = open_file(fs, "/list", O_RDONLY | O_DIRECTORY);
	for (i = 0; !ops->getdirents(fs, fh, &cookie, buf, sizeof(buf), &written) && written;) {
		for (at = 0; at < written; at += ((struct dirent64 *)(buf + at))->d_reclen) {
			const char *entry = ((struct dirent64 *)(buf + at))->d_name;

			if (*entry != '.' && atoi(entry) < ENTRIES)
				seen[atoi(entry)]++;
		}
		for (; i < ENTRIES / 2 && i < cookie; i++) {
			snprintf(name, sizeof(name), set, 2 * i);
			CHECK_IS(ops->unlink(fs, name), 0);
		}
	}
	for (i = 1; i < ENTRIES; i += 2)
		wrong += seen[i] != 1;
	CHECK_IS(wrong, 0);
	cookie = 0;
	CHECK_IS(ops->getdirents(fs, fh, &cookie, buf, 10, &written), -EINVAL);
	CHECK_IS(ops->close(fs, fh), 0);
	for (i = 1; i < ENTRIES; i += 2) {
		snprintf(name, sizeof(name), set, i);
		ops->unlink(fs, name);
	}
	for (i = 0; i < ENTRIES; i += 2) {
		snprintf(name, sizeof(name), set, i);
		ops->unlink(fs, name);
	}
	CHECK_IS(ops->rmdir(fs, "/list"), 0);
}

static void times_are(void *fs, uint64_t fh, time_t accessed, time_t modified)
{
	struct stat st;

	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_atime, accessed);
	CHECK_IS(st.st_mtime, modified);
}

/* What is changed through a descriptor, with a name and without. */
static void changes(void *fs)
{
	const struct timespec set[2] = { { 100, 0 }, { 200, 0 } };
	const struct timespec one[2] = { { 0, UTIME_OMIT }, { 300, 0 } };
	const struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	uint64_t fh = open_file(fs, "/changed", O_RDWR | O_CREAT);
	uint64_t reader = open_file(fs, "/changed", O_RDONLY);
	struct stat st;
	int round;

	for (round = 0; round < 2; round++) {
		CHECK_IS(ops->fchmod(fs, fh, 0640 + round), 0);
		CHECK_IS(ops->fchown(fs, reader, 7 + round, -1), 0);
		CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
		CHECK_IS(st.st_mode, S_IFREG | (0640 + round));
		CHECK_IS(st.st_uid, 7 + round);
		CHECK_IS(st.st_gid, 0);
		CHECK_IS(ops->futime(fs, reader, set), 0);
		times_are(fs, fh, 100, 200);
		CHECK_IS(ops->futime(fs, fh, one), 0);
		times_are(fs, fh, 100, 300);
		CHECK_IS(ops->futime(fs, fh, bad), -EINVAL);
		if (round == 0)
			CHECK_IS(ops->unlink(fs, "/changed"), 0);
	}
	CHECK_IS(ops->close(fs, reader), 0);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->mkdir(fs, "/changed", 0755), 0);
	fh = open_file(fs, "/changed", O_RDONLY | O_DIRECTORY);
	CHECK_IS(ops->fchmod(fs, fh, 0750), 0);
	CHECK_IS(ops->getattr(fs, "/changed", &st, 0), 0);
	CHECK_IS(st.st_mode, S_IFDIR | 0750);
	CHECK_IS(ops->rmdir(fs, "/changed"), 0);
	CHECK_IS(ops->fchmod(fs, fh, 0750), -ESTALE);
	CHECK_IS(ops->mkdir(fs, "/changed", 0755), 0);
	CHECK_IS(ops->fchmod(fs, fh, 0750), -ESTALE);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->rmdir(fs, "/changed"), 0);
}

static void spaces(void *fs)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	uint64_t fh = open_file(fs, "/space", O_RDWR | O_CREAT);
	uint64_t reader = open_file(fs, "/space", O_RDONLY);
	struct statvfs want;
	struct statfs got;
	struct stat st;
	off_t at = -1;

	CHECK_IS(ops->fallocate(fs, fh, 0, 0, 100000), 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(st.st_size, 100000);
	CHECK_IS(ops->fallocate(fs, fh, FALLOC_FL_KEEP_SIZE, 0, 200000), 0);
	CHECK_IS(ops->fallocate(fs, reader, 0, 0, 1), -EBADF);
	CHECK_IS(ops->fallocate(fs, fh, 0, 0, 0), -EINVAL);
	CHECK_IS(ops->fallocate(fs, fh, 0, -1, 1), -EINVAL);
	CHECK_IS(ops->fallocate(fs, fh, FALLOC_FL_PUNCH_HOLE, 0, 1), -EOPNOTSUPP);
	CHECK_IS(ops->fallocate(fs, fh, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), -EOPNOTSUPP);
	CHECK_IS(ops->fallocate(fs, fh, 0, INT64_MAX, 2), -EFBIG);
	CHECK_IS(ops->fallocate(fs, fh, 0, 0, 1L << 40), -ENOSPC);
	CHECK_IS(ops->ftruncate(fs, fh, 0), 0);
	put(fs, fh, "data", 1 << 20);
	CHECK_IS(ops->fallocate(fs, fh, punch, 0, 4096), 0);
	CHECK_IS(ops->seek(fs, reader, 0, SEEK_DATA, &at), 0);
	CHECK_IS(at, 1 << 20);
	CHECK_IS(ops->seek(fs, reader, 1 << 20, SEEK_HOLE, &at), 0);
	CHECK_IS(at, (1 << 20) + 4);
	CHECK_IS(ops->seek(fs, reader, (1 << 20) + 4, SEEK_DATA, &at), -ENXIO);
	CHECK_IS(ops->seek(fs, reader, -1, SEEK_DATA, &at), -ENXIO);
	CHECK_IS(ops->seek(fs, reader, INT64_MAX, SEEK_HOLE, &at), -ENXIO);
	CHECK_IS(ops->seek(fs, reader, 0, SEEK_SET, &at), -EINVAL);
	CHECK_IS(ops->close(fs, reader), 0);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->unlink(fs, "/space"), 0);
	CHECK(statvfs(served_root, &want) == 0);
	CHECK_IS(ops->statfs(fs, &got), 0);
	CHECK_IS(got.f_blocks, want.f_blocks);
	CHECK_IS(got.f_bsize, want.f_bsize);
	CHECK_IS(got.f_frsize, want.f_frsize);
	CHECK_IS(got.f_files, want.f_files);
	CHECK_IS(got.f_namelen, want.f_namemax);
}

/* Since the last call: so many were flushed and released. */
static void ended(void *fs, time_t flushed, time_t released)
{
	static struct stat before;
	struct stat st;

	CHECK_IS(ops->getattr(fs, "/.caller", &st, 0), 0);
	if (flushed >= 0) {
		CHECK_IS(st.st_atime - before.st_atime, flushed);
		CHECK_IS(st.st_mtime - before.st_mtime, released);
	}
	before = st;
}

static void leaving_child(void *fs)
{
	uint64_t fh = open_file(fs, "/flushed", O_RDWR);

	put(fs, fh, "more", 0);
	ended(fs, -1, -1);
	ops->finalize(fs);
	ended(fs, 1, 0);
}

/* A flush for each descriptor that is closed, and a release behind the last one. */
static void flushes(void *fs)
{
	uint64_t fh = open_file(fs, "/flushed", O_RDWR | O_CREAT);

	ended(fs, -1, -1);
	CHECK_IS(ops->flush(fs, fh), 0);
	CHECK_IS(ops->flush(fs, fh), 0);
	ended(fs, 2, 0);
	CHECK_IS(ops->close(fs, fh), 0);
	ended(fs, 0, 1);
	fh = open_file(fs, "/flushed", O_RDWR);
	put(fs, fh, "text", 0);
	CHECK_IS(ops->flush(fs, fh), 0);
	put(fs, fh, "text", 0);
	CHECK_IS(ops->close(fs, fh), 0);
	ended(fs, 2, 1);
	served_child(fs, leaving_child);
	CHECK_IS(ops->unlink(fs, "/flushed"), 0);
}

#define APPENDS	200

static void append_child(void *fs)
{
	uint64_t fh = open_file(fs, "/log", O_WRONLY | O_APPEND);
	char line[64];
	size_t n;
	off_t end;
	int i;

	memset(line, 'a' + getpid() % 26, sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (i = 0; i < APPENDS; i++)
		CHECK_IS(ops->append(fs, fh, line, sizeof(line), &n, &end), 0);
	CHECK_IS(ops->close(fs, fh), 0);
}

static void *append_thread(void *fs)
{
	served_child(fs, append_child);
	return NULL;
}

static void appends(void *fs)
{
	pthread_t threads[3];
	char line[64];
	int i, j, wrong = 0;
	FILE *log;

	ops->close(fs, open_file(fs, "/log", O_WRONLY | O_CREAT));
	for (i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, append_thread, fs) == 0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	log = fopen(served_file("/log"), "r");
	for (i = 0; fread(line, sizeof(line), 1, log) == 1; i++)
		for (j = 0; j < 63; j++)
			wrong += line[j] != line[0];
	CHECK_IS(i, 3 * APPENDS);
	CHECK_IS(wrong, 0);
	fclose(log);
	CHECK_IS(ops->unlink(fs, "/log"), 0);
}

static struct slow {
	void *fs;
	_Atomic int started, err[24];
} slow;

static void *slow_reader(void *arg)
{
	uintptr_t i = (uintptr_t)arg;
	char byte;
	size_t n;
	uint64_t fh;

	slow.err[i] = ops->open(slow.fs, "/.caller", O_RDONLY, 0, &fh);
	slow.started++;
	if (slow.err[i])
		return NULL;
	slow.err[i] = ops->read(slow.fs, fh, &byte, 1, 0, &n);
	ops->close(slow.fs, fh);
	return NULL;
}

/* Requests that take long do not stop others. */
static void slowly(void *fs, int readers, pid_t kill_server, int want)
{
	pthread_t threads[24];
	struct stat st;
	uintptr_t i;

	slow.fs = fs;
	slow.started = 0;
	for (i = 0; i < (uintptr_t)readers; i++)
		CHECK(pthread_create(&threads[i], NULL, slow_reader, (void *)i) == 0);
	/* More than the ring has slots wait for one of those to end. */
	while (slow.started < (readers < 16 ? readers : 16))
		usleep(100);
	for (i = 0; readers < 16 && i < 100; i++)
		CHECK_IS(ops->getattr(fs, "/", &st, 0), 0);
	/* What the server has not taken when it dies fails in another way. */
	while (readers < 16 && !ops->getattr(fs, "/.caller", &st, 0) && st.st_blocks < readers)
		usleep(100);
	if (kill_server)
		served_stop(kill_server, SIGKILL);
	else
		close(open(served_file("/.go"), O_CREAT | O_WRONLY, 0600));
	for (i = 0; i < (uintptr_t)readers; i++) {
		pthread_join(threads[i], NULL);
		CHECK_IS(slow.err[i], want);
	}
	unlink(served_file("/.go"));
}

/* The server dies and another begins: what is open is opened again by its path. */
static pid_t server_dies(void *fs, pid_t server)
{
	uint64_t fh = open_file(fs, "/kept", O_RDWR | O_CREAT);
	struct stat st, before;

	put(fs, fh, "kept", 0);
	CHECK_IS(ops->getattr(fs, "/kept", &before, 0), 0);
	slowly(fs, 3, server, -EIO);
	CHECK_IS(ops->getattr(fs, "/", &st, 0), -ENOTCONN);
	/* What was written may be lost: close() tells, though another server began. */
	CHECK_IS(ops->flush(fs, fh), -EIO);
	CHECK_IS(ops->fgetattr(fs, fh, &st), -ENOTCONN);
	server = served_start("allow_other,null");
	CHECK_IS(ops->getattr(fs, "/", &st, 0), 0);
	CHECK(holds(fs, fh, "kept"));
	/* For the kernel it is the same file only if it has the same number. */
	CHECK_IS(ops->getattr(fs, "/kept", &st, 0), 0);
	CHECK_IS(st.st_ino, before.st_ino);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->unlink(fs, "/kept"), 0);
	return server;
}

static void stranger(void *unused)
{
	void *fs = NULL;
	char text[1024];

	(void)unused;
	snprintf(text, sizeof(text), "instance=shared socket=%s x", served_socket);
	CHECK(setgid(OTHER) == 0 && setuid(OTHER) == 0);
	CHECK_IS(ops->init("/mnt", text, &test_host, &fs), -EACCES);
}

static void rights_child(void *fs)
{
	struct timespec set[2] = { { 1, 0 }, { 1, 0 } };
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct stat st;
	uint64_t fh;

	CHECK(setgroups(0, NULL) == 0 && setgid(OTHER) == 0 && setuid(OTHER) == 0);
	CHECK_IS(ops->open(fs, "/root600", O_RDONLY, 0, &fh), -EACCES);
	CHECK_IS(ops->open(fs, "/root644", O_RDWR, 0, &fh), -EACCES);
	CHECK_IS(ops->close(fs, open_file(fs, "/root644", O_RDONLY)), 0);
	CHECK_IS(ops->open(fs, "/root644", O_RDONLY | O_TRUNC, 0, &fh), -EACCES);
	CHECK_IS(ops->open(fs, "/new", O_WRONLY | O_CREAT, 0644, &fh), -EACCES);
	CHECK_IS(ops->getattr(fs, "/closed/file", &st, 0), -EACCES);
	CHECK_IS(ops->mkdir(fs, "/new", 0755), -EACCES);
	CHECK_IS(ops->unlink(fs, "/root644"), -EACCES);
	CHECK_IS(ops->chmod(fs, "/root644", 0666), -EPERM);
	CHECK_IS(ops->chown(fs, "/root644", OTHER, -1), -EPERM);
	fh = open_file(fs, "/root644", O_RDONLY);
	CHECK_IS(ops->fchmod(fs, fh, 0666), -EPERM);
	CHECK_IS(ops->fchown(fs, fh, OTHER, -1), -EPERM);
	CHECK_IS(ops->futime(fs, fh, set), -EPERM);
	CHECK_IS(ops->futime(fs, fh, now), -EACCES);
	CHECK_IS(ops->fallocate(fs, fh, 0, 0, 1), -EBADF);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(ops->trunc(fs, "/root644", 0), -EACCES);
	CHECK_IS(ops->utime(fs, "/root644", set), -EPERM);
	CHECK_IS(ops->utime(fs, "/root644", now), -EACCES);
	CHECK_IS(ops->access(fs, "/root644", R_OK, AT_EACCESS), 0);
	CHECK_IS(ops->access(fs, "/root644", W_OK, AT_EACCESS), -EACCES);
	CHECK_IS(ops->unlink(fs, "/sticky/roots"), -EPERM);
	CHECK_IS(ops->rename(fs, "/sticky/roots", "/sticky/x", 0), -EPERM);
	CHECK_IS(ops->close(fs, open_file(fs, "/sticky/mine", O_RDWR | O_CREAT)), 0);
	CHECK_IS(ops->getattr(fs, "/sticky/mine", &st, 0), 0);
	CHECK_IS(st.st_uid, OTHER);
	CHECK_IS(ops->utime(fs, "/sticky/mine", set), 0);
	CHECK_IS(ops->unlink(fs, "/sticky/mine"), 0);
}

static void make(const char *name, mode_t mode, bool dir)
{
	if (dir)
		CHECK(mkdir(served_file(name), 0755) == 0);
	else
		close(open(served_file(name), O_CREAT | O_WRONLY, 0600));
	CHECK(chmod(served_file(name), mode) == 0);
}

static void rights(void)
{
	pid_t server;

	make("/root600", 0600, false);
	make("/root644", 0644, false);
	make("/closed", 0700, true);
	make("/closed/file", 0644, false);
	make("/sticky", 01777, true);
	make("/sticky/roots", 0666, false);
	server = served_start("null");
	served_child(NULL, stranger);
	CHECK_IS(served_stop(server, SIGTERM), 0);
	server = served_start("allow_other,default_permissions,null");
	served_child(served_mount(), rights_child);
	CHECK_IS(served_stop(server, SIGTERM), 0);
	server = served_start("ro,null");
	void *fs = served_mount();
	uint64_t fh;

	CHECK_IS(ops->open(fs, "/root644", O_RDWR, 0, &fh), -EROFS);
	CHECK_IS(ops->open(fs, "/x", O_RDWR | O_CREAT, 0600, &fh), -EROFS);
	CHECK_IS(ops->mkdir(fs, "/x", 0700), -EROFS);
	CHECK_IS(ops->unlink(fs, "/root644"), -EROFS);
	CHECK_IS(ops->access(fs, "/root644", W_OK, 0), -EROFS);
	fh = open_file(fs, "/root644", O_RDONLY);
	CHECK_IS(ops->fchmod(fs, fh, 0600), -EROFS);
	CHECK_IS(ops->close(fs, fh), 0);
	CHECK_IS(served_stop(server, SIGTERM), 0);
}

int main(int argc, char **argv)
{
	pid_t server;
	void *fs;

	if (argc != 6)
		return 2;
	umask(022);
	served_setup(argv);
	server = served_start("allow_other,null");
	fs = served_mount();
	served_child(fs, caller_child);
	forks(fs);
	execs();
	names(fs);
	links(fs);
	listing(fs);
	changes(fs);
	spaces(fs);
	flushes(fs);
	appends(fs);
	slowly(fs, 10, 0, 0);
	slowly(fs, 24, 0, 0);
	server = server_dies(fs, server);
	CHECK_IS(served_stop(server, SIGTERM), 0);
	rights();
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 300;
}
