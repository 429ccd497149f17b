// SPDX-License-Identifier: GPL-2.0
/* File descriptors: copied, closed, inherited by fork, used by threads. */
#include "conform.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>

static void copies(void)
{
	char buf[10];
	int a, b, c, d;

	put("f", "0123456789", 0644);
	a = R(open("f", O_RDWR));
	b = R(dup(a));
	R(read(a, buf, 3));
	R(lseek(b, 0, SEEK_CUR));
	c = R(dup2(a, 30));
	d = R(dup3(a, 31, O_CLOEXEC));
	R(fcntl(d, F_GETFD));
	R(fcntl(c, F_GETFD));
	R(fcntl(a, F_DUPFD, 40));
	R(fcntl(a, F_DUPFD_CLOEXEC, 40));
	R(fcntl(41, F_GETFD));
	R(write(40, "xy", 2));
	R(lseek(41, 0, SEEK_CUR));
	R(fcntl(c, F_SETFL, O_APPEND));
	R(fcntl(d, F_GETFL));
	R(write(d, "end", 3));
	R(lseek(a, 0, SEEK_CUR));
	R(dup2(a, a));
	R(dup3(a, a, 0));
	R(dup2(a, -1));
	R(dup2(12345, 50));
	R(dup3(a, 50, 7));
	R(dup(12345));
	R(fcntl(a, F_DUPFD, -1));
	R(close(a));
	R(read(a, buf, 1));
	R(pread(b, buf, 3, 0));
	X(buf, 3);
	R(close(b));
	R(close(c));
	R(close(d));
	R(close(40));
	R(fcntl(41, F_GETFL));
	R(lseek(41, 2, SEEK_SET));
	R(read(41, buf, 3));
	X(buf, 3);
	SEE("f");
}

/* A number that was a file of the mount becomes something else, and back. */
static void reused(void)
{
	char buf[20];
	int fd, p[2], q;

	put("f", "0123456789", 0644);
	put("g", "ghijklmnop", 0644);
	fd = R(open("f", O_RDWR));
	R(pipe(p));
	R(write(p[1], "pipe", 4));
	R(dup2(p[0], fd));
	R(read(fd, buf, 4));
	X(buf, 4);
	R(lseek(fd, 0, SEEK_CUR));
	R(dup2(open("g", O_RDWR), fd));
	R(read(fd, buf, 4));
	X(buf, 4);
	R(close(fd));
	q = R(open("/dev/null", O_RDWR));
	R(read(q, buf, 4));
	R(write(q, "lost", 4));
	R(dup2(q, 20));
	R(dup2(open("f", O_RDWR), 20));
	R(write(20, "F", 1));
	R(dup2(20, q));
	R(write(q, "G", 1));
	R(close(20));
	R(write(20, "x", 1));
	R(close_range(q, q + 10, 0));
	R(write(q, "H", 1));
	SEE("f");
	R(open("f", O_RDONLY));
	R(close_range(3, 100, CLOSE_RANGE_CLOEXEC));
	R(fcntl(3, F_GETFD));
	for (q = 3; q < 100; q++)
		close(q);
	/* The standard three. */
	CHILD {
		R(close(0));
		R(open("f", O_RDONLY));
		R(read(0, buf, 5));
		X(buf, 5);
		OK(fgets(buf, 4, stdin));
		R(dup2(open("out", O_CREAT | O_WRONLY, 0644), 1));
		R(dup2(1, 2));
		printf("to stdout\n");
		fprintf(stderr, "to stderr\n");
		fflush(stdout);
		puts("at exit");
		exit(0);
	}
	SEE("out");
}

static void forked(void)
{
	char buf[10];
	int a, b;

	put("f", "0123456789", 0644);
	a = R(open("f", O_RDWR));
	b = R(open("g", O_CREAT | O_RDWR | O_APPEND, 0644));
	R(read(a, buf, 2));
	CHILD {
		R(read(a, buf, 3));
		X(buf, 3);
		R(write(b, "child", 5));
		R(close(b));
		CHILD {
			R(read(a, buf, 1));
			X(buf, 1);
			R(lseek(a, 1, SEEK_CUR));
		}
		R(open("h", O_CREAT | O_RDWR, 0600));
		R(unlink("f"));
	}
	R(lseek(a, 0, SEEK_CUR));
	R(read(a, buf, 2));
	X(buf, 2);
	R(write(b, "parent", 6));
	FS(a);
	SEE("g");
	SEE("h");
	/* The father goes first. */
	CHILD {
		pid_t pid = fork();

		if (pid)
			_exit(0);
		while (getppid() != 1 && access("../nothing", F_OK) < 0 &&
		       kill(getppid(), 0) == 0 && buf[0]++ < 50)
			tick();
		write(b, "orphan", 6);
		put("orphan", "x", 0644);
		_exit(0);
	}
	for (a = 0; a < 500 && access("orphan", F_OK); a++)
		tick();
	SEE("g");
}

