// SPDX-License-Identifier: GPL-2.0
/* Many and large: 100,000 files in a directory, a file beyond 4 GiB. */
#include "conform.h"

#include <dirent.h>

/* CONFORM_MANY=n for a quicker run. */
static int how_many(void)
{
	const char *n = getenv("CONFORM_MANY");

	return n ? atoi(n) : 100000;
}

static void count(const char *dir)
{
	unsigned long sum = 0;
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		sum += hash(e->d_name, strlen(e->d_name), 7) + e->d_type;
		n++;
	}
	if (d)
		closedir(d);
	say("%d entries, sum %lx", n, sum);
}

static void many(void)
{
	int i, fd, n = how_many(), bad = 0;
	char name[40];

	mkdir("d", 0755);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "d/a file with number %d", i);
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
		bad += fd < 0;
		close(fd);
	}
	say("%d not made", bad);
	count("d");
	count(on_back("d"));
	S("d");
	S("d/a file with number 0");
	S("d/a file with number 777");
	S("d/a file with number 1000000");
	for (i = bad = 0; i < n; i++) {
		snprintf(name, sizeof(name), "d/a file with number %d", i);
		if (i % 2)
			bad += unlink(name) != 0;
	}
	say("%d not removed", bad);
	count("d");
	for (i = bad = 0; i < n; i += 2) {
		snprintf(name, sizeof(name), "d/a file with number %d", i);
		bad += unlink(name) != 0;
	}
	say("%d not removed", bad);
	count("d");
	R(rmdir("d"));
}

static void large(void)
{
	const off_t far = (5l << 30) + 123;
	char buf[20];
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));

	R(pwrite(fd, "far away", 8, far));
	FS(fd);
	S("f");
	X(buf, R(pread(fd, buf, 20, far)));
	X(buf, R(pread(fd, buf, 8, far - 4)));
	X(buf, R(pread(fd, buf, 4, 1l << 32)));
	R(lseek(fd, far + 3, SEEK_SET));
	X(buf, R(read(fd, buf, 20)));
	R(lseek(fd, 0, SEEK_CUR));
	R(write(fd, "more", 4));
	R(lseek(fd, -2, SEEK_END));
	R(lseek(fd, 0, SEEK_DATA));
	R(lseek(fd, 0, SEEK_HOLE));
	R(ftruncate(fd, (1l << 32) + 1));
	FS(fd);
	R(truncate("f", 3l << 32));
	S("f");
	SEE_BACK("f");
	R(pwrite(fd, "x", 1, (1l << 43) - 1));
	S("f");
	R(unlink("f"));
	R(close(fd));
}

const struct scenario c_big[] = {
	{ "big-file", large, 0 },
	{ "big-directory", many, 0 },
	{ 0 },
};
