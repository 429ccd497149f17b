// SPDX-License-Identifier: GPL-2.0
/*
 * The stash: bytes and a lower FD that live with the open file description,
 * and DEFUSE_IOC_FETCH, which gives them back to whoever holds the FD.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/socket.h>

static const char text[] = "what a library needs\0to go on";
static int shared_fd;

static int open_stashed(const char *path, int flags, const void *bytes,
			unsigned int len)
{
	struct defuse_open o = blank_open(path, flags);

	o.stash = (uintptr_t)bytes;
	o.stash_len = len;
	return ioctl(dir_fd, DEFUSE_IOC_OPEN, &o);
}

/* The FD's path and stash are those of test_stash(); what: how it came here. */
static void check_fetch(int fd, unsigned int uid, const char *what)
{
	char path[DEFUSE_PATH_MAX] = "", stash[100] = "";
	struct defuse_fetch f = {
		.size = sizeof(f),
		.path = (uintptr_t)path, .path_len = sizeof(path),
		.stash = (uintptr_t)stash, .stash_len = sizeof(stash),
	};

	if (!check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0, "%s: FETCH: %m", what))
		return;
	check(f.flags & DEFUSE_FD_SHADOW, "%s: flags %#x", what, f.flags);
	check(!(f.flags & DEFUSE_FD_LOWER), "%s: has a lower FD", what);
	check(f.mount_id == mount_id, "%s: mount ID", what);
	check(f.mode == (S_IFREG | 0644), "%s: mode %#o", what, f.mode);
	check((f.open_flags & (O_ACCMODE | O_APPEND)) == (O_RDWR | O_APPEND),
	      "%s: open flags %#x", what, f.open_flags);
	check(f.uid == uid && f.gid == uid, "%s: uid %u gid %u", what, f.uid,
	      f.gid);
	check(f.path_len == 5 && !strcmp(path, "/s/f"), "%s: path '%s'", what,
	      path);
	check(f.stash_len == sizeof(text) && !memcmp(stash, text, sizeof(text)),
	      "%s: the stash differs", what);
}

int stash_after_exec(int fd)
{
	struct defuse_info info = { .size = sizeof(info) };

	if (ioctl(fd, DEFUSE_IOC_INFO, &info))
		return 1;
	mount_id = info.mount_id;
	check_fetch(fd, 0, "after exec");
	return n_failed != 0;
}

static void forked(void)
{
	check_fetch(shared_fd, 0, "after fork");
}

static void dropped(void)
{
	/* A file 0644 of root, opened by root: what he wrote stays his. */
	check_fetch(shared_fd, 0, "after setuid");
}

static void execed(void)
{
	char number[20];

	snprintf(number, sizeof(number), "%d", shared_fd);
	execl("/proc/self/exe", "door1", "--after-exec", number, (char *)NULL);
	check(0, "exec: %m");
}

static void by_nobody(void)
{
	struct defuse_fetch f = { .size = sizeof(f) };
	int fd = open_stashed("/s/f", O_RDWR | O_APPEND, text, sizeof(text));

	check(fd >= 0, "OPEN as nobody: %m");
	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 && f.uid == NOBODY &&
	      f.gid == NOBODY, "the writer's uid is %u", f.uid);
	close(fd);
}

static void passed(int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	char byte = 'x';
	struct iovec vec = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int pair[2], got;

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (!check(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) &&
		   sendmsg(pair[0], &msg, 0) == 1, "sendmsg: %m"))
		return;
	check(recvmsg(pair[1], &msg, 0) == 1, "recvmsg: %m");
	memcpy(&got, CMSG_DATA(&control.head), sizeof(got));
	check_fetch(got, 0, "through a socket");
	close(got);
	close(pair[0]);
	close(pair[1]);
}

