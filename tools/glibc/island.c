// SPDX-License-Identifier: GPL-2.0
/*
 * island served|missing|ordinary|declared|undeclared DIRECTORY: a static program touches
 * files in DIRECTORY under kernel.c and says whether the core library (core.c) was asked,
 * and whether it has remained the program it was.  DIRECTORY holds f ("hello\n") and link.
 *
 * ordinary: f holds "HELLO\n", and nobody is asked
 * declared, undeclared: is its main thread, for the C library's code alone?
 * missing: there is no island, for one reason or another.
 */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS	64

extern char **environ;
extern const char __start_defuse_text[] __attribute__((weak));
extern const char __stop_defuse_text[] __attribute__((weak));

static char file[256], path[300], end[400];

/* Read with stdio. */
static int served_stdio(void)
{
	FILE *stream = fopen(file, "r");
	char line[64] = "";

	if (!stream)
		return 0;
	if (!fgets(line, sizeof(line), stream))
		line[0] = 0;
	fclose(stream);
	return !strcmp(line, "HELLO\n");
}

/* With nothing but system calls, as a signal handler may. */
static int reads(const char *want)
{
	char buf[6] = "";
	int fd = open(file, O_RDONLY);
	int good = fd >= 0 && read(fd, buf, 6) == 6 && !memcmp(buf, want, 6);

	if (fd >= 0)
		close(fd);
	return good;
}

static int served(void)
{
	return reads("HELLO\n");
}

static pthread_barrier_t barrier;

static void *racer(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	return (void *)(long)(served_stdio() && served());
}

/* Return how many of @n threads found everything right. */
static int run(int n, void *(*function)(void *))
{
	pthread_t id[THREADS];
	void *result;
	int i, sum = 0;

	for (i = 0; i < n; i++)
		if (pthread_create(&id[i], NULL, function, NULL))
			abort();
	for (i = 0; i < n; i++) {
		pthread_join(id[i], &result);
		sum += (long)result;
	}
	return sum;
}

static int threads_of_process(void)
{
	char line[128];
	int n = -1;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "Threads: %d", &n);
	if (status)
		fclose(status);
	return n;
}

static void wrappers(void)
{
	char buf[64] = "";
	struct stat st;
	int i;

	errno = 0;
	check(served() && !errno, "an open and read of the core leave errno alone");
	check(!stat(file, &st) && st.st_size == 6, "stat");
	check(readlink(path, buf, sizeof(buf)) == 4 && !memcmp(buf, "core", 4),
	      "readlink (assembler stub)");
	errno = 0;
	check(mkdir(path, 0700) == -1 && errno == EDQUOT,
	      "an error of the core arrives as errno");
	/* The kernel counts a thread that was joined until it is quite gone. */
	for (i = 0; i < 60000 && threads_of_process() != 1; i++)
		usleep(1000);
	check(threads_of_process() == 1, "the island has no thread of its own");
}

static void foreign(void)
{
	char buf[8] = "";
	long fd = raw(SYS_openat, AT_FDCWD, (long)file, O_RDONLY);

	check(fd >= 0 && raw(SYS_read, fd, (long)buf, 5) == 5 && !strcmp(buf, "hello"),
	      "the kernel answers code of the program that is not libc.a's");
	raw(SYS_close, fd, 0, 0);
}

/* Two C libraries and one heap: fill, free, have it trimmed, fill. */
static void memory(void)
{
	enum { N = 400, SIZE = 5000 };
	static unsigned char *block[N];
	int round, i, j, wrong = 0;
	char *before = sbrk(0);

	for (round = 0; round < 3; round++) {
		for (i = 0; i < N; i++)
			memset(block[i] = malloc(SIZE), i + round, SIZE);
		for (i = 0; i < 50; i++)
			wrong += !served_stdio();
		for (i = 0; i < N; i++)
			for (j = 0; j < SIZE; j++)
				wrong += block[i][j] != (unsigned char)(i + round);
		for (i = 0; i < N; i++)
			free(block[i]);
	}
	check(!wrong, "neither heap is in the other's way");
	errno = 0;
	check(sbrk(4096) == (void *)-1 && errno == ENOMEM && sbrk(0) == before,
	      "the break stays where it is");
}

