// SPDX-License-Identifier: GPL-2.0
/*
 * Holders of an open file that came over exec, hooked or not: each does one thing with
 * FD, N times or with the number N, and exits with 0 if it was as it should be.
 *
 * expect, step   reads the number N; lseek() by N bytes
 * read, seek     N numbers; N steps over one
 * records        writes N records
 * lockf          what record locks at the position say: N is the errno, 0: granted
 * copies         sendfile, copy_file_range and splice without an offset, at number N: they
 *                copy what is there or tell the caller to do it himself
 * page           works on the page itself, against its rules
 */
#define _GNU_SOURCE
#include "positions.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/defuse.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool reads(int fd, int n)
{
	uint16_t number, last = 0;
	int i;

	for (i = 0; i < n; i++) {
		ASK(read(fd, &number, 2) == 2);
		ASK(i == 0 || number > last);	/* others only move it on */
		last = number;
	}
	return true;
}

static bool seeks(int fd, int n)
{
	while (n--)
		ASK(lseek(fd, 2, SEEK_CUR) > 0);
	return true;
}

static bool records(int fd, int n)
{
	char record[RECORD + 1];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(record, sizeof(record), "%07d %07d\n", getpid(), i);
		ASK(write(fd, record, RECORD) == RECORD);
	}
	return true;
}

static bool locks(int fd, int error)
{
	int err = lockf(fd, F_TLOCK, 10) ? errno : 0;

	ASK(err == error);
	return true;
}

/* One of the ways: copied 4 bytes, the numbers @n and @n + 1, or refused with @errno. */
static bool copied(long ret, int out, int n, int may)
{
	uint16_t got[2] = { 0 };

	if (ret < 0) {
		ASK(errno == may);
		return true;
	}
	ASK(ret == 4);
	ASK(pread(out, got, 4, 0) == 4);
	ASK(got[0] == n && got[1] == n + 1);
	return true;
}

static bool copies(int fd, int n)
{
	int out = memfd_create("out", 0), pipes[2];
	off_t at = 2 * n;
	uint16_t got[2];
	long ret;

	ASK(lseek(fd, 2 * n, SEEK_SET) == 2 * n);
	ASK(copied(sendfile(out, fd, NULL, 4), out, n, EINVAL));
	ASK(lseek(fd, 2 * n, SEEK_SET) == 2 * n);
	ASK(ftruncate(out, 0) == 0 && lseek(out, 0, SEEK_SET) == 0);
	ASK(sendfile(out, fd, &at, 4) == 4);
	ASK(copied(4, out, n, 0));
	ASK(lseek(fd, 0, SEEK_CUR) == 2 * n);

	/* To the same file: as cp --reflink=never would, far behind. */
	at = 50000;
	ret = copy_file_range(fd, NULL, fd, &at, 4, 0);
	ASK(ret == 4 || (ret < 0 && errno == EXDEV));
	ASK(lseek(fd, 0, SEEK_CUR) == 2 * n + (ret > 0 ? 4 : 0));
	ASK(lseek(fd, 2 * n, SEEK_SET) == 2 * n);
	ret = copy_file_range(fd, NULL, fd, &at, 0x7fffffffc0000000, 0);
	ASK(ret > 0 || (ret < 0 && (errno == EXDEV || errno == EINVAL)));

	ASK(lseek(fd, 2 * n, SEEK_SET) == 2 * n);
	ASK(pipe(pipes) == 0);
	ret = splice(fd, NULL, pipes[1], NULL, 4, 0);
	if (ret == 4)
		ASK(read(pipes[0], got, 4) == 4 && got[0] == n);
	else
		ASK(ret < 0 && errno == EINVAL);
	return true;
}

/* A child that reads one number at the position, and so waits for the lock. */
static pid_t child_reads(int fd)
{
	pid_t pid = fork();

	if (!pid) {
		uint16_t number;

		_exit(read(fd, &number, 2) == 2 ? 0 : 1);
	}
	return pid;
}

static void wait_waiters(volatile struct defuse_position *page, unsigned int n)
{
	while (page->waiters != n)
		sched_yield();
}