static void dropped(void)
{
	char buf[10];
	int r, w;

	put("f", "secret text", 0600);
	r = R(open("f", O_RDONLY));
	w = R(open("f", O_RDWR));
	CHILD_NOBODY {
		R(read(r, buf, 6));
		X(buf, 6);
		R(pwrite(w, "S", 1, 0));
		FS(r);
		R(open("f", O_RDONLY));
		R(fchmod(w, 0666));
		R(ftruncate(w, 8));
		R(fsync(w));
	}
	R(read(r, buf, 6));
	SEE("f");
}

static int thread_fd;
static unsigned long thread_sums[4];

static void *reader(void *arg)
{
	long me_ = (long)arg, i;
	char buf[64];

	for (i = 0; i < 200; i++) {
		if (pread(thread_fd, buf, 64, i * 64) != 64)
			return (void *)1;
		thread_sums[me_] = hash(buf, 64, thread_sums[me_]);
	}
	return NULL;
}

static void *eater(void *arg)
{
	long n = 0;
	char byte;

	while (read(thread_fd, &byte, 1) == 1)
		n++;
	return (void *)(n + (arg != NULL));
}

static void threads(void)
{
	static char data[200 * 64];
	pthread_t t[4];
	void *result;
	long i, sum = 0;

	for (i = 0; i < (long)sizeof(data); i++)
		data[i] = rnd();
	thread_fd = R(open("f", O_CREAT | O_RDWR, 0644));
	R(write(thread_fd, data, sizeof(data)));
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, reader, (void *)i);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &result);
		say("thread %ld: %ld, sum %lx", i, (long)result, thread_sums[i]);
	}
	/* One position for all: every byte is read once. */
	R(ftruncate(thread_fd, 2000));
	R(lseek(thread_fd, 0, SEEK_SET));
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, eater, NULL);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &result);
		sum += (long)result;
	}
	say("%ld bytes eaten", sum);
	R(lseek(thread_fd, 0, SEEK_CUR));
}

static void waiting(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd p = { .events = POLLIN | POLLOUT };
	struct timeval none = { 0, 0 };
	fd_set r, w;
	int fd, d, e;

	put("f", "x", 0644);
	fd = R(open("f", O_RDWR));
	d = R(open(".", O_RDONLY));
	p.fd = fd;
	R(poll(&p, 1, 0));
	say("  %x", p.revents);
	p.fd = d;
	R(poll(&p, 1, 0));
	say("  %x", p.revents);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fd, &r);
	FD_SET(fd, &w);
	R(select(fd + 1, &r, &w, NULL, &none));
	e = R(epoll_create1(0));
	R(epoll_ctl(e, EPOLL_CTL_ADD, fd, &event));
	R(epoll_ctl(e, EPOLL_CTL_ADD, d, &event));
	R(fcntl(fd, F_SETOWN, getpid()));
	R(fcntl(fd, F_GETSIG));
	R(fcntl(d, F_SETLEASE, F_RDLCK));
}

static void exhausted(void)
{
	CHILD {
		struct rlimit limit = { 300, 300 };
		int fd, n = 0, last = -1;

		put("f", "x", 0644);
		R(setrlimit(RLIMIT_NOFILE, &limit));
		while ((fd = open("f", O_RDONLY)) >= 0) {
			n++;
			last = fd;
		}
		say("then %s", errno_name(errno));
		note("%d opened, the last is %d", n, last);
		R(open("g", O_CREAT | O_RDWR, 0644) < 0);
		R(dup(last) < 0);
		R(stat("f", &(struct stat){ 0 }));
		R(access("g", F_OK));
		R(close(last));
		R(open("f", O_RDONLY) == last);
	}
	SEE("f");
}

const struct scenario c_fd[] = {
	{ "fd-copies", copies, 0 },
	{ "fd-reused", reused, 0 },
	{ "fd-fork", forked, 0 },
	{ "fd-dropped", dropped, 0 },
	{ "fd-threads", threads, 0 },
	{ "fd-waiting", waiting, 0 },
	{ "fd-exhausted", exhausted, 0 },
	{ 0 },
};
