// SPDX-License-Identifier: LGPL-2.1-or-later
/* Positions in a page: who has them when, and what may come between. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include "position.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_FILE	65536

static int make(const char *name, int flags)
{
	int fd = fk_sys(SYS_open, unit_name(name), O_CREAT | O_TRUNC | O_RDWR | flags, 0644);

	CHECK(fd >= 0);
	return fd;
}

/* A file whose bytes tell where they are, at position 0, with a page if @shared. */
static int make_long(const char *name, bool shared)
{
	unsigned char bytes[256];
	int fd = make(name, 0), i;
	char c;

	for (i = 0; i < 256; i++)
		bytes[i] = i;
	for (i = 0; i < LONG_FILE; i += 256)
		CHECK_IS(fk_sys(SYS_pwrite64, fd, bytes, 256, i), 256);
	if (shared) {
		fk_forget(fd);
		CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
		CHECK(fk_position(fd));
		CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_SET), 0);
	}
	return fd;
}

static long where(int fd)
{
	return fk_sys(SYS_lseek, fd, 0, SEEK_CUR);
}

/* A private file stays with the kernel for so long, and no longer. */
static void promotion(void)
{
	int fd = make_long("/promoted", false), i;
	unsigned long pages = fk.positions, seeks;
	char buf[16];

	for (i = 0; i < DFL_POSITION_TRIAL; i++)
		CHECK_IS(fk_sys(SYS_read, fd, buf, 16), 16);
	CHECK_IS(fk.positions, pages);
	CHECK(!fk_position(fd));
	CHECK_IS(fk_sys(SYS_read, fd, buf, 16), 16);
	CHECK_IS(fk.positions, pages + 1);
	seeks = fk.seeks;
	for (i = 0; i < 100; i++)
		CHECK_IS(fk_sys(SYS_read, fd, buf, 16), 16);
	CHECK_IS(buf[15] & 0xff, ((DFL_POSITION_TRIAL + 101) * 16 - 1) & 0xff);
	CHECK_IS(fk_sys(SYS_lseek, fd, -16, SEEK_CUR), (DFL_POSITION_TRIAL + 100) * 16);
	CHECK_IS(fk_sys(SYS_lseek, fd, -1, SEEK_SET), -EINVAL);
	CHECK_IS(where(fd), (DFL_POSITION_TRIAL + 100) * 16);
	CHECK_IS(fk.seeks, seeks);		/* none reached the kernel */
	CHECK_IS(fk.positions, pages + 1);
	fk_sys(SYS_close, fd);
}

/* One that others may hold moves at once; so do all who hold it. */
static void agreement(void)
{
	int fd = make_long("/agreed", true), two = fk_sys(SYS_dup, fd);
	struct defuse_position *page = fk_position(fd);
	unsigned char c;

	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	CHECK_IS(c, 0);
	CHECK_IS(fk_undeclared(SYS_read, two, &c, 1), 1);
	CHECK_IS(c, 1);
	CHECK_IS(fk_sys(SYS_read, two, &c, 1), 1);
	CHECK_IS(c, 2);
	CHECK_IS(fk_undeclared(SYS_lseek, fd, 100, SEEK_SET), 100);
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	CHECK_IS(c, 100);
	CHECK_IS(fk_sys(SYS_write, fd, "xy", 2), 2);
	CHECK_IS(where(two), 103);
	CHECK_IS(fk_undeclared(SYS_lseek, fd, 0, SEEK_CUR), 103);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_END), LONG_FILE);
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 0);
	CHECK_IS(where(fd), LONG_FILE);

	/* What a sharer may write there harms nobody for longer than it is there. */
	page->position = -5;
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), -EINVAL);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_CUR), -EINVAL);
	CHECK_IS(fk_sys(SYS_lseek, fd, 7, SEEK_SET), 7);
	page->next = 99999;
	page->lock = 0x3ffffff0;		/* nobody's number */
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	CHECK_IS(c, 7);
	page->lock = syscall(SYS_gettid);	/* a namesake died in there */
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	CHECK_IS(c, 8);
	CHECK_IS(page->lock, 0);
	CHECK_IS(page->next, 0);
	fk_sys(SYS_close, fd);
	fk_sys(SYS_close, two);
}

