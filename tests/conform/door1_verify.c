// SPDX-License-Identifier: GPL-2.0
/*
 * A blind FD is only a name: nobody may learn or change anything through one
 * that open(2) would have refused him, and his claims change nobody's view.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/xattr.h>

/* The identities nobody cannot stat himself, known from the parent. */
static struct stat secret, inner, mine, readonly;

static int blind(const char *path, const struct stat *identity, int flags)
{
	struct defuse_open o = blank_open(path, flags);

	/* He says that the file is his, and open to all. */
	o.mode = (identity->st_mode & S_IFMT) | 06777;
	o.uid = NOBODY;
	o.gid = NOBODY;
	o.device = identity->st_dev;
	o.inode = identity->st_ino;
	return ioctl(dir_fd, DEFUSE_IOC_OPEN, &o);
}

static const char *reopen_name(int fd)
{
	static char name[40];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

static long map(int fd, int prot, int flags)
{
	void *p = mmap(NULL, 4096, prot, flags, fd, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long lock(int fd, int cmd, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, cmd, &l);
}

/* Each tries with an FD of its own: a refusal must not depend on the one before. */
#define DENIED(path, st, flags, call) do {				\
	int fd = blind(path, st, flags);				\
									\
	if (fd < 0)		/* refused at once is as good */	\
		check(errno == EACCES, path ": " #call ": OPEN: %m");	\
	else								\
		check_errno(call, EACCES, path ": " #call);		\
	close(fd);							\
} while (0)

static void denied_reading(void)
{
	char buf[16];
	struct iovec vec = { buf, sizeof(buf) };
	int out = open("/dev/null", O_WRONLY), pipes[2];
	loff_t zero = 0;

	check(pipe(pipes) == 0, "pipe: %m");
	DENIED("/v/secret", &secret, O_RDONLY, read(fd, buf, 16));
	DENIED("/v/secret", &secret, O_RDONLY, pread(fd, buf, 16, 0));
	DENIED("/v/secret", &secret, O_RDONLY, readv(fd, &vec, 1));
	DENIED("/v/secret", &secret, O_RDONLY, preadv2(fd, &vec, 1, 0, 0));
	DENIED("/v/secret", &secret, O_RDONLY, map(fd, PROT_READ, MAP_SHARED));
	DENIED("/v/secret", &secret, O_RDONLY, map(fd, PROT_READ, MAP_PRIVATE));
	DENIED("/v/secret", &secret, O_RDONLY,
	       map(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
	DENIED("/v/secret", &secret, O_RDONLY, flock(fd, LOCK_SH));
	DENIED("/v/secret", &secret, O_RDONLY, lock(fd, F_SETLK, F_RDLCK));
	DENIED("/v/secret", &secret, O_RDONLY, lock(fd, F_OFD_SETLK, F_RDLCK));
	DENIED("/v/secret", &secret, O_RDONLY, lock(fd, F_GETLK, F_RDLCK));
	DENIED("/v/secret", &secret, O_RDONLY, open(reopen_name(fd), O_RDONLY));
	DENIED("/v/secret", &secret, O_RDONLY, open(reopen_name(fd), O_RDWR));
	DENIED("/v/secret", &secret, O_RDONLY, sendfile(out, fd, &zero, 16));
	DENIED("/v/secret", &secret, O_RDONLY,
	       splice(fd, NULL, pipes[1], NULL, 16, 0));
	DENIED("/v/secret", &secret, O_RDONLY, lseek(fd, 0, SEEK_DATA));
	DENIED("/v/secret", &secret, O_RDONLY, lseek(fd, 0, SEEK_END));
	DENIED("/v/inner/open", &inner, O_RDONLY, read(fd, buf, 16));
	DENIED("/v/inner/open", &inner, O_RDONLY,
	       map(fd, PROT_READ, MAP_SHARED));
	close(out);
	close(pipes[0]);
	close(pipes[1]);
}

static void denied_writing(void)
{
	struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	char buf[16] = "overwritten";
	struct iovec vec = { buf, sizeof(buf) };
	loff_t zero = 0;
	int in;

	DENIED("/v/secret", &secret, O_WRONLY, write(fd, buf, 9));
	DENIED("/v/secret", &secret, O_RDWR, pwrite(fd, buf, 9, 0));
	DENIED("/v/readonly", &readonly, O_RDWR, writev(fd, &vec, 1));
	DENIED("/v/readonly", &readonly, O_WRONLY | O_APPEND, write(fd, buf, 9));
	DENIED("/v/readonly", &readonly, O_RDWR, ftruncate(fd, 0));
	DENIED("/v/readonly", &readonly, O_RDWR,
	       map(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
	DENIED("/v/readonly", &readonly, O_RDWR, fallocate(fd, 0, 0, 100));
	DENIED("/v/readonly", &readonly, O_RDWR, flock(fd, LOCK_EX));
	DENIED("/v/readonly", &readonly, O_RDWR, lock(fd, F_SETLK, F_WRLCK));
	in = open("/proc/self/exe", O_RDONLY);
	DENIED("/v/readonly", &readonly, O_WRONLY, sendfile(fd, in, &zero, 16));
	close(in);

	/* Attributes ask for ownership: not his, whatever he says. */
	in = blind("/v/readonly", &readonly, O_RDONLY);
	check(in >= 0, "OPEN of what he may read: %m");
	check(fchmod(in, 0666) < 0, "fchmod of another's file");
	check(fchown(in, NOBODY, NOBODY) < 0, "fchown of another's file");
	check(futimens(in, times) < 0, "futimens of another's file");
	check(fsetxattr(in, "user.x", "y", 1, 0) < 0, "fsetxattr");
	close(in);
	in = blind("/v/secret", &secret, O_RDONLY);
	check(in < 0 || fchmod(in, 0666) < 0, "fchmod of the secret");
	check(in < 0 || fchown(in, NOBODY, NOBODY) < 0, "fchown of the secret");
	close(in);
}

static void denied_directory(void)
{
	struct stat closed = secret;
	char buf[4096];
	int fd;

	closed.st_mode = S_IFDIR | 0700;
	closed.st_ino = inner.st_uid;	/* the parent put it there */
	DENIED("/v/inner", &closed, O_RDONLY | O_DIRECTORY,
	       syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	DENIED("/v/inner", &closed, O_RDONLY | O_DIRECTORY,
	       openat(fd, "open", O_RDONLY));
	DENIED("/v/inner", &closed, O_RDONLY | O_DIRECTORY, fchdir(fd));
	fd = blind("/v/inner", &closed, O_RDONLY | O_DIRECTORY);
	check(fd < 0 || unlinkat(fd, "open", 0) < 0, "unlinkat in it");
	check(fd < 0 || mkdirat(fd, "new", 0777) < 0, "mkdirat in it");
	close(fd);
}

static void denied_exec(void)
{
	char *argv[] = { "x", NULL };
	int fd = blind("/v/secret", &secret, O_RDONLY);

	if (fd >= 0)
		fexecve(fd, argv, argv);
	check(errno == EACCES, "fexecve: %m");
	close(fd);
}

/* His own file, told to be the secret one. */
static void false_identity(void)
{
	char buf[32] = "";
	int fd = blind("/v/mine", &secret, O_RDWR), plain;
	ssize_t n;

	if (fd >= 0) {
		n = pread(fd, buf, 6, 0);
		check(n < 0 || !memcmp(buf, "public", 6),
		      "reads '%s' through a false identity", buf);
		n = pwrite(fd, "PUBLIC", 6, 0);
		close(fd);
	}
	fd = blind("/v/secret", &mine, O_RDWR);
	if (fd >= 0) {
		memset(buf, 0, sizeof(buf));
		n = pread(fd, buf, 6, 0);
		check(n < 0 || strncasecmp(buf, "hidden", 6),
		      "reads the secret by its name");
		close(fd);
	}
	plain = open(on_mount("v/mine"), O_RDONLY);
	check(plain >= 0 && read(plain, buf, 6) == 6 &&
	      !strncasecmp(buf, "public", 6), "his own file afterwards: %m");
	close(plain);
}

/* What he may open works, and a right his opener had stays with the FD. */
static void allowed(void)
{
	char buf[16] = "";
	int fd = blind("/v/readonly", &readonly, O_RDONLY);

	check(fd >= 0 && read(fd, buf, 4) == 4 && !memcmp(buf, "read", 4),
	      "a file he may read: %m");
	check(map(fd, PROT_READ, MAP_SHARED) == 0, "mapped: %m");
	check(flock(fd, LOCK_SH) == 0, "locked: %m");
	close(fd);
	fd = blind("/v/mine", &mine, O_RDWR);
	check(fd >= 0 && pwrite(fd, "p", 1, 0) == 1, "his own file: %m");
	close(fd);
}

static int inherited;

static void inherits(void)
{
	char buf[16];

	check(pread(inherited, buf, 6, 0) == 6, "inherited from root: %m");
	check(map(inherited, PROT_READ, MAP_SHARED) == 0, "mapped: %m");
	check(flock(inherited, LOCK_SH) == 0, "locked: %m");
}

/* The other way round: root verifying his FD of it is no help to nobody. */
static void root_uses_it(void)
{
	char buf[16];
	int fd = open_blind("/v/secret", O_RDONLY);

	check(fd >= 0 && read(fd, buf, 6) == 6, "root reads: %m");
	inherited = fd;
}

static void views_intact(void)
{
	struct stat st = { 0 };
	char buf[16] = "";
	int fd;

	check(stat(on_mount("v/secret"), &st) == 0 &&
	      st.st_mode == secret.st_mode && st.st_uid == 0 &&
	      st.st_size == secret.st_size, "stat of the secret: %#o %d",
	      st.st_mode, st.st_uid);
	fd = open(on_mount("v/secret"), O_RDONLY);
	check(fd >= 0 && read(fd, buf, 6) == 6 && !memcmp(buf, "hidden", 6),
	      "root reads '%s'", buf);
	close(fd);
	check(stat(on_mount("v/readonly"), &st) == 0 &&
	      st.st_mode == readonly.st_mode && st.st_uid == 0 &&
	      st.st_size == readonly.st_size, "stat of the read-only file");
	check(lower_stat("v/secret").st_size == secret.st_size &&
	      lower_stat("v/secret").st_mtim.tv_nsec == secret.st_mtim.tv_nsec,
	      "the secret was changed");
}

void test_verify(void)
{
	mkdir(on_backend("v"), 0755);
	mkdir(on_backend("v/inner"), 0700);
	make_file("v/secret", "hidden text of root's", 0600);
	make_file("v/inner/open", "open but not reachable", 0644);
	make_file("v/mine", "public", 0644);
	chown(on_backend("v/mine"), NOBODY, NOBODY);
	make_file("v/readonly", "readable by all", 0644);
	secret = lower_stat("v/secret");
	inner = lower_stat("v/inner/open");
	inner.st_uid = lower_stat("v/inner").st_ino;
	mine = lower_stat("v/mine");
	readonly = lower_stat("v/readonly");
	as_nobody(denied_reading);
	as_nobody(denied_writing);
	as_nobody(denied_directory);
	as_nobody(denied_exec);
	as_nobody(false_identity);
	views_intact();
	as_nobody(allowed);
	root_uses_it();
	as_nobody(inherits);
	/* Now that the name is known as good, once more. */
	as_nobody(denied_reading);
	as_nobody(denied_writing);
	as_nobody(false_identity);
	views_intact();
	close(inherited);
}
