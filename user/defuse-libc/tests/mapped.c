// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mapped.h"

#include "check.h"
#include "fakekernel.h"
#include "unit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf trap;

static void on_trap(int sig)
{
	siglongjmp(trap, sig);
}

__attribute__((no_sanitize("address"))) int mapped_touch(volatile char *p)
{
	int sig = sigsetjmp(trap, 1);

	if (!sig)
		(void)*p;
	return sig;
}

const char *mapped_make(void)
{
	static char name[32];
	static int number;
	char page[PAGE];
	int i, fd;

	snprintf(name, sizeof(name), "/map%d", number++);
	fd = open(unit_back(name), O_CREAT | O_EXCL | O_WRONLY, 0666);
	for (i = 0; i < PAGES; i++) {
		memset(page, 'a' + i % 26, PAGE);
		CHECK(write(fd, page, PAGE) == PAGE);
	}
	fchmod(fd, 0666);
	close(fd);
	return name;
}

char *mapped_map(int fd, int prot, int flags, size_t len, off_t at)
{
	long p = fk_sys(SYS_mmap, 0, len, prot, flags, fd, at);

	return p < 0 && p > -4096 ? MAP_FAILED : (char *)p;
}

int mapped_open(const char *file, int flags)
{
	int fd = fk_sys(SYS_open, unit_name(file), flags, 0644);

	CHECK(fd >= 0);
	return fd;
}

bool mapped_back_is(const char *file, off_t pos, const char *want)
{
	char buf[64] = "";
	int fd = open(unit_back(file), O_RDONLY);
	bool is = pread(fd, buf, strlen(want), pos) == (ssize_t)strlen(want) &&
		  !memcmp(buf, want, strlen(want));

	close(fd);
	return is;
}

bool mapped_read_is(int fd, off_t pos, const char *want)
{
	char buf[64] = "";

	return fk_sys(SYS_pread64, fd, buf, strlen(want), pos) == (long)strlen(want) &&
	       !memcmp(buf, want, strlen(want));
}

int mapped_child(void (*fn)(void *), void *arg)
{
	unsigned long failed = check_failed;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		fn(arg);
		fk_sys(SYS_exit_group, check_failed != failed);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

void mapped_begin(void)
{
	struct sigaction action = { .sa_handler = on_trap, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	fk.flags = DEFUSE_MOUNT_PAGING;
	fk_remount(unit_library("defuse-direct"));
	chmod(fk.backend, 0777);
}

void mapped_end(void)
{
	fk.flags = DEFUSE_MOUNT_LOWER;
}
