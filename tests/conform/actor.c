// SPDX-License-Identifier: GPL-2.0
/*
 * The two actors: turns, questions to the other one, children.
 *
 * They talk over a socket of packets: "T" your turn; "S name" tell what you see;
 * "D" done; "E" the end; "F" with a file descriptor, kept in received_fd.
 */
#include "conform.h"

#include <grp.h>
#include <sys/socket.h>

enum { SECONDS = 90 };

static void tell(const char *packet)
{
	if (write(PEER_FD, packet, strlen(packet)) < 0)
		_exit(4);
}

union fd_space {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

int received_fd = -1;

int send_fd(int fd)
{
	union fd_space control = {
		.head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS },
	};
	struct iovec vec = { "F", 1 };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(PEER_FD, &msg, 0);
}

static ssize_t receive(char *packet, size_t size)
{
	union fd_space control;
	struct iovec vec = { packet, size };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(PEER_FD, &msg, 0);

	if (n == 1 && *packet == 'F')
		memcpy(&received_fd, CMSG_DATA(&control.head), sizeof(int));
	return n;
}

/* Answers questions until a packet that is none. */
static char listen_to_peer(void)
{
	char packet[5000];
	ssize_t n;

	for (;;) {
		n = receive(packet, sizeof(packet) - 1);
		if (n <= 0)
			_exit(5);
		packet[n] = 0;
		if (*packet == 'F')
			continue;
		if (*packet != 'S')
			return *packet;
		see_here(packet + 1);
		tell("D");
	}
}

int turn_begin(char actor)
{
	if (actor == me)
		return 1;
	if (listen_to_peer() != 'T')
		_exit(6);
	return 0;
}

int turn_end(void)
{
	tell("T");
	return 0;
}

void serve(void)
{
	if (listen_to_peer() != 'E')
		_exit(7);
}

void actor_end(void)
{
	tell("E");
}

void SEE(const char *name)
{
	char packet[5000];

	see_here(name);
	snprintf(packet, sizeof(packet), "S%s", name);
	tell(packet);
	if (listen_to_peer() != 'D')
		_exit(8);
}

int child_begin(uid_t uid)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		alarm(SECONDS);
		if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
			    setresuid(uid, uid, uid)))
			_exit(9);
		return 1;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		say("fork: %s", errno_name(errno));
	else if (status)
		say("the child ended with status %#x", status);
	return 0;
}

void child_end(void)
{
	_exit(0);
}
