// SPDX-License-Identifier: GPL-2.0
/* Errors that need a place of their own: read-only, full, elsewhere, foreign. */
#include "conform.h"

#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>

static void read_only(void)
{
	char buf[20];
	int fd;

	if (!dir_ro || R(chdir(dir_ro)))
		return;
	R(open("f", O_RDWR));
	R(open("f", O_WRONLY));
	R(open("f", O_RDONLY | O_TRUNC));
	R(open("new", O_CREAT | O_RDONLY, 0644));
	R(open("f", O_CREAT | O_RDONLY, 0644));
	R(open("f", O_CREAT | O_EXCL | O_RDONLY, 0644));
	R(open("none", O_RDWR));
	R(open("d", O_RDWR));
	R(open(".", O_TMPFILE | O_RDWR, 0600));
	fd = R(open("f", O_RDONLY));
	X(buf, R(read(fd, buf, 20)));
	R(fchmod(fd, 0600));
	R(fchown(fd, 1, 1));
	R(futimens(fd, NULL));
	R(fsync(fd));
	R(ftruncate(fd, 0));
	R(fallocate(fd, 0, 0, 10));
	R(fsetxattr(fd, "trusted.x", "y", 1, 0));
	R(pwrite(fd, "x", 1, 0));
	R(mkdir("new", 0755));
	R(mkdir("new/", 0755));
	R(mkdir("d", 0755));
	R(mkdir("none/x", 0755));
	R(mkdir("f/x", 0755));
	R(rmdir("d"));
	R(rmdir("none"));
	R(unlink("f"));
	R(unlink("none"));
	R(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	R(rename("f", "g"));
	R(rename("f", "d/g"));
	R(rename("none", "g"));
	R(link("f", "g"));
	R(link("f", "d"));
	R(link("none", "g"));
	R(link("f", "none/g"));
	R(symlink("f", "l"));
	R(symlink("f", "d"));
	R(symlink("f", "none/l"));
	R(creat("f", 0600));
	R(creat("none", 0600));
	R(creat("d", 0600));
	R(creat("none/f", 0600));
	R(open("d", O_CREAT | O_RDONLY, 0600));
	R(open("d", O_RDONLY | O_TRUNC));
	R(open("f", O_RDWR | O_DIRECTORY));
	R(open("f/x", O_CREAT | O_RDWR, 0600));
	R(chmod("f", 0600));
	R(chmod("none", 0600));
	R(chown("f", 1, 1));
	R(lchown("none", 1, 1));
	R(truncate("f", 0));
	R(truncate("d", 0));
	R(truncate("f", -1));
	R(truncate("none", 0));
	R(utimensat(AT_FDCWD, "f", NULL, 0));
	R(utimensat(AT_FDCWD, "none", NULL, 0));
	R(access("f", W_OK));
	R(access("f", R_OK));
	R(access("none", W_OK));
	R(faccessat(AT_FDCWD, "d", W_OK, AT_EACCESS));
	OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) !=
	   MAP_FAILED);
	S("f");
	L(".");
	R(chdir("d"));
	L(".");
}

/* What only the kernel could do, and where it looks for the directory first. */
static void read_only_special(void)
{
	if (!dir_ro || R(chdir(dir_ro)))
		return;
	R(rmdir("none/x"));
	R(unlink("f/x"));
	R(unlink("d/none/x"));
	R(rename("f", "none/g"));
	R(rename("none/f", "g"));
	R(mknod("fifo", S_IFIFO | 0644, 0));
	R(setxattr("f", "trusted.x", "y", 1, 0));
	R(removexattr("f", "trusted.x"));
}

