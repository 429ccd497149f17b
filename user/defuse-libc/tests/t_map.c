// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mappings by the library's way, with the machine's own userfaultfd.
 *
 * "Another process" is a child that opens and maps the file for itself.
 */
#include "check.h"
#include "fakekernel.h"
#include "map.h"
#include "mapped.h"
#include "mount.h"
#include "pager.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The file of the test under way. */
static const char *name;

static struct dfl_counts *counts(void)
{
	return &dfl_mount_first()->counts;
}

static void filled_in_batches(void)
{
	unsigned long faults, bytes;
	int fd = mapped_open(name, O_RDONLY), i;
	char *p = mapped_map(fd, PROT_READ, MAP_SHARED, PAGES * PAGE, 0);
	bool right = true;

	CHECK(p != MAP_FAILED);
	CHECK(dfl_pager_answers());
	bytes = counts()->fill_bytes;
	faults = counts()->faults;
	CHECK(p[5 * PAGE] == 'f');
	CHECK_IS(counts()->faults - faults, 1);
	CHECK_IS(counts()->fill_bytes - bytes, 64 << 10);
	for (i = 0; i < PAGES; i++)
		right = right && p[i * PAGE + i] == 'a' + i % 26;
	CHECK(right);
	CHECK(counts()->faults - faults <= PAGES / 16);
	CHECK_IS(counts()->fill_bytes - bytes, PAGES * PAGE);
	CHECK_IS(fk_sys(SYS_munmap, p, PAGES * PAGE), 0);
	CHECK(!dfl_map_overlaps((uintptr_t)p, PAGES * PAGE));
	fk_sys(SYS_close, fd);
}

static void stores(void)
{
	unsigned long written;
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, 4 * PAGE, 0);

	memcpy(p + 10, "mapped", 6);
	CHECK(mapped_read_is(fd, 8, "aamappedaa"));
	CHECK(mapped_back_is(name, 8, "aaaaaaaaaa"));	/* not yet */
	written = counts()->written_back;
	CHECK_IS(fk_sys(SYS_msync, p, PAGE, MS_SYNC), 0);
	CHECK(mapped_back_is(name, 8, "aamappedaa"));
	CHECK_IS(counts()->written_back - written, 6);
	CHECK_IS(fk_sys(SYS_msync, p, PAGE, MS_SYNC), 0);
	CHECK_IS(counts()->written_back - written, 6);
	/* Written, over a store that is not written back, and beside one. */
	memcpy(p + PAGE, "stored and stays", 16);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "written", 7, PAGE), 7);
	CHECK(!memcmp(p + PAGE, "writtenand stays", 16));
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	memcpy(p + 2 * PAGE, "closed", 6);
	CHECK_IS(fk_sys(SYS_munmap, p, 4 * PAGE), 0);
	CHECK(mapped_back_is(name, PAGE, "written"));
	CHECK(mapped_back_is(name, 2 * PAGE, "closed"));
}

static void ends(void)
{
	int fd = mapped_open("/end", O_CREAT | O_RDWR);
	char *p;

	CHECK_IS(fk_sys(SYS_write, fd, "short", 5), 5);
	p = mapped_map(fd, RW, MAP_SHARED, 4 * PAGE, 0);
	CHECK(!memcmp(p, "short\0\0\0", 8));
	CHECK_IS(mapped_touch(p + 100), 0);
	CHECK_IS(mapped_touch(p + PAGE), SIGBUS);
	memcpy(p + 5, "tail", 4);	/* behind the end: never in the file */
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 2 * PAGE), 0);
	CHECK_IS(mapped_touch(p + PAGE), 0);
	CHECK(!memcmp(p, "short\0\0\0", 8));
	p[PAGE + 1] = 'x';
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 3), 0);
	CHECK_IS(mapped_touch(p + PAGE), SIGBUS);
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 4 * PAGE), 0);
	CHECK(!memcmp(p, "sho\0\0\0", 6) && p[PAGE + 1] == 0);
	/* Written behind the end. */
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 5), 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "far", 3, 2 * PAGE), 3);
	CHECK(!memcmp(p + 2 * PAGE, "far\0", 4));
	CHECK_IS(mapped_touch(p + 3 * PAGE), SIGBUS);
	CHECK_IS(fk_sys(SYS_munmap, p, 4 * PAGE), 0);
	CHECK(mapped_back_is("/end", 0, "sho"));
	fk_sys(SYS_close, fd);
}

