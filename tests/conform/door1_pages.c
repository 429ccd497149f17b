// SPDX-License-Identifier: GPL-2.0
/*
 * Page objects and the marker for mmap.  On a mount without paging=userfaultfd: that
 * there are none.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <linux/falloc.h>
#include <linux/userfaultfd.h>
#include <sys/file.h>
#include <sys/mount.h>

enum { PAGE = 4096 };

static struct defuse_live *live;
static int fd = -1;
static int has_lower;

static struct defuse_pages request(unsigned int flags)
{
	return (struct defuse_pages){
		.size = sizeof(struct defuse_pages),
		.flags = flags,
		.mount_id = mount_id,
		.device = 77,
		.inode = 4711,
	};
}

static unsigned int count(void)
{
	return *(volatile unsigned int *)&live->count[DEFUSE_LIVE_CLASS(77, 4711)];
}

static void errors(void)
{
	struct defuse_pages p;

#define REFUSE(error, on, field, value) do {					\
	p = request(DEFUSE_PAGES_CREATE);					\
	p.field = (value);							\
	check_errno(ioctl(on, DEFUSE_IOC_PAGES, &p), error, #field " = " #value);	\
} while (0)
	REFUSE(EINVAL, fd, size, sizeof(p) - 8);
	REFUSE(EINVAL, fd, size, 0);
	REFUSE(EINVAL, fd, flags, 4);
	REFUSE(EINVAL, fd, flags, DEFUSE_PAGES_CREATED);
	REFUSE(EXDEV, fd, mount_id, mount_id + 1);
	REFUSE(EISDIR, dir_fd, inode, 4711);
	p = request(DEFUSE_PAGES_CREATE);
	p.device = p.inode = 0;
	check_errno(ioctl(fd, DEFUSE_IOC_PAGES, &p), EINVAL, "no identity");
	p = request(0);
	check_errno(ioctl(fd, DEFUSE_IOC_PAGES, &p), ENOENT, "there is none");
	check_errno(ioctl(dir_fd, DEFUSE_IOC_PAGES, &p), ENOENT, "there is none");
	check_errno(ioctl(fd, DEFUSE_IOC_PAGES, NULL), EFAULT, "no address");
	check(count() == 0, "nothing was made");
}

/* Other users have other pages. */
static void another_user(void)
{
	struct defuse_pages p = request(0);

	check_errno(ioctl(fd, DEFUSE_IOC_PAGES, &p), ENOENT, "root's pages");
	p = request(DEFUSE_PAGES_CREATE);
	check(ioctl(fd, DEFUSE_IOC_PAGES, &p) == 0 && p.flags & DEFUSE_PAGES_CREATED,
	      "pages of his own");
	check(count() == 2, "and both are counted");
}

static void watch(char *map)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)map, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	static char page[PAGE] __attribute__((aligned(PAGE))) = "filled";
	struct uffdio_copy copy = {
		.dst = (uintptr_t)map, .src = (uintptr_t)page, .len = PAGE,
	};
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	check(ioctl(uffd, UFFDIO_API, &api) == 0, "userfaultfd");
	check(ioctl(uffd, UFFDIO_REGISTER, &reg) == 0, "pages can be watched");
	check(ioctl(uffd, UFFDIO_COPY, &copy) == 0, "and filled");
	check_errno(ioctl(uffd, UFFDIO_COPY, &copy), EEXIST, "once");
	close(uffd);
}

