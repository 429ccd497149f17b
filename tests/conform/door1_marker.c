// SPDX-License-Identifier: GPL-2.0
/*
 * The marker: every call of DEFUSE_REDIRECTED by a declared thread is answered
 * with DEFUSE_MARKER, fills the mailbox, and has no effect; all other calls and
 * all other callers take door 2.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>

/* Stand-ins in the argument lists below. */
enum { PATH = -1000001, FRESH = -1000002, BUF = -1000003, TEXT = -1000004,
       VEC = -1000005, FD = -1000006 };

struct call {
	const char *name;
	long nr;
	long arg[6];
};

static const struct call path_calls[] = {
	{ "open", SYS_open, { PATH, O_RDWR | O_TRUNC } },
	{ "openat", SYS_openat, { AT_FDCWD, PATH, O_RDONLY } },
	{ "creat", SYS_creat, { PATH, 0644 } },
	{ "stat", SYS_stat, { PATH, BUF } },
	{ "lstat", SYS_lstat, { PATH, BUF } },
	{ "newfstatat", SYS_newfstatat, { AT_FDCWD, PATH, BUF, 0 } },
	{ "statx", SYS_statx, { AT_FDCWD, PATH, 0, 0x7ff, BUF } },
	{ "access", SYS_access, { PATH, R_OK } },
	{ "faccessat", SYS_faccessat, { AT_FDCWD, PATH, R_OK } },
	{ "faccessat2", SYS_faccessat2, { AT_FDCWD, PATH, R_OK, AT_EACCESS } },
	{ "readlink", SYS_readlink, { PATH, BUF, 100 } },
	{ "readlinkat", SYS_readlinkat, { AT_FDCWD, PATH, BUF, 100 } },
	{ "truncate", SYS_truncate, { PATH, 1 } },
	{ "chmod", SYS_chmod, { PATH, 0600 } },
	{ "fchmodat", SYS_fchmodat, { AT_FDCWD, PATH, 0600 } },
	{ "chown", SYS_chown, { PATH, 1, 1 } },
	{ "lchown", SYS_lchown, { PATH, 1, 1 } },
	{ "fchownat", SYS_fchownat, { AT_FDCWD, PATH, 1, 1, 0 } },
	{ "utime", SYS_utime, { PATH, 0 } },
	{ "utimes", SYS_utimes, { PATH, 0 } },
	{ "futimesat", SYS_futimesat, { AT_FDCWD, PATH, 0 } },
	{ "utimensat", SYS_utimensat, { AT_FDCWD, PATH, 0, 0 } },
	{ "mkdir", SYS_mkdir, { PATH, 0755 } },
	{ "mkdirat", SYS_mkdirat, { AT_FDCWD, PATH, 0755 } },
	{ "rmdir", SYS_rmdir, { PATH } },
	{ "unlink", SYS_unlink, { PATH } },
	{ "unlinkat", SYS_unlinkat, { AT_FDCWD, PATH, 0 } },
	{ "rename", SYS_rename, { PATH, FRESH } },
	{ "renameat", SYS_renameat, { AT_FDCWD, PATH, AT_FDCWD, FRESH } },
	{ "renameat2", SYS_renameat2, { AT_FDCWD, PATH, AT_FDCWD, FRESH, 1 } },
	{ "link", SYS_link, { PATH, FRESH } },
	{ "linkat", SYS_linkat, { AT_FDCWD, PATH, AT_FDCWD, FRESH, 0 } },
	{ "symlink", SYS_symlink, { TEXT, PATH } },
	{ "symlinkat", SYS_symlinkat, { TEXT, AT_FDCWD, PATH } },
};

