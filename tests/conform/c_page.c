// SPDX-License-Identifier: GPL-2.0
/* Memory maps: what is done to parts of them, code in them, and two who do all at once. */
#include "conform.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 48 };

#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf trap;

static void on_trap(int sig)
{
	siglongjmp(trap, sig);
}

/* The signal that touching a byte gives, 0 for none. */
static int touch(volatile char *p, int store)
{
	int sig = sigsetjmp(trap, 1);

	if (!sig && store)
		*p = 'T';
	else if (!sig)
		(void)*p;
	return sig;
}

static void trapped(int on)
{
	signal(SIGBUS, on ? on_trap : SIG_DFL);
	signal(SIGSEGV, on ? on_trap : SIG_DFL);
}

/* Page n is full of the letter 'a' + n % 26. */
static int letters(const char *name, int pages)
{
	int fd = R(open(name, O_CREAT | O_TRUNC | O_RDWR, 0755)), i;
	char page[PAGE];

	for (i = 0; i < pages; i++) {
		memset(page, 'a' + i % 26, PAGE);
		if (write(fd, page, PAGE) != PAGE)
			say("write: %s", errno_name(errno));
	}
	return fd;
}

/* NULL, and a line that says why, where it cannot be. */
static char *map(int fd, int prot, int flags, size_t len, off_t at)
{
	char *p = mmap(NULL, len, prot, flags, fd, at);

	if (p == MAP_FAILED)
		say("mmap prot %d flags %d: %s", prot, flags, errno_name(errno));
	return p == MAP_FAILED ? NULL : p;
}

static void parts(void)
{
	int fd = letters("f", PAGES);
	char *p = map(fd, RW, MAP_SHARED, PAGES * PAGE, 0), *q;

	if (!p)
		return;
	trapped(1);
	memcpy(p + 3 * PAGE, "in the middle", 13);
	R(munmap(p + 2 * PAGE, 4 * PAGE));
	say("%d %d %d", touch(p + PAGE, 1), touch(p + 3 * PAGE, 0), touch(p + 6 * PAGE, 1));
	SEE("f");
	q = mmap(p + 3 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 9 * PAGE);
	OK(q == p + 3 * PAGE);
	X(p + 3 * PAGE, 4);
	q = mmap(p + 8 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	OK(q == p + 8 * PAGE);
	X(p + 8 * PAGE, 4);
	memcpy(p + 8 * PAGE, "no file", 7);
	R(mprotect(p + 10 * PAGE, PAGE, PROT_READ));
	say("%d %d", touch(p + 10 * PAGE, 0), touch(p + 10 * PAGE, 1));
	R(mprotect(p + 10 * PAGE, PAGE, RW));
	say("%d", touch(p + 10 * PAGE, 1));
	q = mremap(p + 20 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	OK(q != MAP_FAILED && q != p + 20 * PAGE);
	if (q != MAP_FAILED) {
		X(q + 3 * PAGE, 4);
		q[3 * PAGE] = 'R';
		R(munmap(q, 4 * PAGE));
	}
	say("%d %d", touch(p + 20 * PAGE, 0), touch(p + 22 * PAGE, 1));
	R(munmap(p, PAGES * PAGE));
	SEE("f");
	trapped(0);
}

static void advice(void)
{
	int fd = letters("f", PAGES), ro = R(open("f", O_RDONLY));
	char *p = map(fd, RW, MAP_SHARED, 8 * PAGE, 4 * PAGE), *q;

	if (!p)
		return;
	memcpy(p, "stays", 5);
	R(madvise(p, PAGE, MADV_DONTNEED));
	X(p, 8);
	memcpy(p + 2 * PAGE, "goes", 4);
	R(madvise(p + 2 * PAGE, 2 * PAGE, MADV_REMOVE));
	X(p + 2 * PAGE, 8);
	X(p + 4 * PAGE, 8);
	memcpy(p + 3 * PAGE, "new", 3);
	R(madvise(p, 8 * PAGE, MADV_WILLNEED));
	R(madvise(p, 8 * PAGE, MADV_RANDOM));
	R(madvise(p, 8 * PAGE, 12345));
	R(msync(p, 8 * PAGE, MS_SYNC));
	SEE("f");
	q = map(ro, PROT_READ, MAP_SHARED, PAGE, 0);
	if (q) {
		R(mprotect(q, PAGE, RW));
		R(madvise(q, PAGE, MADV_REMOVE));
	}
	R(msync(p + 1, PAGE, MS_SYNC));
	R(msync(p, PAGE, MS_SYNC | MS_ASYNC));
	R(munmap(p + 1, PAGE));
}

/* return 42 + its argument */
static const unsigned char code[] = { 0x8d, 0x47, 0x2a, 0xc3 };

static void execute(void)
{
	int fd = R(open("code", O_CREAT | O_RDWR, 0755));
	int (*function)(int);
	char *p;

	R(write(fd, code, sizeof(code)));
	p = map(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE, PAGE, 0);
	if (p) {
		memcpy(&function, &p, sizeof(p));
		say("%d", function(1));
	}
	p = map(fd, PROT_READ | PROT_EXEC, MAP_SHARED, PAGE, 0);
	if (p) {
		memcpy(&function, &p, sizeof(p));
		say("%d", function(2));
	}
}

/* A page of a map that nobody has touched is the buffer of a system call. */
static void buffers(void)
{
	int fd = letters("f", PAGES), fds[2];
	char *p = map(fd, RW, MAP_SHARED, PAGES * PAGE, 0), buf[8];

	if (!p)
		return;
	R(pipe(fds));
	R(write(fds[1], p + 20 * PAGE, 8));
	R(read(fds[0], buf, 8));
	X(buf, 8);
	R(write(fds[1], "through", 7));
	R(read(fds[0], p + 30 * PAGE, 7));
	X(p + 30 * PAGE, 10);
	R(pwrite(fd, p + 40 * PAGE, PAGE, 1));
	R(pread(fd, p + 41 * PAGE, PAGE, 0));
	X(p + 41 * PAGE, PAGE);
	SEE("f");
}

/* Blocks are taken, freed and moved under a map; stores before and after. */
static void space(void)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	int fd = letters("f", 12), wo = R(open("f", O_WRONLY));
	char *p = map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);

	if (!p)
		return;
	memcpy(p + 2 * PAGE + 5, "inside", 6);
	memcpy(p + 4 * PAGE - 3, "across", 6);
	R(fallocate(fd, punch, 2 * PAGE, 2 * PAGE));
	X(p, 12 * PAGE);
	memcpy(p + 3 * PAGE, "after", 5);
	R(fallocate(wo, punch, 5 * PAGE + 1, 2 * PAGE));
	X(p, 12 * PAGE);
	R(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20 * PAGE));
	FS(fd);
	R(fallocate(fd, 0, 12 * PAGE - 10, 2 * PAGE));
	X(p, 14 * PAGE - 10);
	R(fallocate(wo, 0, 0, 16 * PAGE));
	X(p + 13 * PAGE, 3 * PAGE);
	memcpy(p + 15 * PAGE, "grown", 5);
	R(fallocate(fd, FALLOC_FL_ZERO_RANGE, 8 * PAGE + 1, PAGE));
	X(p, 16 * PAGE);
	R(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4 * PAGE, 4 * PAGE));
	X(p, 12 * PAGE);
	R(fallocate(fd, FALLOC_FL_INSERT_RANGE, PAGE, 3 * PAGE));
	X(p, 12 * PAGE);
	memcpy(p, "last", 4);
	R(fsync(fd));
	SEE("f");
}

