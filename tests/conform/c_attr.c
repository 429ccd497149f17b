// SPDX-License-Identifier: GPL-2.0
/* Attributes: modes, owners, times, access, extended ones; statfs. */
#include "conform.h"

#include <linux/fs.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

static void modes(void)
{
	int fd;

	put("f", "x", 0644);
	mkdir("d", 0755);
	symlink("f", "l");
	R(chmod("f", 0600));
	SEE("f");
	R(chmod("f", 07777));
	S("f");
	R(chmod("f", 0));
	S("f");
	R(chmod("d", 01770));
	SEE("d");
	R(chmod("l", 0640));
	S("f");
	S("l");
	R(chmod("none", 0));
	R(chmod("f/x", 0));
	R(fchmodat(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW));
	R(fchmodat(open("d", O_RDONLY), "../f", 0604, 0));
	fd = R(open("f", O_RDONLY));
	R(fchmod(fd, 0751));
	FS(fd);
	R(fchmod(12345, 0));
	R(unlink("f"));
	R(fchmod(fd, 0700));
	FS(fd);
	put("g", "root's", 0666);
	CHILD_NOBODY {
		R(chmod("g", 0600));
		R(fchmod(R(open("g", O_RDWR)), 0600));
	}
	SEE("g");
	SEE_BACK("g");
}

/* Who writes takes away the set-user-ID bits. */
static void set_ids(void)
{
	put("f", "x", 0);
	R(chmod("f", 06777));
	CHILD_NOBODY {
		int fd = R(open("f", O_WRONLY));

		R(write(fd, "y", 1));
		FS(fd);
	}
	SEE("f");
	R(chmod("f", 06777));
	CHILD_NOBODY R(truncate("f", 0));
	S("f");
	R(chmod("f", 06777));
	CHILD_NOBODY R(open("f", O_WRONLY | O_TRUNC));
	S("f");
	R(chmod("f", 06755));
	R(chown("f", 1, 1));
	S("f");
	/* A directory's group is inherited where it has the bit. */
	R(mkdir("d", 0755));
	R(chown("d", 0, 123));
	R(chmod("d", 02777));
	R(mkdir("d/sub", 0755));
	put("d/g", "x", 0644);
	CHILD_NOBODY {
		R(close(R(open("d/nobodys", O_CREAT | O_WRONLY, 0644))));
		R(mkdir("d/nobodydir", 0755));
	}
	SEE("d");
	S("d/sub");
	S("d/g");
	SEE("d/nobodys");
	S("d/nobodydir");
}

static void owners(void)
{
	int fd;

	put("f", "x", 0644);
	symlink("f", "l");
	R(chown("f", 100, 200));
	SEE("f");
	R(chown("f", -1, 300));
	S("f");
	R(chown("f", 400, -1));
	S("f");
	R(chown("f", -1, -1));
	S("f");
	R(chown("l", 1, 2));
	S("f");
	S("l");
	R(lchown("l", 3, 4));
	S("f");
	S("l");
	R(fchownat(AT_FDCWD, "l", 5, 6, AT_SYMLINK_NOFOLLOW));
	S("l");
	fd = R(open("f", O_RDONLY));
	R(fchown(fd, 7, 8));
	R(fchownat(fd, "", 9, 10, AT_EMPTY_PATH));
	FS(fd);
	R(chown("none", 1, 1));
	R(fchown(12345, 1, 1));
	CHILD_NOBODY {
		R(chown("f", NOBODY, NOBODY));
		R(close(creat("mine", 0644)));
	}
	R(chmod(".", 01777));
	CHILD_NOBODY {
		R(close(R(open("mine", O_CREAT | O_RDWR, 0644))));
		S("mine");
		R(chown("mine", 0, -1));
		R(chown("mine", -1, 0));
		R(chown("mine", NOBODY, NOBODY));
		R(unlink("f"));
		R(rename("f", "x"));
	}
	SEE("mine");
	SEE_BACK("f");
}

