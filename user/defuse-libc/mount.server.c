// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount.server.h"

#include "fuse-compat/words.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Root's alone to write, like the libraries; user/defuse-fuse, fuse-compat. */
#ifndef DEFUSE_FUSE
#define DEFUSE_FUSE	"/usr/lib/defuse/defuse-fuse"
#endif
#ifndef DEFUSE_SERVER
#define DEFUSE_SERVER	"/usr/lib/defuse/defuse-server"
#endif

#define SOCKETS		"/run/defuse"

/* A program that gets one end of a socket; @argv[2] becomes its number. */
__attribute__((noreturn))
static void run(char **argv, int fd)
{
	static char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL
	};
	char number[12];

	snprintf(number, sizeof(number), "%d", fd);
	argv[2] = number;
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	fcntl(fd, F_SETFD, 0);
	execve(argv[0], argv, environment);
	fprintf(stderr, "mount.defuse: %s: %s\n", argv[0], strerror(errno));
	_exit(1);
}

/* Our end, or -1. */
static int start(char **argv, pid_t *pid)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) {
		fprintf(stderr, "mount.defuse: socketpair: %s\n", strerror(errno));
		return -1;
	}
	*pid = fork();
	if (*pid == 0)
		run(argv, fds[1]);
	close(fds[1]);
	return fds[0];
}

/* The FD it sends when it serves.  -1: it ended without. */
static int receive(int fd, pid_t pid)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int received;
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	c = n == 1 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return -1;
	}
	memcpy(&received, CMSG_DATA(c), sizeof(received));
	return received;
}

int server_start(const char *library, const char *backend, bool alone, const char *place)
{
	char *argv[] = { DEFUSE_FUSE, "-l", NULL, "-o", NULL, (char *)place, NULL };
	int fd, mount;
	pid_t pid;

	if (asprintf(&argv[4], "library=\"%s\",backend=\"%s\",%s", library, backend,
		     alone ? "cache=auto" : "cache=none,shared") < 0)
		return -1;
	fd = start(argv, &pid);
	free(argv[4]);
	if (fd < 0)
		return -1;
	mount = receive(fd, pid);
	close(fd);
	if (mount < 0)
		fprintf(stderr, "mount.defuse: lower=fuse: the server of %s did not start\n",
			library);
	return mount;
}

bool shared_wanted(const char *backend, const char **why)
{
	static const char begin[] = "instance=shared";
	struct words words;
	bool wanted;

	*why = NULL;
	if (words_cut(&words, backend, why)) {
		/* Else it is no business of ours. */
		wanted = strncmp(backend, begin, sizeof(begin) - 1) == 0;
		if (!wanted)
			*why = NULL;
		return wanted;
	}
	wanted = words.shared && !words.socket;
	if (wanted && !words.argc)
		*why = "the backend names no command";
	words_free(&words);
	return wanted;
}

/* A name that nobody has, made of the command's, in a directory that all can see. */
static int name_socket(char *path, size_t size, const char *backend)
{
	struct words words;
	const char *why, *name;
	char clean[32];
	uint64_t unique;
	size_t i;

	if (mkdir(SOCKETS, 0755) == 0)
		chmod(SOCKETS, 0755);	/* whatever the umask */
	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique) ||
	    words_cut(&words, backend, &why))
		return -1;
	name = strrchr(words.argv[0], '/');
	name = name ? name + 1 : words.argv[0];
	for (i = 0; name[i] && i < sizeof(clean) - 1; i++)
		clean[i] = strchr(" \t\n\\\",", name[i]) ? '_' : name[i];
	clean[i] = '\0';
	words_free(&words);
	snprintf(path, size, "%s/%s-%016" PRIx64, SOCKETS, clean, unique);
	return 0;
}

int shared_start(struct shared *s, const char *backend, const char *place)
{
	char *argv[] = { DEFUSE_SERVER, "-l", NULL, NULL, (char *)place, NULL };
	char path[64];
	pid_t pid;

	s->keeper = s->gone = -1;
	if (name_socket(path, sizeof(path), backend) ||
	    asprintf(&s->backend, "instance=shared socket=%s", path) < 0 ||
	    asprintf(&argv[3], "socket=%s %s", path, backend) < 0) {
		fprintf(stderr, "mount.defuse: %s: no name for a socket\n", SOCKETS);
		return -1;
	}
	s->keeper = start(argv, &pid);
	free(argv[3]);
	if (s->keeper >= 0)
		s->gone = receive(s->keeper, pid);
	if (s->gone < 0)
		fprintf(stderr, "mount.defuse: instance=shared: nobody serves %s\n", place);
	return s->gone < 0 ? -1 : 0;
}

int shared_tie(const struct shared *s, int mount)
{
	char root[32];

	snprintf(root, sizeof(root), "/proc/self/fd/%d", mount);
	if (inotify_add_watch(s->gone, root, IN_UNMOUNT) < 0 || write(s->keeper, "", 1) != 1) {
		fprintf(stderr, "mount.defuse: cannot watch the mount: %s\n",
			strerror(errno));
		return -1;
	}
	close(s->gone);
	close(s->keeper);
	return 0;
}
