// SPDX-License-Identifier: GPL-2.0
/* Reading and writing: positions, ends, holes, vectors, limits, errors. */
#include "conform.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>

static void positions(void)
{
	char buf[100];
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));

	R(write(fd, "abcdefghij", 10));
	R(lseek(fd, 0, SEEK_CUR));
	R(lseek(fd, 3, SEEK_SET));
	X(buf, R(read(fd, buf, 4)));
	R(lseek(fd, 0, SEEK_CUR));
	R(pwrite(fd, "XY", 2, 1));
	X(buf, R(pread(fd, buf, 100, 0)));
	R(lseek(fd, 0, SEEK_CUR));
	X(buf, R(read(fd, buf, 100)));
	X(buf, R(read(fd, buf, 100)));
	R(lseek(fd, -2, SEEK_END));
	R(write(fd, "1234", 4));
	R(lseek(fd, -3, SEEK_CUR));
	X(buf, R(read(fd, buf, 100)));
	R(lseek(fd, -1, SEEK_SET));
	R(lseek(fd, -100, SEEK_CUR));
	R(lseek(fd, 0, 99));
	R(lseek(fd, 100, SEEK_END));
	X(buf, R(read(fd, buf, 10)));
	R(write(fd, "far", 3));
	FS(fd);
	SEE("f");
	SEE_BACK("f");
	X(buf, R(pread(fd, buf, 100, 10)));
	R(lseek(fd, LONG_MAX, SEEK_SET));
	X(buf, R(read(fd, buf, 10)));
	R(write(fd, "x", 1));
	R(lseek(fd, 1, SEEK_CUR));
	R(close(fd));
	R(lseek(fd, 0, SEEK_CUR));
}

static void vectors(void)
{
	char a[8] = "", b[8] = "", c[8] = "";
	struct iovec w[] = { { "one", 3 }, { "", 0 }, { "second", 6 } };
	struct iovec r[] = { { a, 2 }, { b, 5 }, { c, 8 } };
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));

	R(writev(fd, w, 3));
	R(pwritev(fd, w, 2, 20));
	R(pwritev2(fd, w, 1, -1, 0));
	R(pwritev2(fd, w, 1, 0, RWF_APPEND));
	R(pwritev2(fd, w, 1, 2, RWF_DSYNC));
	R(lseek(fd, 0, SEEK_CUR));
	R(preadv(fd, r, 3, 0));
	X(a, 2), X(b, 5), X(c, 8);
	R(lseek(fd, 1, SEEK_SET));
	R(readv(fd, r, 2));
	X(a, 2), X(b, 5);
	R(preadv2(fd, r, 1, -1, 0));
	X(a, 2);
	R(preadv2(fd, r, 1, 0, 0x4000));
	R(readv(fd, r, 0));
	R(readv(fd, r, -1));
	R(writev(fd, r, 2000));
	r[1].iov_len = -1;
	R(readv(fd, r, 3));
	R(preadv(fd, w, 1, -5));
	SEE("f");
}

static void appending(void)
{
	char buf[50];
	int a = R(open("f", O_CREAT | O_RDWR | O_APPEND, 0644));
	int b = R(open("f", O_RDWR));

	R(write(a, "aaa", 3));
	R(write(b, "bbbbb", 5));
	R(write(a, "ccc", 3));
	R(lseek(a, 0, SEEK_CUR));
	R(lseek(a, 1, SEEK_SET));
	X(buf, R(read(a, buf, 2)));
	R(write(a, "dd", 2));
	R(lseek(a, 0, SEEK_CUR));
	R(pwrite(a, "EE", 2, 0));
	R(lseek(a, 0, SEEK_CUR));
	SEE("f");
	R(fcntl(a, F_SETFL, 0));
	R(pwrite(a, "00", 2, 0));
	R(fcntl(b, F_SETFL, O_APPEND));
	R(write(b, "tail", 4));
	SEE("f");
	R(ftruncate(a, 2));
	R(write(b, "t", 1));
	SEE("f");
}

