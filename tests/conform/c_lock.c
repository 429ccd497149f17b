// SPDX-License-Identifier: GPL-2.0
/*
 * Locks: the three kinds, between the two doors and the backend itself.
 * Owners are compared as "mine", "the other's" or "nobody's".
 */
#include "conform.h"

#include <sys/file.h>

static int whole(int fd, int cmd, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, cmd, &l);
}

static int range(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
			   .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &l);
}

static void query(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
			   .l_start = start, .l_len = len };

	if (R(fcntl(fd, cmd, &l)))
		return;
	if (l.l_type == F_UNLCK)
		say("  free");
	else
		say("  type %d from %ld length %ld, owner %s", l.l_type, l.l_start,
		    l.l_len, l.l_pid == -1 ? "an open file" :
		    l.l_pid == getpid() ? "me" : l.l_pid ? "another" : "0");
}

static void alone(void)
{
	int a, b, ro, d;

	put("f", "0123456789", 0644);
	mkdir("d", 0755);
	a = R(open("f", O_RDWR));
	b = R(open("f", O_RDWR));
	ro = R(open("f", O_RDONLY));
	d = R(open("d", O_RDONLY));
	R(flock(a, LOCK_EX | LOCK_NB));
	R(flock(b, LOCK_SH | LOCK_NB));
	R(flock(a, LOCK_SH | LOCK_NB));
	R(flock(b, LOCK_SH | LOCK_NB));
	R(flock(a, LOCK_EX | LOCK_NB));
	R(flock(b, LOCK_UN));
	R(flock(a, LOCK_EX | LOCK_NB));
	R(flock(dup(a), LOCK_UN));
	R(flock(ro, LOCK_EX | LOCK_NB));
	R(flock(ro, LOCK_UN));
	R(flock(d, LOCK_EX | LOCK_NB));
	R(flock(a, 77));
	R(flock(12345, LOCK_EX));

	R(whole(a, F_SETLK, F_WRLCK));
	R(whole(b, F_SETLK, F_WRLCK));
	R(whole(b, F_OFD_SETLK, F_RDLCK));
	R(whole(ro, F_SETLK, F_WRLCK));
	R(whole(d, F_SETLK, F_RDLCK));
	query(b, F_OFD_GETLK, F_RDLCK, 0, 0);
	/* Any close by the process gives it up. */
	R(close(ro));
	R(whole(b, F_OFD_SETLK, F_WRLCK));
	query(a, F_GETLK, F_RDLCK, 3, 4);
	R(range(a, F_SETLK, F_RDLCK, 0, 1));
	R(close(b));
	R(range(a, F_SETLK, F_RDLCK, 0, 5));
	R(range(a, F_SETLK, F_WRLCK, -1, 5));
	R(range(a, F_SETLK, 99, 0, 5));
	R(range(a, F_OFD_SETLK, F_WRLCK, 100, 5));
	R(lockf(a, F_TEST, 0));
	R(lockf(a, F_LOCK, 10));
	R(lockf(a, F_ULOCK, 10));
}

static void both_flock(void)
{
	int fd = -1, back = -1, copy = -1;

	ON(A) {
		put("f", "x", 0644);
		fd = R(open("f", O_RDWR));
		R(flock(fd, LOCK_EX));
	}
	ON(B) {
		fd = R(open("f", O_RDWR));
		R(flock(fd, LOCK_SH | LOCK_NB));
		R(flock(fd, LOCK_EX | LOCK_NB));
		back = open(on_back("f"), O_RDWR);
		R(flock(back, LOCK_SH | LOCK_NB));
	}
	ON(A) R(flock(fd, LOCK_SH));
	ON(B) {
		R(flock(fd, LOCK_SH | LOCK_NB));
		R(flock(back, LOCK_SH | LOCK_NB));
		R(flock(fd, LOCK_EX | LOCK_NB));
	}
	ON(A) {
		R(flock(fd, LOCK_UN));
		copy = dup(fd);
	}
	ON(B) {
		R(flock(fd, LOCK_UN));
		R(flock(back, LOCK_EX | LOCK_NB));
	}
	ON(A) R(flock(fd, LOCK_SH | LOCK_NB));
	ON(B) R(close(back));
	ON(A) {
		R(flock(fd, LOCK_EX | LOCK_NB));
		R(close(fd));
	}
	ON(B) R(flock(fd, LOCK_SH | LOCK_NB));
	ON(A) R(close(copy));
	ON(B) R(flock(fd, LOCK_SH | LOCK_NB));
}

