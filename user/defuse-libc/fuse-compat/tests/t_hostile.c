// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Clients that are killed anywhere, and clients that write into the ring and the socket
 * what they like.  The server serves others meanwhile, keeps nothing of the dead, and
 * ends in order.  Last argument: rounds.
 */
#include "served.h"

#include "../ring.h"
#include "../wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

unsigned long check_passed, check_failed;

static unsigned long seed = 1;

static unsigned int pick(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

/* Descriptors that the process has open. */
static int count_fds(pid_t pid)
{
	char name[64];
	int n = 0;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	dir = opendir(name);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void work(void *fs)
{
	char name[32], buf[3000];
	struct stat st;
	uint64_t fh;
	size_t n;

	for (;;) {
		snprintf(name, sizeof(name), "/w%u", pick(4));
		if (ops->open(fs, name, O_RDWR | O_CREAT, 0600, &fh) == 0) {
			ops->write(fs, fh, buf, pick(sizeof(buf)), pick(9000), &n);
			ops->read(fs, fh, buf, sizeof(buf), pick(9000), &n);
			if (pick(2))
				ops->close(fs, fh);
			else
				ops->fgetattr(fs, fh, &st);
		}
		if (pick(4) == 0)
			ops->unlink(fs, name);
		if (pick(4) == 0)
			ops->rename(fs, name, "/w0", 0);
	}
}

static void killed(int rounds)
{
	int i, status;

	for (i = 0; i < rounds; i++) {
		pid_t pid = fork();
		struct timespec moment = { 0, pick(5000000) };

		if (pid == 0) {
			seed = i;
			work(served_mount());
		}
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status));
	}
}

static int raw_connect(struct ring **ring)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), segment;

	memcpy(addr.sun_path, served_socket, strlen(served_socket) + 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    recvmsg(fd, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg)) {
		close(fd);
		return -1;
	}
	memcpy(&segment, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(segment));
	CHECK(ftruncate(segment, 0) < 0);
	CHECK(ring_map(segment, ring) == 0);
	close(segment);
	return fd;
}

static bool always(void *unused)
{
	(void)unused;
	return true;
}

static struct ring_out answer;

/* Return: the error of the @answer. */
static int ask(struct ring *r, struct ring_in in, const void *data, size_t size)
{
	struct ring_patience patience = { 0 };

	in.size = size;
	memcpy(ring_data(r, 0), data, size < RING_DATA ? size : 0);
	r->slot[0].in = in;
	ring_submit(r, 0);
	ring_wait(r, 0, always, NULL, &patience);
	answer = r->slot[0].out;
	return answer.error;
}

#define ASK(...)	ask(r, (struct ring_in){ __VA_ARGS__ }, "", 0)

/* Each field by itself: right, and then wrong. */
static void fields(struct ring *r, uint64_t file)
{
	CHECK_IS(ASK(.op = WIRE_FCHMOD, .file = file, .a = 0640), 0);
	CHECK_IS(ASK(.op = WIRE_FCHMOD, .file = file, .a = -1UL), 0);	/* the mode in it */
	CHECK_IS(ASK(.op = WIRE_FCHOWN, .file = file, .a = -1UL, .b = -1UL), 0);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 1), 0);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 1UL << 63), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 1, .b = 1UL << 32), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 1, .b = 1UL << 30), -EOPNOTSUPP);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 1, .offset = -1), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_FALLOCATE, .file = file, .a = 2, .offset = INT64_MAX), -EFBIG);
	CHECK_IS(ASK(.op = WIRE_SEEK, .file = file, .a = SEEK_HOLE), 0);
	CHECK_IS(ASK(.op = WIRE_SEEK, .file = file, .a = SEEK_END), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_SEEK, .file = file, .a = 1UL << 32 | SEEK_DATA), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_SEEK, .file = file, .a = SEEK_DATA, .offset = -1), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_READ, .file = file, .a = RING_DATA), 0);
	CHECK_IS(ASK(.op = WIRE_READ, .file = file, .a = RING_DATA + 1), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_READ, .file = file, .a = 1, .offset = INT64_MAX), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_STATFS), 0);
	CHECK_IS(answer.size, sizeof(struct statfs));
	CHECK_IS(ask(r, (struct ring_in){ .op = WIRE_STATFS }, "", RING_DATA + 1), -EINVAL);
	CHECK_IS(ASK(.op = WIRE_FLUSH, .file = file), 0);
	CHECK_IS(ASK(.op = WIRE_FLUSH, .file = file + 1), -EBADF);
	CHECK_IS(ASK(.op = WIRE_FLUSH, .file = -1UL), -EBADF);
	CHECK_IS(ASK(.op = WIRE_LEAVE), 0);
}

/* Two times take 32 bytes, whatever is before them. */
static void times(struct ring *r, uint64_t file)
{
	static const long wrong[] = { -1, 1000000000, UTIME_NOW + 2, INT64_MIN };
	const struct ring_in change = { .op = WIRE_FUTIME, .file = file };
	struct timespec both[4] = { { 1, 0 }, { 0, UTIME_NOW } };
	char named[64] = "/exact";
	size_t size, i;

	for (size = 0; size <= 64; size++)
		CHECK_IS(ask(r, change, both, size), size == 32 ? 0 : -EINVAL);
	for (i = 0; i < 4; i++) {
		both[0].tv_nsec = wrong[i];
		CHECK_IS(ask(r, change, both, 32), -EINVAL);
	}
	both[0].tv_nsec = 0;
	memcpy(named + 7, both, 32);
	for (size = 0; size <= 64; size++)
		CHECK_IS(ask(r, (struct ring_in){ .op = WIRE_UTIME, .first = 7 }, named, size),
			 size == 39 ? 0 : -EINVAL);
}

