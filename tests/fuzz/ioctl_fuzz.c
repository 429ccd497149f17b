// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl_fuzz MOUNT BACKEND SECONDS SEED: everything at once on a mount whose
 * backend is BACKEND.
 *
 * Two processes call the ioctls from several threads, one with an FD table for
 * each thread, in which FDs are counted, and one with a common table, whose
 * threads close each other's FDs.  Two more change the tree, through the mount
 * and below it.  A parent kills and starts them anew, in the middle of
 * whatever they do.  The kernel's own checks (KASAN, lockdep, leaks) are the
 * main oracle; broken promises about errnos, stashes and FDs are counted here.
 *
 * Exit code 1: a promise was broken, or hardly anything was tested.
 */
#define _GNU_SOURCE
#include "ioctl_fuzz.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/defuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 3
#define KINDS 4

struct fuzz_board *board;
const char *fuzz_mount;
const char *fuzz_backend;

static time_t deadline;

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The same sentence is printed once; numbers in it make it another. */
static int seen_before(const char *text)
{
	uint64_t hash = 5381, before;

	while (*text)
		hash = hash * 33 + (unsigned char)*text++;
	hash |= 1;
	for (int i = 0; i < FUZZ_SENTENCES; i++) {
		before = 0;
		if (__atomic_compare_exchange_n(&board->sentences[i], &before, hash,
						0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return 0;
		if (before == hash)
			return 1;
	}
	return 1;
}

void violation(const struct fuzz_thread *t, const char *format, ...)
{
	char text[600];
	va_list ap;

	__atomic_fetch_add(&board->violations, 1, __ATOMIC_RELAXED);
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (seen_before(text))
		return;
	fprintf(stderr, "BROKEN PROMISE (thread seed %#lx): %s\n",
		(unsigned long)t->seed, text);
}

/* An exec in the middle, with shadow FDs that are and are not close-on-exec. */
static void exec_child(struct fuzz_thread *t)
{
	int fd = fd_kept(t), status;
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (pid == 0) {
		able_off();
		if (fd >= 0)
			fcntl(fd, F_SETFD, 0);
		if (rng_one_in(&t->rng, 2))
			execl("/proc/self/exe", "ioctl_fuzz", NULL);
		able_wreck(&t->rng);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) == pid && status)
		violation(t, "a child ended with status %#x", status);
}

/* Close whatever another thread is using; give the root back. */
static void cross_close(struct fuzz_thread *t)
{
	int fd = open(fuzz_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fd != t->root) {
		dup2(fd, t->root);
		close(fd);
	}
	for (int n = 0; n < 4; n++)
		close(3 + (int)rng_below(&t->rng, 50));
}

static void one_round(struct fuzz_thread *t)
{
	uint64_t n = 64 + rng_below(&t->rng, 64);
	int before = t->private ? fd_count() : 0;

	while (n--) {
		switch (rng_below(&t->rng, 10)) {
		case 0:
			able_random(t);
			break;
		case 1:
			able_off();
			break;
		case 2:
			able_path_call(t);
			break;
		case 3:
		case 4:
			fd_use(t, fd_kept(t));
			break;
		default:
			/* The checks are about door 1 as the library uses it. */
			able_off();
			call_random(t);
		}
	}
	if (rng_one_in(&t->rng, 8))
		exec_child(t);
	able_off();
	fd_drop_all(t);
	if (!t->private)
		return cross_close(t);
	if (fd_count() != before)
		violation(t, "%d FDs before a round, %d after", before,
			  fd_count());
	__atomic_fetch_add(&board->leak_checks, 1, __ATOMIC_RELAXED);
}

static void *thread_main(void *arg)
{
	struct fuzz_thread *t = arg;

	if (t->private && unshare(CLONE_FILES))
		err(1, "unshare");
	while (now() < deadline)
		one_round(t);
	return NULL;
}

static uint64_t mount_id(int root)
{
	struct defuse_info info = { .size = sizeof(info) };

	if (ioctl(root, DEFUSE_IOC_INFO, &info))
		err(1, "%s is not a defuse mount", fuzz_mount);
	return info.mount_id;
}

static void caller_main(uint64_t seed, int private)
{
	static struct fuzz_thread threads[THREADS];
	pthread_t ids[THREADS];

	for (int i = 0; i < THREADS; i++) {
		struct fuzz_thread *t = &threads[i];

		t->seed = t->rng.state = seed * 16 + (uint64_t)i;
		t->private = private;
		t->root = open(fuzz_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (t->root < 0)
			err(1, "%s", fuzz_mount);
		t->id = mount_id(t->root);
		memset(t->slots, -1, sizeof(t->slots));
		t->hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(t->hole + 4096, 4096);
	}
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&ids[i], NULL, thread_main, &threads[i]))
			errx(1, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
}

static void disturber_main(uint64_t seed, const char *dir)
{
	struct rng r = { seed };

	while (now() < deadline)
		disturb(&r, dir);
}

static pid_t start(int kind, uint64_t seed)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGBUS, SIG_DFL);
	switch (kind) {
	case 0:
		caller_main(seed, 1);
		break;
	case 1:
		caller_main(seed, 0);
		break;
	case 2:
		disturber_main(seed, fuzz_mount);
		break;
	default:
		disturber_main(seed, fuzz_backend);
	}
	_exit(0);
}