static void object(void)
{
	struct defuse_pages a = request(DEFUSE_PAGES_CREATE), b = request(0), c;
	char buf[8] = "", *map;

	check(ioctl(fd, DEFUSE_IOC_PAGES, &a) == 0 && a.flags & DEFUSE_PAGES_CREATED, "made");
	check(ioctl(dir_fd, DEFUSE_IOC_PAGES, &b) == 0 && !b.flags, "found, by a directory");
	check(count() == 1, "counted once, %u", count());
	check(ftruncate(a.pages_fd, 5000) == 0, "size");
	check(lseek(b.pages_fd, 0, SEEK_END) == 5000, "of both");
	map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, a.pages_fd, 0);
	check(map != MAP_FAILED, "mapped");
	check(lseek(a.pages_fd, 0, SEEK_DATA) < 0 && errno == ENXIO, "nothing is there");
	watch(map);
	check(lseek(a.pages_fd, 0, SEEK_HOLE) == PAGE, "a page is there");
	check(pread(b.pages_fd, buf, 6, 0) == 6 && !strcmp(buf, "filled"), "the same page");
	check(pwrite(b.pages_fd, "F", 1, 0) == 1 && *map == 'F', "the same page");
	check(pwrite(a.ledger_fd, "x", 1, 0) == 1 && pread(b.ledger_fd, buf, 1, 0) == 1 &&
	      *buf == 'x', "the same ledger");
	check_errno(madvise(map, PAGE, MADV_REMOVE), EOPNOTSUPP, "no hole by madvise");
	check_errno(fallocate(a.pages_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE),
		    EOPNOTSUPP, "no hole by fallocate");
	check(flock(a.pages_fd, LOCK_EX) == 0, "locked");
	check_errno(flock(b.pages_fd, LOCK_EX | LOCK_NB), EWOULDBLOCK, "for the other");
	c = (struct defuse_pages){ .size = sizeof(c) };
	check(ioctl(a.pages_fd, DEFUSE_IOC_PAGES, &c) == 0, "another description");
	check_errno(flock(c.pages_fd, LOCK_EX | LOCK_NB), EWOULDBLOCK, "of its own");
	check_errno(ioctl(a.pages_fd, DEFUSE_IOC_LIVE), ENOTTY, "no other ioctl");
	check(msync(map, PAGE, MS_SYNC) == 0, "msync");
	as_nobody(another_user);
	check(count() == 1, "the other user's are gone");
	close(a.pages_fd);
	close(b.pages_fd);
	close(c.pages_fd);
	check(count() == 1, "alive while mapped");
	close(fd);
	check_errno(umount2(mount_dir, 0), EBUSY, "and the mount busy");
	fd = open_blind("/pages", O_RDWR);
	munmap(map, 2 * PAGE);
	close(a.ledger_fd);
	close(b.ledger_fd);
	close(c.ledger_fd);
	check(count() == 0, "gone with the last mapping, %u", count());
}

static void no_exec(void)
{
	struct defuse_pages p = request(DEFUSE_PAGES_CREATE);
	char *map;
	int other;

	check(mount(NULL, mount_dir, NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL) == 0,
	      "remounted noexec");
	other = open_blind("/pages", O_RDONLY);
	check(ioctl(other, DEFUSE_IOC_PAGES, &p) == 0, "made");
	check_errno(mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, p.pages_fd, 0), EPERM, "noexec");
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, p.pages_fd, 0);
	check_errno(mprotect(map, PAGE, PROT_EXEC), EACCES, "nor later");
	munmap(map, PAGE);
	close(p.pages_fd);
	close(p.ledger_fd);
	close(other);
	mount(NULL, mount_dir, NULL, MS_REMOUNT | MS_BIND, NULL);
}

/* Answered before anything is unmapped. */
static void marker(void)
{
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long ret;

	*map = 'x';
	declare(&mailbox);
	ret = syscall(SYS_mmap, map, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	undeclare();
	check(ret == -1 && errno == DEFUSE_MARKER, "marker for a private mapping");
	check(mailbox.kind == DEFUSE_MAIL_FD && mailbox.mount_id == mount_id, "with mail");
	check(mailbox.flags & DEFUSE_MOUNT_PAGING, "that tells of paging");
	check(*map == 'x', "and no effect");
	declare(&mailbox);
	ret = syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	undeclare();
	if (has_lower)
		check(ret != -1, "a shared mapping is of the lower file");
	else
		check(ret == -1 && errno == DEFUSE_MARKER, "marker for a shared mapping");
	ret = syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (has_lower)
		check(ret != -1, "undeclared: the lower file");
	else
		check(ret == -1 && errno == ENODEV, "undeclared: no device");
	munmap(map, PAGE);
}

void test_pages(void)
{
	struct defuse_info info = { .size = sizeof(info) };
	struct defuse_pages p = request(DEFUSE_PAGES_CREATE);
	int live_fd;

	make_file("pages", "pages", 0644);
	fd = open_blind("/pages", O_RDWR);
	check(fd >= 0, "open");
	check(ioctl(dir_fd, DEFUSE_IOC_INFO, &info) == 0, "info");
	has_lower = info.flags & DEFUSE_MOUNT_LOWER;
	if (!(info.flags & DEFUSE_MOUNT_PAGING)) {
		check_errno(ioctl(fd, DEFUSE_IOC_PAGES, &p), EOPNOTSUPP, "no pages");
		check_errno(ioctl(fd, DEFUSE_IOC_LIVE), EOPNOTSUPP, "no counters");
		close(fd);
		return;
	}
	live_fd = ioctl(dir_fd, DEFUSE_IOC_LIVE);
	check_errno(mmap(NULL, sizeof(*live), PROT_READ | PROT_WRITE, MAP_SHARED, live_fd, 0),
		    EACCES, "counters are not to be written");
	live = mmap(NULL, sizeof(*live), PROT_READ, MAP_SHARED, live_fd, 0);
	if (!check(live != MAP_FAILED, "counters"))
		return;
	close(live_fd);
	errors();
	object();
	no_exec();
	marker();
	close(fd);
}