static void full(void)
{
	static char block[65536];
	struct statfs fs;
	int fd, i;
	long n, total = 0;
	char name[20], *p;

	if (!dir_small || R(chdir(dir_small)))
		return;
	memset(block, 'f', sizeof(block));
	fd = R(open("f", O_CREAT | O_RDWR, 0644));
	while ((n = write(fd, block, sizeof(block))) > 0)
		total += n;
	say("%ld bytes, then %s", total, errno_name(errno));
	FS(fd);
	R(lseek(fd, 0, SEEK_CUR));
	R(write(fd, "x", 1));
	R(pwrite(fd, "x", 1, 0));
	R(statfs(".", &fs));
	say("%ld blocks of %ld free", (long)fs.f_bfree, (long)fs.f_bsize);
	R(fallocate(fd, 0, 0, 8 << 20));
	R(posix_fallocate(fd, 0, 8 << 20));
	R(ftruncate(fd, total - 8192));
	R(lseek(fd, 0, SEEK_END));
	R(write(fd, block, 65536));
	R(write(fd, block, 65536));
	FS(fd);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	OK(p != MAP_FAILED);
	memcpy(p, "mapped", 6);
	X(block, R(pread(fd, block, 8, 0)));
	R(fsync(fd));
	/* Names run out too: nr_inodes= of the driver. */
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		if (mkdir(name, 0755))
			break;
	}
	say("%d directories, then %s", i, errno_name(errno));
	R(symlink("x", "l"));
	R(open("new", O_CREAT | O_RDWR, 0644));
	R(link("f", "hard"));
	while (i--) {
		snprintf(name, sizeof(name), "n%d", i);
		rmdir(name);
	}
	R(unlink("f"));
	R(unlink("hard"));
	R(statfs(".", &fs));
	R(munmap(p, 4096));
	R(close(fd));
	R(statfs(".", &fs));
	say("%ld blocks free", (long)fs.f_bfree);
	L(".");
}

static void addresses(void)
{
	char *bad = (char *)8, *edge, buf[10];
	struct stat st;

	put("f", "x", 0644);
	R(open(bad, O_RDONLY));
	R(open(NULL, O_RDONLY));
	R(access(bad, F_OK));
	R(stat(bad, &st));
	R(stat("f", (void *)bad));
	R(lstat("f", (void *)bad));
	R(mkdir(bad, 0755));
	R(rmdir(bad));
	R(unlink(bad));
	R(rename("f", bad));
	R(rename(bad, "f"));
	R(link("f", bad));
	R(symlink(bad, "l"));
	R(symlink("x", bad));
	R(readlink(bad, buf, 10));
	R(chmod(bad, 0));
	R(chown(bad, 0, 0));
	R(truncate(bad, 0));
	R(utimensat(AT_FDCWD, bad, NULL, 0));
	R(utimensat(AT_FDCWD, "f", (void *)bad, 0));
	R(chdir(bad));
	R(statx(AT_FDCWD, "f", 0, STATX_ALL, (void *)bad));
	/* A name that ends just before memory does. */
	edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(edge + 4096, 4096);
	strcpy(edge + 4094, "f");
	R(access(edge + 4094, F_OK));
	edge[4095] = 'f';
	R(access(edge + 4094, F_OK));
	/* Half of a buffer is there. */
	put("g", "0123456789", 0644);
	R(read(open("g", O_RDONLY), edge + 4092, 4));
	R(read(open("g", O_RDONLY), edge + 4092, 0));
	R(write(open("g", O_WRONLY), edge + 4092, 4));
	SEE("g");
	L(".");
}

static void directories_in_the_way(void)
{
	struct stat st;
	char buf[10];
	static const char *const names[] = {
		"none/x", "f/x", "closed/x", "self/x", "", "none/", "f/",
	};
	unsigned int i;

	put("f", "x", 0644);
	mkdir("closed", 0);
	symlink("self", "self");
	chmod(".", 0777);
	CHILD_NOBODY {
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			const char *n = names[i];

			say("'%s'", n);
			R(open(n, O_RDONLY));
			R(open(n, O_CREAT | O_RDWR, 0644));
			R(stat(n, &st));
			R(lstat(n, &st));
			R(access(n, F_OK));
			R(readlink(n, buf, 10));
			R(truncate(n, 0));
			R(chmod(n, 0));
			R(chown(n, NOBODY, NOBODY));
			R(lchown(n, NOBODY, NOBODY));
			R(utimes(n, NULL));
			R(mkdir(n, 0755));
			R(rmdir(n));
			R(unlink(n));
			R(rename(n, "y"));
			R(rename("mine", n));
			R(link(n, "y"));
			R(link("mine", n));
			R(symlink("x", n));
			R(chdir(n));
			R(getxattr(n, "user.x", buf, 10));
			R(mknod(n, S_IFIFO | 0644, 0));
		}
	}
	R(chmod("closed", 0700));
	L(".");
	L("closed");
}

const struct scenario c_errors[] = {
	{ "error-readonly", read_only, 0 },
	{ "error-special", read_only_special, 0 },
	{ "error-full", full, 0 },
	{ "error-address", addresses, 0 },
	{ "error-path", directories_in_the_way, 0 },
	{ 0 },
};
