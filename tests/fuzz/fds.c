// SPDX-License-Identifier: GPL-2.0
/*
 * File descriptors: all kinds to donate, and everything one can do with one.
 */
#define _GNU_SOURCE
#include "ioctl_fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int one_of_pair(int rc, const int fds[2])
{
	if (rc)
		return -1;
	close(fds[1]);
	return fds[0];
}

/* A new FD: usually the backend file of @path, else something unexpected. */
int fd_any_kind(struct fuzz_thread *t, const char *path, int flags)
{
	char name[NAME_MAX_LEN], other[NAME_MAX_LEN];
	int pair[2];

	if (!rng_one_in(&t->rng, 3))
		return open(name_below(fuzz_backend, path, name),
			    (flags & O_ACCMODE) | O_NONBLOCK);
	switch (rng_below(&t->rng, 13)) {
	case 0:
		return open(name_below(fuzz_mount, path, name), O_NONBLOCK);
	case 1:
		return one_of_pair(pipe(pair), pair);
	case 2:
		return one_of_pair(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), pair);
	case 3:
		return eventfd(0, 0);
	case 4:
		return epoll_create1(0);
	case 5:
		return (int)syscall(SYS_memfd_create, "fuzz", 0);
	case 6:
		return open("/dev/null", O_RDWR);
	case 7:
		return open("/proc/self/stat", O_RDONLY);
	case 8:
		return open(name_below(fuzz_backend, path, name), O_PATH);
	case 9:
		return open(fuzz_backend, O_TMPFILE | O_RDWR, 0600);
	case 10:
		name_valid(&t->rng, other);
		return open(name_below(fuzz_backend, other, name),
			    O_RDWR | O_NONBLOCK);
	case 11:
		return open(fuzz_backend, O_RDONLY | O_DIRECTORY);
	default:
		return dup(fd_kept(t));
	}
}

void fd_keep(struct fuzz_thread *t, int fd)
{
	uint64_t at = rng_below(&t->rng, FUZZ_SLOTS);

	if (t->slots[at] >= 0)
		close(t->slots[at]);
	t->slots[at] = fd;
}

int fd_kept(struct fuzz_thread *t)
{
	return t->slots[rng_below(&t->rng, FUZZ_SLOTS)];
}

void fd_drop_all(struct fuzz_thread *t)
{
	for (int i = 0; i < FUZZ_SLOTS; i++) {
		if (t->slots[i] >= 0)
			close(t->slots[i]);
		t->slots[i] = -1;
	}
}

/* Of the calling thread's table; the one used for counting is among them. */
int fd_count(void)
{
	DIR *d = opendir("/proc/thread-self/fd");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Maps come and go, are touched where the file is, survive the FD. */
static void use_map(struct fuzz_thread *t, int fd)
{
	struct stat st;
	int prot = rng_one_in(&t->rng, 2) ? PROT_READ : PROT_READ | PROT_WRITE;
	char *p = mmap(NULL, 8192, prot, rng_one_in(&t->rng, 2) ? MAP_SHARED :
		       MAP_PRIVATE, fd, 0);
	char c;

	if (p == MAP_FAILED)
		return;
	/* By system calls: a file cut short meanwhile gives EFAULT, not SIGBUS. */
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		struct iovec mine = { &c, 1 }, its = { p, 1 };

		process_vm_readv(getpid(), &mine, 1, &its, 1, 0);
		if (prot & PROT_WRITE)
			process_vm_writev(getpid(), &mine, 1, &its, 1, 0);
	}
	msync(p, 8192, MS_SYNC);
	munmap(p, 8192);
}

static void use_reopen(struct fuzz_thread *t, int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	again = open(path, (rng_one_in(&t->rng, 2) ? O_RDWR : O_RDONLY) | O_NONBLOCK);
	if (again >= 0)
		fd_keep(t, again);
}

static void use_fcntl(struct fuzz_thread *t, int fd)
{
	static const int commands[] = {
		F_GETFL, F_SETLK, F_OFD_SETLK, F_GETLK, F_SETLEASE, F_NOTIFY,
		F_SETOWN, F_GETFD,
	};
	struct flock lock = {
		.l_type = (short)rng_below(&t->rng, 3),
		.l_start = (off_t)rng_below(&t->rng, 100),
		.l_len = (off_t)rng_below(&t->rng, 100),
	};
	int command = commands[rng_below(&t->rng, 8)];

	if (command == F_SETLEASE || command == F_NOTIFY || command == F_SETOWN)
		fcntl(fd, command, (int)rng_below(&t->rng, 3));
	else
		fcntl(fd, command, &lock);
	flock(fd, (rng_one_in(&t->rng, 2) ? LOCK_SH : LOCK_EX) | LOCK_NB);
}

void fd_use(struct fuzz_thread *t, int fd)
{
	char buf[4096] = { 0 };
	struct iovec v = { buf, rng_below(&t->rng, sizeof(buf)) };
	off_t at = (off_t)rng_below(&t->rng, 10000);
	struct stat st;
	int other;

	switch (rng_below(&t->rng, 20)) {
	case 0:
		(void)!read(fd, buf, v.iov_len);
		break;
	case 1:
		(void)!pread(fd, buf, v.iov_len, at);
		break;
	case 2:
		(void)!write(fd, buf, v.iov_len);
		break;
	case 3:
		(void)!pwritev2(fd, &v, 1, at, (int)rng_below(&t->rng, 32));
		break;
	case 4:
		lseek(fd, at, (int)rng_below(&t->rng, 6));
		break;
	case 5:
		fstat(fd, &st);
		break;
	case 6:
		(void)!syscall(SYS_getdents64, fd, buf, v.iov_len);
		break;
	case 7:
	case 8:
		use_map(t, fd);
		break;
	case 9:
		use_reopen(t, fd);
		break;
	case 10:
		use_fcntl(t, fd);
		break;
	case 11:
		(void)!ftruncate(fd, at);
		break;
	case 12:
		fsync(fd);
		break;
	case 13:
		sendfile(fd_kept(t), fd, NULL, v.iov_len);
		break;
	case 14:
		copy_file_range(fd, NULL, fd_kept(t), NULL, v.iov_len, 0);
		break;
	case 15:
		fallocate(fd, (int)rng_below(&t->rng, 4), at, 100);
		break;
	case 16:
		other = dup(fd);
		if (other >= 0)
			fd_keep(t, other);
		break;
	case 17:
		fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
		break;
	case 18:
		fchmod(fd, (mode_t)rng_below(&t->rng, 01000) | 0600);
		break;
	default:
		other = openat(fd, rng_one_in(&t->rng, 2) ? "a" : "..",
			       O_RDONLY | O_NONBLOCK);
		if (other >= 0)
			fd_keep(t, other);
	}
	__atomic_fetch_add(&board->uses, 1, __ATOMIC_RELAXED);
}
