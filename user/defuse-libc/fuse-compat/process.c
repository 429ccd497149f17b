// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of a library made of a FUSE file system's source: the mount says whether it
 * runs in each process or in a server.
 *
 * In a process, init() runs the program's main() on a stack of its own until it comes to
 * fuse_loop(), and leaves it there for good: what main() has on its stack stays valid.
 */
#include "client.h"
#include "instance.h"
#include "words.h"
#include "wrap.h"

#include <defuse/fs.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES	(1 << 20)
#define GROUPS_MAX	256

/* The program's. */
int program_main(int argc, char **argv) __asm__("main");

/**
 * struct mount - a mount
 * @client: instance=shared: what client_init() made, else NULL
 * @fuse:   instance=process
 */
struct mount {
	const struct defuse_host *host;
	void *client;
	struct fuse *fuse;
};

static struct start {
	ucontext_t library, program;
	bool under_way;
	struct fuse *captured;
	struct words words;
} start;

const struct defuse_host *process_host;

bool process_starting(void)
{
	return start.under_way;
}

void process_captured(struct fuse *f)
{
	start.captured = f;
	process_gave_up();
}

void process_gave_up(void)
{
	swapcontext(&start.program, &start.library);
	abort();		/* nobody resumes it */
}

static void run_program(void)
{
	program_main(start.words.argc, start.words.argv);
	process_gave_up();
}

/* Runs main() until it serves or ends. */
static int start_program(struct fuse **f)
{
	char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE))
		return -ENOMEM;
	getcontext(&start.program);
	start.program.uc_stack.ss_sp = stack;
	start.program.uc_stack.ss_size = STACK_BYTES;
	start.program.uc_link = NULL;
	makecontext(&start.program, run_program, 0);
	start.under_way = true;
	swapcontext(&start.library, &start.program);
	start.under_way = false;
	*f = start.captured;
	return *f ? 0 : -EINVAL;
}

static int process_init(const char *mount_point, const char *backend,
			const struct defuse_host *host, void **fs)
{
	struct mount *m = calloc(1, sizeof(*m));
	struct words words;
	const char *why;
	int err;

	if (!m)
		return -ENOMEM;
	err = words_cut(&words, backend, &why);
	if (err) {
		host->log(why);
		goto err_free;
	}
	m->host = host;
	if (words.shared && !words.socket) {
		host->log(WORDS_NO_SOCKET);
		words_free(&words);
		err = -EINVAL;
	} else if (words.shared) {
		err = client_init(words.socket, host, &m->client);
		words_free(&words);
	} else if (process_host) {
		host->log("a second mount of one file system in a process: "
			  "it has global variables; use instance=shared");
		words_free(&words);
		err = -EBUSY;
	} else {
		process_host = host;
		start.words = words;	/* main() may keep its arguments */
		start.words.argv[start.words.argc++] = strdup(mount_point);
		err = start_program(&m->fuse);
	}
	if (err)
		goto err_free;
	*fs = m;
	return 0;

err_free:
	free(m);
	return err;
}

/* The caller is this process.  @m serves it itself: false. */
static bool is_shared(struct mount *m)
{
	static __thread gid_t groups[GROUPS_MAX];
	int n = 0;

	if (m->client)
		return true;
	if (m->fuse->default_permissions)
		n = getgroups(GROUPS_MAX, groups);
	caller = (struct caller){
		.uid = geteuid(),
		.gid = getegid(),
		.pid = getpid(),
		.groups = groups,
		.ngroups = n > 0 ? n : 0,
	};
	return false;
}

static struct file *file_of(uint64_t fh)
{
	return (struct file *)fh;
}

static int process_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	struct mount *m = fs;
	struct file *file;
	struct stat st;
	int err;

	if (is_shared(m))
		return client_open(m->client, path, flags, mode, fh);
	if (flags & O_CREAT)
		caller.umask = m->host->umask();
	err = in_open(m->fuse, path, flags, mode, &file, &st);
	if (!err)
		*fh = (uintptr_t)file;
	return err;
}

