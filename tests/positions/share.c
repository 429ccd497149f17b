// SPDX-License-Identifier: GPL-2.0
/* One position in the hands of duplicates, children, programs, receivers and threads. */
#define _GNU_SOURCE
#include "positions.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };

	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	return sendmsg(socket, &m, 0) == 1;
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* Everyone moves it on by one number, and the next finds it there. */
static bool agree(int fd)
{
	int two = dup(fd), pair[2], n = 0;
	pid_t pid;

	ASK(expect(fd, n++));
	ASK(run_static("expect", fd, n++) == 0);
	ASK(expect(two, n++));
	ASK(run_hooked("expect", two, n++) == 0);
	ASK(run_static("step", fd, 2) == 0 && n++);
	ASK(expect(fd, n++));
	pid = fork();
	if (!pid)
		_exit(!expect(two, n) || run_static("expect", fd, n + 1));
	ASK(wait_for(pid) == 0);
	n += 2;
	ASK(expect(fd, n++));
	ASK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	pid = fork();
	if (!pid) {
		close(fd);
		close(two);
		two = receive_fd(pair[1]);
		_exit(!expect(two, n) || run_hooked("expect", two, n + 1) ||
		      run_static("expect", two, n + 2));
	}
	ASK(send_fd(pair[0], two));
	ASK(wait_for(pid) == 0);
	n += 3;
	ASK(expect(fd, n++));
	ASK(lseek(two, 0, SEEK_CUR) == 2 * n);
	ASK(lseek(fd, -4, SEEK_CUR) == 2 * n - 4);
	ASK(run_static("expect", two, n - 2) == 0);
	ASK(lseek(fd, -2, SEEK_END) == 2 * (NUMBERS - 1));
	ASK(expect(two, NUMBERS - 1));
	ASK(run_static("expect", fd, 0) != 0);		/* at the end */
	ASK(lseek(fd, 0, SEEK_CUR) == 2 * NUMBERS);
	close(pair[0]);
	close(pair[1]);
	close(two);
	return true;
}

/* What /proc tells of it. */
static bool told(int fd, long position)
{
	char name[64], line[128];
	long found = -1;
	FILE *info;

	ASK(lseek(fd, position, SEEK_SET) == position);
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = fopen(name, "r");
	ASK(info);
	while (fgets(line, sizeof(line), info))
		sscanf(line, "defuse-position: %ld", &found);
	fclose(info);
	/* A file of another file system has no such line. */
	ASK(found == position || found == -1);
	return true;
}

static _Atomic unsigned char *marks;

/* @n numbers from @fd, each marked.  How many could not be read. */
static int read_marked(int fd, int n)
{
	uint16_t number;
	int bad = 0;

	while (n--) {
		if (read(fd, &number, 2) == 2)
			marks[number]++;
		else
			bad++;
	}
	return bad;
}

static bool marked_once(int from, int to)
{
	int i, bad = 0;

	for (i = from; i < to; i++)
		bad += marks[i] != 1;
	ASK(bad == 0);
	return true;
}

/* Processes of all kinds at once: the sum is exact, and no number is read twice. */
static bool hammer(int fd, int each)
{
	pid_t pid[5];
	int i;

	memset((void *)marks, 0, NUMBERS);
	ASK(lseek(fd, 0, SEEK_SET) == 0);
	for (i = 0; i < 5; i++) {
		pid[i] = fork();
		ASK(pid[i] >= 0);
		if (pid[i])
			continue;
		switch (i) {
		case 0: case 1:
			_exit(read_marked(fd, each));
		case 2:
			_exit(run_static("read", fd, each));
		case 3:
			_exit(run_static("seek", fd, each));
		case 4:
			_exit(run_hooked("read", fd, each));
		}
	}
	ASK(read_marked(fd, each) == 0);
	for (i = 0; i < 5; i++)
		ASK(wait_for(pid[i]) == 0);
	ASK(lseek(fd, 0, SEEK_CUR) == 2L * 6 * each);
	for (i = 0; i < NUMBERS; i++)
		ASK(marks[i] <= 1);
	return true;
}

/* The children are in another pid namespace, whose first process waits for the end. */
static bool namespaces(int fd)
{
	int ends[2];
	pid_t init;
	char c;

	ASK(pipe(ends) == 0 && unshare(CLONE_NEWPID) == 0);
	init = fork();
	if (!init) {
		close(ends[1]);
		_exit(getpid() != 1 || read(ends[0], &c, 1) != 0);
	}
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	ASK(hammer(fd, 200));
	close(ends[0]);
	close(ends[1]);
	ASK(wait_for(init) == 0);
	return true;
}