static void times_set(void)
{
	struct timespec both[2] = { { 1000000000, 123456789 },
				    { 1100000000, 987654321 } };
	struct timeval tv[2] = { { 5, 6 }, { 7, 8 } };
	struct utimbuf ut = { 11, 22 };
	struct stat st;
	int fd;

#define SHOW() do {							\
	lstat("f", &st);						\
	say("  %ld.%09ld %ld.%09ld", st.st_atim.tv_sec, st.st_atim.tv_nsec, \
	    st.st_mtim.tv_sec, st.st_mtim.tv_nsec);			\
} while (0)
	put("f", "x", 0644);
	symlink("f", "l");
	T("f");
	R(utimensat(AT_FDCWD, "f", both, 0));
	SHOW();
	both[0].tv_nsec = UTIME_OMIT;
	both[1].tv_sec = 42;
	R(utimensat(AT_FDCWD, "f", both, 0));
	SHOW();
	fd = R(open("f", O_RDONLY));
	both[1].tv_nsec = UTIME_OMIT;
	R(futimens(fd, both));
	SHOW();
	R(utimes("f", tv));
	SHOW();
	R(utime("f", &ut));
	SHOW();
	tick();
	R(futimes(fd, tv));
	SHOW();
	T("f");
	tick();
	both[0].tv_nsec = UTIME_NOW;
	R(utimensat(AT_FDCWD, "l", both, 0));
	T("f");
	both[0].tv_nsec = 1;
	both[0].tv_sec = 99;
	R(utimensat(AT_FDCWD, "l", both, AT_SYMLINK_NOFOLLOW));
	T("f");
	both[0].tv_nsec = 2000000000;
	R(utimensat(AT_FDCWD, "f", both, 0));
	both[0] = (struct timespec){ -5, 0 };
	both[1] = (struct timespec){ 5000000000, 1 };
	R(utimensat(AT_FDCWD, "f", both, 0));
	SHOW();
	R(utimensat(AT_FDCWD, "none", both, 0));
	CHILD_NOBODY {
		R(utimensat(AT_FDCWD, "f", both, 0));
		R(utimensat(AT_FDCWD, "f", NULL, 0));
	}
	R(chmod("f", 0666));
	CHILD_NOBODY {
		R(utimensat(AT_FDCWD, "f", both, 0));
		R(utimensat(AT_FDCWD, "f", NULL, 0));
	}
}

/* Which operation moves which time. */
static void times_moved(void)
{
	char buf[10];
	int fd, d;

#define STEP(call) do { tick(); R(call); T("f"); T("."); } while (0)
	STEP(close(fd = R(open("f", O_CREAT | O_RDWR, 0644))));
	fd = R(open("f", O_RDWR));
	STEP(write(fd, "text", 4));
	STEP(write(fd, "", 0));
	STEP(read(fd, buf, 10));
	STEP(pread(fd, buf, 10, 0));
	STEP(ftruncate(fd, 4));
	STEP(ftruncate(fd, 2));
	STEP(truncate("f", 2));
	STEP(chmod("f", 0600));
	STEP(chown("f", 1, 1));
	STEP(link("f", "g"));
	STEP(rename("g", "h"));
	STEP(unlink("h"));
	STEP(symlink("x", "l"));
	STEP(mkdir("d", 0755));
	STEP(rmdir("d"));
	STEP(fsync(fd));
	STEP(lseek(fd, 0, SEEK_SET));
	STEP(close(R(open("f", O_RDONLY))));
	STEP(close(R(open("f", O_WRONLY | O_TRUNC))));
	d = open(".", O_RDONLY | O_NOATIME);
	STEP(fsync(d));
}

