// SPDX-License-Identifier: GPL-2.0
/*
 * parts MOUNT NAME LIBRARY BACKEND: what an open and a stat of MOUNT/NAME, a file of a
 * mount without a lower tree, are made of.  Each part by itself, as the core and the
 * kernel do them; LIBRARY with BACKEND has the same file system.
 *
 * Wants a C library that is not hooked: it declares its thread when it wants markers,
 * and is undeclared otherwise, as the core is while it works.
 *
 * A line for each, as fsbench writes them: parts parts NAME NS OPS 0 0 0 0.
 */
#define _GNU_SOURCE
#include <defuse/fs.h>
#include <linux/defuse.h>

#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TURNS 1000
/* Where the core keeps the descriptors that the application must not meet. */
#define PRIVATE_FD 1024
/* About what memfs saves of an open file. */
#define STASH_SIZE 64

static const char *mount_dir, *name;
static char path[PATH_MAX];
static struct defuse_mailbox box;
static int root = -1;		/* the root of the mount */
static int fds[TURNS];
static const struct defuse_fs_operations *library;
static void *fs;

/* What the thread control block says of this thread (struct defuse_able). */
static void declare(void)
{
	struct defuse_able able = { DEFUSE_ABLE_MAGIC, (uintptr_t)&box, 0, 0 };
	char *list;
	size_t size;

	if (syscall(SYS_get_robust_list, 0, &list, &size))
		err(1, "get_robust_list");
	memcpy(list - DEFUSE_ABLE_OFFSET, &able, sizeof(able));
}

static void undeclare(void)
{
	char *list;
	size_t size;

	syscall(SYS_get_robust_list, 0, &list, &size);
	memset(list - DEFUSE_ABLE_OFFSET, 0, sizeof(struct defuse_able));
}

static void must(int ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

static void system_call(int i)
{
	(void)i;
	syscall(SYS_getppid);
}

static void path_call(int i)
{
	struct stat st;

	(void)i;
	must(!syscall(SYS_newfstatat, AT_FDCWD, "/", &st, 0), "stat /");
}

static void marked_open(int i)
{
	(void)i;
	must(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) < 0 && errno == DEFUSE_MARKER,
	     "open: no marker");
}

static void marked_stat(int i)
{
	struct stat st;

	(void)i;
	must(syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) < 0 && errno == DEFUSE_MARKER,
	     "stat: no marker");
}

static void open_root(int i)
{
	fds[i] = open(mount_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fds[i] >= 0, mount_dir);
}

static void ask_mount(int i)
{
	struct defuse_info info = { .size = sizeof(info) };

	(void)i;
	must(!ioctl(root, DEFUSE_IOC_INFO, &info), "DEFUSE_IOC_INFO");
}

static void duplicate_high(int i)
{
	fds[i] = fcntl(root, F_DUPFD_CLOEXEC, PRIVATE_FD);
	must(fds[i] >= 0, "fcntl");
}

static void duplicate(int i)
{
	fds[i] = dup(root);
	must(fds[i] >= 0, "dup");
}

static void number(int i)
{
	static char stash[STASH_SIZE];
	struct defuse_open o = {
		.size = sizeof(o), .open_flags = O_RDONLY, .mount_id = box.mount_id,
		.path = (uintptr_t)box.path, .mode = S_IFREG | 0644, .lower_fd = -1,
		.device = 1, .inode = 4711, .stash = (uintptr_t)stash,
		.stash_len = sizeof(stash),
	};

	fds[i] = ioctl(root, DEFUSE_IOC_OPEN, &o);
	must(fds[i] >= 0, "DEFUSE_IOC_OPEN");
}

/* As number(), by the walk of the open itself. */
static void claimed_open(int i)
{
	static char stash[STASH_SIZE], claimed[PATH_MAX];
	static struct defuse_open o = {
		.size = sizeof(o), .mode = S_IFREG | 0644, .lower_fd = -1, .device = 1,
		.inode = 4711, .stash_len = sizeof(stash),
	};

	if (!o.path) {
		strcpy(claimed, box.path);
		o.mount_id = box.mount_id;
		o.path = (uintptr_t)claimed;
		o.stash = (uintptr_t)stash;
	}
	box.claim = (uintptr_t)&o;
	fds[i] = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
	must(fds[i] >= 0 && !box.claim, "open with a claim");
}

static void ask_point(int i)
{
	struct statfs st;

	(void)i;
	must(!statfs(mount_dir, &st), "statfs");
}

static void give_back(int i)
{
	must(!close(fds[i]), "close");
}

static void library_open(int i)
{
	uint64_t fh;

	(void)i;
	must(!library->open(fs, box.path, O_RDONLY, 0, &fh), "library: open");
	library->close(fs, fh);
}

static void library_stat(int i)
{
	struct stat st;

	(void)i;
	must(!library->getattr(fs, box.path, &st, 0), "library: getattr");
}

static void measure(const char *part, void (*turn)(int))
{
	struct timespec from, to;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < TURNS; i++)
		turn(i);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("parts parts %s %ld %d 0 0 0 0\n", part,
	       (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec, TURNS);
}

static mode_t no_umask(void)
{
	return 0;
}

static void load(const char *file, const char *backend)
{
	static const struct defuse_host host = { .size = sizeof(host), .umask = no_umask };
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		errx(1, "%s", dlerror());
	library = dlsym(handle, "defuse_fs_operations");
	if (!library || library->init(mount_dir, backend, &host, &fs))
		errx(1, "%s: no file system", file);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		errx(2, "usage: parts MOUNT NAME LIBRARY BACKEND");
	mount_dir = argv[1];
	name = argv[2];
	snprintf(path, sizeof(path), "%s/%s", mount_dir, name);
	load(argv[3], argv[4]);
	open_root(0);
	root = fds[0];

	measure("system-call", system_call);
	measure("stat-of-/", path_call);
	declare();
	measure("walk-open", marked_open);
	measure("walk-stat", marked_stat);
	measure("claimed-open", claimed_open);
	measure("claimed-close", give_back);
	undeclare();
	measure("statfs-of-mount", ask_point);
	measure("library-open", library_open);
	measure("library-stat", library_stat);
	measure("root-open", open_root);
	measure("root-close", give_back);
	measure("root-info", ask_mount);
	measure("root-number", duplicate_high);
	measure("root-number-close", give_back);
	measure("number", number);
	measure("number-close", give_back);
	measure("dup", duplicate);
	measure("dup-close", give_back);
	return 0;
}
