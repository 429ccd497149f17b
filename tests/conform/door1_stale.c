// SPDX-License-Identifier: GPL-2.0
/*
 * Names that the library knows and the kernel does not, or no more: blind
 * dentries never make a name exist, and a change behind the kernel's back is
 * noticed by either door.
 */
#define _GNU_SOURCE
#include "door1.h"

#include <dirent.h>
#include <sys/file.h>

static void ghosts(void)
{
	struct stat st;
	char buf[16];
	int fd, dir;

	fd = open_blind("/t/ghost", O_RDWR);
	check(fd >= 0, "OPEN of a name that only the library knows: %m");
	check_errno(stat(on_mount("t/ghost"), &st), ENOENT, "stat of a ghost");
	check_errno(open(on_mount("t/ghost"), O_RDONLY), ENOENT,
		    "open of a ghost");
	check_errno(unlink(on_mount("t/ghost")), ENOENT, "unlink of a ghost");
	check_errno(link(on_mount("t/ghost"), on_mount("t/g2")), ENOENT,
		    "link of a ghost");
	check(read(fd, buf, 16) < 0, "read of a ghost");
	check(flock(fd, LOCK_EX) < 0, "flock of a ghost");
	check(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED,
	      "mmap of a ghost");
	close(fd);

	/* Below directories nobody ever walked. */
	fd = open_blind("/t/no/such/dir/file", O_RDONLY);
	check(fd >= 0, "OPEN below unknown directories: %m");
	check_errno(stat(on_mount("t/no"), &st), ENOENT, "stat of its parent");
	check_errno(mkdir(on_mount("t/no/x"), 0755), ENOENT, "mkdir below it");
	close(fd);
	dir = open_blind("/t/no2", O_RDONLY | O_DIRECTORY);
	close(dir);
	check(mkdir(on_mount("t/no2"), 0755) == 0,
	      "mkdir where a blind dentry was: %m");
	check(rmdir(on_mount("t/no2")) == 0, "rmdir: %m");
}

static int listed(const char *dir, const char *name)
{
	DIR *d = opendir(on_mount(dir));
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return n;
}

/* The library made it on the backend while the kernel held "no such name". */
static void appears(void)
{
	struct stat st, other;
	char buf[8] = "";
	int fd;

	check_errno(stat(on_mount("t/late"), &st), ENOENT, "not there yet");
	make_file("t/late", "late", 0640);
	check(stat(on_mount("t/late"), &st) == 0, "a new file by door 2: %m");
	check(listed("t", "late") == 1, "listed %d times", listed("t", "late"));
	fd = open_blind("/t/late", O_RDONLY);
	check(fd >= 0 && read(fd, buf, 4) == 4 && !memcmp(buf, "late", 4),
	      "by door 1: %m");
	check(fstat(fd, &other) == 0 && other.st_ino == st.st_ino &&
	      other.st_mode == (S_IFREG | 0640), "the same file");
	close(fd);
}

static void disappears(void)
{
	struct stat st;
	char buf[8] = "";
	int fd;

	make_file("t/gone", "gone", 0644);
	fd = open_blind("/t/gone", O_RDONLY);
	check(stat(on_mount("t/gone"), &st) == 0, "stat: %m");
	check(pread(fd, buf, 4, 0) == 4, "read: %m");
	unlink(on_backend("t/gone"));
	check_errno(stat(on_mount("t/gone"), &st), ENOENT,
		    "unlinked on the backend");
	check(listed("t", "gone") == 0, "still listed");
	check(pread(fd, buf, 4, 0) == 4 && !memcmp(buf, "gone", 4),
	      "an FD verified before: %m");
	close(fd);
}

static void changes_type(void)
{
	struct stat st, dir;
	int fd, second;

	make_file("t/turn", "a file", 0644);
	fd = open_blind("/t/turn", O_RDONLY);
	check(fd >= 0, "OPEN: %m");
	unlink(on_backend("t/turn"));
	mkdir(on_backend("t/turn"), 0755);
	second = open_blind("/t/turn", O_RDONLY | O_DIRECTORY);
	check(second >= 0 && fstat(second, &dir) == 0 && S_ISDIR(dir.st_mode),
	      "OPEN of what is a directory now: %m");
	/* Nobody verified it, or gave the file: then the name was all there was. */
	check_errno(fstat(fd, &st), ESTALE, "fstat of the FD from before");
	check(stat(on_mount("t/turn"), &st) == 0 && S_ISDIR(st.st_mode),
	      "stat by door 2: %m");
	close(second);
	second = open_blind("/t/turn/inside", O_RDONLY);
	check(second >= 0, "OPEN below it: %m");
	close(second);
	close(fd);
	rmdir(on_backend("t/turn"));
	make_file("t/turn", "again", 0644);
	fd = open_blind("/t/turn", O_RDONLY);
	check(fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode),
	      "and back: %m");
	close(fd);
}