static void access_of(const char *who)
{
	static const int modes[] = { F_OK, R_OK, W_OK, X_OK, R_OK | W_OK };
	static const char *const names[] = {
		"all", "none", "read", "exec", "dir", "closed", "closed/f",
		"dangling", "missing", "all/x",
	};
	unsigned int i, k;
	char line[100];

	say("access as %s", who);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int n = 0;

		for (k = 0; k < 5; k++)
			n += snprintf(line + n, sizeof(line) - n, " %s",
				access(names[i], modes[k]) ?
				errno_name(errno) : "0");
		say("  %s:%s", names[i], line);
	}
	R(access("all", 8));
	R(access("", F_OK));
	R(faccessat(AT_FDCWD, "read", W_OK, AT_EACCESS));
	R(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	R(open("none", O_RDONLY));
	R(open("read", O_RDWR));
	R(open("closed/f", O_RDONLY));
	R(open("closed", O_RDONLY));
	R(open("dir/new", O_CREAT | O_RDWR, 0644));
	R(unlink("dir/old"));
	R(mkdir("closed/d", 0755));
	L("closed");
}

static void access_checks(void)
{
	put("all", "x", 0777);
	put("none", "x", 0);
	put("read", "x", 0444);
	put("exec", "x", 0711);
	mkdir("dir", 0755);
	put("dir/old", "x", 0666);
	mkdir("closed", 0700);
	put("closed/f", "x", 0666);
	symlink("nowhere", "dangling");
	CHILD_NOBODY access_of("nobody");
	access_of("root");
	/* Real and effective users differ. */
	CHILD {
		R(seteuid(NOBODY));
		R(access("none", R_OK));
		R(faccessat(AT_FDCWD, "none", R_OK, AT_EACCESS));
		R(open("none", O_RDONLY));
		R(seteuid(0));
		R(open("none", O_RDONLY));
	}
	CHILD {
		R(setfsuid(NOBODY));
		R(open("none", O_RDONLY));
	}
}

