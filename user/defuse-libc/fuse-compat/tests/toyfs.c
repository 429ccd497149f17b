// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * toyfs [OPTIONS] -o root=DIR[,ino][,null][,direct] MOUNTPOINT
 *
 * A FUSE file system for tests: shows DIR.  It is as careless as real ones may be: it
 * reads in small pieces, writes into fuse_file_info where nobody asked it to, and lives
 * by global variables.  /.caller has the caller's user, group, process and number of
 * groups for attributes, for times how many files were flushed and released, and for
 * blocks how many are reading it, which takes until the file DIR/.go exists.  It does not
 * begin while DIR/.ill exists.
 *
 *	ino	inode numbers are DIR's
 *	null	needs no paths of open files
 *	direct	wants no pages cached
 */
#define FUSE_USE_VERSION 31
#include <fuse.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE	1000
#define CALLER	"/.caller"
#define CALLER_FH	1000000

/* Space is not for those who try what fallocate() does. */
#define ALLOCATE_MAX	(1 << 20)

static struct {
	char *root;
	int ino, null, direct;
	_Atomic unsigned int flushed, released, reading;
} toy;

static const struct fuse_opt options[] = {
	{ "root=%s", offsetof(__typeof__(toy), root), 0 },
	{ "ino", offsetof(__typeof__(toy), ino), 1 },
	{ "null", offsetof(__typeof__(toy), null), 1 },
	{ "direct", offsetof(__typeof__(toy), direct), 1 },
	FUSE_OPT_END
};

static const char *at(const char *path)
{
	static __thread char names[2][8192];
	static __thread int i;

	i = !i;
	snprintf(names[i], sizeof(names[i]), "%s%s", toy.root, path);
	return names[i];
}

static int result(int ret)
{
	return ret < 0 ? -errno : 0;
}

static void *toy_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	(void)conn;
	cfg->use_ino = toy.ino;
	cfg->nullpath_ok = toy.null;
	return &toy;
}

static int toy_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	const struct fuse_context *c = fuse_get_context();

	if (c->private_data != &toy)
		return -EIO;
	if (fi ? fi->fh == CALLER_FH : strcmp(path, CALLER) == 0) {
		st->st_mode = S_IFREG | 0444;
		st->st_uid = c->uid;
		st->st_gid = c->gid;
		st->st_size = c->pid;
		st->st_nlink = fuse_getgroups(0, NULL);
		st->st_atime = toy.flushed;
		st->st_mtime = toy.released;
		st->st_blocks = toy.reading;
		return 0;
	}
	return result(fi ? fstat(fi->fh, st) : lstat(at(path), st));
}

static int toy_readlink(const char *path, char *buf, size_t size)
{
	ssize_t n = readlink(at(path), buf, size - 1);

	if (n >= 0)
		buf[n] = '\0';
	return result(n);
}

static int toy_mkdir(const char *path, mode_t mode)
{
	return result(mkdir(at(path), mode));
}

static int toy_unlink(const char *path)
{
	return result(unlink(at(path)));
}

static int toy_rmdir(const char *path)
{
	return result(rmdir(at(path)));
}

static int toy_symlink(const char *target, const char *path)
{
	return result(symlink(target, at(path)));
}

static int toy_rename(const char *from, const char *to, unsigned int flags)
{
	return result(renameat2(AT_FDCWD, at(from), AT_FDCWD, at(to), flags));
}

static int toy_link(const char *from, const char *to)
{
	return result(link(at(from), at(to)));
}

static int toy_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	return result(path ? chmod(at(path), mode) : fchmod(fi->fh, mode));
}

static int toy_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	return result(fi ? fchown(fi->fh, uid, gid) : lchown(at(path), uid, gid));
}

static int toy_truncate(const char *path, off_t length, struct fuse_file_info *fi)
{
	return result(fi ? ftruncate(fi->fh, length) : truncate(at(path), length));
}

static int toy_utimens(const char *path, const struct timespec times[2],
		       struct fuse_file_info *fi)
{
	return result(fi ? futimens(fi->fh, times) :
			   utimensat(AT_FDCWD, at(path), times, AT_SYMLINK_NOFOLLOW));
}

static int toy_open(const char *path, struct fuse_file_info *fi)
{
	int fd = strcmp(path, CALLER) ? open(at(path), fi->flags) : CALLER_FH;

	fi->fh = fd;
	fi->direct_io = toy.direct;
	return result(fd);
}

