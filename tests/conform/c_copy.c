// SPDX-License-Identifier: GPL-2.0
/* What the kernel moves by itself: copies, splices, holes, allocation. */
#include "conform.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static char elsewhere[PATH_MAX];

static int outside(int flags)
{
	snprintf(elsewhere, sizeof(elsewhere), "%s/%s-%d", dir_else,
		 scenario_name, (int)getpid());
	return open(elsewhere, flags | O_CREAT, 0644);
}

static void ranges(void)
{
	int in, out, other;
	loff_t from = 2, to = 1;

	put("in", "0123456789abcdef", 0644);
	in = R(open("in", O_RDONLY));
	out = R(open("out", O_CREAT | O_RDWR, 0644));
	R(copy_file_range(in, NULL, out, NULL, 5, 0));
	R(lseek(in, 0, SEEK_CUR));
	R(lseek(out, 0, SEEK_CUR));
	R(copy_file_range(in, &from, out, &to, 100, 0));
	say("from %ld to %ld", from, to);
	R(copy_file_range(in, &from, out, &to, 100, 0));
	R(copy_file_range(in, NULL, out, NULL, 5, 1));
	R(copy_file_range(out, NULL, in, NULL, 5, 0));
	from = 0;
	to = 3;
	other = R(open("in", O_RDWR));
	R(copy_file_range(in, &from, other, &to, 10, 0));
	SEE("out");
	SEE_BACK("out");
	R(ioctl(out, FICLONE, in));
	to = outside(O_RDWR);
	lseek(in, 0, SEEK_SET);
	note("copy_file_range to another file system: %zd %s",
	     copy_file_range(in, NULL, to, NULL, 5, 0), errno_name(errno));
	unlink(elsewhere);
	R(copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 1, 0));
	FS(in);
}

static void sending(void)
{
	char buf[100];
	int in, out, append, pair[2];
	off_t at = 3;

	put("in", "0123456789abcdef", 0644);
	in = R(open("in", O_RDONLY));
	out = R(open("out", O_CREAT | O_RDWR, 0644));
	append = R(open("out", O_WRONLY | O_APPEND));
	R(sendfile(out, in, NULL, 5));
	R(lseek(in, 0, SEEK_CUR));
	R(lseek(out, 0, SEEK_CUR));
	R(sendfile(out, in, &at, 4));
	say("at %ld", at);
	R(sendfile(out, in, NULL, 100));
	R(sendfile(append, in, NULL, 1));
	R(sendfile(in, out, NULL, 5));
	SEE("out");
	SEE_BACK("out");
	R(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	at = 0;
	R(sendfile(pair[0], in, &at, 16));
	X(buf, R(read(pair[1], buf, 100)));
	in = outside(O_RDWR);
	write(in, "from outside", 12);
	lseek(in, 0, SEEK_SET);
	R(sendfile(out, in, NULL, 100));
	unlink(elsewhere);
	SEE("out");
}

static void splicing(void)
{
	char buf[100];
	int in, out, p[2];
	loff_t at = 4;

	put("in", "0123456789abcdef", 0644);
	in = R(open("in", O_RDONLY));
	out = R(open("out", O_CREAT | O_RDWR, 0644));
	R(pipe(p));
	R(splice(in, NULL, p[1], NULL, 6, 0));
	R(lseek(in, 0, SEEK_CUR));
	R(splice(in, &at, p[1], NULL, 3, 0));
	say("at %ld", at);
	X(buf, R(read(p[0], buf, 4)));
	R(splice(p[0], NULL, out, NULL, 100, 0));
	R(lseek(out, 0, SEEK_CUR));
	SEE("out");
	R(write(p[1], "vector", 6));
	at = 2;
	R(splice(p[0], NULL, out, &at, 6, 0));
	R(splice(in, NULL, out, NULL, 4, 0));
	R(fcntl(out, F_SETFL, O_APPEND));
	R(write(p[1], "x", 1));
	R(splice(p[0], NULL, out, NULL, 1, 0));
	SEE("out");
	SEE_BACK("out");
}

static void holes(void)
{
	static char block[8192];
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));

	memset(block, 'b', sizeof(block));
	R(pwrite(fd, block, 4096, 65536));
	R(pwrite(fd, block, 4096, 3 * 65536));
	FS(fd);
	R(lseek(fd, 0, SEEK_HOLE));
	R(lseek(fd, 0, SEEK_DATA));
	R(lseek(fd, 65536, SEEK_HOLE));
	R(lseek(fd, 70000, SEEK_DATA));
	R(lseek(fd, 3 * 65536 + 10, SEEK_HOLE));
	R(lseek(fd, 10000000, SEEK_DATA));
	R(lseek(fd, 10000000, SEEK_HOLE));
	R(lseek(fd, -1, SEEK_DATA));
	R(lseek(fd, 0, SEEK_CUR));
	R(ftruncate(fd, 4 * 65536));
	R(lseek(fd, 3 * 65536 + 4096, SEEK_DATA));
	SEE("f");
	SEE_BACK("f");
}

static void allocation(void)
{
	static char block[20000];
	int fd = R(open("f", O_CREAT | O_RDWR, 0644));
	int ro;

	memset(block, 'a', sizeof(block));
	R(fallocate(fd, 0, 0, 10000));
	FS(fd);
	R(fallocate(fd, FALLOC_FL_KEEP_SIZE, 10000, 20000));
	FS(fd);
	R(pwrite(fd, block, 20000, 0));
	R(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192));
	FS(fd);
	SEE("f");
	R(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	R(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096));
	R(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096));
	R(fallocate(fd, 0, -1, 10));
	R(fallocate(fd, 0, 0, 0));
	R(fallocate(fd, 0, LONG_MAX - 10, 100));
	R(posix_fallocate(fd, 0, 30000));
	R(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	R(readahead(fd, 0, 4096));
	R(sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE));
	R(syncfs(fd));
	R(fsync(fd));
	R(fdatasync(fd));
	ro = R(open("f", O_RDONLY));
	R(fallocate(ro, 0, 0, 100));
	R(fallocate(R(open(".", O_RDONLY)), 0, 0, 100));
	SEE("f");
	SEE_BACK("f");
}

static void both_move(void)
{
	int in = -1, out = -1;

	ON(A) {
		put("in", "shared by both of them", 0644);
		out = R(open("out", O_CREAT | O_RDWR, 0644));
	}
	ON(B) {
		in = R(open("in", O_RDONLY));
		out = R(open("out", O_RDWR));
		R(sendfile(out, in, NULL, 6));
	}
	ON(A) {
		in = R(open("in", O_RDONLY));
		R(lseek(out, 0, SEEK_END));
		R(copy_file_range(in, NULL, out, NULL, 10, 0));
		SEE("out");
	}
	ON(B) {
		R(fallocate(out, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 5));
		SEE("out");
	}
}

const struct scenario c_copy[] = {
	{ "copy-range", ranges, 0 },
	{ "copy-sendfile", sending, 0 },
	{ "copy-splice", splicing, 0 },
	{ "copy-holes", holes, 0 },
	{ "copy-allocate", allocation, 0 },
	{ "copy-both", both_move, 1 },
	{ 0 },
};
