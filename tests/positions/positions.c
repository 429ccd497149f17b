// SPDX-License-Identifier: GPL-2.0
/*
 * positions SUITE DIR STATIC: tests of positions in DIR, on a mount or not
 * positions hold WHAT FD N: a holder of an open file, see holder.c
 */
#define _GNU_SOURCE
#include "positions.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *static_program;

int numbered(const char *name)
{
	uint16_t numbers[NUMBERS];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644), i;

	for (i = 0; i < NUMBERS; i++)
		numbers[i] = i;
	if (fd < 0 || pwrite(fd, numbers, sizeof(numbers), 0) != sizeof(numbers))
		perror(name);
	return fd;
}

void promote(int fd)
{
	char c;
	int i;

	for (i = 0; i < 110; i++)
		if (read(fd, &c, 1) != 1)
			perror("promote");
	lseek(fd, 0, SEEK_SET);
}

bool expect(int fd, int n)
{
	uint16_t number = 0xffff;

	if (read(fd, &number, 2) == 2 && number == n)
		return true;
	printf("# read %d, not %d\n", number, n);
	return false;
}

int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run(const char *program, const char *what, int fd, int n)
{
	char fd_text[16], n_text[16];
	pid_t pid;

	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	snprintf(n_text, sizeof(n_text), "%d", n);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		execl(program, "positions", "hold", what, fd_text, n_text, NULL);
		_exit(127);
	}
	return wait_for(pid);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "hold"))
		return holder(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc != 4 || chdir(argv[2])) {
		fprintf(stderr, "usage: positions SUITE DIR STATIC\n");
		return 2;
	}
	static_program = argv[3];
	if (!strcmp(argv[1], "share"))
		test_share();
	else if (!strcmp(argv[1], "killed"))
		test_killed();
	else if (!strcmp(argv[1], "signals"))
		test_signals(false);
	else if (!strcmp(argv[1], "traps"))
		test_signals(true);
	else if (!strcmp(argv[1], "exits"))
		test_exits();
	return test_end();
}
