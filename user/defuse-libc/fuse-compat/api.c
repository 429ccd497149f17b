// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of libfuse 3 that make, mount and run a file system.
 *
 * Facts of the interface are those of Debian's <fuse.h>; what has nothing to do with a
 * kernel (fuse_opt_*, fuse_buf_*, fuse_log, command lines) is Debian's libfuse itself.
 * The low-level interface is refused.
 */
#include "instance.h"
#include "ring.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define API	__attribute__((visibility("default")))

/* Headers rename some functions by FUSE_USE_VERSION; here are all names. */
#define NAMED(text)	__asm__(text)

#undef fuse_new
#undef fuse_loop_mt

struct fuse_session;

static struct fuse *of(struct fuse_session *se)
{
	return (struct fuse *)se;
}

static void init_locks(struct fuse *f)
{
	int i;

	pthread_mutex_init(&f->one, NULL);
	pthread_rwlock_init(&f->tree, NULL);
	pthread_mutex_init(&f->files, NULL);
	pthread_mutex_init(&f->inodes, NULL);
	for (i = 0; i < APPENDERS; i++)
		pthread_mutex_init(&f->appending[i], NULL);
}

static struct fuse *make(struct fuse_args *args, const struct fuse_operations *op,
			 size_t size, void *user_data)
{
	struct fuse *f;

	if (instance) {
		fuse_log(FUSE_LOG_ERR, "fuse: one file system in a process is all there can be\n");
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	memcpy(&f->op, op, size < sizeof(f->op) ? size : sizeof(f->op));
	f->user_data = user_data;
	f->owner = geteuid();
	f->handover = (struct handover){ -1, -1, -1 };
	f->shared = !process_starting();
	f->wake = f->shared ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	f->cfg.entry_timeout = f->cfg.attr_timeout = 1.0;
	init_locks(f);
	if (options_take(f, args)) {
		free(f);
		return NULL;
	}
	instance = f;
	return f;
}

struct fuse *new_plain(struct fuse_args *, const struct fuse_operations *, size_t, void *)
	NAMED("fuse_new");
API struct fuse *new_plain(struct fuse_args *args, const struct fuse_operations *op,
			   size_t size, void *user_data)
{
	return make(args, op, size, user_data);
}

struct fuse *new_30(struct fuse_args *, const struct fuse_operations *, size_t, void *)
	NAMED("fuse_new_30");
API struct fuse *new_30(struct fuse_args *args, const struct fuse_operations *op,
			size_t size, void *user_data)
{
	return make(args, op, size, user_data);
}

struct fuse *new_31(struct fuse_args *, const struct fuse_operations *, size_t, void *)
	NAMED("fuse_new_31");
API struct fuse *new_31(struct fuse_args *args, const struct fuse_operations *op,
			size_t size, void *user_data)
{
	return make(args, op, size, user_data);
}

API int fuse_mount(struct fuse *f, const char *mount_point)
{
	int err;

	f->mount_point = strdup(mount_point);
	if (!f->mount_point)
		return -1;
	if (!f->shared)
		return 0;
	err = handover_take(&f->handover);
	if (err == -ENOENT)
		fuse_log(FUSE_LOG_ERR, "fuse: no socket to serve; start me by defuse-server\n");
	if (!err)
		err = server_listen(f);
	if (err)
		fuse_log(FUSE_LOG_ERR, "fuse: cannot serve: %s\n", strerror(-err));
	return err ? -1 : 0;
}

API void fuse_unmount(struct fuse *f)
{
	if (f->handover.listener >= 0)
		close(f->handover.listener);
	f->handover.listener = -1;
}

/*
 * Process-wide things happen in init(): threads, descriptors.  So it is called when the
 * program went to the background, right before the first operation.
 */
static void initialize(struct fuse *f)
{
	struct fuse_conn_info *c = &f->conn;

	if (f->initialized)
		return;
	f->initialized = true;
	c->proto_major = 7;
	c->proto_minor = 38;
	c->max_write = c->max_read = c->max_readahead = RING_DATA;
	c->max_background = 12;
	c->congestion_threshold = 9;
	c->capable = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_DONT_MASK |
		     FUSE_CAP_PARALLEL_DIROPS;
	c->want = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS;
	if (f->op.init)
		f->user_data = f->op.init(c, &f->cfg);
	c->want &= c->capable;
}

/* Somebody waits to hear that this process serves.  Return: 0, or -errno: no more. */
static int tell_ready(struct fuse *f)
{
	pid_t self = getpid();
	int err = 0;

	if (f->handover.ready < 0)
		return 0;
	if (write(f->handover.ready, &self, sizeof(self)) != sizeof(self))
		err = -EPIPE;
	close(f->handover.ready);
	f->handover.ready = -1;
	return err;
}

static int run(struct fuse *f, bool single)
{
	int err;

	f->single = single;
	initialize(f);
	if (!f->shared)
		process_captured(f);
	err = tell_ready(f);
	return err ? err : server_loop(f);
}

API int fuse_loop(struct fuse *f)
{
	return run(f, true);
}

int loop_plain(struct fuse *, void *) NAMED("fuse_loop_mt");
API int loop_plain(struct fuse *f, void *config)
{
	(void)config;
	return run(f, false);
}

int loop_31(struct fuse *, int) NAMED("fuse_loop_mt_31");
API int loop_31(struct fuse *f, int clone_fd)
{
	(void)clone_fd;
	return run(f, false);
}

int loop_32(struct fuse *, void *) NAMED("fuse_loop_mt_32");
API int loop_32(struct fuse *f, void *config)
{
	(void)config;
	return run(f, false);
}

int loop_312(struct fuse *, void *) NAMED("fuse_loop_mt_312");
API int loop_312(struct fuse *f, void *config)
{
	(void)config;
	return run(f, false);
}

API void fuse_exit(struct fuse *f)
{
	atomic_store(&f->exited, 1);
	if (f->wake >= 0 && write(f->wake, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		return;		/* full: it is awake already */
}

API void fuse_destroy(struct fuse *f)
{
	files_expire(f, true);
	if (f->initialized && f->op.destroy)
		f->op.destroy(f->user_data);
	names_free(f);
	if (f->wake >= 0)
		close(f->wake);
	instance = NULL;
	free(f->mount_point);
	free(f);
}

API struct fuse_session *fuse_get_session(struct fuse *f)
{
	return (struct fuse_session *)f;
}

API void fuse_session_exit(struct fuse_session *se)
{
	fuse_exit(of(se));
}

API int fuse_session_exited(struct fuse_session *se)
{
	return atomic_load(&of(se)->exited);
}

API void fuse_session_reset(struct fuse_session *se)
{
	atomic_store(&of(se)->exited, 0);
}

/* For fcntl(); there is nothing to read. */
API int fuse_session_fd(struct fuse_session *se)
{
	return of(se)->handover.listener;
}

static void on_signal(int sig)
{
	(void)sig;
	if (instance)
		fuse_exit(instance);
}

static const int ending[] = { SIGHUP, SIGINT, SIGTERM };

API int fuse_set_signal_handlers(struct fuse_session *se)
{
	struct sigaction act = { .sa_handler = on_signal };
	size_t i;

	if (!of(se)->shared)
		return 0;
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], &act, NULL))
			return -1;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

API void fuse_remove_signal_handlers(struct fuse_session *se)
{
	size_t i;

	if (!of(se)->shared)
		return;
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		signal(ending[i], SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
}

/* The socket is there already: whoever waits for the parent may connect. */
API int fuse_daemonize(int foreground)
{
	if (foreground || process_starting())
		return 0;
	return daemon(0, 0);
}

API int fuse_main_real(int argc, char *argv[], const struct fuse_operations *op, size_t size,
		       void *user_data)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opts = { 0 };
	struct fuse *f = NULL;
	int ret = 1;

	if (fuse_parse_cmdline(&args, &opts))
		return 1;
	if (opts.show_version || opts.show_help) {
		printf("FUSE library version %s, served by DEFUSE\n", fuse_pkgversion());
		ret = 0;
		goto out;
	}
	if (!opts.mountpoint) {
		fuse_log(FUSE_LOG_ERR, "error: no mountpoint specified\n");
		ret = 2;
		goto out;
	}
	f = make(&args, op, size, user_data);
	if (!f) {
		ret = 3;
		goto out;
	}
	if (fuse_mount(f, opts.mountpoint)) {
		ret = 4;
		goto out;
	}
	if (fuse_daemonize(opts.foreground)) {
		ret = 5;
		goto out;
	}
	if (fuse_set_signal_handlers(fuse_get_session(f))) {
		ret = 6;
		goto out;
	}
	ret = run(f, opts.singlethread) ? 8 : 0;
	fuse_remove_signal_handlers(fuse_get_session(f));
out:
	if (f) {
		fuse_unmount(f);
		fuse_destroy(f);
	}
	free(opts.mountpoint);
	fuse_opt_free_args(&args);
	return ret;
}

/* Caches of names and attributes: none. */
API int fuse_invalidate_path(struct fuse *f, const char *path)
{
	(void)f;
	(void)path;
	return 0;
}

API int fuse_clean_cache(struct fuse *f)
{
	(void)f;
	return 60;
}

API int fuse_start_cleanup_thread(struct fuse *f)
{
	(void)f;
	return 0;
}

API void fuse_stop_cleanup_thread(struct fuse *f)
{
	(void)f;
}

API int fuse_notify_poll(struct fuse_pollhandle *ph)
{
	(void)ph;
	return 0;
}

API struct fuse_session *fuse_session_new(struct fuse_args *args,
					  const struct fuse_lowlevel_ops *op, size_t size,
					  void *userdata)
{
	(void)args;
	(void)op;
	(void)size;
	(void)userdata;
	fuse_log(FUSE_LOG_ERR, "fuse: the low-level interface is not served by DEFUSE\n");
	return NULL;
}