/* The owner is the caller, as a server that runs as root must see to. */
static int toy_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	const struct fuse_context *c = fuse_get_context();
	int fd = open(at(path), fi->flags, mode);

	fi->fh = fd;
	fi->direct_io = toy.direct;
	if (fd >= 0 && geteuid() == 0 && c->uid && fchown(fd, c->uid, c->gid))
		return -errno;
	return result(fd);
}

static int toy_read(const char *path, char *buf, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	ssize_t n;

	(void)path;
	if (fi->fh == CALLER_FH) {
		toy.reading++;
		while (access(at("/.go"), F_OK))
			usleep(1000);
		toy.reading--;
		return 0;
	}
	n = pread(fi->fh, buf, size < PIECE ? size : PIECE, offset);
	fi->fh = 12345;
	return n < 0 ? -errno : n;
}

static int toy_write(const char *path, const char *buf, size_t size, off_t offset,
		     struct fuse_file_info *fi)
{
	ssize_t n = pwrite(fi->fh, buf, size, offset);

	(void)path;
	fi->fh = 12345;
	return n < 0 ? -errno : n;
}

static off_t toy_lseek(const char *path, off_t offset, int whence, struct fuse_file_info *fi)
{
	off_t at = lseek(fi->fh, offset, whence);

	(void)path;
	return at < 0 ? -errno : at;
}

static int toy_fallocate(const char *path, int mode, off_t offset, off_t len,
			 struct fuse_file_info *fi)
{
	(void)path;
	if (offset + len > ALLOCATE_MAX)
		return -ENOSPC;
	return result(fallocate(fi->fh, mode, offset, len));
}

static int toy_statfs(const char *path, struct statvfs *st)
{
	return result(statvfs(at(path), st));
}

static int toy_flush(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	toy.flushed++;
	return fi->flush ? 0 : -EIO;
}

static int toy_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	toy.released++;
	if (fi->fh != CALLER_FH)
		close(fi->fh);
	return 0;
}

static int toy_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	(void)path;
	return result(data ? fdatasync(fi->fh) : fsync(fi->fh));
}

static int toy_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset,
		       struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	int fd = openat(fi->fh, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	(void)path;
	(void)offset;
	(void)flags;
	fi->fh = 12345;
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		struct stat st = { .st_ino = e->d_ino, .st_mode = e->d_type << 12 };

		if (fill(buf, e->d_name, &st, 0, 0))
			break;
	}
	closedir(dir);
	return 0;
}

static int toy_opendir(const char *path, struct fuse_file_info *fi)
{
	int fd = open(at(path), O_RDONLY | O_DIRECTORY);

	fi->fh = fd;
	return result(fd);
}

static int toy_access(const char *path, int mask)
{
	return result(access(at(path), mask));
}

static const struct fuse_operations operations = {
	.init = toy_init,
	.getattr = toy_getattr,
	.readlink = toy_readlink,
	.mkdir = toy_mkdir,
	.unlink = toy_unlink,
	.rmdir = toy_rmdir,
	.symlink = toy_symlink,
	.rename = toy_rename,
	.link = toy_link,
	.chmod = toy_chmod,
	.chown = toy_chown,
	.truncate = toy_truncate,
	.utimens = toy_utimens,
	.open = toy_open,
	.create = toy_create,
	.read = toy_read,
	.write = toy_write,
	.lseek = toy_lseek,
	.fallocate = toy_fallocate,
	.statfs = toy_statfs,
	.flush = toy_flush,
	.release = toy_release,
	.fsync = toy_fsync,
	.opendir = toy_opendir,
	.readdir = toy_readdir,
	.releasedir = toy_release,
	.access = toy_access,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	int ret;

	if (fuse_opt_parse(&args, &toy, options, NULL) || !toy.root) {
		fprintf(stderr, "toyfs: say root=DIR\n");
		exit(2);
	}
	if (access(at("/.ill"), F_OK) == 0) {
		fprintf(stderr, "toyfs: not today\n");
		exit(3);
	}
	umask(0);
	ret = fuse_main(args.argc, args.argv, &operations, &toy);
	fuse_opt_free_args(&args);
	free(toy.root);
	return ret;
}
