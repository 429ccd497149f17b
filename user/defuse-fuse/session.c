// SPDX-License-Identifier: GPL-2.0
/*
 * One server's life on the connection.
 *
 * It reads through a clone of the connection's FD: when it dies, the kernel ends the
 * requests that it had taken (ECONNABORTED), while the original FD, which the supervisor
 * holds, keeps the connection.  The kernel says INIT only once: it is written down, and
 * repeated to the libfuse of each later server, whose answer is thrown away.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static bool repeating;

static ssize_t connection_read(int fd, void *buf, size_t len, void *user)
{
	const struct fuse_in_header *in = buf;
	ssize_t n = read(fd, buf, len);

	(void)user;
	if (n >= (ssize_t)sizeof(*in) && in->opcode == FUSE_INIT &&
	    (size_t)n <= sizeof(store->init)) {
		memcpy(store->init, buf, n);
		__atomic_store_n(&store->init_len, n, __ATOMIC_RELEASE);
	}
	return n;
}

static ssize_t connection_writev(int fd, struct iovec *iov, int count, void *user)
{
	ssize_t n = 0;
	int i;

	(void)user;
	if (!repeating)
		return writev(fd, iov, count);
	for (i = 0; i < count; i++)
		n += iov[i].iov_len;
	return n;
}

static const struct fuse_custom_io connection_io = {
	.read = connection_read,
	.writev = connection_writev,
};

static void session_init(void *user, struct fuse_conn_info *conn)
{
	(void)user;
	/*
	 * The kernel clears setuid bits itself: a library that runs with root's rights
	 * for a flush would not.
	 */
	conn->want &= ~FUSE_CAP_HANDLE_KILLPRIV;
	/*
	 * Below a defuse mount the module says what is dropped from the page cache, and when
	 * (maps.c there).  The kernel's FUSE would do it for a new mtime or size, also while a
	 * write into that page is on its way to us; read again before it arrives, the page is
	 * what it was, and its write-back undoes the write.
	 */
	if (server.lower && server.shared) {
		conn->want &= ~FUSE_CAP_AUTO_INVAL_DATA;
		conn->want |= conn->capable & FUSE_CAP_EXPLICIT_INVAL_DATA;
	}
	if (server.writeback && conn->capable & FUSE_CAP_WRITEBACK_CACHE)
		conn->want |= FUSE_CAP_WRITEBACK_CACHE;
	else
		server.writeback = false;
	if (server.max_write && server.max_write < conn->max_write)
		conn->max_write = server.max_write;
}

static const struct fuse_lowlevel_ops operations = {
	.init = session_init,
	.lookup = name_lookup,
	.forget = name_forget,
	.forget_multi = name_forget_multi,
	.getattr = attr_getattr,
	.setattr = attr_setattr,
	.readlink = name_readlink,
	.mknod = name_mknod,
	.mkdir = name_mkdir,
	.unlink = name_unlink,
	.rmdir = name_rmdir,
	.symlink = name_symlink,
	.rename = name_rename,
	.link = name_link,
	.open = io_open,
	.read = io_read,
	.write = io_write,
	.flush = io_flush,
	.release = io_release,
	.fsync = io_fsync,
	.opendir = io_opendir,
	.readdir = io_readdir,
	.releasedir = io_release,
	.fsyncdir = io_fsync,
	.statfs = attr_statfs,
	.access = attr_access,
	.create = io_create,
	.fallocate = io_fallocate,
	.lseek = io_lseek,
};

static int clone_connection(int fuse_fd)
{
	uint32_t original = fuse_fd;
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, FUSE_DEV_IOC_CLONE, &original)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void greet_again(struct fuse_session *session)
{
	struct fuse_buf init = { .size = store->init_len, .mem = store->init };

	repeating = true;
	fuse_session_process_buf(session, &init);
	repeating = false;
}

static int serve_session(struct fuse_session *session, int fd)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int err;

	if (!config || fuse_session_custom_io(session, &connection_io, fd))
		return 1;
	fuse_loop_cfg_set_max_threads(config, server.threads);
	if (store->init_len)
		greet_again(session);
	err = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	if (err)
		say("the connection: %s", strerror(err < 0 ? -err : err));
	return err ? 1 : 0;
}

int session_prepare(void)
{
	const char *wrong = library_load();
	int err;

	if (wrong) {
		say("%s: %s", server.library, wrong);
		return -1;
	}
	umask(0);
	err = node_start() ?: file_start();
	if (err)
		say("%s: %s", server.library, strerror(-err));
	return err;
}

int session_serve(int fuse_fd)
{
	char *argv[] = { "defuse-fuse", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *session;
	int fd, status;

	fd = clone_connection(fuse_fd);
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (fd < 0 || !session) {
		say("cannot serve /dev/fuse: %s", strerror(errno));
		return 1;
	}
	status = serve_session(session, fd);
	if (server.ops.finalize)
		server.ops.finalize(server.fs);
	fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	return status;
}