/* Every record whole and where no other is, and all of them there. */
static bool whole(const char *name, int writers, int each)
{
	char record[RECORD + 1] = "";
	int counts[64] = { 0 }, pids[64], n = 0, i, pid, serial;
	struct stat st;
	int fd = open(name, O_RDONLY);

	ASK(fd >= 0 && fstat(fd, &st) == 0);
	ASK(st.st_size == (off_t)writers * each * RECORD);
	while (read(fd, record, RECORD) == RECORD) {
		ASK(sscanf(record, "%d %d\n", &pid, &serial) == 2 && record[15] == '\n');
		for (i = 0; i < n && pids[i] != pid; i++)
			;
		ASK(i < 64);
		if (i == n)
			pids[n++] = pid;
		ASK(counts[i]++ == serial);
	}
	ASK(n == writers);
	close(fd);
	return true;
}

/* Writers of one open file, or appenders with one or several. */
static bool writers(const char *name, int flags, bool own)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | flags, 0644), i;
	pid_t pid[6];

	for (i = 0; i < 6; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		if (own)
			fd = open(name, O_WRONLY | flags);
		_exit(i % 3 == 0 ? holder("records", fd, 150) :
		      i % 3 == 1 ? run_static("records", fd, 150) :
				   run_hooked("records", fd, 150));
	}
	for (i = 0; i < 6; i++)
		ASK(wait_for(pid[i]) == 0);
	if (!own)
		ASK(lseek(fd, 0, SEEK_CUR) == 6 * 150 * RECORD);
	close(fd);
	return whole(name, 6, 150);
}

/* O_APPEND: the position is behind what was written, wherever that is. */
static bool appended(void)
{
	int fd = open("appended", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644), i;
	struct stat st;
	off_t before;

	for (i = 0; i < 120; i++) {
		before = lseek(fd, 3, SEEK_SET);
		ASK(before == 3 && write(fd, "12345", 5) == 5);
		ASK(fstat(fd, &st) == 0 && lseek(fd, 0, SEEK_CUR) == st.st_size);
		ASK(st.st_size == 5 * (i + 1));
	}
	close(fd);
	return true;
}

struct job {
	pthread_t thread;
	int fd, n;
};

static void *job(void *arg)
{
	struct job *j = arg;

	j->n = read_marked(j->fd, j->n);
	return NULL;
}

/* 64 threads on one open file, or on one each. */
static bool threads(bool one)
{
	static struct job jobs[64];
	char name[32];
	int fd = numbered("threads"), i;

	memset((void *)marks, 0, NUMBERS);
	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "threads%d", i % 8);
		jobs[i].fd = one ? fd : numbered(name);
		jobs[i].n = 150;
		ASK(jobs[i].fd >= 0);
	}
	for (i = 0; i < 64; i++)
		ASK(pthread_create(&jobs[i].thread, NULL, job, &jobs[i]) == 0);
	for (i = 0; i < 64; i++) {
		pthread_join(jobs[i].thread, NULL);
		ASK(jobs[i].n == 0);
		ASK(one || lseek(jobs[i].fd, 0, SEEK_CUR) == 300);
		if (!one)
			close(jobs[i].fd);
	}
	if (one)
		ASK(lseek(fd, 0, SEEK_CUR) == 2 * 64 * 150 && marked_once(0, 64 * 150));
	close(fd);
	return true;
}

/* Record locks at the position: the hooked caller's are where they should be. */
static bool locked(int fd, int n)
{
	struct flock lock = { .l_type = F_WRLCK };
	pid_t pid;

	ASK(lseek(fd, n, SEEK_SET) == n);
	ASK(lockf(fd, F_TLOCK, 10) == 0);
	pid = fork();
	if (!pid) {
		lock.l_start = n - 1;
		_exit(fcntl(fd, F_GETLK, &lock) || lock.l_type != F_WRLCK ||
		      lock.l_start != n || lock.l_len != 10 || lock.l_whence != SEEK_SET);
	}
	ASK(wait_for(pid) == 0);
	lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 10 };
	ASK(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
	ASK(lock.l_whence == SEEK_CUR && lock.l_start == 10);
	ASK(lockf(fd, F_ULOCK, 10) == 0);
	return true;
}

void test_share(void)
{
	int fresh = numbered("fresh"), fd = numbered("numbers");
	int again = numbered("again");

	marks = mmap(NULL, NUMBERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TEST("a position not yet shared: all agree", agree(fresh));
	promote(fd);
	TEST("a shared one: all agree", agree(fd));
	TEST("fdinfo tells the position", told(fd, 1234));
	TEST("record locks at the position", locked(fd, 100));
	TEST("copies without an offset", holder("copies", fd, 300) == 0);
	TEST("copies by one who is not hooked", run_static("copies", fd, 300) == 0);
	lseek(fd, 0, SEEK_SET);
	TEST("six processes move it", hammer(fd, 300));
	TEST("again", hammer(fd, 300));
	TEST("six write by one open file", writers("written", 0, false));
	TEST("six append by one open file", writers("together", O_APPEND, false));
	TEST("six append by their own", writers("apart", O_APPEND, true));
	TEST("the position after appending", appended());
	TEST("64 threads on one open file", threads(true));
	TEST("64 threads on one each", threads(false));
	promote(again);
	if (geteuid() == 0)
		TEST("pid namespaces: all agree", namespaces(again));
}