static void stat_calls(void)
{
	struct statx sx;
	struct stat st;
	int fd, d;

	put("f", "0123456789", 0640);
	mkdir("d", 0755);
	symlink("f", "l");
	fd = R(open("f", O_RDWR));
	d = R(open("d", O_RDONLY));
	R(stat("l", &st));
	say("  %o %ld", st.st_mode, st.st_size);
	R(lstat("l", &st));
	say("  %o %ld", st.st_mode, st.st_size);
	R(fstatat(d, "../l", &st, AT_SYMLINK_NOFOLLOW));
	say("  %o %ld", st.st_mode, st.st_size);
	R(fstatat(fd, "", &st, AT_EMPTY_PATH));
	say("  %o %ld", st.st_mode, st.st_size);
	R(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	say("  %o", st.st_mode);
	R(fstatat(AT_FDCWD, "", &st, 0));
	R(fstatat(AT_FDCWD, "f", &st, 0x4000000));
	R(stat("none", &st));
	R(stat("f/", &st));
	R(stat("d/", &st));
	R(stat("l/", &st));
	R(fstat(12345, &st));
	R(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	say("  mask %x %o links %u uid %u size %llu blocks %llu", sx.stx_mask & 0x7ff,
	    sx.stx_mode, sx.stx_nlink, sx.stx_uid, sx.stx_size, sx.stx_blocks);
	R(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	say("  size %llu", sx.stx_size);
	R(statx(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC,
		STATX_ALL, &sx));
	say("  %o %llu", sx.stx_mode, sx.stx_size);
	R(statx(AT_FDCWD, "f", 0, 0x80000000, &sx));
	R(statx(AT_FDCWD, "f", 0x8000000, 0, &sx));
	/* One file by all ways: the same answers. */
	R(stat("f", &st));
	R(statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &sx));
	say("  same inode: %d, same times: %d", st.st_ino == sx.stx_ino,
	    st.st_mtim.tv_nsec == sx.stx_mtime.tv_nsec &&
	    st.st_ctim.tv_sec == sx.stx_ctime.tv_sec);
	FS(fd);
	SEE("f");
}

static void extended(void)
{
	char buf[200];
	int fd;

	put("f", "x", 0644);
	fd = R(open("f", O_RDWR));
	R(setxattr("f", "trusted.one", "value", 5, 0));
	R(setxattr("f", "trusted.one", "again", 5, XATTR_CREATE));
	R(setxattr("f", "trusted.two", "x", 1, XATTR_REPLACE));
	R(fsetxattr(fd, "trusted.two", "", 0, 0));
	R(setxattr("f", "user.three", "u", 1, 0));
	R(setxattr("f", "bad", "u", 1, 0));
	X(buf, R(getxattr("f", "trusted.one", buf, 200)));
	R(getxattr("f", "trusted.one", buf, 2));
	R(getxattr("f", "trusted.one", NULL, 0));
	R(fgetxattr(fd, "trusted.two", buf, 200));
	R(getxattr("f", "trusted.none", buf, 200));
	R(getxattr("none", "trusted.one", buf, 200));
	R(listxattr("f", buf, 200));
	R(listxattr("f", NULL, 0));
	CHILD_NOBODY {
		R(getxattr("f", "trusted.one", buf, 200));
		R(setxattr("f", "trusted.one", "x", 1, 0));
		R(listxattr("f", buf, 200));
	}
	R(removexattr("f", "trusted.one"));
	R(removexattr("f", "trusted.one"));
	R(fremovexattr(fd, "trusted.two"));
	R(flistxattr(fd, buf, 200));
	R(symlink("f", "l"));
	R(lsetxattr("l", "trusted.l", "x", 1, 0));
	R(lgetxattr("l", "trusted.l", buf, 200));
	R(getxattr("l", "trusted.l", buf, 200));
	R(getxattr(on_back("f"), "trusted.one", buf, 200));
	R(ioctl(fd, FIONREAD, &buf));
	R(ioctl(fd, FS_IOC_GETFLAGS, &buf) == 0 ? 0 : -1);
	R(isatty(fd));
}

static void file_system(void)
{
	struct statfs a, b;
	struct statvfs v;
	int fd;

	put("f", "x", 0644);
	fd = R(open("f", O_RDONLY));
	R(statfs("f", &a));
	R(fstatfs(fd, &b));
	say("bsize %ld frsize %ld namelen %ld", a.f_bsize, a.f_frsize,
	    a.f_namelen);
	OK(a.f_type == b.f_type && !memcmp(&a.f_fsid, &b.f_fsid, 8));
	OK(a.f_blocks == b.f_blocks && a.f_bfree && a.f_bavail && a.f_files);
	R(statvfs(".", &v));
	say("flag %lx", v.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV));
	R(statfs("none", &a));
	R(statfs("f/x", &a));
	R(fstatfs(12345, &a));
	R(pathconf(".", _PC_NAME_MAX));
	R(pathconf("f", _PC_LINK_MAX) > 0);
}

static void both_attr(void)
{
	int fd = -1;

	ON(A) {
		put("f", "text", 0644);
		fd = R(open("f", O_RDWR));
	}
	ON(B) {
		S("f");
		R(chmod("f", 0600));
		R(chown("f", 5, 6));
	}
	ON(A) {
		FS(fd);
		S("f");
		R(fchmod(fd, 0640));
		R(setxattr("f", "trusted.a", "from A", 6, 0));
	}
	ON(B) {
		char buf[20];

		S("f");
		X(buf, R(getxattr("f", "trusted.a", buf, 20)));
		T("f");
		tick();
		R(utimensat(AT_FDCWD, "f", NULL, 0));
		T("f");
	}
	ON(A) {
		T("f");
		tick();
		R(pwrite(fd, "more and more", 13, 0));
		T("f");
	}
	ON(B) T("f");
	ON(A) {
		R(chmod(on_back("f"), 0444));
		FS(fd);
		S("f");
	}
	ON(B) S("f");
}

const struct scenario c_attr[] = {
	{ "attr-mode", modes, 0 },
	{ "attr-setid", set_ids, 0 },
	{ "attr-owner", owners, 0 },
	{ "attr-times", times_set, 0 },
	{ "attr-times-moved", times_moved, 0 },
	{ "attr-access", access_checks, 0 },
	{ "attr-stat", stat_calls, 0 },
	{ "attr-extended", extended, 0 },
	{ "attr-statfs", file_system, 0 },
	{ "attr-both", both_attr, 1 },
	{ 0 },
};
