// SPDX-License-Identifier: GPL-2.0
/*
 * points DIR BACKEND PROGRAM CORE: kills PROGRAM at every labelled point of the core.
 *
 * PROGRAM is this program, linked dynamically; it runs with CORE, the core with its points
 * in it (user/defuse-libc/core/point.h).  It does what killer's writer does, and more on an
 * open file description that it shares with us.  After every death others must see a state
 * that it went through; we go on with the shared file, its position and its locks.  A point
 * at which nobody died fails: either it is not in the core, or nothing comes there.
 *
 * Exit status: 0, or 1 something was wrong.
 */
#define _GNU_SOURCE
#include "victim.h"

#include "../../user/defuse-libc/core/point.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORD = 64, SHARED_FD = 20, TIMES = 3, FIRST = 2, MOST = 32 };

static const char *const names[] = {
#define X(name)	#name,
	DFL_POINTS(X)
#undef X
};

#define NR_POINTS	((int)(sizeof(names) / sizeof(names[0])))

static long gaps, untold;

static void record(char *buf, int i)
{
	memset(buf, 'a' + i % 26, RECORD);
	snprintf(buf, RECORD, "shared record %d", i);
}

static int put(int fd, int i)
{
	char buf[RECORD];

	record(buf, i);
	return write(fd, buf, RECORD) == RECORD ? 0 : -1;
}

/* As put(), in two pieces. */
static int put_vector(int fd, int i)
{
	char buf[RECORD];
	struct iovec vec[2] = { { buf, 10 }, { buf + 10, RECORD - 10 } };

	record(buf, i);
	return writev(fd, vec, 2) == RECORD ? 0 : -1;
}

/* A child may be the one that is killed; then we are. */
static int child_puts(int i)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(put(SHARED_FD, i) ? 1 : 0);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		raise(SIGKILL);
	return status;
}

/* With the FD that came over exec. */
static int victim_shares(void)
{
	char buf[RECORD];
	int i, own;

	/* Something of our own, so that the core is there whoever opened the other. */
	own = open("shared", O_RDONLY);
	if (own < 0 || read(own, buf, 5) != 5)
		return 26;
	if (flock(SHARED_FD, LOCK_EX) ||
	    fcntl(SHARED_FD, F_SETLK, &(struct flock){ .l_type = F_WRLCK }))
		return 20;
	for (i = FIRST; i < FIRST + 3; i++)
		if (put(SHARED_FD, i))
			return 21;
	if (put_vector(SHARED_FD, i++) || child_puts(i++) || put(SHARED_FD, i++))
		return 22;
	if (read(SHARED_FD, buf, RECORD) != 0)
		return 23;
	if (dup2(SHARED_FD, own) != own || put(own, i++) || close(own))
		return 24;
	if (dup2(SHARED_FD, 50) != 50 || dup2(SHARED_FD, 51) != 51 ||
	    put(51, i++) || close_range(50, 60, 0) || put(SHARED_FD, i++))
		return 25;
	return 0;
}

static int victim(void)
{
	int ret = victim_shares();

	return ret ? ret : victim_writes();
}

static int shared_open(void)
{
	int fd = open("shared", O_CREAT | O_TRUNC | O_RDWR, 0644), i;

	for (i = 0; i < FIRST; i++)
		if (fd < 0 || put(fd, i))
			wrong("the shared file: %s", strerror(errno));
	return fd;
}

/* Every record is whole; one that was to be written and was not is a hole. */
static long check_records(int fd, const char *what)
{
	char buf[RECORD], want[RECORD], none[RECORD] = "";
	long i, n;

	for (i = 0; (n = pread(fd, buf, RECORD, i * RECORD)) > 0; i++) {
		record(want, i);
		if (n != RECORD)
			wrong("%s: record %ld has %ld bytes", what, i, n);
		else if (memcmp(buf, want, RECORD) && memcmp(buf, none, RECORD))
			wrong("%s: record %ld is damaged", what, i);
	}
	return i;
}