static void errors(void)
{
	char buf[10] = "0123456789";
	int r, w, d;

	put("f", "text", 0644);
	mkdir("d", 0755);
	r = R(open("f", O_RDONLY));
	w = R(open("f", O_WRONLY));
	d = R(open("d", O_RDONLY));
	R(write(r, buf, 1));
	R(pwrite(r, buf, 1, 0));
	R(read(w, buf, 1));
	R(pread(w, buf, 1, 0));
	R(read(d, buf, 1));
	R(pread(d, buf, 1, 0));
	R(write(d, buf, 1));
	R(pread(r, buf, 1, -1));
	R(pwrite(w, buf, 1, -1));
	R(read(r, (void *)8, 4));
	R(write(w, (void *)8, 4));
	R(pread(r, (void *)-4096L, 4, 0));
	R(read(r, buf, 0));
	R(read(r, (void *)8, 0));
	R(write(w, buf, 0));
	R(write(r, buf, 0));
	R(read(d, buf, 0));
	R(read(12345, buf, 1));
	R(read(-1, buf, 1));
	R(write(12345, buf, 1));
	R(lseek(d, 0, SEEK_SET));
	R(ftruncate(r, 0));
	R(ftruncate(d, 0));
	R(ftruncate(w, -1));
	R(fsync(d));
	R(fdatasync(d));
	R(fsync(r));
	R(fsync(12345));
	R(pread(r, buf, 10, 3));
	R(pread(r, buf, 10, 4));
	R(pread(r, buf, 10, 1l << 40));
	R(lseek(r, 0, SEEK_CUR));
	SEE("f");
}

static void truncation(void)
{
	char buf[100];
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));

	R(write(fd, "0123456789", 10));
	R(ftruncate(fd, 4));
	R(write(fd, "x", 1));
	X(buf, R(pread(fd, buf, 100, 0)));
	R(ftruncate(fd, 5000));
	FS(fd);
	SEE("f");
	R(truncate("f", 3));
	FS(fd);
	R(truncate("f", 0));
	SEE("f");
	R(truncate("none", 0));
	R(truncate(".", 0));
	R(truncate("f", -1));
	R(truncate("f/x", 1));
	R(truncate("", 1));
	put("ro", "kept", 0444);
	CHILD_NOBODY R(truncate("ro", 0));
	R(truncate("ro", 1));
	SEE("ro");
	R(truncate("f", 100));
	R(symlink("f", "l"));
	R(truncate("l", 10));
	SEE("f");
	SEE_BACK("f");
	R(mkfifo("fifo", 0600));
	R(truncate("fifo", 0));
	R(ftruncate(fd, LONG_MAX));
	R(truncate("f", 1l << 42));
	S("f");
	R(lseek(fd, 0, SEEK_END));
}

/* Against a model in memory: many small and odd requests. */
static void random_requests(void)
{
	enum { SIZE = 300000, STEPS = 400 };
	static char model[SIZE], buf[SIZE], back[SIZE];
	int fd = open("f", O_CREAT | O_RDWR, 0644), other, i;
	long size = 0, at, n, got, want;

	for (i = 0; i < STEPS; i++) {
		at = rnd() % (SIZE / 2);
		n = rnd() % (i % 10 ? 3000 : 70000);
		switch (rnd() % 5) {
		case 0:
		case 1:
			for (got = 0; got < n; got++)
				buf[got] = rnd();
			memcpy(model + at, buf, n);
			if (n && at + n > size)
				size = at + n;
			got = pwrite(fd, buf, n, at);
			if (got != n)
				say("step %d: pwrite %ld", i, got);
			break;
		case 2:
			want = at >= size ? 0 : n < size - at ? n : size - at;
			got = pread(fd, back, n, at);
			if (got != want || memcmp(back, model + at, want))
				say("step %d: pread %ld not %ld", i, got, want);
			break;
		case 3:
			lseek(fd, at, SEEK_SET);
			want = at >= size ? 0 : n < size - at ? n : size - at;
			got = read(fd, back, n);
			if (got != want || memcmp(back, model + at, want) ||
			    lseek(fd, 0, SEEK_CUR) != at + want)
				say("step %d: read %ld not %ld", i, got, want);
			break;
		case 4:
			if (rnd() % 4)
				break;
			if (at < size)
				memset(model + at, 0, size - at);
			size = at;
			if (ftruncate(fd, size))
				say("step %d: ftruncate", i);
		}
	}
	FS(fd);
	X(model, size);
	SEE("f");
	SEE_BACK("f");
	other = open("f", O_RDONLY);
	got = read(other, back, SIZE);
	say("model and file are %s", got == size &&
	    !memcmp(back, model, size) ? "equal" : "different");
}

