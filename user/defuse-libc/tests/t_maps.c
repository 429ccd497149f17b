// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A private mount: the library's data are its own, and mappings of the file send I/O to
 * the kernel.  Here the library works in one directory and the fake kernel in another,
 * so that it shows who did what.
 */
#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S	120

static _Atomic uint64_t *counters;
static char kernel_dir[300];

static void put(const char *dir, const char *text)
{
	char name[600];
	int fd;

	snprintf(name, sizeof(name), "%s/private", dir);
	fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool has(const char *dir, const char *want)
{
	char name[600], text[64] = "";
	int fd;

	snprintf(name, sizeof(name), "%s/private", dir);
	fd = open(name, O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	return strcmp(text, want) == 0;
}

static void mapped(_Atomic uint64_t *counter, int change)
{
	atomic_fetch_add(counter, change > 0 ? (1ULL << 32) + 1 : (uint64_t)-1);
	atomic_fetch_add(counters, change > 0 ? (1ULL << 32) + 1 : (uint64_t)-1);
}

/* As somebody does who maps and unmaps all the time. */
static void *restless(void *arg)
{
	_Atomic uint64_t *counter = arg;
	static const uint64_t once = 1ULL << 32;

	while (atomic_load(counters + DEFUSE_MAPS_SLOTS - 1) == 0)
		atomic_fetch_add(counter, once);
	return NULL;
}

static void changed_meanwhile(int fd, _Atomic uint64_t *counter)
{
	pthread_t thread;
	time_t end = time(NULL) + PATIENCE_S;

	put(kernel_dir, "kernel");
	CHECK(pthread_create(&thread, NULL, restless, counter) == 0);
	/* Where one processor does both, it takes tens of thousands of rounds. */
	while (time(NULL) < end && !has(kernel_dir, "twicel"))
		CHECK_IS(fk_sys(SYS_pwrite64, fd, "twice", 5, 0), 5);
	atomic_store(counters + DEFUSE_MAPS_SLOTS - 1, 1);
	pthread_join(thread, NULL);
	atomic_store(counters + DEFUSE_MAPS_SLOTS - 1, 0);
	CHECK(has(kernel_dir, "twicel"));
}

static void one_file(const char *library_dir)
{
	_Atomic uint64_t *counter;
	char buf[64] = "";
	struct stat st;
	int fd;

	put(library_dir, "library");
	put(kernel_dir, "kernel");
	fd = fk_sys(SYS_open, unit_name("/private"), O_RDWR);
	CHECK(fd >= 0);
	CHECK_IS(fk_sys(SYS_fstat, fd, &st), 0);
	snprintf(buf, sizeof(buf), "%s/private", library_dir);
	CHECK(stat(buf, &st) == 0);
	counter = counters + defuse_maps_slot(st.st_ino);

	/* The control: nobody has mapped it. */
	memset(buf, 0, sizeof(buf));
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 10, 0), 7);
	CHECK(strcmp(buf, "library") == 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "L", 1, 0), 1);
	CHECK(has(library_dir, "Library") && has(kernel_dir, "kernel"));

	/* Another file has been: of no concern. */
	mapped(counter == counters + 1 ? counters + 2 : counters + 1, 1);
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 10, 0), 7);
	/* But making it shorter by name is. */
	CHECK_IS(fk_sys(SYS_truncate, unit_name("/private"), 5), 0);
	CHECK(has(library_dir, "Library") && has(kernel_dir, "kerne"));
	put(kernel_dir, "kernel");
	mapped(counter == counters + 1 ? counters + 2 : counters + 1, -1);

	mapped(counter, 1);
	memset(buf, 0, sizeof(buf));
	CHECK_IS(fk_sys(SYS_pread64, fd, buf, 10, 0), 6);
	CHECK(strcmp(buf, "kernel") == 0);
	CHECK_IS(fk_sys(SYS_pwrite64, fd, "K", 1, 0), 1);
	CHECK_IS(fk_sys(SYS_lseek, fd, 3, SEEK_SET), 3);
	CHECK_IS(fk_sys(SYS_write, fd, "N", 1), 1);
	CHECK_IS(fk_sys(SYS_read, fd, buf, 10), 2);
	CHECK_IS(fk_sys(SYS_lseek, fd, 0, SEEK_CUR), 6);
	CHECK(has(library_dir, "Library") && has(kernel_dir, "KerNel"));
	CHECK_IS(fk_sys(SYS_ftruncate, fd, 4), 0);
	CHECK(has(library_dir, "Library") && has(kernel_dir, "KerN"));
	mapped(counter, -1);

	CHECK_IS(fk_sys(SYS_ftruncate, fd, 4), 0);
	CHECK(has(library_dir, "Libr") && has(kernel_dir, "KerN"));
	changed_meanwhile(fd, counter);
	CHECK_IS(fk_sys(SYS_close, fd), 0);
}

static bool there(const char *dir, const char *name)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void make_both(const char *library_dir, const char *name)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", library_dir, name);
	CHECK(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/%s", kernel_dir, name);
	CHECK(mkdir(path, 0755) == 0);
}

/* Directories are moved and removed by the kernel, which knows who is in them. */
static void directories(const char *library_dir)
{
	char path[600];

	make_both(library_dir, "pd");
	/* The control: a file is the library's. */
	CHECK_IS(fk_sys(SYS_rename, unit_name("/private"), unit_name("/moved")), 0);
	CHECK(there(library_dir, "moved") && there(kernel_dir, "private"));
	CHECK_IS(fk_sys(SYS_rename, unit_name("/moved"), unit_name("/private")), 0);
	CHECK_IS(fk_sys(SYS_rename, unit_name("/pd"), unit_name("/pe")), 0);
	CHECK(there(library_dir, "pd") && there(kernel_dir, "pe"));
	CHECK_IS(fk_sys(SYS_rmdir, unit_name("/pe")), 0);
	CHECK(there(library_dir, "pd") && !there(kernel_dir, "pe"));
	snprintf(path, sizeof(path), "%s/pd", library_dir);
	CHECK(rmdir(path) == 0);
}

void test_maps(void)
{
	char library_dir[sizeof(fk.backend)];
	unsigned int flags = fk.flags;

	memcpy(library_dir, fk.backend, sizeof(library_dir));
	fk.maps_fd = memfd_create("maps", MFD_CLOEXEC);
	CHECK(ftruncate(fk.maps_fd, DEFUSE_MAPS_SIZE) == 0);
	counters = mmap(NULL, DEFUSE_MAPS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fk.maps_fd,
			0);
	CHECK((void *)counters != MAP_FAILED);
	snprintf(kernel_dir, sizeof(kernel_dir), "%s.kernel", library_dir);
	CHECK(mkdir(kernel_dir, 0755) == 0);
	snprintf(fk.backend, sizeof(fk.backend), "%.200s.kernel", library_dir);
	fk.flags |= DEFUSE_MOUNT_PRIVATE;
	fk_remount(unit_library("defuse-direct"));
	one_file(library_dir);
	directories(library_dir);
	CHECK(unlink(unit_back("/private")) == 0 && rmdir(kernel_dir) == 0);
	memcpy(fk.backend, library_dir, sizeof(fk.backend));
	CHECK(unlink(unit_back("/private")) == 0);
	fk.flags = flags;
	fk_remount(unit_library("defuse-direct"));
	munmap(counters, DEFUSE_MAPS_SIZE);
	close(fk.maps_fd);
}