/* Stores without msync, and then: the end by exit, and by exec. */
static void unsaid(void)
{
	int fd = letters("f", 4);

	CHILD {
		char *p = map(fd, RW, MAP_SHARED, 4 * PAGE, 0);

		if (p)
			memcpy(p + PAGE, "before exit", 11);
	}
	SEE("f");
	CHILD {
		char *p = map(fd, RW, MAP_SHARED, 4 * PAGE, 0);

		if (p)
			memcpy(p + 2 * PAGE, "before exec", 11);
		execl("/bin/true", "true", NULL);
	}
	SEE("f");
	S("f");
}

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8 & 0xffff;
}

/* One random operation; the map is as long as the file can be. */
static void act(int fd, char *p, unsigned int *seed)
{
	char buf[3 * PAGE];
	struct stat st;
	long at, n;

	fstat(fd, &st);
	at = st.st_size ? next(seed) * 7 % st.st_size : 0;
	n = 1 + next(seed) % (next(seed) % 3 ? 100 : sizeof(buf));
	if (at + n > st.st_size)
		n = st.st_size - at;
	memset(buf, 'A' + next(seed) % 26, sizeof(buf));
	switch (next(seed) % 8) {
	case 0:
		R(ftruncate(fd, next(seed) * 3 % (PAGES * PAGE)));
		break;
	case 1:
		at = next(seed) * 3 % (PAGES * PAGE - (long)sizeof(buf));
		R(pwrite(fd, buf, 1 + next(seed) % sizeof(buf), at));
		break;
	case 2:
		R(pwrite(fd, buf, n, at));
		break;
	case 3:
	case 4:
		X(buf, pread(fd, buf, n, at));
		break;
	case 5:
		X(p + at, n);
		break;
	default:
		memcpy(p + at, buf, n);
		break;
	}
}

static void wild(void)
{
	unsigned int seed = 20260, round, i;
	static char *p;
	int fd = -1;

	ON(A) {
		close(letters("f", 20));
	}
	for (round = 0; round < 12; round++) {
		ON(A) {
			unsigned int mine = seed + round;

			if (!round) {
				fd = R(open("f", O_RDWR));
				p = map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);
			}
			for (i = 0; p && i < 12; i++)
				act(fd, p, &mine);
		}
		ON(B) {
			unsigned int mine = seed * 3 + round;

			/* Unmapped now and then; read and write go on. */
			if (round % 4 == 1 && p) {
				R(munmap(p, PAGES * PAGE));
				p = NULL;
			}
			if (fd < 0)
				fd = R(open("f", O_RDWR));
			if (!p)
				p = map(fd, RW, MAP_SHARED, PAGES * PAGE, 0);
			for (i = 0; p && i < 12; i++)
				act(fd, p, &mine);
		}
	}
	ON(A) {
		SEE("f");
	}
}

const struct scenario c_page[] = {
	{ "page-parts", parts, 0 },
	{ "page-advice", advice, 0 },
	{ "page-execute", execute, 0 },
	{ "page-buffers", buffers, 0 },
	{ "page-space", space, 0 },
	{ "page-unsaid", unsaid, 0 },
	{ "page-wild", wild, 1 },
	{ 0 },
};