static void *worker(void *arg)
{
	int i, good = 1;

	(void)arg;
	for (i = 0; i < 20; i++)
		good = good && served();
	return (void *)(long)good;
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static volatile int stop;

static void *hammer(void *arg)
{
	int good = 1;

	(void)arg;
	while (!stop)
		good = good && served();
	return (void *)(long)good;
}

static void *forker(void *arg)
{
	int i, good = 1;

	(void)arg;
	for (i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(!(served() && run(3, worker) == 3));
		good = good && !status_of(pid);
	}
	return (void *)(long)good;
}

static void forks(void)
{
	pthread_t id[3];
	void *result;
	int i, good = 0;
	pid_t pid = fork();

	if (!pid) {
		pid_t inner;

		good = served() && syscall(SYS_gettid) == getpid() && run(8, worker) == 8;
		inner = fork();
		if (!inner)
			_exit(!(served_stdio() && run(4, worker) == 4));
		_exit(!good || status_of(inner));
	}
	check(!status_of(pid), "children of fork and their threads are served");

	pid = _Fork();
	if (!pid)
		_exit(!served());
	check(!status_of(pid), "so is a child of _Fork");

	stop = 0;
	for (i = 0; i < 3; i++)
		pthread_create(&id[i], NULL, hammer, NULL);
	good = run(2, forker);
	stop = 1;
	for (i = 0; i < 3; i++) {
		pthread_join(id[i], &result);
		good += (long)result;
	}
	check(good == 5, "and those of a process whose threads are at work");
}

static int clone_child(void *arg)
{
	(void)arg;
	_exit(!reads("hello\n"));
}

static void children(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	char *const argv[] = { "cat", NULL };
	posix_spawn_file_actions_t actions;
	char buf[16] = "";
	int out[2];
	pid_t pid;

	pid = vfork();
	if (!pid)
		_exit(!reads("hello\n"));
	check(!status_of(pid) && served(), "a child of vfork goes to the kernel");
	pid = clone(clone_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
		    NULL);
	check(!status_of(pid) && served(), "a child of clone in our memory, too");

	if (pipe(out))
		abort();
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawnp(&pid, "cat", &actions, NULL, argv, environ);
	/* cat is hooked and reads what it inherited: not opened by a core. */
	check(!status_of(pid) && read(out[0], buf, 6) == 6 && !strcmp(buf, "hello\n"),
	      "file actions of posix_spawn go to the kernel");
	close(out[0]);
	close(out[1]);
}

static volatile int interrupted, interrupted_wrong;

static void on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	interrupted++;
	interrupted_wrong += !served();
	errno = saved;
}

static void signals(void)
{
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	int wrong = 0;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (interrupted < 50)
		wrong += !served_stdio();
	setitimer(ITIMER_REAL, &never, NULL);
	check(!wrong && !interrupted_wrong, "handlers that read find what they should");
}

static void *ids(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return (void *)(long)(syscall(SYS_getegid) == 12345 && served());
}

/* setgid tells all threads by a signal, which the island must not answer. */
static void credentials(void)
{
	pthread_t id[4];
	void *result;
	int i, sum = 0;

	pthread_barrier_init(&barrier, NULL, 5);
	for (i = 0; i < 4; i++)
		pthread_create(&id[i], NULL, ids, NULL);
	pthread_barrier_wait(&barrier);
	sum += setegid(12345) == 0;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < 4; i++) {
		pthread_join(id[i], &result);
		sum += (long)result;
	}
	sum += setegid(0) == 0;
	check(sum == 6, "setegid reaches all threads");
}

