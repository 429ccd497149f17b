// SPDX-License-Identifier: GPL-2.0
/*
 * DEFUSE_IOC_OPEN: what it makes and everything it refuses.  INFO and LIBRARY.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <sys/resource.h>
#include <sys/sysmacros.h>

static int ioc_open(const struct defuse_open *o)
{
	return ioctl(dir_fd, DEFUSE_IOC_OPEN, o);
}

static void what_it_makes(void)
{
	struct stat st, other, root;
	char link[4096], self[64];
	struct defuse_open o;
	int fd, second, hole;
	ssize_t n;

	hole = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(hole);
	second = open_blind("/o/f", O_RDWR | O_APPEND);
	check(second == hole, "the lowest free FD is %d, not %d", hole, second);
	close(fd);
	fd = second;

	check(fcntl(fd, F_GETFD) == 0, "close-on-exec was not asked for");
	check((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND)) ==
	      (O_RDWR | O_APPEND), "F_GETFL %#x", fcntl(fd, F_GETFL));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	check(!strcmp(link, on_mount("o/f")), "/proc/self/fd shows %s", link);

	check(fstat(fd, &st) == 0 && fstat(dir_fd, &root) == 0, "fstat: %m");
	check(S_ISREG(st.st_mode), "type %#o", st.st_mode);
	check(st.st_dev == root.st_dev, "st_dev is not the mount's");

	second = open_blind("/o/f", O_RDONLY | O_CLOEXEC);
	check(second >= 0 && fcntl(second, F_GETFD) == FD_CLOEXEC,
	      "O_CLOEXEC is lost");
	check(fstat(second, &other) == 0 && other.st_ino == st.st_ino,
	      "one name, two inodes");
	close(second);
	second = open_blind("/o/hard", O_RDONLY);
	check(second >= 0 && fstat(second, &other) == 0 &&
	      other.st_ino == st.st_ino, "hard links do not share an inode");
	close(second);
	check(stat(on_mount("o/hard"), &other) == 0 &&
	      other.st_ino == st.st_ino, "door 2 shows another st_ino");
	close(fd);

	fd = open_blind("/o", O_RDONLY | O_DIRECTORY);
	check(fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode),
	      "a directory: %m");
	check(fchdir(fd) == 0 && access("f", R_OK) == 0 && chdir("/") == 0,
	      "fchdir to a shadow FD: %m");
	second = openat(fd, "f", O_RDONLY);
	check(second >= 0, "openat below a shadow directory: %m");
	close(second);
	close(fd);
	fd = open_blind("/", O_RDONLY | O_DIRECTORY);
	check(fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == root.st_ino,
	      "the root itself: %m");
	close(fd);

	/* No identity: the name is the identity. */
	o = blank_open("/o/anon", O_RDONLY);
	o.device = 0;
	o.inode = 0;
	fd = ioc_open(&o);
	second = ioc_open(&o);
	check(fd >= 0 && second >= 0 && fstat(fd, &st) == 0 &&
	      fstat(second, &other) == 0 && st.st_ino == other.st_ino,
	      "without identity: %m");
	close(fd);
	close(second);
}

static void bad_paths(void)
{
	static const struct {
		const char *path;
		int error;
	} bad[] = {
		{ "", EINVAL }, { "f", EINVAL }, { "o/f", EINVAL },
		{ "/o/../o/f", EINVAL }, { "/..", EINVAL }, { "/.", EINVAL },
		{ "/o/.", EINVAL }, { "/o/./f", EINVAL }, { "//o/f", EINVAL },
		{ "/o//f", EINVAL }, { "/o/f/", EINVAL }, { "/o/f/x", ENOTDIR },
	};
	char name[4200];
	struct defuse_open o;
	unsigned int i;
	int fd = open_blind("/o/f", O_RDONLY);	/* known as no directory */

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o = blank_open("/o/f", O_RDONLY);
		o.path = (uintptr_t)bad[i].path;
		check_errno(ioc_open(&o), bad[i].error, "path '%s'", bad[i].path);
	}
	close(fd);
	o.path = (uintptr_t)memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[257] = 0;
	check_errno(ioc_open(&o), ENAMETOOLONG, "a component of 256 bytes");
	name[257] = 'n';
	for (i = 0; i < 4095; i += 2)
		memcpy(name + i, "/n", 2);
	name[4096] = 0;
	check_errno(ioc_open(&o), ENAMETOOLONG, "a path of 4096 bytes");
	o.path = 8;
	check_errno(ioc_open(&o), EFAULT, "path at a bad address");
	o.path = 0;
	check(ioc_open(&o) < 0, "path NULL");
}

