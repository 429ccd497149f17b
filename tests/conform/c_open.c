// SPDX-License-Identifier: GPL-2.0
/* Opening: flags, modes, what follows links, what makes files. */
#include "conform.h"

#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static void create(void)
{
	int fd;

	fd = R(open("a", O_CREAT | O_RDWR, 0666));
	FS(fd);
	R(write(fd, "hello", 5));
	SEE("a");
	SEE_BACK("a");
	R(close(fd));
	SEE("a");
	umask(077);
	R(close(R(creat("b", 0666))));
	umask(0);
	R(close(R(open("c", O_CREAT | O_WRONLY, 07777))));
	R(close(R(open("d", O_CREAT | O_RDWR, 0))));
	fd = R(open("e", O_CREAT | O_RDWR, 0400));
	R(write(fd, "x", 1));
	R(close(fd));
	SEE("b");
	SEE("c");
	SEE("d");
	SEE("e");
	L(".");
	L(on_back("."));
	/* An existing file keeps its mode. */
	R(close(R(open("b", O_CREAT | O_RDWR, 0777))));
	S("b");
}

static void exclusive(void)
{
	put("f", "text", 0644);
	mkdir("d", 0755);
	symlink("f", "good");
	symlink("nowhere", "bad");
	R(open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
	R(open("d", O_CREAT | O_EXCL | O_RDWR, 0644));
	R(open("good", O_CREAT | O_EXCL | O_RDWR, 0644));
	R(open("bad", O_CREAT | O_EXCL | O_RDWR, 0644));
	R(open("f", O_EXCL | O_RDONLY));
	R(open("new", O_CREAT | O_EXCL | O_RDWR, 0644));
	SEE("f");
	SEE("new");
	/* Through the link that leads nowhere the file is made where it points. */
	R(open("bad", O_CREAT | O_RDWR, 0644));
	SEE("nowhere");
	SEE("bad");
}

static void truncating(void)
{
	int fd, keep;

	put("f", "0123456789", 0644);
	keep = R(open("f", O_RDONLY));
	fd = R(open("f", O_TRUNC | O_WRONLY));
	FS(keep);
	R(write(fd, "ab", 2));
	FS(keep);
	SEE("f");
	R(close(fd));
	R(close(R(creat("f", 0600))));
	SEE("f");
	put("ro", "kept", 0444);
	CHILD_NOBODY {
		R(open("ro", O_WRONLY | O_TRUNC));
		R(open("f", O_RDWR | O_TRUNC));
	}
	SEE("ro");
	R(close(keep));
}

static void types(void)
{
	struct sockaddr_un a = { AF_UNIX, "sock" };
	int fd, s;

	mkdir("d", 0755);
	put("f", "x", 0644);
	R(open("d", O_RDONLY));
	R(open("d", O_WRONLY));
	R(open("d", O_RDWR));
	R(open("d", O_RDONLY | O_CREAT, 0644));
	R(open("d", O_RDONLY | O_TRUNC));
	R(open("f", O_RDONLY | O_DIRECTORY));
	R(open("f", O_CREAT | O_DIRECTORY, 0644));
	R(open("none", O_RDONLY | O_DIRECTORY));
	R(open("f/", O_RDONLY));
	R(open("d/", O_RDONLY));
	R(open("new/", O_CREAT | O_RDWR, 0644));
	R(open(".", O_RDONLY));
	R(open("", O_RDONLY));
	R(open("d/../f", O_RDONLY));
	R(open("f/../f", O_RDONLY));
	R(mkfifo("fifo", 0640));
	fd = R(open("fifo", O_RDWR | O_NONBLOCK));
	R(write(fd, "pipe", 4));
	SEE("fifo");
	R(close(fd));
	R(open("fifo", O_WRONLY | O_NONBLOCK));
	R(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	S("null");
	fd = R(open("null", O_RDWR));
	R(write(fd, "gone", 4));
	R(close(fd));
	R(mknod("plain", S_IFREG | 0604, 0));
	SEE("plain");
	s = R(socket(AF_UNIX, SOCK_STREAM, 0));
	R(bind(s, (struct sockaddr *)&a, sizeof(a)));
	R(listen(s, 1));
	S("sock");
	R(open("sock", O_RDONLY));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	R(connect(fd, (struct sockaddr *)&a, sizeof(a)));
	L(".");
}

static void flags(void)
{
	static const int list[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_APPEND,
		O_RDONLY | O_NONBLOCK, O_RDWR | O_SYNC, O_RDWR | O_DSYNC,
		O_RDONLY | O_NOATIME, O_RDONLY | O_NOCTTY, O_RDWR | O_CLOEXEC,
		O_RDONLY | O_ASYNC, O_WRONLY | O_CREAT | O_NOFOLLOW, 3,
	};
	unsigned int i;
	int fd;

	put("f", "x", 0644);
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		say("flags %#o", list[i]);
		fd = R(open("f", list[i], 0644));
		R(fcntl(fd, F_GETFL));
		R(fcntl(fd, F_GETFD));
		R(close(fd));
	}
	fd = R(open("f", O_RDWR));
	R(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	R(fcntl(fd, F_GETFL));
	R(fcntl(fd, F_SETFL, O_NOATIME));
	R(fcntl(fd, F_GETFL));
	R(fcntl(fd, F_SETFD, FD_CLOEXEC));
	R(fcntl(fd, F_GETFD));
	R(fcntl(fd, 12345, 0));
	R(close(fd));
}

static void no_follow(void)
{
	int fd;

	put("f", "x", 0644);
	mkdir("d", 0755);
	put("d/g", "y", 0644);
	symlink("f", "l");
	symlink("d", "dl");
	R(open("l", O_RDONLY | O_NOFOLLOW));
	R(open("l", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644));
	R(open("dl", O_RDONLY | O_NOFOLLOW));
	R(open("dl", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	R(open("dl/g", O_RDONLY | O_NOFOLLOW));
	R(open("dl/", O_RDONLY | O_NOFOLLOW));
	fd = R(open("l", O_PATH | O_NOFOLLOW));
	FS(fd);
	R(read(fd, &fd, 1));
	R(close(fd));
}

static void path_only(void)
{
	char buf[8];
	int fd, d, again;

	mkdir("d", 0755);
	put("d/g", "text", 0644);
	d = R(open("d", O_PATH));
	fd = R(openat(d, "g", O_PATH));
	FS(d);
	FS(fd);
	R(read(fd, buf, 4));
	R(write(fd, "x", 1));
	R(fchmod(fd, 0600));
	R(ftruncate(fd, 0));
	R(fcntl(fd, F_GETFL));
	R(fsync(fd));
	R(lseek(fd, 0, SEEK_SET));
	R(fchdir(d));
	R(access("g", R_OK));
	R(chdir(".."));
	snprintf(buf, sizeof(buf), "%d", fd);
	again = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	again = R(openat(again, buf, O_RDONLY));
	R(read(again, buf, 8));
	X(buf, 4);
	R(mkdirat(d, "sub", 0700));
	R(openat(d, "new", O_CREAT | O_EXCL | O_RDWR, 0640));
	R(unlinkat(d, "g", 0));
	SEE("d");
	SEE("d/new");
}

static void temporary(void)
{
	char name[40];
	int fd;

	fd = R(open(".", O_TMPFILE | O_RDWR, 0600));
	R(write(fd, "unnamed", 7));
	FS(fd);
	L(".");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	SEE("named");
	R(close(fd));
	fd = R(open(".", O_TMPFILE | O_EXCL | O_RDWR, 0600));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, name, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
	R(open(".", O_TMPFILE | O_RDONLY, 0600));
	R(open("named", O_TMPFILE | O_RDWR, 0600));
	L(".");
}

static void reopened(void)
{
	char name[40], buf[16], link[PATH_MAX];
	int fd, again;
	long n;

	put("f", "0123456789", 0644);
	fd = R(open("f", O_RDONLY));
	R(read(fd, buf, 4));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	say("the name of it ends with %s", strrchr(link, '/'));
	again = R(open(name, O_RDWR));
	R(read(again, buf, 4));
	X(buf, 4);
	R(write(again, "xx", 2));
	SEE("f");
	R(close(again));
	R(unlink("f"));
	again = R(open(name, O_RDONLY));
	R(read(again, buf, 16));
	FS(again);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	R(stat(name, &(struct stat){ 0 }));
	R(truncate(name, 3));
	FS(fd);
}

static void relative(void)
{
	struct open_how how = { .flags = O_RDONLY,
				.resolve = RESOLVE_BENEATH };
	char path[PATH_MAX], cwd[PATH_MAX];
	int d;

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("d/e/f", "deep", 0644);
	d = R(open("d", O_RDONLY | O_DIRECTORY));
	R(openat(d, "e/f", O_RDONLY));
	R(openat(d, "e/../e/./f", O_RDONLY));
	R(openat(d, "..", O_RDONLY));
	R(openat(d, "new", O_CREAT | O_WRONLY, 0644));
	R(openat(12345, "f", O_RDONLY));
	R(openat(-1, "f", O_RDONLY));
	R(openat(open("d/e/f", O_RDONLY), "x", O_RDONLY));
	if (getcwd(cwd, sizeof(cwd) - 20)) {
		snprintf(path, sizeof(path), "%.4000s/d/e/f", cwd);
		R(open(path, O_RDONLY));
		R(openat(d, path, O_RDONLY));
		R(openat(-1, path, O_RDONLY));
	}
	R(syscall(SYS_openat2, d, "e/f", &how, sizeof(how)));
	R(syscall(SYS_openat2, d, "../d", &how, sizeof(how)));
	how.resolve = RESOLVE_NO_SYMLINKS;
	R(symlink("e", "d/l"));
	R(syscall(SYS_openat2, d, "l/f", &how, sizeof(how)));
	R(openat(d, "l/f", O_RDONLY));
	SEE("d");
}

static void both_create(void)
{
	int fd = -1;

	ON(A) R(open("one", O_CREAT | O_EXCL | O_RDWR, 0600));
	ON(B) R(open("one", O_CREAT | O_EXCL | O_RDWR, 0600));
	ON(B) fd = R(open("two", O_CREAT | O_RDWR, 0640));
	ON(A) {
		fd = R(open("two", O_CREAT | O_RDWR, 0600));
		R(write(fd, "from A", 6));
		FS(fd);
	}
	ON(B) {
		char buf[10];

		FS(fd);
		X(buf, R(read(fd, buf, sizeof(buf))));
		R(write(fd, " and B", 6));
	}
	ON(A) {
		char buf[10];

		X(buf, R(read(fd, buf, sizeof(buf))));
		R(open("two", O_WRONLY | O_TRUNC));
		FS(fd);
	}
	ON(B) {
		FS(fd);
		R(unlink("two"));
		R(close(fd));
	}
	ON(A) {
		FS(fd);
		SEE("two");
		R(open("two", O_RDONLY));
	}
}

const struct scenario c_open[] = {
	{ "open-create", create, 0 },
	{ "open-exclusive", exclusive, 0 },
	{ "open-truncate", truncating, 0 },
	{ "open-types", types, 0 },
	{ "open-flags", flags, 0 },
	{ "open-nofollow", no_follow, 0 },
	{ "open-path", path_only, 0 },
	{ "open-tmpfile", temporary, 0 },
	{ "open-reopen", reopened, 0 },
	{ "open-relative", relative, 0 },
	{ "open-both", both_create, 1 },
	{ 0 },
};
