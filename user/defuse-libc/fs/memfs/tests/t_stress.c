// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Several processes work in one tree, and are killed at random.  What a process reads is
 * always what one write has written, and the segment is sound in the end.
 */
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define T		defuse_fs_operations
#define WORKERS		4
#define RECORD		600		/* crosses blocks now and then */
#define RECORDS		40
#define SERVED_MIN	100
#define PATIENCE_S	120		/* of a machine that is busy */

static struct memfs *m;
static unsigned long *torn, *served;	/* shared */
static unsigned long *over;		/* shared: workers end by themselves */

static void path_of(char *path, size_t size)
{
	static const char *const dirs[] = { "", "/d0", "/d1", "/d0/d2", "/d3" };

	snprintf(path, size, "%s/f%u", dirs[suite_random() % 5], suite_random() % 6);
}

static void one_file(void)
{
	char path[64], buf[RECORD];
	uint64_t fh;
	size_t n;
	int i, k;

	path_of(path, sizeof(path));
	if (T.open(m, path, O_RDWR | (suite_random() % 2 ? O_CREAT : 0), 0666, &fh))
		return;
	for (k = suite_random() % 8; k >= 0; k--) {
		off_t at = (off_t)(suite_random() % RECORDS) * RECORD;

		if (suite_random() % 3 == 0) {
			memset(buf, suite_random(), sizeof(buf));
			T.write(m, fh, buf, sizeof(buf), at, &n);
			continue;
		}
		if (T.read(m, fh, buf, sizeof(buf), at, &n) || n < sizeof(buf))
			continue;
		/* Bytes of two writers, or of another file. */
		for (i = 1; i < RECORD; i++)
			if (buf[i] != buf[0])
				break;
		__atomic_add_fetch(i < RECORD ? torn : served, 1, __ATOMIC_RELAXED);
	}
	if (suite_random() % 16 == 0)
		T.ftruncate(m, fh, (off_t)(suite_random() % RECORDS) * RECORD);
	T.close(m, fh);
}

static void names(void)
{
	char a[64], b[64], buf[256];
	size_t written;
	off_t at = 0;
	uint64_t fh;

	path_of(a, sizeof(a));
	path_of(b, sizeof(b));
	switch (suite_random() % 6) {
	case 0: T.unlink(m, a); break;
	case 1: T.rename(m, a, b, suite_random() % 3); break;
	case 2: T.link(m, a, b); break;
	case 3: T.rename(m, "/d1", "/d3", 0); T.rename(m, "/d3", "/d1", 0); break;
	case 4: T.mkdir(m, "/d0/x", 0755); T.rmdir(m, "/d0/x"); break;
	case 5:
		if (T.open(m, "/d0", O_RDONLY | O_DIRECTORY, 0, &fh))
			break;
		while (!T.getdirents(m, fh, &at, buf, sizeof(buf), &written) && written)
			;
		T.close(m, fh);
		break;
	}
}

static pid_t worker(void)
{
	uint32_t seed = suite_random();
	pid_t pid = fork();

	if (pid)
		return pid;
	suite_seed(seed);
	while (!__atomic_load_n(over, __ATOMIC_RELAXED)) {
		one_file();
		if (suite_random() % 2)
			names();
	}
	_exit(0);
}

/* Whoever is killed may leave half a record, which others read until they end, too. */
static void end(pid_t pid, bool killing)
{
	int status = -1;

	if (killing)
		kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(killing ? WIFSIGNALED(status) : status == 0);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* No kill: the last record of each kind is whole.  A killed writer leaves a torn one, so
 * with killing only the structure counts. */
static void hammer(unsigned int ms, bool killing)
{
	struct timespec nap = { .tv_nsec = 3000000 };
	pid_t pids[WORKERS];
	unsigned int i, kills = 0;
	double begin = seconds(), now;

	*torn = *served = *over = 0;
	m = suite_attach("stress", "size=4M:root=1777");
	T.mkdir(m, "/d0", 0755);
	T.mkdir(m, "/d0/d2", 0755);
	T.mkdir(m, "/d1", 0755);
	for (i = 0; i < WORKERS; i++)
		pids[i] = worker();
	do {
		nanosleep(&nap, NULL);
		now = seconds() - begin;
		if (!killing)
			continue;
		i = suite_random() % WORKERS;
		end(pids[i], true);
		kills++;
		pids[i] = worker();
	} while (now < ms / 1000.0 ||
		 (__atomic_load_n(served, __ATOMIC_RELAXED) <= SERVED_MIN && now < PATIENCE_S));
	*over = !killing;
	for (i = 0; i < WORKERS; i++)
		end(pids[i], killing);
	CHECK_IS(mf_check(m, true), 0);
	CHECK(*served > SERVED_MIN);
	if (!killing)
		CHECK_IS(*torn, 0);
	printf("stress: %lu records read, %u processes killed\n", *served, kills);
	suite_detach(m);
	suite_remove("stress");
}

void test_stress(unsigned int seconds)
{
	torn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	served = torn + 1;
	over = torn + 2;
	suite_seed(getpid());
	hammer(seconds * 1000 / 2, false);
	hammer(seconds * 1000 / 2, true);
	munmap(torn, 4096);
}
