// SPDX-License-Identifier: GPL-2.0
/*
 * Other ways to get at an open file: through /proc, from another process by its pidfd, in
 * a program with more rights, by io_uring; and with addresses that are none.
 */
#include "conform.h"

#include <linux/io_uring.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char buf[64];

static int again(int fd, int flags)
{
	char name[40];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, flags);
}

static void reopened(void)
{
	int fd, two, d, p;

	put("f", "0123456789", 0640);
	fd = R(open("f", O_RDWR));
	R(read(fd, buf, 3));
	two = R(again(fd, O_RDONLY));
	X(buf, R(read(two, buf, 3)));
	R(write(two, "x", 1));
	R(lseek(fd, 0, SEEK_CUR));
	R(close(two));
	two = R(again(fd, O_WRONLY | O_APPEND));
	R(write(two, "end", 3));
	R(lseek(two, 0, SEEK_CUR));
	R(again(fd, O_CREAT | O_EXCL | O_RDWR));
	R(again(fd, O_NOFOLLOW | O_RDONLY));
	R(again(fd, O_DIRECTORY));
	CHILD_NOBODY {
		R(again(fd, O_RDONLY));
		X(buf, R(read(fd, buf, 2)));
	}
	p = R(open("f", O_PATH));
	d = R(again(p, O_RDONLY));
	X(buf, R(read(d, buf, 20)));
	R(close(d));
	/* The name goes, the file stays. */
	R(unlink("f"));
	d = R(again(fd, O_RDWR));
	X(buf, R(pread(d, buf, 20, 0)));
	R(write(d, "AB", 2));
	X(buf, R(pread(fd, buf, 20, 0)));
	R(again(p, O_WRONLY | O_TRUNC));
	FS(fd);
	put("f", "the next one", 0644);
	X(buf, R(pread(two = R(again(p, O_RDONLY)), buf, 20, 0)));
	R(mkdir("d", 0755));
	d = R(open("d", O_RDONLY));
	put("d/x", "x", 0644);
	two = R(again(d, O_RDONLY | O_DIRECTORY));
	R(faccessat(two, "x", F_OK, 0));
	R(unlink("d/x"));
	R(rmdir("d"));
	R(again(d, O_RDONLY));
	SEE("f");
}

static void fetched(void)
{
	int go[2], back[2], fd = -1, pfd;
	pid_t pid;

	put("f", "0123456789", 0600);
	R(pipe(go));
	R(pipe(back));
	pid = fork();
	if (!pid) {
		fd = open("f", O_RDWR);
		read(fd, buf, 2);
		write(back[1], &fd, sizeof(fd));
		read(go[0], buf, 1);
		write(fd, "child", 5);
		write(back[1], &fd, sizeof(fd));
		read(go[0], buf, 1);
		_exit(0);
	}
	read(back[0], &fd, sizeof(fd));
	pfd = R(pidfd_open(pid, 0));
	fd = R(pidfd_getfd(pfd, fd, 0));
	X(buf, R(read(fd, buf, 2)));
	R(fcntl(fd, F_GETFD));
	write(go[1], "x", 1);
	read(back[0], &pfd, sizeof(pfd));
	R(lseek(fd, 0, SEEK_CUR));
	R(write(fd, "P", 1));
	R(kill(pid, SIGKILL));
	waitpid(pid, NULL, 0);
	X(buf, R(pread(fd, buf, 20, 0)));
	SEE("f");
	R(pidfd_getfd(pfd, 0, 0));
}

/* conform --child who FD */
void reach_child(int fd)
{
	ssize_t n = read(fd, buf, 3);

	printf("uid %d euid %d egid %d secure %ld\n", getuid(), geteuid(), getegid(),
	       getauxval(AT_SECURE));
	printf("read %zd %.3s, write %zd\n", n, n > 0 ? buf : "", pwrite(fd, "S", 1, 0));
	n = open("secret", O_RDONLY);
	printf("secret: %s\n", n < 0 ? errno_name(errno) : "opened");
	printf("then %zd bytes\n", n < 0 ? -1 : read(n, buf, 20));
}

static void copy_self(const char *name, mode_t mode)
{
	static char block[65536];
	int in = open(self_bin, O_RDONLY), out = open(name, O_CREAT | O_WRONLY, 0700);
	ssize_t n;

	while ((n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, n) != n)
			say("write: %s", errno_name(errno));
	close(in);
	close(out);
	R(chmod(name, mode));
}

/* A program that gains rights by its file, which lies here, is given a file. */
static void gaining(void)
{
	static const char *const names[] = { "plain", "setuid", "setgid" };
	char number[20];
	struct stat st = { 0 };
	int i, fd, who;

	R(chmod(".", 0777));
	put("f", "0123456789", 0666);
	put("secret", "only for root", 0600);
	copy_self("plain", 0755);
	copy_self("setuid", 04755);
	copy_self("setgid", 02755);
	for (i = 0; i < 3; i++) {
		for (who = 0; who < 2; who++) {
			fd = open("f", O_RDWR);
			snprintf(number, sizeof(number), "%d", fd);
			CHILD_NOBODY {
				if (who)
					fd = dup2(open("f", O_RDWR), fd);
				dup2(open("out", O_CREAT | O_WRONLY | O_APPEND, 0666), 1);
				execl(names[i], names[i], "--child", "who", number,
				      (char *)NULL);
				say("exec: %s", errno_name(errno));
			}
			close(fd);
		}
	}
	SEE("out");
	/* Written to, it loses what it had. */
	fd = R(open("setuid", O_WRONLY | O_APPEND));
	CHILD_NOBODY {
		R(write(fd, "x", 1));
	}
	stat("setuid", &st);
	say("mode %o", st.st_mode);
}