static const struct call fd_calls[] = {
	{ "read", SYS_read, { FD, BUF, 4 } },
	{ "pread64", SYS_pread64, { FD, BUF, 4, 0 } },
	{ "readv", SYS_readv, { FD, VEC, 1 } },
	{ "preadv", SYS_preadv, { FD, VEC, 1, 0, 0 } },
	{ "preadv2", SYS_preadv2, { FD, VEC, 1, 0, 0, 0 } },
	{ "write", SYS_write, { FD, BUF, 4 } },
	{ "pwrite64", SYS_pwrite64, { FD, BUF, 4, 0 } },
	{ "writev", SYS_writev, { FD, VEC, 1 } },
	{ "pwritev", SYS_pwritev, { FD, VEC, 1, 0, 0 } },
	{ "pwritev2", SYS_pwritev2, { FD, VEC, 1, 0, 0, 0 } },
	{ "ftruncate", SYS_ftruncate, { FD, 1 } },
	{ "fsync", SYS_fsync, { FD } },
	{ "fdatasync", SYS_fdatasync, { FD } },
};

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Carries it out declared, without any call of the C library in between. */
static long do_call(const struct call *c, const char *path, const char *fresh,
		    int fd)
{
	static char buf[4096];
	static struct iovec vec = { buf, 4 };
	long a[6], r;
	int i, e;

	for (i = 0; i < 6; i++) {
		switch (c->arg[i]) {
		case PATH: a[i] = (long)path; break;
		case FRESH: a[i] = (long)fresh; break;
		case BUF: a[i] = (long)buf; break;
		case TEXT: a[i] = (long)"text"; break;
		case VEC: a[i] = (long)&vec; break;
		case FD: a[i] = fd; break;
		default: a[i] = c->arg[i];
		}
	}
	memset(&mailbox, 0xee, sizeof(mailbox));
	mailbox.kind = DEFUSE_MAIL_NONE;
	declare(&mailbox);
	r = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	e = errno;
	undeclare();
	errno = e;
	return r;
}

static void check_mail(const char *what, long r, const char *path)
{
	int e = errno;
	mode_t mask = umask(0);

	umask(mask);
	if (!check(r == -1 && e == DEFUSE_MARKER, "%s: no marker but %ld %s",
		   what, r, r < 0 ? strerrorname_np(e) : ""))
		return;
	check(mailbox.kind == (path ? DEFUSE_MAIL_PATH : DEFUSE_MAIL_FD),
	      "%s: kind %u", what, mailbox.kind);
	check(mailbox.flags == DEFUSE_MOUNT_LOWER, "%s: flags %#x", what,
	      mailbox.flags);
	check(mailbox.mount_id == mount_id, "%s: mount ID", what);
	check(mailbox.umask == mask, "%s: umask is %#o", what, mailbox.umask);
	if (!path) {
		check(mailbox.path_len == 0, "%s: path_len %u for an FD", what,
		      mailbox.path_len);
		return;
	}
	check(mailbox.path_len == strlen(path) &&
	      !strcmp(mailbox.path, path), "%s: path '%.200s' (%u), not '%s'",
	      what, mailbox.path, mailbox.path_len, path);
}

/* Nothing of the backend may have changed by calls answered with the marker. */
static void check_untouched(const char *what, const struct stat *before)
{
	struct stat now = lower_stat("m/f");

	check(now.st_ino == before->st_ino && now.st_size == before->st_size &&
	      now.st_mode == before->st_mode && now.st_uid == before->st_uid &&
	      now.st_nlink == before->st_nlink &&
	      now.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
	      now.st_ctim.tv_nsec == before->st_ctim.tv_nsec,
	      "%s: had an effect on the file", what);
	check(access(on_backend("m/fresh"), F_OK), "%s: made a name", what);
	unlink(on_backend("m/fresh"));
}

static void every_path_call(void)
{
	struct stat before = lower_stat("m/f");
	char path[4096], fresh[4096], what[100];
	unsigned int i;
	long r;

	strcpy(path, on_mount("m/f"));
	strcpy(fresh, on_mount("m/fresh"));
	for (i = 0; i < N_OF(path_calls); i++) {
		const struct call *c = &path_calls[i];

		r = do_call(c, path, fresh, -1);
		check_mail(c->name, r, "/m/f");
		check_untouched(c->name, &before);
		/* Not there yet: the library has to say so, or to make it. */
		snprintf(what, sizeof(what), "%s of a new name", c->name);
		r = do_call(c, fresh, path, -1);
		check_mail(what, r, "/m/fresh");
		check_untouched(what, &before);
	}
}

