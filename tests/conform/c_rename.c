// SPDX-License-Identifier: GPL-2.0
/* Renaming: over what, into what, with flags, while it is open. */
#include "conform.h"

#include <linux/fs.h>
#include <sys/syscall.h>

static int rename_flags(const char *from, const char *to, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void fill(void)
{
	put("f", "file f", 0644);
	put("g", "file g", 0600);
	mkdir("d", 0755);
	mkdir("e", 0755);
	mkdir("full", 0755);
	put("full/x", "x", 0644);
	symlink("f", "l");
}

static void plain(void)
{
	int d;

	fill();
	R(rename("f", "new"));
	SEE("new");
	S("f");
	R(rename("new", "g"));
	SEE("g");
	SEE_BACK("g");
	R(rename("none", "x"));
	R(rename("g", "none/x"));
	R(rename("g", "d"));
	R(rename("d", "g"));
	R(rename("d", "full"));
	R(rename("d", "e"));
	R(rename("full", "e"));
	S("e");
	R(rename("e", "e/sub"));
	R(rename("e", "e/../e/x"));
	R(rename("e/x", "x"));
	R(rename("x", "e/x/y"));
	R(rename("x", "x"));
	R(rename(".", "y"));
	R(rename("e", "."));
	R(rename("e", ".."));
	R(rename("", "y"));
	R(rename("x", ""));
	R(rename("x", "trailing/"));
	R(rename("x/", "y"));
	R(rename("e/", "dir/"));
	R(rename("l", "l2"));
	SEE("l2");
	R(rename("x", "l2"));
	SEE("l2");
	R(link("l2", "hard"));
	R(rename("l2", "hard"));
	L(".");
	d = R(open("dir", O_RDONLY));
	R(renameat(AT_FDCWD, "hard", d, "in"));
	R(renameat(d, "in", AT_FDCWD, "hard"));
	L("dir");
	SEE(".");
	L(on_back("."));
}

static void flags(void)
{
	fill();
	R(rename_flags("f", "g", RENAME_NOREPLACE));
	R(rename_flags("f", "new", RENAME_NOREPLACE));
	R(rename_flags("new", "d", RENAME_NOREPLACE));
	R(rename_flags("new", "l", RENAME_NOREPLACE));
	R(rename_flags("none", "z", RENAME_NOREPLACE));
	R(rename_flags("new", "g", RENAME_EXCHANGE));
	SEE("new");
	SEE("g");
	R(rename_flags("new", "full", RENAME_EXCHANGE));
	SEE("full");
	SEE("new");
	R(rename_flags("full", "none", RENAME_EXCHANGE));
	R(rename_flags("new", "new/x", RENAME_EXCHANGE));
	R(rename_flags("g", "g", RENAME_EXCHANGE));
	R(rename_flags("g", "l", RENAME_EXCHANGE));
	SEE("l");
	SEE("g");
	R(rename_flags("g", "l", RENAME_EXCHANGE | RENAME_NOREPLACE));
	R(rename_flags("g", "l", 0x80));
	R(rename_flags("new/x", "d/y", RENAME_EXCHANGE));
	R(rename_flags("new/x", "d/y", RENAME_NOREPLACE));
	L(".");
	L("d");
	L("new");
	L(on_back("."));
}

static void open_files(void)
{
	char buf[20], path[PATH_MAX], link[PATH_MAX];
	int f, g, d, x;
	long n;

	fill();
	f = R(open("f", O_RDWR));
	g = R(open("g", O_RDWR));
	d = R(open("full", O_RDONLY));
	x = R(open("full/x", O_RDWR));
	R(rename("f", "moved"));
	R(write(f, "F", 1));
	FS(f);
	SEE("moved");
	R(rename("moved", "g"));
	FS(g);
	X(buf, R(read(g, buf, 20)));
	R(write(g, "!", 1));
	SEE("g");
	R(rename("full", "filled"));
	R(openat(d, "x", O_RDONLY));
	R(pwrite(x, "yy", 2, 0));
	SEE("filled/x");
	S("full");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", x);
	n = readlink(path, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	say("ends with %s", n > 9 ? link + n - 9 : link);
	R(unlink("filled/x"));
	n = readlink(path, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	say("ends with %s", n > 9 ? link + n - 9 : link);
	R(mkdir("full", 0755));
	put("full/x", "new one", 0644);
	X(buf, R(pread(x, buf, 20, 0)));
	SEE("full/x");
	L("filled");
	FS(d);
}

static void crossing(void)
{
	char there[PATH_MAX];

	fill();
	if (!dir_else)
		return;
	snprintf(there, sizeof(there), "%.4000s/crossing", dir_else);
	R(rename("f", there));
	R(link("f", there));
	R(rename("d", there));
	close(creat(there, 0644));
	R(rename(there, "x"));
	R(link(there, "x"));
	R(rename_flags(there, "f", RENAME_EXCHANGE));
	R(unlink(there));
	R(rename("f", dir_else));
	L(".");
}

static void permissions(void)
{
	fill();
	R(mkdir("sticky", 01777));
	put("sticky/f", "root's", 0666);
	R(mkdir("open", 0777));
	put("open/f", "root's", 0666);
	CHILD_NOBODY {
		R(rename("f", "x"));
		R(rename("open/f", "open/g"));
		R(rename("open/g", "sticky/g"));
		R(rename("sticky/f", "open/f"));
		R(rename("f", "open/f"));
		R(mkdir("open/mine", 0755));
		R(rename("open/mine", "sticky/mine"));
		R(rename("full", "open/full"));
	}
	SEE("open");
	SEE("sticky");
}

static void both_rename(void)
{
	char buf[20];
	int fd = -1;

	ON(A) {
		fill();
		fd = R(open("f", O_RDWR));
	}
	ON(B) {
		R(rename("f", "g"));
		R(rename("full", "d/inner"));
		S("f");
	}
	ON(A) {
		S("f");
		SEE("g");
		R(open("full/x", O_RDONLY));
		SEE("d/inner/x");
		R(write(fd, "new", 3));
		FS(fd);
		R(rename_flags("g", "d", RENAME_EXCHANGE));
	}
	ON(B) {
		SEE("d");
		L("g");
		fd = R(open("d", O_RDONLY));
		R(rename("g", "h"));
	}
	ON(A) {
		R(rename("d", "last"));
		L("h");
		SEE("last");
		L(".");
	}
	ON(B) {
		X(buf, R(read(fd, buf, 20)));
		FS(fd);
		L(".");
		R(rename(on_back("last"), on_back("behind")));
		S("last");
		SEE("behind");
	}
	ON(A) {
		S("last");
		SEE("behind");
		FS(fd);
	}
}

const struct scenario c_rename[] = {
	{ "rename-plain", plain, 0 },
	{ "rename-flags", flags, 0 },
	{ "rename-open", open_files, 0 },
	{ "rename-crossing", crossing, 0 },
	{ "rename-permissions", permissions, 0 },
	{ "rename-both", both_rename, 1 },
	{ 0 },
};
