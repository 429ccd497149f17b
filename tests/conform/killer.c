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
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORDS = 12, RECORD = 32, VERSIONS = 3 };

static int n_wrong;
static long at_call;

#define wrong(...) do {							\
	n_wrong++;							\
	fprintf(stderr, "killed at call %ld: ", at_call);		\
	fprintf(stderr, __VA_ARGS__);					\
	fputc('\n', stderr);						\
} while (0)

static void record(char *buf, int i)
{
	memset(buf, 'a' + i, RECORD);
	snprintf(buf, RECORD, "record %04d", i);
	buf[RECORD - 1] = '\n';
}

/* The victim.  Its steps are those that check_state() knows. */
static int writer(void)
{
	char buf[RECORD], *p;
	int fd, i, second;
	struct stat st;

	fd = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
	if (fd < 0 || flock(fd, LOCK_EX))
		return 1;
	for (i = 0; i < RECORDS; i++) {
		record(buf, i);
		if (write(fd, buf, RECORD) != RECORD)
			return 2;
	}
	if (fsync(fd) || close(fd))
		return 3;
	for (i = 0; i < VERSIONS; i++) {
		fd = open("state.new", O_CREAT | O_TRUNC | O_RDWR, 0600);
		snprintf(buf, sizeof(buf), "version %d", i);
		if (fd < 0 || write(fd, buf, 9) != 9 || fchmod(fd, 0644) ||
		    close(fd) || rename("state.new", "state"))
			return 4;
	}
	if (mkdir("dir", 0755) || link("state", "dir/state") ||
	    symlink("state", "dir/link") || stat("dir/state", &st))
		return 5;
	fd = open("map", O_CREAT | O_RDWR, 0644);
	second = dup(fd);
	if (fd < 0 || ftruncate(fd, 4096))
		return 6;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 7;
	memcpy(p, "mapped", 6);
	munmap(p, 4096);
	close(fd);
	if (pread(second, buf, 6, 0) != 6 || memcmp(buf, "mapped", 6))
		return 8;
	close(second);
	if (unlink("dir/link") || unlink("dir/state") || rmdir("dir"))
		return 9;
	return 0;
}

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
		_exit(writer());
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

static char *slurp(const char *dir, const char *name, long *size)
{
	static char buf[2][16384];
	static int which;
	char path[4096], *b = buf[which++ % 2];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	*size = fd < 0 ? -1 : read(fd, b, sizeof(buf[0]));
	close(fd);
	return b;
}

static void check_state(const char *dir, const char *what)
{
	char want[RECORD], path[4096], *p;
	long size, i, n;
	struct stat st;
	int fd;

	p = slurp(dir, "log", &size);
	if (size > 0) {
		if (size % RECORD || size > RECORDS * RECORD)
			wrong("%s: the log has %ld bytes", what, size);
		for (i = 0; i < size / RECORD; i++) {
			record(want, i);
			if (memcmp(p + i * RECORD, want, RECORD))
				wrong("%s: record %ld is damaged", what, i);
		}
	}
	p = slurp(dir, "state", &n);
	if (n >= 0 && (n != 9 || memcmp(p, "version ", 8)))
		wrong("%s: the state has %ld bytes", what, n);
	if (n >= 0 && size != RECORDS * RECORD)
		wrong("%s: the state is there, the log is short", what);
	p = slurp(dir, "map", &size);
	if (size > 0 && memcmp(p, "mapped", 6) && *p)
		wrong("%s: the map holds something else", what);
	if (size >= 0 && n != 9)
		wrong("%s: a map without a state", what);
	snprintf(path, sizeof(path), "%s/dir/state", dir);
	if (stat(path, &st) == 0 && st.st_nlink != 2)
		wrong("%s: dir/state has %ld links", what, (long)st.st_nlink);
	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_RDWR);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
		wrong("%s: a lock was left: %s", what, strerror(errno));
	close(fd);
}

static void clean(void)
{
	static const char *const names[] = {
		"log", "state", "state.new", "map", "dir/link", "dir/state",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlink(names[i]) && errno != ENOENT && errno != ENOTDIR)
			wrong("unlink %s: %s", names[i], strerror(errno));
	if (rmdir("dir") && errno != ENOENT)
		wrong("rmdir: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	long step = argc > 3 ? atol(argv[3]) : 1, deaths = 0;
	char byte = 0;
	int bystander, killed;

	if (argc < 3 || chdir(argv[1]) || step < 1) {
		fprintf(stderr, "usage: killer DIR BACKEND [STEP]\n");
		return 2;
	}
	bystander = open("bystander", O_CREAT | O_RDWR | O_APPEND, 0644);
	if (bystander < 0) {
		perror("bystander");
		return 2;
	}
	for (at_call = 1; at_call < 100000 && !n_wrong; at_call += step) {
		killed = run_until(at_call);
		deaths += killed;
		check_state(".", "by the mount");
		check_state(argv[2], "on the backend");
		if (write(bystander, "x", 1) != 1 ||
		    pread(bystander, &byte, 1, 0) != 1 || byte != 'x')
			wrong("the bystander: %s", strerror(errno));
		clean();
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