/* Whoever has the FD may do all this: it must cost others nothing but a wrong position. */
static bool page(int fd, int n)
{
	volatile struct defuse_position *page, *other;
	uint32_t self = syscall(SYS_gettid);
	uint64_t addr = 0;
	uint16_t number;
	pid_t pid;

	ASK(lseek(fd, 2 * n, SEEK_SET) == 2 * n);
	ASK(ioctl(fd, DEFUSE_IOC_POSITION, &addr) == 0);
	page = (void *)addr;
	ASK(page->position == 2 * n && page->lock == 0);
	ASK(expect(fd, n));
	ASK(page->position == 2 * n + 2 && page->lock == 0);
	ASK(ioctl(fd, DEFUSE_IOC_POSITION, &addr) == 0 && addr != (uintptr_t)page);
	other = (void *)addr;
	other->position = 10;
	ASK(lseek(fd, 0, SEEK_CUR) == 10 && expect(fd, 5));
	ASK(pread(fd, &number, 2, 100) == 2 && number == 50 && page->position == 12);
	ASK(munmap((void *)other, 4096) == 0);

	page->position = -1;
	ASK(read(fd, &number, 2) == -1 && errno == EINVAL);
	ASK(lseek(fd, 1, SEEK_CUR) == -1 && errno == EINVAL);
	ASK(lseek(fd, 20, SEEK_SET) == 20 && expect(fd, 10));
	page->position = INT64_MAX;
	ASK(read(fd, &number, 2) <= 0);
	ASK(lseek(fd, 20, SEEK_SET) == 20 && expect(fd, 10));

	/* Owners that are none. */
	page->next = 77777;
	page->waiters = 99;
	page->lock = 0x2fffffff;
	ASK(expect(fd, 11) && page->lock == 0);
	page->lock = DEFUSE_POSITION_KERNEL;
	ASK(expect(fd, 12) && page->lock == 0);
	page->lock = 1;				/* lives, but maps no page of ours */
	ASK(expect(fd, 13) && page->lock == 0);
	page->lock = self | 0x80000000;
	ASK(expect(fd, 14) && page->lock == 0);

	/* One that lives and never lets go: who waits can be killed. */
	page->lock = self;
	pid = child_reads(fd);
	wait_waiters(page, 1);
	ASK(waitpid(pid, NULL, WNOHANG) == 0);
	kill(pid, SIGKILL);
	ASK(wait_for(pid) == 128 + SIGKILL);
	ASK(page->waiters == 0 && page->position == 30);
	/* And who waits goes on when it is over. */
	pid = child_reads(fd);
	wait_waiters(page, 1);
	page->lock = 0;
	ASK(ioctl(fd, DEFUSE_IOC_POSITION_TURN, 0) == 0);
	ASK(wait_for(pid) == 0);
	ASK(page->position == 32);
	/* Its own system calls, as a handler's, are not kept waiting. */
	page->lock = self;
	page->next = 200;
	ASK(expect(fd, 100) && page->position == 202 && page->changes == 1);
	page->lock = 0;
	ASK(ioctl(fd, DEFUSE_IOC_POSITION_TURN, 12345) == 0);
	ASK(ioctl(fd, DEFUSE_IOC_POSITION_TURN, 1UL << 40) == -1 && errno == EINVAL);

	/* Moved, forked, unmapped: the position goes on. */
	addr = (uintptr_t)mremap((void *)page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
				 0x600000000000);
	ASK(addr == 0x600000000000);
	page = (void *)addr;
	ASK(mmap((void *)(addr + 4096), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED, -1, 0) != MAP_FAILED);
	ASK(mremap((void *)page, 4096, 8192, 0) == MAP_FAILED);
	ASK(madvise((void *)page, 4096, MADV_DONTNEED) == 0 && page->position == 202);
	pid = fork();
	if (!pid)
		_exit(page->position == 202);	/* is not there */
	ASK(wait_for(pid) == 128 + SIGSEGV);
	ASK(munmap((void *)page, 4096) == 0);
	ASK(expect(fd, 101) && lseek(fd, 0, SEEK_CUR) == 204);
	ASK(sendfile(memfd_create("out", 0), fd, NULL, 4) == 4);	/* true again */
	ASK(lseek(fd, 0, SEEK_CUR) == 208);
	ASK(ioctl(fd, DEFUSE_IOC_POSITION, &addr) == 0);
	page = (void *)addr;
	ASK(page->position == 208 && page->lock == 0);
	ASK(ioctl(fd, DEFUSE_IOC_POSITION, NULL) == -1 && errno == EFAULT);
	ASK(expect(fd, 104));
	return true;
}

int holder(const char *what, int fd, int n)
{
	if (!strcmp(what, "expect"))
		return !expect(fd, n);
	if (!strcmp(what, "step"))
		return lseek(fd, n, SEEK_CUR) < 0;
	if (!strcmp(what, "read"))
		return !reads(fd, n);
	if (!strcmp(what, "seek"))
		return !seeks(fd, n);
	if (!strcmp(what, "records"))
		return !records(fd, n);
	if (!strcmp(what, "lockf"))
		return !locks(fd, n);
	if (!strcmp(what, "copies"))
		return !copies(fd, n);
	if (!strcmp(what, "page"))
		return !page(fd, n);
	return 2;
}
