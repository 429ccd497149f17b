// SPDX-License-Identifier: GPL-2.0
/* Links of both kinds, and names that go while the file stays. */
#include "conform.h"

static void hard(void)
{
	char name[40];
	int fd;

	put("f", "text", 0644);
	mkdir("d", 0755);
	symlink("f", "l");
	symlink("nowhere", "bad");
	R(link("f", "g"));
	SEE("f");
	SEE("g");
	fd = R(open("g", O_WRONLY | O_APPEND));
	R(write(fd, "+", 1));
	FS(fd);
	SEE("f");
	R(link("f", "g"));
	R(link("none", "x"));
	R(link("d", "x"));
	R(link("f", "d"));
	R(link("f", "d/h"));
	R(link("f", "none/x"));
	R(link("f/x", "y"));
	R(link("f", "x/"));
	R(link("l", "ll"));
	S("ll");
	R(linkat(AT_FDCWD, "l", AT_FDCWD, "lf", AT_SYMLINK_FOLLOW));
	S("lf");
	R(linkat(AT_FDCWD, "bad", AT_FDCWD, "lb", AT_SYMLINK_FOLLOW));
	R(linkat(AT_FDCWD, "f", AT_FDCWD, "x", 0x4321));
	R(linkat(fd, "", AT_FDCWD, "empty", AT_EMPTY_PATH));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	R(linkat(AT_FDCWD, name, AT_FDCWD, "proc", AT_SYMLINK_FOLLOW));
	SEE("d/h");
	SEE_BACK("d/h");
	R(unlink("f"));
	S("g");
	L(".");
	if (dir_else) {
		snprintf(name, sizeof(name), "%.30s/x", dir_else);
		R(link("g", name) < 0 && errno == EXDEV);
	}
}

static void symbolic(void)
{
	char target[4200], buf[4200];
	int fd;

	put("f", "text", 0644);
	mkdir("d", 0755);
	put("d/g", "below", 0644);
	R(symlink("f", "l"));
	R(symlink("d", "dl"));
	R(symlink("../f", "d/up"));
	R(symlink("", "empty"));
	R(symlink("x", "l"));
	R(symlink("x", "d"));
	R(symlink("x", "none/l"));
	R(symlink("x", "f/l"));
	SEE("l");
	SEE("dl");
	S("dl/g");
	S("dl/up");
	R(open("dl/up", O_RDONLY));
	R(open("dl/../f", O_RDONLY));
	X(buf, R(readlink("l", buf, sizeof(buf))));
	X(buf, R(readlink("d/up", buf, 2)));
	R(readlink("l", buf, 0));
	R(readlink("f", buf, 10));
	R(readlink("d", buf, 10));
	R(readlink("none", buf, 10));
	R(readlink("dl/", buf, 10));
	R(readlink("l", (void *)8, 10));
	fd = R(open("l", O_PATH | O_NOFOLLOW));
	X(buf, R(readlinkat(fd, "", buf, 10)));
	fd = R(open("d", O_RDONLY));
	X(buf, R(readlinkat(fd, "up", buf, 10)));
	R(symlinkat("at", fd, "made"));
	SEE("d/made");
	memset(target, 't', sizeof(target));
	target[4095] = 0;
	R(symlink(target, "long"));
	X(buf, R(readlink("long", buf, sizeof(buf))));
	S("long");
	target[4095] = 't';
	target[4096] = 0;
	R(symlink(target, "too-long"));
	R(open("long", O_RDONLY));
	R(symlink("new\nline\xff", "odd"));
	SEE("odd");
	/* Out of the file system, and back in. */
	R(symlink("/proc/self/status", "out"));
	fd = R(open("out", O_RDONLY));
	R(read(fd, buf, 5));
	X(buf, 5);
	R(symlink("/etc", "etc"));
	R(access("etc/passwd", R_OK));
	R(access("etc/../etc/passwd", R_OK));
	if (getcwd(target, 4000)) {
		strcat(target, "/d");
		R(symlink(target, "back"));
		R(open("back/g", O_RDONLY));
		L("back/");
	}
	R(unlink("dl"));
	R(unlink("dl/g"));
	L(".");
	L("d");
	L(on_back("."));
}

