// SPDX-License-Identifier: LGPL-2.1-or-later
/* Calls about names: the result is on the backend, and door 2 had no part in it. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static bool exists(const char *rest)
{
	return access(unit_back(rest), F_OK) == 0;
}

static void make(const char *rest, const char *text)
{
	int fd = open(unit_back(rest), O_CREAT | O_TRUNC | O_WRONLY, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void names(void)
{
	unsigned long before = fk.door2;
	char text[64] = "";

	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/d"), 0755), 0);
	CHECK(exists("/d"));
	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/d"), 0755), -EEXIST);
	CHECK_IS(fk_sys(SYS_mkdirat, AT_FDCWD, unit_name("/d/e"), 0755), 0);
	CHECK_IS(fk_sys(SYS_rmdir, unit_name("/d")), -ENOTEMPTY);
	CHECK_IS(fk_sys(SYS_unlinkat, AT_FDCWD, unit_name("/d/e"), AT_REMOVEDIR), 0);
	make("/d/f", "hello");
	CHECK_IS(fk_sys(SYS_symlink, "f", unit_name("/d/s")), 0);
	CHECK_IS(fk_sys(SYS_symlinkat, "nowhere", AT_FDCWD, unit_name("/d/t")), 0);
	CHECK_IS(fk_sys(SYS_readlink, unit_name("/d/s"), text, sizeof(text)), 1);
	CHECK(text[0] == 'f');
	CHECK_IS(fk_sys(SYS_readlinkat, AT_FDCWD, unit_name("/d/t"), text, 3), 3);
	CHECK(memcmp(text, "now", 3) == 0);
	CHECK_IS(fk_sys(SYS_readlink, unit_name("/d/f"), text, sizeof(text)), -EINVAL);
	CHECK_IS(fk_sys(SYS_truncate, unit_name("/d/f"), 3), 0);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/d/s")), 0);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/d/s")), -ENOENT);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/d/t")), 0);
	CHECK_IS(fk_sys(SYS_access, unit_name("/d/f"), R_OK), 0);
	CHECK_IS(fk_sys(SYS_faccessat2, AT_FDCWD, unit_name("/d/g"), F_OK, AT_EACCESS), -ENOENT);
	CHECK_IS(fk.door2 - before, 1);		/* base directory of the first use */
}

static void attributes(void)
{
	struct timespec ts[2] = { { 100, 1 }, { 200, 2 } };
	struct timeval tv[2] = { { 300, 3 }, { 400, 1000000 } };
	struct stat st, real;
	struct statx x;
	unsigned long before = fk.door2;

	make("/d/f", "hello");
	CHECK_IS(fk_sys(SYS_chmod, unit_name("/d/f"), 0600), 0);
	CHECK_IS(fk_sys(SYS_utimensat, AT_FDCWD, unit_name("/d/f"), ts, 0), 0);
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d/f"), &st), 0);
	CHECK(stat(unit_back("/d/f"), &real) == 0);
	CHECK_IS(st.st_dev, FK_DEV);
	CHECK_IS(st.st_ino, real.st_ino);
	CHECK_IS(st.st_size, 5);
	CHECK_IS(st.st_mode, S_IFREG | 0600);
	CHECK_IS(st.st_mtim.tv_sec, 200);
	CHECK_IS(fk_sys(SYS_utimes, unit_name("/d/f"), tv), -EINVAL);
	tv[1].tv_usec = 4;
	CHECK_IS(fk_sys(SYS_utimes, unit_name("/d/f"), tv), 0);
	CHECK_IS(fk_sys(SYS_statx, AT_FDCWD, unit_name("/d/f"), 0, STATX_BASIC_STATS, &x), 0);
	CHECK_IS(x.stx_mtime.tv_sec, 400);
	CHECK_IS(x.stx_mtime.tv_nsec, 4000);
	CHECK_IS(x.stx_dev_minor, FK_DEV);
	CHECK_IS(fk_sys(SYS_chown, unit_name("/d/f"), -1, -1), 0);
	CHECK_IS(fk.door2, before);
	/* What the library's struct stat cannot tell is the kernel's. */
	CHECK_IS(fk_sys(SYS_statx, AT_FDCWD, unit_name("/d/f"), 0, STATX_BTIME, &x), 0);
	CHECK_IS(fk.door2, before + 1);
	/* A closing slash: only its own resolution knows what that means. */
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d/"), &st), 0);
	CHECK_IS(fk.door2, before + 2);
}

