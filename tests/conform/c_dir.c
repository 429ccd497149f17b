// SPDX-License-Identifier: GPL-2.0
/* Directories: made, removed, listed, walked, with every kind of name. */
#include "conform.h"

#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <sys/syscall.h>

static void make(void)
{
	int fd;

	R(mkdir("d", 0755));
	R(mkdir("d", 0755));
	R(mkdir("d/e/f", 0755));
	R(mkdir("d/e", 01777));
	R(mkdir("d/trailing///", 0700));
	R(mkdir("", 0755));
	R(mkdir(".", 0755));
	R(mkdir("d/.", 0755));
	R(mkdir("d/..", 0755));
	R(mkdir("/", 0755));
	umask(027);
	R(mkdir("masked", 07777));
	put("f", "x", 0644);
	R(mkdir("f", 0755));
	R(mkdir("f/x", 0755));
	symlink("nowhere", "l");
	R(mkdir("l", 0755));
	fd = R(open("d", O_RDONLY | O_DIRECTORY));
	R(mkdirat(fd, "at", 0711));
	R(mkdirat(12345, "at", 0711));
	SEE(".");
	SEE("d");
	SEE("d/e");
	SEE("masked");
	SEE_BACK("masked");
	S(".");
	L(on_back("d"));
}

static void removal(void)
{
	int fd;

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("f", "x", 0644);
	symlink("d", "l");
	R(rmdir("d"));
	R(rmdir("d/."));
	R(rmdir("d/e/.."));
	R(rmdir("."));
	R(rmdir("f"));
	R(rmdir("l"));
	R(rmdir("l/"));
	R(rmdir("none"));
	R(rmdir("f/x"));
	R(rmdir(""));
	R(rmdir("/"));
	R(unlink("d"));
	R(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	R(unlinkat(AT_FDCWD, "d", 0));
	R(unlinkat(AT_FDCWD, "d", 0x1234));
	fd = R(open("d/e", O_RDONLY));
	R(rmdir("d/e"));
	FS(fd);
	R(openat(fd, "x", O_CREAT | O_RDWR, 0644));
	R(mkdirat(fd, "x", 0755));
	R(openat(fd, "..", O_RDONLY));
	R(fchmod(fd, 0700));
	R(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	SEE("d");
	L(".");
}

/* One pass with a given buffer: which names, how often. */
static void pass(int fd, size_t size)
{
	static char buf[32768];
	struct dirent64 *e;
	unsigned long sum = 0;
	int n = 0;
	long got, at;

	lseek(fd, 0, SEEK_SET);
	while ((got = syscall(SYS_getdents64, fd, buf, size)) > 0)
		for (at = 0; at < got; at += e->d_reclen) {
			e = (struct dirent64 *)(buf + at);
			sum += hash(e->d_name, strlen(e->d_name), 7) *
			       (e->d_type + 1);
			n++;
		}
	say("buffers of %zu: %d entries, sum %lx, end %s", size, n, sum,
	    got ? errno_name(errno) : "0");
}

static void listing(void)
{
	char name[40], buf[10];
	int i, fd;

	/* By name, and by ".", which a library is not asked for. */
	mkdir("d", 0755);
	for (i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "d/%.*s%d", i % 30,
			 "abcdefghijklmnopqrstuvwxyzabcdefg", i);
		if (i % 7)
			put(name, "", 0644);
		else
			mkdir(name, 0755);
	}
	symlink("x", "d/link");
	mkfifo("d/fifo", 0644);
	fd = R(open("d", O_RDONLY));
	pass(fd, 32768);
	pass(fd, 600);
	pass(fd, 100);
	pass(fd, 24);
	R(syscall(SYS_getdents64, fd, buf, 0));
	lseek(fd, 0, SEEK_SET);
	R(syscall(SYS_getdents64, fd, (void *)8, 1000));
	R(syscall(SYS_getdents64, 12345, buf, 1000));
	R(syscall(SYS_getdents64, R(open("d/fifo", O_RDWR)), buf, 1000));
	L("d");
	SEE("d");
	R(chdir("d"));
	fd = R(open(".", O_RDONLY));
	pass(fd, 600);
	L(".");
	R(chdir(".."));
}

static void seek_in(const char *where)
{
	long at[12];
	char names[12][20];
	struct dirent *e;
	int i, n = 0, same = 0, fd;
	DIR *d;

	d = opendir(where);
	for (i = 0; i < 12; i++) {
		at[i] = telldir(d);
		e = readdir(d);
		if (!e)
			break;
		strcpy(names[n++], e->d_name);
	}
	OK(!readdir(d));
	say("%d entries", n);
	for (i = n - 1; i >= 0; i--) {
		seekdir(d, at[i]);
		e = readdir(d);
		same += e && !strcmp(e->d_name, names[i]);
	}
	say("%d found again", same);
	rewinddir(d);
	e = readdir(d);
	OK(e && !strcmp(e->d_name, names[0]));
	put("d/later", "", 0644);
	rewinddir(d);
	for (n = 0; readdir(d); n++)
		;
	say("%d after one was added", n);
	fd = dirfd(d);
	FS(fd);
	R(closedir(d));
	d = fdopendir(R(open(where, O_RDONLY)));
	for (n = 0; readdir(d); n++)
		;
	say("%d by fdopendir", n);
	closedir(d);
	OK(fdopendir(open("d/later", O_RDONLY)));
	unlink("d/later");
}

static void seeking(void)
{
	char name[20];
	int i;

	mkdir("d", 0755);
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "d/entry%d", i);
		put(name, "", 0644);
	}
	seek_in("d");
	R(chdir("d"));
	symlink(".", "d");	/* for "d/later" */
	R(unlink("entry9"));
	seek_in(".");
}

