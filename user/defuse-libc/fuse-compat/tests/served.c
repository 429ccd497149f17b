// SPDX-License-Identifier: LGPL-2.1-or-later
#include "served.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

char served_root[256], served_socket[256], served_backend[2048];
const struct defuse_fs_operations *ops;

static char **settings;

void served_setup(char **argv)
{
	settings = argv;
	ops = host_load(argv[1]);
	snprintf(served_root, sizeof(served_root), "%s/root", argv[5]);
	snprintf(served_socket, sizeof(served_socket), "%s/socket", argv[5]);
	if (mkdir(served_root, 0755) && errno != EEXIST) {
		perror(served_root);
		exit(2);
	}
}

static void describe(const char *options)
{
	snprintf(served_backend, sizeof(served_backend),
		 "instance=shared socket=%s %s -o root=%s,%s", served_socket, settings[4],
		 served_root, options);
	unlink(served_socket);
}

pid_t served_keep(const char *options, int *fd)
{
	char number[16];
	int fds[2];
	pid_t pid;

	describe(options);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		exit(2);
	pid = fork();
	if (pid == 0) {
		snprintf(number, sizeof(number), "%d", fds[1]);
		fcntl(fds[1], F_SETFD, 0);
		execl(settings[2], settings[2], "-l", number, "-p", settings[3],
		      served_backend, "/mnt", NULL);
		_exit(127);
	}
	close(fds[1]);
	*fd = fds[0];
	return pid;
}

pid_t served_start(const char *options)
{
	pid_t pid;

	describe(options);
	pid = fork();
	if (pid == 0) {
		execl(settings[2], settings[2], "-f", "-p", settings[3], served_backend, "/mnt",
		      NULL);
		_exit(127);
	}
	while (access(served_socket, F_OK)) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			fprintf(stderr, "no server\n");
			exit(2);
		}
		usleep(1000);
	}
	return pid;
}

int served_stop(pid_t server, int sig)
{
	int status = -1;

	kill(server, sig);
	waitpid(server, &status, 0);
	return status;
}

void *served_mount(void)
{
	void *fs = NULL;

	CHECK_IS(ops->init("/mnt", served_backend, &test_host, &fs), 0);
	return fs;
}

const char *served_file(const char *name)
{
	static char names[8][512];
	static int i;

	i = (i + 1) % 8;
	snprintf(names[i], sizeof(names[i]), "%s%s", served_root, name);
	return names[i];
}

void served_child(void *fs, void (*test)(void *fs))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		check_failed = 0;
		if (fs)
			ops->atfork_child(fs);
		test(fs);
		_exit(check_failed != 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_IS(status, 0);
}