static void both_ranges(void)
{
	int fd = -1, second;

	ON(A) {
		put("f", "0123456789", 0644);
		R(link("f", "g"));
		fd = R(open("f", O_RDWR));
		R(range(fd, F_SETLK, F_WRLCK, 2, 4));
		R(range(fd, F_SETLK, F_RDLCK, 100, 0));
	}
	ON(B) {
		fd = R(open("g", O_RDWR));
		query(fd, F_GETLK, F_WRLCK, 0, 0);
		query(fd, F_GETLK, F_RDLCK, 50, 100);
		query(fd, F_GETLK, F_WRLCK, 50, 100);
		R(range(fd, F_SETLK, F_WRLCK, 0, 2));
		R(range(fd, F_SETLK, F_WRLCK, 0, 3));
		R(range(fd, F_SETLK, F_RDLCK, 5, 1));
		R(range(fd, F_SETLK, F_RDLCK, 6, 1));
		R(range(fd, F_SETLK, F_RDLCK, 200, 1));
		R(range(fd, F_OFD_SETLK, F_WRLCK, 3, 1));
		query(fd, F_OFD_GETLK, F_WRLCK, 3, 1);
	}
	ON(A) {
		R(range(fd, F_SETLK, F_UNLCK, 3, 1));
		R(range(fd, F_SETLK, F_WRLCK, 100, 0));
	}
	ON(B) {
		R(range(fd, F_OFD_SETLK, F_WRLCK, 3, 1));
		query(fd, F_GETLK, F_WRLCK, 0, 0);
	}
	ON(A) {
		second = R(open("f", O_RDONLY));
		R(close(second));
	}
	ON(B) {
		query(fd, F_GETLK, F_WRLCK, 4, 0);
		R(whole(fd, F_SETLK, F_WRLCK));
		second = open(on_back("f"), O_RDWR);
		R(range(second, F_OFD_SETLK, F_WRLCK, 7, 1));
		R(close(fd));
		R(range(second, F_OFD_SETLK, F_WRLCK, 7, 1));
	}
	ON(A) {
		query(fd, F_GETLK, F_RDLCK, 0, 0);
		R(whole(fd, F_SETLK, F_RDLCK));
		R(range(fd, F_SETLK, F_RDLCK, 8, 0));
	}
}

/* A lock waits for the other to give it up, and no longer. */
static void both_wait(void)
{
	int fd = -1, status;
	static pid_t waiter;

	ON(A) {
		put("f", "x", 0644);
		fd = R(open("f", O_RDWR));
		R(whole(fd, F_SETLK, F_WRLCK));
	}
	ON(B) {
		fd = R(open("f", O_RDWR));
		waiter = fork();
		if (!waiter) {
			alarm(60);
			_exit(whole(fd, F_SETLKW, F_WRLCK) ? 1 : 0);
		}
		tick();
		R(waitpid(waiter, &status, WNOHANG));
	}
	ON(A) R(whole(fd, F_SETLK, F_UNLCK));
	ON(B) {
		OK(waitpid(waiter, &status, 0) == waiter);
		say("the waiter ended with %#x", status);
	}
	ON(A) R(flock(fd, LOCK_EX));
	ON(B) {
		waiter = fork();
		if (!waiter) {
			alarm(60);
			_exit(flock(fd, LOCK_EX) ? 1 : 0);
		}
		tick();
		R(waitpid(waiter, &status, WNOHANG));
	}
	/* The holder's end is as good as an unlock. */
	ON(A) R(close(fd));
	ON(B) {
		OK(waitpid(waiter, &status, 0) == waiter);
		say("the waiter ended with %#x", status);
	}
	ON(A) {
		fd = R(open("f", O_RDWR));
		R(flock(fd, LOCK_EX | LOCK_NB));
	}
}

static void inherited(void)
{
	int fd;

	put("f", "x", 0644);
	fd = R(open("f", O_RDWR));
	R(whole(fd, F_SETLK, F_WRLCK));
	R(flock(fd, LOCK_EX));
	CHILD {
		R(whole(fd, F_SETLK, F_WRLCK));
		query(fd, F_GETLK, F_WRLCK, 0, 0);
		R(flock(fd, LOCK_SH | LOCK_NB));
		R(flock(R(open("f", O_RDWR)), LOCK_EX | LOCK_NB));
		R(close(fd));
	}
	CHILD {
		R(whole(R(open("f", O_RDWR)), F_SETLK, F_RDLCK));
		R(flock(fd, LOCK_UN));
	}
	CHILD R(flock(R(open("f", O_RDWR)), LOCK_EX | LOCK_NB));
	R(whole(fd, F_SETLK, F_UNLCK));
	R(whole(fd, F_OFD_SETLK, F_WRLCK));
	CHILD {
		R(whole(fd, F_OFD_SETLK, F_RDLCK));
		R(whole(R(open("f", O_RDWR)), F_OFD_SETLK, F_WRLCK));
	}
	R(unlink("f"));
	R(whole(fd, F_OFD_SETLK, F_UNLCK));
}

const struct scenario c_lock[] = {
	{ "lock-alone", alone, 0 },
	{ "lock-inherit", inherited, 0 },
	{ "lock-both-flock", both_flock, 1 },
	{ "lock-both-ranges", both_ranges, 1 },
	{ "lock-both-wait", both_wait, 1 },
	{ 0 },
};