static void changing(void)
{
	char name[20];
	struct dirent *e;
	int i, seen = 0;
	DIR *d;

	mkdir("d", 0755);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		put(name, "", 0644);
	}
	/* As rm -r does it. */
	d = opendir("d");
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		seen++;
		if (unlinkat(dirfd(d), e->d_name, 0))
			say("unlinkat %s: %s", e->d_name, errno_name(errno));
	}
	closedir(d);
	say("%d removed in one pass", seen);
	L("d");
	R(rmdir("d"));
}

static void removed(void)
{
	char buf[1000];
	DIR *d;
	int fd;

	mkdir("d", 0755);
	put("d/f", "x", 0644);
	d = opendir("d");
	fd = dirfd(d);
	R(unlink("d/f"));
	R(rmdir("d"));
	R(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	FS(fd);
	R(fchdir(fd));
	OK(getcwd(buf, sizeof(buf)));
	R(open("x", O_CREAT | O_RDWR, 0644));
	R(open(".", O_RDONLY));
	R(access("..", R_OK));
	R(chdir(".."));
	L(".");
}

static const char *tail(const char *path, int n)
{
	const char *p = path + strlen(path);

	while (p > path && n)
		n -= *--p == '/';
	return p;
}

static void working(void)
{
	char cwd[PATH_MAX], small[4];
	int fd, home = open(".", O_RDONLY);

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("d/e/f", "x", 0644);
	put("f", "y", 0644);
	symlink("d/e", "l");
	R(chdir("f"));
	R(chdir("none"));
	R(chdir(""));
	R(chdir("l"));
	OK(getcwd(cwd, sizeof(cwd)));
	say("in %s", tail(cwd, 3));
	OK(getcwd(small, sizeof(small)));
	S("f");
	R(open("f", O_RDONLY));
	R(open("../../f", O_RDONLY));
	R(chdir(".."));
	OK(getcwd(cwd, sizeof(cwd)));
	say("in %s", tail(cwd, 2));
	R(rename("../d", "../moved"));
	OK(getcwd(cwd, sizeof(cwd)));
	say("in %s", tail(cwd, 2));
	R(open("e/f", O_RDONLY));
	fd = R(open("e", O_RDONLY));
	R(fchdir(fd));
	R(access("f", F_OK));
	R(fchdir(open("f", O_RDONLY)));
	R(fchdir(12345));
	OK(realpath("../../l", cwd));
	R(fchdir(home));
	OK(realpath("moved/../moved/./e/f", cwd));
	say("is %s", tail(cwd, 3));
	R(mkdir("closed", 0700));
	CHILD_NOBODY {
		R(chdir("closed"));
		R(chdir("moved"));
		R(open("closed/x", O_RDONLY));
	}
	CHILD {
		R(chdir("moved/e"));
		R(chroot("."));
		R(open("/f", O_RDONLY));
		R(open("/../../f", O_RDONLY));
		R(chdir("/"));
		OK(getcwd(cwd, sizeof(cwd)));
		say("in %s", cwd);
	}
}

static void names(void)
{
	static const char *const odd[] = {
		"new\nline", "\xff\xfe\x80", "sp ace", "tab\t", "\\back", "-rf",
		"*", "...", " ", "\x01", "%s%n", "\xc3\xa4", "a\x7f", "'\"`$",
	};
	char name[300], path[310];
	unsigned int i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		put(odd[i], odd[i], 0644);
		SEE(odd[i]);
	}
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	R(mkdir(name, 0755));
	snprintf(path, sizeof(path), "%s/f", name);
	R(close(creat(path, 0644)));
	S(path);
	name[255] = 'n';
	name[256] = 0;
	R(mkdir(name, 0755));
	R(open(name, O_CREAT | O_RDWR, 0644));
	R(access(name, F_OK));
	R(stat(name, &(struct stat){ 0 }));
	R(unlink(name));
	R(rename("*", name));
	R(symlink("x", name));
	R(link("*", name));
	L(".");
	L(on_back("."));
	SEE(".");
}