/* What a request must be, to the byte. */
static void exact(void)
{
	struct ring_in open = { .op = WIRE_OPEN, .first = 7, .a = O_RDWR | O_CREAT };
	struct ring_in named = { .first = 7 };
	struct ring *r = NULL;
	int fd = raw_connect(&r);
	uint64_t file;

	CHECK(fd >= 0);
	if (fd < 0)
		return;
	open.b = 0600;
	CHECK_IS(ask(r, open, "/exact", 7), 0);
	file = answer.a;
	fields(r, file);
	times(r, file);
	CHECK_IS(ASK(.op = WIRE_CLOSE, .file = file), 0);
	CHECK_IS(ASK(.op = WIRE_CLOSE, .file = file), -EBADF);
	named.op = WIRE_GETATTR;
	CHECK_IS(ask(r, named, "/exact", 7), 0);
	CHECK_IS(ask(r, named, "/exact", 6), -EINVAL);
	named.op = WIRE_OPS;
	CHECK_IS(ask(r, named, "/exact", 7), -ENOSYS);
	named.op = 0;
	CHECK_IS(ask(r, named, "/exact", 7), -ENOSYS);
	named.op = WIRE_UNLINK;
	CHECK_IS(ask(r, named, "/exact", 7), 0);
	close(fd);
	ring_unmap(r);
}

/* A request that is nearly right. */
static void nearly(struct ring *r, unsigned int slot)
{
	static const char *const paths[] = { "/w0", "/w1", "/../etc/passwd", "w", "//", "/w0/",
					     "/.", "", "/w0/../w1", "/w2" };
	static const uint64_t numbers[] = { 0, 1, 2, 3, RING_DATA, RING_DATA + 1, -1UL,
					    1UL << 31, 1UL << 63, 0777, 4096 };
	struct ring_in in = {
		.op = pick(8) ? 1 + pick(WIRE_OPS) : (uint32_t)seed,
		.umask = seed,
		.file = numbers[pick(11)],
		.offset = numbers[pick(11)],
		.a = numbers[pick(11)],
		.b = numbers[pick(11)],
		.c = seed,
	};
	unsigned char *data = ring_data(r, slot);
	const char *one = paths[pick(10)], *two = paths[pick(10)];

	/* /.caller would wait for ever. */
	in.first = strlen(one) + 1;
	memcpy(data, one, in.first);
	memcpy(data + in.first, two, strlen(two) + 1);
	in.size = in.first + strlen(two) + 1;
	if (pick(4) == 0)
		in.first = numbers[pick(11)];
	if (pick(4) == 0)
		in.size = numbers[pick(11)];
	if (pick(8) == 0)
		data[pick(20)] = seed;
	r->slot[slot].in = in;
}

/* Changes what is being served. */
static void scribble(struct ring *r, int n)
{
	volatile uint32_t *words = (uint32_t *)r;

	while (n--) {
		words[16 + pick((sizeof(*r) - 64) / 4)] = pick(3) ? pick(5) : (uint32_t)seed;
		ring_data(r, pick(RING_SLOTS))[pick(64)] = "/w0\0."[pick(5)];
	}
}

static void hostile(int rounds)
{
	struct ring *r = NULL;
	int fd = -1, i;

	for (i = 0; i < rounds; i++) {
		unsigned int slot = pick(RING_SLOTS);

		if (fd < 0)
			fd = raw_connect(&r);
		if (fd < 0)
			return;
		nearly(r, slot);
		ring_submit(r, slot);
		if (pick(2))
			scribble(r, pick(50));
		if (pick(10) == 0)
			send(fd, &(char){ WIRE_MORE }, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (pick(300) == 0)
			send(fd, "junk", 4, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (pick(300) == 0) {
			close(fd);
			ring_unmap(r);
			fd = -1;
		}
	}
}

/* Somebody who wants nothing but his data. */
static void *honest(void *arg)
{
	void *fs = served_mount();
	atomic_bool *stop = arg;
	char text[5000], back[5000];
	unsigned long turns = 0;
	uint64_t fh;
	size_t n;

	memset(text, 'h', sizeof(text));
	while (!atomic_load(stop) || turns < 10) {
		CHECK_IS(ops->open(fs, "/honest", O_RDWR | O_CREAT, 0600, &fh), 0);
		CHECK_IS(ops->write(fs, fh, text, sizeof(text), 0, &n), 0);
		memset(back, 0, sizeof(back));
		CHECK_IS(ops->read(fs, fh, back, sizeof(back), 0, &n), 0);
		CHECK(n == sizeof(back) && memcmp(text, back, n) == 0);
		CHECK_IS(ops->close(fs, fh), 0);
		turns++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int rounds = argc > 6 ? atoi(argv[6]) : 100, before, after = 0, tries, i, status;
	atomic_bool stop = false;
	pthread_t thread;
	pid_t server;

	if (argc < 6)
		return 2;
	served_setup(argv);
	server = served_start("null");
	CHECK_IS(ops->getattr(served_mount(), "/", &(struct stat){ 0 }, 0), 0);
	exact();
	before = count_fds(server);
	CHECK(pthread_create(&thread, NULL, honest, &stop) == 0);
	killed(rounds);
	for (i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			seed = i + 1;
			hostile(rounds * 20);
			_exit(check_failed != 0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_IS(status, 0);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	/* One connection and its process more than at first: the honest one's. */
	for (tries = 0; tries < 12000 && (after = count_fds(server)) > before + 2; tries++)
		usleep(10000);
	CHECK(before > 4 && after <= before + 2);
	CHECK_IS(served_stop(server, SIGTERM), 0);
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 100;
}