/* Where no page is to be had, the kernel reads and is right. */
static void refused(void)
{
	unsigned long pages = fk.positions;
	unsigned char c = 0;
	int fd, i;

	fk.refuse_position = EXDEV;
	fd = make_long("/refused", false);
	fk_forget(fd);
	for (i = 0; i < 10; i++) {
		CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
		CHECK_IS(c, i);
	}
	CHECK_IS(where(fd), 10);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
	fd = make_long("/refused", false);
	for (i = 0; i < DFL_POSITION_TRIAL + 10; i++)
		CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	CHECK_IS(where(fd), DFL_POSITION_TRIAL + 10);
	CHECK_IS(fk.positions, pages);
	fk.refuse_position = 0;
	fk_sys(SYS_close, fd);
}

/* Reads @n bytes one by one, by turns through either door. */
static void read_some(int fd, int n, int raw_every)
{
	char c;
	int i;

	for (i = 0; i < n; i++) {
		if (raw_every && i % raw_every == 0)
			fk_undeclared(SYS_read, fd, &c, 1);
		else
			fk_sys(SYS_read, fd, &c, 1);
	}
}

static int wait_for(pid_t pid)
{
	int status = -1;

	CHECK_IS(waitpid(pid, &status, 0), pid);
	return status;
}

/* Several processes move one position: nothing is lost, nothing counted twice. */
static void processes(void)
{
	int fd = make_long("/processes", true), i;
	unsigned long pages = fk.positions;
	pid_t pid[3];

	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			read_some(fd, 4000, i == 2 ? 3 : 0);
			_exit(fk.positions == pages + 1 ? 0 : 1);
		}
	}
	read_some(fd, 4000, 0);
	for (i = 0; i < 3; i++)
		CHECK_IS(wait_for(pid[i]), 0);
	CHECK_IS(where(fd), 16000);
	CHECK_IS(fk_position(fd)->lock, 0);
	fk_sys(SYS_close, fd);
}

/* Killed in the middle of a write, others go on where it began. */
static void killed(void)
{
	int fd = make_long("/killed", true), status;
	char buf[16];
	pid_t pid;

	CHECK_IS(fk_sys(SYS_lseek, fd, 1000, SEEK_SET), 1000);
	pid = fork();
	if (!pid) {
		fk_sys(SYS_write, fd, "TRAP:KILL.......", 16);
		_exit(0);
	}
	status = wait_for(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_IS(fk_position(fd)->lock, (uint32_t)pid);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 16, 1000), 16);
	CHECK(memcmp(buf, "TRAP:KIL", 8) == 0);		/* half of it was written */
	CHECK_IS(fk_sys(SYS_write, fd, "after", 5), 5);
	CHECK_IS(where(fd), 1005);
	CHECK_IS(fk_position(fd)->lock, 0);
	fk_sys(SYS_close, fd);
}

static int handler_fd;
static bool handler_reads;
static long handler_result;
static char handler_byte;

static void handler(int sig)
{
	(void)sig;
	if (handler_reads)
		handler_result = fk_sys(SYS_read, handler_fd, &handler_byte, 1);
	else
		handler_result = fk_sys(SYS_write, handler_fd, "[handler]", 9);
}

