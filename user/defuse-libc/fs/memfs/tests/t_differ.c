// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The same random operations on memfs and, by system calls, in a directory of the
 * machine's own tmpfs: the same results, errors and attributes.
 *
 * Symbolic links have names of their own, and those are never in the middle of a path:
 * there the kernel would follow them.
 */
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEPS		4000
#define FILES		8
#define BYTES		20000

#define T		defuse_fs_operations

static struct memfs *m;
static char top[64];
static struct { bool open; uint64_t fh; int fd; } files[FILES];
static char said[200];

static const char *const names[] = {
	"/a", "/b", "/c", "/d", "/d/a", "/d/b", "/d/d", "/d/d/a", "/e", "/e/d", "/e/d/a", "/e/b",
	"/a/x", "/no/x", "/L1", "/L2", "/d/L1",
	"/a-name-that-is-longer-than-a-narrow-record-has-room-for",
};

static const char *any_name(void)
{
	return names[suite_random() % (sizeof(names) / sizeof(names[0]))];
}

static bool is_link_name(const char *name)
{
	return strchr(name, 'L');
}

static const char *plain(const char *name)
{
	static char texts[2][300];
	static int next;

	next = !next;
	snprintf(texts[next], sizeof(texts[0]), "%s%s", top, name);
	return texts[next];
}

static long kernel(long result)
{
	return result < 0 ? -errno : result;
}

static void same(long ours, long theirs)
{
	CHECK(ours == theirs);
	if (ours != theirs)
		fprintf(stderr, "\t%s: %ld, should be %ld\n", said, ours, theirs);
}

#define SAY(...)	snprintf(said, sizeof(said), __VA_ARGS__)

static void same_stat(const struct stat *a, const struct stat *b, bool root)
{
	same(a->st_mode, b->st_mode);
	same(a->st_nlink, b->st_nlink);
	same(a->st_uid, b->st_uid);
	same(a->st_gid, b->st_gid);
	if (!root)
		same(a->st_size, b->st_size);
	if (S_ISREG(a->st_mode))
		same(a->st_blocks, b->st_blocks);
	/* Those that were set, not those of the clock. */
	if (b->st_mtime < 1000000) {
		same(a->st_mtime, b->st_mtime);
		same(a->st_mtim.tv_nsec, b->st_mtim.tv_nsec);
	}
}