static void two_names(void)
{
	char outside[64] = "/tmp/defuse-unit-outside";
	unsigned long before = fk.door2, looks = fk.looks;

	make("/d/f", "hello");
	CHECK_IS(fk_sys(SYS_rename, unit_name("/d/f"), unit_name("/d/g")), 0);
	/* The kernel is told to look at the new name; not of what failed. */
	CHECK_IS(fk.looks, looks + 1);
	CHECK_IS(fk_sys(SYS_rename, unit_name("/d/f"), unit_name("/d/g")), -ENOENT);
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d/g"), (struct stat *)8), -EFAULT);
	before = fk.door2;
	CHECK_IS(fk.looks, looks + 1);
	CHECK(exists("/d/g") && !exists("/d/f"));
	CHECK_IS(fk_sys(SYS_link, unit_name("/d/g"), unit_name("/d/f")), 0);
	CHECK(exists("/d/g") && exists("/d/f"));
	CHECK_IS(fk_sys(SYS_renameat2, AT_FDCWD, unit_name("/d/f"), AT_FDCWD, unit_name("/d/g"), 1),
		 -EEXIST);
	CHECK_IS(fk_sys(SYS_rename, unit_name("/d/none"), unit_name("/d/g")), -ENOENT);
	CHECK(exists("/d/g"));
	CHECK_IS(fk.door2, before);
	/* Only the second name is on the mount: the letter is about that one. */
	unlink(outside);
	CHECK(symlink("x", outside) == 0);
	CHECK_IS(fk_sys(SYS_link, outside, unit_name("/d/h")), 0);	/* /tmp is one fs */
	CHECK(exists("/d/g"));
	CHECK_IS(fk.door2, before + 1);
	/* Only the first. */
	unlink(outside);
	CHECK_IS(fk_sys(SYS_link, unit_name("/d/g"), outside), 0);
	CHECK_IS(fk.door2, before + 2);
	unlink(outside);
	/* Both the same. */
	CHECK_IS(fk_sys(SYS_rename, unit_name("/d/g"), unit_name("/d/g")), 0);
	CHECK(exists("/d/g"));
	CHECK_IS(fk.door2, before + 3);
	unlink(unit_back("/d/h"));
}

/* A link that appears on the way after the kernel resolved the name. */
static void no_escape(void)
{
	struct stat st;

	CHECK(symlink("/", unit_back("/d/root")) == 0);
	CHECK(symlink("g", unit_back("/d/link")) == 0);
	CHECK_IS(fk_sys(SYS_lstat, unit_name("/d/link"), &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	/* The library answers ELOOP, so the (fake) kernel did it, as door 2's calls show. */
	{
		unsigned long before = fk.door2;

		CHECK_IS(fk_sys(SYS_lstat, unit_name("/d/root/etc"), &st), 0);
		CHECK_IS(fk.door2, before + 1);
	}
	unlink(unit_back("/d/root"));
	unlink(unit_back("/d/link"));
}

static void read_only(void)
{
	unsigned long before = fk.door2;
	struct stat st;

	fk.flags |= DEFUSE_MOUNT_RDONLY;
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d"), &st), 0);
	CHECK_IS(fk.door2, before);
	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/d"), 0755), -EEXIST);
	CHECK_IS(fk_sys(SYS_unlink, unit_name("/d/none")), -ENOENT);
	CHECK_IS(fk.door2, before + 2);		/* the kernel's business */
	fk.flags &= ~DEFUSE_MOUNT_RDONLY;
	/* A read-only bind mount, which the letter says nothing of. */
	fk.bind_rdonly = true;
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d"), &st), 0);
	CHECK_IS(fk.door2, before + 2);
	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/d"), 0755), -EEXIST);
	CHECK_IS(fk_sys(SYS_close, fk_sys7(SYS_open, (long)unit_name("/d/g"), O_RDWR, 0, 0, 0, 0)),
		 0);
	CHECK_IS(fk.door2, before + 4);
	fk.bind_rdonly = false;
	CHECK_IS(fk_sys(SYS_mkdir, unit_name("/d"), 0755), -EEXIST);
	CHECK_IS(fk.door2, before + 4);
}

/* A handler's call between marker and upcall empties the box. */
static void lost_letter(void)
{
	unsigned long markers = fk.markers, before = fk.door2;
	struct stat st;

	fk.withhold_mail = true;
	CHECK_IS(fk_sys(SYS_stat, unit_name("/d"), &st), 0);
	CHECK_IS(fk.markers, markers + 2);
	CHECK_IS(fk.door2, before);
}

/* Inside the core a thread is undeclared, and comes out as it went in. */
static void thread_state(void)
{
	struct defuse_thread *t = fk_thread();
	struct stat st;

	errno = 4242;
	CHECK_IS(fk_sys(SYS_stat, unit_name("/none"), &st), -ENOENT);
	CHECK_IS(errno, 4242);
	CHECK(t->magic == DEFUSE_ABLE_MAGIC);
	CHECK_IS(t->depth, 0);
	CHECK(t->mailbox && t->core);
	t->vfork = 1;
	CHECK(fk_core->hook(SYS_exit_group, 0, 0, 0, 0, 0, 0) == DEFUSE_PASS);
	t->vfork = 0;
}

void test_path(void)
{
	names();
	attributes();
	two_names();
	no_escape();
	read_only();
	lost_letter();
	thread_state();
}