static void bad_fields(void)
{
	struct defuse_open good = blank_open("/o/f", O_RDONLY), o;
	int fd = ioc_open(&good);

	/* The control: unchanged it works. */
	if (!check(fd >= 0, "OPEN: %m"))
		return;
	close(fd);
#define BAD(field, value, error) do {					\
	o = good;							\
	o.field = (value);						\
	check_errno(ioc_open(&o), error, #field " = " #value);		\
} while (0)
	BAD(size, 0, EINVAL);
	BAD(size, sizeof(o) - 1, EINVAL);
	BAD(size, sizeof(o) + 8, EINVAL);
	BAD(reserved, 1, EINVAL);
	BAD(open_flags, O_PATH, EINVAL);
	BAD(open_flags, O_TMPFILE | O_RDWR, EINVAL);
	BAD(mode, 0644, EINVAL);
	BAD(mode, S_IFIFO | 0644, EINVAL);
	BAD(mode, S_IFLNK | 0777, EINVAL);
	BAD(mode, S_IFCHR | 0666, EINVAL);
	BAD(mount_id, mount_id + 1, EXDEV);
	BAD(mount_id, 0, EXDEV);
	BAD(stash_len, DEFUSE_STASH_MAX + 1, E2BIG);
	BAD(lower_fd, 987654, EBADF);
	BAD(lower_fd, -2, EBADF);
	o = good;
	o.stash = 8;
	o.stash_len = 10;
	check_errno(ioc_open(&o), EFAULT, "stash at a bad address");
	check_errno(ioctl(dir_fd, DEFUSE_IOC_OPEN, 8L), EFAULT,
		    "the structure at a bad address");
	check_errno(ioctl(dir_fd, _IO(DEFUSE_IOC_MAGIC, 77), 0), ENOTTY,
		    "an unknown ioctl");
	fd = open_blind("/o/f", O_RDONLY);
	check(ioctl(fd, DEFUSE_IOC_OPEN, &good) < 0, "OPEN on a file");
	close(fd);
	fd = open("/", O_RDONLY | O_DIRECTORY);
	check_errno(ioctl(fd, DEFUSE_IOC_OPEN, &good), ENOTTY,
		    "OPEN on another file system");
	close(fd);
}

static void lower_fds(void)
{
	struct defuse_open o = blank_open("/o/f", O_RDONLY);
	struct stat st, lower;
	char buf[8] = "";
	int fd;

	o.lower_fd = open(on_backend("o/f"), O_RDONLY);
	fd = ioc_open(&o);
	check(fd >= 0, "a donated FD: %m");
	check(pread(fd, buf, 4, 0) == 4 && !memcmp(buf, "some", 4),
	      "read through a donated FD: %m");
	close(o.lower_fd);
	check(pread(fd, buf, 4, 0) == 4, "after the donor closed his: %m");
	o.lower_fd = ioctl(fd, DEFUSE_IOC_LOWER);
	check(o.lower_fd >= 0 && fstat(o.lower_fd, &st) == 0, "LOWER: %m");
	lower = lower_stat("o/f");
	check(st.st_ino == lower.st_ino && st.st_dev == lower.st_dev,
	      "LOWER gave another file");
	check(fcntl(o.lower_fd, F_GETFD) == FD_CLOEXEC,
	      "LOWER without close-on-exec");
	close(o.lower_fd);
	close(fd);

	fd = open_blind("/o/f", O_RDONLY);
	check_errno(ioctl(fd, DEFUSE_IOC_LOWER), ENOENT, "LOWER of none");
	close(fd);

	o.lower_fd = open(on_backend("o/anon"), O_RDONLY);
	check_errno(ioc_open(&o), ESTALE, "the FD of another file");
	close(o.lower_fd);
	o.lower_fd = open("/dev/null", O_RDONLY);
	check_errno(ioc_open(&o), EMEDIUMTYPE, "the FD of a device");
	close(o.lower_fd);
	o.lower_fd = open(on_mount("o/f"), O_RDONLY);
	check_errno(ioc_open(&o), EMEDIUMTYPE, "an FD of the mount itself");
	close(o.lower_fd);
	o.lower_fd = open(on_backend("o/f"), O_PATH);
	check(ioc_open(&o) < 0, "an O_PATH FD");
	close(o.lower_fd);

	/* Never more rights than the donated FD has: it was opened read-only. */
	o = blank_open("/o/f", O_RDWR);
	o.lower_fd = open(on_backend("o/f"), O_RDONLY);
	fd = ioc_open(&o);
	check(fd < 0, "a read-only FD donated for a read-write one");
	close(fd);
	close(o.lower_fd);
}

