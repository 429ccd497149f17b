// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MAX_MS	5000
/* What a server may take for its last operations before it is told again, and killed. */
#define END_MS		10000
/* A server that ran so long begins anew without a pause. */
#define GOOD_MS		10000

/**
 * struct server - what runs now
 * @group: the process that was started; it and what it started, until somebody serves
 * @pid, @pidfd: who serves
 * @gone:  inotify descriptor: readable when the mount is no more.  Never read
 */
struct server {
	pid_t group, pid;
	int pidfd, gone;
};

static bool in_background;

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (in_background) {
		vsyslog(LOG_DAEMON | LOG_ERR, format, args);
	} else {
		fprintf(stderr, "defuse-server: ");
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
	}
	va_end(args);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

/* One of two descriptors, -1 for none.  Return: which (0, 1), or -1 after @ms. */
static int wait_for(int a, int b, int ms)
{
	struct pollfd p[] = { { .fd = a, .events = POLLIN }, { .fd = b, .events = POLLIN } };
	int64_t end = now_ms() + ms;
	int n;

	do {
		n = poll(p, 2, ms < 0 ? -1 : ms);
		if (n > 0)
			return p[0].revents ? 0 : 1;
		if (ms >= 0)
			ms = end > now_ms() ? end - now_ms() : 0;
	} while (n < 0 && errno == EINTR);
	return -1;
}

static bool is_gone(const struct server *s)
{
	return wait_for(s->gone, -1, 0) == 0;
}

static const int ours[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

static void set_signals(void (*handler)(int))
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], handler);
}

/* Return: the pipe that tells who serves, or -1. */
static int start(const struct keeper *k, struct server *s)
{
	int told[2];

	s->pid = 0;
	s->pidfd = -1;
	if (pipe2(told, O_CLOEXEC)) {
		say("pipe: %s", strerror(errno));
		return -1;
	}
	s->group = fork();
	if (s->group == 0) {
		const struct handover h = { k->listener, told[1], s->gone };

		setpgid(0, 0);
		set_signals(SIG_DFL);
		close(told[0]);
		close(k->socket);
		k->run(&h, k->arg);
		_exit(1);
	}
	if (s->group < 0)
		say("fork: %s", strerror(errno));
	else
		setpgid(s->group, s->group);
	close(told[1]);
	return told[0];
}

/* Waits until somebody serves.  @other: what ends the wait.  False: nobody will. */
static bool await(struct server *s, int told, int other)
{
	ssize_t n = 0;

	if (told < 0)
		return false;
	if (wait_for(told, other, -1) == 0)
		n = read(told, &s->pid, sizeof(s->pid));
	close(told);
	if (n == sizeof(s->pid)) {
		s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
		return s->pidfd >= 0;
	}
	if (s->group > 0)
		kill(-s->group, SIGKILL);
	return false;
}

/* It ends by itself if it knows that the mount is gone. */
static void end(struct server *s, bool told)
{
	if (s->pidfd < 0)
		return;
	if (!told || wait_for(s->pidfd, -1, END_MS) < 0)
		kill(s->pid, SIGTERM);
	if (wait_for(s->pidfd, -1, END_MS) < 0)
		kill(s->pid, SIGKILL);
	close(s->pidfd);
	s->pidfd = -1;
}

/* Gives @gone away, and waits for the answer that it watches.  True: it does. */
static bool is_mounted(const struct keeper *k, const struct server *s)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &s->gone, sizeof(int));
	return sendmsg(k->socket, &msg, MSG_NOSIGNAL) == 1 &&
	       wait_for(k->socket, -1, -1) == 0 && read(k->socket, &byte, 1) == 1;
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	for (i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	if (null > 2)
		close(null);
	if (chdir("/"))
		say("chdir /: %s", strerror(errno));
	openlog("defuse-server", LOG_PID, LOG_DAEMON);
	in_background = true;
}

/* For a while nobody is tried.  @refuse: who connects hears it at once. */
static void pause_ms(const struct keeper *k, const struct server *s, unsigned int ms,
		     bool refuse)
{
	int64_t end = now_ms() + ms, left;

	while ((left = end - now_ms()) > 0 &&
	       wait_for(s->gone, refuse ? k->listener : -1, left) == 1) {
		int fd = accept4(k->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			send(fd, &(char){ ENOTCONN }, 1, MSG_NOSIGNAL);
			close(fd);
		}
	}
}

/* One server after the other, until the mount is gone. */
static void keep_on(const struct keeper *k, struct server *s)
{
	int64_t begun = now_ms();
	unsigned int pause = 0;

	while (!is_gone(s)) {
		bool served = s->pidfd >= 0;

		if (served) {
			if (wait_for(s->gone, s->pidfd, -1) == 0)
				break;
			say("%s: the server died; another takes over", k->name);
			close(s->pidfd);
		} else {
			say("%s: no server comes up", k->name);
		}
		pause = now_ms() - begun > GOOD_MS ? 0 : pause ? pause * 2 : 1;
		pause = pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
		pause_ms(k, s, pause, !served);
		begun = now_ms();
		if (!is_gone(s))
			await(s, start(k, s), s->gone);
	}
	end(s, true);
}

int keep(const struct keeper *k)
{
	struct server s = { .gone = inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
	int status = 1;

	setsid();
	/* Files must be closed while a machine shuts down; children are not waited for. */
	set_signals(SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fcntl(k->listener, F_SETFL, O_NONBLOCK);
	fcntl(k->socket, F_SETFD, FD_CLOEXEC);
	if (s.gone < 0) {
		say("inotify: %s", strerror(errno));
	} else if (!await(&s, start(k, &s), k->socket)) {
		say("%s does not serve", k->name);
	} else if (!is_mounted(k, &s)) {
		end(&s, false);
	} else {
		close(k->socket);
		leave_terminal();
		keep_on(k, &s);
		status = 0;
	}
	unlink(k->path);
	return status;
}
