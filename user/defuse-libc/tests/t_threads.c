// SPDX-License-Identifier: LGPL-2.1-or-later
/* The FD table under threads that open, read, duplicate and close the same numbers. */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS		4
#define ROUNDS		400
#define PATIENCE	1000000		/* rounds */

static atomic_int shared_fd = -1;
static atomic_bool stop;
static atomic_ulong good, refused, wrong;

/* Reads whatever number is published: the file's byte, or that it is closed. */
static void *reader(void *unused)
{
	char c;

	while (!atomic_load(&stop)) {
		int fd = atomic_load(&shared_fd);
		long n;

		if (fd < 0)
			continue;
		n = fk_sys(SYS_pread64, fd, &c, 1, 0);
		if (n == 1 && c == 'T')
			atomic_fetch_add(&good, 1);
		else if (n == -EBADF || n == -EISDIR)	/* closed; a base FD on its way up */
			atomic_fetch_add(&refused, 1);
		else
			atomic_fetch_add(&wrong, 1);
	}
	return unused;
}

/* Its own files, at the same time, through the same locks. */
static void *worker(void *arg)
{
	char name[32], buf[8];
	long i, ok = 0;

	snprintf(name, sizeof(name), "/thread%ld", (long)arg);
	for (i = 0; i < ROUNDS; i++) {
		int fd = fk_sys(SYS_open, unit_name(name), O_CREAT | O_RDWR | O_TRUNC, 0600);
		int two = fk_sys(SYS_dup, fd);

		ok += fk_sys(SYS_write, two, name, 8) == 8;
		ok += fk_sys(SYS_close, fd) == 0;
		ok += fk_sys(SYS_pread64, two, buf, 8, 0) == 8;
		ok += fk_sys(SYS_close, two) == 0;
	}
	return (void *)ok;
}

void test_threads(void)
{
	pthread_t readers[2], workers[THREADS];
	long i;
	void *ok;
	int fd;

	fd = fk_sys(SYS_open, unit_name("/T"), O_CREAT | O_RDWR, 0600);
	CHECK_IS(fk_sys(SYS_write, fd, "T", 1), 1);
	fk_sys(SYS_close, fd);
	for (i = 0; i < 2; i++)
		CHECK(pthread_create(&readers[i], NULL, reader, NULL) == 0);
	/* On a machine that is busy the readers begin late. */
	for (i = 0; i < ROUNDS || (!atomic_load(&good) && i < PATIENCE); i++) {
		fd = fk_sys(SYS_open, unit_name("/T"), O_RDONLY);
		atomic_store(&shared_fd, fd);
		if (i % 8 == 0)
			usleep(100);
		fk_sys(SYS_close, fd);
	}
	atomic_store(&shared_fd, -1);
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	CHECK(atomic_load(&good) > 0);
	CHECK_IS(atomic_load(&wrong), 0);
	for (i = 0; i < THREADS; i++)
		CHECK(pthread_create(&workers[i], NULL, worker, (void *)i) == 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i], &ok);
		CHECK_IS(ok, 4 * ROUNDS);
	}
}
