// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A server for the life of a mount: killed, started again, ended.  The mount is a tmpfs
 * in a mount namespace of our own; the arguments are those of served_setup().
 */
#include "served.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS	120000		/* of a machine that is busy */

unsigned long check_passed, check_failed;

static const char options[] = "allow_other,null";

/* What the keeper gives when somebody serves, or -1. */
static int receive(int fd)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int gone;

	if (recvmsg(fd, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&gone, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(gone));
	return gone;
}

/* Of the keeper @pid, its only child; 0: none. */
static pid_t child_of(pid_t pid)
{
	char name[64], text[64] = "";
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(name, O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return atoi(text);
}

static int status_of(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static const char *place;

/* As mount.defuse does it. */
static pid_t mounted(void)
{
	int fd, gone;
	pid_t keeper = served_keep(options, &fd);

	CHECK(mount("none", place, "tmpfs", 0, NULL) == 0);
	gone = receive(fd);
	CHECK(gone >= 0);
	CHECK(inotify_add_watch(gone, place, IN_UNMOUNT) >= 0);
	CHECK(write(fd, "", 1) == 1);
	close(gone);
	close(fd);
	return keeper;
}

static void killed_once(pid_t keeper, void *fs, uint64_t fh)
{
	pid_t server = child_of(keeper);
	char text[4] = "";
	struct stat st;
	size_t n;

	CHECK(server > 0);
	CHECK(kill(server, SIGKILL) == 0);
	/* No call was under way, so none fails. */
	CHECK_IS(ops->getattr(fs, "/", &st, 0), 0);
	CHECK_IS(ops->read(fs, fh, text, 4, 0, &n), 0);
	CHECK(memcmp(text, "kept", 4) == 0);
	CHECK(child_of(keeper) != server);
}

/* Who connects while nobody is even started hears it. */
static void ill(pid_t keeper, void *fs)
{
	struct stat st;
	int err;

	close(open(served_file("/.ill"), O_CREAT | O_WRONLY, 0600));
	CHECK(kill(child_of(keeper), SIGKILL) == 0);
	CHECK_IS(ops->getattr(fs, "/", &st, 0), -ENOTCONN);
	CHECK(unlink(served_file("/.ill")) == 0);
	while ((err = ops->getattr(fs, "/", &st, 0)) == -ENOTCONN)
		usleep(1000);
	CHECK_IS(err, 0);
}

static void life(void)
{
	pid_t keeper = mounted(), other;
	void *fs = served_mount();
	uint64_t fh = 0;
	struct stat st;
	size_t n;
	int i, held;

	CHECK_IS(ops->open(fs, "/kept", O_RDWR | O_CREAT, 0600, &fh), 0);
	CHECK_IS(ops->write(fs, fh, "kept", 4, 0, &n), 0);
	for (i = 0; i < 5; i++)
		killed_once(keeper, fs, fh);
	ill(keeper, fs);
	/* Signals are for the server, which then begins anew. */
	CHECK(kill(keeper, SIGTERM) == 0);
	other = child_of(keeper);
	CHECK(kill(other, SIGTERM) == 0);
	while (child_of(keeper) == other || !child_of(keeper))
		usleep(1000);
	/* What was written may be lost with a server: that is said once. */
	CHECK_IS(ops->flush(fs, fh), -EIO);
	CHECK_IS(ops->flush(fs, fh), 0);
	CHECK_IS(ops->write(fs, fh, "lost", 4, 0, &n), 0);
	CHECK(kill(child_of(keeper), SIGKILL) == 0);
	CHECK_IS(ops->fsync(fs, fh, 0), -EIO);
	CHECK_IS(ops->fsync(fs, fh, 0), 0);
	CHECK_IS(ops->write(fs, fh, "lost", 4, 0, &n), 0);
	CHECK(kill(child_of(keeper), SIGKILL) == 0);
	CHECK_IS(ops->fgetattr(fs, fh, &st), 0);
	CHECK_IS(ops->close(fs, fh), -EIO);
	/* The name of the mount is gone, a user is left. */
	held = open(place, O_RDONLY | O_DIRECTORY);
	CHECK(umount2(place, MNT_DETACH) == 0);
	CHECK_IS(ops->unlink(fs, "/kept"), 0);
	CHECK_IS(waitpid(keeper, &(int){ 0 }, WNOHANG), 0);
	close(held);
	CHECK_IS(status_of(keeper), 0);
	CHECK(access(served_socket, F_OK) && errno == ENOENT);
}

/* The server ends with its mount, though nobody keeps it any more. */
static void alone(void)
{
	pid_t keeper = mounted(), server;
	struct pollfd ended = { .events = POLLIN };

	server = child_of(keeper);
	ended.fd = syscall(SYS_pidfd_open, server, 0);
	CHECK(ended.fd >= 0);
	CHECK(kill(keeper, SIGKILL) == 0);
	CHECK_IS(status_of(keeper), -SIGKILL);
	CHECK_IS(poll(&ended, 1, 0), 0);
	CHECK(umount(place) == 0);
	CHECK_IS(poll(&ended, 1, PATIENCE_MS), 1);
	close(ended.fd);
}

/* Whoever mounts goes away, before and after somebody serves; or nobody ever does. */
static void given_up(void)
{
	struct pollfd ended = { .events = POLLIN };
	int fd, gone;
	pid_t keeper = served_keep(options, &fd);

	gone = receive(fd);
	CHECK(gone >= 0);
	ended.fd = syscall(SYS_pidfd_open, child_of(keeper), 0);
	CHECK(ended.fd >= 0);
	close(fd);
	CHECK_IS(status_of(keeper), 1);
	CHECK_IS(poll(&ended, 1, PATIENCE_MS), 1);
	close(ended.fd);
	close(gone);
	keeper = served_keep(options, &fd);
	close(fd);
	CHECK_IS(status_of(keeper), 1);
	keeper = served_keep("nonsense", &fd);
	CHECK_IS(receive(fd), -1);
	close(fd);
	CHECK_IS(status_of(keeper), 1);
	CHECK(access(served_socket, F_OK) && errno == ENOENT);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	place = argv[5];
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		perror("a mount namespace");
		return 2;
	}
	served_setup(argv);
	place = served_file("/../mnt");
	CHECK(mkdir(place, 0755) == 0);
	life();
	alone();
	given_up();
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 40;
}
