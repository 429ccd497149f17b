// SPDX-License-Identifier: GPL-2.0
/*
 * killer DIR BACKEND [STEP]: kills a writer before each of its system calls.
 *
 * The writer appends numbered records to a log, replaces a file by rename, makes
 * and removes names, locks and maps.  It is started again and again and killed
 * with SIGKILL at the entry of its n-th system call, n = 1, 1 + STEP...  until it
 * comes to its end by itself.  After every death the directory must hold a state
 * that the writer went through, by both the mount and the backend, a bystander
 * with open files must work on, and no lock may be left.
 *
 * Exit status: 0, or 1 after the first thing that was wrong.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the writer up to its n-th system call.  Return: 1 it was killed, 0 done. */
static int run_until(long n)
{
	int status;
	pid_t pid;
	long i = 0;

	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(victim_writes());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
		wrong("the writer did not start");
		return 0;
	}
	ptrace(PTRACE_SETOPTIONS, pid, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		if (waitpid(pid, &status, 0) != pid)
			return 0;
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		/* Odd n: before the call; even n: when it was done and not yet told. */
		if (++i == n) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return 1;
		}
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		wrong("the writer ended with %#x", status);
	return 0;
}

int main(int argc, char **argv)
{
	long step = argc > 3 ? atol(argv[3]) : 1, deaths = 0, at_call;
	int bystander, killed;

	if (argc < 3 || chdir(argv[1]) || step < 1) {
		fprintf(stderr, "usage: killer DIR BACKEND [STEP]\n");
		return 2;
	}
	bystander = bystander_open();
	if (bystander < 0)
		return 2;
	for (at_call = 1; at_call < 100000 && !n_wrong; at_call += step) {
		snprintf(victim_death, sizeof(victim_death), "call %ld", at_call);
		killed = run_until(at_call);
		deaths += killed;
		victim_check(".", "by the mount");
		victim_check(argv[2], "on the backend");
		bystander_works(bystander);
		victim_clean();
		if (!killed)
			break;
	}
	printf("killer: %ld deaths in %ld calls, %d wrong\n", deaths, at_call,
	       n_wrong);
	if (deaths < 20) {
		fprintf(stderr, "killer: too few deaths to mean anything\n");
		return 1;
	}
	close(bystander);
	unlink("bystander");
	return n_wrong ? 1 : 0;
}