static void limits(void)
{
	struct rlimit limit, low;
	int fd, highest = -1, n = 0;

	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = 40;
	setrlimit(RLIMIT_NOFILE, &low);
	while ((fd = open_blind("/o/f", O_RDONLY)) >= 0 && n++ < 100)
		highest = fd;
	check(errno == EMFILE, "the limit of FDs: %m");
	check(highest == 39, "the highest FD below a limit of 40 is %d", highest);
	setrlimit(RLIMIT_NOFILE, &limit);
}

void test_open(void)
{
	mkdir(on_backend("o"), 0755);
	make_file("o/f", "some text", 0644);
	make_file("o/anon", "anonymous", 0644);
	link(on_backend("o/f"), on_backend("o/hard"));
	what_it_makes();
	bad_paths();
	bad_fields();
	lower_fds();
	in_child(limits);
}

static void library(void)
{
	char path[4096];
	struct defuse_info info = {
		.size = sizeof(info),
		.library = (uintptr_t)path,
		.library_len = sizeof(path),
	};
	struct stat st, want;
	int fd = ioctl(dir_fd, DEFUSE_IOC_LIBRARY);

	check(ioctl(dir_fd, DEFUSE_IOC_INFO, &info) == 0, "INFO: %m");
	if (!check(fd >= 0, "LIBRARY: %m"))
		return;
	check(fstat(fd, &st) == 0 && stat(path, &want) == 0 &&
	      st.st_ino == want.st_ino && st.st_dev == want.st_dev,
	      "LIBRARY is not %s", path);
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC, "LIBRARY: no close-on-exec");
	check((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY, "LIBRARY: writable");
	close(fd);
}

static void short_buffers(const struct defuse_info *full)
{
	char buf[4096];
	struct defuse_info info = { .size = sizeof(info) };

	info.library = (uintptr_t)buf;
	info.library_len = full->library_len - 1;
	check_errno(ioctl(dir_fd, DEFUSE_IOC_INFO, &info), ERANGE,
		    "a buffer one byte short");
	check(info.library_len == full->library_len, "ERANGE gave no length");
	memset(&info, 0, sizeof(info));
	check_errno(ioctl(dir_fd, DEFUSE_IOC_INFO, &info), EINVAL, "size 0");
	info.size = sizeof(info);
	info.reserved = 1;
	check_errno(ioctl(dir_fd, DEFUSE_IOC_INFO, &info), EINVAL, "reserved");
	info.reserved = 0;
	info.backend = 8;
	info.backend_len = 4096;
	check_errno(ioctl(dir_fd, DEFUSE_IOC_INFO, &info), EFAULT,
		    "a buffer at a bad address");
	check_errno(ioctl(dir_fd, DEFUSE_IOC_INFO, 8L), EFAULT,
		    "the structure at a bad address");
}

void test_info(void)
{
	char lib[4096] = "", backend[4096] = "", place[4096] = "";
	struct defuse_info info = {
		.size = sizeof(info),
		.library = (uintptr_t)lib, .library_len = sizeof(lib),
		.backend = (uintptr_t)backend, .backend_len = sizeof(backend),
		.mount_point = (uintptr_t)place, .mount_point_len = sizeof(place),
	};
	struct stat st;
	int fd;

	check(ioctl(dir_fd, DEFUSE_IOC_INFO, &info) == 0, "INFO: %m");
	check(fstat(dir_fd, &st) == 0 && info.dev_major == major(st.st_dev) &&
	      info.dev_minor == minor(st.st_dev), "INFO: the device");
	check(info.mount_id && info.mount_id == mount_id, "INFO: the mount ID");
	check(info.flags == DEFUSE_MOUNT_LOWER, "INFO: flags %#x", info.flags);
	check(!strcmp(backend, backend_dir), "INFO: backend '%s'", backend);
	check(!strcmp(place, mount_dir), "INFO: mount point '%s'", place);
	check(lib[0] == '/' && info.library_len == strlen(lib) + 1,
	      "INFO: library '%s' of %u bytes", lib, info.library_len);
	check(info.backend_len == strlen(backend) + 1 &&
	      info.mount_point_len == strlen(place) + 1, "INFO: the lengths");
	short_buffers(&info);
	library();

	/* Also on a file, and on an FD of either door. */
	make_file("info", "x", 0644);
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	fd = open(on_mount("info"), O_RDONLY);
	check(ioctl(fd, DEFUSE_IOC_INFO, &info) == 0 &&
	      info.mount_id == mount_id, "INFO on a file: %m");
	close(fd);
	fd = open_blind("/info", O_RDONLY);
	check(ioctl(fd, DEFUSE_IOC_INFO, &info) == 0 &&
	      info.mount_id == mount_id, "INFO on a shadow FD: %m");
	close(fd);
	fd = open("/", O_RDONLY);
	check_errno(ioctl(fd, DEFUSE_IOC_INFO, &info), ENOTTY,
		    "INFO on another file system");
	close(fd);
}
