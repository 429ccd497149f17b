// SPDX-License-Identifier: GPL-2.0
/*
 * points_paged DIR BACKEND PROGRAM CORE: kills PROGRAM, which is this one, at every labelled
 * point of paging, on a mount without a lower tree.
 *
 * What it does is user/defuse-libc/tests/points/paged.c; it runs with CORE, the core with its
 * points in it, and we with the usual one.  We have the file mapped, or open only: then the
 * kernel has forgotten its pages when it is dead.  A process that comes later is this program
 * once more.  A point at which nobody died fails.
 *
 * Exit status: 0, or 1 something was wrong.
 */
#define _GNU_SOURCE
#include "../../user/defuse-libc/core/point.h"
#include "../../user/defuse-libc/tests/points/paged.h"

#include <linux/defuse.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE_FD = 20, TIMES = 2 };

static const char *const names[] = {
#define X(name)	#name,
	DFL_PAGE_POINTS(X)
#undef X
};

#define NR_POINTS	((int)(sizeof(names) / sizeof(names[0])))

static const char *const kinds[] = { "open", "viewed", "mapped" };

static char file[4096], back[4096];
static volatile int *done;
static int n_wrong, deaths;

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret = syscall(nr, a, b, c, d, e, f);

	return ret == -1 ? -errno : ret;
}

static int start(const char *program, const char *how, const char *core, const char *point)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		if (core) {
			setenv("DEFUSE_CORE", core, 1);
			setenv("DEFUSE_POINT", point, 1);
		}
		execl(program, program, how, file, back, (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* Whether anybody's pages of any file are in memory. */
static const char *forgotten(int fd)
{
	static const struct defuse_live none;
	const struct defuse_live *live;
	int page = ioctl(fd, DEFUSE_IOC_LIVE), same;

	live = mmap(NULL, sizeof(*live), PROT_READ, MAP_SHARED, page, 0);
	close(page);
	if (live == MAP_FAILED)
		return "DEFUSE_IOC_LIVE";
	same = !memcmp((const void *)live, &none, sizeof(none));
	munmap((void *)live, sizeof(*live));
	return same ? NULL : "pages are left";
}

/* Return: whether it died. */
static int kill_at(char **argv, const char *point, enum paged_kind kind)
{
	struct paged_survivor s;
	const char *wrong = NULL;
	int status;

	unlink(back);
	paged_fill(back);
	*done = 0;
	if (!paged_survive(&s, file, kind)) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		exit(2);
	}
	status = start(argv[3], "--victim", argv[4], point);
	if (WIFSIGNALED(status) ? WTERMSIG(status) != SIGKILL : WEXITSTATUS(status))
		wrong = "it ended otherwise";
	if (!wrong && kind == PAGED_OPEN)
		wrong = forgotten(s.fd);
	wrong = wrong ?: paged_check(&s, back, *done);
	if (!wrong && start(argv[3], "--look", NULL, NULL))
		wrong = "who came later";
	wrong = wrong ?: paged_leave(&s, back);
	if (wrong) {
		fprintf(stderr, "killed at %s, %s: %s, after %d steps, status %#x\n", point,
			kinds[kind], wrong, *done, status);
		n_wrong++;
	}
	deaths += WIFSIGNALED(status);
	return WIFSIGNALED(status);
}

static void kill_often(char **argv, const char *name)
{
	enum paged_kind kind;
	int times, died = 0;
	char point[64];

	for (kind = PAGED_OPEN; kind <= PAGED_MAPS; kind++)
		for (times = 1; times <= TIMES; times++) {
			snprintf(point, sizeof(point), "%s:%d", name, times);
			if (!kill_at(argv, point, kind))
				break;
			died++;
		}
	if (!died) {
		fprintf(stderr, "nobody comes to %s\n", name);
		n_wrong++;
	}
}

static int look(void)
{
	const char *wrong = paged_look(file, back);

	if (wrong)
		fprintf(stderr, "%s\n", wrong);
	return wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
	const int child = argc == 4 && argv[1][0] == '-';
	int i;

	paged_sys = call;
	if (argc != 5 && !child) {
		fprintf(stderr, "usage: points_paged DIR BACKEND PROGRAM CORE\n");
		return 2;
	}
	snprintf(file, sizeof(file), child ? "%s" : "%s/paged", argv[child ? 2 : 1]);
	snprintf(back, sizeof(back), child ? "%s" : "%s/paged", argv[child ? 3 : 2]);
	if (child && !strcmp(argv[1], "--look"))
		return look();
	if (!child && (dup2(memfd_create("done", 0), DONE_FD) < 0 ||
		       ftruncate(DONE_FD, sizeof(*done))))
		return 2;
	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED, DONE_FD, 0);
	if (done == MAP_FAILED)
		return 2;
	if (child)
		paged_victim(file, done);
	for (i = 0; i < NR_POINTS && n_wrong < 5; i++)
		kill_often(argv, names[i]);
	unlink(back);
	printf("points_paged: %d points, %d deaths, %d wrong\n", NR_POINTS, deaths, n_wrong);
	return n_wrong ? 1 : 0;
}