static void do_open(void)
{
	static const int accesses[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	const char *name = any_name();
	int n = suite_random() % FILES, flags = accesses[suite_random() % 4];
	mode_t mode = 0600 + suite_random() % 0200;
	long ours, theirs;

	if (files[n].open) {
		T.close(m, files[n].fh);
		close(files[n].fd);
		files[n].open = false;
	}
	flags |= suite_random() % 2 ? O_CREAT : 0;
	flags |= suite_random() % 4 ? 0 : O_TRUNC;
	flags |= suite_random() % 6 ? 0 : O_EXCL;
	flags |= suite_random() % 8 ? 0 : O_DIRECTORY;
	if (flags & O_DIRECTORY)
		flags &= ~(O_CREAT | O_EXCL);
	SAY("open %s %o", name, flags);
	ours = T.open(m, name, flags, mode, &files[n].fh);
	theirs = kernel(open(plain(name), flags | O_NOFOLLOW | O_CLOEXEC, mode));
	/* With O_DIRECTORY the kernel calls a link no directory. */
	if (theirs == -ENOTDIR && ours == -ELOOP)
		ours = theirs;
	/* The kernel may be told to protect what lies in a sticky directory (fs.protected_*). */
	if (theirs == -EACCES && flags & O_CREAT) {
		if (!ours)
			T.close(m, files[n].fh);
		return;
	}
	same(ours, theirs < 0 ? theirs : 0);
	files[n].open = !ours && theirs >= 0;
	files[n].fd = theirs;
}

static off_t any_offset(void)
{
	static const off_t far[] = { 1 << 22, (1LL << 32) + 5, (1LL << 33) - 3, 40000 };

	return suite_random() % 30 ? suite_random() % BYTES : far[suite_random() % 4];
}

static void do_read(int n)
{
	static char a[BYTES * 2], b[BYTES * 2];
	size_t size = suite_random() % 3 ? suite_random() % 300 : suite_random() % sizeof(a);
	off_t at = any_offset();
	size_t got = 0;
	long ours, theirs;

	SAY("read %zu at %ld", size, (long)at);
	ours = T.read(m, files[n].fh, a, size, at, &got);
	theirs = kernel(pread(files[n].fd, b, size, at));
	same(ours ? ours : (long)got, theirs);
	if (theirs > 0)
		CHECK(!memcmp(a, b, theirs));
}

static void do_write(int n)
{
	static char buf[BYTES * 4];
	size_t size = suite_random() % 3 ? suite_random() % 300 : suite_random() % BYTES;
	off_t at = any_offset(), end;
	bool append = suite_random() % 4 == 0;
	size_t put = 0, k;
	long ours, theirs;

	if (suite_random() % 40 == 0)
		size = sizeof(buf);
	if (append && lseek(files[n].fd, 0, SEEK_END) >= 0)
		at = lseek(files[n].fd, 0, SEEK_END);
	for (k = 0; k < size; k++)
		buf[k] = suite_random();
	SAY("write %zu at %ld", size, (long)at);
	ours = append ? T.append(m, files[n].fh, buf, size, &put, &end) :
			T.write(m, files[n].fh, buf, size, at, &put);
	theirs = kernel(pwrite(files[n].fd, buf, size, at));
	same(ours ? ours : (long)put, theirs);
	if (append && !ours && size)
		same(end, at + theirs);
}

/* Of blocks that were reserved and not written each file system says what it likes. */
static bool reserved(int n)
{
	const struct mf_inode *i = mf_of(m, files[n].fh);
	uint64_t block, count;
	int err = 0;

	for (block = 0; block << MF_BLOCK_SHIFT < i->size; block += count) {
		const uint32_t *p = mf_map(m, i, block, &count, &err);

		if (p && *p & MF_UNWRITTEN)
			return true;
		if (p)
			count = 1;
	}
	return false;
}

static void do_size(int n)
{
	off_t a = any_offset(), b = 1 + suite_random() % BYTES, ours_at = 0;
	int whence = suite_random() % 2 ? SEEK_DATA : SEEK_HOLE;
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE,
		FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE };
	int mode = modes[suite_random() % 5];
	struct stat st;
	long ours, theirs;

	if (fstat(files[n].fd, &st) || !S_ISREG(st.st_mode))
		return;
	switch (suite_random() % 3) {
	case 0:
		SAY("ftruncate %ld", (long)a);
		same(T.ftruncate(m, files[n].fh, a), kernel(ftruncate(files[n].fd, a)));
		break;
	case 1:
		SAY("fallocate %d %ld %ld", mode, (long)a, (long)b);
		same(T.fallocate(m, files[n].fh, mode, a, b),
		     kernel(fallocate(files[n].fd, mode, a, b)));
		break;
	case 2:
		if (reserved(n))
			return;
		SAY("seek %d %ld", whence, (long)a);
		ours = T.seek(m, files[n].fh, a, whence, &ours_at);
		theirs = kernel(lseek(files[n].fd, a, whence));
		same(ours ? ours : ours_at, theirs);
		break;
	}
}

static void do_attributes(int n)
{
	struct stat a, b;
	mode_t mode = suite_random() % 010000;
	uid_t uid = suite_random() % 4 - 1, gid = suite_random() % 4 - 1;
	struct timespec times[2] = { { suite_random() % 1000, 7 }, { suite_random() % 1000, 9 } };

	if (suite_random() % 3 == 0)
		times[1].tv_nsec = times[0].tv_nsec = UTIME_NOW;
	switch (suite_random() % 4) {
	case 0:
		SAY("fchmod %o", mode);
		same(T.fchmod(m, files[n].fh, mode), kernel(fchmod(files[n].fd, mode)));
		break;
	case 1:
		SAY("fchown %d %d", uid, gid);
		same(T.fchown(m, files[n].fh, uid, gid), kernel(fchown(files[n].fd, uid, gid)));
		break;
	case 2:
		SAY("futimens");
		same(T.futime(m, files[n].fh, times), kernel(futimens(files[n].fd, times)));
		break;
	}
	SAY("%s; fstat", strdupa(said));
	same(T.fgetattr(m, files[n].fh, &a), kernel(fstat(files[n].fd, &b)));
	same_stat(&a, &b, false);
}