static struct ring {
	int fd;
	char *sq;
	struct io_uring_params p;
	struct io_uring_sqe *sqe;
} ring;

static unsigned int *ring_word(unsigned int offset)
{
	return (unsigned int *)(ring.sq + offset);
}

/* With one entry at a time there is nothing to wait for. */
static int ring_do(int op, int fd, const void *addr, unsigned int len, long off, int flags)
{
	unsigned int at = *ring_word(ring.p.sq_off.tail);
	unsigned int slot = at & *ring_word(ring.p.sq_off.ring_mask);
	unsigned int head = *ring_word(ring.p.cq_off.head);
	struct io_uring_cqe *cqe = (void *)(ring.sq + ring.p.cq_off.cqes);

	ring.sqe[slot] = (struct io_uring_sqe){
		.opcode = op, .fd = fd, .addr = (uintptr_t)addr, .len = len,
		.off = off, .rw_flags = flags,
	};
	ring_word(ring.p.sq_off.array)[slot] = slot;
	__atomic_store_n(ring_word(ring.p.sq_off.tail), at + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -EIO;
	cqe += head & *ring_word(ring.p.cq_off.ring_mask);
	__atomic_store_n(ring_word(ring.p.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return cqe->res;
}

static int ring_open(void)
{
	ring.fd = syscall(SYS_io_uring_setup, 4, &ring.p);
	if (ring.fd < 0)
		return 0;
	ring.sq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
			IORING_OFF_SQES);
	return ring.sq != MAP_FAILED && ring.sqe != MAP_FAILED &&
	       ring.p.features & IORING_FEAT_SINGLE_MMAP;
}

/* Requests past the C library, on files that came through it. */
static void uring(void)
{
	struct iovec vec[2] = { { buf, 3 }, { buf + 8, 3 } };
	int fd, w;

	if (!R(ring_open()))
		return;
	put("f", "0123456789", 0644);
	fd = R(open("f", O_RDWR));
	R(read(fd, buf, 2));
	X(buf, R(ring_do(IORING_OP_READ, fd, buf, 3, -1, 0)));
	R(lseek(fd, 0, SEEK_CUR));
	X(buf, R(ring_do(IORING_OP_READ, fd, buf, 3, 7, 0)));
	R(ring_do(IORING_OP_WRITE, fd, "UR", 2, 0, 0));
	X(buf, R(pread(fd, buf, 4, 0)));
	R(ring_do(IORING_OP_READV, fd, vec, 2, 1, 0));
	X(buf + 8, 3);
	R(ring_do(IORING_OP_FSYNC, fd, NULL, 0, 0, 0));
	R(ring_do(IORING_OP_FALLOCATE, fd, (void *)20, 0, 0, 0));
	w = R(open("w", O_CREAT | O_WRONLY | O_APPEND, 0644));
	R(write(w, "one ", 4));
	R(ring_do(IORING_OP_WRITE, w, "two ", 4, 0, 0));
	R(write(w, "three", 5));
	R(ring_do(IORING_OP_READ, w, buf, 1, 0, 0));
	w = R(ring_do(IORING_OP_OPENAT, AT_FDCWD, "made", 0644, 0, O_CREAT | O_RDWR));
	R(write(w, "by both", 7));
	X(buf, R(ring_do(IORING_OP_READ, w, buf, 10, 0, 0)));
	R(ring_do(IORING_OP_CLOSE, w, NULL, 0, 0, 0));
	R(ring_do(IORING_OP_UNLINKAT, AT_FDCWD, "none", 0, 0, 0));
	R(ring_do(IORING_OP_READ, fd, (void *)16, 3, 0, 0));
	R(close(fd));
	R(ring_do(IORING_OP_READ, fd, buf, 3, 0, 0));
	SEE("f");
	SEE("w");
	SEE("made");
}

/* Addresses with nothing behind them, and buffers that end too early. */
static void faulting(void)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	int fd, d;

	R(munmap(p + 4096, 4096));
	put("f", "0123456789", 0644);
	fd = R(open("f", O_RDWR));
	d = R(open(".", O_RDONLY));
	R(read(fd, p + 4096, 4));
	R(lseek(fd, 0, SEEK_CUR));
	R(pread(fd, p + 5000, 4, 0));
	R(write(fd, p + 4096, 4));
	R(lseek(fd, 0, SEEK_CUR));
	R(pwrite(fd, p + 4096, 4, 20));
	R(syscall(SYS_getdents64, d, p + 4096, 1000));
	memcpy(p + 4094, "ab", 2);
	R(read(fd, p + 4092, 8) > 0);
	R(mprotect(p, 4096, PROT_READ));
	R(pread(fd, p, 4, 0));
	R(pwrite(fd, p + 4094, 2, 3));
	R(mprotect(p, 4096, PROT_NONE));
	R(pread(fd, p, 4, 0));
	R(pwrite(fd, p, 4, 0));
	R(read(fd, NULL, 4));
	R(readv(fd, (void *)16, 2));
	R(fstat(fd, (void *)16));
	SEE("f");
}

const struct scenario c_reach[] = {
	{ "reach-proc", reopened, 0 },
	{ "reach-pidfd", fetched, 0 },
	{ "reach-setuid", gaining, 0 },
	{ "reach-uring", uring, 0 },
	{ "reach-fault", faulting, 0 },
	{ 0 },
};
