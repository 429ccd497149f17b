// SPDX-License-Identifier: GPL-2.0
/* A holder that dies in the middle of an operation; see tests/traplib.c of the core. */
#define _GNU_SOURCE
#include "positions.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* @program goes on where the write that killed its holder began. */
static bool goes_on(int fd, const char *program)
{
	char buf[RECORD] = "";
	pid_t pid;

	ASK(lseek(fd, 100, SEEK_SET) == 100);
	pid = fork();
	if (!pid) {
		write(fd, "TRAP:KILL.......", RECORD);
		_exit(0);
	}
	ASK(wait_for(pid) == 128 + SIGKILL);
	ASK(pread(fd, buf, RECORD, 100) == RECORD);
	ASK(!memcmp(buf, "TRAP:KIL", 8));	/* half of it is there */
	if (program)
		ASK(run(program, "records", fd, 1) == 0);
	else
		ASK(holder("records", fd, 1) == 0);
	ASK(pread(fd, buf, RECORD, 100) == RECORD && buf[7] == ' ' && buf[15] == '\n');
	ASK(lseek(fd, 0, SEEK_CUR) == 100 + RECORD);
	return true;
}

/* The same while others wait for the position. */
static bool waited_for(int fd)
{
	pid_t pid[5];
	int i;

	ASK(lseek(fd, 0, SEEK_SET) == 0);
	for (i = 0; i < 5; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		if (i == 2) {
			write(fd, "TRAP:KILL.......", RECORD);
			_exit(0);
		}
		_exit(i % 2 ? run_static("seek", fd, 200) : holder("seek", fd, 200));
	}
	for (i = 0; i < 5; i++)
		ASK(wait_for(pid[i]) == (i == 2 ? 128 + SIGKILL : 0));
	ASK(lseek(fd, 0, SEEK_CUR) == 4 * 200 * 2);
	return true;
}

void test_killed(void)
{
	int fd = numbered("killed");

	promote(fd);
	TEST("killed in a write: a hooked holder goes on", goes_on(fd, NULL));
	TEST("a hooked program", goes_on(fd, "/proc/self/exe"));
	TEST("one that is not hooked", goes_on(fd, static_program));
	TEST("those who wait", waited_for(fd));
}