static void do_file(void)
{
	int n = suite_random() % FILES;

	if (!files[n].open)
		return;
	switch (suite_random() % 5) {
	case 0: do_read(n); break;
	case 1: case 2: do_write(n); break;
	case 3: do_size(n); break;
	case 4: do_attributes(n); break;
	}
}

static void do_make(void)
{
	const char *name = any_name(), *other = any_name();
	mode_t mode = suite_random() % 010000;

	switch (suite_random() % 4) {
	case 0:
		SAY("mkdir %s %o", name, mode);
		same(T.mkdir(m, name, mode | 0300), kernel(mkdir(plain(name), mode | 0300)));
		break;
	case 1:
		while (!is_link_name(name))
			name = any_name();
		SAY("symlink %s", name);
		same(T.symlink(m, other, name), kernel(symlink(other, plain(name))));
		break;
	case 2:
		if (is_link_name(name) != is_link_name(other))
			return;
		SAY("link %s %s", name, other);
		same(T.link(m, name, other), kernel(link(plain(name), plain(other))));
		break;
	case 3:
		SAY("rmdir %s", name);
		same(T.rmdir(m, name), kernel(rmdir(plain(name))));
		break;
	}
}

static void do_names(void)
{
	const char *name = any_name(), *other = any_name();
	unsigned int flags = suite_random() % 3;
	char a[300] = "", b[300] = "";
	struct stat sa, sb;
	size_t n = 0;
	long ours, theirs;
	int mode = suite_random() % 8;

	switch (suite_random() % 6) {
	case 0:
		SAY("unlink %s", name);
		same(T.unlink(m, name), kernel(unlink(plain(name))));
		break;
	case 1: case 2:
		if (is_link_name(name) != is_link_name(other))
			return;
		SAY("rename %s %s %u", name, other, flags);
		same(T.rename(m, name, other, flags),
		     kernel(renameat2(AT_FDCWD, plain(name), AT_FDCWD, plain(other), flags)));
		break;
	case 3:
		SAY("stat %s", name);
		ours = T.getattr(m, name, &sa, 0);
		theirs = kernel(lstat(plain(name), &sb));
		same(ours, theirs);
		if (!ours && !theirs)
			same_stat(&sa, &sb, false);
		break;
	case 4:
		SAY("readlink %s", name);
		ours = T.readlink(m, name, a, sizeof(a), &n);
		theirs = kernel(readlink(plain(name), b, sizeof(b)));
		same(ours ? ours : (long)n, theirs);
		CHECK(!strcmp(a, b));
		break;
	case 5:
		SAY("access %s %d", name, mode);
		same(T.access(m, name, mode, mode & 1 ? AT_EACCESS : 0),
		     kernel(syscall(SYS_faccessat2, AT_FDCWD, plain(name), mode,
				    (mode & 1 ? AT_EACCESS : 0) | AT_SYMLINK_NOFOLLOW)));
		break;
	}
}

