// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ring and the words of a backend, without a server: threads, processes, and a
 * client that writes what it likes.  Argument: requests of each client.
 */
#include "../ring.h"
#include "../words.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS	4
#define SERVERS	3

unsigned long check_passed, check_failed;

static struct ring *ring;
static atomic_bool stop;
static unsigned long requests;

/* The answer is the request's number, turned; and as many bytes, the same. */
static void *server(void *arg)
{
	struct ring_in in;
	int slot;

	(void)arg;
	while ((slot = ring_take(ring, &in, &stop)) >= 0) {
		struct ring_out out = { .a = ~in.a, .size = in.size };

		if (in.size <= RING_DATA)
			memset(ring_data(ring, slot), in.a & 0xff, in.size);
		ring_answer(ring, slot, &out);
	}
	return NULL;
}

static bool yes(void *arg)
{
	(void)arg;
	return true;
}

static bool no(void *arg)
{
	(void)arg;
	return false;
}

/* One slot for each client here; link.c deals them out. */
static unsigned long client_run(unsigned int slot)
{
	struct ring_patience patience = { 0 };
	unsigned long i, wrong = 0;

	for (i = 0; i < requests; i++) {
		struct ring_slot *s = &ring->slot[slot];
		unsigned int size = i % 5000;

		s->in = (struct ring_in){ .a = i * CLIENTS + slot, .size = size };
		ring_submit(ring, slot);
		if (!ring_wait(ring, slot, yes, NULL, &patience) || s->out.a != ~(i * CLIENTS + slot) ||
		    s->out.size != size ||
		    (size && ring_data(ring, slot)[size - 1] != ((i * CLIENTS + slot) & 0xff)))
			wrong++;
	}
	return wrong;
}

static void *client(void *arg)
{
	return (void *)client_run((uintptr_t)arg);
}

static void start(pthread_t *servers)
{
	int i;

	atomic_store(&stop, false);
	for (i = 0; i < SERVERS; i++)
		CHECK(pthread_create(&servers[i], NULL, server, NULL) == 0);
}

static void finish(pthread_t *servers)
{
	int i;

	atomic_store(&stop, true);
	ring_rouse(ring);
	for (i = 0; i < SERVERS; i++)
		pthread_join(servers[i], NULL);
	CHECK_IS(atomic_load(&ring->sleepers), 0);
}

static void threads(void)
{
	pthread_t servers[SERVERS], clients[CLIENTS];
	void *wrong;
	uintptr_t i;

	start(servers);
	for (i = 0; i < CLIENTS; i++)
		CHECK(pthread_create(&clients[i], NULL, client, (void *)i) == 0);
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i], &wrong);
		CHECK_IS((long)wrong, 0);
	}
	finish(servers);
}

/* Clients in processes of their own; one more is killed wherever it is. */
static void processes(void)
{
	pthread_t servers[SERVERS];
	pid_t pids[CLIENTS];
	int i, status;

	for (i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			unsigned long saved = requests;

			requests = i ? saved : saved * 1000000;
			_exit(client_run(i) != 0);
		}
	}
	start(servers);
	for (i = 1; i < CLIENTS; i++) {
		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK_IS(status, 0);
	}
	kill(pids[0], SIGKILL);
	CHECK(waitpid(pids[0], &status, 0) == pids[0]);
	CHECK(WIFSIGNALED(status));
	/* The others go on. */
	CHECK_IS(client_run(1), 0);
	finish(servers);
}

/* Nobody answers: the wait ends when the other side is known to be dead. */
static void dead_server(void)
{
	struct ring_patience patience = { 0 };

	ring_submit(ring, 5);
	CHECK(!ring_wait(ring, 5, no, NULL, &patience));
	atomic_store(&ring->slot[5].state, SLOT_FREE);
}

static atomic_bool scribbling;

static void *scribbler(void *arg)
{
	unsigned int seed = 1;
	uint32_t *words = (uint32_t *)ring;
	size_t n = sizeof(*ring) / sizeof(*words);

	(void)arg;
	while (atomic_load(&scribbling)) {
		seed = seed * 1103515245 + 12345;
		__atomic_store_n(&words[16 + seed % (n - 16)], seed >> 16 & 7, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Whatever stands in the segment, the server's threads answer and can be ended. */
static void scribbled(void)
{
	pthread_t servers[SERVERS], hostile;
	int i;

	start(servers);
	atomic_store(&scribbling, true);
	CHECK(pthread_create(&hostile, NULL, scribbler, NULL) == 0);
	for (i = 0; i < 20; i++)
		usleep(1000);
	atomic_store(&stop, true);
	atomic_store(&scribbling, false);
	pthread_join(hostile, NULL);
	/* It may have lost a wake-up: the server's loop reminds, see server.c. */
	for (i = 0; i < SERVERS; i++)
		while (pthread_tryjoin_np(servers[i], NULL))
			ring_rouse(ring);
	CHECK(atomic_load(&stop));
	memset(ring->slot, 0, sizeof(ring->slot));
	atomic_store(&ring->sleepers, 0);
}

static void segment(void)
{
	struct ring *other;
	int fd = ring_create(&ring), bad;

	CHECK(fd >= 0);
	CHECK(ftruncate(fd, 4096) < 0 && errno == EPERM);
	CHECK(ring_map(fd, &other) == 0);
	ring_unmap(other);
	close(fd);
	/* A segment that can shrink would be a SIGBUS to come. */
	bad = memfd_create("bad", 0);
	CHECK(ftruncate(bad, RING_BYTES) == 0);
	CHECK_IS(ring_map(bad, &other), -EPROTO);
	close(bad);
}

static void words(void)
{
	static const struct {
		const char *text;
		int err, argc;
		const char *last;
	} cases[] = {
		{ "instance=process hello", 0, 1, "hello" },
		{ "  instance=process\thello  -o a,b ", 0, 3, "a,b" },
		{ "instance=process x a\\ b\\\\c", 0, 2, "a b\\c" },
		{ "instance=process x instance=shared", 0, 2, "instance=shared" },
		{ "instance=shared socket=/s user=u c d", 0, 2, "d" },
		{ "", -EINVAL, 0, NULL },
		{ "hello", -EINVAL, 0, NULL },
		{ "instance=process", -EINVAL, 0, NULL },
		{ "instance=both x", -EINVAL, 0, NULL },
		{ "instance=shared x", 0, 1, "x" },
		{ "instance=shared socket=s x", -EINVAL, 0, NULL },
	};
	char many[2000] = "instance=process";
	struct words w;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = words_cut(&w, cases[i].text, &why);

		CHECK_IS(err, cases[i].err);
		CHECK(!why == !err);
		if (err)
			continue;
		CHECK_IS(w.argc, cases[i].argc);
		CHECK(strcmp(w.argv[w.argc - 1], cases[i].last) == 0 && !w.argv[w.argc]);
		words_free(&w);
	}
	for (i = 0; i < WORDS_MAX + 1; i++)
		memcpy(many + strlen(many), " x", 3);
	CHECK_IS(words_cut(&w, many, &why), -EINVAL);
}

int main(int argc, char **argv)
{
	requests = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	words();
	segment();
	threads();
	processes();
	dead_server();
	scribbled();
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 50;
}