/* The names of a mapped file are cut, by truncate() and O_TRUNC. */
static void cut_by_name(void)
{
	int fd = mapped_open(name, O_RDWR), other;
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);

	p[3 * PAGE] = 'X';
	CHECK_IS(fk_sys(SYS_truncate, unit_name(name), 2 * PAGE), 0);
	CHECK_IS(mapped_touch(p + 2 * PAGE), SIGBUS);
	CHECK_IS(fk_sys(SYS_truncate, unit_name(name), 4 * PAGE), 0);
	CHECK(p[3 * PAGE] == 0 && p[PAGE] == 'b');
	p[PAGE] = 'X';
	other = mapped_open(name, O_WRONLY | O_TRUNC);
	CHECK_IS(mapped_touch(p), SIGBUS);
	CHECK_IS(fk_sys(SYS_write, other, "anew", 4), 4);
	CHECK(!memcmp(p, "anew\0", 5));
	CHECK_IS(fk_sys(SYS_ftruncate, other, 2 * PAGE), 0);
	CHECK(p[PAGE] == 0);
	CHECK_IS(fk_sys(SYS_munmap, p, PAGES * PAGE), 0);
	CHECK(mapped_back_is(name, PAGE - 1, ""));
	fk_sys(SYS_close, other);
	fk_sys(SYS_close, fd);
}

static void private(void)
{
	int fd = mapped_open(name, O_RDONLY);
	char *p = mapped_map(fd, RW, MAP_PRIVATE, 4 * PAGE, 3 * PAGE);

	CHECK(p[0] == 'd' && p[PAGE] == 'e');
	memcpy(p, "mine", 4);
	memcpy(p + 2 * PAGE, "absent till now", 15);
	CHECK(mapped_read_is(fd, 3 * PAGE, "dddd"));
	CHECK_IS(fk_sys(SYS_madvise, p, PAGE, MADV_DONTNEED), 0);
	CHECK(!memcmp(p, "dddd", 4));
	CHECK(!memcmp(p + 2 * PAGE, "absent", 6));
	CHECK_IS(fk_sys(SYS_munmap, p, 4 * PAGE), 0);
	CHECK(mapped_back_is(name, 5 * PAGE, "ffff"));
	fk_sys(SYS_close, fd);
}

static void refused(void)
{
	int ro = mapped_open(name, O_RDONLY), wo = mapped_open(name, O_WRONLY);
	int dir = fk_sys(SYS_open, unit_name("/"), O_RDONLY | O_DIRECTORY);
	char *p;

	CHECK_IS(fk_sys(SYS_mmap, 0, PAGE, RW, MAP_SHARED, ro, 0), -EACCES);
	CHECK_IS(fk_sys(SYS_mmap, 0, PAGE, PROT_WRITE, MAP_SHARED, wo, 0), -EACCES);
	CHECK_IS(fk_sys(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), -EACCES);
	CHECK_IS(fk_sys(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED, ro, 100), -EINVAL);
	CHECK_IS(fk_sys(SYS_mmap, 0, 0, PROT_READ, MAP_SHARED, ro, 0), -EINVAL);
	CHECK_IS(fk_sys(SYS_mmap, 0, PAGE, PROT_READ, 0, ro, 0), -EINVAL);
	p = mapped_map(ro, PROT_READ, MAP_SHARED, PAGE, 0);
	CHECK_IS(fk_sys(SYS_mprotect, p, PAGE, RW), -EACCES);
	CHECK_IS(fk_sys(SYS_mprotect, p, PAGE, PROT_NONE), 0);
	CHECK_IS(fk_sys(SYS_mprotect, p, PAGE, PROT_READ), 0);
	CHECK_IS(fk_sys(SYS_mremap, p, PAGE, PAGE, MREMAP_MAYMOVE | 4), -EINVAL);
	CHECK_IS(fk_sys(SYS_madvise, p, PAGE, MADV_REMOVE), -EACCES);
	CHECK_IS(fk_sys(SYS_munmap, p, PAGE), 0);
	fk_sys(SYS_close, dir);
	fk_sys(SYS_close, ro);
	fk_sys(SYS_close, wo);
}