/* The longest path: 4095 bytes, from the current directory. */
static void deep(void)
{
	char path[4200] = "", cwd[5000];
	int n = 0, i, fd;

	for (i = 0; i < 40; i++) {
		memset(path + n, 'a' + i % 26, 100);
		path[n + 100] = 0;
		if (mkdir(path, 0755)) {
			say("at %d: %s", n, errno_name(errno));
			break;
		}
		path[n + 100] = '/';
		n += 101;
	}
	say("%d bytes deep", n);
	memset(path + n, 'f', 4200 - n);
	path[4095] = 0;
	R(close(open(path, O_CREAT | O_RDWR, 0644)));
	R(access(path, F_OK));
	R(stat(path, &(struct stat){ 0 }));
	path[4095] = 'f';
	path[4096] = 0;
	R(open(path, O_CREAT | O_RDWR, 0644));
	R(access(path, F_OK));
	path[n] = 0;
	L(path);
	/* And below it, step by step. */
	R(chdir(path));
	R(mkdir("below", 0755));
	R(chdir("below"));
	memset(cwd, 'b', 250);
	cwd[250] = 0;
	R(mkdir(cwd, 0755));
	R(chdir(cwd));
	fd = R(open("f", O_CREAT | O_RDWR, 0644));
	R(write(fd, "deep", 4));
	R(open("../../below", O_RDONLY));
	S("f");
	OK(getcwd(cwd, sizeof(cwd)));
	OK(getcwd(cwd, 4000));
	L(".");
}

static unsigned long walked, walked_sum;

static int visit(const char *path, const struct stat *st, int type, struct FTW *f)
{
	walked++;
	walked_sum += hash(path, strlen(path), type * 100 + f->level) *
		      (S_ISDIR(st->st_mode) ? 1 : st->st_size + 2);
	return 0;
}

static void library(void)
{
	char template[] = "tmp.XXXXXX", dir[] = "dir.XXXXXX";
	struct dirent **list;
	glob_t g;
	int fd, i, n;

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("d/e/one.c", "1", 0644);
	put("d/two.c", "22", 0644);
	put("d/three.h", "333", 0644);
	symlink("e", "d/l");
	R(nftw(".", visit, 10, FTW_PHYS));
	say("walked %lu, sum %lx", walked, walked_sum);
	R(nftw(".", visit, 10, FTW_CHDIR));
	say("walked %lu", walked);
	R(glob("d/*.c", 0, NULL, &g));
	R(glob("d/*/*.c", GLOB_APPEND, NULL, &g));
	for (i = 0; i < (int)g.gl_pathc; i++)
		say("  %s", g.gl_pathv[i]);
	n = R(scandir("d", &list, NULL, alphasort));
	for (i = 0; i < n; i++)
		say("  %s", list[i]->d_name);
	fd = mkstemp(template);
	say("mkstemp: %d", fd);
	FS(fd);
	OK(mkdtemp(dir));
	R(rename(dir, "made"));
	S("made");
	R(remove("made"));
	R(remove(template));
	L(".");
}

static void both_list(void)
{
	DIR *d = NULL;
	int n;

	ON(A) {
		R(mkdir("d", 0755));
		put("d/a", "a", 0644);
		d = opendir("d");
	}
	ON(B) {
		put("d/b", "b", 0600);
		R(mkdir("d/c", 0700));
		L("d");
		R(chdir("d"));
	}
	ON(A) {
		L("d");
		for (n = 0; readdir(d); n++)
			;
		note("%d entries in a handle opened before", n);
		rewinddir(d);
		for (n = 0; readdir(d); n++)
			;
		say("%d entries", n);
		closedir(d);
		R(rename("d", "moved"));
	}
	ON(B) {
		L(".");
		R(rmdir("c"));
		R(unlink("a"));
		S("../d");
		S("../moved");
	}
	ON(A) {
		R(rmdir("moved"));
		R(unlink("moved/b"));
		R(rmdir("moved"));
	}
	ON(B) {
		L(".");
		R(open("x", O_CREAT | O_RDWR, 0644));
		R(chdir(".."));
	}
	ON(A) L(".");
}

const struct scenario c_dir[] = {
	{ "dir-make", make, 0 },
	{ "dir-remove", removal, 0 },
	{ "dir-list", listing, 0 },
	{ "dir-seek", seeking, 0 },
	{ "dir-change", changing, 0 },
	{ "dir-removed", removed, 0 },
	{ "dir-working", working, 0 },
	{ "dir-names", names, 0 },
	{ "dir-deep", deep, 0 },
	{ "dir-library", library, 0 },
	{ "dir-both", both_list, 1 },
	{ 0 },
};
