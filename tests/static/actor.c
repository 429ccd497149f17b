// SPDX-License-Identifier: GPL-2.0
/*
 * actor DIRECTORY: does what standard input says, a line at a time, with files of DIRECTORY,
 * and says on standard output what came of it: "0 RESULT" or "ERRNO".  Built to enter the
 * kernel through the C library, statically and dynamically, and with RAW_CALLS by the
 * instruction itself, as the runtime of Go does; actor.go is that program in Go.
 *
 *	open NAME FLAGS | close | read N | write TEXT | pread N AT | pwrite TEXT AT |
 *	seek AT WHENCE | size | truncate N		one open file
 *	get NAME | put NAME TEXT | unlink NAME | rename NAME NAME | mkdir NAME | rmdir NAME
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef RAW_CALLS
static long call(long nr, long a1, long a2, long a3, long a4)
{
	register long r10 __asm__("r10") = a4;
	long ret = nr;

	__asm__ volatile("syscall" : "+a"(ret) : "D"(a1), "S"(a2), "d"(a3), "r"(r10)
			 : "rcx", "r11", "memory");
	errno = ret < 0 ? -ret : 0;
	return ret < 0 ? -1 : ret;
}

#define open(name, flags, mode)	call(SYS_openat, AT_FDCWD, (long)(name), flags, mode)
#define close(fd)		call(SYS_close, fd, 0, 0, 0)
#define read(fd, buf, n)	call(SYS_read, fd, (long)(buf), n, 0)
#define write(fd, buf, n)	call(SYS_write, fd, (long)(buf), n, 0)
#define pread(fd, buf, n, at)	call(SYS_pread64, fd, (long)(buf), n, at)
#define pwrite(fd, buf, n, at)	call(SYS_pwrite64, fd, (long)(buf), n, at)
#define lseek(fd, at, whence)	call(SYS_lseek, fd, at, whence, 0)
#define fstat(fd, st)		call(SYS_fstat, fd, (long)(st), 0, 0)
#define ftruncate(fd, n)	call(SYS_ftruncate, fd, n, 0, 0)
#define unlink(name)		call(SYS_unlinkat, AT_FDCWD, (long)(name), 0, 0)
#define rmdir(name)		call(SYS_unlinkat, AT_FDCWD, (long)(name), AT_REMOVEDIR, 0)
#define mkdir(name, mode)	call(SYS_mkdirat, AT_FDCWD, (long)(name), mode, 0)
#define rename(from, to)	call(SYS_renameat, AT_FDCWD, (long)(from), AT_FDCWD, (long)(to))
#endif

static int held = -1;

static void say(long result)
{
	if (result < 0)
		printf("%d\n", errno);
	else
		printf("0 %ld\n", result);
}

static void say_text(long n, const char *text)
{
	if (n < 0)
		printf("%d\n", errno);
	else
		printf("0 "), fwrite(text, 1, n, stdout), printf("\n");
}

static void get(const char *name)
{
	char buf[4096];
	int fd = open(name, O_RDONLY, 0), err;
	long n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	err = errno;
	if (fd >= 0)
		close(fd);
	errno = err;
	say_text(n, buf);
}

static long put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	long n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n;
}

static long size(void)
{
	struct stat st;

	return fstat(held, &st) ? -1 : st.st_size;
}

static long open_held(const char *name, int flags)
{
	if (held >= 0)
		close(held);
	held = open(name, flags, 0644);
	return held < 0 ? -1 : 0;
}

static void obey(const char *verb, const char *a, const char *b)
{
	char buf[4096];
	long n = atol(b);

	if (!strcmp(verb, "open"))
		say(open_held(a, n));
	else if (!strcmp(verb, "close"))
		say(close(held));
	else if (!strcmp(verb, "read"))
		say_text(read(held, buf, atol(a)), buf);
	else if (!strcmp(verb, "write"))
		say(write(held, a, strlen(a)));
	else if (!strcmp(verb, "pread"))
		say_text(pread(held, buf, atol(a), n), buf);
	else if (!strcmp(verb, "pwrite"))
		say(pwrite(held, a, strlen(a), n));
	else if (!strcmp(verb, "seek"))
		say(lseek(held, atol(a), n));
	else if (!strcmp(verb, "size"))
		say(size());
	else if (!strcmp(verb, "truncate"))
		say(ftruncate(held, atol(a)));
	else if (!strcmp(verb, "get"))
		get(a);
	else if (!strcmp(verb, "put"))
		say(put(a, b));
	else if (!strcmp(verb, "unlink"))
		say(unlink(a));
	else if (!strcmp(verb, "rename"))
		say(rename(a, b));
	else if (!strcmp(verb, "mkdir"))
		say(mkdir(a, 0755));
	else if (!strcmp(verb, "rmdir"))
		say(rmdir(a));
	else
		printf("what?\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[1024], verb[16], a[512], b[512];

	if (argc < 2 || chdir(argv[1]))
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		verb[0] = a[0] = b[0] = '\0';
		sscanf(line, "%15s %511s %511s", verb, a, b);
		obey(verb, a, b);
	}
	return 0;
}
