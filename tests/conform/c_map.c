// SPDX-License-Identifier: GPL-2.0
/* Memory maps: coherent with read and write, between doors and the backend. */
#include "conform.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static char *map(int fd, int prot, int flags, size_t len, off_t at)
{
	char *p = mmap(NULL, len, prot, flags, fd, at);

	if (p == MAP_FAILED)
		say("mmap prot %d flags %d: %s", prot, flags, errno_name(errno));
	else
		say("mmap prot %d flags %d", prot, flags);
	return p == MAP_FAILED ? NULL : p;
}

#define RW (PROT_READ | PROT_WRITE)

static void put_pages(const char *name, int n)
{
	char page[PAGE];
	int i, fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);

	for (i = 0; i < n; i++) {
		memset(page, 'a' + i, PAGE);
		if (write(fd, page, PAGE) != PAGE)
			say("write: %s", errno_name(errno));
	}
	close(fd);
}

static void shared(void)
{
	char buf[16];
	char *p, *q;
	int fd, other;

	put_pages("f", 3);
	fd = R(open("f", O_RDWR));
	p = map(fd, RW, MAP_SHARED, 3 * PAGE, 0);
	if (!p)
		return;
	X(p, 8);
	memcpy(p + 10, "mapped", 6);
	X(buf, R(pread(fd, buf, 16, 4)));
	R(pwrite(fd, "written", 7, PAGE));
	X(p + PAGE, 10);
	other = R(open("f", O_RDWR));
	R(pwrite(other, "other", 5, 2 * PAGE));
	X(p + 2 * PAGE, 8);
	R(msync(p, 3 * PAGE, MS_SYNC));
	R(msync(p, PAGE, MS_ASYNC));
	SEE("f");
	SEE_BACK("f");
	R(close(fd));
	memcpy(p + 100, "closed", 6);
	X(buf, R(pread(other, buf, 6, 100)));
	R(unlink("f"));
	memcpy(p + 200, "gone", 4);
	X(buf, R(pread(other, buf, 4, 200)));
	q = map(other, PROT_READ, MAP_SHARED, PAGE, PAGE);
	if (q)
		X(q, 8);
	q = mremap(p, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
	OK(q != MAP_FAILED);
	if (q != MAP_FAILED)
		X(q + 100, 6);
	R(ftruncate(other, 5 * PAGE));
	if (q != MAP_FAILED) {
		memcpy(q + 4 * PAGE, "grown", 5);
		X(buf, R(pread(other, buf, 5, 4 * PAGE)));
		R(munmap(q, 5 * PAGE));
	}
	FS(other);
}

static void private(void)
{
	char buf[16], *p, *q;
	int fd;

	put_pages("f", 2);
	fd = R(open("f", O_RDONLY));
	p = map(fd, RW, MAP_PRIVATE, 2 * PAGE, 0);
	if (!p)
		return;
	X(p, 4);
	memcpy(p, "mine", 4);
	X(buf, R(pread(fd, buf, 4, 0)));
	SEE("f");
	X(p, 4);
	q = map(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE, PAGE, PAGE);
	if (q)
		X(q, 4);
	R(mprotect(p, PAGE, PROT_READ));
	R(madvise(p, 2 * PAGE, MADV_WILLNEED));
	R(madvise(p, PAGE, MADV_DONTNEED));
	X(p, 4);
	/* The map is the buffer of a write to its own file, and of a read. */
	R(close(fd));
	fd = R(open("f", O_RDWR));
	q = map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
	if (!q)
		return;
	R(pwrite(fd, q + PAGE, 10, 5));
	X(q, 20);
	R(pread(fd, q + PAGE, 20, 0));
	X(q + PAGE, 24);
	SEE("f");
}

static void refused(void)
{
	int ro, wo, d;

	put_pages("f", 1);
	ro = R(open("f", O_RDONLY));
	wo = R(open("f", O_WRONLY));
	d = R(open(".", O_RDONLY));
	map(ro, RW, MAP_SHARED, PAGE, 0);
	map(ro, RW, MAP_PRIVATE, PAGE, 0);
	map(ro, PROT_READ, MAP_SHARED, PAGE, 0);
	map(wo, PROT_WRITE, MAP_SHARED, PAGE, 0);
	map(wo, PROT_READ, MAP_PRIVATE, PAGE, 0);
	map(d, PROT_READ, MAP_PRIVATE, PAGE, 0);
	map(ro, PROT_READ, MAP_SHARED, PAGE, 100);
	map(ro, PROT_READ, MAP_SHARED, 0, 0);
	map(12345, PROT_READ, MAP_SHARED, PAGE, 0);
	map(ro, PROT_READ, MAP_SHARED | MAP_POPULATE, PAGE, 0);
	map(ro, PROT_READ, 0, PAGE, 0);
	map(ro, PROT_READ, MAP_SHARED, PAGE, PAGE);
}

static sigjmp_buf trap;

static void on_bus(int sig)
{
	siglongjmp(trap, sig);
}

/* touch(p): the signal it gives, 0 for none. */
static int touch(volatile char *p)
{
	int sig = sigsetjmp(trap, 1);

	if (!sig)
		(void)*p;
	return sig;
}

static void ends(void)
{
	char buf[8], *p;
	int fd;

	signal(SIGBUS, on_bus);
	fd = R(open("f", O_CREAT | O_RDWR, 0644));
	R(write(fd, "short", 5));
	p = map(fd, RW, MAP_SHARED, 4 * PAGE, 0);
	if (!p)
		return;
	X(p, 8);
	say("within the page: %d, beyond: %d", touch(p + 100), touch(p + PAGE));
	/* Beyond the end, but in the page: never in the file. */
	memcpy(p + 5, "tail", 4);
	FS(fd);
	R(ftruncate(fd, 2 * PAGE));
	say("now: %d", touch(p + PAGE));
	p[PAGE + 1] = 'x';
	R(ftruncate(fd, 3));
	say("cut: %d", touch(p + PAGE));
	R(ftruncate(fd, 4 * PAGE));
	X(p, 8);
	X(p + PAGE, 4);
	R(pread(fd, buf, 8, PAGE));
	X(buf, 8);
	R(munmap(p, PAGE));
	SEE("f");
	signal(SIGBUS, SIG_DFL);
}

static void after_fork(void)
{
	char *p, *q;
	int fd;

	put_pages("f", 2);
	fd = R(open("f", O_RDWR));
	p = map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
	q = map(fd, RW, MAP_PRIVATE, 2 * PAGE, 0);
	if (!p || !q)
		return;
	memcpy(q, "parent", 6);
	CHILD {
		memcpy(p, "child", 5);
		memcpy(q, "kid", 3);
		R(pwrite(fd, "pages", 5, PAGE));
		R(msync(p, 2 * PAGE, MS_SYNC));
	}
	X(p, 8);
	X(q, 8);
	X(p + PAGE, 8);
	SEE("f");
}

static void both_map(void)
{
	static char *p;
	char buf[16];
	int fd = -1;

	ON(A) {
		put_pages("f", 2);
		fd = R(open("f", O_RDWR));
		p = map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
		if (p)
			memcpy(p, "A maps", 6);
	}
	ON(B) {
		fd = R(open("f", O_RDWR));
		X(buf, R(read(fd, buf, 16)));
		R(pwrite(fd, "B writes", 8, 100));
	}
	ON(A) {
		if (p)
			X(p + 100, 10);
		R(pwrite(fd, "A writes", 8, 200));
	}
	ON(B) {
		p = map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
		if (p) {
			X(p + 200, 10);
			memcpy(p + 300, "B maps", 6);
		}
	}
	ON(A) {
		if (p)
			X(p + 300, 8);
		X(buf, R(pread(fd, buf, 8, 300)));
		R(ftruncate(fd, 3 * PAGE));
	}
	ON(B) {
		FS(fd);
		SEE("f");
	}
}

/* With a lower tree the backend itself agrees at every moment. */
static void back_too(void)
{
	char buf[16], *p;
	int fd, back;

	put_pages("f", 2);
	fd = R(open("f", O_RDWR));
	p = map(fd, RW, MAP_SHARED, 2 * PAGE, 0);
	back = open(on_back("f"), O_RDWR);
	if (!p)
		return;
	memcpy(p, "stored", 6);
	X(buf, R(pread(back, buf, 6, 0)));
	R(pwrite(back, "backend", 7, 400));
	X(p + 400, 8);
	X(buf, R(pread(fd, buf, 8, 400)));
	close(back);
}

const struct scenario c_map[] = {
	{ "map-shared", shared, 0 },
	{ "map-private", private, 0 },
	{ "map-refused", refused, 0 },
	{ "map-ends", ends, 0 },
	{ "map-fork", after_fork, 0 },
	{ "map-both", both_map, 1 },
	{ "map-back", back_too, 0 },
	{ 0 },
};