static void file_size_limit(void)
{
	CHILD {
		struct rlimit limit = { 1000, 1000 };
		int fd = R(open("f", O_CREAT | O_RDWR, 0644));
		char buf[600] = "";

		signal(SIGXFSZ, SIG_IGN);
		R(setrlimit(RLIMIT_FSIZE, &limit));
		R(write(fd, buf, 600));
		R(write(fd, buf, 600));
		R(write(fd, buf, 600));
		R(pwrite(fd, buf, 1, 2000));
		R(ftruncate(fd, 1001));
		R(truncate("f", 1001));
		R(ftruncate(fd, 1000));
		FS(fd);
	}
	CHILD {
		struct rlimit limit = { 100, 100 };
		int fd = R(open("f", O_RDWR));

		R(setrlimit(RLIMIT_FSIZE, &limit));
		R(pwrite(fd, "x", 1, 5000));
		say("not reached");
	}
	SEE("f");
}

static void standard_io(void)
{
	char line[100];
	FILE *f = fopen("f", "w+");
	int i;

	if (!OK(f))
		return;
	for (i = 0; i < 3000; i++)
		fprintf(f, "line %d of many\n", i);
	R(fflush(f));
	R(fseek(f, 100, SEEK_SET));
	OK(fgets(line, sizeof(line), f));
	X(line, strlen(line));
	R(ungetc('u', f));
	R(fgetc(f));
	R(ftell(f));
	R(fseek(f, -20, SEEK_END));
	OK(fgets(line, sizeof(line), f));
	X(line, strlen(line));
	R(fputs("overwritten", f) < 0);
	R(fclose(f));
	SEE("f");
	f = fopen("f", "a+");
	fputs("appended", f);
	R(fclose(f));
	f = freopen("f", "r", fopen("f", "r"));
	R(fseek(f, -8, SEEK_END));
	OK(fgets(line, sizeof(line), f));
	X(line, strlen(line));
	R(fclose(f));
	OK(fopen("none", "r"));
	OK(fopen("f", "wx"));
	SEE("f");
	SEE_BACK("f");
}

static void both_write(void)
{
	char buf[64];
	int fd = -1;

	ON(A) {
		fd = R(open("f", O_CREAT | O_RDWR, 0644));
		R(write(fd, "AAAA", 4));
	}
	ON(B) {
		fd = R(open("f", O_RDWR));
		X(buf, R(read(fd, buf, 64)));
		R(write(fd, "BBBB", 4));
		FS(fd);
	}
	ON(A) {
		FS(fd);
		X(buf, R(read(fd, buf, 64)));
		R(pwrite(fd, "aa", 2, 1));
	}
	ON(B) {
		X(buf, R(pread(fd, buf, 64, 0)));
		R(ftruncate(fd, 6));
	}
	ON(A) {
		R(lseek(fd, 0, SEEK_END));
		X(buf, R(pread(fd, buf, 64, 0)));
		R(pwrite(fd, "end", 3, 100));
	}
	ON(B) {
		R(lseek(fd, 0, SEEK_END));
		X(buf, R(read(fd, buf, 64)));
		X(buf, R(pread(fd, buf, 64, 90)));
		SEE("f");
		SEE_BACK("f");
	}
	/* The backend is a third door. */
	ON(A) {
		int back = open(on_back("f"), O_WRONLY);

		R(pwrite(back, "behind", 6, 2));
		R(ftruncate(back, 8));
		close(back);
		FS(fd);
		X(buf, R(pread(fd, buf, 64, 0)));
	}
	ON(B) {
		FS(fd);
		X(buf, R(pread(fd, buf, 64, 0)));
	}
}

static void both_append(void)
{
	int fd = -1, i;

	ON(A) fd = R(open("f", O_CREAT | O_WRONLY | O_APPEND, 0644));
	ON(B) fd = R(open("f", O_WRONLY | O_APPEND));
	for (i = 0; i < 4; i++) {
		ON(A) {
			R(write(fd, "aaa", 3));
			R(lseek(fd, 0, SEEK_CUR));
		}
		ON(B) {
			R(write(fd, "bb", 2));
			R(lseek(fd, 0, SEEK_CUR));
		}
	}
	ON(A) SEE("f");
}

const struct scenario c_io[] = {
	{ "io-positions", positions, 0 },
	{ "io-vectors", vectors, 0 },
	{ "io-append", appending, 0 },
	{ "io-errors", errors, 0 },
	{ "io-truncate", truncation, 0 },
	{ "io-random", random_requests, 0 },
	{ "io-limit", file_size_limit, 0 },
	{ "io-stdio", standard_io, 0 },
	{ "io-both", both_write, 1 },
	{ "io-both-append", both_append, 1 },
	{ 0 },
};
