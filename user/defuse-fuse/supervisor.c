// SPDX-License-Identifier: GPL-2.0
/*
 * Serving in a child, and in another one when it dies, whatever of.
 *
 * The supervisor holds the connection's FD and the memory of the tables, runs nothing of
 * the library, and ends when a server says that the file system is unmounted.
 */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MAX_MS	5000

static void pause_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* The child, or -1; it writes to @told when it is about to serve. */
static pid_t start(int fuse_fd, int *told)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe(pipe_fds))
		return -1;
	pid = fork();
	if (pid == 0) {
		close(pipe_fds[0]);
		forget_mount();
		if (session_prepare())
			_exit(1);
		if (write(pipe_fds[1], "", 1) != 1)
			_exit(1);
		close(pipe_fds[1]);
		_exit(session_serve(fuse_fd));
	}
	close(pipe_fds[1]);
	*told = pipe_fds[0];
	return pid;
}

/* True: the server is ready to serve. */
static bool is_ready(int told)
{
	char c;
	ssize_t n;

	do {
		n = read(told, &c, 1);
	} while (n < 0 && errno == EINTR);
	close(told);
	return n == 1;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return status;
}

int supervise(int fuse_fd, int (*ready)(void))
{
	unsigned int pause = 0;
	bool first = true;
	int told, status;
	time_t begun;
	pid_t pid;

	for (;;) {
		begun = time(NULL);
		pid = start(fuse_fd, &told);
		if (pid > 0 && is_ready(told)) {
			if (first && ready())
				return 1;
			first = false;
		}
		status = pid > 0 ? wait_for(pid) : -1;
		if (status == 0)
			return 0;
		if (first)
			return 1;
		say("%s: the server of %s died (status %#x); another takes over",
		    server.library, server.place, status);
		pause = time(NULL) - begun > 10 ? 0 : pause ? pause * 2 : 1;
		pause_ms(pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
	}
}