/* A handler's I/O in the middle of its thread's: after a write, before a read. */
static void handled(bool shared)
{
	int fd = make_long("/handled", shared);
	char buf[64] = "";

	handler_fd = fd;
	handler_reads = false;
	signal(SIGUSR1, handler);
	CHECK_IS(fk_sys(SYS_lseek, fd, 10, SEEK_SET), 10);
	CHECK_IS(fk_sys(SYS_write, fd, "TRAP:RAISE......", 16), 16);
	CHECK_IS(handler_result, 9);
	CHECK_IS(where(fd), 35);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 25, 10), 25);
	CHECK(memcmp(buf, "TRAP:RAISE......[handler]", 25) == 0);

	/* It reads the T; the read that it interrupted begins behind. */
	handler_reads = true;
	CHECK_IS(fk_sys(SYS_lseek, fd, 10, SEEK_SET), 10);
	memset(buf, 0, sizeof(buf));
	CHECK_IS(fk_sys(SYS_read, fd, buf, 8), 8);	/* not long enough for a trap */
	CHECK_IS(fk_sys(SYS_lseek, fd, 10, SEEK_SET), 10);
	CHECK_IS(fk_sys(SYS_read, fd, buf, 20), 20);
	CHECK_IS(handler_result, 1);
	CHECK_IS(handler_byte, 'T');
	CHECK(memcmp(buf, "RAP:RAISE......[hand", 20) == 0);
	CHECK_IS(where(fd), 31);
	fk_sys(SYS_close, fd);
	signal(SIGUSR1, SIG_DFL);
}

static sigjmp_buf jump;

static void jumper(int sig)
{
	(void)sig;
	siglongjmp(jump, 1);
}

static void *jumps(void *arg)
{
	int fd = *(int *)arg;

	if (!sigsetjmp(jump, 1))
		fk_sys(SYS_write, fd, "TRAP:RAISE......", 16);
	/* Any call of the thread shows that the operation is over. */
	return (void *)fk_sys(SYS_lseek, -1, 0, SEEK_CUR);
}

/* A handler that never comes back leaves the lock to others all the same. */
static void jumped(void)
{
	int fd = make_long("/jumped", true);
	pthread_t thread;
	char c;

	signal(SIGUSR1, jumper);
	CHECK(pthread_create(&thread, NULL, jumps, &fd) == 0);
	pthread_join(thread, NULL);
	signal(SIGUSR1, SIG_DFL);
	CHECK_IS(fk_position(fd)->lock, 0);
	CHECK_IS(fk_sys(SYS_read, fd, &c, 1), 1);
	fk_sys(SYS_close, fd);
}

#define READERS		64
#define READS		200

static _Atomic unsigned char seen[LONG_FILE];

/* Every byte to one thread: the file says at each place which it is, modulo 256. */
static void *reader(void *arg)
{
	unsigned char two[2];
	long i, good = 0;

	for (i = 0; i < READS; i++)
		good += fk_sys(SYS_read, *(int *)arg, two, 2) == 2 &&
			(unsigned char)(two[0] + 1) == two[1] && ++seen[two[0]];
	return (void *)good;
}

static void threads(void)
{
	int fd = make_long("/threads", false), i;
	pthread_t thread[READERS];
	void *good;

	for (i = 0; i < READERS; i++)
		CHECK(pthread_create(&thread[i], NULL, reader, &fd) == 0);
	for (i = 0; i < READERS; i++) {
		pthread_join(thread[i], &good);
		CHECK_IS(good, READS);
	}
	CHECK_IS(where(fd), READERS * READS * 2);
	for (i = 0; i < 256; i += 2)
		CHECK_IS(seen[i], READERS * READS / 128);
	fk_sys(SYS_close, fd);
}

/* Each finds its own data before its own position. */
static void appends(void)
{
	int fd = make("/appends", O_APPEND), i, n;
	char line[16];
	pid_t pid;

	fk_forget(fd);
	CHECK_IS(fk_sys(SYS_write, fd, "first...\n", 9), 9);
	pid = fork();
	for (i = 0; i < 200; i++) {
		n = snprintf(line, sizeof(line), "%c%07d\n", pid ? 'p' : 'c', i);
		if (fk_sys(SYS_write, fd, line, n) != 9)
			_exit(1);
	}
	if (!pid)
		_exit(0);
	CHECK_IS(wait_for(pid), 0);
	CHECK_IS(where(fd), 401 * 9);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_END), 401 * 9);
	fk_sys(SYS_close, fd);
}

void test_position(void)
{
	char library[512];

	snprintf(library, sizeof(library), "%s", fk.library);
	fk_remount(unit_library("defuse-trap"));
	promotion();
	agreement();
	refused();
	processes();
	killed();
	handled(true);
	handled(false);
	jumped();
	threads();
	appends();
	fk_remount(library);
}