static void reopened(int fd)
{
	struct defuse_fetch f = { .size = sizeof(f) };
	char name[40];
	int again;

	/* A new open file description, made by the kernel: door 2. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	again = open(name, O_RDONLY);
	check(again >= 0, "reopen: %m");
	check(ioctl(again, DEFUSE_IOC_FETCH, &f) == 0 &&
	      !(f.flags & (DEFUSE_FD_SHADOW | DEFUSE_FD_BLIND)) &&
	      f.stash_len == 0, "a reopened file has flags %#x", f.flags);
	close(again);
}

static void sizes(void)
{
	static unsigned char big[DEFUSE_STASH_MAX], back[DEFUSE_STASH_MAX];
	struct defuse_fetch f = { .size = sizeof(f), .stash_len = sizeof(back) };
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(big); i++)
		big[i] = i * 131 >> 3;
	fd = open_stashed("/s/f", O_RDONLY, big, sizeof(big));
	f.stash = (uintptr_t)back;
	check(fd >= 0 && ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 &&
	      f.stash_len == sizeof(big) && !memcmp(big, back, sizeof(big)),
	      "a stash of the largest size: %m");
	f.stash_len = sizeof(big) - 1;
	check_errno(ioctl(fd, DEFUSE_IOC_FETCH, &f), ERANGE, "one byte short");
	check(f.stash_len == sizeof(big), "ERANGE gave no length");
	f.stash = 0;
	f.path = (uintptr_t)back;
	f.path_len = 4;
	check_errno(ioctl(fd, DEFUSE_IOC_FETCH, &f), ERANGE, "path too short");
	check(f.path_len == 5, "ERANGE gave path length %u", f.path_len);
	f.path = 8;
	f.path_len = 4096;
	check_errno(ioctl(fd, DEFUSE_IOC_FETCH, &f), EFAULT, "a bad address");
	f.size = 4;
	check_errno(ioctl(fd, DEFUSE_IOC_FETCH, &f), EINVAL, "a bad size");
	close(fd);

	memset(&f, 0, sizeof(f));
	f.size = sizeof(f);
	fd = open_stashed("/s/f", O_RDONLY, NULL, 0);
	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 && f.stash_len == 0 &&
	      f.path_len == 5, "no stash: %m, path length %u", f.path_len);
	close(fd);
	fd = open(on_mount("s/f"), O_RDONLY);
	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 && f.flags == DEFUSE_FD_ALONE,
	      "FETCH on a plain FD: %m, flags %#x", f.flags);
	close(fd);
}

static void names(void)
{
	char path[100] = "";
	struct defuse_fetch f = { .size = sizeof(f), .path = (uintptr_t)path,
				  .path_len = sizeof(path) };
	int fd;

	make_file("s/moves", "m", 0644);
	fd = open_stashed("/s/moves", O_RDONLY, text, sizeof(text));
	check(rename(on_mount("s/moves"), on_mount("s/moved")) == 0,
	      "rename: %m");
	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 && !strcmp(path, "/s/moved"),
	      "the path after a rename: '%s'", path);
	check(unlink(on_mount("s/moved")) == 0, "unlink: %m");
	check_errno(ioctl(fd, DEFUSE_IOC_FETCH, &f), ENOENT,
		    "the path of an unlinked file");
	f.path = 0;
	f.path_len = 0;
	f.stash = (uintptr_t)path;
	f.stash_len = sizeof(path);
	check(ioctl(fd, DEFUSE_IOC_FETCH, &f) == 0 &&
	      f.stash_len == sizeof(text), "the stash of an unlinked file: %m");
	close(fd);
}

void test_stash(void)
{
	int fd, flags;

	mkdir(on_backend("s"), 0755);
	make_file("s/f", "stashed", 0644);
	chmod(on_backend("s/f"), 0644);
	fd = open_stashed("/s/f", O_RDWR, text, sizeof(text));
	if (!check(fd >= 0, "OPEN with a stash: %m"))
		return;
	/* The flags in force now, not those of the open. */
	flags = fcntl(fd, F_GETFL);
	check(fcntl(fd, F_SETFL, flags | O_APPEND) == 0, "F_SETFL: %m");
	shared_fd = fd;
	check_fetch(fd, 0, "at once");
	shared_fd = dup(fd);
	check_fetch(shared_fd, 0, "after dup");
	close(fd);
	check_fetch(shared_fd, 0, "after the first was closed");
	in_child(forked);
	as_nobody(dropped);
	in_child(execed);
	passed(shared_fd);
	reopened(shared_fd);
	as_nobody(by_nobody);
	sizes();
	names();
	close(shared_fd);
}