static int process_flush(void *fs, uint64_t fh)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_flush(m->client, fh);
	atomic_store(&file_of(fh)->flushed, true);
	return in_flush(m->fuse, file_of(fh));
}

static int process_close(void *fs, uint64_t fh)
{
	struct mount *m = fs;
	int err = 0;

	if (is_shared(m))
		return client_close(m->client, fh);
	if (!atomic_load(&file_of(fh)->flushed))
		err = in_flush(m->fuse, file_of(fh));
	file_put(m->fuse, file_of(fh), 0);
	return err;
}

/* What is still open is closed by the kernel, after which nobody could be told. */
static void process_finalize(void *fs)
{
	struct mount *m = fs;

	if (is_shared(m))
		client_finalize(m->client);
	else
		files_flush(m->fuse);
}

static int process_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
			size_t *done)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_read(m->client, fh, buf, size, offset, done);
	return in_read(m->fuse, file_of(fh), buf, size, offset, done);
}

static int process_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
			 size_t *done)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_write(m->client, fh, buf, size, offset, done);
	return in_write(m->fuse, file_of(fh), buf, size, offset, done);
}

static int process_append(void *fs, uint64_t fh, const char *buf, size_t size,
			  size_t *done, off_t *end)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_append(m->client, fh, buf, size, done, end);
	return in_append(m->fuse, file_of(fh), buf, size, done, end);
}

static int process_fsync(void *fs, uint64_t fh, int data_sync)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_fsync(m->client, fh, data_sync);
	return in_fsync(m->fuse, file_of(fh), data_sync);
}

static int process_ftruncate(void *fs, uint64_t fh, off_t length)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_ftruncate(m->client, fh, length);
	return in_ftruncate(m->fuse, file_of(fh), length);
}

static int process_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_fgetattr(m->client, fh, st);
	return in_fgetattr(m->fuse, file_of(fh), st);
}

static int process_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len,
			int *lower_fd)
{
	struct mount *m = fs;

	if (m->client)
		return client_save(m->client, fh, blob, size, len, lower_fd);
	*len = 0;
	*lower_fd = -1;
	return 0;
}

static int process_restore(void *fs, const char *path, int flags, const void *blob,
			   size_t len, int lower_fd, uint64_t *fh)
{
	struct mount *m = fs;

	if (m->client)
		return client_restore(m->client, path, flags, blob, len, lower_fd, fh);
	if (lower_fd >= 0)
		m->host->close_fd(lower_fd);
	return path ? process_open(fs, path, flags, 0, fh) : -ESTALE;
}

static int process_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			      size_t *written)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_getdirents(m->client, fh, cookie, buf, size, written);
	return in_getdents(m->fuse, file_of(fh), cookie, buf, size, written);
}

static int process_fchmod(void *fs, uint64_t fh, mode_t mode)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_fchmod(m->client, fh, mode);
	return in_fchmod(m->fuse, file_of(fh), mode);
}

static int process_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_fchown(m->client, fh, uid, gid);
	return in_fchown(m->fuse, file_of(fh), uid, gid);
}

static int process_futime(void *fs, uint64_t fh, const struct timespec times[2])
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_futime(m->client, fh, times);
	return in_futime(m->fuse, file_of(fh), times);
}

static int process_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_fallocate(m->client, fh, mode, offset, len);
	return in_fallocate(m->fuse, file_of(fh), mode, offset, len);
}

static int process_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_seek(m->client, fh, offset, whence, result);
	return in_seek(m->fuse, file_of(fh), offset, whence, result);
}

static int process_statfs(void *fs, struct statfs *buf)
{
	struct mount *m = fs;

	return is_shared(m) ? client_statfs(m->client, buf) : in_statfs(m->fuse, buf);
}

static int process_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_getattr(m->client, path, st, flags);
	return in_getattr(m->fuse, path, st);
}

