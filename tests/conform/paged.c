// SPDX-License-Identifier: GPL-2.0
/*
 * paged FILE BACKEND-FILE: where userfaultfd alone goes wrong, on a file of a mount without
 * a lower tree.  Dynamic, with the patched C library.  FILE has 256 pages, page n full of
 * the letter 'a' + n % 26.
 *
 * Prints a line for each test and "N passed, N failed"; exits 1 if one failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, NOBODY = 65534 };

static const char *file, *back;
static int passed, failed;

static void test(int ok, const char *what)
{
	printf("%s %s\n", ok ? "ok" : "not ok", what);
	passed += !!ok;
	failed += !ok;
}

static char *map(int *fd, int prot, int flags)
{
	char *p;

	*fd = open(file, O_RDWR);
	p = mmap(NULL, PAGES * PAGE, prot, flags, *fd, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return p;
}

static int letter(int page)
{
	return 'a' + page % 26;
}

/* What the backend has. */
static int back_is(off_t pos, const char *want)
{
	char buf[64] = "";
	int fd = open(back, O_RDONLY), n = strlen(want);
	int is = pread(fd, buf, n, pos) == n && !memcmp(buf, want, n);

	close(fd);
	return is;
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static int never_mapped_child(void *arg)
{
	return *((volatile char *)arg + 200 * PAGE) == letter(200) ? 0 : 1;
}

/* 1: who is not watched reads zeros. */
static void unwatched(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd, status;
	char *p = map(&fd, PROT_READ, MAP_SHARED);
	pid_t pid = clone(never_mapped_child, stack + sizeof(stack), SIGCHLD, p);

	status = status_of(pid);
	test(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	     "1: the child of a raw clone faults");
	test(p[200 * PAGE] == letter(200), "1: and has put no zeros there");
	munmap(p, PAGES * PAGE);
	close(fd);
}

/* 2: a child outlives the process that has the pager. */
static void orphan(int how, const char *what)
{
	int fds[2], go[2], right = -1, i, fd;
	pid_t pid;

	if (pipe(fds) || pipe(go))
		exit(2);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		char *p = map(&fd, PROT_READ | PROT_WRITE, how), c;
		volatile char touched = p[0];

		(void)touched;
		if (fork()) {
			kill(getpid(), SIGKILL);
			pause();
		}
		read(go[0], &c, 1);	/* until the parent is dead */
		for (right = 1, i = 0; i < PAGES; i++)
			right = right && p[i * PAGE + i] == letter(i);
		write(fds[1], &right, sizeof(right));
		_exit(0);
	}
	status_of(pid);
	write(go[1], "", 1);
	test(read(fds[0], &right, sizeof(right)) == sizeof(right) && right == 1, what);
}

/* 3 and 4: a user without privilege, and buffers that nobody has touched. */
static void unprivileged(void)
{
	int fds[2], fd;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		char *p, *q, buf[8] = "";

		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY) || pipe(fds))
			_exit(2);
		passed = failed = 0;
		test(syscall(SYS_userfaultfd, O_CLOEXEC) < 0 && errno == EPERM,
		     "3: userfaultfd is forbidden");
		p = map(&fd, PROT_READ | PROT_WRITE, MAP_SHARED);
		q = map(&fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		test(p[99 * PAGE] == letter(99), "3: and a file is mapped all the same");
		test(write(fds[1], p + 50 * PAGE, 8) == 8 && read(fds[0], buf, 8) == 8 &&
		     buf[7] == letter(50), "4: write() out of a shared mapping");
		test(write(fds[1], q + 51 * PAGE, 8) == 8 &&
		     read(fds[0], q + 52 * PAGE, 8) == 8 && q[52 * PAGE] == letter(51),
		     "4: read() into a private one");
		test(pread(fd, p + 53 * PAGE, 8, 54 * PAGE) == 8 &&
		     p[53 * PAGE] == letter(54), "4: read() of the file itself");
		memset(p + 53 * PAGE, letter(53), 8);
		fflush(NULL);
		_exit(failed || passed != 5);
	}
	test(status_of(pid) == 0, "3 and 4: without privilege");
}

/* 4 for root, whose faults the pager answers. */
static void buffers(void)
{
	int fd, fds[2];
	char *p = map(&fd, PROT_READ | PROT_WRITE, MAP_SHARED), buf[8];

	if (pipe(fds))
		exit(2);
	test(write(fds[1], p + 60 * PAGE, 8) == 8 && read(fds[0], buf, 8) == 8 &&
	     buf[0] == letter(60), "4: with privilege");
	test(poll((struct pollfd *)(p + 61 * PAGE), 1, 0) >= 0, "4: in another system call");
	munmap(p, PAGES * PAGE);
	close(fd);
}

/* 5: the stores of two processes into one page. */
static void two(void)
{
	int fd, other, status;
	char *p = map(&fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t pid;

	p[70 * PAGE] = 'P';
	fflush(NULL);
	pid = fork();
	if (!pid) {
		char *q = map(&other, PROT_READ | PROT_WRITE, MAP_SHARED);

		q[70 * PAGE + 1] = 'C';
		q[71 * PAGE] = 'C';
		_exit(q[70 * PAGE] != 'P');
	}
	status = status_of(pid);
	test(status == 0 && p[70 * PAGE + 1] == 'C', "5: both see both");
	test(back_is(70 * PAGE, "PC") && back_is(71 * PAGE, "C"),
	     "5: the end of one has written both back");
	p[71 * PAGE] = 'P';
	test(back_is(71 * PAGE, "C") && msync(p + 71 * PAGE, PAGE, MS_SYNC) == 0 &&
	     back_is(71 * PAGE, "P"), "5: a store after that is found too");
	/* Killed: who has it mapped writes it back. */
	fflush(NULL);
	pid = fork();
	if (!pid) {
		memcpy(p + 72 * PAGE, "killed", 6);
		kill(getpid(), SIGKILL);
	}
	status_of(pid);
	test(pread(fd, p + 80 * PAGE, 6, 72 * PAGE) == 6 &&
	     !memcmp(p + 80 * PAGE, "killed", 6), "5: what a killed process stored is read");
	munmap(p, PAGES * PAGE);
	test(back_is(72 * PAGE, "killed"), "5: and written back by another");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	file = argv[1];
	back = argv[2];
	unwatched();
	orphan(MAP_SHARED, "2: a shared mapping whose pager died");
	orphan(MAP_PRIVATE, "2: a private mapping whose pager died");
	unprivileged();
	buffers();
	two();
	printf("%d passed, %d failed\n", passed, failed);
	return failed || passed != 12;
}