static void do_change(void)
{
	const char *name = any_name();
	mode_t mode = suite_random() % 010000;
	uid_t uid = suite_random() % 4 - 1, gid = suite_random() % 4 - 1;
	struct timespec times[2] = { { suite_random() % 1000, 7 }, { suite_random() % 1000, 9 } };
	off_t size = any_offset();

	if (suite_random() % 3 == 0)
		times[suite_random() % 2].tv_nsec = suite_random() % 2 ? UTIME_NOW : UTIME_OMIT;
	switch (suite_random() % 4) {
	case 0:
		if (is_link_name(name))
			return;
		SAY("chmod %s %o", name, mode | 0300);
		same(T.chmod(m, name, mode | 0300), kernel(chmod(plain(name), mode | 0300)));
		break;
	case 1:
		SAY("chown %s %d %d", name, uid, gid);
		same(T.chown(m, name, uid, gid), kernel(lchown(plain(name), uid, gid)));
		break;
	case 2:
		SAY("utime %s", name);
		same(T.utime(m, name, times),
		     kernel(utimensat(AT_FDCWD, plain(name), times, AT_SYMLINK_NOFOLLOW)));
		break;
	case 3:
		if (is_link_name(name))
			return;
		SAY("truncate %s %ld", name, (long)size);
		same(T.trunc(m, name, size), kernel(truncate(plain(name), size)));
		break;
	}
}

/* "name type\n" of all entries, sorted. */
static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

typedef char entry_t[80];

static int ours_in(uint64_t fh, entry_t *out, size_t size)
{
	char buf[2048];
	size_t written;
	off_t cookie = 0;
	int n = 0, err;

	while (!(err = T.getdirents(m, fh, &cookie, buf, 100 + size, &written)) && written) {
		char *at = buf;

		while (at < buf + written) {
			struct dirent64 *e = (struct dirent64 *)at;

			snprintf(out[n++], sizeof(entry_t), "%s %d", e->d_name, e->d_type);
			at += e->d_reclen;
		}
	}
	qsort(out, n, sizeof(*out), by_text);
	return err ? err : n;
}

static void do_list(void)
{
	entry_t a[40], b[40];
	const char *name = any_name();
	struct dirent *e;
	int n = 0, ours;
	uint64_t fh;
	DIR *dir;

	if (is_link_name(name))
		return;
	SAY("list %s", name);
	dir = opendir(plain(name));
	ours = T.open(m, name, O_RDONLY | O_DIRECTORY, 0, &fh);
	same(ours, dir ? 0 : -errno);
	if (dir && !ours) {
		ours = ours_in(fh, a, suite_random() % 300);
		while ((e = readdir(dir)))
			snprintf(b[n++], sizeof(entry_t), "%s %d", e->d_name, e->d_type);
		qsort(b, n, sizeof(*b), by_text);
		same(ours, n);
		while (n--)
			CHECK(!strcmp(a[n], b[n]));
		T.close(m, fh);
	}
	if (dir)
		closedir(dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void step(void)
{
	bool other = suite_random() % 3 == 0;

	if (other) {
		setfsgid(1);
		setfsuid(1 + suite_random() % 2);
	}
	switch (suite_random() % 8) {
	case 0: do_open(); break;
	case 1: case 2: case 3: do_file(); break;
	case 4: do_make(); break;
	case 5: do_names(); break;
	case 6: do_change(); break;
	case 7: do_list(); break;
	}
	if (other) {
		setfsuid(0);
		setfsgid(0);
	}
}

static void one_run(uint32_t seed)
{
	unsigned long failed = check_failed;
	int i;

	suite_seed(seed);
	snprintf(top, sizeof(top), "/dev/shm/memfs-differ-%d", (int)getpid());
	CHECK(!mkdir(top, 0755));
	CHECK(!chmod(top, 01777));
	m = suite_attach("differ", "size=64M:root=1777");
	for (i = 0; i < STEPS && check_failed < failed + 5; i++)
		step();
	for (i = 0; i < FILES; i++) {
		if (!files[i].open)
			continue;
		T.close(m, files[i].fh);
		close(files[i].fd);
		files[i].open = false;
	}
	CHECK(mf_check(m, true) == 0);
	if (check_failed != failed)
		fprintf(stderr, "\tseed %u\n", seed);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	suite_detach(m);
	suite_remove("differ");
}

void test_differ(unsigned int runs)
{
	mode_t mask = umask(022);
	unsigned int i;

	if (geteuid()) {
		fprintf(stderr, "differ: needs root\n");
		return;
	}
	for (i = 1; i <= runs; i++)
		one_run(i);
	umask(mask);
}