static void *reader(void *fd)
{
	char byte;

	served();
	return (void *)(read(*(int *)fd, &byte, 1));
}

static void cancel(void)
{
	void *result = NULL;
	pthread_t id;
	int fd[2];

	if (pipe(fd))
		abort();
	pthread_create(&id, NULL, reader, &fd[0]);
	pthread_cancel(id);
	pthread_join(id, &result);
	check(result == PTHREAD_CANCELED, "a read that blocks can be cancelled");
}

/* A process killed in the core: who inherits its mutexes? */
static void robust(void)
{
	pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	int i, dead = 0;
	pid_t pid;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (i = 0; i < 3; i++)
		pthread_mutex_init(&mutex[i], &attr);
	/* core.c locks this one, and dies. */
	snprintf(end, sizeof(end), "%s/die-%lx", path, (long)&mutex[2]);
	pid = fork();
	if (!pid) {
		char buf[8];

		pthread_mutex_lock(&mutex[0]);
		pthread_mutex_lock(&mutex[1]);
		served();
		pthread_mutex_unlock(&mutex[0]);
		pthread_mutex_lock(&mutex[0]);
		readlink(end, buf, sizeof(buf));
		_exit(0);
	}
	i = status_of(pid);
	check(WIFSIGNALED(i) && WTERMSIG(i) == SIGKILL, "a process is killed in the core");
	for (i = 0; i < 3; i++) {
		struct timespec soon;

		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_sec += 10;
		dead += pthread_mutex_timedlock(&mutex[i], &soon) == EOWNERDEAD;
	}
	check(dead == 3, "its robust mutexes, and those of the core, are known as such");
}

/* As a program that never meets a file of a mount. */
static int ordinary(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(!served());
	check(!status_of(pid) && served_stdio() && run(2, worker) == 2 &&
	      system("exit 3") == 3 << 8, "a program of ordinary files");
	return 0;
}

static int declared(int want)
{
	char *head = NULL;
	size_t size;

	syscall(SYS_get_robust_list, 0, &head, &size);
	check((MAGIC() == DEFUSE_ABLE_MAGIC) == want, want ? "declared" : "not declared");
	if (want)
		check(TEXT() == (uintptr_t)__start_defuse_text && TEXT_SIZE() &&
		      TEXT() + TEXT_SIZE() == (uintptr_t)__stop_defuse_text && head &&
		      *(uint64_t *)(head - DEFUSE_ABLE_OFFSET) == DEFUSE_ABLE_MAGIC,
		      "for the code of libc.a, where the kernel looks");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	snprintf(file, sizeof(file), "%s/f", argv[2]);
	snprintf(path, sizeof(path), "%s/link", argv[2]);
	if (!strcmp(argv[1], "declared") || !strcmp(argv[1], "undeclared"))
		return declared(!strcmp(argv[1], "declared"));
	if (!strcmp(argv[1], "ordinary"))
		return ordinary();
	if (!strcmp(argv[1], "missing")) {
		errno = 0;
		check(reads("hello\n") && !errno, "the kernel answers");
		check(reads("hello\n") && !MAGIC(), "and the thread is no longer declared");
		return 0;
	}
	if (argc > 3) {		/* no file descriptor is left where the island starts */
		struct rlimit few = { 4, 4 };

		setrlimit(RLIMIT_NOFILE, &few);
		check(served(), "the island needs no file descriptor");
		return 0;
	}
	pthread_barrier_init(&barrier, NULL, 8);
	check(run(8, racer) == 8, "threads that meet the first file at once are served");
	wrappers();
	foreign();
	memory();
	check(run(THREADS, worker) == THREADS && run(THREADS, worker) == THREADS,
	      "64 threads, twice");
	forks();
	children();
	signals();
	credentials();
	cancel();
	robust();
	printf("buffered\n");	/* the core's last word comes after this */
	return 0;
}