static void every_fd_call(void)
{
	struct stat before = lower_stat("m/f");
	static const struct call list = { "getdents64", SYS_getdents64,
					  { FD, BUF, 4096 } };
	int fd = open_blind("/m/f", O_RDWR), dir, plain;
	unsigned int i;

	if (!check(fd >= 0, "OPEN /m/f: %m"))
		return;
	for (i = 0; i < N_OF(fd_calls); i++) {
		check_mail(fd_calls[i].name, do_call(&fd_calls[i], 0, 0, fd), 0);
		check_untouched(fd_calls[i].name, &before);
	}
	dir = open_blind("/m", O_RDONLY | O_DIRECTORY);
	check_mail("getdents64", do_call(&list, 0, 0, dir), 0);
	close(dir);
	close(fd);

	/* An FD of door 2 stays there. */
	plain = open(on_mount("m/f"), O_RDONLY);
	check(do_call(&fd_calls[0], 0, 0, plain) == 4, "read of a plain FD: %m");
	close(plain);
}

/* "m/f" as the mailbox has it, "/m/f". */
static const char *on_root(const char *name)
{
	static char buf[8192];

	snprintf(buf, sizeof(buf), "/%s", name);
	return buf;
}

static void stat_mail(const char *arg, const char *path)
{
	static const struct call c = { "stat", SYS_stat, { PATH, BUF } };

	check_mail(arg, do_call(&c, arg, 0, -1), path);
}

/* No name of the mount is touched: door 2. */
static void stat_true(const char *arg)
{
	static const struct call c = { "stat", SYS_stat, { PATH, BUF } };

	check(do_call(&c, arg, 0, -1) == 0, "%s: %m", arg);
}