/*
 * Alone, the victim has moved the position on before it wrote, or back after it read: a death
 * in between may leave it one record too far, which no other writer notices.  With the
 * position in a page it moves it when all is done: a death before leaves the record that
 * nobody was told of to be written over.
 */
static void check_shared(int fd, const char *backend)
{
	long n = check_records(fd, "by the mount"), at = lseek(fd, 0, SEEK_CUR);
	char path[4096];
	int own;

	if (at % RECORD || at / RECORD < n - 1 ||
	    at / RECORD > n + 1 || n < FIRST || n > MOST)
		wrong("position %ld, %ld records", at, n);
	gaps += at / RECORD > n;
	untold += at / RECORD < n;
	if (put(fd, at / RECORD))
		wrong("the survivor's write: %s", strerror(errno));
	if (lseek(fd, 0, SEEK_CUR) != at + RECORD)
		wrong("the survivor's position is not %ld", at + RECORD);
	snprintf(path, sizeof(path), "%s/shared", backend);
	own = open(path, O_RDWR);
	if (check_records(own, "on the backend") != at / RECORD + 1)
		wrong("the backend does not have what the survivor wrote");
	if (fcntl(own, F_SETLK, &(struct flock){ .l_type = F_WRLCK }))
		wrong("a record lock was left: %s", strerror(errno));
	close(own);
	own = open("shared", O_RDWR);
	if (fcntl(own, F_SETLK, &(struct flock){ .l_type = F_WRLCK }))
		wrong("a record lock was left: %s", strerror(errno));
	close(own);
	/* A flock belongs to the description, which lives: it is ours. */
	if (flock(fd, LOCK_EX | LOCK_NB) || flock(fd, LOCK_UN))
		wrong("the survivor's flock: %s", strerror(errno));
	if (ftruncate(fd, RECORD) || check_records(fd, "when truncated") != 1)
		wrong("ftruncate: %s", strerror(errno));
}

/* Return: 1 the victim died at the point, 0 it came to its end. */
static int run(const char *program, const char *core, const char *point, int times, int fd,
	       const char *adopt)
{
	char text[100];
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		snprintf(text, sizeof(text), "%s:%d", point, times);
		setenv("DEFUSE_POINT", text, 1);
		setenv("DEFUSE_CORE", core, 1);
		setenv("DEFUSE_ADOPT", adopt, 1);
		if (dup2(fd, SHARED_FD) == SHARED_FD)
			execl(program, program, "--victim", (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 1;
	if (status)
		wrong("the victim ended with %#x", status);
	return 0;
}

static int kill_at(char **argv, const char *point, const char *adopt, int bystander)
{
	int times, fd, killed, deaths = 0;

	for (times = 1; times <= TIMES; times++) {
		snprintf(victim_death, sizeof(victim_death), "%s:%d adopt=%s", point, times,
			 adopt);
		fd = shared_open();
		killed = run(argv[3], argv[4], point, times, fd, adopt);
		deaths += killed;
		victim_check(".", "by the mount");
		victim_check(argv[2], "on the backend");
		check_shared(fd, argv[2]);
		bystander_works(bystander);
		close(fd);
		victim_clean();
		if (!killed)
			break;
	}
	return deaths;
}

int main(int argc, char **argv)
{
	int i, deaths, all = 0, bystander;

	if (argc == 2 && !strcmp(argv[1], "--victim"))
		return victim();
	if (argc != 5 || chdir(argv[1])) {
		fprintf(stderr, "usage: points DIR BACKEND PROGRAM CORE\n");
		return 2;
	}
	bystander = bystander_open();
	if (bystander < 0)
		return 2;
	for (i = 0; i < NR_POINTS && n_wrong < 20; i++) {
		deaths = kill_at(argv, names[i], "1", bystander);
		deaths += kill_at(argv, names[i], "0", bystander);
		if (!deaths)
			wrong("no death: the point is not reached");
		all += deaths;
	}
	close(bystander);
	unlink("bystander");
	unlink("shared");
	printf("points: %d points, %d deaths, %ld positions one record ahead, "
	       "%ld behind, %d wrong\n", NR_POINTS, all, gaps, untold, n_wrong);
	return n_wrong ? 1 : 0;
}