static void in_parts(void)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, 8 * PAGE, 0), *q;

	memcpy(p + 3 * PAGE, "part", 4);
	CHECK_IS(fk_sys(SYS_munmap, p + 2 * PAGE, 2 * PAGE), 0);
	CHECK(mapped_back_is(name, 3 * PAGE, "part"));
	CHECK_IS(mapped_touch(p + 2 * PAGE), SIGSEGV);
	CHECK(p[PAGE] == 'b' && p[4 * PAGE] == 'e');
	/* Something else in the place of a part. */
	memcpy(p + 5 * PAGE, "over", 4);
	q = (char *)fk_sys(SYS_mmap, p + 5 * PAGE, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + 5 * PAGE && !*q);
	CHECK(mapped_back_is(name, 5 * PAGE, "over"));
	/* And the file in the place of something else. */
	q = (char *)fk_sys(SYS_mmap, p + 2 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
			   fd, 7 * PAGE);
	CHECK(q == p + 2 * PAGE && *q == 'h');
	CHECK_IS(fk_sys(SYS_munmap, p, 8 * PAGE), 0);
	CHECK(!dfl_map_overlaps((uintptr_t)p, 8 * PAGE));

	p = mapped_map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
	p[100] = 'M';
	q = (char *)fk_sys(SYS_mremap, p, 2 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
	CHECK(q[100] == 'M' && q[30 * PAGE] == 'e' && q[39 * PAGE] == 'n');
	q[39 * PAGE] = 'N';
	CHECK_IS(fk_sys(SYS_mremap, q, 40 * PAGE, PAGE, 0), q);
	CHECK(mapped_back_is(name, 39 * PAGE, "Nnn"));
	CHECK_IS(mapped_touch(q + PAGE), SIGSEGV);
	CHECK_IS(fk_sys(SYS_munmap, q, PAGE), 0);
	CHECK(mapped_back_is(name, 99, "aMa"));
	fk_sys(SYS_close, fd);
}

static void advised(void)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, 8 * PAGE, 16 * PAGE);

	/* The kernel drops the page from this process, not from the file. */
	memcpy(p, "kept", 4);
	CHECK_IS(fk_sys(SYS_madvise, p, PAGE, MADV_DONTNEED), 0);
	CHECK(!memcmp(p, "kept", 4));
	memcpy(p + PAGE, "away", 4);
	CHECK_IS(fk_sys(SYS_madvise, p + PAGE, PAGE, MADV_REMOVE), 0);
	CHECK(!memcmp(p + PAGE, "\0\0\0\0", 4) && p[2 * PAGE] == 's');
	CHECK(mapped_read_is(fd, 17 * PAGE - 1, "q") && mapped_back_is(name, 18 * PAGE - 1, ""));
	CHECK_IS(fk_sys(SYS_munmap, p, 8 * PAGE), 0);
	CHECK(mapped_back_is(name, 16 * PAGE, "kept"));
	fk_sys(SYS_close, fd);
}

struct forked {
	int fd;
	char *shared, *private;
};

static void child_of_fork(void *arg)
{
	struct forked *f = arg;

	CHECK(!memcmp(f->private, "parent", 6));
	CHECK(f->private[9 * PAGE] == 'j');	/* absent when it was mapped */
	CHECK(f->shared[9 * PAGE] == 'j');
	memcpy(f->shared, "child", 5);
	memcpy(f->private, "kid", 3);
	CHECK_IS(fk_sys(SYS_pwrite64, f->fd, "pages", 5, 70 * PAGE), 5);
	CHECK(!memcmp(f->shared + 70 * PAGE, "pages", 5));
	CHECK_IS(fk_sys(SYS_msync, f->shared, PAGES * PAGE, MS_SYNC), 0);
}

static int raw_child(void *arg)
{
	struct forked *f = arg;

	signal(SIGSEGV, SIG_DFL);
	return f->shared[60 * PAGE] == 0;	/* must not get here */
}

static void forks(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd = mapped_open(name, O_RDWR), status = 0;
	struct forked f = {
		.fd = fd,
		.shared = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0),
		.private = mapped_map(fd, RW, MAP_PRIVATE, PAGES * PAGE, 0),
	};
	pid_t pid;

	memcpy(f.private, "parent", 6);
	CHECK_IS(mapped_child(child_of_fork, &f), 0);
	CHECK(!memcmp(f.shared, "child", 5));
	CHECK(!memcmp(f.private, "parent", 6));
	CHECK(!memcmp(f.shared + 70 * PAGE, "pages", 5));
	CHECK(mapped_back_is(name, 0, "child"));
	CHECK_IS(fk_sys(SYS_munmap, f.shared, PAGES * PAGE), 0);
	CHECK_IS(fk_sys(SYS_munmap, f.private, PAGES * PAGE), 0);

	/* A child that fork() does not know of. */
	f.shared = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);
	pid = clone(raw_child, stack + sizeof(stack), SIGCHLD, &f);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	CHECK(f.shared[60 * PAGE] == 'i');
	CHECK_IS(fk_sys(SYS_munmap, f.shared, PAGES * PAGE), 0);
	fk_sys(SYS_close, fd);
}

