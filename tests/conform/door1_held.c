// SPDX-License-Identifier: GPL-2.0
/*
 * DEFUSE_IOC_HELD: which files somebody has open, whoever and wherever he is.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/socket.h>

#define HELD_MAX	64

static uint64_t inodes[HELD_MAX];
static uint64_t device;
static int private;

/* The mask of an answer to a question about @count files. */
static uint64_t held(unsigned int count)
{
	struct defuse_held h = {
		.size = sizeof(h), .count = count, .device = device,
		.inodes = (uintptr_t)inodes, .held = 0xfeed,
	};

	check(ioctl(dir_fd, DEFUSE_IOC_HELD, &h) == 0, "HELD: %m");
	return h.held;
}

static void errors(void)
{
	struct defuse_held good = {
		.size = sizeof(good), .count = 1, .inodes = (uintptr_t)inodes,
	}, h;

#define REFUSE(error, field, value) do {					\
	h = good;								\
	h.field = (value);							\
	check_errno(ioctl(dir_fd, DEFUSE_IOC_HELD, &h), error, #field " = " #value);	\
} while (0)
	REFUSE(EINVAL, size, sizeof(h) - 8);
	REFUSE(EINVAL, size, 0);
	REFUSE(EINVAL, count, 0);
	REFUSE(EINVAL, count, HELD_MAX + 1);
	REFUSE(EINVAL, count, ~0U);
	REFUSE(EFAULT, inodes, 0);
	REFUSE(EFAULT, inodes, 0xffff888000000000ULL);
	check_errno(ioctl(dir_fd, DEFUSE_IOC_HELD, NULL), EFAULT, "no address");
}

static void opened(void)
{
	int fd = open_blind("/held0", O_RDONLY), copy, dir;

	check(fd >= 0, "open: %m");
	check(held(3) == 1, "the first of three");
	check(held(HELD_MAX) == (1 | 1ULL << 63), "the first and the last of 64");
	copy = dup(fd);
	close(fd);
	check(held(3) == 1, "a duplicate");
	check(ioctl(copy, DEFUSE_IOC_HELD, &(struct defuse_held){ .size = 32, .count = 1,
		.inodes = (uintptr_t)inodes }) == 0, "asked through a file");
	device++;
	check(held(1) == (uint64_t)private, "another device's number");
	device--;
	close(copy);
	check(held(3) == 0, "closed");
	fd = open(on_mount("held1"), O_RDONLY);
	check(fd >= 0 && held(3) == 2, "an ordinary open");
	close(fd);
	dir = open_blind("/held.d", O_RDONLY | O_DIRECTORY);
	inodes[0] = lower_stat("held.d").st_ino;
	check(dir >= 0 && held(1) == 0, "directories do not count");
	inodes[0] = lower_stat("held0").st_ino;
	close(dir);
}

/* Its name may be gone, and its opener. */
static void without_name(void)
{
	int pipe_fds[2], fd = open_blind("/held2", O_RDONLY), status;
	char c = 0;
	pid_t pid;

	check(pipe(pipe_fds) == 0, "pipe");
	check(unlink(on_backend("held2")) == 0 && held(3) == 4, "without a name");
	pid = fork();
	if (!pid) {
		close(pipe_fds[1]);
		_exit(read(pipe_fds[0], &c, 1));
	}
	close(fd);
	check(held(3) == 4, "a child alone has it");
	close(pipe_fds[1]);
	check(waitpid(pid, &status, 0) == pid && status == 0, "the child");
	check(held(3) == 0, "it went with the child");
	close(pipe_fds[0]);
}

static void on_its_way(void)
{
	int ends[2], fd = open_blind("/held1", O_RDONLY);
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	check(sendmsg(ends[0], &msg, 0) == 1, "sendmsg: %m");
	close(fd);
	check(held(3) == 2, "nobody has a descriptor, but it waits in a socket");
	check(recvmsg(ends[1], &msg, 0) == 1, "recvmsg: %m");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	check(held(3) == 2, "received");
	close(fd);
	check(held(3) == 0, "closed");
	close(ends[0]);
	close(ends[1]);
}

void test_held(void)
{
	struct defuse_info info = { .size = sizeof(info) };
	unsigned int n;

	check(ioctl(dir_fd, DEFUSE_IOC_INFO, &info) == 0, "info");
	private = !!(info.flags & DEFUSE_MOUNT_PRIVATE);
	make_file("held0", "", 0644);
	make_file("held1", "", 0644);
	make_file("held2", "", 0644);
	mkdir(on_backend("held.d"), 0755);
	device = lower_stat("held0").st_dev;
	for (n = 0; n < HELD_MAX; n++)
		inodes[n] = 1ULL << 40 | n;
	inodes[0] = inodes[63] = lower_stat("held0").st_ino;
	inodes[1] = lower_stat("held1").st_ino;
	inodes[2] = lower_stat("held2").st_ino;
	check(held(HELD_MAX) == 0, "nobody has any");
	errors();
	opened();
	without_name();
	on_its_way();
}
