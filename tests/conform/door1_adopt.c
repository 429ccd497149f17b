// SPDX-License-Identifier: GPL-2.0
/*
 * Adoption: where the mailbox names the mount, calls about names are carried out, and an
 * open gives a shadow FD with its lower file; calls about such FDs are redirected as ever.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/mount.h>

/* linux/fs.h cannot be included beside sys/mount.h. */
#define SET_FLAGS	_IOW('f', 2, long)
#define APPEND_ONLY	0x20

static unsigned int fetch_flags(int fd)
{
	struct defuse_fetch f = { .size = sizeof(f) };

	if (!check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0, "FETCH: %m"))
		return 0;
	check(f.stash_len == 0, "a stash of %u bytes", f.stash_len);
	return f.flags;
}

/* Declared and adopting; the letter says what happened. */
static int adopt_open(const char *path, int flags, mode_t mode)
{
	int fd, err;

	mailbox.adopts = mount_id;
	declare(&mailbox);
	fd = open(path, flags, mode);
	err = errno;
	undeclare();
	mailbox.adopts = 0;
	errno = err;
	return fd;
}

static void check_adopted(int fd, const char *what)
{
	if (!check(fd >= 0, "%s: %m", what))
		return;
	check(mailbox.kind == DEFUSE_MAIL_ADOPT, "%s: letter %u", what, mailbox.kind);
	check(mailbox.mount_id == mount_id && mailbox.path_len == 0,
	      "%s: the letter's text", what);
	check(fetch_flags(fd) == (DEFUSE_FD_SHADOW | DEFUSE_FD_LOWER | DEFUSE_FD_ALONE),
	      "%s: flags", what);
}

static void adopts_and_reads(void)
{
	char buf[16] = "";
	int fd = adopt_open(on_mount("ad/f"), O_RDWR, 0), lower;

	check_adopted(fd, "open");
	lower = ioctl(fd, DEFUSE_IOC_LOWER);
	if (!check(lower >= 0, "LOWER: %m"))
		return;
	check(fcntl(lower, F_GETFD) == FD_CLOEXEC, "LOWER is inherited");
	check(pread(lower, buf, sizeof(buf), 0) == 4 && !strcmp(buf, "text"),
	      "the lower file has '%s'", buf);
	check(pwrite(lower, "T", 1, 0) == 1, "write below: %m");
	check(pread(fd, buf, 4, 0) == 4 && !strcmp(buf, "Text"), "door 2 has '%s'", buf);
	declare(&mailbox);
	check_errno(read(fd, buf, 1), DEFUSE_MARKER, "I/O is still redirected");
	undeclare();
	check(mailbox.kind == DEFUSE_MAIL_FD, "letter %u", mailbox.kind);
	close(lower);
	close(fd);
}