static void changes_identity(void)
{
	struct stat old, st, door2;
	char buf[8] = "";
	int fd, second;

	make_file("t/swap", "old", 0644);
	fd = open_blind("/t/swap", O_RDONLY);
	check(fd >= 0 && read(fd, buf, 3) == 3 && fstat(fd, &old) == 0,
	      "before: %m");
	make_file("t/swap.new", "new", 0644);
	rename(on_backend("t/swap.new"), on_backend("t/swap"));
	second = open_blind("/t/swap", O_RDONLY);
	check(second >= 0 && read(second, buf, 3) == 3 &&
	      !memcmp(buf, "new", 3), "the new file: %m");
	check(fstat(second, &st) == 0 && st.st_ino != old.st_ino,
	      "the new file has the old st_ino");
	check(stat(on_mount("t/swap"), &door2) == 0 && door2.st_ino == st.st_ino,
	      "door 2 sees st_ino %lu, door 1 %lu", door2.st_ino, st.st_ino);
	check(pread(fd, buf, 3, 0) == 3 && !memcmp(buf, "old", 3),
	      "the old FD reads '%s'", buf);
	close(second);
	close(fd);

	/* The kernel was the last to hear of a rename: one identity, two names. */
	make_file("t/from", "carried", 0644);
	fd = open_blind("/t/from", O_RDONLY);
	rename(on_backend("t/from"), on_backend("t/to"));
	second = open_blind("/t/to", O_RDONLY);
	check(fd >= 0 && second >= 0 && fstat(fd, &old) == 0 &&
	      fstat(second, &st) == 0 && old.st_ino == st.st_ino,
	      "one file after a rename on the backend");
	check_errno(stat(on_mount("t/from"), &st), ENOENT, "the old name");
	close(fd);
	close(second);
}

/* A blind FD whose file was exchanged before it was verified: never the other's. */
static void exchanged(void)
{
	char buf[16] = "";
	int fd;

	make_file("t/x", "this one", 0644);
	fd = open_blind("/t/x", O_RDONLY);
	make_file("t/x.new", "that one", 0644);
	rename(on_backend("t/x.new"), on_backend("t/x"));
	check(read(fd, buf, 8) < 0 || !memcmp(buf, "this one", 8),
	      "a late verification took '%s'", buf);
	close(fd);
}

static void locks_meet(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct flock same = whole;
	int a, b, c;

	make_file("t/lock", "lock", 0644);
	link(on_backend("t/lock"), on_backend("t/lock2"));
	a = open_blind("/t/lock", O_RDWR);
	b = open(on_mount("t/lock2"), O_RDWR);
	c = open(on_backend("t/lock"), O_RDWR);
	check(flock(a, LOCK_EX | LOCK_NB) == 0, "flock by door 1: %m");
	check_errno(flock(b, LOCK_SH | LOCK_NB), EAGAIN, "flock by door 2");
	check_errno(flock(c, LOCK_SH | LOCK_NB), EAGAIN, "on the backend");
	check(flock(a, LOCK_UN) == 0 && flock(b, LOCK_EX | LOCK_NB) == 0,
	      "handed over: %m");
	check_errno(flock(a, LOCK_SH | LOCK_NB), EAGAIN, "the other way");
	flock(b, LOCK_UN);
	check(fcntl(a, F_OFD_SETLK, &whole) == 0, "an OFD lock: %m");
	check_errno(fcntl(b, F_OFD_SETLK, &same), EAGAIN, "by door 2");
	check_errno(fcntl(c, F_OFD_SETLK, &same), EAGAIN, "on the backend");
	close(a);
	check(fcntl(b, F_OFD_SETLK, &same) == 0, "closing releases: %m");
	close(b);
	close(c);
}

void test_stale(void)
{
	mkdir(on_backend("t"), 0755);
	ghosts();
	appears();
	disappears();
	changes_type();
	changes_identity();
	exchanged();
	locks_meet();
}
