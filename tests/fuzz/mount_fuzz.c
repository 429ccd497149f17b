// SPDX-License-Identifier: GPL-2.0
/*
 * mount_fuzz DIR LIBRARY SECONDS SEED: the mount options.
 *
 * By fsopen(2), fsconfig(2) and fsmount(2) with every kind of parameter, and by
 * mount(2) with strings.  DIR is an empty directory of our own: backends,
 * mount point and libraries that must be refused are made in it.
 *
 * Judged: nothing mounts without a backend and a library that root alone can
 * change; a good mount is not refused; no FD and no mount is left behind.
 */
#define _GNU_SOURCE
#include "random.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> do not go together in glibc 2.36. */
int mount(const char *source, const char *target, const char *type,
	  unsigned long flags, const void *data);
int umount2(const char *target, int flags);

#define TEXT 9000

static char backend[300], target[300];
static const char *library;
static char bad_libraries[7][300];
static unsigned long configs, created, refused, classic, violations;

static void violation(const char *what, const char *detail)
{
	if (violations++ < 20)
		fprintf(stderr, "BROKEN PROMISE: %s: %s\n", what, detail);
}

static int fd_count(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		err(1, "/proc/self/fd");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void make_file(char *path, const char *dir, const char *name, mode_t mode,
		      uid_t owner)
{
	int fd;

	snprintf(path, 300, "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || fchmod(fd, mode) || fchown(fd, owner, 0))
		err(1, "%s", path);
	close(fd);
}

static void prepare(const char *dir)
{
	char open_dir[280];

	snprintf(backend, sizeof(backend), "%s/backend", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	snprintf(open_dir, sizeof(open_dir), "%s/open", dir);
	if (mkdir(backend, 0755) || mkdir(target, 0755) || mkdir(open_dir, 0777) ||
	    chmod(open_dir, 0777))
		err(1, "%s", dir);
	make_file(bad_libraries[0], dir, "writable.so", 0666, 0);
	make_file(bad_libraries[1], dir, "foreign.so", 0644, 1000);
	make_file(bad_libraries[2], open_dir, "movable.so", 0644, 0);
	snprintf(bad_libraries[3], 300, "%s/missing.so", dir);
	snprintf(bad_libraries[4], 300, "%s", backend);
	snprintf(bad_libraries[5], 300, "/dev/null");
	snprintf(bad_libraries[6], 300, "%s", library + 1);
}

static void some_text(struct rng *r, char *text)
{
	size_t len;

	switch (rng_below(r, 8)) {
	case 0:
		strcpy(text, backend);
		break;
	case 1:
		strcpy(text, library);
		break;
	case 2:
		strcpy(text, bad_libraries[rng_below(r, 7)]);
		break;
	case 3:
		strcpy(text, rng_one_in(r, 2) ? "lower" : "none");
		break;
	case 4:
		len = rng_one_in(r, 2) ? 4090 + rng_below(r, 12) :
					 250 + rng_below(r, 10);
		memset(text, 'x', len);
		*text = '/';
		text[len] = '\0';
		break;
	case 5:
		strcpy(text, target);
		break;
	case 6:
		*text = '\0';
		break;
	default:
		len = rng_below(r, 80);
		rng_bytes(r, text, len);
		text[len] = '\0';
	}
}

static const char *some_key(struct rng *r)
{
	static const char *const keys[] = {
		"backend", "library", "fallback", "source", "ro", "rw", "sync",
		"nosuid", "", "Backend", "backend ", "library\n", "lower", "x",
		"context", "silent",
	};

	return keys[rng_below(r, sizeof(keys) / sizeof(*keys))];
}

static long fsconfig(int fs, unsigned int cmd, const char *key, const void *value,
		     int aux)
{
	configs++;
	return syscall(SYS_fsconfig, fs, cmd, key, value, aux);
}

/* What the kernel took last for the options that must be trusted. */
struct taken {
	int backend;
	int library;
	int library_good;
};

static void one_parameter(struct rng *r, int fs, struct taken *taken)
{
	static char text[TEXT];
	const char *key = some_key(r);
	unsigned int cmd = (unsigned int)rng_below(r, 6);
	int aux = 0;

	some_text(r, text);
	if (rng_one_in(r, 2)) {
		cmd = FSCONFIG_SET_STRING;
	} else if (cmd == FSCONFIG_SET_BINARY) {
		aux = (int)rng_odd_number(r);
	} else if (cmd == FSCONFIG_SET_FD) {
		aux = (int)rng_below(r, 6);
	} else if (cmd == FSCONFIG_SET_PATH || cmd == FSCONFIG_SET_PATH_EMPTY) {
		aux = AT_FDCWD;
	}
	if (fsconfig(fs, cmd, rng_one_in(r, 20) ? NULL : key,
		     cmd == FSCONFIG_SET_FLAG || cmd == FSCONFIG_SET_FD ? NULL :
									  text,
		     aux))
		return;
	if (strcmp(key, "backend") == 0)
		taken->backend = 1;
	if (strcmp(key, "library") == 0) {
		taken->library = 1;
		taken->library_good = strcmp(text, library) == 0;
	}
}

static void drain_messages(int fs)
{
	char text[1000];

	while (read(fs, text, sizeof(text)) > 0)
		;
}

/* Look at a new mount that nobody else can see, then let it go. */
static void look_inside(int fs, struct rng *r)
{
	int mnt = (int)syscall(SYS_fsmount, fs, 0, rng_below(r, 2));
	struct stat st;

	if (mnt < 0)
		return;
	fstatat(mnt, "nowhere", &st, 0);
	if (fstat(mnt, &st) || !S_ISDIR(st.st_mode))
		violation("new mount", "no root");
	if (rng_one_in(r, 2))
		fsconfig(fs, FSCONFIG_SET_STRING, some_key(r), backend, 0);
	if (rng_one_in(r, 2))
		fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	close(mnt);
}

static void by_fsconfig(struct rng *r)
{
	struct taken taken = { 0 };
	int fs = (int)syscall(SYS_fsopen, "defuse", rng_below(r, 2));
	int good = rng_one_in(r, 3);
	uint64_t n = rng_below(r, 8);

	if (fs < 0)
		err(1, "fsopen");
	if (good) {
		taken = (struct taken){ 1, 1, 1 };
		if (fsconfig(fs, FSCONFIG_SET_STRING, "backend", backend, 0) ||
		    fsconfig(fs, FSCONFIG_SET_STRING, "library", library, 0))
			violation("a good option is refused", strerror(errno));
		if (rng_one_in(r, 2))
			n = 0;
	}
	for (uint64_t i = 0; i < n; i++)
		one_parameter(r, fs, &taken);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
		created++;
		if (!taken.backend || !taken.library || !taken.library_good)
			violation("mounted", "without a trusted library");
		look_inside(fs, r);
	} else {
		refused++;
		if (good && n == 0)
			violation("a good mount is refused", strerror(errno));
	}
	drain_messages(fs);
	close(fs);
}

static void by_mount(struct rng *r)
{
	static char data[4 * TEXT], text[TEXT];
	uint64_t n = rng_below(r, 5);
	int rc;

	*data = '\0';
	if (rng_one_in(r, 2))
		sprintf(data, "backend=%s,library=%s", backend, library);
	while (n-- && strlen(data) < 2 * TEXT) {
		some_text(r, text);
		strcat(data, rng_one_in(r, 10) ? ",," : ",");
		strcat(data, some_key(r));
		if (!rng_one_in(r, 5))
			strcat(data, "=");
		strcat(data, text);
	}
	/* Not MS_MANDLOCK: the kernel would say in capitals that it is gone. */
	rc = mount(rng_one_in(r, 5) ? NULL : "defuse", target, "defuse",
		   rng_below(r, 64), data);
	classic += rc == 0;
	if (rc == 0 && umount2(target, 0))
		violation("umount", strerror(errno));
}

int main(int argc, char **argv)
{
	struct timespec t;
	struct rng r;
	time_t deadline;
	int before;

	if (argc != 5)
		errx(2, "usage: mount_fuzz DIR LIBRARY SECONDS SEED");
	library = argv[2];
	r.state = strtoull(argv[4], NULL, 0);
	printf("mount_fuzz: seed %s, %s seconds\n", argv[4], argv[3]);
	prepare(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &t);
	deadline = t.tv_sec + atol(argv[3]);
	before = fd_count();
	do {
		if (rng_one_in(&r, 4))
			by_mount(&r);
		else
			by_fsconfig(&r);
		clock_gettime(CLOCK_MONOTONIC, &t);
		/* A slow machine gets the time it needs for a test worth the name. */
	} while (t.tv_sec < deadline || created < 10 || refused < 10 || classic < 5);
	if (fd_count() != before)
		violation("FDs", "left open");
	printf("fsconfig=%lu created=%lu refused=%lu mount=%lu violations=%lu\n",
	       configs, created, refused, classic, violations);
	return violations != 0;
}