/* Maps for itself, as a process that was started on its own. */
static void other_process(void *arg)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);

	(void)arg;
	CHECK(p[50 * PAGE] == 'P');		/* stored by the other */
	p[50 * PAGE + 1] = 'C';			/* in the same page */
	p[51 * PAGE] = 'C';
	/* No msync: the end of the process writes back. */
}

static void two_processes(void)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);

	p[50 * PAGE] = 'P';
	CHECK_IS(mapped_child(other_process, NULL), 0);
	CHECK(p[50 * PAGE + 1] == 'C' && p[51 * PAGE] == 'C');
	CHECK(mapped_back_is(name, 50 * PAGE, "PCy"));
	CHECK(mapped_back_is(name, 51 * PAGE, "Cz"));
	CHECK_IS(fk_sys(SYS_munmap, p, PAGES * PAGE), 0);
	fk_sys(SYS_close, fd);
}

static void killed(void *arg)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);

	(void)arg;
	memcpy(p + 52 * PAGE, "last", 4);
	kill(getpid(), SIGKILL);
}

/* Others that map the file see, and write back, what a killed process stored. */
static void one_is_killed(void)
{
	int fd = mapped_open(name, O_RDWR);
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGE, 0);

	CHECK(WIFSIGNALED(mapped_child(killed, NULL)));
	CHECK(mapped_read_is(fd, 52 * PAGE, "last"));
	CHECK_IS(fk_sys(SYS_munmap, p, PAGE), 0);
	CHECK(mapped_back_is(name, 52 * PAGE, "last"));
	fk_sys(SYS_close, fd);
}

/* The buffer of a system call is a page that nobody has touched. */
static void as_a_buffer(void)
{
	int fd = mapped_open(name, O_RDWR), fds[2], wo;
	char *p = mapped_map(fd, RW, MAP_SHARED, PAGES * PAGE, 0), buf[8], *q;

	CHECK(pipe(fds) == 0);
	CHECK_IS(syscall(SYS_write, fds[1], p + 20 * PAGE, 8), 8);
	CHECK(read(fds[0], buf, 8) == 8 && !memcmp(buf, "uuuuuuuu", 8));
	CHECK_IS(fk_sys(SYS_pwrite64, fd, p + 40 * PAGE, 8, 10), 8);
	CHECK(!memcmp(p + 10, "oooooooo", 8));
	CHECK_IS(fk_sys(SYS_pread64, fd, p + 60 * PAGE, 8, 20 * PAGE), 8);
	CHECK(!memcmp(p + 60 * PAGE, "uuuuuuuui", 9));
	/* Made longer by one who may not read it. */
	wo = mapped_open(name, O_WRONLY | O_APPEND);
	q = mapped_map(fd, PROT_READ, MAP_SHARED, 2 * PAGE, PAGES * PAGE);
	CHECK_IS(mapped_touch(q), SIGBUS);
	CHECK_IS(fk_sys(SYS_write, wo, "longer", 6), 6);
	CHECK(!memcmp(q, "longer\0", 7));
	CHECK_IS(fk_sys(SYS_munmap, q, 2 * PAGE), 0);
	fk_sys(SYS_close, wo);
	CHECK_IS(fk_sys(SYS_munmap, p, PAGES * PAGE), 0);
	close(fds[0]);
	close(fds[1]);
	fk_sys(SYS_close, fd);
}

/* A user who may not have faults of system calls answered. */
static void unprivileged(void *arg)
{
	(void)arg;
	CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	fk.uid = 65534;
	stores();
	as_a_buffer();
	CHECK(!dfl_pager_answers());
}

void test_map(void)
{
	mapped_begin();
	name = mapped_make();
	filled_in_batches();
	name = mapped_make();
	stores();
	ends();
	name = mapped_make();
	cut_by_name();
	name = mapped_make();
	private();
	refused();
	name = mapped_make();
	in_parts();
	name = mapped_make();
	advised();
	name = mapped_make();
	forks();
	name = mapped_make();
	two_processes();
	name = mapped_make();
	one_is_killed();
	as_a_buffer();
	name = mapped_make();
	CHECK_IS(mapped_child(unprivileged, NULL), 0);
	mapped_end();
}