static void loops(void)
{
	char name[20], next[20];
	int i;

	symlink("self", "self");
	symlink("pong", "ping");
	symlink("ping", "pong");
	put("end", "at last", 0644);
	symlink("end", "n0");
	for (i = 1; i < 50; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(next, sizeof(next), "n%d", i - 1);
		symlink(next, name);
	}
	R(open("self", O_RDONLY));
	R(open("self/x", O_RDONLY));
	R(open("ping", O_CREAT | O_RDWR, 0644));
	R(stat("ping", &(struct stat){ 0 }));
	R(access("ping", F_OK));
	R(chmod("self", 0));
	R(truncate("self", 0));
	R(chown("self", 1, 1));
	R(unlink("self/x"));
	R(rename("self/x", "y"));
	R(mkdir("self", 0755));
	R(chdir("self"));
	R(open("n39", O_RDONLY));
	R(open("n40", O_RDONLY));
	R(open("n49", O_RDONLY));
	S("n49");
	R(symlink("d/loop/loop", "chain"));
	R(mkdir("d", 0755));
	R(symlink("../d", "d/loop"));
	R(open("chain/loop/loop", O_RDONLY));
	R(unlink("self"));
	L(".");
}

static void unlinking(void)
{
	char buf[20];
	int fd, second;

	put("f", "still here", 0644);
	put("g", "x", 0644);
	mkdir("d", 0755);
	symlink("g", "l");
	fd = R(open("f", O_RDWR));
	R(unlink("f"));
	FS(fd);
	X(buf, R(read(fd, buf, 20)));
	R(write(fd, ", more", 6));
	R(ftruncate(fd, 12));
	FS(fd);
	X(buf, R(pread(fd, buf, 20, 0)));
	R(fchmod(fd, 0600));
	R(fsync(fd));
	S("f");
	R(open("f", O_RDONLY));
	/* The name again: another file. */
	second = R(open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
	R(write(second, "new", 3));
	FS(second);
	FS(fd);
	X(buf, R(pread(fd, buf, 20, 0)));
	SEE("f");
	SEE_BACK("f");
	R(close(fd));
	R(unlink("d"));
	R(unlink("l"));
	S("g");
	R(unlink("none"));
	R(unlink("g/x"));
	R(unlink("g/"));
	R(unlink(""));
	R(unlink("."));
	R(unlink("none/x"));
	R(link("g", "h"));
	fd = R(open("h", O_RDONLY));
	R(unlink("h"));
	FS(fd);
	R(unlink("g"));
	FS(fd);
	L(".");
	CHILD_NOBODY R(unlink("f"));
}

static void both_links(void)
{
	char buf[20];
	int fd = -1;

	ON(A) {
		put("f", "one file", 0644);
		fd = R(open("f", O_RDWR));
	}
	ON(B) {
		R(link("f", "g"));
		R(unlink("f"));
		R(symlink("g", "l"));
	}
	ON(A) {
		FS(fd);
		S("f");
		S("g");
		R(open("f", O_RDONLY));
		X(buf, R(readlink("l", buf, 20)));
		R(pwrite(fd, "ONE", 3, 0));
	}
	ON(B) {
		int l = R(open("l", O_RDONLY));

		X(buf, R(read(l, buf, 20)));
		R(unlink("g"));
		FS(l);
		put("g", "another", 0600);
		R(pread(l, buf, 3, 0));
		X(buf, 3);
	}
	ON(A) {
		FS(fd);
		SEE("g");
		X(buf, R(pread(fd, buf, 20, 0)));
		R(unlink(on_back("g")));
		S("g");
		SEE("l");
		R(open("l", O_RDONLY));
	}
	ON(B) {
		S("g");
		L(".");
	}
}

const struct scenario c_link[] = {
	{ "link-hard", hard, 0 },
	{ "link-symbolic", symbolic, 0 },
	{ "link-loops", loops, 0 },
	{ "link-unlink", unlinking, 0 },
	{ "link-both", both_links, 1 },
	{ 0 },
};
