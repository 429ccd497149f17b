// SPDX-License-Identifier: GPL-2.0
/*
 * door1 MOUNT BACKEND [GROUP...]: checks the ioctls and the marker of a defuse
 * mount with fallback=lower whose backend is the directory BACKEND.  Root only,
 * and both directories are his to fill.
 *
 * Exit status: 0 all passed, 1 something failed, 2 could not begin.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <grp.h>
#include <stdarg.h>

const char *mount_dir, *backend_dir;
struct defuse_mailbox mailbox;
int dir_fd = -1;
uint64_t mount_id;
int n_failed, n_checks;

int check_at(int ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	n_checks++;
	if (ok)
		return ok;
	n_failed++;
	fprintf(stderr, "not ok %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return ok;
}

void declare(struct defuse_mailbox *box)
{
	uint64_t magic = DEFUSE_ABLE_MAGIC, address = (uintptr_t)box;

	if (box == &mailbox)
		box->kind = DEFUSE_MAIL_NONE;
	/* From anywhere in memory: text_size 0. */
	asm volatile("movq $0, %%fs:0x98" : : : "memory");
	asm volatile("movq %0, %%fs:0x88" : : "r"(address) : "memory");
	asm volatile("movq %0, %%fs:0x80" : : "r"(magic) : "memory");
}

void declare_text(uint64_t text, uint64_t size)
{
	asm volatile("movq %0, %%fs:0x90" : : "r"(text) : "memory");
	asm volatile("movq %0, %%fs:0x98" : : "r"(size) : "memory");
}

void undeclare(void)
{
	asm volatile("movq $0, %%fs:0x80" : : : "memory");
}

static const char *below(const char *dir, const char *name)
{
	static char buf[4][8192];
	static unsigned int i;
	char *b = buf[i++ % 4];

	snprintf(b, sizeof(buf[0]), "%s%s%s", dir, *name == '/' ? "" : "/", name);
	return b;
}

const char *on_mount(const char *name)
{
	return below(mount_dir, name);
}

const char *on_backend(const char *name)
{
	return below(backend_dir, name);
}

void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(on_backend(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode)) {
		perror(on_backend(name));
		exit(2);
	}
	close(fd);
}

struct stat lower_stat(const char *name)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	lstat(on_backend(name), &st);
	return st;
}

/* Works for nobody too: what he cannot see he knows from the parent. */
struct defuse_open blank_open(const char *path, int flags)
{
	struct stat st = lower_stat(path);
	struct defuse_open o;

	memset(&o, 0, sizeof(o));
	o.size = sizeof(o);
	o.open_flags = flags;
	o.mount_id = mount_id;
	o.path = (uintptr_t)path;
	o.mode = st.st_mode ? st.st_mode : S_IFREG | 0644;
	o.lower_fd = -1;
	o.device = st.st_dev;
	o.inode = st.st_ino;
	o.uid = st.st_uid;
	o.gid = st.st_gid;
	return o;
}

int open_blind(const char *path, int flags)
{
	struct defuse_open o = blank_open(path, flags);

	return ioctl(dir_fd, DEFUSE_IOC_OPEN, &o);
}

static void child(void (*test)(void), int nobody)
{
	int status, failed_before = n_failed;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (nobody && (setgroups(0, NULL) ||
			       setresgid(NOBODY, NOBODY, NOBODY) ||
			       setresuid(NOBODY, NOBODY, NOBODY)))
			_exit(2);
		test();
		fflush(NULL);
		_exit(n_failed != failed_before);
	}
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	check(status == 0, "a child failed or died, status %#x", status);
}

void as_nobody(void (*test)(void))
{
	child(test, 1);
}

void in_child(void (*test)(void))
{
	child(test, 0);
}

static int get_mount_id(void)
{
	struct defuse_info info = { .size = sizeof(info) };

	dir_fd = open(mount_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0) {
		perror(mount_dir);
		return -1;
	}
	if (ioctl(dir_fd, DEFUSE_IOC_INFO, &info)) {
		perror("DEFUSE_IOC_INFO");
		return -1;
	}
	mount_id = info.mount_id;
	return 0;
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "info", test_info },
	{ "marker", test_marker },
	{ "open", test_open },
	{ "adopt", test_adopt },
	{ "claim", test_claim },
	{ "stash", test_stash },
	{ "verify", test_verify },
	{ "stale", test_stale },
	{ "pages", test_pages },
	{ "held", test_held },
};

static int wanted(const char *name, char **list)
{
	if (!*list)
		return 1;
	for (; *list; list++)
		if (!strcmp(name, *list))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 3 && !strcmp(argv[1], "--after-exec"))
		return stash_after_exec(atoi(argv[2]));
	if (argc < 3) {
		fprintf(stderr, "usage: door1 MOUNT BACKEND [GROUP...]\n");
		return 2;
	}
	mount_dir = argv[1];
	backend_dir = argv[2];
	umask(022);
	if (get_mount_id())
		return 2;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int before = n_failed, checks = n_checks;

		if (!wanted(groups[i].name, argv + 3))
			continue;
		groups[i].run();
		undeclare();
		printf("%s %s: %d checks\n",
		       n_failed == before ? "ok" : "not ok", groups[i].name,
		       n_checks - checks);
		fflush(stdout);
		/* A group that checks nothing is a broken test. */
		check(n_checks > checks, "%s checked nothing", groups[i].name);
	}
	printf("door1: %d checks, %d failed\n", n_checks, n_failed);
	return n_failed ? 1 : 0;
}
