// SPDX-License-Identifier: GPL-2.0
/*
 * Opens that bring a claim along: believed as DEFUSE_IOC_OPEN is, about the name that the
 * walk leads to and no other, and only without a lower tree.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/file.h>
#include <sys/mount.h>

static char stash[] = "what the library saved";

static struct defuse_open request(const char *path, uint64_t inode)
{
	return (struct defuse_open){
		.size = sizeof(struct defuse_open),
		.mount_id = mount_id,
		.path = (uintptr_t)path,
		.mode = S_IFREG | 0600,
		.lower_fd = -1,
		.device = 77,
		.inode = inode,
		.stash = (uintptr_t)stash,
		.stash_len = sizeof(stash),
	};
}

/* Declared, with the claim; whether it was used the mailbox says. */
static int claim_open(const char *path, int flags, const void *claim)
{
	int fd, err;

	mailbox.claim = (uintptr_t)claim;
	mailbox.kind = DEFUSE_MAIL_NONE;
	declare(&mailbox);
	fd = open(path, flags);
	err = errno;
	undeclare();
	errno = err;
	return fd;
}

static int taken(const char *path, int flags, const struct defuse_open *o)
{
	int fd = claim_open(path, flags, o);

	check(fd >= 0, "%s: %m", path);
	check(mailbox.claim == 0 && mailbox.kind == DEFUSE_MAIL_NONE,
	      "%s: claim %llx, letter %u", path, (unsigned long long)mailbox.claim,
	      mailbox.kind);
	return fd;
}

static void redirected(const char *what, const char *path, int flags, const void *claim)
{
	check_errno(claim_open(path, flags, claim), DEFUSE_MARKER, "%s", what);
	check(mailbox.claim == (uintptr_t)claim && mailbox.kind == DEFUSE_MAIL_PATH,
	      "%s: claim %llx, letter %u", what, (unsigned long long)mailbox.claim,
	      mailbox.kind);
}

static void gives_what_the_ioctl_gives(void)
{
	struct defuse_open o = request("/c/f", 4711), other = request("/c/g", 4711);
	char text[64] = "", path[64] = "";
	struct defuse_fetch f = {
		.size = sizeof(f), .stash = (uintptr_t)text, .stash_len = sizeof(text),
		.path = (uintptr_t)path, .path_len = sizeof(path),
	};
	int fd = taken(on_mount("c/f"), O_RDWR | O_APPEND | O_CLOEXEC, &o), same;

	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0, "FETCH: %m");
	check(f.flags == (DEFUSE_FD_SHADOW | DEFUSE_FD_ALONE | DEFUSE_FD_BLIND), "flags %#x",
	      f.flags);
	check(f.stash_len == sizeof(stash) && !strcmp(text, stash), "stash '%s'", text);
	check(!strcmp(path, "/c/f"), "path '%s'", path);
	check((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND)) == (O_RDWR | O_APPEND), "flags %#x",
	      fcntl(fd, F_GETFL));
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC, "it is inherited");
	/* A hard link: one file, so one lock. */
	same = ioctl(dir_fd, DEFUSE_IOC_OPEN, &other);
	check(flock(fd, LOCK_EX) == 0, "flock: %m");
	check_errno(flock(same, LOCK_EX | LOCK_NB), EWOULDBLOCK, "the same file");
	close(same);
	same = taken(on_mount("c/none/../g"), O_RDONLY, &other);
	check_errno(flock(same, LOCK_EX | LOCK_NB), EWOULDBLOCK, "the same file, claimed");
	close(same);
	/* The name is another file's by now; who has the old one open keeps it. */
	o = request("/c/f", 4712);
	same = taken(on_mount("c/f"), O_RDONLY, &o);
	check(flock(same, LOCK_EX | LOCK_NB) == 0, "another file: %m");
	close(same);
	close(fd);
}

static void refuses(void)
{
	static char text[2 * DEFUSE_CLAIM_MAX];
	struct defuse_open o;
	int fd;

#define REFUSE(field, value) do {						\
	o = request("/c/f", 4711);						\
	o.field = (value);							\
	redirected(#field " = " #value, on_mount("c/f"), O_RDONLY, &o);		\
} while (0)
	REFUSE(size, 0);
	REFUSE(size, sizeof(o) + 8);
	REFUSE(mount_id, mount_id + 1);
	REFUSE(path, (uintptr_t)"/c/g");
	REFUSE(path, (uintptr_t)"/c/f/");
	REFUSE(path, (uintptr_t)"c/f");
	REFUSE(path, (uintptr_t)"");
	REFUSE(path, 8);
	REFUSE(mode, S_IFDIR | 0755);
	REFUSE(mode, S_IFIFO | 0600);
	REFUSE(lower_fd, dir_fd);
	REFUSE(lower_fd, -2);
	REFUSE(reserved, 1);
	REFUSE(stash_len, DEFUSE_STASH_MAX + 1);
	REFUSE(open_flags, O_PATH);
	redirected("bad address", on_mount("c/f"), O_RDONLY, (void *)8);
	o = request("/c/f", 4711);
	o.stash = 8;
	check_errno(claim_open(on_mount("c/f"), O_RDONLY, &o), EFAULT, "the stash's address");
	/* The longest path, and one more. */
	strcpy(text, "/c/");
	memset(text + 3, 'x', DEFUSE_CLAIM_MAX - 4);
	o = request(text, 4713);
	fd = taken(on_mount(text), O_RDONLY, &o);
	close(fd);
	text[DEFUSE_CLAIM_MAX - 10] = '/';
	strcat(text, "y");
	redirected("a long path", on_mount(text), O_RDONLY, &o);
	/* Other calls, and those who are not declared. */
	o = request("/c/f", 4711);
	redirected("a directory", on_mount("c/f/."), O_RDONLY, &o);
	mailbox.claim = (uintptr_t)&o;
	check_errno(open(on_mount("c/f"), O_RDONLY), EOPNOTSUPP, "undeclared");
	declare(&mailbox);
	check_errno(truncate(on_mount("c/f"), 0), DEFUSE_MARKER, "truncate");
	undeclare();
	mailbox.claim = 0;
}

static void as_another_user(void)
{
	struct defuse_open o = request("/c/f", 4711);

	close(taken(on_mount("c/f"), O_RDWR, &o));
	check_errno(open(on_mount("c/f"), O_RDONLY), EOPNOTSUPP, "undeclared");
}

static void read_only_point(void)
{
	struct defuse_open o = request("/c/f", 4711);

	check(mount(mount_dir, mount_dir, NULL, MS_BIND, NULL) == 0, "bind: %m");
	check(mount(NULL, mount_dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0,
	      "remount: %m");
	check_errno(claim_open(on_mount("c/f"), O_RDWR, &o), EROFS, "to write");
	check(mailbox.claim == (uintptr_t)&o, "the claim is gone");
	close(taken(on_mount("c/f"), O_RDONLY, &o));
	check(umount(mount_dir) == 0, "umount: %m");
}

void test_claim(void)
{
	struct defuse_info info = { .size = sizeof(info) };
	struct defuse_open o = request("/claimed", 4711);

	check(ioctl(dir_fd, DEFUSE_IOC_INFO, &info) == 0, "INFO: %m");
	if (info.flags & DEFUSE_MOUNT_LOWER) {
		redirected("with a lower tree", on_mount("claimed"), O_RDONLY, &o);
		return;
	}
	gives_what_the_ioctl_gives();
	refuses();
	as_nobody(as_another_user);
	read_only_point();
}