static void creates_and_refuses(void)
{
	int fd;

	fd = adopt_open(on_mount("ad/new"), O_CREAT | O_EXCL | O_WRONLY, 0400);
	check_adopted(fd, "create");
	check((lower_stat("ad/new").st_mode & 07777) == 0400, "mode of the new file");
	close(fd);
	check_errno(adopt_open(on_mount("ad/new"), O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST,
		    "exclusive");
	check(mailbox.kind == DEFUSE_MAIL_NONE, "a letter without a file");
	check_errno(adopt_open(on_mount("ad/none"), O_RDONLY, 0), ENOENT, "no file");
	fd = adopt_open(on_mount("ad"), O_RDONLY | O_DIRECTORY, 0);
	check(fd >= 0 && mailbox.kind == DEFUSE_MAIL_NONE, "a directory sent a letter");
	check(fetch_flags(fd) == DEFUSE_FD_ALONE, "a directory's shadow FD");
	check_errno(ioctl(fd, DEFUSE_IOC_LOWER), ENOENT, "a lower directory");
	close(fd);
	fd = adopt_open(on_mount("ad/f"), O_RDWR | O_TRUNC, 0);
	check_adopted(fd, "truncating");
	check(lower_stat("ad/f").st_size == 0, "it is not empty");
	close(fd);
	fd = adopt_open(on_mount("ad/f"), O_PATH, 0);
	check(fd >= 0 && mailbox.kind == DEFUSE_MAIL_NONE, "O_PATH sent a letter");
	close(fd);
}

/* What may change later belongs to the shadow file; but append-only stays so. */
static void flags_below(void)
{
	int fd, lower, flags = APPEND_ONLY, raw = open(on_backend("ad/log"), O_RDONLY);

	fd = adopt_open(on_mount("ad/f"), O_WRONLY | O_APPEND | O_NONBLOCK, 0);
	check_adopted(fd, "appending");
	check(fcntl(fd, F_GETFL) & O_APPEND, "O_APPEND is lost");
	lower = ioctl(fd, DEFUSE_IOC_LOWER);
	check(!(fcntl(lower, F_GETFL) & (O_APPEND | O_NONBLOCK)), "flags %#x below",
	      fcntl(lower, F_GETFL));
	close(lower);
	close(fd);
	if (ioctl(raw, SET_FLAGS, &flags)) {
		printf("# this backend has no append-only files\n");
		close(raw);
		return;
	}
	check_errno(adopt_open(on_mount("ad/log"), O_WRONLY, 0), EPERM, "append-only");
	fd = adopt_open(on_mount("ad/log"), O_WRONLY | O_APPEND, 0);
	check_adopted(fd, "append-only");
	lower = ioctl(fd, DEFUSE_IOC_LOWER);
	check(fcntl(lower, F_GETFL) & O_APPEND, "an append-only file can be rewritten");
	close(lower);
	close(fd);
	flags = 0;
	ioctl(raw, SET_FLAGS, &flags);
	close(raw);
}

static void names_are_the_kernels(void)
{
	struct stat st;

	mailbox.adopts = mount_id;
	declare(&mailbox);
	check(stat(on_mount("ad/f"), &st) == 0, "stat: %m");
	check(mkdir(on_mount("ad/d"), 0755) == 0, "mkdir: %m");
	check(rename(on_mount("ad/d"), on_mount("ad/e")) == 0, "rename: %m");
	check(rmdir(on_mount("ad/e")) == 0, "rmdir: %m");
	check_errno(stat(on_mount("ad/e"), &st), ENOENT, "it is still there");
	mailbox.adopts = mount_id + 1;
	check_errno(open(on_mount("ad/f"), O_RDONLY), DEFUSE_MARKER, "another mount");
	check_errno(stat(on_mount("ad/f"), &st), DEFUSE_MARKER, "another mount's name");
	undeclare();
	mailbox.adopts = 0;
	/* A box that is not there cannot name a mount. */
	declare((struct defuse_mailbox *)8);
	check_errno(open(on_mount("ad/f"), O_RDONLY), DEFUSE_MARKER, "bad address");
	undeclare();
}

/* No way around what the mount point forbids and the backend does not. */
static void stricter_mount_point(void)
{
	static const unsigned long strict[] = { MS_RDONLY, MS_NOSUID, MS_NOEXEC };
	unsigned int i;
	int fd;

	check(mkdir(on_backend("point"), 0755) == 0, "mkdir: %m");
	if (!check(mount(on_mount("ad"), on_mount("point"), NULL, MS_BIND, NULL) == 0,
		   "bind: %m"))
		return;
	fd = adopt_open(on_mount("point/f"), O_RDONLY, 0);
	check_adopted(fd, "bind mount");
	close(fd);
	for (i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
		check(mount(NULL, on_mount("point"), NULL,
			    MS_BIND | MS_REMOUNT | strict[i], NULL) == 0, "remount: %m");
		fd = adopt_open(on_mount("point/f"), O_RDONLY, 0);
		check(fd >= 0 && mailbox.kind == DEFUSE_MAIL_NONE, "%#lx: letter %u: %m",
		      strict[i], mailbox.kind);
		check(fetch_flags(fd) == DEFUSE_FD_ALONE, "%#lx: a shadow FD", strict[i]);
		check_errno(ioctl(fd, DEFUSE_IOC_LOWER), ENOENT, "LOWER");
		close(fd);
	}
	check(umount(on_mount("point")) == 0, "umount: %m");
}

static void as_another_user(void)
{
	check_errno(adopt_open(on_mount("ad/secret"), O_RDONLY, 0), EACCES, "not his");
	check_errno(adopt_open(on_mount("ad/x"), O_CREAT | O_WRONLY, 0600), EACCES,
		    "not his directory");
}

void test_adopt(void)
{
	check(mkdir(on_backend("ad"), 0755) == 0, "mkdir: %m");
	make_file("ad/f", "text", 0644);
	make_file("ad/log", "", 0644);
	make_file("ad/secret", "s", 0600);
	adopts_and_reads();
	creates_and_refuses();
	flags_below();
	names_are_the_kernels();
	stricter_mount_point();
	as_nobody(as_another_user);
}