static void resolving(void)
{
	static const struct call lstat_call = { "lstat", SYS_lstat, { PATH, BUF } };
	char long_name[5000];
	int d, cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	long r;

	stat_true(mount_dir);
	stat_mail(on_mount("m/./d//../f"), "/m/f");
	stat_mail(on_mount("m/link"), "/m/f");
	stat_mail(on_mount("m/dirlink/g"), "/m/d/g");
	stat_mail(on_mount("m/chain"), "/m/d/g");
	check_mail("lstat of a link",
		   do_call(&lstat_call, on_mount("m/link"), 0, -1), "/m/link");
	stat_mail(on_mount("m/new\nline\xff"), "/m/new\nline\xff");
	memset(long_name, 'n', sizeof(long_name));
	memcpy(long_name, "m/", 2);
	long_name[2 + 255] = 0;
	stat_mail(on_mount(long_name), on_root(long_name));

	check(chdir(on_mount("m/d")) == 0, "chdir: %m");
	stat_mail("g", "/m/d/g");
	stat_mail("../f", "/m/f");
	stat_true(".");
	stat_true("..");
	fchdir(cwd);
	close(cwd);

	d = open(on_mount("m"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	mailbox.kind = DEFUSE_MAIL_NONE;
	declare(&mailbox);
	r = syscall(SYS_openat, d, "d/g", O_RDONLY);
	undeclare();
	check_mail("openat below a directory FD", r, "/m/d/g");
	close(d);

	/* What leads out is not ours. */
	declare(&mailbox);
	r = syscall(SYS_access, on_mount("m/out"), F_OK);
	undeclare();
	check(r == 0, "a link that leads out: %m");
	declare(&mailbox);
	r = syscall(SYS_access, on_mount("../"), F_OK);
	undeclare();
	check(r == 0, "the parent of the mount: %m");
}

static void bind_mount(void)
{
	char dir[] = "/tmp/door1.XXXXXX", name[100];

	if (!check(mkdtemp(dir) != NULL, "mkdtemp: %m"))
		return;
	if (check(mount(on_mount("m/d"), dir, NULL, MS_BIND, NULL) == 0,
		  "bind mount of a subdirectory: %m")) {
		snprintf(name, sizeof(name), "%s/g", dir);
		stat_mail(name, "/m/d/g");
		check(umount2(dir, 0) == 0, "umount of the bind mount: %m");
	}
	rmdir(dir);
}

static void not_redirected(void)
{
	struct statfs fs;
	struct stat st;
	char buf[100];
	int fd, shadow;

	undeclare();
	fd = open(on_mount("m/f"), O_RDONLY);
	check(fd >= 0 && read(fd, buf, 4) == 4, "undeclared: %m");
	close(fd);
	declare(&mailbox);
	asm volatile("movq $0x1234, %%fs:0x80" : : : "memory");
	fd = open(on_mount("m/f"), O_RDONLY);
	check(fd >= 0 && read(fd, buf, 4) == 4, "wrong magic: %m");
	close(fd);

	shadow = open_blind("/m/f", O_RDONLY);
	declare(&mailbox);
	check(statfs(on_mount("m/f"), &fs) == 0 &&
	      fs.f_type == DEFUSE_SUPER_MAGIC, "statfs: %m");
	check(syscall(SYS_getxattr, on_mount("m/f"), "user.none", buf, 10) < 0 &&
	      errno != DEFUSE_MARKER, "getxattr");
	check(syscall(SYS_fstat, shadow, &st) == 0, "fstat: %m");
	check(syscall(SYS_lseek, shadow, 0, SEEK_SET) == 0, "lseek: %m");
	check(syscall(SYS_access, "/etc/passwd", R_OK) == 0, "other files: %m");
	undeclare();
	close(shadow);

	/* Only code that said so: syscall() lies in this program's text. */
	declare(&mailbox);
	declare_text(4096, 4096);
	check(syscall(SYS_access, on_mount("m/f"), F_OK) == 0,
	      "a call from outside of the declared text: %m");
	declare_text((uintptr_t)syscall, 100);
	check_errno(syscall(SYS_access, on_mount("m/f"), F_OK), DEFUSE_MARKER,
		    "a call from inside of the declared text");
	/* Any numbers at all are only the thread's own affair. */
	declare_text(-4096, -1);
	check(syscall(SYS_access, on_mount("m/f"), F_OK) == 0 ||
	      errno == DEFUSE_MARKER, "a mad text: %m");

	/* No mailbox, and one that cannot be written, are no reason to crash. */
	declare(NULL);
	check_errno(syscall(SYS_access, on_mount("m/f"), F_OK), DEFUSE_MARKER,
		    "no mailbox");
	declare((struct defuse_mailbox *)8);
	check(syscall(SYS_access, on_mount("m/f"), F_OK) < 0,
	      "a mailbox at a bad address");
	declare((struct defuse_mailbox *)0xffff888000000000);
	check(syscall(SYS_access, on_mount("m/f"), F_OK) < 0,
	      "a mailbox at a kernel address");
	undeclare();
}

/* A child of fork has no robust list entry of its own until its C library
 * registers one; glibc does, so the copied declaration counts again. */
static void forked(void)
{
	long r;

	declare(&mailbox);
	r = syscall(SYS_access, on_mount("m/f"), F_OK);
	undeclare();
	check_mail("in a child of fork", r, "/m/f");
}

static long int80(long nr, long a, long b, long c)
{
	long r;

	asm volatile("int $0x80" : "=a"(r)
		     : "a"(nr), "b"(a), "c"(b), "d"(c)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static void no_compat(int sig)
{
	static const char text[] = "note: this kernel has no 32-bit system calls\n";

	(void)sig;
	write(1, text, sizeof(text) - 1);
	_exit(0);
}

static void compat(void)
{
	char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct defuse_info *info = (void *)(low + 4096);
	long r;

	signal(SIGSEGV, no_compat);
	int80(20, 0, 0, 0);		/* getpid */
	signal(SIGSEGV, SIG_DFL);
	strcpy(low, on_mount("m/f"));
	declare(&mailbox);
	r = int80(5, (long)low, O_RDONLY, 0);
	undeclare();
	check(r >= 0, "a 32-bit open must take door 2, got %ld", r);
	info->size = sizeof(*info);
	r = int80(54, dir_fd, DEFUSE_IOC_INFO, (long)info);
	check(r == -ENOTTY, "a 32-bit ioctl: %ld", r);
}

void test_marker(void)
{
	mkdir(on_backend("m"), 0755);
	mkdir(on_backend("m/d"), 0755);
	make_file("m/f", "four more", 0644);
	make_file("m/d/g", "g", 0644);
	symlink("f", on_backend("m/link"));
	symlink("d", on_backend("m/dirlink"));
	symlink("dirlink/g", on_backend("m/chain"));
	symlink("/etc/passwd", on_backend("m/out"));
	every_path_call();
	every_fd_call();
	resolving();
	bind_mount();
	not_redirected();
	in_child(forked);
	in_child(compat);
}