static int process_trunc(void *fs, const char *path, off_t length)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_trunc(m->client, path, length);
	return in_trunc(m->fuse, path, length);
}

static int process_readlink(void *fs, const char *path, char *buf, size_t size,
			    size_t *written)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_readlink(m->client, path, buf, size, written);
	return in_readlink(m->fuse, path, buf, size, written);
}

static int process_unlink(void *fs, const char *path)
{
	struct mount *m = fs;

	return is_shared(m) ? client_unlink(m->client, path) : in_unlink(m->fuse, path);
}

static int process_mkdir(void *fs, const char *path, mode_t mode)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_mkdir(m->client, path, mode);
	caller.umask = m->host->umask();
	return in_mkdir(m->fuse, path, mode);
}

static int process_rmdir(void *fs, const char *path)
{
	struct mount *m = fs;

	return is_shared(m) ? client_rmdir(m->client, path) : in_rmdir(m->fuse, path);
}

static int process_chown(void *fs, const char *path, uid_t uid, gid_t gid)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_chown(m->client, path, uid, gid);
	return in_chown(m->fuse, path, uid, gid);
}

static int process_chmod(void *fs, const char *path, mode_t mode)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_chmod(m->client, path, mode);
	return in_chmod(m->fuse, path, mode);
}

static int process_access(void *fs, const char *path, int mode, int flags)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_access(m->client, path, mode, flags);
	return in_access(m->fuse, path, mode);
}

static int process_rename(void *fs, const char *oldpath, const char *newpath,
			  unsigned int flags)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_rename(m->client, oldpath, newpath, flags);
	return in_rename(m->fuse, oldpath, newpath, flags);
}

static int process_utime(void *fs, const char *path, const struct timespec times[2])
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_utime(m->client, path, times);
	return in_utime(m->fuse, path, times);
}

static int process_symlink(void *fs, const char *target, const char *linkpath)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_symlink(m->client, target, linkpath);
	return in_symlink(m->fuse, target, linkpath);
}

static int process_link(void *fs, const char *oldpath, const char *newpath)
{
	struct mount *m = fs;

	if (is_shared(m))
		return client_link(m->client, oldpath, newpath);
	return in_link(m->fuse, oldpath, newpath);
}

static int process_atfork_child(void *fs)
{
	struct mount *m = fs;
	int i;

	if (m->client)
		return client_atfork_child(m->client);
	/* Threads of the parent may have held them. */
	pthread_mutex_init(&m->fuse->one, NULL);
	pthread_rwlock_init(&m->fuse->tree, NULL);
	pthread_mutex_init(&m->fuse->files, NULL);
	pthread_mutex_init(&m->fuse->inodes, NULL);
	for (i = 0; i < APPENDERS; i++)
		pthread_mutex_init(&m->fuse->appending[i], NULL);
	return 0;
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "fuse",
	.init = process_init,
	.finalize = process_finalize,
	.open = process_open,
	.close = process_close,
	.read = process_read,
	.write = process_write,
	.fsync = process_fsync,
	.ftruncate = process_ftruncate,
	.fgetattr = process_fgetattr,
	.save = process_save,
	.restore = process_restore,
	.getattr = process_getattr,
	.trunc = process_trunc,
	.readlink = process_readlink,
	.unlink = process_unlink,
	.mkdir = process_mkdir,
	.rmdir = process_rmdir,
	.getdirents = process_getdirents,
	.chown = process_chown,
	.chmod = process_chmod,
	.access = process_access,
	.rename = process_rename,
	.utime = process_utime,
	.symlink = process_symlink,
	.link = process_link,
	.append = process_append,
	.atfork_child = process_atfork_child,
	.statfs = process_statfs,
	.fchmod = process_fchmod,
	.fchown = process_fchown,
	.futime = process_futime,
	.fallocate = process_fallocate,
	.seek = process_seek,
	.flush = process_flush,
};
