// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * usage: memfs-test [SUITE [N]]
 *
 * Without arguments all suites run.
 */
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned long check_passed, check_failed;
unsigned long point_count, point_kill;
uint64_t suite_held;
int suite_held_error;
static uint32_t seed = 1;

void mf_point(const char *label)
{
	(void)label;
	if (__atomic_add_fetch(&point_count, 1, __ATOMIC_RELAXED) == point_kill)
		kill(getpid(), SIGKILL);
}

void suite_seed(uint32_t s)
{
	seed = s * 2654435761U | 1;
}

uint32_t suite_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static int private_fd(int fd)
{
	return fd;
}

static void close_fd(int fd)
{
	close(fd);
}

static mode_t get_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

static void say(const char *text)
{
	fprintf(stderr, "%s\n", text);
}

static int held(const struct defuse_host *host, uint64_t device, const uint64_t *inodes,
		unsigned int count, uint64_t *mask)
{
	unsigned int n;

	(void)host, (void)device;
	for (n = 0; n < count; n++)
		if (inodes[n] < 64 && suite_held >> inodes[n] & 1)
			*mask |= 1ULL << n;
	return suite_held_error;
}

static const struct defuse_host host = {
	.size = sizeof(host),
	.private_fd = private_fd,
	.close_fd = close_fd,
	.umask = get_umask,
	.log = say,
	.held = held,
};

static void text_of(const char *name, const char *options, char *out, size_t size)
{
	snprintf(out, size, "memfs-test-%d-%s%s%s", (int)getpid(), name, options ? ":" : "",
		 options ? options : "");
}

struct memfs *suite_attach(const char *name, const char *options)
{
	char text[256];
	void *fs = NULL;
	int err;

	text_of(name, options, text, sizeof(text));
	err = defuse_fs_operations.init("/mnt", text, &host, &fs);
	if (err) {
		fprintf(stderr, "init: %d\n", err);
		exit(1);
	}
	return fs;
}

void suite_detach(struct memfs *m)
{
	mf_detach(m);
	free(m);
}

void suite_remove(const char *name)
{
	char text[256], path[300];

	text_of(name, NULL, text, sizeof(text));
	snprintf(path, sizeof(path), "/dev/shm/%s", text);
	unlink(path);
}

int main(int argc, char **argv)
{
	const char *suite = argc > 1 ? argv[1] : "all";
	unsigned int n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	bool all = !strcmp(suite, "all");

#define SUITE(name, call)							\
	if (all || !strcmp(suite, name)) {					\
		unsigned long failed = check_failed;				\
										\
		call;								\
		printf("%s: %s\n", name, failed == check_failed ? "ok" : "FAILED");	\
		fflush(stdout);							\
	}
	SUITE("basics", test_basics());
	SUITE("orphans", test_orphans());
	SUITE("differ", test_differ(n ? n : 12));
	SUITE("points", test_points());
	SUITE("stress", test_stress(n ? n : 3));
	SUITE("corrupt", test_corrupt(n ? n : 300));
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || !check_passed;
}
