// SPDX-License-Identifier: GPL-2.0
/*
 * holder DIRECTORY main|thread|child: changes files of DIRECTORY until it is killed, by the
 * library, which in a static program is in an island.  The one who does it is the first
 * thread, another, or a child of fork(), for which a context of its own has to be known to
 * the kernel.
 *
 * Exit status: 0 it came to its end; 137 it died, or its child did.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char bytes[20000];

static void *change(void *arg)
{
	long failed = 0;
	int fd = open("held", O_CREAT | O_RDWR, 0644);

	failed |= fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes);
	failed |= pwrite(fd, bytes, 5000, 100) != 5000 || ftruncate(fd, 7) || close(fd);
	failed |= mkdir("dir", 0755) || rename("held", "dir/held") || link("dir/held", "held");
	failed |= unlink("held") || unlink("dir/held") || rmdir("dir");
	(void)arg;
	return (void *)failed;
}

static int in_thread(void)
{
	void *failed = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, change, NULL) || pthread_join(thread, &failed))
		return 2;
	return failed != NULL;
}

static int in_child(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(change(NULL) != NULL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct stat st;

	memset(bytes, 'h', sizeof(bytes));
	/* The library is there before: what follows is but the change. */
	if (argc != 3 || chdir(argv[1]) || stat(".", &st) || !access("none", F_OK))
		return 2;
	if (!strcmp(argv[2], "thread"))
		return in_thread();
	if (!strcmp(argv[2], "child"))
		return in_child();
	return change(NULL) != NULL;
}
