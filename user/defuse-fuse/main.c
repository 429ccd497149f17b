// SPDX-License-Identifier: GPL-2.0
/*
 * defuse-fuse: serves a file-system library over FUSE.
 *
 *	defuse-fuse [-f] -o OPTIONS DIR		mount on DIR
 *	defuse-fuse -l FD -o OPTIONS PLACE	give the mount, attached nowhere, to
 *						who listens at the socket FD
 *
 * docs/mounting.md has the options.  -f stays in the foreground.  Exit status: 0, or 1
 * after a message.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

struct server server = {
	.default_permissions = true,
	.timeout = 1.0,
	.threads = 10,
};

static int socket_fd = -1, mount_fd = -1, parent_fd = -1;
static bool foreground, restart = true, in_background;

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (in_background) {
		vsyslog(LOG_DAEMON | LOG_ERR, format, args);
	} else {
		fprintf(stderr, "defuse-fuse: ");
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
	}
	va_end(args);
}

__attribute__((noreturn))
static void usage(void)
{
	fprintf(stderr, "usage: defuse-fuse [-f] [-l FD] -o library=FILE,backend=TEXT[,...] "
			"DIR\n");
	exit(1);
}

static unsigned int number(const char *name, const char *value)
{
	char *end;
	unsigned long n = value ? strtoul(value, &end, 10) : 0;

	if (!n || n > (1U << 30) || *end) {
		say("option %s: a number from 1 on, please", name);
		exit(1);
	}
	return n;
}

static void set_cache(const char *value)
{
	if (value && strcmp(value, "none") == 0) {
		server.direct_io = true;
		server.timeout = 0;
	} else if (value && strcmp(value, "always") == 0) {
		server.keep_cache = true;
		server.timeout = 86400;
	} else if (!value || strcmp(value, "auto")) {
		say("option cache: none, auto or always, please");
		exit(1);
	}
}

static void option(const char *name, const char *value)
{
	if (strcmp(name, "library") == 0 && value)
		server.library = value;
	else if (strcmp(name, "backend") == 0 && value)
		server.backend = value;
	else if (strcmp(name, "cache") == 0)
		set_cache(value);
	else if (strcmp(name, "threads") == 0)
		server.threads = number(name, value);
	else if (strcmp(name, "max_write") == 0)
		server.max_write = number(name, value);
	else if (strcmp(name, "shared") == 0)
		server.shared = true;
	else if (strcmp(name, "writeback") == 0)
		server.writeback = true;
	else if (strcmp(name, "no_default_permissions") == 0)
		server.default_permissions = false;
	else if (strcmp(name, "no_restart") == 0)
		restart = false;
	else {
		say("no option %s%s", name, strcmp(name, "passthrough") ? "" :
		    ": this libfuse has none");
		exit(1);
	}
}

/* Commas inside of double quotes belong to the value. */
static void options(char *rest)
{
	while (rest && *rest) {
		char *name = rest, *to = rest, *from = rest, *value;
		bool quoted = false;

		for (; *from && (quoted || *from != ','); from++) {
			if (*from == '"')
				quoted = !quoted;
			else
				*to++ = *from;
		}
		rest = *from ? from + 1 : NULL;
		*to = '\0';
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		option(name, value);
	}
}

/* Their numbers may be used again: only once. */
void forget_mount(void)
{
	int *const fds[] = { &mount_fd, &socket_fd, &parent_fd };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static int send_mount(void)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &mount_fd, sizeof(int));
	return sendmsg(socket_fd, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (null > 2)
			close(null);
	}
	if (chdir("/"))
		say("chdir /: %s", strerror(errno));
	openlog("defuse-fuse", LOG_PID, LOG_DAEMON);
	in_background = true;
}

/* The first server serves: let others reach it. */
static int ready(void)
{
	int err;

	if (socket_fd >= 0)
		err = send_mount();
	else
		err = move_mount(mount_fd, "", AT_FDCWD, server.place,
				 MOVE_MOUNT_F_EMPTY_PATH);
	if (err) {
		say("%s: %s", server.place, strerror(errno));
		return -1;
	}
	if (parent_fd >= 0 && write(parent_fd, "", 1) != 1)
		return -1;
	forget_mount();
	if (!foreground)
		leave_terminal();
	return 0;
}

/* Returns in the child; the parent waits until it serves, and exits. */
static void background(void)
{
	int fds[2];
	char byte;

	if (pipe2(fds, O_CLOEXEC))
		exit(1);
	switch (fork()) {
	case -1:
		say("fork: %s", strerror(errno));
		exit(1);
	case 0:
		close(fds[0]);
		parent_fd = fds[1];
		setsid();
		return;
	}
	close(fds[1]);
	exit(read(fds[0], &byte, 1) == 1 ? 0 : 1);
}

static void arguments(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "fl:o:")) != -1) {
		switch (c) {
		case 'f':
			foreground = true;
			break;
		case 'l':
			socket_fd = number("-l", optarg);
			server.lower = true;
			break;
		case 'o':
			options(strdup(optarg));
			break;
		default:
			usage();
		}
	}
	if (argc != optind + 1 || !server.library || !server.backend)
		usage();
	server.place = argv[optind];
}

static int serve_here(int fuse_fd)
{
	if (session_prepare() || ready())
		return 1;
	return session_serve(fuse_fd);
}

int main(int argc, char **argv)
{
	const char *wrong;
	int fuse_fd;

	arguments(argc, argv);
	wrong = library_untrusted(server.library);
	if (wrong) {
		say("library %s: %s", server.library, wrong);
		return 1;
	}
	if (socket_fd >= 0) {
		fcntl(socket_fd, F_SETFD, FD_CLOEXEC);
		setsid();
		/* It ends with its mount, not with the machine's daemons. */
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
	} else if (!foreground) {
		background();
	}
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0) {
		say("/dev/fuse: %s (modprobe fuse?)", strerror(errno));
		return 1;
	}
	mount_fd = hidden_mount(fuse_fd);
	if (mount_fd < 0 || store_make())
		return 1;
	return restart ? supervise(fuse_fd, ready) : serve_here(fuse_fd);
}