static void supervise(uint64_t seed)
{
	struct rng r = { seed };
	pid_t pids[KINDS];

	for (int k = 0; k < KINDS; k++)
		pids[k] = start(k, rng_next(&r));
	while (now() < deadline) {
		uint64_t k = rng_below(&r, KINDS);
		int status;

		usleep((useconds_t)(200000 + rng_below(&r, 2000000)));
		kill(pids[k], SIGKILL);
		waitpid(pids[k], &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status))
			board->violations++;
		board->kills++;
		if (now() < deadline)
			pids[k] = start((int)k, rng_next(&r));
		else
			pids[k] = -1;
	}
	for (int k = 0; k < KINDS; k++)
		if (pids[k] > 0)
			waitpid(pids[k], NULL, 0);
}

/* Most of what was meant to happen must have happened. */
static int report(void)
{
	static const char *const names[] = {
		"unknown", "OPEN", "INFO", "FETCH", "LIBRARY", "LOWER", "HELD",
	};
	int poor = 0;

	for (int nr = 0; nr <= FUZZ_IOCTLS; nr++) {
		printf("%-8s", names[nr]);
		for (int e = 0; e < FUZZ_ERRNOS; e++)
			if (board->done[nr][e])
				printf(" %s=%lu", e ? strerrorname_np(e) : "ok",
				       (unsigned long)board->done[nr][e]);
		printf("\n");
		if (nr > 0 && board->done[nr][0] < 10)
			poor = 1;
	}
	printf("uses=%lu disturbances=%lu kills=%lu markers=%lu mails=%lu "
	       "round_trips=%lu leak_checks=%lu violations=%lu\n",
	       board->uses, board->disturbances, board->kills, board->markers,
	       board->mails, board->round_trips, board->leak_checks,
	       board->violations);
	if (poor || board->round_trips < 10 || board->leak_checks < 2 ||
	    board->mails < 10 || board->kills < 1) {
		printf("hardly anything was tested\n");
		return 1;
	}
	return board->violations != 0;
}

int main(int argc, char **argv)
{
	uint64_t seed;

	if (argc < 5)	/* the exec of exec_child() */
		return 0;
	fuzz_mount = argv[1];
	fuzz_backend = argv[2];
	deadline = now() + atol(argv[3]);
	seed = strtoull(argv[4], NULL, 0);
	printf("ioctl_fuzz: seed %lu, %s seconds\n", (unsigned long)seed, argv[3]);
	fflush(stdout);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		err(1, "mmap");
	supervise(seed);
	return report();
}
