// SPDX-License-Identifier: GPL-2.0
/*
 * stress DIRECTORY: threads, forks, signals, spawned children and an unflushed end, all at
 * work on files of DIRECTORY, which is empty.  Built statically and dynamically; what it
 * leaves behind is the same whoever serves it.
 */
#include "../count.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS	64
#define COMMON	65536

#define check(name, good)	test_count(name, good, __FILE__, __LINE__)

extern char **environ;

static int common;

static unsigned char pattern(int i, int seed)
{
	return (i * 7 + seed * 31) & 0xff;
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

/* Does @name hold @size bytes of the pattern of @seed? */
static bool holds(const char *name, int seed, int size)
{
	unsigned char buf[4096];
	int fd = open(name, O_RDONLY), n, i, at = 0;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++)
			if (buf[i] != pattern(at + i, seed))
				at = -1000000;
		at += n;
	}
	if (fd >= 0)
		close(fd);
	return at == size;
}

static bool fill(const char *name, int seed, int size)
{
	unsigned char buf[1000];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644), at = 0, i;

	while (fd >= 0 && at < size) {
		int n = size - at < 1000 ? size - at : 1000;

		for (i = 0; i < n; i++)
			buf[i] = pattern(at + i, seed);
		if (write(fd, buf, n) != n)
			break;
		at += n;
	}
	return fd >= 0 && close(fd) == 0 && at == size;
}

/* A file of its own, and all look at one by one FD. */
static void *worker(void *arg)
{
	int seed = (long)arg, i, k;
	unsigned char buf[128];
	char name[32], other[32];
	struct stat st;
	long good;

	snprintf(name, sizeof(name), "thread-%d", seed);
	snprintf(other, sizeof(other), "thread-%d.renamed", seed);
	good = fill(name, seed, 3000 + seed) && holds(name, seed, 3000 + seed) &&
	       !rename(name, other) && stat(name, &st) && errno == ENOENT &&
	       !stat(other, &st) && st.st_size == 3000 + seed;
	for (i = 0; i < 20 && good; i++) {
		int at = (seed * 977 + i * 4001) % (COMMON - 128);

		good = pread(common, buf, sizeof(buf), at) == sizeof(buf);
		for (k = 0; k < 128 && good; k++)
			good = buf[k] == pattern(at + k, 99);
	}
	return (void *)good;
}

static void threads(void)
{
	pthread_t id[THREADS];
	void *good;
	int round, sum = 0;
	long i;

	check("the common file", fill("common", 99, COMMON));
	common = open("common", O_RDONLY);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < THREADS; i++)
			if (pthread_create(&id[i], NULL, worker, (void *)i))
				abort();
		for (i = 0; i < THREADS; i++) {
			pthread_join(id[i], &good);
			sum += (long)good;
		}
	}
	check("64 threads, twice", sum == 2 * THREADS);
}

static volatile int stop;

static void *reader(void *arg)
{
	long good = 1;

	(void)arg;
	while (!stop)
		good = good && holds("common", 99, COMMON);
	return (void *)good;
}

static int child_work(int k, int shared)
{
	char name[32], text[16];
	pthread_t id;
	void *good;

	snprintf(name, sizeof(name), "child-%d", k);
	if (!fill(name, k, 5000) || pthread_create(&id, NULL, worker, (void *)(long)(100 + k)))
		return 1;
	pthread_join(id, &good);
	snprintf(text, sizeof(text), "%03d\n", k);
	return !good || !holds(name, k, 5000) || write(shared, text, 4) != 4;
}

/* Children of a process whose threads do not stop for it. */
static void forks(void)
{
	pthread_t id[3];
	char buf[64] = "";
	void *good;
	int i, k, sum = 0, shared = open("appended", O_RDWR | O_CREAT | O_APPEND, 0644);

	stop = 0;
	for (i = 0; i < 3; i++)
		pthread_create(&id[i], NULL, reader, NULL);
	for (k = 0; k < 8; k++) {
		pid_t pid = fork();

		if (!pid)
			_exit(child_work(k, shared));
		sum += status_of(pid) == 0;
	}
	stop = 1;
	for (i = 0; i < 3; i++) {
		pthread_join(id[i], &good);
		sum += (long)good;
	}
	check("eight children, and three threads meanwhile", sum == 11);
	check("what the children appended", pread(shared, buf, 64, 0) == 32 &&
	      !memcmp(buf, "000\n001\n002\n003\n", 16));
	close(shared);
}

/* One position for parent and child. */
static void position(void)
{
	int fd = open("common", O_RDONLY);
	unsigned char byte = 0;
	bool good = true;
	int i;

	for (i = 0; i < 10; i++) {
		pid_t pid = i % 2 ? fork() : 0;

		if (i % 2 && !pid)
			_exit(read(fd, &byte, 1) != 1 || byte != pattern(i, 99));
		good = good && (i % 2 ? status_of(pid) == 0 :
				read(fd, &byte, 1) == 1 && byte == pattern(i, 99));
	}
	check("parent and children share a position", good);
	close(fd);
}

static void spawned(void)
{
	char *const argv[] = { "cat", "common", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = vfork();

	if (!pid) {
		int fd = open("vforked", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		dup2(fd, 1);
		execlp("cat", "cat", "common", NULL);
		_exit(127);
	}
	check("vfork, redirect, exec", !status_of(pid) && holds("vforked", 99, COMMON));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "spawned",
					 O_WRONLY | O_CREAT | O_TRUNC, 0644);
	check("posix_spawn with file actions",
	      !posix_spawnp(&pid, "cat", &actions, NULL, argv, environ) &&
	      !status_of(pid) && holds("spawned", 99, COMMON));
	check("system", !system("cat common > by-system") && holds("by-system", 99, COMMON));
	pid = fork();
	if (!pid) {
		execl("/missing", "x", NULL);
		_exit(!holds("common", 99, COMMON));
	}
	check("an exec that fails changes nothing", !status_of(pid));
}

static volatile int alarms, alarms_wrong;

static void on_alarm(int sig)
{
	unsigned char byte;

	(void)sig;
	alarms_wrong += pread(common, &byte, 1, alarms) != 1 || byte != pattern(alarms, 99);
	alarms++;
}

static void signals(void)
{
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
	bool good = true;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (alarms < 30)
		good = good && holds("common", 99, COMMON);
	setitimer(ITIMER_REAL, &never, NULL);
	check("handlers that read in the middle of reads", good && !alarms_wrong);
}

static void names(void)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	check("mkdir, and again", !mkdir("dir", 0755) && mkdir("dir", 0755) && errno == EEXIST);
	check("files in it", fill("dir/a", 1, 10) && fill("dir/b", 2, 20));
	check("rmdir of a full one", rmdir("dir") && errno == ENOTEMPTY);
	dir = opendir("dir");
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	check("readdir", n == 2);
	check("unlink", !unlink("dir/b") && unlink("dir/b") && errno == ENOENT);
}

int main(int argc, char **argv)
{
	FILE *last;

	if (argc < 2 || chdir(argv[1]))
		return 2;
	threads();
	forks();
	position();
	spawned();
	signals();
	names();
	last = fopen("unflushed", "w");
	if (last)
		fputs("flushed by exit\n", last);
	return test_end();
}
