// SPDX-License-Identifier: GPL-2.0
/*
 * What a victim does before it is killed, and what must be true afterwards.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORDS = 12, RECORD = 32, VERSIONS = 3 };

int n_wrong;
char victim_death[100];

void wrong(const char *fmt, ...)
{
	va_list ap;

	n_wrong++;
	fprintf(stderr, "killed at %s: ", victim_death);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void record(char *buf, int i)
{
	memset(buf, 'a' + i, RECORD);
	snprintf(buf, RECORD, "record %04d", i);
	buf[RECORD - 1] = '\n';
}

int victim_writes(void)
{
	char buf[RECORD], *p;
	int fd, i, second;
	struct stat st;

	fd = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
	if (fd < 0 || flock(fd, LOCK_EX))
		return 1;
	for (i = 0; i < RECORDS; i++) {
		record(buf, i);
		if (write(fd, buf, RECORD) != RECORD)
			return 2;
	}
	if (fsync(fd) || close(fd))
		return 3;
	for (i = 0; i < VERSIONS; i++) {
		fd = open("state.new", O_CREAT | O_TRUNC | O_RDWR, 0600);
		snprintf(buf, sizeof(buf), "version %d", i);
		if (fd < 0 || write(fd, buf, 9) != 9 || fchmod(fd, 0644) ||
		    close(fd) || rename("state.new", "state"))
			return 4;
	}
	if (mkdir("dir", 0755) || link("state", "dir/state") ||
	    symlink("state", "dir/link") || stat("dir/state", &st))
		return 5;
	fd = open("map", O_CREAT | O_RDWR, 0644);
	second = dup(fd);
	if (fd < 0 || ftruncate(fd, 4096))
		return 6;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 7;
	memcpy(p, "mapped", 6);
	munmap(p, 4096);
	close(fd);
	if (pread(second, buf, 6, 0) != 6 || memcmp(buf, "mapped", 6))
		return 8;
	close(second);
	if (unlink("dir/link") || unlink("dir/state") || rmdir("dir"))
		return 9;
	return 0;
}

static char *slurp(const char *dir, const char *name, long *size)
{
	static char buf[2][16384];
	static int which;
	char path[4096], *b = buf[which++ % 2];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	*size = fd < 0 ? -1 : read(fd, b, sizeof(buf[0]));
	close(fd);
	return b;
}

void victim_check(const char *dir, const char *what)
{
	char want[RECORD], path[4096], *p;
	long size, i, n;
	struct stat st;
	int fd;

	p = slurp(dir, "log", &size);
	if (size > 0) {
		if (size % RECORD || size > RECORDS * RECORD)
			wrong("%s: the log has %ld bytes", what, size);
		for (i = 0; i < size / RECORD; i++) {
			record(want, i);
			if (memcmp(p + i * RECORD, want, RECORD))
				wrong("%s: record %ld is damaged", what, i);
		}
	}
	p = slurp(dir, "state", &n);
	if (n >= 0 && (n != 9 || memcmp(p, "version ", 8)))
		wrong("%s: the state has %ld bytes", what, n);
	if (n >= 0 && size != RECORDS * RECORD)
		wrong("%s: the state is there, the log is short", what);
	p = slurp(dir, "map", &size);
	if (size > 0 && memcmp(p, "mapped", 6) && *p)
		wrong("%s: the map holds something else", what);
	if (size >= 0 && n != 9)
		wrong("%s: a map without a state", what);
	snprintf(path, sizeof(path), "%s/dir/state", dir);
	if (stat(path, &st) == 0 && st.st_nlink != 2)
		wrong("%s: dir/state has %ld links", what, (long)st.st_nlink);
	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_RDWR);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
		wrong("%s: a lock was left: %s", what, strerror(errno));
	close(fd);
}

void victim_clean(void)
{
	static const char *const names[] = {
		"log", "state", "state.new", "map", "dir/link", "dir/state",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlink(names[i]) && errno != ENOENT && errno != ENOTDIR)
			wrong("unlink %s: %s", names[i], strerror(errno));
	if (rmdir("dir") && errno != ENOENT)
		wrong("rmdir: %s", strerror(errno));
}

int bystander_open(void)
{
	int fd = open("bystander", O_CREAT | O_RDWR | O_APPEND, 0644);

	if (fd < 0)
		perror("bystander");
	return fd;
}

void bystander_works(int fd)
{
	char byte = 0;

	if (write(fd, "x", 1) != 1 || pread(fd, &byte, 1, 0) != 1 || byte != 'x')
		wrong("the bystander: %s", strerror(errno));
}
